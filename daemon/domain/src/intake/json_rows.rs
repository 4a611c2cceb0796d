//! A JSON text → one verdict per element, in constant memory.
//!
//! Lives here: turning an element into the cells a row has, so that CSV and JSON share every
//! check. Must not live here: where elements end (`json_split`), what a cell means (`draft`).

use super::Row;
use super::csv_rows::fill;
use super::draft::{Builder, Context};
use super::encoding::from_windows_1252;
use super::fields::Field;
use super::forms;
use super::header::{Columns, MAX_COLUMNS, Mapping};
use super::json_cells::{Cells, Kind};
use super::json_split::{Elements, Piece, Place};
use super::problem::{FileProblem, RowProblem};
use super::source::Source;
use super::text::short;
use frontdesk_shared::Millis;
use frontdesk_shared::import::ImportSpec;
use serde_json::Value;
use std::io::Read;

/// The elements of a JSON text; the first is row 1.
pub struct JsonRows<R> {
    elements: Elements<R>,
    mapping: Mapping,
    context: Context,
    /// Keys of the last element and their columns: elements of one file rarely differ.
    layout: (Vec<String>, Columns),
    row: u64,
    over: bool,
}

impl<R: Read> JsonRows<R> {
    /// Opens a JSON text. `now` is when the import was started.
    pub fn open(reader: R, spec: &ImportSpec, now: Millis) -> Result<Self, FileProblem> {
        Self::from_source(Source::open(reader)?, spec, None, now)
    }

    /// The same over text already opened.
    pub(super) fn from_source(
        source: Source<R>,
        spec: &ImportSpec,
        home: Option<&str>,
        now: Millis,
    ) -> Result<Self, FileProblem> {
        let (mapping, context) = (Mapping::read(&spec.mapping)?, Context::new(spec, home, now)?);
        let elements = Elements::new(source);
        Ok(Self { elements, mapping, context, layout: Default::default(), row: 0, over: false })
    }

    /// Bytes of the file judged so far.
    pub fn bytes_done(&mut self) -> u64 {
        self.elements.bytes_done()
    }

    /// Keys of the element judged last, as columns.
    pub fn columns(&self) -> &Columns {
        &self.layout.1
    }

    /// Passes over elements so that the next verdict is on `row` or a later one.
    pub fn skip_to(&mut self, row: u64) -> Result<(), FileProblem> {
        while !self.over && self.row + 1 < row {
            self.over = self.elements.next()? == Piece::End;
            self.row += u64::from(!self.over);
        }
        Ok(())
    }

    fn judge(&mut self, place: Place) -> Result<Row, FileProblem> {
        let row = self.row;
        let reject =
            |field: &str, reason: String| Ok(Row::Rejected(vec![RowProblem::new(field, reason).at(row)]));
        let bytes = self.elements.element();
        let (text, repaired) = match std::str::from_utf8(bytes) {
            Ok(text) => (std::borrow::Cow::Borrowed(text), false),
            Err(_) => (from_windows_1252(bytes).into(), true),
        };
        let object = match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(object)) => match forms::translate(&object) {
                None => object,
                Some(Ok(lead)) => lead,
                Some(Err(why)) => {
                    return reject("row", why.to_string());
                }
            },
            Ok(other) => {
                return reject(
                    "row",
                    format!("a lead is an object like {{\"phone\": \"…\"}}, not {}", kind(&other)),
                );
            }
            Err(e) => {
                let (offset, line, column) = (place.offset, place.line, place.column);
                return reject(
                    "row",
                    format!("not valid JSON at byte {offset} (line {line}, column {column}): {e}"),
                );
            }
        };
        let cells = Cells::of(object);
        if cells.keys.len() > MAX_COLUMNS {
            return reject("row", format!("{} fields; at most {MAX_COLUMNS}", cells.keys.len()));
        }
        if self.layout.0 != cells.keys {
            let columns = Columns::of_keys(&cells.keys, &self.mapping)?;
            self.layout = (cells.keys.clone(), columns);
        }
        let columns = &self.layout.1;
        let mut builder = Builder::new(&mut self.context, row);
        if repaired {
            builder.warn("not UTF-8 like the rest of the file; read as Windows-1252");
        }
        for (i, column) in columns.list.iter().enumerate() {
            match (cells.kinds.get(i), column.field) {
                (Some(Kind::Number), Field::Phone) => {
                    builder.warn("the phone was a JSON number, which loses leading zeros; send it in quotes");
                }
                (Some(Kind::Fraction), Field::Phone) => {
                    builder.refuse(
                        "phone",
                        "a JSON number with a fraction or exponent has lost digits; send it in quotes",
                    );
                }
                (Some(Kind::Nested), Field::Phone) => {
                    builder.refuse("phone", "must be text, not an object or a list of objects");
                }
                (Some(Kind::Nested), field) if !matches!(field, Field::Variable | Field::Ignore) => {
                    let key = short(&column.header, 60);
                    builder.warn(format!("“{key}” must be text, not an object or a list of objects"));
                }
                _ => {}
            }
        }
        fill(&mut builder, columns, |i| cells.texts.get(i).map(String::as_str));
        Ok(builder.finish())
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl<R: Read> Iterator for JsonRows<R> {
    type Item = Result<Row, FileProblem>;

    /// The next verdict. An error is the last item: nothing after it can be told apart.
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        match self.elements.next() {
            Ok(Piece::Element(place)) => {
                self.row += 1;
                let verdict = self.judge(place);
                self.over = verdict.is_err();
                Some(verdict)
            }
            Ok(Piece::Oversized(why)) => {
                self.row += 1;
                Some(Ok(Row::Rejected(vec![RowProblem::new("row", why).at(self.row)])))
            }
            Ok(Piece::End) => {
                self.over = true;
                None
            }
            Err(problem) => {
                self.over = true;
                Some(Err(problem))
            }
        }
    }
}
