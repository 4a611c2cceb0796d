//! A detail as it is laid out: sections of labelled values, some of which open something else.
//! The screens fill it, `doc` makes lines of it. Pure.

use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::detail::Document;
use frontdesk_shared::noun::Subject;
use serde_json::Value;

/// One labelled value; without a label it is a paragraph.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is.
    pub label: String,
    /// What it says.
    pub value: String,
    /// What that means.
    pub role: Role,
    /// What Enter opens.
    pub link: Option<Subject>,
}

/// One block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// In order.
    pub entries: Vec<Entry>,
}

/// A whole detail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// One line.
    pub title: String,
    /// In order of use.
    pub sections: Vec<Section>,
}

impl Sheet {
    /// A sheet with its title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), sections: Vec::new() }
    }

    /// Adds a block, unless it stays empty.
    pub fn section(&mut self, title: &'static str, fill: impl FnOnce(&mut Section)) {
        let mut section = Section { title, entries: Vec::new() };
        fill(&mut section);
        if !section.entries.is_empty() {
            self.sections.push(section);
        }
    }

    /// Everything it leads to.
    pub fn links(&self) -> impl Iterator<Item = &Subject> {
        self.sections.iter().flat_map(|s| &s.entries).filter_map(|e| e.link.as_ref())
    }
}

impl Section {
    /// Adds a value, unless it is empty.
    pub fn add(&mut self, label: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.put(label.into(), value.into(), Role::Plain, None)
    }

    /// Adds a value that is worth a look.
    pub fn warn(&mut self, label: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.put(label.into(), value.into(), Role::Warn, None)
    }

    /// Adds a value that opens something.
    pub fn link(
        &mut self,
        label: impl Into<String>,
        value: impl Into<String>,
        noun: Noun,
        id: impl std::fmt::Display,
    ) -> &mut Self {
        self.put(label.into(), value.into(), Role::Info, Some(Subject::new(noun, id)))
    }

    /// Adds a value that opens something, where there is something.
    pub fn link_some<T: std::fmt::Display>(&mut self, label: &str, noun: Noun, id: Option<T>) -> &mut Self {
        if let Some(id) = id {
            let text = id.to_string();
            self.link(label, text.clone(), noun, text);
        }
        self
    }

    /// Adds stored text for reading.
    pub fn document(&mut self, document: &Document) -> &mut Self {
        if document.is_empty() {
            return self;
        }
        let mut text = match &document.value {
            Value::String(text) => text.clone(),
            value => serde_json::to_string_pretty(value).unwrap_or_default(),
        };
        if let Some(whole) = document.cut_of {
            text.push_str(&format!("\n… cut: {} of {whole} bytes shown", text.len()));
        }
        self.put(String::new(), text, Role::Plain, None)
    }

    fn put(&mut self, label: String, value: String, role: Role, link: Option<Subject>) -> &mut Self {
        if !value.is_empty() {
            self.entries.push(Entry { label, value, role, link });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_left_out() {
        let mut sheet = Sheet::new("x");
        sheet.section("A", |s| {
            s.add("label", "");
            s.document(&Document::default());
        });
        assert!(sheet.sections.is_empty());
        sheet.section("B", |s| {
            s.add("label", "value").link_some("lead", Noun::Lead, None::<String>);
            s.document(&Document { value: "text".into(), cut_of: Some(9) });
        });
        assert_eq!(sheet.sections[0].entries[1].value, "text\n… cut: 4 of 9 bytes shown");
        assert_eq!(sheet.links().count(), 0);
    }
}
