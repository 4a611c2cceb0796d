//! Where values come from, weakest first: built-in defaults, the file, the environment, files
//! that the environment names.
//!
//! The environment and the disk are arguments, so that a test needs neither. Must not live
//! here: types, and what values mean together.

use super::problem::Problem;
use super::raw::Raw;
use super::reader::{Found, Reader, Source};
use super::section::{Key, Section};
use super::tables::{self, Tables};
use frontdesk_shared::place;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The process's environment, or a test's.
pub type Environ = BTreeMap<String, String>;

/// What configuration asks of the disk.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// As the disk says.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// The permission bits of a file or directory; `None` where it does not exist.
    fn mode(&self, path: &Path) -> Option<u32>;
}

/// The real disk.
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).ok().map(|meta| meta.permissions().mode())
    }
}

/// The data directory when none is named: the user's own, or the system's where there is no
/// user. The console looks in the same place.
pub fn default_data_dir(env: &Environ) -> PathBuf {
    // The variable itself is a configuration key and is read as such.
    place::data_dir(|name| {
        (name != "FRONTDESK_DATA_DIR").then(|| set(env, name)).flatten().map(str::to_owned)
    })
}

/// A variable's value. Empty counts as absent: compose files pass every variable on.
pub(crate) fn set<'e>(env: &'e Environ, name: &str) -> Option<&'e str> {
    env.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

/// Fills `reader` from all sources; returns the file that was read and the free tables.
pub(crate) fn gather(env: &Environ, files: &dyn Files, reader: &mut Reader) -> (Option<PathBuf>, Tables) {
    for key in super::SECTIONS.iter().flat_map(|section| section.keys) {
        if let Some(default) = key.default {
            let found = Found { raw: Raw::default_of(default), source: Source::Default };
            reader.found.insert((key.section, key.name), found);
        }
    }
    let home = default_data_dir(env);
    let raw = Raw::Text(home.display().to_string());
    reader.found.insert(("house", "data_dir"), Found { raw, source: Source::Default });

    let mut tables = Tables::default();
    let path = from_file(env, files, &home, reader, &mut tables);
    for key in super::SECTIONS.iter().flat_map(|section| section.keys) {
        if let Some((raw, source)) = from_env(env, files, reader, &key.env_name(), key.secret) {
            reader.found.insert((key.section, key.name), Found { raw: Raw::Text(raw), source });
        }
    }
    tables.overlay(env, files, reader);
    unknown_variables(env, reader);
    (path, tables)
}

/// The value of a variable or, for a secret, of the file its `_FILE` twin names.
pub(crate) fn from_env(
    env: &Environ,
    files: &dyn Files,
    reader: &mut Reader,
    name: &str,
    secret: bool,
) -> Option<(String, Source)> {
    let direct = set(env, name).map(|value| {
        // Secrets keep inner spaces; a newline at the end is never part of one.
        let value = if secret { value.trim_end_matches(['\r', '\n']) } else { value.trim() };
        (value.to_owned(), Source::Env(name.to_owned()))
    });
    let twin = format!("{name}_FILE");
    let Some(path) = set(env, &twin).filter(|_| secret) else { return direct };
    if direct.is_some() {
        reader.problem(name, format!("set together with {twin}: only one of them may be"));
        return direct;
    }
    let path = PathBuf::from(path.trim());
    match files.read(&path) {
        Ok(text) => {
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            if text.trim().is_empty() {
                reader.problem(&twin, format!("{} is empty", path.display()));
                return None;
            }
            if files.mode(&path).is_some_and(|mode| mode & 0o004 != 0) {
                reader.warn(format!("{twin}: everyone on this machine can read {}", path.display()));
            }
            Some((text, Source::EnvFile(twin, path)))
        }
        Err(error) => {
            reader.problem(&twin, format!("cannot read {}: {error}", path.display()));
            None
        }
    }
}

fn from_file(
    env: &Environ,
    files: &dyn Files,
    home: &Path,
    reader: &mut Reader,
    tables: &mut Tables,
) -> Option<PathBuf> {
    let named = set(env, "FRONTDESK_CONFIG").map(|path| PathBuf::from(path.trim()));
    let dir = set(env, "FRONTDESK_DATA_DIR").map_or(home, |dir| Path::new(dir.trim()));
    let path = named.clone().unwrap_or_else(|| dir.join("frontdesk.toml"));
    let text = match files.read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return None,
        Err(error) => {
            let name = named.map_or_else(|| path.display().to_string(), |_| "FRONTDESK_CONFIG".to_owned());
            reader.problem(name, format!("cannot read {}: {error}", path.display()));
            return None;
        }
    };
    parse(&text, reader, tables);
    let from_file = |key: &Key| {
        let found = reader.found.get(&(key.section, key.name));
        key.secret && found.is_some_and(|f| matches!(f.source, Source::File { .. }))
    };
    let holds_secrets = super::SECTIONS.iter().flat_map(|s| s.keys).any(from_file) || tables.hold_secrets();
    if holds_secrets && files.mode(&path).is_some_and(|mode| mode & 0o044 != 0) {
        reader.warn(format!("{} holds secrets and others can read it: chmod 600", path.display()));
    }
    Some(path)
}

/// Reads the file's text into `reader` and `tables`.
fn parse(text: &str, reader: &mut Reader, tables: &mut Tables) {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // Only the message: the error's own display quotes the line, which may hold a secret.
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        reader.problem(format!("file, line {line}"), error.message());
    }
    if !errors.is_empty() {
        return;
    }
    for (name, value) in document.get_ref() {
        let line = line_of(text, name.span().start);
        let name = name.get_ref().as_ref();
        if tables.take(name, value, text, reader) {
            continue;
        }
        let section = super::SECTIONS.iter().find(|section| section.name == name);
        let known = super::SECTIONS.iter().map(|s| s.name).chain(tables::NAMES.iter().copied());
        match (section, value.get_ref()) {
            (Some(section), DeValue::Table(table)) => read_section(section, table, text, reader),
            (Some(_), _) => reader.problem(format!("{name} (file, line {line})"), "is a table: [NAME]"),
            (None, _) => {
                let problem = Problem::new(format!("{name} (file, line {line})"), "no such table");
                reader.problems.push(problem.hint(did_you_mean(name, known)));
            }
        }
    }
}

fn read_section(section: &'static Section, table: &DeTable<'_>, text: &str, reader: &mut Reader) {
    for (name, value) in table {
        let line = line_of(text, name.span().start);
        let name = name.get_ref().as_ref();
        let Some(key) = section.key(name) else {
            let path = format!("{}.{name} (file, line {line})", section.name);
            let hint = did_you_mean(name, section.keys.iter().map(|key| key.name));
            reader.problems.push(Problem::new(path, "no such key").hint(hint));
            continue;
        };
        let raw = Raw::from_toml(value.get_ref());
        // An empty text in the file is as absent as an empty variable.
        if key.default.is_none() && raw == Raw::Text(String::new()) {
            continue;
        }
        reader.found.insert((key.section, key.name), Found { raw, source: Source::File { line } });
    }
}

/// The line, from 1, of a byte.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// Warns of variables that look like ours and are not: a typing error there is silent.
fn unknown_variables(env: &Environ, reader: &mut Reader) {
    const OURS: [&str; 5] = ["FRONTDESK_", "VAPI_", "TWILIO_", "SIGNALWIRE_", "GOOGLE_CALENDAR_"];
    let keys = || super::SECTIONS.iter().flat_map(|section| section.keys);
    let mut known: Vec<String> = keys().map(Key::env_name).collect();
    known.extend(keys().filter(|key| key.secret).map(|key| format!("{}_FILE", key.env_name())));
    known.extend(tables::VARIABLES.iter().map(|v| v.name.to_owned()));
    known.extend(tables::VARIABLES.iter().filter(|v| v.secret).map(|v| format!("{}_FILE", v.name)));
    for name in env.keys().filter(|name| OURS.iter().any(|prefix| name.starts_with(prefix))) {
        if !known.contains(name) {
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            let hint = if hint.is_empty() { hint } else { format!("; {hint}") };
            reader.warn(format!("{name}: no such variable, ignored{hint}"));
        }
    }
}

/// “did you mean X?” for the nearest of `known`, or nothing when none is near.
fn did_you_mean<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let nearest = known.map(|k| (distance(name, k), k)).min();
    match nearest {
        Some((d, k)) if d <= 1 + name.len() / 4 => format!("did you mean {k}?"),
        _ => String::new(),
    }
}

/// How many letters must change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let here = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(a.len())
}
