//! Pausing and resuming: of the whole installation or of one client, with who, when and why.

use super::{Described, Target};
use crate::flows::clients::{self as client_flow, Asker};
use crate::flows::{Ctx, holds};
use frontdesk_shared::event::kind;
use frontdesk_shared::{ClientId, Noun};
use frontdesk_store::clients::HOUSE;
use frontdesk_store::{Result, Tx, meta};

/// Whose dialing is meant, so that nobody takes one for the other.
pub(super) fn scope(target: &Target) -> String {
    match target {
        Target::Client(client) => format!("the client {} ({}) only", client.key, client.name),
        _ => "the whole installation, all clients".into(),
    }
}

/// What resuming would do, and why it would do nothing.
pub(super) fn resume_shown(tx: &mut Tx<'_>, ctx: &Ctx, target: &Target) -> Result<Described> {
    let whole = meta::get(tx, meta::DIALING_PAUSED)?;
    let (id, key, reason) = match target {
        Target::Client(client) => (client.id, Some(client.key.as_str()), client.paused_reason.clone()),
        _ => (HOUSE, None, whole.clone()),
    };
    let mut lines = vec![format!("Calls, texts and emails for {} go out again.", scope(target))];
    let client = if let Target::Client(client) = target { Some(&**client) } else { None };
    let mut facts = lines.clone();
    for (line, fact) in holds::liftable(tx, ctx, client)? {
        lines.push(line);
        facts.push(fact);
    }
    let Some(reason) = reason else {
        let refused = (lines.len() == 1).then(|| format!("dialing for {} is not paused", scope(target)));
        return Ok(Described { lines, refused, facts });
    };
    let pause = meta::pause(tx, id, key, reason)?;
    let by = if pause.by.is_empty() { String::new() } else { format!(" by {}", pause.by) };
    let at = pause.at.map(|at| format!(" at {}", at.iso())).unwrap_or_default();
    let paused = format!("It was paused{by}{at}: {}", pause.reason);
    facts.push(paused.clone());
    lines.push(paused);
    if key.is_some() && whole.is_some() {
        lines.push(
            "The whole installation is paused as well: nothing goes out before that is resumed.".into(),
        );
    }
    Ok(Described { lines, refused: None, facts })
}

/// Pauses for a reason, or resumes without one.
pub(super) fn pause(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    target: Target,
    reason: Option<&String>,
    asker: Asker<'_>,
) -> Result<(String, ClientId)> {
    let what = if reason.is_some() { "paused" } else { "resumed" };
    let why = reason.map_or_else(String::new, |r| format!(": {r}"));
    let text = format!("dialing {what} for {}{why}", scope(&target));
    let noted = reason.map(|_| (asker.actor, ctx.now()));
    if let Target::Client(client) = target {
        if reason.is_none() {
            holds::lift_own(tx, ctx, &client, &client)?;
        }
        client_flow::pause(tx, ctx, &client.key, reason.map(String::as_str), asker.actor)?;
        meta::note_pause(tx, client.id, noted)?;
        return Ok((text, client.id));
    }
    if reason.is_none() {
        holds::lift_all(tx, ctx)?;
    }
    meta::set(tx, meta::DIALING_PAUSED, reason.map(String::as_str))?;
    meta::note_pause(tx, HOUSE, noted)?;
    ctx.event(
        tx,
        kind::HOUSE_CHANGED,
        HOUSE,
        None,
        (Noun::Daemon.word(), ""),
        asker.actor,
        &text,
        serde_json::json!({ "paused": reason }),
    )?;
    Ok((text, HOUSE))
}
