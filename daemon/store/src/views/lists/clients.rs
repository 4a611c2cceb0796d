//! Clients by key.

use super::{Segment, Spec, at, by, id, number, text, words, words_of};
use crate::Tx;
use crate::views::filter::{Key, Kind};
use crate::views::mask::{ROW_TEXT, clip};
use crate::{Result, Row};
use frontdesk_shared::ClientId;
use frontdesk_shared::client::{ClientRow, ClientStatus, Tier};
use frontdesk_shared::page::Rows;
use std::collections::HashMap;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "client k",
    columns: "k.id, k.key, k.name, k.status, k.tier, k.timezone, k.country, k.created_at",
    client: "k.id",
    text: &["k.key", "k.name", "k.industry"],
    phones: &[],
    keys: &[
        text("key", "k.key"),
        text("client", "k.key"),
        text("name", "k.name"),
        Key { name: "status", kind: Kind::Word("k.status", words!(ClientStatus)) },
        Key { name: "tier", kind: Kind::Word("k.tier", words!(Tier)) },
        text("country", "k.country"),
        text("zone", "k.timezone"),
        text("industry", "k.industry"),
        id("id", "k.id"),
    ],
    only: "",
    segments: &[Segment { text: true, ..by("", "k.key", "0", false) }],
    id: "k.id",
    marks: Some("k.key"),
    sorts: &[
        words_of("key", "k.key"),
        words_of("name", "lower(k.name)"),
        words_of("status", "k.status"),
        words_of("tier", "k.tier"),
        words_of("zone", "k.timezone"),
        words_of("country", "k.country"),
        number("created", "k.id"),
    ],
    read: |asked, tx, _| {
        let (clients, ends) = asked.fetch(tx, row)?;
        Ok((Rows::Clients(counted(tx, clients)?), ends))
    },
};

/// Without its counts, which are read once for the whole page.
pub(in crate::views) fn row(r: &Row<'_>) -> Result<ClientRow> {
    Ok(ClientRow {
        id: r.get(at(0))?,
        key: r.get(at(1))?,
        name: clip(r.get(at(2))?, ROW_TEXT),
        status: r.word(at(3), ClientStatus::parse)?,
        tier: r.word(at(4), Tier::parse)?,
        timezone: r.get(at(5))?,
        country: r.get(at(6))?,
        open_leads: 0,
        live_calls: 0,
        created_at: r.get(at(7))?,
    })
}

/// Fills in open leads and live calls: one pass over an index for all clients of a page.
pub(in crate::views) fn counted(tx: &mut Tx<'_>, mut clients: Vec<ClientRow>) -> Result<Vec<ClientRow>> {
    if clients.is_empty() {
        return Ok(clients);
    }
    let pair = |r: &Row<'_>| Ok((r.get::<ClientId>(0)?, r.get::<u64>(1)?));
    let open: HashMap<ClientId, u64> = tx
        .all(
            "SELECT client_id, count(*) FROM lead WHERE status IN ('queued', 'held', 'calling', 'callback') \
             GROUP BY client_id",
            &[],
            pair,
        )?
        .into_iter()
        .collect();
    let live: HashMap<ClientId, u64> = tx
        .all(
            // The sum keeps planners on the index of open calls.
            "SELECT client_id, count(*) FROM call WHERE status NOT IN ('ended', 'refused') \
             GROUP BY client_id + 0, client_id",
            &[],
            pair,
        )?
        .into_iter()
        .collect();
    for client in &mut clients {
        client.open_leads = open.get(&client.id).copied().unwrap_or(0);
        client.live_calls = live.get(&client.id).copied().unwrap_or(0);
    }
    Ok(clients)
}
