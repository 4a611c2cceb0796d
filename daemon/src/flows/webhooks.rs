//! Deliveries of providers: stored and applied in one commit, then acknowledged. The same event
//! again hears the same answer and changes nothing.

use super::operator::Described;
use super::{Ctx, unit};
use crate::webhooks::{Delivery, NOTHING, Provider};
use frontdesk_domain::client::HOUSE;
use frontdesk_domain::delivery::{self, Message, What};
use frontdesk_domain::unit::{Changes, Decided, Facts, Need, Unit};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{ClientId, WebhookId};
use frontdesk_store::packed::Packed;
use frontdesk_store::webhooks::{self, Applied, NewWebhook};
use frontdesk_store::{Error, Refusal, Result, Tx};
use std::collections::{BTreeSet, HashMap};

/// What the installation itself brings to a call: the assistant for callers nobody knows.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Assistant that answers where a client has none of its own.
    pub assistant_id: String,
}

/// What becomes of one delivery of a set.
enum Taken {
    /// Seen before: it hears what it heard.
    Known(String),
    /// The same event stands further up in the set.
    Twice(usize),
    /// New.
    New(WebhookId, Applied),
    /// It could not be applied when it came first, and is now.
    Again(WebhookId, Applied),
}

/// Stores a delivery and applies it. The answer for the provider.
///
/// # Errors
/// As the statements fail; nothing stays then, and [`store_failed`] keeps the bytes.
pub fn accept(tx: &mut Tx<'_>, ctx: &Ctx, defaults: &Defaults, d: &Delivery) -> Result<String> {
    Ok(accept_all(tx, ctx, defaults, std::slice::from_ref(d))?.pop().unwrap_or_default())
}

/// Stores deliveries and applies them in their order. An answer for each.
///
/// # Errors
/// As the statements fail; nothing of any of them stays then.
pub fn accept_all(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    defaults: &Defaults,
    deliveries: &[Delivery],
) -> Result<Vec<String>> {
    let foresee = |facts: &Facts| -> BTreeSet<Need> {
        deliveries.iter().flat_map(|d| foreseen(facts, &d.message)).collect()
    };
    let taken = unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        let mut seen = HashMap::new();
        let mut all = Vec::with_capacity(deliveries.len());
        for (n, d) in deliveries.iter().enumerate() {
            let first = *seen.entry(d.message.event_key.as_str()).or_insert(n);
            let taken = if first == n { take(unit, defaults, d) } else { Ok(Taken::Twice(first)) };
            all.extend(unit.each(taken)?);
        }
        Ok(all)
    })?;
    store(tx, ctx, deliveries, &taken)?;
    let heard = |taken: &Taken| match taken {
        Taken::Known(reply) => reply.clone(),
        Taken::New(_, applied) | Taken::Again(_, applied) => applied.reply.clone(),
        Taken::Twice(_) => NOTHING.to_owned(),
    };
    Ok(taken
        .iter()
        .map(|each| match each {
            Taken::Twice(first) => taken.get(*first).map_or_else(|| NOTHING.to_owned(), heard),
            other => heard(other),
        })
        .collect())
}

/// What the message at hand will ask for, as far as its kind and what is loaded tell.
fn foreseen(facts: &Facts, message: &Message) -> Vec<Need> {
    let mut needs = vec![Need::Delivery(message.provider, message.event_key.clone())];
    let about = &message.call;
    match &message.what {
        What::WhichAssistant | What::Nothing => return needs,
        What::Text(text) => {
            needs.extend([Need::Mentioning(text.to.clone()), Need::LeadsOf(text.from.clone())]);
            needs.extend(text.account.map(Need::Client));
            return needs;
        }
        What::MessageReport(id, report) => {
            needs.extend(id.map(Need::Message));
            let named = report.provider_id.clone().filter(|_| id.is_none());
            needs.extend(named.map(|named| Need::ProviderMessage(message.provider, named)));
            needs.extend(report.account.map(Need::Client));
            return needs;
        }
        What::Update(_) | What::Questions(_) => {}
    }
    if !about.id.is_empty() {
        needs.push(Need::ProviderCall(about.id.clone()));
    }
    needs.extend(about.attempt.map(Need::Call));
    let by_id = facts.provider_calls.get(&about.id).copied().flatten();
    let call = by_id.or(about.attempt).and_then(|id| facts.calls.get(&id)?.as_ref());
    let Some(call) = call else { return needs };
    let ends = matches!(&message.what, What::Update(update) if update.report.is_some());
    let asks = matches!(message.what, What::Questions(_));
    if asks || ends {
        needs.push(Need::Tools(about.id.clone()));
        needs.push(Need::Client(call.client));
        needs.push(Need::BookedIn(call.id));
    }
    if let Some(lead) = call.lead.filter(|_| ends) {
        needs.extend([Need::Lead(lead), Need::Consents(lead), Need::Contacts(lead), Need::Paused]);
        needs.push(Need::Attempt(lead, call.episode, call.attempt));
        if let Some(Some(lead)) = facts.leads.get(&lead) {
            needs.extend(lead.addresses().into_iter().map(Need::Suppressions));
        }
    }
    needs
}

fn take(unit: &mut Unit<'_>, defaults: &Defaults, d: &Delivery) -> Decided<Taken> {
    let known = unit.delivery(d.message.provider, &d.message.event_key)?;
    if let Some(known) = known.filter(|known| known.status != WebhookStatus::Failed) {
        return Ok(Taken::Known(known.reply.clone()));
    }
    let applied = applied(unit, defaults, d)?;
    if let Some(known) = known {
        return Ok(Taken::Again(known.id, applied));
    }
    let id = WebhookId(unit.id());
    let kind = &d.message.kind;
    let text = format!("{kind}: {}", applied.note);
    let data =
        Payload::Webhook { status: applied.status, kind: kind.clone(), call: applied.call, replayed: false };
    let subject = ("webhook", id.to_string());
    unit.emit(kind::WEBHOOK_STORED, applied.client, None, subject, d.provider.word(), &text, data);
    Ok(Taken::New(id, applied))
}

fn applied(unit: &mut Unit<'_>, defaults: &Defaults, d: &Delivery) -> Decided<Applied> {
    let applied = delivery::apply(unit, &d.message, &defaults.assistant_id)?;
    Ok(Applied {
        client: applied.client,
        call: applied.call,
        status: applied.status,
        note: applied.note,
        reply: d.write(&applied.reply),
    })
}

fn store(tx: &mut Tx<'_>, ctx: &Ctx, deliveries: &[Delivery], taken: &[Taken]) -> Result<()> {
    let now = ctx.now();
    let mut new = Vec::new();
    let mut repeats = Vec::new();
    for (d, taken) in deliveries.iter().zip(taken) {
        match taken {
            Taken::New(id, applied) => new.push(row(*id, d, applied)),
            Taken::Known(_) | Taken::Twice(_) => repeats.push((d.provider.word(), &*d.message.event_key)),
            Taken::Again(id, applied) => {
                repeats.push((d.provider.word(), &d.message.event_key));
                webhooks::reapplied(tx, *id, applied, now)?;
            }
        }
    }
    // The same event on another connection at the same moment: look again.
    webhooks::insert_all(tx, &new, now)
        .map_err(|e| if let Error::Conflict(e) = e { Error::Retry(e) } else { e })?;
    webhooks::seen_again(tx, &repeats)
}

fn row<'d>(id: WebhookId, d: &'d Delivery, applied: &'d Applied) -> NewWebhook<'d> {
    NewWebhook {
        id,
        provider: d.provider.word(),
        event_key: &d.message.event_key,
        client: applied.client,
        call: applied.call,
        kind: &d.message.kind,
        status: applied.status,
        note: &applied.note,
        body: &d.packed,
        reply: &applied.reply,
        agent: &d.message.agent,
    }
}

/// Keeps a delivery that could not be applied; a person can replay it.
///
/// # Errors
/// As the statements fail.
pub fn store_failed(tx: &mut Tx<'_>, ctx: &Ctx, d: &Delivery, why: &str) -> Result<()> {
    let known = webhooks::of_events(tx, d.provider.word(), &[&d.message.event_key])?;
    if !known.is_empty() {
        return webhooks::seen_again(tx, &[(d.provider.word(), &d.message.event_key)]);
    }
    let applied = Applied {
        client: HOUSE,
        call: None,
        status: WebhookStatus::Failed,
        note: why.to_owned(),
        reply: d.provider.nothing().into(),
    };
    let id = WebhookId(ctx.env.id());
    webhooks::insert_all(tx, &[row(id, d, &applied)], ctx.now())?;
    told(tx, ctx, id, d.provider, &applied, &d.message.kind)
}

/// Keeps verified bytes that are no message at all.
///
/// # Errors
/// As the statements fail.
pub fn store_unreadable(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    provider: Provider,
    (body, agent): (&[u8], &str),
    why: &str,
) -> Result<()> {
    let event_key = format!("unreadable:{}", blake3::hash(body).to_hex());
    let known = webhooks::of_events(tx, provider.word(), &[&event_key])?;
    if !known.is_empty() {
        return webhooks::seen_again(tx, &[(provider.word(), &event_key)]);
    }
    let id = WebhookId(ctx.env.id());
    let applied = Applied {
        client: HOUSE,
        call: None,
        status: WebhookStatus::Failed,
        note: why.to_owned(),
        reply: NOTHING.into(),
    };
    let packed = Packed::of(body);
    let row = NewWebhook {
        id,
        provider: provider.word(),
        event_key: &event_key,
        client: HOUSE,
        call: None,
        kind: "unreadable",
        status: applied.status,
        note: why,
        body: &packed,
        reply: provider.nothing(),
        agent,
    };
    webhooks::insert_all(tx, &[row], ctx.now())?;
    told(tx, ctx, id, provider, &applied, "unreadable webhook")
}

fn told(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: WebhookId,
    provider: Provider,
    applied: &Applied,
    what: &str,
) -> Result<()> {
    let data = Payload::Webhook {
        status: applied.status,
        kind: what.to_owned(),
        call: applied.call,
        replayed: false,
    };
    let text = format!("{what}: {}", applied.note);
    let subject = ("webhook", &*id.to_string());
    ctx.event(tx, kind::WEBHOOK_STORED, applied.client, None, subject, provider.word(), &text, data)
}

fn stored(tx: &mut Tx<'_>, id: WebhookId) -> Result<webhooks::Webhook> {
    webhooks::by_id(tx, id)?.ok_or_else(|| Refusal::not_found(format!("there is no webhook {id}")).into())
}

/// A stored delivery, read again.
fn reread(stored: &webhooks::Webhook) -> std::result::Result<Delivery, crate::webhooks::Unreadable> {
    let provider = Provider::parse(&stored.provider).ok_or_else(|| crate::webhooks::Unreadable {
        field: "provider",
        reason: format!("this version knows no provider {:?}", stored.provider),
    })?;
    Delivery::read(provider, stored.body.clone().into(), &stored.agent)
}

/// What replaying a stored delivery would change: decided as if it came now, and not written.
///
/// # Errors
/// `not_found`.
pub fn replay_shown(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId) -> Result<Described> {
    let d = match reread(&stored(tx, id)?) {
        Ok(d) => d,
        Err(e) => {
            let line = format!("It still cannot be read ({e}): it is set aside, and its bytes stay.");
            return Ok((vec![line], None).into());
        }
    };
    let foresee = |facts: &Facts| -> BTreeSet<Need> { foreseen(facts, &d.message).into_iter().collect() };
    let decide = |unit: &mut Unit<'_>| applied(unit, &Defaults::default(), &d);
    let (applied, changes) = unit::decided(tx, ctx, Facts::default(), &foresee, decide)?;
    let mut lines = vec![format!("{} is applied again: {}.", d.message.kind, applied.note)];
    lines.extend(in_words(&changes));
    let facts = vec![d.message.kind.clone(), applied.status.to_string(), weight(&changes)];
    Ok(Described { lines, refused: None, facts })
}

/// What of changes does not depend on the moment they are made.
fn weight(changes: &Changes) -> String {
    let calls = changes.calls.values().chain(changes.new_calls.values());
    let calls: Vec<String> = calls.map(|call| format!("{:?} {:?}", call.status, call.outcome)).collect();
    let mut leads: Vec<String> =
        changes.leads.values().map(|lead| format!("{} {}", lead.id, lead.status)).collect();
    leads.sort();
    let booked: Vec<String> = changes.booked.iter().map(|b| b.starts_at.iso()).collect();
    format!("{calls:?} {leads:?} {booked:?} {:?}", counted(changes).map(|(n, _)| n))
}

fn counted(changes: &Changes) -> [(usize, &'static str); 6] {
    [
        (changes.appointments.len(), "appointments change"),
        (changes.new_messages.len() + changes.messages.len(), "messages change"),
        (changes.suppressions.len(), "addresses are suppressed"),
        (changes.new_jobs.len(), "jobs are planned"),
        (changes.jobs.len(), "jobs change"),
        (changes.errors.len(), "errors are recorded"),
    ]
}

/// Changes for a person who is about to confirm them, without numbers.
fn in_words(changes: &Changes) -> Vec<String> {
    let calls = changes.calls.values().chain(changes.new_calls.values());
    let mut lines: Vec<String> = calls
        .map(|call| {
            let outcome = call.outcome.map(|o| format!(", {o}")).unwrap_or_default();
            format!("The call with {} becomes {}{outcome}.", call.who, call.status)
        })
        .collect();
    lines.extend(changes.leads.values().map(|lead| {
        let next = lead.next_at.map(|at| format!(", next at {}", at.iso())).unwrap_or_default();
        format!("Lead {} becomes {}{next}.", lead.id.short(), lead.status)
    }));
    lines.extend(
        changes.booked.iter().map(|b| format!("An appointment is booked for {}.", b.starts_at.iso())),
    );
    lines.extend(counted(changes).iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}.")));
    if lines.is_empty() {
        lines.push("Nothing will change.".into());
    }
    lines
}

/// Applies a stored delivery again.
///
/// # Errors
/// `not_found`.
pub fn replay(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, actor: &str) -> Result<(String, ClientId)> {
    let stored = stored(tx, id)?;
    let (applied, kind, text) = match reread(&stored) {
        Ok(d) => {
            let foresee =
                |facts: &Facts| -> BTreeSet<Need> { foreseen(facts, &d.message).into_iter().collect() };
            let decide = |unit: &mut Unit<'_>| applied(unit, &Defaults::default(), &d);
            let applied = unit::settle(tx, ctx, Facts::default(), &foresee, decide)?;
            let text = format!("replayed: {}", applied.note);
            (applied, d.message.kind.clone(), text)
        }
        // Nothing can be done with it: a person has looked, and it stands in nobody's way.
        Err(e) => {
            let note = format!("cannot be read ({e}); set aside by {actor}");
            let status = WebhookStatus::Ignored;
            let (client, reply) = (stored.client, stored.reply.clone());
            (Applied { client, call: None, status, note: note.clone(), reply }, "unreadable".to_owned(), note)
        }
    };
    // What it did when it came stays what is told about it.
    if applied.status != WebhookStatus::Ignored || stored.status != WebhookStatus::Applied {
        webhooks::reapplied(tx, id, &applied, ctx.now())?;
    }
    let data = Payload::Webhook { status: applied.status, kind, call: applied.call, replayed: true };
    let subject = ("webhook", &*id.to_string());
    ctx.event(tx, kind::WEBHOOK_STORED, applied.client, None, subject, actor, &text, data)?;
    Ok((text, applied.client))
}
