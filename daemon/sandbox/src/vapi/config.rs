//! What a Vapi sandbox is started with.

use super::faults::Faults;
use super::scenario::Scenario;
use serde_json::{Value, json};

/// The assistant every sandbox starts with.
pub const ASSISTANT_ID: &str = "5b0a4a08-133c-4146-9315-0984f8c6be80";
/// The phone number every sandbox starts with.
pub const PHONE_NUMBER_ID: &str = "42b4b25d-031e-4786-857f-63b346c9580f";
/// The account at Twilio that every number was imported from.
pub(super) const TWILIO_ACCOUNT: &str = "AC00000000000000000000000000000001";

/// How server messages prove where they come from.
#[derive(Clone)]
pub enum WebhookAuth {
    /// `Authorization: Bearer <secret>`, the vendor's default choice.
    Bearer(String),
    /// `X-Vapi-Secret: <secret>`, the legacy form.
    XVapiSecret(String),
    /// HMAC-SHA256 over `{timestamp}.{body}` in lower-case hex: `x-signature`, `x-timestamp`.
    Hmac(String),
    /// Nothing: what an assistant without a credential sends.
    None,
}

impl std::fmt::Debug for WebhookAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::XVapiSecret(_) => "XVapiSecret(…)",
            Self::Hmac(_) => "Hmac(…)",
            Self::None => "None",
        })
    }
}

/// What happens to a call when every concurrency slot is taken. All three are documented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// 201 with `concurrencyBlocked`, and the call waits its turn.
    #[default]
    Wait,
    /// 201, and the call ends with the concurrency-limit reason.
    EndCall,
    /// 400 `Over Concurrency Limit`.
    Refuse,
}

/// How often and when a refused server message is sent again.
#[derive(Clone, Debug, PartialEq)]
pub struct BackoffPlan {
    /// Doubles the delay after each attempt.
    pub exponential: bool,
    /// 0–10.
    pub max_retries: u32,
    /// 0–10, in scripted seconds.
    pub base_delay_s: f64,
    /// Statuses that are never retried.
    pub excluded: Vec<u16>,
}

impl BackoffPlan {
    /// Reads the wire form; fields out of range are brought into it.
    pub fn from_json(plan: &Value) -> Self {
        let number = |key: &str, default: f64| plan[key].as_f64().unwrap_or(default).clamp(0.0, 10.0);
        Self {
            exponential: plan["type"].as_str() == Some("exponential"),
            max_retries: number("maxRetries", 0.0) as u32,
            base_delay_s: number("baseDelaySeconds", 1.0),
            excluded: plan["excludedStatusCodes"]
                .as_array()
                .map(|codes| codes.iter().filter_map(|c| c.as_u64().map(|c| c as u16)).collect())
                .unwrap_or_default(),
        }
    }

    /// Scripted milliseconds before retry number `retry` (the first is 0).
    pub fn delay_ms(&self, retry: u32) -> u64 {
        let factor = if self.exponential { f64::from(1u32 << retry.min(10)) } else { 1.0 };
        (self.base_delay_s * factor * 1_000.0) as u64
    }
}

/// Everything a sandbox is started with; `new` fills in the vendor's defaults.
#[derive(Clone)]
pub struct SandboxConfig {
    /// The key that `Authorization: Bearer` must carry.
    pub private_key: String,
    /// The organisation's server URL. Phone numbers, assistants and overrides may name another.
    pub webhook_url: String,
    /// How server messages are authenticated.
    pub webhook_auth: WebhookAuth,
    /// The address under which others reach this sandbox, for `controlUrl` and recordings;
    /// absent, the address it listens on.
    pub public_url: Option<String>,
    /// Concurrent calls of the organisation.
    pub concurrency: usize,
    /// What happens beyond them.
    pub when_full: WhenFull,
    /// How much faster than the wall a scripted call runs.
    pub speed: f64,
    /// Decides every choice the sandbox makes.
    pub seed: u64,
    /// Faults from the start; they can be changed while it runs.
    pub faults: Faults,
    /// Scripted milliseconds between the end of a talk and its report.
    pub analysis_delay_ms: u64,
    /// The organisation's retry plan. The vendor's default is none.
    pub backoff: Option<BackoffPlan>,
    /// How long an answer to a server message may take, in wall milliseconds.
    pub server_timeout_ms: u64,
    /// Whether the last two digits of a number choose the scenario (see [`Scenario`]).
    pub digits_choose: bool,
    /// Weights of the scenarios for all other numbers.
    pub mix: Vec<(Scenario, u32)>,
    /// Refuse assistants and phone numbers the sandbox was not told about. Off, every id is
    /// taken as existing, so that a rehearsal can use a client's real ids.
    pub known_ids_only: bool,
    /// Assistants that exist from the start, in wire form with an `id`.
    pub assistants: Vec<Value>,
    /// Phone numbers that exist from the start, in wire form with an `id`.
    pub phone_numbers: Vec<Value>,
    /// Calls that have not ended; beyond them, 429.
    pub max_live: usize,
    /// Ended calls that are remembered.
    pub keep_ended: usize,
}

impl SandboxConfig {
    /// The vendor's defaults around a key and an address to deliver to.
    pub fn new(private_key: impl Into<String>, webhook_url: impl Into<String>) -> Self {
        Self {
            private_key: private_key.into(),
            webhook_url: webhook_url.into(),
            webhook_auth: WebhookAuth::None,
            public_url: None,
            concurrency: 10,
            when_full: WhenFull::default(),
            speed: 1.0,
            seed: 1,
            faults: Faults::default(),
            analysis_delay_ms: 4_000,
            backoff: None,
            server_timeout_ms: 20_000,
            digits_choose: true,
            mix: Scenario::realistic_mix(),
            known_ids_only: false,
            assistants: vec![default_assistant()],
            phone_numbers: vec![default_phone_number()],
            max_live: 20_000,
            keep_ended: 100_000,
        }
    }
}

fn default_assistant() -> Value {
    json!({
        "id": ASSISTANT_ID,
        "name": "Front desk",
        "firstMessage": "Hi {{first_name}}, this is Ava from {{company}}. Is now a good moment?",
        "model": {"provider": "openai", "model": "gpt-4o-mini", "temperature": 0.4, "messages": [
            {"role": "system", "content": "You are Ava, a friendly booking assistant. Offer a time, \
             book it with the tools, and stop at once when asked to."}]},
        "voice": {"provider": "vapi", "voiceId": "Elliot"},
        "transcriber": {"provider": "deepgram", "model": "nova-2", "language": "en"},
        "voicemailDetection": {"provider": "vapi", "type": "audio"},
        "maxDurationSeconds": 600,
    })
}

fn default_phone_number() -> Value {
    json!({
        "id": PHONE_NUMBER_ID,
        "provider": "twilio",
        "number": "+14155550199",
        "twilioAccountSid": TWILIO_ACCOUNT,
        "name": "Sandbox line",
        "assistantId": ASSISTANT_ID,
        "status": "active",
        "smsEnabled": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backoff_plan_reads_its_wire_form() {
        let plan = BackoffPlan::from_json(&json!({
            "type": "exponential", "maxRetries": 99, "baseDelaySeconds": 2, "excludedStatusCodes": [400]}));
        assert_eq!(
            plan,
            BackoffPlan { exponential: true, max_retries: 10, base_delay_s: 2.0, excluded: vec![400] }
        );
        assert_eq!([0, 1, 2].map(|n| plan.delay_ms(n)), [2_000, 4_000, 8_000]);
        assert_eq!(BackoffPlan::from_json(&json!({})).max_retries, 0);
    }

    #[test]
    fn secrets_stay_out_of_debug() {
        assert_eq!(format!("{:?}", WebhookAuth::Hmac("hush".into())), "Hmac(…)");
    }
}
