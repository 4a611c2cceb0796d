//! A webhook from its bytes to what it changes: verified, parsed, stored, decided.

use super::first_line;
use super::house::undone;
use crate::database::START;
use crate::sign;
use axum::http::HeaderMap;
use frontdesk_daemon::flows::webhooks::{self, Defaults};
use frontdesk_daemon::webhooks::{Delivery, Provider, organisation};
use frontdesk_providers::vapi::{self, Kind, ParseError, Report, ServerMessage, VapiSecrets};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

const SECRET: &str = "secret-of-the-fuzzed-house";

/// The first line is the last part of the path, or empty; the rest is the body.
pub fn vapi_webhook(data: &[u8]) {
    let (agent, body) = first_line(data);
    let mut headers = HeaderMap::new();
    for (name, value) in sign::hmac(SECRET, START, body) {
        headers.insert(name, value.parse().expect("a header"));
    }
    let secrets = VapiSecrets::new([SECRET.to_owned().into()]);
    vapi::verify(&headers, body, START, &secrets).expect("a right signature over any body");

    let parsed = vapi::parse(body);
    assert_eq!(vapi::parse(body), parsed, "the same bytes read differently");
    let body: Arc<[u8]> = Arc::from(body);
    let agent = organisation(agent).unwrap_or_default().to_owned();
    match parsed {
        Ok(message) => {
            bounded(&message);
            let delivery = Delivery::read(Provider::Vapi, body, &agent).expect("it was read before");
            accepted(delivery, &message);
        }
        Err(error) => unreadable(&error, &body, agent),
    }
}

fn bounded(message: &ServerMessage) {
    assert!(!message.event_key.is_empty() && message.event_key.len() <= 400, "{}", message.event_key);
    assert!(!message.kind.word().is_empty() && message.kind.word().len() <= 80, "{:?}", message.kind);
    let call = &message.call;
    let names = [&call.org_id, &call.kind, &call.name, &call.external_id, &call.metadata_attempt];
    let more = [&call.assistant_id, &call.phone_number_id, &call.customer_number, &call.customer_name];
    let mut all = names.into_iter().chain(more).chain([&call.carrier_call_id]).flatten().chain([&call.id]);
    assert!(all.all(|text| text.len() <= 300), "a name without an end");
    match &message.kind {
        Kind::EndOfCallReport(report) => bounded_report(report),
        Kind::ToolCalls(calls) => {
            let ids: BTreeSet<&str> = calls.iter().map(|c| c.id.as_str()).collect();
            assert!(ids.len() == calls.len() && calls.len() <= 64, "an id twice, or too many");
            assert!(calls.iter().all(|c| c.id.len() <= 300 && c.name.len() <= 300));
            assert!(calls.iter().all(|c| c.readable || c.arguments.is_empty()));
        }
        Kind::StatusUpdate { status, .. } => assert!(!status.is_empty() && status.len() <= 200),
        Kind::Transcript { role, text, .. } => assert!(role.len() <= 300 && text.len() <= 4_000),
        _ => {}
    }
}

fn bounded_report(report: &Report) {
    assert!(report.messages.len() <= 1_000 && report.messages.iter().all(|m| m.text.len() <= 4_100));
    assert!(report.transcript.as_ref().is_none_or(|t| t.len() <= 400_100));
    assert!(report.cost_micros_usd.is_none_or(|c| (0..=1_000_000_000_000).contains(&c)));
    assert!(report.duration_ms.is_none_or(|ms| ms >= 0));
    let texts =
        [&report.summary, &report.ended_message, &report.success_evaluation, &report.destination_kind];
    assert!(texts.into_iter().flatten().all(|t| t.len() <= 10_100));
}

/// A message that can be read is applied, or kept for a person; either way it is answered, and
/// the same delivery again hears the same and changes nothing.
fn accepted(delivery: Delivery, message: &ServerMessage) {
    let message = message.clone();
    undone(move |tx, ctx| {
        let defaults = Defaults { assistant_id: "assistant-1".into() };
        let reply =
            webhooks::accept(tx, ctx, &defaults, &delivery).expect("a delivery that reads is applied");
        let answer: Value = serde_json::from_str(&reply).expect("the answer is JSON");
        answers_all(&message, &answer);
        let again = webhooks::accept(tx, ctx, &defaults, &delivery).expect("again");
        assert_eq!(again, reply, "the same delivery hears another answer");
    });
}

fn answers_all(message: &ServerMessage, answer: &Value) {
    match &message.kind {
        Kind::ToolCalls(calls) => {
            let results = answer["results"].as_array().expect("results");
            let named = results.iter().map(|r| r["toolCallId"].as_str().expect("an id"));
            assert!(named.eq(calls.iter().map(|c| c.id.as_str())), "{answer}");
            for result in results {
                let text = result["result"].as_str().or(result["error"].as_str()).expect("a text");
                assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
            }
        }
        Kind::FunctionCall(_) => assert!(answer["result"].is_string(), "{answer}"),
        Kind::AssistantRequest => assert!(answer["assistantId"].is_string(), "{answer}"),
        _ => assert_eq!(answer, &Value::Object(serde_json::Map::new())),
    }
}

/// What cannot be read names what is wrong, repeats nothing of the body, and is kept.
fn unreadable(error: &ParseError, body: &Arc<[u8]>, agent: String) {
    assert!(!error.field.is_empty() && !error.reason.is_empty() && error.reason.len() < 100, "{error}");
    let (why, body) = (error.to_string(), body.clone());
    undone(move |tx, ctx| {
        for _ in 0..2 {
            webhooks::store_unreadable(tx, ctx, Provider::Vapi, (&body, &agent), &why)
                .expect("bytes that prove themselves are kept");
        }
    });
}
