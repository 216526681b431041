//! Folding: the form in which words are compared.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// How often folding is repeated until nothing changes. Two rounds do for all but made-up text.
const ROUNDS: usize = 4;

/// Folds text for comparison: compatibility forms become their plain ones (full width → half width, ligatures → letters),
/// letters become lower case, and accents go. Han characters stay as they are.
pub fn fold(text: &str) -> String {
    let mut folded = once(text);
    // Lower case may give something that decomposes again.
    for _ in 0..ROUNDS {
        let again = once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn once(text: &str) -> String {
    // Most mail is written in these, and none of them decomposes.
    if text.chars().all(|c| c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            // The voicing marks of kana make other letters, not accented ones.
            '\u{3099}' | '\u{309a}' => out.push(c),
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_are_made_equal() {
        for (text, folded) in [
            ("Hello", "hello"),
            ("Ｈｅｌｌｏ１２３", "hello123"),
            ("Café Straße", "cafe strasse"),
            ("合同ＡＢ", "合同ab"),
            ("ｶﾞ", "ガ"),
            ("İstanbul", "istanbul"),
            ("한국", "한국"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn the_short_way_gives_the_same(text in "[ -~一-鿿]{0,20}") {
            let long: String = text.nfkd().flat_map(char::to_lowercase).nfkc().collect();
            prop_assert_eq!(fold(&text), long);
        }

        #[test]
        fn case_does_not_matter(text in "[a-zA-Zà-üÀ-Ü一-十 ]{0,40}") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text.to_lowercase()));
        }
    }
}
