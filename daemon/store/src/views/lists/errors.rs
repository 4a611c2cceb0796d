//! Groups of errors: last seen first, unacknowledged before acknowledged.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, number, text, words, words_of};
use crate::views::concerned;
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row, Tx, Value};
use frontdesk_shared::FaultId;
use frontdesk_shared::fault::{FaultRow, Severity};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::Rows;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "fault f LEFT JOIN client k ON k.id = f.client_id",
    columns: "f.id, f.kind, f.service, COALESCE(k.key, ''), f.severity, f.message, f.count, f.first_at, f.last_at, \
        f.acked_by",
    client: "f.client_id",
    text: &["f.kind", "f.service", "f.message", "COALESCE(k.key, '')"],
    phones: &[],
    keys: &[
        Key { name: "severity", kind: Kind::Word("f.severity", words!(Severity)) },
        text("kind", "f.kind"),
        text("service", "f.service"),
        text("provider", "f.service"),
        CLIENT,
        text("message", "f.message"),
        Key {
            name: "acked",
            kind: Kind::Cases(&[("yes", "f.acked_at IS NOT NULL"), ("no", "f.acked_at IS NULL")]),
        },
        text("actor", "COALESCE(f.acked_by, '')"),
        id("id", "f.id"),
    ],
    only: "",
    segments: &[
        by("f.acked_at IS NULL", "f.last_at", "f.id", true),
        by("f.acked_at IS NOT NULL", "f.last_at", "f.id", true),
    ],
    id: "f.id",
    marks: Some("f.id"),
    sorts: &[
        words_of("how bad", "f.severity"),
        number("count", "f.count"),
        number("last", "f.last_at"),
        words_of("kind", "f.kind"),
        words_of("service", "f.service"),
        BY_CLIENT,
        number("first", "f.first_at"),
    ],
    read: |asked, tx, mask| {
        let (mut rows, ends) = asked.fetch(tx, |r| row(r, mask))?;
        name_people(tx, &mut rows)?;
        Ok((Rows::Errors(rows), ends))
    },
};

/// Says of each whom it was about the last time.
pub(in crate::views) fn name_people(tx: &mut Tx<'_>, rows: &mut [FaultRow]) -> Result<()> {
    let faults: Vec<Value<'_>> = rows.iter().map(|row| Value::from(row.id)).collect();
    let latest = "SELECT i.fault_id, i.subject, i.subject_id FROM fault_instance i WHERE i.fault_id = ANY($1) \
        AND i.id = (SELECT max(n.id) FROM fault_instance n WHERE n.fault_id = i.fault_id)";
    let latest: Vec<(FaultId, Option<Subject>)> = tx.many(latest, &faults, &[], |r| {
        let (kind, id): (String, String) = (r.get(1)?, r.get(2)?);
        Ok((r.get(0)?, Subject::openable(&kind, &id)))
    })?;
    let subjects: Vec<Subject> = latest.iter().filter_map(|(_, about)| about.clone()).collect();
    let mut people = concerned::people(tx, &subjects)?;
    for (fault, about) in latest {
        let person = about.and_then(|about| people.remove(&(about.kind, about.id)));
        if let (Some(person), Some(row)) = (person, rows.iter_mut().find(|row| row.id == fault)) {
            row.who = person.who;
        }
    }
    Ok(())
}

pub(in crate::views) fn row(r: &Row<'_>, mask: Mask) -> Result<FaultRow> {
    Ok(FaultRow {
        id: r.get(at(0))?,
        kind: r.get(at(1))?,
        service: r.get(at(2))?,
        client: r.get(at(3))?,
        severity: r.word(at(4), Severity::parse)?,
        message: mask.text(r.get(at(5))?),
        who: String::new(),
        count: r.get(at(6))?,
        first_at: r.get(at(7))?,
        last_at: r.get(at(8))?,
        acked_by: r.get(at(9))?,
    })
}
