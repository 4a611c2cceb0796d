//! What comes in while daemons die: files of leads, single leads, and webhooks of our own, each
//! sent until it was acknowledged, as a careful sender would, and some once more.
//!
//! The ledger holds what was acknowledged. It knows nothing of what the daemon made of it.

use super::world::{World, http};
use crate::ask::try_answered;
use crate::desk::{ADMIN, SECRET};
use crate::{hook, sign};
use frontdesk_env::Clock;
use frontdesk_sandbox::random::Random;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, MINUTE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Fictional numbers of Britain: what precedes the last three digits.
const PREFIXES: &[&str] = &[
    "+447700900",
    "+442079460",
    "+441134960",
    "+441144960",
    "+441164960",
    "+441174960",
    "+441184960",
    "+441214960",
    "+441314960",
    "+441414960",
    "+441514960",
    "+441614960",
    "+441914980",
];
/// Another, for people who call us: no lead has one of its numbers.
const CALLERS_PREFIX: &str = "+441632960";
/// The client of the campaign.
const CLIENT: &str = "harbour";
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(10);
/// Milliseconds until the next try.
const AGAIN_MS: i64 = 25;
/// Milliseconds until a sender gives up, which is a finding.
const PATIENCE_MS: i64 = 120_000;
/// Senders of webhooks.
const CALLERS: u64 = 4;

/// What was acknowledged, and what was refused although it was right.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Numbers of leads.
    pub leads: Vec<String>,
    /// Files and single leads.
    pub imports: usize,
    /// Webhooks by call and kind, and how often each was acknowledged.
    pub hooks: BTreeMap<(String, &'static str), usize>,
    /// What a tool call was answered, each time it was asked.
    pub answers: BTreeMap<String, Vec<String>>,
    /// Requests that had to be sent again.
    pub repeats: usize,
    /// What was refused, or never answered.
    pub refused: Vec<String>,
}

/// Everything that sends.
pub struct Load {
    urls: Vec<String>,
    http: reqwest::Client,
    ledger: Arc<Mutex<Ledger>>,
    next: AtomicUsize,
    stop: CancellationToken,
}

impl Load {
    /// Creates the client that everything is for.
    pub async fn prepare(world: &World) -> Arc<Self> {
        let load = Self {
            urls: world.urls.clone(),
            http: http(),
            ledger: Arc::default(),
            next: AtomicUsize::new(0),
            stop: CancellationToken::new(),
        };
        let new = json!({ "businessName": "Harbour", "key": CLIENT, "tier": "enterprise" }).to_string();
        load.insist(0, "/api/onboard-client", "application/json", &new).await;
        Arc::new(load)
    }

    /// Starts every sender; they end by themselves after [`Load::finish`].
    pub fn start(self: &Arc<Self>, seed: u64, world: &World) -> JoinSet<()> {
        let mut senders = JoinSet::new();
        senders.spawn(self.clone().files(Random::of(seed, "files")));
        senders.spawn(self.clone().singles(Random::of(seed, "singles")));
        for n in 0..CALLERS {
            senders.spawn(self.clone().callers(Random::of(seed, &format!("callers {n}")), n));
        }
        let (load, sandbox) = (self.clone(), world.sandbox.clone());
        let mut random = Random::of(seed, "inbound");
        senders.spawn(async move {
            while !load.rested(random.between(300, 900)).await {
                sandbox.inbound(&caller(random.below(1_000)), None);
            }
        });
        senders
    }

    /// No new work; what is on its way is sent until it is acknowledged.
    pub fn finish(&self) {
        self.stop.cancel();
    }

    /// What was acknowledged so far.
    pub fn ledger(&self) -> Ledger {
        self.ledger.lock().unwrap().clone()
    }

    async fn files(self: Arc<Self>, mut random: Random) {
        for n in 1.. {
            if self.rested(random.between(1_500, 3_500)).await {
                return;
            }
            // A large file is read in several batches. Nobody in it consented, so that it is work
            // for the importer and none for the phones.
            let large = n % 8 == 0;
            let rows = if large { 600 } else { random.between(4, 25) };
            let numbers: Vec<String> = (0..rows).map_while(|_| self.fresh()).collect();
            if numbers.is_empty() {
                return;
            }
            let mut csv = String::from("name,phone,consent channels,consent text\n");
            let consent = if large { "," } else { "ai_voice,Call me" };
            for number in &numbers {
                csv.push_str(&format!("Ada Price,{number},{consent}\n"));
            }
            let path = format!("/api/import-leads/{CLIENT}");
            self.leads(random.below(8) as usize, &path, "text/csv", &csv, numbers).await;
        }
    }

    async fn singles(self: Arc<Self>, mut random: Random) {
        while !self.rested(random.between(150, 500)).await {
            let Some(number) = self.fresh() else { return };
            let lead = json!({ "phone": number, "name": "Ivy Marsh",
                "consent": { "channels": ["ai_voice"], "text": "Call me" } });
            let path = format!("/api/leads/{CLIENT}");
            let daemon = random.below(8) as usize;
            self.leads(daemon, &path, "application/json", &lead.to_string(), vec![number]).await;
        }
    }

    async fn leads(&self, daemon: usize, path: &str, content: &str, body: &str, numbers: Vec<String>) {
        let Some(answer) = self.insist(daemon, path, content, body).await else { return };
        let mut ledger = self.ledger.lock().unwrap();
        // Rows of a try that was not acknowledged are known already.
        let taken = [&answer["accepted"], &answer["held"], &answer["validation"]["duplicates"]];
        let there: u64 = taken.iter().filter_map(|n| n.as_u64()).sum();
        if there == numbers.len() as u64 {
            ledger.leads.extend(numbers);
            ledger.imports += 1;
        } else {
            ledger.refused.push(format!("{there} of {} leads were taken: {answer}", numbers.len()));
        }
    }

    /// Calls that come in: each is answered, books, and ends.
    async fn callers(self: Arc<Self>, mut random: Random, sender: u64) {
        for n in 0.. {
            if self.rested(random.between(10, 80)).await {
                return;
            }
            let id = format!("own-{sender}-{n}");
            let call = hook::inbound(&id, &caller(n));
            let at = Clock::System.now();
            // Half hours of the next weeks: some are free, some are not.
            let start =
                at.0 - at.0.rem_euclid(30 * MINUTE) + DAY + random.below(1_500).cast_signed() * 30 * MINUTE;
            let wish = json!({ "start": Millis(start).iso(), "name": "Ada" });
            let hooks = [
                ("status-update", hook::status(&call, at.0, "in-progress")),
                ("tool-calls", hook::tool(&call, at.0 + 1, &format!("tool-{id}"), "book_appointment", wish)),
                ("end-of-call-report", hook::report(&call, at.0 + 2, "customer-ended-call", &["Thank you"])),
            ];
            for (kind, body) in hooks {
                let times = if random.chance(0.3) { 2 } else { 1 };
                for _ in 0..times {
                    self.hook(random.below(8) as usize, &id, kind, &body).await;
                }
            }
        }
    }

    async fn hook(&self, daemon: usize, call: &str, kind: &'static str, body: &str) {
        let Some(answer) = self.insist(daemon, "/webhooks/vapi", "application/json", body).await else {
            return;
        };
        let mut ledger = self.ledger.lock().unwrap();
        *ledger.hooks.entry((call.to_owned(), kind)).or_default() += 1;
        if kind == "tool-calls" {
            let said = answer["results"][0]["result"].as_str().or(answer["results"][0]["error"].as_str());
            let said = said.unwrap_or("nothing").to_owned();
            ledger.answers.entry(call.to_owned()).or_default().push(said);
        }
    }

    /// Sends until it is acknowledged, to whichever daemon takes it; the answer.
    async fn insist(&self, daemon: usize, path: &str, content: &str, body: &str) -> Option<Value> {
        let began = Clock::System.now();
        for turn in daemon.. {
            let url = format!("{}{path}", self.urls[turn % self.urls.len()]);
            let mut request = self.http.post(url).timeout(REQUEST).header("content-type", content);
            let headers = match path.starts_with("/webhooks") {
                true if turn % 2 == 0 => sign::hmac(SECRET, Clock::System.now(), body.as_bytes()),
                true => sign::bearer(SECRET),
                false => vec![("x-api-key", ADMIN.to_owned())],
            };
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let words = match try_answered(request.body(body.to_owned())).await {
                Ok((200..300, answer)) => return Some(answer),
                // Shed, or told that it stops: the sender tries again.
                Ok((429 | 503 | 504, _)) => "shed".to_owned(),
                Ok((status, answer)) => {
                    self.ledger.lock().unwrap().refused.push(format!("{path} answered {status}: {answer}"));
                    // A file may have been cut short by a death, and says so; sent again it is taken.
                    "refused".to_owned()
                }
                Err(e) => e.to_string(),
            };
            if !self.again(path, began, &words) {
                return None;
            }
            Clock::System.sleep(AGAIN_MS).await;
        }
        None
    }

    /// Notes that a request was in vain; whether it is sent again.
    fn again(&self, path: &str, began: Millis, words: &str) -> bool {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.repeats += 1;
        let patient = Clock::System.now().since(began) <= PATIENCE_MS;
        if !patient {
            ledger.refused.push(format!("{path} was not acknowledged in time: {words}"));
        }
        patient
    }

    /// Rests, or says that there shall be no more.
    async fn rested(&self, ms: u64) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => true,
            () = Clock::System.sleep(ms.cast_signed()) => false,
        }
    }

    /// A number that was not used before.
    fn fresh(&self) -> Option<String> {
        number(self.next.fetch_add(1, Ordering::Relaxed))
    }
}

fn caller(n: u64) -> String {
    format!("{CALLERS_PREFIX}{:03}", n % 1_000)
}

fn number(n: usize) -> Option<String> {
    PREFIXES.get(n / 1_000).map(|prefix| format!("{prefix}{:03}", n % 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::phone::normalise;

    #[test]
    fn every_prefix_makes_numbers() {
        for n in 0..PREFIXES.len() {
            let number = number(n * 1_000 + 7).unwrap();
            assert_eq!(normalise(&number, None).map(|p| p.e164().to_owned()).ok(), Some(number.clone()));
        }
        assert_eq!(number(PREFIXES.len() * 1_000), None);
    }
}
