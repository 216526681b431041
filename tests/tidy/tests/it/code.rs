//! Rust source as the rules read it: comments and literals blanked, test items cut out, identifiers split into words.
//!
//! A scanner, not a parser: it keeps lines where they are and knows just enough of the grammar never to mistake a
//! comment or a string for code.

#![expect(clippy::indexing_slicing, reason = "test code over our own source: a panic is a failed test")]

/// The source with comments and the insides of string and character literals turned into spaces. Lines stay in place.
pub(crate) fn blanked(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none starts there.
fn literal_or_comment_end(chars: &[char], at: usize) -> usize {
    let starts = |text: &str| text.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    if starts("//") {
        return chars[at..].iter().position(|&c| c == '\n').map_or(chars.len(), |n| at + n);
    }
    if starts("/*") {
        return block_comment_end(chars, at);
    }
    let in_word = at > 0 && is_word(chars[at - 1]);
    if !in_word && let Some(end) = raw_string_end(chars, at) {
        return end;
    }
    match chars[at] {
        '"' => quoted_end(chars, at, '"'),
        // A lifetime has no closing quote two characters on.
        '\'' if chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'') => quoted_end(chars, at, '\''),
        _ => at,
    }
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// `r"…"`, `r#"…"#`, and the same after `b` or `c`.
fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let r = if matches!(chars[at], 'b' | 'c') { at + 1 } else { at };
    if chars.get(r) != Some(&'r') {
        return None;
    }
    let hashes = chars[r + 1..].iter().take_while(|&&c| c == '#').count();
    let open = r + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
    Some((open + 1..chars.len()).find(|&i| closes(i)).map_or(chars.len(), |i| i + 1 + hashes))
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Product code: [`blanked`], and items under `#[cfg(test)]` cut out.
pub(crate) struct Product {
    /// The code, test items turned into spaces.
    pub(crate) code: String,
    /// Lines that the test items took.
    pub(crate) test_lines: usize,
    /// Names of the modules declared `#[cfg(test)] mod name;`, whose files are test code too.
    pub(crate) test_modules: Vec<String>,
}

/// Takes the test items out of a file.
pub(crate) fn product(source: &str) -> Product {
    let mut chars: Vec<char> = blanked(source).chars().collect();
    let (mut test_lines, mut test_modules, mut at) = (0, Vec::new(), 0);
    while let Some(start) = find_cfg_test(&chars, at) {
        let end = item_end(&chars, start);
        let item: String = chars[start..end].iter().collect();
        if let Some(name) = item.trim_end().strip_suffix(';').and_then(|item| item.rsplit_once("mod ")) {
            test_modules.push(name.1.trim().to_owned());
        }
        test_lines += 1 + item.matches('\n').count();
        for c in &mut chars[start..end] {
            if *c != '\n' {
                *c = ' ';
            }
        }
        at = end;
    }
    Product { code: chars.into_iter().collect(), test_lines, test_modules }
}

fn find_cfg_test(chars: &[char], from: usize) -> Option<usize> {
    (from..chars.len()).find(|&i| {
        let attribute = || chars[i..].iter().take_while(|&&c| c != ']').filter(|c| !c.is_whitespace());
        chars[i] == '#' && chars.get(i + 1) == Some(&'[') && {
            let text: String = attribute().collect();
            text.starts_with("#[cfg(test") || text.starts_with("#[cfg(all(test")
        }
    })
}

/// Where the item with the attribute at `start` ends: behind its `;` or its closing brace.
fn item_end(chars: &[char], start: usize) -> usize {
    let (mut braces, mut others) = (0_i32, 0_i32);
    for (i, &c) in chars.iter().enumerate().skip(start) {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                // `use a::{b, c};` goes on to its semicolon.
                if braces == 0 && others == 0 && chars.get(i + 1) != Some(&';') {
                    return i + 1;
                }
            }
            ';' if braces == 0 && others == 0 => return i + 1,
            _ => {}
        }
    }
    chars.len()
}

/// Each identifier with its line, from 1.
pub(crate) fn identifiers(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let words = line.split(|c: char| !is_word(c));
        found.extend(words.filter(|word| !word.is_empty()).map(|word| (number + 1, word.to_owned())));
    }
    found
}

/// `HttpClientPool` and `http_client-pool` → `http`, `client`, `pool`.
pub(crate) fn words(identifier: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for c in identifier.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && previous_lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let source = "a /* b /* c */ d */ e // f\n\"g\\\"h\" i r#\"j\"k\"# 'l' '\\'' m<'n> br\"o\" p";
        let code = blanked(source);
        let names: Vec<_> = identifiers(&code).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "e", "i", "m", "n", "p"]);
        assert_eq!(code.lines().count(), source.lines().count());
    }

    #[test]
    fn test_items_are_cut_out() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { \"}\"; }\n}\n#[cfg(test)]\nmod fake;\n\
                      #[cfg(test)]\nuse c::{d, e};\nfn f() {}\n";
        let product = product(source);
        let names: Vec<_> = identifiers(&product.code).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["fn", "a", "fn", "f"]);
        assert_eq!((product.test_lines, product.test_modules), (8, vec!["fake".to_owned()]));
    }

    #[test]
    fn identifiers_are_split_into_words() {
        assert_eq!(words("FolderListManager"), ["folder", "list", "manager"]);
        assert_eq!(words("text_utils"), ["text", "utils"]);
        assert_eq!(words("utility"), ["utility"]);
    }
}
