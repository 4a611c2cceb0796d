//! What was decided, as data: compared by previews, dry runs and tests, written by one `apply`.

use crate::breaker::Breaker;
use crate::call::Call;
use crate::job::{Job, NewJob};
use crate::lead::Lead;
use crate::records::{Booking, CallTexts, Contact, Emitted, ErrorReport, Hold, Suppression, ToolAnswer};
use crate::verdict::Verdict;
use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId};
use std::collections::{BTreeMap, BTreeSet};

/// Changes of one set of inputs. Rows that exist are written whole, once, as they are at the end.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Calls nobody knew before, in their final state.
    pub new_calls: BTreeMap<CallId, Call>,
    /// Calls that moved.
    pub calls: BTreeMap<CallId, Call>,
    /// What was said in them.
    pub texts: BTreeMap<CallId, CallTexts>,
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
    /// Slots taken.
    pub booked: Vec<Booking>,
    /// Slots given back.
    pub cancelled: Vec<AppointmentId>,
    /// Addresses nobody may contact any more.
    pub suppressions: Vec<Suppression>,
    /// Leads whose consents are taken back, and why.
    pub revoked: BTreeMap<LeadId, String>,
    /// Answers to tools.
    pub tool_answers: Vec<ToolAnswer>,
    /// Accounts that rest.
    pub holds: Vec<Hold>,
    /// Breakers that learned something.
    pub breakers: BTreeMap<ClientId, Breaker>,
    /// Errors.
    pub errors: Vec<ErrorReport>,
    /// What is told.
    pub events: Vec<Emitted>,
}
