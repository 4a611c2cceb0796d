//! Pushes: a POST without a body that says which channel it is about, and no more.

use super::state::{Channel, Shared};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends one push in the background. It is not repeated when it fails.
pub(super) fn push(shared: &Arc<Shared>, channel: Channel, state: &'static str) {
    let task = Arc::clone(shared);
    shared.tasks.spawn(async move {
        let expires = Timestamp::from_millisecond(channel.until_ms).ok();
        let expires =
            expires.and_then(|at| jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).ok());
        let mut request = task
            .http
            .post(&channel.address)
            .timeout(PATIENCE)
            .header("x-goog-channel-id", &channel.id)
            .header("x-goog-message-number", channel.messages)
            .header("x-goog-resource-id", &channel.resource)
            .header("x-goog-resource-state", state)
            .header("x-goog-channel-expiration", expires.unwrap_or_default());
        if let Some(token) = &channel.token {
            request = request.header("x-goog-channel-token", token);
        }
        let answered = tokio::select! {
            answer = request.send() => answer.is_ok_and(|answer| answer.status().is_success()),
            () = task.shutdown.cancelled() => false,
        };
        task.change(|state| {
            state.counters.pushed += 1;
            state.counters.push_failed += u64::from(!answered);
        });
    });
}

/// The sandbox talks to this machine only.
pub(super) fn may_push(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
