//! HTML → text, for the terminal and where HTML is too complex to be shown.

use crate::references::reference;
use crate::tags::{Tags, Token};

/// Largest page that is read, bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest quote that is marked.
const MAX_QUOTE: usize = 20;

/// The text of a page: blocks on lines of their own, list items with a dash, quotes with `>`, pictures by their `alt`. Linear, and
/// cut at 2 MB; any page has a text.
pub fn html_to_text(html: &str) -> String {
    let cut = html.get(..html.floor_char_boundary(MAX_BYTES)).unwrap_or(html);
    let mut writer = Writer::default();
    let mut hidden: Option<String> = None;
    for token in Tags::new(cut) {
        match token {
            Token::Text(text) if hidden.is_none() => writer.text(&unescaped(text)),
            Token::Text(_) => {}
            Token::Start { name, attributes, .. } => {
                let name = name.to_ascii_lowercase();
                if hidden.is_none() {
                    writer.start(&name, &attributes);
                }
                if hidden.is_none()
                    && matches!(name.as_str(), "style" | "script" | "title" | "iframe" | "noembed" | "noframes")
                {
                    hidden = Some(name);
                }
            }
            Token::End { name } => {
                if hidden.as_deref().is_some_and(|hidden| hidden.eq_ignore_ascii_case(name)) {
                    hidden = None;
                } else if hidden.is_none() {
                    writer.end(&name.to_ascii_lowercase());
                }
            }
        }
    }
    writer.out.truncate(writer.out.trim_end().len());
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Line ends owed before the next word.
    breaks: usize,
    space: bool,
    quote: usize,
    pre: usize,
}

impl Writer {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.pre > 0 => self.out.push('\n'),
                c if c.is_whitespace() && c != '\u{a0}' => self.space = true,
                c if c.is_control() || matches!(c, '\u{200b}' | '\u{200c}' | '\u{34f}' | '\u{ad}') => {}
                c => self.push(if c == '\u{a0}' { ' ' } else { c }),
            }
        }
    }

    fn push(&mut self, c: char) {
        let line_start = self.breaks > 0 || self.out.is_empty() || self.out.ends_with('\n');
        if self.breaks > 0 && !self.out.is_empty() {
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.extend(std::iter::repeat_n('\n', self.breaks));
        }
        if line_start {
            self.out.extend(std::iter::repeat_n("> ", self.quote.min(MAX_QUOTE)));
        } else if self.space {
            self.out.push(' ');
        }
        (self.breaks, self.space) = (0, false);
        self.out.push(c);
    }

    fn line_break(&mut self, lines: usize) {
        self.breaks = self.breaks.max(lines);
        self.space = false;
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        match name {
            "br" => {
                self.breaks = (self.breaks + 1).min(2);
                self.space = false;
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "hr" | "table" => {
                self.line_break(if name == "table" { 1 } else { 2 });
            }
            "blockquote" => {
                self.line_break(1);
                self.quote += 1;
            }
            "pre" => {
                self.line_break(1);
                self.pre += 1;
            }
            "li" => {
                self.line_break(1);
                self.text("- ");
                self.space = true;
            }
            "td" | "th" => self.space = true,
            "img" => {
                let alt =
                    attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case("alt")).map_or("", |(_, alt)| *alt);
                self.text(&unescaped(alt));
            }
            "div" | "tr" | "section" | "article" | "header" | "footer" | "center" | "dt" | "dd" | "address" => {
                self.line_break(1);
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "blockquote" => {
                self.line_break(1);
                self.quote = self.quote.saturating_sub(1);
            }
            "pre" => {
                self.line_break(1);
                self.pre = self.pre.saturating_sub(1);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" => self.line_break(2),
            "div" | "tr" | "li" | "table" | "section" | "article" | "header" | "footer" | "center" | "dt" | "dd"
            | "address" => self.line_break(1),
            _ => {}
        }
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (character, len) = reference(after).unwrap_or(('&', 0));
        out.push(character);
        rest = after.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(html_to_text(html), expected);
    }

    #[test]
    fn pages_become_text() {
        check(
            "<html><head><title>t</title><style>p{}</style></head><body><p>Hello,&nbsp;<b>world</b> &amp; all</p><p>Bye</p>",
            "Hello, world & all\n\nBye",
        );
        check("a<br>b<div>c</div>d", "a\nb\nc\nd");
        check("<ul><li>one<li>two</ul>", "- one\n- two");
        check("x<blockquote>y<br>z</blockquote>w", "x\n> y\n> z\nw");
        check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
        check("<script>alert(1)</script><img alt='Logo'>&#20013;&#x6587;", "Logo中文");
        check("", "");
    }
}
