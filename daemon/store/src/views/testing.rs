//! Stores and rows for the tests of this folder. A test's body is a function of a store, and
//! runs on SQLite, and on PostgreSQL too when `FRONTDESK_TEST_PG` holds a URL.

use crate::engine::packed::Packed;
use crate::params;
use crate::{PgTarget, Result, Sql, Store, Target, Tx, migrate};
use frontdesk_shared::Millis;
use std::sync::atomic::{AtomicU32, Ordering};

/// When tests happen: 2026-01-01T12:34:56.789Z.
pub(super) const NOW: Millis = Millis(1_767_270_896_789);

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// Runs `body` on a fresh store of each engine there is.
pub(super) async fn each(body: impl AsyncFn(&Store)) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite(dir.path().join("test.db"))).unwrap();
    migrate::run(&store, 0).await.unwrap();
    body(&store).await;
    let Ok(url) = std::env::var("FRONTDESK_TEST_PG") else { return };
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let schema = format!("lists_{}_{number}", std::process::id());
    let open = |url: &str| Store::open(&Target::Postgres(Box::new(PgTarget::parse(url).unwrap()))).unwrap();
    let create = format!("CREATE SCHEMA {schema}");
    open(&url).write(move |tx| tx.batch(&create)).await.unwrap();
    let sign = if url.contains('?') { '&' } else { '?' };
    let store = open(&format!("{url}{sign}options=-csearch_path%3D{schema}"));
    migrate::run(&store, 0).await.unwrap();
    body(&store).await;
    store.write(move |tx| tx.batch(&format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
}

/// Waits until every event is below the feed's head. On PostgreSQL a transaction of any other
/// test holds the head back while it is open.
pub(super) async fn settled(store: &Store) {
    let open = Sql {
        lite: "SELECT 0",
        pg: "SELECT count(*) FROM event WHERE tx >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    };
    for _ in 0..50_000 {
        if store.read(move |tx| tx.count(open, &[])).await.unwrap() == 0 {
            return;
        }
    }
    panic!("a transaction stays open");
}

/// Rows with everything that a test does not care about filled in.
pub(super) trait Seed {
    fn client(&mut self, id: i64, key: &str) -> Result<()>;
    fn lead(&mut self, id: i64, client: i64, phone: &str, status: &str, rule: &str) -> Result<()>;
    fn job(
        &mut self,
        id: i64,
        client: i64,
        lead: Option<i64>,
        kind: &str,
        state: &str,
        at: Millis,
    ) -> Result<()>;
    fn call(
        &mut self,
        id: i64,
        client: i64,
        lead: Option<i64>,
        status: &str,
        outcome: Option<&str>,
    ) -> Result<()>;
    fn fault(&mut self, id: i64, kind: &str, severity: &str, last: Millis, acked: bool) -> Result<()>;
    fn fault_instance(&mut self, id: i64, fault: i64, at: Millis) -> Result<()>;
    fn webhook(&mut self, id: i64, client: i64, call: Option<i64>, status: &str, body: &[u8]) -> Result<()>;
    fn import(&mut self, id: i64, client: i64, status: &str) -> Result<()>;
    fn appointment(&mut self, id: i64, client: i64, lead: Option<i64>, at: Millis) -> Result<()>;
    fn message(
        &mut self,
        id: i64,
        client: i64,
        lead: i64,
        appointment: Option<i64>,
        status: &str,
    ) -> Result<()>;
    /// A planned text about an appointment.
    fn reminder(&mut self, id: i64, client: i64, lead: i64, appointment: i64, at: Millis) -> Result<()>;
    fn audit(&mut self, id: i64, client: i64, action: &str, subject: &str) -> Result<()>;
    fn pause(&mut self, reason: &str) -> Result<()>;
}

impl Seed for Tx<'_> {
    fn client(&mut self, id: i64, key: &str) -> Result<()> {
        let agent = format!("agent-{key}");
        self.execute(
            "INSERT INTO client (id, key, name, email, phone, industry, services, status, tier, timezone, country, \
             currency, value_minor, agent, settings, created_at, updated_at) VALUES \
             ($1, $2, $2, '', '+442071838750', 'dentist', '[\"cleaning\"]', 'active', 'free', 'Europe/London', 'GB', \
             'GBP', 50000, $3, '{\"webhook_secret\":\"hush\",\"grace\":5}', $4, $4)",
            params![id, key, &agent, NOW],
        )?;
        Ok(())
    }

    fn lead(&mut self, id: i64, client: i64, phone: &str, status: &str, rule: &str) -> Result<()> {
        let name = format!("Person {id}");
        self.execute(
            "INSERT INTO lead (id, client_id, identity, phone, region, line, name, email, source, vars, status, \
             hold_rule, hold_reason, episode, episode_at, attempts, score, score_parts, created_at, updated_at) VALUES \
             ($1, $2, $3, $3, 'GB', 'mobile', $4, 'p@example.com', 'website', '{\"service\":\"cleaning\"}', $5, $6, \
             CASE WHEN $6 = '' THEN '' ELSE 'because of ' || $6 END, 1, $7, 0, 30, \
             '[[\"source website\",20],[\"name known\",10]]', $7, $7)",
            params![id, client, phone, &name, status, rule, NOW],
        )?;
        Ok(())
    }

    fn job(
        &mut self,
        id: i64,
        client: i64,
        lead: Option<i64>,
        kind: &str,
        state: &str,
        at: Millis,
    ) -> Result<()> {
        self.execute(
            "INSERT INTO job (id, kind, version, payload, client_id, lead_id, about, lane, priority, state, run_at, \
             attempt, max_attempts, reason, created_at, updated_at) VALUES \
             ($1, $2, 1, '{\"to\":\"+447700900123\"}', $3, $4, 'call +447700900123', 'call', 5, $5, $6, 0, 4, '', $7, $7)",
            params![id, kind, client, lead, state, at, NOW],
        )?;
        Ok(())
    }

    fn call(
        &mut self,
        id: i64,
        client: i64,
        lead: Option<i64>,
        status: &str,
        outcome: Option<&str>,
    ) -> Result<()> {
        let ended = (status == "ended").then_some(NOW - 1_000);
        let provider_id = format!("p-{id}");
        self.execute(
            "INSERT INTO call (id, client_id, lead_id, direction, episode, attempt, provider, provider_call_id, status, \
             outcome, why, ended_reason, phone, who, control_url, started_at, ended_at, cost_micros, last_line, \
             reported, sandbox, lookups, created_at, updated_at) VALUES \
             ($1, $2, $3, 'outbound', 1, 1, 'vapi', $4, $5, $6, 'they said yes', '', '+447700900123', 'Ann Lee', \
             'https://control.example/top-secret', $7, $8, 120000, 'user: Hello', TRUE, TRUE, 0, $9, $9)",
            params![id, client, lead, &provider_id, status, outcome, NOW - 60_000, ended, NOW - 70_000],
        )?;
        let said = "[{\"role\":\"assistant\",\"message\":\"Good morning\"},{\"role\":\"user\",\"message\":\"Hello\"}]";
        self.execute(
            "INSERT INTO call_text (call_id, transcript, summary, analysis) VALUES ($1, $2, 'a summary', '{}')",
            params![id, said],
        )?;
        Ok(())
    }

    fn fault(&mut self, id: i64, kind: &str, severity: &str, last: Millis, acked: bool) -> Result<()> {
        let fingerprint = format!("f{id}");
        let (at, by) = if acked { (Some(NOW), Some("sam")) } else { (None, None) };
        self.execute(
            "INSERT INTO fault (id, fingerprint, kind, service, client_id, severity, message, count, total, first_at, \
             last_at, acked_at, acked_by) VALUES ($1, $2, $3, 'vapi', 0, $4, 'it broke', 2, 3, $5, $5, $6, $7)",
            params![id, &fingerprint, kind, severity, last, at, by],
        )?;
        Ok(())
    }

    fn fault_instance(&mut self, id: i64, fault: i64, at: Millis) -> Result<()> {
        self.execute(
            "INSERT INTO fault_instance (id, fault_id, at, message, subject, subject_id) VALUES \
             ($1, $2, $3, 'it broke', 'job', '0000000000001')",
            params![id, fault, at],
        )?;
        Ok(())
    }

    fn webhook(&mut self, id: i64, client: i64, call: Option<i64>, status: &str, body: &[u8]) -> Result<()> {
        let (key, packed) = (format!("e{id}"), Packed::of(body));
        self.execute(
            "INSERT INTO webhook (id, provider, event_key, client_id, call_id, kind, status, note, body, size, reply, \
             agent, received_at) VALUES ($1, 'vapi', $2, $3, $4, 'status-update', $5, 'why not', $6, $7, '', 'agent', $8)",
            params![id, &key, client, call, status, &packed.block, packed.size as i64, NOW],
        )?;
        self.execute(
            "INSERT INTO webhook_key (event_key, provider, webhook_id, deliveries, at) VALUES ($1, 'vapi', $2, 2, $3)",
            params![&key, id, NOW],
        )?;
        Ok(())
    }

    fn import(&mut self, id: i64, client: i64, status: &str) -> Result<()> {
        let digest = format!("d{id}");
        self.execute(
            "INSERT INTO import (id, client_id, label, status, dry_run, spec, content_type, digest, node, bytes, \
             bytes_done, next_row, counts, columns, actor, note, created_at, updated_at) VALUES \
             ($1, $2, 'leads.csv', $3, FALSE, '{}', 'text/csv', $4, 0, 100, 50, 2, '{\"rows\":3,\"accepted\":1,\"held\":1,\
             \"valid\":2,\"invalid\":1,\"duplicates\":0,\"opted_out\":0,\"warnings\":0}', '[[\"Phone\",\"phone\"]]', \
             'sam', '', $5, $5)",
            params![id, client, status, &digest, NOW],
        )?;
        Ok(())
    }

    fn appointment(&mut self, id: i64, client: i64, lead: Option<i64>, at: Millis) -> Result<()> {
        self.execute(
            "INSERT INTO appointment (id, client_id, lead_id, who, starts_at, ends_at, status, note, created_at) VALUES \
             ($1, $2, $3, 'Ann Lee', $4, $5, 'booked', '', $6)",
            params![id, client, lead, at, at + 1_800_000, NOW],
        )?;
        Ok(())
    }

    fn message(
        &mut self,
        id: i64,
        client: i64,
        lead: i64,
        appointment: Option<i64>,
        status: &str,
    ) -> Result<()> {
        let provider_id = format!("SM{id}");
        self.execute(
            "INSERT INTO message (id, client_id, lead_id, appointment_id, job_id, direction, channel, kind, purpose, \
             provider, provider_id, address, sender, who, status, code, why, sequence, segments, cost_micros, lookups, \
             sandbox, created_at, updated_at) VALUES ($1, $2, $3, $4, $1, 'outbound', 'sms', 'reminder-24h', \
             'informational', 'twilio', $5, '+447700900123', '+442079460000', 'Ann Lee', $6, '30003', \
             'no answer from +447700900123', 0, 1, 8300, 0, FALSE, $7, $7)",
            params![id, client, lead, appointment, &provider_id, status, NOW],
        )?;
        self.execute(
            "INSERT INTO message_text (message_id, subject, body, html) VALUES ($1, '', 'See you tomorrow, Ann', '')",
            params![id],
        )?;
        Ok(())
    }

    fn reminder(&mut self, id: i64, client: i64, lead: i64, appointment: i64, at: Millis) -> Result<()> {
        let about = frontdesk_shared::AppointmentId(appointment);
        let payload = format!(r#"{{"message":"reminder-1h","channel":"sms","appointment":"{about}"}}"#);
        self.execute(
            "INSERT INTO job (id, kind, version, payload, client_id, lead_id, about, lane, priority, state, run_at, \
             attempt, max_attempts, reason, created_at, updated_at) VALUES \
             ($1, 'sms.send', 1, $2, $3, $4, 'Ann Lee', 'sms', 5, 'ready', $5, 0, 7, '', $6, $6)",
            params![id, &payload, client, lead, at, NOW],
        )?;
        Ok(())
    }

    fn audit(&mut self, id: i64, client: i64, action: &str, subject: &str) -> Result<()> {
        self.execute(
            "INSERT INTO audit (id, at, actor, action, subject, client_id, detail, address, receipt) VALUES \
             ($1, $2, 'sam', $3, $4, $5, 'done', '', '')",
            params![id, NOW, action, subject, client],
        )?;
        Ok(())
    }

    fn pause(&mut self, reason: &str) -> Result<()> {
        self.execute("INSERT INTO meta (name, value) VALUES ('paused', $1)", params![reason])?;
        Ok(())
    }
}
