//! What every request passes: faults first, as a load balancer would, then the token.

use crate::google::config::Access;
use crate::google::faults::{self, Effect, Op};
use crate::google::state::{Calendar, Shared};
use crate::google::token;
use crate::google::wrong::{Wrong, not_found, wrong};
use crate::net::Peer;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const EVENTS: [&str; 2] =
    ["https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/calendar.events"];
const FREE_BUSY: [&str; 2] =
    ["https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/calendar.freebusy"];

/// A request that was let in. Its answer may still be lost.
pub(in crate::google) struct Entered {
    cut: Option<Peer>,
}

impl Entered {
    pub(in crate::google) fn leave(self, response: Response) -> Response {
        if let Some(peer) = self.cut {
            peer.cut();
        }
        response
    }
}

/// Lets a request in, whatever its token.
pub(in crate::google) async fn enter(
    shared: &Arc<Shared>,
    op: Op,
    peer: Peer,
) -> Result<Entered, Box<Response>> {
    let effect = shared.change(|state| {
        state.counters.requests += 1;
        let effect = faults::next(&mut state.faults, op);
        state.counters.lost += u64::from(effect == Some(Effect::LoseAnswer));
        effect
    });
    match effect {
        None => Ok(Entered { cut: None }),
        Some(Effect::LoseAnswer) => Ok(Entered { cut: Some(peer) }),
        Some(Effect::Delay(ms)) => {
            tokio::select! {
                () = shared.clock.real(ms) => {}
                () = shared.shutdown.cancelled() => {}
            }
            Ok(Entered { cut: None })
        }
        Some(Effect::Stall) => {
            shared.shutdown.cancelled().await;
            Err(Box::new(refused(503, "backendError", "The sandbox stops.")))
        }
        Some(Effect::Refuse { status, reason, retry_after_s }) => {
            let mut response = match op {
                Op::Token => {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    token::refused(status, &reason, "Refused on command.")
                }
                _ => wrong(status, reason, "Refused on command.").into_response(),
            };
            if let Some(seconds) = retry_after_s {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Err(Box::new(response))
        }
    }
}

/// Lets a request in whose token is good for what it asks.
pub(super) async fn with_token(
    shared: &Arc<Shared>,
    op: Op,
    peer: Peer,
    headers: &HeaderMap,
) -> Result<Entered, Box<Response>> {
    let entered = enter(shared, op, peer).await?;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let now_ms = shared.now_ms();
    let state = shared.peek();
    let Some(grant) = state.grants.get(token).filter(|grant| grant.until_ms > now_ms) else {
        return Err(Box::new(refused(401, "authError", "Invalid Credentials")));
    };
    let wanted = if op == Op::FreeBusy { FREE_BUSY } else { EVENTS };
    if !grant.scopes.iter().any(|scope| wanted.contains(&scope.as_str())) {
        let message = "Request had insufficient authentication scopes.";
        return Err(Box::new(refused(403, "insufficientPermissions", message)));
    }
    Ok(entered)
}

/// The calendar, if the account may do this much with it; otherwise how Google says no.
pub(super) fn allowed(calendar: Option<&Calendar>, needed: Access) -> Result<&Calendar, Wrong> {
    match calendar {
        None => Err(not_found()),
        Some(calendar) if calendar.access == Access::None => Err(not_found()),
        Some(calendar) if calendar.access < needed => {
            Err(wrong(403, "requiredAccessLevel", "You need to have writer access to this calendar."))
        }
        Some(calendar) => Ok(calendar),
    }
}

fn refused(status: u16, reason: &'static str, message: &'static str) -> Response {
    wrong(status, reason, message).into_response()
}
