//! The lead a row describes: made new, or completed from it.
//!
//! Lives here: from a draft to the fields of a lead, and what is said about one taken in before.
//! Must not live here: whether it is taken in (the parent).

use super::super::Ctx;
use frontdesk_domain::gate::NUMBER;
use frontdesk_domain::intake::{LeadDraft, mask};
use frontdesk_domain::phone::{LineType, Phone, PhoneError};
use frontdesk_domain::score::{self, ScoreInput};
use frontdesk_domain::zones;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::short_duration;
use frontdesk_shared::{LeadId, Millis};
use frontdesk_store::clients::Client;
use frontdesk_store::imports::Import;
use frontdesk_store::leads::Lead;

/// Fills what is missing; what is known stays.
pub(super) fn complete(lead: &mut Lead, draft: &LeadDraft) {
    if lead.name.is_empty() {
        lead.name.clone_from(&draft.name);
    }
    if lead.email.is_empty() {
        lead.email = draft.email.clone().unwrap_or_default();
    }
    lead.zone = lead.zone.take().or_else(|| zones_of(draft, Some(lead.region.as_str())));
    lead.state = lead.state.take().or_else(|| draft.state.clone());
    lead.postcode = lead.postcode.take().or_else(|| draft.postcode.clone());
    for (name, value) in &draft.vars {
        lead.vars.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// A lead that another file brought by mistake, as this row describes it: what stood there was not
/// said by anybody.
pub(super) fn anew(lead: &mut Lead, row: Lead) {
    let Lead { name, email, source, zone, state, postcode, external_id, vars, score, score_parts, .. } = row;
    *lead = Lead {
        name,
        email,
        source,
        zone,
        state,
        postcode,
        external_id,
        vars,
        score,
        score_parts,
        ..lead.clone()
    };
}

/// Why a number is held, in the words of the one who read it: the country it was read in is not
/// known any more later.
pub(super) fn say_why_number(lead: &mut Lead, unusable: Option<&PhoneError>) {
    if let Some(problem) = unusable
        && lead.status == LeadStatus::Held
        && lead.hold_rule == NUMBER
    {
        lead.hold_reason = problem.to_string();
    }
}

/// Who was contacted and when, for a person taken in with a warning.
pub(super) fn contacted_before(lead: &Lead, now: Millis) -> String {
    let who = if lead.name.is_empty() { "this person" } else { lead.name.as_str() };
    let number = mask(lead.phone.as_deref().unwrap_or_default());
    let last = lead.last_contact_at.unwrap_or(now);
    let ago = short_duration(now.since(last).max(0));
    format!(
        "{who} ({number}) was contacted {ago} ago, at {}: taken in again, but look whether that is right",
        last.iso()
    )
}

/// Every zone the declared address allows.
fn zones_of(draft: &LeadDraft, region: Option<&str>) -> Option<String> {
    let region = region.filter(|r| !r.is_empty()).or(draft.country.as_deref());
    // A US address beside a number of another country is still a place to be asleep in.
    let american = draft.state.as_deref().is_some_and(|s| zones::us_state_code(s).is_some());
    let country = if american && region != Some("GB") { Some("US") } else { region };
    zones::of_address(draft.timezone.as_deref(), draft.postcode.as_deref(), country)
}

/// A lead as a draft describes it, in memory.
pub(super) fn new_lead(
    ctx: &Ctx,
    client: &Client,
    import: &Import,
    draft: &LeadDraft,
    phone: Option<&Phone>,
    identity: String,
) -> Lead {
    let now = ctx.now();
    let line = phone.map_or("", |p| p.line().word());
    let score = score::score(
        &ctx.house.weights,
        &ScoreInput {
            source: &draft.source,
            has_name: !draft.name.is_empty(),
            has_email: draft.email.is_some(),
            consent: draft.consent.as_ref().is_some_and(|given| given.channels.contains(&Channel::AiVoice)),
            age_ms: 0,
            postcode: draft.postcode.is_some(),
            mobile: phone.is_some_and(|p| p.line() == LineType::Mobile),
            vars: draft.vars.iter().filter(|(_, v)| !v.is_empty()).map(|(k, _)| k.as_str()).collect(),
        },
    );
    Lead {
        id: LeadId(ctx.env.id()),
        client: client.id,
        identity,
        phone: phone.map(|p| p.e164().to_owned()),
        region: phone.map(|p| p.region().to_owned()).unwrap_or_default(),
        line: line.to_owned(),
        name: draft.name.clone(),
        email: draft.email.clone().unwrap_or_default(),
        source: draft.source.clone(),
        zone: zones_of(draft, phone.map(Phone::region)),
        state: draft.state.clone(),
        postcode: draft.postcode.clone(),
        external_id: draft.external_id.clone(),
        vars: draft.vars.clone(),
        status: LeadStatus::Queued,
        hold_rule: String::new(),
        hold_reason: String::new(),
        next_at: None,
        episode: 1,
        episode_at: now,
        attempts: 0,
        last_attempt_at: None,
        last_contact_at: None,
        score: score.total,
        score_parts: score.parts,
        import: Some(import.id),
        created_at: now,
        updated_at: now,
    }
}
