//! Reads a group of like errors, and the latest times they happened.

use super::{RELATED, owner};
use crate::params;
use crate::views::concerned;
use crate::views::lists::{errors, one};
use crate::views::mask::Mask;
use crate::{Result, Tx};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::{FaultDetail, Occurrence};
use frontdesk_shared::noun::Subject;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<FaultDetail> {
    let mut rows = [one(tx, Noun::Fault, id, |r| errors::row(r, mask))?];
    errors::name_people(tx, &mut rows)?;
    let [row] = rows;
    let mut occurrences: Vec<Occurrence> = tx.all(
        "SELECT at, message, subject, subject_id FROM fault_instance WHERE fault_id = $1 ORDER BY id DESC LIMIT $2",
        params![id, RELATED],
        |r| {
            let (kind, about): (String, String) = (r.get(2)?, r.get(3)?);
            Ok(Occurrence {
                at: r.get(0)?,
                message: mask.text(r.get(1)?),
                about: Subject::openable(&kind, &about),
                who: String::new(),
                lead: None,
            })
        },
    )?;
    let subjects: Vec<Subject> = occurrences.iter().filter_map(|time| time.about.clone()).collect();
    let people = concerned::people(tx, &subjects)?;
    for time in &mut occurrences {
        let person = time.about.as_ref().and_then(|about| people.get(&(about.kind, about.id.clone())));
        if let Some(person) = person {
            (time.who, time.lead) = (person.who.clone(), person.lead);
        }
    }
    tx.one("SELECT client_id, total, acked_at FROM fault WHERE id = $1", params![id], |r| {
        Ok(FaultDetail {
            row: row.clone(),
            client: owner(r.get(0)?),
            total: r.get(1)?,
            acked_at: r.get(2)?,
            occurrences: occurrences.clone(),
        })
    })
}
