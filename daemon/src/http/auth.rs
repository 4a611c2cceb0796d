//! Who asks: a client by its key, an administrator by key and address, or nobody.

use super::limits::Who;
use super::origin::{self, Origin};
use super::places::Place;
use super::{ApiError, Exchange, Web};
use crate::flows::clients::hash_key;
use crate::flows::rates::Granted;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use frontdesk_shared::RowId;
use frontdesk_shared::client::{ClientStatus, Tier};
use frontdesk_shared::time::MINUTE;
use frontdesk_store::clients::{self, Client, HOUSE};
use frontdesk_store::keys;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Longest key looked at.
const LONGEST_KEY: usize = 200;
/// Keys remembered as good.
const REMEMBERED: usize = 10_000;
/// Unknown keys looked up at once: guessing may not take the store from those who know theirs.
const LOOK_UPS: usize = 4;
/// A key's last use is kept to the minute.
const USED_MS: i64 = MINUTE;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// The house's own people.
    Admin {
        /// Where from.
        address: Origin,
        /// Which key; `None` for the configured one.
        key: Option<RowId>,
        /// The client they act for, by `X-Client-Key`.
        acting_for: Option<Box<Client>>,
    },
    /// A client business.
    Client {
        /// Where from.
        address: Origin,
        /// Which key.
        key: RowId,
        /// Which.
        client: Box<Client>,
    },
}

impl Caller {
    /// The name that goes into the audit trail.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Admin { .. } => "api:admin".to_owned(),
            Self::Client { client, .. } => format!("api:{}", client.key),
        }
    }

    /// Where the request comes from.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Admin { address, .. } | Self::Client { address, .. } => address.to_string(),
        }
    }

    /// The client's id; 0 for the house.
    pub(super) fn client_id(&self) -> i64 {
        match self {
            Self::Admin { .. } => 0,
            Self::Client { client, .. } => client.id.0,
        }
    }

    /// The key that was shown; `None` for the one of the configuration, which has no end.
    pub(super) fn key(&self) -> Option<RowId> {
        match self {
            Self::Admin { key, .. } => *key,
            Self::Client { key, .. } => Some(*key),
        }
    }

    /// Only the house's own people.
    ///
    /// # Errors
    /// 403.
    pub(crate) fn admin(&self) -> Result<(), ApiError> {
        match self {
            Self::Admin { .. } => Ok(()),
            Self::Client { .. } => Err(ApiError::forbidden("this needs an administrator's key")),
        }
    }

    /// Whoever may act for the client named in the path.
    ///
    /// # Errors
    /// 403 for the key of another client; whether the named one exists is not told.
    pub(crate) fn may_act_for(&self, key: &str) -> Result<(), ApiError> {
        match self {
            Self::Client { client, .. } if client.key != key => {
                Err(ApiError::forbidden(format!("this key does not belong to “{key}”")))
            }
            _ => Ok(()),
        }
    }

    /// The client a key speaks for where the path names none.
    ///
    /// # Errors
    /// 400 for an administrator without `X-Client-Key`.
    pub(crate) fn own_key(&self) -> Result<String, ApiError> {
        match self {
            Self::Client { client, .. } => Ok(client.key.clone()),
            Self::Admin { acting_for: Some(client), .. } => Ok(client.key.clone()),
            Self::Admin { acting_for: None, .. } => {
                Err(ApiError::invalid("X-Client-Key", "an administrator's key must say for which client"))
            }
        }
    }
}

/// Keys that were good a moment ago, and how many others may be looked up at once.
#[derive(Debug)]
pub(crate) struct Keys {
    good: Mutex<HashSet<[u8; 32]>>,
    look_ups: Semaphore,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { good: Mutex::default(), look_ups: Semaphore::new(LOOK_UPS) }
    }

    fn good(&self) -> std::sync::MutexGuard<'_, HashSet<[u8; 32]>> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, hash: [u8; 32], is_good: bool) {
        let mut good = self.good();
        if !is_good {
            good.remove(&hash);
        } else if good.len() < REMEMBERED || good.contains(&hash) {
            good.insert(hash);
        } else {
            good.clear();
        }
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        // Asked for twice in a request, it is counted once.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let caller = prove(parts, web).await?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

async fn prove(parts: &Parts, web: &Web) -> Result<Caller, ApiError> {
    let app = &web.app;
    let address = origin::of(parts, &app.config.house.proxy_addresses);
    let limits = &app.config.limits;
    let steady = app.ctx.env.clock.steady();
    let stranger = Who::Address(address.net());
    let refused = |message: &str| match web.limits.take(stranger, limits.address_per_minute, steady) {
        Granted::Yes { .. } => {
            app.counters.logins_refused.up();
            let id = parts.extensions.get::<Arc<Exchange>>().map_or("", |e| e.id.as_str());
            tracing::warn!(tag = "AUTH", request.id = id, %address, "{message}");
            ApiError::unauthorized(message)
        }
        Granted::No { retry_after_s, .. } => ApiError::too_many(retry_after_s),
    };
    let Some(key) = presented(&parts.headers) else {
        return Err(refused("give your key in the header X-API-Key"));
    };
    let config = &app.config.house;
    let is_admin = config.admin_key.as_ref().is_some_and(|k| k.matches(&key));
    let hash = hash_key(&key);
    let known = is_admin || web.keys.good().contains(&hash);
    let _turn = match (known, web.limits.is_over(stranger, limits.address_per_minute, steady)) {
        (true, _) => None,
        (false, None) => web.keys.look_ups.acquire().await.ok(),
        // Whoever guessed too often waits, unless nobody else asks.
        (false, Some(retry_after_s)) => match web.keys.look_ups.try_acquire() {
            Ok(turn) => Some(turn),
            Err(_) => return Err(ApiError::too_many(retry_after_s)),
        },
    };
    let named = text(&parts.headers, "x-client-key");
    let now = app.ctx.now();
    let (key, owner, client) = app
        .store
        .read(move |tx| {
            let key = if is_admin { None } else { keys::by_hash(tx, &hash, now)? };
            let owner = if is_admin { Some(HOUSE) } else { key.as_ref().map(|k| k.client) };
            let client = match (owner, &named) {
                (Some(HOUSE), Some(named)) => Some(clients::need(tx, named)?),
                (Some(owner), _) if owner != HOUSE => clients::by_id(tx, owner)?,
                _ => None,
            };
            Ok((key, owner, client))
        })
        .await?;
    if !is_admin {
        web.keys.remember(hash, key.is_some());
    }
    if let Some(key) = &key
        && key.last_used_at.is_none_or(|at| now.since(at).abs() >= USED_MS)
    {
        used(web, key.id);
    }
    let place = parts.extensions.get::<Arc<Place>>();
    match (owner, key, client) {
        (Some(HOUSE), key, acting_for) => {
            if !address.is_in(&config.admin_addresses) {
                return Err(ApiError::forbidden("administrators' keys are not accepted from this address"));
            }
            if let Some(place) = place {
                place.known();
            }
            Ok(Caller::Admin { address, key: key.map(|k| k.id), acting_for: acting_for.map(Box::new) })
        }
        (Some(_), _, Some(client)) if client.status == ClientStatus::Deactivated => {
            Err(ApiError::forbidden("this client is deactivated"))
        }
        (Some(_), Some(key), Some(client)) => {
            if place.is_some_and(|place| !place.client(client.id.0)) {
                return Err(ApiError::crowded(limits.client_connections));
            }
            let most = match client.tier {
                Tier::Free => limits.free_per_minute,
                Tier::Pro => limits.pro_per_minute,
                Tier::Enterprise => limits.enterprise_per_minute,
            };
            let granted = web.rates.take(&app.store, client.id, most, (steady, now)).await?;
            if let Some(exchange) = parts.extensions.get::<Arc<Exchange>>() {
                exchange.rated(most, granted);
            }
            match granted {
                Granted::Yes { .. } => Ok(Caller::Client { address, key: key.id, client: Box::new(client) }),
                Granted::No { retry_after_s } => Err(ApiError::too_many(retry_after_s)),
            }
        }
        _ => Err(refused("this key is not known")),
    }
}

/// Notes that a key was used; nobody waits for it.
fn used(web: &Web, id: RowId) {
    let (store, now) = (web.app.store.clone(), web.app.ctx.now());
    tokio::spawn(async move { store.write(move |tx| keys::used(tx, id, now)).await });
}

/// The key a request shows: `X-API-Key`, else a bearer token.
fn presented(headers: &HeaderMap) -> Option<String> {
    let key = text(headers, "x-api-key").or_else(|| {
        text(headers, "authorization")
            .and_then(|v| v.strip_prefix("Bearer ").or_else(|| v.strip_prefix("bearer ")).map(str::to_owned))
    })?;
    let key = key.trim();
    (!key.is_empty() && key.len() <= LONGEST_KEY).then(|| key.to_owned())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}
