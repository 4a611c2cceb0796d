//! Configuration: variables, the file, and the JSON a client's settings come in.

use super::{first_line, sentence};
use crate::database::START;
use frontdesk_daemon::config::{self, Environ, Files, effective, features};
use frontdesk_daemon::flows::House;
use frontdesk_domain::booking::{BookingRules, free_slots};
use frontdesk_domain::policy::Policy;
use serde_json::Value;
use std::io;
use std::path::Path;

const FILE: &str = "/etc/frontdesk.toml";
/// A value that may stand nowhere but in its own variable.
const HUSH: &str = "hush-hush-hush";

/// Lines of `NAME=value`, an empty line, and the file.
pub fn config(data: &[u8]) {
    let mut env = Environ::from([("FRONTDESK_CONFIG".to_owned(), FILE.to_owned())]);
    let mut rest = data;
    while !rest.is_empty() {
        let (line, after) = first_line(rest);
        rest = after;
        let Some((name, value)) = line.split_once('=') else { break };
        if name != "FRONTDESK_CONFIG" {
            env.insert(name.to_owned(), value.to_owned());
        }
    }
    let text = String::from_utf8_lossy(rest).into_owned();
    settings(&text);
    let hushed = hushed(&env) && !text.contains(HUSH);
    let kept_quiet = |said: &str| assert!(!hushed || !said.contains(HUSH), "a secret is told: {said}");
    match config::load(&env, &OneFile(text)) {
        Err(problems) => {
            assert!(!problems.0.is_empty(), "refused without a problem");
            for problem in &problems.0 {
                assert!(!problem.name.trim().is_empty(), "{problem} names nothing");
                assert!(!problem.wrong.trim().is_empty(), "{problem} says nothing");
            }
            kept_quiet(&problems.to_string());
        }
        Ok(loaded) => {
            let config = loaded.config;
            loaded.warnings.iter().for_each(|w| kept_quiet(w));
            kept_quiet(&effective(&config));
            kept_quiet(&format!("{config:?}"));
            assert!(!features(&config).is_empty());
            if let Err(problem) = House::of(&config) {
                assert!(problem.starts_with('['), "{problem:?} names no table");
            }
        }
    }
}

/// Whether the marker stands in secret variables alone; of the database's address only what
/// comes before the host is one.
fn hushed(env: &Environ) -> bool {
    let secret = |name: &str| config::variables().iter().any(|v| v.name == name && v.secret);
    let shown = |name: &str, value: &str| {
        name == "DATABASE_URL" && value.rsplit_once('@').is_none_or(|(_, host)| host.contains(HUSH))
    };
    env.iter()
        .filter(|(name, value)| name.contains(HUSH) || value.contains(HUSH))
        .all(|(name, value)| !name.contains(HUSH) && secret(name) && !shown(name, value))
}

/// A disk with one file on it.
struct OneFile(String);

impl Files for OneFile {
    fn read(&self, path: &Path) -> io::Result<String> {
        if path == Path::new(FILE) { Ok(self.0.clone()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        (path == Path::new(FILE)).then_some(0o600)
    }
}

/// A client's own settings, which come as JSON: rules that are taken can be worked with.
fn settings(text: &str) {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    if let Err(problem) = Policy::default().merged(&value) {
        sentence(&problem);
    }
    let Ok(rules) = serde_json::from_value::<BookingRules>(value) else { return };
    let problems = rules.problems();
    problems.iter().for_each(|p| sentence(p));
    if problems.is_empty() {
        let slots = free_slots(&rules, START, START, &[], 6);
        assert!(slots.len() <= 6 && slots.iter().all(|s| s.start >= START && s.end > s.start), "{slots:?}");
    }
}
