//! From found values to typed ones, collecting problems instead of stopping at the first.
//!
//! Must not live here: where values come from (`sources`), which keys exist (the sections).

use super::problem::Problem;
use super::raw::{Raw, Setting};
use super::section::{Key, Section};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Default,
    /// The configuration file.
    File {
        /// Line, from 1.
        line: usize,
    },
    /// An environment variable.
    Env(String),
    /// The file an environment variable names.
    EnvFile(String, PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { line } => write!(f, "file, line {line}"),
            Self::Env(name) => write!(f, "environment, {name}"),
            Self::EnvFile(name, path) => write!(f, "{}, by {name}", path.display()),
        }
    }
}

/// A value as found, and where.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) raw: Raw,
    pub(crate) source: Source,
}

/// One line of the effective configuration.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) section: &'static str,
    pub(crate) name: &'static str,
    /// TOML text without secrets; `None`: not set.
    pub(crate) text: Option<String>,
    pub(crate) source: Source,
}

/// Reads typed values and keeps account.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) found: BTreeMap<(&'static str, &'static str), Found>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<String>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) secrets: Vec<SecretString>,
}

impl Reader {
    /// The value of `key`. `None` has been reported.
    pub(crate) fn get<T: Setting>(&mut self, key: &'static Key) -> Option<T> {
        let found = self.found.get(&(key.section, key.name)).cloned();
        let (value, source) = match found {
            Some(Found { raw, source }) => match T::read(&raw) {
                Ok(value) => (value, source),
                Err(wrong) => {
                    let name = name_of(key, &source);
                    self.problems.push(Problem::new(name, wrong).hint(key.get.unwrap_or_default()));
                    return None;
                }
            },
            None => {
                let Some(value) = T::absent() else {
                    self.missing(key, "");
                    return None;
                };
                (value, Source::Default)
            }
        };
        if let Some(range) = &key.range
            && let Some(n) = value.numbers().iter().find(|n| !range.contains(n))
        {
            let (least, most) = (range.start(), range.end());
            let wrong = if *most == i64::MAX {
                format!("{n} is too small: {least} or more expected")
            } else {
                format!("{n} is out of range: {least} to {most} expected")
            };
            self.problems.push(Problem::new(name_of(key, &source), wrong));
            return None;
        }
        self.secrets.extend(value.secrets());
        self.shown.push(Shown { section: key.section, name: key.name, text: value.shown(), source });
        Some(value)
    }

    /// Reports a key that must be set.
    fn missing(&mut self, key: &Key, instead: &str) {
        let wrong = if instead.is_empty() { "missing".to_owned() } else { format!("missing ({instead})") };
        self.problems.push(Problem::new(key.env_name(), wrong).hint(key.get.unwrap_or_default()));
    }

    /// A section that is on when it is complete, off when nothing of it is there, and a problem
    /// in between. Keys with a default only tune it: they do not begin it.
    pub(crate) fn group<T>(
        &mut self,
        section: &'static Section,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let begun: Vec<&Key> =
            section.keys.iter().filter(|key| key.default.is_none() && self.is_set(key)).collect();
        if begun.is_empty() {
            for key in section.keys {
                if self.is_set(key) {
                    let (name, needs) = (self.name(section, key.name), section.needed_names().join(", "));
                    self.warn(format!("{name} is set but {} is off: it needs {needs}", section.name));
                }
            }
            return None;
        }
        let because = begun.iter().map(|key| key.env_name()).collect::<Vec<_>>().join(", ");
        let mut complete = true;
        for choice in section.needs {
            let keys: Vec<&Key> = choice.iter().filter_map(|name| section.key(name)).collect();
            if keys.iter().any(|key| self.is_set(key)) {
                continue;
            }
            complete = false;
            if let Some((first, others)) = keys.split_first() {
                let mut instead = format!("needed because {because} is set");
                for other in others {
                    instead.push_str(&format!("; {} would do", other.env_name()));
                }
                self.missing(first, &instead);
            }
        }
        if complete { read(self) } else { None }
    }

    /// Whether somebody set the key, as opposed to the default.
    pub(crate) fn is_set(&self, key: &Key) -> bool {
        self.found.get(&(key.section, key.name)).is_some_and(|f| f.source != Source::Default)
    }

    /// The name under which a key was set, for messages.
    pub(crate) fn name(&self, section: &'static Section, name: &str) -> String {
        let Some(key) = section.key(name) else { return name.to_owned() };
        self.found
            .get(&(key.section, key.name))
            .map_or_else(|| key.env_name(), |found| name_of(key, &found.source))
    }

    pub(crate) fn problem(&mut self, name: impl Into<String>, wrong: impl Into<String>) {
        self.problems.push(Problem::new(name, wrong));
    }

    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }
}

fn name_of(key: &Key, source: &Source) -> String {
    match source {
        Source::Default => key.env_name(),
        Source::File { line } => format!("{} (file, line {line})", key.path()),
        Source::Env(name) => name.clone(),
        Source::EnvFile(name, _) => name.clone(),
    }
}
