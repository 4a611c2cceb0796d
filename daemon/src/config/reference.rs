//! The configuration's documentation: the reference file and the README's table, both made
//! from the sections, so that neither can be out of date.
//!
//! Must not live here: the keys.

use super::section::{Key, Section};
use super::{SECTIONS, tables};

/// The committed reference: every key, its default, one line on what it is for. A test holds
/// it to the sections.
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

/// The README's table of variables, in Markdown.
pub fn environment_table() -> String {
    let mut out = String::from("| variable | group | | default | what it is for | where to get it |\n");
    out.push_str("|---|---|---|---|---|---|\n");
    for v in variables() {
        let mut notes = vec![if v.required { "required by the group" } else { "optional" }];
        if v.secret {
            notes.push("secret");
        }
        let default = if v.default.is_empty() { String::new() } else { format!("`{}`", v.default) };
        let cells = [&format!("`{}`", v.name), v.group, &notes.join(", "), &default, v.about, v.get];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
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
        out.push_str(&format!("\n# {}\n", section.about.trim()));
        if !section.needs.is_empty() {
            let needs = section.needed_names().join(", ");
            out.push_str(&format!("# Needs {needs}. Without it: {}.\n", section.off));
        }
        out.push_str(&format!("[{}]\n", section.name));
        for key in section.keys {
            let env = key.env_name();
            let comment = format!("# {} [{env}]", key.about.trim());
            let kind = if key.secret { format!(" ({})", key.kind) } else { String::new() };
            out.push_str(&format!("{comment}{kind}\n"));
            match key.default_text() {
                Some(default) => out.push_str(&format!("{} = {default}\n", key.name)),
                None => out.push_str(&format!("# {} =\n", key.name)),
            }
        }
    }
    out.push_str(concat!(
        "\n# Tables whose keys other parts own; `frontdeskd check` shows them with their defaults.\n",
        "# Who may be called, when, how often. [FRONTDESK_CALLING, JSON]\n",
        "[calling]\n",
        "# Appointments: lengths, hours, notice, buffers. [FRONTDESK_BOOKING, JSON]\n",
        "[booking]\n",
        "# Rules of a country or state: [profiles.GB] days, start, end, … [FRONTDESK_PROFILES, JSON]\n",
        "[profiles]\n",
        "\n# Clients created at start where their key does not exist. [BOOTSTRAP_CLIENTS, JSON]\n",
        "# [[clients]]\n",
        "# businessName = \"ABC Plumbing\"\n",
        "# key = \"abc-plumbing\"\n",
        "# api_key = \"at least sixteen characters\"\n",
    ));
    out
}
