//! Vapi's ways of saying no, sorted by what has to be done about them.
//!
//! Vapi explains itself in English sentences only, so this goes by words; a sentence nobody has
//! seen yet is `Invalid`, which stops this one call and nothing else. Must not live here: HTTP.

use crate::http::redact;
use crate::outcome::{Refusal, RefusalClass, Sent};
use serde_json::Value;

/// Words that give a class away, most telling first.
const WORDS: [(RefusalClass, &[&str]); 5] = [
    (RefusalClass::DailyLimit, &["daily outbound call limit", "daily limit", "daily outbound"]),
    (RefusalClass::OverConcurrency, &["over concurrency", "concurrency limit", "concurrent call"]),
    (
        RefusalClass::Billing,
        &[
            "credit",
            "wallet",
            "billing",
            "payment",
            "subscription",
            "frozen",
            "insufficient",
            "balance",
            "fraud",
            "upgrade your plan",
        ],
    ),
    (RefusalClass::Recipient, &["customer.number", "customer number", "customers.0.number"]),
    (
        RefusalClass::Config,
        &[
            "assistant",
            "phonenumber",
            "phone number",
            "squad",
            "workflow",
            "server",
            "credential",
            "api key",
            "invalid key",
            "international",
            "should not exist",
            "maxduration",
            "not found",
            "does not exist",
        ],
    ),
];

/// What a status that is not 2xx says, with the body that came with it.
pub(super) fn answer<T>(status: u16, retry_after_ms: Option<i64>, body: &[u8]) -> Sent<T> {
    match status {
        429 => Sent::Busy { retry_after_ms },
        // 408 and every 5xx may come from something between us and a call that was placed.
        408 | 500.. => Sent::Unknown(format!("status {status}: {}", joined(&messages(body)))),
        _ => Sent::Refused(of_messages(status, &messages(body))),
    }
}

/// Sorts a refusal by its status and the sentences that came with it.
pub(super) fn of_messages(status: u16, messages: &[String]) -> Refusal {
    let message = match status {
        300..=399 => "the base URL answers with a redirect, which is not followed".to_owned(),
        _ => joined(messages),
    };
    Refusal { class: class(status, messages), status, message }
}

fn class(status: u16, messages: &[String]) -> RefusalClass {
    match status {
        300..=399 | 401 | 403 => return RefusalClass::Config,
        402 => return RefusalClass::Billing,
        404 => return RefusalClass::NotFound,
        _ => {}
    }
    let text = messages.join("\n").to_lowercase();
    let hit = WORDS.iter().find(|(_, words)| words.iter().any(|w| text.contains(w))).map(|(class, _)| *class);
    match hit {
        // One bad number may hide a bad setting that would spoil every call: several
        // complaints count as the lead's only when all of them are about the number.
        Some(RefusalClass::Recipient) if !messages.iter().all(|m| is_about_number(m)) => RefusalClass::Config,
        Some(class) => class,
        None if text.contains("e.164") => RefusalClass::Recipient,
        None => RefusalClass::Invalid,
    }
}

fn is_about_number(message: &str) -> bool {
    let text = message.to_lowercase();
    text.contains("customer.number")
        || text.contains("customer number")
        || text.contains("customers.0.number")
}

/// The sentences of an error body: `message` is a text or a list of texts.
fn messages(body: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let sentences: Vec<String> = match value.get("message") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).take(20).collect()
        }
        _ => Vec::new(),
    };
    match (sentences.is_empty(), value.get("error").and_then(Value::as_str)) {
        (true, Some(error)) => vec![error.to_owned()],
        _ => sentences,
    }
}

fn joined(messages: &[String]) -> String {
    match messages {
        [] => "no explanation".to_owned(),
        _ => redact(&messages.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Refusal {
        match answer::<()>(status, None, body.as_bytes()) {
            Sent::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_captured_errors() {
        let validation = refused(
            400,
            include_str!("../../../../tests/fixtures/vapi/vapi_create_call_400_validation.json"),
        );
        assert_eq!(validation.class, RefusalClass::Recipient);
        assert!(validation.message.starts_with("customer.number must be a valid"), "{validation}");
        let daily = refused(
            400,
            include_str!("../../../../tests/fixtures/vapi/vapi_create_call_400_daily_limit.json"),
        );
        assert_eq!(daily.class, RefusalClass::DailyLimit);
    }

    #[test]
    fn sentences_and_statuses() {
        use RefusalClass::*;
        let cases = [
            (400, r#"{"message":"Over Concurrency Limit"}"#, OverConcurrency),
            (400, r#"{"message":"Wallet has insufficient credits"}"#, Billing),
            (400, r#"{"message":"Your subscription is frozen"}"#, Billing),
            (400, r#"{"message":["assistantId must be a UUID"]}"#, Config),
            (
                400,
                r#"{"message":["customer.number must be a valid phone number","phoneNumberId must be a UUID"]}"#,
                Config,
            ),
            (400, r#"{"message":["property metadata should not exist"]}"#, Config),
            (400, r#"{"message":"Couldn't get phone number. `phoneNumberId` does not exist"}"#, Config),
            (400, r#"{"message":["customer.name must be shorter than or equal to 40 characters"]}"#, Invalid),
            (400, r#"{"message":"Free Vapi numbers do not support international calls"}"#, Config),
            (400, r#"{"message":"must be in E.164 format"}"#, Recipient),
            (400, "not json", Invalid),
            (400, r#"{"message":{"odd":1}}"#, Invalid),
            (401, r#"{"message":"Unauthorized","statusCode":401}"#, Config),
            (403, "", Config),
            (402, "", Billing),
            (404, "", NotFound),
            (301, "", Config),
            (409, "", Invalid),
        ];
        for (status, body, class) in cases {
            assert_eq!(refused(status, body).class, class, "{status} {body}");
        }
    }

    #[test]
    fn what_may_have_happened_is_unknown() {
        for status in [408, 500, 502, 503, 520] {
            assert!(matches!(answer::<()>(status, None, b""), Sent::Unknown(_)), "{status}");
        }
        assert_eq!(answer::<()>(429, Some(5), b""), Sent::Busy { retry_after_ms: Some(5) });
    }

    #[test]
    fn numbers_do_not_reach_the_message() {
        let refusal = refused(400, r#"{"message":"customer.number +14155550100 is blocked"}"#);
        assert_eq!(refusal.message, "customer.number [number] is blocked");
    }
}
