//! Time zones as programs and people write them → IANA names.
//!
//! Lives here: IANA names in any case, the names Windows programs export, abbreviations, cities and
//! offsets. Must not live here: which zones a number or a postcode has (`zones`).

use jiff::tz::TimeZone;

/// What is written where no IANA name is.
const NAMES: &str = "\
gmt standard time=Europe/London|greenwich standard time=Atlantic/Reykjavik|w europe standard time=Europe/Berlin|\
w. europe standard time=Europe/Berlin|central europe standard time=Europe/Budapest|\
central european standard time=Europe/Warsaw|romance standard time=Europe/Paris|e. europe standard time=Europe/Chisinau|\
gtb standard time=Europe/Bucharest|fle standard time=Europe/Kyiv|turkey standard time=Europe/Istanbul|\
israel standard time=Asia/Jerusalem|south africa standard time=Africa/Johannesburg|egypt standard time=Africa/Cairo|\
morocco standard time=Africa/Casablanca|russian standard time=Europe/Moscow|arabian standard time=Asia/Dubai|\
arab standard time=Asia/Riyadh|pakistan standard time=Asia/Karachi|india standard time=Asia/Kolkata|\
china standard time=Asia/Shanghai|singapore standard time=Asia/Singapore|tokyo standard time=Asia/Tokyo|\
korea standard time=Asia/Seoul|aus eastern standard time=Australia/Sydney|e. australia standard time=Australia/Brisbane|\
cen. australia standard time=Australia/Adelaide|w. australia standard time=Australia/Perth|\
tasmania standard time=Australia/Hobart|new zealand standard time=Pacific/Auckland|\
hawaiian standard time=Pacific/Honolulu|alaskan standard time=America/Anchorage|pacific standard time=America/Los_Angeles|\
us mountain standard time=America/Phoenix|mountain standard time=America/Denver|central standard time=America/Chicago|\
canada central standard time=America/Regina|eastern standard time=America/New_York|\
us eastern standard time=America/Indiana/Indianapolis|atlantic standard time=America/Halifax|\
newfoundland standard time=America/St_Johns|sa pacific standard time=America/Bogota|\
e. south america standard time=America/Sao_Paulo|argentina standard time=America/Argentina/Buenos_Aires|\
central standard time (mexico)=America/Mexico_City|pacific daylight time=America/Los_Angeles|\
mountain daylight time=America/Denver|central daylight time=America/Chicago|eastern daylight time=America/New_York|\
eastern time=America/New_York|eastern=America/New_York|est=America/New_York|edt=America/New_York|et=America/New_York|\
est5edt=America/New_York|central time=America/Chicago|central=America/Chicago|cst=America/Chicago|cdt=America/Chicago|\
cst6cdt=America/Chicago|mountain time=America/Denver|mountain=America/Denver|mst=America/Denver|mdt=America/Denver|\
mst7mdt=America/Denver|arizona=America/Phoenix|pacific time=America/Los_Angeles|pacific=America/Los_Angeles|\
pst=America/Los_Angeles|pdt=America/Los_Angeles|pst8pdt=America/Los_Angeles|alaska time=America/Anchorage|\
akst=America/Anchorage|akdt=America/Anchorage|hawaii=Pacific/Honolulu|hst=Pacific/Honolulu|hawaii time=Pacific/Honolulu|\
gmt=Europe/London|bst=Europe/London|british summer time=Europe/London|british time=Europe/London|uk=Europe/London|\
uk time=Europe/London|gb=Europe/London|greenwich mean time=Europe/London|wet=Europe/Lisbon|cet=Europe/Paris|\
cest=Europe/Paris|mez=Europe/Berlin|mesz=Europe/Berlin|eet=Europe/Athens|eest=Europe/Athens|ist=Asia/Kolkata|\
jst=Asia/Tokyo|aest=Australia/Sydney|aedt=Australia/Sydney|sast=Africa/Johannesburg|gst=Asia/Dubai|utc=Etc/UTC|z=Etc/UTC|\
edinburgh=Europe/London|belfast=Europe/London|cardiff=Europe/London|manchester=Europe/London|boston=America/New_York|\
washington=America/New_York|miami=America/New_York|atlanta=America/New_York|houston=America/Chicago|dallas=America/Chicago|\
seattle=America/Los_Angeles|san francisco=America/Los_Angeles";

/// Longest text still taken for a zone.
const LONGEST: usize = 120;

/// The IANA name of a zone; `None` for a text that names none.
pub(super) fn read(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let lower = text.to_lowercase().replace("_slash_", "/");
    let lower = lower.trim_end_matches('.');
    // Before the IANA list: it knows “EST” too, as a clock that never goes forward.
    if let Some(name) = NAMES.split('|').filter_map(|n| n.split_once('=')).find(|(n, _)| *n == lower) {
        return Some(name.1.to_string());
    }
    iana(lower).or_else(|| offset(lower)).or_else(|| described(lower)).or_else(|| city(lower))
}

fn iana(name: &str) -> Option<String> {
    let name = name.replace(' ', "_");
    let zone = TimeZone::get(&name).ok().filter(|z| !z.is_unknown())?;
    zone.iana_name().map(ToString::to_string)
}

/// `UTC+1`, `GMT-05:00`, `+02:00`: whole hours only, the rest has no name.
fn offset(text: &str) -> Option<String> {
    let rest = text.strip_prefix("utc").or_else(|| text.strip_prefix("gmt")).unwrap_or(text).trim();
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => ('-', rest),
        ("-" | "−", rest) => ('+', rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or_else(|| rest.split_at(rest.len().min(2)));
    let hours: u8 = hours.parse().ok().filter(|h| *h <= 14)?;
    if !matches!(minutes, "" | "0" | "00") {
        return None;
    }
    // The names of these zones have the sign of the sun, not of the clock.
    if hours == 0 { Some("Etc/UTC".into()) } else { iana(&format!("etc/gmt{sign}{hours}")) }
}

/// `(UTC+00:00) Dublin, Edinburgh, Lisbon, London`, `(GMT-05:00) Eastern Time (US & Canada)`.
fn described(text: &str) -> Option<String> {
    let (_, places) = text.strip_prefix('(')?.split_once(')')?;
    let places = places.split('(').next().unwrap_or_default();
    // Only the last of several cities is a name the list has for sure; any that is known will do,
    // they share their clock.
    places.split([',', ';']).map(str::trim).rev().filter(|p| !p.is_empty()).find_map(|p| {
        NAMES
            .split('|')
            .filter_map(|n| n.split_once('='))
            .find(|(n, _)| *n == p)
            .map(|(_, zone)| zone.to_string())
            .or_else(|| city(p))
    })
}

/// `London`, `New York`.
fn city(text: &str) -> Option<String> {
    if text.contains('/') {
        return None;
    }
    ["europe", "america", "asia", "australia", "africa", "pacific", "atlantic", "indian"]
        .iter()
        .find_map(|area| iana(&format!("{area}/{text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_as_they_are_written() {
        let cases = [
            ("Europe/London", "Europe/London"),
            ("europe/london", "Europe/London"),
            ("America/New York", "America/New_York"),
            ("GMT Standard Time", "Europe/London"),
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("EST", "America/New_York"),
            ("Central", "America/Chicago"),
            ("us_slash_eastern", "US/Eastern"),
            ("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
            ("(GMT-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
            ("London", "Europe/London"),
            ("new york", "America/New_York"),
            ("UTC+1", "Etc/GMT-1"),
            ("GMT-05:00", "Etc/GMT+5"),
            ("UTC", "Etc/UTC"),
        ];
        for (text, zone) in cases {
            assert_eq!(read(text).as_deref(), Some(zone), "{text}");
        }
        for text in ["", "Mars/Base", "sometime", "UTC+5:30", "+", "(", "()", "Etc/Unknown", "é", "−"] {
            assert_eq!(read(text), None, "{text}");
        }
        for entry in NAMES.split('|') {
            let (_, zone) = entry.split_once('=').expect("a pair");
            assert!(TimeZone::get(zone).is_ok(), "{zone}");
        }
    }
}
