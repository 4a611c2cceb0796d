//! Where a number may ring: candidate time zones, and the US state whose rules apply.
//!
//! A number tells its place only as a hint, so every place it may belong to counts: the zones of
//! its longest known prefix, of its whole area code (an exchange may have moved), of the area
//! codes laid over the same territory, and of the declared address. No candidate means unknown,
//! and unknown is held, never guessed.
//!
//! Not here: windows, policy, the clock.

use super::phone::{LineType, Phone};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

pub mod postcode;

const PREFIXES: &str = include_str!("../data/phone_zones.txt");
const AREA_CODES: &str = include_str!("../data/nanp_npa.tsv");

/// More zones than this are no hint (the bare code +1 has 42, Russia's mobiles 16).
const TOO_MANY: usize = 24;
/// Longest prefix in the data.
const MAX_PREFIX: usize = 9;

/// Why a zone is a candidate: it stands under the number's longest known prefix.
pub const BY_PREFIX: &str = "prefix of the number";
/// Why a zone is a candidate: it is one of the area code's.
pub const BY_AREA_CODE: &str = "area code";
/// Why a zone is a candidate: another area code covers the same territory.
pub const BY_OVERLAY: &str = "area code of the same territory";
/// Why a zone is a candidate: it was declared with the lead.
pub const BY_DECLARED_ZONE: &str = "declared time zone";
/// Why a zone is a candidate: it is one of the declared state's.
pub const BY_DECLARED_STATE: &str = "declared state";

/// What parts the zones of an address in one text.
const BETWEEN: char = ' ';

/// One candidate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zone {
    /// IANA name. A declared one is as declared; whether it exists is found out where it is used.
    pub name: Cow<'static, str>,
    /// Why it is a candidate.
    pub why: &'static str,
}

/// The candidates of a number, each zone once, in order of their reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Zones {
    /// All of them; empty means unknown.
    pub zones: Vec<Zone>,
}

impl Zones {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// The zone names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(|z| z.name.as_ref())
    }

    /// In words: `Europe/London (prefix of the number)`.
    pub fn words(&self) -> String {
        let words: Vec<_> = self.zones.iter().map(|z| format!("{} ({})", z.name, z.why)).collect();
        words.join(", ")
    }

    fn add(&mut self, name: Cow<'static, str>, why: &'static str) {
        if !self.zones.iter().any(|z| z.name == name) {
            self.zones.push(Zone { name, why });
        }
    }

    fn add_all(&mut self, names: &[&'static str], why: &'static str) {
        for name in names {
            self.add(Cow::Borrowed(name), why);
        }
    }
}

/// Every zone the person behind `phone` may be in. Each part of the declared address adds its own:
/// the zones (several are divided by spaces, as [`of_address`] writes them) and the state, as code
/// or name. Two parts that disagree mean both: the hours must hold wherever the person is.
pub fn candidates(phone: &Phone, declared_zone: Option<&str>, declared_state: Option<&str>) -> Zones {
    let mut out = Zones::default();
    let digits = phone.e164().trim_start_matches('+');
    let data = data();
    let found = data.of_number(digits, has_place(phone));
    if !found.is_empty() && found.len() <= TOO_MANY {
        out.add_all(found, BY_PREFIX);
    }
    // Toll-free and other codes without a place are in neither table.
    if let Some(npa) = npa(digits) {
        out.add_all(data.of_area_code(npa), BY_AREA_CODE);
        for (_, partner) in OVERLAYS.iter().filter(|(code, _)| *code == npa) {
            out.add_all(data.of_area_code(*partner), BY_OVERLAY);
        }
    }
    let declared_zone = declared_zone.map(str::trim).filter(|z| !z.is_empty());
    for zone in declared_zone.into_iter().flat_map(str::split_whitespace) {
        out.add(Cow::Owned(zone.to_owned()), BY_DECLARED_ZONE);
    }
    if let Some(zones) = declared_state.and_then(us_state_code).and_then(|s| data.states.get(s)) {
        out.add_all(zones, BY_DECLARED_STATE);
    }
    out
}

/// The zones that declared zone and postcode allow, in one text for [`candidates`]; `None` where
/// they say nothing. `country` is the number's or the declared one: five digits are a ZIP code only
/// in the United States.
pub fn of_address(zone: Option<&str>, postcode: Option<&str>, country: Option<&str>) -> Option<String> {
    let mut out: Vec<&str> = zone.into_iter().flat_map(str::split_whitespace).collect();
    let postcode = postcode.unwrap_or_default();
    let found: &[&str] = match country {
        Some("US" | "PR" | "VI" | "GU" | "AS" | "MP") => postcode::us_zones(postcode),
        _ if postcode::is_gb(postcode) => &["Europe/London"],
        _ => &[],
    };
    for name in found {
        if !out.contains(name) {
            out.push(name);
        }
    }
    (!out.is_empty()).then(|| out.join(&BETWEEN.to_string()))
}

/// The zones of a US state written as code or name.
pub fn of_us_state(state: &str) -> &'static [&'static str] {
    us_state_code(state).and_then(|s| data().states.get(s)).map_or(&[], Vec::as_slice)
}

/// State or province of a North American number, such as `FL` or `ON`.
pub fn area(phone: &Phone) -> Option<&'static str> {
    let npa = npa(phone.e164().trim_start_matches('+'))?;
    let code =
        OVERLAYS_WITHOUT_DATA.iter().find(|(code, _)| *code == npa).map_or(npa, |(_, partner)| *partner);
    data().area_codes.get(&code)?.area
}

/// The US state (or DC) of a number's area code, such as `FL`.
pub fn us_state(phone: &Phone) -> Option<&'static str> {
    area(phone).filter(|_| phone.region() == "US")
}

/// The code of a US state written as code or name: `fl`, `Florida`.
pub fn us_state_code(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let text = text.get(..3).filter(|p| p.eq_ignore_ascii_case("US-")).map_or(text, |p| &text[p.len()..]);
    let is =
        |(code, name): &&(&str, &str)| text.eq_ignore_ascii_case(code) || text.eq_ignore_ascii_case(name);
    US_STATES.iter().find(is).map(|(code, _)| *code)
}

/// Whether every name in the embedded data is a zone that `known` knows. For tests and the
/// self-check at the start.
pub fn unknown_zones(known: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let mut all: Vec<_> = data().sets.iter().flatten().copied().filter(|z| !known(z)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Loads the tables, so that the first number is not slow.
pub fn warm_up() {
    let _ = data();
}

/// Countries whose mobile numbers tell a place (as in libphonenumber).
const PLACED_MOBILES: [&str; 5] = ["+52", "+54", "+55", "+62", "+86"];

/// Whether the digits say where the line is. Numbers that do not may be anywhere in the country.
fn has_place(phone: &Phone) -> bool {
    match phone.line() {
        LineType::Landline | LineType::Unknown => true,
        LineType::Mobile => PLACED_MOBILES.iter().any(|p| phone.e164().starts_with(p)),
        LineType::TollFree | LineType::Voip | LineType::Other => false,
    }
}

/// Area code of North American digits.
fn npa(digits: &str) -> Option<u16> {
    digits.strip_prefix('1').filter(|n| n.len() == 10)?.get(..3)?.parse().ok()
}

/// Area codes that share a territory which the data splits only for the older one.
const OVERLAYS: [(u16, u16); 17] = [
    (448, 850),
    (729, 423),
    (931, 423),
    (364, 270),
    (930, 812),
    (458, 541),
    (581, 418),
    (367, 418),
    (402, 308),
    (531, 308),
    (236, 250),
    (257, 250),
    (672, 250),
    (778, 250),
    (432, 915),
    // The data puts Orlando's overlay into Chicago's zone, and misses the Mountain part of Idaho.
    (689, 407),
    (986, 208),
];

/// In service, but not in the data at all.
const OVERLAYS_WITHOUT_DATA: [(u16, u16); 1] = [(729, 423)];

struct AreaCode {
    area: Option<&'static str>,
    zones: Vec<&'static str>,
}

struct Data {
    /// Per prefix length, sorted prefixes and the index of their zone set.
    by_length: [Vec<(u32, u16)>; MAX_PREFIX + 1],
    sets: Vec<Vec<&'static str>>,
    area_codes: HashMap<u16, AreaCode>,
    states: HashMap<&'static str, Vec<&'static str>>,
}

impl Data {
    /// The zones of a number with a place: of its longest known prefix. Of one without: of its
    /// whole country calling code.
    fn of_number(&self, digits: &str, placed: bool) -> &[&'static str] {
        let lengths = 1..=MAX_PREFIX.min(digits.len());
        // A country calling code has at most three digits; none is the beginning of another.
        let set = if placed {
            lengths.rev().find_map(|n| self.exact(digits, n))
        } else {
            lengths.take(3).find_map(|n| self.exact(digits, n))
        };
        set.and_then(|i| self.sets.get(i)).map_or(&[], Vec::as_slice)
    }

    fn exact(&self, digits: &str, length: usize) -> Option<usize> {
        let prefix: u32 = digits.get(..length)?.parse().ok()?;
        let table = self.by_length.get(length)?;
        let at = table.binary_search_by_key(&prefix, |(p, _)| *p).ok()?;
        table.get(at).map(|(_, set)| usize::from(*set))
    }

    fn of_area_code(&self, npa: u16) -> &[&'static str] {
        self.area_codes.get(&npa).map_or(&[], |a| a.zones.as_slice())
    }
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| {
        let mut sets: Vec<Vec<&'static str>> = Vec::new();
        let mut index: HashMap<&'static str, u16> = HashMap::new();
        let mut by_length: [Vec<(u32, u16)>; MAX_PREFIX + 1] = Default::default();
        for (prefix, zones) in lines(PREFIXES).filter_map(|l| l.split_once('|')) {
            let set = *index.entry(zones).or_insert_with(|| {
                sets.push(zones.split('&').collect());
                (sets.len() - 1) as u16
            });
            if let (Ok(number), Some(table)) = (prefix.parse(), by_length.get_mut(prefix.len())) {
                table.push((number, set));
            }
        }
        for table in &mut by_length {
            table.sort_unstable();
        }
        let mut area_codes = HashMap::new();
        let mut states: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
        for line in lines(AREA_CODES) {
            let mut parts = line.split('\t');
            let (Some(Ok(npa)), Some(area), Some(zones)) =
                (parts.next().map(str::parse), parts.next(), parts.next())
            else {
                continue;
            };
            let zones: Vec<_> = zones.split('&').collect();
            let area = (area != "-").then_some(area);
            if let Some(area) = area {
                let of_state = states.entry(area).or_default();
                of_state.extend(zones.iter().copied().filter(|z| !of_state.contains(z)).collect::<Vec<_>>());
            }
            area_codes.insert(npa, AreaCode { area, zones });
        }
        Data { by_length, sets, area_codes, states }
    })
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'))
}

/// The states of the USA and DC.
const US_STATES: [(&str, &str); 51] = [
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "District of Columbia"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
];

#[cfg(test)]
mod tests;
