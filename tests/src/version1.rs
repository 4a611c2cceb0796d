//! A store as the first version left it: its schema, filled, for tests of upgrades.

use crate::database::{START, TestDb};
use frontdesk_store::{Result, Store, Tx, migrate, params};

/// How many of each; jobs are as many as leads, calls and webhooks half as many.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Leads, each with its consent, contact, job and event.
    pub leads: i64,
}

const STATEMENTS: &[&str] = &[
    "INSERT INTO lead (id, client_id, identity, phone, region, line, name, email, source, vars, status, hold_rule, \
         hold_reason, episode, episode_at, attempts, score, score_parts, import_id, created_at, updated_at) \
     SELECT i, 1 + i % 40, '+4479' || (10000000 + i), '+4479' || (10000000 + i), 'GB', 'mobile', 'Lead ' || i, '', 'web', \
         '{}', CASE i % 5 WHEN 0 THEN 'queued' WHEN 1 THEN 'held' WHEN 2 THEN 'booked' ELSE 'expired' END, '', '', 1, \
         $2 + i, 0, 1, '[]', CASE WHEN i % 4 = 0 THEN 7 END, $2 + i, $2 + i FROM n",
    "INSERT INTO consent (id, client_id, lead_id, channels, purpose, statement_id, evidence, given_at, recorded_at, \
         recorded_by) SELECT i, 1 + i % 40, i, 'ai_voice', 'informational', 1, 'form ' || i, $2, $2, 'sam' FROM n",
    "INSERT INTO contact (id, client_id, lead_id, channel, episode, at, call_id) \
     SELECT i, 1 + i % 40, i, 'ai_voice', 1, $2 + i, CASE WHEN i % 2 = 0 THEN i END FROM n",
    "INSERT INTO job (id, kind, version, payload, client_id, lead_id, about, dedupe, lane, priority, state, run_at, \
         attempt, max_attempts, fence, reason, created_at, updated_at) \
     SELECT i, 'call.place', 1, '{\"n\":' || i || '}', 1 + i % 40, i, 'Lead ' || i, \
         CASE WHEN i % 7 > 0 THEN 'call:' || i END, 'call', i % 5, \
         CASE i % 3 WHEN 0 THEN 'ready' WHEN 1 THEN 'done' ELSE 'cancelled' END, $2 + i, 1, 4, i % 4, 'so', $2 + i, \
         $2 + i FROM n",
    "INSERT INTO event (at, kind, client_id, lead_id, subject, subject_id, actor, text, data) \
     SELECT $2 + i, 'lead_status_changed', 1 + i % 40, i, 'lead', '' || i, 'sam', 'text ' || i, '{}' FROM n",
    "INSERT INTO call (id, client_id, lead_id, job_id, direction, episode, attempt, provider, provider_call_id, status, \
         outcome, why, ended_reason, phone, who, started_at, ended_at, cost_micros, summary, transcript, analysis, \
         last_line, reported, sandbox, lookups, created_at, updated_at) \
     SELECT i, 1 + i % 40, CASE WHEN i % 6 > 0 THEN i END, CASE WHEN i % 6 > 0 THEN i END, 'outbound', 1, 1, 'vapi', \
         'p-' || i, 'ended', 'booked', 'why', 'customer-ended-call', '+4479' || (10000000 + i), 'Lead ' || i, $2, $2 + i, \
         i, CASE WHEN i % 4 > 0 THEN 'summary ' || i ELSE '' END, \
         CASE WHEN i % 4 > 0 THEN 'AI: Hello “' || i || '”. User: Good morning, who is calling?' ELSE '' END, \
         CASE WHEN i % 4 > 0 THEN '{\"n\":' || i || '}' ELSE 'null' END, 'last', TRUE, FALSE, 0, $2 + i, $2 + i \
     FROM n WHERE i % 2 = 0",
    "INSERT INTO appointment (id, client_id, lead_id, call_id, who, starts_at, ends_at, status, note, created_at) \
     SELECT i, 1 + i % 40, i, i, 'Lead ' || i, $2 + i, $2 + i + 1, 'booked', '', $2 FROM n WHERE i % 20 = 0",
    "INSERT INTO audit (id, at, actor, action, subject, client_id, detail, address, request, receipt) \
     SELECT i, $2 + i, 'sam', 'retry_job', 'job ' || i, 1 + i % 40, '', '', 'r' || i, '' FROM n WHERE i % 10 = 0",
];

const WEBHOOKS: &str = "INSERT INTO webhook (id, provider, event_key, client_id, call_id, kind, status, note, deliveries, \
         body, size, reply, agent, received_at) \
     SELECT i, 'vapi', 'event:' || i, 1 + i % 40, i, 'end-of-call-report', 'applied', '', 1 + i % 3, $3, 400, '{}', '', \
         $2 + i FROM n WHERE i % 2 = 0";

/// Makes and fills one in an empty database.
///
/// # Panics
/// When a statement fails.
pub async fn fill(db: &TestDb, size: Size) {
    migrate::run_up_to(&db.store, 1, START.0).await.unwrap();
    let body: Vec<u8> = (0..400_u32).map(|i| (i * 7 % 251) as u8).collect();
    db.store
        .write(move |tx| {
            for id in 1..=40_i64 {
                let key = format!("client-{id}");
                tx.execute(
                    "INSERT INTO client (id, key, name, email, phone, industry, services, status, tier, timezone, country, \
                     currency, value_minor, agent, settings, created_at, updated_at) VALUES ($1, $2, $2, '', '', '', '[]', \
                     'active', 'free', 'UTC', 'GB', 'GBP', 0, $2, '{}', $3, $3)",
                    params![id, &key, START],
                )?;
            }
            tx.execute("INSERT INTO statement (id, wording) VALUES (1, 'yes')", &[])?;
            for sql in STATEMENTS {
                numbered(tx, sql, params![size.leads, START])?;
            }
            numbered(tx, WEBHOOKS, params![size.leads, START, &body])
        })
        .await
        .unwrap();
}

fn numbered(tx: &mut Tx<'_>, sql: &str, values: &[frontdesk_store::Value<'_>]) -> Result<()> {
    let with =
        "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) ";
    // Once a test: the text may live as long as the program.
    let sql: &'static str = Box::leak(format!("{with}{sql}").into_boxed_str());
    tx.execute(sql, values).map(drop)
}

/// What must be the same before and after an upgrade: what each of these says of all its rows.
pub async fn contents(store: &Store, version: i64) -> Vec<(String, usize, u64)> {
    let told: &[(&str, &'static str, &'static str)] = &[
        (
            "lead",
            "SELECT id || identity || name || status || COALESCE(import_id, 0) || created_at FROM lead ORDER BY id",
            "",
        ),
        ("consent", "SELECT id || evidence || lead_id FROM consent ORDER BY id", ""),
        (
            "contact",
            "SELECT id || '-' || lead_id || '-' || COALESCE(call_id, 0) || '-' || at FROM contact ORDER BY id",
            "",
        ),
        (
            "job",
            "SELECT id || payload || COALESCE(dedupe, '-') || state || run_at || '-' || fence || lane || priority || \
             reason || lead_id FROM job ORDER BY id",
            "SELECT id || payload || COALESCE(unique_key, '-') || state || run_at || '-' || fence || lane || priority || \
             reason || lead_id FROM job ORDER BY id",
        ),
        (
            "job key",
            "SELECT dedupe || '-' || id || '-' || created_at FROM job WHERE dedupe IS NOT NULL ORDER BY id",
            "SELECT key || '-' || job_id || '-' || at FROM job_key ORDER BY job_id",
        ),
        (
            "call",
            "SELECT id || provider_call_id || who || COALESCE(lead_id, 0) || cost_micros || transcript || summary || \
             CASE WHEN analysis = 'null' THEN '' ELSE analysis END FROM call ORDER BY id",
            "SELECT c.id || provider_call_id || who || COALESCE(lead_id, 0) || cost_micros || COALESCE(transcript, '') || \
             COALESCE(summary, '') || COALESCE(analysis, '') FROM call c LEFT JOIN call_text t ON t.call_id = c.id ORDER BY c.id",
        ),
        (
            "webhook",
            "SELECT id || event_key || provider || deliveries || '-' || received_at || size || call_id FROM webhook ORDER BY id",
            "SELECT id || w.event_key || w.provider || deliveries || '-' || at || size || call_id FROM webhook w \
             JOIN webhook_key k ON k.event_key = w.event_key AND k.provider = w.provider ORDER BY id",
        ),
        ("event", "SELECT seq || text || lead_id FROM event ORDER BY seq", ""),
        ("appointment", "SELECT id || who || starts_at || status FROM appointment ORDER BY id", ""),
        ("audit", "SELECT id || actor || request || at FROM audit ORDER BY id", ""),
    ];
    let mut out = Vec::new();
    for (name, first, now) in told.iter().copied() {
        let sql = if version > 1 && !now.is_empty() { now } else { first };
        let rows: Vec<String> = store.read(move |tx| tx.all(sql, &[], |r| r.get(0))).await.unwrap();
        let hash = rows.iter().flat_map(|row| row.bytes()).fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        out.push((name.to_owned(), rows.len(), hash));
    }
    out
}
