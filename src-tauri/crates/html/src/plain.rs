//! HTML → text, for the terminal and where HTML is too complex to be shown.

use crate::allowed::VOID;
use crate::hidden::Hiding;
use crate::references::reference;
use crate::tags::{Tags, Token};

/// Largest page that is read, bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest quote that is marked.
const MAX_QUOTE: usize = 20;

/// The text of a page as a reader sees it: blocks on lines of their own, list items with a dash, quotes with `>`, pictures by
/// their `alt`. What the page hides by its styles is left out, so that an answer quotes nothing that its writer never
/// saw; a page that hides everything gives all of it. Linear, and cut at 2 MB; any page has a text.
pub fn html_to_text(html: &str) -> String {
    let cut = html.get(..html.floor_char_boundary(MAX_BYTES)).unwrap_or(html);
    let visible = text_of(cut, &Hiding::by(cut));
    if visible.is_empty() { text_of(cut, &Hiding::nothing()) } else { visible }
}

fn text_of(html: &str, hiding: &Hiding) -> String {
    let mut writer = Writer::default();
    // An element that is not shown, and how many of its name are open in it.
    let mut hidden: Option<(String, u32)> = None;
    for token in Tags::new(html) {
        match (token, &mut hidden) {
            (Token::Text(text), None) => writer.text(&unescaped(text)),
            (Token::Text(_), Some(_)) => {}
            (Token::Start { name, attributes, closed }, None) => {
                let name = name.to_ascii_lowercase();
                let hides = !closed && !VOID.contains(&name.as_str()) && hiding.hides(&attributes);
                if !hides {
                    writer.start(&name, &attributes);
                }
                if hides || matches!(name.as_str(), "style" | "script" | "title" | "iframe" | "noembed" | "noframes") {
                    hidden = Some((name, 1));
                }
            }
            (Token::Start { name, closed, .. }, Some((open, depth))) => {
                *depth += u32::from(!closed && name.eq_ignore_ascii_case(open));
            }
            (Token::End { name }, None) => writer.end(&name.to_ascii_lowercase()),
            (Token::End { name }, Some((open, depth))) => {
                *depth -= u32::from(name.eq_ignore_ascii_case(open));
                if *depth == 0 {
                    hidden = None;
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

pub(crate) fn unescaped(text: &str) -> String {
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

    #[test]
    fn what_styles_hide_is_not_quoted() {
        for hidden in [
            "<p style='display:none'>secret</p>",
            "<p style='DISPLAY : None !important'>secret</p>",
            "<div style='visibility:hidden'>secret<div>secret</div>secret</div>",
            "<span style='font-size:0'>secret</span>",
            "<span style='font-size:1px;line-height:1px'>secret</span>",
            "<span style='opacity:0.0'>secret</span>",
            "<div style='max-height:0;overflow:hidden'>secret</div>",
            "<div style='height:0px;overflow:hidden'>secret</div>",
            "<p style='color:#FFF;background-color:#fff'>secret</p>",
            "<p style='color:white;background:white'>secret</p>",
            "<p style='color:transparent'>secret</p>",
            "<p style='text-indent:-9999px'>secret</p>",
            "<p hidden>secret</p>",
            "<style>.preheader, p.x { display:none }</style><p class='a preheader'>secret</p><i class=x>secret</i>",
            "<table><tr style='display:none'><td>secret</td></tr></table>",
        ] {
            check(&format!("a{hidden}<b>b</b>"), &html_to_text("a<p></p><b>b</b>").replace("\n\n", &between(hidden)));
        }
        // Shown after all, or nothing else there.
        check("<p style='font-size:10px;opacity:.9;color:#fff;background:#000'>x</p>", "x");
        check("<style>@media print{.x{display:none}}</style><p class=x>x</p>", "x");
        check("<body style='display:none'>all</body>", "all");
        check("<br style='display:none'>x<img hidden alt=y>", "xy");
    }

    /// What parts the words before and behind a hidden element.
    fn between(hidden: &str) -> String {
        if hidden.starts_with("<table") { "\n".to_owned() } else { String::new() }
    }
}
