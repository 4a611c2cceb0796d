//! What an action would do, as a person reads it, and what the confirmation of it rests on.
//!
//! Must not live here: what any one action would do.

use frontdesk_shared::action::Action;

/// What would happen, line by line, and why it cannot be done where it cannot. The lines are what
/// the confirmation rests on, so they must not change by the clock alone.
pub(super) type Shown = (Vec<String>, Option<String>);

/// What an action would do at this moment.
#[derive(Clone, Debug)]
pub struct Described {
    /// What will happen, line by line.
    pub lines: Vec<String>,
    /// Why it cannot be done.
    pub refused: Option<String>,
    /// What matters of it: a confirmation holds as long as these stay, whatever the clock does to
    /// the words.
    pub facts: Vec<String>,
}

impl From<Shown> for Described {
    fn from((lines, refused): Shown) -> Self {
        Self { facts: lines.clone(), lines, refused }
    }
}

impl Described {
    /// Binds a confirmation to what was shown: the same action with the same consequences.
    pub(super) fn token(&self, action: &Action) -> String {
        let shown = serde_json::json!([action, self.facts]).to_string();
        blake3::hash(shown.as_bytes()).to_hex()[..16].to_owned()
    }
}
