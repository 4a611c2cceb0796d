//! The reference's vectors, and the traps of the data.

use super::*;
use crate::phone::normalise;

fn zones(e164: &str) -> Vec<String> {
    let phone = normalise(e164, None).unwrap_or_else(|e| panic!("{e164}: {e}"));
    let mut all: Vec<_> = candidates(&phone, None, None).names().map(str::to_owned).collect();
    all.sort();
    all
}

#[test]
fn every_vector_of_the_reference_is_covered() {
    let text = include_str!("../../data/phone_timezone_vectors.json");
    let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut equal = 0;
    for v in vectors["vectors"].as_array().unwrap() {
        let e164 = v["e164"].as_str().unwrap();
        let theirs: Vec<String> = serde_json::from_value(v["zones"].clone()).unwrap();
        let Ok(phone) = normalise(e164, None) else {
            assert_eq!(theirs, ["Etc/Unknown"], "{e164}");
            continue;
        };
        if phone.is_fictional() && theirs == ["Etc/Unknown"] {
            continue; // A range of fiction that only this house takes.
        }
        let ours = zones(e164);
        if theirs.len() > TOO_MANY {
            assert!(ours.is_empty(), "{e164}: {ours:?}");
            continue;
        }
        assert!(theirs.iter().all(|z| ours.contains(z)), "{e164}: {ours:?} {theirs:?}");
        equal += usize::from(ours == theirs);
    }
    assert!(equal >= 12, "{equal}");
}

#[test]
fn split_area_codes_have_all_their_zones() {
    assert_eq!(zones("+18505550100"), ["America/Chicago", "America/New_York"]);
    assert_eq!(zones("+14485550100"), ["America/Chicago", "America/New_York"]);
    assert_eq!(zones("+16895550100"), ["America/Chicago", "America/New_York"]);
    assert_eq!(zones("+19285550100"), ["America/Denver", "America/Phoenix"]);
    assert_eq!(zones("+442079460018"), ["Europe/London"]);
    assert!(zones("+447700900123").contains(&"Europe/London".to_owned()));
}

#[test]
fn numbers_without_a_place_have_none_unless_one_is_declared() {
    let toll_free = normalise("+18005550100", None).unwrap();
    assert!(candidates(&toll_free, None, None).is_empty());
    let declared = candidates(&toll_free, Some("America/Denver"), None);
    assert_eq!(declared.words(), "America/Denver (declared time zone)");
    let by_state = candidates(&toll_free, None, Some("florida"));
    assert_eq!(by_state.names().collect::<Vec<_>>().len(), 2);
}

#[test]
fn what_is_declared_only_adds() {
    let ny = normalise("+12125550100", None).unwrap();
    let both = candidates(&ny, Some(" America/Los_Angeles "), Some("TX"));
    assert_eq!(
        both.names().collect::<Vec<_>>(),
        ["America/New_York", "America/Los_Angeles", "America/Chicago", "America/Denver"]
    );
    let state = candidates(&ny, None, Some("California"));
    assert_eq!(state.names().collect::<Vec<_>>(), ["America/New_York", "America/Los_Angeles"]);
    assert_eq!(candidates(&ny, Some("America/New_York"), None).zones.len(), 1);
}

#[test]
fn every_part_of_an_address_adds_its_zones() {
    let of = |zone, code, country| of_address(zone, code, country).unwrap_or_default();
    assert_eq!(of(None, Some("90210"), Some("US")), "America/Los_Angeles");
    assert_eq!(
        of(Some("America/New_York"), Some("90210-1234"), Some("US")),
        "America/New_York America/Los_Angeles"
    );
    assert_eq!(of(Some("America/New_York"), None, Some("US")), "America/New_York");
    assert_eq!(of(None, Some("M1 1AE"), Some("GB")), "Europe/London");
    assert_eq!(of(None, Some("80331"), Some("DE")), "");
    let ny = normalise("+12125550100", None).unwrap();
    let zones = of_address(None, Some("90210"), Some("US"));
    let names = candidates(&ny, zones.as_deref(), Some("WA"));
    assert_eq!(names.names().collect::<Vec<_>>(), ["America/New_York", "America/Los_Angeles"]);
}

#[test]
fn states_come_from_area_codes_and_declarations() {
    let state = |n: &str| us_state(&normalise(n, None).unwrap());
    let cases = [
        ("+13055550100", Some("FL")),
        ("+12035550100", Some("CT")),
        ("+12105550100", Some("TX")),
        ("+12025550100", Some("DC")),
        ("+14165550100", None),
        ("+17875550100", None),
        ("+18005550100", None),
        ("+442079460018", None),
    ];
    for (number, expected) in cases {
        assert_eq!(state(number), expected, "{number}");
    }
    assert_eq!(area(&normalise("+14165550100", None).unwrap()), Some("ON"));
    for text in ["FL", " fl", "Florida", "US-FL"] {
        assert_eq!(us_state_code(text), Some("FL"), "{text}");
    }
    assert_eq!(us_state_code("Ontario"), None);
    assert_eq!(us_state_code("é"), None);
}

#[test]
fn every_zone_of_the_data_exists() {
    assert_eq!(unknown_zones(|z| jiff::tz::TimeZone::get(z).is_ok()), Vec::<&str>::new());
    let states: Vec<_> = US_STATES.iter().filter(|(c, _)| !data().states.contains_key(c)).collect();
    assert!(states.is_empty(), "{states:?}");
}
