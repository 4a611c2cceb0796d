//! The architecture's invariants, held against the source tree.
//!
//! Each rule is a function from sources to violations, so that every rule is also shown to
//! find a planted violation: a rule that cannot fail would protect nothing.

use frontdesk_tests::source::{self, Source};

type Rule = fn(&[Source]) -> Vec<String>;

/// Fails with every violation in the tree, and unless the rule finds the planted one.
fn check(rule: Rule, path: &str, planted: &str) {
    let found = rule(&[Source::new(path, planted)]);
    assert_eq!(found.len(), 1, "the rule is blind: {planted:?} in {path} gave {found:?}");
    let violations = rule(&source::rust());
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

/// Product code below `folder` that mentions one of `words` as a whole path or identifier.
fn mentions(sources: &[Source], folder: &str, words: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for source in sources.iter().filter(|s| s.path.starts_with(folder)) {
        for (n, line) in source.product() {
            for word in words.iter().filter(|w| has_word(line, w)) {
                out.push(format!("{}: {word} has no place in {folder}", source.at(n)));
            }
        }
    }
    out
}

fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// Both ways of writing a path to a module of the daemon.
fn modules(names: &[&str]) -> Vec<String> {
    names
        .iter()
        .flat_map(|n| [format!("crate::{n}"), format!("super::{n}"), format!("frontdesk_daemon::{n}")])
        .collect()
}

fn without_modules(sources: &[Source], folder: &str, names: &[&str], words: &[&str]) -> Vec<String> {
    let paths = modules(names);
    let all: Vec<&str> = paths.iter().map(String::as_str).chain(words.iter().copied()).collect();
    mentions(sources, folder, &all)
}

#[test]
fn the_shared_vocabulary_does_no_io() {
    fn rule(sources: &[Source]) -> Vec<String> {
        let words = [
            "std::fs",
            "std::io",
            "std::net",
            "std::process",
            "std::env",
            "std::thread",
            "tokio",
            "rusqlite",
            "tokio_postgres",
            "reqwest",
            "axum",
            "hyper",
            "crossterm",
            "frontdesk_daemon",
            "frontdesk_tui",
        ];
        mentions(sources, "shared/src/", &words)
    }
    check(rule, "shared/src/a.rs", "use std::fs::File;");
}

#[test]
fn crates_depend_on_nothing_their_borders_forbid() {
    // What a crate may name is the compiler's to refuse; this keeps the lists themselves.
    const FORBIDDEN: &[(&str, &[&str])] = &[
        ("daemon/env", &["frontdesk-store", "frontdesk-domain", "frontdesk-providers", "reqwest", "axum"]),
        (
            "daemon/domain",
            &[
                "frontdesk-env",
                "frontdesk-store",
                "frontdesk-providers",
                "tokio",
                "reqwest",
                "rusqlite",
                "axum",
            ],
        ),
        (
            "daemon/refusal",
            &[
                "frontdesk-shared",
                "frontdesk-domain",
                "frontdesk-env",
                "frontdesk-store",
                "frontdesk-providers",
            ],
        ),
        (
            "daemon/mail",
            &[
                "frontdesk-domain",
                "frontdesk-env",
                "frontdesk-store",
                "frontdesk-providers",
                "tokio",
                "reqwest",
            ],
        ),
        ("daemon/providers", &["frontdesk-env", "frontdesk-store", "frontdesk-domain", "rusqlite"]),
        ("daemon/store", &["frontdesk-providers", "frontdesk-sandbox", "reqwest", "axum"]),
        ("daemon/sandbox", &["frontdesk-providers", "frontdesk-store", "frontdesk-domain", "frontdesk-env"]),
        ("daemon", &["frontdesk-sandbox", "frontdesk-tui", "rusqlite", "tokio-postgres"]),
        ("tui", &["frontdesk-store", "frontdesk-daemon", "rusqlite"]),
    ];
    fn rule(manifest: &str, forbidden: &[&str]) -> Vec<String> {
        let product = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let named = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
        product.lines().map(named).filter(|name| forbidden.contains(&name.as_str())).collect()
    }
    assert_eq!(rule("[dependencies]\ntokio.workspace = true\n", &["tokio"]), ["tokio"]);
    let files = source::files();
    for (crate_, forbidden) in FORBIDDEN {
        let path = format!("{crate_}/Cargo.toml");
        let (_, manifest) = files.iter().find(|(p, _)| *p == path).unwrap_or_else(|| panic!("no {path}"));
        assert_eq!(rule(manifest, forbidden), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn decisions_read_no_files_and_no_environment() {
    fn rule(sources: &[Source]) -> Vec<String> {
        mentions(
            sources,
            "daemon/domain/",
            &["std::fs", "std::net", "std::env", "std::process", "std::thread"],
        )
    }
    check(rule, "daemon/domain/src/a.rs", "use std::fs::File;");
}

#[test]
fn the_ways_in_do_not_know_each_other() {
    fn rule(sources: &[Source]) -> Vec<String> {
        let mut found = without_modules(sources, "daemon/src/http", &["rpc", "jobs"], &["tarpc"]);
        found.extend(without_modules(sources, "daemon/src/rpc", &["http", "jobs"], &["axum"]));
        found
    }
    check(rule, "daemon/src/rpc/a.rs", "crate::http::api::clients::onboard(app)");
}

#[test]
fn the_console_never_opens_the_database() {
    fn rule(sources: &[Source]) -> Vec<String> {
        mentions(sources, "tui/", &["rusqlite", "tokio_postgres", "frontdesk_daemon"])
    }
    check(rule, "tui/src/a.rs", "let c = rusqlite::Connection::open(p);");
}

#[test]
fn only_the_store_contains_sql() {
    fn rule(sources: &[Source]) -> Vec<String> {
        let product = ["daemon/", "tui/", "shared/"];
        let mut out = Vec::new();
        for s in sources.iter().filter(|s| product.iter().any(|p| s.path.starts_with(p))) {
            if s.path.starts_with("daemon/store/") {
                continue;
            }
            for (line, text) in s.strings.iter().filter(|(line, text)| *line < s.tests_from && is_sql(text)) {
                out.push(format!(
                    "{}: SQL outside store/: {}",
                    s.at(*line),
                    text.chars().take(60).collect::<String>()
                ));
            }
        }
        out
    }
    check(rule, "daemon/src/flows/a.rs", "fn a() { q(\"UPDATE lead\\n SET name = $1\") }");
    assert!(
        is_sql("SELECT 1")
            && is_sql("DELETE FROM x")
            && is_sql("INSERT INTO x")
            && !is_sql("Select a SELECTION to UPDATE")
    );
}

fn is_sql(text: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == '\\').filter(|w| !w.is_empty()).collect();
    let followed = |first: &str, next: &str| words.windows(2).any(|w| w[0] == first && w[1] == next);
    let update = words
        .iter()
        .position(|w| *w == "UPDATE")
        .is_some_and(|at| words[at..].iter().take(5).any(|w| w.ends_with("SET")));
    text.contains("SELECT ")
        || followed("INSERT", "INTO")
        || followed("DELETE", "FROM")
        || followed("CREATE", "TABLE")
        || update
}

#[test]
fn only_env_reads_time_and_entropy() {
    const READERS: &[&str] = &[
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "Utc::now",
        "Local::now",
        "SystemRandom::new",
        "thread_rng",
        "rand::random",
        "getrandom",
        "time::sleep",
        "thread::sleep",
    ];
    fn rule(sources: &[Source]) -> Vec<String> {
        let mut out = Vec::new();
        for s in sources.iter().filter(|s| !s.path.starts_with("tests/") && s.path != "daemon/env/src/lib.rs")
        {
            let allowed = s.text.lines().any(|l| l.contains("clippy::disallowed_methods") && has_reason(l));
            // Tokio's own measures waits inside the process, and tests can pause it.
            let tokios = s.code.lines().any(|l| l.contains("tokio::time::") && has_word(l, "Instant"));
            for (n, line) in s.product() {
                let bad = |r: &str| has_word(line, r) && !allowed && !(tokios && r == "Instant::now");
                for reader in READERS.iter().filter(|r| bad(r)) {
                    out.push(format!(
                        "{}: {reader} belongs in daemon/env, or needs an allow with its reason",
                        s.at(n)
                    ));
                }
            }
        }
        out
    }
    check(rule, "daemon/src/jobs/a.rs", "let t = std::time::Instant::now();");
    let excused = "#[allow(clippy::disallowed_methods)] // measures a duration only\nlet t = Instant::now();";
    assert_eq!(rule(&[Source::new("daemon/src/a.rs", excused)]), Vec::<String>::new());
}

/// A comment on the line, or the attribute's own reason.
fn has_reason(line: &str) -> bool {
    line.contains("reason =") || line.split_once("//").is_some_and(|(_, why)| why.trim().len() > 9)
}

#[test]
fn an_exception_to_a_ban_says_why() {
    fn rule(sources: &[Source]) -> Vec<String> {
        let mut out = Vec::new();
        for s in sources.iter().filter(|s| !s.path.starts_with("tests/")) {
            for (n, code) in s.product().filter(|(_, code)| code.contains("clippy::disallowed")) {
                let line = s.text.lines().nth(n - 1).unwrap_or(code);
                if !has_reason(line) {
                    out.push(format!("{}: why is this allowed?", s.at(n)));
                }
            }
        }
        out
    }
    check(rule, "daemon/src/a.rs", "#[allow(clippy::disallowed_methods)]\nfn a() {}");
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    const LONGEST: usize = 600;
    fn rule(sources: &[Source]) -> Vec<String> {
        let mut out = Vec::new();
        for s in sources {
            let lines = s.text.lines().count();
            // A file of one line is a place kept for one.
            if !s.text.starts_with("//!") && lines > 1 {
                out.push(format!("{}: the first line is not //!", s.path));
            }
            if lines > LONGEST {
                out.push(format!("{}: {lines} lines, at most {LONGEST} are wanted", s.path));
            }
        }
        out
    }
    check(rule, "a.rs", "use x;\nuse y;\n");
    assert_eq!(rule(&[Source::new("a.rs", &"//! x\n".repeat(LONGEST + 1))]).len(), 1);
}

#[test]
fn tests_wait_for_what_they_need_never_for_time() {
    fn rule(sources: &[Source]) -> Vec<String> {
        let mut out = Vec::new();
        for s in sources {
            for (n, line) in s.tests() {
                // A method is Env's clock, which a test moves by hand.
                let bare = line.match_indices("sleep(").any(|(at, _)| {
                    !line[..at].ends_with('.')
                        && !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                });
                if bare {
                    out.push(format!(
                        "{}: a test that sleeps is slow when it passes and flaky when it fails",
                        s.at(n)
                    ));
                }
            }
        }
        out
    }
    check(rule, "tests/it/a.rs", "tokio::time::sleep(d).await; env.clock.sleep(5).await");
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_undone() {
    fn rule(sources: &[Source]) -> Vec<String> {
        const WORDS: &[&str] = &["todo!", "unimplemented!", "dbg!", "#[ignore", "should_panic"];
        let mut out = Vec::new();
        for s in sources {
            for (n, line) in (1..).zip(s.code.lines()) {
                for word in WORDS.iter().filter(|w| line.contains(**w)) {
                    out.push(format!("{}: {word}", s.at(n)));
                }
            }
        }
        out
    }
    check(rule, "daemon/src/a.rs", "fn a() { todo!() }");
    assert_eq!(rule(&[Source::new("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}")]).len(), 1);
}

#[test]
fn every_migration_is_registered_in_order() {
    let mut numbers = Vec::new();
    let runner = source::files()
        .into_iter()
        .find(|(path, _)| path == "daemon/store/src/engine/migrate.rs")
        .expect("the runner")
        .1;
    for (path, _) in source::files() {
        let Some(name) = path.strip_prefix("migrations/") else { continue };
        let parts =
            name.strip_prefix('V').and_then(|n| n.strip_suffix(".sql")).and_then(|n| n.split_once("__"));
        let (number, title) = parts.unwrap_or_else(|| panic!("{path} is not named V<number>__<name>.sql"));
        assert!(
            runner.contains(&format!("{number} \"{title}\"")),
            "{path} is not registered in engine/migrate.rs"
        );
        numbers.push(number.parse::<usize>().unwrap_or_else(|e| panic!("{path}: {e}")));
    }
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        (1..=numbers.len()).collect::<Vec<_>>(),
        "migrations are numbered from 1 without gaps"
    );
    assert!(!numbers.is_empty());
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    // Written in pieces, so that this file does not find itself.
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("C:\\", "Users"),
    ];
    let violations = |files: &[(String, String)]| -> Vec<String> {
        let mut out = Vec::new();
        for (path, text) in files {
            for (n, line) in (1..).zip(text.lines()) {
                // A test may invent a person with a home.
                let invented = |place: &str| path.ends_with("tests.rs") && place == places[1];
                for place in places.iter().filter(|p| line.contains(**p) && !invented(p)) {
                    out.push(format!("{path}:{n}: {place}"));
                }
            }
        }
        out
    };
    assert_eq!(violations(&[("a".into(), format!("see {}x", places[0]))]).len(), 1);
    let found = violations(&source::files());
    assert!(found.is_empty(), "{} mentions:\n{}", found.len(), found.join("\n"));
}
