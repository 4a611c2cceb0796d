//! A unit of work: the facts a set of inputs rests on, and the changes decided so far.
//!
//! Decisions read through it and so see what earlier inputs of the set changed; they write to it
//! and never to a store. A fact that was not loaded stops the decision with its name.

mod changes;
mod facts;
mod need;
mod permissions;
#[cfg(test)]
pub(crate) mod specimens;

pub use changes::{Changes, MirrorChange};
pub use facts::Facts;
pub use need::{Decided, Halt, Need};

use crate::booking::Busy;
use crate::breaker::Breaker;
use crate::calendar::{ClientCalendar, Entry, WrittenEvent};
use crate::call::Call;
use crate::client::Client;
use crate::installation::Installation;
use crate::job::{Job, NewJob};
use crate::lead::Lead;
use crate::message::said::Asked;
use crate::records::{Booking, Delivery, Emitted, ErrorReport, ToolAnswer};
use crate::sending::{Message, MessageText, SentAbout};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::event::Payload;
use frontdesk_shared::job::JobState;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId, MessageId, Millis};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What a decision gets from outside beside its facts.
pub trait Outside {
    /// An id nobody else has.
    fn id(&self) -> i64;
    /// 64 random bits.
    fn bits(&self) -> u64;
    /// Whether a campaign planted this bug, to see that it is found.
    fn planted(&self, _bug: &str) -> bool {
        false
    }
}

/// A job that waits, in what decides whether it is taken back.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'j> {
    /// Its queue.
    pub lane: &'j str,
    /// The call it is about.
    pub call: Option<CallId>,
    /// What it carries.
    pub payload: &'j serde_json::Value,
}

impl<'j> Planned<'j> {
    fn of(job: &'j Job) -> Self {
        Self { lane: &job.lane, call: job.call, payload: &job.payload }
    }

    fn of_new(job: &'j NewJob<'_>) -> Self {
        Self { lane: job.lane, call: job.call, payload: &job.payload }
    }
}

/// A set of inputs being decided.
pub struct Unit<'a> {
    /// The present, the same for the whole set.
    pub now: Millis,
    /// The rules.
    pub house: &'a Installation,
    /// What was decided so far.
    pub changes: Changes,
    /// Facts that single inputs of the set lack; see [`Unit::each`].
    pub lacking: BTreeSet<Need>,
    facts: &'a Facts,
    outside: &'a dyn Outside,
    /// Calls that got their provider's id in this unit.
    named: HashMap<String, CallId>,
}

impl<'a> Unit<'a> {
    /// A unit that has decided nothing yet.
    pub fn new(now: Millis, house: &'a Installation, facts: &'a Facts, outside: &'a dyn Outside) -> Self {
        Self {
            now,
            house,
            changes: Changes { at: now, ..Changes::default() },
            lacking: BTreeSet::new(),
            facts,
            outside,
            named: HashMap::new(),
        }
    }

    /// One input's decision; `None` where it lacks a fact. The others of the set go on, so that
    /// everything lacking is loaded at once, and then all of it is decided anew.
    ///
    /// # Errors
    /// A lost lease.
    pub fn each<T>(&mut self, decided: Decided<T>) -> Decided<Option<T>> {
        match decided {
            Ok(value) => Ok(Some(value)),
            Err(Halt::Need(need)) => {
                self.lacking.insert(need);
                Ok(None)
            }
            Err(lost @ Halt::LeaseLost) => Err(lost),
        }
    }

    /// An id nobody else has.
    pub fn id(&self) -> i64 {
        self.outside.id()
    }

    /// 64 random bits, for jitter.
    pub fn bits(&self) -> u64 {
        self.outside.bits()
    }

    /// Whether a campaign planted this bug.
    pub fn planted(&self, bug: &str) -> bool {
        self.outside.planted(bug)
    }

    /// What lies outside the facts.
    pub fn outside(&self) -> &'a dyn Outside {
        self.outside
    }

    fn known<T>(&self, fact: Option<T>, need: impl FnOnce() -> Need) -> Decided<T> {
        fact.ok_or_else(|| Halt::Need(need()))
    }

    /// Why dialing is paused for everyone, if it is.
    pub fn paused(&self) -> Decided<Option<&'a str>> {
        let paused = self.known(self.facts.paused.as_ref(), || Need::Paused)?;
        Ok(paused.as_deref())
    }

    /// A client.
    pub fn client(&self, id: ClientId) -> Decided<Option<Arc<Client>>> {
        self.known(self.facts.clients.get(&id).cloned(), || Need::Client(id))
    }

    /// The client of an organisation id.
    pub fn client_of_agent(&self, agent: &str) -> Decided<Option<Arc<Client>>> {
        self.known(self.facts.agents.get(agent).cloned(), || Need::Agent(agent.to_owned()))
    }

    /// Clients whose settings mention a text.
    pub fn clients_mentioning(&self, text: &str) -> Decided<&'a [Arc<Client>]> {
        let found = self.facts.mentioning.get(text).map(Vec::as_slice);
        self.known(found, || Need::Mentioning(text.to_owned()))
    }

    /// The client of an installation that has no other.
    pub fn only_client(&self) -> Decided<Option<Arc<Client>>> {
        self.known(self.facts.only_client.clone(), || Need::OnlyClient)
    }

    /// The countries of clients, as which numbers without a code are read.
    pub fn countries(&self) -> Decided<&'a BTreeSet<String>> {
        self.known(self.facts.countries.as_ref(), || Need::Countries)
    }

    /// A call.
    pub fn call(&self, id: CallId) -> Decided<Option<Call>> {
        let own = self.changes.calls.get(&id).or_else(|| self.changes.new_calls.get(&id));
        match own {
            Some(call) => Ok(Some(call.clone())),
            None => self.known(self.facts.calls.get(&id).cloned(), || Need::Call(id)),
        }
    }

    /// The call of a provider's id.
    pub fn call_of_provider(&self, id: &str) -> Decided<Option<Call>> {
        let call = match self.named.get(id) {
            Some(call) => Some(*call),
            None => {
                self.known(self.facts.provider_calls.get(id).copied(), || Need::ProviderCall(id.to_owned()))?
            }
        };
        call.map_or(Ok(None), |call| self.call(call))
    }

    /// Writes a call back.
    pub fn put_call(&mut self, call: Call) {
        if let Some(id) = &call.provider_call_id
            && self.facts.provider_calls.get(id) != Some(&Some(call.id))
        {
            self.named.insert(id.clone(), call.id);
        }
        match self.changes.new_calls.get_mut(&call.id) {
            Some(new) => *new = call,
            None => drop(self.changes.calls.insert(call.id, call)),
        }
    }

    /// Adds a call nobody knew.
    pub fn add_call(&mut self, call: Call) {
        if let Some(id) = &call.provider_call_id {
            self.named.insert(id.clone(), call.id);
        }
        self.changes.new_calls.insert(call.id, call);
    }

    /// How often one attempt of a lead was made.
    pub fn times_attempted(&self, lead: LeadId, episode: i64, attempt: i64) -> Decided<u32> {
        let stored = self.known(self.facts.attempts.get(&(lead, episode, attempt)).copied(), || {
            Need::Attempt(lead, episode, attempt)
        })?;
        let own = self.changes.new_calls.values();
        let own = own.filter(|c| c.lead == Some(lead) && c.episode == episode && c.attempt == attempt);
        Ok(stored + u32::try_from(own.count()).unwrap_or(u32::MAX))
    }

    /// Whether somebody of this lead is on a line with us at this moment.
    pub fn on_the_line(&self, lead: LeadId) -> Decided<bool> {
        let open = match self.changes.new_leads.contains_key(&lead) {
            true => &[][..],
            false => self.known(self.facts.open_calls.get(&lead), || Need::OpenCalls(lead))?,
        };
        for id in open {
            if self.call(*id)?.is_some_and(|call| call.is_live()) {
                return Ok(true);
            }
        }
        Ok(self.changes.new_calls.values().any(|c| c.lead == Some(lead) && c.is_live()))
    }

    /// Answers given to the tools of a provider's call, oldest first.
    pub fn tool_answers(&self, call: &str) -> Decided<Vec<&ToolAnswer>> {
        let stored = self.known(self.facts.tools.get(call), || Need::Tools(call.to_owned()))?;
        Ok(stored.iter().chain(self.changes.tool_answers.iter().filter(|a| a.call == call)).collect())
    }

    /// An appointment as it stands now.
    pub fn appointment(&self, id: AppointmentId) -> Decided<Option<Booking>> {
        let own = self.changes.appointments.get(&id);
        match own.or_else(|| self.changes.booked.iter().find(|b| b.id == id)) {
            Some(booking) => Ok(Some(booking.clone())),
            None => self.known(self.facts.appointments.get(&id).cloned(), || Need::Appointment(id)),
        }
    }

    /// An appointment as it stands now, where it was loaded as part of something else.
    fn current(&self, stored: &Booking) -> Booking {
        self.changes.appointments.get(&stored.id).unwrap_or(stored).clone()
    }

    /// The slot a call holds.
    pub fn booked_in(&self, call: CallId) -> Decided<Option<Booking>> {
        let holds = |b: &Booking| b.call == Some(call) && b.status == AppointmentStatus::Booked;
        if let Some(own) = self.changes.booked.iter().rev().find(|b| holds(b)) {
            return Ok(Some(own.clone()));
        }
        if self.changes.new_calls.contains_key(&call) {
            // Nobody can have booked in a call that begins here.
            return Ok(None);
        }
        let stored = self.known(self.facts.booked_in.get(&call), || Need::BookedIn(call))?;
        Ok(stored.as_ref().map(|stored| self.current(stored)).filter(holds))
    }

    /// Booked times of a client.
    pub fn booked(&self, client: ClientId) -> Decided<Vec<Booking>> {
        let stored = self.known(self.facts.booked.get(&client), || Need::Booked(client))?;
        let current = stored.iter().map(|stored| self.current(stored));
        let own = self.changes.booked.iter().filter(|b| b.client == client).cloned();
        Ok(current.chain(own).filter(|b| b.status == AppointmentStatus::Booked).collect())
    }

    /// Booked appointments of a lead that have not begun, by start.
    pub fn upcoming(&self, lead: LeadId) -> Decided<Vec<Booking>> {
        let mut all = Vec::new();
        if !self.changes.new_leads.contains_key(&lead) {
            let ids = self.known(self.facts.upcoming.get(&lead), || Need::Upcoming(lead))?;
            for id in ids {
                all.extend(self.appointment(*id)?);
            }
        }
        all.extend(self.changes.booked.iter().filter(|b| b.lead == Some(lead)).cloned());
        all.retain(|b| b.status == AppointmentStatus::Booked && b.starts_at > self.now);
        all.sort_by_key(|b| (b.starts_at, b.id));
        all.dedup_by_key(|b| b.id);
        Ok(all)
    }

    /// Adds an appointment.
    pub fn book(&mut self, booking: Booking) {
        self.changes.booked.push(booking);
    }

    /// Writes an appointment back.
    pub fn put_appointment(&mut self, booking: Booking) {
        match self.changes.booked.iter_mut().find(|b| b.id == booking.id) {
            Some(new) => *new = booking,
            None => drop(self.changes.appointments.insert(booking.id, booking)),
        }
    }

    /// A client's calendar; nobody has one where the installation reads none.
    pub fn calendar(&self, client: ClientId) -> Decided<Option<Arc<ClientCalendar>>> {
        if self.house.calendars.is_none() {
            return Ok(None);
        }
        self.known(self.facts.calendars.get(&client).cloned(), || Need::Calendar(client))
    }

    /// Times that a client's calendar takes, beside our own appointments.
    pub fn taken(&self, client: ClientId) -> Decided<&'a [Busy]> {
        if self.calendar(client)?.is_none() {
            return Ok(&[]);
        }
        self.known(self.facts.taken.get(&client).map(Vec::as_slice), || Need::Taken(client))
    }

    /// Everything that is known of a client's calendar.
    pub fn mirror(&self, client: ClientId) -> Decided<&'a [Entry]> {
        self.known(self.facts.mirrors.get(&client).map(Vec::as_slice), || Need::Mirror(client))
    }

    /// A client's appointments that have an event and are not long over.
    pub fn diary(&self, client: ClientId) -> Decided<&'a [AppointmentId]> {
        self.known(self.facts.diaries.get(&client).map(Vec::as_slice), || Need::Diary(client))
    }

    /// The event of an appointment.
    pub fn event_of(&self, appointment: AppointmentId) -> Decided<Option<WrittenEvent>> {
        if let Some(own) = self.changes.events_of.get(&appointment) {
            return Ok(Some(own.clone()));
        }
        if self.changes.booked.iter().any(|booking| booking.id == appointment) {
            return Ok(None);
        }
        self.known(self.facts.events_of.get(&appointment).cloned(), || Need::EventOf(appointment))
    }

    /// Notes what a calendar holds of an appointment.
    pub fn put_event(&mut self, event: WrittenEvent) {
        self.changes.events_of.insert(event.appointment, event);
    }

    /// A message.
    pub fn message(&self, id: MessageId) -> Decided<Option<Message>> {
        match self.changes.messages.get(&id).or_else(|| self.changes.new_messages.get(&id)) {
            Some(message) => Ok(Some(message.clone())),
            None => self.known(self.facts.messages.get(&id).cloned(), || Need::Message(id)),
        }
    }

    /// The message of a provider's id.
    pub fn message_of_provider(&self, provider: &'static str, id: &str) -> Decided<Option<Message>> {
        let named = |m: &&Message| m.provider == provider && m.provider_id.as_deref() == Some(id);
        let own = self.changes.new_messages.values().chain(self.changes.messages.values()).find(named);
        if let Some(own) = own {
            return Ok(Some(own.clone()));
        }
        let key = (provider, id.to_owned());
        let found = self.facts.provider_messages.get(&key).copied();
        let found = self.known(found, || Need::ProviderMessage(provider, key.1.clone()))?;
        found.map_or(Ok(None), |id| self.message(id))
    }

    /// The message a job is sending.
    pub fn sending_of(&self, job: JobId) -> Decided<Option<MessageId>> {
        self.known(self.facts.sending_of.get(&job).copied(), || Need::SendingOf(job))
    }

    /// The last text sent to a lead.
    pub fn last_text(&self, lead: LeadId) -> Decided<Option<Message>> {
        if self.changes.new_leads.contains_key(&lead) {
            return Ok(None);
        }
        let id = self.known(self.facts.last_texts.get(&lead).copied(), || Need::LastText(lead))?;
        id.map_or(Ok(None), |id| self.message(id))
    }

    /// What one of the last texts offered to be answered.
    pub fn asked(&self, message: MessageId) -> Asked {
        let words = self.facts.last_words.get(&message);
        words.and_then(|words| Asked::offered_by(words).ok()).unwrap_or_default()
    }

    /// When a lead last wrote.
    pub fn last_reply(&self, lead: LeadId) -> Decided<Option<Millis>> {
        if self.changes.new_leads.contains_key(&lead) {
            return Ok(None);
        }
        self.known(self.facts.last_replies.get(&lead).copied(), || Need::LastReply(lead))
    }

    /// How many messages about appointments went to a lead on a channel in the last day.
    pub fn written_lately(&self, lead: LeadId, channel: Channel) -> Decided<u32> {
        if self.changes.new_leads.contains_key(&lead) {
            return Ok(0);
        }
        let written = self.known(self.facts.written_lately.get(&lead), || Need::WrittenLately(lead))?;
        Ok(written.iter().filter(|(on, _)| *on == channel).map(|(_, n)| n).sum())
    }

    /// What was sent about an appointment.
    pub fn sent_about(&self, appointment: AppointmentId) -> Decided<Vec<SentAbout>> {
        let stored = self.facts.sent_about.get(&appointment).cloned();
        let mut sent = self.known(stored, || Need::SentAbout(appointment))?;
        let own = self.changes.new_messages.values().filter(|m| m.appointment == Some(appointment));
        sent.extend(own.map(SentAbout::one));
        Ok(sent)
    }

    /// Writes a message back.
    pub fn put_message(&mut self, mut message: Message) {
        message.updated_at = self.now;
        match self.changes.new_messages.get_mut(&message.id) {
            Some(new) => *new = message,
            None => drop(self.changes.messages.insert(message.id, message)),
        }
    }

    /// Adds a message and what it says.
    pub fn add_message(&mut self, message: Message, text: MessageText) {
        self.changes.message_texts.insert(message.id, text);
        self.changes.new_messages.insert(message.id, message);
    }

    /// Adds a person who was no lead.
    pub fn add_lead(&mut self, lead: Lead) {
        self.changes.new_leads.insert(lead.id, lead);
    }

    /// A lead.
    pub fn lead(&self, id: LeadId) -> Decided<Option<Lead>> {
        match self.changes.leads.get(&id).or_else(|| self.changes.new_leads.get(&id)) {
            Some(lead) => Ok(Some(lead.clone())),
            None => self.known(self.facts.leads.get(&id).cloned(), || Need::Lead(id)),
        }
    }

    /// A client's lead of an identity.
    pub fn lead_of(&self, client: ClientId, identity: &str) -> Decided<Option<Lead>> {
        let own = self.changes.new_leads.values().find(|l| l.client == client && l.identity == identity);
        if let Some(own) = own {
            return Ok(Some(own.clone()));
        }
        let key = (client, identity.to_owned());
        let id = self.facts.lead_of.get(&key).copied();
        let id = self.known(id, || Need::LeadOf(key.0, key.1.clone()))?;
        id.map_or(Ok(None), |id| self.lead(id))
    }

    /// Every client's leads of an identity.
    pub fn leads_of(&self, identity: &str) -> Decided<Vec<Lead>> {
        let ids = self.known(self.facts.leads_of.get(identity), || Need::LeadsOf(identity.to_owned()))?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.extend(self.lead(*id)?);
        }
        found.extend(self.changes.new_leads.values().filter(|l| l.identity == identity).cloned());
        Ok(found)
    }

    /// Writes a lead back.
    pub fn put_lead(&mut self, mut lead: Lead) {
        lead.updated_at = self.now;
        match self.changes.new_leads.get_mut(&lead.id) {
            Some(new) => *new = lead,
            None => drop(self.changes.leads.insert(lead.id, lead)),
        }
    }

    /// A job.
    pub fn job(&self, id: JobId) -> Decided<Option<Job>> {
        match self.changes.jobs.get(&id) {
            Some(job) => Ok(Some(job.clone())),
            None => self.known(self.facts.jobs.get(&id).cloned(), || Need::Job(id)),
        }
    }

    /// Writes a job back.
    pub fn put_job(&mut self, job: Job) {
        self.changes.jobs.insert(job.id, job);
    }

    /// Adds a job; one whose unique key exists already is left out when it is written.
    pub fn enqueue(&mut self, job: NewJob<'static>) {
        self.changes.new_jobs.push(job);
    }

    /// The call a job is placing.
    pub fn placing_of(&self, job: JobId) -> Decided<Option<CallId>> {
        self.known(self.facts.placing_of.get(&job).copied(), || Need::PlacingOf(job))
    }

    /// Jobs of a lead that are not over, as they stand now.
    pub fn open_jobs(&self, lead: LeadId) -> Decided<Vec<Job>> {
        if self.changes.new_leads.contains_key(&lead) {
            return Ok(Vec::new());
        }
        let ids = self.known(self.facts.open_jobs.get(&lead), || Need::OpenJobs(lead))?;
        let mut open = Vec::with_capacity(ids.len());
        for id in ids {
            open.extend(self.job(*id)?.filter(|job| !job.state.is_final()));
        }
        Ok(open)
    }

    /// Takes back whatever of a lead waits and fits; how many jobs that were.
    pub fn take_back(&mut self, lead: LeadId, fits: impl Fn(Planned<'_>) -> bool, why: &str) -> Decided<u64> {
        let waiting = self.open_jobs(lead)?;
        let mut taken = 0;
        for mut job in waiting {
            if job.state == JobState::Ready && fits(Planned::of(&job)) {
                job.state = JobState::Cancelled;
                why.clone_into(&mut job.reason);
                self.put_job(job);
                taken += 1;
            }
        }
        let before = self.changes.new_jobs.len();
        self.changes.new_jobs.retain(|job| !(job.lead == Some(lead) && fits(Planned::of_new(job))));
        Ok(taken + (before - self.changes.new_jobs.len()) as u64)
    }

    /// How a provider behaved for a client.
    pub fn breaker(&self, provider: &'static str, client: ClientId) -> Decided<Breaker> {
        let key = (provider, client);
        match self.changes.breakers.get(&key) {
            Some(breaker) => Ok(breaker.clone()),
            None => self.known(self.facts.breakers.get(&key).cloned(), || Need::Breaker(provider, client)),
        }
    }

    /// A stored delivery of an event.
    pub fn delivery(&self, provider: &'static str, key: &str) -> Decided<Option<&'a Delivery>> {
        let of = (provider, key.to_owned());
        let known =
            self.known(self.facts.deliveries.get(&of), || Need::Delivery(provider, key.to_owned()))?;
        Ok(known.as_ref())
    }

    /// Emits an event.
    #[allow(clippy::too_many_arguments)] // one call per event, each argument a column
    pub fn emit(
        &mut self,
        kind: &'static str,
        client: ClientId,
        lead: Option<LeadId>,
        subject: (&'static str, String),
        actor: &str,
        text: &str,
        data: Payload,
    ) {
        self.changes.events.push(Emitted {
            kind,
            client,
            lead,
            subject,
            actor: actor.to_owned(),
            text: text.to_owned(),
            data,
        });
    }

    /// Records an error.
    pub fn report(&mut self, error: ErrorReport) {
        self.changes.errors.push(error);
    }
}
