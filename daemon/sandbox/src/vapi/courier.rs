//! Delivery of one call's server messages: in order, signed, and as unreliable as asked for.
//!
//! Knows nothing of scenarios. Retries run beside the queue, so that what is refused arrives
//! late, and out of order, as it does in life.

use super::config::{BackoffPlan, WebhookAuth};
use super::sign;
use super::state::{Busy, Shared};
use crate::clock::iso;
use crate::random::Random;
use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Messages of one call that may wait; the call waits when there are more.
const QUEUE: usize = 64;
/// A larger answer is not read further.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// Presigned addresses are good for half an hour.
const PRESIGNED_MS: i64 = 30 * 60 * 1_000;

/// Where the messages of a call go.
#[derive(Clone)]
pub(super) struct Target {
    pub url: String,
    pub auth: WebhookAuth,
    /// The wire form of the server object: static headers, legacy secret.
    pub server: Value,
    pub timeout: Duration,
    pub backoff: Option<BackoffPlan>,
}

/// What came back.
pub(super) type Reply = Result<(u16, Bytes), String>;

struct Parcel {
    message: Value,
    target: Target,
    reply: Option<oneshot::Sender<Vec<Reply>>>,
}

/// The sending end of a call's queue.
pub(super) struct Courier(mpsc::Sender<Parcel>);

impl Courier {
    /// Starts the queue; it ends once the courier is dropped and everything is delivered.
    pub(super) fn start(shared: &Arc<Shared>, call_id: &str) -> Self {
        let (tx, rx) = mpsc::channel(QUEUE);
        let round = Round { shared: Arc::clone(shared), random: Random::of(shared.config.seed, call_id) };
        let busy = Busy::new(shared);
        tokio::spawn(async move {
            round.run(rx).await;
            drop(busy);
        });
        Self(tx)
    }

    /// Queues a message nobody waits for.
    pub(super) async fn tell(&self, target: &Target, message: Value) {
        // The queue is only gone when the sandbox stops.
        let _ = self.0.send(Parcel { message, target: target.clone(), reply: None }).await;
    }

    /// Queues a message and waits for the answers: two when the message was duplicated.
    pub(super) async fn ask(&self, target: &Target, message: Value) -> Vec<Reply> {
        let (tx, rx) = oneshot::channel();
        let _ = self.0.send(Parcel { message, target: target.clone(), reply: Some(tx) }).await;
        rx.await.unwrap_or_else(|_| vec![Err("the sandbox stops".to_owned())])
    }
}

struct Round {
    shared: Arc<Shared>,
    random: Random,
}

impl Round {
    async fn run(mut self, mut queue: mpsc::Receiver<Parcel>) {
        let mut held: Option<Parcel> = None;
        while let Some(parcel) = queue.recv().await {
            let faults = self.shared.peek().faults.clone();
            if faults.webhook_delay_ms > 0 {
                tokio::select! {
                    () = self.shared.clock.real(faults.webhook_delay_ms) => {}
                    () = self.shared.shutdown.cancelled() => return,
                }
            }
            if parcel.reply.is_none() {
                if self.random.chance(faults.drop) {
                    self.shared.change(|state| state.counters.dropped += 1);
                    continue;
                }
                if held.is_none() && self.random.chance(faults.reorder) {
                    self.shared.change(|state| state.counters.reordered += 1);
                    held = Some(parcel);
                    continue;
                }
            }
            let twice = self.random.chance(faults.duplicate);
            self.deliver(parcel, twice).await;
            if let Some(late) = held.take() {
                self.deliver(late, false).await;
            }
        }
        if let Some(late) = held {
            self.deliver(late, false).await;
        }
    }

    async fn deliver(&mut self, parcel: Parcel, twice: bool) {
        let Parcel { mut message, target, reply } = parcel;
        let mut replies = Vec::new();
        for _ in 0..=u8::from(twice) {
            let answer = self.attempt(&mut message, &target).await;
            if reply.is_none()
                && let Err(status) = is_delivered(&answer)
            {
                self.retry_later(message.clone(), &target, status);
            }
            replies.push(answer);
        }
        if twice {
            self.shared.change(|state| state.counters.duplicated += 1);
        }
        if let Some(reply) = reply {
            // The call may have been ended meanwhile.
            let _ = reply.send(replies);
        }
    }

    async fn attempt(&mut self, message: &mut Value, target: &Target) -> Reply {
        presign(message, &self.shared, &mut self.random);
        attempt(&self.shared, message, target).await
    }

    fn retry_later(&mut self, message: Value, target: &Target, status: Option<u16>) {
        let Some(plan) = target.backoff.clone() else { return };
        if plan.max_retries == 0 || status.is_some_and(|s| plan.excluded.contains(&s)) {
            return;
        }
        let (shared, target) = (Arc::clone(&self.shared), target.clone());
        let random = Random::new(self.random.bits());
        let busy = Busy::new(&self.shared);
        tokio::spawn(async move {
            retry(&shared, message, &target, &plan, random).await;
            drop(busy);
        });
    }
}

/// Sends again until it is accepted or the plan is over.
async fn retry(shared: &Shared, mut message: Value, target: &Target, plan: &BackoffPlan, mut random: Random) {
    for retry in 0..plan.max_retries {
        tokio::select! {
            () = shared.clock.script(plan.delay_ms(retry)) => {}
            () = shared.shutdown.cancelled() => return,
        }
        shared.change(|state| state.counters.retried += 1);
        presign(&mut message, shared, &mut random);
        match is_delivered(&attempt(shared, &message, target).await) {
            Ok(()) => return,
            Err(Some(status)) if plan.excluded.contains(&status) => return,
            Err(_) => {}
        }
    }
}

/// Only 2xx counts; otherwise the status, if there was one.
fn is_delivered(reply: &Reply) -> Result<(), Option<u16>> {
    match reply {
        Ok((status, _)) if (200..300).contains(status) => Ok(()),
        Ok((status, _)) => Err(Some(*status)),
        Err(_) => Err(None),
    }
}

/// Presigned addresses are made anew for each delivery: two deliveries of one report differ.
fn presign(message: &mut Value, shared: &Shared, random: &mut Random) {
    let recording = message["artifact"]["recordingUrl"].as_str().map(str::to_owned);
    let (Some(url), Some("end-of-call-report")) = (recording, message["type"].as_str()) else { return };
    let token = random.hex(16);
    let expires_ms = shared.clock.now_ms() + PRESIGNED_MS;
    let artifact = &mut message["artifact"];
    artifact["presignedMonoUrl"] = format!("{url}?token={token}").into();
    artifact["presignedUrlsExpiresAt"] = iso(expires_ms).into();
}

async fn attempt(shared: &Shared, message: &Value, target: &Target) -> Reply {
    let body = json!({ "message": message }).to_string();
    let work = async {
        let _permit = shared.in_flight.acquire().await.map_err(|e| e.to_string())?;
        tokio::time::timeout(target.timeout, post(shared, body, target))
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
    };
    let reply = tokio::select! {
        reply = work => reply,
        () = shared.shutdown.cancelled() => Err("the sandbox stops".to_owned()),
    };
    shared.change(|state| {
        state.counters.sent += 1;
        match is_delivered(&reply) {
            Ok(()) => state.counters.delivered += 1,
            Err(_) => state.counters.failed += 1,
        }
    });
    reply
}

async fn post(shared: &Shared, body: String, target: &Target) -> Reply {
    let headers = sign::headers(&target.auth, &target.server, shared.clock.now_ms(), body.as_bytes());
    let mut request = shared.http.post(&target.url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut response = request.body(body).send().await.map_err(|e| e.to_string())?;
    let status = response.status().as_u16();
    let mut answer = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| e.to_string())? {
        answer.extend_from_slice(&chunk);
        if answer.len() > MAX_ANSWER_BYTES {
            return Err("the answer is too large".to_owned());
        }
    }
    Ok((status, answer.freeze()))
}
