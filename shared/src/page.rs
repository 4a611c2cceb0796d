//! Lists: what to ask for and what comes back, a page at a time.

use crate::call::{AppointmentRow, CallRow, CallbackRow};
use crate::client::ClientRow;
use crate::event::{Cursor, Event};
use crate::fault::FaultRow;
use crate::health::HealthReport;
use crate::import::ImportRow;
use crate::job::JobRow;
use crate::lead::LeadRow;
use crate::message::MessageRow;
use crate::sequence::StepRow;
use crate::template::TemplateRow;
use crate::webhook::WebhookRow;
use crate::words::words;
use crate::{Millis, fault::Severity};
use serde::{Deserialize, Serialize};

words! {
    /// Everything that can be listed.
    List {
        /// Calls under way, oldest first.
        Live = "live",
        /// Calls, newest first.
        Calls = "calls",
        /// Texts and emails, newest first.
        Messages = "messages",
        /// Wording of messages, by client.
        Templates = "templates",
        /// Steps of follow-up sequences, newest first.
        Sequences = "sequences",
        /// Leads, newest first.
        Leads = "leads",
        /// Jobs: what needs a person first, then by due time.
        Jobs = "jobs",
        /// Faults, last seen first, unacknowledged before acknowledged.
        Errors = "errors",
        /// Webhooks, newest first.
        Webhooks = "webhooks",
        /// Imports, newest first.
        Imports = "imports",
        /// Appointments, next first.
        Appointments = "appointments",
        /// Calls back that were promised, next first.
        Callbacks = "callbacks",
        /// Clients by key.
        Clients = "clients",
        /// Events, newest first.
        Events = "events",
        /// Operators' actions, newest first.
        Audit = "audit",
        /// The health report.
        Health = "health",
    }
}

/// Further than this nothing is counted, unless a question asks for the exact number.
pub const COUNTED: u64 = 10_000;
/// Most things marked and acted on together.
pub const MOST_MARKED: u64 = 10_000;

/// The ids of every row that matches, in the list's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// At most [`MOST_MARKED`]; none of them where more match.
    pub ids: Vec<String>,
    /// How many match; one more than [`MOST_MARKED`] stands for all that are more.
    pub matching: u64,
}

/// A question for a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// What to list.
    pub list: List,
    /// Only this client's.
    #[serde(default)]
    pub client: Option<String>,
    /// Words and `key:value` terms, all of which must match; `!` before a term inverts it.
    #[serde(default)]
    pub filter: String,
    /// Where the last page ended, as it said in `next`.
    #[serde(default)]
    pub after: Option<String>,
    /// Rows at most; the daemon caps it at 500.
    pub limit: u32,
    /// Another order than the list's own, over the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// The rows before `after`, or the last ones of the list without it; still in the list's order.
    #[serde(default)]
    pub backward: bool,
    /// Count to the end instead of to 10,000.
    #[serde(default)]
    pub exact: bool,
}

/// An order over a whole list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The column, as the list names it.
    pub by: String,
    /// Greatest first.
    #[serde(default)]
    pub descending: bool,
}

impl Query {
    /// The first page of a list, unfiltered.
    pub fn first(list: List, limit: u32) -> Self {
        Self {
            list,
            client: None,
            filter: String::new(),
            after: None,
            limit,
            sort: None,
            backward: false,
            exact: false,
        }
    }
}

/// One operator action as the audit list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// On what.
    pub subject: String,
    /// Key of the client; empty for the house.
    pub client: String,
    /// Further facts in words.
    pub detail: String,
}

/// Rows of one list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "list", content = "rows", rename_all = "lowercase")]
pub enum Rows {
    /// Rows of `Live` and `Calls`.
    Calls(Vec<CallRow>),
    /// Rows of `Messages`.
    Messages(Vec<MessageRow>),
    /// Rows of `Templates`.
    Templates(Vec<TemplateRow>),
    /// Rows of `Sequences`.
    Sequences(Vec<StepRow>),
    /// Rows of `Leads`.
    Leads(Vec<LeadRow>),
    /// Rows of `Jobs`.
    Jobs(Vec<JobRow>),
    /// Rows of `Errors`.
    Errors(Vec<FaultRow>),
    /// Rows of `Webhooks`.
    Webhooks(Vec<WebhookRow>),
    /// Rows of `Imports`.
    Imports(Vec<ImportRow>),
    /// Rows of `Appointments`.
    Appointments(Vec<AppointmentRow>),
    /// Rows of `Callbacks`.
    Callbacks(Vec<CallbackRow>),
    /// Rows of `Clients`.
    Clients(Vec<ClientRow>),
    /// Rows of `Events`.
    Events(Vec<Event>),
    /// Rows of `Audit`.
    Audit(Vec<AuditRow>),
    /// The report of `Health`.
    Health(Box<HealthReport>),
}

impl Rows {
    /// How many rows there are; a report counts as one.
    pub fn len(&self) -> usize {
        match self {
            Self::Calls(r) => r.len(),
            Self::Messages(r) => r.len(),
            Self::Templates(r) => r.len(),
            Self::Sequences(r) => r.len(),
            Self::Leads(r) => r.len(),
            Self::Jobs(r) => r.len(),
            Self::Errors(r) => r.len(),
            Self::Webhooks(r) => r.len(),
            Self::Imports(r) => r.len(),
            Self::Appointments(r) => r.len(),
            Self::Callbacks(r) => r.len(),
            Self::Clients(r) => r.len(),
            Self::Events(r) => r.len(),
            Self::Audit(r) => r.len(),
            Self::Health(_) => 1,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A stop of dialing: of what, by whom, since when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Key of the client; `None` is the whole installation.
    pub client: Option<String>,
    /// Who paused it; empty where that was not written down.
    pub by: String,
    /// Since when, where that was written down.
    pub at: Option<Millis>,
    /// Why.
    pub reason: String,
}

/// Counts shown in the console's header whatever the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Badges {
    /// Calls under way.
    pub live: u64,
    /// Jobs that need a person: dead or uncertain.
    pub stuck_jobs: u64,
    /// Unacknowledged groups of errors.
    pub errors: u64,
    /// Worst severity among them.
    pub worst: Option<Severity>,
    /// Stored webhooks that failed or are unmatched.
    pub bad_webhooks: u64,
    /// Imports under way.
    pub running_imports: u64,
    /// Whether dialing is paused for everyone.
    pub paused: bool,
    /// What is paused of what is looked at: the installation, then the client that is shown.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// Since when the database is away or cannot be written, while it is.
    #[serde(default)]
    pub away_since: Option<Millis>,
    /// Webhooks that wait in the spool for the database.
    #[serde(default)]
    pub spooled: u64,
}

/// One page of a list, read in one transaction with its place in the order of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The rows.
    pub rows: Rows,
    /// Give this as `after` for the next page; `None` on the last.
    pub next: Option<String>,
    /// Give this as `after` with `backward` for the page before; `None` on the first.
    #[serde(default)]
    pub prev: Option<String>,
    /// Rows that match without paging, counted up to [`COUNTED`] unless asked for exactly.
    pub matching: u64,
    /// Rows without the filter, counted in the same way.
    pub total: u64,
    /// Whether the counts are exact however large they are.
    #[serde(default)]
    pub exact: bool,
    /// Events up to here are contained in the rows.
    pub cursor: Cursor,
    /// The daemon's clock.
    pub now: Millis,
    /// Header counts.
    pub badges: Badges,
}
