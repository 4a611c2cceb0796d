//! What holds for the rows of any file: nothing lost, nothing judged twice, everything bounded.

use super::{first_line, sentence};
use crate::database::START;
use frontdesk_domain::intake::{self, FileProblem, LeadDraft, Row, Rows, SeenPhones};
use frontdesk_domain::phone;
use frontdesk_shared::import::{ImportSpec, Reject};
use std::io::Read;

/// A reader that hands out a few bytes at a time, so that every boundary is met.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Drip {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.step.min(out.len()).min(self.bytes.len() - self.at);
        out[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// The first line holds options, the rest is the file.
pub(super) fn file(data: &[u8], content_type: &str) {
    let (options, bytes) = first_line(data);
    let spec = spec(options);
    let opened = |step| {
        let drip = Drip { bytes: bytes.to_vec(), at: 0, step };
        intake::open(Box::new(drip), Some(content_type), &spec, START)
    };
    let all = match opened(1 << 20) {
        Ok(rows) => judged(rows, bytes.len()),
        Err(problem) => {
            refused(&problem);
            assert_eq!(opened(3).err(), Some(problem), "read otherwise in small pieces");
            return;
        }
    };
    // How the bytes arrive decides nothing.
    if bytes.len() < 4_096 {
        assert_eq!(opened(3).map(|rows| judged(rows, bytes.len())).as_ref(), Ok(&all));
    }
    resumed(&all, opened(1 << 20));
    numbers(&all, spec.country.as_deref());
}

/// `key=value` pairs with `;` between: `country`, `source`, `attest`, and any `Header=field`.
fn spec(options: &str) -> ImportSpec {
    let mut spec = ImportSpec { label: "a file".into(), ..ImportSpec::default() };
    for (key, value) in options.split(';').filter_map(|o| o.split_once('=')) {
        let value = value.to_owned();
        match key {
            "country" => spec.country = Some(value),
            "source" => spec.source = Some(value),
            "attest" => spec.attest = Some(value),
            header => drop(spec.mapping.insert(header.to_owned(), value)),
        }
    }
    spec
}

type Judged = Vec<Result<Row, FileProblem>>;

fn judged(mut rows: Rows, bytes: usize) -> Judged {
    let mut all: Judged = Vec::new();
    let (mut last, mut done) = (0, 0);
    while let Some(next) = rows.next() {
        assert!(all.len() <= bytes + 2, "more rows than bytes");
        match &next {
            Ok(row) => {
                assert!(number(row) > last, "row {} after row {last}", number(row));
                last = number(row);
                well_formed(row);
            }
            Err(problem) => refused(problem),
        }
        let so_far = rows.bytes_done();
        assert!(done <= so_far && so_far <= bytes as u64, "{so_far} of {bytes} bytes after {done}");
        done = so_far;
        let over = next.is_err();
        all.push(next);
        if over {
            break;
        }
    }
    assert!(rows.next().is_none(), "something follows the end");
    for (header, field) in rows.columns().describe() {
        assert!(!field.is_empty() && header.len() <= bytes.max(64) * 4, "{header:?}: {field:?}");
    }
    all
}

fn number(row: &Row) -> u64 {
    match row {
        Row::Draft(draft) => draft.row,
        Row::Rejected(rejects) => rejects.first().expect("a refusal has a reason").row,
    }
}

fn well_formed(row: &Row) {
    match row {
        Row::Draft(draft) => bounded(draft),
        Row::Rejected(rejects) => {
            let row = rejects[0].row;
            for Reject { row: at, field, reason } in rejects {
                assert!(*at == row && !field.trim().is_empty(), "{rejects:?}");
                sentence(reason);
            }
        }
    }
}

fn bounded(draft: &LeadDraft) {
    assert!(!draft.raw_phone.is_empty(), "a draft without a number");
    let short = |text: &str, most: usize| {
        assert!(text.chars().count() <= most, "{} characters", text.chars().count());
        assert!(!text.chars().any(char::is_control), "{text:?} holds a control character");
    };
    // A first and a last name, each within its bound, with a space between.
    short(&draft.name, 401);
    short(&draft.source, 200);
    for text in [&draft.email, &draft.timezone, &draft.state, &draft.postcode, &draft.external_id]
        .into_iter()
        .flatten()
    {
        assert!(!text.is_empty());
        short(text, 320);
    }
    assert!(draft.country.as_ref().is_none_or(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase())));
    assert!(draft.vars.len() <= 200, "{} variables", draft.vars.len());
    for (key, value) in &draft.vars {
        assert!(!key.is_empty() && !value.is_empty());
        short(value, 2_000);
    }
    for text in std::iter::once(&draft.raw_phone).chain(&draft.fallbacks) {
        assert!(text.len() <= 64 * 4, "{} bytes of a number", text.len());
    }
    draft.warnings.iter().for_each(|w| sentence(w));
    if let Some(consent) = &draft.consent {
        assert!(!consent.channels.is_empty(), "consent to nothing");
        assert!(consent.channels.iter().all(|c| !draft.refused.contains(c)), "given and refused at once");
    }
}

fn refused(problem: &FileProblem) {
    sentence(&problem.to_string());
}

/// Reading on from any row gives the same verdicts as reading through.
fn resumed(all: &Judged, again: Result<Rows, FileProblem>) {
    let numbers: Vec<u64> = all.iter().filter_map(|r| r.as_ref().ok().map(number)).collect();
    let Some(&from) = numbers.get(numbers.len() / 2) else { return };
    let mut rows = again.expect("it opened before");
    let rest: Judged = match rows.skip_to(from) {
        Ok(()) => rows.collect(),
        Err(problem) => vec![Err(problem)],
    };
    let wanted: Judged =
        all.iter().filter(|r| r.as_ref().map_or(true, |r| number(r) >= from)).cloned().collect();
    assert_eq!(rest, wanted, "from row {from}");
}

/// Numbers of a file are found again by their normal form.
fn numbers(all: &Judged, country: Option<&str>) {
    let mut seen = SeenPhones::new(1);
    let mut first = std::collections::HashMap::new();
    for draft in all.iter().filter_map(|r| match r {
        Ok(Row::Draft(draft)) => Some(draft),
        _ => None,
    }) {
        let Ok(phone) = phone::normalise(&draft.raw_phone, draft.country.as_deref().or(country)) else {
            continue;
        };
        let wanted = match first.get(phone.e164()) {
            Some(row) => intake::Seen::Before { row: *row },
            None => intake::Seen::New,
        };
        assert_eq!(seen.insert(phone.e164(), draft.row), wanted);
        first.entry(phone.e164().to_owned()).or_insert(draft.row);
    }
    assert_eq!(seen.len(), first.len());
}
