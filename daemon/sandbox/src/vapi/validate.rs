//! What `POST /call` refuses, in the vendor's words where they are known.
//!
//! Pure. A list of messages means a validation error (`message` is an array on the wire), a
//! single one a policy error (`message` is a string).

use crate::clock::from_iso;
use crate::random::is_uuid;
use serde_json::{Map, Value};

/// Names, e-mail addresses and external ids may not be longer.
const MAX_TEXT: usize = 40;

/// Fields of the create request. `metadata` is not in the vendor's schema, but much public
/// code sends it; it is let in and not stored.
const FIELDS: [&str; 22] = [
    "assistantId",
    "assistant",
    "assistantVersion",
    "assistantOverrides",
    "squadId",
    "squad",
    "squadOverrides",
    "workflowId",
    "workflow",
    "workflowOverrides",
    "phoneNumberId",
    "phoneNumber",
    "customer",
    "customerId",
    "customers",
    "name",
    "schedulePlan",
    "transport",
    "metadata",
    "type",
    "credentials",
    "credentialIds",
];

/// Which of these says what to do in the call; exactly one must.
const BRAINS: [&str; 6] = ["assistantId", "assistant", "squadId", "squad", "workflowId", "workflow"];

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Invalid(Vec<String>),
    Policy(String),
}

pub(super) const E164_MESSAGE: &str = "must be a valid phone number in the E.164 format. Hot tip, you may \
    be missing the country code (Eg. US: +1).";
pub(super) const DAILY_LIMIT_MESSAGE: &str = "Couldn't Start Call. Numbers Bought On Vapi Have A Daily \
    Outbound Call Limit. Import Your Own Twilio Numbers To Scale Without Limits.";
pub(super) const OVER_CONCURRENCY_MESSAGE: &str = "Over Concurrency Limit";

/// Checks everything but the existence of what ids refer to.
pub(super) fn create_call(body: &Map<String, Value>) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    for key in body.keys().filter(|key| !FIELDS.contains(&key.as_str())) {
        wrong.push(format!("property {key} should not exist"));
    }
    text(body.get("name"), "name", &mut wrong);
    for key in ["assistantId", "squadId", "workflowId", "phoneNumberId", "customerId"] {
        match body.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(id)) if is_uuid(id) => {}
            Some(_) => wrong.push(format!("{key} must be a UUID")),
        }
    }
    for key in ["assistant", "assistantOverrides", "phoneNumber", "customer", "schedulePlan"] {
        if body.get(key).is_some_and(|v| !v.is_object()) {
            wrong.push(format!("{key} must be an object"));
        }
    }
    if let Some(customer) = body.get("customer").filter(|c| c.is_object()) {
        wrong.extend(customer_problems(customer, "customer"));
    }
    match body.get("customers") {
        None => {}
        Some(Value::Array(list)) if !list.is_empty() => {}
        Some(_) => wrong.push("customers must be an array".to_owned()),
    }
    if let Some(plan) = body.get("schedulePlan").filter(|p| p.is_object()) {
        let earliest = plan["earliestAt"].as_str();
        if earliest.and_then(from_iso).is_none() {
            wrong.push("schedulePlan.earliestAt must be a valid ISO 8601 date string".to_owned());
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    policy(body)
}

fn policy(body: &Map<String, Value>) -> Result<(), Refusal> {
    let has = |key: &str| body.get(key).is_some_and(|v| !v.is_null());
    let refuse = |message: &str| Err(Refusal::Policy(message.to_owned()));
    match BRAINS.iter().filter(|key| has(key)).count() {
        1 => {}
        0 => {
            return refuse(
                "Couldn't Start Call. Need Either `assistantId`, `assistant`, `squadId`, `squad`, `workflowId` Or `workflow`.",
            );
        }
        _ => {
            return refuse(
                "Couldn't Start Call. Only One Of `assistantId`, `assistant`, `squadId`, `squad`, `workflowId` And `workflow` Is Allowed.",
            );
        }
    }
    if !has("phoneNumberId") && !has("phoneNumber") {
        return refuse("Couldn't Start Call. Need Either `phoneNumberId` Or `phoneNumber`.");
    }
    if !has("customer") && !has("customerId") && !has("customers") {
        return refuse("Couldn't Start Call. Need Either `customer`, `customerId` Or `customers`.");
    }
    Ok(())
}

/// What is wrong with one customer; `path` names it in the messages.
pub(super) fn customer_problems(customer: &Value, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for key in ["name", "email", "externalId"] {
        text(customer.get(key), &format!("{path}.{key}"), &mut wrong);
    }
    let checked = customer["numberE164CheckEnabled"] != Value::Bool(false);
    match customer["number"].as_str() {
        Some(number) if checked && !is_e164(number) => wrong.push(format!("{path}.number {E164_MESSAGE}")),
        Some(number) if !checked && !(3..=MAX_TEXT).contains(&number.len()) => {
            wrong.push(format!(
                "{path}.number must be longer than or equal to 3 and shorter than or equal to 40 characters"
            ));
        }
        Some(_) => {}
        None if customer["sipUri"].is_string() => {}
        None => wrong.push(format!("{path}.number {E164_MESSAGE}")),
    }
    wrong
}

fn text(value: Option<&Value>, path: &str, wrong: &mut Vec<String>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text.chars().count() <= MAX_TEXT => {}
        Some(Value::String(_)) => {
            wrong.push(format!("{path} must be shorter than or equal to {MAX_TEXT} characters"));
        }
        Some(_) => wrong.push(format!("{path} must be a string")),
    }
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::config::{ASSISTANT_ID, PHONE_NUMBER_ID};
    use super::*;
    use serde_json::json;

    fn check(change: impl FnOnce(&mut Value)) -> Result<(), Refusal> {
        let mut body = json!({"assistantId": ASSISTANT_ID, "phoneNumberId": PHONE_NUMBER_ID,
            "customer": {"number": "+14155550100", "name": "Ada"}});
        change(&mut body);
        create_call(body.as_object().unwrap())
    }

    fn invalid(messages: &[&str]) -> Result<(), Refusal> {
        Err(Refusal::Invalid(messages.iter().map(|m| (*m).to_owned()).collect()))
    }

    #[test]
    fn a_good_request_passes_and_metadata_is_tolerated() {
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|b| b["metadata"] = json!({"a": 1})), Ok(()));
        assert_eq!(check(|b| b["customer"] = json!({"sipUri": "sip:ada@example.com"})), Ok(()));
    }

    #[test]
    fn the_number_message_is_the_vendors() {
        assert_eq!(
            check(|b| b["customer"]["number"] = "4155550100".into()),
            invalid(&[
                "customer.number must be a valid phone number in the E.164 format. Hot tip, you may be \
                       missing the country code (Eg. US: +1)."
            ])
        );
    }

    #[test]
    fn several_things_can_be_wrong_at_once() {
        let long = "x".repeat(41);
        let refused = check(|b| {
            b["name"] = long.as_str().into();
            b["customer"]["name"] = long.as_str().into();
            b["customer"]["externalId"] = long.as_str().into();
            b["assistantId"] = "mine".into();
            b["shout"] = true.into();
        });
        assert_eq!(
            refused,
            invalid(&[
                "property shout should not exist",
                "name must be shorter than or equal to 40 characters",
                "assistantId must be a UUID",
                "customer.name must be shorter than or equal to 40 characters",
                "customer.externalId must be shorter than or equal to 40 characters",
            ])
        );
    }

    #[test]
    fn exactly_one_assistant_and_a_caller_number_are_needed() {
        let refused = |change: fn(&mut Value)| match check(change) {
            Err(Refusal::Policy(message)) => message,
            other => panic!("{other:?}"),
        };
        assert!(refused(|b| b["assistantId"] = Value::Null).contains("Need Either `assistantId`"));
        assert!(refused(|b| b["assistant"] = json!({})).contains("Only One Of"));
        assert!(refused(|b| b["phoneNumberId"] = Value::Null).contains("`phoneNumber`"));
        assert!(refused(|b| drop(b.as_object_mut().unwrap().remove("customer"))).contains("`customer`"));
    }
}
