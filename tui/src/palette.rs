//! The palette: every command, action, list and client by name, also those not possible now,
//! with the reason. Made from the same tables as keys and help.

use crate::fuzzy;
use crate::keys::{BINDINGS, Command};
use crate::model::Model;
use crate::permit;
use crate::screens;
use frontdesk_shared::action::{ACTIONS, ActionSpec};
use frontdesk_shared::page::List;

/// What an entry does.
#[derive(Clone, Copy, Debug)]
pub enum Pick<'a> {
    /// A command of the console.
    Command(Command),
    /// An action on the house.
    Action(&'static ActionSpec),
    /// A list.
    List(List),
    /// Only this client's things, or everyone's.
    Client(Option<&'a str>),
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// By which it is found.
    pub name: String,
    /// Its key, if it has one.
    pub key: String,
    /// What it does.
    pub help: String,
    /// Why it is not possible now.
    pub disabled: Option<String>,
    /// What to do.
    pub pick: Pick<'a>,
}

/// The entries that fit what was typed, best first.
#[must_use]
pub fn entries<'a>(model: &'a Model, typed: &str) -> Vec<Entry<'a>> {
    let mut scored: Vec<(i32, Entry<'a>)> = all(model)
        .into_iter()
        .filter_map(|entry| {
            let score = fuzzy::score(typed, &entry.name)?;
            // What is possible comes before what is not.
            Some((score - if entry.disabled.is_some() { 2 } else { 0 }, entry))
        })
        .collect();
    if typed.is_empty() {
        return scored.into_iter().map(|(_, entry)| entry).collect();
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

fn all(model: &Model) -> Vec<Entry<'_>> {
    let place = model.place();
    let mut all = Vec::new();
    let mut actions: Vec<Entry<'_>> = ACTIONS
        .iter()
        .map(|spec| Entry {
            name: spec.label.to_owned(),
            key: spec.key.to_string(),
            help: spec.help.to_owned(),
            disabled: permit::wish(model, spec).err(),
            pick: Pick::Action(spec),
        })
        .collect();
    actions.sort_by_key(|entry| entry.disabled.is_some());
    all.extend(actions);
    all.extend(
        List::ALL.iter().map(|list| Entry {
            name: list.word().to_owned(),
            key: screens::TABS
                .iter()
                .position(|tab| tab == list)
                .map_or_else(String::new, |n| (n + 1).to_string()),
            help: format!("Go to {}.", screens::title(*list)),
            disabled: None,
            pick: Pick::List(*list),
        }),
    );
    let commands = BINDINGS.iter().filter(|b| place.has(b.scope) && !matches!(b.command, Command::Tab(_)));
    all.extend(commands.map(|binding| Entry {
        name: binding.label.to_owned(),
        key: binding.keys.first().map(ToString::to_string).unwrap_or_default(),
        help: binding.help.to_owned(),
        disabled: match binding.command {
            Command::Import => crate::update::import_refusal(model),
            Command::Why if permit::lead_at_hand(model).is_none() => Some("no lead is selected".to_owned()),
            _ => None,
        },
        pick: Pick::Command(binding.command),
    }));
    if model.client.is_some() {
        all.push(client("all clients".to_owned(), "Show everyone's again.".to_owned(), None));
    }
    for row in model.clients() {
        let help = format!("Show only what belongs to {}.", row.name);
        all.push(client(format!("client {}", row.key), help, Some(&row.key)));
    }
    all
}

fn client(name: String, help: String, key: Option<&str>) -> Entry<'_> {
    Entry { name, key: String::new(), help, disabled: None, pick: Pick::Client(key) }
}
