//! Until when somebody is away, as their robot says: a day with its month, or nothing.
//!
//! A day that could be read two ways is none. Must not live here: which year is meant, and what
//! waits until then.

use crate::quotes::fold;

/// A day of the calendar, as far as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Where it was written.
    pub year: Option<u16>,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

/// Words before the day; folded.
const CUES: &[&str] = &[
    "until",
    "till",
    "back on",
    "back in the office on",
    "return on",
    "returning on",
    "returning",
    "back by",
    "through",
    "bis",
    "bis zum",
    "zurück am",
    "wieder da am",
    "ab dem",
    "wieder ab",
    "jusqu'au",
    "jusqu’au",
    "de retour le",
    "retour le",
    "hasta el",
    "hasta",
    "vuelvo el",
    "regreso el",
    "fino al",
    "rientro il",
    "torno il",
    "até",
    "regresso a",
    "volto dia",
    "tot",
    "tot en met",
    "terug op",
    "do dnia",
    "wracam",
    "będę z powrotem",
    "till och med",
    "tillbaka den",
];

/// Names of months by how they begin; folded.
const MONTHS: [&[&str]; 12] = [
    &["jan", "gen", "ene", "sty"],
    &["feb", "fév", "fev", "lut"],
    &["mar", "mär", "maa", "mrt"],
    &["apr", "avr", "abr", "kwi"],
    &["may", "mai", "maj", "mei", "mag"],
    &["jun", "juin", "giu", "cze"],
    &["jul", "juil", "lug", "lip"],
    &["aug", "aoû", "ago", "sie"],
    &["sep", "set", "wrz"],
    &["oct", "okt", "ott", "out", "paź"],
    &["nov", "lis"],
    &["dec", "dez", "déc", "dic", "gru"],
];

/// Characters behind a cue in which the day must stand.
const REACH: usize = 60;

/// The day somebody is away until, or back on.
pub(crate) fn until(said: &str) -> Option<Day> {
    let text = fold(&said.chars().take(3000).collect::<String>());
    CUES.iter().find_map(|cue| {
        let at = text.match_indices(cue).map(|(at, _)| at + cue.len()).find(|at| {
            text[*at..].starts_with([' ', ':']) && !text[..at - cue.len()].ends_with(char::is_alphanumeric)
        })?;
        day_in(&text[at..].chars().take(REACH).collect::<String>())
    })
}

fn day_in(text: &str) -> Option<Day> {
    let words: Vec<&str> = text
        .split([' ', ','])
        .filter(|w| !w.is_empty() && !matches!(*w, "de" | "of" | "the" | "di"))
        .collect();
    for (at, word) in words.iter().enumerate() {
        if let Some(found) = numeric(word) {
            return found;
        }
        let next = words.get(at + 1).copied().unwrap_or_default();
        let year = words
            .get(at + 2)
            .and_then(|w| w.trim_matches('.').parse().ok())
            .filter(|y| (2000..2200).contains(y));
        let pair = match (number(word), month(next), month(word), number(next)) {
            (Some(day), Some(month), _, _) | (_, _, Some(month), Some(day)) => Some((day, month)),
            _ => None,
        };
        if let Some((day, month)) = pair {
            return Some(Day { year, month, day });
        }
    }
    None
}

/// `08.09.`, `08.09.2026`, `2026-09-08`, `30/11`; the inner value is none where day and month
/// could be either.
fn numeric(word: &str) -> Option<Option<Day>> {
    let word = word.trim_end_matches([')', ';', '!']);
    let separator = ['.', '/', '-'].into_iter().find(|s| word.trim_end_matches('.').contains(*s))?;
    let parts: Vec<u16> =
        word.trim_end_matches('.').split(separator).map(str::parse).collect::<Result<_, _>>().ok()?;
    let day = |year: Option<u16>, month: u16, day: u16| {
        let good = (1..=12).contains(&month) && (1..=31).contains(&day);
        let full = year.map(|y| if y < 100 { y + 2000 } else { y });
        good.then_some(Day { year: full, month: month as u8, day: day as u8 })
    };
    Some(match (separator, parts.as_slice()) {
        (_, [year, month, date]) if *year > 1999 => day(Some(*year), *month, *date),
        ('.', [date, month]) => day(None, *month, *date),
        ('.' | '-', [date, month, year]) => day(Some(*year), *month, *date),
        ('/', [a, b, rest @ ..]) if *a > 12 || *b > 12 => {
            let (date, month) = if *a > 12 { (*a, *b) } else { (*b, *a) };
            day(rest.first().copied(), month, date)
        }
        _ => None,
    })
}

fn number(word: &str) -> Option<u8> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | 'º' | 'ª'));
    digits.parse().ok().filter(|n| (1..=31).contains(n) && word.len() <= 5)
}

fn month(word: &str) -> Option<u8> {
    let at = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    // "Mark", "Setzen" and other words begin like months do.
    (word.chars().count() <= 12 && word.chars().all(|c| c.is_alphabetic() || c == '.'))
        .then_some(at as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_read_in_many_ways() {
        let day = |text| until(text).map(|d| (d.year, d.month, d.day));
        for (text, found) in [
            ("I am out of the office until Monday, November 30. Call", Some((None, 11, 30))),
            ("I'll be back on 8 September 2027.", Some((Some(2027), 9, 8))),
            ("Ich bin zurück am 08.09.", Some((None, 9, 8))),
            ("Abwesend bis 08.09.2026, danach", Some((Some(2026), 9, 8))),
            ("Absent jusqu'au 1er décembre 2026", Some((Some(2026), 12, 1))),
            ("Fuera hasta el 3 de mayo", Some((None, 5, 3))),
            ("Sono fuori fino al 12 agosto", Some((None, 8, 12))),
            ("Estou fora até 5 de outubro", Some((None, 10, 5))),
            ("Ik ben afwezig tot 14 maart", Some((None, 3, 14))),
            ("Jestem nieobecny do dnia 7 lipca", Some((None, 7, 7))),
            ("away until 2026-12-24", Some((Some(2026), 12, 24))),
            ("away until 30/11", Some((None, 11, 30))),
            ("I'm travelling until 12/3 with limited email", None),
            ("away until further notice", None),
            ("away until 99 November", None),
        ] {
            assert_eq!(day(text), found, "{text}");
        }
    }
}
