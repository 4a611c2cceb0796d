//! A stored delivery: what became of it, and its body for reading.

use super::{Lines, View};
use crate::engine::packed::unpack;
use crate::params;
use crate::{Result, Tx};

/// Bytes of the body that are shown.
const BODY: usize = 16 * 1024;

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let (mut facts, mut body, mut reply) = (Lines::default(), Lines::default(), Lines::default());
    let (title, client, call) = tx.one(
        "SELECT w.provider, w.event_key, COALESCE(k.key, ''), w.client_id, w.call_id, w.kind, w.status, w.note, \
         COALESCE(d.deliveries, 1), w.body, w.reply, w.agent, w.received_at, w.applied_at, w.size FROM webhook w \
         LEFT JOIN client k ON k.id = w.client_id \
         LEFT JOIN webhook_key d ON d.event_key = w.event_key AND d.provider = w.provider WHERE w.id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<String>(i);
            let bytes = unpack(&r.get::<Vec<u8>>(9)?, r.get(14)?)?;
            facts
                .add("status", text(6)?)
                .add("note", view.mask.text(text(7)?))
                .add("provider", text(0)?)
                .add("kind", text(5)?)
                .add("client", text(2)?)
                .add("agent", text(11)?)
                .add("deliveries", r.get::<i64>(8)?.to_string())
                .add("received", view.when(r.get(12)?))
                .add("applied", view.when_some(r.get(13)?))
                .add("identity", view.mask.text(text(1)?))
                .add("size", format!("{} bytes", bytes.len()));
            body.block(view.pretty(&String::from_utf8_lossy(&bytes), BODY));
            reply.block(view.pretty(&text(10)?, 4_096));
            let title = format!("{} {} {}", text(0)?, text(5)?, text(6)?);
            Ok((title, r.get::<i64>(3)?, r.get::<Option<i64>>(4)?))
        },
    )?;
    view.detail.title = title;
    view.section("Webhook", facts);
    view.section("Answer given", reply);
    view.section("Body", body);
    view.related("call", "call", call);
    view.related("client", "client", (client != 0).then_some(client));
    Ok(())
}
