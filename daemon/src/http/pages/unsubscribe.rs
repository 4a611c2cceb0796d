//! The page that ends all contact, and the one click of a mail program, which needs no page.

use super::form::Pressed;
use super::shell::Page;
use super::{Sorry, Visitor, opened};
use crate::flows::links::{self, Subscriber};
use crate::http::Web;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use frontdesk_domain::link::{self, UNSUBSCRIBE};
use frontdesk_domain::sending;
use frontdesk_shared::MessageId;
use maud::html;

/// What the page shows does not change but once, and then it has no button.
const SEQUENCE: i64 = 0;

/// `GET /m/unsubscribe/{token}`.
pub(crate) async fn show(
    State(web): State<Web>,
    _visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Sorry> {
    let id = opened(&web, UNSUBSCRIBE, &token)?;
    let found = web.app.store.read(move |tx| links::subscriber(tx, id)).await?.ok_or(Sorry::Unknown)?;
    Ok(page(&web, id, &found, false))
}

/// `POST /m/unsubscribe/{token}`: by the page's button, or by a mail program (RFC 8058). Repeated,
/// it hears the same.
pub(crate) async fn unsubscribe(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
    pressed: Pressed,
) -> Result<Response, Sorry> {
    let id = opened(&web, UNSUBSCRIBE, &token)?;
    let is_ours = web.app.ctx.house.lines.link_secret.as_ref().is_some_and(|secret| {
        link::is_nonce(secret, UNSUBSCRIBE, id, SEQUENCE, (&pressed.nonce, web.app.ctx.now()))
    });
    if !is_ours && !pressed.is_one_click() {
        let found = web.app.store.read(move |tx| links::subscriber(tx, id)).await?.ok_or(Sorry::Unknown)?;
        return Ok(page(&web, id, &found, true));
    }
    let (ctx, address) = (web.app.ctx.clone(), visitor.address);
    let done = web.app.store.write(move |tx| links::unsubscribe(tx, &ctx, id, &address)).await?;
    Ok(page(&web, id, &done.ok_or(Sorry::Unknown)?, false))
}

fn page(web: &Web, id: MessageId, found: &Subscriber, stale: bool) -> Response {
    let business = found.client.name.as_str();
    let nonce = web.app.ctx.house.lines.link_secret.as_ref();
    let nonce = nonce.map(|secret| link::nonce(secret, UNSUBSCRIBE, id, SEQUENCE, web.app.ctx.now()));
    let title = if found.is_out { "You will not be contacted again" } else { "Stop all messages?" };
    let body = html! {
        @if found.is_out {
            p role="status" { (business) " will not write to you or call you any more. There is nothing else to do." }
        } @else {
            @if stale { p.said role="status" { "This page was too old. Nothing was changed; press the button again." } }
            p { (business) " will not write to you or call you any more, in any way." }
            form method="post" {
                input type="hidden" name="nonce" value=(nonce.unwrap_or_default());
                p.acts { button type="submit" { "Stop all messages" } }
            }
        }
    };
    let language = sending::locale(&found.client).tag();
    let status = if stale && !found.is_out { StatusCode::CONFLICT } else { StatusCode::OK };
    Page { status, title, business: Some(business), language, body }.into_response()
}
