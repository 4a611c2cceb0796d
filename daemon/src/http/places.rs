//! Places of connections. Who has proved nothing yet is a stranger: strangers are bounded by
//! address, and give way, the oldest first, to whoever comes after them. So thousands of
//! connections that only stay open keep nobody out: what is worth serving proves itself with its
//! first head.
//!
//! Must not live here: sockets, and what counts as a proof.

use super::origin::Net;
use frontdesk_env::Stopwatch;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A stranger gives way to others of his own address only after this long: connections opened
/// together before the first of them has said a word are no attack.
const GRACE: Duration = Duration::from_secs(2);

/// Requests of a stranger on one connection.
const REQUESTS: u32 = 20;

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// In all.
    pub(super) connections: usize,
    /// Of strangers from one address.
    pub(super) address: usize,
    /// Of one client.
    pub(super) client: usize,
}

/// Who has proved what on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Stranger(Option<Net>),
    Client(i64),
    Known,
}

#[derive(Debug)]
struct Stranger {
    net: Option<Net>,
    since: Stopwatch,
    leave: CancellationToken,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    /// By age.
    strangers: BTreeMap<u64, Stranger>,
    by_net: HashMap<Net, BTreeSet<u64>>,
    by_client: HashMap<i64, usize>,
    proved: usize,
}

/// Every connection there is.
#[derive(Debug)]
pub(super) struct Places {
    most: Most,
    table: Mutex<Table>,
    freed: Notify,
}

impl Places {
    pub(super) fn new(most: Most) -> Arc<Self> {
        Arc::new(Self { most, table: Mutex::default(), freed: Notify::new() })
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection. `net` is `None` for a proxy, which speaks for many. `None`
    /// where every place belongs to somebody who proved himself.
    pub(super) fn enter(self: &Arc<Self>, net: Option<Net>) -> Option<Arc<Place>> {
        let mut table = self.table();
        while let Some(net) = net
            && let Some(own) = table.by_net.get(&net).filter(|own| own.len() >= self.most.address)
            && let Some(oldest) = own.first().copied()
            && table.strangers.get(&oldest).is_some_and(|s| s.since.passed() >= GRACE)
        {
            table.send_away(oldest);
        }
        if table.strangers.len() + table.proved >= self.most.connections {
            let crowd =
                table.by_net.values().max_by_key(|own| own.len()).and_then(|own| own.first().copied());
            let oldest = crowd.or_else(|| table.strangers.first_key_value().map(|(id, _)| *id))?;
            table.send_away(oldest);
        }
        let id = table.next;
        table.next += 1;
        let leave = CancellationToken::new();
        table.strangers.insert(id, Stranger { net, since: Stopwatch::start(), leave: leave.clone() });
        if let Some(net) = net {
            table.by_net.entry(net).or_default().insert(id);
        }
        let who = Mutex::new(Who::Stranger(net));
        Some(Arc::new(Place { id, leave, who, asked: AtomicU32::new(0), places: self.clone() }))
    }

    /// Resolves when a place may have become free.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }

    #[cfg(test)]
    fn taken(&self) -> usize {
        let table = self.table();
        table.strangers.len() + table.proved
    }
}

impl Table {
    fn send_away(&mut self, id: u64) {
        if let Some(stranger) = self.forget(id) {
            stranger.leave.cancel();
        }
    }

    fn forget(&mut self, id: u64) -> Option<Stranger> {
        let stranger = self.strangers.remove(&id)?;
        if let Some(net) = stranger.net
            && let Some(own) = self.by_net.get_mut(&net)
        {
            own.remove(&id);
            if own.is_empty() {
                self.by_net.remove(&net);
            }
        }
        Some(stranger)
    }

    fn leave_client(&mut self, client: i64) {
        if let Some(open) = self.by_client.get_mut(&client) {
            *open -= 1;
            if *open == 0 {
                self.by_client.remove(&client);
            }
        }
    }
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    leave: CancellationToken,
    who: Mutex<Who>,
    /// Requests of the stranger on it.
    asked: AtomicU32,
    places: Arc<Places>,
}

impl Place {
    /// Resolves when the connection has to give way.
    pub(super) async fn sent_away(&self) {
        self.leave.cancelled().await;
    }

    /// Whether a proof was seen on it.
    pub(super) fn is_proved(&self) -> bool {
        !matches!(*self.who.lock().unwrap_or_else(PoisonError::into_inner), Who::Stranger(_))
    }

    /// Counts a request that is answered; whether its connection has had enough. What a stranger
    /// lets pile up behind one connection is work for nobody.
    pub(super) fn has_enough(&self) -> bool {
        !self.is_proved() && self.asked.fetch_add(1, Ordering::Relaxed) + 1 >= REQUESTS
    }

    /// A provider or an administrator proved himself on it.
    pub(super) fn known(&self) {
        self.becomes(Who::Known);
    }

    /// A client proved itself on it; `false` when that client has as many as it may.
    pub(super) fn client(&self, client: i64) -> bool {
        self.becomes(Who::Client(client))
    }

    fn becomes(&self, new: Who) -> bool {
        let mut who = self.who.lock().unwrap_or_else(PoisonError::into_inner);
        if *who == new || (matches!(new, Who::Known) && !matches!(*who, Who::Stranger(_))) {
            return true;
        }
        let mut table = self.places.table();
        if let Who::Client(client) = new {
            let open = table.by_client.entry(client).or_default();
            if *open >= self.places.most.client {
                return false;
            }
            *open += 1;
        }
        match *who {
            Who::Stranger(_) => {
                table.forget(self.id);
                table.proved += 1;
            }
            Who::Client(former) => table.leave_client(former),
            Who::Known => {}
        }
        *who = new;
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.table();
        match *self.who.lock().unwrap_or_else(PoisonError::into_inner) {
            Who::Stranger(_) => {
                table.forget(self.id);
            }
            Who::Client(client) => {
                table.leave_client(client);
                table.proved -= 1;
            }
            Who::Known => table.proved -= 1,
        }
        drop(table);
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(n: u8) -> Option<Net> {
        Some(Net::V4([192, 0, 2, n].into()))
    }

    #[test]
    fn strangers_give_way_to_the_newest_and_the_proved_do_not() {
        let places = Places::new(Most { connections: 4, address: 100, client: 2 });
        let provider = places.enter(net(9)).unwrap();
        provider.known();
        let crowd: Vec<_> = (0..3).map(|_| places.enter(net(1)).unwrap()).collect();
        let other = places.enter(net(2)).unwrap();
        assert!(crowd[0].leave.is_cancelled(), "the oldest of the largest crowd");
        assert!(!crowd[1].leave.is_cancelled() && !other.leave.is_cancelled());
        for place in [&crowd[1], &crowd[2], &other] {
            place.known();
        }
        assert!(places.enter(net(3)).is_none(), "nobody who proved himself is sent away");
        assert!(!provider.leave.is_cancelled());
        drop((crowd, other, provider));
        assert_eq!(places.taken(), 0);
        let table = places.table();
        assert!(table.by_net.is_empty() && table.by_client.is_empty());
    }

    #[test]
    fn a_client_has_its_own_bound() {
        let places = Places::new(Most { connections: 10, address: 10, client: 2 });
        let all: Vec<_> = (0..3).map(|_| places.enter(net(1)).unwrap()).collect();
        assert!(all[0].client(7) && all[1].client(7) && all[0].client(7));
        assert!(!all[2].client(7), "a third one");
        assert!(all[2].client(8), "another client's");
        drop(all);
        let again = places.enter(net(1)).unwrap();
        assert!(again.client(7));
    }

    #[test]
    fn connections_opened_together_are_no_attack() {
        let places = Places::new(Most { connections: 100, address: 2, client: 2 });
        let all: Vec<_> = (0..50).map(|_| places.enter(net(1)).unwrap()).collect();
        assert!(all.iter().all(|p| !p.leave.is_cancelled()));
    }
}
