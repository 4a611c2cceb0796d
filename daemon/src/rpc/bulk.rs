//! One action on many things: a summary of what would happen first, then each in a transaction
//! of its own, so that one that cannot be done leaves the others alone.
//!
//! Each has a request id of its own, made from the confirmation's: whoever repeats the request
//! goes on where it broke off.

use crate::app::App;
use crate::flows::clients::Asker;
use crate::flows::operator::{self, Hand};
use frontdesk_shared::action::{Action, Preview, Receipt};
use frontdesk_shared::page::MOST_MARKED;
use frontdesk_store::{Error, Refusal, Result};
use std::collections::BTreeMap;

/// Things looked at in one reading, so that no reading lasts.
const AT_ONCE: usize = 100;
/// Lines and reasons named; the rest is counted.
const NAMED: usize = 6;

/// What would happen, counted.
pub(super) async fn preview(app: &App, actions: Vec<Action>) -> Result<Preview> {
    sound(&actions)?;
    let (token, total) = (token(&actions), actions.len());
    let mut possible = 0;
    let (mut lines, mut reasons) = (Tally::default(), Tally::default());
    for part in actions.chunks(AT_ONCE) {
        let (ctx, part) = (app.ctx.clone(), part.to_vec());
        let seen = app.store.read(move |tx| {
            let mut seen = Vec::new();
            for action in &part {
                seen.push(one(operator::preview(tx, &ctx, action))?);
            }
            Ok(seen)
        });
        for seen in seen.await? {
            match seen {
                Ok(Preview { refused: None, lines: told, .. }) => {
                    possible += 1;
                    told.into_iter().for_each(|line| lines.add(line));
                }
                Ok(Preview { refused: Some(why), .. }) | Err(why) => reasons.add(why),
            }
        }
    }
    let label = actions.first().map_or("", |action| action.spec().label);
    let mut shown = vec![format!("{label}: {possible} of {total}.")];
    shown.extend(lines.lines());
    if possible < total {
        shown.push(format!("{} cannot be done:", total - possible));
        shown.extend(reasons.lines());
    }
    let refused = (possible == 0).then(|| reasons.most().unwrap_or("nothing can be done").to_owned());
    Ok(Preview { lines: shown, count: possible as u64, refused, token })
}

/// Does what can be done at this moment; says how much that was.
pub(super) async fn act(
    app: &App,
    actions: Vec<Action>,
    actor: &str,
    shown: &str,
    request: &str,
) -> Result<Receipt> {
    sound(&actions)?;
    if token(&actions) != shown {
        return Err(Refusal::conflict("these are not the things you looked at").into());
    }
    let label = actions.first().map_or("", |action| action.spec().label);
    let (mut done, mut reasons) = (0, Tally::default());
    for (n, action) in actions.into_iter().enumerate() {
        let (ctx, actor, request) = (app.ctx.clone(), actor.to_owned(), format!("{request}.{n}"));
        let written = app.store.write(move |tx| {
            let asker = Asker { actor: &actor, address: "" };
            operator::act(tx, &ctx, &action, Hand { asker, token: None, request: &request })
        });
        match one(written.await)? {
            Ok(_) => done += 1,
            Err(why) => reasons.add(why),
        }
    }
    let mut text = format!("{label}: {done} done");
    if let Some(why) = reasons.most() {
        text.push_str(&format!(", {} not, most because: {why}", reasons.total));
    }
    Ok(Receipt { text })
}

/// A refusal of one thing is an answer; a store that fails is not.
fn one<T>(result: Result<T>) -> Result<std::result::Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Refused(refusal)) => Ok(Err(refusal.text)),
        Err(Error::NoRow) => Ok(Err("it is gone".to_owned())),
        Err(Error::Conflict(_)) => Ok(Err("it changed meanwhile".to_owned())),
        Err(e) => Err(e),
    }
}

/// One kind of action, on things.
fn sound(actions: &[Action]) -> Result<()> {
    let refuse = |text: String| Err(Refusal::invalid("actions", text).into());
    let Some(first) = actions.first() else { return refuse("there is nothing to act on".to_owned()) };
    if actions.len() as u64 > MOST_MARKED {
        return refuse(format!("at most {MOST_MARKED} at once"));
    }
    let alike = |a: &Action| a.name() == first.name() && !matches!(a, Action::Many { .. });
    if matches!(first, Action::WithdrawOptOut { .. }) {
        return refuse("opt-outs are withdrawn one by one, each for its own reason".to_owned());
    }
    if !actions.iter().all(alike) {
        return refuse("all must be the same action".to_owned());
    }
    Ok(())
}

/// Binds a confirmation to the things that were shown.
fn token(actions: &[Action]) -> String {
    let shown = serde_json::to_string(actions).unwrap_or_default();
    blake3::hash(shown.as_bytes()).to_hex()[..16].to_owned()
}

/// Sentences and how often each was said.
#[derive(Default)]
struct Tally {
    said: BTreeMap<String, usize>,
    total: usize,
}

impl Tally {
    fn add(&mut self, text: String) {
        *self.said.entry(text).or_default() += 1;
        self.total += 1;
    }

    fn sorted(&self) -> Vec<(&str, usize)> {
        let mut all: Vec<_> = self.said.iter().map(|(text, n)| (text.as_str(), *n)).collect();
        all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        all
    }

    fn most(&self) -> Option<&str> {
        self.sorted().first().map(|(text, _)| *text)
    }

    fn lines(&self) -> Vec<String> {
        let all = self.sorted();
        let mut lines: Vec<String> =
            all.iter().take(NAMED).map(|(text, n)| format!("{n} × {text}")).collect();
        if all.len() > NAMED {
            lines.push(format!("and {} other lines", all.len() - NAMED));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_kind_of_action_is_done_to_many_things() {
        let retry = |n: usize| Action::RetryJob { job: n.to_string() };
        assert!(sound(&[]).is_err());
        assert!(sound(&[retry(1), retry(2)]).is_ok());
        assert!(sound(&[retry(1), Action::CancelJob { job: "2".into() }]).is_err());
        assert!(sound(&[Action::Many { actions: vec![retry(1)] }]).is_err());
        let many: Vec<Action> = (0..=10_000).map(retry).collect();
        assert!(sound(&many).is_err());
        assert_ne!(token(&many[..2]), token(&many[..3]));
    }

    #[test]
    fn what_is_said_most_comes_first() {
        let mut tally = Tally::default();
        for text in ["b", "a", "b"] {
            tally.add(text.to_owned());
        }
        assert_eq!(tally.lines(), ["2 × b", "1 × a"]);
    }
}
