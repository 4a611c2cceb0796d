//! Each rule by a table, with its boundaries, and the answers they make together.

use super::*;
use crate::phone::normalise;
use frontdesk_shared::time::{DAY, HOUR};

/// Owns what a [`GateInput`] borrows; starts as a lead that may be called.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) now: Millis,
    pub(super) channel: Channel,
    pub(super) purpose: Purpose,
    pub(super) house_paused: Option<String>,
    pub(super) client: ClientStatus,
    pub(super) lead: LeadStatus,
    pub(super) asked_for: Option<Millis>,
    pub(super) created_at: Millis,
    pub(super) phone: Result<Phone, PhoneError>,
    pub(super) zone: Option<String>,
    pub(super) state: Option<String>,
    pub(super) suppressions: Vec<Suppression>,
    pub(super) consents: Vec<Consent>,
    pub(super) screenings: Vec<Screening>,
    pub(super) contacts: Vec<Contact>,
    pub(super) attempts: u32,
    pub(super) spend: Spend,
    pub(super) slots: Option<Slots>,
    pub(super) policy: Policy,
}

/// Monday noon in London, 07:00 in New York.
pub(super) const NOON: &str = "2026-01-05T12:00:00Z";

pub(super) fn at(iso: &str) -> Millis {
    Millis::from_iso(iso).unwrap()
}

pub(super) fn case() -> Case {
    let now = at(NOON);
    Case {
        now,
        channel: Channel::AiVoice,
        purpose: Purpose::Marketing,
        house_paused: None,
        client: ClientStatus::Active,
        lead: LeadStatus::Queued,
        asked_for: None,
        created_at: now - HOUR,
        phone: normalise("+442079460018", None),
        zone: None,
        state: None,
        suppressions: Vec::new(),
        consents: vec![consent(now - DAY)],
        screenings: Vec::new(),
        contacts: Vec::new(),
        attempts: 0,
        spend: Spend::default(),
        slots: Some(Slots { in_use: 0, limit: 10 }),
        policy: Policy::default(),
    }
}

pub(super) fn consent(at: Millis) -> Consent {
    Consent {
        channels: vec![Channel::AiVoice, Channel::Sms, Channel::Email],
        purpose: Purpose::Marketing,
        text: "You may call me with an automated voice.".to_owned(),
        at,
        evidence: "web form".to_owned(),
        revoked_at: None,
    }
}

impl Case {
    pub(super) fn decide(&self) -> GateReport {
        let input = GateInput {
            now: self.now,
            stage: "now",
            channel: self.channel,
            purpose: self.purpose,
            house_paused: self.house_paused.as_deref(),
            client: self.client,
            client_reason: "",
            lead: self.lead,
            asked_for: self.asked_for,
            answers: None,
            doubt: None,
            created_at: self.created_at,
            last_reply_at: None,
            phone: (&self.phone).into(),
            declared_zone: self.zone.as_deref(),
            declared_state: self.state.as_deref(),
            declared_postcode: None,
            suppressions: &self.suppressions,
            consents: &self.consents,
            screenings: &self.screenings,
            contacts: &self.contacts,
            attempts: self.attempts,
            last_attempt_at: None,
            spend: self.spend,
            slots: self.slots,
            policy: &self.policy,
        };
        decide(&input)
    }

    /// The finding and detail of one rule.
    pub(super) fn line(&self, rule: &str) -> (Finding, String) {
        let report = self.decide();
        let line = report.lines.iter().find(|l| l.rule == rule).unwrap();
        (line.finding, line.detail.clone())
    }

    pub(super) fn blocked_by(&self, rule: &str, part: &str) {
        let report = self.decide();
        assert_eq!((report.answer, report.rule.as_str()), (Answer::Never, rule), "{report:#?}");
        assert!(report.reason.contains(part), "{}", report.reason);
        assert_eq!(report.next_at, None);
    }

    pub(super) fn not_before(&self, rule: &str, next: &str) {
        let report = self.decide();
        assert_eq!((report.answer, report.rule.as_str()), (Answer::NotYet, rule), "{report:#?}");
        assert_eq!(report.next_at, Some(at(next)), "{report:#?}");
    }

    pub(super) fn allowed(&self) {
        let report = self.decide();
        assert_eq!(report.answer, Answer::Allowed, "{report:#?}");
    }

    pub(super) fn contact(&mut self, channel: Channel, ago: i64, same_episode: bool) {
        self.contacts.push(Contact { channel, at: self.now - ago, same_episode });
    }
}

pub(super) fn with(change: impl FnOnce(&mut Case)) -> Case {
    let mut c = case();
    change(&mut c);
    c
}

#[test]
fn an_allowed_call_says_what_every_rule_saw() {
    let report = case().decide();
    assert_eq!(report.answer, Answer::Allowed);
    assert_eq!(report.lines.iter().map(|l| l.rule.as_str()).collect::<Vec<_>>(), RULES);
    assert!(report.lines.iter().all(|l| l.finding == Finding::Pass));
    assert_eq!((report.rules_version, report.stage.as_str(), report.at), (RULES_VERSION, "now", at(NOON)));
    let text: Vec<_> = report.lines.iter().map(|l| format!("{}: {}", l.rule, l.detail)).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    paused: house and client are active
    lead: the lead is queued; last sign 2026-01-05T11:00:00Z
    number: valid, country GB, line landline; kept for fiction, reaches nobody
    suppression: not on any suppression list
    consent: consent to AI calls (marketing) given 2026-01-04T12:00:00Z
    screening: TPS/CTPS not needed: consent to this caller overrides it
    duplicate: not contacted in another matter
    window: hours Mon–Sat 09:00–20:00; it is Mon 12:00 in Europe/London (prefix of the number); open until 2026-01-05T20:00:00Z
    frequency: no AI call yet; 0 contacts in 24h, at most 3; 0 contacts in 7d, at most 7; 0 of 4 calls made
    spend: no cap is set
    slot: 0 of 10 slots in use
    ");
}

#[test]
fn paused_stops_everything() {
    with(|c| c.house_paused = Some("fire drill".into()))
        .blocked_by(PAUSED, "everything is paused: fire drill");
    with(|c| c.client = ClientStatus::Paused).blocked_by(PAUSED, "the client is paused");
    with(|c| c.client = ClientStatus::Deactivated).blocked_by(PAUSED, "deactivated");
    // The first rule decides, the others are told all the same.
    let both = with(|c| {
        c.client = ClientStatus::Paused;
        c.consents.clear();
    });
    assert_eq!(both.line(CONSENT).0, Finding::Block);
}

#[test]
fn closed_and_old_leads_stay_closed() {
    use LeadStatus as S;
    for (status, channel, purpose, open) in [
        (S::Queued, Channel::AiVoice, Purpose::Marketing, true),
        (S::Held, Channel::AiVoice, Purpose::Marketing, true),
        (S::Callback, Channel::AiVoice, Purpose::Marketing, true),
        (S::Booked, Channel::AiVoice, Purpose::Marketing, false),
        (S::Booked, Channel::Sms, Purpose::Informational, true),
        (S::OptedOut, Channel::Sms, Purpose::Informational, false),
        (S::BadNumber, Channel::AiVoice, Purpose::Marketing, false),
        (S::BadNumber, Channel::Email, Purpose::Marketing, true),
        (S::Expired, Channel::Email, Purpose::Marketing, false),
        (S::NotInterested, Channel::AiVoice, Purpose::Marketing, false),
        (S::NotInterested, Channel::Email, Purpose::Marketing, true),
        (S::Exhausted, Channel::AiVoice, Purpose::Marketing, false),
        (S::Exhausted, Channel::Email, Purpose::Marketing, true),
        (S::Review, Channel::AiVoice, Purpose::Marketing, false),
    ] {
        let c = with(|c| (c.lead, c.channel, c.purpose) = (status, channel, purpose));
        assert_eq!(c.line(LEAD).0 == Finding::Pass, open, "{status} {channel} {purpose}");
    }
    with(|c| c.created_at = c.now - 30 * DAY + 1).allowed();
    with(|c| c.created_at = c.now - 30 * DAY).blocked_by(LEAD, "no contact or reply for 30d 0h");
    // A contact keeps it young; so does having asked for a call back.
    let kept = with(|c| {
        c.created_at = c.now - 60 * DAY;
        c.contact(Channel::Email, 29 * DAY, true);
    });
    kept.allowed();
    with(|c| (c.created_at, c.lead) = (c.now - 60 * DAY, LeadStatus::Callback)).allowed();
}

#[test]
fn numbers_must_be_usable() {
    let phone = |raw: &str, region| with(|c| c.phone = normalise(raw, region));
    phone("", None).blocked_by(NUMBER, "the lead has no phone number");
    phone("07400 123456", None).blocked_by(NUMBER, "held: ambiguous");
    phone("07400 12345", Some("GB")).blocked_by(NUMBER, "not a usable number: too few digits");
    phone("+49 30 123456", None).blocked_by(NUMBER, "country DE has no profile");
    phone("+1 416 555 0100", None).blocked_by(NUMBER, "country CA has no profile");
    phone("+44 900 123 4567", None).blocked_by(NUMBER, "special number");
    phone("07911 123456", Some("GB")).allowed();
    assert!(phone("07911 123456", Some("GB")).line(NUMBER).1.contains("country GG (as GB)"));
    let mut off = case();
    off.policy.profiles.get_mut("GB").unwrap().enabled = false;
    off.blocked_by(NUMBER, "country GB is switched off");
    with(|c| c.channel = Channel::Sms).blocked_by(NUMBER, "receives no texts");
    let text = with(|c| {
        c.channel = Channel::Sms;
        c.phone = normalise("07400123456", Some("GB"));
    });
    text.allowed();
    let mut fiction = phone("07700 900123", Some("GB"));
    fiction.allowed();
    fiction.policy.fictional_numbers = false;
    fiction.blocked_by(NUMBER, "kept for fiction");
    let mail = with(|c| {
        c.channel = Channel::Email;
        c.phone = Err(PhoneError::Empty);
    });
    mail.allowed();
}

#[test]
fn an_opt_out_wins() {
    let stop =
        |scope, channel| Suppression { scope, channel, reason: "user_request".into(), since: at(NOON) };
    with(|c| c.suppressions.push(stop(Scope::Client, None))).blocked_by(SUPPRESSION, "for this client");
    with(|c| c.suppressions.push(stop(Scope::Global, None))).blocked_by(SUPPRESSION, "the whole house");
    let voice = Some(Channel::AiVoice);
    with(|c| c.suppressions.push(stop(Scope::Client, voice))).blocked_by(SUPPRESSION, "out of AI calls");
    with(|c| c.suppressions.push(stop(Scope::Client, Some(Channel::Email)))).allowed();
}

#[test]
fn consent_is_for_channel_and_purpose_and_ends_when_taken_back() {
    let consents = |list: Vec<Consent>| with(|c| c.consents = list);
    let old = at(NOON) - DAY;
    consents(vec![]).blocked_by(CONSENT, "no consent to marketing AI calls: none is recorded");
    let sms_only = Consent { channels: vec![Channel::Sms], ..consent(old) };
    consents(vec![sms_only]).blocked_by(CONSENT, "only other channels");
    let info = Consent { purpose: Purpose::Informational, ..consent(old) };
    consents(vec![info.clone()]).blocked_by(CONSENT, "informational contacts only");
    let mut informational = consents(vec![info]);
    informational.purpose = Purpose::Informational;
    informational.allowed();
    informational.consents = vec![consent(old)];
    informational.allowed();
    let back = Consent { revoked_at: Some(old + HOUR), ..consent(old) };
    consents(vec![back.clone()]).blocked_by(CONSENT, "taken back");
    // Another record from before is taken back with it; one from after is not.
    consents(vec![back.clone(), consent(old - DAY)]).blocked_by(CONSENT, "taken back");
    consents(vec![back, consent(old + 2 * HOUR)]).allowed();
    consents(vec![consent(at(NOON))]).allowed();
    consents(vec![consent(at(NOON) + 1)]).blocked_by(CONSENT, "dated in the future");
    // Informational texts and emails need none by default.
    let text = with(|c| {
        (c.channel, c.purpose) = (Channel::Sms, Purpose::Informational);
        c.phone = normalise("07400123456", Some("GB"));
        c.consents.clear();
    });
    text.allowed();
    // What sells does, by email too.
    let email = with(|c| {
        c.channel = Channel::Email;
        c.consents.clear();
    });
    email.blocked_by(CONSENT, "no consent to marketing emails");
}

fn clear(as_of: Millis) -> Vec<Screening> {
    vec![Screening { list: "TPS/CTPS".to_owned(), listed: false, as_of }]
}

#[test]
fn who_is_on_the_list_is_not_called_without_consent() {
    let mut c = case();
    c.screenings = vec![Screening { listed: true, ..clear(c.now - 90 * DAY).remove(0) }];
    c.allowed();
    c.consents.clear();
    c.policy.profiles.get_mut("GB").unwrap().consent_required = false;
    c.blocked_by(SCREENING, "on TPS/CTPS as of");
    // Another country's list says nothing.
    c.screenings = vec![Screening { list: "National DNC Registry".to_owned(), ..clear(c.now).remove(0) }];
    c.blocked_by(SCREENING, "never checked against TPS/CTPS");
}

#[test]
fn screening_is_needed_where_there_is_no_consent() {
    let mut c = case();
    assert!(c.line(SCREENING).1.contains("consent to this caller overrides it"));
    c.consents.clear();
    assert_eq!(c.line(SCREENING).0, Finding::Block);
    c.policy.profiles.get_mut("GB").unwrap().consent_required = false;
    c.blocked_by(SCREENING, "never checked against TPS/CTPS");
    c.screenings = clear(c.now - 28 * DAY);
    c.allowed();
    c.screenings = clear(c.now - 28 * DAY - 1);
    c.blocked_by(SCREENING, "at most 28d");
    c.policy.profiles.get_mut("GB").unwrap().screening_days = 0;
    c.allowed();
}

#[test]
fn duplicates_are_skipped_for_a_week_and_warned_of_for_a_month() {
    let contacted = |ago| with(|c| c.contact(Channel::Sms, ago, false));
    contacted(0).blocked_by(DUPLICATE, "less than 7d");
    contacted(7 * DAY - 1).blocked_by(
        DUPLICATE,
        "contacted 2025-12-29T12:00:00Z, less than 7d ago; clear at 2026-01-05T12:00:00Z",
    );
    for (ago, warned) in [(7 * DAY, true), (30 * DAY - 1, true), (30 * DAY, false)] {
        contacted(ago).allowed();
        assert_eq!(contacted(ago).line(DUPLICATE).1.starts_with("warning"), warned, "{ago}");
    }
    let same_matter = with(|c| c.contact(Channel::Sms, 3 * DAY, true));
    same_matter.allowed();
    assert_eq!(
        same_matter.line(DUPLICATE).1,
        "not contacted in another matter; in this one contacted 2026-01-02T12:00:00Z, less than 7d ago: another enquiry counts from \
         2026-01-09T12:00:00Z on"
    );
    let mut info = contacted(DAY);
    info.purpose = Purpose::Informational;
    info.allowed();
}

#[test]
fn what_gets_too_old_while_waiting_is_not_promised() {
    let lead = with(|c| {
        c.now = at("2026-01-10T21:00:00Z");
        c.created_at = at("2025-12-12T08:00:00Z");
    });
    lead.blocked_by(LEAD, "not possible before 2026-01-12T09:00:00Z, and by then: no contact");
    let mut screened = with(|c| {
        c.now = at("2026-01-10T21:00:00Z");
        c.consents.clear();
        c.screenings = clear(c.now - 27 * DAY);
    });
    screened.policy.profiles.get_mut("GB").unwrap().consent_required = false;
    screened.blocked_by(SCREENING, "by then: checked against TPS/CTPS");
}

#[test]
fn summaries_are_one_sentence() {
    assert_eq!(summary(&case().decide()), "May be contacted now: every rule is satisfied.");
    assert_eq!(
        summary(&with(|c| c.consents.clear()).decide()),
        "Not contacted: no consent to marketing AI calls: none is recorded; record one with the lead, in the \
         import's rows, or for the file with --attest."
    );
    let early = with(|c| c.now = at("2026-01-05T07:00:00Z"));
    assert!(
        summary(&early.decide()).starts_with("Not before 2026-01-05T09:00:00Z: hours Mon–Sat 09:00–20:00")
    );
    let full = with(|c| c.slots = Some(Slots { in_use: 1, limit: 1 }));
    assert_eq!(summary(&full.decide()), "Not yet: 1 of 1 slots in use.");
}
