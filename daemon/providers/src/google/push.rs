//! The heads of Calendar's pushes. They have no body: they say that something changed in what a
//! channel watches, and never what.
//!
//! Must not live here: fetching what changed.

use axum::http::HeaderMap;
use subtle::ConstantTimeEq as _;

/// Longest id or token believed.
const LONGEST: usize = 1_024;

/// What a push says of the watched calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushState {
    /// The channel has begun. Not a change.
    Sync,
    /// Something changed; states nobody knows count as this, since asking harms nothing.
    Changed,
}

/// One push, for a channel that is known and still has to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Our id of the channel.
    pub channel: String,
    /// Google's id of what it watches.
    pub resource_id: String,
    /// What it says.
    pub state: PushState,
    /// Counts up, with gaps.
    pub number: Option<u64>,
}

impl Push {
    /// The channel a push names. `None` where the heads are not those of a push.
    pub fn channel(headers: &HeaderMap) -> Option<&str> {
        text(headers, "x-goog-channel-id")
    }

    /// Reads a push of a channel whose token is `secret`. `None` where the token is another, so
    /// also of a channel that is no longer ours: such a push is ignored, not an error.
    pub fn read(headers: &HeaderMap, secret: &[u8]) -> Option<Self> {
        let token = text(headers, "x-goog-channel-token")?;
        if secret.is_empty() || !bool::from(token.as_bytes().ct_eq(secret)) {
            return None;
        }
        let state = match text(headers, "x-goog-resource-state")? {
            "sync" => PushState::Sync,
            _ => PushState::Changed,
        };
        Some(Self {
            channel: Self::channel(headers)?.to_owned(),
            resource_id: text(headers, "x-goog-resource-id").unwrap_or_default().to_owned(),
            state,
            number: text(headers, "x-goog-message-number").and_then(|n| n.parse().ok()),
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty() && text.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(state: &str) -> HeaderMap {
        let pairs = [
            ("x-goog-channel-id", "ch"),
            ("x-goog-channel-token", "secret"),
            ("x-goog-resource-id", "r"),
            ("x-goog-resource-state", state),
            ("x-goog-message-number", "7"),
        ];
        pairs
            .into_iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn k7_a_push_says_that_something_changed() {
        let push = Push::read(&headers("exists"), b"secret").unwrap();
        assert_eq!((push.channel.as_str(), push.state, push.number), ("ch", PushState::Changed, Some(7)));
        assert_eq!(Push::read(&headers("not_exists"), b"secret").unwrap().state, PushState::Changed);
        assert_eq!(Push::read(&headers("sync"), b"secret").unwrap().state, PushState::Sync);
    }

    #[test]
    fn k8_a_wrong_token_is_ignored() {
        for secret in [&b"other"[..], b"secre", b"secrets", b""] {
            assert_eq!(Push::read(&headers("exists"), secret), None);
        }
        assert_eq!(Push::read(&HeaderMap::new(), b""), None);
        assert_eq!(Push::channel(&HeaderMap::new()), None);
    }
}
