//! What must hold for texts, emails and appointments: at every intent, after every step, and at the
//! end. What left is asked of the carrier and the mail server, not of the product's rows.

use super::ledger::{How, Scope};
use super::world::{Broken, World};
use frontdesk_domain::job::SendMessage;
use frontdesk_domain::message::kinds::Kind;
use frontdesk_domain::sending::Dispatch;
use frontdesk_providers::sms::{TextClass, class_of_code};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::message::{AppointmentStatus, MessageStatus};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{AppointmentId, ClientId, JobId, LeadId, MessageId, Millis};
use frontdesk_store::params;
use std::collections::BTreeMap;

/// A refusal is answered within this, once.
const CONFIRMED_WITHIN_MS: i64 = 5 * MINUTE;
/// What a person did is answered at any hour within this.
const ANSWERED_WITHIN_MS: i64 = 10 * MINUTE;
/// So long before the end everything that can settle has settled.
const SETTLED_MS: i64 = 90 * MINUTE;

/// What one message is, of which there may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// Of a kind and channel, about an appointment as it stood.
    About(AppointmentId, i64, Kind, Channel),
    /// A step of a sequence in one enquiry.
    Step(LeadId, i64, Kind),
    /// An answer to what a person did at an instant.
    Answer(LeadId, Kind, Option<Millis>),
}

/// An intent to write, as it was when it was committed.
struct Intent {
    client: ClientId,
    person: usize,
    key: Key,
    marketing: bool,
    at: Millis,
}

/// An appointment from one change to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stand {
    sequence: i64,
    starts_at: Millis,
    status: AppointmentStatus,
    lead: Option<LeadId>,
    at: Millis,
}

/// What was seen after the step before.
#[derive(Default)]
pub(super) struct Watch {
    intents: BTreeMap<MessageId, Intent>,
    seen: BTreeMap<MessageId, MessageStatus>,
    diary: BTreeMap<AppointmentId, Vec<Stand>>,
    since: Millis,
}

impl Watch {
    /// Whether an appointment stood at a time once.
    pub fn was_at(&self, id: i64, at: Millis) -> bool {
        self.diary.get(&AppointmentId(id)).into_iter().flatten().any(|stand| stand.starts_at == at)
    }
}

impl World<'_> {
    /// A message was intended: whether it may be, as far as the world can tell.
    pub fn intended(&mut self, sent: &Dispatch) -> Result<(), Broken> {
        let message = &sent.message;
        let (name, now) = (message.id.short(), self.now());
        let what = format!("{} {} {name}", message.channel, message.kind);
        self.say(&format!("claimed {what} of lead {} by job {}", sent.lead.id.short(), sent.job.id.short()));
        self.count("messages intended");
        let is_their = |p: &super::world::Person| p.number == message.address || p.mail == message.address;
        let Some(person) = self.people.iter().position(is_their) else {
            return Err(format!("{what} is to nobody"));
        };
        let wanted = SendMessage::of(&sent.job).map_err(|e| e.to_string())?;
        let kind = Kind::parse(&message.kind).ok_or("a message of no kind")?;
        let lead = sent.lead.id;
        let key = match (message.appointment, message.purpose) {
            (Some(id), _) => Key::About(id, wanted.sequence, kind, message.channel),
            (None, Purpose::Marketing) => Key::Step(lead, sent.lead.episode, kind),
            (None, _) => Key::Answer(lead, kind, wanted.answers),
        };
        let intent = Intent {
            client: message.client,
            person,
            key,
            marketing: message.purpose == Purpose::Marketing,
            at: now,
        };
        self.only_one(&intent, &what)?;
        self.welcome(&intent, (kind, message.channel), &what)?;
        self.about_what_stands(message.appointment, (wanted.sequence, kind), &what)?;
        let answers = wanted.answers.is_some_and(|act| now.since(act) <= ANSWERED_WITHIN_MS);
        self.in_time(&intent, message.channel, answers, &what)?;
        if intent.marketing {
            self.sells(&intent, message.channel, &what)?;
        }
        self.watch.messages.intents.insert(message.id, intent);
        Ok(())
    }

    /// Nothing of unknown fate and nothing that left is written again.
    fn only_one(&self, fresh: &Intent, what: &str) -> Result<(), Broken> {
        for (id, intent) in &self.watch.messages.intents {
            if intent.key != fresh.key || intent.client != fresh.client {
                continue;
            }
            // What did not arrive may be sent once more by hand.
            let lost = self.carrier.text(*id).is_some_and(|text| text.code().is_some());
            if lost {
                continue;
            }
            if self.carrier.took(*id) {
                return Err(format!("{what} is sent again: {} had left", id.short()));
            }
            let status = self.read(|tx| {
                tx.optional("SELECT status FROM message WHERE id = $1", params![*id], |r| {
                    r.word(0, MessageStatus::parse)
                })
            })?;
            if !matches!(status, Some(MessageStatus::Refused | MessageStatus::Failed)) {
                return Err(format!("{what} is sent again: {} is {status:?}", id.short()));
            }
        }
        Ok(())
    }

    /// The person did not refuse, and the address takes such messages.
    fn welcome(&self, intent: &Intent, (kind, channel): (Kind, Channel), what: &str) -> Result<(), Broken> {
        let Intent { client, person, at, .. } = *intent;
        if self.ledger.paused || self.ledger.still.contains(&client) {
            return Err(format!("{what} while everything is paused"));
        }
        let mut refusals =
            self.refusals(client, person).filter(|o| !(o.texts_again && channel == Channel::Sms));
        let confirms = |since: Millis| {
            kind == Kind::OptOutConfirmed && (0..=CONFIRMED_WITHIN_MS).contains(&at.since(since))
        };
        if refusals.any(|o| !confirms(o.at)) {
            return Err(format!("person {person} opted out and is written to: {what}"));
        }
        let mut doubts = self.ledger.doubts.iter().filter(|(c, p, _)| (*c, *p) == (client, person));
        if doubts.any(|(_, _, since)| !confirms(*since)) {
            return Err(format!("person {person} may have refused and is written to: {what}"));
        }
        if self.ledger.unfit.contains(&(client, person, channel)) {
            return Err(format!("the address of person {person} takes none and is written to: {what}"));
        }
        Ok(())
    }

    /// What is written about an appointment is about the appointment as it stands.
    fn about_what_stands(
        &self,
        id: Option<AppointmentId>,
        (sequence, kind): (i64, Kind),
        what: &str,
    ) -> Result<(), Broken> {
        let Some(id) = id else { return Ok(()) };
        let (stands, starts_at, now) = self.read(|tx| {
            let sql = "SELECT status, starts_at, sequence FROM appointment WHERE id = $1";
            tx.one(sql, params![id], |r| {
                Ok((r.word(0, AppointmentStatus::parse)?, r.get::<Millis>(1)?, r.get::<i64>(2)?))
            })
        })?;
        if now != sequence {
            return Err(format!("{what} is about an appointment that has changed since"));
        }
        let ends = matches!(kind, Kind::Cancelled | Kind::CancelledByBusiness);
        match stands {
            AppointmentStatus::Cancelled if ends => Ok(()),
            AppointmentStatus::Booked if !ends && starts_at > self.now() => Ok(()),
            AppointmentStatus::Booked if !ends => {
                Err(format!("{what} is about an appointment that has begun"))
            }
            status => Err(format!("{what} is about an appointment that is {status}")),
        }
    }

    /// Texts leave by day where the person is; mails are read when their reader likes.
    fn in_time(&self, intent: &Intent, channel: Channel, answers: bool, what: &str) -> Result<(), Broken> {
        if channel == Channel::Email || answers {
            return Ok(());
        }
        let local = self.clock_of(intent.person, intent.at)?;
        let sunday = intent.marketing && local.weekday() == jiff::civil::Weekday::Sunday;
        let from = if intent.marketing { 9 } else { 8 };
        if sunday || !(from..20).contains(&local.hour()) {
            return Err(format!("{what} at {local} where person {} is", intent.person));
        }
        Ok(())
    }

    /// What sells is agreed to, and within what one person gets of one client.
    fn sells(&self, intent: &Intent, channel: Channel, what: &str) -> Result<(), Broken> {
        let Intent { client, person, at, .. } = *intent;
        if !self.ledger.consents.contains(&(client, person, channel)) {
            return Err(format!("person {person} never consented: {what}"));
        }
        let sold = self.watch.messages.intents.iter().filter(|(id, other)| {
            other.marketing && (other.client, other.person) == (client, person) && self.carrier.took(**id)
        });
        let times: Vec<Millis> =
            sold.map(|(_, other)| other.at).chain(self.rang_at(client, person)).collect();
        for (within, most, words) in [(DAY, 3, "a day"), (7 * DAY, 7, "a week")] {
            let recent = times.iter().filter(|then| at.since(**then) < within).count();
            if recent >= most {
                return Err(format!("outside the budget: {what} is contact {} in {words}", recent + 1));
            }
        }
        Ok(())
    }

    fn person_of(&self, address: &str) -> Option<usize> {
        self.people.iter().position(|p| p.number == address || p.mail == address)
    }
}

/// A row of a message that changed.
struct Row {
    id: MessageId,
    client: ClientId,
    address: String,
    channel: Channel,
    status: MessageStatus,
    code: String,
}

/// After steps that changed something.
pub(super) fn after_step(world: &mut World<'_>) -> Result<(), Broken> {
    let since = world.watch.messages.since;
    world.watch.messages.since = world.now();
    let rows: Vec<Row> = world.read(|tx| {
        let sql = "SELECT id, client_id, address, channel, status, code FROM message
             WHERE updated_at >= $1 AND direction = 'outbound' ORDER BY id";
        tx.all(sql, params![since], |r| {
            Ok(Row {
                id: r.get(0)?,
                client: r.get(1)?,
                address: r.get(2)?,
                channel: r.word(3, Channel::parse)?,
                status: r.word(4, MessageStatus::parse)?,
                code: r.get(5)?,
            })
        })
    })?;
    for row in rows {
        changed(world, &row)?;
    }
    diary(world, since)?;
    void(world)
}

fn changed(world: &mut World<'_>, row: &Row) -> Result<(), Broken> {
    let (id, now) = (row.id, row.status);
    let name = id.short();
    let before = world.watch.messages.seen.insert(id, now);
    if before.is_none() && !world.watch.messages.intents.contains_key(&id) {
        return Err(format!("message {name} is sent by nobody"));
    }
    if let Some(before) = before.filter(|before| *before != now) {
        if now.rank() < before.rank() || before.is_final() || now == MessageStatus::Sending {
            return Err(format!("message {name} went back from {before} to {now}"));
        }
        let took = world.carrier.took(id);
        let left = match now {
            MessageStatus::Accepted
            | MessageStatus::Sent
            | MessageStatus::Delivered
            | MessageStatus::Undelivered => Some(true),
            MessageStatus::Refused | MessageStatus::Failed => Some(false),
            MessageStatus::Sending | MessageStatus::Uncertain | MessageStatus::Received => None,
        };
        if left.is_some_and(|left| left != took) {
            return Err(format!("message {name} is {now}, and in truth it left: {took}"));
        }
        if now == MessageStatus::Uncertain {
            world.count("messages of unknown fate");
        }
        if before == MessageStatus::Uncertain {
            world.count("messages of unknown fate resolved");
        }
    }
    if before == Some(now) || !matches!(now, MessageStatus::Refused | MessageStatus::Undelivered) {
        return Ok(());
    }
    // What the carrier says of the person counts from here on.
    let Some(person) = world.person_of(&row.address) else { return Ok(()) };
    match row.code.parse().map(class_of_code) {
        Ok(TextClass::OptedOut) => world.opted_out(Scope::Client(row.client), person, How::ByText),
        Ok(TextClass::Recipient) => world.ledger.unfit.push((row.client, person, row.channel)),
        _ if row.code == "no-such-address" => world.ledger.unfit.push((row.client, person, row.channel)),
        _ => {}
    }
    Ok(())
}

/// Appointments only change with their number of changes, and no slot has two.
fn diary(world: &mut World<'_>, since: Millis) -> Result<(), Broken> {
    let at = world.now();
    let rows: Vec<(AppointmentId, Stand)> = world.read(|tx| {
        let sql = "SELECT id, sequence, starts_at, status, lead_id FROM appointment
             WHERE updated_at >= $1 ORDER BY id";
        tx.all(sql, params![since], |r| {
            let stand = Stand {
                sequence: r.get(1)?,
                starts_at: r.get(2)?,
                status: r.word(3, AppointmentStatus::parse)?,
                lead: r.get(4)?,
                at,
            };
            Ok((r.get(0)?, stand))
        })
    })?;
    let mut news = false;
    for (id, stand) in rows {
        let past = world.watch.messages.diary.entry(id).or_default();
        let last = past.last().copied();
        if last.is_some_and(|last| Stand { at: last.at, lead: last.lead, ..stand } == last) {
            continue;
        }
        if let Some(last) = last {
            if stand.sequence <= last.sequence {
                return Err(format!("appointment {} changed and its number of changes did not", id.short()));
            }
            if last.status == AppointmentStatus::Cancelled {
                return Err(format!("appointment {} was cancelled and is {}", id.short(), stand.status));
            }
        }
        past.push(stand);
        news = true;
    }
    if !news {
        return Ok(());
    }
    let doubled: Option<(AppointmentId, AppointmentId)> = world.read(|tx| {
        let sql = "SELECT a.id, b.id FROM appointment a JOIN appointment b
             ON a.client_id = b.client_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
             WHERE a.status = 'booked' AND b.status = 'booked' LIMIT 1";
        tx.optional(sql, &[], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    match doubled {
        Some((a, b)) => Err(format!("appointments {} and {} have one slot", a.short(), b.short())),
        None => Ok(()),
    }
}

/// Nothing waits to be written about an appointment as it stands no more, but for what a person put
/// back: a claim looks at that again.
fn void(world: &World<'_>) -> Result<(), Broken> {
    let waiting: Vec<(JobId, String)> = world.read(|tx| {
        let sql = "SELECT id, payload FROM job j WHERE state = 'ready' AND lane IN ('sms', 'email')
             AND reason NOT LIKE 'retried by%' AND NOT EXISTS
                 (SELECT 1 FROM job_key WHERE job_id = j.id AND key LIKE 'message:again:%') ORDER BY id";
        tx.all(sql, &[], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    for (id, payload) in waiting {
        let wanted: SendMessage = serde_json::from_str(&payload).map_err(|e| e.to_string())?;
        let Some(appointment) = wanted.appointment else { continue };
        let stands = world.watch.messages.diary.get(&appointment).and_then(|past| past.last());
        if stands.is_none_or(|stand| stand.sequence != wanted.sequence) {
            return Err(format!(
                "{} {} waits and its appointment has changed: job {}",
                wanted.channel,
                wanted.message,
                id.short()
            ));
        }
    }
    Ok(())
}

/// Once nothing went wrong any more for hours.
pub(super) fn at_the_end(world: &mut World<'_>) -> Result<(), Broken> {
    fates(world)?;
    let past: Vec<(AppointmentId, Vec<Stand>)> =
        world.watch.messages.diary.iter().map(|(id, past)| (*id, past.clone())).collect();
    for (id, past) in past {
        for (n, stand) in past.iter().enumerate() {
            let until = past.get(n + 1).map_or(world.now(), |next| next.at);
            announced(world, id, (n, stand), until)?;
        }
    }
    Ok(())
}

/// Every message came to an end, or people are told that nobody knows.
fn fates(world: &mut World<'_>) -> Result<(), Broken> {
    let now = world.now();
    let open: Vec<(MessageId, MessageStatus, Channel)> = world.read(|tx| {
        let sql = "SELECT id, status, channel FROM message WHERE direction = 'outbound' AND created_at < $1
             AND status IN ('sending', 'uncertain') ORDER BY id";
        tx.all(sql, params![now - SETTLED_MS], |r| {
            Ok((r.get(0)?, r.word(1, MessageStatus::parse)?, r.word(2, Channel::parse)?))
        })
    })?;
    for (id, status, channel) in open {
        let name = id.short();
        if status == MessageStatus::Sending {
            return Err(format!("message {name} is on its way for ever"));
        }
        if !is_told(world, "message.uncertain", &id.to_string())? {
            return Err(format!("message {name} is of unknown fate and nobody is told"));
        }
        let truth = if world.carrier.took(id) { "left" } else { "did not leave" };
        world.say(&format!("{channel} {name} stays of unknown fate; in truth it {truth}"));
        world.count(if world.carrier.took(id) {
            "of unknown fate at the end: left"
        } else {
            "of unknown fate at the end: did not leave"
        });
    }
    let silent: Vec<MessageId> = world.read(|tx| {
        let sql = "SELECT id FROM message WHERE status = 'accepted' AND created_at > $1 AND created_at < $2";
        tx.all(sql, params![now - DAY, now - 10 * HOUR], |r| r.get(0))
    })?;
    match silent.first() {
        Some(id) => Err(format!("text {} was taken and nobody asks what became of it", id.short())),
        None => Ok(()),
    }
}

fn is_told(world: &World<'_>, kind: &str, subject: &str) -> Result<bool, Broken> {
    let sql = "SELECT count(*) FROM fault_instance i JOIN fault f ON f.id = i.fault_id
         WHERE f.kind = $1 AND i.subject_id = $2";
    Ok(world.read(|tx| tx.count(sql, params![kind, subject]))? > 0)
}

/// Whether a number was on record at an instant as one that is not to be texted.
fn takes_no_texts(world: &World<'_>, number: &str, at: Millis) -> Result<bool, Broken> {
    let sql = "SELECT count(*) FROM suppression WHERE address = $1 AND channel IN ('all', 'sms')
         AND created_at <= $2 AND (active OR ended_at >= $2)";
    Ok(world.read(|tx| tx.count(sql, params![number, at]))? > 0)
}

/// A job as it ended.
struct Ended {
    id: JobId,
    state: String,
    reason: String,
    useful_until: Option<Millis>,
}

/// Whoever can be texted hears of an appointment as it came to stand, and is reminded of it; or it is
/// known why not.
fn announced(
    world: &mut World<'_>,
    id: AppointmentId,
    (n, stand): (usize, &Stand),
    until: Millis,
) -> Result<(), Broken> {
    let Some(lead) = stand.lead.filter(|_| stand.status == AppointmentStatus::Booked) else { return Ok(()) };
    let identity: String =
        world.read(|tx| tx.one("SELECT identity FROM lead WHERE id = $1", params![lead], |r| r.get(0)))?;
    let texts = world.person_of(&identity).is_some_and(|person| world.people[person].texts);
    let kind = if n == 0 { Kind::Confirmation } else { Kind::Moved };
    let ahead = stand.starts_at.since(stand.at);
    let wants = [
        (kind, texts && ahead > 0, stand.at),
        (Kind::Reminder24h, texts && ahead > 50 * HOUR, stand.starts_at - DAY),
    ];
    for (kind, wanted, due) in wants {
        let Some(job) = planned(world, id, stand.sequence, kind)? else {
            if wanted && !takes_no_texts(world, &identity, stand.at)? {
                return Err(format!("nothing was planned: {kind} of appointment {}", id.short()));
            }
            continue;
        };
        let stood = until == world.now() && due < until - SETTLED_MS;
        let name = format!("{kind} of appointment {}", id.short());
        explained(world, &job, &name)?;
        if stood && job.reason.starts_with("the appointment was ") && job.state == "cancelled" {
            return Err(format!("{name} was taken back though it stood: {}", job.reason));
        }
    }
    Ok(())
}

fn planned(world: &World<'_>, id: AppointmentId, sequence: i64, kind: Kind) -> Result<Option<Ended>, Broken> {
    let key = format!("message:{id}:{sequence}:{kind}:sms");
    world.read(|tx| {
        let sql =
            "SELECT j.id, j.state, j.reason, j.useful_until FROM job j JOIN job_key k ON k.job_id = j.id
             WHERE k.key = $1";
        tx.optional(sql, params![key.as_str()], |r| {
            Ok(Ended { id: r.get(0)?, state: r.get(1)?, reason: r.get(2)?, useful_until: r.get(3)? })
        })
    })
}

fn explained(world: &mut World<'_>, job: &Ended, name: &str) -> Result<(), Broken> {
    let messages: Vec<(MessageId, String)> = world.read(|tx| {
        let sql = "SELECT id, code FROM message WHERE job_id = $1 ORDER BY id";
        tx.all(sql, params![job.id], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    match job.state.as_str() {
        "done" if messages.iter().any(|(id, _)| world.carrier.took(*id)) => {
            world.count("appointments told of");
            Ok(())
        }
        "done" => Err(format!("{name} is done and never left")),
        "dead" => {
            let opted_out = messages.iter().any(|(_, code)| code == "21610");
            let subjects = messages.iter().map(|(id, _)| id.to_string());
            let mut told = opted_out;
            for subject in subjects {
                told |= is_told(world, "message.refused", &subject)?;
            }
            let lead = "SELECT lead_id FROM job WHERE id = $1";
            let lead: Option<LeadId> =
                world.read(|tx| tx.one(lead, params![job.id], |r| r.get::<Option<LeadId>>(0)))?;
            if let Some(lead) = lead {
                told |= is_told(world, "message.not-sent", &lead.to_string())?;
            }
            world.count("messages that died");
            if told { Ok(()) } else { Err(format!("{name} died and nobody is told: {}", job.reason)) }
        }
        "cancelled" | "expired" if job.reason.is_empty() => {
            Err(format!("{name} is {} without a reason", job.state))
        }
        "ready" if job.useful_until.is_some_and(|at| at < world.now() - SETTLED_MS) => {
            Err(format!("{name} waits and is of no use any more"))
        }
        _ => Ok(()),
    }
}
