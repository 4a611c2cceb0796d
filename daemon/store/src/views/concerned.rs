//! Whom something is about: the person behind a lead, message, appointment, call or job.
//!
//! Only reads. Names, never numbers.

use crate::{Result, Tx, Value};
use frontdesk_shared::id::encode;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::{LeadId, Noun};
use std::collections::HashMap;

/// A person, as far as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// Their lead.
    pub(super) lead: Option<LeadId>,
    /// Their name; empty where none is known.
    pub(super) who: String,
}

/// The people behind subjects, by noun and id; a statement for each noun.
pub(super) fn people(tx: &mut Tx<'_>, subjects: &[Subject]) -> Result<HashMap<(Noun, String), Person>> {
    let mut found = HashMap::new();
    let statements = [
        (Noun::Lead, "SELECT id, id, name FROM lead WHERE id = ANY($1)"),
        (Noun::Message, "SELECT id, lead_id, who FROM message WHERE id = ANY($1)"),
        (Noun::Appointment, "SELECT id, lead_id, who FROM appointment WHERE id = ANY($1)"),
        (Noun::Call, "SELECT id, lead_id, who FROM call WHERE id = ANY($1)"),
        (Noun::Job, "SELECT id, lead_id, about FROM job WHERE id = ANY($1)"),
    ];
    for (noun, sql) in statements {
        let of_noun = subjects.iter().filter(|subject| subject.kind == noun);
        let mut ids: Vec<i64> = of_noun.filter_map(|s| s.id.parse::<LeadId>().ok()).map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let ids: Vec<Value<'_>> = ids.into_iter().map(Value::from).collect();
        let read = tx.many(sql, &ids, &[], |r| {
            let id: i64 = r.get(0)?;
            Ok(((noun, encode(id)), Person { lead: r.get(1)?, who: r.get(2)? }))
        });
        found.extend(read?);
    }
    Ok(found)
}
