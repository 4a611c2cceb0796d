//! Do-not-call lists of countries, such as TPS/CTPS and the National DNC Registry: what one says of
//! a number, and how rows of such a list are read.
//!
//! A number may come from a whole list (everybody else is not on it) or from a check of some
//! numbers (only they were looked at). Which of the two a file is, whoever brings it says; nothing
//! is concluded about a number that no list and no check speaks of.

use crate::phone;
use crate::policy::Policy;
use frontdesk_shared::Millis;

/// What the newest word of a list about a number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screening {
    /// The list, as profiles name it.
    pub list: String,
    /// Whether the number is on it.
    pub listed: bool,
    /// The date of the list, or of the check.
    pub as_of: Millis,
}

/// What a store keeps of a list for one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether the number is on it.
    pub listed: bool,
    /// The date of the list, or of the check.
    pub as_of: Millis,
}

/// The newest word about a number: its own entry, or its absence from a whole list that is newer.
pub fn newest(list: &str, entry: Option<Entry>, whole_as_of: Option<Millis>) -> Option<Screening> {
    let absent = whole_as_of.map(|as_of| Entry { listed: false, as_of });
    let word = match (entry, absent) {
        (Some(entry), Some(absent)) if absent.as_of > entry.as_of => absent,
        (Some(entry), _) => entry,
        (None, absent) => absent?,
    };
    Some(Screening { list: list.to_owned(), listed: word.listed, as_of: word.as_of })
}

/// Whether lists decide about numbers of a region: people may be contacted there without consent,
/// and there is a list.
pub fn decides(policy: &Policy, region: &str) -> bool {
    policy.profile(region).is_some_and(|(_, p)| !p.consent_required && p.screening_days > 0)
}

/// One row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A number, and whether the row says that it is on the list; `None` where it says nothing.
    Number(String, Option<bool>),
    /// Nothing, or a header.
    Empty,
    /// What is wrong with it.
    Unreadable(&'static str),
}

/// Reads a line: a number in national or international form, alone, or as area code and number in
/// two cells, and perhaps a word that says whether it is on the list. `region` is the list's
/// country.
pub fn read(line: &str, region: &str) -> Row {
    let cells: Vec<&str> =
        line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"').trim()).collect();
    let cells: Vec<&str> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
    let Some((first, rest)) = cells.split_first() else { return Row::Empty };
    if !first.chars().any(|c| c.is_ascii_digit()) {
        return Row::Empty;
    }
    let number = |text: &str| {
        // Files of regulators leave out the leading zero or plus.
        let spelled = [text.to_owned(), format!("0{text}"), format!("+{text}")];
        let mut read = spelled.iter().filter_map(|s| phone::normalise(s, Some(region)).ok());
        read.find(|phone| phone.region() == region || covers(region, phone.region()))
    };
    let (found, words) = match (number(first), rest.split_first()) {
        (None, Some((second, words))) => (number(&format!("{first}{second}")), words),
        (found, _) => (found, rest),
    };
    let Some(found) = found else { return Row::Unreadable("is no number of the list's country") };
    match words.iter().map(|word| says(word)).collect::<Option<Vec<bool>>>() {
        Some(said) if said.windows(2).all(|two| two[0] == two[1]) => {
            Row::Number(found.e164().to_owned(), said.first().copied())
        }
        _ => Row::Unreadable("says neither “registered” nor “clear” beside the number"),
    }
}

/// Numbers of the North American plan share one registry.
fn covers(region: &str, other: &str) -> bool {
    matches!((region, other), ("GB", "GG" | "IM" | "JE") | ("US", "AS" | "GU" | "MP" | "PR" | "VI"))
}

/// Whether a word says that a number is on the list.
fn says(word: &str) -> Option<bool> {
    let word: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match word.as_str() {
        "y" | "yes" | "true" | "1" | "registered" | "listed" | "onlist" | "tps" | "ctps" | "tpsctps"
        | "dnc" | "donotcall" | "blocked" | "match" | "hit" => Some(true),
        "n" | "no" | "false" | "0" | "notregistered" | "unregistered" | "notlisted" | "clear" | "clean"
        | "ok" | "callable" | "nomatch" | "notontps" | "notonlist" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_regulators_and_of_checkers() {
        let number = |text: &str, said| Row::Number(text.to_owned(), said);
        for (line, region, row) in [
            ("02079460101", "GB", number("+442079460101", None)),
            ("2079460101", "GB", number("+442079460101", None)),
            ("442079460101", "GB", number("+442079460101", None)),
            ("+44 20 7946 0101", "GB", number("+442079460101", None)),
            ("\"020 7946 0101\",\"Registered\"", "GB", number("+442079460101", Some(true))),
            ("020 7946 0101;not registered", "GB", number("+442079460101", Some(false))),
            ("07700900123\tN", "GB", number("+447700900123", Some(false))),
            ("202,5550123", "US", number("+12025550123", None)),
            ("202-555-0123,clear", "US", number("+12025550123", Some(false))),
            ("phone,tps", "GB", Row::Empty),
            ("", "GB", Row::Empty),
            (" , ", "GB", Row::Empty),
        ] {
            assert_eq!(read(line, region), row, "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_says_nothing() {
        for (line, region) in [
            ("+12025550123", "GB"),
            ("12", "GB"),
            ("02079460101,perhaps", "GB"),
            ("02079460101,yes,no", "GB"),
            ("02079460101,Smith", "GB"),
        ] {
            assert!(matches!(read(line, region), Row::Unreadable(_)), "{line}: {:?}", read(line, region));
        }
    }

    #[test]
    fn the_newest_word_counts() {
        let entry = |listed, at| Some(Entry { listed, as_of: Millis(at) });
        let word =
            |entry, whole: Option<i64>| newest("L", entry, whole.map(Millis)).map(|s| (s.listed, s.as_of.0));
        assert_eq!(word(None, None), None);
        assert_eq!(word(None, Some(5)), Some((false, 5)));
        assert_eq!(word(entry(true, 5), Some(5)), Some((true, 5)));
        assert_eq!(word(entry(true, 4), Some(5)), Some((false, 5)));
        assert_eq!(word(entry(true, 6), Some(5)), Some((true, 6)));
        assert_eq!(word(entry(false, 6), None), Some((false, 6)));
    }
}
