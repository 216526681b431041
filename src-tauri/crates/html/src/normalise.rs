//! The page written anew, bounded: only elements and attributes that may be shown, quotes everywhere, depth and work counted.
//!
//! ammonia's parser is quadratic in depth and attributes and copies unclosed formatting elements into every paragraph, so both
//! are counted before it sees the page; what exceeds the limits is shown as text.

use crate::allowed::{ATTRIBUTES, ELEMENTS, VOID};
use crate::references::reference;
use crate::sanitise::TooComplex;
use crate::tags::{Tags, Token};

/// Largest page, bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest nesting.
const MAX_DEPTH: usize = 256;
/// Deepest nesting of tables: content that stands in a table by mistake is moved out of each.
const MAX_TABLES: usize = 50;
/// Most elements, and end tags that make some.
const MAX_ELEMENTS: usize = 50_000;
/// Most copies of open formatting elements that a parser may have to make.
const MAX_COPIES: usize = 200_000;
/// Most work of escaping: for every `&` and no-break space the serialiser looks through the rest of its text for a bracket.
/// So many bytes take it a fifth of a second.
const MAX_ESCAPING: u64 = 80_000_000;
/// Most open elements that a parser may have to look through for the ends of formatting: as long.
const MAX_SEARCHES: usize = 4_000_000;

/// End tags that the standard lets out: these do not nest in themselves.
const IMPLIED: [&str; 13] =
    ["p", "li", "dd", "dt", "td", "th", "tr", "tbody", "thead", "tfoot", "colgroup", "rt", "rp"];
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u", "nobr"];

/// A page that ammonia may see.
#[derive(Debug, Default)]
pub(crate) struct Normal {
    pub(crate) html: String,
    /// Contents of the `<style>` elements.
    pub(crate) sheets: String,
}

pub(crate) fn normalise(html: &str) -> Result<Normal, TooComplex> {
    if html.len() > MAX_BYTES {
        return Err(TooComplex::Size);
    }
    let mut writer = Writer::default();
    for token in Tags::new(html) {
        match token {
            Token::Text(text) => writer.text(text),
            Token::Start { name, attributes, closed } => {
                writer.start(&name.to_ascii_lowercase(), &attributes, closed)?;
            }
            Token::End { name } => writer.end(&name.to_ascii_lowercase())?,
        }
    }
    writer.end_run()?;
    Ok(writer.normal)
}

/// What becomes of the text that follows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Mode {
    #[default]
    Shown,
    Sheet,
    /// Inside this element, so many deep: left out.
    Dropped(&'static str, u32),
}

#[derive(Debug, Default)]
struct Writer {
    normal: Normal,
    open: Vec<&'static str>,
    formatting: usize,
    elements: usize,
    tables: usize,
    /// Characters to escape, and length, of the text that may become one node.
    run: (u64, u64),
    escaping: u64,
    copies: usize,
    searches: usize,
    mode: Mode,
}

impl Writer {
    fn text(&mut self, text: &str) {
        match self.mode {
            Mode::Dropped(..) => {}
            Mode::Sheet => {
                self.normal.sheets.push_str(text);
                self.normal.sheets.push('\n');
            }
            Mode::Shown => {
                let (escapes, len) = self.write(text);
                self.run.0 += escapes;
                self.run.1 += len;
            }
        }
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)], closed: bool) -> Result<(), TooComplex> {
        if let Mode::Dropped(dropped, depth) = &mut self.mode {
            let foreign = matches!(*dropped, "svg" | "math");
            if name == *dropped {
                *depth += u32::from(!closed);
                return Ok(());
            }
            // These end a drawing that was never closed, by the standard.
            if !(foreign
                && matches!(name, "div" | "p" | "table" | "img" | "h1" | "h2" | "h3" | "ul" | "ol" | "br" | "hr"))
            {
                return Ok(());
            }
            self.mode = Mode::Shown;
        }
        match name {
            "style" => self.mode = Mode::Sheet,
            "script" => self.mode = Mode::Dropped("script", 1),
            "title" => self.mode = Mode::Dropped("title", 1),
            "iframe" => self.mode = Mode::Dropped("iframe", 1),
            "noembed" => self.mode = Mode::Dropped("noembed", 1),
            "noframes" => self.mode = Mode::Dropped("noframes", 1),
            "svg" if !closed => self.mode = Mode::Dropped("svg", 1),
            "math" if !closed => self.mode = Mode::Dropped("math", 1),
            // The page's own ground and colours stand on its body.
            "body" => return self.element("div", attributes),
            name => {
                if let Some(known) = ELEMENTS.iter().find(|known| **known == name) {
                    return self.element(known, attributes);
                }
            }
        }
        Ok(())
    }

    fn element(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> Result<(), TooComplex> {
        self.elements += 1;
        self.copies += self.formatting;
        self.search(name);
        if self.elements > MAX_ELEMENTS || self.copies > MAX_COPIES || self.searches > MAX_SEARCHES {
            return Err(TooComplex::Elements);
        }
        // Parts of a table outside of one are passed over, and text between rows is moved together.
        let parts_text = match name {
            "td" | "th" => self.tables > 0,
            "tr" | "tbody" | "thead" | "tfoot" | "colgroup" | "col" | "caption" => false,
            _ => true,
        };
        if parts_text {
            self.end_run()?;
        }
        self.normal.html.push('<');
        self.normal.html.push_str(name);
        let mut written: Vec<&str> = Vec::new();
        for (attribute, value) in attributes {
            let lower = attribute.to_ascii_lowercase();
            // The old way to name a place.
            let lower = if name == "a" && lower == "name" { "id" } else { lower.as_str() };
            let Some(known) = ATTRIBUTES.iter().find(|known| **known == lower).copied() else { continue };
            if written.contains(&known) {
                continue;
            }
            written.push(known);
            self.attribute(known, value);
        }
        self.normal.html.push('>');
        if !VOID.contains(&name) && !IMPLIED.contains(&name) {
            self.open.push(name);
            self.formatting += usize::from(FORMATTING.contains(&name));
            self.tables += usize::from(name == "table");
            if self.open.len() > MAX_DEPTH || self.tables > MAX_TABLES {
                return Err(TooComplex::Depth);
            }
        }
        Ok(())
    }

    /// Counts what a parser looks through at the beginning and the end of a formatting element.
    fn search(&mut self, name: &str) {
        if FORMATTING.contains(&name) {
            self.searches += self.open.len();
        }
    }

    fn end_run(&mut self) -> Result<(), TooComplex> {
        let (escapes, len) = std::mem::take(&mut self.run);
        self.escaping += escapes * len;
        if self.escaping > MAX_ESCAPING { Err(TooComplex::Escapes) } else { Ok(()) }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.normal.html.push(' ');
        self.normal.html.push_str(name);
        self.normal.html.push_str("=\"");
        let (escapes, len) = self.write(value);
        self.escaping += escapes * len;
        self.normal.html.push('"');
    }

    /// Text or a value, every reference replaced by the character that it stands for. Gives how many will be escaped again,
    /// and the bytes that all of it is.
    fn write(&mut self, text: &str) -> (u64, u64) {
        let out = &mut self.normal.html;
        let (mut escapes, mut len) = (0_u64, 0_u64);
        let mut put = |c: char| {
            len += c.len_utf8() as u64;
            escapes += u64::from(matches!(c, '&' | '\u{80}'..='\u{bf}'));
            match c {
                '&' => out.push_str("&#38;"),
                '<' => out.push_str("&#60;"),
                '>' => out.push_str("&#62;"),
                '"' => out.push_str("&#34;"),
                '\0' => {}
                c => out.push(c),
            }
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            before.chars().for_each(&mut put);
            if let Some((character, len)) = reference(after) {
                put(character);
                rest = after.get(len..).unwrap_or_default();
            } else {
                put('&');
                rest = after;
            }
        }
        rest.chars().for_each(&mut put);
        (escapes, len)
    }

    fn end(&mut self, name: &str) -> Result<(), TooComplex> {
        match &mut self.mode {
            Mode::Sheet => {
                self.mode = Mode::Shown;
                return Ok(());
            }
            Mode::Dropped(dropped, depth) => {
                if name == *dropped {
                    *depth -= 1;
                    if *depth == 0 {
                        self.mode = Mode::Shown;
                    }
                }
                return Ok(());
            }
            Mode::Shown => {}
        }
        let Some(name) = ELEMENTS.iter().copied().find(|known| *known == name) else { return Ok(()) };
        if VOID.contains(&name) {
            return Ok(());
        }
        self.search(name);
        // A table keeps end tags inside from closing what is outside.
        let depth = self.open.iter().rposition(|open| *open == name || *open == "table");
        let own = depth.filter(|&at| self.open.get(at) == Some(&name));
        let implied = IMPLIED.contains(&name);
        if own.is_none() && !implied {
            return Ok(());
        }
        if let Some(at) = own {
            // What is still open inside stays counted: a parser opens formatting elements again.
            let formatting = FORMATTING.contains(&name);
            let inside = self.open.split_off(at).into_iter().skip(1);
            self.open.extend(inside.filter(|open| formatting || FORMATTING.contains(open)));
            self.tables = self.open.iter().filter(|open| **open == "table").count();
            self.formatting = self.open.iter().filter(|open| FORMATTING.contains(open)).count();
        }
        if own.is_none() {
            // `</p>` without its beginning is a paragraph.
            self.elements += 1;
            if self.elements > MAX_ELEMENTS {
                return Err(TooComplex::Elements);
            }
        }
        self.normal.html.push_str("</");
        self.normal.html.push_str(name);
        self.normal.html.push('>');
        Ok(())
    }
}
