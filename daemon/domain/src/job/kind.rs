//! Kinds of job: what all jobs of a kind have in common, said once, and the arguments they carry.
//!
//! A new kind is a constant and a type beside whatever runs it, and a line in the registry of
//! `frontdeskd`'s `jobs`, whose test holds both together.

use super::{Job, LANE_CALL, LANE_EMAIL, LANE_SMS, LANE_WORK, NewJob};
use crate::attempts::{PRIORITY_ANSWER, PRIORITY_NEW_LEAD, PRIORITY_RETRY};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{AppointmentId, ClientId, ImportId, JobId, MessageId, Millis};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What all jobs of a kind have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The word it is stored under, for ever.
    pub word: &'static str,
    /// Version of its arguments. Raise it when an older program could not read them: that program
    /// leaves such jobs to a newer one.
    pub version: i64,
    /// Which queue.
    pub queue: &'static str,
    /// Lower goes first.
    pub priority: i64,
    /// Tries at most.
    pub tries: u32,
    /// How long after its time it is still useful; `None`: its tries are its end.
    pub useful_ms: Option<i64>,
    /// How long one run may take. Its lease is renewed meanwhile, so that this may be hours.
    pub limit_ms: i64,
    /// Whether a run whose end nobody heard of may simply be repeated.
    pub idempotent: bool,
}

/// What a job of a kind carries.
pub trait Arguments: Serialize + DeserializeOwned {
    /// The kind.
    const KIND: &'static Kind;
}

/// Arguments that this program cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the arguments of {kind} cannot be read: {why}")]
pub struct Unreadable {
    kind: &'static str,
    why: String,
}

impl NewJob<'static> {
    /// A job of a kind, as its kind has it; the caller changes what differs.
    pub fn of<A: Arguments>(
        id: JobId,
        arguments: &A,
        client: ClientId,
        about: impl Into<Cow<'static, str>>,
        run_at: Millis,
    ) -> Self {
        let kind = A::KIND;
        Self {
            id,
            kind: kind.word,
            version: kind.version,
            // A type of plain fields always serialises; were it ever not so, reading it back
            // would say so.
            payload: serde_json::to_value(arguments).unwrap_or_default(),
            client,
            lead: None,
            call: None,
            about: about.into(),
            dedupe: None,
            lane: kind.queue,
            priority: kind.priority,
            run_at,
            useful_until: kind.useful_ms.map(|ms| run_at + ms),
            max_attempts: kind.tries,
        }
    }
}

impl Job {
    /// Its arguments.
    ///
    /// # Errors
    /// What cannot be read; the job stays and is shown.
    pub fn arguments<A: Arguments>(&self) -> Result<A, Unreadable> {
        let unreadable = |why: String| Unreadable { kind: A::KIND.word, why };
        if self.kind != A::KIND.word {
            return Err(unreadable(format!("it is a {}", self.kind)));
        }
        serde_json::from_value(self.payload.clone()).map_err(|e| unreadable(e.to_string()))
    }
}

/// Placing a call. The one kind that may never be repeated on a guess.
pub static PLACE_CALL: Kind = Kind {
    word: "call.place",
    version: 1,
    queue: LANE_CALL,
    priority: PRIORITY_NEW_LEAD,
    tries: 7,
    useful_ms: Some(DAY),
    limit_ms: MINUTE,
    idempotent: false,
};

/// Which attempt a placement is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceCall {
    /// Through which provider.
    pub provider: String,
    /// Of which enquiry.
    pub episode: i64,
    /// Which attempt of it.
    pub attempt: i64,
    /// Who wants it.
    pub actor: String,
}

impl Arguments for PlaceCall {
    const KIND: &'static Kind = &PLACE_CALL;
}

/// Asking the provider what became of an attempt.
pub static LOOK_UP: Kind = Kind {
    word: "call.look-up",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_RETRY,
    tries: 6,
    // Its tries are its end: whoever was away for long still has to ask.
    useful_ms: None,
    // One reading of the provider's list is up to a hundred requests.
    limit_ms: 15 * MINUTE,
    idempotent: true,
};

/// The call is the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookUp {}

impl Arguments for LookUp {
    const KIND: &'static Kind = &LOOK_UP;
}

/// Asking the provider about a call that went silent or has no report.
pub static POLL: Kind = Kind {
    word: "call.poll",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_RETRY,
    tries: 7,
    useful_ms: Some(DAY + HOUR),
    limit_ms: MINUTE,
    idempotent: true,
};

/// The call is the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {}

impl Arguments for Poll {
    const KIND: &'static Kind = &POLL;
}

/// Hanging up a live call: saying it twice does no harm.
pub static END_CALL: Kind = Kind {
    word: "call.end",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_ANSWER,
    tries: 3,
    useful_ms: Some(MINUTE),
    limit_ms: MINUTE,
    idempotent: true,
};

/// Who wants a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndCall {
    /// An operator's name.
    pub by: String,
}

impl Arguments for EndCall {
    const KIND: &'static Kind = &END_CALL;
}

/// Sending a text. Never repeated on a guess.
pub static SEND_SMS: Kind = Kind {
    word: "sms.send",
    version: 1,
    queue: LANE_SMS,
    priority: PRIORITY_NEW_LEAD,
    tries: 7,
    useful_ms: Some(6 * HOUR),
    limit_ms: MINUTE,
    idempotent: false,
};

/// Sending an email. Never repeated on a guess.
pub static SEND_EMAIL: Kind = Kind {
    word: "email.send",
    version: 1,
    queue: LANE_EMAIL,
    priority: PRIORITY_NEW_LEAD,
    tries: 8,
    useful_ms: Some(6 * HOUR),
    limit_ms: 2 * MINUTE,
    idempotent: false,
};

/// Which message, and what it rests on. What it says is made when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// What it is, such as `reminder-24h`.
    pub message: String,
    /// Text or email.
    pub channel: Channel,
    /// The appointment it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// The appointment's number of changes for which it was planned: of an older one it is void.
    #[serde(default)]
    pub sequence: i64,
    /// The enquiry it belongs to.
    #[serde(default)]
    pub episode: i64,
    /// When the appointment was before, where this tells that it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Millis>,
    /// When the person did what it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Millis>,
}

impl SendMessage {
    /// The job that sends it.
    pub fn job(
        &self,
        id: JobId,
        client: ClientId,
        about: impl Into<Cow<'static, str>>,
        run_at: Millis,
    ) -> NewJob<'static> {
        let kind = if self.channel == Channel::Email { &SEND_EMAIL } else { &SEND_SMS };
        NewJob {
            kind: kind.word,
            version: kind.version,
            lane: kind.queue,
            max_attempts: kind.tries,
            useful_until: kind.useful_ms.map(|ms| run_at + ms),
            ..NewJob::of(id, self, client, about, run_at)
        }
    }

    /// Reads it from a job of either kind.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn of(job: &Job) -> Result<Self, Unreadable> {
        serde_json::from_value(job.payload.clone())
            .map_err(|e| Unreadable { kind: SEND_SMS.word, why: e.to_string() })
    }
}

impl Arguments for SendMessage {
    const KIND: &'static Kind = &SEND_SMS;
}

/// Asking the provider what became of a message.
pub static LOOK_UP_MESSAGE: Kind = Kind {
    word: "message.look-up",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_RETRY,
    tries: 6,
    useful_ms: None,
    limit_ms: 5 * MINUTE,
    idempotent: true,
};

/// Which message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookUpMessage {
    /// Its id.
    pub message: MessageId,
}

impl Arguments for LookUpMessage {
    const KIND: &'static Kind = &LOOK_UP_MESSAGE;
}

/// Telling a client's calendar about an appointment. What there is to tell is looked up when it runs,
/// and an event is put there under an id of ours: twice does no harm.
pub static WRITE_EVENT: Kind = Kind {
    word: "calendar.write",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_NEW_LEAD,
    tries: 12,
    useful_ms: None,
    limit_ms: 5 * MINUTE,
    idempotent: true,
};

/// Of which appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteEvent {
    /// Its id.
    pub appointment: AppointmentId,
}

impl Arguments for WriteEvent {
    const KIND: &'static Kind = &WRITE_EVENT;
}

/// Reading what changed in a client's calendar. The client is the job's own.
pub static READ_CALENDAR: Kind = Kind {
    word: "calendar.sync",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_RETRY,
    tries: 2,
    // The next one finds everything this one would have found.
    useful_ms: Some(30 * MINUTE),
    // A first reading may be a hundred pages.
    limit_ms: 15 * MINUTE,
    idempotent: true,
};

/// Asking the gate again about leads that a do-not-call list held.
pub static RESCREEN: Kind = Kind {
    word: "leads.rescreen",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_RETRY,
    tries: 12,
    useful_ms: None,
    limit_ms: 5 * MINUTE,
    idempotent: true,
};

/// Whose leads: the client is the job's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescreen {
    /// The list that came.
    pub list: String,
}

impl Arguments for Rescreen {
    const KIND: &'static Kind = &RESCREEN;
}

/// Closing what an import brought by mistake.
pub static UNDO_IMPORT: Kind = Kind {
    word: "import.undo",
    version: 1,
    queue: LANE_WORK,
    // The calls it takes back are about to be made.
    priority: PRIORITY_ANSWER,
    tries: 12,
    useful_ms: None,
    limit_ms: 30 * MINUTE,
    idempotent: true,
};

/// Which import, and who wants it undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoImport {
    /// The import.
    pub import: ImportId,
    /// An operator's name, or a key's.
    pub by: String,
}

impl Arguments for UndoImport {
    const KIND: &'static Kind = &UNDO_IMPORT;
}

/// The client is the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadCalendar {}

impl Arguments for ReadCalendar {
    const KIND: &'static Kind = &READ_CALENDAR;
}

/// Having Google tell of changes in a client's calendar: a channel twice does no harm.
pub static WATCH_CALENDAR: Kind = Kind {
    word: "calendar.watch",
    version: 1,
    queue: LANE_WORK,
    priority: PRIORITY_RETRY,
    tries: 2,
    useful_ms: Some(HOUR),
    limit_ms: 5 * MINUTE,
    idempotent: true,
};

/// The client is the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchCalendar {}

impl Arguments for WatchCalendar {
    const KIND: &'static Kind = &WATCH_CALENDAR;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back_as_they_were_given() {
        let given = PlaceCall { provider: "vapi".into(), episode: 2, attempt: 3, actor: "root".into() };
        let new = NewJob::of(JobId(1), &given, ClientId(1), "Ada", Millis(5));
        assert_eq!((new.kind, new.useful_until), ("call.place", Some(Millis(5) + DAY)));
        let job = Job { payload: new.payload.clone(), ..Job::queued(&new) };
        assert_eq!(job.arguments::<PlaceCall>(), Ok(given));
        assert!(job.arguments::<EndCall>().is_err(), "another kind's");
        let torn = Job { payload: serde_json::json!({ "episode": "two" }), ..job };
        assert!(torn.arguments::<PlaceCall>().unwrap_err().to_string().contains("call.place"));
    }
}
