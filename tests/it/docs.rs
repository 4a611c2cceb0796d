//! README.md against the code: the tables in it are the ones the programs have, and what it
//! names exists.

use frontdesk_daemon::config;
use frontdesk_domain::gate::RULES;
use frontdesk_sandbox::vapi::Scenario;
use frontdesk_shared::action::{ACTIONS, ActionSpec, Danger};
use frontdesk_tests::source;
use std::collections::BTreeSet;

fn file(path: &str) -> String {
    let all = source::files();
    all.into_iter().find(|(p, _)| p == path).unwrap_or_else(|| panic!("{path} is not there")).1
}

/// What stands between `<!-- name -->` and `<!-- /name -->`.
fn block(readme: &str, name: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let after = readme.split_once(&begin).unwrap_or_else(|| panic!("README.md has no {begin}")).1;
    after.split_once(&end).unwrap_or_else(|| panic!("README.md has no {end}")).0.trim().to_owned()
}

/// Fails with the whole text that is wanted, to be copied.
fn same(name: &str, wanted: &str) {
    let found = block(&file("README.md"), name);
    let wanted = wanted.trim();
    assert!(found == wanted, "README.md, <!-- {name} -->: this is wanted between the markers:\n{wanted}\n");
}

/// The names in backquotes that begin the table rows of a block.
fn first_cells(name: &str) -> Vec<String> {
    let block = block(&file("README.md"), name);
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

fn keys() -> String {
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

#[test]
fn the_key_table_is_the_registry_of_actions() {
    same("keys", &keys());
}

#[test]
fn the_table_of_variables_is_the_configuration_s() {
    same("environment", &config::environment_table());
}

#[test]
fn the_rules_are_those_of_the_gate_in_their_order() {
    assert_eq!(first_cells("rules"), RULES);
}

#[test]
fn the_scenarios_are_the_sandbox_s_in_the_order_of_their_digits() {
    let wanted: Vec<String> =
        (1..).zip(Scenario::ALL).map(|(n, s)| format!("`{n:02}` {}", s.name())).collect();
    same("scenarios", &wanted.join(" · "));
}

#[test]
fn every_route_is_listed_and_no_other() {
    let router = file("daemon/src/http/mod.rs");
    let routes = router.split(".route(\"").skip(1).filter_map(|r| r.split('"').next());
    let wanted: BTreeSet<String> = routes.map(str::to_owned).collect();
    let paths = first_cells("routes");
    let listed: BTreeSet<String> =
        paths.iter().map(|p| p.split_whitespace().last().unwrap_or_default().to_owned()).collect();
    assert_eq!(listed, wanted);
}

#[test]
fn every_goal_it_names_exists_and_every_goal_is_named() {
    let makefile = file("Makefile");
    let goals: BTreeSet<&str> =
        makefile.lines().filter_map(|l| l.split_once(": ## ")).map(|(goal, _)| goal).collect();
    let readme = file("README.md");
    let named = readme.split("`make ").skip(1).filter_map(|t| t.split('`').next());
    let named: BTreeSet<&str> = named.collect();
    assert!(named.is_subset(&goals), "{named:?} of {goals:?}");
    for goal in goals.iter().filter(|g| **g != "help") {
        assert!(readme.contains(&format!("make {goal}")), "make {goal}");
    }
}

#[test]
fn every_path_of_the_code_map_exists() {
    let block = block(&file("README.md"), "map");
    let files = source::files();
    let mut seen = 0;
    for path in block.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()) {
        let there = files.iter().any(|(p, _)| p == path || p.starts_with(&format!("{path}/")));
        assert!(there, "{path}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}
