//! The spool's files: what is written, what a crash leaves, what is refused.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

const ROOM: u64 = 64 * 1024 * 1024;

fn record(n: usize, size: usize) -> Record {
    let mut body = format!("body {n} ").into_bytes();
    body.resize(body.len().max(size), b'x');
    Record {
        provider: "vapi".into(),
        at: Millis(1_000 + n as i64),
        agent: if n.is_multiple_of(2) { String::new() } else { "abc".into() },
        body,
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(dir.join("webhook-spool"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == end))
        .collect();
    all.sort();
    all
}

/// Reads everything out, and how many steps that took.
async fn all(spool: &Spool) -> Vec<Record> {
    let mut out = Vec::new();
    loop {
        let some = spool.oldest().await.unwrap();
        if some.is_empty() {
            return out;
        }
        spool.done(some.len()).await;
        out.extend(some);
    }
}

#[test]
fn what_was_kept_comes_out_in_order_and_then_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let (spool, opened) = Spool::open(dir.path(), ROOM).unwrap();
        assert_eq!(opened, Opened::default());
        // More than one file, and bodies larger than a batch.
        let wanted: Vec<Record> =
            (0..30).map(|n| record(n, if n % 10 == 3 { 5_000_000 } else { 10 })).collect();
        for record in &wanted {
            spool.append(record.clone()).await.unwrap();
        }
        assert!(files(dir.path(), "spool").len() > 1);
        let waiting = spool.waiting();
        assert_eq!((waiting.count, waiting.since), (30, Some(Millis(1_000))));
        assert_eq!(all(&spool).await, wanted);
        assert_eq!(spool.waiting(), Waiting::default());
        assert!(files(dir.path(), "spool").is_empty());
        spool.append(record(99, 10)).await.unwrap();
        assert_eq!(all(&spool).await, [record(99, 10)]);
    });
}

#[test]
fn what_was_not_done_is_there_after_a_restart_and_only_its_owner_may_read_it() {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let (spool, _) = Spool::open(dir.path(), ROOM).unwrap();
        for n in 0..5 {
            spool.append(record(n, 10)).await.unwrap();
        }
        assert_eq!(spool.oldest().await.unwrap().len(), 5);
        drop(spool);
        let (spool, opened) = Spool::open(dir.path(), ROOM).unwrap();
        assert_eq!(opened, Opened { waiting: 5, ..Opened::default() });
        spool.append(record(5, 10)).await.unwrap();
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir.path().join("webhook-spool")), 0o700);
        assert!(files(dir.path(), "spool").iter().all(|p| mode(p) == 0o600));
        let wanted: Vec<Record> = (0..6).map(|n| record(n, 10)).collect();
        assert_eq!(all(&spool).await, wanted);
    });
}

#[test]
fn a_torn_end_is_cut_off_and_told_and_the_rest_is_kept() {
    run(async {
        let whole = record(2, 500).frame().unwrap().len() as u64;
        for missing in [1, 100, whole - 20, whole - 1] {
            let dir = tempfile::tempdir().unwrap();
            let (spool, _) = Spool::open(dir.path(), ROOM).unwrap();
            for n in 0..3 {
                spool.append(record(n, 500)).await.unwrap();
            }
            drop(spool);
            let path = files(dir.path(), "spool").remove(0);
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_len(file.metadata().unwrap().len() - missing).unwrap();
            let (spool, opened) = Spool::open(dir.path(), ROOM).unwrap();
            assert_eq!(opened, Opened { waiting: 2, torn_bytes: whole - missing, damaged_bytes: 0 });
            spool.append(record(3, 500)).await.unwrap();
            assert_eq!(all(&spool).await, [record(0, 500), record(1, 500), record(3, 500)]);
        }
    });
}

#[test]
fn damage_costs_what_is_behind_it_in_its_file_and_a_copy_is_kept() {
    use std::os::unix::fs::FileExt as _;
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let (spool, _) = Spool::open(dir.path(), ROOM).unwrap();
        for n in 0..3 {
            spool.append(record(n, 500)).await.unwrap();
        }
        let first = files(dir.path(), "spool").remove(0);
        let damage = |at: u64| {
            std::fs::File::options().write(true).open(&first).unwrap().write_at(b"#", at).unwrap();
        };
        let whole = record(0, 500).frame().unwrap().len() as u64;
        // While it runs.
        damage(2 * whole + 100);
        assert_eq!(spool.oldest().await.unwrap(), [record(0, 500), record(1, 500)]);
        assert_eq!(files(dir.path(), "damaged").len(), 1);
        spool.append(record(7, 10)).await.unwrap();
        drop(spool);
        // At a start.
        damage(whole + 100);
        let (spool, opened) = Spool::open(dir.path(), ROOM).unwrap();
        assert_eq!((opened.waiting, opened.torn_bytes), (2, 0));
        assert!(opened.damaged_bytes > 500);
        assert_eq!(all(&spool).await, [record(0, 500), record(7, 10)]);
        assert_eq!(files(dir.path(), "damaged").len(), 1);
    });
}

#[test]
fn the_budget_is_kept_and_room_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let (spool, _) = Spool::open(dir.path(), 100_000).unwrap();
        let mut taken = 0;
        while spool.append(record(taken, 10_000)).await.is_ok() {
            taken += 1;
        }
        assert_eq!((taken, spool.is_refusing()), (9, true));
        assert_eq!(spool.append(record(9, 10_000)).await, Err(Refused::Full));
        assert!(spool.waiting().bytes <= 100_000);
        // A small one still fits, and makes it well again.
        spool.append(record(10, 10)).await.unwrap();
        assert!(!spool.is_refusing());
        assert_eq!(all(&spool).await.len(), 10);
        spool.append(record(11, 10_000)).await.unwrap();
    });
}

#[test]
fn many_at_once_are_all_kept() {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let (spool, _) = Spool::open(dir.path(), ROOM).unwrap();
        let kept = futures::future::join_all((0..200).map(|n| spool.append(record(n, 10)))).await;
        assert!(kept.iter().all(Result::is_ok));
        assert_eq!(all(&spool).await.len(), 200);
    });
}
