//! Transactions: all or nothing, each for itself, and a store that outlives a bad closure.

use frontdesk_store::params;
use frontdesk_store::{Error, Refusal, Store, meta};
use frontdesk_tests::on_both_engines;
use frontdesk_tests::wait::within;
use std::sync::mpsc;
use std::task::Poll;

async fn value(store: &Store, name: &'static str) -> Option<String> {
    store.read(move |tx| meta::get(tx, name)).await.unwrap()
}

on_both_engines! {
    /// On SQLite the writes share one commit; a bad one among them must cost only itself.
    async fn a_failing_write_rolls_back_only_itself(db) {
        let writes = (0..300_i64).map(|n| {
            let store = db.store.clone();
            tokio::spawn(async move {
                store.write(move |tx| {
                    let name = format!("row-{n}");
                    tx.execute("INSERT INTO meta (name, value) VALUES ($1, 'x')", params![&name])?;
                    match n % 3 {
                        0 => Err(Refusal::conflict("changed my mind").into()),
                        1 => tx.execute("INSERT INTO meta (name, value) VALUES ($1, 'again')", params![&name]).map(drop),
                        _ => Ok(()),
                    }
                }).await
            })
        });
        let writes: Vec<_> = writes.collect();
        for (n, write) in writes.into_iter().enumerate() {
            let got = write.await.unwrap();
            match n % 3 {
                0 => assert!(matches!(&got, Err(Error::Refused(r)) if r.text == "changed my mind"), "{got:?}"),
                1 => assert!(matches!(&got, Err(Error::Conflict(_))), "{got:?}"),
                _ => assert!(got.is_ok(), "{got:?}"),
            }
        }
        let left: Vec<String> = db.store.read(|tx| {
            tx.all("SELECT name FROM meta WHERE name LIKE 'row-%'", &[], |r| r.get(0))
        }).await.unwrap();
        assert_eq!(left.len(), 100);
        assert!(left.iter().all(|n| n[4..].parse::<i64>().unwrap() % 3 == 2));
    }

    async fn a_closure_that_panics_is_an_error_and_the_store_lives_on(db) {
        for _ in 0..12 {
            let got: Result<(), Error> = db.store.write(|tx| {
                meta::set(tx, "half", Some("done"))?;
                panic!("a defect in a closure, on purpose")
            }).await;
            assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
            let got: Result<(), Error> = db.store.read(|_| panic!("a defect in a reader, on purpose")).await;
            assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
        }
        assert_eq!(value(&db.store, "half").await, None);
        db.store.write(|tx| meta::set(tx, "whole", Some("yes"))).await.unwrap();
        assert_eq!(value(&db.store, "whole").await.as_deref(), Some("yes"));
    }

    async fn a_taken_key_is_a_conflict_and_other_constraints_are_not(db) {
        let twice = db.store.write(|tx| {
            tx.execute("INSERT INTO meta (name, value) VALUES ('a', 'x')", &[])?;
            tx.execute("INSERT INTO meta (name, value) VALUES ('a', 'y')", &[])
        }).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        let unique = db.store.write(|tx| {
            for id in [1_i64, 2] {
                tx.execute("INSERT INTO statement (id, wording) VALUES ($1, 'same')", params![id])?;
            }
            Ok(())
        }).await;
        assert!(matches!(unique, Err(Error::Conflict(_))), "{unique:?}");
        let null = db.store.write(|tx| tx.execute("INSERT INTO meta (name, value) VALUES ('n', NULL)", &[])).await;
        assert!(matches!(null, Err(Error::Constraint(_))), "{null:?}");
        let orphan = db.store.write(|tx| tx.execute(
            "INSERT INTO import_reject (import_id, row_no, field, reason) VALUES (404, 1, '', '')", &[])).await;
        assert!(matches!(orphan, Err(Error::Constraint(_))), "{orphan:?}");
    }

    /// PostgreSQL aborts a transaction at its first failed statement and answers its COMMIT
    /// with success although nothing was kept. An acknowledged write that is not there would
    /// be the worst of all defects.
    async fn an_error_swallowed_by_the_closure_never_loses_an_acknowledged_write(db) {
        let got = db.store.write(|tx| {
            meta::set(tx, "kept", Some("yes"))?;
            let _ = tx.execute("INSERT INTO meta (name, value) VALUES ('kept', 'twice')", &[]);
            meta::set(tx, "later", Some("yes"))
        }).await;
        let kept = value(&db.store, "kept").await.is_some();
        assert_eq!(got.is_ok(), kept, "answered {got:?}, kept {kept}");
        // Whichever it is, it is the same on both engines: a failed statement fails the transaction.
        assert!(got.is_err(), "{got:?}");
        let last = db.store.write(|tx| {
            meta::set(tx, "kept", Some("yes"))?;
            let _ = tx.execute("INSERT INTO meta (name, value) VALUES ('kept', 'twice')", &[]);
            Ok(())
        }).await;
        assert!(last.is_err() && value(&db.store, "kept").await.is_none(), "{last:?}");
    }

    async fn wrong_sql_is_a_defect_and_the_next_transaction_works(db) {
        let got = db.store.write(|tx| tx.execute("INSERT INTO nowhere (x) VALUES (1)", &[])).await;
        assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
        db.store.write(|tx| meta::set(tx, "a", Some("b"))).await.unwrap();
        assert_eq!(value(&db.store, "a").await.as_deref(), Some("b"));
    }

    async fn a_reader_writes_nothing(db) {
        let got = db.store.read(|tx| meta::set(tx, "sneaked", Some("in"))).await;
        assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
        assert_eq!(value(&db.store, "sneaked").await, None);
    }

    /// A page is read in several statements; a commit between them must not tear it.
    async fn a_reader_sees_one_snapshot(db) {
        db.store.write(|tx| meta::set(tx, "n", Some("before"))).await.unwrap();
        let (looked, has_looked) = mpsc::channel();
        let (go, gone_on) = mpsc::channel::<()>();
        let reader = db.store.clone();
        let reading = tokio::spawn(async move {
            reader.read(move |tx| {
                let first = meta::get(tx, "n")?;
                looked.send(()).unwrap();
                gone_on.recv().unwrap();
                Ok((first, meta::get(tx, "n")?))
            }).await
        });
        tokio::task::spawn_blocking(move || has_looked.recv().unwrap()).await.unwrap();
        db.store.write(|tx| meta::set(tx, "n", Some("after"))).await.unwrap();
        go.send(()).unwrap();
        let (first, second) = within("the reader", reading).await.unwrap().unwrap();
        assert_eq!(first, second);
        assert_eq!(value(&db.store, "n").await.as_deref(), Some("after"));
    }

    async fn what_was_answered_is_seen_by_the_next_reader(db) {
        for n in 0..50 {
            let text = n.to_string();
            db.store.write(move |tx| meta::set(tx, "n", Some(&text))).await.unwrap();
            assert_eq!(value(&db.store, "n").await, Some(n.to_string()));
        }
    }

    async fn a_full_queue_sheds_load_instead_of_waiting(db) {
        let (go, gone_on) = mpsc::channel::<()>();
        let gone_on = std::sync::Arc::new(std::sync::Mutex::new(gone_on));
        // More blocked closures than any engine has threads, then more work than may wait.
        // Polled one by one from here, so that what is shed does not depend on scheduling.
        let mut waiting = Vec::new();
        let mut shed = 0;
        for n in 0..6000 {
            let gone_on = gone_on.clone();
            let mut write = Box::pin(db.store.write(move |_| {
                if n < 64 {
                    let _ = gone_on.lock().unwrap().recv();
                }
                Ok(())
            }));
            match futures::poll!(&mut write) {
                Poll::Pending => waiting.push(write),
                Poll::Ready(Err(Error::Overloaded)) => shed += 1,
                Poll::Ready(other) => panic!("{other:?}"),
            }
        }
        assert!(shed > 1000 && waiting.len() >= 4096, "{shed} shed, {} wait", waiting.len());
        drop(go);
        for write in waiting {
            within("a queued write", write).await.unwrap();
        }
        db.store.write(|tx| meta::set(tx, "after", Some("the rush"))).await.unwrap();
    }

    async fn a_commit_wakes_watchers_and_nothing_else_does(db) {
        let mut commits = db.store.commits();
        commits.borrow_and_update();
        db.store.write(|tx| meta::set(tx, "a", Some("1"))).await.unwrap();
        within("the wake-up", commits.changed()).await.unwrap();
        commits.borrow_and_update();
        // A reader that waits for commits and then reads must not wake itself.
        db.store.read(|tx| meta::get(tx, "a")).await.unwrap();
        db.store.write(|tx| meta::get(tx, "a")).await.unwrap();
        let _ = db.store.write(|tx| {
            meta::set(tx, "a", Some("2"))?;
            Err::<(), _>(Refusal::conflict("no").into())
        }).await;
        // A later commit orders the wake-ups, so that none is merely late.
        let before = *commits.borrow();
        db.store.write(|tx| meta::set(tx, "a", Some("3"))).await.unwrap();
        within("the wake-up", commits.changed()).await.unwrap();
        assert_eq!(*commits.borrow_and_update(), before + 1);
        db.store.nudge();
        within("the nudge", commits.changed()).await.unwrap();
    }

    async fn a_statement_that_returns_rows_also_wakes_watchers(db) {
        let mut commits = db.store.commits();
        commits.borrow_and_update();
        let id: i64 = db.store.write(|tx| {
            tx.one("INSERT INTO statement (id, wording) VALUES (7, 'w') RETURNING id", &[], |r| r.get(0))
        }).await.unwrap();
        assert_eq!(id, 7);
        within("the wake-up", commits.changed()).await.unwrap();
    }

    async fn a_caller_that_goes_away_does_not_undo_its_write(db) {
        let (started, has_started) = mpsc::channel();
        let store = db.store.clone();
        let write = tokio::spawn(async move {
            store.write(move |tx| {
                started.send(()).unwrap();
                meta::set(tx, "kept", Some("yes"))
            }).await
        });
        tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
        write.abort();
        frontdesk_tests::wait::until("the write to be there", || async {
            value(&db.store, "kept").await
        }).await;
    }
}
