//! The effective configuration as text: every value, where it came from, no secret.
//!
//! What `frontdeskd check` prints. Must not live here: reading anything.

use super::raw::quoted;
use super::reader::Source;
use super::section::Section;
use super::{Config, SECTIONS};
use serde_json::Value;

/// The effective configuration, with the free tables as they were set.
pub fn effective(config: &Config) -> String {
    effective_with(
        config,
        &[("calling", &config.calling), ("booking", &config.booking), ("profiles", &config.profiles)],
    )
}

/// The same, with the free tables as their owners completed them, defaults included.
pub fn effective_with(config: &Config, tables: &[(&str, &Value)]) -> String {
    let mut out = String::from("# Effective configuration.");
    match &config.file {
        Some(file) => out.push_str(&format!(" File: {}\n", file.display())),
        None => out.push_str(" No file.\n"),
    }
    for section in SECTIONS {
        show_section(config, section, &mut out);
    }
    for (name, value) in tables {
        show_table(config, name, value, &mut out);
    }
    for one in &config.bootstrap {
        out.push_str("\n[[clients]]\n");
        line(&mut out, "businessName", &quoted(&one.client.business_name), "created where it does not exist");
        if let Some(key) = &one.client.key {
            line(&mut out, "key", &quoted(key), "");
        }
        let api_key = if one.api_key.is_some() { "set" } else { "one is made" };
        line(&mut out, "api_key", &quoted(api_key), "");
    }
    out
}

fn show_section(config: &Config, section: &'static Section, out: &mut String) {
    let lines: Vec<_> = config.shown.iter().filter(|shown| shown.section == section.name).collect();
    out.push_str(&format!("\n# {}\n", section.about.trim()));
    if lines.is_empty() {
        // Off: what it needs, and the defaults it would have.
        out.push_str(&format!("# Off: {}. Needs {}\n", section.off, section.needed_names().join(", ")));
        out.push_str(&format!("# [{}]\n", section.name));
        for key in section.keys {
            if let Some(default) = key.default_text() {
                line(out, &format!("# {}", key.name), &default, "default");
            }
        }
        return;
    }
    out.push_str(&format!("[{}]\n", section.name));
    for shown in lines {
        match &shown.text {
            Some(text) => line(out, shown.name, text, &shown.source.to_string()),
            None => out.push_str(&format!("# {} is not set\n", shown.name)),
        }
    }
}

fn show_table(config: &Config, name: &str, value: &Value, out: &mut String) {
    let mut lines = Vec::new();
    flatten(name, value, &mut lines);
    out.push('\n');
    if lines.is_empty() {
        out.push_str(&format!("# [{name}] changes nothing\n"));
    }
    for (path, text) in lines {
        let source = source_of(config, &path).map_or_else(|| "default".to_owned(), ToString::to_string);
        line(out, &path, &text, &source);
    }
}

/// The source of a leaf: its own, or that of a table or list above it.
fn source_of<'c>(config: &'c Config, path: &str) -> Option<&'c Source> {
    let mut path = path;
    loop {
        if let Some(source) = config.table_sources.get(path) {
            return Some(source);
        }
        path = path.rsplit_once('.')?.0;
    }
}

fn flatten(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&format!("{path}.{name}"), value, out);
            }
        }
        Value::Null => {}
        Value::String(text) => out.push((path.to_owned(), quoted(text))),
        other => out.push((path.to_owned(), other.to_string())),
    }
}

fn line(out: &mut String, name: &str, text: &str, note: &str) {
    let left = format!("{name} = {text}");
    match note {
        "" => out.push_str(&format!("{left}\n")),
        note => out.push_str(&format!("{left:<52} # {note}\n")),
    }
}
