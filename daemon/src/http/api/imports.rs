//! Imports: CSV or JSON, streamed to disk, judged, answered with a verdict.

use crate::flows::clients::Asker;
use crate::flows::undo_import;
use crate::http::auth::Caller;
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use crate::importer::{self, Upload};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use frontdesk_shared::ImportId;
use frontdesk_shared::import::{ImportSpec, ImportStatus};
use frontdesk_store::{Error as StoreError, Refusal, imports};
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Bytes gathered before they are written to disk; each upload under way holds as many.
const PIECE: usize = 64 * 1024;
/// Refused rows in the answer; all of them are kept with the import.
const SHOWN: i64 = 100;

/// How to read the body, in the query.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    #[serde(default)]
    dry_run: bool,
    attest: Option<String>,
    country: Option<String>,
    source: Option<String>,
    label: Option<String>,
    /// `Header=field`, separated by commas.
    map: Option<String>,
}

/// `POST /api/import-leads`: the client is the key's.
pub(crate) async fn import_own(
    state: State<Web>,
    caller: Caller,
    options: Query<Options>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let key = caller.own_key()?;
    import(state, caller, Path(key), options, headers, body).await
}

/// `POST /api/import-leads/{key}`.
pub(crate) async fn import(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    Query(options): Query<Options>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    caller.may_act_for(&key)?;
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    let most = web.app.config.limits.import_bytes;
    if declared.is_some_and(|bytes| bytes > most) {
        return Err(too_large(most));
    }
    let spec = spec(key, options)?;
    // Whatever ends this request before the file is whole drops it, and with it the file.
    let mut upload = importer::begin(&web.app, spec, &content_type, &caller.actor()).await?;
    if let Err(e) = receive(&web, &mut upload, body).await {
        upload.give_up().await;
        return Err(e);
    }
    taken(&web, &caller, upload).await.map(Json)
}

/// The file is whole: it is judged, and who brought it is kept.
pub(super) async fn taken(web: &Web, caller: &Caller, upload: Upload) -> Result<Value, ApiError> {
    let id = upload.finish(&caller.actor(), &caller.address()).await?.id;
    answer(web, id).await
}

fn spec(client: String, options: Options) -> Result<ImportSpec, ApiError> {
    let mut mapping = std::collections::BTreeMap::new();
    for pair in options.map.as_deref().unwrap_or_default().split(',').filter(|p| !p.is_empty()) {
        let (header, field) = pair
            .rsplit_once('=')
            .ok_or_else(|| ApiError::invalid("map", format!("“{pair}” is not Header=field")))?;
        mapping.insert(header.trim().to_owned(), field.trim().to_owned());
    }
    Ok(ImportSpec {
        client,
        label: options.label.unwrap_or_else(|| "api".into()),
        dry_run: options.dry_run,
        attest: options.attest,
        country: options.country,
        mapping,
        source: options.source,
        single: false,
    })
}

fn too_large(most: u64) -> ApiError {
    ApiError::too_large(format!("an import may have {most} bytes"))
}

async fn receive(web: &Web, upload: &mut Upload, body: Body) -> Result<(), ApiError> {
    let limits = &web.app.config.limits;
    let most = limits.import_bytes;
    let idle = Duration::from_secs(limits.idle_s.unsigned_abs());
    let mut stream = body.into_data_stream();
    let (mut piece, mut offset) = (Vec::new(), 0);
    while let Some(chunk) =
        tokio::time::timeout(idle, stream.next()).await.map_err(|_| ApiError::timeout())?
    {
        let chunk = chunk.map_err(|_| ApiError::invalid("body", "the upload broke off"))?;
        if offset + (piece.len() + chunk.len()) as u64 > most {
            return Err(too_large(most));
        }
        piece.extend_from_slice(&chunk);
        if piece.len() >= PIECE {
            offset = upload.append(offset, std::mem::take(&mut piece)).await?;
        }
    }
    upload.append(offset, piece).await?;
    Ok(())
}

/// Whether it is only asked what would happen.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    #[serde(default)]
    dry_run: bool,
}

/// `POST /api/imports/{id}/undo`: for the import's own client.
pub(crate) async fn undo(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    Query(options): Query<Undo>,
) -> Result<Json<Value>, ApiError> {
    let no_such = || ApiError::from(StoreError::from(Refusal::not_found("there is no such import")));
    let id: ImportId = id.parse().map_err(|_| no_such())?;
    let import = web.app.store.read(move |tx| imports::need(tx, id)).await?;
    // Whether somebody else brought a file is not told.
    caller.may_act_for(&import.spec.client).map_err(|_| no_such())?;
    let (ctx, actor, address) = (web.app.ctx.clone(), caller.actor(), caller.address());
    if options.dry_run {
        let shown = web.app.store.read(move |tx| undo_import::shown(tx, &import)).await?;
        let (would, refused) = (shown.lines, shown.refused);
        return Ok(Json(json!({ "import_id": id, "dry_run": true, "would": would, "refused": refused })));
    }
    let begun = web.app.store.write(move |tx| {
        let import = imports::need(tx, id)?;
        undo_import::asked(tx, &ctx, &import, Asker { actor: &actor, address: &address })
    });
    Ok(Json(json!({ "import_id": id, "dry_run": false, "undoing": begun.await? })))
}

/// Waits for the verdict and tells it.
async fn answer(web: &Web, id: ImportId) -> Result<Value, ApiError> {
    let import = importer::over(&web.app, id).await?;
    if import.status == ImportStatus::Failed {
        return Err(ApiError::invalid("body", import.note));
    }
    let (rejects, warnings) = web
        .app
        .store
        .read(move |tx| Ok((imports::rejects(tx, id, false, SHOWN)?, imports::rejects(tx, id, true, SHOWN)?)))
        .await?;
    let c = import.counts;
    let columns: Vec<Value> =
        import.columns.iter().map(|(header, field)| json!({ "header": header, "read_as": field })).collect();
    let ignored = |(_, field): &&(String, String)| field == "ignore";
    let ignored: Vec<&str> =
        import.columns.iter().filter(ignored).map(|(header, _)| header.as_str()).collect();
    Ok(json!({
        "import_id": id,
        "dry_run": import.spec.dry_run,
        "rows": c.rows,
        "accepted": c.accepted,
        "held": c.held,
        "validation": {
            "valid": c.valid,
            "invalid": c.invalid,
            "duplicates": c.duplicates,
            "opted_out": c.opted_out,
            "warnings": c.warnings,
        },
        "rejects": rejects,
        "warnings": warnings,
        "columns": columns,
        "ignored": ignored,
        "note": import.note,
    }))
}
