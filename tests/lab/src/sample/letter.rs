//! One business letter as plain text and as the HTML that mail programs make of it.

use std::fmt::Write as _;

use super::files::{self, Kind};
use super::mime::{self, Charset, Mailbox, Part, Transfer};
use super::people::{Contact, Look, Tongue};
use super::rng::Rng;

/// A letter before it is put into MIME.
#[derive(Default)]
pub(super) struct Letter {
    pub(super) greeting: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) closing: String,
    pub(super) signature: String,
    /// The line above a quoted mail, and the mail.
    pub(super) quote: Option<(String, String)>,
}

impl Letter {
    pub(super) fn plain(&self) -> String {
        let mut out = format!("{}\n\n", self.greeting);
        for paragraph in &self.paragraphs {
            out.push_str(&wrapped(paragraph, 74));
            out.push_str(if chinese(paragraph) { "\n" } else { "\n\n" });
        }
        out.push_str(if out.ends_with("\n\n") { "" } else { "\n" });
        write!(out, "{}\n\n-- \n{}\n", self.closing, self.signature).unwrap_or_default();
        if let Some((intro, text)) = &self.quote {
            write!(out, "\n{intro}\n").unwrap_or_default();
            // Nobody keeps the whole history below; two levels are what one meets.
            for line in text.lines().filter(|line| !line.starts_with(">>")).take(40) {
                let space = if line.starts_with('>') { "" } else { " " };
                writeln!(out, ">{space}{line}").unwrap_or_default();
            }
        }
        out
    }

    fn html(&self, logo: Option<&str>) -> String {
        let block = |text: &str| files::escape(text).replace('\n', "<br>\n");
        let mut out = String::from(
            "<html><body style=\"font-family:Calibri,'Microsoft YaHei',sans-serif;font-size:11pt;color:#202124\">\n",
        );
        for text in std::iter::once(&self.greeting).chain(&self.paragraphs).chain(std::iter::once(&self.closing)) {
            writeln!(out, "<p style=\"margin:0 0 10px\">{}</p>", block(text)).unwrap_or_default();
        }
        out.push_str("<div style=\"border-top:1px solid #d0d4da;padding-top:8px;color:#5f6368;font-size:9.5pt\">\n");
        out.push_str(&block(&self.signature));
        if let Some(id) = logo {
            write!(out, "<br>\n<img src=\"cid:{id}\" width=\"96\" height=\"32\" alt=\"logo\">").unwrap_or_default();
        }
        out.push_str("</div>\n");
        if let Some((intro, text)) = &self.quote {
            let text = block(&text.lines().filter(|line| !line.starts_with('>')).collect::<Vec<_>>().join("\n"));
            write!(out, "<br><div>{}</div>\n<blockquote type=\"cite\" style=\"margin:8px 0 0;padding-left:10px;border-left:2px solid #9aa0a6\">{text}</blockquote>\n",
                files::escape(intro)).unwrap_or_default();
        }
        out.push_str("</body></html>\n");
        out
    }

    /// The MIME body as `writer`'s program makes it, with `attached` files by name.
    pub(super) fn body(&self, writer: &Contact, attached: &[String], rng: &mut Rng) -> Part {
        let (charset, transfer) = (writer.charset, writer.transfer);
        let plain = mime::text("plain", &self.plain(), charset, transfer);
        let main = match writer.look {
            Look::Plain => plain,
            Look::Html => {
                let html = mime::text("html", &self.html(None), charset, transfer);
                mime::multipart("alternative", &boundary(rng), &[plain, html])
            }
            Look::Logo => {
                let id = format!("logo.{:08x}@{}", rng.next() >> 32, domain(writer.address));
                let html = mime::text("html", &self.html(Some(&id)), charset, transfer);
                let logo = mime::inline("image/png", "logo.png", &id, &files::picture(96, 32, seed(writer.address)));
                let related = mime::multipart("related", &boundary(rng), &[html, logo]);
                mime::multipart("alternative", &boundary(rng), &[plain, related])
            }
        };
        with_files(main, attached, rng)
    }
}

/// `main` followed by attachments, where there are any.
pub(super) fn with_files(main: Part, names: &[String], rng: &mut Rng) -> Part {
    if names.is_empty() {
        return main;
    }
    let mut parts = vec![main];
    for name in names {
        let kind = Kind::of(name);
        let title = name.rsplit_once('.').map_or(name.as_str(), |(title, _)| title);
        parts.push(mime::attachment(kind.media(), name, &kind.bytes(title, rng.next())));
    }
    mime::multipart("mixed", &boundary(rng), &parts)
}

pub(super) fn boundary(rng: &mut Rng) -> String {
    format!("----=_Part_{:016x}", rng.next())
}

pub(super) fn domain(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or("example.test")
}

/// The same number for the same text.
pub(super) fn seed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

pub(super) fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.to_owned(), address: address.to_owned() }
}

/// `call` as the first line of a letter in `tongue`.
pub(super) fn greeting(tongue: Tongue, call: &str, rng: &mut Rng) -> String {
    match (tongue, call) {
        (Tongue::English, "") => "Hello,".to_owned(),
        (Tongue::English, call) => format!("{} {call},", rng.pick(&["Dear", "Dear", "Hello", "Hi"])),
        (Tongue::Chinese, "") => "您好：".to_owned(),
        (Tongue::Chinese, call) => format!("{call}，{}", rng.pick(&["您好：", "你好：", "早上好，", "您好！"])),
        (Tongue::Taiwanese, "") => "您好：".to_owned(),
        (Tongue::Taiwanese, call) => format!("{call}{}", rng.pick(&["您好：", " 您好，", "，您好："])),
    }
}

pub(super) fn closing(tongue: Tongue, rng: &mut Rng) -> &'static str {
    match tongue {
        Tongue::English => rng.pick(&["Best regards", "Kind regards", "Many thanks and best regards", "Regards"]),
        Tongue::Chinese => rng.pick(&["谢谢！", "顺祝商祺", "此致\n敬礼", "辛苦了，谢谢。"]),
        Tongue::Taiwanese => rng.pick(&["敬祝 商祺", "謝謝您。", "順頌 商祺"]),
    }
}

/// The charset and encoding with which our own people write in `tongue`.
pub(super) fn house_ways(tongue: Tongue) -> (Charset, Transfer) {
    if tongue == Tongue::English { (Charset::Utf8, Transfer::Quoted) } else { (Charset::Utf8, Transfer::Base64) }
}

/// Breaks text at spaces; Chinese stays as one line, as its writers' programs leave it.
fn wrapped(text: &str, width: usize) -> String {
    if chinese(text) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut column = 0;
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 && column + word.len() >= width {
            out.push('\n');
            column = 0;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column = if word.contains('\n') { 0 } else { column + word.len() };
    }
    out
}

/// Whether a third of `text` or more is from the CJK blocks on.
fn chinese(text: &str) -> bool {
    text.chars().filter(|c| *c >= '\u{2e80}').count() * 3 >= text.chars().count()
}
