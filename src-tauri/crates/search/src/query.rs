//! The query language: words that must all be there, and phrases in double quotes.

use crate::fold;

/// Most terms that are looked at; the rest of a longer query is left out.
const MAX_TERMS: usize = 50;
/// Longest term, in characters.
const MAX_TERM_CHARS: usize = 200;

/// A parsed query. Every string is a query; an empty one has no terms and matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    terms: Vec<String>,
}

impl Query {
    /// Cuts at white space; what stands in double quotes (straight, curly or full width) is one term. A quote that is never closed
    /// reaches to the end.
    pub fn parse(text: &str) -> Self {
        let mut terms = Vec::new();
        let mut term = String::new();
        let mut quoted = false;
        for c in text.chars() {
            let quote = matches!(c, '"' | '“' | '”' | '„' | '＂');
            if quote || (!quoted && c.is_whitespace()) {
                push(&mut terms, &term);
                term.clear();
                quoted ^= quote;
            } else {
                term.push(c);
            }
        }
        push(&mut terms, &term);
        Self { terms }
    }

    /// The terms, folded by [`fold`], in the order in which they were typed; all must match.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a text holds every term; `text` must be folded.
    pub fn matches(&self, folded: &str) -> bool {
        self.terms.iter().all(|term| folded.contains(term.as_str()))
    }
}

fn push(terms: &mut Vec<String>, term: &str) {
    if terms.len() >= MAX_TERMS {
        return;
    }
    let cut: String = term.chars().filter(|c| !c.is_control() || c.is_whitespace()).take(MAX_TERM_CHARS).collect();
    let folded = fold(&cut).split_whitespace().collect::<Vec<_>>().join(" ");
    if !folded.is_empty() && !terms.contains(&folded) {
        terms.push(folded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, terms: &[&str]) {
        assert_eq!(Query::parse(text).terms(), terms, "{text:?}");
    }

    #[test]
    fn terms_are_cut() {
        check("Invoice  März", &["invoice", "marz"]);
        check("\"exact  Phrase\" more", &["exact phrase", "more"]);
        check("“合同 编号” ＡＢＣ", &["合同 编号", "abc"]);
        check("\"never closed here", &["never closed here"]);
        check("a a A", &["a"]);
        check("", &[]);
        check(" \" \" ", &[]);
    }

    #[test]
    fn all_terms_must_match() {
        let query = Query::parse("合同 \"third draft\"");
        assert!(query.matches(&fold("关于合同: Third Draft")));
        assert!(!query.matches(&fold("关于合同: draft third")));
        assert!(Query::parse("").matches(""));
    }

    proptest! {
        #[test]
        fn every_string_is_a_query(text in any::<String>()) {
            let query = Query::parse(&text);
            prop_assert!(query.terms().len() <= MAX_TERMS);
            prop_assert!(query.terms().iter().all(|term| !term.is_empty() && *term == fold(term)));
        }

        #[test]
        fn a_word_finds_itself(word in "[a-zA-Z一-龥]{1,20}") {
            prop_assert!(Query::parse(&word).matches(&fold(&word)));
        }
    }
}
