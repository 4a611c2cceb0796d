//! Requests and their answers as plain values.

use super::connect::context;
use frontdesk_shared::action::{Action, Preview, Receipt};
use frontdesk_shared::detail::Detail;
use frontdesk_shared::explain::{IdleExplanation, LeadExplanation};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{Ids, Page, Query};
use frontdesk_shared::rpc::{ConsoleClient, RpcError};
use std::time::Duration;

/// How long an ordinary answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How much longer for each of many things.
const EACH: Duration = Duration::from_millis(100);

/// A question for the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A page of a list.
    Page(Query),
    /// The ids of every row that matches.
    Ids(Query),
    /// Everything about one thing.
    Detail(Subject),
    /// What an action would do.
    Preview(Action),
    /// Do it.
    Act {
        /// What was previewed.
        action: Action,
        /// Binds it to what was seen.
        token: String,
        /// Done once, whatever is repeated.
        request_id: String,
    },
    /// Why a lead is or is not contacted.
    Why(String),
    /// Why nothing is dialing.
    WhyIdle(Option<String>),
}

/// The daemon's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To `Page`.
    Page(Box<Page>),
    /// To `Ids`.
    Ids(Ids),
    /// To `Detail`.
    Detail(Box<Detail>),
    /// To `Preview`.
    Preview(Preview),
    /// To `Act`.
    Receipt(Receipt),
    /// To `Why`.
    Why(Box<LeadExplanation>),
    /// To `WhyIdle`.
    WhyIdle(Box<IdleExplanation>),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct CallError {
    /// In words.
    pub text: String,
    /// The connection broke, so that it is not known whether the request was done.
    pub lost: bool,
    /// The same request may succeed later.
    pub retryable: bool,
}

impl CallError {
    /// Nothing was sent: there is no connection.
    #[must_use]
    pub fn away() -> Self {
        Self { text: "the daemon is away".to_owned(), lost: false, retryable: true }
    }
}

/// A broken or late call in words.
#[must_use]
pub fn rpc_error(error: &tarpc::client::RpcError) -> CallError {
    use tarpc::client::RpcError as E;
    let text = match error {
        E::DeadlineExceeded => "the daemon did not answer in time".to_owned(),
        E::Server(e) => format!("the daemon refused the request: {}", e.detail),
        _ => "the connection to the daemon broke".to_owned(),
    };
    CallError { text, lost: !matches!(error, E::Server(_)), retryable: true }
}

/// How long an answer may take: an action on many things is done one by one.
fn patience(request: &Request) -> Duration {
    let things = match request {
        Request::Preview(Action::Many { actions })
        | Request::Act { action: Action::Many { actions }, .. } => {
            u32::try_from(actions.len()).unwrap_or(u32::MAX)
        }
        _ => 0,
    };
    PATIENCE + EACH.saturating_mul(things)
}

/// Asks and waits for the answer.
pub async fn perform(client: &ConsoleClient, request: Request) -> Result<Reply, CallError> {
    let context = context(patience(&request));
    match request {
        Request::Page(query) => settle(client.page(context, query).await).map(|p| Reply::Page(Box::new(p))),
        Request::Ids(query) => settle(client.ids(context, query).await).map(Reply::Ids),
        Request::Detail(subject) => {
            settle(client.detail(context, subject).await).map(|d| Reply::Detail(Box::new(d)))
        }
        Request::Preview(action) => settle(client.preview(context, action).await).map(Reply::Preview),
        Request::Act { action, token, request_id } => {
            settle(client.act(context, action, token, request_id).await).map(Reply::Receipt)
        }
        Request::Why(lead) => settle(client.why(context, lead, None).await).map(|w| Reply::Why(Box::new(w))),
        Request::WhyIdle(of) => {
            settle(client.why_idle(context, of).await).map(|w| Reply::WhyIdle(Box::new(w)))
        }
    }
}

fn settle<T>(answer: Result<Result<T, RpcError>, tarpc::client::RpcError>) -> Result<T, CallError> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(CallError { text: e.text, lost: false, retryable: e.retryable }),
        Err(e) => Err(rpc_error(&e)),
    }
}
