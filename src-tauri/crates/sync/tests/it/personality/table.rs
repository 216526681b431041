//! The providers, as recorded in the threads that `imap`'s table of quirks names.

/// What a provider does wrong, or otherwise than most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// No SELECT before the client has said who it is, with name, version and vendor.
    UnsafeLogin,
    /// SELECT names no UIDNEXT.
    NoUidNext,
    /// Keywords are refused.
    NoKeywords,
    /// Only XLIST tells roles.
    RolesByXlist,
    /// SEARCH HEADER is BAD.
    SearchRefused,
    /// SEARCH HEADER finds every message.
    SearchFindsAll,
    /// What other sessions change shows only after the next SELECT.
    StaleSession,
    /// A move is not told new UIDs.
    NoCopyUid,
    /// `[COPYUID n  ]`.
    EmptyCopyUid,
    /// The first login leads nowhere.
    HollowLogin,
    /// A `]` in flags, not quoted.
    BracketInFlags,
    /// ENABLE is answered without ENABLED.
    SilentEnable,
    /// VANISHED (EARLIER) that means nothing.
    BrokenVanished,
    /// HIGHESTMODSEQ without CONDSTORE.
    UnlistedModSeq,
    /// Lines of at most 1,000 octets.
    ShortLines,
    /// At most 2,000 UIDs from the first to the last of a range.
    NarrowRanges,
    /// A third login is refused.
    FewLogins,
    /// MOVE is listed and refused.
    MoveRefused,
    /// `BODY[]` has no value at first.
    BodyWithoutValue,
    /// MODSEQ is -1, and no change ever raises HIGHESTMODSEQ.
    DeafModSeq,
    /// Each folder is listed twice.
    ListsTwice,
    /// LIST with RETURN lists nothing.
    ListReturnsNothing,
    /// `* 0 FETCH` after STORE.
    PlaceZero,
}

/// A folder: its name on the wire, its name for people, its attributes.
pub(crate) type FolderSpec = (&'static str, &'static str, &'static str);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Personality {
    pub(crate) name: &'static str,
    pub(crate) greeting: &'static str,
    /// Capabilities before the login.
    pub(crate) before: &'static str,
    /// And after it.
    pub(crate) after: &'static str,
    /// The answer to ID.
    pub(crate) id: &'static str,
    pub(crate) delimiter: char,
    /// INBOX first, then the one for work, then the trash.
    pub(crate) folders: &'static [FolderSpec],
    /// Folders are labels: the one with all messages, and the trash.
    pub(crate) labels: Option<(&'static str, &'static str)>,
    /// Messages in the inbox.
    pub(crate) messages: u32,
    pub(crate) odd: &'static [Odd],
    /// What no command may ever hold here, in capitals: it is listed or common elsewhere, and does harm.
    pub(crate) never: &'static [&'static str],
    /// The only refusals that may and do come: what is asked there, for nothing tells beforehand that it fails.
    pub(crate) refusals: &'static [&'static str],
}

impl Personality {
    /// The same server, not to be recognised: without its greeting, its ID and the words that only it lists.
    pub(crate) fn disguised(self) -> Self {
        let (before, after) = match self.name {
            "NetEase" => ("IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 SPECIAL-USE LITERAL+ UIDPLUS"),
            "Yahoo" => ("IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 ID NAMESPACE UIDPLUS MOVE CHILDREN"),
            _ => (self.before, self.after),
        };
        Self { greeting: "ready", id: "NIL", before, after, ..self }
    }
}

const ENGLISH: &[FolderSpec] = &[
    ("INBOX", "INBOX", "\\HasNoChildren"),
    ("Work", "Work", "\\HasNoChildren"),
    ("Trash", "Trash", "\\HasNoChildren \\Trash"),
    ("Sent", "Sent", "\\HasNoChildren \\Sent"),
    ("Drafts", "Drafts", "\\HasNoChildren \\Drafts"),
];
const CHINESE: &[FolderSpec] = &[
    ("INBOX", "INBOX", ""),
    ("&XeVPXA-", "工作", ""),
    ("&XfJSIJZk-", "已删除", "\\Trash"),
    ("&XfJT0ZAB-", "已发送", "\\Sent"),
    ("&g0l6P3ux-", "草稿箱", "\\Drafts"),
    ("&V4NXPpCuTvY-", "垃圾邮件", "\\Junk"),
];
const TENCENT: &[FolderSpec] = &[
    ("INBOX", "INBOX", "\\HasNoChildren \\Inbox"),
    ("&UXZO1mWHTvZZOQ-/&XeVPXA-", "其他文件夹/工作", "\\HasNoChildren"),
    ("Deleted Messages", "Deleted Messages", "\\HasNoChildren \\Trash"),
    ("Sent Messages", "Sent Messages", "\\HasNoChildren \\Sent"),
    ("Drafts", "Drafts", "\\HasNoChildren \\Drafts"),
    ("Junk", "Junk", "\\HasNoChildren \\Junk"),
    ("&UXZO1mWHTvZZOQ-", "其他文件夹", "\\NoSelect \\HasChildren"),
];
const GMAIL: &[FolderSpec] = &[
    ("INBOX", "INBOX", "\\HasNoChildren"),
    ("&XeVPXA-", "工作", "\\HasNoChildren"),
    ("[Gmail]/Trash", "[Gmail]/Trash", "\\HasNoChildren \\Trash"),
    ("[Gmail]/All Mail", "[Gmail]/All Mail", "\\All \\HasNoChildren"),
    ("[Gmail]/Gesendet &- &V4NXPg-", "[Gmail]/Gesendet & 垃圾", "\\HasNoChildren \\Sent"),
    ("[Gmail]", "[Gmail]", "\\HasChildren \\Noselect"),
];
const COURIER: &[FolderSpec] = &[
    ("INBOX", "INBOX", "\\Unmarked \\HasChildren"),
    ("INBOX.Work", "INBOX.Work", "\\HasNoChildren"),
    ("INBOX.Trash", "INBOX.Trash", "\\HasNoChildren"),
    ("INBOX.Sent", "INBOX.Sent", "\\HasNoChildren"),
];
const PROTON: &[FolderSpec] = &[
    ("INBOX", "INBOX", "\\Noinferiors"),
    ("Folders/Work", "Folders/Work", ""),
    ("Trash", "Trash", "\\Noinferiors \\Trash"),
    ("Sent", "Sent", "\\Noinferiors \\Sent"),
    ("Folders", "Folders", "\\Noselect"),
];

const PLAIN: Personality = Personality {
    name: "",
    greeting: "ready",
    before: "IMAP4rev1 AUTH=PLAIN",
    after: "IMAP4rev1",
    id: "NIL",
    delimiter: '/',
    folders: ENGLISH,
    labels: None,
    messages: 12,
    odd: &[],
    never: &[],
    refusals: &[],
};

pub(crate) const ALL: &[Personality] = &[
    Personality {
        name: "NetEase",
        greeting: "IMAP4 ready",
        before: "IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS UIDPLUS X-CM-EXT-1",
        after: "IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS UIDPLUS X-CM-EXT-1",
        id: "(\"name\" \"Coremail Imap\" \"vendor\" \"Mailtech\" \"TransID\" \"I082JmAAABqnFWEI7zcA\")",
        folders: CHINESE,
        odd: &[Odd::UnsafeLogin, Odd::NoUidNext, Odd::NoKeywords, Odd::NoCopyUid],
        never: &["IDLE", "UID MOVE", "$", "NOTIFY", "NAMESPACE", "RETURN"],
        ..PLAIN
    },
    Personality {
        name: "Coremail",
        greeting: "Coremail System IMap Server Ready(firm[10774b260cc7a37d26d71b52404dcf5c])",
        // Neither ID nor a way to remove one message only; IDLE is listed and ends in an error.
        before: "IMAP4rev1",
        after: "IMAP4rev1 IDLE",
        folders: CHINESE,
        odd: &[Odd::UnsafeLogin, Odd::NoKeywords],
        never: &["IDLE", "UID MOVE", "$", "UID EXPUNGE", "NAMESPACE", "RETURN"],
        ..PLAIN
    },
    Personality {
        name: "Exmail",
        greeting: "[CAPABILITY IMAP4 IMAP4rev1 ID AUTH=PLAIN AUTH=LOGIN NAMESPACE] QQMail IMAP4Server ready",
        after: "IMAP4 IMAP4rev1 XLIST MOVE IDLE XAPPLEPUSHSERVICE NAMESPACE CHILDREN ID UIDPLUS",
        folders: TENCENT,
        odd: &[Odd::RolesByXlist, Odd::SearchRefused, Odd::StaleSession, Odd::NoCopyUid],
        never: &["RETURN", "HEADER MESSAGE-ID"],
        ..PLAIN
    },
    Personality {
        name: "QQ",
        greeting: "[CAPABILITY IMAP4 IMAP4rev1 ID AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 NAMESPACE] QQMail XMIMAP4Server ready",
        after: "IMAP4 IMAP4rev1 XLIST MOVE IDLE NAMESPACE CHILDREN ID UIDPLUS",
        folders: TENCENT,
        odd: &[Odd::RolesByXlist, Odd::SearchFindsAll, Odd::StaleSession, Odd::NoCopyUid],
        never: &["RETURN", "HEADER MESSAGE-ID"],
        ..PLAIN
    },
    Personality {
        name: "Exchange",
        greeting: "The Microsoft Exchange IMAP4 service is ready. [RgBSADIAUAAyADgAMQBDAEEAMAAxADIA]",
        after: "IMAP4 IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
        folders: ENGLISH,
        odd: &[Odd::HollowLogin, Odd::EmptyCopyUid],
        refusals: &["NOOP"],
        never: &["BODYSTRUCTURE", "CHARSET", "CONDSTORE"],
        ..PLAIN
    },
    Personality {
        name: "Gmail",
        greeting: "Gimap ready for requests from 192.0.2.1 a1mb1234",
        after: "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH \
                UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584",
        id: "(\"name\" \"GImap\" \"vendor\" \"Google, Inc.\")",
        folders: GMAIL,
        labels: Some(("[Gmail]/All Mail", "[Gmail]/Trash")),
        odd: &[Odd::BracketInFlags],
        never: &["QRESYNC", "X-GM-LABELS"],
        ..PLAIN
    },
    Personality {
        name: "iCloud",
        greeting: "[CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=PLAIN] (2109B29-d3afe4d5aba6) pv33p00im-iscream021.me.com",
        after: "XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 CONDSTORE ENABLE QRESYNC QUOTA NAMESPACE UIDPLUS CHILDREN UNSELECT ESEARCH \
                WITHIN SASL-IR SEARCHRES ID X-SUN-IMAP IDLE LIST-STATUS",
        odd: &[Odd::SilentEnable, Odd::BrokenVanished],
        never: &["QRESYNC", "VANISHED"],
        ..PLAIN
    },
    Personality {
        name: "Proton Bridge",
        greeting: "[CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=LOGIN ID APPENDLIMIT] IMAP4rev1 Service Ready",
        after: "IMAP4rev1 IDLE MOVE SPECIAL-USE ID XSTOP QUOTA APPENDLIMIT=26214400",
        id: "(support-url https://protonmail.com/support name ProtonMail vendor \"Proton Technologies AG\")",
        folders: PROTON,
        never: &["RETURN", "UID EXPUNGE"],
        ..PLAIN
    },
    Personality {
        name: "Yahoo",
        greeting: "[CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID MOVE NAMESPACE XYMHIGHESTMODSEQ UIDPLUS LITERAL+] IMAP4rev1 Hello",
        after: "IMAP4rev1 ID MOVE NAMESPACE X-ID-ACLID UIDPLUS LITERAL+ XAPPLEPUSHSERVICE XYMHIGHESTMODSEQ CHILDREN",
        messages: 360,
        odd: &[Odd::ShortLines, Odd::NarrowRanges, Odd::UnlistedModSeq, Odd::FewLogins],
        never: &["CONDSTORE", "CHANGEDSINCE", "IDLE"],
        ..PLAIN
    },
    Personality {
        name: "Yahoo Japan",
        after: "IMAP4rev1 MOVE UIDPLUS NAMESPACE ID",
        odd: &[Odd::MoveRefused],
        // Recognised by its host name only; elsewhere it is tried.
        refusals: &["UID MOVE"],
        never: &["CONDSTORE", "RETURN"],
        ..PLAIN
    },
    Personality {
        name: "Yandex",
        greeting: "Yandex IMAP4rev1 at sas8-bccc92f57f23.qloud-c.yandex.net:993 ready to talk with, 2019-Oct-18 07:41:00, 0fHtH613ZiE1",
        after: "IMAP4rev1 CHILDREN UNSELECT LITERAL+ NAMESPACE XLIST UIDPLUS ENABLE ID IDLE MOVE",
        odd: &[Odd::BodyWithoutValue],
        never: &["CONDSTORE", "RETURN", "SPECIAL-USE"],
        ..PLAIN
    },
    Personality {
        name: "Zoho",
        greeting: "svwall.zoho.com IMAP4 Server (Zoho Mail IMAP4rev1 Server version 1.0)",
        after: "IMAP4rev1 UNSELECT CHILDREN XLIST NAMESPACE IDLE MOVE ID AUTH=PLAIN SASL-IR UIDPLUS ESEARCH LIST-EXTENDED \
                LIST-STATUS WITHIN LITERAL- ACL CONDSTORE",
        odd: &[Odd::DeafModSeq, Odd::ListsTwice],
        never: &["CONDSTORE", "CHANGEDSINCE", "MODSEQ", "{156}"],
        ..PLAIN
    },
    Personality {
        name: "Courier",
        greeting: "[CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA IDLE AUTH=PLAIN ACL ACL2=UNION] Courier-IMAP ready. \
                   Copyright 1998-2018 Double Precision, Inc.  See COPYING for distribution information.",
        after: "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA IDLE ACL ACL2=UNION",
        delimiter: '.',
        folders: COURIER,
        odd: &[Odd::PlaceZero],
        never: &["UID MOVE", "CONDSTORE", "RETURN", "{156+}"],
        ..PLAIN
    },
    Personality {
        name: "Strato",
        after: "IMAP4rev1 ID UIDPLUS MOVE LIST-EXTENDED SPECIAL-USE NAMESPACE",
        odd: &[Odd::ListReturnsNothing],
        never: &["CONDSTORE", "STATUS ("],
        ..PLAIN
    },
];
