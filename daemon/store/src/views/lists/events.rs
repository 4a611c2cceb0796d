//! Events, newest first.

use super::{CLIENT, KEYS, Spec, by, link, text};
use crate::views::events;
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "event e LEFT JOIN client k ON k.id = e.client_id",
    columns: events::COLUMNS,
    client: "e.client_id",
    text: &["e.kind", "e.text", "e.actor", "e.subject_id", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        text("kind", "e.kind"),
        CLIENT,
        text("subject", "e.subject"),
        text("actor", "e.actor"),
        text("id", "e.subject_id"),
        link("lead", "e.lead_id"),
    ],
    only: "",
    segments: &[by("", "e.seq", "0", true)],
    id: "e.seq",
    marks: None,
    sorts: &[],
    read: |asked, tx, mask| asked.rows(tx, |r| events::row(r, KEYS, mask), Rows::Events),
};

/// Nothing above the feed's head is listed, so that the two meet without a gap or an overlap.
pub(in crate::views) const POSTGRES: Spec = Spec {
    only: "e.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    segments: &[by("", "e.tx", "e.seq", true)],
    ..SPEC
};
