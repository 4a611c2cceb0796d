//! What people and operators do about appointments, and about messages of unknown fate: at any
//! moment, and sometimes twice.

use super::ledger::{How, Scope};
use super::world::{Broken, Step, World};
use frontdesk_daemon::flows::appointments::{self, Done};
use frontdesk_daemon::flows::links::{self, Outcome, Pressed, Wish};
use frontdesk_daemon::flows::messages;
use frontdesk_domain::appointment::By;
use frontdesk_domain::{booking, link};
use frontdesk_shared::contact::Purpose;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{AppointmentId, ClientId, JobId, LeadId, MessageId, Millis};
use frontdesk_store::clients::{self, Client};
use frontdesk_store::{Error, Result as StoreResult, jobs, leads, messages as table, params};

/// An appointment as the diary shows it.
struct Entry {
    id: AppointmentId,
    client: ClientId,
    starts_at: Millis,
    status: AppointmentStatus,
}

impl World<'_> {
    /// Somebody does something about an appointment, or about a message nobody knows the fate of.
    pub fn diary(&mut self) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        if self.dice.per_mille(200) {
            return self.settle_message();
        }
        if self.dice.per_mille(150) {
            return self.book_by_hand();
        }
        if self.dice.per_mille(350) {
            return self.open_link();
        }
        let entries: Vec<Entry> = self.read(|tx| {
            tx.all("SELECT id, client_id, starts_at, status FROM appointment ORDER BY id", &[], |r| {
                Ok(Entry {
                    id: r.get(0)?,
                    client: r.get(1)?,
                    starts_at: r.get(2)?,
                    status: r.word(3, AppointmentStatus::parse)?,
                })
            })
        })?;
        if entries.is_empty() {
            return Ok(());
        }
        let n = self.dice.below(entries.len());
        let times = if self.dice.per_mille(100) { 2 } else { 1 };
        let choice = self.dice.below(10);
        for _ in 0..times {
            self.change(&entries[n], choice)?;
        }
        Ok(())
    }

    fn change(&mut self, entry: &Entry, choice: usize) -> Result<(), Broken> {
        let Entry { id, client, starts_at, status } = *entry;
        let (now, ctx) = (self.now(), self.ctx.clone());
        let Some(client) = self.read(|tx| clients::by_id(tx, client))? else { return Ok(()) };
        let person = By { actor: "link", act: Some(now), by_business: false };
        let business = By { actor: "sim", act: None, by_business: true };
        let name = id.short();
        // Whether somebody came is asked once it has begun.
        if starts_at <= now && status != AppointmentStatus::Cancelled {
            let came = choice < 7;
            self.say(&format!("appointment {name}: came {came}"));
            return self.done("marked", |tx| appointments::mark(tx, &ctx, (&client, id), came, business));
        }
        let by = if choice.is_multiple_of(2) { person } else { business };
        if choice < 5 {
            self.say(&format!("appointment {name} is called off by {}", by.actor));
            return self.done("cancelled", |tx| appointments::cancel(tx, &ctx, (&client, id), by));
        }
        let Some(to) = self.wished(&client) else { return Ok(()) };
        self.say(&format!("appointment {name} is to be at {} for {}", to.iso(), by.actor));
        self.done("moved", |tx| appointments::reschedule(tx, &ctx, (&client, id), to, by))
    }

    /// A time the client offers, whether somebody has it already or not.
    fn wished(&mut self, client: &Client) -> Option<Millis> {
        let now = self.now();
        let from = now + self.dice.between(0, 6 * DAY);
        let rules = self.ctx.house.rules(client);
        let slots = booking::free_slots(&rules.booking, now, from, &[], 4);
        (!slots.is_empty()).then(|| self.dice.pick(&slots).start)
    }

    fn done(
        &mut self,
        what: &'static str,
        act: impl FnMut(&mut frontdesk_store::Tx<'_>) -> StoreResult<Done>,
    ) -> Result<(), Broken> {
        match self.try_write(act)? {
            Ok(Done::Is(_)) => {
                self.count(match what {
                    "marked" => "appointments marked",
                    "cancelled" => "appointments cancelled",
                    "moved" => "appointments moved",
                    _ => "appointments made by hand",
                });
                Ok(())
            }
            Ok(Done::Was(_) | Done::Refused(_) | Done::TooEarly(_))
            | Err(Error::Refused(_) | Error::NoRow) => Ok(()),
            Err(e) => Err(format!("an appointment could not be {what}: {e}")),
        }
    }

    fn book_by_hand(&mut self) -> Result<(), Broken> {
        let all: Vec<LeadId> =
            self.read(|tx| tx.all("SELECT id FROM lead ORDER BY id", &[], |r| r.get(0)))?;
        if all.is_empty() {
            return Ok(());
        }
        let id = *self.dice.pick(&all);
        let lead = self.read(|tx| leads::need(tx, id))?;
        let Some(client) = self.read(|tx| clients::by_id(tx, lead.client))? else { return Ok(()) };
        let Some(at) = self.wished(&client) else { return Ok(()) };
        let ctx = self.ctx.clone();
        let by = By { actor: "sim", act: None, by_business: true };
        self.say(&format!("an appointment at {} is made for lead {}", at.iso(), id.short()));
        self.done("made", |tx| appointments::book(tx, &ctx, (&client, &lead), (at, "a check-up"), by))
    }

    /// A person opens a link in a message they have, and presses a button once or twice.
    fn open_link(&mut self) -> Result<(), Broken> {
        let texts = self.carrier.texts.iter().filter(|text| text.has_arrived()).map(|text| text.id);
        let all: Vec<MessageId> = texts.chain(self.carrier.mails.keys().copied()).collect();
        if all.is_empty() {
            return Ok(());
        }
        let id = *self.dice.pick(&all);
        let (ctx, now) = (self.ctx.clone(), self.now());
        let Some(message) = self.read(|tx| table::by_ids(tx, &[id]))?.pop() else { return Ok(()) };
        if message.appointment.is_none() {
            return match message.purpose {
                Purpose::Marketing => self.unsubscribe(&message),
                _ => Ok(()),
            };
        }
        let Some(visit) = self.read(|tx| links::look(tx, &ctx, id))? else {
            return Err(format!("nothing is behind the link in message {}", id.short()));
        };
        let wish = match self.dice.below(4) {
            0 | 1 => Wish::Cancel,
            2 => Wish::TakeAgain,
            _ => self.wished(&visit.client).map_or(Wish::Cancel, Wish::Move),
        };
        let secret = ctx.house.lines.link_secret.clone().ok_or("links are not signed")?;
        // Some leave the page open for hours.
        let opened = now - if self.dice.per_mille(100) { 3 * HOUR } else { 0 };
        let nonce = link::nonce(&secret, link::APPOINTMENT, id, visit.booking.sequence, opened);
        let times = if self.dice.per_mille(200) { 2 } else { 1 };
        for _ in 0..times {
            let pressed = Pressed { wish, nonce: &nonce, address: "" };
            let outcome = match self.try_write(|tx| links::press(tx, &ctx, id, pressed))? {
                Ok(pressed) => pressed.map(|(_, outcome)| outcome),
                Err(Error::Refused(_)) => None,
                Err(e) => return Err(format!("a link could not be used: {e}")),
            };
            self.say(&format!("link in message {}: {wish:?} → {}", id.short(), told(outcome.as_ref())));
            self.count("links used");
        }
        Ok(())
    }

    /// A person ends everything by the link of a message.
    fn unsubscribe(&mut self, message: &table::Message) -> Result<(), Broken> {
        let (ctx, id) = (self.ctx.clone(), message.id);
        self.write(|tx| links::unsubscribe(tx, &ctx, id, ""))?;
        let reads = |p: &super::world::Person| p.number == message.address || p.mail == message.address;
        if let Some(person) = self.people.iter().position(reads) {
            self.opted_out(Scope::Client(message.client), person, How::Otherwise("by a link"));
            self.count("unsubscribed");
        }
        Ok(())
    }

    /// A person looks at the carrier's page, or asks the recipient, and says what happened.
    fn settle_message(&mut self) -> Result<(), Broken> {
        let now = self.now();
        let open: Vec<(JobId, MessageId)> = self.read(|tx| {
            let sql = "SELECT j.id, m.id FROM job j JOIN message m ON m.job_id = j.id
                 WHERE j.state = 'uncertain' AND m.status = 'uncertain' AND m.created_at < $1 ORDER BY m.id";
            tx.all(sql, params![now - HOUR], |r| Ok((r.get(0)?, r.get(1)?)))
        })?;
        let Some((job, message)) = open.first().copied() else { return Ok(()) };
        let happened = self.carrier.took(message);
        let Some(job) = self.read(|tx| jobs::by_id(tx, job))? else { return Ok(()) };
        let ctx = self.ctx.clone();
        self.write(|tx| messages::by_hand(tx, &ctx, &job, message, happened, "sim"))?;
        self.say(&format!("message {} is settled: sent {happened}", message.short()));
        self.count("messages settled by hand");
        Ok(())
    }

    /// An appointment was made: somebody may change their mind.
    pub fn may_change(&mut self) {
        if self.dice.per_mille(500) {
            self.soon(HOUR, 8 * DAY, Step::Diary);
        }
    }
}

fn told(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        None => "nothing",
        Some(Outcome::Cancelled) => "cancelled",
        Some(Outcome::Moved) => "moved",
        Some(Outcome::TakenAgain) => "taken again",
        Some(Outcome::Refused(_)) => "refused",
        Some(Outcome::Stale) => "stale",
        Some(Outcome::NotAllowed) => "not allowed",
    }
}
