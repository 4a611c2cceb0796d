//! Races: what several writers do at once adds up as if they had queued.

use frontdesk_domain::records::Booking;
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::params;
use frontdesk_store::{Error, Store, Tx, appointments, clients, meta};
use frontdesk_tests::{on_both_engines, samples};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

fn number(tx: &mut Tx<'_>) -> Result<i64, Error> {
    Ok(meta::get(tx, "sum")?.map_or(0, |v| v.parse().unwrap()))
}

/// Reads, adds one, writes: what every flow does that loads a row and decides.
async fn add_one(store: Store, runs: Arc<AtomicU32>) -> Result<(), Error> {
    store
        .write(move |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            let next = (number(tx)? + 1).to_string();
            meta::set(tx, "sum", Some(&next))
        })
        .await
}

on_both_engines! {
    /// A lost race runs the closure again. Were a caller told `Retry`, its addition must not
    /// be there; nothing may be lost or counted twice.
    async fn two_hundred_increments_add_up(db) {
        db.store.write(|tx| meta::set(tx, "sum", Some("0"))).await.unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let other = db.second_daemon();
        let adds: Vec<_> = (0..200).map(|n| {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            tokio::spawn(add_one(store, runs.clone()))
        }).collect();
        let mut done = 0;
        for add in adds {
            match add.await.unwrap() {
                Ok(()) => done += 1,
                Err(e) => panic!("{e}"),
            }
        }
        let sum = db.store.read(number).await.unwrap();
        assert_eq!(sum, done);
        assert!(runs.load(Ordering::Relaxed) >= 200);
    }

    /// Two transactions that take two rows in opposite order: PostgreSQL ends one of them,
    /// and the store must run it again instead of failing it.
    async fn a_deadlock_is_run_again(db) {
        db.store.write(|tx| {
            meta::set(tx, "left", Some("0"))?;
            meta::set(tx, "right", Some("0"))
        }).await.unwrap();
        let takers: Vec<_> = (0..40).map(|n| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let order = if n % 2 == 0 { ["left", "right"] } else { ["right", "left"] };
                store.write(move |tx| {
                    for name in order {
                        let now: i64 = meta::get(tx, name)?.unwrap().parse().unwrap();
                        meta::set(tx, name, Some(&(now + 1).to_string()))?;
                    }
                    Ok(())
                }).await
            })
        }).collect();
        for taker in takers {
            taker.await.unwrap().unwrap();
        }
        let got = db.store.read(|tx| Ok((meta::get(tx, "left")?, meta::get(tx, "right")?))).await.unwrap();
        assert_eq!(got, (Some("40".into()), Some("40".into())));
    }

    async fn one_of_many_takes_the_slot(db) {
        db.store.write(|tx| clients::insert(tx, &samples::client(1))).await.unwrap();
        let tries: Vec<_> = (1..=30).map(|n| {
            let store = db.store.clone();
            tokio::spawn(async move { store.write(move |tx| book(tx, n, 0, 30)).await })
        }).collect();
        let mut booked = 0;
        for attempt in tries {
            match attempt.await.unwrap() {
                Ok(()) => booked += 1,
                Err(Error::Conflict(_)) => {}
                Err(e) => panic!("{e}"),
            }
        }
        assert_eq!(booked, 1);
    }

    /// Slots that overlap without beginning together are told apart only by looking first:
    /// the look must still be true when the booking is made.
    async fn overlapping_slots_are_never_both_taken(db) {
        db.store.write(|tx| clients::insert(tx, &samples::client(1))).await.unwrap();
        let other = db.second_daemon();
        let tries: Vec<_> = (1..=40).map(|n| {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            tokio::spawn(async move {
                store.write(move |tx| {
                    let from = Millis(n * 7 % 20);
                    clients::lock(tx, ClientId(1))?;
                    let booked = appointments::booked_from(tx, ClientId(1), Millis(0))?;
                    if !booked.iter().any(|b| b.starts_at < from + 10 && b.ends_at > from) {
                        book(tx, n, from.0, 10)?;
                    }
                    Ok(())
                }).await
            })
        }).collect();
        for attempt in tries {
            attempt.await.unwrap().unwrap();
        }
        let taken = db.store.read(|tx| appointments::booked_from(tx, ClientId(1), Millis(0))).await.unwrap();
        assert!(!taken.is_empty());
        for pair in taken.windows(2) {
            assert!(pair[0].ends_at <= pair[1].starts_at, "{taken:?}");
        }
    }

    /// Several daemons start at once on one fresh store: they agree on its identity.
    async fn the_first_value_stays(db) {
        let daemons: Vec<_> = (0..6).map(|n| {
            let store = db.second_daemon();
            tokio::spawn(async move {
                store.write(move |tx| meta::get_or_set(tx, meta::EPOCH, &n.to_string())).await
            })
        }).collect();
        let mut said = Vec::new();
        for daemon in daemons {
            said.push(daemon.await.unwrap().unwrap());
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
    }

    /// Identities are made once however many ask at the same time.
    async fn a_wording_is_kept_once(db) {
        let all: Vec<_> = (1..=20_i64).map(|n| {
            let store = db.store.clone();
            tokio::spawn(async move {
                store.write(move |tx| {
                    tx.execute("INSERT INTO statement (id, wording) VALUES ($1, 'same') ON CONFLICT (wording) DO NOTHING",
                        params![n])?;
                    tx.one("SELECT id FROM statement WHERE wording = 'same'", &[], |r| r.get::<i64>(0))
                }).await
            })
        }).collect();
        let mut ids = Vec::new();
        for one in all {
            ids.push(one.await.unwrap().unwrap());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
}

fn book(tx: &mut Tx<'_>, id: i64, from: i64, length: i64) -> Result<(), Error> {
    let slot =
        Booking { lead: None, call: None, ..samples::appointment(id, Millis(from), Millis(from + length)) };
    appointments::insert(tx, [&slot])
}
