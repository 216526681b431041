//! What a server says it can do.

use std::collections::BTreeSet;

/// An extension that this crate makes use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// IDLE (RFC 2177): the server pushes.
    Idle,
    /// MOVE (RFC 6851).
    Move,
    /// UIDPLUS (RFC 4315): UID EXPUNGE, COPYUID, APPENDUID.
    UidPlus,
    /// CONDSTORE (RFC 7162): MODSEQ.
    CondStore,
    /// QRESYNC (RFC 7162): VANISHED.
    QResync,
    /// ESEARCH (RFC 4731): search results as ranges.
    Esearch,
    /// SPECIAL-USE (RFC 6154).
    SpecialUse,
    /// XLIST: what Gmail had before SPECIAL-USE, and QQ still has.
    Xlist,
    /// LIST-EXTENDED (RFC 5258).
    ListExtended,
    /// LIST-STATUS (RFC 5819).
    ListStatus,
    /// LITERAL+ (RFC 7888): literals without waiting.
    LiteralPlus,
    /// LITERAL-: the same up to 4,096 bytes.
    LiteralMinus,
    /// ENABLE (RFC 5161).
    Enable,
    /// NAMESPACE (RFC 2342).
    Namespace,
    /// NOTIFY (RFC 5465): news of other folders than the open one.
    Notify,
    /// QUOTA (RFC 9208).
    Quota,
    /// OBJECTID (RFC 8474): MAILBOXID.
    ObjectId,
    /// ID (RFC 2971).
    Id,
    /// COMPRESS=DEFLATE (RFC 4978).
    Compress,
    /// UTF8=ACCEPT (RFC 9755, RFC 6855 before it): names and headers in UTF-8.
    Utf8Accept,
    /// PREVIEW (RFC 8970): how a message's text begins.
    Preview,
    /// X-GM-EXT-1: Gmail's own numbers of messages. Listed by others, too.
    GmailExtensions,
    /// UNSELECT (RFC 3691).
    Unselect,
    /// STARTTLS.
    StartTls,
    /// LOGIN is refused here.
    LoginDisabled,
    /// AUTHENTICATE PLAIN (RFC 4616).
    AuthPlain,
    /// The first answer of AUTHENTICATE in the command (RFC 4959).
    SaslIr,
    /// Revision 2 (RFC 9051), which includes most of the above.
    Imap4Rev2,
}

impl Capability {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Idle => "IDLE",
            Self::Move => "MOVE",
            Self::UidPlus => "UIDPLUS",
            Self::CondStore => "CONDSTORE",
            Self::QResync => "QRESYNC",
            Self::Esearch => "ESEARCH",
            Self::SpecialUse => "SPECIAL-USE",
            Self::Xlist => "XLIST",
            Self::ListExtended => "LIST-EXTENDED",
            Self::ListStatus => "LIST-STATUS",
            Self::LiteralPlus => "LITERAL+",
            Self::LiteralMinus => "LITERAL-",
            Self::Enable => "ENABLE",
            Self::Namespace => "NAMESPACE",
            Self::Notify => "NOTIFY",
            Self::Quota => "QUOTA",
            Self::ObjectId => "OBJECTID",
            Self::Id => "ID",
            Self::Compress => "COMPRESS=DEFLATE",
            Self::Utf8Accept => "UTF8=ACCEPT",
            Self::Preview => "PREVIEW",
            Self::GmailExtensions => "X-GM-EXT-1",
            Self::Unselect => "UNSELECT",
            Self::StartTls => "STARTTLS",
            Self::LoginDisabled => "LOGINDISABLED",
            Self::AuthPlain => "AUTH=PLAIN",
            Self::SaslIr => "SASL-IR",
            Self::Imap4Rev2 => "IMAP4REV2",
        }
    }
}

/// What a server says it can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    words: BTreeSet<String>,
}

impl Capabilities {
    pub(crate) fn from_words(words: &[String]) -> Self {
        // More than any server has; each is a word on a bounded line.
        Self { words: words.iter().take(500).map(|word| word.to_ascii_uppercase()).collect() }
    }

    /// Whether the server lists it. QRESYNC includes CONDSTORE (RFC 7162 §3.2.3).
    pub fn has(&self, capability: Capability) -> bool {
        self.words.contains(capability.word())
            || (capability == Capability::CondStore && self.words.contains(Capability::QResync.word()))
    }

    /// Whether a move is one act (UID MOVE), not a copy and a removal.
    pub fn can_move(&self) -> bool {
        self.has(Capability::Move) || self.has(Capability::Imap4Rev2)
    }

    /// The words as listed, in upper case.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// It works here although it is not listed.
    pub(crate) fn assume(&mut self, capability: Capability) {
        self.words.insert(capability.word().to_owned());
    }

    /// It does not work here although it is listed. What it included still does.
    pub(crate) fn forget(&mut self, capability: Capability) {
        if self.words.remove(capability.word()) && capability == Capability::QResync {
            self.assume(Capability::CondStore);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_whatever_their_case() {
        let words = ["imap4rev1", "Idle", "qresync", "AUTH=PLAIN"].map(str::to_owned);
        let capabilities = Capabilities::from_words(&words);
        assert!(capabilities.has(Capability::Idle) && capabilities.has(Capability::CondStore));
        assert!(capabilities.has(Capability::AuthPlain) && !capabilities.has(Capability::Move));
    }
}
