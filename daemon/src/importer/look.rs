//! Rows with their numbers looked at: which may be called, and what the file refuses anywhere.
//!
//! Lives here: reading numbers in their country, and the look ahead over a large file. Must not live
//! here: what a cell means (`frontdesk_domain::intake`), the store.

use crate::flows::imports::{self as flow, Judged};
use frontdesk_domain::intake::{self, FileProblem, LeadDraft, Objection, Row, Seen, SeenPhones};
use frontdesk_domain::lead::mail_identity;
use frontdesk_domain::phone;
use frontdesk_shared::contact::Channel;

/// A file of so few bytes is one batch: no row of a number is shorter than eight.
const ONE_BATCH_BYTES: u64 = 8 * super::ROWS_PER_BATCH as u64;

/// What later rows of a file refuse, found before its first row is taken in: a call must not start
/// while the no is still being read. Small files are one transaction and need no look.
pub(super) struct Ahead {
    /// Numbers that some row marks as not to be called.
    marked: SeenPhones,
    /// Numbers for which some row refuses consent to calls.
    refused: SeenPhones,
}

impl Ahead {
    /// Reads the file once for refusals, where it can hold any and is larger than one batch.
    pub(super) fn look(
        rows: &mut intake::Rows,
        bytes: u64,
        region: Option<&str>,
        seed: u64,
        open: impl Fn() -> Result<intake::Rows, String>,
    ) -> Result<Self, String> {
        let mut ahead = Self { marked: SeenPhones::new(seed), refused: SeenPhones::new(seed) };
        if bytes <= ONE_BATCH_BYTES || !rows.may_refuse() {
            return Ok(ahead);
        }
        for row in open()? {
            // What is wrong with the file is told when its rows are taken in; a question is asked
            // before any of them is.
            let row = match row {
                Ok(row) => row,
                Err(problem @ FileProblem::Question { .. }) => return Err(problem.to_string()),
                Err(_) => break,
            };
            let Row::Draft(draft) = row else { continue };
            if !draft.says_no() {
                continue;
            }
            let at = draft.row;
            let calls = draft.refused.contains(&Channel::AiVoice);
            let mut draft = draft;
            let number = settle_numbers(&mut draft, region);
            for address in draft.refusals.iter().flat_map(|r| &r.numbers) {
                ahead.marked.insert(address, at);
            }
            if let (true, Ok(phone)) = (calls, number) {
                ahead.refused.insert(phone.e164(), at);
            }
        }
        Ok(ahead)
    }

    /// A row with what other rows say against it.
    pub(super) fn apply(&self, judged: Judged) -> Judged {
        let Judged::Draft(mut draft, Ok(phone)) = judged else { return judged };
        let e164 = phone.e164();
        // It is the number that is marked; this row alone would have been a lead.
        if let Some(row) = self.marked.row_of(e164).filter(|_| !draft.is_refusal()) {
            let why = format!("row {row} marks the same number as not to be called");
            let numbers = vec![e164.to_owned()];
            draft.refusals.push(Objection { numbers, person: false, every_channel: false, why });
        }
        if let Some(row) = self.refused.row_of(e164)
            && !draft.refused.contains(&Channel::AiVoice)
        {
            draft.refused.push(Channel::AiVoice);
            draft.against = format!("no consent: row {row} refuses it for the same number");
        }
        Judged::Draft(draft, Ok(phone))
    }
}

/// Looks at a row's number: usable, a repetition, or what is wrong with it.
///
/// # Errors
/// When the file holds too many different numbers to tell them apart.
pub fn look_at(row: Row, region: Option<&str>, seen: &mut SeenPhones) -> Result<Judged, String> {
    let mut draft = match row {
        Row::Rejected(rejects) => return Ok(Judged::Refused(rejects)),
        Row::Draft(draft) => draft,
    };
    let number = settle_numbers(&mut draft, region);
    if let Ok(phone) = &number {
        match seen.insert(phone.e164(), draft.row) {
            // What a repetition refuses counts all the same.
            Seen::Before { row } if !draft.says_no() => {
                return Ok(Judged::Repeated { row: draft.row, first: row });
            }
            Seen::Full => return Err("too many different numbers in one file: split it".into()),
            Seen::New | Seen::NotE164 | Seen::Before { .. } => {}
        }
    }
    Ok(Judged::Draft(Box::new(draft), number))
}

/// The number of a draft that may be called, and the addresses its refusals stand at: every number
/// they may mean, and the person's email where they are about more than calls.
fn settle_numbers(draft: &mut LeadDraft, region: Option<&str>) -> Result<phone::Phone, phone::PhoneError> {
    let region =
        if draft.country_unclear { None } else { draft.country.clone().or(region.map(ToOwned::to_owned)) };
    let (region, code) = (region.as_deref(), draft.dial_code.clone());
    let read = |raw: &str| match &code {
        Some(code) => phone::normalise_with_code(raw, code),
        None => phone::normalise(raw, region),
    };
    let mut marked: Vec<String> = Vec::new();
    for refusal in &mut draft.refusals {
        let mut addresses: Vec<String> = Vec::new();
        for raw in &refusal.numbers {
            let readings = phone::readings(raw, region, code.as_deref());
            addresses.extend(readings.iter().map(|p| p.e164().to_owned()));
            if read(raw).is_err() {
                addresses.push(flow::raw_identity(raw));
            }
        }
        marked.extend(addresses.iter().cloned());
        if refusal.person && refusal.every_channel {
            addresses.extend(draft.email.as_deref().and_then(mail_identity));
        }
        addresses.dedup();
        refusal.numbers = addresses;
    }
    let mut first = None;
    for raw in std::iter::once(&draft.raw_phone).chain(&draft.fallbacks) {
        match read(raw) {
            Ok(phone) if !draft.is_refusal() && marked.iter().any(|m| m == phone.e164()) => {
                first = first.or(Some(Ok(phone)));
            }
            Ok(phone) => return Ok(phone),
            Err(problem) => first = first.or(Some(Err(problem))),
        }
    }
    match first {
        // All that can be dialed is marked: the row is about them.
        Some(Ok(phone)) => {
            draft.refusals.iter_mut().for_each(|r| r.person = true);
            Ok(phone)
        }
        Some(Err(problem)) => {
            // Another number may be marked and whole; the first one's fault is what is told.
            Err(problem)
        }
        None => Err(phone::PhoneError::Empty),
    }
}
