//! `POST /api/clients/{key}/test-message`: a message with sample values to an operator's own address.

use super::body;
use crate::http::auth::Caller;
use crate::http::bodies::Json as Body;
use crate::http::{ApiError, Web};
use crate::test_send;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use frontdesk_shared::RowId;
use frontdesk_shared::action::Action;
use frontdesk_shared::contact::Channel;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is to be sent where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    channel: String,
    address: String,
    #[serde(default)]
    template: String,
}

/// Plans it and answers 202 with what it came to within a few seconds.
pub(crate) async fn send(
    State(web): State<Web>,
    caller: Caller,
    Path(client): Path<String>,
    bytes: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    caller.admin()?;
    let Wanted { channel, address, template } = body(bytes.bytes())?;
    let channel = Channel::parse(&channel)
        .filter(|channel| *channel != Channel::AiVoice)
        .ok_or_else(|| ApiError::invalid("channel", "use sms or email"))?;
    let action = Action::TestSend { client, channel, address, template };
    let request = format!("http-{}", RowId(web.app.ctx.env.id()));
    let who = (caller.actor(), caller.address());
    let tested = test_send::send(&web.app, action, who, (None, request)).await?;
    let (message, status) = tested.message.unzip();
    let told = json!({ "job": tested.job, "message": message, "status": status, "result": tested.words });
    Ok((StatusCode::ACCEPTED, Json(told)))
}
