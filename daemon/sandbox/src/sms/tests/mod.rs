//! The SMS sandbox over real HTTP, against a receiver that keeps everything it is sent.

mod api;
mod delivery;
mod people;

use super::{Account, SmsConfig, SmsHandle, SmsSandbox, Vendor};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use bytes::Bytes;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const TWILIO: &str = "+14155550198";
const SIGNALWIRE: &str = "+14155550197";
/// Takes the course of a text that arrives.
const PERSON: &str = "+14155550151";
const TOKEN: &str = "twilio-token";
const SIGNALWIRE_TOKEN: &str = "signalwire-token";
const SIGNING_KEY: &str = "PSK-signing-key";

/// A webhook as it arrived.
#[derive(Clone)]
struct Arrived {
    uri: Uri,
    headers: HeaderMap,
    raw: Bytes,
}

impl Arrived {
    /// Its fields, whatever form they came in.
    fn fields(&self) -> HashMap<String, String> {
        if self.headers["content-type"].to_str().unwrap().contains("json") {
            let map: HashMap<String, Value> = serde_json::from_slice(&self.raw).unwrap();
            return map
                .into_iter()
                .map(|(k, v)| (k, v.as_str().map_or(v.to_string(), str::to_owned)))
                .collect();
        }
        let url =
            reqwest::Url::parse(&format!("http://x/?{}", std::str::from_utf8(&self.raw).unwrap())).unwrap();
        url.query_pairs().into_owned().collect()
    }
}

type Answerer = dyn Fn(usize) -> StatusCode + Send + Sync;

/// The receiving end: keeps webhooks, answers the n-th as told.
#[derive(Clone)]
struct Receiver {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answer: Arc<Answerer>,
}

async fn receive(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, raw: Bytes) -> StatusCode {
    let mut arrived = receiver.arrived.lock().unwrap();
    arrived.push(Arrived { uri, headers, raw });
    (receiver.answer)(arrived.len() - 1)
}

/// A sandbox, its receiver, and a client.
struct Rig {
    sandbox: SmsHandle,
    receiver: Receiver,
    hooks: String,
    http: reqwest::Client,
    _stop: DropGuard,
}

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}, |_| StatusCode::NO_CONTENT).await
    }

    async fn with(
        tune: impl FnOnce(&mut SmsConfig),
        answer: impl Fn(usize) -> StatusCode + Send + Sync + 'static,
    ) -> Self {
        let stop = CancellationToken::new();
        let receiver = Receiver { arrived: Arc::default(), answer: Arc::new(answer) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hooks = format!("http://{}/webhooks/sms", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state(receiver.clone());
        let served = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(served.into_future());
        let twilio = Account::new(Vendor::Twilio, 1, TOKEN, TWILIO, &hooks);
        let mut signalwire = Account::new(Vendor::SignalWire, 1, SIGNALWIRE_TOKEN, SIGNALWIRE, &hooks);
        signalwire.signing_key = SIGNING_KEY.into();
        let mut config = SmsConfig::new(vec![twilio, signalwire], hooks.clone());
        config.speed = 100_000.0;
        tune(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = SmsSandbox::serve(listener, config, stop.clone()).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sandbox, receiver, hooks, http, _stop: stop.drop_guard() }
    }

    fn account(&self, vendor: Vendor) -> &Account {
        self.sandbox.shared.config.accounts.iter().find(|a| a.vendor == vendor).unwrap()
    }

    /// A request of one vendor's API: `Messages`, `Messages/SM1`, with the query if any.
    fn request(&self, vendor: Vendor, method: &str, resource: &str) -> reqwest::RequestBuilder {
        let account = self.account(vendor);
        let (root, ending) = match vendor {
            Vendor::Twilio => ("/2010-04-01", ".json"),
            Vendor::SignalWire => ("/api/laml/2010-04-01", ""),
        };
        let (path, query) = resource.split_once('?').unwrap_or((resource, ""));
        let url =
            format!("{}{root}/Accounts/{}/{path}{ending}?{query}", self.sandbox.base_url(), account.sid);
        self.http.request(method.parse().unwrap(), url).basic_auth(&account.sid, Some(&account.token))
    }

    async fn get(&self, vendor: Vendor, resource: &str) -> (u16, Value) {
        answered(self.request(vendor, "GET", resource)).await
    }

    /// Sends a text whose callbacks carry an id.
    async fn send(&self, vendor: Vendor, to: &str, id: &str) -> (u16, Value) {
        let from = if vendor == Vendor::Twilio { TWILIO } else { SIGNALWIRE };
        let callback = format!("{}?m={id}", self.hooks);
        let form = [("To", to), ("From", from), ("Body", "See you at 3"), ("StatusCallback", &callback)];
        answered(self.request(vendor, "POST", "Messages").form(&form)).await
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.receiver.arrived.lock().unwrap().clone()
    }

    /// Status words in order of arrival.
    fn words(&self) -> Vec<String> {
        self.arrived().iter().map(|a| a.fields()["MessageStatus"].clone()).collect()
    }
}

async fn answered(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}
