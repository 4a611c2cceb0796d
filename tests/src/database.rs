//! A fresh database for one test, on either engine.

use crate::postgres::{self, Server};
use frontdesk_shared::Millis;
use frontdesk_store::{Engine, PgTarget, Store, Target, migrate};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// When every test begins.
pub const START: Millis = Millis(1_790_000_000_000);

/// A database that is removed with this value.
#[derive(Debug)]
pub struct TestDb {
    /// The handle most tests need.
    pub store: Store,
    /// How to open another.
    pub target: Target,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { _dir: TempDir },
    Database(&'static Server, String),
}

impl TestDb {
    /// A database with the present schema; `None` where PostgreSQL is to be skipped.
    pub fn migrated(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let db = Self::empty(engine)?;
                apart(migrate_all(db.store.clone()));
                Some(db)
            }
            Engine::Postgres => {
                let server = postgres::shared()?;
                Some(Self::on(server, server.create(Some(template(server)))))
            }
        }
    }

    /// A database with nothing in it; `None` where PostgreSQL is to be skipped.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn empty(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let dir = tempfile::Builder::new().prefix("frontdesk-").tempdir().unwrap();
                let target = Target::Sqlite(dir.path().join("frontdesk.db"));
                Some(Self { store: Store::open(&target).unwrap(), target, place: Place::File { _dir: dir } })
            }
            Engine::Postgres => {
                let server = postgres::shared()?;
                Some(Self::on(server, server.create(None)))
            }
        }
    }

    fn on(server: &'static Server, database: String) -> Self {
        let target = pg_target(&server.url(&database));
        Self { store: Store::open(&target).unwrap(), target, place: Place::Database(server, database) }
    }

    /// The engine underneath.
    pub fn engine(&self) -> Engine {
        self.store.engine()
    }

    /// Another handle with threads of its own, as a second daemon would have.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn second_daemon(&self) -> Store {
        Store::open(&self.target).unwrap()
    }

    /// What `DATABASE_URL` says of it.
    pub fn url(&self) -> String {
        match (&self.target, &self.place) {
            (Target::Sqlite(path), _) => format!("sqlite:{}", path.display()),
            (_, Place::Database(server, name)) => server.url(name),
            (_, Place::File { .. }) => unreachable!("a file is SQLite's"),
        }
    }

    /// SQLite's file.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.target {
            Target::Sqlite(path) => Some(path.clone()),
            Target::Postgres(_) => None,
        }
    }

    /// Ends every connection to this database, as a restarted pooler would.
    ///
    /// # Panics
    /// On SQLite, or when the server refuses.
    pub fn cut_connections(&self) {
        let Place::Database(server, name) = &self.place else { panic!("SQLite has no connections to cut") };
        let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        server.run("postgres", &[&sql]).unwrap();
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        match &self.place {
            Place::File { .. } => {}
            Place::Database(server, name) => server.remove(name),
        }
    }
}

/// A target of the store from a URL.
///
/// # Panics
/// When the URL is wrong.
pub fn pg_target(url: &str) -> Target {
    Target::Postgres(Box::new(PgTarget::parse(url).unwrap()))
}

/// The migrated database that others are copied from: copying takes a tenth of migrating.
fn template(server: &'static Server) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = server.create(None);
        apart(migrate_all(Store::open(&pg_target(&server.url(&name))).unwrap()));
        // A database that somebody is connected to cannot be copied.
        let close = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false");
        let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        server.run("postgres", &[&close, &cut]).unwrap();
        name
    })
}

async fn migrate_all(store: Store) {
    migrate::run(&store, START.0).await.unwrap();
}

/// Runs `work` on a thread with a runtime of its own, because the caller may be inside one.
pub(crate) fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    })
    .join()
    .expect("preparing a database does not panic")
}

/// Runs a test body on a fresh migrated database of one engine.
///
/// # Panics
/// When the body does, or when it takes longer than [`crate::wait::DEADLINE`].
pub fn run_on<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(Arc<TestDb>) -> F) {
    let Some(db) = TestDb::migrated(engine) else { return };
    // Held here as well, so that the database is removed after the runtime is gone.
    let db = Arc::new(db);
    run(body(db.clone()));
}

/// Runs an async test body with several threads and a deadline.
///
/// # Panics
/// When the body does, or when it takes longer than [`crate::wait::DEADLINE`].
pub fn run(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(crate::wait::within("the test", body));
}
