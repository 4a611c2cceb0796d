//! One row → a lead draft, or everything that is wrong with it.
//!
//! Lives here: the draft, and putting cells into it with each field's own check. Must not live
//! here: reading rows; phone normalisation; anything that needs the store.
//!
//! A row is refused only when nobody can be reached by it. Anything else that is wrong with it is
//! a warning: a bad optional cell is left out, and where it makes consent or the local time
//! doubtful the row is taken so that the gate holds it.

use super::answer::{Says, forbids_in_passing, says};
use super::consent::{Cells, ConsentDraft};
use super::fields::Field;
use super::header::Column;
use super::problem::{FileProblem, RowProblem};
use super::remark::{self, Remark};
use super::text::{clean, is_placeholder, mask, short};
use super::wording::Memo;
use super::{Row, attest, country, email, evidence, raw_phone, zone_names};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::import::{ImportSpec, Reject};
use std::collections::BTreeMap;

/// Longest name, source or id in characters.
const MAX_NAME: usize = 200;
/// Longest variable in characters.
const MAX_VAR: usize = 2_000;
/// Longest state, postcode and time zone in characters.
const MAX_PLACE: usize = 60;

/// A refusal a row states: about its person, or about one of its numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objection {
    /// The numbers it stands at, as written; those of the whole row where it is about the person.
    pub numbers: Vec<String>,
    /// Whether it is about the person, so that no number of the row may be used.
    pub person: bool,
    /// Whether it is about every way of contact, not only calls.
    pub every_channel: bool,
    /// What the row says, in words.
    pub why: String,
}

/// A lead as a file describes it: checked, but its number not yet normalised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadDraft {
    /// Row in the file; the header is row 1, elements of JSON count from 1.
    pub row: u64,
    /// The number to try first, as written; the mail address of a row that only refuses something for
    /// it; never empty.
    pub raw_phone: String,
    /// Other numbers of the row, best first.
    pub fallbacks: Vec<String>,
    /// The country calling code that a column of its own puts before the row's numbers, in digits.
    pub dial_code: Option<String>,
    /// Name, empty when unknown.
    pub name: String,
    /// Email address.
    pub email: Option<String>,
    /// Where the lead came from: the row's, else the import's, else the file's label.
    pub source: String,
    /// Alpha-2 country: the row's, else what its address proves, else the import's, else what the
    /// file implies. `None` also where the row names one that is not understood.
    pub country: Option<String>,
    /// Whether the row names a country that is not understood, so that no other may be assumed.
    pub country_unclear: bool,
    /// IANA time zone; as written where it is none, so that the gate holds the lead.
    pub timezone: Option<String>,
    /// State, province or region.
    pub state: Option<String>,
    /// Postcode or ZIP.
    pub postcode: Option<String>,
    /// Its id elsewhere.
    pub external_id: Option<String>,
    /// Consent given: the row's, else the file's statement.
    pub consent: Option<ConsentDraft>,
    /// Channels the row itself refuses consent for; no statement overrides it.
    pub refused: Vec<Channel>,
    /// What the row says against consent; empty where nothing is refused.
    pub against: String,
    /// Refusals of contact.
    pub refusals: Vec<Objection>,
    /// Why the row makes no lead although what it refuses counts.
    pub unusable: Vec<Reject>,
    /// Everything else. A score given elsewhere is under `score`.
    pub vars: BTreeMap<String, String>,
    /// What is worth a look although the row is usable.
    pub warnings: Vec<String>,
}

impl LeadDraft {
    /// Whether the person must not be called, whatever number is used.
    pub fn is_refusal(&self) -> bool {
        self.refusals.iter().any(|r| r.person)
    }

    /// Whether the row says no to anything.
    pub fn says_no(&self) -> bool {
        !self.refusals.is_empty() || !self.refused.is_empty()
    }
}

/// What all rows of a file share.
#[derive(Clone, Debug)]
pub struct Context {
    now: Millis,
    /// The country the import names.
    country: Option<String>,
    /// The country the kind of file, or its content, implies.
    implied: Option<String>,
    /// The client's own country, where nothing better is known.
    home: Option<String>,
    source: String,
    statement: attest::Attested,
    /// The last time zone and its verdict: files repeat one zone a million times.
    zone: Option<(String, Option<String>)>,
    wording: Memo,
}

impl Context {
    /// Checks what the import says about the whole file. `home` is the client's country.
    pub fn new(spec: &ImportSpec, home: Option<&str>, now: Millis) -> Result<Self, FileProblem> {
        let country = match spec.country.as_deref().map(str::trim).filter(|c| !c.is_empty()) {
            Some(text) => Some(country::code(text).map_err(FileProblem::Country)?.to_string()),
            None => None,
        };
        let home = home.and_then(|c| country::code(c).ok()).map(ToString::to_string);
        let source =
            spec.source.as_deref().map(clean).filter(|s| !s.is_empty()).unwrap_or_else(|| clean(&spec.label));
        let source = source.chars().take(MAX_NAME).collect();
        let statement = attest::statement(spec, now)?;
        Ok(Self {
            now,
            country,
            implied: None,
            home,
            source,
            statement,
            zone: None,
            wording: Memo::default(),
        })
    }

    /// Takes a country the file implies. It beats the client's own and nothing that is named.
    pub fn imply_country(&mut self, code: Option<&str>) {
        self.implied = code.map(ToString::to_string);
    }

    /// The country that numbers without one are read in.
    pub fn region(&self) -> Option<&str> {
        self.country.as_deref().or(self.implied.as_deref()).or(self.home.as_deref())
    }

    /// The IANA name of a time zone.
    fn timezone(&mut self, text: &str) -> Option<String> {
        if let Some((last, verdict)) = &self.zone
            && last == text
        {
            return verdict.clone();
        }
        let verdict = zone_names::read(text);
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
    /// What forbids the person, and whether on every channel.
    forbidden: Option<(String, bool)>,
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
            forbidden: None,
            phone_problems: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Notes something worth a look.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.draft.warnings.push(warning.into());
    }

    /// Notes a problem that makes the row useless; what it refuses still counts.
    pub fn refuse(&mut self, field: &str, reason: impl Into<String>) {
        self.problems.push(RowProblem::new(field, reason));
    }

    /// A phone column whose number the row forbids to call; `mark` is the column that says so.
    pub fn withhold(&mut self, mark: &Column, says: &str, cell: &str) {
        let numbers = match raw_phone::tidy(cell, self.country()) {
            Ok(tidy) => tidy.numbers,
            Err(_) => Vec::new(),
        };
        if numbers.is_empty() {
            return;
        }
        let why = format!("“{}” is {}", short(&mark.header, 60), short(&clean(says), 40));
        let listed: Vec<String> = numbers.iter().map(|n| mask(n)).collect();
        self.warn(format!("{} is not to be called: {why}", listed.join(", ")));
        self.draft.refusals.push(Objection { numbers, person: false, every_channel: false, why });
    }

    fn country(&self) -> Option<&str> {
        let own = self.draft.country.as_deref();
        let proven = || evidence::of_row(self.draft.state.as_deref(), self.draft.postcode.as_deref());
        let named = own.or(self.context.country.as_deref());
        named.or_else(proven).or(self.context.implied.as_deref()).or(self.context.home.as_deref())
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
                if column.field == Field::Variable && remark::is_header(&column.header) {
                    self.remark(column, cell);
                }
                if let Some(text) = self.text(key, cell, MAX_VAR) {
                    self.draft.vars.insert(key.to_string(), text);
                }
            }
            Field::Status => self.status(column, cell),
            Field::DoNotCall => self.do_not_call(column, cell),
            Field::PhoneDnc | Field::Ignore | Field::Unclear => {}
            Field::Name => self.draft.name = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::FirstName => self.first_name = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::LastName => self.last_name = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::Source => self.draft.source = self.known(key, cell, MAX_NAME).unwrap_or_default(),
            Field::State => self.draft.state = self.known(key, cell, MAX_PLACE),
            Field::Postcode => {
                let code = self.known(key, cell, MAX_PLACE);
                // Facebook writes what kind of text it is before the text.
                self.draft.postcode =
                    code.map(|c| c.strip_prefix("z:").map(ToString::to_string).unwrap_or(c));
            }
            Field::ExternalId => self.draft.external_id = self.known(key, cell, MAX_NAME),
            Field::Email => self.email(key, cell),
            Field::Country => self.country_cell(key, cell),
            Field::DialCode => self.dial_code(key, cell),
            Field::Timezone => self.timezone(cell),
            _ => {
                let now = self.context.now;
                let memo = &mut self.context.wording;
                self.consent.put(column, cell, now, memo, &mut self.draft.warnings);
            }
        }
    }

    fn email(&mut self, key: &str, cell: &str) {
        let text = clean(cell);
        if is_placeholder(&text) {
            return;
        }
        match email::read(&text) {
            Ok((address, several)) => {
                self.draft.email = Some(address);
                if several {
                    self.warn("several email addresses in one cell; the first is used");
                }
            }
            Err(reason) => self.warn(format!("{key}: {reason}; the lead is taken without it")),
        }
    }

    fn country_cell(&mut self, key: &str, cell: &str) {
        let text = clean(cell);
        // "NA" is Namibia as well as "not available"; as a country it is the former.
        if is_placeholder(&text) && !text.eq_ignore_ascii_case("na") {
            return;
        }
        if text.bytes().any(|b| b.is_ascii_digit()) {
            return self.dial_code(key, cell);
        }
        match country::code(&text) {
            Ok(code) => self.draft.country = Some(code.to_string()),
            Err(reason) => {
                self.draft.country_unclear = true;
                self.warn(format!("{key}: {reason}; a number without a country code is held"));
            }
        }
    }

    /// `1`, `+44`, `0044`, `44.0`.
    fn dial_code(&mut self, key: &str, cell: &str) {
        let text = clean(cell);
        if is_placeholder(&text) {
            return;
        }
        let digits = text.trim_start_matches('+');
        let digits = digits.strip_prefix("00").unwrap_or(digits);
        let digits = digits.strip_suffix(".0").unwrap_or(digits);
        let code = !digits.is_empty() && digits.len() <= 3 && !digits.starts_with('0');
        if code && digits.bytes().all(|b| b.is_ascii_digit()) {
            self.draft.dial_code = Some(digits.to_string());
        } else if let Ok(code) = country::code(&text) {
            self.draft.country = Some(code.to_string());
        } else {
            self.draft.country_unclear = true;
            self.warn(format!(
                "{key}: {} is no country calling code; write digits such as 44; a number without a country code is held",
                short(&text, 40)
            ));
        }
    }

    fn timezone(&mut self, cell: &str) {
        let text = clean(cell);
        if is_placeholder(&text) {
            return;
        }
        self.draft.timezone = self.context.timezone(&text);
        if self.draft.timezone.is_none() {
            let told = short(&text, 40);
            self.warn(format!(
                "timezone: {told} is not known, so the local time is not either and the lead is held; write an IANA name like Europe/London or America/New_York"
            ));
            self.draft.timezone = Some(text.chars().take(MAX_PLACE).collect());
        }
    }

    fn phone(&mut self, cell: &str) {
        match raw_phone::tidy(cell, self.country().filter(|_| self.draft.dial_code.is_none())) {
            Err(reason) => self.phone_problems.push(RowProblem::new("phone", reason)),
            Ok(tidy) => {
                self.draft.warnings.extend(tidy.warnings.iter().map(ToString::to_string));
                for number in tidy.numbers.into_iter().filter(|n| !n.is_empty()) {
                    if !number.chars().any(char::is_numeric) {
                        let reason = format!("“{}” has no digits in it", short(&number, 40));
                        self.phone_problems.push(RowProblem::new("phone", reason));
                    } else if self.draft.raw_phone.is_empty() {
                        self.draft.raw_phone = number;
                    } else if number != self.draft.raw_phone && !self.draft.fallbacks.contains(&number) {
                        self.draft.fallbacks.push(number);
                    }
                }
            }
        }
    }

    fn do_not_call(&mut self, column: &Column, cell: &str) {
        if !forbids(cell) {
            return;
        }
        let text = clean(cell);
        let why = format!("“{}” is {}", short(&column.header, 60), short(&text, 40));
        let calls = column.channels.is_empty() || column.channels.contains(&Channel::AiVoice);
        if calls {
            let every = column.channels.is_empty();
            let known = self.forbidden.take();
            let every = every || known.as_ref().is_some_and(|(_, every)| *every);
            self.forbidden = Some((known.map_or(why, |(first, _)| first), every));
            return;
        }
        for channel in &column.channels {
            if !self.draft.refused.contains(channel) {
                self.draft.refused.push(*channel);
            }
        }
        if self.draft.against.is_empty() {
            self.draft.against = why;
        }
    }

    fn status(&mut self, column: &Column, cell: &str) {
        if forbids_in_passing(cell) && self.forbidden.is_none() {
            let why = format!("“{}” is {}", short(&column.header, 60), short(&clean(cell), 60));
            self.forbidden = Some((why, true));
        }
        if let Some(text) = self.text(&column.key, cell, MAX_VAR) {
            self.draft.vars.insert(column.key.clone(), text);
        }
    }

    /// Free words about the person: what refuses in them counts, and what may refuse holds.
    fn remark(&mut self, column: &Column, cell: &str) {
        let text = clean(cell);
        match remark::read(&text) {
            Remark::Nothing => {}
            Remark::Refuses => {
                let why = format!("“{}” is {}", short(&column.header, 60), short(&text, 60));
                self.forbidden.get_or_insert((why, true));
            }
            Remark::Perhaps => {
                self.consent.doubt(&column.header, &text, "may be a refusal", &mut self.draft.warnings);
            }
        }
    }

    /// The cells of a row whose shape is wrong, so that none is certain to stand in its column: a
    /// refusal among them counts for the number among them. `marks` says whether the file has a
    /// column that refuses by a plain yes.
    pub fn salvage<'a>(&mut self, cells: impl Iterator<Item = &'a str> + Clone, marks: bool) {
        // Where the number stands in its column, so does the mark.
        let marks = marks && self.draft.raw_phone.is_empty();
        let no = |cell: &&str| {
            forbids_in_passing(cell)
                || marks && (says(cell) == Says::Refuses || says(cell) == Says::Yes && *cell != "1")
                || remark::read(&clean(cell)) == Remark::Refuses
        };
        let Some(found) = cells.clone().find(no) else { return };
        let why = format!("a row of the wrong shape says “{}”", short(&clean(found), 60));
        self.forbidden.get_or_insert((why, true));
        if self.draft.raw_phone.is_empty() {
            self.phone_problems.clear();
            let digits = |cell: &&str| cell.bytes().filter(u8::is_ascii_digit).count() >= 9;
            cells.filter(digits).for_each(|cell| self.phone(cell));
        }
    }

    /// A field that may say it is empty in words.
    fn known(&mut self, key: &str, cell: &str, most: usize) -> Option<String> {
        self.text(key, cell, most).filter(|t| !is_placeholder(t))
    }

    /// A cleaned text, cut at its bound.
    fn text(&mut self, key: &str, cell: &str, most: usize) -> Option<String> {
        let text = clean(cell);
        if text.len() > most {
            let n = text.chars().count();
            if n > most {
                self.warn(format!("{key}: {n} characters; the first {most} are kept"));
                let kept: String = text.chars().take(most).collect();
                return Some(kept.trim_end().to_string());
            }
        }
        (!text.is_empty()).then(|| text.into_owned())
    }

    /// The verdict on the row.
    pub fn finish(mut self) -> Row {
        self.draft.country = self.country().map(ToString::to_string).filter(|_| !self.draft.country_unclear);
        let mut draft = self.draft;
        if let Some((why, every_channel)) = self.forbidden {
            let mut numbers = Vec::new();
            let marked = draft.refusals.iter().flat_map(|r| &r.numbers);
            for number in std::iter::once(&draft.raw_phone).chain(&draft.fallbacks).chain(marked) {
                if !number.is_empty() && !numbers.contains(number) {
                    numbers.push(number.clone());
                }
            }
            draft.refusals.push(Objection { numbers, person: true, every_channel, why });
        }
        let settled = self.consent.settle(&self.context.statement, &mut draft.warnings);
        draft.consent = settled.consent;
        for channel in settled.refused {
            if !draft.refused.contains(&channel) {
                draft.refused.push(channel);
            }
        }
        if !settled.against.is_empty() {
            draft.against = settled.against;
        }
        if draft.raw_phone.is_empty() && self.phone_problems.is_empty() {
            refused_by_mail(&mut draft, &mut self.problems);
        }
        if draft.raw_phone.is_empty() {
            // Every number there is was refused: the row is about them, and makes no lead.
            if let Some(number) = draft.refusals.iter().flat_map(|r| &r.numbers).next() {
                draft.raw_phone = number.clone();
                draft.refusals.iter_mut().for_each(|r| r.person = true);
            } else if self.phone_problems.is_empty() {
                self.phone_problems
                    .push(RowProblem::new("phone", "there is no phone number; a lead needs one"));
            }
        }
        if draft.raw_phone.is_empty() {
            self.problems.append(&mut self.phone_problems);
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
        if let Some(consent) = &mut draft.consent {
            consent.channels.retain(|c| !draft.refused.contains(c));
        }
        let refused = draft.is_refusal();
        draft.consent = draft.consent.filter(|c| !c.channels.is_empty() && !refused);
        let rejects: Vec<Reject> = self.problems.into_iter().map(|p| p.at(draft.row)).collect();
        if rejects.is_empty() || draft.says_no() {
            draft.unusable = rejects;
            return Row::Draft(draft);
        }
        Row::Rejected(rejects)
    }
}

/// A row that names a person by a mail address alone makes no lead; what it refuses stands at the
/// address, on every channel, because nobody can tell later which number it was about.
fn refused_by_mail(draft: &mut LeadDraft, problems: &mut Vec<RowProblem>) {
    let Some(mail) = &draft.email else { return };
    if !draft.refusals.iter().all(|r| r.numbers.is_empty()) {
        return;
    }
    if draft.refusals.is_empty() && draft.refused.contains(&Channel::Email) {
        let why = draft.against.clone();
        draft.refusals.push(Objection { person: true, why, ..Objection::default() });
    }
    if draft.is_refusal() {
        draft.refusals.iter_mut().for_each(|r| r.every_channel = true);
        draft.raw_phone.clone_from(mail);
        let told = "there is no phone number and so no lead; what the row refuses is recorded for its email";
        problems.push(RowProblem::new("phone", told));
    }
}

/// Whether a do-not-call mark forbids: only an empty cell, a clear no, or words that allow do not.
pub fn forbids(cell: &str) -> bool {
    !matches!(says(cell), Says::Nothing | Says::No | Says::Allows)
}
