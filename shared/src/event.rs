//! Events: what happened, in commit order, appended by every state change.

use crate::call::{CallStatus, Outcome};
use crate::client::ClientStatus;
use crate::contact::Channel;
use crate::fault::Severity;
use crate::job::JobState;
use crate::lead::LeadStatus;
use crate::message::{AppointmentStatus, MessageStatus};
use crate::webhook::WebhookStatus;
use crate::{AppointmentId, CallId, LeadId, Millis};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A place in the order of events. On one machine `tx` is 0 and `seq` orders alone; on
/// PostgreSQL the committing transaction comes first, because sequence numbers become visible
/// out of order there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// Transaction number, or 0.
    pub tx: i64,
    /// Number of the event.
    pub seq: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.tx, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (tx, seq) = text.trim().split_once('-').ok_or(())?;
        Ok(Self { tx: tx.parse().map_err(|_| ())?, seq: seq.parse().map_err(|_| ())? })
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the order.
    pub cursor: Cursor,
    /// When.
    pub at: Millis,
    /// What, such as `call_started`; an open set.
    pub kind: String,
    /// Key of the client; empty for the house.
    pub client: String,
    /// What it is about: `lead`, `call`, `job`, `import`, `webhook`, `fault`, `client`, `daemon`.
    pub subject: String,
    /// Id of what it is about.
    pub subject_id: String,
    /// Who caused it: `daemon`, `api:<client>`, `vapi`, or an operator's name.
    pub actor: String,
    /// One line for people, without phone numbers or message bodies.
    pub text: String,
    /// Further facts, without personal data.
    #[serde(default)]
    pub data: serde_json::Value,
}

/// What a long poll brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Events after the asked cursor, oldest first.
    pub events: Vec<Event>,
    /// Where to go on.
    pub cursor: Cursor,
    /// The daemon's clock.
    pub now: Millis,
    /// The asked cursor is too far back or of another store: fetch afresh.
    pub reset: bool,
}

/// Names of events that outside readers rely on (requirement R138).
pub mod kind {
    /// A call was answered.
    pub const CALL_STARTED: &str = "call_started";
    /// A call is over.
    pub const CALL_ENDED: &str = "call_ended";
    /// A slot was booked.
    pub const APPOINTMENT_BOOKED: &str = "appointment_booked";
    /// A booked slot was given back.
    pub const APPOINTMENT_CANCELLED: &str = "appointment_cancelled";
    /// An appointment got another time.
    pub const APPOINTMENT_MOVED: &str = "appointment_moved";
    /// Whether the person came to an appointment was told.
    pub const APPOINTMENT_MARKED: &str = "appointment_marked";
    /// A text or an email was planned, sent, moved on or came in.
    pub const MESSAGE_CHANGED: &str = "message_changed";
    /// A lead moved from one status to another.
    pub const LEAD_STATUS_CHANGED: &str = "lead_status_changed";
    /// A call moved on without being answered or over.
    pub const CALL_UPDATED: &str = "call_updated";
    /// A batch of an import was committed.
    pub const IMPORT_PROGRESS: &str = "import_progress";
    /// An import is over.
    pub const IMPORT_FINISHED: &str = "import_finished";
    /// A person opted out.
    pub const OPTED_OUT: &str = "opted_out";
    /// An opt-out that was recorded by mistake was withdrawn.
    pub const OPT_OUT_WITHDRAWN: &str = "opt_out_withdrawn";
    /// A do-not-call list came.
    pub const SCREENING_LIST: &str = "screening_list";
    /// A job changed.
    pub const JOB_CHANGED: &str = "job_changed";
    /// A webhook was stored.
    pub const WEBHOOK_STORED: &str = "webhook_stored";
    /// An error happened or was acknowledged.
    pub const FAULT_CHANGED: &str = "fault_changed";
    /// A client was created, changed, paused or deactivated.
    pub const CLIENT_CHANGED: &str = "client_changed";
    /// Dialing was paused or resumed, the daemon started or stopped.
    pub const HOUSE_CHANGED: &str = "house_changed";
}

/// The facts of an event, by what it is about. Their JSON is a public contract: fields are added,
/// never renamed. Readers that are older than a field ignore it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// A call moved.
    Call {
        /// Where it stands.
        status: CallStatus,
        /// What it came to.
        outcome: Option<Outcome>,
        /// Which attempt of the enquiry it is.
        attempt: i64,
        /// With whom.
        lead: Option<LeadId>,
    },
    /// A lead moved.
    Lead {
        /// Where it stands.
        status: LeadStatus,
        /// The rule that holds it; empty where none does.
        hold: String,
        /// The next instant something is planned.
        next_at: Option<Millis>,
    },
    /// A job moved.
    Job {
        /// Where it stands.
        state: JobState,
    },
    /// A webhook was stored, or applied again.
    Webhook {
        /// What became of it.
        status: WebhookStatus,
        /// The provider's word for what it is.
        kind: String,
        /// The call it concerns.
        call: Option<CallId>,
        /// Whether a person had it applied again.
        replayed: bool,
    },
    /// A slot was taken or given back.
    Appointment {
        /// Its start.
        starts_at: Millis,
        /// The call it was made in.
        call: Option<CallId>,
        /// With whom.
        lead: Option<LeadId>,
        /// What became of it.
        status: AppointmentStatus,
    },
    /// A message moved.
    Message {
        /// Text or email.
        channel: Channel,
        /// What it is, such as `reminder-24h`.
        message: String,
        /// Where it stands.
        status: MessageStatus,
        /// The appointment it is about.
        appointment: Option<AppointmentId>,
    },
    /// A person opted out, or a mistaken opt-out was withdrawn.
    OptOut {
        /// Leads closed by it, or free again.
        leads: u64,
        /// Planned jobs taken back by it.
        jobs: u64,
    },
    /// An error happened.
    Error {
        /// How bad.
        severity: Severity,
        /// What kind.
        kind: String,
    },
    /// An error was acknowledged.
    Acknowledged {
        /// Always true.
        acked: bool,
    },
    /// Dialing was paused or resumed.
    Paused {
        /// Why, while it is.
        paused: Option<String>,
    },
    /// A client changed.
    Client {
        /// Its key.
        key: String,
        /// Where it stands.
        status: ClientStatus,
    },
    /// Facts that have no form of their own.
    Other(serde_json::Value),
}
