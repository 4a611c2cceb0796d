//! Importing a file: the questions before it, and the file being sent.

use crate::input::Input;
use crate::link::RequestId;
use frontdesk_shared::import::{ImportRow, ImportSpec, parse_mapping, suggested_mapping};
use frontdesk_shared::rpc::ImportReport;

/// Which question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Which file.
    Path,
    /// For which client.
    Client,
    /// With which options.
    Options,
    /// None: it is judged without being imported.
    Judging,
    /// Whether to import what was judged.
    Verdict,
}

/// Fields of the options, in order.
pub const FIELDS: [&str; 5] = ["consent", "country", "source", "columns", "only judge"];
/// The one about columns.
pub const COLUMNS: usize = 3;

/// The questions before an import.
#[derive(Debug)]
pub struct Wizard {
    /// Which question is asked.
    pub stage: Stage,
    /// The file.
    pub path: Input,
    /// Names that would complete it.
    pub names: Vec<String>,
    /// Index of the client.
    pub client_cursor: usize,
    /// Key of the client.
    pub client: String,
    /// Statement of consent for all rows.
    pub attest: Input,
    /// Country of numbers without a prefix.
    pub country: Input,
    /// Where the leads come from.
    pub source: Input,
    /// Which column is which field, where it is not as guessed.
    pub columns: Input,
    /// What the daemon suggests for it.
    pub suggestion: Option<String>,
    /// Stop after judging.
    pub only_judge: bool,
    /// Index of the field being filled.
    pub field: usize,
    /// The file being sent to be judged.
    pub run: Option<ImportRun>,
    /// What the daemon found.
    pub report: Option<Box<ImportReport>>,
    /// What went wrong.
    pub error: Option<String>,
    /// First visible line.
    pub offset: usize,
}

impl Wizard {
    /// The first question.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stage: Stage::Path,
            path: Input::default(),
            names: Vec::new(),
            client_cursor: 0,
            client: String::new(),
            attest: Input::default(),
            country: Input::default(),
            source: Input::default(),
            columns: Input::default(),
            suggestion: None,
            only_judge: false,
            field: 0,
            run: None,
            report: None,
            error: None,
            offset: 0,
        }
    }

    /// The daemon refused the file: what it suggests is one key away.
    pub fn refused(&mut self, why: String) {
        self.suggestion = suggested_mapping(&why).map(|(header, field)| format!("{header}={field}"));
        if self.suggestion.is_some() {
            self.field = COLUMNS;
        }
        self.error = Some(why);
        self.stage = Stage::Options;
    }

    /// Takes the suggestion over into the mapping.
    pub fn take_suggestion(&mut self) -> bool {
        let Some(suggestion) = self.suggestion.take() else { return false };
        let typed = self.columns.text.trim().trim_end_matches(',');
        let text = if typed.is_empty() { suggestion } else { format!("{typed}, {suggestion}") };
        self.columns = Input::with(&text);
        self.error = None;
        true
    }

    /// What is asked of the daemon.
    #[must_use]
    pub fn spec(&self, dry_run: bool) -> ImportSpec {
        let given = |input: &Input| Some(input.text.trim().to_owned()).filter(|t| !t.is_empty());
        let name = self.path.text.trim().rsplit('/').next().unwrap_or_default();
        ImportSpec {
            client: self.client.clone(),
            label: name.to_owned(),
            dry_run,
            attest: given(&self.attest),
            country: given(&self.country).map(|c| c.to_uppercase()),
            // What cannot be read is told before anything is sent.
            mapping: parse_mapping(&self.columns.text).unwrap_or_default(),
            source: given(&self.source),
            single: false,
        }
    }
}

impl Default for Wizard {
    fn default() -> Self {
        Self::new()
    }
}

/// A file being sent and judged.
#[derive(Clone, Debug)]
pub struct ImportRun {
    /// Names it.
    pub id: RequestId,
    /// The file's name.
    pub label: String,
    /// Bytes sent, and bytes in all.
    pub sent: (u64, u64),
    /// How the daemon's judging stands.
    pub row: Option<ImportRow>,
}

impl ImportRun {
    /// How it stands in one line.
    #[must_use]
    pub fn line(&self) -> String {
        use crate::{screens::imports::percent, text};
        let share = |done, whole| percent(done, whole).map_or_else(String::new, |p| format!(" {p}%"));
        match &self.row {
            None => format!("sending {}{}", self.label, share(self.sent.0, self.sent.1)),
            Some(row) => {
                let c = row.counts;
                format!(
                    "importing {}{}: {}, {} accepted, {} held, {} invalid",
                    self.label,
                    share(row.bytes_done, row.bytes),
                    text::count(c.rows, "row"),
                    text::grouped(c.accepted),
                    text::grouped(c.held),
                    text::grouped(c.invalid)
                )
            }
        }
    }
}
