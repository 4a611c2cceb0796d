//! A fake Google for one test: a calendar that is shared with us, and staff who work in it.

use frontdesk_sandbox::google::{
    CALENDAR_ID, CLIENT_EMAIL, GoogleConfig, GoogleHandle, GoogleSandbox, PRIVATE_KEY, Staff,
};
use frontdesk_shared::Millis;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Where calendars are.
#[derive(Clone)]
pub struct Google {
    /// Its controls.
    pub handle: GoogleHandle,
}

impl Google {
    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn open(stop: CancellationToken) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        // Few events on a page, so that lists have several.
        let config = GoogleConfig { page_size: 2, ..GoogleConfig::default() };
        Self { handle: GoogleSandbox::serve(door, config, stop).expect("Google") }
    }

    /// Sets its clock, which goes on by itself from there.
    pub fn clock(&self, now: Millis) {
        self.handle.set_clock_skew(0);
        self.handle.set_clock_skew(now.0 - self.handle.now_ms());
    }

    pub(crate) fn environ(&self) -> Vec<(String, String)> {
        let pairs = [
            ("GOOGLE_CLIENT_EMAIL", CLIENT_EMAIL.to_owned()),
            ("GOOGLE_PRIVATE_KEY", PRIVATE_KEY.to_owned()),
            ("GOOGLE_CALENDAR_ID", CALENDAR_ID.to_owned()),
            ("GOOGLE_TOKEN_URL", self.handle.token_url()),
            ("GOOGLE_CALENDAR_BASE_URL", self.handle.calendar_base_url()),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A person who works with the calendar.
    pub fn staff(&self) -> Staff {
        self.handle.staff(CALENDAR_ID)
    }

    /// The events that stand.
    pub fn events(&self) -> Vec<Value> {
        self.handle.events(CALENDAR_ID)
    }
}
