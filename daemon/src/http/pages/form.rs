//! What a button of a page sends, and what a mail program sends in its reader's name.
//!
//! Must not live here: what follows from it.

use super::Sorry;
use crate::http::Web;
use crate::http::bodies::{Whose, gather};
use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::Deserialize;
use std::time::Duration;

/// Bytes of a form; ours have less than a hundred.
const MOST: u64 = 4_096;

/// A form.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Pressed {
    /// What the page carried.
    #[serde(default)]
    pub(super) nonce: String,
    /// Which time was chosen.
    #[serde(default)]
    pub(super) start: String,
    /// What a mail program sends for its button to unsubscribe (RFC 8058, section 3.1).
    #[serde(default, rename = "List-Unsubscribe")]
    list_unsubscribe: String,
}

impl Pressed {
    /// Whether a mail program asks in its reader's name.
    pub(super) fn is_one_click(&self) -> bool {
        self.list_unsubscribe == "One-Click"
    }
}

impl FromRequest<Web> for Pressed {
    type Rejection = Sorry;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Sorry> {
        let (parts, body) = request.into_parts();
        let idle = Duration::from_secs(web.app.config.limits.idle_s.unsigned_abs());
        let held = gather(&web.bodies, Whose::Nobody, body, MOST, idle).await?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data")) {
            let list_unsubscribe = if is_one_click_part(&held.bytes) { "One-Click" } else { "" };
            return Ok(Self { list_unsubscribe: list_unsubscribe.to_owned(), ..Self::default() });
        }
        let request = Request::from_parts(parts, Body::from(held.bytes.clone()));
        match Form::<Self>::from_request(request, &()).await {
            Ok(Form(pressed)) => Ok(pressed),
            Err(_) => Err(Sorry::Unreadable),
        }
    }
}

/// The one field that RFC 8058 also allows as a part of its own.
fn is_one_click_part(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let Some((_, rest)) = text.split_once("name=\"List-Unsubscribe\"") else { return false };
    let value = rest.split_once("\r\n\r\n").and_then(|(_, value)| value.split("\r\n").next());
    value == Some("One-Click")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m5_the_one_click_of_a_mail_program_as_a_part() {
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--b--\r\n")
        };
        assert!(is_one_click_part(part("List-Unsubscribe", "One-Click").as_bytes()));
        for other in
            [part("List-Unsubscribe", "Two"), part("Else", "One-Click"), String::new(), "\u{fffd}".into()]
        {
            assert!(!is_one_click_part(other.as_bytes()), "{other}");
        }
    }
}
