//! Public holidays, computed: the days on which nobody is called and nothing is booked unless a
//! client says otherwise.
//!
//! Great Britain is the union of England and Wales, Scotland and Northern Ireland, unless it is known
//! which of them is meant (`nation`). The United States are the federal holidays, on their day
//! and on the day they are observed. Not here: single days a government adds, which a client lists
//! as dates; the holidays of states.

use crate::nation::Nation;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

/// The countries whose holidays are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Calendars {
    england: bool,
    scotland: bool,
    northern_ireland: bool,
    us: bool,
}

impl Calendars {
    /// No holidays at all.
    pub const NONE: Self = Self { england: false, scotland: false, northern_ireland: false, us: false };

    /// Those of a country's profile (ISO 3166) or of a part of it (`GB-ENG` with Wales, `GB-SCT`,
    /// `GB-NIR`); none where they are not known.
    pub fn of(country: &str) -> Self {
        let all = country == "GB";
        Self {
            england: all || matches!(country, "GB-ENG" | "GB-WLS" | "GB-EAW"),
            scotland: all || country == "GB-SCT",
            northern_ireland: all || country == "GB-NIR",
            us: country == "US",
        }
    }

    /// The same, of one nation alone where it is known.
    pub fn in_nation(self, nation: Option<Nation>) -> Self {
        let Some(nation) = nation else { return self };
        Self {
            england: self.england && nation == Nation::England,
            scotland: self.scotland && nation == Nation::Scotland,
            northern_ireland: self.northern_ireland && nation == Nation::NorthernIreland,
            us: self.us,
        }
    }

    /// The holiday on a date, by its name.
    pub fn holiday(self, day: Date) -> Option<&'static str> {
        // Most days are ordinary; the search for a name costs little, and nothing where none is asked.
        let nations =
            [(self.england, ENGLAND), (self.scotland, SCOTLAND), (self.northern_ireland, NORTHERN_IRELAND)];
        let kept = nations.into_iter().filter(|(kept, _)| *kept);
        kept.map(|(_, nation)| nation)
            .find_map(|nation| great_britain(day, nation))
            .or_else(|| self.us.then(|| united_states(day)).flatten())
    }
}

const ENGLAND: u8 = 1;
const SCOTLAND: u8 = 2;
const NORTHERN_IRELAND: u8 = 4;
const ALL: u8 = ENGLAND | SCOTLAND | NORTHERN_IRELAND;

/// The `nth` (from 1) of a weekday in a month; 0 is the last.
fn is_nth(day: Date, weekday: Weekday, month: i8, nth: i8) -> bool {
    if day.month() != month || day.weekday() != weekday {
        return false;
    }
    match nth {
        0 => day.day() + 7 > day.days_in_month(),
        n => (day.day() - 1) / 7 + 1 == n,
    }
}

/// Easter Sunday (Gauss, Gregorian).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Fixed days of Great Britain that move to a working day when they fall on a weekend, with where
/// they are kept; those of one group push one another on.
const GB_FIXED: [&[(i8, i8, u8, &str)]; 5] = [
    &[(1, 1, ALL, "New Year's Day"), (1, 2, SCOTLAND, "2 January, Scotland")],
    &[(3, 17, NORTHERN_IRELAND, "St Patrick's Day, Northern Ireland")],
    &[(7, 12, NORTHERN_IRELAND, "Battle of the Boyne, Northern Ireland")],
    &[(11, 30, SCOTLAND, "St Andrew's Day, Scotland")],
    &[(12, 25, ALL, "Christmas Day"), (12, 26, ALL, "Boxing Day")],
];

fn great_britain(day: Date, nation: u8) -> Option<&'static str> {
    let mut all = GB_FIXED.iter().copied().flatten().filter(|(_, _, kept, _)| kept & nation != 0);
    if let Some((_, _, _, name)) = all.find(|(m, d, _, _)| (day.month(), day.day()) == (*m, *d)) {
        return Some(name);
    }
    for (weekday, month, nth, kept, name) in [
        (Weekday::Monday, 5, 1, ALL, "Early May bank holiday"),
        (Weekday::Monday, 5, 0, ALL, "Spring bank holiday"),
        (Weekday::Monday, 8, 1, SCOTLAND, "Summer bank holiday, Scotland"),
        (Weekday::Monday, 8, 0, ENGLAND | NORTHERN_IRELAND, "Summer bank holiday"),
    ] {
        if kept & nation != 0 && is_nth(day, weekday, month, nth) {
            return Some(name);
        }
    }
    if let Some(sunday) = easter(day.year()) {
        if sunday.checked_sub(2.days()).ok() == Some(day) {
            return Some("Good Friday");
        }
        if nation != SCOTLAND && sunday.checked_add(1.days()).ok() == Some(day) {
            return Some("Easter Monday");
        }
    }
    substitute(day, nation)
}

/// The holiday for which a working day stands in: the next one that is no holiday itself.
fn substitute(day: Date, nation: u8) -> Option<&'static str> {
    if weekend(day) {
        return None;
    }
    for group in GB_FIXED {
        // A day in place of the last of November comes in December.
        if group.iter().all(|(month, _, _, _)| *month != day.month() && *month + 1 != day.month()) {
            continue;
        }
        let on = |m: i8, d: i8| Date::new(day.year(), m, d).ok();
        let kept = || group.iter().filter(|(_, _, kept, _)| kept & nation != 0);
        let mut taken: Vec<Date> =
            kept().filter_map(|(m, d, _, _)| on(*m, *d)).filter(|d| !weekend(*d)).collect();
        for (month, fixed, _, name) in kept() {
            let Some(mut at) = on(*month, *fixed).filter(|d| weekend(*d)) else { continue };
            while weekend(at) || taken.contains(&at) {
                at = at.tomorrow().ok()?;
            }
            if at == day {
                return Some(name);
            }
            taken.push(at);
        }
    }
    None
}

/// Fixed federal holidays: on a Saturday also observed on the Friday before, on a Sunday on the
/// Monday behind.
const US_FIXED: [(i8, i8, &str); 5] = [
    (1, 1, "New Year's Day"),
    (6, 19, "Juneteenth"),
    (7, 4, "Independence Day"),
    (11, 11, "Veterans Day"),
    (12, 25, "Christmas Day"),
];

fn united_states(day: Date) -> Option<&'static str> {
    let on = |d: Option<Date>| {
        let d = d?;
        US_FIXED.iter().find(|(m, n, _)| (d.month(), d.day()) == (*m, *n)).map(|(_, _, name)| *name)
    };
    if let Some(name) = on(Some(day)) {
        return Some(name);
    }
    let observed = match day.weekday() {
        Weekday::Friday => on(day.checked_add(1.days()).ok()),
        Weekday::Monday => on(day.checked_sub(1.days()).ok()),
        _ => None,
    };
    if observed.is_some() {
        return observed;
    }
    [
        (Weekday::Monday, 1, 3, "Martin Luther King Day"),
        (Weekday::Monday, 2, 3, "Washington's Birthday"),
        (Weekday::Monday, 5, 0, "Memorial Day"),
        (Weekday::Monday, 9, 1, "Labor Day"),
        (Weekday::Monday, 10, 2, "Columbus Day"),
        (Weekday::Thursday, 11, 4, "Thanksgiving Day"),
    ]
    .into_iter()
    .find(|(weekday, month, nth, _)| is_nth(day, *weekday, *month, *nth))
    .map(|(_, _, _, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn all(country: &str, year: i16) -> Vec<String> {
        let first = date(year, 1, 1);
        let days = (0..366).map(|n| first.checked_add(n.days()).unwrap()).filter(|d| d.year() == year);
        let calendar = Calendars::of(country);
        days.filter(|d| calendar.holiday(*d).is_some() && !weekend(*d))
            .map(|d| d.strftime("%m-%d").to_string())
            .collect()
    }

    /// As published on gov.uk for the three nations together, weekends left out.
    #[test]
    fn british_holidays_are_the_published_ones() {
        assert_eq!(
            all("GB", 2025),
            [
                "01-01", "01-02", "03-17", "04-18", "04-21", "05-05", "05-26", "07-14", "08-04", "08-25",
                "12-01", "12-25", "12-26"
            ]
        );
        assert_eq!(
            all("GB", 2026),
            [
                "01-01", "01-02", "03-17", "04-03", "04-06", "05-04", "05-25", "07-13", "08-03", "08-31",
                "11-30", "12-25", "12-28"
            ]
        );
        assert_eq!(
            all("GB", 2027),
            [
                "01-01", "01-04", "03-17", "03-26", "03-29", "05-03", "05-31", "07-12", "08-02", "08-30",
                "11-30", "12-27", "12-28"
            ]
        );
        // 2022: New Year on a Saturday, Christmas on a Sunday.
        let of_2022 = all("GB", 2022);
        for day in ["01-03", "01-04", "12-26", "12-27"] {
            assert!(of_2022.contains(&day.to_string()), "{day}: {of_2022:?}");
        }
        // 2023: New Year on a Sunday.
        let of_2023 = all("GB", 2023);
        for day in ["01-02", "01-03"] {
            assert!(of_2023.contains(&day.to_string()), "{day}: {of_2023:?}");
        }
        assert!(
            !of_2023.contains(&"01-04".to_string()) && !of_2022.contains(&"12-28".to_string()),
            "{of_2023:?}"
        );
    }

    #[test]
    fn each_nation_keeps_its_own() {
        assert_eq!(
            all("GB-ENG", 2027),
            ["01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"]
        );
        assert_eq!(
            all("GB-SCT", 2027),
            ["01-01", "01-04", "03-26", "05-03", "05-31", "08-02", "11-30", "12-27", "12-28"]
        );
        assert!(all("GB-ENG", 2023).contains(&"01-02".to_string()));
        let name = Calendars::of("GB").holiday(date(2026, 11, 30));
        assert_eq!(name, Some("St Andrew's Day, Scotland"));
        let england = Calendars::of("GB").in_nation(Some(Nation::England));
        assert_eq!(england.holiday(date(2026, 11, 30)), None);
        assert_eq!(england, Calendars::of("GB-ENG"));
    }

    /// As published by the Office of Personnel Management, weekends left out.
    #[test]
    fn federal_holidays_are_the_published_ones() {
        assert_eq!(
            all("US", 2026),
            [
                "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26",
                "12-25"
            ]
        );
        assert_eq!(
            all("US", 2027),
            [
                "01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25",
                "12-24", "12-31"
            ]
        );
        assert!(all("FR", 2026).is_empty());
    }
}
