//! Cells that should hold a phone number: what spreadsheets did to them, undone or named.
//!
//! Lives here: repairs that need no knowledge of numbering plans. Must not live here: deciding
//! whether a number is valid; `desk::phone` does that on what this leaves.

use super::text::{is_placeholder, short};
use std::borrow::Cow;

/// Longest cell still taken for numbers.
const MAX_LEN: usize = 200;
/// Longest single number as written.
const MAX_ONE: usize = 64;
/// Most numbers taken from one cell.
const MAX_NUMBERS: usize = 5;

/// A cell after repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tidy {
    /// The numbers in the cell, first the first; empty for an empty cell.
    pub(super) numbers: Vec<String>,
    /// What was changed, where it is worth saying.
    pub(super) warnings: Vec<&'static str>,
}

/// Repairs a cell, or says why no number can be had from it.
pub(super) fn tidy(cell: &str, country: Option<&str>) -> Result<Tidy, String> {
    let mut text = unwrap(cell);
    let mut warnings = Vec::new();
    if is_placeholder(&text) {
        return Ok(Tidy { numbers: Vec::new(), warnings });
    }
    if text.starts_with('#') {
        return Err(format!("{} is a spreadsheet error, not a number", short(&text, 20)));
    }
    if is_scientific(&text) {
        return Err(format!(
            "{} is what a spreadsheet made of a long number; its last digits are lost. Format the column as text and export again",
            short(&text, 20)
        ));
    }
    if text.len() > MAX_LEN {
        return Err(format!("{} characters are too long for a phone number", text.chars().count()));
    }
    if let Some(whole) = text.strip_suffix(".0").or_else(|| text.strip_suffix(".00"))
        && whole.len() >= 7
        && whole.bytes().all(|b| b.is_ascii_digit())
    {
        text = Cow::Owned(whole.to_string());
        warnings.push("the number was stored as a decimal; “.0” was removed");
    }
    if country == Some("GB") && text.len() == 10 && text.starts_with('7') && is_digits(&text) {
        text = Cow::Owned(format!("0{text}"));
        warnings.push("the leading 0 was missing (a spreadsheet drops it) and was put back");
    }
    let (numbers, extension) = apart(&text);
    if let Some(long) = numbers.iter().find(|n| n.len() > MAX_ONE) {
        return Err(format!("{} characters are too long for a phone number", long.chars().count()));
    }
    if numbers.len() > 1 {
        warnings.push("several numbers in one cell; the first is used, the others are kept as fallbacks");
    }
    if extension || numbers.iter().any(|n| has_extension(n)) {
        warnings.push(
            "what stands behind the number (an extension or a note) was left out: calls go to the number itself",
        );
    }
    Ok(Tidy { numbers, warnings })
}

/// Removes invisible characters, `="…"`, quotes and a leading apostrophe.
fn unwrap(cell: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{AD}')
    };
    // A line break inside the cell divides numbers, so it stays until they are taken apart.
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || hidden(c));
    let mut text = if cell.is_ascii() && !cell.bytes().any(|b| b.is_ascii_control()) {
        Cow::Borrowed(cell)
    } else {
        let keep = cell.chars().filter(|c| !hidden(*c) || *c == '\n');
        Cow::Owned(keep.map(|c| if c == '\u{A0}' { ' ' } else { c }).collect())
    };
    let inner =
        text.strip_prefix('=').unwrap_or(&text).trim_matches('"').trim_start_matches(['\'', '’', '`']).trim();
    let scheme = ["tel:", "sip:", "sips:", "callto:", "whatsapp:"].iter().find_map(|scheme| {
        inner.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).map(|s| &inner[s.len()..])
    });
    // A SIP address has its server behind the number.
    let inner = match scheme {
        Some(rest) => rest.trim_start_matches("//").split(['@', '?']).next().unwrap_or(rest).trim(),
        None => inner,
    };
    if inner.len() != text.len() {
        text = Cow::Owned(inner.to_string());
    }
    text
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `4.47912E+11`, `4,47912E+11`, `4E11`.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.trim_start_matches('+');
    let digits = mantissa.replacen(['.', ','], "", 1);
    !exponent.is_empty()
        && exponent.len() <= 2
        && is_digits(exponent)
        && !digits.is_empty()
        && is_digits(&digits)
}

/// Several numbers written into one cell, and whether an extension was left out.
fn apart(text: &str) -> (Vec<String>, bool) {
    let whole = || vec![if text.contains('\n') { text.replace('\n', " ") } else { text.to_string() }];
    let lower = text.to_ascii_lowercase();
    let worded = [" or ", " and ", " oder ", " ou ", " y "].iter().any(|w| lower.contains(w));
    if !worded && !text.contains([';', ',', '/', '|', '\n', '&']) && !text.contains(":::") {
        return (whole(), false);
    }
    let mut marked = text.replace(":::", "\n").replace("n/a", "").replace("N/A", "");
    for word in [" or ", " and ", " oder ", " ou ", " y ", " OR ", " AND "] {
        marked = marked.replace(word, "\n");
    }
    let digits = |t: &str| t.bytes().filter(u8::is_ascii_digit).count();
    let parts: Vec<&str> =
        marked.split([';', ',', '/', '|', '\n', '&']).map(str::trim).filter(|p| !is_placeholder(p)).collect();
    // “030/1234567” and “(020) 7946/0123” are one number with a sign in it.
    let Some(first) = parts.first().filter(|p| digits(p) >= 7 && digits(text) != 0) else {
        return (whole(), false);
    };
    let short_first = digits(first) < 9 && digits(text) < 14 && parts.len() > 1;
    if short_first {
        return (whole(), false);
    }
    let (mut numbers, mut extension) = (Vec::new(), false);
    for part in parts {
        if digits(part) >= 7 {
            numbers.push(part.to_string());
        } else {
            // “;55”, “,,4#”, “;ext=4”: what is dialed after the number answers. “, ask for Jo”: a note.
            extension |= part.chars().any(char::is_alphanumeric);
        }
    }
    numbers.truncate(MAX_NUMBERS);
    (numbers, extension)
}

/// An extension behind the number that is left out when it is read.
fn has_extension(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.find(['x', '#']).or_else(|| lower.find("ext")) else { return false };
    let digits = |t: &str| t.bytes().filter(u8::is_ascii_digit).count();
    digits(&lower[..at]) >= 7 && (1..7).contains(&digits(&lower[at..]))
}

/// Whether a cell, seen without its header, can only be a phone number.
pub(super) fn looks_like_phone(cell: &str) -> bool {
    let text = unwrap(cell);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || " +()-./".contains(c);
    // Dates and amounts share the alphabet of phone numbers but not their shape.
    let date =
        text.len() <= 10 && (text.matches('/').count() == 2 || text.matches('-').count() == 2 && digits == 8);
    let led = text.starts_with(['+', '0', '(']);
    (9..=15).contains(&digits) && text.chars().all(allowed) && !date && (led || digits >= 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(cell: &str, country: Option<&str>) -> String {
        match tidy(cell, country) {
            Ok(t) => t.numbers.join(" & ") + if t.warnings.is_empty() { "" } else { " !" },
            Err(e) => format!("error: {e}"),
        }
    }

    #[test]
    fn spreadsheet_damage_is_undone() {
        let cases = [
            (" 07700 900123 ", "07700 900123"),
            ("=\"07700900123\"", "07700900123"),
            ("'07700900123", "07700900123"),
            ("\u{202A}+44 7700 900123\u{202C}", "+44 7700 900123"),
            ("+44\u{A0}7700\u{A0}900123", "+44 7700 900123"),
            ("447700900123.0", "447700900123 !"),
            ("7700900123", "07700900123 !"),
            ("07700900123 / 07700900456", "07700900123 & 07700900456 !"),
            ("020 7946 0000 ext. 12/3", "020 7946 0000 ext. 12 !"),
            ("07700900122;02079460123;", "07700900122 & 02079460123 !"),
            ("07700900124 ::: 02079460125", "07700900124 & 02079460125 !"),
            ("07700900121;", "07700900121"),
            ("020 7946 0119;55", "020 7946 0119 !"),
            ("+442079460120,,4#", "+442079460120 !"),
            ("07700 900126 / n/a", "07700 900126"),
            ("07700 900126 or 020 7946 0018", "07700 900126 & 020 7946 0018 !"),
            ("n/a / 07700 900126", "07700 900126"),
            ("020 7946 0018 x12", "020 7946 0018 x12 !"),
            ("030/12345678", "030/12345678"),
            ("(020) 7946/0123", "(020) 7946/0123"),
            ("tel:+44-7700-900123", "+44-7700-900123"),
            ("sip:+447700900123@example.com;user=phone", "+447700900123"),
            ("SIP:07700900123@pbx.example", "07700900123"),
            ("N/A", ""),
            ("-", ""),
        ];
        for (cell, want) in cases {
            assert_eq!(one(cell, Some("GB")), want, "{cell}");
        }
        assert_eq!(one("7137700900", Some("US")), "7137700900");
        assert_eq!(one("7137700900", None), "7137700900");
    }

    #[test]
    fn lost_digits_are_explained() {
        for cell in ["4.47912E+11", "4,47E+11", "4e11"] {
            assert!(one(cell, None).contains("spreadsheet"), "{cell}");
        }
        assert!(one("#REF!", None).contains("spreadsheet error"));
        assert!(one(&"1".repeat(80), None).contains("too long"));
        assert!(one(&"1".repeat(280), None).contains("too long"));
    }

    #[test]
    fn phones_are_told_from_other_cells() {
        for yes in ["07700 900123", "+447700900123", "(555) 010-2222", "447700900123", "=\"07700900123\""] {
            assert!(looks_like_phone(yes), "{yes}");
        }
        for no in ["2026-11-21", "21/11/2026", "12345", "Bob", "a@b.com", "01104", "1234567.50"] {
            assert!(!looks_like_phone(no), "{no}");
        }
    }
}
