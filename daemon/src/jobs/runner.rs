//! The runner: claims what is due, runs it, records how it ended.
//!
//! It wakes at once when a commit put something into the queue, else at the next due instant; a
//! poll once a second finds what other daemons on the same store enqueued. After a crash it takes back what its node had
//! running.

use super::{Settlement, Verdict, place_call, send_message};
use crate::app::App;
use crate::flows::messages::{self, Pace};
use crate::flows::{Ctx, calls, claim, clock, unit};
use frontdesk_domain::job::PLACE_CALL;
use frontdesk_domain::unit::{Decided, Facts, Halt, Need, Unit};
use frontdesk_domain::{backoff, placement, progress};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::job::JobState;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::jobs::{self, Job, LANE_WORK};
use frontdesk_store::{Result, Tx};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Placements under way at once.
const SENDING: usize = 64;
/// Other jobs under way at once.
const WORKING: usize = 32;
/// Longest wait without looking, in milliseconds.
const POLL_MS: i64 = SECOND;
/// Pause after a round that found nothing to do although something is due: slots are full or
/// dialing is paused, and any commit may have changed that.
const FRUITLESS: Duration = Duration::from_millis(20);

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Turns of the clients, so that nobody is served twice before everybody was served once.
#[derive(Debug, Default)]
struct Turns {
    calls: Option<ClientId>,
    texts: Option<ClientId>,
    mails: Option<ClientId>,
    work: Option<ClientId>,
}

/// Claims and runs jobs until it is told to stop.
pub struct Runner {
    app: Arc<App>,
    turns: Turns,
    sending: JoinSet<()>,
    working: JoinSet<()>,
    /// When an account's pace lets the next message go.
    paced_to: Option<Millis>,
}

impl Runner {
    /// A runner that has claimed nothing yet.
    pub fn new(app: Arc<App>) -> Self {
        Self {
            app,
            turns: Turns::default(),
            sending: JoinSet::new(),
            working: JoinSet::new(),
            paced_to: None,
        }
    }

    /// Runs until shutdown, then finishes what is under way.
    pub async fn run(mut self) {
        let (mut queued, mut commits) = (self.app.store.queued(), self.app.store.commits());
        if let Err(e) = recover(&self.app, Some(self.app.ctx.node)).await {
            tracing::error!(tag = "JOB", error = %e, "cannot take abandoned jobs back");
        }
        loop {
            queued.mark_unchanged();
            commits.mark_unchanged();
            // One reading of the clock for the round and for the wait after it: what falls due
            // between two would wait for the next poll.
            let now = self.app.ctx.now();
            let (claimed, next) = match self.round(now).await {
                Ok(round) => round,
                Err(e) => {
                    tracing::warn!(tag = "JOB", error = %e, "cannot claim jobs");
                    (0, None)
                }
            };
            if claimed > 0 && !self.app.shutdown.is_cancelled() {
                continue;
            }
            let poll = now + POLL_MS;
            // What is due already and could not be started waits for any commit to change that.
            let blocked = next.is_some_and(|at| at <= now);
            let wakes = next.filter(|at| *at > now).into_iter().chain(self.paced_to);
            let wake = wakes.min().map_or(poll, |at| at.min(poll));
            let clock = self.app.ctx.env.clock.clone();
            tokio::select! {
                () = self.app.shutdown.cancelled() => break,
                changed = queued.changed(), if !blocked => if changed.is_err() { break },
                changed = commits.changed(), if blocked => {
                    if changed.is_err() { break }
                    // A pause of this process, not of the world: whoever holds the clock still
                    // must not hold the runner, and a stop ends it at once.
                    let _ = tokio::time::timeout(FRUITLESS, self.app.shutdown.cancelled()).await;
                }
                () = clock.sleep_until(wake) => {}
                Some(_) = self.sending.join_next() => {}
                Some(_) = self.working.join_next() => {}
            }
        }
        while self.sending.join_next().await.is_some() {}
        while self.working.join_next().await.is_some() {}
    }

    /// One claim of every lane; how many jobs it started and when something is due next.
    async fn round(&mut self, now: Millis) -> Result<(usize, Option<Millis>)> {
        while self.sending.try_join_next().is_some() {}
        while self.working.try_join_next().is_some() {}
        let app = self.app.clone();
        self.paced_to = None;
        let next = app.store.read(jobs::next_due).await?;
        if next.is_none_or(|at| at > now) {
            return Ok((0, next));
        }
        let tasks = claim(
            &app,
            &mut self.turns,
            SENDING - self.sending.len().min(SENDING),
            WORKING - self.working.len().min(WORKING),
        )
        .await?;
        self.paced_to = tasks.paced_to;
        let started = tasks.sends.len() + tasks.works.len();
        for task in tasks.sends {
            self.sending.spawn(task);
        }
        for task in tasks.works {
            self.working.spawn(task);
        }
        Ok((started + tasks.put_off, next))
    }
}

struct Tasks {
    sends: Vec<Task>,
    works: Vec<Task>,
    put_off: usize,
    paced_to: Option<Millis>,
}

async fn claim(app: &Arc<App>, turns: &mut Turns, sends: usize, works: usize) -> Result<Tasks> {
    let ctx = app.ctx.clone();
    let want = Want {
        calls: if app.vapi.is_some() { sends } else { 0 },
        texts: app.messengers.pace(Channel::Sms).map(|pace| (sends, pace)),
        mails: app.messengers.pace(Channel::Email).map(|pace| (sends, pace)),
        works,
    };
    let last = Last {
        calls: turns.calls.unwrap_or(ClientId(0)),
        texts: turns.texts.unwrap_or(ClientId(0)),
        mails: turns.mails.unwrap_or(ClientId(0)),
        works: turns.work.unwrap_or(ClientId(-1)),
    };
    let taken = app.store.write(move |tx| take_due(tx, &ctx, want, last)).await?;
    turns.calls = taken.calls.last_served.or(turns.calls);
    turns.texts = taken.texts.last_served.or(turns.texts);
    turns.mails = taken.mails.last_served.or(turns.mails);
    turns.work = taken.works.last().map(|j| j.client).or(turns.work);
    let put_off = taken.calls.put_off + taken.texts.put_off + taken.mails.put_off;
    let paced_to = taken.texts.paced_to.into_iter().chain(taken.mails.paced_to).min();
    let calls = taken.calls.orders.into_iter().map(|order| {
        let app = app.clone();
        Box::pin(async move { place_call::run(&app, order).await }) as Task
    });
    let messages = taken.texts.dispatches.into_iter().chain(taken.mails.dispatches).map(|dispatch| {
        let app = app.clone();
        Box::pin(async move { send_message::run(&app, dispatch).await }) as Task
    });
    let sends = calls.chain(messages).collect();
    let work = taken.works.into_iter().map(|job| {
        let app = app.clone();
        Box::pin(async move { run_one(&app, job).await }) as Task
    });
    Ok(Tasks { sends, works: work.collect(), put_off, paced_to })
}

/// How much of each lane may be claimed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Want {
    /// Calls.
    pub calls: usize,
    /// Texts, and how fast they may leave; `None` where none can be sent.
    pub texts: Option<(usize, Pace)>,
    /// Emails, likewise.
    pub mails: Option<(usize, Pace)>,
    /// Everything else.
    pub works: usize,
}

/// Who was served last in each lane: turns begin behind them.
#[derive(Clone, Copy, Debug)]
pub struct Last {
    /// With a call.
    pub calls: ClientId,
    /// With a text.
    pub texts: ClientId,
    /// With an email.
    pub mails: ClientId,
    /// With anything else.
    pub works: ClientId,
}

impl Default for Last {
    fn default() -> Self {
        Self { calls: ClientId(0), texts: ClientId(0), mails: ClientId(0), works: ClientId(-1) }
    }
}

/// What was claimed.
#[derive(Debug, Default)]
pub struct Due {
    /// Calls to place.
    pub calls: claim::Claimed,
    /// Texts to send.
    pub texts: messages::Claimed,
    /// Emails to send.
    pub mails: messages::Claimed,
    /// Everything else.
    pub works: Vec<Job>,
}

/// Claims what is due of every lane.
///
/// # Errors
/// As the statements fail.
pub fn take_due(tx: &mut Tx<'_>, ctx: &Ctx, want: Want, last: Last) -> Result<Due> {
    expire(tx, ctx)?;
    let mut due = Due::default();
    if want.calls > 0 {
        due.calls = claim::claim(tx, ctx, want.calls, last.calls)?;
    }
    if let Some(texts) = want.texts {
        due.texts = messages::claim(tx, ctx, Channel::Sms, texts, last.texts)?;
    }
    if let Some(mails) = want.mails {
        due.mails = messages::claim(tx, ctx, Channel::Email, mails, last.mails)?;
    }
    due.works = start_work(tx, ctx, want.works, last.works)?;
    Ok(due)
}

fn start_work(tx: &mut Tx<'_>, ctx: &Ctx, want: usize, last: ClientId) -> Result<Vec<Job>> {
    if want == 0 {
        return Ok(Vec::new());
    }
    let now = ctx.now();
    let due = jobs::due(tx, LANE_WORK, now, want, last, |_, _| Ok(true))?;
    let runner = (ctx.node, now + ctx.house.lease_ms);
    let mut facts = Facts::default();
    facts.add_jobs(due.iter().cloned());
    unit::settle(tx, ctx, facts, &unit::nothing, |unit| {
        let mut started = Vec::with_capacity(due.len());
        for mut job in due.iter().cloned() {
            if super::registered(&job).is_some() {
                job.start(runner.0, runner.1);
                started.push(job.clone());
            } else {
                // Kept and shown: a program that knows it may start any day.
                job.stand(JobState::Ready, Some(unit.now + super::UNKNOWN_MS), &super::unknown(&job));
            }
            unit.put_job(job);
        }
        Ok(started)
    })
}

fn expire(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    let now = ctx.now();
    let late = jobs::expire(tx, now)?;
    if late.is_empty() {
        return Ok(());
    }
    unit::settle(tx, ctx, Facts::default(), &unit::nothing, |unit| {
        for job in &late {
            let subject = ("job", job.id.to_string());
            let text = format!("{} is too late to be useful and was not run", job.kind);
            let data = Payload::Job { state: JobState::Expired };
            unit.emit(kind::JOB_CHANGED, job.client, job.lead, subject, "daemon", &text, data);
            if let Some(lead) = job.lead.filter(|_| job.kind == PLACE_CALL.word) {
                let expired = progress::call_expired(unit, lead);
                unit.each(expired)?;
            }
        }
        Ok(())
    })
}

/// Takes back jobs whose daemon is gone: those of `node` after a restart, else those whose
/// lease ran out.
pub(super) async fn recover(app: &App, node: Option<i64>) -> Result<usize> {
    let mut recovered = 0;
    loop {
        let ctx = app.ctx.clone();
        let taken = app.store.write(move |tx| take_back(tx, &ctx, node)).await?;
        recovered += taken;
        if taken == 0 {
            return Ok(recovered);
        }
    }
}

/// One batch of it; how many those were.
///
/// # Errors
/// As the statements fail.
pub fn take_back(tx: &mut Tx<'_>, ctx: &Ctx, node: Option<i64>) -> Result<usize> {
    let now = ctx.now();
    let latest = now + ctx.house.lease_ms + clock::AHEAD_MS;
    let abandoned = jobs::abandoned(tx, (now, latest), node)?;
    if !abandoned.is_empty() {
        calls::abandoned(tx, ctx, &abandoned)?;
    }
    Ok(abandoned.len())
}

/// Runs one job to its settlement. Its lease is renewed meanwhile; a job that takes longer than
/// its kind allows is given up, and one that lost its lease stops.
async fn run_one(app: &Arc<App>, job: Job) {
    let limit = super::registered(&job).map_or(MINUTE, |known| known.kind.limit_ms);
    let settlement = tokio::select! {
        settlement = super::run(app, &job) => settlement,
        () = app.ctx.env.clock.sleep(limit) => {
            Settlement::just(Verdict::Again(format!("it took longer than {} s", limit / SECOND)))
        }
        () = renewed(app, &job) => return,
    };
    if let Err(e) = record(app, &job, settlement).await {
        tracing::error!(tag = "JOB", job.id = %job.id, kind = job.kind, error = %e, "cannot record how a job ended");
    }
}

/// Renews a job's lease; resolves when the job is somebody else's.
async fn renewed(app: &App, job: &Job) {
    let lease = app.ctx.house.lease_ms;
    loop {
        app.ctx.env.clock.sleep(lease / 3).await;
        let (id, fence, until) = (job.id, job.fence, app.ctx.now() + lease);
        match app.store.write(move |tx| jobs::renew(tx, id, fence, until)).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(tag = "JOB", job.id = %job.id, kind = job.kind, "lost its lease and stops");
                return;
            }
            // The store may be back before the lease is over.
            Err(e) => tracing::warn!(tag = "JOB", job.id = %job.id, error = %e, "cannot renew a lease"),
        }
    }
}

async fn record(app: &App, job: &Job, mut settlement: Settlement) -> Result<()> {
    let (ctx, job) = (app.ctx.clone(), job.clone());
    app.store.write(move |tx| settled(tx, &ctx, &job, &mut settlement)).await
}

/// Records how a job ended, with whatever follows from it.
///
/// # Errors
/// `conflict` when the lease was lost; as the statements fail.
pub fn settled(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, settlement: &mut Settlement) -> Result<()> {
    let foresee = |_: &Facts| {
        [Need::Job(job.id)].into_iter().chain(job.call.map(Need::Call)).collect::<BTreeSet<Need>>()
    };
    unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        (settlement.decide)(unit)?;
        if ends(unit, job, &settlement.verdict)? {
            return Ok(());
        }
        // Another daemon has the job: what this run decided must not stay.
        Err(Halt::LeaseLost)
    })
}

/// Moves the job on; whether this run still had it.
fn ends(unit: &mut Unit<'_>, job: &Job, verdict: &Verdict) -> Decided<bool> {
    match verdict {
        Verdict::Settled => Ok(true),
        Verdict::Done(text) => placement::settle_job(unit, job, |job| job.stand(JobState::Done, None, text)),
        Verdict::Snooze(at, text) => placement::settle_job(unit, job, |job| job.snooze(*at, text)),
        Verdict::Stop(text) => placement::give_up(unit, job, text),
        Verdict::Again(text) => {
            let delay = backoff::next_delay(job.attempt, &unit.house.retry_ms, None, unit.bits());
            let Some(delay) = delay.filter(|_| job.attempt < job.max_attempts) else {
                return placement::give_up(unit, job, text);
            };
            let at = Some(unit.now + delay);
            placement::settle_job(unit, job, |job| job.stand(JobState::Ready, at, text))
        }
    }
}

/// Runs everything that is due at this instant, and whatever that makes due, to its end. How
/// many jobs ran. For tests and for `--once` runs.
///
/// # Errors
/// As the store fails.
pub async fn run_until_idle(app: &Arc<App>) -> Result<usize> {
    let mut turns = Turns::default();
    let mut ran = 0;
    loop {
        let tasks = claim(app, &mut turns, SENDING, WORKING).await?;
        let started = tasks.sends.len() + tasks.works.len();
        if started + tasks.put_off == 0 {
            return Ok(ran);
        }
        ran += started;
        let mut set = JoinSet::new();
        for task in tasks.sends.into_iter().chain(tasks.works) {
            set.spawn(task);
        }
        while set.join_next().await.is_some() {}
    }
}
