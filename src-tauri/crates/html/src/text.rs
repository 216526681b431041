//! Plain text → HTML: links, quote levels, soft breaks (RFC 3676).

use linkify::{LinkFinder, LinkKind};

use crate::links::safe_link;

/// Largest text that is shown, bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Largest page that is made of it; quote levels cost more than their marks.
const MAX_HTML_BYTES: usize = 8 * 1024 * 1024;
/// Deepest quote that is drawn.
const MAX_QUOTE: usize = 20;

/// Makes a page of a text: everything escaped, addresses (http, https, mailto, `www.`, `a@b`) made links, `>` turned into nested
/// quotes, blank lines kept. `flowed` joins soft-broken lines. Cut at 2 MB.
pub fn text_to_html(text: &str, flowed: bool) -> String {
    let cut = text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or(text);
    let mut writer =
        Writer { html: String::with_capacity(cut.len() + 64), depth: 0, at_start: true, finder: LinkFinder::new() };
    writer.finder.url_must_have_scheme(false);
    writer.html.push_str("<div class=\"text\">");
    let mut whole = cut.len() == text.len();
    let mut open: Option<(usize, String)> = None;
    for line in cut.lines() {
        if writer.html.len() > MAX_HTML_BYTES {
            whole = false;
            break;
        }
        let (depth, body) = quote(line);
        let body = if flowed { body.strip_prefix(' ').unwrap_or(body) } else { body };
        let soft = flowed && body.ends_with(' ') && body != "-- ";
        match &mut open {
            Some((last, joined)) if *last == depth && body != "-- " => joined.push_str(body),
            _ => {
                if let Some((depth, line)) = open.take() {
                    writer.line(depth, &line);
                }
                open = Some((depth, body.to_owned()));
            }
        }
        if !soft && let Some((depth, line)) = open.take() {
            writer.line(depth, &line);
        }
    }
    if let Some((depth, line)) = open {
        writer.line(depth, &line);
    }
    writer.go_to_depth(0);
    writer.html.push_str(if whole { "</div>" } else { "\n…</div>" });
    writer.html
}

/// How deep a line is quoted, and the line without the marks; `> > x` and `>>x` alike, but not the text `>x` in Chinese smileys,
/// which nobody can tell.
fn quote(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(after) = rest.strip_prefix('>') {
        depth += 1;
        rest = after;
        if let Some(next) = rest.strip_prefix(' ').filter(|next| next.starts_with('>')) {
            rest = next;
        }
    }
    (depth.min(MAX_QUOTE), if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest })
}

struct Writer {
    html: String,
    depth: usize,
    at_start: bool,
    finder: LinkFinder,
}

impl Writer {
    fn go_to_depth(&mut self, depth: usize) {
        if depth != self.depth {
            self.at_start = true;
        }
        while self.depth < depth {
            self.html.push_str("<blockquote>");
            self.depth += 1;
        }
        while self.depth > depth {
            self.html.push_str("</blockquote>");
            self.depth -= 1;
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.go_to_depth(depth);
        if !self.at_start {
            self.html.push('\n');
        }
        self.at_start = false;
        // Links are looked for between the characters beyond ASCII: in Chinese nothing parts an address from the words around it.
        let mut rest = line;
        while !rest.is_empty() {
            let ascii = rest.find(|c: char| !c.is_ascii()).unwrap_or(rest.len());
            let (run, after) = rest.split_at_checked(ascii).unwrap_or((rest, ""));
            self.run(run);
            let other = after.find(|c: char| c.is_ascii()).unwrap_or(after.len());
            let (plain, after) = after.split_at_checked(other).unwrap_or((after, ""));
            self.html.push_str(plain);
            rest = after;
        }
    }

    fn run(&mut self, run: &str) {
        let spans: Vec<_> = self
            .finder
            .spans(run)
            .map(|span| (span.as_str(), span.kind().map(|kind| *kind == LinkKind::Email)))
            .collect();
        for (text, is_email) in spans {
            let address = match is_email {
                Some(true) => Some(format!("mailto:{text}")),
                Some(false) if text.contains("://") => Some(text.to_owned()),
                Some(false) if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) => {
                    Some(format!("https://{text}"))
                }
                _ => None,
            };
            match address.as_deref().and_then(safe_link) {
                Some(address) => {
                    self.html.push_str("<a href=\"");
                    escape(&mut self.html, &address);
                    self.html.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
                    escape(&mut self.html, text);
                    self.html.push_str("</a>");
                }
                None => escape(&mut self.html, text),
            }
        }
    }
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\t' => html.push(c),
            c if c.is_control() => {}
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, flowed: bool, expected: &str) {
        let html = text_to_html(text, flowed);
        let html = html.replace(" target=\"_blank\" rel=\"noopener noreferrer nofollow\"", "");
        assert_eq!(html.strip_prefix("<div class=\"text\">").unwrap().strip_suffix("</div>").unwrap(), expected);
    }

    #[test]
    fn text_is_escaped_and_linked() {
        check("a <b> & \"c\"", false, "a &lt;b&gt; &amp; &quot;c&quot;");
        check(
            "see https://example.com/a?b=1&c=2.",
            false,
            "see <a href=\"https://example.com/a?b=1&amp;c=2\">https://example.com/a?b=1&amp;c=2</a>.",
        );
        check("www.example.com", false, "<a href=\"https://www.example.com\">www.example.com</a>");
        check("mail a@example.com", false, "mail <a href=\"mailto:a@example.com\">a@example.com</a>");
        check(
            "请看https://example.com/x。谢谢",
            false,
            "请看<a href=\"https://example.com/x\">https://example.com/x</a>。谢谢",
        );
        check("联系wei@example.com吧", false, "联系<a href=\"mailto:wei@example.com\">wei@example.com</a>吧");
        check("readme.md javascript://x/%0aalert(1)", false, "readme.md javascript://x/%0aalert(1)");
        check("a\n\nb", false, "a\n\nb");
    }

    #[test]
    fn quotes_nest() {
        check("x\n> y\n>> z\n> > z2\nend", false, "x<blockquote>y<blockquote>z\nz2</blockquote></blockquote>end");
    }

    #[test]
    fn soft_breaks_join() {
        check("one \ntwo\n> q \n> r\n-- \nsig", true, "one two<blockquote>q r</blockquote>-- \nsig");
        check("one \ntwo", false, "one \ntwo");
        check(" >stuffed", true, "&gt;stuffed");
    }

    #[test]
    fn a_long_text_is_cut() {
        let html = text_to_html(&"> > > x\ny\n".repeat(1_000_000), false);
        assert!(html.len() < 2 * MAX_HTML_BYTES && html.ends_with("\n…</div>"));
    }
}
