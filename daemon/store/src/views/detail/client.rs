//! Reads a client: who it is, how it is set up, and what is open for it.

use super::document;
use crate::params;
use crate::views::lists::{clients, one};
use crate::views::mask::Mask;
use crate::{Result, Tx};
use frontdesk_shared::Noun;
use frontdesk_shared::detail::{ClientDetail, OpenLeads};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::page::Pause;
use frontdesk_shared::sequence::SequenceCount;

/// Bytes of the settings that are shown.
const SETTINGS: usize = 16_384;

pub(super) fn read(tx: &mut Tx<'_>, id: i64, mask: Mask) -> Result<ClientDetail> {
    let row = one(tx, Noun::Client, id, clients::row)?;
    let row = clients::counted(tx, vec![row])?.pop().ok_or(crate::Error::NoRow)?;
    let (keys, keys_revoked): (u64, u64) = tx.one(
        "SELECT count(*) FILTER (WHERE revoked_at IS NULL), count(*) FILTER (WHERE revoked_at IS NOT NULL) \
         FROM api_key WHERE client_id = $1",
        params![id],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let open_leads = tx.all(
        "SELECT status, hold_rule, count(*) FROM lead WHERE status IN ('queued', 'held', 'calling', 'callback') \
         AND client_id = $1 GROUP BY status, hold_rule ORDER BY status, hold_rule",
        params![id],
        |r| {
            Ok(OpenLeads {
                status: r.word(0, LeadStatus::parse)?,
                hold_rule: r.get(1)?,
                count: r.get(2)?,
            })
        },
    )?;
    let sequences = sequences(tx, id)?;
    let pause = pause(tx, &row)?;
    tx.one(
        "SELECT email, phone, industry, services, currency, value_minor, agent, updated_at, settings FROM client \
         WHERE id = $1",
        params![id],
        |r| {
            Ok(ClientDetail {
                row: row.clone(),
                pause: pause.clone(),
                email: r.get(0)?,
                phone: mask.phone(r.get(1)?),
                industry: r.get(2)?,
                services: r.json(3).unwrap_or_default(),
                currency: r.get(4)?,
                value_minor: r.get(5)?,
                agent: r.get(6)?,
                updated_at: r.get(7)?,
                keys,
                keys_revoked,
                open_leads: open_leads.clone(),
                sequences: sequences.clone(),
                settings: document(mask, &without_secrets(&r.get::<String>(8)?), SETTINGS),
            })
        },
    )
}

/// A silence is one sequence, however many of its steps were planned.
fn sequences(tx: &mut Tx<'_>, client: i64) -> Result<Vec<SequenceCount>> {
    tx.all(
        "SELECT name, count(DISTINCT lead_id), sum(waits) FROM (SELECT lead_id, \
           CASE WHEN unique_key LIKE '%:follow-up.no-answer.%' THEN 'no-answer' \
                WHEN unique_key LIKE '%:follow-up.voicemail.%' THEN 'voicemail' \
                ELSE 'not-interested' END AS name, \
           CASE WHEN state = 'ready' THEN 1 ELSE 0 END AS waits \
         FROM job j WHERE j.unique_key LIKE 'follow-up:%' AND j.client_id = $1) AS steps \
         GROUP BY name ORDER BY name",
        params![client],
        |r| Ok(SequenceCount { sequence: r.get(0)?, begun: r.get(1)?, waiting: r.get(2)? }),
    )
}

/// Settings without what opens an account. What cannot be read is not shown.
fn without_secrets(stored: &str) -> String {
    let settings = serde_json::from_str(stored).unwrap_or_default();
    frontdesk_domain::sending::shown(&settings).to_string()
}

fn pause(tx: &mut Tx<'_>, row: &frontdesk_shared::client::ClientRow) -> Result<Option<Pause>> {
    let reason: Option<String> =
        tx.one("SELECT paused_reason FROM client WHERE id = $1", params![row.id], |r| r.get(0))?;
    reason.map(|reason| crate::meta::pause(tx, row.id, Some(&row.key), reason)).transpose()
}
