//! What comes in while daemons die: people who book, move and cancel through the API, and who write
//! back. Each request is sent until it was acknowledged, and some once more.
//!
//! The ledger holds what was acknowledged and when. It knows nothing of what the daemon made of it.

use super::super::world::{World, http};
use super::Outside;
use crate::ask::try_answered;
use crate::desk::ADMIN;
use crate::post::TEXT_NUMBER;
use crate::{TestDb, sign};
use frontdesk_env::Clock;
use frontdesk_sandbox::random::Random;
use frontdesk_sandbox::sms::Faults;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_store::params;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Mobile numbers of Britain that are kept for fiction: what precedes the last three digits.
const PREFIX: &str = "+447700900";
/// As many of them belong to people who book; the others to strangers.
const PEOPLE: usize = 990;
/// The client of the campaign.
const CLIENT: &str = "harbour";
/// People at once.
const VISITORS: u64 = 4;
/// Strangers who write all the time.
const STRANGERS: u64 = 3;
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(10);
/// Milliseconds until the next try.
const AGAIN_MS: i64 = 25;
/// Milliseconds until a sender gives up, which is a finding.
const PATIENCE_MS: i64 = 120_000;
/// Appointments of a day.
const OF_DAY: i64 = 250;
/// Reminders whose time is made to come at once.
const BROUGHT: i64 = 6;

/// What one person did, as far as it was acknowledged.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// Their number.
    pub number: String,
    /// Their mail address.
    pub mail: String,
    /// Their appointment, once it was made.
    pub appointment: Option<String>,
    /// When it is.
    pub start: i64,
    /// When it was given back.
    pub cancelled_at: Option<i64>,
    /// Whether they wrote the one letter, which gives it back where our last text said so; where it
    /// did not, a person decides.
    pub asked: bool,
    /// When they refused.
    pub refused_at: Option<i64>,
    /// Texts they wrote, by the carrier's ids, and how often each was acknowledged.
    pub texts: Vec<(String, usize)>,
}

/// What was acknowledged, and what was refused although it was right.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Everybody.
    pub visits: Vec<Visit>,
    /// Texts of people whom nobody here knows, as those of [`Visit`].
    pub strangers: Vec<(String, usize)>,
    /// Reminders whose time was made to come.
    pub brought: usize,
    /// Requests that had to be sent again.
    pub repeats: usize,
    /// What was refused, or never answered.
    pub refused: Vec<String>,
}

/// Everything that comes in.
pub struct People {
    urls: Vec<String>,
    public: String,
    outside: Arc<Outside>,
    db: Arc<TestDb>,
    http: reqwest::Client,
    ledger: Arc<Mutex<Ledger>>,
    next: AtomicUsize,
    from: i64,
    stop: CancellationToken,
}

impl People {
    /// Creates the client whom everybody visits.
    pub async fn prepare(world: &World, outside: Arc<Outside>, public: &str) -> Arc<Self> {
        let now = Clock::System.now().0;
        let people = Self {
            urls: world.urls.clone(),
            public: public.to_owned(),
            outside,
            db: world.db.clone(),
            http: http(),
            ledger: Arc::default(),
            next: AtomicUsize::new(0),
            from: now - now.rem_euclid(DAY) + 3 * DAY,
            stop: CancellationToken::new(),
        };
        let new = json!({ "businessName": "Harbour", "key": CLIENT, "tier": "enterprise", "timezone": "Etc/UTC",
            "country": "GB", "phone": "+442079460018", "email": "owner@harbour.example" });
        people.insist(0, "/api/onboard-client", &new.to_string()).await;
        Arc::new(people)
    }

    /// Starts everybody; they end by themselves after [`People::finish`].
    pub fn start(self: &Arc<Self>, seed: u64, _world: &World) -> JoinSet<()> {
        let mut all = JoinSet::new();
        for n in 0..VISITORS {
            all.spawn(self.clone().visitors(Random::of(seed, &format!("visitors {n}"))));
        }
        for n in 0..STRANGERS {
            all.spawn(self.clone().strangers(Random::of(seed, &format!("strangers {n}")), n));
        }
        all.spawn(self.clone().time(Random::of(seed, "time")));
        all.spawn(self.clone().faults(Random::of(seed, "faults")));
        all
    }

    /// Nobody new; what is on its way is sent until it is acknowledged.
    pub fn finish(&self) {
        self.stop.cancel();
    }

    /// What was acknowledged so far.
    pub fn ledger(&self) -> Ledger {
        self.ledger.lock().unwrap().clone()
    }

    async fn visitors(self: Arc<Self>, mut random: Random) {
        while !self.rested(random.between(50, 400)).await {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(number) = number(n) else { return };
            let mut visit = Visit { number, mail: format!("person{n}@home.example"), ..Visit::default() };
            let slot = i64::try_from(n).unwrap_or(i64::MAX);
            self.visit(&mut visit, self.from + slot / OF_DAY * DAY + slot % OF_DAY * 5 * MINUTE, &mut random)
                .await;
            self.ledger.lock().unwrap().visits.push(visit);
        }
    }

    async fn visit(&self, visit: &mut Visit, start: i64, random: &mut Random) {
        let daemon = |random: &mut Random| random.below(8) as usize;
        let lead = json!({ "phone": visit.number, "name": "Ivy Marsh", "email": visit.mail });
        let path = format!("/api/leads/{CLIENT}");
        if self.insist(daemon(random), &path, &lead.to_string()).await.is_none() {
            return;
        }
        let path = format!("/api/appointments/{CLIENT}");
        let wish = json!({ "lead": visit.number, "start": Millis(start).iso() }).to_string();
        for _ in 0..if random.chance(0.2) { 2 } else { 1 } {
            let Some(made) = self.insist(daemon(random), &path, &wish).await else { return };
            let id = made["appointment"]["id"].as_str().unwrap_or_default().to_owned();
            if visit.appointment.replace(id.clone()).is_some_and(|before| before != id) {
                self.ledger.lock().unwrap().refused.push(format!("{id}: booked twice under two names"));
            }
        }
        visit.start = start;
        let Some(id) = visit.appointment.clone() else { return };
        Clock::System.sleep(random.between(0, 1_500).cast_signed()).await;
        match random.below(100) {
            0..15 => {
                // Half a year later the same slot is free.
                let later = start + 200 * DAY;
                let wish = json!({ "start": Millis(later).iso() }).to_string();
                for _ in 0..2 {
                    if self.insist(daemon(random), &format!("{path}/{id}/reschedule"), &wish).await.is_none()
                    {
                        return;
                    }
                }
                visit.start = later;
            }
            15..30 => {
                for _ in 0..if random.chance(0.3) { 2 } else { 1 } {
                    if self.insist(daemon(random), &format!("{path}/{id}/cancel"), "{}").await.is_none() {
                        return;
                    }
                    visit.cancelled_at.get_or_insert(Clock::System.now().0);
                }
            }
            30..45 => {
                visit.refused_at = self
                    .writes(visit, ["STOP", "Unsubscribe", "stop."][random.below(3) as usize], random)
                    .await
            }
            45..55 => visit.cancelled_at = self.writes(visit, "Please cancel my appointment", random).await,
            55..65 if self.was_texted(&visit.number).await => {
                visit.asked = self.writes(visit, "C", random).await.is_some();
            }
            65..75 => {
                self.writes(visit, "Thanks, see you then", random).await;
            }
            _ => {}
        }
    }

    async fn strangers(self: Arc<Self>, mut random: Random, n: u64) {
        while !self.rested(random.between(10, 60)).await {
            let (text, _) = self.text(&format!("{PREFIX}99{n}"), "Hello?", &mut random).await;
            self.ledger.lock().unwrap().strangers.push(text);
        }
    }

    async fn writes(&self, visit: &mut Visit, words: &str, random: &mut Random) -> Option<i64> {
        let (text, told) = self.text(&visit.number, words, random).await;
        visit.texts.push(text);
        told
    }

    /// A text of somebody, until it was acknowledged: its id, how often it was, and when first.
    async fn text(&self, from: &str, words: &str, random: &mut Random) -> ((String, usize), Option<i64>) {
        let sid = format!("SM{}", random.hex(16));
        let account = self.outside.post.account();
        let fields = [
            ("MessageSid", sid.as_str()),
            ("AccountSid", account),
            ("From", from),
            ("To", TEXT_NUMBER),
            ("Body", words),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
        ];
        let (mut told, mut times) = (None, 0);
        for _ in 0..if random.chance(0.3) { 2 } else { 1 } {
            if self.hook(random.below(8) as usize, &fields).await {
                told.get_or_insert(Clock::System.now().0);
                times += 1;
            }
        }
        ((sid, times), told)
    }

    /// Whether our confirmation came: only then does a bare letter mean something.
    async fn was_texted(&self, number: &str) -> bool {
        let began = Clock::System.now();
        while Clock::System.now().since(began) < 5_000 {
            if !self.outside.post.texts_to(number).is_empty() {
                // Our own record of it follows the carrier's.
                Clock::System.sleep(500).await;
                return true;
            }
            Clock::System.sleep(AGAIN_MS).await;
        }
        false
    }

    /// Makes the time of some reminders come: their hour would be tomorrow or later.
    async fn time(self: Arc<Self>, mut random: Random) {
        while !self.rested(random.between(200, 600)).await {
            let now = Clock::System.now();
            let brought = self.db.store.write(move |tx| {
                tx.execute(
                    "UPDATE job SET run_at = $1 WHERE id IN (SELECT id FROM job WHERE state = 'ready'
                     AND lane IN ('sms', 'email') AND run_at > $2 AND attempt = 0 ORDER BY run_at LIMIT $3)",
                    params![now, now + 12 * HOUR, BROUGHT],
                )
            });
            // A store that a daemon keeps busy is asked again the next time.
            if let Ok(n) = brought.await {
                self.ledger.lock().unwrap().brought += usize::try_from(n).unwrap_or(0);
            }
        }
    }

    /// What goes wrong at the carrier meanwhile.
    async fn faults(self: Arc<Self>, mut random: Random) {
        let mut roll = |n: u32| u32::from(random.chance(0.5)) * n;
        while !self.rested(700).await {
            let faults = Faults {
                cut_before_taking: roll(1),
                cut_after_taking: roll(1),
                callback_before_answer: roll(2),
                duplicate: 0.1,
                reorder: 0.1,
                ..Faults::default()
            };
            self.outside.post.texts.set_faults(faults).expect("possible faults");
        }
        self.outside.post.texts.set_faults(Faults::default()).expect("no faults");
    }

    async fn hook(&self, daemon: usize, fields: &[(&str, &str)]) -> bool {
        let signature =
            sign::twilio(self.outside.post.token(), &format!("{}/webhooks/sms", self.public), fields);
        let send = |url: String| {
            self.http.post(format!("{url}/webhooks/sms")).header(signature.0, &signature.1).form(fields)
        };
        self.until_taken(daemon, "/webhooks/sms", send).await.is_some()
    }

    async fn insist(&self, daemon: usize, path: &str, body: &str) -> Option<Value> {
        let send = |url: String| {
            let request = self.http.post(format!("{url}{path}")).header("x-api-key", ADMIN);
            request.header("content-type", "application/json").body(body.to_owned())
        };
        self.until_taken(daemon, path, send).await
    }

    /// Sends until it is acknowledged, to whichever daemon takes it; the answer.
    async fn until_taken(
        &self,
        daemon: usize,
        path: &str,
        send: impl Fn(String) -> reqwest::RequestBuilder,
    ) -> Option<Value> {
        let began = Clock::System.now();
        for turn in daemon.. {
            let request = send(self.urls[turn % self.urls.len()].clone()).timeout(REQUEST);
            let words = match try_answered(request).await {
                Ok((200..300, answer)) => return Some(answer),
                // Shed, or told that it stops: the sender tries again.
                Ok((429 | 503 | 504, _)) => "shed".to_owned(),
                Ok((status, answer)) => {
                    self.ledger.lock().unwrap().refused.push(format!("{path} answered {status}: {answer}"));
                    return None;
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
}

fn number(n: usize) -> Option<String> {
    (n < PEOPLE).then(|| format!("{PREFIX}{n:03}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::phone::normalise;

    #[test]
    fn everybody_has_a_number_of_their_own() {
        let all: Vec<String> = (0..).map_while(number).collect();
        assert_eq!(all.len(), PEOPLE);
        for number in &all {
            assert_eq!(normalise(number, None).map(|p| p.e164().to_owned()).ok().as_ref(), Some(number));
        }
    }
}
