//! What the process that runs an SMS sandbox holds: a view of it and its controls.

use super::config::Vendor;
use super::course::Course;
use super::faults::Faults;
use super::play;
use super::state::{Counters, Shared};
use super::text::Text;
use serde::Serialize;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Numbers whose course can be forced.
const MAX_FORCED: usize = 100_000;

/// One text, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SandboxText {
    /// Whose API it went through.
    pub vendor: Option<Vendor>,
    /// The vendor's id.
    pub sid: String,
    /// True for a text that came in.
    pub inbound: bool,
    /// The sender's own id, from the query of its status callback: a text sent twice shows twice.
    pub id: Option<String>,
    /// Who sent it.
    pub from: String,
    /// Whom it goes to.
    pub to: String,
    /// What it says.
    pub body: String,
    /// The vendor's word for how far it is.
    pub status: &'static str,
    /// Why it failed.
    pub error_code: Option<u32>,
    /// What becomes of it.
    pub course: &'static str,
    /// Every status it has had.
    pub history: Vec<&'static str>,
    /// When it was taken, unix milliseconds.
    pub created_ms: i64,
}

impl SandboxText {
    pub(super) fn of(shared: &Shared, text: &Text) -> Self {
        Self {
            vendor: shared.account(text.account).map(|account| account.vendor),
            sid: text.sid.clone(),
            inbound: text.inbound,
            id: text.id().map(str::to_owned),
            from: text.from.clone(),
            to: text.to.clone(),
            body: text.body.clone(),
            status: text.status,
            error_code: text.error_code,
            course: text.course.name(),
            history: text.history.iter().map(|(word, _)| *word).collect(),
            created_ms: text.created_ms,
        }
    }
}

pub(super) fn force(shared: &Shared, number: &str, course: Option<Course>) {
    shared.change(|state| match course {
        Some(course) if state.forced.len() < MAX_FORCED || state.forced.contains_key(number) => {
            state.forced.insert(number.to_owned(), course);
        }
        Some(_) => {}
        None => {
            state.forced.remove(number);
        }
    });
}

/// Controls of a running SMS sandbox. Clones share it.
#[derive(Clone)]
pub struct SmsHandle {
    pub(super) shared: Arc<Shared>,
    pub(super) server: TaskTracker,
}

impl SmsHandle {
    /// Where both APIs are: `http://127.0.0.1:…`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// Every text that is remembered, oldest first.
    pub fn texts(&self) -> Vec<SandboxText> {
        self.shared.peek().texts.values().map(|text| SandboxText::of(&self.shared, text)).collect()
    }

    /// The texts sent to one number, oldest first.
    pub fn texts_to(&self, number: &str) -> Vec<SandboxText> {
        self.texts().into_iter().filter(|text| !text.inbound && text.to == number).collect()
    }

    /// How many texts were taken under one id of their sender; more than one is a double.
    pub fn copies(&self, id: &str) -> usize {
        self.shared.peek().texts.values().filter(|text| text.id() == Some(id)).count()
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.shared.peek().counters
    }

    /// What the receiver of webhooks did wrong, oldest first.
    pub fn problems(&self) -> Vec<String> {
        self.shared.peek().problems.iter().cloned().collect()
    }

    /// Replaces the faults in force; refuses impossible values in words.
    pub fn set_faults(&self, faults: Faults) -> Result<(), String> {
        match faults.problem() {
            Some(problem) => Err(problem),
            None => {
                self.shared.change(|state| state.faults = faults);
                Ok(())
            }
        }
    }

    /// Makes every text to a number take one course; `None` ends it.
    pub fn force(&self, number: &str, course: Option<Course>) {
        force(&self.shared, number, course);
    }

    /// Somebody texts a number of ours; the id of the text, `None` when no account has the number.
    pub fn inbound(&self, from: &str, to: &str, body: &str) -> Option<String> {
        play::inbound(&self.shared, from, to, body, 0)
    }

    /// Somebody sends pictures, with or without words.
    pub fn inbound_pictures(&self, from: &str, to: &str, body: &str, pictures: u32) -> Option<String> {
        play::inbound(&self.shared, from, to, body, pictures)
    }

    /// Whether the carrier refuses texts from a number or service of ours to a person.
    pub fn is_blocked(&self, person: &str, sender: &str) -> bool {
        self.shared.peek().blocked.iter().any(|(_, who, from)| who == person && from == sender)
    }

    /// Points a number's texts elsewhere, as other tools do when they import it.
    pub fn set_sms_url(&self, number: &str, url: &str) {
        self.shared.change(|state| state.sms_urls.insert(number.to_owned(), url.to_owned()));
    }

    /// Waits until the condition holds, looking again after every change.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.shared.changes();
        while !holds(self) {
            // The sender lives in `shared`, so it cannot be gone.
            let _ = changes.changed().await;
        }
    }

    /// Waits until no text is under way and nothing is left to deliver.
    pub async fn idle(&self) {
        self.until(|sandbox| sandbox.shared.is_idle()).await;
    }

    /// Waits until the server has stopped, after its shutdown token was cancelled.
    pub async fn stopped(&self) {
        self.server.wait().await;
        self.idle().await;
    }
}
