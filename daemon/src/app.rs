//! The daemon as one value: configuration, store, providers, and the tasks that live on them.

use crate::config::{Config, Milestone};
use crate::flows::webhooks::Defaults;
use crate::flows::{self, Ctx, House};
use crate::importer::Importer;
use crate::jobs::Runner;
use crate::jobs::look_up::Readings;
use crate::messengers::Messengers;
use crate::sets::Sets;
use crate::spool::Spool;
use crate::watch::alarm::{self, Alarm};
use crate::watch::counters::Counters;
use crate::watch::damage;
use crate::watch::outage::{self, Outage};
use crate::webhooks::Delivery;
use crate::{ground, http, rpc};
use anyhow::Context as _;
use frontdesk_domain::link::LinkSecret;
use frontdesk_domain::placement::{Answer, Order};
use frontdesk_domain::schedule;
use frontdesk_domain::sending::{self, Dispatch};
use frontdesk_env::Env;
use frontdesk_providers::http::Policy as HttpPolicy;
use frontdesk_providers::{google, vapi};
use frontdesk_shared::Millis;
use frontdesk_shared::time::{HOUR, MINUTE, SECOND};
use frontdesk_store::{Engine, Store, Target, house, meta, migrate};
use std::fs::{self, File};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;

/// A daemon that shows no sign of life for this long has given its node number up.
const DEAD_AFTER_MS: i64 = MINUTE;
const BEAT_MS: i64 = 10 * SECOND;

/// Everything the parts of a daemon share.
#[derive(Debug)]
pub struct App {
    /// The configuration.
    pub config: Config,
    /// Time, ids and the house's rules.
    pub ctx: Ctx,
    /// The database.
    pub store: Store,
    /// The voice provider, when it is set up.
    pub vapi: Option<vapi::Client>,
    /// Clients' calendars, when they are set up.
    pub google: Option<google::Calendars>,
    /// Readings of the provider's list of calls, shared by look-ups.
    pub look_ups: Readings,
    /// Webhooks on their way into the store.
    pub intake: Sets<Delivery, String>,
    /// Answers to placements on their way into the store.
    pub settling: Sets<(Order, Answer), ()>,
    /// The accounts that messages leave by.
    pub messengers: Messengers,
    /// Answers to messages on their way into the store.
    pub sent: Sets<(Dispatch, sending::Answer), ()>,
    /// Files on their way in.
    pub importer: Importer,
    /// Webhooks while the database is away; `None` on SQLite, whose disk is the spool's own.
    pub spool: Option<Spool>,
    /// Whether the database is away.
    pub outage: Outage,
    /// Counts that live only as long as the process.
    pub counters: Counters,
    /// Cancelled when the daemon stops.
    pub shutdown: CancellationToken,
    /// Changes at every start.
    pub boot: String,
    /// Identity of the store.
    pub epoch: String,
    /// When this process began.
    pub started_at: Millis,
    /// The schedule's pulse, and what it knows of the clock.
    pub alarm: Alarm,
    /// Held as long as the daemon lives: one daemon per data directory.
    _lock: File,
    /// Held until it has stopped: one daemon per database file.
    owned: Mutex<Option<File>>,
}

/// Where a daemon listens.
#[derive(Debug)]
pub struct Listeners {
    /// The web server.
    pub http: TcpListener,
    /// The console's socket.
    pub console: UnixListener,
}

impl App {
    /// Locks the data directory, opens and migrates the store, creates configured clients.
    ///
    /// # Errors
    /// A sentence that names what is in the way: another daemon, a newer database, a disk.
    pub async fn build(
        mut config: Config,
        env: Option<Env>,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Arc<Self>> {
        ground::fit(&mut config.limits)?;
        let (lock, formers) = ground::lock_data_dir(&config.house.data_dir)?;
        ground::expect_store(&config.database, &formers, config.house.new_database)?;
        let owned = ground::lock_store(&config.database)?;
        let say = |milestone: Milestone| {
            for line in milestone.lines(&config) {
                tracing::info!(tag = "START", "{line}");
            }
        };
        say(Milestone::Validated);
        // First, what only takes room: there may be none to open the database with.
        let importer = Importer::new(&config.house.data_dir, &config.limits)?;
        let spool = open_spool(&config)?;
        check_file(&config.database).await?;
        let store = Store::open(&config.database)?;
        let clock = Env::system(0);
        let now = env.as_ref().map_or_else(|| clock.now(), Env::now);
        let applied = migrate(&store, &config, now).await.with_context(|| cannot_start(spool.as_ref()))?;
        say(Milestone::Database);
        say(Milestone::Migrated(applied));
        let boot = clock.secret::<8>().iter().map(|b| format!("{b:02x}")).collect::<String>();
        // A death between the two must not make the next daemon a stranger.
        ground::remember(&lock, &[std::slice::from_ref(&boot), &formers].concat())?;
        let node = join(&store, &boot, formers, now).await?;
        ground::remember(&lock, &[&boot])?;
        let env = env.unwrap_or_else(|| Env::system(node));
        let epoch = store
            .write({
                let boot = boot.clone();
                move |tx| meta::get_or_set(tx, meta::EPOCH, &boot)
            })
            .await?;
        let mut house = House::of(&config).map_err(anyhow::Error::msg)?;
        house.sign_links(link_secret(&store, &env).await?);
        let ctx = Ctx { env, node: i64::from(node), house: Arc::new(house) };
        let over = store.write({
            let ctx = ctx.clone();
            move |tx| flows::clock::at_start(tx, &ctx)
        });
        if let n @ 1.. = over.await? {
            tracing::warn!(
                tag = "START",
                "{n} waits for a time that the clock does not show any more are over"
            );
        }
        let vapi = config.vapi.as_ref().map(vapi_client).transpose()?;
        let google = config.google.as_ref().map(|google| calendars(google, &ctx)).transpose()?;
        let look_ups = Readings::default();
        let intake = Sets::start(&store, {
            let (ctx, defaults) = (ctx.clone(), webhook_defaults(&config));
            move |tx, deliveries: &[Delivery]| flows::webhooks::accept_all(tx, &ctx, &defaults, deliveries)
        });
        let settling = Sets::start(&store, {
            let ctx = ctx.clone();
            move |tx, answers: &[(Order, Answer)]| {
                flows::calls::placed(tx, &ctx, answers)?;
                Ok(vec![(); answers.len()])
            }
        });
        let messengers = Messengers::of(&config)?;
        let sent = Sets::start(&store, {
            let ctx = ctx.clone();
            move |tx, answers: &[(Dispatch, sending::Answer)]| {
                flows::messages::settled(tx, &ctx, answers)?;
                Ok(vec![(); answers.len()])
            }
        });
        let app = Arc::new(Self {
            started_at: ctx.now(),
            config,
            ctx,
            store,
            vapi,
            google,
            look_ups,
            intake,
            settling,
            messengers,
            sent,
            importer,
            spool,
            outage: Outage::default(),
            counters: Counters::default(),
            shutdown,
            boot,
            epoch,
            alarm: Alarm::default(),
            _lock: lock,
            owned: Mutex::new(owned),
        });
        let created = bootstrap(&app).await?;
        for line in Milestone::Bootstrapped(created).lines(&app.config) {
            tracing::info!(tag = "START", "{line}");
        }
        Ok(app)
    }

    /// What the installation brings to a webhook.
    pub fn webhook_defaults(&self) -> Defaults {
        webhook_defaults(&self.config)
    }

    /// Serves until shutdown, then lets what is under way finish.
    ///
    /// # Errors
    /// When the alarm clock cannot be started.
    pub async fn run(self: Arc<Self>, listeners: Listeners) -> anyhow::Result<()> {
        let at = listeners.http.local_addr()?;
        let jobs = schedule::house_jobs().iter().map(|j| (j.name.to_owned(), j.cadence.words())).collect();
        crate::importer::resume(&self).await;
        let hand = minute_hand(&self).await?;
        let tasks = [
            tokio::spawn(http::serve(self.clone(), listeners.http)),
            tokio::spawn(rpc::serve(self.clone(), listeners.console)),
            tokio::spawn(Runner::new(self.clone()).run()),
            tokio::spawn(crate::importer::work(self.clone())),
            tokio::spawn(heartbeat(self.clone())),
            tokio::spawn(outage::attend(self.clone())),
            tokio::spawn(damage::look(self.clone())),
            tokio::spawn(alarm::pulse(self.clone())),
        ];
        for milestone in [Milestone::Listening(at), Milestone::Scheduled(jobs), Milestone::Ready] {
            for line in milestone.lines(&self.config) {
                tracing::info!(tag = "START", "{line}");
            }
        }
        self.shutdown.cancelled().await;
        tracing::info!(tag = "START", "Stopping: no new work, what is under way finishes");
        let drain = self.ctx.env.clock.sleep(self.config.house.drain_s * SECOND);
        let finished = async {
            for task in tasks {
                // A task that panicked has been logged by the panic hook.
                let _ = task.await;
            }
        };
        tokio::select! {
            () = finished => {}
            () = drain => tracing::warn!(tag = "START", "Gave up waiting; leases hand the rest back"),
        }
        drop(hand);
        let (node, boot) = (self.ctx.node, self.boot.clone());
        if let Err(e) = self.store.write(move |tx| house::leave(tx, node, &boot)).await {
            tracing::warn!(tag = "START", error = %e, "cannot sign off");
        }
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).take();
        tracing::info!(tag = "START", "Stopped");
        Ok(())
    }
}

/// The spool, where the database is a server that can be away; what a crash did to it is told.
fn open_spool(config: &Config) -> anyhow::Result<Option<Spool>> {
    if matches!(config.database, Target::Sqlite(_)) {
        return Ok(None);
    }
    let (spool, opened) = Spool::open(&config.house.data_dir, config.spool.max_bytes)?;
    if opened.waiting > 0 {
        tracing::info!(tag = "START", "{} since before", outage::waiting_words(spool.waiting()));
    }
    if opened.torn_bytes > 0 {
        tracing::warn!(
            tag = "START",
            "the spool ended within a record: {} bytes cut off, for which nobody was answered",
            opened.torn_bytes
        );
    }
    if opened.damaged_bytes > 0 {
        tracing::error!(
            tag = "CRITICAL ALERT",
            "{} bytes of the spool are damaged: copies are kept as *.damaged in webhook-spool",
            opened.damaged_bytes
        );
    }
    Ok(Some(spool))
}

/// Refuses a file of SQLite's that is damaged. Larger ones are looked at while the daemon runs.
async fn check_file(target: &Target) -> anyhow::Result<()> {
    let Target::Sqlite(path) = target else { return Ok(()) };
    if damage::is_large(path) {
        return Ok(());
    }
    let problems = damage::problems(path.clone()).await?;
    if !problems.is_empty() {
        anyhow::bail!("{}", damage::in_words(path, &problems));
    }
    Ok(())
}

/// What a start without the database means to whoever tries it.
fn cannot_start(spool: Option<&Spool>) -> String {
    match spool.map(Spool::waiting).filter(|w| w.count > 0) {
        Some(waiting) => format!(
            "the database must answer before the daemon starts; {} and stay there",
            outage::waiting_words(waiting)
        ),
        None => "the database must answer before the daemon starts".to_owned(),
    }
}

/// Migrates; an SQLite file that already holds data is copied first.
async fn migrate(store: &Store, config: &Config, now: Millis) -> anyhow::Result<usize> {
    let status = migrate::status(store).await.context("the database")?;
    let pending = status.iter().any(|s| s.applied_at.is_none());
    let used = status.iter().any(|s| s.applied_at.is_some());
    if let (Target::Sqlite(path), true, true) = (&config.database, pending, used) {
        let copy = path.with_extension(format!("before-migration-{}.db", now.0));
        let target = copy.display().to_string();
        store
            .copy_to(target)
            .await
            .with_context(|| format!("cannot copy the database to {}", copy.display()))?;
        tracing::info!(tag = "START", "Copied the database to {}", copy.display());
    }
    Ok(migrate::run(store, now.0).await?)
}

/// A node number: 0 on SQLite, whose data directory only one daemon can hold; else one that is
/// free among the daemons on the server. The daemon that had this data directory before is dead,
/// as the lock shows: its number, and with it its claimed jobs and its unfinished imports, are
/// this one's at once.
async fn join(store: &Store, boot: &str, formers: Vec<String>, now: Millis) -> anyhow::Result<u8> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim().to_owned();
    // On SQLite nobody else can be alive, whatever the table says.
    let dead_before = if store.engine() == Engine::Sqlite { now + HOUR } else { now - DEAD_AFTER_MS };
    let boot = boot.to_owned();
    let joined = store.write(move |tx| {
        let mut own = None;
        for former in &formers {
            own = house::dead(tx, former)?.or(own);
        }
        house::join(tx, &boot, &host, now, dead_before, own)
    });
    Ok(joined.await?)
}

/// What signs links in messages: made once, the same for every daemon of the store.
async fn link_secret(store: &Store, env: &Env) -> anyhow::Result<LinkSecret> {
    let fresh: String = env.secret::<32>().iter().map(|b| format!("{b:02x}")).collect();
    let kept = store.write(move |tx| meta::get_or_set(tx, meta::LINK_SECRET, &fresh)).await?;
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = kept.get(2 * at..2 * at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        *byte = digits.context("the secret of links in the database is damaged")?;
    }
    Ok(LinkSecret::new(bytes))
}

fn webhook_defaults(config: &Config) -> Defaults {
    Defaults { assistant_id: config.vapi.as_ref().map(|v| v.assistant_id.clone()).unwrap_or_default() }
}

fn vapi_client(config: &crate::config::Vapi) -> anyhow::Result<vapi::Client> {
    let seconds = |s: i64| Duration::from_secs(s.unsigned_abs());
    Ok(vapi::Client::new(vapi::Settings {
        policy: HttpPolicy {
            connect: seconds(config.connect_timeout_s),
            total: seconds(config.request_timeout_s),
        },
        ..vapi::Settings::new(config.base_url.as_str(), config.private_key.clone())
    })?)
}

fn calendars(config: &crate::config::Google, ctx: &Ctx) -> anyhow::Result<google::Calendars> {
    let account =
        google::ServiceAccount::new(&config.client_email, &config.private_key.0, config.token_url.as_str())
            .context("the service account of Google")?;
    let env = ctx.env.clone();
    let scopes = [google::SCOPE_EVENTS, google::SCOPE_FREE_BUSY];
    let policy = HttpPolicy::default();
    let tokens = google::Tokens::new(account, &scopes, policy, Arc::new(move || env.now()))?;
    let settings = google::Settings { base_url: config.calendar_base_url.to_string(), policy };
    Ok(google::Calendars::new(&settings, tokens)?)
}

/// Creates the clients the configuration names and that do not exist yet.
async fn bootstrap(app: &App) -> anyhow::Result<usize> {
    use secrecy::ExposeSecret as _;
    let mut created = 0;
    for wanted in &app.config.bootstrap {
        let (ctx, wanted) = (app.ctx.clone(), wanted.clone());
        created += app
            .store
            .write(move |tx| {
                let key = wanted.client.key.clone().unwrap_or_default();
                if frontdesk_store::clients::by_key(tx, &key)?.is_some() {
                    return Ok(0);
                }
                let hash = wanted.api_key.as_ref().map(|k| flows::clients::hash_key(k.expose_secret()));
                let asker = flows::clients::Asker { actor: "bootstrap", address: "" };
                let hash = hash.as_ref().map(<[u8; 32]>::as_slice);
                flows::clients::create(tx, &ctx, &wanted.client, hash, asker)?;
                Ok(1)
            })
            .await
            .map_err(|e| anyhow::anyhow!("cannot create a client of the configuration: {e}"))?;
    }
    Ok(created)
}

/// The minute hand: once on each minute, so that what is due then is not late. It follows the
/// machine's clock and stops with it; the pulse does not.
async fn minute_hand(app: &Arc<App>) -> anyhow::Result<tokio_cron_scheduler::JobScheduler> {
    alarm::beat(app).await;
    let scheduler = tokio_cron_scheduler::JobScheduler::new().await?;
    let app = app.clone();
    let pump = tokio_cron_scheduler::Job::new_async("0 * * * * *", move |_, _| {
        let app = app.clone();
        Box::pin(async move { alarm::beat(&app).await })
    })?;
    scheduler.add(pump).await?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// Shows the other daemons on the same server that this one lives.
async fn heartbeat(app: Arc<App>) {
    if app.store.engine() == Engine::Sqlite {
        return;
    }
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = app.ctx.env.clock.sleep(BEAT_MS) => {}
        }
        let (ctx, boot) = (app.ctx.clone(), app.boot.clone());
        match app.store.write(move |tx| house::beat(tx, ctx.node, &boot, ctx.now())).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!(
                    tag = "CRITICAL ALERT",
                    "another daemon took this one's node number: stopping"
                );
                app.shutdown.cancel();
                return;
            }
            Err(e) => tracing::warn!(tag = "DB HEALTH", error = %e, "cannot reach the database"),
        }
    }
}
