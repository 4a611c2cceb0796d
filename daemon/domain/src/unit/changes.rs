//! What was decided, as data: compared by previews, dry runs and tests, written by one `apply`.

use crate::breaker::Breaker;
use crate::calendar::{ClientCalendar, Entry, WrittenEvent};
use crate::call::Call;
use crate::job::{Job, NewJob};
use crate::lead::Lead;
use crate::records::{
    Booking, CallTexts, Contact, Emitted, ErrorReport, Hold, Lifted, Suppression, ToolAnswer,
};
use crate::sending::{Message, MessageText};
use crate::verdict::Verdict;
use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId, MessageId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// An event of a client's calendar as the mirror is to hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorChange {
    /// Whose calendar.
    pub client: ClientId,
    /// As it stands; `None` when it is gone.
    pub entry: Option<Entry>,
}

/// Changes of one set of inputs. Rows that exist are written whole, once, as they are at the end.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// When it was decided. What is written bears this instant, so that what belongs together can be
    /// told by it.
    pub at: Millis,
    /// Calls nobody knew before, in their final state.
    pub new_calls: BTreeMap<CallId, Call>,
    /// Calls that moved.
    pub calls: BTreeMap<CallId, Call>,
    /// What was said in them.
    pub texts: BTreeMap<CallId, CallTexts>,
    /// People who were no leads, such as somebody who called in and booked.
    pub new_leads: BTreeMap<LeadId, Lead>,
    /// Leads that moved.
    pub leads: BTreeMap<LeadId, Lead>,
    /// Jobs to be added, unless one of the same unique key exists.
    pub new_jobs: Vec<NewJob<'static>>,
    /// Jobs that moved.
    pub jobs: BTreeMap<JobId, Job>,
    /// Contacts made.
    pub contacts: Vec<Contact>,
    /// Calls whose contact never took place.
    pub voided: BTreeSet<CallId>,
    /// Decisions of the gate.
    pub verdicts: Vec<Verdict>,
    /// Appointments made.
    pub booked: Vec<Booking>,
    /// Appointments that moved or came to their end.
    pub appointments: BTreeMap<AppointmentId, Booking>,
    /// What is known of events in calendars, by calendar and event.
    pub mirror: BTreeMap<(String, String), MirrorChange>,
    /// Events of appointments.
    pub events_of: BTreeMap<AppointmentId, WrittenEvent>,
    /// Calendars that were read, or could not be.
    pub calendars: BTreeMap<ClientId, ClientCalendar>,
    /// Messages nobody knew before, in their final state.
    pub new_messages: BTreeMap<MessageId, Message>,
    /// Messages that moved.
    pub messages: BTreeMap<MessageId, Message>,
    /// What new messages say.
    pub message_texts: BTreeMap<MessageId, MessageText>,
    /// Suppressions that end.
    pub lifted: Vec<Lifted>,
    /// Leads whose consents of an instant were taken back by mistake.
    pub restored: BTreeMap<LeadId, Millis>,
    /// Addresses nobody may contact any more.
    pub suppressions: Vec<Suppression>,
    /// Leads whose consents are taken back, and why.
    pub revoked: BTreeMap<LeadId, String>,
    /// Answers to tools.
    pub tool_answers: Vec<ToolAnswer>,
    /// Accounts that rest.
    pub holds: Vec<Hold>,
    /// Breakers that learned something, by provider and client.
    pub breakers: BTreeMap<(&'static str, ClientId), Breaker>,
    /// Errors.
    pub errors: Vec<ErrorReport>,
    /// What is told.
    pub events: Vec<Emitted>,
}
