//! Colours by role: the terminal's own sixteen, never a painted background, and every meaning
//! also in words, so that nothing is lost without colour.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Ordinary.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// Works, done, booked.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// Under way.
    Info,
    /// A heading or a key.
    Strong,
    /// Must not be overlooked: sandbox, paused.
    Banner,
}

/// Which attributes are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours are used at all.
    pub color: bool,
}

impl Theme {
    /// Colours unless `NO_COLOR` is set to anything.
    #[must_use]
    pub fn from_env() -> Self {
        Self { color: std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) }
    }

    /// How a role looks.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let colour = |c: Color| if self.color { plain.fg(c) } else { plain };
        match role {
            Role::Plain => plain,
            Role::Dim => plain.add_modifier(Modifier::DIM),
            Role::Good => colour(Color::Green),
            Role::Warn => colour(Color::Yellow),
            Role::Bad => colour(Color::Red).add_modifier(Modifier::BOLD),
            Role::Info => colour(Color::Cyan),
            Role::Strong => plain.add_modifier(Modifier::BOLD),
            Role::Banner => colour(Color::Yellow).add_modifier(Modifier::REVERSED | Modifier::BOLD),
        }
    }

    /// How the selection looks: reversed, which works on light and dark backgrounds.
    #[must_use]
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
