//! A page as far as its quotes need it: which lines are seen, and in which elements.

use super::LONGEST;
use super::words::{CONTAINERS, HEADS};
use crate::allowed::VOID;
use crate::plain::unescaped;
use crate::tags::{Tags, Token};

/// An element, and how much was seen before it and until its end.
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    pub(super) parent: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) before: usize,
    pub(super) until: usize,
    /// Its program quotes in it.
    pub(super) quotes: bool,
    /// Its program wrote it above a quote.
    pub(super) heads: bool,
}

/// A line that is seen.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) at: usize,
    pub(super) element: usize,
    pub(super) quoted: bool,
}

#[derive(Default)]
pub(super) struct Page<'a> {
    /// The first stands for the page.
    pub(super) elements: Vec<Element<'a>>,
    pub(super) lines: Vec<Line>,
    /// From this line on, all is quoted.
    pub(super) own_until: usize,
    /// Rules drawn across the page: where, in which element, and how many lines were before.
    pub(super) rules: Vec<(usize, usize, usize)>,
}

pub(super) fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "b"
            | "i"
            | "u"
            | "s"
            | "em"
            | "strong"
            | "span"
            | "font"
            | "small"
            | "big"
            | "sub"
            | "sup"
            | "code"
            | "tt"
            | "kbd"
            | "samp"
            | "abbr"
            | "cite"
            | "del"
            | "ins"
            | "mark"
            | "q"
            | "strike"
            | "bdi"
            | "bdo"
            | "label"
            | "time"
            | "wbr"
            | "img"
    )
}

impl<'a> Page<'a> {
    pub(super) fn read(html: &'a str) -> Self {
        let mut page = Self::default();
        page.elements.push(Element {
            name: "",
            parent: 0,
            start: 0,
            end: html.len(),
            before: 0,
            until: 0,
            quotes: false,
            heads: false,
        });
        let mut reading =
            Reading { open: 0, quoted: 0, pre: usize::from(html.starts_with("<div class=\"text\">")), line: None };
        let mut sheet = false;
        let place = |piece: &str| (piece.as_ptr() as usize).saturating_sub(html.as_ptr() as usize);
        for token in Tags::new(html) {
            match token {
                Token::Text(_) if sheet => {}
                Token::Text(text) => page.text(&mut reading, text, place(text)),
                Token::Start { name, attributes, closed } => {
                    sheet = name == "style";
                    page.start(&mut reading, name, &attributes, closed, place(name).saturating_sub(1));
                }
                Token::End { name } => {
                    sheet = false;
                    page.end(&mut reading, name, place(name).saturating_sub(2));
                }
            }
        }
        page.lines.extend(reading.line.take());
        let seen = page.lines.len();
        // As a text quotes, also in HTML.
        for line in &mut page.lines {
            line.quoted |= line.text.starts_with('>');
        }
        page.own_until = page.lines.iter().rposition(|line| !line.quoted).map_or(0, |last| last + 1);
        for element in page.elements.iter_mut().filter(|element| element.end == html.len()) {
            element.until = seen;
        }
        page
    }

    fn text(&mut self, reading: &mut Reading, text: &str, at: usize) {
        let mut at = at;
        for piece in text.split_inclusive('\n') {
            let words = unescaped(piece);
            let words =
                words.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}'));
            if !words.is_empty() {
                let line = reading.line_at(at);
                if line.text.len() < LONGEST * 2 {
                    if !line.text.is_empty() {
                        line.text.push(' ');
                    }
                    line.text.push_str(words);
                }
            }
            // Only a text keeps its line ends; in a page they are white space.
            if reading.pre > 0 && piece.ends_with('\n') {
                self.lines.extend(reading.line.take());
            }
            at += piece.len();
        }
    }

    fn start(&mut self, reading: &mut Reading, name: &'a str, attributes: &[(&str, &str)], closed: bool, start: usize) {
        if !is_inline(name) {
            self.lines.extend(reading.line.take());
        }
        match name {
            "img" => reading.line_at(start).text.push('\u{fffc}'),
            "hr" => self.rules.push((start, reading.open, self.lines.len())),
            _ => {}
        }
        if closed || VOID.contains(&name) {
            return;
        }
        reading.quoted += usize::from(name == "blockquote");
        reading.pre += usize::from(name == "pre");
        let named = |names: &[&str]| {
            let mut words = attributes.iter().filter(|(name, _)| matches!(*name, "class" | "id"));
            words.any(|(_, value)| value.split_ascii_whitespace().any(|word| names.contains(&word)))
        };
        let (quotes, heads) = (named(&CONTAINERS), named(&HEADS));
        let before = self.lines.len() + usize::from(reading.line.is_some());
        let (parent, end) = (reading.open, self.elements.first().map_or(0, |page| page.end));
        self.elements.push(Element { name, parent, start, end, before, until: before, quotes, heads });
        reading.open = self.elements.len() - 1;
    }

    fn end(&mut self, reading: &mut Reading, name: &str, end: usize) {
        if !is_inline(name) {
            self.lines.extend(reading.line.take());
        }
        let until = self.lines.len() + usize::from(reading.line.is_some());
        let open = self.elements.get_mut(reading.open).filter(|element| element.name == name && reading.open != 0);
        let Some(element) = open else { return };
        (element.end, element.until) = (end, until);
        reading.quoted = reading.quoted.saturating_sub(usize::from(name == "blockquote"));
        reading.pre = reading.pre.saturating_sub(usize::from(name == "pre"));
        reading.open = element.parent;
    }
}

/// Where the reading of a page is.
struct Reading {
    open: usize,
    quoted: usize,
    /// Line ends count.
    pre: usize,
    line: Option<Line>,
}

impl Reading {
    fn line_at(&mut self, at: usize) -> &mut Line {
        let (element, quoted) = (self.open, self.quoted > 0);
        self.line.get_or_insert_with(|| Line { text: String::new(), at, element, quoted })
    }
}
