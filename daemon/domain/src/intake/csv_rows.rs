//! A CSV file → one verdict per row, in constant memory.
//!
//! Lives here: the walk over records and the checks on whole rows. Must not live here: what a
//! cell means (`draft`), where a record ends (`records`).

use super::draft::{Builder, Context, LeadDraft, forbids};
use super::encoding::from_windows_1252;
use super::fields::Field;
use super::header::Columns;
use super::problem::{FileProblem, RowProblem};
use super::records::{Next, Record, Records, Split, split};
use super::source::Source;
use super::text::short;
use super::{Row, separator};
use frontdesk_shared::Millis;
use frontdesk_shared::import::ImportSpec;
use std::io::Read;

/// Rows looked at when columns are told by content.
const SAMPLE: usize = 30;

/// The rows of a CSV file. Rows are numbered as a spreadsheet shows them: the header is row 1,
/// empty lines count but have no verdict, a `sep=` line does not count.
pub struct CsvRows<R> {
    records: Records<R>,
    record: Record,
    columns: Columns,
    context: Context,
    over: bool,
}

impl<R: Read> CsvRows<R> {
    /// Decides encoding, separator and columns. `now` is when the import was started.
    pub fn open(reader: R, spec: &ImportSpec, now: Millis) -> Result<Self, FileProblem> {
        Self::from_source(Source::open(reader)?, spec, None, now)
    }

    /// The same over text already opened.
    pub(super) fn from_source(
        mut source: Source<R>,
        spec: &ImportSpec,
        home: Option<&str>,
        now: Millis,
    ) -> Result<Self, FileProblem> {
        let mut context = Context::new(spec, home, now)?;
        let separator = separator::sniff(source.rest(), source.ended());
        source.take(separator.skip);
        let mut records = Records::new(source, separator.byte);
        let mut record = Record::default();
        let (rest, ended) = records.ahead();
        let sample = sample(rest, ended, separator.byte);
        if sample.is_empty() {
            return Err(FileProblem::NoPhone {
                columns: "none that can be read".into(),
                example: "Tel".into(),
            });
        }
        let columns = Columns::find(&sample, &spec.mapping, context.region())?;
        records.expect(columns.least, columns.list.len());
        context.imply_country(columns.country);
        for _ in 0..columns.titles + usize::from(columns.header) {
            while records.next(&mut record)? == Next::Record && record.is_blank() {}
        }
        Ok(Self { records, record, columns, context, over: false })
    }

    /// Header and field of each column.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Bytes of the file judged so far.
    pub fn bytes_done(&mut self) -> u64 {
        self.records.bytes_done()
    }

    /// Passes over rows so that the next verdict is on row `row` or a later one: for going on
    /// after a crash. Rows behind are read but not judged.
    pub fn skip_to(&mut self, row: u64) -> Result<(), FileProblem> {
        while !self.over && self.records.row() + 1 < row {
            self.over = self.records.next(&mut self.record)? == Next::End;
        }
        Ok(())
    }

    fn judge(&mut self) -> Row {
        let row = self.records.row();
        let found = self.record.len();
        let expected = self.columns.list.len();
        let mut builder = Builder::new(&mut self.context, row);
        let long =
            found > expected && self.record.fields().skip(expected).any(|f| !f.trim_ascii().is_empty());
        if long {
            builder.refuse(
                "row",
                format!(
                    "{found} fields where the header has {expected}; is a quote missing around a text with the separator in it?"
                ),
            );
        }
        if self.record.fields().any(|f| f.contains(&0)) {
            builder.refuse("row", "it contains NUL bytes, which no text has");
        }
        match self.record.text() {
            Some(text) => fill(&mut builder, &self.columns, |i| text.get(i)),
            None => {
                let cells = repair(&self.record, &self.columns, &mut builder);
                fill(&mut builder, &self.columns, |i| cells.get(i).map(String::as_str));
            }
        }
        if found != expected {
            let marks =
                self.columns.list.iter().any(|c| matches!(c.field, Field::DoNotCall | Field::PhoneDnc));
            let cells: Vec<_> = self.record.fields().map(String::from_utf8_lossy).collect();
            builder.salvage(cells.iter().map(AsRef::as_ref), marks);
        }
        match builder.finish() {
            // Cells missing at the end are empty; that the phone is among them is worth a hint.
            Row::Rejected(mut rejects) if found < self.columns.least => {
                let hint = format!("{found} fields where the header has {expected}; is a separator missing?");
                rejects.insert(0, RowProblem::new("row", hint).at(row));
                Row::Rejected(rejects)
            }
            row => row,
        }
    }
}

/// Puts a row's cells into a draft.
pub fn fill<'a>(builder: &mut Builder<'_>, columns: &Columns, cell: impl Fn(usize) -> Option<&'a str>) {
    for i in &columns.order {
        let (Some(column), Some(text)) = (columns.list.get(*i), cell(*i)) else { continue };
        let mark = column.marks.iter().find_map(|m| {
            let says = cell(*m).filter(|says| forbids(says))?;
            Some((columns.list.get(*m)?, says))
        });
        match mark {
            Some((mark, says)) if column.field == Field::Phone => builder.withhold(mark, says, text),
            _ => builder.put(column, text),
        }
    }
}

/// The cells of a record with a broken character: each broken cell is read as Windows-1252, the
/// others as what they are.
fn repair(record: &Record, columns: &Columns, builder: &mut Builder<'_>) -> Vec<String> {
    let mut cells = Vec::with_capacity(record.len());
    for (i, bytes) in record.fields().enumerate() {
        cells.push(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => {
                let header = columns.list.get(i).map_or("", |c| c.header.as_str());
                builder.warn(format!(
                    "“{}” is not UTF-8 like the rest of the file; read as Windows-1252",
                    short(header, 60)
                ));
                from_windows_1252(bytes)
            }
        });
    }
    cells
}

/// The first rows with something in them, for finding the columns.
fn sample(mut text: &[u8], ended: bool, separator: u8) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut record = Record::default();
    while rows.len() < SAMPLE && !text.is_empty() {
        // A first row cut by the look-ahead is as good as whole: it is longer than any header.
        let last = ended || rows.is_empty();
        let Split::Done(used) = split(text, separator, last, &mut record) else { break };
        text = text.get(used..).unwrap_or_default();
        if !record.is_blank() {
            rows.push(record.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect());
        }
    }
    rows
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<Row, FileProblem>;

    /// The next verdict. An error is the last item: nothing after it can be told apart.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.over {
                return None;
            }
            match self.records.next(&mut self.record) {
                Ok(Next::Record) if self.record.is_blank() => {}
                Ok(Next::Record) => return Some(Ok(self.judge())),
                Ok(Next::Broken(why)) => {
                    let row = self.records.row();
                    return Some(Ok(Row::Rejected(vec![RowProblem::new("row", why).at(row)])));
                }
                Ok(Next::End) => self.over = true,
                Err(problem) => {
                    self.over = true;
                    return Some(Err(problem));
                }
            }
        }
    }
}

impl Row {
    /// The draft, if the row is one.
    pub fn draft(self) -> Option<LeadDraft> {
        match self {
            Self::Draft(draft) => Some(draft),
            Self::Rejected(_) => None,
        }
    }
}
