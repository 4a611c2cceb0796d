//! Policy: every number that decides whether a person may be contacted, in one tree.
//!
//! It is a section of the configuration; a client may lay its own values over it
//! ([`Policy::merged`]). The defaults are cautious readings of what the rules of the countries
//! ask, not legal advice. Tables (`profiles`, `us_states`) are written over their defaults key by
//! key, so naming one country does not forget the others.
//!
//! Not here: applying it to a person (gate).

mod hours;
mod merge;
mod places;

pub use hours::{Day, Hours, TimeOfDay};
pub use places::{CountryProfile, StateRule};

use super::holidays::Calendars;
use super::keys::{TABLE, Table, keys, kinds};
use super::window::{Schedule, Week};
use super::zones;
use frontdesk_shared::contact::{Channel, Purpose};
use jiff::civil::Date;
use places::{default_profiles, default_states, week};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

keys! {
    /// Who may be contacted, when and how often. A client's `settings.calling` is laid over it key by key.
    pub struct Policy {
        /// Countries that may be contacted, by ISO 3166 code. Any other is blocked.
        profiles: BTreeMap<String, CountryProfile> = default_profiles(), with "merge::over_default_profiles";
        /// US states whose hours are narrower than the country's, by postal code.
        us_states: BTreeMap<String, StateRule> = default_states(), with "merge::over_default_states";
        /// Days without calls, texts and bookings besides the public holidays, by country (`GB`) or state (`US-AL`); the word `open` in place of a list opens the public holidays of that country.
        holidays: BTreeMap<String, Holidays> = BTreeMap::new();
        /// The house's own hours, always inside those of country and state.
        window: HouseWindow = HouseWindow::default();
        /// How often a lead is called.
        attempts: AttemptRules = AttemptRules::default();
        /// How often a person is contacted, over all channels and campaigns.
        frequency: FrequencyRules = FrequencyRules::default();
        /// What follows from an appointment or a message of the person: confirmations, reminders, answers.
        transactional: TransactionalRules = TransactionalRules::default();
        /// When a person contacted before counts as a duplicate.
        duplicates: DuplicateRules = DuplicateRules::default();
        /// What needs consent.
        consent: ConsentRules = ConsentRules::default();
        /// A lead without contact or reply for this many days is too old to be sold to.
        lead_expiry_days: u32 = 30, in 1..=u32::MAX, or "jobs.lead_expiry_days";
        /// Whether numbers kept for fiction (07700 900xxx, 555-01xx) may be contacted. They belong to nobody, so this harms nobody; switch it off to stop sample data before it costs a dial.
        fictional_numbers: bool = true;
        /// Whether premium-rate, shared-cost, personal, pager and access numbers may be contacted.
        special_numbers: bool = false;
    }
}

/// What a client says about the holidays of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Holidays {
    /// Closed on these dates, and on public holidays.
    Dates(BTreeSet<Date>),
    /// Public holidays are ordinary days.
    Word(Open),
}

/// The word for ordinary days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Open {
    /// Public holidays are ordinary days.
    Open,
}

impl Holidays {
    fn dates(&self) -> impl Iterator<Item = Date> {
        let dates = match self {
            Self::Dates(dates) => Some(dates),
            Self::Word(Open::Open) => None,
        };
        dates.into_iter().flatten().copied()
    }
}

keys! {
    /// The installation's own hours. A contact must also be inside the hours of the country and the state.
    pub struct HouseWindow {
        /// Days of calls and texts; at least one.
        days: BTreeSet<Day> = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat].into();
        /// From this local time on.
        start: TimeOfDay = TimeOfDay::hm(9, 0);
        /// Until this local time; after `start`.
        end: TimeOfDay = TimeOfDay::hm(20, 0);
        /// A call must start so many minutes before the hours end. The rules count the start, so 0; raise it to keep long calls from running past the hours.
        stop_before_close_minutes: u16 = 0, in 0..=1439;
    }
}

keys! {
    /// How often a lead is called.
    pub struct AttemptRules {
        /// Minutes from the attempt before to each attempt, at least one number; the first is 0, at once. A call after the last of them waits as long as the last.
        delays_minutes: Vec<u32> = vec![0, 120, 1_440, 4_320];
        /// Calls per lead at most.
        max_calls: u32 = 4, in 1..=u32::MAX;
    }
}

keys! {
    /// How often a person is contacted, over all channels and campaigns.
    pub struct FrequencyRules {
        /// Hours between two AI calls to a person.
        ai_gap_hours: u32 = 8;
        /// Contacts in any 24 hours.
        max_per_24h: u32 = 3, in 1..=u32::MAX;
        /// Contacts in any 7 days; not less than `max_per_24h`.
        max_per_7d: u32 = 7;
    }
}

keys! {
    /// Texts about what a person already agreed to: confirmations, reminders, answers. They are outside the budget of contacts and need no consent of their own; every day counts, also public holidays.
    pub struct TransactionalRules {
        /// From this local time on.
        start: TimeOfDay = TimeOfDay::hm(8, 0);
        /// Until this local time; after `start`.
        end: TimeOfDay = TimeOfDay::hm(20, 0);
        /// Texts, and as many emails, about an appointment as it stands at most, and moves of it told in a day. That it is called off is always told.
        per_appointment: u32 = 6, in 1..=100;
        /// Messages to one person on one channel in any 24 hours at most, of all clients together; answers to STOP and HELP do not count.
        per_person: u32 = 12, in 1..=1000;
        /// What answers something the person did so many minutes ago goes out at any hour.
        answer_minutes: u32 = 10, in 0..=60;
    }
}

keys! {
    /// When a person contacted before counts as a duplicate, in days since the last contact.
    pub struct DuplicateRules {
        /// Fewer days: skipped.
        skip_days: u32 = 7;
        /// Fewer days: accepted with a warning; not less than `skip_days`.
        warn_days: u32 = 30;
    }
}

/// When a channel needs consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsentNeed {
    /// For every contact.
    Always,
    /// For marketing.
    Marketing,
    /// For none.
    Never,
}

keys! {
    /// What needs consent on record: every contact (`always`), marketing (`marketing`), none (`never`). A country's `consent_required = false` lifts it for calls and texts there.
    pub struct ConsentRules {
        /// Calls by an AI voice.
        ai_voice: ConsentNeed = ConsentNeed::Always;
        /// Texts.
        sms: ConsentNeed = ConsentNeed::Marketing;
        /// Emails.
        email: ConsentNeed = ConsentNeed::Marketing;
    }
}

kinds! {
    BTreeMap<String, Holidays> = "lists of dates (2026-12-25) or the word open, by country or state",
    ConsentNeed = "always, marketing or never",
    BTreeMap<String, CountryProfile> = TABLE,
    BTreeMap<String, StateRule> = TABLE,
}

/// Every table of the policy, in the order of the file: the documentation of its keys.
pub fn tables() -> Vec<Table> {
    let rows = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(rows)) => rows.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    let policy = Policy::default();
    vec![
        Policy::table("calling"),
        HouseWindow::table("calling.window"),
        AttemptRules::table("calling.attempts"),
        FrequencyRules::table("calling.frequency"),
        TransactionalRules::table("calling.transactional"),
        DuplicateRules::table("calling.duplicates"),
        ConsentRules::table("calling.consent"),
        Table {
            rows: rows(serde_json::to_value(&policy.us_states)),
            ..StateRule::table("calling.us_states.XX")
        },
        Table { rows: rows(serde_json::to_value(&policy.profiles)), ..CountryProfile::table("profiles.XX") },
    ]
}

impl ConsentRules {
    /// Whether a contact needs consent.
    pub fn needed(&self, channel: Channel, purpose: Purpose) -> bool {
        let need = match channel {
            Channel::AiVoice => self.ai_voice,
            Channel::Sms => self.sms,
            Channel::Email => self.email,
        };
        match need {
            ConsentNeed::Always => true,
            ConsentNeed::Marketing => purpose == Purpose::Marketing,
            ConsentNeed::Never => false,
        }
    }
}

impl Policy {
    /// The profile of a country: its own, or one that covers it.
    pub fn profile(&self, region: &str) -> Option<(&str, &CountryProfile)> {
        let own = self.profiles.get_key_value(region);
        let found = own.or_else(|| self.profiles.iter().find(|(_, p)| p.covers.contains(region)));
        found.map(|(key, profile)| (key.as_str(), profile))
    }

    /// The rules of the given states that have any.
    pub fn state_rules<'a>(&'a self, states: &'a [&'a str]) -> impl Iterator<Item = &'a StateRule> {
        states.iter().filter_map(|s| self.us_states.get(*s))
    }

    /// Local hours of texts about what a person agreed to: theirs, inside those of country and
    /// states, on every day of the week those leave open.
    pub fn transactional_schedule(&self, profile: &CountryProfile, states: &[&str]) -> Schedule {
        let all: BTreeSet<Day> = Day::ALL.into_iter().collect();
        let rules = &self.transactional;
        let mut week = week(&all, rules.start, rules.end).within_hours_of(&profile.week());
        for rule in self.state_rules(states) {
            week = week.within_hours_of(&rule.week());
        }
        Schedule { week, closed: Vec::new(), holidays: Calendars::NONE }
    }

    /// Local hours in which a person may be contacted: house, country and states together. A call
    /// must start earlier than they end.
    pub fn schedule(
        &self,
        channel: Channel,
        country: &str,
        profile: &CountryProfile,
        states: &[&str],
    ) -> Schedule {
        let house = week(&self.window.days, self.window.start, self.window.end);
        let mut week = house.and(&profile.week());
        for rule in self.state_rules(states) {
            week = week.and(&rule.week());
        }
        if channel == Channel::AiVoice {
            week = week.closing_earlier(self.window.stop_before_close_minutes);
        }
        let mut closed: Vec<Date> = Vec::new();
        if !self.holidays.is_empty() {
            let keys = states.iter().map(|s| format!("US-{s}")).chain([country.to_owned()]);
            closed.extend(keys.filter_map(|k| self.holidays.get(&k)).flat_map(Holidays::dates));
            closed.sort_unstable();
            closed.dedup();
        }
        Schedule { week, closed, holidays: self.public_holidays(country) }
    }

    /// The public holidays closed under a country's profile: its own, unless they were opened.
    pub fn public_holidays(&self, country: &str) -> Calendars {
        match self.holidays.get(country) {
            Some(Holidays::Word(Open::Open)) => Calendars::NONE,
            _ => Calendars::of(country),
        }
    }

    /// Everything that cannot be meant, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut bounds = |table: &str, outside: Vec<(&'static str, String)>| {
            out.extend(outside.iter().map(|(key, text)| format!("{table}{key}: {text}")));
        };
        bounds("", self.outside());
        bounds("window.", self.window.outside());
        bounds("attempts.", self.attempts.outside());
        bounds("frequency.", self.frequency.outside());
        bounds("transactional.", self.transactional.outside());
        bounds("duplicates.", self.duplicates.outside());
        bounds("consent.", self.consent.outside());
        for (name, profile) in &self.profiles {
            bounds(&format!("profiles.{name}."), profile.outside());
        }
        for (name, rule) in &self.us_states {
            bounds(&format!("us_states.{name}."), rule.outside());
        }
        let mut check = |ok: bool, key: &str, text: &str| {
            if !ok {
                out.push(format!("{key}: {text}"));
            }
        };
        let code = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_uppercase());
        const ORDER: &str = "the hours end before they begin";
        const CODE: &str = "is no two-letter country code like GB";
        for (name, p) in &self.profiles {
            let key = |field: &str| format!("profiles.{name}.{field}");
            check(code(name), &format!("profiles.{name}"), CODE);
            check(p.start < p.end, &key("end"), ORDER);
            check(p.saturday.is_none_or(Hours::in_order), &key("saturday"), ORDER);
            check(p.sunday.is_none_or(Hours::in_order), &key("sunday"), ORDER);
            check(!p.enabled || p.week() != Week::NEVER, &key("days"), "an enabled country needs a day");
            for covered in &p.covers {
                check(code(covered), &key("covers"), &format!("{covered} {CODE}"));
                let twice = self.profiles.iter().any(|(n, o)| n != name && o.covers.contains(covered));
                check(!twice, &key("covers"), &format!("{covered} is covered by another profile too"));
            }
        }
        for (name, s) in &self.us_states {
            let known = zones::us_state_code(name) == Some(name.as_str());
            check(known, &format!("us_states.{name}"), "is no postal code of a US state like FL");
            for (field, hours) in [("mon_fri", s.mon_fri), ("sat", s.sat), ("sun", s.sun)] {
                check(hours.in_order(), &format!("us_states.{name}.{field}"), ORDER);
            }
        }
        for name in self.holidays.keys() {
            let state = name.strip_prefix("US-").is_some_and(|s| zones::us_state_code(s) == Some(s));
            check(
                code(name) || state,
                &format!("holidays.{name}"),
                "write a country (GB) or a state (US-AL)",
            );
        }
        let w = &self.window;
        check(!w.days.is_empty(), "window.days", "at least one day is needed");
        check(w.start < w.end, "window.end", ORDER);
        let length = w.end.minutes().saturating_sub(w.start.minutes());
        let short = w.stop_before_close_minutes < length.max(1);
        check(short, "window.stop_before_close_minutes", "leaves nothing of the window");
        let t = &self.transactional;
        check(t.start < t.end, "transactional.end", ORDER);
        let a = &self.attempts;
        check(!a.delays_minutes.is_empty(), "attempts.delays_minutes", "at least one delay is needed");
        let f = &self.frequency;
        check(f.max_per_7d >= f.max_per_24h, "frequency.max_per_7d", "is less than max_per_24h");
        let d = &self.duplicates;
        check(d.warn_days >= d.skip_days, "duplicates.warn_days", "is less than skip_days");
        out
    }
}

#[cfg(test)]
mod tests;
