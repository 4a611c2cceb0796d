//! What a file itself says about the country its people are in.
//!
//! Lives here: states and postcodes as evidence, over the first rows and in one row. Must not live
//! here: countries that are named; presets of one vendor.
//!
//! Evidence is only what cannot be chance: a US state together with a ZIP code that lies in it, or
//! postcodes of the British shape. It beats the client's own country, and nothing that is said
//! outright.

use super::fields::Field;
use super::header::Column;
use super::zone_names;
use crate::zones::{self, postcode};

/// The country the first rows speak of, if all that speak agree.
pub(super) fn country_of(columns: &[Column], sample: &[Vec<String>]) -> Option<&'static str> {
    let of = |field: Field| columns.iter().position(|c| c.field == field);
    if of(Field::Country).is_some() || of(Field::DialCode).is_some() {
        return None;
    }
    let (state, code, zone) = (of(Field::State), of(Field::Postcode), of(Field::Timezone));
    let cell = |row: &'_ Vec<String>, at: Option<usize>| {
        at.and_then(|i| row.get(i)).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty())
    };
    let (mut found, mut proven) = (None, false);
    for row in sample {
        let (state, code, zone) = (cell(row, state), cell(row, code), cell(row, zone));
        let said = match (&state, &code) {
            (None, None) => continue,
            (state, Some(code)) if postcode::us_zip(code).is_some() => {
                let american =
                    zone.as_deref().and_then(zone_names::read).is_some_and(|z| z.starts_with("America/"));
                match state {
                    Some(state) if lies_in(code, state) => proven = true,
                    Some(_) => return None,
                    None if american => proven = true,
                    None => {}
                }
                "US"
            }
            (_, Some(code)) if postcode::is_gb(code) => {
                proven = true;
                "GB"
            }
            (_, Some(_)) => return None,
            // A state alone may be any country's.
            (Some(_), None) => continue,
        };
        if found.is_some_and(|f| f != said) {
            return None;
        }
        found = Some(said);
    }
    found.filter(|_| proven)
}

/// The country one row's address proves by itself.
pub(super) fn of_row(state: Option<&str>, code: Option<&str>) -> Option<&'static str> {
    match (state, code) {
        (Some(state), Some(code)) if lies_in(code, state) => Some("US"),
        (_, Some(code)) if postcode::is_gb(code) => Some("GB"),
        _ => None,
    }
}

/// Whether a ZIP code can lie in a state: they share a time zone.
fn lies_in(code: &str, state: &str) -> bool {
    let zones = zones::of_us_state(state);
    postcode::us_zones(code).iter().any(|z| zones.contains(z))
}

#[cfg(test)]
mod tests {
    use super::super::header::Columns;
    use std::collections::BTreeMap;

    fn country(text: &str) -> Option<&'static str> {
        let rows: Vec<Vec<String>> =
            text.lines().map(|l| l.split(',').map(str::to_string).collect()).collect();
        Columns::find(&rows, &BTreeMap::new(), Some("GB")).expect("columns").country
    }

    #[test]
    fn states_and_zips_that_agree_say_the_united_states() {
        let cases = [
            ("phone,state,zip\n1,CA,90210\n2,,10001\n3,Texas,77001-1234", Some("US")),
            ("phone,zip,timezone\n1,90210,America/Los_Angeles", Some("US")),
            ("phone,state,zip\n1,,90210", None),
            ("phone,state,plz\n1,Bayern,80331", None),
            ("phone,state,zip\n1,CA,10001", None),
            ("phone,state,zip\n1,CA,90210\n2,,SW1A 1AA", None),
            ("phone,postcode\n1,M1 1AE\n2,", Some("GB")),
            ("phone,state\n1,CA", None),
            ("phone,country,state,zip\n1,DE,CA,90210", None),
        ];
        for (text, want) in cases {
            assert_eq!(country(text), want, "{text}");
        }
    }
}
