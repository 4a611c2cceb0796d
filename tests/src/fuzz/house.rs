//! A small house on a database of its own, for targets whose bytes end in transactions.
//!
//! Every input meets the same rows: whatever it writes is taken back.

use crate::database::{START, TestDb};
use crate::samples;
use frontdesk_daemon::config::{self, Disk, Environ};
use frontdesk_daemon::flows::{Ctx, House};
use frontdesk_env::Env;
use frontdesk_shared::CallId;
use frontdesk_shared::call::{CallStatus, Direction};
use frontdesk_store::{Engine, Error, Tx, calls, clients, leads};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::runtime::Runtime;

/// The provider's id of the one call under way.
pub(super) const CALL: &str = "call-1";
/// Our id of it.
pub(super) const CALL_ID: CallId = CallId(1_000_001);
/// Our id of a call that is on its way and has no id of the provider yet.
pub(super) const PLACED_ID: CallId = CallId(1_000_002);
/// First of the ids made while an input is looked at.
const SEED: u64 = 7;

struct Desk {
    db: TestDb,
    runtime: Runtime,
    house: Arc<House>,
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let db = TestDb::migrated(Engine::Sqlite).expect("SQLite is always there");
        runtime.block_on(db.store.write(seed)).expect("the rows every input meets");
        let config = config::load(&Environ::new(), &Disk).expect("the defaults").config;
        Desk { db, runtime, house: Arc::new(House::of(&config).expect("the default rules")) }
    })
}

fn seed(tx: &mut Tx<'_>) -> frontdesk_store::Result<()> {
    for id in [1_000_000, 2_000_000] {
        clients::insert(tx, &samples::client(id))?;
        for n in 1..=9 {
            leads::insert(tx, &[samples::lead(id + n, id)])?;
        }
    }
    let mut call = samples::call(CALL_ID.0, 1_000_000);
    call.provider_call_id = Some(CALL.into());
    call.status = CallStatus::InProgress;
    call.direction = Direction::Inbound;
    calls::insert(tx, [&call])?;
    let mut placed = samples::call(PLACED_ID.0, 1_000_000);
    placed.lead = Some(frontdesk_shared::LeadId(1_000_001));
    calls::insert(tx, [&placed])
}

/// Runs `f` in a transaction that is then taken back; time stands still and ids count from one.
///
/// # Panics
/// When the store fails, or `f` does.
pub(super) fn undone<T: Send + 'static>(mut f: impl FnMut(&mut Tx<'_>, &Ctx) -> T + Send + 'static) -> T {
    let desk = desk();
    let ctx = Ctx { env: Env::manual(START, SEED), node: 0, house: desk.house.clone() };
    let out = Arc::new(Mutex::new(None));
    let kept = out.clone();
    let ended: Result<(), Error> = desk.runtime.block_on(desk.db.store.write(move |tx| {
        let found = f(tx, &ctx);
        *kept.lock().expect("one holder") = Some(found);
        Err(Error::NoRow)
    }));
    assert!(matches!(ended, Err(Error::NoRow)), "the store failed: {ended:?}");
    out.lock().expect("one holder").take().expect("the closure ran")
}
