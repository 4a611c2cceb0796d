//! The numbers of an account, and where texts to them are delivered.

use super::{Api, SignedIn};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) async fn list(
    State(api): State<Api>,
    Extension(signed_in): Extension<SignedIn>,
    Path(sid): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let account = match api.account(signed_in, &sid) {
        Ok(account) => account,
        Err(response) => return *response,
    };
    // The vendor's filter finds numbers that contain what is asked for.
    let wanted = query.get("PhoneNumber").map(String::as_str).unwrap_or_default();
    let state = api.shared.peek();
    let numbers: Vec<Value> = account
        .numbers
        .iter()
        .filter(|number| number.number.contains(wanted))
        .map(|number| {
            let digits = number.number.trim_start_matches('+');
            json!({"sid": format!("PN{digits:0>32}"), "account_sid": account.sid, "phone_number": number.number,
                "sms_url": state.sms_urls.get(&number.number), "sms_method": "POST",
                "capabilities": {"sms": number.can_text, "mms": number.can_text, "voice": true}})
        })
        .collect();
    Json(json!({"incoming_phone_numbers": numbers, "page": 0, "next_page_uri": null})).into_response()
}
