//! README.md and docs/ against the code: their tables are what the programs have, and what they
//! name exists.
//!
//! Tables that are made from the code stand between markers. After a change run this with
//! `FRONTDESK_BLESS=1` once, which writes them.

use frontdesk_daemon::{cli, config};
use frontdesk_domain::gate::RULES;
use frontdesk_domain::intake::fields::WORDS;
use frontdesk_sandbox::sms::Course;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::{ACTIONS, ActionSpec, Danger};
use frontdesk_tests::source;
use frontdesk_tui::cli::args::Cli;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;

/// One writer at a time: two tables may stand in one document.
static BLESSING: Mutex<()> = Mutex::new(());

fn read(path: &str) -> String {
    fs::read_to_string(source::root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// README.md and everything in docs/, by path.
fn documents() -> BTreeMap<String, String> {
    let folder = source::root().join("docs");
    let names = fs::read_dir(folder).expect("docs").map(|e| e.expect("an entry").file_name());
    let docs = names.map(|name| format!("docs/{}", name.to_string_lossy()));
    docs.chain(["README.md".to_owned()]).map(|path| (path.clone(), read(&path))).collect()
}

/// Text before, between and after `<!-- name -->` and `<!-- /name -->`.
fn split(path: &str, text: &str, name: &str) -> (String, String, String) {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path} has no {begin}"));
    let (between, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{path} has no {end}"));
    (format!("{before}{begin}"), between.trim().to_owned(), format!("{end}{after}"))
}

/// Holds a block to what is wanted, or writes it.
fn same(path: &str, name: &str, wanted: &str) {
    let _one = BLESSING.lock();
    let (before, found, after) = split(path, &read(path), name);
    let wanted = wanted.trim();
    if found != wanted && std::env::var_os("FRONTDESK_BLESS").is_some() {
        fs::write(source::root().join(path), format!("{before}\n{wanted}\n{after}")).expect("written");
        return;
    }
    assert!(found == wanted, "{path}, <!-- {name} -->, is not what the code has: run with FRONTDESK_BLESS=1");
}

/// The names in backquotes that begin the table rows of a block.
fn first_cells(path: &str, name: &str) -> Vec<String> {
    let (_, block, _) = split(path, &read(path), name);
    let cells = block.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

fn confirmation(spec: &ActionSpec) -> &'static str {
    match spec.danger {
        Danger::Harmless => "at once",
        Danger::Confirm => "`y`",
        Danger::Typed => "the number, typed",
    }
}

fn actions() -> String {
    let mut out = String::from(
        "| key | on | action | confirmed by | role | command line: `frontdesk …` | what it does |\n",
    );
    out.push_str("|---|---|---|---|---|---|---|\n");
    for spec in ACTIONS {
        let lists: Vec<&str> = spec.lists.iter().map(|l| l.word()).collect();
        let lists = if lists.is_empty() { "everywhere".to_owned() } else { lists.join(", ") };
        let (cli, role) = (spec.cli.replace('|', "\\|"), spec.role.word());
        let confirmed = confirmation(spec);
        out.push_str(&format!(
            "| `{}` | {lists} | {} | {confirmed} | {role} | `{cli}` | {} |\n",
            spec.key, spec.label, spec.help
        ));
    }
    out
}

/// The commands of a program with their arguments, each as a row.
fn verbs(program: &clap::Command) -> String {
    fn row(command: &clap::Command, before: &str, out: &mut String) {
        let name = format!("{before}{}", command.get_name());
        let mut nested = command.get_subcommands().peekable();
        if nested.peek().is_some() {
            nested.for_each(|one| row(one, &format!("{name} "), out));
            return;
        }
        let words: Vec<String> = command.get_arguments().map(argument).collect();
        let usage = format!("{name} {}", words.join(" ")).trim().replace('|', "\\|");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        out.push_str(&format!("| `{usage}` | {about}. |\n"));
    }
    let mut out = String::from("| command | what it does |\n|---|---|\n");
    program.get_subcommands().for_each(|command| row(command, "", &mut out));
    out
}

fn argument(arg: &clap::Arg) -> String {
    let choices: Vec<String> =
        arg.get_possible_values().iter().map(|choice| choice.get_name().to_owned()).collect();
    let names = arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string);
    let value = match choices.is_empty() || !arg.get_action().takes_values() {
        true => names.collect::<Vec<_>>().join(" "),
        false => choices.join("|"),
    };
    match arg.get_long() {
        Some(long) if arg.get_action().takes_values() => format!("[--{long} {value}]"),
        Some(long) => format!("[--{long}]"),
        None if arg.is_required_set() => value,
        None => format!("[{value}]"),
    }
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 200, "{lines} lines");
}

#[test]
fn the_table_of_actions_is_the_registry() {
    same("docs/console.md", "actions", &actions());
}

#[test]
fn the_tables_of_commands_are_those_of_the_programs() {
    same("docs/console.md", "commands", &verbs(&Cli::words()));
    same("docs/operate.md", "commands", &verbs(&cli::words()));
}

#[test]
fn the_tables_of_keys_are_those_of_the_configuration() {
    same("docs/configuration.md", "every-key", &config::documentation());
}

#[test]
fn the_rules_are_those_of_the_gate_in_their_order() {
    assert_eq!(first_cells("docs/configuration.md", "rules"), RULES);
}

#[test]
fn the_fields_of_a_file_are_those_of_the_intake() {
    let fields: Vec<String> = WORDS.iter().map(|(_, word)| format!("`{word}`")).collect();
    same("docs/importing.md", "fields", &fields.join(" · "));
}

#[test]
fn the_scenarios_are_the_sandbox_s_in_the_order_of_their_digits() {
    let wanted: Vec<String> =
        (1..).zip(Scenario::ALL).map(|(n, s)| format!("`{n:02}` {}", s.name())).collect();
    same("docs/operate.md", "scenarios", &wanted.join(" · "));
    let wanted: Vec<String> = (51..).zip(Course::ALL).map(|(n, c)| format!("`{n}` {}", c.name())).collect();
    same("docs/operate.md", "courses", &wanted.join(" · "));
}

#[test]
fn every_route_is_listed_and_no_other() {
    let files = source::files();
    let routers = files.iter().filter(|(path, _)| path.starts_with("daemon/src/http/"));
    let routes = routers.flat_map(|(_, text)| text.split(".route(\"").skip(1));
    let wanted: BTreeSet<String> = routes.filter_map(|r| r.split('"').next()).map(str::to_owned).collect();
    let paths = first_cells("docs/api.md", "routes");
    let listed: BTreeSet<String> =
        paths.iter().map(|p| p.split_whitespace().last().unwrap_or_default().to_owned()).collect();
    assert_eq!(listed, wanted);
}

#[test]
fn every_goal_they_name_exists_and_every_goal_is_named() {
    let makefile = read("Makefile");
    let goals: BTreeSet<&str> =
        makefile.lines().filter_map(|l| l.split_once(": ## ")).map(|(goal, _)| goal).collect();
    let all = documents().into_values().collect::<String>();
    let named: BTreeSet<&str> = codes(&all)
        .into_iter()
        .flat_map(|code| code.split("make ").skip(1))
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next())
        .collect();
    assert!(named.is_subset(&goals), "{named:?} of {goals:?}");
    for goal in goals.iter().filter(|g| **g != "help") {
        assert!(named.contains(goal), "make {goal} is not named");
    }
}

#[test]
fn the_map_is_the_tree() {
    let listed: BTreeSet<String> = first_cells("docs/architecture.md", "map").into_iter().collect();
    let root = source::root();
    let mut there: BTreeSet<String> =
        ["shared", "migrations", "fuzz", "scripts", "tui/tests"].map(str::to_owned).into();
    for parent in ["daemon", "daemon/src", "tui/src", "tests"] {
        for entry in fs::read_dir(root.join(parent)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !["src", "target"].contains(&name.as_str()) {
                there.insert(format!("{parent}/{name}"));
            }
        }
    }
    there.insert("tests/src".to_owned());
    assert_eq!(listed, there);
}

#[test]
fn every_invariant_names_what_holds_it() {
    let (_, block, _) = split("docs/architecture.md", &read("docs/architecture.md"), "invariants");
    let rows: Vec<&str> = block.lines().skip(2).collect();
    assert!(rows.len() > 10);
    for row in rows {
        assert!(
            row.rsplit('|').nth(1).is_some_and(|held| held.contains("`tests/") || held.contains("`daemon/")),
            "{row}"
        );
    }
}

/// Code in a text: spans in backquotes and the lines of `console` blocks.
fn codes(text: &str) -> Vec<&str> {
    let (mut found, mut fence) = (Vec::new(), None);
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), fence) {
            (Some(language), None) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (None, Some("console")) => found.push(line.trim()),
            (None, Some(_)) => {}
            (None, None) => found.extend(line.split('`').skip(1).step_by(2)),
        }
    }
    found
}

/// The anchors of a text's headings, as they are made for links.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        title.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let mut seen = 0;
    for (path, text) in &documents {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            seen += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = if path.starts_with("docs/") && !file.is_empty() { "docs/" } else { "" };
            let file = if file.is_empty() {
                path.clone()
            } else {
                format!("{folder}{file}").replace("docs/../", "")
            };
            assert!(source::root().join(&file).exists(), "{path} links to {target}");
            if let Some(linked) = documents.get(&file).filter(|_| !anchor.is_empty()) {
                assert!(anchors(linked).contains(anchor), "{path} links to {target}");
            }
        }
    }
    assert!(seen > 10, "{seen}");
}

/// What is wrong with a command line of a program; `None`: nothing.
fn misspelled(program: &clap::Command, words: &[&str]) -> Option<String> {
    let mut commands = vec![program];
    let mut words = words.iter().map(|w| w.trim_matches(['[', ']', ',', '.']));
    while let Some(word) = words.next() {
        let here = commands.last().copied()?;
        if let Some(flag) = word.strip_prefix("--").map(|flag| flag.split('=').next().unwrap_or_default()) {
            let arg = commands.iter().flat_map(|c| c.get_arguments()).find(|a| a.get_long() == Some(flag));
            // What follows `sandbox` is another program's.
            let foreign = here.get_arguments().any(clap::Arg::is_trailing_var_arg_set);
            match arg {
                None if !foreign => return Some(format!("no --{flag} at {}", here.get_name())),
                Some(arg) if arg.get_action().takes_values() && !word.contains('=') => drop(words.next()),
                _ => {}
            }
        } else if here.get_subcommands().next().is_some() && word != "…" && !word.is_empty() {
            match here.find_subcommand(word) {
                Some(command) => commands.push(command),
                // A placeholder for any of them.
                None if word.chars().all(|c| c.is_ascii_uppercase()) => return None,
                None => return Some(format!("no command {word} at {}", here.get_name())),
            }
        }
    }
    None
}

#[test]
fn every_command_they_name_exists() {
    let programs = [("frontdesk", Cli::words()), ("frontdeskd", cli::words())];
    let mut seen = 0;
    for (path, text) in documents() {
        for code in codes(&text) {
            for part in code.split([';', '|', '(', ')', '&']).map(str::trim) {
                let words: Vec<&str> = part.split_whitespace().collect();
                let Some((_, program)) = programs.iter().find(|(name, _)| words.first() == Some(name)) else {
                    continue;
                };
                seen += 1;
                assert_eq!(misspelled(program, &words[1..]), None, "{path}: {part}");
            }
        }
    }
    assert!(seen > 20, "{seen}");
    let (console, daemon) = (&programs[0].1, &programs[1].1);
    assert!(
        misspelled(console, &["leed"]).is_some() && misspelled(console, &["leads", "--filtre"]).is_some()
    );
    assert!(misspelled(daemon, &["keys", "old"]).is_some());
}

#[test]
fn every_path_they_name_exists() {
    let tops = ["daemon/", "tui/", "shared/", "tests/", "fuzz/", "migrations/", "scripts/", "docs/", ".ci/"];
    let mut seen = 0;
    for (path, text) in documents() {
        for code in codes(&text) {
            for word in code.split_whitespace().filter(|w| tops.iter().any(|top| w.starts_with(top))) {
                seen += 1;
                let word = word.split_once('*').map_or(word, |(folder, _)| folder);
                assert!(source::root().join(word).exists(), "{path} names {word}");
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn every_variable_they_name_exists() {
    let known: BTreeSet<String> = config::variables().into_iter().map(|v| v.name).collect();
    let code: String = source::files()
        .into_iter()
        .filter(|(path, _)| !path.ends_with(".md") && !path.ends_with(".toml"))
        .map(|(_, text)| text)
        .collect();
    let words: BTreeSet<&str> = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let mut seen = 0;
    for (path, mut text) in documents() {
        // Placeholders of arguments look like variables.
        if text.contains("<!-- commands -->") {
            let (before, _, after) = split(&path, &text, "commands");
            text = before + &after;
        }
        for code in codes(&text) {
            for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                let is_name = word.contains('_')
                    && word.starts_with(|c: char| c.is_ascii_uppercase())
                    && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
                if is_name {
                    seen += 1;
                    assert!(known.contains(word) || words.contains(word), "{path} names {word}");
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
}
