//! What may be wrong with the way to the server.

use std::time::Duration;

use postroom_lab::Proxy;

use super::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Cut(u64),
    Stall(u64),
    Truncate(u64),
    TruncateInLiteral(u64),
    Reset(u64),
    Drip(u64),
    ByteByByte,
    Refuse,
    Latency(u64),
}

impl Fault {
    /// A pass over these mailboxes brings some 8,000 bytes, or a third of that.
    pub(crate) fn roll(dice: &mut Dice, compressed: bool) -> Self {
        let bytes = dice.size(13) / if compressed { 3 } else { 1 };
        match dice.roll(12) {
            0 => Self::None,
            1..=2 => Self::Cut(bytes),
            3 => Self::Stall(bytes),
            4 => Self::Truncate(bytes),
            5 => Self::TruncateInLiteral(dice.roll(300)),
            6..=7 => Self::Reset(bytes),
            8 => Self::Drip(1 + dice.roll(200)),
            9 => Self::ByteByByte,
            10 => Self::Refuse,
            _ => Self::Latency(dice.roll(20)),
        }
    }

    /// On a line that takes this long each way at its best.
    pub(crate) fn begin(self, proxy: &Proxy, base: Duration) {
        proxy.set_latency(base);
        match self {
            Self::None => {}
            Self::Cut(bytes) => proxy.cut_after(bytes),
            Self::Stall(bytes) => proxy.stall_after(bytes),
            Self::Truncate(bytes) => proxy.truncate_after(bytes),
            Self::TruncateInLiteral(bytes) => proxy.truncate_in_literal(bytes),
            Self::Reset(bytes) => proxy.reset_after(bytes),
            Self::Drip(bytes) => proxy.drip(usize::try_from(bytes).unwrap(), Duration::from_millis(1)),
            Self::ByteByByte => proxy.byte_by_byte(),
            Self::Refuse => proxy.refuse(),
            Self::Latency(millis) => proxy.set_latency(base + Duration::from_millis(millis)),
        }
    }

    /// Whether nothing ends it but [`Proxy::heal`].
    pub(crate) fn is_a_standstill(self) -> bool {
        matches!(self, Self::Stall(_) | Self::Refuse | Self::Drip(_) | Self::ByteByByte)
    }
}
