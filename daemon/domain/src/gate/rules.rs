//! The rules about person and number, one function each: what it looks at, what it finds, and in
//! which words. Those about time and means are in `limits`.

use super::limits::{frequency, slot, spend, window};
use super::words::{channel as channel_words, free_text, instant};
use super::*;
use crate::duplicates::{self, Window};
use crate::intake::DATE_NOT_STATED;
use crate::nation;
use crate::policy::CountryProfile;
use crate::window::{self as hours, Schedule};
use crate::zones::{self, Zones};
use frontdesk_shared::time::{DAY, MINUTE, short_duration};

/// One rule's finding.
pub(super) struct Line {
    pub(super) rule: &'static str,
    pub(super) finding: Finding,
    pub(super) detail: String,
    pub(super) until: Option<Millis>,
}

pub(super) fn line(rule: &'static str, finding: Finding, detail: impl Into<String>) -> Line {
    Line { rule, finding, detail: detail.into(), until: None }
}

pub(super) fn pass(rule: &'static str, detail: impl Into<String>) -> Line {
    line(rule, Finding::Pass, detail)
}

pub(super) fn block(rule: &'static str, detail: impl Into<String>) -> Line {
    line(rule, Finding::Block, detail)
}

pub(super) fn wait(rule: &'static str, detail: impl Into<String>, until: Option<Millis>) -> Line {
    Line { until, ..line(rule, Finding::Wait, detail) }
}

/// Time since `then`; what is dated in the future counts as just now.
pub(super) fn elapsed(now: Millis, then: Millis) -> i64 {
    now.since(then).max(0)
}

/// What several rules look at, found out once.
pub(super) struct Facts<'a> {
    pub(super) phone: Option<&'a Phone>,
    pub(super) profile: Option<(&'a str, &'a CountryProfile)>,
    /// States of the number and of the declared address.
    pub(super) states: Vec<&'static str>,
    pub(super) zones: Zones,
    pub(super) schedule: Option<Schedule>,
    /// The newest consent in force for channel and purpose.
    consent: Option<&'a Consent>,
    revoked: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(input: &GateInput<'a>) -> Self {
        let phone = match input.phone {
            PhoneInput::Number(phone) if input.channel != Channel::Email => Some(phone),
            _ => None,
        };
        let profile = phone.and_then(|p| input.policy.profile(p.region())).filter(|(_, p)| p.enabled);
        let mut states = Vec::new();
        let mut zones = Zones::default();
        if let (Some(phone), Some((key, _))) = (phone, profile) {
            // A state means something under the profile of the USA; elsewhere "CA" may be anything.
            let declared = input.declared_state.filter(|_| key == "US");
            states.extend(zones::us_state(phone));
            states.extend(declared.and_then(zones::us_state_code).filter(|s| !states.contains(s)));
            zones = zones::candidates(phone, input.declared_zone, declared);
        }
        let schedule = profile.map(|(key, p)| match (input.purpose, input.channel) {
            (Purpose::Informational, Channel::Sms | Channel::Email) => {
                input.policy.transactional_schedule(p, &states)
            }
            _ => {
                let mut open = input.policy.schedule(input.channel, key, p, &states);
                // A mobile may be anywhere: closed on the holidays of every nation.
                let nation = nation::of_person(phone, input.declared_postcode, input.declared_state);
                open.holidays = open.holidays.in_nation(nation);
                open
            }
        });
        let named = || input.consents.iter().filter(|c| c.channels.contains(&input.channel));
        // Taking consent back ends everything given before it, not only the record it names.
        let revoked_at = named().filter_map(|c| c.revoked_at).max();
        let serves = |c: &&Consent| {
            c.revoked_at.is_none()
                && c.at <= input.now
                && revoked_at.is_none_or(|r| c.at > r)
                && (c.purpose == Purpose::Marketing || input.purpose == Purpose::Informational)
        };
        let consent = named().filter(serves).max_by_key(|c| c.at);
        Self { phone, profile, states, zones, schedule, consent, revoked: revoked_at.is_some() }
    }

    fn consent_required(&self) -> bool {
        self.profile.is_none_or(|(_, p)| p.consent_required)
    }
}

/// Every rule, in order.
pub(super) fn all(input: &GateInput<'_>, facts: &Facts<'_>, cache: &mut WindowCache) -> Vec<Line> {
    vec![
        paused(input),
        lead(input),
        number(input, facts),
        suppression(input),
        consent(input, facts),
        screening(input, facts),
        duplicate(input),
        window(input, facts, cache),
        frequency(input, facts),
        spend(input),
        slot(input),
    ]
}

/// The first instant from `at` on at which local hours are open, provided nothing that time
/// makes worse (age of the lead, age of the screening) stands against it by then.
pub(super) fn together(
    input: &GateInput<'_>,
    facts: &Facts<'_>,
    cache: &mut WindowCache,
    mut at: Millis,
) -> Result<Millis, (&'static str, String)> {
    if let Some(schedule) = facts.schedule.as_ref().filter(|_| !answers_now(input)) {
        match cache.check(at, &facts.zones.zones, schedule) {
            hours::Window::Closed { next_open: Some(t) } => at = t,
            hours::Window::Closed { next_open: None } => {
                return Err((WINDOW, format!("no common local hours within 15 days of {}", instant(at))));
            }
            hours::Window::Open { .. } | hours::Window::NoZone | hours::Window::BadZone => {}
        }
    }
    let by_then = |why: String| format!("not possible before {}, and by then: {why}", instant(at));
    if let Some(why) = too_old(input, at) {
        return Err((LEAD, by_then(why)));
    }
    match screening_at(input, facts, at) {
        line if line.finding == Finding::Block => Err((SCREENING, by_then(line.detail))),
        _ => Ok(at),
    }
}

/// Whether it answers something the person did just now: then it is wanted at any hour.
pub(super) fn answers_now(input: &GateInput<'_>) -> bool {
    let within = i64::from(input.policy.transactional.answer_minutes) * MINUTE;
    input.purpose == Purpose::Informational
        && input.answers.is_some_and(|act| (0..=within).contains(&input.now.since(act)))
}

fn paused(input: &GateInput<'_>) -> Line {
    let why = |reason: &str| match free_text(reason) {
        text if text.is_empty() => "no reason given".to_owned(),
        text => text,
    };
    if let Some(reason) = input.house_paused {
        return block(PAUSED, format!("everything is paused: {}", why(reason)));
    }
    match input.client {
        ClientStatus::Active => pass(PAUSED, "house and client are active"),
        ClientStatus::Paused => block(PAUSED, format!("the client is paused: {}", why(input.client_reason))),
        ClientStatus::Deactivated => {
            block(PAUSED, format!("the client is deactivated: {}", why(input.client_reason)))
        }
    }
}

fn lead(input: &GateInput<'_>) -> Line {
    let selling = input.purpose == Purpose::Marketing;
    let closed = match input.lead {
        LeadStatus::OptedOut | LeadStatus::Expired => true,
        LeadStatus::BadNumber => input.channel != Channel::Email,
        // Reminders of what was agreed still go out; nothing is sold any more.
        LeadStatus::Booked | LeadStatus::Transferred | LeadStatus::Review => selling,
        // A client may write to them later, but not call or text.
        LeadStatus::NotInterested => selling && input.channel != Channel::Email,
        // Out of calls; messages may still follow.
        LeadStatus::Exhausted => selling && input.channel == Channel::AiVoice,
        LeadStatus::Queued | LeadStatus::Held | LeadStatus::Calling | LeadStatus::Callback => false,
    };
    if closed {
        return block(LEAD, format!("the lead is closed: {}", input.lead));
    }
    if let Some(why) = input.doubt {
        return block(LEAD, format!("a person has to decide whether it was a refusal: {}", free_text(why)));
    }
    if let Some(why) = too_old(input, input.now) {
        return block(LEAD, why);
    }
    pass(LEAD, format!("the lead is {}; last sign {}", input.lead, instant(last_sign(input))))
}

/// The newest of acceptance, contact and reply.
fn last_sign(input: &GateInput<'_>) -> Millis {
    let contacts = input.contacts.iter().map(|c| c.at);
    contacts.chain(input.last_reply_at).chain([input.created_at]).max().unwrap_or(input.created_at)
}

fn too_old(input: &GateInput<'_>, at: Millis) -> Option<String> {
    // Who asked to be called back, or has an appointment, is not forgotten for being quiet.
    if input.purpose == Purpose::Informational || input.lead == LeadStatus::Callback {
        return None;
    }
    let days = input.policy.lead_expiry_days;
    let age = elapsed(at, last_sign(input));
    (age >= i64::from(days) * DAY)
        .then(|| format!("no contact or reply for {}; a lead expires after {days}d", short_duration(age)))
}

fn number(input: &GateInput<'_>, facts: &Facts<'_>) -> Line {
    if input.channel == Channel::Email {
        return pass(NUMBER, "an email needs no number");
    }
    let phone = match input.phone {
        PhoneInput::Missing => return block(NUMBER, "the lead has no phone number"),
        PhoneInput::Unusable(e) if e.is_ambiguous() => return block(NUMBER, format!("held: {e}")),
        PhoneInput::Unusable(e) => return block(NUMBER, format!("not a usable number: {e}")),
        PhoneInput::Number(phone) => phone,
    };
    let (region, kind) = (phone.region(), phone.line().word());
    let Some((key, _)) = facts.profile else {
        let known = input.policy.profile(region).is_some();
        let what = if known { "is switched off" } else { "has no profile" };
        return block(NUMBER, format!("country {region} {what}"));
    };
    if phone.is_fictional() && !input.policy.fictional_numbers {
        return block(NUMBER, "the number is kept for fiction and belongs to nobody");
    }
    if phone.line() == crate::phone::LineType::Other && !input.policy.special_numbers {
        return block(NUMBER, "a premium-rate, shared-cost or other special number");
    }
    if input.channel == Channel::Sms && !phone.may_text() {
        return block(NUMBER, format!("the line ({kind}) receives no texts"));
    }
    let covered = if key == region { String::new() } else { format!(" (as {key})") };
    let note = if phone.is_fictional() { "; kept for fiction, reaches nobody" } else { "" };
    pass(NUMBER, format!("valid, country {region}{covered}, line {kind}{note}"))
}

fn suppression(input: &GateInput<'_>) -> Line {
    let hit = |s: &&Suppression| s.channel.is_none_or(|c| c == input.channel);
    let mut hits: Vec<_> = input.suppressions.iter().filter(hit).collect();
    // The widest first, then the oldest.
    hits.sort_by_key(|s| (s.scope == Scope::Client, s.since));
    let Some(first) = hits.first() else {
        return match input.suppressions.len() {
            0 => pass(SUPPRESSION, "not on any suppression list"),
            n => pass(SUPPRESSION, format!("{n} suppressions, none for {}", channel_words(input.channel))),
        };
    };
    let scope = match first.scope {
        Scope::Client => "this client",
        Scope::Global => "the whole house",
    };
    let what = first.channel.map_or("all channels", channel_words);
    let (since, reason) = (instant(first.since), free_text(&first.reason));
    block(SUPPRESSION, format!("opted out of {what} for {scope} since {since}: {reason}"))
}

fn consent(input: &GateInput<'_>, facts: &Facts<'_>) -> Line {
    let what = channel_words(input.channel);
    if let Some(c) = facts.consent {
        let proof = if c.evidence.trim().is_empty() { ", no proof stored" } else { "" };
        let given = match c.evidence.contains(DATE_NOT_STATED) {
            true => format!("recorded {}, {DATE_NOT_STATED}", instant(c.at)),
            false => format!("given {}{proof}", instant(c.at)),
        };
        return pass(CONSENT, format!("consent to {what} ({}) {given}", c.purpose));
    }
    if !input.policy.consent.needed(input.channel, input.purpose) {
        return pass(CONSENT, format!("{} {what} need no consent", input.purpose));
    }
    if !facts.consent_required() {
        return pass(CONSENT, "the country's profile asks for no consent");
    }
    let named = || input.consents.iter().filter(|c| c.channels.contains(&input.channel));
    let why = match () {
        () if facts.revoked => "it was taken back",
        () if named().any(|c| c.at > input.now) => "the only one is dated in the future",
        () if named().count() > 0 => "there is one for informational contacts only",
        () if input.consents.is_empty() => "none is recorded",
        () => "only other channels are recorded",
    };
    block(CONSENT, format!("no consent to {} {what}: {why}", input.purpose))
}

fn screening(input: &GateInput<'_>, facts: &Facts<'_>) -> Line {
    screening_at(input, facts, input.now)
}

fn screening_at(input: &GateInput<'_>, facts: &Facts<'_>, at: Millis) -> Line {
    let Some((_, profile)) = facts.profile else {
        let skipped = if input.channel == Channel::Email {
            pass(SCREENING, "lists are about numbers, not emails")
        } else {
            line(SCREENING, Finding::Skipped, "needs a number in a country with a profile")
        };
        return skipped;
    };
    let (list, days) = (&profile.screening_list, profile.screening_days);
    if days == 0 {
        return pass(SCREENING, "the country has no list to check against");
    }
    if input.purpose == Purpose::Informational {
        return pass(SCREENING, format!("{list} is about marketing"));
    }
    if facts.consent.is_some() {
        return pass(SCREENING, format!("{list} not needed: consent to this caller overrides it"));
    }
    let Some(word) = input.screenings.iter().find(|word| word.list == *list) else {
        return block(SCREENING, format!("never checked against {list}, and no consent"));
    };
    if word.listed {
        let date = instant(word.as_of);
        return block(SCREENING, format!("on {list} as of {date}, and no consent to this caller"));
    }
    let age = elapsed(at, word.as_of);
    let text = format!("checked against {list} as of {}, at most {days}d old", instant(word.as_of));
    // On the last day the list is still current; past it, it is not.
    if age > i64::from(days) * DAY { block(SCREENING, text) } else { pass(SCREENING, text) }
}

fn duplicate(input: &GateInput<'_>) -> Line {
    if input.purpose == Purpose::Informational {
        return pass(DUPLICATE, "applies to marketing only");
    }
    let rules = &input.policy.duplicates;
    let last = |same| input.contacts.iter().filter(|c| c.same_episode == same).map(|c| c.at).max();
    let Some(other) = last(false) else {
        let none = "not contacted in another matter";
        let own = last(true);
        let (Some(at), Window::Skip { until }) = (own, duplicates::window(input.now, own, rules)) else {
            return pass(DUPLICATE, none);
        };
        // Nothing against going on with this one, but the same person coming again is a duplicate.
        let (at, until, days) = (instant(at), instant(until), rules.skip_days);
        return pass(
            DUPLICATE,
            format!(
                "{none}; in this one contacted {at}, less than {days}d ago: another enquiry counts from {until} on"
            ),
        );
    };
    let when = || format!("contacted {}", instant(other));
    match duplicates::window(input.now, Some(other), rules) {
        Window::Skip { until } => block(
            DUPLICATE,
            format!(
                "in another matter {}, less than {}d ago; clear at {}",
                when(),
                rules.skip_days,
                instant(until)
            ),
        ),
        Window::Warn => pass(
            DUPLICATE,
            format!("warning: in another matter {}, less than {}d ago", when(), rules.warn_days),
        ),
        Window::Clean => pass(DUPLICATE, format!("in another matter {}", when())),
    }
}
