//! The order of events, also while several transactions commit out of order.

use super::*;
use crate::Store;
use crate::events::{NewEvent, append};
use crate::views::testing::{NOW, Seed, each, settled};

async fn write(store: &Store, client: i64, text: String) {
    store
        .write(move |tx| {
            append(
                tx,
                &NewEvent {
                    at: NOW,
                    kind: "job_changed",
                    client: ClientId(client),
                    lead: None,
                    subject: "job",
                    subject_id: "0000000000001",
                    actor: "daemon",
                    text: &text,
                    data: serde_json::json!({"n": 1}),
                },
            )
        })
        .await
        .unwrap();
}

async fn ask(store: &Store, cursor: Cursor, limit: u32, client: Option<i64>) -> Batch {
    store.read(move |tx| after(tx, cursor, limit, client.map(ClientId))).await.unwrap()
}

#[tokio::test]
async fn a_reader_gets_everything_once_in_order() {
    each(async |store| {
        store.write(|tx| tx.client(1, "acme")).await.unwrap();
        let start = ask(store, Cursor::default(), 10, None).await;
        assert_eq!(start, Batch { events: vec![], cursor: Cursor::default(), reset: false });
        for n in 0..25 {
            write(store, n % 2, format!("e{n}")).await;
        }
        settled(store).await;
        let (mut cursor, mut seen) = (start.cursor, Vec::new());
        loop {
            let batch = ask(store, cursor, 10, None).await;
            assert!(!batch.reset);
            if batch.events.is_empty() {
                break;
            }
            cursor = batch.cursor;
            seen.extend(batch.events.into_iter().map(|e| e.text));
        }
        assert_eq!(seen, (0..25).map(|n| format!("e{n}")).collect::<Vec<_>>());
        assert_eq!(store.read(head).await.unwrap(), cursor);
        let mine = ask(store, Cursor::default(), 100, Some(1)).await;
        assert_eq!((mine.events.len(), mine.cursor), (12, cursor), "it moved past the others' events");
        assert!(mine.events.iter().all(|e| e.client == "acme" && e.data["n"] == 1));
        let few = ask(store, Cursor::default(), 5, Some(1)).await;
        assert_eq!((few.events.len(), few.cursor), (5, few.events[4].cursor));
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_lost_its_place_is_told() {
    each(async |store| {
        for n in 0..4 {
            write(store, 0, format!("e{n}")).await;
        }
        settled(store).await;
        let head = store.read(head).await.unwrap();
        let beyond = Cursor { tx: head.tx, seq: head.seq + 1 };
        assert_eq!(ask(store, beyond, 10, None).await, Batch { events: vec![], cursor: head, reset: true });
        let first = ask(store, Cursor::default(), 1, None).await.cursor;
        store.write(|tx| tx.execute("DELETE FROM event WHERE seq <= 2", &[])).await.unwrap();
        assert!(ask(store, Cursor::default(), 10, None).await.reset);
        assert!(ask(store, first, 10, None).await.reset);
        assert!(!ask(store, head, 10, None).await.reset);
        store
            .write(|tx| {
                for _ in 0..=MAX_BEHIND {
                    tx.execute(
                        "INSERT INTO event (at, kind, client_id, subject, subject_id, actor, text, data) \
                         VALUES (0, 'x', 0, 'job', '1', 'daemon', '', 'null')",
                        &[],
                    )?;
                }
                Ok(())
            })
            .await
            .unwrap();
        settled(store).await;
        assert!(ask(store, head, 10, None).await.reset, "too far behind");
    })
    .await;
}

#[tokio::test]
async fn an_answer_fits_a_frame() {
    each(async |store| {
        for _ in 0..4 {
            write(store, 0, "x".repeat(300_000)).await;
        }
        settled(store).await;
        let mut cursor = Cursor::default();
        for _ in 0..4 {
            let batch = ask(store, cursor, 10, None).await;
            assert_eq!(batch.events.len(), 1);
            cursor = batch.cursor;
        }
        assert_eq!(cursor, store.read(head).await.unwrap());
    })
    .await;
}

/// While an earlier transaction is open, what later ones committed waits: nobody reads past it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_skipped_when_transactions_commit_out_of_order() {
    each(async |store| {
        if store.engine() == Engine::Sqlite {
            return;
        }
        write(store, 0, "before".into()).await;
        settled(store).await;
        let base = store.read(head).await.unwrap();
        let (opened, is_open) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = std::sync::Mutex::new(released);
        let slow = {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        tx.execute(
                            "INSERT INTO event (at, kind, client_id, subject, subject_id, actor, text, data) \
                             VALUES (0, 'x', 0, 'job', '1', 'daemon', 'slow', 'null')",
                            &[],
                        )?;
                        opened.send(()).unwrap();
                        released.lock().unwrap().recv().unwrap();
                        Ok(())
                    })
                    .await
                    .unwrap();
            })
        };
        is_open.recv().unwrap();
        write(store, 0, "fast".into()).await;
        let hidden = ask(store, base, 10, None).await;
        assert_eq!((hidden.events.len(), hidden.cursor, hidden.reset), (0, base, false));
        release.send(()).unwrap();
        slow.await.unwrap();
        settled(store).await;
        let both = ask(store, base, 10, None).await;
        assert_eq!(both.events.iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), ["slow", "fast"]);
    })
    .await;
}
