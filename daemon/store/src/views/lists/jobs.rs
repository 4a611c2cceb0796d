//! Jobs: what needs a person first, then by due time.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_shared::job::{JobRow, JobState};
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "job j LEFT JOIN client k ON k.id = j.client_id",
    columns: "j.id, j.kind, COALESCE(k.key, ''), j.lead_id, j.about, j.state, j.priority, j.run_at, j.useful_until, \
        j.attempt, j.max_attempts, j.reason, j.created_at, j.updated_at",
    client: "j.client_id",
    text: &["j.kind", "j.reason", "COALESCE(k.key, '')"],
    phones: &["j.about", "COALESCE((SELECT l.identity FROM lead l WHERE l.id = j.lead_id), '')"],
    keys: &[
        Key {
            name: "state",
            kind: Kind::Cases(&[
                ("uncertain", "j.state = 'uncertain'"),
                ("dead", "j.state = 'dead'"),
                ("running", "j.state = 'running'"),
                ("due", "j.state = 'ready' AND j.run_at <= {base}"),
                ("waiting", "j.state = 'ready' AND j.run_at > {base}"),
                ("ready", "j.state = 'ready'"),
                ("expired", "j.state = 'expired'"),
                ("cancelled", "j.state = 'cancelled'"),
                ("done", "j.state = 'done'"),
            ]),
        },
        text("kind", "j.kind"),
        CLIENT,
        Key { name: "about", kind: Kind::Private("j.about") },
        text("reason", "j.reason"),
        text("lane", "j.lane"),
        link("lead", "j.lead_id"),
        link("import", "(SELECT l.import_id FROM lead l WHERE l.id = j.lead_id)"),
        link("call", "j.call_id"),
        id("id", "j.id"),
    ],
    only: "",
    segments: &[
        by("j.state = 'uncertain'", "j.run_at", "j.id", false),
        by("j.state = 'dead'", "j.run_at", "j.id", true),
        by("j.state = 'running'", "j.run_at", "j.id", false),
        by("j.state = 'ready'", "j.run_at", "j.id", false),
        by("j.state = 'expired'", "j.run_at", "j.id", true),
        by("j.state = 'cancelled'", "j.run_at", "j.id", true),
        by("j.state = 'done'", "j.run_at", "j.id", true),
    ],
    id: "j.id",
    marks: Some("j.id"),
    sorts: &[
        words_of("state", "j.state"),
        number("due", "j.run_at"),
        words_of("job", "j.kind"),
        number("tries", "j.attempt"),
        BY_CLIENT,
        number("changed", "j.updated_at"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Jobs),
};

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<JobRow> {
    Ok(JobRow {
        id: r.get(at(0))?,
        kind: r.get(at(1))?,
        client: r.get(at(2))?,
        lead: r.get(at(3))?,
        about: mask.text(r.get(at(4))?),
        state: r.word(at(5), JobState::parse)?,
        priority: r.get(at(6))?,
        run_at: r.get(at(7))?,
        useful_until: r.get(at(8))?,
        attempt: r.get(at(9))?,
        max_attempts: r.get(at(10))?,
        reason: mask.text(r.get(at(11))?),
        created_at: r.get(at(12))?,
        updated_at: r.get(at(13))?,
    })
}
