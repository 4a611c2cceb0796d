//! The ledger of follow-ups, newest first: a row for each step that was planned for a person.

use super::{BY_CLIENT, CLIENT, Spec, at, by, id, link, number, text, words_of};
use crate::views::filter::{Key, Kind};
use crate::views::mask::Mask;
use crate::{Result, Row};
use frontdesk_domain::job::SendMessage;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::job::JobState;
use frontdesk_shared::page::Rows;
use frontdesk_shared::sequence::StepRow;

/// How the list is read.
pub(in crate::views) const SPEC: Spec = Spec {
    from: "job j LEFT JOIN client k ON k.id = j.client_id",
    columns: "j.id, COALESCE(k.key, ''), j.lead_id, j.about, j.payload, j.state, j.run_at, j.reason, j.created_at, \
        j.updated_at",
    client: "j.client_id",
    text: &["j.unique_key", "j.state", "j.reason", "COALESCE(k.key, '')"],
    phones: &["j.about"],
    keys: &[
        Key {
            name: "state",
            kind: Kind::Cases(&[
                ("ready", "j.state = 'ready'"),
                ("done", "j.state = 'done'"),
                ("cancelled", "j.state = 'cancelled'"),
                ("expired", "j.state = 'expired'"),
                ("dead", "j.state = 'dead'"),
                ("uncertain", "j.state = 'uncertain'"),
            ]),
        },
        Key {
            name: "sequence",
            kind: Kind::Cases(&[
                ("no-answer", "j.unique_key LIKE '%:follow-up.no-answer.%'"),
                ("voicemail", "j.unique_key LIKE '%:follow-up.voicemail.%'"),
                ("not-interested", "j.unique_key LIKE '%:follow-up.not-interested.%'"),
            ]),
        },
        CLIENT,
        Key { name: "name", kind: Kind::Private("j.about") },
        text("reason", "j.reason"),
        link("lead", "j.lead_id"),
        id("id", "j.id"),
    ],
    only: "j.unique_key LIKE 'follow-up:%'",
    segments: &[by("", "j.id", "0", true)],
    id: "j.id",
    marks: Some("j.id"),
    sorts: &[
        number("started", "j.id"),
        words_of("state", "j.state"),
        number("due", "j.run_at"),
        BY_CLIENT,
        number("changed", "j.updated_at"),
    ],
    read: |asked, tx, mask| asked.rows(tx, |r| row(r, mask), Rows::Sequences),
};

fn row(r: &Row<'_>, mask: Mask) -> Result<StepRow> {
    let wanted: Option<SendMessage> = serde_json::from_str(&r.get::<String>(at(4))?).ok();
    let (message, channel) = wanted.map_or((String::new(), Channel::Sms), |w| (w.message, w.channel));
    // `follow-up.no-answer.2`: the sequence, and the step of it.
    let of = message.strip_prefix("follow-up.").unwrap_or(&message);
    let (sequence, step) = of.rsplit_once('.').unwrap_or((of, ""));
    Ok(StepRow {
        id: r.get(at(0))?,
        client: r.get(at(1))?,
        lead: r.get(at(2))?,
        who: mask.text(r.get(at(3))?),
        sequence: sequence.to_owned(),
        step: step.parse().unwrap_or(0),
        channel,
        state: r.word(at(5), JobState::parse)?,
        due: r.get(at(6))?,
        why: mask.text(r.get(at(7))?),
        started_at: r.get(at(8))?,
        changed_at: r.get(at(9))?,
    })
}
