//! A job: an intent to act, with an identity, a deadline and a history.

use frontdesk_shared::job::JobState;
use frontdesk_shared::{CallId, ClientId, JobId, LeadId, Millis};
use serde_json::Value as Json;
use std::borrow::Cow;

mod kind;

pub use kind::{
    Arguments, END_CALL, EndCall, Kind, LOOK_UP, LOOK_UP_MESSAGE, LookUp, LookUpMessage, PLACE_CALL, POLL,
    PlaceCall, Poll, READ_CALENDAR, RESCREEN, ReadCalendar, Rescreen, SEND_EMAIL, SEND_SMS, SendMessage,
    UNDO_IMPORT, UndoImport, Unreadable, WATCH_CALENDAR, WRITE_EVENT, WatchCalendar, WriteEvent,
};

/// The lane of jobs that place calls: claimed only while a provider slot is free.
pub const LANE_CALL: &str = "call";
/// The lane of texts: claimed as fast as their senders may send.
pub const LANE_SMS: &str = "sms";
/// The lane of emails.
pub const LANE_EMAIL: &str = "email";
/// The lane of everything else.
pub const LANE_WORK: &str = "work";
/// Every lane.
pub const LANES: [&str; 4] = [LANE_CALL, LANE_SMS, LANE_EMAIL, LANE_WORK];
/// Lowest and highest priority; lower goes first.
pub const PRIORITIES: std::ops::RangeInclusive<i64> = 0..=4;

/// A job on its way into the queue.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: &'a str,
    /// Version of its arguments.
    pub version: i64,
    /// What it does it with.
    pub payload: Json,
    /// For whom; 0 is the house.
    pub client: ClientId,
    /// About which lead.
    pub lead: Option<LeadId>,
    /// About which call.
    pub call: Option<CallId>,
    /// Whom or what it is about, in words.
    pub about: Cow<'a, str>,
    /// Identity of the intent: an intent exists once, for ever.
    pub dedupe: Option<String>,
    /// Which lane.
    pub lane: &'a str,
    /// Lower goes first.
    pub priority: i64,
    /// Not before.
    pub run_at: Millis,
    /// Not after.
    pub useful_until: Option<Millis>,
    /// Tries at most.
    pub max_attempts: u32,
}

/// A job as the daemon works with it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: String,
    /// Version of its arguments.
    pub version: i64,
    /// What it does it with.
    pub payload: Json,
    /// For whom.
    pub client: ClientId,
    /// About which lead.
    pub lead: Option<LeadId>,
    /// About which call.
    pub call: Option<CallId>,
    /// In words.
    pub about: String,
    /// Where it stands.
    pub state: JobState,
    /// Which lane.
    pub lane: String,
    /// Lower goes first.
    pub priority: i64,
    /// Not before.
    pub run_at: Millis,
    /// Not after.
    pub useful_until: Option<Millis>,
    /// Tries so far, counting a running one; one that was put back does not count.
    pub attempt: u32,
    /// Tries at most.
    pub max_attempts: u32,
    /// Why it is where it is.
    pub reason: String,
    /// How often it was started, and the token of the latest run: a daemon whose lease was taken
    /// away no longer has the current number.
    pub fence: i64,
    /// The daemon that runs it.
    pub lease_node: Option<i64>,
    /// Until when nobody else may have it.
    pub lease_until: Option<Millis>,
}

impl Job {
    /// A new job as it stands in the queue.
    pub fn queued(new: &NewJob<'_>) -> Self {
        Self {
            id: new.id,
            kind: new.kind.to_owned(),
            version: new.version,
            payload: new.payload.clone(),
            client: new.client,
            lead: new.lead,
            call: new.call,
            about: new.about.clone().into_owned(),
            state: JobState::Ready,
            lane: new.lane.to_owned(),
            priority: new.priority,
            run_at: new.run_at,
            useful_until: new.useful_until,
            attempt: 0,
            max_attempts: new.max_attempts,
            reason: String::new(),
            fence: 0,
            lease_node: None,
            lease_until: None,
        }
    }

    /// Whether it is of a kind and version this program knows.
    pub fn is(&self, kind: &Kind) -> bool {
        self.kind == kind.word && self.version <= kind.version
    }

    /// Whether the run of a fencing number still has the job.
    pub fn is_run(&self, fence: i64) -> bool {
        self.state == JobState::Running && self.fence == fence
    }

    /// Moves it on from a run or from the queue.
    pub fn stand(&mut self, state: JobState, run_at: Option<Millis>, reason: &str) {
        self.state = state;
        self.run_at = run_at.unwrap_or(self.run_at);
        reason.clone_into(&mut self.reason);
        (self.lease_node, self.lease_until) = (None, None);
    }

    /// Puts a running job back without counting the try.
    pub fn snooze(&mut self, until: Millis, reason: &str) {
        self.attempt = self.attempt.saturating_sub(1);
        self.stand(JobState::Ready, Some(until), reason);
    }

    /// Starts a run under a lease.
    pub fn start(&mut self, node: i64, lease_until: Millis) {
        self.state = JobState::Running;
        self.attempt += 1;
        self.fence += 1;
        (self.lease_node, self.lease_until) = (Some(node), Some(lease_until));
    }
}
