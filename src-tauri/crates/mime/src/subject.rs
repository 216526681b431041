//! What a subject is about, without the marks that replying and forwarding leave: how mail that names no other message is
//! still put into its conversation (RFC 5256 section 2.1, and the marks of programs in other languages).

/// A subject without its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseSubject {
    /// What is left, white space collapsed, in lower case; may be empty.
    pub text: String,
    /// Whether marks of a reply or a forward were taken off.
    pub is_answer: bool,
}

/// In lower case. "re" is Latin, understood everywhere; the others are what programs write in their own language.
const MARKS: [&str; 34] = [
    "re", "fw", "fwd", "aw", "wg", "antw", "antwort", "sv", "vs", "vb", "vl", "tr", "rv", "res", "enc", "rif", "r",
    "i", "odp", "pd", "ynt", "ilt", "回复", "回覆", "答复", "答覆", "转发", "轉寄", "轉發", "转寄", "返信", "転送",
    "답장", "전달",
];

/// Characters of a subject that are looked at.
const LONGEST: usize = 1000;
/// Longer blobs ("[…]") are text.
const LONGEST_BLOB: usize = 64;

/// Takes the marks off a decoded subject.
pub fn base_subject(subject: &str) -> BaseSubject {
    let cut = subject.char_indices().nth(LONGEST).map_or(subject, |(end, _)| subject.get(..end).unwrap_or(subject));
    let collapsed = cut.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut rest = collapsed.as_str();
    let mut is_answer = false;
    loop {
        let before = rest;
        // Step 2.
        while let Some(shorter) = rest.strip_suffix("(fwd)").map(str::trim_end) {
            (rest, is_answer) = (shorter, true);
        }
        // Steps 3 to 5.
        loop {
            rest = rest.trim_start();
            if let Some(after) = without_mark(rest) {
                (rest, is_answer) = (after, true);
            } else if let Some(after) = without_blob(rest).filter(|after| !after.is_empty()) {
                rest = after;
            } else {
                break;
            }
        }
        // Step 6.
        if let Some(inner) = rest.strip_prefix("[fwd:").and_then(|inner| inner.strip_suffix(']')) {
            (rest, is_answer) = (inner.trim(), true);
        }
        if rest == before {
            break;
        }
    }
    BaseSubject { text: rest.to_owned(), is_answer }
}

/// Behind `*subj-blob subj-refwd`.
fn without_mark(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(after) = without_blob(rest) {
        rest = after;
    }
    let end = rest.find([':', '：', '[', ' '])?;
    let (mark, after) = rest.split_at(end);
    if !MARKS.contains(&mark) {
        return None;
    }
    let after = after.trim_start();
    let after = without_blob(after).unwrap_or(after);
    Some(after.strip_prefix([':', '：'])?.trim_start())
}

fn without_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']']).filter(|end| *end <= LONGEST_BLOB)?;
    // "[fwd: …]" is a mark of its own.
    if inner.starts_with("fwd:") {
        return None;
    }
    Some(inner.get(end..)?.strip_prefix(']')?.trim_start())
}

#[cfg(test)]
mod tests {
    use super::base_subject;

    #[test]
    fn marks_of_replies_and_forwards_come_off() {
        for (subject, base, is_answer) in [
            ("Delivery", "delivery", false),
            ("Re: Delivery", "delivery", true),
            ("RE:  AW: Fwd: Delivery (fwd) (FWD)", "delivery", true),
            ("[foo] Fwd: [bar] Re: fw: b (fWd)  (fwd)", "b", true),
            ("Re: [FWD: c]", "c", true),
            ("re: [fwd: [fwd: re: [fwd: babylon]]]", "babylon", true),
            ("Re[2]: Delivery", "delivery", true),
            ("回复：合同", "合同", true),
            ("答复: 回复: 转发：合同", "合同", true),
            ("[客服] 合同", "合同", false),
            ("[xyz]", "[xyz]", false),
            ("b (a)", "b (a)", false),
            ("Ad: x", "ad: x", false),
            ("Re:", "", true),
            ("", "", false),
            ("reply: no mark", "reply: no mark", false),
            ("Re Delivery", "re delivery", false),
            ("[[[[", "[[[[", false),
            ("[fwd:", "[fwd:", false),
        ] {
            let found = base_subject(subject);
            assert_eq!((found.text.as_str(), found.is_answer), (base, is_answer), "{subject}");
        }
    }

    #[test]
    fn a_long_subject_is_no_bomb() {
        for piece in ["re:", "[a]", "[fwd:", "(fwd)", "re[", "回复："] {
            assert!(base_subject(&piece.repeat(100_000)).text.len() <= 10_000);
        }
    }
}
