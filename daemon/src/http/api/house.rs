//! The house: health, metrics, error statistics, migrations, whose is what.

use crate::config::{self, health_words};
use crate::flows::rates::Granted;
use crate::http::auth::Caller;
use crate::http::limits::Who;
use crate::http::origin::Origin;
use crate::http::query::Query;
use crate::http::{ApiError, Web};
use crate::watch::health::{self, EMAIL_CAP, heap_bytes, rss_bytes};
use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use frontdesk_shared::health::HealthState;
use frontdesk_store::views::stats;
use frontdesk_store::{clients, leads, migrate};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `GET /health`: requirement R115's shape, with honest states; 503 when the store is away. Open
/// to everybody, so it counts as a stranger's request.
pub(crate) async fn health(State(web): State<Web>, origin: Origin) -> Response {
    let (most, steady) = (web.app.config.limits.address_per_minute, web.app.ctx.env.clock.steady());
    if let Granted::No { retry_after_s } = web.limits.take(Who::Address(origin.net()), most, steady) {
        return ApiError::too_many(retry_after_s).into_response();
    }
    let report = health::report(&web.app).await;
    let database = report.parts.iter().find(|p| p.name == "database");
    let down = database.is_some_and(|p| p.state == HealthState::Down);
    let mut body = health_words(&config::features(&web.app.config));
    if !body.is_object() {
        body = json!({});
    }
    body["status"] = json!(report.state.word());
    if report.parts.iter().any(|part| part.name == EMAIL_CAP) {
        body["messaging"]["email"] = json!("cap reached");
    }
    body["uptime"] = json!(health::uptime(report.uptime_ms));
    let mb = |bytes: u64| format!("{}MB", bytes / 1_048_576);
    body["memory"] = json!({ "rss": mb(report.rss_bytes), "heapUsed": mb(heap_bytes()) });
    let away = web.app.outage.away();
    body["database"] = json!({
        "status": database.map_or("unknown", |p| p.state.word()),
        "responseTime": database.and_then(|p| p.detail.rsplit_once(" answered in ")).map_or("", |(_, ms)| ms).replace(' ', ""),
        "consecutiveFailures": away.as_ref().map_or(u64::from(down), |away| away.failures),
    });
    if let Some(away) = away {
        body["database"]["awaySince"] = json!(away.since.iso());
    }
    if let Some(spool) = &web.app.spool {
        let waiting = spool.waiting();
        body["spool"] = json!({
            "waiting": waiting.count,
            "bytes": waiting.bytes,
            "maxBytes": spool.max_bytes,
            "oldest": waiting.since.map(frontdesk_shared::Millis::iso),
        });
    }
    body["queue"] = json!({ "due": report.jobs_due, "lagMs": report.lag_ms });
    body["dialing"] = json!(if report.paused.is_some() { "paused" } else { "on" });
    // For everybody to read: what stands still and what to do, without names and the provider's words.
    let stops = report.stops.iter().map(|stop| {
        let kind = if stop.is_breaker { "breaker" } else { "hold" };
        json!({ "scope": stop.scope, "kind": kind, "until": stop.until.iso(), "remedy": stop.remedy })
    });
    body["calls"] = json!({ "heldClients": report.held_clients, "stops": stops.collect::<Vec<_>>() });
    let status = if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(body)).into_response()
}

/// `GET /metrics`: JSON, or Prometheus' text for whoever asks for text.
pub(crate) async fn metrics(
    State(web): State<Web>,
    origin: Origin,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    if !origin.is_in(&web.app.config.house.metrics_addresses) {
        Caller::from_request_parts(&mut parts, &web).await?.admin()?;
    }
    let report = health::report(&web.app).await;
    let c = &web.app.counters;
    let spooled = web.app.spool.as_ref().map(crate::spool::Spool::waiting).unwrap_or_default();
    let stopped =
        |breaker: bool| report.stops.iter().filter(|stop| stop.is_breaker == breaker).count() as u64;
    let figures: [(&str, &str, u64); 16] = [
        ("frontdesk_requests_total", "requests answered", c.requests.get()),
        ("frontdesk_webhooks_total", "webhooks that verified", c.webhooks.get()),
        ("frontdesk_webhooks_refused_total", "webhooks that did not verify", c.webhooks_refused.get()),
        ("frontdesk_webhooks_spooled_total", "webhooks that went to the spool", c.webhooks_spooled.get()),
        ("frontdesk_spool_webhooks", "webhooks that wait in the spool", spooled.count),
        ("frontdesk_spool_bytes", "bytes of the spool", spooled.bytes),
        ("frontdesk_logins_refused_total", "keys that were refused", c.logins_refused.get()),
        ("frontdesk_shed_total", "requests shed under load", c.shed.get()),
        ("frontdesk_streams", "event streams open", c.streams.get()),
        ("frontdesk_consoles", "consoles connected", c.consoles.get()),
        ("frontdesk_jobs_due", "jobs due and not claimed", report.jobs_due),
        ("frontdesk_job_lag_ms", "milliseconds the oldest due job waits", report.lag_ms.unsigned_abs()),
        ("frontdesk_provider_holds", "holds at the provider in force", stopped(false)),
        ("frontdesk_provider_breakers_open", "breakers that are open", stopped(true)),
        ("frontdesk_clients_held", "clients whose calls wait for a hold or breaker", report.held_clients),
        ("frontdesk_rss_bytes", "resident memory", report.rss_bytes),
    ];
    let wants_text = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|a| a.contains("text/plain") || a.contains("openmetrics"));
    if wants_text {
        let mut text = String::new();
        for (name, help, value) in figures {
            let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
        return Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response());
    }
    let counts: serde_json::Map<String, Value> =
        figures.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))).collect();
    let database = report.parts.iter().find(|p| p.name == "database");
    Ok(Json(json!({
        "uptime": report.uptime_ms / 1000,
        "memory": { "rss": rss_bytes() },
        "cache": {},
        "database": { "status": database.map_or("unknown", |p| p.state.word()), "detail": database.map(|p| &p.detail) },
        "counts": counts,
        "timestamp": report.at.iso(),
    }))
    .into_response())
}

/// `GET /api/error-stats`.
pub(crate) async fn error_stats(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let now = web.app.ctx.now();
    let stats = web.app.store.read(move |tx| stats::errors(tx, now)).await?;
    Ok(Json(json!(stats)))
}

/// `GET /api/migrations/status`.
pub(crate) async fn migrations(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let all = migrate::status(&web.app.store).await?;
    let pending = all.iter().filter(|s| s.applied_at.is_none()).count();
    Ok(Json(json!({ "pending": pending, "migrations": all })))
}

/// `POST /api/migrations/run`.
pub(crate) async fn run_migrations(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let applied = migrate::run(&web.app.store, web.app.ctx.now().0).await?;
    Ok(Json(json!({ "applied": applied })))
}

/// What to resolve.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tenant {
    agent: Option<String>,
    client: Option<String>,
    phone: Option<String>,
    phone_number_id: Option<String>,
    assistant_id: Option<String>,
}

/// `GET /monitor/tenant-resolution`: which client something belongs to, and because of what.
pub(crate) async fn tenant(
    State(web): State<Web>,
    caller: Caller,
    Query(ask): Query<Tenant>,
) -> Result<Json<Value>, ApiError> {
    caller.admin()?;
    let found = web
        .app
        .store
        .read(move |tx| {
            let mut found = Vec::new();
            let mut add =
                |key: &str, because: String| found.push(json!({ "client": key, "because": because }));
            let all = clients::all(tx)?;
            for client in &all {
                let own = |name: &str| {
                    client.settings.get("vapi").and_then(|v| v.get(name)).and_then(Value::as_str)
                };
                if ask.client.as_deref() == Some(client.key.as_str()) {
                    add(&client.key, "the key is its own".into());
                }
                if ask.agent.as_deref().map(|a| a.trim_start_matches("agent_")) == Some(client.agent.as_str())
                {
                    add(&client.key, "the agent path is its own".into());
                }
                if ask.phone_number_id.is_some() && own("phone_number_id") == ask.phone_number_id.as_deref() {
                    add(&client.key, "settings.vapi.phone_number_id names it".into());
                }
                if ask.assistant_id.is_some() && own("assistant_id") == ask.assistant_id.as_deref() {
                    add(&client.key, "settings.vapi.assistant_id names it".into());
                }
            }
            if let Some(phone) = &ask.phone {
                let number = frontdesk_domain::phone::normalise(phone, Some("GB"))
                    .map_err(|e| frontdesk_store::Refusal::invalid("phone", e.to_string()))?;
                for lead in leads::all_by_identity(tx, number.e164())? {
                    if let Some(client) = all.iter().find(|c| c.id == lead.client) {
                        add(&client.key, format!("lead {} has this number", lead.id));
                    }
                }
            }
            Ok(found)
        })
        .await?;
    Ok(Json(json!({ "resolved": found })))
}
