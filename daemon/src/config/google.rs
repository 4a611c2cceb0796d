//! Google: the service account, and the calendar that is shared with it.
//!
//! Must not live here: wire formats (`providers`), which client a calendar belongs to.

use super::kinds::Pem;
use super::section::section;
use reqwest::Url;

section! {
    /// Google Calendar and Sheets.
    Google = "google"
    needs [["client_email"], ["private_key"], ["calendar_id"]]
    off "no Google Calendar and no sheet mirror"
    {
        /// Service account.
        client_email: String, env "GOOGLE_CLIENT_EMAIL", get "console.cloud.google.com → Service accounts → JSON key, client_email";
        /// Its key.
        private_key: Pem, env "GOOGLE_PRIVATE_KEY", get "console.cloud.google.com → Service accounts → JSON key, private_key";
        /// Calendar that is shared with it. It is the client's whose `settings.calendar.id` names it, else of the only client.
        calendar_id: String, env "GOOGLE_CALENDAR_ID", get "Google Calendar → Settings of the calendar → Calendar ID";
        /// A calendar that was read longer ago is told to be old wherever times are offered.
        stale_minutes: i64, in 5..=1_440, default 30;
        /// Sheet that mirrors the leads.
        sheet_id: Option<String>, env "GOOGLE_SHEET_ID", get "the long part of the sheet's address";
        /// Where tokens are made.
        token_url: Url, env "GOOGLE_TOKEN_URL", default "https://oauth2.googleapis.com/token";
        /// Where the Calendar API is.
        calendar_base_url: Url, env "GOOGLE_CALENDAR_BASE_URL", default "https://www.googleapis.com/calendar/v3";
        /// Where the Sheets API is.
        sheets_base_url: Url, env "GOOGLE_SHEETS_BASE_URL", default "https://sheets.googleapis.com";
    }
}
