//! HTML of a mail → HTML that is safe to show, and the document of the frame that shows it.
//!
//! Pure functions. The way: [`sanitise`] first rewrites the page with a forgiving scanner that bounds size, depth, attributes and
//! work (`normalise`), then ammonia parses and filters the result, then pictures are resolved on ammonia's well-formed output
//! (`pictures`). A mistake in the first step costs looks, never safety: ammonia sees what it wrote, not what the sender wrote.
//!
//! Nothing here fetches anything. Scripts, frames, forms, SVG and every URL that would load something are gone; remote pictures
//! become numbers in a list that the core holds.

mod allowed;
mod css;
mod document;
mod hidden;
mod links;
mod normalise;
mod pictures;
mod plain;
mod quotes;
mod references;
mod sanitise;
mod sheet;
mod tags;
mod text;
mod trackers;

pub use document::{Document, DocumentKind, Theme, content_security_policy, document};
pub use plain::html_to_text;
pub use sanitise::{RemotePicture, SafeHtml, SanitiseOptions, TooComplex, sanitise};
pub use text::text_to_html;
