//! Lists: what to ask for and what comes back, a page at a time.

use crate::call::{AppointmentRow, CallRow};
use crate::client::ClientRow;
use crate::event::{Cursor, Event};
use crate::fault::FaultRow;
use crate::health::HealthReport;
use crate::import::ImportRow;
use crate::job::JobRow;
use crate::lead::LeadRow;
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
}

impl Query {
    /// The first page of a list, unfiltered.
    pub fn first(list: List, limit: u32) -> Self {
        Self { list, client: None, filter: String::new(), after: None, limit }
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
            Self::Leads(r) => r.len(),
            Self::Jobs(r) => r.len(),
            Self::Errors(r) => r.len(),
            Self::Webhooks(r) => r.len(),
            Self::Imports(r) => r.len(),
            Self::Appointments(r) => r.len(),
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

/// Counts shown in the console's header whatever the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Rows that match without paging, counted up to 10,000.
    pub matching: u64,
    /// Rows without the filter, counted up to 10,000.
    pub total: u64,
    /// Events up to here are contained in the rows.
    pub cursor: Cursor,
    /// The daemon's clock.
    pub now: Millis,
    /// Header counts.
    pub badges: Badges,
}

/// A thing that can be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// `lead`, `call`, `job`, `fault`, `webhook`, `import`, `appointment` or `client`.
    pub kind: String,
    /// Its id (or key, for a client).
    pub id: String,
}

/// One block of a detail view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Label and value; an empty label makes the value a paragraph.
    pub lines: Vec<(String, String)>,
}

/// Everything about one thing, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// What it is.
    pub subject: Subject,
    /// One line.
    pub title: String,
    /// Blocks in order of use.
    pub sections: Vec<Section>,
    /// Its story, newest first: instant and line.
    pub story: Vec<(Millis, String)>,
    /// Related things: label and what to open.
    pub related: Vec<(String, Subject)>,
}
