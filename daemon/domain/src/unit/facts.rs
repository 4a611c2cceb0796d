//! What was loaded for a set of inputs. Plain maps: a missing key was never asked for, a key
//! without a value was asked for and is not there.

use super::Need;
use crate::booking::Busy;
use crate::breaker::Breaker;
use crate::calendar::{ClientCalendar, Entry, WrittenEvent};
use crate::call::Call;
use crate::client::Client;
use crate::gate::Consent;
use crate::job::Job;
use crate::lead::Lead;
use crate::records::{Booking, Contact, Delivery, Suppression, ToolAnswer};
use crate::screening::Screening;
use crate::sending::{Message, SentAbout};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId, MessageId, Millis};
use std::collections::{BTreeSet, HashMap};
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
    /// The countries of clients.
    pub countries: Option<BTreeSet<String>>,
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
    /// What do-not-call lists say, by number.
    pub screenings: HashMap<String, Vec<Screening>>,
    /// Contacts by lead, newest first.
    pub contacts: HashMap<LeadId, Vec<Contact>>,
    /// Jobs by id.
    pub jobs: HashMap<JobId, Option<Job>>,
    /// The call each job is placing.
    pub placing_of: HashMap<JobId, Option<CallId>>,
    /// Jobs of a lead that are not over.
    pub open_jobs: HashMap<LeadId, Vec<JobId>>,
    /// Breakers by provider and client.
    pub breakers: HashMap<(&'static str, ClientId), Breaker>,
    /// Appointments by id.
    pub appointments: HashMap<AppointmentId, Option<Booking>>,
    /// Booked appointments of a lead that have not begun.
    pub upcoming: HashMap<LeadId, Vec<AppointmentId>>,
    /// Calendars by client.
    pub calendars: HashMap<ClientId, Option<Arc<ClientCalendar>>>,
    /// Times that calendars take, by client.
    pub taken: HashMap<ClientId, Vec<Busy>>,
    /// What is known of calendars, by client.
    pub mirrors: HashMap<ClientId, Vec<Entry>>,
    /// Appointments with an event that are not long over, by client.
    pub diaries: HashMap<ClientId, Vec<AppointmentId>>,
    /// Events by appointment.
    pub events_of: HashMap<AppointmentId, Option<WrittenEvent>>,
    /// Messages by id.
    pub messages: HashMap<MessageId, Option<Message>>,
    /// Messages by the provider's id.
    pub provider_messages: HashMap<(&'static str, String), Option<MessageId>>,
    /// The message each job is sending.
    pub sending_of: HashMap<JobId, Option<MessageId>>,
    /// The last text sent to a lead.
    pub last_texts: HashMap<LeadId, Option<MessageId>>,
    /// What the last texts said, by message.
    pub last_words: HashMap<MessageId, String>,
    /// When a lead last wrote.
    pub last_replies: HashMap<LeadId, Option<Millis>>,
    /// What was written to a lead in the last day about appointments, by channel.
    pub written_lately: HashMap<LeadId, Vec<(Channel, u32)>>,
    /// What was sent about an appointment.
    pub sent_about: HashMap<AppointmentId, Vec<SentAbout>>,
    /// Stored deliveries by provider and event.
    pub deliveries: HashMap<(&'static str, String), Option<Delivery>>,
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
            Need::Countries => self.countries.is_some(),
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
            Need::Screenings(number) => self.screenings.contains_key(number),
            Need::Contacts(lead) => self.contacts.contains_key(lead),
            Need::Job(id) => self.jobs.contains_key(id),
            Need::PlacingOf(job) => self.placing_of.contains_key(job),
            Need::OpenJobs(lead) => self.open_jobs.contains_key(lead),
            Need::Breaker(provider, client) => self.breakers.contains_key(&(*provider, *client)),
            Need::Appointment(id) => self.appointments.contains_key(id),
            Need::Upcoming(lead) => self.upcoming.contains_key(lead),
            Need::Calendar(client) => self.calendars.contains_key(client),
            Need::Taken(client) => self.taken.contains_key(client),
            Need::Mirror(client) => self.mirrors.contains_key(client),
            Need::Diary(client) => self.diaries.contains_key(client),
            Need::EventOf(appointment) => self.events_of.contains_key(appointment),
            Need::Message(id) => self.messages.contains_key(id),
            Need::ProviderMessage(provider, id) => {
                self.provider_messages.contains_key(&(*provider, id.clone()))
            }
            Need::SendingOf(job) => self.sending_of.contains_key(job),
            Need::LastText(lead) => self.last_texts.contains_key(lead),
            Need::LastReply(lead) => self.last_replies.contains_key(lead),
            Need::WrittenLately(lead) => self.written_lately.contains_key(lead),
            Need::SentAbout(appointment) => self.sent_about.contains_key(appointment),
            Need::Delivery(provider, key) => self.deliveries.contains_key(&(*provider, key.clone())),
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

    /// Takes messages in, also as the provider names them.
    pub fn add_messages(&mut self, provider: &'static str, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            if let Some(id) = &message.provider_id {
                self.provider_messages.insert((provider, id.clone()), Some(message.id));
            }
            self.messages.insert(message.id, Some(message));
        }
    }

    /// Takes appointments in.
    pub fn add_appointments(&mut self, appointments: impl IntoIterator<Item = Booking>) {
        self.appointments.extend(appointments.into_iter().map(|a| (a.id, Some(a))));
    }

    /// Takes jobs in.
    pub fn add_jobs(&mut self, jobs: impl IntoIterator<Item = Job>) {
        self.jobs.extend(jobs.into_iter().map(|job| (job.id, Some(job))));
    }
}
