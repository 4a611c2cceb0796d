//! Reads the digits out of whatever was typed, pasted or exported into a phone field.
//!
//! Text only: which country a number belongs to and whether it exists is decided by the parent.

use super::PhoneError;

/// E.164 has at most 15 digits; international prefixes and a trunk zero may come on top.
const MAX_DIGITS: usize = 20;
/// From this many digits on, what follows may be an extension.
const BEFORE_EXTENSION: usize = 6;

/// The digits of a number and what stood around them that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    buf: [u8; MAX_DIGITS],
    len: usize,
    /// Whether a `+` stood before the first digit.
    pub(super) plus: bool,
}

impl Digits {
    /// The ASCII digits.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.buf.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    fn push(&mut self, digit: u8) -> Result<(), PhoneError> {
        // One place more than a number can have: two numbers in one field end up here.
        *self.buf.get_mut(self.len).ok_or(PhoneError::TooLong)? = digit;
        self.len += 1;
        Ok(())
    }
}

/// Reads `raw`. Labels before the number are skipped (`Tel. 020 …`), extensions after it dropped,
/// letters inside it refused: reading them as keypad digits turns typing errors into numbers.
pub(super) fn digits(raw: &str) -> Result<Digits, PhoneError> {
    let mut out = Digits { buf: [0; MAX_DIGITS], len: 0, plus: false };
    let mut blank = true;
    for (at, c) in raw.char_indices() {
        if c.is_ascii_digit() {
            out.push(c as u8)?;
            continue;
        }
        let c = narrow(c);
        match c {
            '0'..='9' => out.push(c as u8)?,
            ' ' => continue,
            '+' if out.len == 0 => out.plus = true,
            '+' | '*' => return Err(PhoneError::NotANumber),
            _ if out.len == 0 => {}
            '-' | '(' | ')' | '/' | '[' | ']' | '~' | '\'' | '"' => {}
            '.' if is_decimal(raw, at) => break,
            '.' => {}
            _ => {
                after_number(raw.get(at..).unwrap_or_default(), out.len)?;
                break;
            }
        }
        blank = false;
    }
    if out.len > 0 {
        return Ok(out);
    }
    Err(match () {
        () if blank => PhoneError::Empty,
        () if raw.chars().any(char::is_alphabetic) => PhoneError::Letters,
        () => PhoneError::NotANumber,
    })
}

/// Whether the point at `at` makes a whole number that went through a spreadsheet, 7911123456.0;
/// in 01.42.68.53.00 it is one of the points between pairs, and the zeros belong to the number.
fn is_decimal(raw: &str, at: usize) -> bool {
    let (whole, rest) = raw.split_at(at);
    matches!(rest.trim_end(), ".0" | ".00") && whole.trim_start().bytes().all(|b| b.is_ascii_digit())
}

/// Judges what stands behind the digits read so far: an extension is dropped, the rest refused.
fn after_number(rest: &str, digits_before: usize) -> Result<(), PhoneError> {
    let rest = rest.to_ascii_lowercase();
    let is_tail = |s: &str| s.chars().all(|c| c.is_ascii_digit() || " .:=-#)".contains(c));
    if digits_before >= BEFORE_EXTENSION {
        let marks = [";ext", ";isub", ",", "extension", "extn", "ext", "x", "#"];
        if marks.iter().any(|mark| rest.strip_prefix(mark).is_some_and(is_tail)) {
            return Ok(());
        }
    }
    // 4.47911E+11: the digits behind the first few are gone.
    let exponent = rest.strip_prefix('e').map(|e| e.trim_start_matches('+'));
    if exponent.is_some_and(|e| !e.is_empty() && e.trim_end().bytes().all(|b| b.is_ascii_digit())) {
        return Err(PhoneError::Rounded);
    }
    let letters = rest.chars().any(char::is_alphabetic);
    Err(if letters { PhoneError::Letters } else { PhoneError::NotANumber })
}

/// First characters of the runs of ten that Unicode calls decimal digits and people use.
const DIGIT_RUNS: [u32; 19] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10,
];

/// Brings a character to its plain form: digits and punctuation to ASCII, spaces and invisible
/// marks to a space.
fn narrow(c: char) -> char {
    if c.is_ascii() {
        return if c.is_ascii_whitespace() { ' ' } else { c };
    }
    match c {
        '\u{00AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}' => ' ',
        '\u{FF0B}' => '+',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{FF0D}' => '-',
        '\u{FF08}' | '\u{FF3B}' => '(',
        '\u{FF09}' | '\u{FF3D}' => ')',
        '\u{FF0E}' | '\u{00B7}' => '.',
        '\u{FF0F}' => '/',
        '\u{2018}' | '\u{2019}' | '\u{201C}' | '\u{201D}' => '\'',
        _ if c.is_whitespace() => ' ',
        _ => {
            let digit = DIGIT_RUNS.iter().find_map(|&run| (c as u32).checked_sub(run).filter(|d| *d < 10));
            digit.and_then(|d| char::from_digit(d, 10)).unwrap_or(c)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_found_in_the_spellings_people_use() {
        let cases = [
            ("07911 123456", false, "07911123456"),
            ("  (+44) 7911-123.456 ", true, "447911123456"),
            ("tel:+44-7911-123456;ext=12", true, "447911123456"),
            ("Mobile: 07911 123456", false, "07911123456"),
            ("'07911123456", false, "07911123456"),
            ("=\"07911123456\"", false, "07911123456"),
            ("\u{202A}+44 7911\u{00A0}123456\u{202C}", true, "447911123456"),
            ("＋４４ ７９１１ １２３４５６", true, "447911123456"),
            ("٠٧٩١١١٢٣٤٥٦", false, "07911123456"),
            ("7911123456.0", false, "7911123456"),
            ("7911123456.00 ", false, "7911123456"),
            ("01.42.68.53.00", false, "0142685300"),
            ("030 12.34.0", false, "03012340"),
            ("+687 75.20.00", true, "687752000"),
            ("020 7946 0018 ext. 12", false, "02079460018"),
            ("020 7946 0018 x12", false, "02079460018"),
            ("020 7946 0018 #3", false, "02079460018"),
            ("020–7946–0018", false, "02079460018"),
        ];
        for (raw, plus, text) in cases {
            let got = digits(raw).unwrap_or_else(|e| panic!("{raw:?}: {e}"));
            assert_eq!((got.plus, got.as_str()), (plus, text), "{raw:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        let cases = [
            ("", PhoneError::Empty),
            (" \t\u{200B}", PhoneError::Empty),
            ("n/a", PhoneError::Letters),
            ("-", PhoneError::NotANumber),
            ("07911 12345a", PhoneError::Letters),
            ("1-800-FLOWERS", PhoneError::Letters),
            ("4.47911E+11", PhoneError::Rounded),
            ("4.47911e11", PhoneError::Rounded),
            ("07911+123456", PhoneError::NotANumber),
            ("*31#07911123456", PhoneError::NotANumber),
            ("07911 123456 / 020 7946 0018", PhoneError::TooLong),
            ("07911 123456 or 020 7946 0018", PhoneError::Letters),
            ("07911 123456; 020 7946 0018", PhoneError::NotANumber),
        ];
        for (raw, error) in cases {
            assert_eq!(digits(raw), Err(error), "{raw:?}");
        }
    }
}
