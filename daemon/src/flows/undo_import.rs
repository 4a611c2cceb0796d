//! An import that was a mistake: what it brought is closed as far as nobody has been contacted, a
//! page at a time, so that a large file holds nothing up and a stop loses nothing.
//!
//! Opt-outs and refusals it brought stay, and so does everybody who was contacted since. Must not
//! live here: taking files in (`flows::imports`).

use super::clients::{Asker, audited};
use super::operator::Described;
use super::{Ctx, planning};
use frontdesk_domain::job::UndoImport;
use frontdesk_shared::import::ImportStatus;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{JobId, LeadId};
use frontdesk_store::imports::{self, Brought, Import};
use frontdesk_store::jobs::{self, NewJob};
use frontdesk_store::leads::{self, Lead};
use frontdesk_store::{Refusal, Result, Tx};

/// Leads of a file up to which each tells its own story.
const FEW: u64 = 20;

/// What undoing an import would do, and why it would not.
///
/// # Errors
/// As the statements fail.
pub fn shown(tx: &mut Tx<'_>, import: &Import) -> Result<Described> {
    let label = &import.spec.label;
    let refused = match import.status {
        _ if import.spec.dry_run => Some("it was a dry run: it brought nothing".to_owned()),
        ImportStatus::Receiving | ImportStatus::Running => {
            Some("it is still being read: undo it when it is done".to_owned())
        }
        ImportStatus::Undoing => Some("it is being undone".to_owned()),
        ImportStatus::Undone => Some("it is undone already".to_owned()),
        ImportStatus::Done | ImportStatus::Failed => None,
    };
    // While somebody reads, the first of them may be called: that is no other undoing.
    let facts = vec![import.id.to_string(), import.status.to_string()];
    if refused.is_some() {
        return Ok(Described { lines: vec![format!("“{label}” stays as it is.")], refused, facts });
    }
    let brought = imports::brought(tx, import)?;
    let mut lines = vec![
        format!("“{label}” of client {} is undone:", import.spec.client),
        format!("{} leads are closed and their planned calls taken back.", brought.untouched - brought.known),
        "A corrected file may bring them again: they do not count as known.".to_owned(),
    ];
    if brought.known > 0 {
        lines.push(format!(
            "{} people who were leads before lose what this file brought them: consents and planned calls.",
            brought.known
        ));
    }
    lines.push(staying(&brought));
    Ok(Described { lines, refused: None, facts })
}

fn staying(brought: &Brought) -> String {
    format!(
        "{} who were contacted since stay as they are, and so do {} opt-outs and all refusals it brought.",
        brought.contacted, brought.opted_out
    )
}

/// Begins to undo an import; what was begun, in words.
///
/// # Errors
/// `conflict` when it cannot be undone.
pub fn begin(tx: &mut Tx<'_>, ctx: &Ctx, import: &Import, actor: &str) -> Result<String> {
    let described = shown(tx, import)?;
    if let Some(why) = described.refused {
        return Err(Refusal::conflict(why).into());
    }
    let brought = imports::brought(tx, import)?;
    let arguments = UndoImport { import: import.id, by: actor.to_owned() };
    let job = NewJob {
        dedupe: Some(format!("undo:{}", import.id)),
        ..NewJob::of(JobId(ctx.env.id()), &arguments, import.client, import.spec.label.clone(), ctx.now())
    };
    jobs::enqueue(tx, &job, ctx.now())?;
    let text = format!("being undone by {actor}: {} leads are closed", brought.untouched);
    stand(tx, ctx, import, ImportStatus::Undoing, &text, actor)?;
    Ok(format!("“{}” is being undone: {} leads are closed", import.spec.label, brought.untouched))
}

/// The same for a client or an administrator over HTTP, with an entry in the audit.
///
/// # Errors
/// As [`begin`].
pub fn asked(tx: &mut Tx<'_>, ctx: &Ctx, import: &Import, asker: Asker<'_>) -> Result<String> {
    let text = begin(tx, ctx, import, asker.actor)?;
    audited(tx, ctx, asker, "undo_import", &import.id.to_string(), import.client, &text)?;
    Ok(text)
}

fn stand(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    import: &Import,
    status: ImportStatus,
    note: &str,
    actor: &str,
) -> Result<()> {
    let now = ctx.now();
    let import = Import { status, note: note.to_owned(), updated_at: now, ..import.clone() };
    imports::update(tx, &import)?;
    super::imports::tell(tx, ctx, &Import { actor: actor.to_owned(), ..import })
}

/// Closes the next leads behind one; the last that was looked at, `None` at the end.
///
/// # Errors
/// As the statements fail.
pub fn page(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    told: &UndoImport,
    after: LeadId,
    most: i64,
) -> Result<Option<LeadId>> {
    let (now, import) = (ctx.now(), imports::need(tx, told.import)?);
    let found = leads::of_import(tx, import.id, after, most)?;
    let Some(last) = found.last().map(|lead| lead.id) else { return Ok(None) };
    let why = format!("the import of “{}” was undone by {}", import.spec.label, told.by);
    let mut closed: Vec<Lead> = found.into_iter().filter(|lead| is_untouched(lead, &import)).collect();
    let ids: Vec<LeadId> = closed.iter().map(|lead| lead.id).collect();
    jobs::cancel_contacts(tx, &ids, &why, now)?;
    leads::void_consents(tx, &ids, &import, now)?;
    for lead in &mut closed {
        let was_known = lead.created_at < import.created_at;
        if was_known && lead.last_contact_at.is_none() {
            lead.is_held_without_import(&why);
        } else {
            lead.is_closed_with_import(&why);
        }
        lead.updated_at = now;
    }
    leads::update_all(tx, &closed)?;
    if import.counts.rows <= FEW {
        for lead in &closed {
            planning::tell_status(tx, ctx, lead, &told.by, &why)?;
        }
    }
    super::imports::tell(tx, ctx, &import)?;
    Ok(Some(last))
}

/// Nobody was contacted since the file came, and nothing is under way.
fn is_untouched(lead: &Lead, import: &Import) -> bool {
    matches!(lead.status, LeadStatus::Queued | LeadStatus::Held)
        && !lead.is_undone()
        && lead.last_contact_at.is_none_or(|at| at < import.created_at)
}

/// The end of it; what was undone, in words.
///
/// # Errors
/// As the statements fail.
pub fn finish(tx: &mut Tx<'_>, ctx: &Ctx, told: &UndoImport) -> Result<String> {
    let import = imports::need(tx, told.import)?;
    let brought = imports::brought(tx, &import)?;
    let text = format!(
        "undone by {}: {} leads closed, {} consents taken back. {}",
        told.by,
        brought.undone,
        brought.voided,
        staying(&brought)
    );
    if import.status == ImportStatus::Undoing {
        stand(tx, ctx, &import, ImportStatus::Undone, &text, &told.by)?;
    }
    Ok(text)
}
