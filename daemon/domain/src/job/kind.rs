//! Kinds of job: what all jobs of a kind have in common, said once, and the arguments they carry.
//!
//! A new kind is a constant and a type beside whatever runs it, and a line in the registry of
//! `frontdeskd`'s `jobs`, whose test holds both together.

use super::{Job, LANE_CALL, LANE_WORK, NewJob};
use crate::attempts::{PRIORITY_ANSWER, PRIORITY_NEW_LEAD, PRIORITY_RETRY};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{ClientId, JobId, Millis};
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
