//! A unit of work: the facts a set of inputs rests on, and the changes decided so far.
//!
//! Decisions read through it and so see what earlier inputs of the set changed; they write to it
//! and never to a store. A fact that was not loaded stops the decision with its name.

mod changes;
mod facts;
mod need;

pub use changes::Changes;
pub use facts::Facts;
pub use need::{Decided, Halt, Need};

use crate::breaker::Breaker;
use crate::call::Call;
use crate::client::Client;
use crate::gate::Consent;
use crate::installation::Installation;
use crate::job::{Job, NewJob};
use crate::lead::Lead;
use crate::records::{Booking, Contact, Delivery, Emitted, ErrorReport, Suppression, ToolAnswer};
use frontdesk_shared::event::Payload;
use frontdesk_shared::job::JobState;
use frontdesk_shared::{CallId, ClientId, JobId, LeadId, Millis};
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
            changes: Changes::default(),
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
        let open = self.known(self.facts.open_calls.get(&lead), || Need::OpenCalls(lead))?;
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

    /// The slot a call holds.
    pub fn booked_in(&self, call: CallId) -> Decided<Option<Booking>> {
        if let Some(own) = self.changes.booked.iter().rev().find(|b| b.call == Some(call)) {
            return Ok(Some(own.clone()));
        }
        if self.changes.new_calls.contains_key(&call) {
            // Nobody can have booked in a call that begins here.
            return Ok(None);
        }
        let stored = self.known(self.facts.booked_in.get(&call), || Need::BookedIn(call))?;
        Ok(stored.clone().filter(|b| !self.changes.cancelled.contains(&b.id)))
    }

    /// Booked times of a client.
    pub fn booked(&self, client: ClientId) -> Decided<Vec<&Booking>> {
        let stored = self.known(self.facts.booked.get(&client), || Need::Booked(client))?;
        let all = stored.iter().chain(self.changes.booked.iter().filter(|b| b.client == client));
        Ok(all.filter(|b| !self.changes.cancelled.contains(&b.id)).collect())
    }

    /// Takes a slot.
    pub fn book(&mut self, booking: Booking) {
        self.changes.booked.push(booking);
    }

    /// Gives a slot back.
    pub fn give_back(&mut self, booking: &Booking) {
        let before = self.changes.booked.len();
        self.changes.booked.retain(|b| b.id != booking.id);
        if self.changes.booked.len() == before {
            self.changes.cancelled.push(booking.id);
        }
    }

    /// A lead.
    pub fn lead(&self, id: LeadId) -> Decided<Option<Lead>> {
        match self.changes.leads.get(&id) {
            Some(lead) => Ok(Some(lead.clone())),
            None => self.known(self.facts.leads.get(&id).cloned(), || Need::Lead(id)),
        }
    }

    /// A client's lead of an identity.
    pub fn lead_of(&self, client: ClientId, identity: &str) -> Decided<Option<Lead>> {
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
        Ok(found)
    }

    /// Writes a lead back.
    pub fn put_lead(&mut self, mut lead: Lead) {
        lead.updated_at = self.now;
        self.changes.leads.insert(lead.id, lead);
    }

    /// A lead's consents.
    pub fn consents(&self, lead: LeadId) -> Decided<Vec<Consent>> {
        let mut all = self.known(self.facts.consents.get(&lead).cloned(), || Need::Consents(lead))?;
        if self.changes.revoked.contains_key(&lead) {
            for consent in &mut all {
                consent.revoked_at.get_or_insert(self.now);
            }
        }
        Ok(all)
    }

    /// Takes every consent of a lead back.
    pub fn revoke_consents(&mut self, lead: LeadId, how: &str) {
        self.changes.revoked.entry(lead).or_insert_with(|| how.to_owned());
    }

    /// Suppressions of an address, whosever.
    pub fn suppressions(&self, address: &str) -> Decided<Vec<&Suppression>> {
        let stored =
            self.known(self.facts.suppressions.get(address), || Need::Suppressions(address.to_owned()))?;
        Ok(stored.iter().chain(self.changes.suppressions.iter().filter(|s| s.address == address)).collect())
    }

    /// Contacts with a lead, newest first.
    pub fn contacts(&self, lead: LeadId) -> Decided<Vec<&Contact>> {
        let stored = self.known(self.facts.contacts.get(&lead), || Need::Contacts(lead))?;
        let own = self.changes.contacts.iter().rev().filter(|c| c.lead == lead);
        let voided = |c: &&Contact| !c.call.is_some_and(|call| self.changes.voided.contains(&call));
        Ok(own.chain(stored).filter(voided).collect())
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
        let ids = self.known(self.facts.open_jobs.get(&lead), || Need::OpenJobs(lead))?;
        let mut open = Vec::with_capacity(ids.len());
        for id in ids {
            open.extend(self.job(*id)?.filter(|job| !job.state.is_final()));
        }
        Ok(open)
    }

    /// Takes back whatever of a lead waits and fits; how many jobs that were.
    pub fn take_back(
        &mut self,
        lead: LeadId,
        fits: impl Fn(&str, Option<CallId>) -> bool,
        why: &str,
    ) -> Decided<u64> {
        let waiting = self.open_jobs(lead)?;
        let mut taken = 0;
        for mut job in waiting {
            if job.state == JobState::Ready && fits(&job.lane, job.call) {
                job.state = JobState::Cancelled;
                why.clone_into(&mut job.reason);
                self.put_job(job);
                taken += 1;
            }
        }
        let before = self.changes.new_jobs.len();
        self.changes.new_jobs.retain(|job| !(job.lead == Some(lead) && fits(job.lane, job.call)));
        Ok(taken + (before - self.changes.new_jobs.len()) as u64)
    }

    /// How a provider behaved for a client.
    pub fn breaker(&self, client: ClientId) -> Decided<Breaker> {
        match self.changes.breakers.get(&client) {
            Some(breaker) => Ok(breaker.clone()),
            None => self.known(self.facts.breakers.get(&client).cloned(), || Need::Breaker(client)),
        }
    }

    /// A stored delivery of an event.
    pub fn delivery(&self, key: &str) -> Decided<Option<&'a Delivery>> {
        let known = self.known(self.facts.deliveries.get(key), || Need::Delivery(key.to_owned()))?;
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
