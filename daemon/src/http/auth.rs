//! Who asks: a client by its key, an administrator by key and address, or nobody.

use super::limits::{Granted, Who};
use super::{ApiError, Web};
use crate::flows::clients::hash_key;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use frontdesk_shared::client::{ClientStatus, Tier};
use frontdesk_store::clients::{self, Client, HOUSE};
use std::net::{IpAddr, SocketAddr};

/// Longest key looked at.
const LONGEST_KEY: usize = 200;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// The house's own people.
    Admin {
        /// Where from.
        address: IpAddr,
        /// The client they act for, by `X-Client-Key`.
        acting_for: Option<Box<Client>>,
    },
    /// A client business.
    Client {
        /// Where from.
        address: IpAddr,
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

impl FromRequestParts<Web> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let address = address(parts, web);
        let limits = &web.app.config.limits;
        let now = web.app.ctx.now();
        let strangers =
            |message: &str| match web.limits.take(Who::Address(address), limits.address_per_minute, now) {
                Granted::Yes { .. } => ApiError::unauthorized(message),
                Granted::No { retry_after_s } => ApiError::too_many(retry_after_s),
            };
        let Some(key) = presented(&parts.headers) else {
            return Err(strangers("give your key in the header X-API-Key"));
        };
        let config = &web.app.config.house;
        let is_admin = config.admin_key.as_ref().is_some_and(|k| k.matches(&key));
        let hash = hash_key(&key);
        let named = text(&parts.headers, "x-client-key");
        let (owner, acting_for) = web
            .app
            .store
            .read(move |tx| {
                let owner = if is_admin { Some(HOUSE) } else { clients::owner_of_key(tx, &hash)? };
                let client = match (owner, &named) {
                    (Some(HOUSE), Some(named)) => Some(clients::need(tx, named)?),
                    (Some(owner), _) if owner != HOUSE => clients::by_id(tx, owner)?,
                    _ => None,
                };
                Ok((owner, client))
            })
            .await?;
        match (owner, acting_for) {
            (Some(HOUSE), acting_for) => {
                if !config.admin_addresses.iter().any(|range| range.contains(address)) {
                    return Err(ApiError::forbidden(
                        "administrators' keys are not accepted from this address",
                    ));
                }
                Ok(Self::Admin { address, acting_for: acting_for.map(Box::new) })
            }
            (Some(_), Some(client)) if client.status == ClientStatus::Deactivated => {
                Err(ApiError::forbidden("this client is deactivated"))
            }
            (Some(_), Some(client)) => {
                let per_minute = match client.tier {
                    Tier::Free => limits.free_per_minute,
                    Tier::Pro => limits.pro_per_minute,
                    Tier::Enterprise => limits.enterprise_per_minute,
                };
                match web.limits.take(Who::Client(client.id.0), per_minute, now) {
                    Granted::Yes { .. } => Ok(Self::Client { address, client: Box::new(client) }),
                    Granted::No { retry_after_s } => Err(ApiError::too_many(retry_after_s)),
                }
            }
            _ => Err(strangers("this key is not known")),
        }
    }
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

/// Where a request comes from. Forwarded headers are believed only from configured proxies.
pub(super) fn address(parts: &Parts, web: &Web) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(peer)| peer.ip());
    let proxies = &web.app.config.house.proxy_addresses;
    if !proxies.iter().any(|range| range.contains(peer)) {
        return peer;
    }
    // The last address a trusted proxy did not add itself.
    let forwarded = text(&parts.headers, "x-forwarded-for").unwrap_or_default();
    forwarded
        .rsplit(',')
        .filter_map(|part| part.trim().parse::<IpAddr>().ok())
        .find(|ip| !proxies.iter().any(|range| range.contains(*ip)))
        .unwrap_or(peer)
}

/// Where a request comes from, for handlers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address(pub(crate) IpAddr);

impl FromRequestParts<Web> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        Ok(Self(address(parts, web)))
    }
}
