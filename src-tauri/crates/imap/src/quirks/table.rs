//! The rows. `owner/project#n` is a thread on GitHub, read for what the server was seen to answer.

use super::{Provider, Quirks, Row};
use crate::capabilities::Capability;

/// A server that does as it says.
pub(super) const PLAIN: Quirks = Quirks {
    provider: None,
    line: 8000,
    uids: u32::MAX,
    // The interactive one and two for bodies; Dovecot's own default is 10 a user and address.
    connections: 3,
    id_first: false,
    hollow_logins: false,
    searches: true,
    assumed: &[],
    hidden: &[],
};

const NOWHERE: Row = Row { hosts: &[], greetings: &[], words: &[], ids: &[], quirks: PLAIN };

const fn quirks(provider: Provider) -> Quirks {
    Quirks { provider: Some(provider), ..PLAIN }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        hosts: &["163.com", "126.com", "yeah.net", "188.com", "netease.com"],
        // `Coremail System IMap Server Ready(163com[…])`; 163 itself says a bare `IMAP4 ready` by now
        // (modern-email/defects#25), so the others count too.
        greetings: &["coremail"],
        words: &["X-CM-EXT-1"],
        // `("name" "Coremail Imap" "vendor" "Mailtech" …)` (OfflineIMAP/offlineimap3#71).
        ids: &["coremail"],
        quirks: Quirks {
            // `NO SELECT Unsafe Login` before ID (pimalaya/himalaya#651, OfflineIMAP/offlineimap#696); also where the ID
            // was sent and its end not awaited (jonhoo/rust-imap#296).
            id_first: true,
            // Some clusters want ID and do not list it.
            assumed: &[Capability::Id],
            // IDLE ends in an error after the login (smiley22/S22.Imap#167); MOVE is listed by none.
            hidden: &[Capability::Idle, Capability::Move],
            ..quirks(Provider::NetEase)
        },
    },
    Row {
        hosts: &["qq.com", "foxmail.com"],
        // `QQMail IMAP4Server ready` (Exmail: jstedfast/MailKit#1241), `QQMail XMIMAP4Server ready` (QQ).
        greetings: &["qqmail"],
        words: &[],
        ids: &["qqmail"],
        quirks: Quirks {
            // Finds all messages, whatever is asked (jstedfast/MailKit#1143, mscdex/node-imap#686), or says BAD
            // (smiley22/S22.Imap#126).
            searches: false,
            // A second session does not see what the first one changes (jstedfast/MailKit#1241): one that writes and reads
            // flags, and one that reads bodies.
            connections: 2,
            hidden: &[Capability::Esearch],
            ..quirks(Provider::Tencent)
        },
    },
    Row {
        hosts: &["office365.com", "outlook.com", "partner.outlook.cn"],
        // `The Microsoft Exchange IMAP4 service is ready.` (simonrob/email-oauth2-proxy#109).
        greetings: &["microsoft exchange"],
        ids: &["microsoft.exchange"],
        quirks: Quirks {
            // Every command is `BAD User is authenticated but not connected.` (mscdex/node-imap#523, jstedfast/MailKit#1494),
            // which the next login mends, or which means that the mailbox is not this user's to open.
            hollow_logins: true,
            // Some twenty a mailbox (mscdex/node-imap#523), shared with the user's other devices.
            ..quirks(Provider::Exchange)
        },
        ..NOWHERE
    },
    Row {
        hosts: &["imap.gmail.com", "imap.googlemail.com"],
        // `Gimap ready for requests from …`.
        greetings: &["gimap"],
        ids: &["gimap"],
        // Fifteen over all devices of the user, and dead ones linger (M66B/FairEmail FAQ 23): half of them.
        quirks: Quirks { connections: 7, ..quirks(Provider::Gmail) },
        // Not X-GM-EXT-1: others offer it, too (ProtonMail/gluon#450).
        ..NOWHERE
    },
    Row {
        hosts: &["mail.me.com", "icloud.com"],
        // `[CAPABILITY XAPPLEPUSHSERVICE …] (2109B29-…) pv33p00im-….me.com` (nextcloud/mail#3401).
        greetings: &[".me.com"],
        // Of its ancestor, which nobody else runs any more (the same log). XAPPLEPUSHSERVICE is Yahoo's and Fastmail's, too.
        words: &["X-SUN-IMAP"],
        quirks: Quirks {
            // ENABLE is answered without ENABLED (jstedfast/MailKit#1871), and VANISHED is malformed
            // (Foundry376/Mailspring-Sync, SyncWorker.cpp): CONDSTORE only, and
            // nothing that changes how names are written.
            hidden: &[Capability::QResync, Capability::Utf8Accept],
            ..quirks(Provider::ICloud)
        },
        ..NOWHERE
    },
    Row {
        greetings: &["proton"],
        // `(support-url https://protonmail.com/support name ProtonMail …)` (Foundry376/Mailspring#429).
        ids: &["proton"],
        // `LIST (SPECIAL-USE)` is BAD (jstedfast/MailKit#674, thunderbird/thunderbird-android#4729): nobody is asked so.
        // APPEND tells no UID (ProtonMail/proton-bridge#170): nobody is believed to.
        quirks: quirks(Provider::Proton),
        ..NOWHERE
    },
    Row {
        hosts: &["yahoo.co.jp"],
        // Lists MOVE and answers it with [CANNOT].
        quirks: Quirks { hidden: &[Capability::Move], line: 1000, uids: 2000, ..quirks(Provider::YahooJapan) },
        ..NOWHERE
    },
    Row {
        hosts: &["yahoo.com", "aol.com"],
        // Its own (apple/swift-nio-imap#725).
        words: &["XYMHIGHESTMODSEQ"],
        quirks: Quirks {
            // jstedfast/MailKit, ImapEngine.cs.
            line: 1000,
            // M66B/FairEmail.
            uids: 2000,
            // `NO [LIMIT]` for more logins (postalsys/imapflow#75).
            connections: 2,
            ..quirks(Provider::Yahoo)
        },
        ..NOWHERE
    },
    Row {
        hosts: &["yandex.ru", "yandex.com"],
        // `Yandex IMAP4rev1 at sas8-….yandex.net:993 ready to talk with …` (jstedfast/MailKit#938).
        greetings: &["yandex imap4rev1"],
        ids: &["yandex"],
        quirks: quirks(Provider::Yandex),
        ..NOWHERE
    },
    Row {
        hosts: &["zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp", "zohocloud.ca", "zoho.com.cn"],
        // `svwall.zoho.com IMAP4 Server (Zoho Mail IMAP4rev1 Server version 1.0)` (zetacomponents/Mail#97).
        greetings: &["zoho mail"],
        quirks: Quirks {
            // Messages have MODSEQ -1 (jstedfast/MailKit#1686): what changed since cannot be asked.
            hidden: &[Capability::QResync, Capability::CondStore],
            ..quirks(Provider::Zoho)
        },
        ..NOWHERE
    },
    Row {
        // `Courier-IMAP ready. Copyright …`.
        greetings: &["courier-imap"],
        ids: &["courier"],
        // Its own default is 4 an address (MAXPERIP), shared with all programs behind it.
        quirks: Quirks { connections: 2, ..quirks(Provider::Courier) },
        ..NOWHERE
    },
    Row {
        // `… Cyrus IMAP 3.6.1-4+deb12u3-Debian-3.6.1-4+deb12u3 server ready`.
        greetings: &["cyrus imap"],
        // STATUS MAILBOXID is what happens to lie in its memory, any bytes at all (seen with 3.6.1). SELECT tells the true one.
        quirks: Quirks { hidden: &[Capability::ObjectId], ..quirks(Provider::Cyrus) },
        ..NOWHERE
    },
    Row {
        hosts: &["strato.de", "strato.com"],
        // LIST with RETURN lists nothing (jstedfast/MailKit#1957).
        quirks: Quirks { hidden: &[Capability::ListExtended, Capability::ListStatus], ..quirks(Provider::Strato) },
        ..NOWHERE
    },
];
