//! Messages in transactions: claimed under their account's pace, settled, looked up, reported.
//!
//! What is decided is in `frontdesk_domain::sending`.

use super::{Ctx, clock, unit};
use frontdesk_domain::client::HOUSE;
use frontdesk_domain::job::{LANE_EMAIL, LANE_SMS, SendMessage};
use frontdesk_domain::lead::Lead;
use frontdesk_domain::message::kinds::Kind;
use frontdesk_domain::message::segments::{self, Coding};
use frontdesk_domain::records::Booking;
use frontdesk_domain::scope::Stop;
use frontdesk_domain::sending::{
    self, Answer, Dispatch, Message, RESEND, Runner, SIGNALWIRE, SMTP, TWILIO, TestMessage,
};
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::rpc::Composed;
use frontdesk_shared::time::{DAY, HOUR, SECOND};
use frontdesk_shared::{ClientId, JobId, MessageId, Millis};
use frontdesk_store::clients::{self, Client};
use frontdesk_store::jobs::{self, Job};
use frontdesk_store::{Error, Refusal, Result, Tx, appointments, holds, house, leads, messages, meta};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Jobs looked at in one claim at most, so that a long run of refusals cannot hold the writer.
const LOOKED_AT: usize = 64;
/// Requests that may leave at once after a pause, in seconds of the pace.
const BURST_S: i64 = 1;

/// What a claim brought.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Requests to send.
    pub dispatches: Vec<Dispatch>,
    /// Jobs that were looked at and put off, taken back or stopped.
    pub put_off: usize,
    /// The client served last, for the next turn.
    pub last_served: Option<ClientId>,
    /// When the account's pace lets the next one go, where that is what the rest waits for.
    pub paced_to: Option<Millis>,
}

/// How fast an account may send.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Milliseconds between two requests, times a thousand.
    interval_us: i64,
}

impl Pace {
    /// So many in a second.
    pub fn per_second(n: u32) -> Self {
        Self { interval_us: 1_000_000 / i64::from(n.max(1)) }
    }

    /// So many in a minute.
    pub fn per_minute(n: u32) -> Self {
        Self { interval_us: 60_000_000 / i64::from(n.max(1)) }
    }

    /// How many may leave now, and from when on the next after them may; `paced_to` is until when
    /// the account has sent ahead.
    fn room(self, now: Millis, paced_to: Millis) -> i64 {
        let ahead = paced_to.since(now).max(-BURST_S * SECOND);
        if ahead > 0 { 0 } else { -ahead * 1000 / self.interval_us + 1 }
    }

    /// Until when an account has sent ahead. It can be one request at most: what lies further in the
    /// future was written by a clock that was wrong, and counts as the present.
    fn believed(self, now: Millis, paced_to: Millis) -> Millis {
        if paced_to > now + (self.interval_us + 999) / 1000 { now } else { paced_to }
    }

    fn after(self, now: Millis, paced_to: Millis, sent: i64) -> Millis {
        let from = paced_to.max(now - BURST_S * SECOND);
        from + (sent * self.interval_us + 999) / 1000
    }
}

/// Claims up to `want` messages of a channel.
///
/// # Errors
/// As the statements fail.
pub fn claim(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    channel: Channel,
    (want, pace): (usize, Pace),
    last_served: ClientId,
) -> Result<Claimed> {
    let now = ctx.now();
    let mut out = Claimed::default();
    if meta::get(tx, meta::DIALING_PAUSED)?.is_some() {
        return Ok(out);
    }
    let lane = if channel == Channel::Email { LANE_EMAIL } else { LANE_SMS };
    let usual = if channel == Channel::Email { &ctx.house.lines.email } else { &ctx.house.lines.sms };
    let provider = usual.as_ref().map_or(TWILIO, |line| line.provider);
    house::lock_account(tx, provider, HOUSE)?;
    let paced_to = pace.believed(now, house::paced_to(tx, provider, HOUSE)?);
    let room = usize::try_from(pace.room(now, paced_to)).unwrap_or(0).min(want);
    if room == 0 {
        out.paced_to = Some(paced_to.max(now + 1));
        return Ok(out);
    }
    let stops = stops(tx, ctx, now)?;
    let mut known: HashMap<ClientId, Option<Arc<Client>>> = HashMap::new();
    while out.dispatches.len() < room && out.dispatches.len() + out.put_off < LOOKED_AT {
        let left = room - out.dispatches.len();
        let jobs = jobs::due(tx, lane, now, left, last_served, |tx, id| {
            if let std::collections::hash_map::Entry::Vacant(unknown) = known.entry(id) {
                unknown.insert(clients::by_id(tx, id)?.map(Arc::new));
            }
            let client = known.get(&id).and_then(Option::as_ref);
            Ok(client.is_some_and(|client| client.status == ClientStatus::Active))
        })?;
        if jobs.is_empty() {
            break;
        }
        out.last_served = jobs.last().map(|job| job.client);
        let taken = take(tx, ctx, &jobs, &known, &stops)?;
        out.put_off += jobs.len() - taken.len();
        out.dispatches.extend(taken);
    }
    if !out.dispatches.is_empty() {
        let sent = i64::try_from(out.dispatches.len()).unwrap_or(i64::MAX);
        house::set_paced_to(tx, provider, HOUSE, pace.after(now, paced_to, sent))?;
    }
    Ok(out)
}

/// Holds in force at every provider of messages, and the cap of mails that is used up.
fn stops(tx: &mut Tx<'_>, ctx: &Ctx, now: Millis) -> Result<Vec<(&'static str, Stop)>> {
    let mut all = Vec::new();
    for provider in [TWILIO, SIGNALWIRE, SMTP, RESEND] {
        all.extend(holds::in_force(tx, provider, now)?.into_iter().map(|stop| (provider, stop)));
    }
    all.extend(caps(tx, ctx, now)?);
    Ok(all)
}

/// What the cap of the account for emails stops: everybody, or whoever takes more than their share.
///
/// # Errors
/// As the statements fail.
pub fn caps(tx: &mut Tx<'_>, ctx: &Ctx, now: Millis) -> Result<Vec<(&'static str, Stop)>> {
    let lines = &ctx.house.lines;
    let Some(line) = lines.email.as_ref().filter(|_| lines.mails_a_day > 0) else { return Ok(Vec::new()) };
    let sent = messages::sent_within(tx, line.provider, (now - DAY, now + clock::AHEAD_MS))?;
    let shared = clients::only(tx)?.is_none();
    let stops = sending::caps(&sent, lines.mails_a_day, shared, now + HOUR);
    Ok(stops.into_iter().map(|stop| (line.provider, stop)).collect())
}

fn take(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    jobs: &[Job],
    known: &HashMap<ClientId, Option<Arc<Client>>>,
    stops: &[(&'static str, Stop)],
) -> Result<Vec<Dispatch>> {
    let runner = Runner { node: ctx.node, lease_until: ctx.now() + ctx.house.lease_ms, stops };
    let mut facts = Facts { clients: known.clone(), ..Facts::default() };
    facts.add_jobs(jobs.iter().cloned());
    let lines = &ctx.house.lines;
    let accounts: BTreeSet<Need> = jobs
        .iter()
        .filter_map(|job| {
            let channel = SendMessage::of(job).ok()?.channel;
            let client = known.get(&job.client)?.as_ref()?;
            let ways = lines.ways(client, channel).into_iter();
            Some(ways.map(|line| Need::Breaker(line.provider, line.account(client))))
        })
        .flatten()
        .collect();
    let foresee = |facts: &Facts| -> BTreeSet<Need> {
        let mut needs = accounts.clone();
        needs.insert(Need::Paused);
        for job in jobs {
            if let Some(id) = job.lead {
                needs.extend([Need::Lead(id), Need::Consents(id), Need::Contacts(id), Need::LastReply(id)]);
                needs.insert(Need::WrittenLately(id));
                let lead = facts.leads.get(&id).and_then(Option::as_ref);
                let addresses = || lead.map(Lead::addresses).into_iter().flatten();
                needs.extend(addresses().map(Need::Suppressions).chain(addresses().map(Need::LeadsOf)));
            }
            needs.extend(TestMessage::of(job).map(|test| Need::Suppressions(test.refused_as())));
            if let Some(appointment) = SendMessage::of(job).ok().and_then(|wanted| wanted.appointment) {
                needs.extend([Need::Appointment(appointment), Need::SentAbout(appointment)]);
            }
        }
        needs
    };
    unit::settle(tx, ctx, facts, &foresee, |unit| {
        let mut dispatches = Vec::new();
        for job in jobs {
            let Some(Some(client)) = known.get(&job.client) else { continue };
            let taken = sending::take(unit, job, client, runner);
            dispatches.extend(unit.each(taken)?.flatten());
        }
        Ok(dispatches)
    })
}

/// Records what became of requests, each by itself decided, all of them written together.
///
/// # Errors
/// `conflict` when one of the leases was lost; as the statements fail.
pub fn settled(tx: &mut Tx<'_>, ctx: &Ctx, answers: &[(Dispatch, Answer)]) -> Result<()> {
    let foresee = |_: &Facts| -> BTreeSet<Need> {
        let needs = answers.iter().flat_map(|(sent, _)| {
            let whose = sent.line.account(&sent.client);
            [Need::Message(sent.message.id), Need::Job(sent.job.id), Need::Breaker(sent.line.provider, whose)]
        });
        needs.collect()
    };
    unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        for (sent, answer) in answers {
            let settled = sending::settle(unit, sent, answer);
            unit.each(settled)?;
        }
        Ok(())
    })
}

/// A person says what happened to a message of unknown fate; in words.
///
/// # Errors
/// As the statements fail.
pub fn by_hand(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: &Job,
    message: MessageId,
    happened: bool,
    actor: &str,
) -> Result<String> {
    let mut facts = Facts::default();
    facts.add_jobs([job.clone()]);
    unit::settle(tx, ctx, facts, &unit::nothing, |unit| {
        sending::by_hand(unit, job, message, happened, actor)?;
        Ok(unit.message(message)?.map(|message| message.why).unwrap_or_default())
    })
}

/// The message that a job of unknown fate was to send.
///
/// # Errors
/// As the statement fails.
pub fn of_job(tx: &mut Tx<'_>, job: &Job) -> Result<Option<Message>> {
    messages::of_job(tx, job.id)
}

/// A message that did not arrive, once more: what would be sent, or why nothing is.
///
/// # Errors
/// As the statements fail.
pub fn may_resend(
    tx: &mut Tx<'_>,
    message: &Message,
) -> Result<std::result::Result<(SendMessage, Option<Booking>), String>> {
    let job = message.job.map_or(Ok(None), |id| jobs::by_id(tx, id))?;
    let successor = jobs::of_key(tx, &sending::once_more_key(message))?;
    let about = message.appointment.as_slice();
    let appointment =
        if about.is_empty() { None } else { appointments::by_ids(tx, about)?.into_iter().next() };
    let sent = sending::Sent { message, job: job.as_ref(), successor, appointment: appointment.as_ref() };
    Ok(sending::may_resend(sent).map(|wanted| (wanted, appointment)))
}

/// Sends a message that did not arrive once more.
///
/// # Errors
/// `conflict` where it is not sent; `not_found` where the person is gone; as the statements fail.
pub fn resend(tx: &mut Tx<'_>, ctx: &Ctx, message: &Message) -> Result<JobId> {
    let (wanted, appointment) = may_resend(tx, message)?.map_err(Refusal::conflict)?;
    let found = message.lead.map_or(Ok(Vec::new()), |id| leads::by_ids(tx, &[id]))?;
    let lead = found.into_iter().next().ok_or_else(|| Refusal::not_found("the person is gone"))?;
    unit::settle(tx, ctx, Facts::default(), &unit::nothing, |unit| {
        Ok(sending::resend(unit, message, &wanted, (&lead, appointment.as_ref())))
    })
}

/// A message of a kind as a lead would get it; about the lead's next appointment, where it is
/// about one.
///
/// # Errors
/// `invalid` where the kind is unknown or something is missing in its template.
pub fn compose(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    lead: &Lead,
    kind: &str,
    channel: Option<Channel>,
) -> Result<Composed> {
    let Some(known) = Kind::parse(kind) else {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        return Err(Refusal::invalid("kind", format!("{kind:?} is not known: {}", words.join(", "))).into());
    };
    let channel = channel.or_else(|| known.channels().first().copied()).unwrap_or(Channel::Sms);
    let client = clients::by_id(tx, lead.client)?.ok_or(Error::NoRow)?;
    let upcoming = appointments::upcoming_of_leads(tx, &[lead.id], ctx.now())?;
    let next = upcoming.iter().min_by_key(|booking| booking.starts_at);
    let at = (ctx.now(), MessageId(ctx.env.id()));
    let text = sending::specimen(&ctx.house, (&client, lead, next), (known, channel), at)
        .map_err(|why| Refusal::invalid("template", why))?;
    let counted = (channel == Channel::Sms).then(|| segments::count(&text.body));
    Ok(Composed {
        kind: known.word().to_owned(),
        channel,
        characters: text.body.chars().count() as u64,
        segments: counted.map_or(0, |counted| counted.segments as u64),
        alphabet: match counted.map(|counted| counted.coding) {
            Some(Coding::Gsm7) => "GSM-7".to_owned(),
            Some(Coding::Ucs2) => "UCS-2".to_owned(),
            None => String::new(),
        },
        subject: text.subject,
        body: text.body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_paced_and_may_catch_up_a_second() {
        let pace = Pace::per_second(20);
        let now = Millis(1_000_000);
        assert_eq!(pace.room(now, Millis(0)), 21, "after a pause a second's worth leaves at once");
        let ahead = pace.after(now, Millis(0), 21);
        assert_eq!(ahead, now + 50);
        assert_eq!(pace.room(now, ahead), 0);
        assert_eq!(pace.room(ahead, ahead), 1);
        assert_eq!(pace.room(now + 500, ahead), 10);
        // A clock that was days ahead holds nobody up for days.
        let back = pace.believed(now, now + 10 * DAY);
        assert_eq!((back, pace.believed(now, ahead)), (now, ahead));
        // Over any stretch no more leaves than the pace and one burst allow.
        let mut paced_to = Millis(0);
        let mut sent = 0;
        for ms in 0..10_000 {
            let at = now + ms;
            let room = pace.room(at, paced_to);
            if room > 0 {
                paced_to = pace.after(at, paced_to, room);
                sent += room;
            }
        }
        assert!((200..=222).contains(&sent), "{sent}");
    }
}
