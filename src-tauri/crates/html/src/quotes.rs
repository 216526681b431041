//! What a reply quotes is folded: the mail that is answered stands in the conversation already.
//!
//! Works on safe, well-formed HTML, and adds one `<details>` element to it. Folded is what the mail ends with: from the line
//! that introduces the quote, as mail programs write it, to the end; or what it begins with, where the answer is below. A mail that is nothing but a quote (a forward without
//! a word) and one that goes on behind it (answers in between) stay as they are, so that no new word is hidden.

mod page;
mod words;

use self::page::{Element, Line, Page, is_inline};
use self::words::{FIELDS, FROM, INTRODUCTIONS, RULES};

const OPEN: &str = "<details class=\"quoted\"><summary aria-label=\"Quoted text 引用内容\">···</summary>";
const CLOSE: &str = "</details>";

/// Lines that an introduction may be broken into.
const BROKEN_INTO: usize = 3;
/// Bytes of a longer introduction are a sentence of the mail.
const LONGEST: usize = 400;
/// Lines of a header that are looked at.
const HEADER_LINES: usize = 8;

/// Folds what a mail quotes at its end. Linear; what has no such quote comes back as it is.
pub(crate) fn folded(html: &str) -> String {
    let page = Page::read(html);
    let Some(Region { from, to, parted }) = page.quote() else { return html.to_owned() };
    let (Some(head), Some(quote), Some(tail)) = (html.get(..from), html.get(from..to), html.get(to..)) else {
        return html.to_owned();
    };
    let ends = parted.iter().fold(String::new(), |ends, element| ends + "</" + element.name + ">");
    let starts: String = parted.iter().rev().map(|element| start_tag(html, element.start)).collect();
    [head, &ends, OPEN, &starts, quote, CLOSE, tail].concat()
}

/// What is folded: between these bytes. Elements that begin before and go on in it are ended and begun again, the innermost
/// first: no block may stand in them.
struct Region<'p, 'a> {
    from: usize,
    to: usize,
    parted: Vec<&'p Element<'a>>,
}

/// The start tag at this byte.
fn start_tag(html: &str, start: usize) -> &str {
    let rest = html.get(start..).unwrap_or_default();
    let mut quote = None;
    let end = rest.find(|c: char| {
        let inside = quote.is_some();
        if quote == Some(c) {
            quote = None;
        } else if !inside && matches!(c, '"' | '\'') {
            quote = Some(c);
        }
        c == '>' && !inside
    });
    end.and_then(|end| rest.get(..=end)).unwrap_or_default()
}

/// Whether `<details>` may stand in it.
fn may_hold(name: &str) -> bool {
    matches!(
        name,
        "" | "div"
            | "td"
            | "th"
            | "blockquote"
            | "section"
            | "article"
            | "main"
            | "center"
            | "body"
            | "li"
            | "dd"
            | "header"
            | "footer"
    )
}

impl<'a> Page<'a> {
    /// From where to where to fold.
    fn quote(&self) -> Option<Region<'_, 'a>> {
        let lines = self.lines.iter().enumerate();
        let introduced = lines
            .filter(|(at, _)| self.introduces(*at) || self.only_quotes_from(*at))
            .map(|(at, line)| (line.at, at, line.element));
        let seen = self.lines.len();
        let containers =
            self.elements.iter().filter(|element| element.heads || (element.quotes && element.until == seen));
        let mut all: Vec<_> =
            introduced.chain(containers.map(|element| (element.start, element.before, element.parent))).collect();
        all.sort_unstable();
        all.into_iter().find_map(|(at, before, element)| self.region(at, before, element)).or_else(|| self.beginning())
    }

    /// Where a quote that begins at this byte, with this line, in this element, may be folded: to the element's end, if the
    /// mail ends there.
    fn region(&self, mut at: usize, before: usize, mut within: usize) -> Option<Region<'_, 'a>> {
        if before == 0 {
            return None;
        }
        let mut element = self.elements.get(within)?;
        // The whole of what begins with it.
        while within != 0 && element.before == before {
            at = element.start;
            within = element.parent;
            element = self.elements.get(within)?;
        }
        let mut parted = Vec::new();
        // Also one that ends before the quote does.
        let seen = self.lines.len();
        while is_inline(element.name) || element.name == "p" || (element.name == "div" && element.until != seen) {
            parted.push(element);
            within = element.parent;
            element = self.elements.get(within)?;
        }
        if !may_hold(element.name) || element.until != seen {
            return None;
        }
        let first_quoted =
            (before..=before + BROKEN_INTO).find(|at| self.lines.get(*at).is_some_and(|line| line.quoted));
        let goes_on = first_quoted.is_some_and(|first| self.own_until > first);
        if goes_on {
            return None;
        }
        let last = self.rules.partition_point(|(rule, ..)| *rule < at).checked_sub(1);
        let rule = last.and_then(|last| self.rules.get(last));
        let rule = rule.filter(|(_, parent, lines)| *parent == within && *lines == before);
        Some(Region { from: rule.map_or(at, |(rule, ..)| *rule), to: element.end, parted })
    }

    /// The quote that a mail begins with, if its own words are all below it.
    fn beginning(&self) -> Option<Region<'_, 'a>> {
        let first_quoted = (0..=BROKEN_INTO).find(|at| self.lines.get(*at).is_some_and(|line| line.quoted))?;
        if first_quoted > 0 && !self.is_introduction(0) {
            return None;
        }
        let own = self.lines.iter().skip(first_quoted).position(|line| !line.quoted)? + first_quoted;
        if self.lines.iter().skip(own).any(|line| line.quoted) {
            return None;
        }
        let (quote, answer) = (self.lines.first()?, self.lines.get(own)?);
        let above = self.ancestors(answer.element);
        let common = self.ancestors(quote.element).into_iter().find(|element| above.contains(element))?;
        // What the answer begins with may not begin before it.
        let (from, _) = self.child(common, quote)?;
        let (to, before) = self.child(common, answer)?;
        (before == own && may_hold(self.elements.get(common)?.name)).then(|| Region { from, to, parted: Vec::new() })
    }

    /// An element and those that it is in, innermost first.
    fn ancestors(&self, element: usize) -> Vec<usize> {
        let mut all = vec![element];
        while let Some(&last) = all.last().filter(|last| **last != 0) {
            all.push(self.elements.get(last).map_or(0, |element| element.parent));
        }
        all
    }

    /// Where what holds a line begins, directly in an element, and how many lines are before it.
    fn child(&self, within: usize, line: &Line) -> Option<(usize, usize)> {
        let ancestors = self.ancestors(line.element);
        let at = ancestors.iter().position(|element| *element == within)?;
        match at.checked_sub(1).and_then(|at| ancestors.get(at)).and_then(|child| self.elements.get(*child)) {
            Some(child) => Some((child.start, child.before)),
            None => Some((line.at, self.lines.iter().position(|other| other.at == line.at)?)),
        }
    }

    /// Whether all from this line on is quoted, but something before it is the mail's own.
    fn only_quotes_from(&self, at: usize) -> bool {
        at == self.own_until && (at > BROKEN_INTO || !self.introduces(0))
    }

    fn introduces(&self, at: usize) -> bool {
        self.is_introduction(at) || self.lines.get(at).is_some_and(|line| is_rule(&line.text)) || self.is_header(at)
    }

    /// "On Monday, Ann wrote:", in one line or some.
    fn is_introduction(&self, at: usize) -> bool {
        let mut text = String::new();
        for end in at..at + BROKEN_INTO {
            let Some(line) = self.lines.get(end) else { return false };
            if !text.is_empty() {
                text.push(' ');
            }
            // Some write dashes around it.
            text.push_str(line.text.to_lowercase().trim_matches(['-', ' ']));
            if text.len() > LONGEST {
                return false;
            }
            // A sentence is none: there is a date or an address in it.
            if !text.contains(|c: char| c.is_ascii_digit() || c == '@') {
                continue;
            }
            let quoted_next = self.lines.get(end + 1).is_some_and(|line| line.quoted);
            let found = INTRODUCTIONS.iter().any(|(first, last)| {
                let over = text.ends_with(last)
                    || (text.ends_with([':', '：']) && !last.ends_with([':', '：']) && text.contains(last));
                over && text.starts_with(first) && (!first.is_empty() || (end == at && quoted_next))
            });
            // In whatever language: whose mail it is, a colon, and the quote.
            let dated = text.starts_with(|c: char| c.is_ascii_digit());
            let addressed = (end == at || dated) && quoted_next && text.contains('@') && text.ends_with([':', '：']);
            if found || addressed {
                return true;
            }
        }
        false
    }

    /// "From: …" among two further fields.
    fn is_header(&self, at: usize) -> bool {
        let named = |at: usize, names: &[&str]| {
            self.lines.get(at).and_then(|line| field(&line.text)).is_some_and(|name| names.contains(&name.as_str()))
        };
        // A line of underscores stands above it.
        let first = if self.lines.get(at).is_some_and(|line| is_underscores(&line.text)) { at + 1 } else { at };
        let any = |at: usize| named(at, &FROM) || named(at, &FIELDS);
        let next = first + 1..=first + HEADER_LINES;
        any(first)
            && next.clone().filter(|at| any(*at)).count() >= 2
            && (first..first + HEADER_LINES).any(|at| named(at, &FROM))
    }
}

/// The name of a field at the beginning of a line, in lower case.
fn field(text: &str) -> Option<String> {
    let (name, _) = text.split_once([':', '：'])?;
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '*');
    (name.chars().count() <= 20).then(|| name.to_lowercase())
}

fn is_underscores(text: &str) -> bool {
    text.len() >= 5 && text.chars().all(|c| c == '_')
}

/// "-----Original Message-----".
fn is_rule(text: &str) -> bool {
    let dashes = |c: char| matches!(c, '-' | '—' | '_' | ' ' | '*');
    text.starts_with(['-', '—', '_', '*']) && RULES.contains(&text.trim_matches(dashes).to_lowercase().as_str())
}

#[cfg(test)]
mod tests;
