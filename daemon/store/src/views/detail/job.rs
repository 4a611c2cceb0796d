//! A job: what it would do, how often it tried, and where it stands.

use super::{Lines, View};
use crate::params;
use crate::{Result, Tx};

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let (mut facts, mut payload) = (Lines::default(), Lines::default());
    let (title, client, lead, call) = tx.one(
        "SELECT j.kind, j.version, j.payload, COALESCE(k.key, ''), j.client_id, j.lead_id, j.call_id, j.about, \
         COALESCE(j.unique_key, ''), j.lane, j.priority, j.state, j.run_at, j.useful_until, j.attempt, j.max_attempts, \
         j.lease_node, j.lease_until, j.reason, j.created_at, j.updated_at FROM job j \
         LEFT JOIN client k ON k.id = j.client_id WHERE j.id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<String>(i);
            let state = match text(11)?.as_str() {
                "ready" if r.get::<frontdesk_shared::Millis>(12)? > view.now => "waiting".to_owned(),
                state => state.to_owned(),
            };
            facts
                .add("state", state.clone())
                .add("because", view.mask.text(text(18)?))
                .add("about", view.mask.text(text(7)?))
                .add("client", text(3)?)
                .add("not before", view.when(r.get(12)?))
                .add("not after", view.when_some(r.get(13)?))
                .add("tries", format!("{} of {}", r.get::<i64>(14)?, r.get::<i64>(15)?))
                .add("lane", format!("{}, priority {}", text(9)?, r.get::<i64>(10)?))
                .add("identity", view.mask.text(text(8)?))
                .add("made", view.when(r.get(19)?))
                .add("changed", view.when(r.get(20)?));
            if let Some(node) = r.get::<Option<i64>>(16)? {
                facts.add("claimed by", format!("daemon {node} until {}", view.when_some(r.get(17)?)));
            }
            payload.add("version", r.get::<i64>(1)?.to_string()).block(view.pretty(&text(2)?, 8_192));
            let title = format!("{} {state}", text(0)?);
            Ok((title, r.get::<i64>(4)?, r.get::<Option<i64>>(5)?, r.get::<Option<i64>>(6)?))
        },
    )?;
    view.detail.title = title;
    view.section("Job", facts);
    view.section("Payload", payload);
    view.related("lead", "lead", lead);
    view.related("call", "call", call);
    view.related("client", "client", (client != 0).then_some(client));
    Ok(())
}
