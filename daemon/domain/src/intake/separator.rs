//! Which character divides the fields of a file.
//!
//! Lives here: the guess from the first rows and the `sep=` line some spreadsheets write. Must
//! not live here: reading rows.

use super::records::{Record, Split, split};

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that have a say.
const SAMPLE: usize = 30;

/// The separator, and the bytes of a leading `sep=` line to pass over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Separator {
    /// The character.
    pub(super) byte: u8,
    /// Bytes before the first record.
    pub(super) skip: usize,
}

/// Guesses from the beginning of a file; `whole` when there is no more of it.
pub(super) fn sniff(head: &[u8], whole: bool) -> Separator {
    if let Some(found) = declared(head) {
        return found;
    }
    let mut best = (0, 0);
    let mut byte = b',';
    for candidate in CANDIDATES {
        let score = score(head, whole, candidate);
        if score > best {
            best = score;
            byte = candidate;
        }
    }
    Separator { byte, skip: 0 }
}

/// `sep=;` as the first line.
fn declared(head: &[u8]) -> Option<Separator> {
    let quoted = head.first() == Some(&b'"');
    let text = if quoted { &head[1..] } else { head };
    if !text.get(..4)?.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    let byte = *text.get(4)?;
    let after = &text[5..];
    let after = if quoted { after.strip_prefix(b"\"")? } else { after };
    let line = match after {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => return None,
    };
    let usable = byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n');
    usable.then_some(Separator { byte, skip: head.len() - after.len() + line })
}

/// Rows that have as many fields as most, in percent, then that number of fields. Titles above the
/// header hold no separator; a separator that most rows do not contain scores nothing.
fn score(head: &[u8], whole: bool, separator: u8) -> (usize, usize) {
    let mut record = Record::default();
    let mut rest = head;
    let mut widths: Vec<usize> = Vec::new();
    while widths.len() < SAMPLE && !rest.is_empty() {
        let Split::Done(used) = split(rest, separator, whole, &mut record) else { break };
        rest = &rest[used..];
        if !record.is_blank() {
            widths.push(record.len());
        }
    }
    let alike = |width: usize| widths.iter().filter(|w| **w == width).count();
    // The first row decides where it can: text in later rows may hold any sign.
    let first = widths.first().copied().filter(|w| *w > 1);
    let width = first.or_else(|| widths.iter().copied().filter(|w| *w > 1).max_by_key(|w| alike(*w)));
    width.map_or((0, 0), |width| (alike(width) * 100 / widths.len(), width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_found() {
        let cases = [
            ("phone,name\n1,2\n", b','),
            ("phone;name\n1,5;2\n3,7;4", b';'),
            ("phone\tname\n1\t\"a,b,c\"\n", b'\t'),
            ("phone|name|x\n1|2|3\n", b'|'),
            ("phone\n07700900123\n", b','),
            ("\"a;b\",c\n\"d;e\",f\n", b','),
            ("name;notes, long;phone\na;b, c, d;1\ne;f;2\n", b';'),
            ("Leads of May\n\nname;phone\na;1\nb;2\n", b';'),
        ];
        for (text, byte) in cases {
            assert_eq!(sniff(text.as_bytes(), true), Separator { byte, skip: 0 }, "{text:?}");
        }
    }

    #[test]
    fn a_declared_separator_wins() {
        assert_eq!(sniff(b"sep=;\r\na,b;c\r\n", true), Separator { byte: b';', skip: 7 });
        assert_eq!(sniff(b"\"sep=|\"\na|b", true), Separator { byte: b'|', skip: 8 });
        assert_eq!(sniff(b"sep=,name\n1,2", true), Separator { byte: b',', skip: 0 });
    }
}
