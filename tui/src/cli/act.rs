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
    if act.dry_run {
        if desk.json {
            desk.out.json(&preview)?;
        } else {
            for line in &preview.lines {
                desk.out.line(&crate::text::clean(line))?;
            }
        }
        return match preview.refused {
            Some(reason) => Err(Failure::failed(format!("{}: {reason}", action.spec().label))),
            None => Ok(()),
        };
    }
    if let Some(reason) = preview.refused {
        return Err(Failure::failed(format!("{}: {reason}", action.spec().label)));
    }
    let request_id = format!("cli-{:016x}", clock::entropy());
    let receipt = answer(client.act(context(PATIENCE), action, preview.token, request_id).await)?;
    if desk.json {
        return Ok(desk.out.json(&receipt)?);
    }
    Ok(desk.out.line(&crate::text::clean(&receipt.text))?)
}
