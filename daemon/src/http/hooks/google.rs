//! What Google tells of calendars: heads without a body, that something changed, and never what.
//! Whoever does not know a channel's token hears that there is no such channel.

use crate::flows::channels as flow;
use crate::flows::rates::Granted;
use crate::http::limits::Who;
use crate::http::places::Place;
use crate::http::{ApiError, Web, origin};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use frontdesk_providers::google::{Push, PushState};
use frontdesk_store::channels;
use std::sync::Arc;

/// `POST /webhooks/google/calendar`. A body, which Google never sends, is not read.
pub(crate) async fn calendar(State(web): State<Web>, request: Request) -> Result<StatusCode, ApiError> {
    let app = &web.app;
    let (parts, _) = request.into_parts();
    let net = origin::of(&parts, &app.config.house.proxy_addresses).net();
    let refused = || {
        app.counters.webhooks_refused.up();
        let most = app.config.limits.bad_webhooks_per_minute;
        match web.limits.take(Who::BadWebhooks(net), most, app.ctx.env.clock.steady()) {
            Granted::Yes { .. } => ApiError::not_found("there is no such channel"),
            Granted::No { retry_after_s } => ApiError::too_many(retry_after_s),
        }
    };
    let Some(name) = Push::channel(&parts.headers).map(str::to_owned) else { return Err(refused()) };
    let Some(channel) = app.store.read(move |tx| channels::by_id(tx, &name)).await? else {
        return Err(refused());
    };
    let Some(push) = Push::read(&parts.headers, channel.secret.as_bytes()) else { return Err(refused()) };
    parts.extensions.get::<Arc<Place>>().iter().for_each(|place| place.known());
    app.counters.webhooks.up();
    if push.state == PushState::Changed {
        let ctx = app.ctx.clone();
        app.store.write(move |tx| flow::pushed(tx, &ctx, &channel)).await?;
    }
    Ok(StatusCode::OK)
}
