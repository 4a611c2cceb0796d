//! A client: who it is, how it is set up, and what is open for it. Keys are counted, never shown.

use super::{Lines, View};
use crate::params;
use crate::views::events;
use crate::{Result, Tx};

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let (mut facts, mut settings, mut paths) = (Lines::default(), Lines::default(), Lines::default());
    let key: String = tx.one("SELECT key FROM client WHERE id = $1", params![id], |r| r.get(0))?;
    view.detail.title = tx.one(
        "SELECT key, name, email, phone, industry, services, status, COALESCE(paused_reason, ''), tier, timezone, \
         country, currency, value_minor, agent, settings, created_at, updated_at FROM client WHERE id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<String>(i);
            let services: Vec<String> = r.json(5).unwrap_or_default();
            let worth: i64 = r.get(12)?;
            facts
                .add("key", text(0)?)
                .add("name", text(1)?)
                .add("status", text(6)?)
                .add("because", text(7)?)
                .add("plan", text(8)?)
                .add("email", text(2)?)
                .add("number", view.mask.phone(text(3)?))
                .add("industry", text(4)?)
                .add("services", services.join(", "))
                .add("zone", text(9)?)
                .add("country", text(10)?)
                .add("an appointment", format!("{}.{:02} {}", worth / 100, worth % 100, text(11)?))
                .add("created", view.when(r.get(15)?))
                .add("changed", view.when(r.get(16)?));
            settings.block(view.pretty(&text(14)?, 16_384));
            paths
                .add("this client's", format!("/webhooks/agent/agent_{}", text(13)?))
                .add("any client's", "/webhooks/vapi");
            Ok(format!("{}, {}", text(1)?, text(6)?))
        },
    )?;
    let (keys, revoked): (u64, u64) = tx.one(
        "SELECT count(*) FILTER (WHERE revoked_at IS NULL), count(*) FILTER (WHERE revoked_at IS NOT NULL) \
         FROM api_key WHERE client_id = $1",
        params![id],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    facts.add("API keys", format!("{keys} in use, {revoked} revoked"));
    let mut leads = Lines::default();
    tx.all(
        "SELECT status, hold_rule, count(*) FROM lead WHERE status IN ('queued', 'held', 'calling', 'callback') \
         AND client_id = $1 GROUP BY status, hold_rule ORDER BY status, hold_rule",
        params![id],
        |r| {
            let (status, rule): (String, String) = (r.get(0)?, r.get(1)?);
            leads.add(format!("{status} {rule}").trim(), r.get::<i64>(2)?.to_string());
            Ok(())
        },
    )?;
    // Who writes about a client may name it by its key; by its id it is looked up anyway.
    view.detail.story = events::story(tx, &key, view.mask)?;
    view.section("Client", facts);
    view.section("Open leads", leads);
    view.section("Webhooks", paths);
    view.section("Settings", settings);
    Ok(())
}
