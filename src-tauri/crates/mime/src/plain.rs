//! Plain text from text: HTML stripped for a preview, `format=flowed` with `DelSp` undone (RFC 3676), quoted lines told apart.

use mail_parser::decoders::html::html_to_text;
use postroom_types::clean_chars;

use crate::limits::PREVIEW_CHARS;

/// HTML without its tags. For previews and for text beside text; what is shown is made by `postroom-html`.
pub(crate) fn stripped(html: &str) -> String {
    html_to_text(html)
}

/// `format=flowed` text (RFC 3676 §4) with its paragraphs on one line each: soft breaks undone at the same depth of quoting,
/// stuffed spaces taken out. `del_sp`: the blank at a soft break is no part of the text.
pub fn unflowed(text: &str, del_sp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    let mut first = true;
    for line in text.lines() {
        let depth = line.bytes().take_while(|&byte| byte == b'>').count();
        let body = line.get(depth..).unwrap_or_default();
        let body = body.strip_prefix(' ').unwrap_or(body);
        let signature = body == "-- ";
        let soft = body.ends_with(' ') && !signature;
        let words = if soft && del_sp { body.strip_suffix(' ').unwrap_or(body) } else { body };
        if open != Some(depth) || signature {
            if !first {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        out.push_str(words);
        open = soft.then_some(depth);
        first = false;
    }
    out
}

/// The first words that the writer wrote: quoted lines, the line above them and the signature are passed over while there is
/// other text.
pub(crate) fn preview(text: &str) -> String {
    let mut own = String::new();
    for line in text.lines().map(str::trim_end) {
        if line == "--" && !own.trim().is_empty() {
            break;
        }
        if begins_history(line) {
            break;
        }
        if !is_quoted(line) && !is_attribution(line) {
            own.push_str(line);
            own.push(' ');
        }
        if own.len() > PREVIEW_CHARS * 8 {
            break;
        }
    }
    let own = shortened(&own);
    if own.is_empty() {
        shortened(text.get(..text.floor_char_boundary(PREVIEW_CHARS * 16)).unwrap_or(text))
    } else {
        own
    }
}

/// One clean line of at most [`PREVIEW_CHARS`] characters, without the invisible padding of newsletters.
fn shortened(text: &str) -> String {
    let visible = text.chars().filter(|c| {
        !matches!(c, '\u{34f}' | '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{2060}' | '\u{2007}' | '\u{180e}' | '\u{fffc}')
    });
    clean_chars(visible.take(PREVIEW_CHARS * 16), PREVIEW_CHARS)
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// "On Monday, X wrote:" in the languages of our users and their partners.
fn is_attribution(line: &str) -> bool {
    const WROTE: [&str; 9] =
        ["wrote:", "写道:", "写道：", "寫道:", "寫道：", "schrieb:", "a écrit :", "a écrit:", "escribió:"];
    line.chars().count() < 200 && WROTE.iter().any(|word| line.ends_with(word))
}

/// The line above a whole quoted message, as Outlook and QQ mail write it.
fn begins_history(line: &str) -> bool {
    const MARKS: [&str; 6] = [
        "-----Original Message-----",
        "-----原始邮件-----",
        "------------------ 原始邮件",
        "------------------ Original",
        "-----Ursprüngliche Nachricht-----",
        "________________________________",
    ];
    MARKS.iter().any(|mark| line.trim_start().starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_the_writers_own_words() {
        assert_eq!(preview("On Monday, Bob wrote:\n> old\n> old\n\nYes,  that works.\n-- \nAlice"), "Yes, that works.");
        assert_eq!(preview("> only\n> quoted"), "> only > quoted");
        assert_eq!(preview("好的。\n\n在 2026年11月24日，王芳 写道：\n> 请确认"), "好的。");
        assert_eq!(preview("Hi\n-----Original Message-----\nFrom: x"), "Hi");
        assert_eq!(preview("Sale\u{200c}\u{34f} \u{200c}\u{34f} now"), "Sale now");
        assert_eq!(preview(&"长".repeat(1_000)).chars().count(), PREVIEW_CHARS);
        assert_eq!(preview(""), "");
    }

    #[test]
    fn soft_breaks_go_with_their_space() {
        assert_eq!(unflowed("关于 \n合同\n> a \n> b\nc\n-- \nd", true), "关于合同\n> ab\nc\n-- \nd");
    }

    #[test]
    fn flowed_paragraphs_are_joined_at_their_depth() {
        // RFC 3676 §4.5 and §4.2.
        let text = ">> a \n>> b\n> c \n>> d\n \n >no quote\n From here \nto there\n\n\n-- \nme";
        assert_eq!(unflowed(text, false), ">> a b\n> c \n>> d\n\n>no quote\nFrom here to there\n\n\n-- \nme");
        assert_eq!(unflowed("", false), "");
        assert_eq!(unflowed("\na", false), "\na");
    }
}
