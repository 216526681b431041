use proptest::prelude::*;

use super::*;

fn check(bytes: &[u8], expected: &Result<Step, Violation>) {
    assert_eq!(&Framer::default().step(bytes, Limits::default()), expected, "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn lines_and_literals_make_one_response() {
    check(b"* 3 EXISTS\r\n* 1", &Ok(Step::Frame(12)));
    check(b"* 3 EXISTS\n", &Ok(Step::Frame(11)));
    check(b"* 1 FETCH (BODY[] {3}\r\na\r\n)\r\nx", &Ok(Step::Frame(29)));
    check(b"* LIST () \"/\" {3+}\r\nabc\r\n", &Ok(Step::Frame(25)));
    check(b"* 1 FETCH (BODY[] {10}\r\nabc", &Ok(Step::Need(7)));
}

#[test]
fn text_has_no_literals() {
    check(b"* OK you sent {5}\r\n", &Ok(Step::Frame(19)));
    check(b"A0001 NO you sent {5}\r\n", &Ok(Step::Frame(23)));
    check(b"+ {5}\r\n", &Ok(Step::Frame(7)));
}

#[test]
fn large_literals_are_refused_at_their_announcement() {
    check(b"* 1 FETCH (BODY[] {4294967296}\r\n", &Err(Violation::LiteralTooLarge(4_294_967_296)));
    check(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n", &Err(Violation::LiteralTooLarge(u64::MAX)));
    let limits = Limits { keep: 4, refuse: 100, ..Limits::default() };
    assert_eq!(
        Framer::default().step(b"* 1 FETCH (BODY[] {5}\r\n", limits),
        Ok(Step::Discard { brace: 18, at: 23, bytes: 5 })
    );
}

#[test]
fn a_line_without_an_end_stops_at_its_bound() {
    let mut framer = Framer::default();
    let line = vec![b'a'; MAX_LINE + 3];
    assert_eq!(framer.step(&line[..MAX_LINE], Limits::default()), Ok(Step::Need(1)));
    assert_eq!(framer.step(&line, Limits::default()), Err(Violation::LineTooLong(MAX_LINE)));
}

proptest! {
    /// However the bytes arrive, the responses are the same.
    #[test]
    fn chunks_do_not_matter(bytes in prop::collection::vec(prop::sample::select(b"*{}+ 0123\r\nA\"(".to_vec()), 0..80)) {
        let limits = Limits { line: 40, keep: 9, refuse: 30 };
        let whole = Framer::default().step(&bytes, limits);
        let mut framer = Framer::default();
        let mut last = Ok(Step::Need(1));
        for end in 0..=bytes.len() {
            last = framer.step(&bytes[..end], limits);
            if !matches!(last, Ok(Step::Need(_))) {
                break;
            }
        }
        prop_assert_eq!(whole, last);
    }
}
