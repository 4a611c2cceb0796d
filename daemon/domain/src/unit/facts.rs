//! What was loaded for a set of inputs. Plain maps: a missing key was never asked for, a key
//! without a value was asked for and is not there.

use super::Need;
use crate::breaker::Breaker;
use crate::call::Call;
use crate::client::Client;
use crate::gate::Consent;
use crate::job::Job;
use crate::lead::Lead;
use crate::records::{Booking, Contact, Delivery, Suppression, ToolAnswer};
use frontdesk_shared::{CallId, ClientId, JobId, LeadId};
use std::collections::HashMap;
use std::sync::Arc;

/// Facts, as the store had them when the transaction began.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Why dialing is paused, if it is.
    pub paused: Option<Option<String>>,
    /// Clients by id.
    pub clients: HashMap<ClientId, Option<Arc<Client>>>,
    /// Clients by organisation id.
    pub agents: HashMap<String, Option<Arc<Client>>>,
    /// Clients whose settings mention a text.
    pub mentioning: HashMap<String, Vec<Arc<Client>>>,
    /// The only client there is.
    pub only_client: Option<Option<Arc<Client>>>,
    /// Calls by id.
    pub calls: HashMap<CallId, Option<Call>>,
    /// Calls by the provider's id.
    pub provider_calls: HashMap<String, Option<CallId>>,
    /// How often an attempt was made.
    pub attempts: HashMap<(LeadId, i64, i64), u32>,
    /// Open calls with a lead.
    pub open_calls: HashMap<LeadId, Vec<CallId>>,
    /// Answers to tools by the provider's call, oldest first.
    pub tools: HashMap<String, Vec<ToolAnswer>>,
    /// The slot a call booked.
    pub booked_in: HashMap<CallId, Option<Booking>>,
    /// Booked times of a client.
    pub booked: HashMap<ClientId, Vec<Booking>>,
    /// Leads by id.
    pub leads: HashMap<LeadId, Option<Lead>>,
    /// Leads by client and identity.
    pub lead_of: HashMap<(ClientId, String), Option<LeadId>>,
    /// Leads by identity.
    pub leads_of: HashMap<String, Vec<LeadId>>,
    /// Consents by lead, oldest first.
    pub consents: HashMap<LeadId, Vec<Consent>>,
    /// Suppressions by address.
    pub suppressions: HashMap<String, Vec<Suppression>>,
    /// Contacts by lead, newest first.
    pub contacts: HashMap<LeadId, Vec<Contact>>,
    /// Jobs by id.
    pub jobs: HashMap<JobId, Option<Job>>,
    /// The call each job is placing.
    pub placing_of: HashMap<JobId, Option<CallId>>,
    /// Jobs of a lead that are not over.
    pub open_jobs: HashMap<LeadId, Vec<JobId>>,
    /// Breakers by client.
    pub breakers: HashMap<ClientId, Breaker>,
    /// Stored deliveries by event.
    pub deliveries: HashMap<String, Option<Delivery>>,
}

impl Facts {
    /// Whether a fact is there already.
    pub fn knows(&self, need: &Need) -> bool {
        match need {
            Need::Paused => self.paused.is_some(),
            Need::Client(id) => self.clients.contains_key(id),
            Need::Agent(agent) => self.agents.contains_key(agent),
            Need::Mentioning(text) => self.mentioning.contains_key(text),
            Need::OnlyClient => self.only_client.is_some(),
            Need::Call(id) => self.calls.contains_key(id),
            Need::ProviderCall(id) => self.provider_calls.contains_key(id),
            Need::Attempt(lead, episode, attempt) => self.attempts.contains_key(&(*lead, *episode, *attempt)),
            Need::OpenCalls(lead) => self.open_calls.contains_key(lead),
            Need::Tools(call) => self.tools.contains_key(call),
            Need::BookedIn(call) => self.booked_in.contains_key(call),
            Need::Booked(client) => self.booked.contains_key(client),
            Need::Lead(id) => self.leads.contains_key(id),
            Need::LeadOf(client, identity) => self.lead_of.contains_key(&(*client, identity.clone())),
            Need::LeadsOf(identity) => self.leads_of.contains_key(identity),
            Need::Consents(lead) => self.consents.contains_key(lead),
            Need::Suppressions(address) => self.suppressions.contains_key(address),
            Need::Contacts(lead) => self.contacts.contains_key(lead),
            Need::Job(id) => self.jobs.contains_key(id),
            Need::PlacingOf(job) => self.placing_of.contains_key(job),
            Need::OpenJobs(lead) => self.open_jobs.contains_key(lead),
            Need::Breaker(client) => self.breakers.contains_key(client),
            Need::Delivery(key) => self.deliveries.contains_key(key),
        }
    }

    /// Takes calls in, also as the provider names them.
    pub fn add_calls(&mut self, calls: impl IntoIterator<Item = Call>) {
        for call in calls {
            if let Some(id) = &call.provider_call_id {
                self.provider_calls.insert(id.clone(), Some(call.id));
            }
            self.calls.insert(call.id, Some(call));
        }
    }

    /// Takes leads in, also by identity.
    pub fn add_leads(&mut self, leads: impl IntoIterator<Item = Lead>) {
        for lead in leads {
            self.lead_of.insert((lead.client, lead.identity.clone()), Some(lead.id));
            self.leads.insert(lead.id, Some(lead));
        }
    }

    /// Takes jobs in.
    pub fn add_jobs(&mut self, jobs: impl IntoIterator<Item = Job>) {
        self.jobs.extend(jobs.into_iter().map(|job| (job.id, Some(job))));
    }
}
