//! Everything about one thing, ready to be shown: dispatch, and the parts every view is made of.
//!
//! One file per noun. A view is bounded however much there is: the newest of everything, long
//! texts cut. Secrets are never selected, or removed from what providers and people stored.

mod appointment;
mod call;
mod client;
mod fault;
mod import;
mod job;
mod lead;
mod webhook;

pub use import::report as import_report;
pub use lead::gate_history;

use super::mask::{HIDDEN, Mask, clip};
use super::{events, resolve};
use crate::{Result, Tx};
use frontdesk_shared::Millis;
use frontdesk_shared::id::encode;
use frontdesk_shared::page::{Detail, Section, Subject};
use frontdesk_shared::time::short_duration;
use serde_json::Value;

/// Longest paragraph, in characters.
const LINE: usize = 2_000;
/// Rows of related things.
const RELATED: i64 = 30;

/// Everything about `subject`, whose id may be given as people type it. `unmasked` shows
/// numbers and what was said.
///
/// # Errors
/// A refusal when there is no such thing or several; otherwise as the store fails.
pub fn detail(tx: &mut Tx<'_>, subject: &Subject, now: Millis, unmasked: bool) -> Result<Detail> {
    let id = resolve::resolve(tx, &subject.kind, &subject.id)?;
    let mut view = View {
        now,
        mask: Mask { open: unmasked },
        detail: Detail {
            subject: Subject { kind: subject.kind.clone(), id: encode(id) },
            title: String::new(),
            sections: Vec::new(),
            story: Vec::new(),
            related: Vec::new(),
        },
    };
    match subject.kind.as_str() {
        "lead" => lead::view(tx, id, &mut view)?,
        "call" => call::view(tx, id, &mut view)?,
        "job" => job::view(tx, id, &mut view)?,
        "fault" => fault::view(tx, id, &mut view)?,
        "webhook" => webhook::view(tx, id, &mut view)?,
        "import" => import::view(tx, id, &mut view)?,
        "appointment" => appointment::view(tx, id, &mut view)?,
        _ => client::view(tx, id, &mut view)?,
    }
    if view.detail.story.is_empty() {
        let about = view.detail.subject.id.clone();
        view.detail.story = events::story(tx, &about, view.mask)?;
    }
    Ok(view.detail)
}

/// A view under construction.
struct View {
    now: Millis,
    mask: Mask,
    detail: Detail,
}

impl View {
    /// Adds a block, unless it is empty.
    fn section(&mut self, title: &str, lines: Lines) {
        if !lines.0.is_empty() {
            self.detail.sections.push(Section { title: title.to_owned(), lines: lines.0 });
        }
    }

    fn related(&mut self, label: impl Into<String>, kind: &str, id: Option<i64>) {
        if let Some(id) = id {
            let subject = Subject { kind: kind.to_owned(), id: encode(id) };
            self.detail.related.push((label.into(), subject));
        }
    }

    /// An instant, and how far it is from now.
    fn when(&self, at: Millis) -> String {
        let iso = at.iso();
        let distance = self.now.since(at);
        // Seconds are enough for people.
        let shown = iso.split_once('.').map_or(iso.as_str(), |(seconds, _)| seconds).replace('T', " ");
        match distance {
            0..1000 => format!("{shown}Z, now"),
            ms if ms > 0 => format!("{shown}Z, {} ago", short_duration(ms)),
            ms => format!("{shown}Z, in {}", short_duration(-ms)),
        }
    }

    fn when_some(&self, at: Option<Millis>) -> String {
        at.map(|at| self.when(at)).unwrap_or_default()
    }

    /// What was said, or that it is hidden.
    fn said(&self, text: String) -> String {
        match (text.is_empty(), self.mask.open) {
            (true, _) => String::new(),
            (false, true) => text,
            (false, false) => HIDDEN.to_owned(),
        }
    }

    /// Stored JSON (or other text) for reading, at most `most` bytes of it.
    fn pretty(&self, stored: &str, most: usize) -> String {
        let pretty = match serde_json::from_str::<Value>(stored) {
            Ok(Value::Null) => return String::new(),
            Ok(Value::Object(fields)) if fields.is_empty() => return String::new(),
            Ok(value) => {
                let value = self.mask.json(value);
                serde_json::to_string_pretty(&value).unwrap_or_default()
            }
            Err(_) if self.mask.open => stored.to_owned(),
            Err(_) => super::mask::mask_numbers(stored),
        };
        bounded(pretty, most)
    }
}

/// At most `most` bytes, and how many there were.
fn bounded(mut text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let whole = text.len();
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(&format!("\n… cut: {most} of {whole} bytes shown"));
    text
}

/// Labelled lines; empty values are left out.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, label: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((label.into(), clip(value, LINE)));
        }
        self
    }

    /// A paragraph that was bounded already.
    fn block(&mut self, text: String) -> &mut Self {
        if !text.is_empty() {
            self.0.push((String::new(), text));
        }
        self
    }
}

/// Millionths of a US dollar in words.
fn dollars(micros: i64) -> String {
    if micros == 0 {
        String::new()
    } else {
        format!("${}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
    }
}

#[cfg(test)]
mod tests;
