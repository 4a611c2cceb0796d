//! Keys and what they do: the console's own commands in one table. Actions on the house are in
//! the shared registry; [`lookup`] knows both, and footer, help and palette are made from both.

use crate::screens;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use frontdesk_shared::action::{ACTIONS, ActionSpec};
use frontdesk_shared::page::List;
use std::fmt;

/// A key as the console sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A printable character.
    Char(char),
    /// A character with Ctrl.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
}

impl Key {
    /// The keys of a terminal event; none for what the console has no use for. Escape and a key
    /// that arrive together look like one with Alt, which nothing here is bound to: both count.
    pub fn of(event: KeyEvent) -> impl Iterator<Item = Self> {
        let pressed = event.kind != KeyEventKind::Release;
        let key = Self::one(event).filter(|_| pressed);
        let escape = key.filter(|_| event.modifiers.contains(KeyModifiers::ALT)).map(|_| Self::Esc);
        escape.into_iter().chain(key)
    }

    fn one(event: KeyEvent) -> Option<Self> {
        Some(match event.code {
            KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => {
                Self::Ctrl(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) => Self::Char(c),
            KeyCode::Enter => Self::Enter,
            KeyCode::Esc => Self::Esc,
            KeyCode::Tab => Self::Tab,
            KeyCode::BackTab => Self::BackTab,
            KeyCode::Up => Self::Up,
            KeyCode::Down => Self::Down,
            KeyCode::Left => Self::Left,
            KeyCode::Right => Self::Right,
            KeyCode::PageUp => Self::PageUp,
            KeyCode::PageDown => Self::PageDown,
            KeyCode::Home => Self::Home,
            KeyCode::End => Self::End,
            KeyCode::Backspace => Self::Backspace,
            KeyCode::Delete => Self::Delete,
            _ => return None,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Char(' ') => "space",
            Self::Char(c) => return write!(f, "{c}"),
            Self::Ctrl(c) => return write!(f, "ctrl-{c}"),
            Self::Enter => "enter",
            Self::Esc => "esc",
            Self::Tab => "tab",
            Self::BackTab => "shift-tab",
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::PageUp => "pgup",
            Self::PageDown => "pgdn",
            Self::Home => "home",
            Self::End => "end",
            Self::Backspace => "backspace",
            Self::Delete => "delete",
        };
        f.write_str(word)
    }
}

/// Something the console itself does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table below says what each does")]
pub enum Command {
    Tab(u8),
    NextTab,
    PrevTab,
    Down,
    Up,
    First,
    Last,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    Open,
    Back,
    Filter,
    Find,
    FindNext,
    FindPrev,
    Sort,
    Reverse,
    Mark,
    Range,
    MarkAll,
    ClearMarks,
    Follow,
    Freeze,
    Diary,
    CopyId,
    CopyRow,
    Why,
    WhyIdle,
    Import,
    Palette,
    Messages,
    Help,
    Redraw,
    Suspend,
    Quit,
    QuitNow,
}

/// Where a command means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Any,
    /// In lists.
    Lists,
    /// In text: details and explanations.
    Text,
    /// Where a lead is at hand.
    Leads,
    /// In the list of appointments.
    Appointments,
}

/// One command with its keys.
#[derive(Debug)]
pub struct Binding {
    /// What is done.
    pub command: Command,
    /// Its keys, the one to show first.
    pub keys: &'static [Key],
    /// One or two words for the footer and the palette.
    pub label: &'static str,
    /// One sentence for help.
    pub help: &'static str,
    /// Where it works.
    pub scope: Scope,
    /// Place in the footer, lower first; `None` keeps it out.
    pub footer: Option<u8>,
}

const fn bind(
    command: Command,
    keys: &'static [Key],
    label: &'static str,
    help: &'static str,
    scope: Scope,
    footer: Option<u8>,
) -> Binding {
    Binding { command, keys, label, help, scope, footer }
}

use Key::{BackTab, Char, Ctrl, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab};
use Scope::{Any, Appointments, Leads, Lists, Text};

/// Every command of the console.
pub const BINDINGS: &[Binding] = &[
    bind(Command::Tab(0), &[Char('1')], "live", "Calls under way.", Any, None),
    bind(Command::Tab(1), &[Char('2')], "leads", "The people to be contacted.", Any, None),
    bind(Command::Tab(2), &[Char('3')], "jobs", "What the daemon means to do.", Any, None),
    bind(Command::Tab(3), &[Char('4')], "errors", "What went wrong and nobody has seen yet.", Any, None),
    bind(Command::Tab(4), &[Char('5')], "webhooks", "What providers told.", Any, None),
    bind(Command::Tab(5), &[Char('6')], "imports", "Files that brought leads.", Any, None),
    bind(Command::Tab(6), &[Char('7')], "health", "The parts of the house and its schedule.", Any, None),
    bind(Command::Tab(7), &[Char('8')], "texts", "Texts and emails, sent and received.", Any, None),
    bind(Command::NextTab, &[Tab], "next screen", "The next screen.", Any, None),
    bind(Command::PrevTab, &[BackTab], "previous screen", "The previous screen.", Any, None),
    bind(Command::Down, &[Char('j'), Key::Down], "down", "One line down.", Any, None),
    bind(Command::Up, &[Char('k'), Key::Up], "up", "One line up.", Any, None),
    bind(Command::First, &[Char('g'), Home], "first", "To the first line.", Any, None),
    bind(Command::Last, &[Char('G'), End], "last", "To the last line.", Any, None),
    bind(Command::PageDown, &[PageDown], "page down", "One page down.", Any, None),
    bind(Command::PageUp, &[PageUp], "page up", "One page up.", Any, None),
    bind(Command::HalfDown, &[Char('d')], "half page down", "Half a page down. Never deletes.", Any, None),
    bind(Command::HalfUp, &[Char('u')], "half page up", "Half a page up.", Any, None),
    bind(Command::Open, &[Enter, Char('l'), Right], "open", "Open what is selected.", Any, Some(1)),
    bind(
        Command::Back,
        &[Esc, Char('h'), Left],
        "back",
        "Close the popup, else acknowledge the message, clear marks, clear the filter, go back. Never quits.",
        Any,
        Some(2),
    ),
    bind(
        Command::Filter,
        &[Char('/')],
        "filter",
        "Show only rows with these words; key:value looks at one field, !word inverts.",
        Lists,
        Some(3),
    ),
    bind(Command::Find, &[Char('/')], "find", "Find words in this text.", Text, Some(3)),
    bind(
        Command::FindNext,
        &[Char('n')],
        "next match",
        "The next place where the words are found.",
        Text,
        None,
    ),
    bind(
        Command::FindPrev,
        &[Char('N')],
        "previous match",
        "The previous place where the words are found.",
        Text,
        None,
    ),
    bind(Command::Sort, &[Char('s')], "sort", "Sort the whole list by a column.", Lists, None),
    bind(Command::Reverse, &[Char('S')], "reverse", "Reverse the sort order.", Lists, None),
    bind(
        Command::Mark,
        &[Char(' ')],
        "mark",
        "Mark the row; actions then apply to all marked.",
        Lists,
        Some(4),
    ),
    bind(
        Command::Range,
        &[Char('v')],
        "mark range",
        "Start a range; again marks all rows up to here.",
        Lists,
        None,
    ),
    bind(
        Command::MarkAll,
        &[Char('A')],
        "mark all",
        "Mark every row that matches, fetched or not.",
        Lists,
        None,
    ),
    bind(Command::ClearMarks, &[Char('C')], "clear marks", "Clear all marks.", Lists, None),
    bind(
        Command::Follow,
        &[Char('f')],
        "follow",
        "Stay on the newest row; leaving the top suspends it.",
        Lists,
        None,
    ),
    bind(Command::Freeze, &[Char('p')], "freeze", "Hold this view still while things go on.", Lists, None),
    bind(
        Command::Diary,
        &[Char('V')],
        "week, day",
        "Show the week, the day, the list; in the grid arrows go to the next time and day.",
        Appointments,
        Some(5),
    ),
    bind(Command::CopyId, &[Char('y')], "copy id", "Copy the id to the terminal's clipboard.", Any, None),
    bind(
        Command::CopyRow,
        &[Char('Y')],
        "copy row",
        "Copy the row (as JSON) or the text to the terminal's clipboard.",
        Any,
        None,
    ),
    bind(Command::Why, &[Char('w')], "why", "Why this lead is or is not contacted.", Leads, Some(5)),
    bind(Command::WhyIdle, &[Char('W')], "why idle", "Why nothing, or not more, is dialing.", Any, None),
    bind(Command::Import, &[Char('i')], "import", "Import leads from a file.", Any, Some(6)),
    bind(
        Command::Palette,
        &[Char(':')],
        "command",
        "Everything by name, also what is not possible now.",
        Any,
        Some(8),
    ),
    bind(Command::Messages, &[Char('!')], "notices", "Earlier notices; acknowledges errors.", Any, None),
    bind(Command::Help, &[Char('?')], "help", "This help.", Any, Some(9)),
    bind(Command::Redraw, &[Ctrl('l')], "redraw", "Draw the whole screen again.", Any, None),
    bind(Command::Suspend, &[Ctrl('z')], "suspend", "Back to the shell; `fg` returns.", Any, None),
    bind(
        Command::Quit,
        &[Char('q')],
        "quit",
        "Close what is open, else leave the console; the daemon goes on.",
        Any,
        None,
    ),
    bind(Command::QuitNow, &[Ctrl('c')], "quit at once", "Leave the console; the daemon goes on.", Any, None),
];

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a list.
    List(List),
    /// In a text about something of this list, if it is about something.
    Text(Option<List>),
}

impl Place {
    /// The list whose actions apply here.
    #[must_use]
    pub fn list(self) -> Option<List> {
        match self {
            Self::List(list) => Some(list),
            Self::Text(list) => list,
        }
    }

    /// Whether a command means something here.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        match scope {
            Any => true,
            Lists => matches!(self, Self::List(_)),
            Text => matches!(self, Self::Text(_)),
            Appointments => self == Self::List(List::Appointments),
            Leads => self.list().is_some_and(|list| screens::of(list).leads),
        }
    }
}

/// What a key does.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// A command of the console.
    Command(Command),
    /// An action on the house.
    Action(&'static ActionSpec),
}

/// Whether an action's key works on a list.
#[must_use]
pub fn applies(spec: &ActionSpec, list: Option<List>) -> bool {
    spec.lists.is_empty() || list.is_some_and(|list| spec.lists.contains(&list))
}

/// What a key means at a place.
#[must_use]
pub fn lookup(key: Key, place: Place) -> Option<Meaning> {
    let command = BINDINGS.iter().find(|b| place.has(b.scope) && b.keys.contains(&key));
    if let Some(binding) = command {
        return Some(Meaning::Command(binding.command));
    }
    let Char(c) = key else { return None };
    ACTIONS.iter().find(|spec| spec.key == c && applies(spec, place.list())).map(Meaning::Action)
}

/// The actions that have a key at a place.
pub fn actions(place: Place) -> impl Iterator<Item = &'static ActionSpec> {
    ACTIONS.iter().filter(move |spec| applies(spec, place.list()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn places() -> impl Iterator<Item = Place> {
        let all = List::ALL.iter().copied();
        all.clone().map(Place::List).chain(all.map(|l| Place::Text(Some(l)))).chain([Place::Text(None)])
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for place in places() {
            let mut taken: HashMap<Key, &str> = HashMap::new();
            let commands = BINDINGS.iter().filter(|b| place.has(b.scope));
            let keys = commands.flat_map(|b| b.keys.iter().map(|k| (*k, b.label)));
            for (key, label) in keys.chain(actions(place).map(|a| (Char(a.key), a.label))) {
                if let Some(other) = taken.insert(key, label) {
                    panic!("{key} means {other} and {label} in {place:?}");
                }
            }
        }
    }

    #[test]
    fn every_action_and_command_is_reached_by_its_key() {
        for spec in ACTIONS {
            let reached = places().any(
                |p| matches!(lookup(Char(spec.key), p), Some(Meaning::Action(a)) if a.name == spec.name),
            );
            assert!(reached, "{}", spec.name);
        }
        for binding in BINDINGS {
            for key in binding.keys {
                let reached = places()
                    .any(|p| matches!(lookup(*key, p), Some(Meaning::Command(c)) if c == binding.command));
                assert!(reached, "{} by {key}", binding.label);
            }
        }
    }

    #[test]
    fn keys_that_terminals_and_multiplexers_take_are_left_alone() {
        for binding in BINDINGS {
            for key in binding.keys {
                assert!(!matches!(key, Ctrl('s' | 'q' | 'a' | 'b')), "{}", binding.label);
            }
        }
        let alt = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::ALT);
        assert_eq!(Key::of(alt).collect::<Vec<_>>(), [Esc, Char('j')], "no key is lost");
    }
}
