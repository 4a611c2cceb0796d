//! The daemon under measurement: the release program as a process of its own, on a directory
//! that may be filled beforehand.

use crate::process;
use anyhow::{Context as _, Result};
use frontdesk_daemon::config::{self, Disk, Environ};
use frontdesk_daemon::flows;
use frontdesk_env::Env;
use frontdesk_shared::ClientId;
use frontdesk_store::{Store, Target, clients, meta};
use frontdesk_tests::daemon::{Daemon, Launch, free_address};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// The client every figure works for, and its API key.
pub const CLIENT: &str = "bench";
pub const KEY: &str = "fd_key-of-the-client-that-is-measured";
/// Nobody listens there.
const NO_PROVIDER: &str = "http://127.0.0.1:9";
/// Calls may go out around the clock.
const ALWAYS: &str = r#"{"window":{"days":["mon","tue","wed","thu","fri","sat","sun"],"start":"00:00",
    "end":"24:00","stop_before_close_minutes":0},"holidays":{"GB":"open","US":"open"}}"#;

/// A directory, and how a daemon is started on it.
#[derive(Debug)]
pub struct House {
    dir: TempDir,
    launch: Launch,
    /// Where it listens.
    pub at: SocketAddr,
}

impl House {
    /// A daemon's directory with one client in it and nothing else.
    /// Dialing is paused: nothing is measured that would be dialed meanwhile.
    pub async fn empty() -> Result<Self> {
        let house = Self::facing(free_address(), NO_PROVIDER).await?;
        house.store()?.write(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("measured"))).await?;
        Ok(house)
    }

    /// The same, listening at a certain place, with calls going to a provider.
    pub async fn facing(at: SocketAddr, provider: &str) -> Result<Self> {
        // Beside the build, because a temporary directory may be memory, where a sync costs nothing.
        let dir = tempfile::Builder::new().prefix("figures-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let launch = Launch::new(&dir.path().join("data"), at, provider)
            .set("FRONTDESK_CLIENT_NAME", "Bench")
            .set("FRONTDESK_CLIENT_KEY", CLIENT)
            .set("FRONTDESK_CLIENT_API_KEY", KEY)
            .set("FRONTDESK_CLIENT_TIER", "enterprise")
            .set("FRONTDESK_LIMITS_ENTERPRISE_PER_MINUTE", "1000000")
            .set("FRONTDESK_LIMITS_CONNECTIONS", "20000")
            .set("FRONTDESK_LIMITS_STREAMS", "20000")
            .set("FRONTDESK_LIMITS_CLIENT_STREAMS", "20000")
            .set("FRONTDESK_LIMITS_CLIENT_CONNECTIONS", "20000")
            .set("FRONTDESK_VAPI_CONCURRENCY", "10000")
            .set("FRONTDESK_IMPORTS_HOLD_S", "0")
            .set("FRONTDESK_CALLING", ALWAYS);
        let house = Self { dir, launch, at };
        // Creates the database and the client.
        house.start().await.terminate().await;
        Ok(house)
    }

    /// Changes how it is started.
    pub fn set(&mut self, name: &str, value: &str) {
        self.launch = self.launch.clone().set(name, value);
    }

    /// Starts the daemon.
    pub async fn start(&self) -> Daemon {
        self.launch.serve().await
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.dir.path().join("data/frontdesk.db")
    }

    /// The console's socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("data/console.sock")
    }

    /// The store itself, to fill it or to work on it while no daemon runs.
    pub fn store(&self) -> Result<Store> {
        Ok(Store::open(&Target::Sqlite(self.database()))?)
    }

    /// What flows need, by the daemon's own configuration.
    pub fn ctx(&self) -> Result<flows::Ctx> {
        let variables: Environ = self.launch.environment.clone().into_iter().collect();
        let config = config::load(&variables, &Disk).map_err(|p| anyhow::anyhow!("{p}"))?.config;
        let house = flows::House::of(&config).map_err(anyhow::Error::msg)?;
        Ok(flows::Ctx { env: Env::system(0), node: 0, house: Arc::new(house) })
    }

    /// The client's id.
    pub async fn client(&self, store: &Store) -> Result<ClientId> {
        Ok(store.read(|tx| Ok(clients::need(tx, CLIENT)?.id)).await?)
    }
}

/// Processor time and memory of a daemon over a stretch of work.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    pid: u32,
    cpu: f64,
}

impl Meter {
    /// Begins.
    pub fn of(pid: u32) -> Result<Self> {
        Ok(Self { pid, cpu: process::cpu(pid).context("the server's processor time")? })
    }

    /// Seconds of processor time since the beginning.
    pub fn cpu(self) -> Result<f64> {
        Ok(process::cpu(self.pid)? - self.cpu)
    }
}
