//! Message flags (RFC 9051 §2.3.2) and the change that a user asks of them.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};
use specta::Type;

bitflags! {
    /// The system flags, and the keywords that every mail program knows, as one small number.
    ///
    /// The numbers are stored in the database: never change a bit's meaning.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub struct Flags: u32 {
        /// `\Seen`: the message has been read.
        const SEEN = 1;
        /// `\Answered`.
        const ANSWERED = 1 << 1;
        /// `\Flagged`: starred.
        const FLAGGED = 1 << 2;
        /// `\Deleted`: marked for removal, not gone.
        const DELETED = 1 << 3;
        /// `\Draft`.
        const DRAFT = 1 << 4;
        /// `$Forwarded` (RFC 5788).
        const FORWARDED = 1 << 5;
        /// `$MDNSent` (RFC 3503).
        const MDN_SENT = 1 << 6;
        /// `$Junk`.
        const JUNK = 1 << 7;
        /// `$NotJunk`.
        const NOT_JUNK = 1 << 8;
    }
}

const NAMES: [(Flags, &str); 9] = [
    (Flags::SEEN, "\\Seen"),
    (Flags::ANSWERED, "\\Answered"),
    (Flags::FLAGGED, "\\Flagged"),
    (Flags::DELETED, "\\Deleted"),
    (Flags::DRAFT, "\\Draft"),
    (Flags::FORWARDED, "$Forwarded"),
    (Flags::MDN_SENT, "$MDNSent"),
    (Flags::JUNK, "$Junk"),
    (Flags::NOT_JUNK, "$NotJunk"),
];

impl Flags {
    /// The flag that goes by this name on the wire, whatever its case; `None` for keywords that we do not know.
    pub fn from_wire(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(flag, _)| *flag)
    }

    /// The names on the wire, in a fixed order.
    pub fn names(self) -> Vec<&'static str> {
        NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| *name).collect()
    }
}

/// What to set and what to clear; a flag named by neither keeps its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlagChange {
    /// Flags to set.
    pub add: Flags,
    /// Flags to clear.
    pub remove: Flags,
}

impl FlagChange {
    /// Read or unread.
    pub fn seen(on: bool) -> Self {
        Self::of(Flags::SEEN, on)
    }

    /// Starred or not.
    pub fn flagged(on: bool) -> Self {
        Self::of(Flags::FLAGGED, on)
    }

    fn of(flag: Flags, on: bool) -> Self {
        if on { Self { add: flag, remove: Flags::empty() } } else { Self { add: Flags::empty(), remove: flag } }
    }

    /// The flags as they are after this change.
    pub fn apply(self, flags: Flags) -> Flags {
        (flags | self.add) - self.remove
    }

    /// This change followed by `later`, as one.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self { add: (self.add - later.remove) | later.add, remove: (self.remove - later.add) | later.remove }
    }
}

/// Flags as the web side and postroomctl see them: a list of names on the wire.
impl Serialize for Flags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Flags {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Self::from_wire(name)).collect())
    }
}

/// What the user asked for in a mark command; a field left out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub struct Mark {
    /// Read (`true`), unread (`false`).
    pub seen: Option<bool>,
    /// Starred (`true`), not (`false`).
    pub flagged: Option<bool>,
}

impl From<Mark> for FlagChange {
    fn from(mark: Mark) -> Self {
        let seen = mark.seen.map_or(Self::default(), Self::seen);
        let flagged = mark.flagged.map_or(Self::default(), Self::flagged);
        seen.then(flagged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_whatever_their_case() {
        assert_eq!(Flags::from_wire("\\seen"), Some(Flags::SEEN));
        assert_eq!(Flags::from_wire("$forwarded"), Some(Flags::FORWARDED));
        assert_eq!(Flags::from_wire("$Whatever"), None);
    }

    fn any_flags() -> impl Strategy<Value = Flags> {
        (0u32..512).prop_map(Flags::from_bits_truncate)
    }

    fn any_change() -> impl Strategy<Value = FlagChange> {
        (any_flags(), any_flags()).prop_map(|(add, remove)| FlagChange { add, remove: remove - add })
    }

    proptest! {
        #[test]
        fn two_changes_merged_do_what_the_two_did(flags in any_flags(), a in any_change(), b in any_change()) {
            prop_assert_eq!(a.then(b).apply(flags), b.apply(a.apply(flags)));
        }

        #[test]
        fn json_keeps_flags(flags in any_flags()) {
            let json = serde_json::to_string(&flags).unwrap();
            prop_assert_eq!(serde_json::from_str::<Flags>(&json).unwrap(), flags);
        }
    }
}
