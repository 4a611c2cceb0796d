//! HTTP policy shared by all adapters: one client factory, deadlines, bounded bodies, no
//! redirects, and the one place that says whether a request may have reached the provider.
//!
//! Must not live here: what a status code means to a particular vendor, retries (jobs retry,
//! because only they know whether repeating is harmless).

use super::outcome::{Refusal, RefusalClass, Sent};
use bytes::{Bytes, BytesMut};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, Url};
use std::error::Error as _;
use std::sync::Once;
use std::time::Duration;

pub use super::redact::redact;

/// Deadlines of one provider's client.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// For name look-up, TCP and TLS together.
    pub connect: Duration,
    /// From the first byte out to the last byte in. Must exceed `connect`: a connection that
    /// never came about is known to be harmless only when it ends by its own deadline.
    pub total: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(20) }
    }
}

/// Idle connections are dropped after this. Common servers close theirs after five seconds,
/// and a request written into a connection that is just being closed would be `Unknown`.
const IDLE: Duration = Duration::from_secs(4);

/// Why no client could be built.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client for {base}: {reason}")]
pub struct ClientError {
    base: String,
    reason: String,
}

/// A base URL as configuration gives it, checked: absolute, http or https, no credentials in
/// it, plain http on loopback only (a bearer key must not cross a network in the clear).
pub fn base_url(text: &str) -> Result<Url, ClientError> {
    let bad = |reason: &str| ClientError { base: redact(text), reason: reason.to_owned() };
    let url = Url::parse(text.trim()).map_err(|_| bad("not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("an http or https URL with a host is wanted"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("the URL must not hold credentials"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(bad("plain http is allowed on loopback only"));
    }
    Ok(url)
}

/// Whether the URL names this machine.
pub fn is_loopback(url: &Url) -> bool {
    // Address literals in brackets and names alike; `localhost` is reserved for loopback.
    match url.host_str() {
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.eq_ignore_ascii_case("localhost")
                || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

/// The HTTP client of one provider at `base`.
pub fn client(base: &Url, policy: Policy) -> Result<reqwest::Client, ClientError> {
    install_tls();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(policy.connect)
        .timeout(policy.total.max(policy.connect + Duration::from_millis(1)))
        .pool_idle_timeout(IDLE)
        // A redirect would carry the key to another place, and no API we use needs one.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false);
    if is_loopback(base) {
        // A proxy configured for the machine must not see traffic that stays on it.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|e| ClientError { base: redact(base.as_str()), reason: chain(&e.without_url()) })
}

/// Makes ring the process's TLS implementation, once. Harmless when something else did before.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that a provider is installed already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// An answer with a status. The body may still have been lost on its way.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// How long the provider asks us to wait, when it says.
    pub retry_after_ms: Option<i64>,
    /// The whole body, or why it could not be read.
    pub body: Result<Bytes, String>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Lost {
    /// The request could not even be built.
    Unbuildable(String),
    /// No connection: nothing was sent.
    NotSent(String),
    /// It may have been sent.
    Unknown(String),
}

impl<T> From<Lost> for Sent<T> {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Unbuildable(why) => Self::Refused(Refusal::ours(RefusalClass::Config, why)),
            Lost::NotSent(why) => Self::NotSent(why),
            Lost::Unknown(why) => Self::Unknown(why),
        }
    }
}

/// Sends once and reads at most `body_cap` bytes of the answer.
pub async fn send(request: RequestBuilder, body_cap: usize) -> Result<Reply, Lost> {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return Err(lost(error)),
    };
    let status = response.status();
    let retry_after_ms = retry_after_ms(response.headers());
    let too_long = || format!("the answer is longer than {body_cap} bytes");
    let mut body = BytesMut::new();
    let body = loop {
        if response.content_length().is_some_and(|n| n > body_cap as u64) {
            break Err(too_long());
        }
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > body_cap => break Err(too_long()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break Ok(body.freeze()),
            Err(error) => break Err(describe(error)),
        }
    };
    Ok(Reply { status, retry_after_ms, body })
}

/// Sorts an error without a status. Only two kinds prove that nothing was sent: the request
/// never existed, or the connection (name, TCP, TLS, proxy tunnel) never did. reqwest reports
/// the second as `is_connect`, which the client sets before it hands over the request. A
/// total timeout can strike at any moment and proves nothing.
fn lost(error: reqwest::Error) -> Lost {
    if error.is_builder() {
        Lost::Unbuildable(describe(error))
    } else if error.is_connect() {
        Lost::NotSent(describe(error))
    } else {
        Lost::Unknown(describe(error))
    }
}

/// The error and its causes in one redacted line, without the URL (it may hold a secret).
fn describe(error: reqwest::Error) -> String {
    let timeout = error.is_timeout();
    let text = redact(&chain(&error.without_url()));
    if timeout { format!("timed out: {text}") } else { text }
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// `Retry-After` in either form. A date is measured against the answer's own `Date`, so that
/// neither our clock nor its drift matters.
fn retry_after_ms(headers: &HeaderMap) -> Option<i64> {
    let text = |value: &reqwest::header::HeaderValue| value.to_str().ok().map(|t| t.trim().to_owned());
    let value = text(headers.get(RETRY_AFTER)?)?;
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then_some((seconds * 1_000.0) as i64);
    }
    let instant = |t: &str| jiff::fmt::rfc2822::parse(t).ok().map(|z| z.timestamp().as_millisecond());
    let until = instant(&value)?;
    let now = instant(&text(headers.get(DATE)?)?)?;
    Some((until - now).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (reqwest::header::HeaderName::from_static(k), v.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_in_seconds_and_as_a_date() {
        assert_eq!(retry_after_ms(&headers(&[("retry-after", "7")])), Some(7_000));
        assert_eq!(retry_after_ms(&headers(&[("retry-after", "1.5")])), Some(1_500));
        assert_eq!(retry_after_ms(&headers(&[("retry-after", "-7")])), None);
        assert_eq!(retry_after_ms(&headers(&[("retry-after", "soon")])), None);
        let both = headers(&[
            ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"),
            ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ]);
        assert_eq!(retry_after_ms(&both), Some(30_000));
        let no_date = headers(&[("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")]);
        assert_eq!(retry_after_ms(&no_date), None);
        assert_eq!(retry_after_ms(&headers(&[])), None);
    }

    #[test]
    fn a_base_url_is_https_or_loopback() {
        for good in ["https://api.vapi.ai", "http://127.0.0.1:9", "http://localhost:1/x", "http://[::1]:2"] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in
            ["api.vapi.ai", "http://api.vapi.ai", "ftp://x", "https://u:p@x.com", "", "http://10.0.0.1"]
        {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_client_can_be_built_twice() {
        let base = base_url("https://api.vapi.ai").unwrap();
        assert!(client(&base, Policy::default()).is_ok());
        assert!(client(&base, Policy::default()).is_ok());
    }
}
