//! Text → records of fields, quote-aware, bounded, and able to recover from a lost quote.
//!
//! Lives here: where a record and its fields begin and end. Must not live here: what a field
//! means.
//!
//! An ordinary CSV reader follows an unclosed quote to the end of the file and swallows every
//! row on the way. This one keeps the record in a window: when a quoted field grows past its
//! bound, or the file ends inside one, only the line it began on is given up and reading goes
//! on with the next line.

use super::problem::FileProblem;
use super::source::Source;
use std::io::Read;

/// Longest quoted field in bytes; past it the opening quote counts as a mistake.
pub(super) const MAX_QUOTED: usize = 64 * 1024;
/// Longest record in bytes: 100 fields of 2,000 characters and some.
pub(super) const MAX_RECORD: usize = 256 * 1024;
/// Bytes that may be read a second time after lost quotes. Text built to lose one on every line
/// would otherwise be scanned 256 KiB per line; past this bound what was scanned is given up.
const MAX_RESCAN: usize = 32 * 1024 * 1024;

/// One record's fields, kept between rows so that reading allocates nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// A quoted field held a line break.
    broken_line: bool,
    /// Text stood between a closing quote and the separator.
    odd_quote: bool,
}

impl Record {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Field `i`, unquoted.
    pub(super) fn get(&self, i: usize) -> Option<&[u8]> {
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        self.bytes.get(start..end)
    }

    /// All fields in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|i| self.get(i))
    }

    /// Whether no field holds anything but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// All fields as one text without separators, if it is UTF-8.
    pub(super) fn text(&self) -> Option<Joined<'_>> {
        std::str::from_utf8(&self.bytes).ok().map(|text| Joined { text, ends: &self.ends })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.broken_line = false;
        self.odd_quote = false;
    }

    /// Whether this looks like several lines joined by two stray quotes rather than one record
    /// with a line break in a cell.
    fn is_joined(&self, width: Option<(usize, usize)>) -> bool {
        let fits = |(least, most)| self.len() >= least && self.fields().skip(most).all(<[u8]>::is_empty);
        self.broken_line && (self.odd_quote || !width.is_none_or(fits))
    }
}

/// A record known to be UTF-8.
#[derive(Clone, Copy)]
pub(super) struct Joined<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Joined<'a> {
    /// Field `i`.
    pub(super) fn get(&self, i: usize) -> Option<&'a str> {
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        // Not at a character boundary only where a broken character met a separator.
        self.text.get(start..end)
    }
}

/// What splitting one record off some text came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// A record, and the bytes it took with its line end.
    Done(usize),
    /// The text ends inside the record.
    More,
    /// The record or one of its quoted fields is longer than allowed, or a quote is never
    /// closed.
    Broken(&'static str),
}

/// Splits the first record off `input`; `last` when no text follows it.
pub(super) fn split(input: &[u8], separator: u8, last: bool, out: &mut Record) -> Split {
    out.clear();
    let mut i = 0;
    loop {
        if input.get(i) == Some(&b'"') {
            i += 1;
            let opened = i;
            loop {
                let Some(k) = input[i..].iter().position(|b| *b == b'"') else {
                    return match () {
                        () if input.len() - opened > MAX_QUOTED => Split::Broken(LOST_QUOTE),
                        () if last => Split::Broken(LOST_QUOTE),
                        () => more(input),
                    };
                };
                let piece = &input[i..i + k];
                out.broken_line |= piece.contains(&b'\n') || piece.contains(&b'\r');
                out.bytes.extend_from_slice(piece);
                i += k + 1;
                if i - opened > MAX_QUOTED {
                    return Split::Broken(LOST_QUOTE);
                }
                match input.get(i) {
                    None if !last => return more(input),
                    Some(b'"') => {
                        out.bytes.push(b'"');
                        i += 1;
                    }
                    Some(b) => {
                        out.odd_quote |= !b.is_ascii_whitespace() && *b != separator;
                        break;
                    }
                    None => break,
                }
            }
        }
        let end = |b: &u8| *b == separator || *b == b'\n' || *b == b'\r';
        let Some(k) = input[i..].iter().position(end) else {
            if !last {
                return more(input);
            }
            out.bytes.extend_from_slice(&input[i..]);
            out.ends.push(out.bytes.len());
            return if input.len() > MAX_RECORD { Split::Broken(TOO_LONG) } else { Split::Done(input.len()) };
        };
        out.bytes.extend_from_slice(&input[i..i + k]);
        out.ends.push(out.bytes.len());
        i += k;
        if i > MAX_RECORD {
            return Split::Broken(TOO_LONG);
        }
        match (input[i], input.get(i + 1)) {
            (b'\n', _) => return Split::Done(i + 1),
            (b'\r', Some(b'\n')) => return Split::Done(i + 2),
            (b'\r', None) if !last => return more(input),
            (b'\r', _) => return Split::Done(i + 1),
            _ => i += 1,
        }
    }
}

const LOST_QUOTE: &str =
    "a quote (\") is opened and not closed within 64 KiB; reading went on with the next line";
const STRAY_QUOTE: &str =
    "a stray quote (\") opens a text that runs into later lines; reading went on with the next line";
const TOO_LONG: &str = "longer than 256 KiB";

fn more(input: &[u8]) -> Split {
    if input.len() > MAX_RECORD { Split::Broken(TOO_LONG) } else { Split::More }
}

/// Where the first line of `text` ends, and where the next begins.
fn line_end(text: &[u8], last: bool) -> Option<usize> {
    let i = text.iter().position(|b| *b == b'\n' || *b == b'\r')?;
    match (text[i], text.get(i + 1)) {
        (b'\r', Some(b'\n')) => Some(i + 2),
        (b'\r', None) if !last => None,
        _ => Some(i + 1),
    }
}

/// What came next in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A record is in the buffer.
    Record,
    /// A record that cannot be read, and why; it counts as one row.
    Broken(&'static str),
    /// The file is over.
    End,
}

/// The records of a file, one after another.
pub(super) struct Records<R> {
    source: Source<R>,
    separator: u8,
    row: u64,
    /// Fewest and most fields of a good record, once known.
    width: Option<(usize, usize)>,
    rescan: usize,
}

impl<R: Read> Records<R> {
    /// Records of `source` divided by `separator`.
    pub(super) fn new(source: Source<R>, separator: u8) -> Self {
        Self { source, separator, row: 0, width: None, rescan: MAX_RESCAN }
    }

    /// Tells how many fields a good record has.
    pub(super) fn expect(&mut self, least: usize, most: usize) {
        self.width = Some((least, most));
    }

    /// Number of the record read last, as a spreadsheet counts: empty lines count, a line break
    /// inside quotes does not.
    pub(super) fn row(&self) -> u64 {
        self.row
    }

    /// Bytes of the file used so far.
    pub(super) fn bytes_done(&mut self) -> u64 {
        self.source.bytes_done()
    }

    /// Unused text, for a look ahead.
    pub(super) fn ahead(&self) -> (&[u8], bool) {
        (self.source.rest(), self.source.ended())
    }

    /// Reads the next record into `record`.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<Next, FileProblem> {
        loop {
            let rest = self.source.rest();
            if rest.is_empty() && self.source.ended() {
                return Ok(Next::End);
            }
            let outcome = if rest.is_empty() {
                Split::More
            } else {
                split(rest, self.separator, self.source.ended(), record)
            };
            match outcome {
                Split::Done(used) if record.is_joined(self.width) && self.rescan >= used => {
                    self.row += 1;
                    self.recover(used)?;
                    return Ok(Next::Broken(STRAY_QUOTE));
                }
                Split::Done(used) => {
                    self.source.take(used);
                    self.row += 1;
                    return Ok(Next::Record);
                }
                Split::More => self.source.more()?,
                Split::Broken(why) => {
                    self.row += 1;
                    let scanned = self.source.rest().len().min(MAX_RECORD);
                    self.recover(scanned)?;
                    return Ok(Next::Broken(why));
                }
            }
        }
    }

    /// Gives up the line the broken record began on.
    fn recover(&mut self, scanned: usize) -> Result<(), FileProblem> {
        if self.rescan < scanned {
            self.source.take(MAX_QUOTED.min(scanned));
        }
        self.rescan = self.rescan.saturating_sub(scanned);
        loop {
            let (rest, last) = (self.source.rest(), self.source.ended());
            if let Some(end) = line_end(rest, last) {
                self.source.take(end);
                return Ok(());
            }
            let keep = usize::from(!last && rest.last() == Some(&b'\r'));
            self.source.take(rest.len() - keep);
            if last {
                return Ok(());
            }
            self.source.more()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<Result<Vec<String>, &'static str>> {
        let source = Source::open(text).expect("text");
        let mut records = Records::new(source, b',');
        let mut record = Record::default();
        let mut rows = Vec::new();
        loop {
            match records.next(&mut record).expect("readable") {
                Next::Record => {
                    rows.push(Ok(record.fields().map(|f| String::from_utf8_lossy(f).into()).collect()));
                }
                Next::Broken(why) => rows.push(Err(why)),
                Next::End => {
                    assert_eq!(records.bytes_done(), text.len() as u64);
                    return rows;
                }
            }
        }
    }

    fn good(rows: &[&[&str]]) -> Vec<Result<Vec<String>, &'static str>> {
        rows.iter().map(|r| Ok(r.iter().map(ToString::to_string).collect())).collect()
    }

    #[test]
    fn fields_and_line_ends() {
        let cases: [(&str, &[&[&str]]); 9] = [
            ("a,b\nc,d", &[&["a", "b"], &["c", "d"]]),
            ("a,b\r\nc,d\r\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\rc,d\r", &[&["a", "b"], &["c", "d"]]),
            ("a,\n,b", &[&["a", ""], &["", "b"]]),
            ("a,", &[&["a", ""]]),
            ("\"a,1\",\"b\nc\"\n", &[&["a,1", "b\nc"]]),
            ("\"say \"\"hi\"\"\",x", &[&["say \"hi\"", "x"]]),
            ("5\" pipe,\"a\"b,\"\"", &[&["5\" pipe", "ab", ""]]),
            ("a\n\nb", &[&["a"], &[""], &["b"]]),
        ];
        for (text, rows) in cases {
            assert_eq!(all(text.as_bytes()), good(rows), "{text:?}");
        }
    }

    #[test]
    fn a_lost_quote_costs_its_own_line_only() {
        assert_eq!(
            all(b"a,\"b\nc,d\ne,f"),
            [vec![Err(LOST_QUOTE)], good(&[&["c", "d"], &["e", "f"]])].concat()
        );
        let long = format!("a,\"b\n{}", "c,d\n".repeat(40_000));
        let rows = all(long.as_bytes());
        assert_eq!(rows[0], Err(LOST_QUOTE));
        assert_eq!(rows.len(), 40_001);
        assert!(rows[1..].iter().all(Result::is_ok));
    }

    #[test]
    fn two_stray_quotes_do_not_join_the_lines_between() {
        let text = format!("a,\"b\n{}a,\"b\n", "c,d\n".repeat(50));
        let rows = all(text.as_bytes());
        assert_eq!((rows.len(), rows[0].clone(), rows[51].clone()), (52, Err(STRAY_QUOTE), Err(LOST_QUOTE)));
        assert!(rows[1..51].iter().all(Result::is_ok));
    }

    #[test]
    fn a_ten_megabyte_line_is_one_broken_row() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("{}{end}a,b{end}", "x".repeat(10_000_000));
            assert_eq!(all(text.as_bytes()), [vec![Err(TOO_LONG)], good(&[&["a", "b"]])].concat());
        }
    }

    #[test]
    fn text_made_to_lose_a_quote_on_every_line_stays_linear() {
        let rows = all("x\",\"\n".repeat(200_000).as_bytes());
        assert!((100..1_000).contains(&rows.len()), "{}", rows.len());
    }
}
