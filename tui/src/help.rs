//! The help: made from the tables of keys and actions, what works here first.

use crate::keys::{self, BINDINGS, Place, Scope};
use crate::screens;
use frontdesk_shared::action::{ACTIONS, ActionSpec, Danger};

/// One line of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// A heading.
    Heading(String),
    /// Keys and what they do.
    Keys(String, String),
}

/// The lines that contain what was typed.
#[must_use]
pub fn lines(place: Place, typed: &str) -> Vec<HelpLine> {
    let mut out = Vec::new();
    let here = keys::actions(place).map(|spec| action(spec, false)).collect();
    section(&mut out, "Actions here", here, typed);
    let special = BINDINGS.iter().filter(|b| b.scope != Scope::Any && place.has(b.scope));
    section(&mut out, "Here", special.map(binding).collect(), typed);
    let anywhere = BINDINGS.iter().filter(|b| b.scope == Scope::Any);
    section(&mut out, "Everywhere", anywhere.map(binding).collect(), typed);
    let elsewhere = ACTIONS.iter().filter(|spec| !keys::applies(spec, place.list()));
    section(&mut out, "Actions elsewhere", elsewhere.map(|spec| action(spec, true)).collect(), typed);
    let words = [
        ("key:value", "A filter on one field, such as client:acme or state:dead."),
        ("!word", "Rows without the word."),
        ("frontdesk leads --json", "Every list and action is also a subcommand; see `frontdesk --help`."),
    ];
    let words = words.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
    section(&mut out, "Filters and the command line", words, typed);
    out
}

fn section(out: &mut Vec<HelpLine>, title: &str, lines: Vec<(String, String)>, typed: &str) {
    let needle = typed.to_lowercase();
    let fits = |(keys, help): &(String, String)| {
        needle.is_empty() || keys.to_lowercase().contains(&needle) || help.to_lowercase().contains(&needle)
    };
    let mut lines = lines.into_iter().filter(fits).peekable();
    if lines.peek().is_some() {
        out.push(HelpLine::Heading(title.to_owned()));
        out.extend(lines.map(|(keys, help)| HelpLine::Keys(keys, help)));
    }
}

fn binding(binding: &keys::Binding) -> (String, String) {
    let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
    (keys.join(" "), format!("{}: {}", binding.label, binding.help))
}

fn action(spec: &ActionSpec, elsewhere: bool) -> (String, String) {
    let care = match spec.danger {
        Danger::Harmless => "",
        Danger::Confirm => " Shown first, y confirms.",
        Danger::Typed => " Shown first, a typed number confirms.",
    };
    let place: Vec<&str> = spec.lists.iter().map(|list| screens::title(*list)).collect();
    let place = if elsewhere { format!(" ({})", place.join(", ")) } else { String::new() };
    (spec.key.to_string(), format!("{}{place}: {}{care}", spec.label, spec.help))
}
