//! Looking into a test desk's store: leads, calls and jobs in a few words, counts of every
//! table, and what a test must not leave behind.

use crate::desk::TestDesk;
use frontdesk_store::{Engine, Result as StoreResult, Store, Tx};

/// A lead in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadNow {
    /// Its id.
    pub id: i64,
    /// Its status.
    pub status: String,
    /// The rule that holds it.
    pub hold: String,
    /// When its next call is planned.
    pub next_at: Option<i64>,
    /// Calls that counted.
    pub attempts: i64,
}

impl TestDesk {
    /// Reads.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut Tx<'_>) -> StoreResult<T> + Send + 'static,
    ) -> T {
        self.app.store.read(f).await.unwrap_or_else(|e| panic!("{e}"))
    }

    /// Writes.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn write<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut Tx<'_>) -> StoreResult<T> + Send + 'static,
    ) -> T {
        self.app.store.write(f).await.unwrap_or_else(|e| panic!("{e}"))
    }

    /// A count.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.read(move |tx| tx.one(sql, &[], |r| r.get(0))).await
    }

    /// The texts of the first column.
    pub async fn texts(&self, sql: impl Into<String>) -> Vec<String> {
        let sql: String = sql.into();
        self.read(move |tx| tx.all_dynamic(&sql, &[], |r| r.get(0))).await
    }

    /// The lead of a number, of whatever client was first.
    ///
    /// # Panics
    /// When there is none.
    pub async fn lead_now(&self, number: &str) -> LeadNow {
        let number = number.to_owned();
        self.read(move |tx| lead_of(tx, &number)).await.expect("a lead of this number")
    }

    /// Waits until the lead of a number is where `holds` wants it.
    pub async fn lead_until(
        &self,
        number: &str,
        what: &str,
        holds: impl Fn(&LeadNow) -> bool + Clone + Send + 'static,
    ) -> LeadNow {
        let number = number.to_owned();
        self.until(what, move |tx, _| Ok(lead_of(tx, &number)?.filter(|lead| holds(lead)))).await
    }

    /// Status and outcome of every call, oldest first: `ended booked`.
    pub async fn calls(&self) -> Vec<String> {
        self.texts("SELECT status || ' ' || COALESCE(outcome, '-') FROM call ORDER BY id").await
    }

    /// Rows of every table, to show that something left no trace.
    pub async fn rows_everywhere(&self) -> Vec<(String, u64)> {
        let tables = match self.db.engine() {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
            Engine::Postgres => {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
            }
        };
        let mut tables = self.texts(tables).await;
        // The daemon makes an account's row whenever its runner first looks, and its own jobs at
        // the first tick of its schedule, whatever a test does.
        tables.retain(|t| !matches!(t.as_str(), "provider_state" | "schedule"));
        assert!(tables.len() > 15, "{tables:?}");
        self.read(move |tx| {
            let count = |table: &String| {
                let clients_own = match table.as_str() {
                    "job" => " WHERE client_id <> 0",
                    "job_key" => {
                        " k WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.id = k.job_id AND j.client_id = 0)"
                    }
                    _ => "",
                };
                let sql = format!("SELECT count(*) FROM {table}{clients_own}");
                let rows = tx.all_dynamic(&sql, &[], |r| r.get::<i64>(0))?;
                Ok((table.clone(), rows[0].unsigned_abs()))
            };
            tables.iter().map(count).collect()
        })
        .await
    }

    /// Leads, jobs and calls, for the message of a test that fails.
    pub async fn picture(&self) -> String {
        let mut out = format!("now {}\n", self.now().iso());
        for sql in [
            "SELECT 'lead ' || id || ' ' || identity || ' ' || status || ' ' || hold_rule || ' ' || hold_reason FROM lead ORDER BY id DESC LIMIT 8",
            "SELECT 'job ' || kind || ' ' || state || ' at ' || run_at || ': ' || reason FROM job ORDER BY id DESC LIMIT 20",
            "SELECT 'call ' || id || ' ' || phone || ' ' || status || ' ' || COALESCE(outcome, '-') || ' ' || why FROM call ORDER BY id DESC LIMIT 8",
            "SELECT 'fault ' || kind || ': ' || message FROM fault ORDER BY id DESC LIMIT 8",
        ] {
            out.push_str(&self.texts(sql).await.join("\n"));
            out.push('\n');
        }
        out
    }
}

fn lead_of(tx: &mut Tx<'_>, number: &str) -> StoreResult<Option<LeadNow>> {
    tx.optional(
        "SELECT id, status, hold_rule, next_at, attempts FROM lead WHERE identity = $1 ORDER BY id LIMIT 1",
        frontdesk_store::params![number],
        |r| {
            Ok(LeadNow {
                id: r.get(0)?,
                status: r.get(1)?,
                hold: r.get(2)?,
                next_at: r.get(3)?,
                attempts: r.get(4)?,
            })
        },
    )
}

/// Errors and jobs that a test would not want to overlook: the kind or state, and a line.
pub(crate) async fn left_over(store: &Store) -> Vec<(String, String)> {
    let read = store.read(|tx| {
        let mut left = tx.all("SELECT kind, kind || ': ' || message FROM fault", &[], |r| {
            Ok((r.get::<String>(0)?, r.get::<String>(1)?))
        })?;
        left.extend(tx.all(
            "SELECT state, kind || ' is ' || state || ': ' || reason FROM job WHERE state IN ('dead', 'uncertain')",
            &[],
            |r| Ok((r.get::<String>(0)?, r.get::<String>(1)?)),
        )?);
        Ok(left)
    });
    read.await.unwrap_or_else(|e| panic!("{e}"))
}
