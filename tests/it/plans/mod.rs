//! No statement reads a table that grows from end to end, or sorts it (invariant 9): every statement
//! the store can run is run once, its plan is asked for on both engines, and a statement in the
//! source that was not run fails the test as well.

mod exercise;
mod explain;

use explain::{Plan, Trouble};
use frontdesk_shared::Millis;
use frontdesk_store::views::events;
use frontdesk_store::{Engine, Result, Tx, migrate};
use frontdesk_tests::database::{START, run};
use frontdesk_tests::source::{self, Source};
use frontdesk_tests::version1::{self, Size};
use frontdesk_tests::{TestDb, postgres, wait};
use std::collections::BTreeSet;

/// Statements that may do what no other may: a part of their text, and why.
const EXCEPTIONS: &[(Option<Engine>, &str, &str)] = &[
    (
        None,
        "FROM (SELECT ended_at, outcome FROM call ORDER BY id DESC LIMIT 10000)",
        "the newest 10,000, however many there are",
    ),
    (None, "ORDER BY id DESC LIMIT 200000)", "the end of an id is looked for among the newest 200,000"),
    (None, "FROM suppression WHERE address", "the refusals of one person are few"),
    (None, "state = 'running'", "few jobs run at once"),
    (
        Some(Engine::Postgres),
        "c.revoked_how LIKE 'import undone",
        "counted once, when it is told that a file was undone",
    ),
    (
        None,
        "GROUP BY client_id, reason",
        "waiting messages are counted when somebody asks why nothing is dialing",
    ),
    (
        None,
        "min(run_at) FROM job WHERE state = 'ready' AND kind = $4",
        "planned calls are counted when somebody asks why nothing is dialing",
    ),
    (
        Some(Engine::Postgres),
        "FROM event WHERE subject_id = $1",
        "the events of one thing are sorted where numbers have gaps",
    ),
    (
        Some(Engine::Postgres),
        ".client_id = $1 ORDER BY ",
        "planned for the client that is meant: one with much in the newest rows is found there",
    ),
];

fn is_excepted(engine: Engine, sql: &str) -> bool {
    let meant =
        |(on, part, _): &(Option<Engine>, &str, &str)| on.is_none_or(|on| on == engine) && sql.contains(part);
    is_search(sql) || EXCEPTIONS.iter().any(meant)
}

/// A list that is searched for words, states or the end of an id reads on until its page is full, and
/// is broken off where that takes too long. A whole id of something else has its index.
fn is_search(sql: &str) -> bool {
    let terms = sql.split(" AND (").skip(1);
    sql.contains(" WHERE TRUE")
        && terms.into_iter().any(|term| !term.contains(" IS NOT NULL AND ") || term.contains(" % "))
}

async fn statements(db: &TestDb) -> BTreeSet<String> {
    // While any transaction on the server is open, what was filled in may still be ahead of the feed.
    let head = async || db.store.read(events::head).await.unwrap();
    wait::until("the feed shows what was filled in", async || (head().await.seq > 0).then_some(())).await;
    let mut all = BTreeSet::new();
    for part in [exercise::first, exercise::everything] {
        let seen = db.store.write(move |tx| {
            let (result, seen) = frontdesk_env::fail::statements(|| part(tx));
            result.map(|()| seen)
        });
        all.extend(seen.await.unwrap());
    }
    all
}

async fn troubles(db: &TestDb, statements: BTreeSet<String>) -> Vec<Trouble> {
    let asked = db.store.write(move |tx| {
        let plans = Plan::all(tx, &statements)?;
        Ok(plans.iter().filter_map(Plan::trouble).collect::<Vec<Trouble>>())
    });
    asked.await.unwrap()
}

fn filled(engine: Engine) -> Option<TestDb> {
    TestDb::empty(engine)
}

async fn prepare(db: &TestDb) {
    version1::fill(db, Size { leads: 20_000 }).await;
    migrate::run(&db.store, START.0).await.unwrap();
    if db.engine() == Engine::Postgres {
        db.store.write(|tx| tx.batch("ANALYZE")).await.unwrap();
    }
}

fn no_statement_scans(engine: Engine) {
    let Some(db) = filled(engine) else { return };
    let db = std::sync::Arc::new(db);
    run(async move {
        prepare(&db).await;
        let statements = statements(&db).await;
        assert!(statements.len() > 100, "{}", statements.len());
        let found = troubles(&db, statements).await;
        let unknown = found.iter().filter(|t| !is_excepted(engine, t.sql()));
        let told: Vec<String> = unknown.map(ToString::to_string).collect();
        assert!(told.is_empty(), "{} statements:\n{}", told.len(), told.join("\n"));
        // A statement that scans is found.
        let planted = [
            // A server sees that the index of open calls holds all that is asked for.
            (
                engine == Engine::Sqlite,
                "SELECT id FROM call WHERE status NOT IN ('ended', 'refused', 'placing', 'uncertain') AND updated_at < $1 ORDER BY id LIMIT $2",
            ),
            (true, "DELETE FROM contact WHERE message_id = $1"),
            (true, "SELECT client_id, count(*) FROM webhook GROUP BY client_id"),
            (true, "SELECT id FROM appointment ORDER BY who"),
        ];
        for (scans, sql) in planted {
            let found = troubles(&db, BTreeSet::from([sql.to_owned()])).await;
            assert_eq!(found.len(), usize::from(scans), "{sql}");
        }
    });
}

#[test]
fn no_statement_scans_a_table_that_grows_on_sqlite() {
    no_statement_scans(Engine::Sqlite);
}

#[test]
fn no_statement_scans_a_table_that_grows_on_postgres() {
    no_statement_scans(Engine::Postgres);
}

/// Text without the space that layout puts into it.
fn plain(text: &str) -> String {
    text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parts of the SQL texts of a file that stand in a statement as they are, with their lines.
fn literals(source: &Source) -> Vec<(usize, String)> {
    let words = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", " FROM ", "WHERE ", "ON CONFLICT "];
    let sql = source
        .strings
        .iter()
        .filter(|(line, text)| *line < source.tests_from && words.iter().any(|word| text.contains(word)));
    sql.map(|(line, text)| {
        // What is filled in is not to be found; the longest part beside it is.
        let text = text.replace("\\'", "'").replace("\\\\", "\\");
        let parts = text.split(['{', '}']).map(plain);
        (*line, parts.max_by_key(String::len).unwrap_or_default())
    })
    .collect()
}

#[test]
fn every_statement_in_the_source_was_looked_at() {
    if postgres::skipped("whether every statement was looked at") {
        return;
    }
    let (lite, pg) = (filled(Engine::Sqlite).unwrap(), filled(Engine::Postgres).unwrap());
    let both = std::sync::Arc::new([lite, pg]);
    run(async move {
        let mut seen = String::new();
        for db in both.iter() {
            version1::fill(db, Size { leads: 6_000 }).await;
            migrate::run(&db.store, START.0).await.unwrap();
            seen.extend(statements(db).await.iter().map(|sql| plain(sql) + "\n"));
        }
        let mut missing = Vec::new();
        for source in source::rust() {
            let part = source.path.strip_prefix("daemon/store/src/").unwrap_or_default();
            let ours = part.starts_with("tables/") || part.starts_with("views/");
            if !ours || part.ends_with("tests.rs") || part.ends_with("testing.rs") {
                continue;
            }
            for (line, text) in literals(&source) {
                if !seen.contains(&text) {
                    missing.push(format!("{}: {text}", source.at(line)));
                }
            }
        }
        assert!(missing.is_empty(), "not run by exercise.rs:\n{}", missing.join("\n"));
    });
}

/// When everything happens: behind all that was filled in.
const NOW: Millis = Millis(START.0 + 1_000_000);

fn refused<T>(result: Result<T>) -> Option<String> {
    match result {
        Err(frontdesk_store::Error::Refused(refusal)) => Some(refusal.text),
        Err(e) => panic!("{e}"),
        Ok(_) => None,
    }
}

/// Every filter of every list, of all clients and of one.
fn lists(tx: &mut Tx<'_>) -> Result<()> {
    use frontdesk_shared::page::{List, Query};
    use frontdesk_store::views::page::{ids, page};
    let known = |text: String| -> Vec<String> {
        let list = text.split_once("known are ").map_or("", |(_, rest)| rest);
        let list = list.split(" (put").next().unwrap_or_default();
        list.split(", ").map(str::to_owned).collect()
    };
    for list in List::ALL.iter().copied().filter(|l| !matches!(l, List::Health | List::Templates)) {
        let with = |filter: &str| Query { filter: filter.to_owned(), ..Query::first(list, 2) };
        let mut filters = vec![String::new(), "word".to_owned()];
        let keys = known(refused(page(tx, &with("nothing:1"), NOW, true)).expect("no such key"));
        for key in keys {
            let mut values = vec!["0000000000001".to_owned(), "yes".into(), "1234567".into()];
            if let Some(words) = refused(page(tx, &with(&format!("{key}:zzz")), NOW, true))
                && words.contains("known are")
            {
                values = known(words);
            }
            filters.extend(values.iter().map(|value| format!("{key}:\"{value}\"")));
        }
        for filter in filters {
            for client in [None, Some("client-1".to_owned())] {
                let query = Query { client, ..with(&filter) };
                refused(ids(tx, &query, NOW, true));
                let Some(first) = page(tx, &query, NOW, true).map(Some).or_else(|e| match e {
                    frontdesk_store::Error::Refused(_) => Ok(None),
                    e => Err(e),
                })?
                else {
                    continue;
                };
                if let Some(after) = first.next {
                    page(tx, &Query { after: Some(after), ..query }, NOW, true)?;
                }
            }
        }
    }
    Ok(())
}
