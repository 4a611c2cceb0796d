//! Popups and prompts: what lies over everything until it is closed.

use super::import::Wizard;
use crate::input::Input;
use frontdesk_shared::action::{Action, ActionSpec, Danger, Preview};

/// Items above which a confirmation is typed.
pub const MANY: usize = 5;

/// What lies over everything.
#[derive(Debug)]
pub enum Overlay {
    /// Keys of this place and all others.
    Help {
        /// Words looked for.
        input: Input,
        /// First visible line.
        offset: usize,
    },
    /// Everything by name.
    Palette {
        /// Letters typed.
        input: Input,
        /// Selected line.
        cursor: usize,
    },
    /// The filter of the list in front, applied while it is typed.
    Filter {
        /// What is typed.
        input: Input,
        /// What it was before.
        before: String,
    },
    /// Words to find in the text in front.
    Find(Input),
    /// Which column to sort by.
    Sort {
        /// Selected line; 0 is the daemon's own order.
        cursor: usize,
    },
    /// Earlier messages.
    Messages {
        /// First visible line.
        offset: usize,
    },
    /// Whether an effect whose result is unknown took place.
    Happened(Vec<(String, String)>),
    /// A reason to be typed.
    Reason {
        /// What is typed.
        input: Input,
        /// Whose dialing it may be: one client's, or with `None` everyone's.
        scopes: Vec<Option<String>>,
        /// Which of them.
        chosen: usize,
    },
    /// One more thing to be typed for an action.
    Ask {
        /// The action.
        spec: &'static ActionSpec,
        /// What is typed.
        input: Input,
        /// What it is done to, each by label and id.
        things: Vec<(String, String)>,
    },
    /// What would happen, to be confirmed.
    Confirm(Confirm),
    /// Importing a file.
    Import(Box<Wizard>),
}

/// One thing to be confirmed.
#[derive(Debug)]
pub struct Item {
    /// By which a person knows it.
    pub label: String,
    /// What would be done.
    pub action: Action,
    /// What the daemon says to it.
    pub preview: Option<Result<Preview, String>>,
}

impl Item {
    /// The daemon's preview, if the thing can be done.
    #[must_use]
    pub fn possible(&self) -> Option<&Preview> {
        self.preview.as_ref()?.as_ref().ok().filter(|p| p.refused.is_none())
    }

    /// Why it cannot be done.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        match self.preview.as_ref()? {
            Ok(preview) => preview.refused.as_deref(),
            Err(text) => Some(text),
        }
    }
}

/// A confirmation.
#[derive(Debug)]
pub struct Confirm {
    /// Names it.
    pub serial: u64,
    /// What is to be done.
    pub spec: &'static ActionSpec,
    /// To what.
    pub items: Vec<Item>,
    /// The number typed, where one is wanted.
    pub typed: Input,
    /// First visible line.
    pub offset: usize,
    /// What was wrong with the number typed.
    pub hint: Option<String>,
}

impl Confirm {
    /// Whether every preview has come.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.items.iter().all(|item| item.preview.is_some())
    }

    /// Whether the number is to be typed.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        let many = self.items.iter().any(|item| matches!(item.action, Action::Many { .. }));
        self.spec.danger == Danger::Typed || many
    }

    /// How many things would be touched.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.items.iter().filter_map(Item::possible).map(|p| p.count.max(1)).sum()
    }
}
