//! Delivery of the webhooks about one text: signed, repeated, late and lost as asked for.

use super::config::Vendor;
use super::sign;
use super::state::Shared;
use crate::random::Random;
use reqwest::Url;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Both vendors wait so long for an answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// One webhook about one text.
pub(super) struct Parcel {
    pub seq: u64,
    pub account: usize,
    /// The address as the vendor has it, which is what is signed.
    pub url: String,
    pub fields: Vec<(String, String)>,
    /// Texts of people are neither lost nor held back: nothing would bring them again.
    pub is_inbound: bool,
}

/// Delivers the webhooks of one text in order, but for what the faults do to it.
pub(super) struct Courier {
    shared: Arc<Shared>,
    random: Random,
    held: Option<Parcel>,
}

impl Courier {
    pub(super) fn new(shared: &Arc<Shared>, sid: &str) -> Self {
        let random = Random::of(shared.config.seed, &format!("courier {sid}"));
        Self { shared: Arc::clone(shared), random, held: None }
    }

    pub(super) async fn tell(&mut self, parcel: Parcel) {
        let faults = self.shared.peek().faults.clone();
        if faults.webhook_delay_ms > 0 {
            tokio::select! {
                () = self.shared.clock.real(faults.webhook_delay_ms) => {}
                () = self.shared.shutdown.cancelled() => return,
            }
        }
        if !parcel.is_inbound {
            if self.random.chance(faults.drop) {
                return self.shared.change(|state| state.counters.dropped += 1);
            }
            if self.held.is_none() && self.random.chance(faults.reorder) {
                self.shared.change(|state| state.counters.reordered += 1);
                self.held = Some(parcel);
                return;
            }
        }
        self.deliver(&parcel).await;
        if self.random.chance(faults.duplicate) {
            self.shared.change(|state| state.counters.duplicated += 1);
            self.deliver(&parcel).await;
        }
        self.finish().await;
    }

    /// Delivers what was held back for a next webhook that never came.
    pub(super) async fn finish(&mut self) {
        if let Some(late) = self.held.take() {
            self.deliver(&late).await;
        }
    }

    /// Twilio tries again once, when no connection came about; SignalWire tries three times.
    async fn deliver(&self, parcel: &Parcel) {
        let vendor = self.shared.account(parcel.account).map(|account| account.vendor);
        for attempt in 1..=3 {
            let answer = tokio::select! {
                answer = post(&self.shared, parcel) => answer,
                () = self.shared.shutdown.cancelled() => return,
            };
            let is_delivered = matches!(answer, Ok(status) if (200..300).contains(&status));
            self.shared.change(|state| {
                state.counters.sent += 1;
                match is_delivered {
                    true => state.counters.delivered += 1,
                    false => state.counters.failed += 1,
                }
                if let Some(text) = state.texts.get_mut(&parcel.seq) {
                    text.told += u32::from(is_delivered);
                }
            });
            let again = match (vendor, answer) {
                (Some(Vendor::Twilio), Err(NoAnswer { connected })) => !connected && attempt < 2,
                (Some(Vendor::SignalWire), _) => !is_delivered && !parcel.is_inbound,
                _ => false,
            };
            if !again {
                return;
            }
        }
    }
}

struct NoAnswer {
    connected: bool,
}

async fn post(shared: &Shared, parcel: &Parcel) -> Result<u16, NoAnswer> {
    let Ok(_permit) = shared.in_flight.acquire().await else { return Err(NoAnswer { connected: true }) };
    let Some(account) = shared.account(parcel.account) else { return Err(NoAnswer { connected: true }) };
    let Some(target) = target(&parcel.url, &shared.config.webhook_url) else {
        shared.change(|state| state.problem("a webhook has no usable address".to_owned()));
        return Err(NoAnswer { connected: true });
    };
    let request = shared.http.post(target).timeout(TIMEOUT);
    let request = match account.vendor {
        Vendor::SignalWire if shared.config.signalwire_json => {
            let body = json(&parcel.fields);
            let (name, value) = sign::of_json(account, &parcel.url, &body);
            request.header(name, value).header("content-type", "application/json").body(body)
        }
        _ => {
            let (name, value) = sign::of_form(account, &parcel.url, &parcel.fields);
            request.header(name, value).form(&parcel.fields)
        }
    };
    let token = Random::of(parcel.seq, &format!("{:?}", parcel.fields)).uuid4();
    match request.header("i-twilio-idempotency-token", token).send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(NoAnswer { connected: !error.is_connect() }),
    }
}

/// The fields as JSON; counts are numbers there.
fn json(fields: &[(String, String)]) -> String {
    let value = |name: &str, value: &str| match value.parse::<u32>() {
        Ok(count) if name.starts_with("Num") => count.into(),
        _ => serde_json::Value::from(value),
    };
    let map: serde_json::Map<String, serde_json::Value> =
        fields.iter().map(|(name, text)| (name.clone(), value(name, text))).collect();
    serde_json::Value::Object(map).to_string()
}

/// Where a webhook goes. A rehearsal may use a client's real addresses, which lead to production:
/// the sandbox only talks to this machine and to the host it was started for.
fn target(url: &str, webhook_url: &str) -> Option<Url> {
    let (mut url, ours) = (Url::parse(url).ok()?, Url::parse(webhook_url).ok()?);
    url.set_fragment(None);
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !is_here && Some(host.as_str()) != ours.host_str() {
        let mut moved = ours;
        moved.set_path(url.path());
        moved.set_query(url.query());
        return Some(moved);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_the_configured_host_are_talked_to() {
        let to = |url: &str| target(url, "http://desk:8080/webhooks/sms").map(String::from);
        for url in ["http://127.0.0.1:1/x?m=1", "http://localhost/x", "http://desk:1/other"] {
            assert_eq!(to(url).as_deref(), Some(url));
        }
        assert_eq!(to("https://desk.example.com/a?m=1#rc=2").as_deref(), Some("http://desk:8080/a?m=1"));
        assert_eq!(to("nonsense"), None);
    }
}
