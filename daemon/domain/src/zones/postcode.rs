//! Time zones of postcodes: the United States by the first three digits of the ZIP, Great Britain
//! and its islands as one.
//!
//! Lives here: the shapes of postcodes and the table's look-up. Must not live here: deciding which
//! country a postcode belongs to where its shape leaves it open (five digits are many countries').

use std::sync::OnceLock;

const TABLE: &str = include_str!("../../data/us_zip3.txt");

/// The five digits of a US ZIP code, written with or without its last four.
pub fn us_zip(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = text.strip_prefix("z:").unwrap_or(text);
    let five = text.get(..5).filter(|five| five.bytes().all(|b| b.is_ascii_digit()))?;
    let rest = text.get(5..)?;
    let four = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
    let whole = rest.is_empty() || four.len() == 4 && four.bytes().all(|b| b.is_ascii_digit());
    whole.then_some(five)
}

/// The zones a US ZIP code may be in; empty where it is none, or has no place.
pub fn us_zones(text: &str) -> &'static [&'static str] {
    let Some(area) = us_zip(text).and_then(|zip| zip.get(..3)?.parse::<u16>().ok()) else { return &[] };
    let found = table().iter().find(|(from, to, _)| (*from..=*to).contains(&area));
    found.map_or(&[], |(_, _, zones)| zones.as_slice())
}

/// Whether a text is a postcode of Great Britain, Jersey, Guernsey or Man: `SW1A 1AA`.
pub fn is_gb(text: &str) -> bool {
    let code: Vec<u8> =
        text.bytes().filter(|b| !b.is_ascii_whitespace()).map(|b| b.to_ascii_uppercase()).collect();
    if !(5..=7).contains(&code.len()) {
        return false;
    }
    let (out, inward) = code.split_at(code.len() - 3);
    let inward =
        inward[0].is_ascii_digit() && inward[1].is_ascii_uppercase() && inward[2].is_ascii_uppercase();
    let kind = |b: &u8| match b {
        b'A'..=b'Z' => 'A',
        b'0'..=b'9' => '9',
        _ => '?',
    };
    let shape: String = out.iter().map(kind).collect();
    inward && matches!(shape.as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A")
}

fn table() -> &'static Vec<(u16, u16, Vec<&'static str>)> {
    static ROWS: OnceLock<Vec<(u16, u16, Vec<&'static str>)>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &'static str| {
            let (range, zones) = line.split_once(' ')?;
            let (from, to) = range.split_once('-')?;
            Some((from.parse().ok()?, to.parse().ok()?, zones.split('&').collect()))
        };
        TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(row).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips_have_their_zones() {
        let cases: [(&str, &[&str]); 14] = [
            ("90210", &["America/Los_Angeles"]),
            ("10001-1234", &["America/New_York"]),
            ("77001", &["America/Chicago"]),
            ("79901", &["America/Denver"]),
            ("85001", &["America/Phoenix"]),
            ("96813", &["Pacific/Honolulu"]),
            ("32501", &["America/Chicago"]),
            ("46402", &["America/Chicago"]),
            ("83814", &["America/Los_Angeles"]),
            ("04101", &["America/New_York"]),
            ("00901", &["America/Puerto_Rico"]),
            ("09012", &[]),
            ("9021", &[]),
            ("SW1A 1AA", &[]),
        ];
        for (zip, zones) in cases {
            assert_eq!(us_zones(zip), zones, "{zip}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_whole() {
        let rows = table();
        assert_eq!(rows.len(), TABLE.lines().filter(|l| !l.starts_with('#')).count());
        assert!(rows.windows(2).all(|w| w[0].1 < w[1].0) && rows.iter().all(|r| r.0 <= r.1));
        for zone in rows.iter().flat_map(|r| &r.2) {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
    }

    #[test]
    fn british_postcodes_have_their_shapes() {
        for yes in ["SW1A 1AA", "m1 1ae", "B33 8TH", "CR2 6XH", "DN55 1PT", "EC1A1BB", "JE2 3AB"] {
            assert!(is_gb(yes), "{yes}");
        }
        for no in ["90210", "K1A 0B1", "1234 AB", "SW1A", "", "Leeds", "75001"] {
            assert!(!is_gb(no), "{no}");
        }
    }
}
