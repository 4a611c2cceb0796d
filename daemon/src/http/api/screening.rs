//! Do-not-call lists: what there is, and a new one, streamed. An administrator's to bring.

use crate::flows::screening as flow;
use crate::http::auth::Caller;
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use frontdesk_shared::rpc::{ScreeningList, ScreeningPart, ScreeningReport};
use frontdesk_shared::time::date;
use futures::StreamExt as _;
use serde::Deserialize;
use std::time::Duration;

/// Bytes gathered before they are written: some thousand numbers.
const PIECE: usize = 64 * 1024;
/// Rows not understood that are named in the answer.
const NAMED: usize = 20;

/// What the body is, in the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    list: String,
    as_of: String,
    #[serde(default)]
    whole: bool,
}

/// `GET /api/screening`.
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<ScreeningList>>, ApiError> {
    caller.admin()?;
    let ctx = web.app.ctx.clone();
    Ok(Json(web.app.store.read(move |tx| flow::lists(tx, &ctx.house, ctx.now())).await?))
}

/// `PUT /api/screening?list=…&as_of=…&whole=…`. What was read before an error stays: it can only
/// forbid.
pub(crate) async fn bring(
    State(web): State<Web>,
    caller: Caller,
    Query(options): Query<Options>,
    body: Body,
) -> Result<Json<ScreeningReport>, ApiError> {
    caller.admin()?;
    let as_of = date(&options.as_of).ok_or_else(|| ApiError::invalid("as_of", "is no date YYYY-MM-DD"))?;
    let mut part = ScreeningPart { list: options.list, as_of, whole: options.whole, ..Default::default() };
    flow::check(&web.app.ctx, &part)?;
    part.first_row = 1;
    let idle = Duration::from_secs(web.app.config.limits.idle_s.unsigned_abs());
    let mut stream = body.into_data_stream();
    let (mut piece, mut read) = (Vec::new(), ScreeningReport::default());
    while let Some(chunk) =
        tokio::time::timeout(idle, stream.next()).await.map_err(|_| ApiError::timeout())?
    {
        piece.extend_from_slice(&chunk.map_err(|_| ApiError::invalid("body", "the upload broke off"))?);
        if piece.len() >= PIECE {
            let whole_lines = piece.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            if whole_lines == 0 {
                return Err(ApiError::invalid("body", "is no list of numbers, one a line"));
            }
            let rest = piece.split_off(whole_lines);
            read.add(keep(&web, &mut part, std::mem::replace(&mut piece, rest)).await?, NAMED);
        }
    }
    read.add(keep(&web, &mut part, piece).await?, NAMED);
    part.text.clear();
    flow::close(&web.app, part, read.clone(), caller.actor(), caller.address()).await?;
    Ok(Json(read))
}

async fn keep(web: &Web, part: &mut ScreeningPart, lines: Vec<u8>) -> Result<ScreeningReport, ApiError> {
    part.text = String::from_utf8_lossy(&lines).into_owned();
    let (ctx, piece) = (web.app.ctx.clone(), part.clone());
    let read = web.app.store.write(move |tx| flow::keep(tx, &ctx, &piece)).await?;
    part.first_row += part.text.lines().count() as u64;
    Ok(read)
}
