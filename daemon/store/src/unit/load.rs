//! Facts, read with one statement for each kind that is asked for.

use crate::tables::{
    appointments, calendars, calls, clients, house, jobs, leads, messages, meta, screening, webhooks,
};
use crate::{Result, Tx};
use frontdesk_domain::client::Client;
use frontdesk_domain::placement::VAPI;
use frontdesk_domain::records::{Contact, Suppression};
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::time::DAY;
use frontdesk_shared::{AppointmentId, ClientId, JobId, LeadId, MessageId, Millis};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Loads what is needed and not there yet. What follows from it almost always (the lead of a
/// call, what permits or forbids to contact a lead) comes along.
///
/// # Errors
/// As the statements fail.
pub fn load(tx: &mut Tx<'_>, facts: &mut Facts, needs: &BTreeSet<Need>, now: Millis) -> Result<()> {
    let mut wanted = Wanted::default();
    for need in needs.iter().filter(|need| !facts.knows(need)) {
        wanted.add(need);
    }
    wanted.load(tx, facts, now)
}

#[derive(Default)]
struct Wanted<'n> {
    paused: bool,
    only_client: bool,
    countries: bool,
    clients: Vec<ClientId>,
    agents: Vec<&'n str>,
    mentioning: Vec<&'n str>,
    calls: Vec<frontdesk_shared::CallId>,
    provider_calls: Vec<&'n str>,
    attempts: Vec<(LeadId, i64, i64)>,
    open_calls: Vec<LeadId>,
    tools: Vec<&'n str>,
    booked_in: Vec<frontdesk_shared::CallId>,
    booked: Vec<ClientId>,
    leads: Vec<LeadId>,
    lead_of: Vec<(ClientId, &'n str)>,
    leads_of: Vec<&'n str>,
    written_lately: Vec<LeadId>,
    consents: Vec<LeadId>,
    suppressions: Vec<&'n str>,
    screenings: Vec<&'n str>,
    contacts: Vec<LeadId>,
    jobs: Vec<JobId>,
    placing_of: Vec<JobId>,
    open_jobs: Vec<LeadId>,
    breakers: Vec<(&'static str, ClientId)>,
    appointments: Vec<AppointmentId>,
    upcoming: Vec<LeadId>,
    calendars: Vec<ClientId>,
    taken: Vec<ClientId>,
    mirrors: Vec<ClientId>,
    diaries: Vec<ClientId>,
    events_of: Vec<AppointmentId>,
    messages: Vec<MessageId>,
    provider_messages: Vec<(&'static str, &'n str)>,
    sending_of: Vec<JobId>,
    last_texts: Vec<LeadId>,
    last_replies: Vec<LeadId>,
    sent_about: Vec<AppointmentId>,
    deliveries: Vec<(&'static str, &'n str)>,
}

impl<'n> Wanted<'n> {
    fn add(&mut self, need: &'n Need) {
        match need {
            Need::Paused => self.paused = true,
            Need::OnlyClient => self.only_client = true,
            Need::Countries => self.countries = true,
            Need::Client(id) => self.clients.push(*id),
            Need::Agent(agent) => self.agents.push(agent),
            Need::Mentioning(text) => self.mentioning.push(text),
            Need::Call(id) => self.calls.push(*id),
            Need::ProviderCall(id) => self.provider_calls.push(id),
            Need::Attempt(lead, episode, attempt) => self.attempts.push((*lead, *episode, *attempt)),
            Need::OpenCalls(lead) => self.open_calls.push(*lead),
            Need::Tools(call) => self.tools.push(call),
            Need::BookedIn(call) => self.booked_in.push(*call),
            Need::Booked(client) => self.booked.push(*client),
            Need::Lead(id) => self.leads.push(*id),
            Need::LeadOf(client, identity) => self.lead_of.push((*client, identity)),
            Need::LeadsOf(identity) => self.leads_of.push(identity),
            Need::Consents(lead) => self.consents.push(*lead),
            Need::Suppressions(address) => self.suppressions.push(address),
            Need::Screenings(number) => self.screenings.push(number),
            Need::Contacts(lead) => self.contacts.push(*lead),
            Need::Job(id) => self.jobs.push(*id),
            Need::PlacingOf(job) => self.placing_of.push(*job),
            Need::OpenJobs(lead) => self.open_jobs.push(*lead),
            Need::Breaker(provider, client) => self.breakers.push((*provider, *client)),
            Need::Appointment(id) => self.appointments.push(*id),
            Need::Upcoming(lead) => self.upcoming.push(*lead),
            Need::Calendar(client) => self.calendars.push(*client),
            Need::Taken(client) => self.taken.push(*client),
            Need::Mirror(client) => self.mirrors.push(*client),
            Need::Diary(client) => self.diaries.push(*client),
            Need::EventOf(appointment) => self.events_of.push(*appointment),
            Need::Message(id) => self.messages.push(*id),
            Need::ProviderMessage(provider, id) => self.provider_messages.push((provider, id)),
            Need::SendingOf(job) => self.sending_of.push(*job),
            Need::LastText(lead) => self.last_texts.push(*lead),
            Need::LastReply(lead) => self.last_replies.push(*lead),
            Need::WrittenLately(lead) => self.written_lately.push(*lead),
            Need::SentAbout(appointment) => self.sent_about.push(*appointment),
            Need::Delivery(provider, key) => self.deliveries.push((provider, key)),
        }
    }

    fn load(self, tx: &mut Tx<'_>, facts: &mut Facts, now: Millis) -> Result<()> {
        if self.paused {
            facts.paused = Some(meta::get(tx, meta::DIALING_PAUSED)?);
        }
        self.deliveries(tx, facts)?;
        self.clients(tx, facts)?;
        self.calls(tx, facts)?;
        self.leads(tx, facts)?;
        self.permissions(tx, facts)?;
        self.jobs(tx, facts)?;
        self.appointments(tx, facts, now)?;
        self.calendars(tx, facts, now)?;
        self.messages(tx, facts)?;
        if !self.written_lately.is_empty() {
            absent(&mut facts.written_lately, self.written_lately.iter().copied());
            for (lead, channel, n) in messages::written_within(tx, &self.written_lately, (now - DAY, now))? {
                facts.written_lately.entry(lead).or_default().push((channel, n));
            }
        }
        Ok(())
    }

    fn deliveries(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        let mut by_provider: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        for (provider, key) in &self.deliveries {
            by_provider.entry(provider).or_default().push(key);
        }
        for (provider, keys) in by_provider {
            absent(&mut facts.deliveries, keys.iter().map(|key| (provider, (*key).to_owned())));
            for (key, delivery) in webhooks::of_events(tx, provider, &keys)? {
                facts.deliveries.insert((provider, key), Some(delivery));
            }
        }
        Ok(())
    }

    fn clients(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        if self.only_client {
            facts.only_client = Some(clients::only(tx)?.map(Arc::new));
        }
        if self.countries {
            facts.countries = Some(clients::countries(tx)?);
        }
        if !self.clients.is_empty() {
            absent(&mut facts.clients, self.clients.iter().copied());
            for client in clients::by_ids(tx, &self.clients)? {
                facts.clients.insert(client.id, Some(Arc::new(client)));
            }
        }
        for agent in &self.agents {
            facts.agents.insert((*agent).to_owned(), clients::by_agent(tx, agent)?.map(Arc::new));
        }
        for text in &self.mentioning {
            let found = clients::mentioning(tx, text)?.into_iter().map(Arc::new).collect();
            facts.mentioning.insert((*text).to_owned(), found);
        }
        let named: Vec<Arc<Client>> = facts
            .agents
            .values()
            .chain(&facts.only_client)
            .flatten()
            .chain(facts.mentioning.values().flatten())
            .cloned()
            .collect();
        for client in named {
            facts.clients.entry(client.id).or_insert(Some(client));
        }
        Ok(())
    }

    fn calls(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        if !self.provider_calls.is_empty() {
            absent(&mut facts.provider_calls, self.provider_calls.iter().map(|id| (*id).to_owned()));
            facts.add_calls(calls::by_provider_ids(tx, VAPI, &self.provider_calls)?);
        }
        let ids: Vec<_> = self.calls.iter().copied().filter(|id| !facts.calls.contains_key(id)).collect();
        if !ids.is_empty() {
            absent(&mut facts.calls, ids.iter().copied());
            facts.add_calls(calls::by_ids(tx, &ids)?);
        }
        for (lead, episode, attempt) in &self.attempts {
            let made = calls::of_attempt(tx, *lead, *episode, *attempt)?;
            facts.attempts.insert((*lead, *episode, *attempt), made);
        }
        if !self.open_calls.is_empty() {
            absent(&mut facts.open_calls, self.open_calls.iter().copied());
            let open = calls::open_of_leads(tx, &self.open_calls)?;
            for call in &open {
                if let Some(lead) = call.lead {
                    facts.open_calls.entry(lead).or_default().push(call.id);
                }
            }
            facts.add_calls(open);
        }
        if !self.tools.is_empty() {
            absent(&mut facts.tools, self.tools.iter().map(|call| (*call).to_owned()));
            for answer in calls::tool_answers(tx, VAPI, &self.tools)? {
                facts.tools.entry(answer.call.clone()).or_default().push(answer);
            }
        }
        Ok(())
    }

    fn leads(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        if !self.lead_of.is_empty() || !self.leads_of.is_empty() {
            absent(&mut facts.lead_of, self.lead_of.iter().map(|(client, who)| (*client, (*who).to_owned())));
            let mut identities: Vec<&str> =
                self.lead_of.iter().map(|(_, who)| *who).chain(self.leads_of.iter().copied()).collect();
            identities.sort_unstable();
            identities.dedup();
            absent(&mut facts.leads_of, identities.iter().map(|who| (*who).to_owned()));
            let found = leads::of_identities(tx, &identities)?;
            for lead in &found {
                facts.leads_of.entry(lead.identity.clone()).or_default().push(lead.id);
            }
            facts.add_leads(found);
            self.leads_of_emails(tx, facts)?;
        }
        let ids: Vec<_> = self.leads.iter().copied().filter(|id| !facts.leads.contains_key(id)).collect();
        if !ids.is_empty() {
            absent(&mut facts.leads, ids.iter().copied());
            facts.add_leads(leads::by_ids(tx, &ids)?);
        }
        Ok(())
    }

    /// Somebody known by a number has a mail address as well.
    fn leads_of_emails(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        let emails = self.leads_of.iter().filter_map(|who| who.strip_prefix("mail:"));
        let emails: Vec<String> = emails.map(str::to_owned).collect();
        if emails.is_empty() {
            return Ok(());
        }
        let found = leads::of_emails(tx, &emails)?;
        for lead in &found {
            let Some(mail) = frontdesk_domain::lead::mail_identity(&lead.email) else { continue };
            let of = facts.leads_of.entry(mail).or_default();
            if !of.contains(&lead.id) {
                of.push(lead.id);
            }
        }
        facts.add_leads(found);
        Ok(())
    }

    fn permissions(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        if !self.consents.is_empty() {
            absent(&mut facts.consents, self.consents.iter().copied());
            for (lead, consent) in leads::consents_of(tx, &self.consents)? {
                facts.consents.entry(lead).or_default().push(consent);
            }
        }
        if !self.suppressions.is_empty() {
            absent(&mut facts.suppressions, self.suppressions.iter().map(|a| (*a).to_owned()));
            for suppression in leads::suppressions_of(tx, &self.suppressions)? {
                let of: &mut Vec<Suppression> =
                    facts.suppressions.entry(suppression.address.clone()).or_default();
                of.push(suppression);
            }
        }
        if !self.screenings.is_empty() {
            absent(&mut facts.screenings, self.screenings.iter().map(|number| (*number).to_owned()));
            for (number, word) in screening::of_numbers(tx, &self.screenings)? {
                facts.screenings.entry(number).or_default().push(word);
            }
        }
        if !self.contacts.is_empty() {
            absent(&mut facts.contacts, self.contacts.iter().copied());
            for contact in leads::contacts_of(tx, &self.contacts)? {
                let of: &mut Vec<Contact> = facts.contacts.entry(contact.lead).or_default();
                of.push(contact);
            }
        }
        Ok(())
    }

    fn jobs(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        let ids: Vec<_> = self.jobs.iter().copied().filter(|id| !facts.jobs.contains_key(id)).collect();
        if !ids.is_empty() {
            absent(&mut facts.jobs, ids.iter().copied());
            facts.add_jobs(jobs::by_ids(tx, &ids)?);
        }
        if !self.open_jobs.is_empty() {
            absent(&mut facts.open_jobs, self.open_jobs.iter().copied());
            let open = jobs::open_of_leads(tx, &self.open_jobs)?;
            for job in &open {
                if let Some(lead) = job.lead {
                    facts.open_jobs.entry(lead).or_default().push(job.id);
                }
            }
            facts.add_jobs(open);
        }
        if !self.placing_of.is_empty() {
            absent(&mut facts.placing_of, self.placing_of.iter().copied());
            let placing = calls::placing_of_jobs(tx, &self.placing_of)?;
            for call in &placing {
                if let Some(job) = call.job {
                    facts.placing_of.insert(job, Some(call.id));
                }
            }
            facts.add_calls(placing);
        }
        for key in &self.breakers {
            let text = house::breaker(tx, key.0, key.1)?;
            let breaker = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            facts.breakers.insert(*key, breaker);
        }
        Ok(())
    }

    fn appointments(&self, tx: &mut Tx<'_>, facts: &mut Facts, now: Millis) -> Result<()> {
        for client in &self.booked {
            // Two calls may want overlapping slots at the same moment: the second one must see
            // the first.
            clients::lock(tx, *client)?;
            facts.booked.insert(*client, appointments::booked_from(tx, *client, now)?);
        }
        if !self.booked_in.is_empty() {
            absent(&mut facts.booked_in, self.booked_in.iter().copied());
            for booking in appointments::of_calls(tx, &self.booked_in)? {
                if let Some(call) = booking.call {
                    facts.booked_in.insert(call, Some(booking));
                }
            }
        }
        if !self.upcoming.is_empty() {
            absent(&mut facts.upcoming, self.upcoming.iter().copied());
            let upcoming = appointments::upcoming_of_leads(tx, &self.upcoming, now)?;
            for booking in &upcoming {
                if let Some(lead) = booking.lead {
                    facts.upcoming.entry(lead).or_default().push(booking.id);
                }
            }
            facts.add_appointments(upcoming);
        }
        let ids: Vec<_> =
            self.appointments.iter().copied().filter(|id| !facts.appointments.contains_key(id)).collect();
        if !ids.is_empty() {
            absent(&mut facts.appointments, ids.iter().copied());
            facts.add_appointments(appointments::by_ids(tx, &ids)?);
        }
        if !self.sent_about.is_empty() {
            absent(&mut facts.sent_about, self.sent_about.iter().copied());
            for (appointment, sent) in messages::sent_about(tx, &self.sent_about)? {
                facts.sent_about.entry(appointment).or_default().push(sent);
            }
        }
        Ok(())
    }

    fn calendars(&self, tx: &mut Tx<'_>, facts: &mut Facts, now: Millis) -> Result<()> {
        if !self.calendars.is_empty() {
            absent(&mut facts.calendars, self.calendars.iter().copied());
            for calendar in calendars::of_clients(tx, &self.calendars)? {
                facts.calendars.insert(calendar.client, Some(Arc::new(calendar)));
            }
        }
        for client in &self.taken {
            facts.taken.insert(*client, calendars::taken(tx, *client, now)?);
        }
        for client in &self.mirrors {
            facts.mirrors.insert(*client, calendars::mirror(tx, *client)?);
        }
        for client in &self.diaries {
            // An appointment is over within a day of its start.
            let ids = calendars::diary(tx, *client, now - 2 * DAY)?;
            self.events_of(tx, facts, &ids)?;
            absent(&mut facts.appointments, ids.iter().copied());
            facts.add_appointments(appointments::by_ids(tx, &ids)?);
            facts.diaries.insert(*client, ids);
        }
        let ids: Vec<_> =
            self.events_of.iter().copied().filter(|id| !facts.events_of.contains_key(id)).collect();
        self.events_of(tx, facts, &ids)
    }

    fn events_of(&self, tx: &mut Tx<'_>, facts: &mut Facts, ids: &[AppointmentId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        absent(&mut facts.events_of, ids.iter().copied());
        for event in calendars::events_of(tx, ids)? {
            facts.events_of.insert(event.appointment, Some(event));
        }
        Ok(())
    }

    fn messages(&self, tx: &mut Tx<'_>, facts: &mut Facts) -> Result<()> {
        let mut by_provider: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        for (provider, id) in &self.provider_messages {
            by_provider.entry(provider).or_default().push(id);
        }
        for (provider, ids) in by_provider {
            absent(&mut facts.provider_messages, ids.iter().map(|id| (provider, (*id).to_owned())));
            facts.add_messages(provider, messages::by_provider_ids(tx, provider, &ids)?);
        }
        if !self.sending_of.is_empty() {
            absent(&mut facts.sending_of, self.sending_of.iter().copied());
            for message in messages::sending_of_jobs(tx, &self.sending_of)? {
                if let Some(job) = message.job {
                    facts.sending_of.insert(job, Some(message.id));
                }
                facts.messages.insert(message.id, Some(message));
            }
        }
        if !self.last_texts.is_empty() {
            absent(&mut facts.last_texts, self.last_texts.iter().copied());
            for message in messages::last_texts(tx, &self.last_texts)? {
                if let Some(text) = messages::text(tx, message.id)? {
                    facts.last_words.insert(message.id, text.body);
                }
                if let Some(lead) = message.lead {
                    facts.last_texts.insert(lead, Some(message.id));
                }
                facts.messages.insert(message.id, Some(message));
            }
        }
        if !self.last_replies.is_empty() {
            absent(&mut facts.last_replies, self.last_replies.iter().copied());
            for (lead, at) in messages::last_replies(tx, &self.last_replies)? {
                facts.last_replies.insert(lead, Some(at));
            }
        }
        let ids: Vec<_> =
            self.messages.iter().copied().filter(|id| !facts.messages.contains_key(id)).collect();
        if !ids.is_empty() {
            absent(&mut facts.messages, ids.iter().copied());
            for message in messages::by_ids(tx, &ids)? {
                facts.messages.insert(message.id, Some(message));
            }
        }
        Ok(())
    }
}

/// Notes that keys were asked for, so that what is not found is known not to be there.
fn absent<K: Eq + std::hash::Hash, V: Default>(
    map: &mut std::collections::HashMap<K, V>,
    keys: impl Iterator<Item = K>,
) {
    for key in keys {
        map.entry(key).or_default();
    }
}
