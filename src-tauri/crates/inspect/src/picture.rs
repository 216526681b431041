//! Pictures that the web view may be given.

/// More pixels are not shown: 100 million take 400 MB once unpacked.
const MAX_PIXELS: u64 = 60_000_000;
/// Kinds that every one of the three web views draws. SVG is none of them, for it is a document.
pub(crate) const KINDS: [&str; 6] = ["png", "jpg", "gif", "webp", "bmp", "avif"];

/// Whether a picture can be drawn without unpacking more than is sane; by its own header, before anything is unpacked.
pub(crate) fn fits(bytes: &[u8]) -> bool {
    let pixels =
        |size: imagesize::ImageSize| u64::try_from(size.width).ok()?.checked_mul(u64::try_from(size.height).ok()?);
    imagesize::blob_size(bytes).ok().and_then(pixels).is_some_and(|pixels| (1..=MAX_PIXELS).contains(&pixels))
}
