use super::*;

#[track_caller]
fn shown(html: &str, expected: &str) {
    let folded = folded(html);
    let (before, rest) = folded.split_once(OPEN).unwrap_or((&folded, ""));
    let (_, after) = rest.split_once(CLOSE).unwrap_or(("", ""));
    assert_eq!([before, after].concat(), expected, "{folded}");
    let whole = folded.replace(&format!("</p>{OPEN}<p id=\"m-a\">"), "").replace(OPEN, "").replace(CLOSE, "");
    assert_eq!(whole, html, "nothing but the fold is added");
}

#[test]
fn the_end_of_a_mail_is_folded_where_it_is_a_quote() {
    shown(
        "<div><p>Yes.</p><p>On 2 Nov 2026, Ann wrote:</p><blockquote>Shall we?</blockquote></div>",
        "<div><p>Yes.</p></div>",
    );
    shown(
        "<div>好的。<br>在 2026年11月2日 09:30，张伟 写道：<br><blockquote>行吗？</blockquote></div>",
        "<div>好的。<br></div>",
    );
    shown(
        "<div><p>Yes.</p><div><p><b>From:</b> Ann<br><b>Sent:</b> Monday<br><b>To:</b> Bob<br><b>Subject:</b> x</p></div><p>Shall we?</p></div>",
        "<div><p>Yes.</p></div>",
    );
    shown(
        "<div><p>好</p><hr><p>发件人：张伟<br>发送时间：2026年<br>收件人：李<br>主题：x</p><p>行吗</p></div>",
        "<div><p>好</p></div>",
    );
    shown("<div>Yes.<div class=\"gmail_quote\">On Monday Ann wrote: Shall we?</div></div>", "<div>Yes.</div>");
    shown(
        "<div class=\"text\">Yes.\n\n-----Original Message-----\nFrom: Ann\nx</div>",
        "<div class=\"text\">Yes.\n\n</div>",
    );
    shown(
        "<div class=\"text\">Yes.\n\nOn Mon, 2 Nov 2026 at\n09:30, Ann\nwrote:\n<blockquote>x</blockquote></div>",
        "<div class=\"text\">Yes.\n\n</div>",
    );
    shown("<div>On 2 Nov, Ann wrote:<blockquote>Shall we?</blockquote><p>Yes.</p></div>", "<div><p>Yes.</p></div>");
    shown("<div class=\"text\">Yes.\n<blockquote>x\ny</blockquote></div>", "<div class=\"text\">Yes.\n</div>");
}

#[test]
fn a_paragraph_is_parted_where_its_quote_begins() {
    shown(
        "<div><p id=\"m-a\">Yes.<br>2 Nov 2026, Ann &lt;a@x.test&gt;:</p><blockquote>Shall we?</blockquote></div>",
        "<div><p id=\"m-a\">Yes.<br></p></div>",
    );
}

#[test]
fn no_new_word_is_hidden() {
    for html in [
        // Answers below a word of one's own, and in between.
        "<p>x</p><p>On 2 Nov, Ann wrote:</p><blockquote>Shall we?</blockquote><p>Yes.</p>",
        "<blockquote>one</blockquote>1<blockquote>two</blockquote>2",
        "<div class=\"text\">Hello\n<blockquote>one</blockquote>1\n<blockquote>two</blockquote>2</div>",
        // Nothing but a quote.
        "<div><p>On 2 Nov, Ann wrote:</p><blockquote>Shall we?</blockquote></div>",
        "<blockquote>x</blockquote>",
        "<p>-----Original Message-----</p><p>x</p>",
        // Sentences.
        "<p>a</p><p>On Monday he wrote:</p><p>b</p>",
        "<p>a</p><p>From: Monday on, 3 of us</p><p>b</p>",
        // A place where no fold can be.
        "<table><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table><p>c</p>",
        "<div>a<div class=\"gmail_quote\">q</div>b</div>",
        "",
    ] {
        assert_eq!(folded(html), html);
    }
    let with_picture = "<p>x</p><p>On 2 Nov, Ann wrote:</p><blockquote>q</blockquote><img src=\"a\">";
    assert_eq!(folded(with_picture), with_picture);
}

#[test]
fn a_large_page_costs_no_more_than_its_size() {
    for piece in ["<div>", "<p>From: a</p>", "<blockquote>x</blockquote>y", "<hr>", "On 1 \n", "<p>On 1</p>"] {
        let page = format!("<div class=\"text\">{}</div>", piece.repeat(20_000));
        assert!(folded(&page).len() >= page.len());
    }
}
