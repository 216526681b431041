//! text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341) as readable text. One pass, no state but counters.

/// Parameters of a command are no text.
const HIDDEN: &str = "param";
/// Deepest quote that is marked.
const MAX_QUOTE: usize = 20;

/// The text: commands taken out, `<<` one sign, excerpts marked with `>`. A single line end is a blank, as §4 of RFC 1896 says;
/// each further one is a line end.
pub(crate) fn to_text(source: &str, richtext: bool) -> String {
    let mut writer = Writer { out: String::with_capacity(source.len()), ..Writer::default() };
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '<' if tail.starts_with('<') && !richtext => {
                writer.character('<');
                tail.get(1..).unwrap_or_default()
            }
            '<' => {
                if let Some((name, after)) = command(tail) {
                    writer.command(&name, richtext);
                    after
                } else {
                    writer.character('<');
                    tail
                }
            }
            '\r' => tail,
            '\n' => {
                writer.line_end(richtext);
                tail
            }
            c => {
                writer.character(c);
                tail
            }
        };
    }
    writer.out
}

/// A command at the start, without its `<`, in lower case.
fn command(text: &str) -> Option<(String, &str)> {
    let end = text.bytes().take(62).position(|byte| byte == b'>')?;
    let name = text.get(..end)?;
    let word = name.strip_prefix('/').unwrap_or(name);
    let valid = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    valid.then(|| (name.to_ascii_lowercase(), text.get(end + 1..).unwrap_or_default()))
}

#[derive(Default)]
struct Writer {
    out: String,
    hidden: usize,
    literal: usize,
    quote: usize,
    /// Line ends one after the other.
    ends: usize,
}

impl Writer {
    fn command(&mut self, name: &str, richtext: bool) {
        match name {
            "nofill" | "verbatim" => self.literal += 1,
            "/nofill" | "/verbatim" => self.literal = self.literal.saturating_sub(1),
            "excerpt" => {
                self.quote += 1;
                self.new_line();
            }
            "/excerpt" => {
                self.new_line();
                self.quote = self.quote.saturating_sub(1);
            }
            "lt" if richtext => self.character('<'),
            "nl" if richtext => self.out.push('\n'),
            "paragraph" | "/paragraph" | "np" if richtext => self.new_line(),
            "comment" if richtext => self.hidden += 1,
            "/comment" if richtext => self.hidden = self.hidden.saturating_sub(1),
            HIDDEN => self.hidden += 1,
            "/param" => self.hidden = self.hidden.saturating_sub(1),
            _ => {}
        }
    }

    fn character(&mut self, c: char) {
        if self.hidden > 0 {
            return;
        }
        if self.ends == 1 && !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
            self.out.push(' ');
        }
        self.ends = 0;
        if self.quote > 0 && (self.out.is_empty() || self.out.ends_with('\n')) {
            self.out.extend(std::iter::repeat_n('>', self.quote.min(MAX_QUOTE)));
            self.out.push(' ');
        }
        self.out.push(c);
    }

    fn line_end(&mut self, richtext: bool) {
        if self.hidden > 0 {
            return;
        }
        if self.literal > 0 {
            self.out.push('\n');
            return;
        }
        self.ends += 1;
        if self.ends > 1 && !richtext {
            self.out.push('\n');
        }
    }

    fn new_line(&mut self) {
        self.ends = 0;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::to_text;

    #[test]
    fn enriched_text_is_read() {
        // From RFC 1896.
        let source = "<bold>Now</bold> is the time for <italic>all</italic>\ngood men\n<smaller>(and <<women>)</smaller> to\n\
                      <ignoreme>come</ignoreme>\n\nto the aid of their\n\n\n<color><param>red</param>beloved</color>\n\ncountry.";
        let text = "Now is the time for all good men (and <women>) to come\nto the aid of their\n\nbeloved\ncountry.";
        assert_eq!(to_text(source, false), text);
        assert_eq!(to_text("a\n<excerpt>b\n\nc</excerpt>\nd", false), "a\n> b\n> c\nd");
        assert_eq!(to_text("<nofill>a\nb</nofill>", false), "a\nb");
        assert_eq!(to_text("1 < 2 <", false), "1 < 2 <");
    }

    #[test]
    fn richtext_is_read() {
        let source = "<bold>Now</bold> is<nl>a <lt>b> <comment>not this</comment>c";
        assert_eq!(to_text(source, true), "Now is\na <b> c");
    }

    #[test]
    fn nothing_makes_it_grow() {
        for piece in ["<", "<<", "<excerpt>", "<param>", "</param>", "\n", "<excerpt>a\n\n"] {
            let source = piece.repeat(10_000);
            assert!(to_text(&source, false).len() <= source.len() * 10, "{piece}");
        }
    }
}
