//! Vapi's ways of saying no, sorted by what has to be done about them.
//!
//! Vapi explains itself in English sentences only, so this goes by words; a sentence nobody has
//! seen yet is `Invalid`, which stops this one call and nothing else. Must not live here: HTTP.

use crate::http::redact;
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use serde_json::Value;

/// Words that give a class away, most telling first. A sentence is of the first class that has
/// one of its words.
const WORDS: [(RefusalClass, &[&str]); 9] = [
    // What one request says about one person, whatever else the sentence mentions.
    (RefusalClass::Invalid, &["variablevalues", "customer.name", "customer.ext", "customer.email"]),
    (RefusalClass::DailyLimit, &["daily outbound call limit", "daily limit", "daily outbound"]),
    (RefusalClass::OverConcurrency, &["over concurrency", "concurrency limit", "concurrent call"]),
    (
        RefusalClass::Recipient,
        &[
            "customer.number",
            "customer number",
            "customers.0.number",
            "attempting to call",
            "not in service",
            "unreachable",
            "invalid 'to'",
        ],
    ),
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
    (RefusalClass::Access, &["api key", "invalid key", "unauthorized"]),
    (
        RefusalClass::Sender,
        &["phonenumber", "phone number", "international", "caller id", "authenticate", "twilio", "vonage"],
    ),
    // Overrides are a part of the request; the assistant itself is none.
    (RefusalClass::Config, &["assistantoverrides", "maxduration", "should not exist"]),
    (RefusalClass::Assistant, &["assistant", "squad", "workflow"]),
];
/// Words of settings nobody can tell apart; looked for where nothing above was found.
const SETTINGS: [&str; 4] = ["server", "credential", "not found", "does not exist"];
/// Several complaints at once: the first of these that one of them is counts. One bad number may
/// hide a bad setting that would spoil every call.
const WIDEST: [RefusalClass; 9] = [
    RefusalClass::Billing,
    RefusalClass::Access,
    RefusalClass::DailyLimit,
    RefusalClass::OverConcurrency,
    RefusalClass::Sender,
    RefusalClass::Assistant,
    RefusalClass::Config,
    RefusalClass::Invalid,
    RefusalClass::Recipient,
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
    Refusal { class: class(status, messages), status, code: None, message }
}

fn class(status: u16, messages: &[String]) -> RefusalClass {
    match status {
        300..=399 | 401 | 403 => return RefusalClass::Access,
        402 => return RefusalClass::Billing,
        404 => return RefusalClass::NotFound,
        _ => {}
    }
    let said: Vec<RefusalClass> = messages.iter().map(|message| of_sentence(message)).collect();
    WIDEST.into_iter().find(|class| said.contains(class)).unwrap_or(RefusalClass::Invalid)
}

/// What a call named that does not exist.
pub(super) fn missing(message: &str) -> RefusalClass {
    match of_sentence(message) {
        class @ (RefusalClass::Assistant | RefusalClass::Sender) => class,
        _ => RefusalClass::Config,
    }
}

fn of_sentence(message: &str) -> RefusalClass {
    let text = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match WORDS.iter().find(|(_, words)| has(words)) {
        Some((class, _)) => *class,
        None if text.contains("e.164") => RefusalClass::Recipient,
        None if has(&SETTINGS) => RefusalClass::Config,
        None => RefusalClass::Invalid,
    }
}

/// What the provider or the carrier behind it says, fit to be kept: `Twilio: …` where it says
/// whose words they are.
pub(super) fn words(message: &str) -> String {
    let carrier = message.split_once(" Error: ").and_then(|(before, said)| {
        let who = before.rsplit(|c: char| !c.is_alphanumeric()).next().filter(|who| !who.is_empty())?;
        Some(format!("{who}: {}", said.trim()))
    });
    redact(&carrier.unwrap_or_else(|| message.trim().to_owned()))
}

/// The sentences of an error body: `message` is a text or a list of texts.
fn messages(body: &[u8]) -> Vec<String> {
    let Ok(value) = json::read::<Value>(body) else { return Vec::new() };
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
        _ => {
            let said: Vec<String> = messages.iter().map(|message| words(message)).collect();
            redact(&said.join("; "))
        }
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
            (400, r#"{"message":["assistantId must be a UUID"]}"#, Assistant),
            (
                400,
                r#"{"message":["customer.number must be a valid phone number","phoneNumberId must be a UUID"]}"#,
                Sender,
            ),
            (400, r#"{"message":["property metadata should not exist"]}"#, Config),
            (400, r#"{"message":"Couldn't get phone number. `phoneNumberId` does not exist"}"#, Sender),
            (400, r#"{"message":["customer.name must be shorter than or equal to 40 characters"]}"#, Invalid),
            (400, r#"{"message":"Free Vapi numbers do not support international calls"}"#, Sender),
            (400, r#"{"message":"must be in E.164 format"}"#, Recipient),
            (400, "not json", Invalid),
            (400, r#"{"message":{"odd":1}}"#, Invalid),
            (401, r#"{"message":"Unauthorized","statusCode":401}"#, Access),
            (403, "", Access),
            (402, "", Billing),
            (404, "", NotFound),
            (301, "", Access),
            (404, r#"{"message":"Not Found"}"#, NotFound),
            (400, r#"{"message":"Couldn't Get Assistant. `assistantId` 4f1c Does Not Exist."}"#, Assistant),
            (400, r#"{"message":["assistantOverrides.variableValues.credit must be a string"]}"#, Invalid),
            (422, r#"{"message":["assistantOverrides.variableValues.name must be a string"]}"#, Invalid),
            (
                400,
                r#"{"message":["assistantOverrides.maxDurationSeconds must not be less than 10"]}"#,
                Config,
            ),
            (400, r#"{"message":"Couldn't Create Twilio Call. Twilio Error: Authenticate"}"#, Sender),
            (
                400,
                r#"{"message":"Couldn't Create Twilio Call. Twilio Error: The phone number you are attempting to call, +447700900701, is not valid."}"#,
                Recipient,
            ),
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
    fn what_is_missing_is_told_from_the_sentence() {
        assert_eq!(missing("Assistant 4f1c not found"), RefusalClass::Assistant);
        assert_eq!(missing("`phoneNumberId` 4f1c does not exist"), RefusalClass::Sender);
        assert_eq!(missing("Not Found"), RefusalClass::Config);
    }

    #[test]
    fn the_carriers_words_are_kept_as_its_own() {
        let said = "Couldn't Create Twilio Call. Twilio Error: The phone number you are attempting to call, \
                    +447700900701, is not valid.";
        let kept = "Twilio: The phone number you are attempting to call, [number], is not valid.";
        assert_eq!(words(said), kept);
        assert_eq!(words(" Assistant not found "), "Assistant not found");
    }

    #[test]
    fn numbers_do_not_reach_the_message() {
        let refusal = refused(400, r#"{"message":"customer.number +14155550100 is blocked"}"#);
        assert_eq!(refusal.message, "customer.number [number] is blocked");
    }
}
