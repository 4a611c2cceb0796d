//! Actions: previewed first, so that a refusal says why; then done once.

use super::args::Act;
use super::list::PATIENCE;
use super::{Desk, Failure, Outcome, answer};
use crate::clock;
use crate::link::context;
use frontdesk_shared::action::Action;

/// Does an action, or prints what it would do.
pub(super) async fn run(desk: &mut Desk, action: Action, act: Act) -> Outcome {
    let connection = desk.connect().await?;
    let client = &connection.client;
    let preview = answer(client.preview(context(PATIENCE), action.clone()).await)?;
    if let Some(reason) = preview.refused {
        // What would have happened is no promise, so it is not told.
        return Err(Failure::refused(format!("{}: {reason}", action.spec().label)));
    }
    if act.dry_run {
        if desk.json {
            return Ok(desk.out.json(&preview)?);
        }
        for line in &preview.lines {
            desk.out.line(&crate::text::clean(line))?;
        }
        return Ok(());
    }
    let request_id = format!("cli-{:016x}", clock::entropy());
    let receipt = answer(client.act(context(PATIENCE), action, preview.token, request_id).await)?;
    if desk.json {
        return Ok(desk.out.json(&receipt)?);
    }
    Ok(desk.out.line(&crate::text::clean(&receipt.text))?)
}
