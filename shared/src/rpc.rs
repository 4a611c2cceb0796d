//! The console's service over a unix socket: tarpc with JSON frames.
//!
//! JSON, because an older daemon then refuses a method it does not know instead of running
//! another one. The client sends `hello` first and uses only what `capabilities` lists. Every
//! call needs an explicit deadline: tarpc's own is ten seconds, shorter than a long poll.

use crate::action::{Action, Preview, Receipt, Role};
use crate::client::{ClientCreated, NewClient};
use crate::contact::Channel;
use crate::detail::Detail;
use crate::event::{Cursor, Feed};
use crate::explain::{IdleExplanation, LeadExplanation};
use crate::import::{ImportRow, ImportSpec, Reject};
use crate::noun::Subject;
use crate::page::{Ids, Page, Query};
use crate::{ImportId, Millis};
use serde::{Deserialize, Serialize};

/// Raised whenever a method or a field changes its meaning.
pub const PROTOCOL: u32 = 2;
/// Longest frame accepted by either side, in bytes.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// Longest long poll, in milliseconds.
pub const MAX_WAIT_MS: u32 = 20_000;
/// Bytes of a file sent in one import chunk before base64.
pub const IMPORT_CHUNK_BYTES: usize = 512 * 1024;

/// Who connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// The console's protocol number.
    pub protocol: u32,
    /// The console's build.
    pub build: String,
    /// Asked for by `--read-only`: the daemon then refuses every action.
    pub read_only: bool,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// The daemon's protocol number.
    pub protocol: u32,
    /// The daemon's build.
    pub build: String,
    /// Name shown in the header.
    pub instance: String,
    /// `PROD` or `SANDBOX`: whether real phones ring.
    pub mode: String,
    /// Changes when the daemon restarts.
    pub boot_id: String,
    /// Changes when another store is behind it: cursors of another epoch mean nothing.
    pub store_epoch: String,
    /// Names of methods and features that may be used.
    pub capabilities: Vec<String>,
    /// The daemon's clock.
    pub now: Millis,
    /// The operator's name, from the peer's uid.
    pub operator: String,
    /// What the operator may do.
    pub role: Role,
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub struct RpcError {
    /// Stable word: `not_found`, `forbidden`, `invalid`, `conflict`, `unavailable`, `internal`.
    pub code: String,
    /// In words, naming the field or thing at fault.
    pub text: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

impl RpcError {
    /// An error that will not go away by itself.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), text: text.into(), retryable: false }
    }
}

/// An import with its first refused rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The import.
    pub import: ImportRow,
    /// Its first hundred refused rows.
    pub rejects: Vec<Reject>,
    /// The first rows about which something is to be said: held and why, or taken with a doubt.
    #[serde(default)]
    pub remarks: Vec<Reject>,
    /// How its columns were read: header and field.
    pub columns: Vec<(String, String)>,
}

/// A message as a lead would get it at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// What it is.
    pub kind: String,
    /// Text or email.
    pub channel: Channel,
    /// Subject of an email.
    pub subject: String,
    /// The text, or an email's text part.
    pub body: String,
    /// Characters of it.
    pub characters: u64,
    /// Parts a text is sent in; 0 for an email.
    pub segments: u64,
    /// The alphabet a text is sent in: `GSM-7` or `UCS-2`; empty for an email.
    pub alphabet: String,
}

/// A piece of a do-not-call list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningPart {
    /// The list, as a country's profile names it.
    pub list: String,
    /// The date of the list, or of the check.
    pub as_of: Millis,
    /// Whether the file is the whole list: nobody else is on it.
    pub whole: bool,
    /// Whole lines.
    pub text: String,
    /// The number of their first row, from 1.
    pub first_row: u64,
}

/// What was read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningReport {
    /// Rows with a number.
    pub rows: u64,
    /// Of them, on the list.
    pub listed: u64,
    /// Rows that were not understood.
    pub unreadable: u64,
    /// The first of them, in words.
    pub problems: Vec<String>,
}

impl ScreeningReport {
    /// Counts a row that was not understood; the first `named` are named.
    pub fn refuse(&mut self, problem: String, named: usize) {
        self.unreadable += 1;
        if self.problems.len() < named {
            self.problems.push(problem);
        }
    }

    /// Adds what was read of the next piece.
    pub fn add(&mut self, next: Self, named: usize) {
        self.rows += next.rows;
        self.listed += next.listed;
        self.unreadable += next.unreadable;
        self.problems.extend(next.problems);
        self.problems.truncate(named);
    }
}

/// A do-not-call list and how old it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningList {
    /// Its name.
    pub name: String,
    /// Countries whose profile names it.
    pub countries: Vec<String>,
    /// Days for which it is good.
    pub days: u32,
    /// Whether somebody may be called there without consent, so that it decides.
    pub decides: bool,
    /// Whether none is there, or only one that is too old.
    pub stale: bool,
    /// Date of the newest whole list.
    pub whole_as_of: Option<Millis>,
    /// Date of the newest check of some numbers.
    pub checked_as_of: Option<Millis>,
    /// Rows of the file that came last.
    pub rows: u64,
    /// Who brought it.
    pub brought_by: String,
    /// When.
    pub brought_at: Option<Millis>,
}

/// The console's service.
#[tarpc::service]
pub trait Console {
    /// Must be the first call on a connection.
    async fn hello(client: ClientInfo) -> Result<ServerInfo, RpcError>;
    /// One page of a list.
    async fn page(query: Query) -> Result<Page, RpcError>;
    /// The ids of every row that matches.
    async fn ids(query: Query) -> Result<Ids, RpcError>;
    /// Everything about one thing.
    async fn detail(subject: Subject) -> Result<Detail, RpcError>;
    /// Events after a cursor; waits up to `wait_ms` for the first.
    async fn events_after(cursor: Cursor, limit: u32, wait_ms: u32) -> Result<Feed, RpcError>;
    /// What an action would do.
    async fn preview(action: Action) -> Result<Preview, RpcError>;
    /// Does what was previewed. The same `request_id` is done once, whatever is repeated.
    async fn act(action: Action, token: String, request_id: String) -> Result<Receipt, RpcError>;
    /// Why a lead (by id, its last characters, or its number) is or is not contacted; of one client
    /// where the number is of several.
    async fn why(lead: String, client: Option<String>) -> Result<LeadExplanation, RpcError>;
    /// Why nothing, or not more, is dialing.
    async fn why_idle(client: Option<String>) -> Result<IdleExplanation, RpcError>;
    /// A message of a kind as a lead would get it, worded as it would be if it were sent now; by
    /// the kind's usual way where no channel is named. Nothing is sent.
    async fn compose(lead: String, kind: String, channel: Option<Channel>) -> Result<Composed, RpcError>;
    /// Starts to receive a file.
    async fn import_begin(spec: ImportSpec) -> Result<ImportId, RpcError>;
    /// Appends bytes, base64, at `offset`; a repeated chunk is accepted and changes nothing.
    async fn import_chunk(import: ImportId, offset: u64, base64: String) -> Result<u64, RpcError>;
    /// The file is whole: judge it.
    async fn import_commit(import: ImportId) -> Result<ImportRow, RpcError>;
    /// Where an import stands.
    async fn import_report(import: ImportId) -> Result<ImportReport, RpcError>;
    /// Creates a client; its key is in the answer and nowhere else.
    async fn create_client(client: NewClient) -> Result<ClientCreated, RpcError>;
    /// Makes a new API key for a client (or, without one, an administrator's); shown once.
    async fn create_key(client: Option<String>, label: String) -> Result<String, RpcError>;
    /// Do-not-call lists and their age.
    async fn screening() -> Result<Vec<ScreeningList>, RpcError>;
    /// Keeps what a piece of such a list says; a repeated piece changes nothing.
    async fn screen(part: ScreeningPart) -> Result<ScreeningReport, RpcError>;
    /// The file is over: `part` without text, and what was read in all.
    async fn screened(part: ScreeningPart, read: ScreeningReport) -> Result<(), RpcError>;
}
