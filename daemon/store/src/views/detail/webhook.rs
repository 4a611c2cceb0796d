//! Reads a stored delivery, and its body for reading.

use super::{document, owner};
use crate::engine::packed::unpack;
use crate::params;
use crate::views::lists::{one, webhooks};
use crate::views::mask::Mask;
use crate::{Result, Tx};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::WebhookDetail;

/// Bytes of the body that are shown.
const BODY: usize = 16 * 1024;
/// Bytes of the answer that are shown.
const REPLY: usize = 4_096;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<WebhookDetail> {
    let row = one(tx, Noun::Webhook, id, |r| webhooks::row(r, mask))?;
    tx.one(
        "SELECT client_id, event_key, agent, applied_at, reply, body, size FROM webhook WHERE id = $1",
        params![id],
        |r| {
            let bytes = unpack(&r.get::<Vec<u8>>(5)?, r.get(6)?)?;
            Ok(WebhookDetail {
                row: row.clone(),
                client: owner(r.get(0)?),
                unique_key: mask.text(r.get(1)?),
                agent: r.get(2)?,
                applied_at: r.get(3)?,
                reply: document(mask, &r.get::<String>(4)?, REPLY),
                body: document(mask, &String::from_utf8_lossy(&bytes), BODY),
            })
        },
    )
}
