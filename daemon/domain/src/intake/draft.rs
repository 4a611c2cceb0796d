//! One row → a lead draft, or everything that is wrong with it.
//!
//! Lives here: the draft, and putting cells into it with each field's own check. Must not live
//! here: reading rows; phone normalisation; anything that needs the store.

use super::consent::{Cells, ConsentDraft};
use super::fields::Field;
use super::header::Column;
use super::problem::{FileProblem, RowProblem};
use super::text::{clean, flag, is_placeholder, short};
use super::{Row, attest, country, email, raw_phone};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::import::ImportSpec;
use std::collections::BTreeMap;

/// Longest name, source or id in characters.
const MAX_NAME: usize = 200;
/// Longest variable in characters.
const MAX_VAR: usize = 2_000;
/// Longest state and postcode in characters.
const MAX_PLACE: usize = 60;

/// A lead as a file describes it: checked, but its number not yet normalised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadDraft {
    /// Row in the file; the header is row 1, elements of JSON count from 1.
    pub row: u64,
    /// The number to try first, as written; never empty.
    pub raw_phone: String,
    /// Other numbers of the row, best first.
    pub fallbacks: Vec<String>,
    /// Name, empty when unknown.
    pub name: String,
    /// Email address.
    pub email: Option<String>,
    /// Where the lead came from: the row's, else the import's, else the file's label.
    pub source: String,
    /// Alpha-2 country: the row's, else the import's, else what the kind of file implies.
    pub country: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// State, province or region.
    pub state: Option<String>,
    /// Postcode or ZIP.
    pub postcode: Option<String>,
    /// Its id elsewhere.
    pub external_id: Option<String>,
    /// Consent given: the row's, else the file's statement.
    pub consent: Option<ConsentDraft>,
    /// Channels the row itself refuses; no statement overrides it.
    pub refused: Vec<Channel>,
    /// Everything else. A score given elsewhere is under `score`.
    pub vars: BTreeMap<String, String>,
    /// What is worth a look although the row is usable.
    pub warnings: Vec<String>,
}

/// What all rows of a file share.
#[derive(Clone, Debug)]
pub struct Context {
    now: Millis,
    country: Option<String>,
    source: String,
    statement: Option<ConsentDraft>,
    /// The last time zone and its verdict: files repeat one zone a million times.
    zone: Option<(String, Option<String>)>,
}

impl Context {
    /// Checks what the import says about the whole file.
    pub fn new(spec: &ImportSpec, now: Millis) -> Result<Self, FileProblem> {
        let country = match spec.country.as_deref().map(str::trim).filter(|c| !c.is_empty()) {
            Some(text) => Some(country::code(text).map_err(FileProblem::Country)?.to_string()),
            None => None,
        };
        let source =
            spec.source.as_deref().map(clean).filter(|s| !s.is_empty()).unwrap_or_else(|| clean(&spec.label));
        let source = source.chars().take(MAX_NAME).collect();
        Ok(Self { now, country, source, statement: attest::statement(spec, now)?, zone: None })
    }

    /// Takes a country the kind of file implies, where the import names none.
    pub fn imply_country(&mut self, code: Option<&str>) {
        if self.country.is_none() {
            self.country = code.map(ToString::to_string);
        }
    }

    /// The canonical name of an IANA time zone.
    fn timezone(&mut self, text: &str) -> Option<String> {
        if let Some((last, verdict)) = &self.zone
            && last == text
        {
            return verdict.clone();
        }
        let found = jiff::tz::TimeZone::get(text).ok();
        let verdict = found.as_ref().and_then(|z| z.iana_name()).map(ToString::to_string);
        self.zone = Some((text.to_string(), verdict.clone()));
        verdict
    }
}

/// A draft being put together.
pub struct Builder<'c> {
    context: &'c mut Context,
    draft: LeadDraft,
    first_name: String,
    last_name: String,
    consent: Cells,
    phone_problems: Vec<RowProblem>,
    problems: Vec<RowProblem>,
}

impl<'c> Builder<'c> {
    /// An empty draft for a row.
    pub fn new(context: &'c mut Context, row: u64) -> Self {
        Self {
            context,
            draft: LeadDraft { row, ..LeadDraft::default() },
            first_name: String::new(),
            last_name: String::new(),
            consent: Cells::default(),
            phone_problems: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Notes something worth a look.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.draft.warnings.push(warning.into());
    }

    /// Notes a problem, which refuses the row.
    pub fn refuse(&mut self, field: &str, reason: impl Into<String>) {
        self.problems.push(RowProblem::new(field, reason));
    }

    /// A phone column whose number the row forbids to call. Anything but a clear no forbids.
    pub fn withhold(&mut self, column: &Column) {
        self.phone_problems
            .push(RowProblem::new("phone", format!("“{}” is marked as not to be called", column.header)));
    }

    /// Takes one cell.
    pub fn put(&mut self, column: &Column, cell: &str) {
        if cell.is_empty() {
            return;
        }
        let key = column.key.as_str();
        match column.field {
            Field::Phone => self.phone(cell),
            Field::Variable | Field::Score => {
                if let Some(text) = self.text(key, cell, MAX_VAR) {
                    self.draft.vars.insert(key.to_string(), text);
                }
            }
            Field::DoNotCall => self.do_not_call(column, cell),
            Field::PhoneDnc | Field::Ignore => {}
            Field::Name => self.draft.name = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::FirstName => self.first_name = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::LastName => self.last_name = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::Source => self.draft.source = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::State => self.draft.state = self.known(key, cell, MAX_PLACE),
            Field::Postcode => self.draft.postcode = self.known(key, cell, MAX_PLACE),
            Field::ExternalId => self.draft.external_id = self.known(key, cell, MAX_NAME),
            Field::Email => {
                let text = clean(cell);
                if !is_placeholder(&text) {
                    match email::read(&text) {
                        Ok((address, several)) => {
                            self.draft.email = Some(address);
                            if several {
                                self.warn("several email addresses in one cell; the first is used");
                            }
                        }
                        Err(reason) => self.refuse(key, reason),
                    }
                }
            }
            Field::Country => {
                let text = clean(cell);
                // "NA" is Namibia as well as "not available"; as a country it is the former.
                if !is_placeholder(&text) || text.eq_ignore_ascii_case("na") {
                    match country::code(&text) {
                        Ok(code) => self.draft.country = Some(code.to_string()),
                        Err(reason) => self.refuse(key, reason),
                    }
                }
            }
            Field::Timezone => {
                let text = clean(cell);
                if !is_placeholder(&text) {
                    self.draft.timezone = self.context.timezone(&text);
                    if self.draft.timezone.is_none() {
                        let reason =
                            "is not an IANA time zone; write one like Europe/London or America/New_York";
                        self.refuse(key, format!("{} {reason}", short(&text, 40)));
                    }
                }
            }
            field => {
                let now = self.context.now;
                if let Err(problem) = self.consent.put(field, key, cell, now, &mut self.draft.warnings) {
                    self.problems.push(problem);
                }
            }
        }
    }

    fn phone(&mut self, cell: &str) {
        let country = self.draft.country.as_deref().or(self.context.country.as_deref());
        match raw_phone::tidy(cell, country) {
            Err(reason) => self.phone_problems.push(RowProblem::new("phone", reason)),
            Ok(tidy) => {
                self.draft.warnings.extend(tidy.warning.map(ToString::to_string));
                for number in tidy.numbers.into_iter().filter(|n| !n.is_empty()) {
                    if self.draft.raw_phone.is_empty() {
                        self.draft.raw_phone = number;
                    } else if number != self.draft.raw_phone && !self.draft.fallbacks.contains(&number) {
                        self.draft.fallbacks.push(number);
                    }
                }
            }
        }
    }

    fn do_not_call(&mut self, column: &Column, cell: &str) {
        let text = clean(cell);
        if forbids(&text) {
            let reason = format!(
                "“{}” is {}: this person must not be called",
                short(&column.header, 60),
                short(&text, 40)
            );
            self.refuse(&column.key, reason);
        }
    }

    /// A field that may say it is empty in words.
    fn known(&mut self, key: &str, cell: &str, most: usize) -> Option<String> {
        self.text(key, cell, most).filter(|t| !is_placeholder(t))
    }

    /// A cleaned text within its bound.
    fn text(&mut self, key: &str, cell: &str, most: usize) -> Option<String> {
        let text = clean(cell);
        if text.len() > most {
            let n = text.chars().count();
            if n > most {
                self.refuse(key, format!("{n} characters; at most {most}"));
                return None;
            }
        }
        (!text.is_empty()).then(|| text.into_owned())
    }

    /// The verdict on the row.
    pub fn finish(mut self) -> Row {
        let mut draft = self.draft;
        if draft.raw_phone.is_empty() {
            if self.phone_problems.is_empty() {
                self.phone_problems.push(RowProblem::new("phone", "there is no phone number"));
            }
            self.problems.append(&mut self.phone_problems);
        }
        if !self.problems.is_empty() {
            return Row::Rejected(self.problems.into_iter().map(|p| p.at(draft.row)).collect());
        }
        draft.warnings.extend(
            self.phone_problems.into_iter().map(|p| format!("another number was passed over: {}", p.reason)),
        );
        if draft.name.is_empty() {
            draft.name = match (self.first_name.is_empty(), self.last_name.is_empty()) {
                (false, false) => format!("{} {}", self.first_name, self.last_name),
                (false, true) => self.first_name,
                _ => self.last_name,
            };
        }
        if draft.source.is_empty() {
            draft.source.clone_from(&self.context.source);
        }
        if draft.country.is_none() {
            draft.country.clone_from(&self.context.country);
        }
        let (consent, refused) = self.consent.settle(self.context.statement.as_ref(), &mut draft.warnings);
        draft.consent = consent;
        draft.refused = refused;
        Row::Draft(draft)
    }
}

/// Whether a do-not-call mark forbids: only an empty cell or a clear no does not.
pub fn forbids(cell: &str) -> bool {
    let cell = cell.trim();
    !is_placeholder(cell) && flag(cell) != Some(false)
}
