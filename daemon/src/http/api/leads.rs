//! Leads: listed by cursor, and added one at a time through the same pipeline as a file.

use super::imports::taken;
use crate::http::auth::Caller;
use crate::http::bodies::Json as Body;
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use crate::importer;
use axum::Json;
use axum::extract::{Path, State};
use frontdesk_domain::intake::forms;
use frontdesk_shared::import::ImportSpec;
use frontdesk_shared::page::{List, Query as Ask, Rows};
use frontdesk_store::views::page;
use serde::Deserialize;
use serde_json::{Value, json};

/// What to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    limit: Option<u32>,
    cursor: Option<String>,
    filter: Option<String>,
}

/// `GET /api/leads/{key}`.
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    Query(options): Query<Options>,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let ask = Ask {
        client: Some(key),
        filter: options.filter.unwrap_or_default(),
        after: options.cursor,
        ..Ask::first(List::Leads, options.limit.unwrap_or(100).clamp(1, 500))
    };
    let now = web.app.ctx.now();
    // One list of a client after the other: however many it asks for at once, and however hard,
    // the readers of the store are there for the others.
    let _turn = web.shares.turn(&caller).await;
    let page = web.app.store.read(move |tx| page::page(tx, &ask, now, true)).await?;
    let Rows::Leads(leads) = page.rows else { return Ok(Json(json!({ "leads": [] }))) };
    Ok(Json(json!({
        "leads": leads,
        "next_cursor": page.next,
        "matching": page.matching,
        "total": page.total,
    })))
}

/// `POST /api/leads/{key}`: one lead by hand, or a few, as JSON; a form's body; or what the lead
/// forms of Facebook, Google, Typeform and Calendly post.
pub(crate) async fn add(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    bytes: Body,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let body = match forms::of_body(bytes.bytes()) {
        None => forms::Body { bytes: bytes.bytes().to_vec(), test: false, provider: "by hand" },
        Some(Ok(body)) => body,
        Some(Err(problem)) => return Err(ApiError::invalid("body", problem.to_string())),
    };
    let spec = ImportSpec {
        client: key,
        label: body.provider.into(),
        dry_run: body.test,
        single: true,
        ..ImportSpec::default()
    };
    let mut upload = importer::begin(&web.app, spec, "application/json", &caller.actor()).await?;
    upload.append(0, body.bytes).await?;
    let answer = taken(&web, &caller, upload).await?;
    if answer["rows"] == 0 {
        return Err(ApiError::invalid(
            "body",
            "there is no lead in it; send an object with a phone, or {\"leads\": […]}",
        ));
    }
    // A provider looks at the status only, and keeps the lead where it was not taken.
    let refused = answer["validation"]["invalid"] == answer["rows"];
    match answer["rejects"][0]["reason"].as_str() {
        Some(reason) if refused && body.provider != "by hand" => Err(ApiError::invalid("body", reason)),
        _ => Ok(Json(answer)),
    }
}
