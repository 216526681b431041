//! What makes a sender look like another: an address in the display name, letters of another script.

use idna::domain_to_unicode;
use postroom_types::{Address, SenderMark};
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::skeleton;

/// Senders that are looked at; a message with more is marked as unclear anyway.
const MAX_SENDERS: usize = 10;
/// Characters of a name or address that are looked at.
const MAX_CHARS: usize = 500;

/// The marks of all senders together, each once.
pub(crate) fn marks(from: &[Address]) -> Vec<SenderMark> {
    let senders = || from.iter().take(MAX_SENDERS);
    let other = senders().any(names_another).then_some(SenderMark::OtherAddress);
    let alike = senders().any(|sender| alike_name(&sender.name) || alike_address(&sender.email));
    other.into_iter().chain(alike.then_some(SenderMark::LookAlike)).collect()
}

/// Whether the display name holds an address that is not the sender's own.
fn names_another(sender: &Address) -> bool {
    let name: String = sender.name.chars().take(MAX_CHARS).map(as_written).collect();
    let stops = |c: char| c.is_whitespace() || "<>()[]\"',;:（）＜＞【】「」《》〈〉，；：、“”‘’".contains(c);
    let mut words = name.split(stops).filter(|word| is_address(word));
    words.any(|word| !word.eq_ignore_ascii_case(&sender.email))
}

/// Wide and small forms of `@` and `.` are read as what they look like.
fn as_written(c: char) -> char {
    match c {
        '＠' | '﹫' => '@',
        '．' | '。' | '․' => '.',
        c => c,
    }
}

fn is_address(word: &str) -> bool {
    let word = word.trim_matches('.');
    word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest.len() >= 2)
    })
}

/// Whether a word of a name mixes Latin letters with such of another script that look like them.
fn alike_name(name: &str) -> bool {
    let name: String = name.chars().take(MAX_CHARS).collect();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| {
        word.chars().any(|c| c.is_ascii_alphabetic()) && word.chars().any(|c| is_other_script(c) && is_alike(c))
    })
}

/// Whether a part of an address looks like another. A whole part in one foreign script is honest unless all of it looks Latin.
fn alike_address(email: &str) -> bool {
    let email: String = email.chars().take(MAX_CHARS).collect();
    let (local, domain) = email.rsplit_once('@').unwrap_or((&email, ""));
    let domain = domain_to_unicode(domain).0;
    domain.split('.').chain([local]).any(|label| {
        let letters = || label.chars().filter(|c| c.is_alphabetic());
        let latin = letters().any(|c| c.is_ascii_alphabetic());
        let alike = letters().any(is_alike);
        alike && (latin || letters().all(is_alike))
    })
}

fn is_other_script(c: char) -> bool {
    !matches!(c.script(), Script::Latin | Script::Common | Script::Inherited)
}

/// Whether a letter that is not ASCII looks like one that is (Unicode TR 39 §4).
fn is_alike(c: char) -> bool {
    let mut text = [0; 4];
    let mut looks = skeleton(c.encode_utf8(&mut text));
    !c.is_ascii() && looks.next().is_some_and(|first| first.is_ascii_alphanumeric()) && looks.next().is_none()
}

#[cfg(test)]
mod tests {
    use postroom_mime::parse_envelope;
    use postroom_types::DefectKind;

    use super::SenderMark::{LookAlike, OtherAddress};
    use super::*;

    #[track_caller]
    fn check(name: &str, email: &str, expected: &[SenderMark]) {
        assert_eq!(marks(&[Address::new(name, email)]), expected, "{name} <{email}>");
    }

    #[test]
    fn an_address_in_the_name_is_seen() {
        check("boss@example.com", "x@evil.example", &[OtherAddress]);
        check("Chen Lin <boss@example.com>", "x@evil.example", &[OtherAddress]);
        check("\"boss@example.com\" via list", "x@evil.example", &[OtherAddress]);
        check("张伟（boss＠example．com）", "x@evil.example", &[OtherAddress]);
        check("张伟 boss＠example．com", "x@evil.example", &[OtherAddress]);
        check("x@evil.example", "X@Evil.example", &[]);
        check("Chen @ Example", "chen@example.com", &[]);
        check("me@work", "chen@example.com", &[]);
        check("", "chen@example.com", &[]);
    }

    #[test]
    fn letters_of_another_script_are_seen() {
        // Cyrillic а, о; Greek ο.
        check("Pаypal", "a@example.com", &[LookAlike]);
        check("Microsοft 支持", "a@example.com", &[LookAlike]);
        check("x", "a@pаypal.com", &[LookAlike]);
        check("x", "a@xn--pypal-4ve.com", &[LookAlike]);
        check("x", "а@example.com", &[LookAlike]);
        // аррӏе.com, all Cyrillic.
        check("x", "a@xn--80ak6aa92e.com", &[LookAlike]);
    }

    #[test]
    fn honest_names_are_left_alone() {
        for name in [
            "张伟",
            "张伟 PM",
            "Müller, Karin",
            "O’Brien",
            "Дмитрий Иванов",
            "Дмитрий (IT)",
            "Γιώργος",
            "Yıldız",
            "Łukasz Żółć",
            "Sørensen",
            "田中さくら",
            "김민수",
            "José María",
            "Straße",
            "محمد",
            "דוד כהן",
            "Café ☕ Ünïcode",
        ] {
            check(name, "a@example.com", &[]);
        }
        for email in
            ["a@münchen.example", "a@xn--mnchen-3ya.example", "почта@пример.рф", "用户@例子.公司", "jürgen@example.com"]
        {
            check("x", email, &[]);
        }
    }

    /// The tricks of Mailsploit and of two From fields: what is shown, and whether it is marked or unclear.
    #[test]
    fn spoofed_senders_are_marked_or_unclear() {
        let rows: &[(&[u8], &str, bool)] = &[
            // The true address first, the one to be believed behind a NUL or a line break.
            (b"From: =?utf-8?b?cG90dXNAd2hpdGVob3VzZS5nb3Y=?==?utf-8?Q?=00?==?utf-8?b?cG90dXNAd2hpdGVob3VzZS5nb3Y=?=@evil.example", "", true),
            (b"From: =?utf-8?Q?potus@whitehouse.gov=0A?= <x@evil.example>", "x@evil.example", true),
            (b"From: =?utf-8?Q?potus@whitehouse.gov=00?= <x@evil.example>", "x@evil.example", true),
            (b"From: \"potus@whitehouse.gov\" <x@evil.example>", "x@evil.example", true),
            // Without the mark that turns it, it reads as what it is.
            (b"From: =?utf-8?Q?=E2=80=AEvog.esuohetihw=40sutop?= <x@evil.example>", "x@evil.example", false),
            (b"From: potus@whitehouse.gov <x@evil.example>", "x@evil.example", true),
            (b"From: <potus@whitehouse.gov> <x@evil.example>", "", true),
            (b"From: a@example.com\r\nFrom: b@example.com", "a@example.com", true),
            (b"From: Chen Lin <chen@example.com>", "chen@example.com", false),
            (b"From: =?GB2312?B?1cXOsA==?= <zhang@example.com>", "zhang@example.com", false),
        ];
        for (header, address, warned) in rows {
            let envelope =
                parse_envelope(&[header, &b"\r\nDate: Tue, 03 Mar 2026 09:00:00 +0000\r\n\r\n"[..]].concat());
            let text = String::from_utf8_lossy(header);
            let unclear = envelope.defects.iter().any(|defect| defect.kind == DefectKind::SenderUnclear);
            assert_eq!(unclear || !marks(&envelope.from).is_empty(), *warned, "{text}: {:?}", envelope.from);
            for sender in &envelope.from {
                let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                assert!(!sender.name.contains(odd) && !sender.email.contains(odd), "{text}: {sender:?}");
            }
            if !address.is_empty() {
                let first = envelope.from.first().map(|sender| sender.email.as_str());
                assert_eq!(first, Some(*address), "{text}");
            }
        }
    }
}
