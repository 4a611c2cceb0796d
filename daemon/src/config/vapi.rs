//! Vapi: the provider that places calls.
//!
//! Must not live here: its wire format (`providers`), the checks of its webhooks (`http`).

use super::section::section;
use reqwest::Url;
use secrecy::SecretString;

section! {
    /// Vapi, which places the calls.
    Vapi = "vapi"
    needs [["private_key"], ["assistant_id"], ["phone_number_id"], ["webhook_secrets"]]
    off "no calls are placed"
    {
        /// Private key.
        private_key: SecretString, env "VAPI_PRIVATE_KEY", get "dashboard.vapi.ai → API keys → private key";
        /// Assistant that talks where a client has none of its own.
        assistant_id: String, env "VAPI_ASSISTANT_ID", get "dashboard.vapi.ai → Assistants → copy the id";
        /// Number that calls go out from where a client has none of its own.
        phone_number_id: String, env "VAPI_PHONE_NUMBER_ID", get "dashboard.vapi.ai → Phone numbers → copy the id";
        /// Assistant that is cloned for a new client; absent: new clients use the common one.
        template_assistant_id: Option<String>, env "VAPI_TEMPLATE_ASSISTANT_ID", get "dashboard.vapi.ai → Assistants → copy the id";
        /// Secret that Vapi shows with every webhook, as bearer, X-Vapi-Secret or HMAC key; separated by commas while one replaces another.
        webhook_secrets: Vec<SecretString>, env "VAPI_WEBHOOK_SECRET", get "make one: openssl rand -hex 32; enter it at dashboard.vapi.ai → Server URL → authentication";
        /// Where Vapi's API is. Any host but vapi.ai is a sandbox: no real phone rings.
        base_url: Url, env "VAPI_BASE_URL", default "https://api.vapi.ai";
        /// Calls in progress at once, over all clients; what the Vapi plan allows.
        concurrency: u32, in 1..=10_000, default 10;
        /// Seconds after which the assistant ends a call.
        max_call_s: i64, in 10..=43_200, default 600;
        /// Seconds to wait for a connection.
        connect_timeout_s: i64, in 1..=120, default 5;
        /// Seconds to wait for an answer.
        request_timeout_s: i64, in 1..=300, default 20;
        /// Header of an HMAC-signed webhook.
        signature_header: String, default "x-signature";
        /// Header of its time.
        timestamp_header: String, default "x-timestamp";
    }
}

impl Vapi {
    /// Whether calls go to a sandbox: any host but Vapi's own.
    pub fn is_sandbox(&self) -> bool {
        let host = self.base_url.host_str().unwrap_or_default().trim_end_matches('.');
        !(host.eq_ignore_ascii_case("vapi.ai") || host.to_ascii_lowercase().ends_with(".vapi.ai"))
    }
}
