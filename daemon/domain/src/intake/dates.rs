//! Dates as people write them → an instant, or a reason that says how to write it.
//!
//! Lives here: the accepted spellings. Must not live here: the clock; what a date is for.
//!
//! A date whose day and month could be swapped is refused, never guessed: consent evidence
//! with a wrong date is worse than none. A time without an offset is read as UTC.

use super::text::short;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{HOUR, MINUTE};
use jiff::civil::{Date, DateTime, Time};

/// Farthest a moment with a stated offset may lie ahead, for clocks that differ.
const AHEAD: i64 = 5 * MINUTE;
/// The same without an offset: the earliest zone is 14 hours ahead of UTC.
const AHEAD_ANY_ZONE: i64 = 14 * HOUR;

const USE_ISO: &str = "write 2026-03-31 or 2026-03-31T14:05:00Z";

/// Reads a date in the past. One that is ahead only by an unknown zone counts as now.
pub(super) fn past(text: &str, now: Millis) -> Result<Millis, String> {
    let (at, ahead) = read(text)?;
    if at.since(now) > ahead {
        return Err(format!("{} is in the future", short(text, 40)));
    }
    Ok(at.min(now))
}

/// Reads a date of any time.
pub(super) fn any(text: &str) -> Result<Millis, String> {
    read(text).map(|(at, _)| at)
}

/// The instant, and how far ahead of the true one it may be.
fn read(text: &str) -> Result<(Millis, i64), String> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Ok((Millis(stamp.as_millisecond()), AHEAD));
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return number(text);
    }
    let (text, offset) = zone_at_the_end(text);
    let (day, time) = parts(text);
    let date = date(day)?;
    let time = clock(time).ok_or_else(|| format!("{} has an unreadable time; {USE_ISO}", short(text, 40)))?;
    let at = DateTime::from_parts(date, time).to_zoned(jiff::tz::TimeZone::UTC).map_err(|e| e.to_string())?;
    let at = Millis(at.timestamp().as_millisecond());
    Ok(match offset {
        Some(minutes) => (at - minutes * MINUTE, AHEAD),
        None => (at, AHEAD_ANY_ZONE),
    })
}

/// A time zone behind a time of day, in minutes east of UTC: `10:00:00 UTC`, `10:00 EST`, `10:00 +0100`.
fn zone_at_the_end(text: &str) -> (&str, Option<i64>) {
    const NAMES: [(&str, i64); 15] = [
        ("utc", 0),
        ("gmt", 0),
        ("z", 0),
        ("bst", 60),
        ("wet", 0),
        ("cet", 60),
        ("cest", 120),
        ("est", -300),
        ("edt", -240),
        ("cst", -360),
        ("cdt", -300),
        ("mst", -420),
        ("mdt", -360),
        ("pst", -480),
        ("pdt", -420),
    ];
    let trimmed = text.trim_end_matches(')').trim_end();
    if !trimmed.contains(':') {
        return (text, None);
    }
    let letters = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let name = trimmed.get(letters.len()..).unwrap_or_default().to_ascii_lowercase();
    if let Some((_, minutes)) = NAMES.iter().find(|(n, _)| *n == name) {
        return (letters.trim_end_matches(['(', ' ']), Some(*minutes));
    }
    let Some((rest, offset)) =
        trimmed.rsplit_once([' ', '+', '-']).map(|(rest, _)| (rest, &trimmed[rest.len()..]))
    else {
        return (text, None);
    };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let sign = match offset.trim_start().as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (text, None),
    };
    match (digits.len(), digits.parse::<i64>()) {
        (4, Ok(n)) if rest.contains(':') => {
            let rest = rest.trim_end();
            let rest =
                rest.strip_suffix("UTC").or_else(|| rest.strip_suffix("GMT")).unwrap_or(rest).trim_end();
            (rest, Some(sign * (n / 100 * 60 + n % 100)))
        }
        _ => (text, None),
    }
}

/// Unix seconds or milliseconds, or `20260331`.
fn number(text: &str) -> Result<(Millis, i64), String> {
    let n: i64 = text.parse().map_err(|_| format!("{} is not a date; {USE_ISO}", short(text, 40)))?;
    match text.len() {
        13 => Ok((Millis(n), AHEAD)),
        10 => Ok((Millis(n * 1_000), AHEAD)),
        8 => civil(n / 10_000, n / 100 % 100, n % 100, text).map(|d| (midnight(d), AHEAD_ANY_ZONE)),
        5 => Err(format!("{text} is a spreadsheet's day number; format the column as a date, {USE_ISO}")),
        _ => Err(format!("{} is not a date; {USE_ISO}", short(text, 40))),
    }
}

fn midnight(date: Date) -> Millis {
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC);
    Millis(zoned.map_or(0, |z| z.timestamp().as_millisecond()))
}

/// Divides date and time of day.
fn parts(text: &str) -> (&str, &str) {
    if let Some(colon) = text.find(':') {
        let start = text[..colon].rfind([' ', 'T', 't', ',']).unwrap_or(0);
        return (
            text[..start].trim_end_matches([' ', ',']),
            text[start..].trim_start_matches([' ', 'T', 't', ',']),
        );
    }
    (text, "")
}

/// `14:05`, `14:05:09.250`, `2:05 PM`; midnight where empty.
fn clock(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let lower = text.to_ascii_lowercase().replace('.', ":");
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(t), _) => (t.trim(), Some(0)),
        (_, Some(t)) => (t.trim(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let mut fields = digits.split(':').map(|f| f.parse::<i8>().ok());
    let hour = fields.next()??;
    let minute = fields.next()??;
    // A fraction of a second has become one more field; it is dropped.
    let second = fields.next().map_or(Some(0), |s| s)?;
    let hour = match half {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

fn date(text: &str) -> Result<Date, String> {
    let unreadable = || format!("{} is not a date; {USE_ISO}", short(text, 40));
    let fields: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|f| !f.is_empty()).collect();
    let [a, b, c] = fields[..] else { return Err(unreadable()) };
    let n = |t: &str| t.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<i64>().ok();
    match (month(a), month(b)) {
        (None, Some(m)) if a.len() == 4 && n(a).is_some_and(|y| y > 999) => {
            civil(n(a).ok_or_else(unreadable)?, m, n(c).ok_or_else(unreadable)?, text)
        }
        (None, Some(m)) => civil(year(c, text)?, m, n(a).ok_or_else(unreadable)?, text),
        (Some(m), None) => civil(year(c, text)?, m, n(b).ok_or_else(unreadable)?, text),
        (Some(_), Some(_)) => Err(unreadable()),
        (None, None) => {
            let whole = |t: &str| t.parse::<i64>().map_err(|_| unreadable());
            let (first, second) = (whole(a)?, whole(b)?);
            if a.len() == 4 {
                return civil(first, second, whole(c)?, text);
            }
            let y = year(c, text)?;
            // Dots are written day first wherever they are used for dates.
            match text.contains('.') || first == second || first > 12 {
                true => civil(y, second, first, text),
                false if second > 12 => civil(y, first, second, text),
                false => Err(format!("{text} can be read as two different days; {USE_ISO}")),
            }
        }
    }
}

fn year(field: &str, text: &str) -> Result<i64, String> {
    match field.parse::<i64>() {
        Ok(y) if field.len() == 4 => Ok(y),
        _ => Err(format!("{} has no year of four digits; {USE_ISO}", short(text, 40))),
    }
}

fn civil(year: i64, month: i64, day: i64, text: &str) -> Result<Date, String> {
    let small = |n: i64| i8::try_from(n).unwrap_or(0);
    let y = i16::try_from(year).unwrap_or(0);
    match Date::new(y, small(month), small(day)) {
        Ok(date) if (1990..=9000).contains(&y) => Ok(date),
        _ => Err(format!("{} is not a day of the calendar; {USE_ISO}", short(text, 40))),
    }
}

/// The number of an English month name or its abbreviation.
fn month(word: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = word.to_ascii_lowercase();
    let at = NAMES
        .iter()
        .position(|n| lower.len() >= 3 && (n.starts_with(&lower) || lower == "sept" && *n == "september"))?;
    i64::try_from(at).ok().map(|m| m + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Millis {
        Millis::from_iso("2026-11-21T12:00:00Z").expect("valid")
    }

    #[test]
    fn spellings() {
        let cases = [
            ("2026-03-31", "2026-03-31T00:00:00.000Z"),
            ("2026-03-31T14:05:00Z", "2026-03-31T14:05:00.000Z"),
            ("2026-03-31T14:05:00+01:00", "2026-03-31T13:05:00.000Z"),
            ("2026-03-31 14:05", "2026-03-31T14:05:00.000Z"),
            ("2026/03/31", "2026-03-31T00:00:00.000Z"),
            ("20260331", "2026-03-31T00:00:00.000Z"),
            ("31/03/2026", "2026-03-31T00:00:00.000Z"),
            ("03/31/2026 2:05 PM", "2026-03-31T14:05:00.000Z"),
            ("3/3/2026", "2026-03-03T00:00:00.000Z"),
            ("01.02.2026", "2026-02-01T00:00:00.000Z"),
            ("31 Mar 2026", "2026-03-31T00:00:00.000Z"),
            ("31st March 2026, 12:30am", "2026-03-31T00:30:00.000Z"),
            ("March 31, 2026", "2026-03-31T00:00:00.000Z"),
            ("1767225600", "2026-01-01T00:00:00.000Z"),
            ("1767225600123", "2026-01-01T00:00:00.123Z"),
            ("2026-11-22", "2026-11-21T12:00:00.000Z"),
            ("2026-11-01 10:00:00 UTC", "2026-11-01T10:00:00.000Z"),
            ("2026-11-01 10:00 gmt", "2026-11-01T10:00:00.000Z"),
            ("2026-11-01 10:00:00 +0100", "2026-11-01T09:00:00.000Z"),
            ("2026-11-01 10:00:00.123 UTC", "2026-11-01T10:00:00.000Z"),
            ("11/21/2026 3:00 AM EST", "2026-11-21T08:00:00.000Z"),
            ("31 Mar 2026 10:00 (BST)", "2026-03-31T09:00:00.000Z"),
        ];
        for (text, want) in cases {
            assert_eq!(past(text, now()).map(Millis::iso), Ok(want.to_string()), "{text}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        let cases = [
            ("03/04/2026", "two different days"),
            ("31/12/26", "four digits"),
            ("31/02/2026", "calendar"),
            ("2027-01-01", "future"),
            ("2026-11-21T12:06:00Z", "future"),
            ("45000", "day number"),
            ("soon", "not a date"),
            ("2026-01-01 25:00", "unreadable time"),
            ("", "not a date"),
        ];
        for (text, word) in cases {
            let reason = past(text, now()).expect_err(text);
            assert!(reason.contains(word), "{text}: {reason}");
        }
    }
}
