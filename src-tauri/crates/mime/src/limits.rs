//! What is read of a hostile message before the rest is left out. Each cut leaves a [`postroom_types::Defect`].

/// Levels of multipart and message/rfc822 that are followed; what is deeper is one opaque part.
pub const DEPTH: usize = 50;
/// Bytes of one header block that are read.
pub const HEADER_BYTES: usize = 1024 * 1024;
/// Fields of one header block that are read.
pub const HEADER_FIELDS: usize = 10_000;
/// Parts that are listed.
pub const PARTS: usize = 1_000;
/// Parameters of one header field that are read.
pub const PARAMETERS: usize = 500;
/// Addresses of one header field that are read.
pub const ADDRESSES: usize = 10_000;
/// Message-IDs of References that are kept: the first, and the last of the others.
pub const REFERENCES: usize = 500;
/// Characters of a preview.
pub const PREVIEW_CHARS: usize = 200;
/// Bytes of text that are decoded for display; a longer text is cut there (it stays whole in [`crate::part_bytes`]).
pub const TEXT_BYTES: usize = 16 * 1024 * 1024;
/// Bytes that are taken out of containers that are no MIME (winmail.dat, .msg), together.
pub const OPENED_BYTES: usize = 96 * 1024 * 1024;
/// Such containers in each other.
pub const OPENED_LEVELS: usize = 8;
