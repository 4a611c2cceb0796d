//! What is wrong with a configuration: every problem, in words a person can act on.
//!
//! Must not live here: the checks themselves.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable or key, and for the file its line.
    pub name: String,
    /// What is wrong, without any secret.
    pub wrong: String,
    /// Where to get the value or what to do; may be empty.
    pub hint: String,
}

impl Problem {
    pub(crate) fn new(name: impl Into<String>, wrong: impl Into<String>) -> Self {
        Self { name: name.into(), wrong: wrong.into(), hint: String::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.wrong)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

/// All that is wrong, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0.len();
        write!(f, "{n} {} in the configuration:", if n == 1 { "problem" } else { "problems" })?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}
