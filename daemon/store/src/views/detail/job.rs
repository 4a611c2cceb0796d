//! Reads a job, and what it was told.

use super::{document, owner};
use crate::params;
use crate::views::lists::{jobs, one};
use crate::views::mask::Mask;
use crate::{Result, Tx};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::JobDetail;

/// Bytes of the payload that are shown.
const PAYLOAD: usize = 8_192;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<JobDetail> {
    let row = one(tx, Noun::Job, id, |r| jobs::row(r, mask))?;
    tx.one(
        "SELECT client_id, call_id, lane, COALESCE(unique_key, ''), lease_node, lease_until, version, payload \
         FROM job WHERE id = $1",
        params![id],
        |r| {
            let node: Option<i64> = r.get(4)?;
            let until = r.get(5)?;
            Ok(JobDetail {
                row: row.clone(),
                client: owner(r.get(0)?),
                call: r.get(1)?,
                queue: r.get(2)?,
                unique_key: mask.text(r.get(3)?),
                lease: node.map(|node| (node, until)),
                version: r.get(6)?,
                payload: document(mask, &r.get::<String>(7)?, PAYLOAD),
            })
        },
    )
}
