//! The world of one seed: its clock, its people, and the queue of what happens next.
//!
//! Here is the order of things only. What a step does is in the modules beside this one.

use super::carrier::{Carrier, NUMBER, Stage};
use super::dice::Dice;
use super::files::{File, Piece};
use super::invariants::Watch;
use super::ledger::Ledger;
use super::replies::Reply;
use super::script::{Beat, Script};
use super::{Tally, invariants};
use frontdesk_daemon::config::Config;
use frontdesk_daemon::flows::clients::{self as client_flow, Asker};
use frontdesk_daemon::flows::{Ctx, House};
use frontdesk_daemon::jobs::runner;
use frontdesk_domain::link::LinkSecret;
use frontdesk_domain::placement::Order;
use frontdesk_domain::sending::{self, Dispatch};
use frontdesk_env::Env;
use frontdesk_providers::outcome::Sent;
use frontdesk_providers::sms::FoundText;
use frontdesk_providers::vapi::{Placed, VapiCall};
use frontdesk_shared::Millis;
use frontdesk_shared::client::NewClient;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_store::clients::Client;
use frontdesk_store::jobs::{self, Job};
use frontdesk_store::{Error, Result as StoreResult, Solo, Tx};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// At the end nothing goes wrong any more for so long, and what is under way must settle.
const CALM_MS: i64 = 4 * HOUR;
/// Steps of one seed; more means that something goes round in circles.
const MOST_STEPS: usize = 20_000;

/// Something that does not hold, in words.
pub(super) type Broken = String;

/// What can happen.
#[derive(Clone)]
pub(super) enum Step {
    /// A file arrives for a client.
    File(usize),
    /// The next piece of a file is committed.
    Piece(Rc<Piece>),
    /// The alarm clock looks for missed slots.
    Tick,
    /// The runner takes what is due.
    Run,
    /// A request reaches the provider.
    Arrive(Rc<Order>, u32),
    /// The provider's answer is recorded.
    Answer(Rc<Order>, Rc<Sent<Placed>>, u32),
    /// A claimed job of the other lane begins.
    Work(Rc<Job>, u32),
    /// The provider's answer to a look-up is recorded.
    Found(Rc<Job>, Rc<Sent<Option<VapiCall>>>, u32),
    /// The provider's answer to a poll is recorded.
    Polled(Rc<Job>, Rc<Sent<VapiCall>>, u32),
    /// A message reaches its provider.
    Leave(Rc<Dispatch>, u32),
    /// The answer to it is recorded.
    Left(Rc<Dispatch>, Rc<sending::Answer>, u32),
    /// The carrier's answer to a question about a text is recorded.
    FoundText(Rc<Job>, Rc<Sent<Option<FoundText>>>, u32),
    /// A text of ours gets on at the carrier.
    Text(usize, Stage),
    /// Somebody writes: a person, to a number of ours.
    Write(usize, String),
    /// Somebody does something about an appointment.
    Diary,
    /// Something happens on a phone.
    Phone(usize, Beat),
    /// Somebody calls a client's number.
    Inbound,
    /// A message of the provider arrives.
    Hook(Rc<super::post::Letter>),
    /// An operator does something.
    Hand,
    /// The daemon is killed.
    Crash,
    /// It starts again.
    Start,
    /// From here on nothing goes wrong.
    Calm,
}

/// Somebody who may be called.
pub(super) struct Person {
    /// Their number; never shown.
    pub number: String,
    /// The only zone their number can be in.
    pub zone: &'static str,
    /// Where they read mail; never shown.
    pub mail: String,
    /// Whether their phone takes texts.
    pub texts: bool,
}

pub(super) struct World<'b> {
    pub store: &'b Solo,
    pub ctx: Ctx,
    pub dice: Dice,
    pub people: Vec<Person>,
    pub clients: Vec<Client>,
    pub files: Vec<File>,
    pub vapi: Script,
    pub carrier: Carrier,
    pub replies: Vec<Reply>,
    pub ledger: Ledger,
    pub watch: Watch,
    pub tally: Tally,
    pub trace: Vec<String>,
    /// Counts the daemon's lives: what a former one had in memory is gone.
    pub boot: u32,
    pub down: bool,
    pub calm: bool,
    /// The clients served last, of calls and of other work.
    pub turns: runner::Last,
    /// Rounds in a row that could not start what is due.
    pub fruitless: u32,
    queue: BTreeMap<(Millis, u64), Step>,
    pushed: u64,
    run_at: Option<Millis>,
    tick_at: Option<Millis>,
    end: Millis,
}

/// Where and in which zone a number can be, and how it begins.
const PLACES: [(&str, &str); 5] = [
    ("+44770090", "Europe/London"),
    ("+44207946", "Europe/London"),
    ("+121255501", "America/New_York"),
    ("+130355501", "America/Denver"),
    ("+160255501", "America/Phoenix"),
];

/// Changes of the clocks in Europe and America, in two years.
const CHANGES: [&str; 8] = [
    "2026-03-08T07:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-11-01T06:00:00Z",
    "2027-03-14T07:00:00Z",
    "2027-03-28T01:00:00Z",
    "2027-10-31T01:00:00Z",
    "2027-11-07T06:00:00Z",
];

impl<'b> World<'b> {
    pub fn new(store: &'b Solo, config: &Config, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let weeks = dice.between(2, 5);
        let start = if dice.per_mille(800) {
            let change = Millis::from_iso(CHANGES[dice.below(CHANGES.len())]).unwrap_or_default();
            change - dice.between(HOUR, weeks * 7 * DAY - CALM_MS)
        } else {
            Millis(dice.between(1_735_700_000_000, 1_830_000_000_000))
        };
        let mut house = House::of(config).unwrap_or_else(|e| panic!("{e}"));
        house.sign_links(LinkSecret::new([7; 32]));
        let ctx = Ctx { env: Env::manual(start, seed), node: 0, house: Arc::new(house) };
        let people = (0..dice.between(4, 9)).map(|n| person(&mut dice, n)).collect();
        Self {
            store,
            ctx,
            people,
            clients: Vec::new(),
            files: Vec::new(),
            vapi: Script::default(),
            carrier: Carrier::default(),
            replies: Vec::new(),
            ledger: Ledger::default(),
            watch: Watch::default(),
            tally: Tally::new(),
            trace: Vec::new(),
            boot: 0,
            down: false,
            calm: false,
            turns: runner::Last::default(),
            fruitless: 0,
            queue: BTreeMap::new(),
            pushed: 0,
            run_at: None,
            tick_at: None,
            end: start + weeks * 7 * DAY,
            dice,
        }
    }

    /// From the first step to the end of the simulated weeks.
    pub fn live(&mut self) -> Result<(), Broken> {
        self.set_up()?;
        let mut steps = 0;
        while let Some(((at, _), step)) = self.queue.pop_first() {
            if at > self.end {
                break;
            }
            // Of several alarms only the one set last counts.
            match step {
                Step::Run if self.run_at != Some(at) => continue,
                Step::Tick if self.tick_at != Some(at) => continue,
                _ => {}
            }
            steps += 1;
            if steps > MOST_STEPS {
                return Err(format!("still busy after {MOST_STEPS} steps"));
            }
            self.ctx.env.clock.set(at.max(self.now()));
            self.take(step)?;
            invariants::after_step(self)?;
            self.wake()?;
        }
        *self.tally.entry("steps").or_default() += steps as u64;
        self.ctx.env.clock.set(self.end);
        invariants::at_the_end(self)
    }

    fn set_up(&mut self) -> Result<(), Broken> {
        for n in 0..self.dice.between(1, 3) {
            let new = NewClient {
                business_name: format!("Practice {n}"),
                key: Some(format!("client-{n}")),
                email: "desk@example.com".into(),
                timezone: Some(if n == 1 { "America/New_York" } else { "Europe/London" }.into()),
                phone: "+442079460000".into(),
                settings: Some(self.settings(n)),
                ..NewClient::default()
            };
            let asker = Asker { actor: "sim", address: "" };
            let ctx = self.ctx.clone();
            let client = self.write(|tx| client_flow::create(tx, &ctx, &new, None, asker))?;
            self.clients.push(client);
        }
        let (start, end) = (self.now(), self.end);
        let span = end.since(start) - CALM_MS;
        self.plan_files(span);
        for _ in 0..self.dice.between(0, 5) {
            let at = start + self.dice.between(0, span);
            self.push(at, Step::Hand);
        }
        for _ in 0..self.dice.between(0, 2) {
            let at = start + self.dice.between(0, span);
            self.push(at, Step::Inbound);
        }
        for _ in 0..self.dice.between(0, 4) {
            let at = start + self.dice.between(0, span);
            self.push(at, Step::Diary);
        }
        for _ in 0..self.dice.between(0, 2) {
            let at = start + self.dice.between(0, span);
            let person = self.dice.below(self.people.len());
            self.push(at, Step::Write(person, NUMBER.to_owned()));
        }
        // Kills while nothing happens prove little: most fall where calls are being made.
        for _ in 0..self.dice.between(0, 2) {
            let at = start + self.dice.between(0, span);
            self.push(at, Step::Crash);
        }
        self.push(end - CALM_MS, Step::Calm);
        self.tick_at = Some(start);
        self.push(start, Step::Tick);
        Ok(())
    }

    /// A client's own settings: some call often, some have a number of their own.
    fn settings(&mut self, n: i64) -> serde_json::Value {
        let mut settings = serde_json::json!({
            "messages": { "booking_link": "https://practice.example/book", "address": "1 High Street" },
        });
        if self.dice.per_mille(300) {
            settings["calling"] =
                serde_json::json!({ "attempts": { "max_calls": 6, "delays_minutes": [0, 1] } });
        }
        if self.dice.per_mille(200) {
            settings["sms"] = serde_json::json!({ "from_number": format!("+1415555011{n}") });
        }
        settings
    }

    pub fn now(&self) -> Millis {
        self.ctx.now()
    }

    /// Puts a step into the queue.
    pub fn push(&mut self, at: Millis, step: Step) {
        self.pushed += 1;
        self.queue.insert((at, self.pushed), step);
    }

    /// The alarm clock is set anew after this step.
    pub fn forget_tick(&mut self) {
        self.tick_at = None;
    }

    /// Puts a step into the queue, from now on within two bounds.
    pub fn soon(&mut self, low: i64, high: i64, step: Step) {
        let at = self.now() + self.dice.between(low, high);
        self.push(at, step);
    }

    /// Notes a step, for people; never with a number.
    pub fn say(&mut self, what: &str) {
        let line = format!("{} {what}", self.now().iso());
        self.trace.push(line);
    }

    pub fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// A transaction of the daemon. Now and then the database loses a race and runs it again.
    pub fn write<T>(&mut self, mut f: impl FnMut(&mut Tx<'_>) -> StoreResult<T>) -> Result<T, Broken> {
        self.try_write(&mut f)?.map_err(|e| format!("a transaction failed: {e}"))
    }

    /// A transaction that may be refused.
    pub fn try_write<T>(
        &mut self,
        mut f: impl FnMut(&mut Tx<'_>) -> StoreResult<T>,
    ) -> Result<StoreResult<T>, Broken> {
        if self.dice.per_mille(10) {
            self.count("transactions run twice");
            let _ = self.store.undone(&mut f);
        }
        match self.store.write(&mut f) {
            Err(e @ (Error::Database(_) | Error::Constraint(_))) => Err(format!("a defect: {e}")),
            result => Ok(result),
        }
    }

    pub fn read<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> StoreResult<T>) -> Result<T, Broken> {
        self.store.read(f).map_err(|e| format!("a read failed: {e}"))
    }

    /// Whether one of so many in a thousand things goes wrong now; nothing does in the calm.
    pub fn goes_wrong(&mut self, per_mille: u64) -> bool {
        // Rolled in any case, so that the calm changes nothing else.
        self.dice.per_mille(per_mille) && !self.calm
    }

    fn take(&mut self, step: Step) -> Result<(), Broken> {
        if !matches!(step, Step::Run) {
            self.fruitless = 0;
        }
        if self.down {
            // A daemon that is not there does nothing; the world goes on.
            match step {
                Step::Run => self.run_at = None,
                Step::Tick => self.tick_at = None,
                Step::File(_) | Step::Hand | Step::Diary | Step::Piece(_) => self.soon(MINUTE, HOUR, step),
                Step::Work(..) | Step::Answer(..) | Step::Found(..) | Step::Polled(..) | Step::Crash => {}
                Step::Left(..) | Step::FoundText(..) => {}
                Step::Leave(dispatch, boot) => self.leave(&dispatch, boot)?,
                Step::Text(text, stage) => self.text_gets_on(text, stage),
                Step::Write(person, to) => self.write_in(person, &to),
                Step::Start => self.start()?,
                Step::Calm => {
                    self.start()?;
                    self.be_calm()?;
                }
                Step::Arrive(order, boot) => self.arrive(&order, boot)?,
                Step::Phone(phone, beat) => self.beat(phone, beat)?,
                Step::Inbound => self.ring_in(),
                Step::Hook(letter) => self.nobody_home(letter),
            }
            return Ok(());
        }
        match step {
            Step::File(n) => self.file(n),
            Step::Piece(piece) => self.piece(&piece),
            Step::Tick => {
                self.tick_at = None;
                self.tick()
            }
            Step::Run => {
                self.run_at = None;
                self.run()
            }
            Step::Arrive(order, boot) => self.arrive(&order, boot),
            Step::Answer(order, sent, boot) if boot == self.boot => self.answer(&order, &sent),
            Step::Work(job, boot) if boot == self.boot => self.work(&job),
            Step::Found(job, sent, boot) if boot == self.boot => self.found(&job, &sent),
            Step::Polled(job, sent, boot) if boot == self.boot => self.polled(&job, &sent),
            Step::Left(dispatch, answer, boot) if boot == self.boot => self.left(&dispatch, &answer),
            Step::FoundText(job, sent, boot) if boot == self.boot => self.found_text(&job, &sent),
            Step::Answer(..) | Step::Work(..) | Step::Found(..) | Step::Polled(..) => Ok(()),
            Step::Left(..) | Step::FoundText(..) => Ok(()),
            Step::Leave(dispatch, boot) => self.leave(&dispatch, boot),
            Step::Text(text, stage) => {
                self.text_gets_on(text, stage);
                Ok(())
            }
            Step::Write(person, to) => {
                self.write_in(person, &to);
                Ok(())
            }
            Step::Diary => self.diary(),
            Step::Phone(phone, beat) => self.beat(phone, beat),
            Step::Inbound => {
                self.ring_in();
                Ok(())
            }
            Step::Hook(letter) => self.hook(&letter),
            Step::Hand => self.hand(),
            Step::Crash => self.crash(),
            Step::Start => Ok(()),
            Step::Calm => self.be_calm(),
        }
    }

    /// Sees to it that the runner and the alarm clock come when they are wanted.
    fn wake(&mut self) -> Result<(), Broken> {
        if self.down {
            return Ok(());
        }
        let now = self.now();
        if let Some(due) = self.read(jobs::next_due)? {
            let at = if due > now {
                due + self.dice.between(0, 40)
            } else if self.fruitless == 0 {
                now + self.dice.between(1, 30)
            } else {
                now + self.dice.between(10 * SECOND, MINUTE << self.fruitless.min(6))
            };
            if self.run_at.is_none_or(|planned| planned > at) {
                self.run_at = Some(at);
                self.push(at, Step::Run);
            }
        }
        // The true alarm clock comes every minute; where nothing is open, most of those are saved.
        let busy = self.vapi.is_busy(now);
        let planned = self.tick_at.is_some_and(|at| !busy || at <= now + 5 * MINUTE);
        if !planned {
            let rest = if busy {
                self.dice.between(MINUTE, 5 * MINUTE)
            } else if self.calm {
                self.dice.between(5 * MINUTE, 12 * MINUTE)
            } else {
                self.dice.between(HOUR, 9 * HOUR)
            };
            self.tick_at = Some(now + rest);
            self.push(now + rest, Step::Tick);
        }
        Ok(())
    }
}

fn person(dice: &mut Dice, n: i64) -> Person {
    let (head, zone) = *dice.pick(&PLACES);
    // Numbers kept for fiction: 07700 900xxx, 020 7946 0xxx and 555-01xx.
    let number = if head.starts_with("+44") {
        format!("{head}{:04}", 100 + n)
    } else {
        format!("{head}{:02}", 10 + n)
    };
    // London numbers of this range are landlines.
    let texts = !head.starts_with("+4420");
    Person { number, zone, mail: format!("ann{n}@home.example"), texts }
}
