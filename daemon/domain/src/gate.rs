//! The gate: may this person be contacted now, and why.
//!
//! One line per rule, in [`RULES`]' order, each with what it looked at in words, so that a
//! refusal explains itself and a permission can be proven later. Every rule is looked at even
//! when an earlier one has already said no; the answer is the first no. Where rules only wait,
//! the answer is the first instant at which all of them are satisfied together.
//!
//! The same function decides when a contact is planned and again when it is made, answers an
//! operator's "why?", and runs over a virtual clock. Lines hold no phone number.
//!
//! Not here: the store, the clock, or doing anything about the answer.

mod limits;
mod rules;
mod words;

use super::phone::{Phone, PhoneError};
use super::policy::Policy;
use super::screening::Screening;
use super::window::WindowCache;
use frontdesk_shared::Millis;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::explain::{Answer, Finding, GateReport, RuleLine};
use frontdesk_shared::lead::LeadStatus;
use rules::{Facts, Line};

pub use words::{remedy, summary};

/// Version of the rules; stored with every decision. Raise it when a decision could change.
pub const RULES_VERSION: u32 = 3;

/// Nothing paused: house and client.
pub const PAUSED: &str = "paused";
/// The lead is open and not too old.
pub const LEAD: &str = "lead";
/// The number is usable for the channel, in a country with a profile.
pub const NUMBER: &str = "number";
/// Nobody asked us to stop.
pub const SUPPRESSION: &str = "suppression";
/// Consent for channel and purpose.
pub const CONSENT: &str = "consent";
/// Checked against the do-not-call list recently enough.
pub const SCREENING: &str = "screening";
/// Not contacted in another matter a short while ago.
pub const DUPLICATE: &str = "duplicate";
/// Local hours in every candidate zone.
pub const WINDOW: &str = "window";
/// Not too often.
pub const FREQUENCY: &str = "frequency";
/// Money left.
pub const SPEND: &str = "spend";
/// A provider slot free.
pub const SLOT: &str = "slot";

/// Every rule, in order.
pub const RULES: [&str; 11] =
    [PAUSED, LEAD, NUMBER, SUPPRESSION, CONSENT, SCREENING, DUPLICATE, WINDOW, FREQUENCY, SPEND, SLOT];

/// What is known of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneInput<'a> {
    /// None was given.
    Missing,
    /// What was given is no number, or one of a country nobody named.
    Unusable(&'a PhoneError),
    /// A valid number.
    Number(&'a Phone),
}

impl<'a> From<&'a Result<Phone, PhoneError>> for PhoneInput<'a> {
    fn from(read: &'a Result<Phone, PhoneError>) -> Self {
        match read {
            Ok(phone) => Self::Number(phone),
            Err(PhoneError::Empty) => Self::Missing,
            Err(e) => Self::Unusable(e),
        }
    }
}

/// How far a suppression reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This client.
    Client,
    /// Every client of the house.
    Global,
}

/// A standing wish, or order, not to be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// How far it reaches.
    pub scope: Scope,
    /// The channel it is about; `None` for all.
    pub channel: Option<Channel>,
    /// Why, such as `user_request`.
    pub reason: String,
    /// Since when.
    pub since: Millis,
}

/// One record of consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The channels it names.
    pub channels: Vec<Channel>,
    /// What it is for; marketing includes informational.
    pub purpose: Purpose,
    /// The wording agreed to.
    pub text: String,
    /// When it was given.
    pub at: Millis,
    /// Where the proof is.
    pub evidence: String,
    /// When it was taken back.
    pub revoked_at: Option<Millis>,
}

/// One contact made or attempted, with this person for this client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// How.
    pub channel: Channel,
    /// When.
    pub at: Millis,
    /// Whether it belongs to the matter now asked about.
    pub same_episode: bool,
}

/// Money spent in the current period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// Spent and reserved, in minor units.
    pub spent_minor: i64,
    /// The most that may be spent; `None` = no cap.
    pub cap_minor: Option<i64>,
    /// When the period ends and the count starts again, where it does.
    pub resets_at: Option<Millis>,
}

/// Concurrent uses of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Taken.
    pub in_use: u32,
    /// At most.
    pub limit: u32,
}

/// Everything a decision looks at.
#[derive(Clone, Debug)]
pub struct GateInput<'a> {
    /// The instant asked about.
    pub now: Millis,
    /// `now`, `plan` or `act`; copied into the report.
    pub stage: &'a str,
    /// How to contact.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// Why everything is stopped, if it is.
    pub house_paused: Option<&'a str>,
    /// Whether the house works for the client.
    pub client: ClientStatus,
    /// Why it does not; may be empty.
    pub client_reason: &'a str,
    /// Where the lead stands.
    pub lead: LeadStatus,
    /// Why a person has to decide first whether this one refused further contact.
    pub doubt: Option<&'a str>,
    /// When the person asked to be called, if they did.
    pub asked_for: Option<Millis>,
    /// When the person did what this answers, if it answers anything.
    pub answers: Option<Millis>,
    /// When the lead was accepted.
    pub created_at: Millis,
    /// When the person last wrote or spoke.
    pub last_reply_at: Option<Millis>,
    /// The number.
    pub phone: PhoneInput<'a>,
    /// Zone given with the lead.
    pub declared_zone: Option<&'a str>,
    /// State of the address given with the lead: code or name.
    pub declared_state: Option<&'a str>,
    /// The postcode of the declared address.
    pub declared_postcode: Option<&'a str>,
    /// Suppressions of this person that reach this client.
    pub suppressions: &'a [Suppression],
    /// Consents of this person to this client, revoked ones too.
    pub consents: &'a [Consent],
    /// What do-not-call lists say of the number.
    pub screenings: &'a [Screening],
    /// Contacts of this person for this client, newest first; the last 30 days suffice.
    pub contacts: &'a [Contact],
    /// Calls made in this episode.
    pub attempts: u32,
    /// When the last of them was made.
    pub last_attempt_at: Option<Millis>,
    /// Money.
    pub spend: Spend,
    /// Provider slots; `None` where the channel needs none.
    pub slots: Option<Slots>,
    /// The rules' numbers, with the client's own laid over.
    pub policy: &'a Policy,
}

/// Decides.
pub fn decide(input: &GateInput<'_>) -> GateReport {
    decide_with(input, &mut WindowCache::default())
}

/// Decides; the cache spares work where many leads are asked about in a row.
pub fn decide_with(input: &GateInput<'_>, cache: &mut WindowCache) -> GateReport {
    let facts = Facts::of(input);
    let lines = rules::all(input, &facts, cache);
    let (answer, rule, reason, next_at) = answer(input, &facts, cache, &lines);
    let told =
        |l: Line| RuleLine { rule: l.rule.to_owned(), finding: l.finding, detail: l.detail, until: l.until };
    GateReport {
        answer,
        rule: rule.to_owned(),
        reason,
        next_at,
        at: input.now,
        stage: input.stage.to_owned(),
        rules_version: RULES_VERSION,
        lines: lines.into_iter().map(told).collect(),
    }
}

/// What the findings come to: answer, deciding rule, reason, next instant.
fn answer(
    input: &GateInput<'_>,
    facts: &Facts<'_>,
    cache: &mut WindowCache,
    lines: &[Line],
) -> (Answer, &'static str, String, Option<Millis>) {
    if let Some(block) = lines.iter().find(|l| l.finding == Finding::Block) {
        return (Answer::Never, block.rule, block.detail.clone(), None);
    }
    let Some(wait) = last_wait(lines) else {
        return (Answer::Allowed, "", "every rule is satisfied".to_owned(), None);
    };
    let Some(until) = wait.until else {
        // Only things without a known end, such as full slots.
        return (Answer::NotYet, wait.rule, wait.detail.clone(), None);
    };
    match rules::together(input, facts, cache, until) {
        Ok(at) if at == until => (Answer::NotYet, wait.rule, wait.detail.clone(), Some(at)),
        Ok(at) => {
            let reason = format!("{}; local hours are next open at {}", wait.detail, words::instant(at));
            (Answer::NotYet, wait.rule, reason, Some(at))
        }
        Err((rule, reason)) => (Answer::Never, rule, reason, None),
    }
}

/// The wait that ends last; one without a known end only where there is no other.
fn last_wait(lines: &[Line]) -> Option<&Line> {
    let waits = || lines.iter().filter(|l| l.finding == Finding::Wait);
    let mut last: Option<&Line> = None;
    for line in waits() {
        if last.is_none_or(|l| l.until < line.until) {
            last = Some(line);
        }
    }
    last
}

#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod props;
#[cfg(test)]
mod tests;
