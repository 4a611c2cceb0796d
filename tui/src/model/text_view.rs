//! A text in front of a list: everything about one thing, or an explanation.

use crate::link::{Reply, Request};
use crate::screens;
use crate::table::Look;
use crate::zone::Zone;
use frontdesk_shared::Millis;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::Detail;
use frontdesk_shared::explain::{IdleExplanation, LeadExplanation};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::List;

/// What a text is about, and the answer once it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Everything about one thing.
    Detail(Subject, Option<Box<Detail>>),
    /// Why a lead is or is not contacted.
    Why(String, Option<Box<LeadExplanation>>),
    /// Why nothing is dialing, for a client or the house.
    WhyIdle(Option<String>, Option<Box<IdleExplanation>>),
    /// A row about which the daemon has no more to say: its name and its cells.
    Fields(String, Vec<(String, String)>),
}

/// A text and how it is looked at.
#[derive(Clone, Debug)]
pub struct TextView {
    /// Tells it from every other.
    pub serial: u64,
    /// What it is about.
    pub content: Content,
    /// The selected line.
    pub cursor: usize,
    /// The first visible line.
    pub offset: usize,
    /// Words looked for.
    pub find: String,
    /// Why there is no answer.
    pub error: Option<String>,
    /// Should be asked for again.
    pub stale: bool,
    /// Asked for and not answered.
    pub in_flight: bool,
    /// When it was last asked for.
    pub asked_at: Option<Millis>,
}

impl TextView {
    /// A text not yet asked for.
    #[must_use]
    pub fn new(serial: u64, content: Content) -> Self {
        Self {
            serial,
            stale: !matches!(content, Content::Fields(..)),
            content,
            cursor: 0,
            offset: 0,
            find: String::new(),
            error: None,
            in_flight: false,
            asked_at: None,
        }
    }

    /// The question whose answer it shows.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        match &self.content {
            Content::Detail(subject, _) => Some(Request::Detail(subject.clone())),
            Content::Why(lead, _) => Some(Request::Why(lead.clone())),
            Content::WhyIdle(client, _) => Some(Request::WhyIdle(client.clone())),
            Content::Fields(..) => None,
        }
    }

    /// Takes the answer.
    pub fn take(&mut self, reply: Reply) {
        match (&mut self.content, reply) {
            (Content::Detail(_, old), Reply::Detail(new)) => *old = Some(new),
            (Content::Why(_, old), Reply::Why(new)) => *old = Some(new),
            (Content::WhyIdle(_, old), Reply::WhyIdle(new)) => *old = Some(new),
            _ => {}
        }
        self.error = None;
    }

    /// Whether an answer came.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        match &self.content {
            Content::Detail(_, got) => got.is_some(),
            Content::Why(_, got) => got.is_some(),
            Content::WhyIdle(_, got) => got.is_some(),
            Content::Fields(..) => true,
        }
    }

    /// What it is about, when that is one thing.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match &self.content {
            Content::Detail(subject, _) => Some(subject.clone()),
            Content::Why(lead, got) => {
                let id = got.as_ref().map_or_else(|| lead.clone(), |e| e.lead.to_string());
                Some(Subject { kind: Noun::Lead, id })
            }
            Content::WhyIdle(..) | Content::Fields(..) => None,
        }
    }

    /// What it is related to.
    #[must_use]
    pub fn related(&self) -> Vec<Subject> {
        match &self.content {
            Content::Detail(_, Some(detail)) => links(detail),
            _ => Vec::new(),
        }
    }

    /// Whether an event about this may change it.
    #[must_use]
    pub fn concerns(&self, subject_id: &str) -> bool {
        match &self.content {
            Content::Detail(subject, got) => {
                subject.id == subject_id
                    || got.as_deref().is_some_and(|d| links(d).iter().any(|s| s.id == subject_id))
            }
            Content::Why(..) => self.subject().is_some_and(|s| s.id == subject_id),
            Content::WhyIdle(..) => true,
            Content::Fields(..) => false,
        }
    }

    /// The list whose actions apply to it.
    #[must_use]
    pub fn list(&self) -> Option<List> {
        Some(self.subject()?.kind.list())
    }

    /// Its name for the breadcrumb.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.content {
            Content::Detail(subject, _) => subject.kind.word().to_owned(),
            Content::Why(..) => "why".to_owned(),
            Content::WhyIdle(None, _) => "why idle".to_owned(),
            Content::WhyIdle(Some(client), _) => format!("why idle: {client}"),
            Content::Fields(name, _) => name.clone(),
        }
    }
}

/// What a detail leads to, wherever and whenever it is read.
fn links(detail: &Detail) -> Vec<Subject> {
    let look = Look { now: Millis(0), zone: &Zone::utc(), exact: true };
    screens::sheet(detail, look).links().cloned().collect()
}
