//! A phone number as typed, in any default country.

use super::{first_line, sentence};
use frontdesk_domain::phone::{Phone, PhoneError, normalise};

/// The first line is the default country, the rest the number.
pub fn phone(data: &[u8]) {
    let (country, rest) = first_line(data);
    let raw = String::from_utf8_lossy(rest);
    let region = Some(country).filter(|c| !c.is_empty());
    let first = normalise(&raw, region);
    assert_eq!(normalise(&raw, region), first, "the same text reads differently");
    match first {
        Ok(phone) => {
            well_formed(&phone);
            stable(&phone, region);
            unaltered(&raw, &phone);
        }
        Err(error) => refused(&error, &raw),
    }
}

fn well_formed(phone: &Phone) {
    let digits = phone.e164().strip_prefix('+').expect("E.164 begins with a plus");
    assert!(digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'), "{phone:?}");
    // Some plans have numbers of a few digits.
    assert!((5..=15).contains(&digits.len()), "{phone:?}");
    assert!(phone.region() == "001" || phone.region().len() == 2, "{phone:?}");
    assert!(!phone.line().word().is_empty() && !phone.national().is_empty());
    if phone.is_fictional() {
        assert!(phone.e164().starts_with("+44") || phone.e164().starts_with("+1"), "{phone:?}");
    }
}

/// The normal form is its own normal form, wherever it is read, and so is what people see.
fn stable(phone: &Phone, region: Option<&str>) {
    for home in [None, region, Some("US"), Some("GB"), Some("DE")] {
        let again = normalise(phone.e164(), home);
        assert_eq!(again.as_ref(), Ok(phone), "read again in {home:?}");
    }
    assert_eq!(normalise(&phone.international(), None).as_ref(), Ok(phone), "{}", phone.international());
}

/// A number that names its country keeps its digits; a trunk zero behind the code may go.
fn unaltered(raw: &str, phone: &Phone) {
    if !raw.is_ascii() || !raw.trim_start().starts_with('+') {
        return;
    }
    let given: String = raw.chars().filter(char::is_ascii_digit).collect();
    let given = given.strip_prefix("00").unwrap_or(&given);
    let kept = &phone.e164()[1..];
    let same = (1..=3).any(|code| {
        let (code, rest) = kept.split_at(code);
        given
            .strip_prefix(code)
            .is_some_and(|g| g.starts_with(rest) || g.strip_prefix('0').is_some_and(|g| g.starts_with(rest)))
    });
    assert!(same, "{given} became {kept}");
}

fn refused(error: &PhoneError, raw: &str) {
    let text = error.to_string();
    sentence(&text);
    assert!(text.len() < 200 && !error.word().is_empty(), "{text}");
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    assert!(digits.len() < 5 || !text.contains(&digits), "the reason repeats the number");
}
