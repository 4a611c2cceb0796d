//! What lead forms of well-known providers post → one plain lead.
//!
//! Lives here: the shapes of Facebook lead ads, Google lead forms, Typeform and Calendly. Must not
//! live here: what the fields of a lead mean; transport and verification.
//!
//! A body that is one of theirs and holds no lead is refused with a sentence that says what to send
//! instead.

use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Why a provider's body makes no lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormProblem {
    /// Facebook's notification.
    #[error(
        "Facebook's notification holds only the lead's id; fetch the lead from the Graph API and send what it answers (with field_data), or connect through a tool that does"
    )]
    OnlyAnId,
    /// A challenge or ping.
    #[error("this is a test ping without a lead in it; send a lead")]
    Ping,
    /// Calendly's news other than a new invitee.
    #[error("this Calendly event is no new lead; only invitee.created is one")]
    NoNewInvitee,
    /// Typeform without answers.
    #[error("this Typeform event holds no answers; send the webhook of a submitted form (form_response)")]
    NoAnswers,
}

/// A request's body with its leads in our own shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// `{"leads": […]}`, or the body as it came.
    pub bytes: Vec<u8>,
    /// Whether the provider marks it as a test.
    pub test: bool,
    /// Where it came from, as the leads' source.
    pub provider: &'static str,
}

/// Reads a whole body of one of the providers; `None` where it is none of theirs.
pub fn of_body(bytes: &[u8]) -> Option<Result<Body, FormProblem>> {
    let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(bytes) else { return None };
    // The Graph API lists leads under `data`.
    let listed = object.get("data").and_then(Value::as_array);
    let bodies: Vec<&Object> = match listed {
        Some(list) if list.iter().any(|v| v.get("field_data").is_some()) => {
            list.iter().filter_map(Value::as_object).collect()
        }
        _ => vec![&object],
    };
    let mut leads = Vec::new();
    for body in &bodies {
        match translate(body)? {
            Ok(lead) => leads.push(Value::Object(lead)),
            Err(problem) => return Some(Err(problem)),
        }
    }
    let provider = match bodies.first() {
        Some(body) if body.contains_key("field_data") => "Facebook lead ads",
        Some(body) if body.contains_key("user_column_data") => "Google lead form",
        Some(body) if body.contains_key("form_response") => "Typeform",
        _ => "Calendly",
    };
    let test = bodies.iter().any(|body| is_test(body));
    let bytes = serde_json::json!({ "leads": leads }).to_string().into_bytes();
    Some(Ok(Body { bytes, test, provider }))
}

/// One lead of a provider's body; `None` where the object is none of theirs.
pub fn translate(body: &Object) -> Option<Result<Object, FormProblem>> {
    if body.get("field_data").is_some_and(Value::is_array) {
        return Some(Ok(facebook(body)));
    }
    if body.get("user_column_data").is_some_and(Value::is_array) {
        return Some(Ok(google(body)));
    }
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    if body.get("entry").is_some_and(Value::is_array) && (text("object") == "page" || has_leadgen(body)) {
        return Some(Err(FormProblem::OnlyAnId));
    }
    if body.contains_key("hub.challenge") || body.contains_key("leadgen_id") && !body.contains_key("phone") {
        return Some(Err(FormProblem::OnlyAnId));
    }
    if let Some(response) = body.get("form_response") {
        return Some(typeform(response).ok_or(FormProblem::NoAnswers));
    }
    if text("event_type").starts_with("form_response") {
        return Some(Err(FormProblem::NoAnswers));
    }
    let event = text("event");
    if event.starts_with("invitee")
        || event.starts_with("invitee_no_show")
        || event.starts_with("routing_form")
    {
        return Some(match body.get("payload").and_then(Value::as_object) {
            Some(payload) if event == "invitee.created" => Ok(calendly(payload)),
            _ => Err(FormProblem::NoNewInvitee),
        });
    }
    None
}

/// Whether a provider marks its body as a test, so that nobody is to be called.
pub fn is_test(body: &Object) -> bool {
    let dummy = |v: &Value| v.as_str().is_some_and(|s| s.contains("test lead: dummy data"));
    let facebook = body.get("field_data").and_then(Value::as_array);
    body.get("user_column_data").is_some() && body.get("is_test").and_then(Value::as_bool) == Some(true)
        || facebook.is_some_and(|fields| {
            fields
                .iter()
                .any(|f| f.get("values").and_then(Value::as_array).is_some_and(|v| v.iter().any(dummy)))
        })
}

fn has_leadgen(body: &Object) -> bool {
    let entries = body.get("entry").and_then(Value::as_array);
    entries.into_iter().flatten().any(|e| {
        let changes = e.get("changes").and_then(Value::as_array);
        changes.into_iter().flatten().any(|c| c.get("field").and_then(Value::as_str) == Some("leadgen"))
    })
}

/// Copies members that are plain.
fn copied(from: &Object, names: &[(&str, &str)], to: &mut Object) {
    for (name, as_name) in names {
        if let Some(value) = from.get(*name).filter(|v| !v.is_object() && !v.is_array() && !v.is_null()) {
            to.insert((*as_name).to_string(), value.clone());
        }
    }
}

fn put(to: &mut Object, name: &str, value: Value) {
    if !name.is_empty() && !value.is_null() {
        to.entry(name.to_string()).or_insert(value);
    }
}

/// `{"id", "created_time", "field_data": [{"name": "phone_number", "values": ["+44…"]}]}`.
fn facebook(body: &Object) -> Object {
    let mut lead = Object::new();
    copied(
        body,
        &[
            ("id", "id"),
            ("created_time", "created_time"),
            ("form_id", "form_id"),
            ("ad_id", "ad_id"),
            ("ad_name", "ad_name"),
            ("campaign_name", "campaign_name"),
            ("platform", "platform"),
        ],
        &mut lead,
    );
    for field in body.get("field_data").and_then(Value::as_array).into_iter().flatten() {
        let name = field.get("name").and_then(Value::as_str).unwrap_or_default();
        let values = field.get("values").cloned().unwrap_or_default();
        put(&mut lead, name, values);
    }
    // Answers to the notices a form shows: what is not ticked was not agreed to.
    for answer in body.get("custom_disclaimer_responses").and_then(Value::as_array).into_iter().flatten() {
        let key = answer.get("checkbox_key").and_then(Value::as_str).unwrap_or_default();
        let ticked = answer.get("is_checked").cloned().unwrap_or_default();
        let ticked = match ticked {
            Value::String(text) => Value::Bool(matches!(text.as_str(), "1" | "true" | "yes")),
            other => other,
        };
        put(&mut lead, key, ticked);
    }
    lead
}

/// `{"lead_id", "user_column_data": [{"column_id": "PHONE_NUMBER", "column_name", "string_value"}], "google_key"}`.
fn google(body: &Object) -> Object {
    let mut lead = Object::new();
    // The key is a secret between the form and its receiver, and is not kept.
    copied(
        body,
        &[
            ("lead_id", "lead_id"),
            ("form_id", "form_id"),
            ("campaign_id", "campaign_id"),
            ("adgroup_id", "adgroup_id"),
            ("gcl_id", "gclid"),
            ("lead_submit_time", "lead_submit_time"),
        ],
        &mut lead,
    );
    for column in body.get("user_column_data").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| column.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = text("column_id");
        let name = match id {
            "FULL_NAME" => "full_name",
            "FIRST_NAME" => "first_name",
            "LAST_NAME" => "last_name",
            "PHONE_NUMBER" | "WORK_PHONE" => "phone",
            "EMAIL" | "WORK_EMAIL" => "email",
            "POSTAL_CODE" => "postcode",
            "REGION" => "state",
            "COUNTRY" => "country",
            "" => text("column_name"),
            other => other,
        };
        put(&mut lead, name, Value::String(text("string_value").to_string()));
    }
    lead
}

/// `{"form_response": {"definition": {"fields": [{"id", "ref", "title"}]}, "answers": [{"type", "field": {"id"}, …}]}}`.
fn typeform(response: &Value) -> Option<Object> {
    let answers = response.get("answers")?.as_array()?;
    let fields = response.pointer("/definition/fields").and_then(Value::as_array);
    let title = |id: &str| {
        let found = fields?.iter().find(|f| f.get("id").and_then(Value::as_str) == Some(id))?;
        found.get("title").and_then(Value::as_str).map(str::trim).map(ToString::to_string)
    };
    let mut lead = Object::new();
    if let Some(hidden) = response.get("hidden").and_then(Value::as_object) {
        for (name, value) in hidden {
            put(&mut lead, name, value.clone());
        }
    }
    for (as_name, key) in [("external_id", "token"), ("submitted_at", "submitted_at"), ("form_id", "form_id")]
    {
        put(&mut lead, as_name, response.get(key).cloned().unwrap_or_default());
    }
    for answer in answers {
        let of = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        let field =
            |key: &str| answer.pointer(&format!("/field/{key}")).and_then(Value::as_str).unwrap_or_default();
        let kind = of("type");
        let value = match kind {
            "choice" => answer.pointer("/choice/label").or_else(|| answer.pointer("/choice/other")),
            "choices" => answer.pointer("/choices/labels"),
            kind => answer.get(kind),
        };
        let Some(value) = value.cloned() else { continue };
        let asked = title(field("id")).filter(|t| !t.is_empty()).unwrap_or_else(|| field("ref").to_string());
        let name = match (kind, field("type")) {
            // Somebody else's number is asked for, too.
            ("phone_number" | "email", _) if super::owner::is_other(&super::text::words(&asked)) => asked,
            ("phone_number", _) => "phone".to_string(),
            ("email", _) => "email".to_string(),
            // Agreeing to a legal text is consent to no call; a no is still one.
            (_, "legal") => match super::safety::sense(&asked).map(|s| s.field) {
                Some(f) if f.is_consent() => asked,
                _ => format!("{asked} (legal)"),
            },
            _ => asked,
        };
        put(&mut lead, &harmless(&name), value);
    }
    Some(lead)
}

/// A question as the name of a column. A whole sentence that smells of consent is not to stop the
/// webhook: it is kept as what it is, a question with its answer.
fn harmless(question: &str) -> String {
    match super::fields::guess(question).field {
        super::fields::Field::Unclear => format!("consent.{question}"),
        _ => question.to_string(),
    }
}

/// `{"event": "invitee.created", "payload": {"name", "email", "timezone", "text_reminder_number", "questions_and_answers"}}`.
fn calendly(payload: &Object) -> Object {
    let mut lead = Object::new();
    copied(
        payload,
        &[
            ("name", "name"),
            ("first_name", "first_name"),
            ("last_name", "last_name"),
            ("email", "email"),
            ("timezone", "timezone"),
            ("text_reminder_number", "phone"),
            ("uri", "external_id"),
            ("created_at", "created_at"),
        ],
        &mut lead,
    );
    for answer in payload.get("questions_and_answers").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        put(&mut lead, &harmless(&text("question")), Value::String(text("answer")));
    }
    if let Some(tracking) = payload.get("tracking").and_then(Value::as_object) {
        copied(tracking, &[("utm_source", "utm_source"), ("utm_campaign", "utm_campaign")], &mut lead);
    }
    if let Some(event) = payload.get("scheduled_event").and_then(Value::as_object) {
        copied(event, &[("name", "event_name"), ("start_time", "event_start")], &mut lead);
    }
    lead
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lead(body: &Value) -> Option<Result<Value, FormProblem>> {
        translate(body.as_object().expect("an object")).map(|r| r.map(Value::Object))
    }

    #[test]
    fn each_provider_is_understood() {
        let facebook = json!({"created_time": "2026-11-01T10:00:00+0000", "id": "444", "field_data": [
            {"name": "full_name", "values": ["Ida Moor"]}, {"name": "phone_number", "values": ["+447700900131"]},
            {"name": "email", "values": ["ida@example.com"]}]});
        let got = lead(&facebook).expect("known").expect("lead");
        assert_eq!(
            (&got["full_name"][0], &got["phone_number"][0]),
            (&json!("Ida Moor"), &json!("+447700900131"))
        );
        let google = json!({"lead_id": "L1", "user_column_data": [
            {"column_name": "Full Name", "string_value": "Ida Moor", "column_id": "FULL_NAME"},
            {"column_name": "User Phone", "string_value": "+12125550132", "column_id": "PHONE_NUMBER"},
            {"column_name": "What service?", "string_value": "Roof"}],
            "api_version": "1.0", "form_id": 40, "google_key": "s3cret", "is_test": true});
        assert!(is_test(google.as_object().expect("object")));
        let got = lead(&google).expect("known").expect("lead");
        assert_eq!((&got["phone"], &got["What service?"]), (&json!("+12125550132"), &json!("Roof")));
        assert!(!got.to_string().contains("s3cret"));
        let typeform = json!({"event_id": "E", "event_type": "form_response", "form_response": {"form_id": "f", "token": "t1",
            "definition": {"fields": [{"id": "a", "title": "Your name?", "type": "short_text"}, {"id": "c", "title": "Opt-in"}]},
            "answers": [{"type": "text", "text": "Ida", "field": {"id": "a", "type": "short_text", "ref": "name"}},
                {"type": "phone_number", "phone_number": "+447700900133", "field": {"id": "b", "type": "phone_number"}},
                {"type": "boolean", "boolean": false, "field": {"id": "c", "type": "yes_no"}}]}});
        let got = lead(&typeform).expect("known").expect("lead");
        assert_eq!(
            (&got["phone"], &got["Your name?"], &got["Opt-in"]),
            (&json!("+447700900133"), &json!("Ida"), &json!(false))
        );
        let calendly = json!({"event": "invitee.created", "payload": {"name": "Ida Moor", "email": "ida@example.com",
            "timezone": "Europe/London", "text_reminder_number": null,
            "questions_and_answers": [{"question": "Phone number", "answer": "+44 7700 900134", "position": 0}]}});
        let got = lead(&calendly).expect("known").expect("lead");
        assert_eq!(
            (&got["Phone number"], &got["timezone"]),
            (&json!("+44 7700 900134"), &json!("Europe/London"))
        );
    }

    #[test]
    fn what_holds_no_lead_is_refused_with_a_sentence() {
        let cases = [
            (
                json!({"object": "page", "entry": [{"changes": [{"field": "leadgen", "value": {"leadgen_id": "1"}}]}]}),
                FormProblem::OnlyAnId,
            ),
            (json!({"event": "invitee.canceled", "payload": {"name": "Ida"}}), FormProblem::NoNewInvitee),
            (json!({"event_type": "form_response", "form_response": {"token": "t"}}), FormProblem::NoAnswers),
        ];
        for (body, problem) in cases {
            assert_eq!(lead(&body), Some(Err(problem)), "{body}");
            assert!(problem.to_string().len() > 30);
        }
        assert_eq!(lead(&json!({"phone": "07700900101", "event": "webinar"})), None);
    }
}
