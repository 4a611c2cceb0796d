//! A test message from whichever door: planned as an action, then its result is awaited for a
//! moment, so that whoever asked reads the provider's words.

use crate::app::App;
use crate::flows::clients::Asker;
use crate::flows::operator::{self, Hand};
use frontdesk_shared::action::Action;
use frontdesk_shared::job::JobState;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::{JobId, MessageId};
use frontdesk_store::{Error, Result, jobs, messages};
use std::time::Duration;

/// How long somebody waits for a provider's answer at most; it is also told in the list of messages.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a test came to so far.
#[derive(Clone, Debug)]
pub(crate) struct Tested {
    /// The job that sends it.
    pub job: Option<JobId>,
    /// The message, once one was written.
    pub message: Option<(MessageId, MessageStatus)>,
    /// What there is to say about it: the provider's words, or what it waits for.
    pub words: String,
}

/// Plans a test and waits a moment for its result.
///
/// # Errors
/// As [`operator::act`].
pub(crate) async fn send(
    app: &App,
    action: Action,
    (actor, address): (String, String),
    (token, request): (Option<String>, String),
) -> Result<Tested> {
    let (ctx, asked) = (app.ctx.clone(), request.clone());
    let mut commits = app.store.commits();
    let (receipt, job) = app
        .store
        .write(move |tx| {
            let asker = Asker { actor: &actor, address: &address };
            let hand = Hand { asker, token: token.as_deref(), request: &asked };
            let receipt = operator::act(tx, &ctx, &action, hand)?;
            Ok((receipt, jobs::of_key(tx, &operator::test_key(&asked))?))
        })
        .await?;
    let mut tested = Tested { words: receipt.text, job, message: None };
    let Some(job) = job else { return Ok(tested) };
    let waiting = async {
        loop {
            commits.mark_unchanged();
            let (message, words, over) = result(app, job).await?;
            (tested.message, tested.words) = (message, words);
            if over || commits.changed().await.is_err() {
                return Ok::<(), Error>(());
            }
        }
    };
    // Out of patience it goes on all the same.
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or(Ok(()))?;
    Ok(tested)
}

type Known = (Option<(MessageId, MessageStatus)>, String, bool);

async fn result(app: &App, job: JobId) -> Result<Known> {
    app.store
        .read(move |tx| {
            let message = messages::of_job(tx, job)?;
            let job = jobs::by_id(tx, job)?;
            let (state, reason) = job.map_or((JobState::Done, String::new()), |job| (job.state, job.reason));
            let Some(message) = message else {
                let words = if reason.is_empty() { "it is under way".to_owned() } else { reason.clone() };
                // A reason without a message: it waits for something, or will never be sent.
                let over = !reason.is_empty() || state.is_final();
                return Ok((None, words, over));
            };
            let why = if message.why.is_empty() { String::new() } else { format!(": {}", message.why) };
            let words = format!("{} by {}{why}", message.status, message.provider);
            let over = message.status != MessageStatus::Sending;
            Ok((Some((message.id, message.status)), words, over))
        })
        .await
}
