//! Pages behind the links in messages, for people without a key: looked at by anybody who has the
//! link, changed only by a button. No script, no cookie, nothing from elsewhere.
//!
//! A link is its reader's key: paths with tokens are in no log and no error.

pub(super) mod appointment;
mod form;
mod shell;
pub(super) mod unsubscribe;

use super::limits::Who;
use super::{ApiError, Web, origin};
use crate::flows::rates::Granted;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frontdesk_domain::link;
use frontdesk_shared::MessageId;
use maud::{Markup, html};
use shell::Page;

/// Somebody with a link, who was not here too often.
pub(crate) struct Visitor {
    /// From where, for the audit trail.
    address: String,
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Sorry;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Sorry> {
        let address = origin::of(parts, &web.app.config.house.proxy_addresses);
        let most = web.app.config.limits.address_per_minute;
        match web.limits.take(Who::Address(address.net()), most, web.app.ctx.env.clock.steady()) {
            Granted::Yes { .. } => Ok(Self { address: address.to_string() }),
            Granted::No { retry_after_s } => Err(Sorry::TooMany(retry_after_s)),
        }
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Sorry {
    /// Nothing is behind the link, or it is none of ours. Which of them is not told.
    Unknown,
    /// It is too old.
    Expired,
    /// What was sent is not what a page of ours sends.
    Unreadable,
    /// Too many requests; seconds to wait.
    TooMany(i64),
    /// Something is wrong here.
    Trouble(ApiError),
}

impl From<frontdesk_store::Error> for Sorry {
    fn from(e: frontdesk_store::Error) -> Self {
        Self::Trouble(e.into())
    }
}

impl From<ApiError> for Sorry {
    fn from(e: ApiError) -> Self {
        if e.status().is_server_error() { Self::Trouble(e) } else { Self::Unreadable }
    }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        let (status, title, text) = match &self {
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "This link does not work",
                "It may have been cut off when it was copied. Open it from the message again, or call the business.",
            ),
            Self::Expired => (
                StatusCode::GONE,
                "This link has expired",
                "The appointment it was about is long past. Nothing was changed.",
            ),
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "That did not work",
                "Nothing was changed. Open the link from the message again.",
            ),
            Self::TooMany(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Please wait a moment",
                "There were too many requests from your network. Nothing was changed.",
            ),
            Self::Trouble(e) => (
                e.status(),
                "That did not work just now",
                "Nothing was changed. Try again in a few minutes, or call the business.",
            ),
        };
        let body: Markup = html! { p { (text) } };
        let mut response = Page { status, title, business: None, language: "en", body }.into_response();
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The message behind a link to a page.
fn opened(web: &Web, page: &str, token: &str) -> Result<MessageId, Sorry> {
    let secret = web.app.ctx.house.lines.link_secret.as_ref();
    secret.and_then(|secret| link::open(secret, page, token)).ok_or(Sorry::Unknown)
}
