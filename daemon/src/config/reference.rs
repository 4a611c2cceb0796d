//! The configuration's documentation: the reference file and `docs/configuration.md`, both made
//! from the tables of keys, so that neither can be out of date.
//!
//! Must not live here: the keys.

use super::raw::quoted;
use super::section::{Key, Section};
use super::{SECTIONS, features, tables};
use frontdesk_domain::keys::{Key as RuleKey, TABLE, Table};
use frontdesk_domain::{booking, policy};
use serde_json::Value;

/// The committed reference: every key, its default, one line on what it is for. A test holds
/// it to the tables of keys. `frontdeskd check --reference` prints it.
pub const REFERENCE: &str = include_str!("reference.toml");

/// One environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The section it belongs to.
    pub group: &'static str,
    /// Whether the group is off or incomplete without it (or without its alternative).
    pub required: bool,
    /// Whether it is a secret, and so also read from the file that `NAME_FILE` names.
    pub secret: bool,
    /// The default as TOML; empty: none.
    pub default: String,
    /// Where to get the value; may be empty.
    pub get: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// Every environment variable, by group.
pub fn variables() -> Vec<Variable> {
    let of = |section: &'static Section| section.keys.iter().map(move |key| variable(section, key));
    let mut out: Vec<Variable> = SECTIONS.iter().flat_map(of).collect();
    out.extend(tables::VARIABLES.iter().map(|v| Variable {
        name: v.name.to_owned(),
        group: if v.name.contains("CLIENT") { "clients" } else { "file and tables" },
        required: false,
        secret: v.secret,
        default: String::new(),
        get: "",
        about: v.about,
    }));
    out
}

fn variable(section: &'static Section, key: &'static Key) -> Variable {
    Variable {
        name: key.env_name(),
        group: section.name,
        required: section.needs.iter().any(|choice| choice.contains(&key.name)),
        secret: key.secret,
        default: key.default_text().unwrap_or_default(),
        get: key.get.unwrap_or_default(),
        about: key.about.trim(),
    }
}

/// `docs/configuration.md` between its markers: every table of the file, every key in it, and
/// the variables that are no keys.
pub fn documentation() -> String {
    let mut out = String::new();
    for section in SECTIONS {
        heading(&mut out, &format!("[{}]", section.name), &about_section(section));
        row(&mut out, &["key", "variable", "value", "default", "meaning"]);
        out.push_str("|---|---|---|---|---|\n");
        for key in section.keys {
            let mut about = about_key(section, key);
            if let Some(get) = key.get {
                about.push_str(&format!(" *Get it:* {get}."));
            }
            let default = key.default_text().map(|d| code(&d)).unwrap_or_default();
            let value = value_words(key.kind, &section_bounds(key));
            row(&mut out, &[&code(key.name), &code(&key.env_name()), &value, &default, &about]);
        }
    }
    for table in rules() {
        document_rules(&mut out, &table);
    }
    heading(&mut out, "Variables that are no keys", "");
    row(&mut out, &["variable", "meaning"]);
    out.push_str("|---|---|\n");
    for variable in tables::VARIABLES {
        row(&mut out, &[&code(variable.name), variable.about]);
    }
    out
}

/// What is said of keys that change nothing yet.
const UNUSED: &str = " Read and checked; not used by this version.";

/// The tables of the rules, in the order of the file.
fn rules() -> Vec<Table> {
    let mut all = policy::tables();
    all.extend(booking::tables());
    all
}

fn about_section(section: &Section) -> String {
    let mut about = section.about.trim().to_owned();
    if !section.needs.is_empty() {
        let needs = section.needed_names().join(", ");
        about.push_str(&format!(" Needs {needs}. Without it: {}.", section.off));
    }
    if !features::is_used_section(section) {
        about.push_str(UNUSED);
    }
    about
}

/// What a key is for. That its whole section is not used is said there.
fn about_key(section: &Section, key: &Key) -> String {
    let alone = features::is_used_section(section) && !features::is_used(section, key.name);
    format!("{}{}", key.about.trim(), if alone { UNUSED } else { "" })
}

fn section_bounds(key: &Key) -> String {
    match key.range.as_ref().map(|range| (*range.start(), *range.end())) {
        None => String::new(),
        Some((least, i64::MAX)) => format!("at least {least}"),
        Some((least, most)) => format!("{least} to {most}"),
    }
}

fn value_words(kind: &str, bounds: &str) -> String {
    if bounds.is_empty() { kind.to_owned() } else { format!("{kind}, {bounds}") }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn heading(out: &mut String, name: &str, about: &str) {
    let name = if name.starts_with('[') { code(name) } else { name.to_owned() };
    out.push_str(&format!("\n### {name}\n\n"));
    if !about.is_empty() {
        out.push_str(&format!("{about}\n\n"));
    }
}

fn row(out: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    out.push_str(&format!("| {} |\n", cells.join(" | ")));
}

/// The keys of a table of rules that stand in it, not in a table of their own.
fn own_keys(table: &Table) -> impl Iterator<Item = &'static RuleKey> {
    table.keys.iter().filter(|key| key.kind != TABLE)
}

/// The default of a rule's key, as TOML; `None`: there is none, or another key gives it.
fn rule_default(table: &Table, key: &RuleKey) -> Option<String> {
    if key.or.is_some() {
        return None;
    }
    inline(table.default.get(key.name)?)
}

fn document_rules(out: &mut String, table: &Table) {
    heading(out, &format!("[{}]", table.path), table.about.trim());
    // Whole rows that differ in everything are columns; many small ones are a table of their own.
    let columns: Vec<_> = if table.rows.len() <= 3 { table.rows.iter().collect() } else { Vec::new() };
    let mut head =
        vec!["key", "value", if table.rows.is_empty() { "default" } else { "default of a new one" }];
    head.extend(columns.iter().map(|(name, _)| name.as_str()));
    head.push("meaning");
    row(out, &head);
    out.push_str(&format!("{}|\n", "|---".repeat(head.len())));
    for key in own_keys(table) {
        let shown = |value: Option<String>| value.map(|v| code(&v)).unwrap_or_default();
        let default =
            key.or.map_or_else(|| shown(rule_default(table, key)), |or| format!("that of {}", code(or)));
        let mut cells = vec![code(key.name), value_words(key.kind, &key.bounds()), default];
        cells.extend(columns.iter().map(|(_, fields)| shown(fields.get(key.name).and_then(inline))));
        cells.push(key.about.trim().to_owned());
        row(out, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if columns.is_empty() && !table.rows.is_empty() {
        out.push_str("\nRows by default, with what differs from a new one:\n\n");
        for (name, fields) in &table.rows {
            out.push_str(&format!("- {} {}\n", code(name), code(&differing(table, fields))));
        }
    }
}

/// A row as an inline table of the values that differ from those of a new row.
fn differing(table: &Table, fields: &Value) -> String {
    let fields = fields.as_object().into_iter().flatten();
    let differs = fields.filter(|(name, value)| table.default.get(name.as_str()) != Some(*value));
    inline(&Value::Object(differs.map(|(name, value)| (name.clone(), value.clone())).collect()))
        .unwrap_or_default()
}

/// A value as TOML on one line; `None` for null.
fn inline(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(yes) => yes.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().filter_map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| Some(format!("{name} = {}", inline(value)?));
            let fields: Vec<String> = fields.iter().filter_map(field).collect();
            if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
        }
    })
}

/// The text of the reference file.
#[cfg(test)]
pub(crate) fn render() -> String {
    let mut out = String::from(concat!(
        "# Every key of frontdeskd's configuration, with its default. Copy what you change to\n",
        "# frontdesk.toml in the data directory, or to the file that FRONTDESK_CONFIG names.\n",
        "# The variable in brackets sets the same key and wins over the file; for a secret, the\n",
        "# variable with _FILE at its end names a file that holds it.\n",
        "# A key without a default is commented out. A provider is on when all keys it needs are\n",
        "# set, off when none is, and half of them is an error.\n",
    ));
    for section in SECTIONS {
        out.push_str(&format!("\n# {}\n[{}]\n", about_section(section), section.name));
        for key in section.keys {
            let value = value_words(key.kind, &section_bounds(key));
            out.push_str(&format!("# {} [{}] ({value})\n", about_key(section, key), key.env_name()));
            match key.default_text() {
                Some(default) => out.push_str(&format!("{} = {default}\n", key.name)),
                None => out.push_str(&format!("# {} =\n", key.name)),
            }
        }
    }
    for table in rules() {
        render_rules(&mut out, &table);
    }
    out.push_str(concat!(
        "\n# Clients created at start where their key does not exist: the fields of\n",
        "# POST /api/onboard-client and api_key. [BOOTSTRAP_CLIENTS, JSON]\n",
        "# [[clients]]\n",
        "# businessName = \"ABC Plumbing\"\n",
        "# key = \"abc-plumbing\"\n",
        "# api_key = \"at least sixteen characters\"\n",
    ));
    out
}

#[cfg(test)]
fn render_rules(out: &mut String, table: &Table) {
    let variable = table.path.split('.').next().unwrap_or_default().to_uppercase();
    out.push_str(&format!("\n# {} [FRONTDESK_{variable}, JSON]\n", table.about.trim()));
    let comment = |key: &RuleKey| {
        let or = key.or.map(|or| format!(" Where absent: {or}.")).unwrap_or_default();
        format!("# {}{or} ({})\n", key.about.trim(), value_words(key.kind, &key.bounds()))
    };
    let line = |name: &str, value: Option<String>| match value {
        Some(value) => format!("{name} = {value}\n"),
        None => format!("# {name} =\n"),
    };
    let Some(prefix) = table.path.strip_suffix(".XX") else {
        out.push_str(&format!("[{}]\n", table.path));
        for key in own_keys(table) {
            out.push_str(&comment(key));
            out.push_str(&line(key.name, rule_default(table, key)));
        }
        return;
    };
    // The keys of a new row first, then the rows that are there.
    out.push_str(&format!("# [{}]\n", table.path));
    for key in own_keys(table) {
        out.push_str(&comment(key));
        let value = line(key.name, rule_default(table, key));
        out.push_str(&format!("# {}", value.trim_start_matches("# ")));
    }
    out.push_str(&format!("[{prefix}]\n"));
    for (name, fields) in &table.rows {
        out.push_str(&line(name, Some(differing(table, fields))));
    }
}
