//! A group of like errors, and the latest times they happened.

use super::{Lines, RELATED, View};
use crate::params;
use crate::{Result, Tx};
use frontdesk_shared::page::Subject;

/// What an error can be about that can be opened.
const OPENABLE: &[&str] = &["lead", "call", "job", "webhook", "import", "appointment", "client"];

pub(super) fn view(tx: &mut Tx<'_>, id: i64, view: &mut View) -> Result<()> {
    let mut facts = Lines::default();
    let (title, client) = tx.one(
        "SELECT f.kind, f.service, COALESCE(k.key, ''), f.client_id, f.severity, f.message, f.count, f.total, \
         f.first_at, f.last_at, f.acked_at, COALESCE(f.acked_by, '') FROM fault f \
         LEFT JOIN client k ON k.id = f.client_id WHERE f.id = $1",
        params![id],
        |r| {
            let text = |i: usize| r.get::<String>(i);
            facts
                .add("message", view.mask.text(text(5)?))
                .add("severity", text(4)?)
                .add("service", text(1)?)
                .add("client", text(2)?)
                .add("happened", format!("{} times, {} ever", r.get::<i64>(6)?, r.get::<i64>(7)?))
                .add("first", view.when(r.get(8)?))
                .add("last", view.when(r.get(9)?));
            if let Some(at) = r.get(10)? {
                facts.add("acknowledged", format!("{} by {}", view.when(at), text(11)?));
            }
            Ok((format!("{}: {}", text(4)?, text(0)?), r.get::<i64>(3)?))
        },
    )?;
    view.detail.title = title;
    view.section("Error", facts);
    let mut lines = Lines::default();
    let mut related: Vec<Subject> = Vec::new();
    tx.all(
        "SELECT at, message, subject, subject_id FROM fault_instance WHERE fault_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            let (kind, about): (String, String) = (r.get(2)?, r.get(3)?);
            lines.add(view.when(r.get(0)?), view.mask.text(r.get(1)?));
            let subject = Subject { kind, id: about };
            if OPENABLE.contains(&subject.kind.as_str()) && !related.contains(&subject) {
                related.push(subject);
            }
            Ok(())
        },
    )?;
    view.section("Latest times", lines);
    view.detail.related.extend(related.into_iter().map(|subject| (subject.kind.clone(), subject)));
    view.related("client", "client", (client != 0).then_some(client));
    Ok(())
}
