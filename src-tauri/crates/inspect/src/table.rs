//! Tables of text (CSV, RFC 4180, and what programs make of it).

use csv::ReaderBuilder;

/// Rows that are shown.
pub const MAX_ROWS: usize = 1_000;
/// Cells of a row that are shown.
pub const MAX_CELLS: usize = 60;
/// Characters of a cell that are shown.
const MAX_CELL: usize = 500;

/// The first rows of a table, and whether there are more. What separates the cells is guessed from the first lines.
pub fn table(text: &str) -> (Vec<Vec<String>>, bool) {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator(text)).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut cut = false;
    for record in reader.byte_records() {
        let Ok(record) = record else { break };
        if rows.len() == MAX_ROWS {
            cut = true;
            break;
        }
        cut |= record.len() > MAX_CELLS;
        let cell = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(MAX_CELL).collect::<String>();
        rows.push(record.iter().take(MAX_CELLS).map(cell).collect());
    }
    (rows, cut)
}

/// The character that cuts the first lines into most cells of the same number.
fn separator(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(10).collect();
    let score = |separator: u8| {
        let counts: Vec<usize> =
            lines.iter().map(|line| line.bytes().filter(|&byte| byte == separator).count()).collect();
        let first = counts.first().copied().unwrap_or_default();
        let same = counts.iter().filter(|&&count| count == first).count();
        if first == 0 { 0 } else { same * 100 + first.min(99) }
    };
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|&separator| score(separator)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_guessed() {
        for (text, width) in
            [("a,b,c\n1,2,3\n", 3), ("a;b\n1,5;2,7\n", 2), ("甲\t乙\t丙\n", 3), ("one\ntwo\n", 1), ("a|b\n", 2)]
        {
            assert_eq!(table(text).0.first().map(Vec::len), Some(width), "{text:?}");
        }
    }

    #[test]
    fn quotes_and_uneven_rows_are_read() {
        let (rows, cut) = table("name,said\n\"Müller, K.\",\"a \"\"b\"\"\nc\"\nshort\n");
        assert_eq!(rows, [vec!["name", "said"], vec!["Müller, K.", "a \"b\"\nc"], vec!["short"]]);
        assert!(!cut);
    }

    #[test]
    fn a_table_is_bounded() {
        let (rows, cut) = table(&"a,b\n".repeat(MAX_ROWS + 1));
        assert!(cut && rows.len() == MAX_ROWS);
        let (rows, cut) = table(&",".repeat(10_000));
        assert!(cut && rows.first().is_some_and(|row| row.len() == MAX_CELLS));
    }
}
