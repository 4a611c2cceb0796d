//! What carriers tell of texts, both ways, at one address. Only the body proves it, so a request
//! without a signature is refused before any of it is read.

use super::intake;
use crate::config::Config;
use crate::flows::rates::Granted;
use crate::http::bodies::{Whose, gather};
use crate::http::limits::Who;
use crate::http::places::Place;
use crate::http::{ApiError, Web, origin};
use crate::webhooks::Provider;
use axum::extract::{Request, State};
use axum::response::Response;
use frontdesk_providers::sms::{self, Hook, SmsKeys, Unverified, Vendor, Verified};
use frontdesk_shared::ClientId;
use frontdesk_store::clients;
use std::sync::Arc;
use std::time::Duration;

/// What carriers prove themselves with, and the address they know us by.
#[derive(Debug)]
pub(crate) struct Keys {
    house: Vec<SmsKeys>,
    /// The public address without a path; signatures cover it.
    public: Option<String>,
}

impl Keys {
    pub(super) fn of(config: &Config) -> Self {
        let twilio = config.twilio.as_ref().map(|t| SmsKeys::new(Vendor::Twilio, [t.auth_token.clone()]));
        let signalwire =
            config.signalwire.as_ref().map(|s| SmsKeys::new(Vendor::SignalWire, [s.signing_key.clone()]));
        let public = config.house.public_base_url.as_ref();
        Self {
            house: twilio.into_iter().chain(signalwire).collect(),
            public: public.map(|url| url.as_str().trim_end_matches('/').to_owned()),
        }
    }
}

/// `POST /webhooks/sms`.
pub(crate) async fn sms(State(web): State<Web>, request: Request) -> Result<Response, ApiError> {
    let app = &web.app;
    let limits = &app.config.limits;
    let (parts, body) = request.into_parts();
    let net = origin::of(&parts, &app.config.house.proxy_addresses).net();
    let refused = |why: Unverified| {
        app.counters.webhooks_refused.up();
        let steady = app.ctx.env.clock.steady();
        match web.limits.take(Who::BadWebhooks(net), limits.bad_webhooks_per_minute, steady) {
            Granted::Yes { .. } => ApiError::forbidden(why.to_string()),
            Granted::No { retry_after_s } => ApiError::too_many(retry_after_s),
        }
    };
    if !["x-twilio-signature", "x-signalwire-signature"].iter().any(|name| parts.headers.contains_key(*name))
    {
        return Err(refused(Unverified::Missing));
    }
    let idle = Duration::from_secs(limits.idle_s.unsigned_abs());
    let most = u64::try_from(sms::MAX_HOOK_BYTES).unwrap_or(u64::MAX).min(limits.webhook_bytes);
    let body = gather(&web.bodies, Whose::Nobody, body, most, idle).await?;
    let target = parts.uri.path_and_query().map_or("/webhooks/sms", |target| target.as_str());
    let Some(public) = &web.hooks.sms.public else {
        return Err(ApiError::unavailable(
            "PUBLIC_BASE_URL is not set: signatures cover the public address, so none can be checked",
        ));
    };
    let url = format!("{public}{target}");
    let query = parts.uri.query().unwrap_or_default();
    let fits = |keys: &SmsKeys| sms::verify(&parts.headers, &url, &body.bytes, keys);
    let (vendor, account) = match proved(&web.hooks.sms.house, fits) {
        Ok(vendor) => (vendor, None),
        Err(why) => {
            let own = own_keys(&web, query, &body.bytes).await?;
            let whose = own.iter().find(|(_, keys)| fits(keys).is_ok());
            let (client, keys) = whose.ok_or_else(|| refused(why))?;
            (keys.vendor(), Some(*client))
        }
    };
    parts.extensions.get::<Arc<Place>>().iter().for_each(|place| place.known());
    let provider = match vendor {
        Vendor::Twilio => Provider::Twilio,
        Vendor::SignalWire => Provider::SignalWire,
    };
    let address = crate::webhooks::sms_address(account, query);
    intake::take(app, provider, Arc::from(body.bytes.as_ref()), address).await
}

/// Whose key fits.
fn proved(
    keys: &[SmsKeys],
    fits: impl Fn(&SmsKeys) -> Result<Verified, Unverified>,
) -> Result<Vendor, Unverified> {
    let mut last = Unverified::NotConfigured;
    for keys in keys {
        match fits(keys) {
            Ok(_) => return Ok(keys.vendor()),
            Err(why) => last = why,
        }
    }
    Err(last)
}

/// Keys of clients with an account of their own, by client: the body names the account, and its key
/// then has to fit. What names it twice names none.
async fn own_keys(web: &Web, query: &str, body: &[u8]) -> Result<Vec<(ClientId, SmsKeys)>, ApiError> {
    let account = match sms::parse(Vendor::Twilio, query, None, body) {
        Ok(Hook::Inbound(inbound)) => inbound.account,
        Ok(Hook::Status(update)) => update.account,
        Err(_) => None,
    };
    let Some(account) = account else { return Ok(Vec::new()) };
    let named = account.clone();
    let found = web.app.store.read(move |tx| clients::mentioning(tx, &named)).await?;
    let mut own: Vec<(ClientId, SmsKeys)> = found
        .iter()
        .filter_map(|client| {
            let settings = client.settings.get("sms")?;
            let text = |name: &str| settings.get(name)?.as_str().map(str::to_owned);
            if text("account_sid").as_deref() != Some(account.as_str()) {
                return None;
            }
            let vendor = Vendor::parse(text("provider").as_deref().unwrap_or("twilio"))?;
            let key = match vendor {
                Vendor::Twilio => text("auth_token")?,
                Vendor::SignalWire => text("signing_key")?,
            };
            Some((client.id, SmsKeys::new(vendor, [key.into()])))
        })
        .collect();
    // Of clients that share an account always the same one stands for it.
    own.sort_by_key(|(client, _)| *client);
    Ok(own)
}
