//! Times in words, as a person reads them in a text or a mail.
//!
//! The month is always a word (03/04 is two days), the clock is the locale's, and a zone is named
//! by its place, never by letters that mean another one elsewhere, and only where it is not the
//! reader's. Not here: what is spoken on the phone, which zone applies.

use frontdesk_shared::Millis;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// How a reader writes dates, times and words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// British English.
    #[default]
    EnGb,
    /// American English.
    EnUs,
}

impl Locale {
    /// Reads a tag such as `en-GB` or `en_US`; `None` for a language without wording here.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.trim().replace('_', "-").to_ascii_lowercase().as_str() {
            "en-gb" | "en" | "en-ie" => Some(Self::EnGb),
            "en-us" => Some(Self::EnUs),
            _ => None,
        }
    }
}

impl Locale {
    /// Its tag, such as `en-GB`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::EnGb => "en-GB",
            Self::EnUs => "en-US",
        }
    }
}

/// A day as seen from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// The same day.
    Today,
    /// The next.
    Tomorrow,
    /// Any other.
    Other,
}

/// The clock on the wall where an appointment takes place.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// The reader's.
    pub locale: Locale,
    /// The zone of the appointment.
    pub zone: &'a TimeZone,
    /// Every zone the reader may be in; none where nothing is known, which counts as the same.
    pub readers: &'a [TimeZone],
}

impl Clock<'_> {
    /// The day: `Tuesday 24 November`, `Tuesday, November 24`.
    pub fn date(&self, at: Millis) -> String {
        self.local(at).map_or_else(|| at.iso(), |local| date(local, self.locale))
    }

    /// The time, with the zone's place where the reader's clock shows another: `14:30`,
    /// `2:30 PM`, `10:00 (London time)`.
    pub fn time(&self, at: Millis) -> String {
        let Some(local) = self.local(at) else { return at.iso() };
        let time = time(local, self.locale);
        if self.is_foreign(at) { format!("{time} ({})", place_time(self.zone, at)) } else { time }
    }

    /// Day and time: `Tuesday 24 November at 14:30`.
    pub fn moment(&self, at: Millis) -> String {
        match self.local(at) {
            Some(_) => format!("{} at {}", self.date(at), self.time(at)),
            // Beyond the calendar; no rule books such a time.
            None => at.iso(),
        }
    }

    /// Day and time as seen from `now`, to stand behind "is": `today at 14:30`,
    /// `tomorrow at 14:30`, `on Tuesday 24 November at 14:30`. Ask when sending, not when planning.
    pub fn seen_from(&self, now: Millis, at: Millis) -> String {
        match self.day(now, at) {
            Day::Today => format!("today at {}", self.time(at)),
            Day::Tomorrow => format!("tomorrow at {}", self.time(at)),
            Day::Other => format!("on {}", self.moment(at)),
        }
    }

    /// Which calendar day of the appointment's zone it is, from `now`.
    pub fn day(&self, now: Millis, at: Millis) -> Day {
        let days = self.local(now).zip(self.local(at)).map(|(now, at)| (now.date(), at.date()));
        match days {
            Some((now, at)) if now == at => Day::Today,
            Some((now, at)) if now.tomorrow().is_ok_and(|next| next == at) => Day::Tomorrow,
            _ => Day::Other,
        }
    }

    /// Whether some clock the reader may look at shows another time at that instant.
    fn is_foreign(&self, at: Millis) -> bool {
        let Ok(at) = Timestamp::from_millisecond(at.0) else { return false };
        let here = self.zone.to_offset(at);
        self.readers.iter().any(|reader| reader.to_offset(at) != here)
    }

    fn local(&self, at: Millis) -> Option<DateTime> {
        Timestamp::from_millisecond(at.0).ok().map(|at| self.zone.to_datetime(at))
    }
}

/// `1 hour`, `2 hours`.
pub fn hours(n: u32) -> String {
    counted(n, "hour")
}

/// `1 day`, `2 days`.
pub fn days(n: u32) -> String {
    counted(n, "day")
}

fn counted(n: u32, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

fn date(at: DateTime, locale: Locale) -> String {
    let form = match locale {
        Locale::EnGb => "%A %-d %B",
        Locale::EnUs => "%A, %B %-d",
    };
    at.strftime(form).to_string()
}

fn time(at: DateTime, locale: Locale) -> String {
    let form = match locale {
        Locale::EnGb => "%H:%M",
        Locale::EnUs => "%-I:%M %p",
    };
    at.strftime(form).to_string()
}

/// `London time`, `Eastern time`: what people there call it, never abbreviated.
fn place_time(zone: &TimeZone, at: Millis) -> String {
    let usual = match zone.iana_name() {
        Some("America/New_York" | "America/Detroit" | "US/Eastern") => "Eastern",
        Some("America/Chicago" | "US/Central") => "Central",
        Some("America/Denver" | "America/Boise" | "US/Mountain") => "Mountain",
        Some("America/Los_Angeles" | "US/Pacific") => "Pacific",
        Some("America/Phoenix" | "US/Arizona") => "Arizona",
        Some("America/Anchorage" | "US/Alaska") => "Alaska",
        Some("Pacific/Honolulu" | "US/Hawaii") => "Hawaii",
        Some("GB") => "London",
        Some("Eire") => "Dublin",
        Some(name) if name.contains('/') && !name.starts_with("Etc/") => {
            let place = name.rsplit('/').next().unwrap_or(name);
            return format!("{} time", place.replace('_', " "));
        }
        _ => {
            let offset =
                Timestamp::from_millisecond(at.0).map(|at| zone.to_offset(at).seconds()).unwrap_or(0);
            let (hours, minutes) = (offset.abs() / 3_600, offset.abs() / 60 % 60);
            let sign = if offset < 0 { '-' } else { '+' };
            return if offset == 0 { "UTC".to_owned() } else { format!("UTC{sign}{hours}:{minutes:02}") };
        }
    };
    format!("{usual} time")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(iso: &str) -> Millis {
        Millis::from_iso(iso).unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn moment(locale: Locale, here: &str, readers: &[&str], iso: &str) -> String {
        let readers: Vec<_> = readers.iter().map(|name| zone(name)).collect();
        Clock { locale, zone: &zone(here), readers: &readers }.moment(at(iso))
    }

    #[test]
    fn t10_the_month_is_a_word_and_the_clock_the_locales() {
        let iso = "2026-11-24T14:30:00Z";
        assert_eq!(moment(Locale::EnGb, "Europe/London", &[], iso), "Tuesday 24 November at 14:30");
        assert_eq!(
            moment(Locale::EnUs, "America/New_York", &[], "2026-11-24T19:30:00Z"),
            "Tuesday, November 24 at 2:30 PM"
        );
        for (iso, text) in [
            ("2027-03-04T00:05:00Z", "Thursday, March 4 at 12:05 AM"),
            ("2027-03-04T12:00:00Z", "Thursday, March 4 at 12:00 PM"),
        ] {
            assert_eq!(moment(Locale::EnUs, "UTC", &[], iso), text);
        }
    }

    #[test]
    fn t1_summer_time_is_the_appointments() {
        let iso = "2026-08-03T18:00:00Z";
        assert_eq!(
            moment(Locale::EnGb, "Europe/London", &["Europe/London"], iso),
            "Monday 3 August at 19:00"
        );
    }

    #[test]
    fn t3_the_place_is_named_only_where_the_clocks_differ() {
        let london = |reader: &str, iso: &str| moment(Locale::EnGb, "Europe/London", &[reader], iso);
        assert_eq!(london("Europe/Jersey", "2026-11-24T10:00:00Z"), "Tuesday 24 November at 10:00");
        assert_eq!(
            london("America/New_York", "2026-11-24T10:00:00Z"),
            "Tuesday 24 November at 10:00 (London time)"
        );
        // Lisbon shows what London shows; Reykjavik only in winter.
        assert_eq!(london("Europe/Lisbon", "2026-07-07T10:00:00Z"), "Tuesday 7 July at 11:00");
        assert_eq!(london("Atlantic/Reykjavik", "2026-11-24T10:00:00Z"), "Tuesday 24 November at 10:00");
        assert_eq!(
            london("Atlantic/Reykjavik", "2026-07-07T10:00:00Z"),
            "Tuesday 7 July at 11:00 (London time)"
        );
        assert_eq!(
            moment(Locale::EnUs, "America/New_York", &["America/Chicago"], "2026-11-24T15:00:00Z"),
            "Tuesday, November 24 at 10:00 AM (Eastern time)"
        );
        assert_eq!(
            moment(
                Locale::EnGb,
                "America/Argentina/Buenos_Aires",
                &["Europe/London"],
                "2026-11-24T15:00:00Z"
            ),
            "Tuesday 24 November at 12:00 (Buenos Aires time)"
        );
    }

    #[test]
    fn t4_one_of_several_zones_of_the_reader_is_enough() {
        let text = moment(
            Locale::EnUs,
            "America/Chicago",
            &["America/Chicago", "America/Denver"],
            "2026-11-24T16:00:00Z",
        );
        assert_eq!(text, "Tuesday, November 24 at 10:00 AM (Central time)");
    }

    #[test]
    fn t2_today_and_tomorrow_are_days_of_the_appointments_zone() {
        let zone = zone("America/Los_Angeles");
        let clock = Clock { locale: Locale::EnUs, zone: &zone, readers: &[] };
        let start = at("2026-11-24T17:00:00Z");
        for (now, text) in [
            // 23:30 on the 22nd in Los Angeles, already the 23rd in UTC.
            ("2026-11-23T07:30:00Z", "on Tuesday, November 24 at 9:00 AM"),
            ("2026-11-23T08:00:00Z", "tomorrow at 9:00 AM"),
            // Still the 23rd there.
            ("2026-11-24T07:59:00Z", "tomorrow at 9:00 AM"),
            ("2026-11-24T08:00:00Z", "today at 9:00 AM"),
        ] {
            assert_eq!(clock.seen_from(at(now), start), text, "{now}");
        }
    }

    #[test]
    fn t_tomorrow_over_a_clock_change() {
        for (name, start, now) in [
            ("Europe/London", "2027-03-28T08:00:00Z", "2027-03-27T08:00:00Z"),
            ("Europe/London", "2027-10-31T09:00:00Z", "2027-10-30T09:00:00Z"),
            ("America/New_York", "2027-03-14T13:00:00Z", "2027-03-13T13:00:00Z"),
            ("America/New_York", "2027-11-07T14:00:00Z", "2027-11-06T14:00:00Z"),
        ] {
            let zone = zone(name);
            let clock = Clock { locale: Locale::EnGb, zone: &zone, readers: &[] };
            assert_eq!(clock.seen_from(at(now), at(start)), "tomorrow at 09:00", "{name} {start}");
        }
    }

    #[test]
    fn t_weeks_in_which_the_zones_are_four_hours_apart() {
        let text = moment(Locale::EnGb, "America/New_York", &["Europe/London"], "2027-03-22T14:00:00Z");
        assert_eq!(text, "Monday 22 March at 10:00 (Eastern time)");
    }

    #[test]
    fn p6_plurals() {
        assert_eq!([hours(1), hours(2), hours(24)], ["1 hour", "2 hours", "24 hours"]);
        assert_eq!([days(1), days(0)], ["1 day", "0 days"]);
    }

    #[test]
    fn locales_by_tag() {
        assert_eq!(Locale::of_tag("en-GB"), Some(Locale::EnGb));
        assert_eq!(Locale::of_tag(" en_us"), Some(Locale::EnUs));
        assert_eq!(Locale::of_tag("de-DE"), None);
    }

    #[test]
    fn any_instant_is_written() {
        let zone = zone("Europe/London");
        let clock = Clock { locale: Locale::EnGb, zone: &zone, readers: std::slice::from_ref(&zone) };
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!clock.seen_from(Millis(0), Millis(ms)).is_empty());
        }
    }
}
