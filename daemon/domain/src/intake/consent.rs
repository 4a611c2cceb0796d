//! What a row says about consent.
//!
//! Lives here: reading the consent cells of a row into one record, failing closed. Must not
//! live here: the statement for a whole file (`attest`); whether a contact is allowed.
//!
//! Consent is never guessed: a yes that names no channel is consent to nothing, and “phone” is
//! not consent to an AI voice. A no is kept, so that a statement for the file cannot override it.
//! What is not understood makes the row grant nothing: it is taken, held, and said so.

use super::answer::{Says, says};
use super::attest::Attested;
use super::fields::Field;
use super::header::Column;
use super::statement::PLAIN_CALLS;
use super::text::{clean, compact, flag, is_placeholder, short, words};
use super::wording::{Memo, Wording};
use super::{dates, statement};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::time::DAY;

/// Longest wording or evidence in characters.
const MAX_TEXT: usize = 2_000;

/// Consent to be recorded with a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentDraft {
    /// What was consented to; never empty.
    pub channels: Vec<Channel>,
    /// What the contact may be for.
    pub purpose: Purpose,
    /// The wording.
    pub text: String,
    /// When, if it is known.
    pub at: Option<Millis>,
    /// Proof, or where to find it.
    pub evidence: String,
}

/// What is kept with a consent whose date nobody stated: it counts from the import.
pub const DATE_NOT_STATED: &str = "its date is not stated: it counts from the import";

/// Days a stated end of consent must lie ahead: later than any call a lead of today can get.
const LASTS_DAYS: i64 = 90;

/// The consent cells of one row, before they are put together.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    given: bool,
    no: bool,
    channels: Vec<Channel>,
    refused: Vec<Channel>,
    purpose: Option<Purpose>,
    text: String,
    at: Option<Millis>,
    evidence: String,
    /// Why the row grants nothing although nobody refused.
    doubt: Option<String>,
    /// What was said against it.
    against: String,
}

/// What the consent cells of a row come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The consent given.
    pub consent: Option<ConsentDraft>,
    /// Channels the row refuses.
    pub refused: Vec<Channel>,
    /// Who said so, in the words of the row; empty where nothing is refused.
    pub against: String,
}

impl Cells {
    /// Takes one cell. `channels` are those the column's header names.
    pub(super) fn put(
        &mut self,
        column: &Column,
        cell: &str,
        now: Millis,
        memo: &mut Memo,
        warnings: &mut Vec<String>,
    ) {
        let cell = clean(cell);
        let (field, header) = (column.field, column.header.as_str());
        // “Unknown” and “none” are empty cells elsewhere; about consent they say that there is none.
        let answers = !matches!(field, Field::ConsentRevoked | Field::ConsentExpires | Field::ConsentAt);
        if answers && ["unknown", "none"].iter().any(|w| cell.eq_ignore_ascii_case(w)) {
            return self.doubt(header, &cell, "says that there is none", warnings);
        }
        if is_placeholder(&cell) && !matches!(field, Field::ConsentText | Field::ConsentEvidence) {
            return;
        }
        match field {
            Field::Consent => self.answer(column, &[], false, &cell, now, warnings),
            Field::ConsentAiVoice => self.answer(column, &[Channel::AiVoice], true, &cell, now, warnings),
            Field::ConsentSms => self.answer(column, &[Channel::Sms], true, &cell, now, warnings),
            Field::ConsentEmail => self.answer(column, &[Channel::Email], true, &cell, now, warnings),
            Field::OptIn if column.channels.is_empty() => {
                self.answer(column, &[Channel::AiVoice], false, &cell, now, warnings);
            }
            Field::OptIn => self.answer(column, &column.channels, false, &cell, now, warnings),
            Field::OptInAi => self.answer(column, &column.channels, true, &cell, now, warnings),
            Field::ConsentChannels => self.list(header, &cell, now, warnings),
            Field::ConsentPurpose => match purpose(&cell) {
                Some(purpose) => self.purpose = Some(purpose),
                None => {
                    self.doubt(header, &cell, "is no purpose; write marketing or informational", warnings);
                }
            },
            Field::ConsentAt => match dates::past(&cell, now) {
                Ok(at) => self.at = Some(at),
                Err(reason) => self.doubt(header, "", &reason, warnings),
            },
            Field::ConsentText => self.wording(header, &cell, memo, now, warnings),
            Field::ConsentEvidence => self.evidence = cell.chars().take(MAX_TEXT).collect(),
            Field::ConsentRevoked => match says(&cell) {
                Says::Nothing | Says::No | Says::Allows => {}
                _ => self.refuse(&[], header, &cell),
            },
            Field::ConsentExpires => match dates::any(&cell) {
                _ if matches!(says(&cell), Says::No | Says::Nothing) => {}
                Ok(at) if at.since(now) >= LASTS_DAYS * DAY => {}
                Ok(at) if at > now => {
                    let reason =
                        format!("ends within {LASTS_DAYS} days, so a later call could come after it");
                    self.doubt(header, &cell, &reason, warnings);
                }
                Ok(_) => self.doubt(header, &cell, "is over", warnings),
                Err(reason) => self.doubt(header, "", &reason, warnings),
            },
            _ => self.doubt(header, &cell, "is not understood as consent", warnings),
        }
    }

    /// A yes or no, or a statement in its place. `grants` says whether a yes is consent to the
    /// channels: one to “calls” says nothing about an AI voice.
    fn answer(
        &mut self,
        column: &Column,
        about: &[Channel],
        grants: bool,
        cell: &str,
        now: Millis,
        warnings: &mut Vec<String>,
    ) {
        let header = &column.header;
        match flag(cell) {
            Some(true) => return self.yes(header, about, grants, warnings),
            Some(false) => return self.refuse(about, header, cell),
            None => {}
        }
        let said = statement::read(cell, now);
        if let Some(word) = &said.unread {
            add(&mut self.refused, &said.denied);
            return match says(cell) {
                Says::Nothing => {}
                Says::Refuses if !said.names_something() => self.refuse(about, header, cell),
                _ => {
                    if !said.denied.is_empty() {
                        self.refuse(&said.denied, header, cell);
                    }
                    let reason = format!("“{}” is not understood", short(word, 40));
                    self.doubt(header, cell, &reason, warnings);
                }
            };
        }
        self.at = self.at.or(said.at);
        if said.no {
            return self.refuse(about, header, cell);
        }
        if !said.denied.is_empty() {
            self.refuse(&said.denied, header, cell);
        }
        if said.granted.iter().any(|c| !about.is_empty() && !about.contains(c)) {
            return self.doubt(header, cell, "names other channels than its column", warnings);
        }
        self.given |= said.yes || !said.granted.is_empty() || said.calls;
        add(&mut self.channels, &said.granted);
        if said.granted.is_empty() && (said.yes || said.at.is_some() || said.calls) && !about.is_empty() {
            return self.yes(header, about, grants, warnings);
        }
        if said.calls {
            warnings.push(format!("“{}”: {PLAIN_CALLS}", short(header, 60)));
        }
        if words(cell).len() >= 3 {
            self.note_text(cell);
        }
        self.given |= said.at.is_some();
    }

    /// A plain yes to what the column is about.
    fn yes(&mut self, header: &str, about: &[Channel], grants: bool, warnings: &mut Vec<String>) {
        self.given = true;
        if grants {
            add(&mut self.channels, about);
            return;
        }
        let known: Vec<Channel> = about.iter().copied().filter(|c| *c != Channel::AiVoice).collect();
        add(&mut self.channels, &known);
        if about.contains(&Channel::AiVoice) {
            warnings.push(format!(
                "“{}” does not say that the voice is an AI and counts for no AI call; write ai_voice if it did",
                short(header, 60)
            ));
        }
    }

    /// A list of the channels agreed to.
    fn list(&mut self, header: &str, cell: &str, now: Millis, warnings: &mut Vec<String>) {
        let said = statement::read(cell, now);
        if !said.denied.is_empty() {
            self.refuse(&said.denied, header, cell);
        }
        if let Some(word) = &said.unread {
            let reason = format!(
                "“{}” names no channel that is known; channels are ai_voice, sms, email",
                short(word, 40)
            );
            return self.doubt(header, cell, &reason, warnings);
        }
        if said.no {
            return self.refuse(&[], header, cell);
        }
        self.given |= said.calls || said.yes;
        add(&mut self.channels, &said.granted);
        if said.calls {
            warnings.push(format!("“{}”: {PLAIN_CALLS}", short(header, 60)));
        }
    }

    fn note_text(&mut self, cell: &str) {
        if self.text.is_empty() {
            self.text = cell.chars().take(MAX_TEXT).collect();
        }
    }

    /// The wording agreed to. Where it does not read as permission nothing is granted, whatever
    /// other cells say.
    fn wording(
        &mut self,
        header: &str,
        cell: &str,
        memo: &mut Memo,
        now: Millis,
        warnings: &mut Vec<String>,
    ) {
        if cell.is_empty() {
            return;
        }
        self.text = cell.chars().take(MAX_TEXT).collect();
        match memo.read(cell) {
            Wording::Permits => {}
            Wording::PeopleOnly(_) => self.refuse(&[Channel::AiVoice], header, cell),
            Wording::Denies(word) => {
                let denied = statement::read(cell, now).denied;
                match denied.is_empty() {
                    false => self.refuse(&denied, header, cell),
                    true => self.doubt(header, cell, &Wording::Denies(word).reason(), warnings),
                }
            }
            open => self.doubt(header, cell, &open.reason(), warnings),
        }
    }

    fn refuse(&mut self, about: &[Channel], header: &str, cell: &str) {
        if about.is_empty() {
            self.no = true;
        }
        add(&mut self.refused, about);
        if self.against.is_empty() {
            self.against = format!("no consent: “{}” is {}", short(header, 60), short(cell, 60));
        }
    }

    pub(super) fn doubt(&mut self, header: &str, cell: &str, reason: &str, warnings: &mut Vec<String>) {
        let space = if cell.is_empty() { "" } else { " " };
        let text = format!("“{}”: {}{space}{reason}", short(header, 60), short(cell, 40));
        warnings.push(format!("{text}; the row counts as without consent"));
        self.doubt.get_or_insert(text);
    }

    /// Puts the cells together: the consent given, and the channels refused.
    pub fn settle(mut self, attested: &Attested, warnings: &mut Vec<String>) -> Settled {
        if self.no && self.refused.is_empty() {
            // A no that names no channel is about the channels named beside it, or about all.
            self.refused = match self.channels.is_empty() {
                true => Channel::ALL.to_vec(),
                false => self.channels.clone(),
            };
        } else if self.no {
            add(&mut self.refused, &self.channels);
        }
        let (refused, against) = (self.refused, self.against);
        let statement = attested.consent.as_ref();
        let none = |refused, against| Settled { consent: None, refused, against };
        if self.no || self.doubt.is_some() {
            return none(refused, against);
        }
        self.channels.retain(|c| !refused.contains(c));
        if self.channels.is_empty() {
            let said = self.given || self.at.is_some() || !self.text.is_empty();
            if said && statement.is_none() && refused.is_empty() {
                warnings.push("consent names no channel and counts for none; list them in consent_channels (ai_voice, sms, email)".into());
            }
            if !attested.doubt.is_empty() {
                warnings.push(attested.doubt.clone());
            }
            let mut consent = statement.cloned();
            if let Some(draft) = &mut consent {
                draft.channels.retain(|c| !refused.contains(c));
            }
            return Settled { consent: consent.filter(|c| !c.channels.is_empty()), refused, against };
        }
        let purpose = self.purpose.unwrap_or(Purpose::Marketing);
        let (channels, text, at, evidence) = (self.channels, self.text, self.at, self.evidence);
        Settled { consent: Some(ConsentDraft { channels, purpose, text, at, evidence }), refused, against }
    }
}

fn add(to: &mut Vec<Channel>, channels: &[Channel]) {
    for channel in channels {
        if !to.contains(channel) {
            to.push(*channel);
        }
    }
}

fn purpose(cell: &str) -> Option<Purpose> {
    Purpose::parse(&cell.to_ascii_lowercase()).or(match compact(cell).as_str() {
        "sales" | "advertising" | "promotional" | "promotion" | "werbung" => Some(Purpose::Marketing),
        "transactional" | "service" | "information" | "info" => Some(Purpose::Informational),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{AiVoice, Email, Sms};

    const NOW: Millis = Millis(1_795_262_400_000);

    fn column(field: Field) -> Column {
        Column { header: field.word().into(), field, ..Column::default() }
    }

    /// Granted, refused, and the number of warnings.
    fn settle(
        cells: &[(Field, &str)],
        statement: Option<&ConsentDraft>,
    ) -> (Vec<Channel>, Vec<Channel>, usize) {
        let (mut all, mut warnings) = (Cells::default(), Vec::new());
        for (field, cell) in cells {
            all.put(&column(*field), cell, NOW, &mut Memo::default(), &mut warnings);
        }
        let attested = Attested { consent: statement.cloned(), doubt: String::new() };
        let settled = all.settle(&attested, &mut warnings);
        assert_eq!(settled.refused.is_empty(), settled.against.is_empty(), "{cells:?}");
        (settled.consent.map(|c| c.channels).unwrap_or_default(), settled.refused, warnings.len())
    }

    fn attested() -> ConsentDraft {
        ConsentDraft {
            channels: vec![AiVoice, Sms],
            purpose: Purpose::Marketing,
            text: "form".into(),
            at: None,
            evidence: String::new(),
        }
    }

    #[test]
    fn rows_speak_for_themselves() {
        let statement = attested();
        let s = Some(&statement);
        let none: Vec<Channel> = vec![];
        let cases = [
            (vec![], None, (none.clone(), none.clone(), 0)),
            (vec![], s, (vec![AiVoice, Sms], none.clone(), 0)),
            (vec![(Field::Consent, "yes")], None, (none.clone(), none.clone(), 1)),
            (vec![(Field::Consent, "no")], s, (none.clone(), vec![AiVoice, Sms, Email], 0)),
            (vec![(Field::ConsentSms, "no")], s, (vec![AiVoice], vec![Sms], 0)),
            (
                vec![(Field::Consent, "x"), (Field::ConsentChannels, "SMS; e-mail")],
                s,
                (vec![Sms, Email], none.clone(), 0),
            ),
            (vec![(Field::Consent, "sms, ai voice")], None, (vec![Sms, AiVoice], none.clone(), 0)),
            (vec![(Field::ConsentChannels, "phone and sms")], None, (vec![Sms], none.clone(), 1)),
            (
                vec![(Field::ConsentAiVoice, "1"), (Field::ConsentEmail, "0")],
                None,
                (vec![AiVoice], vec![Email], 0),
            ),
            (vec![(Field::Consent, "I agree to AI calls")], None, (vec![AiVoice], none.clone(), 0)),
            (vec![(Field::Consent, "texts only, not calls")], None, (vec![Sms], vec![AiVoice], 0)),
            (vec![(Field::Consent, "I agree to be contacted")], None, (none.clone(), none.clone(), 1)),
            (vec![(Field::OptIn, "No")], s, (vec![Sms], vec![AiVoice], 0)),
            (vec![(Field::OptIn, "Yes")], None, (none.clone(), none.clone(), 2)),
            (vec![(Field::ConsentAiVoice, "2026-05-01")], None, (vec![AiVoice], none.clone(), 0)),
        ];
        for (cells, statement, want) in cases {
            assert_eq!(settle(&cells, statement), want, "{cells:?}");
        }
    }

    #[test]
    fn consent_that_was_taken_back_is_none_and_is_known() {
        let yes = (Field::ConsentChannels, "ai_voice");
        for no in [
            (Field::Consent, "false"),
            (Field::Consent, "withdrawn"),
            (Field::Consent, "Opted out"),
            (Field::Consent, "revoked on 2026-05-01"),
            (Field::Consent, "not given"),
            (Field::ConsentRevoked, "2026-11-10"),
            (Field::ConsentRevoked, "true"),
            (Field::ConsentAiVoice, "declined"),
            (Field::OptIn, "n"),
            (Field::ConsentText, "I do not agree to AI calls"),
            (Field::ConsentText, "calls by humans only"),
        ] {
            let (granted, refused, _) = settle(&[yes, no], Some(&attested()));
            let all = matches!(no.0, Field::Consent | Field::ConsentRevoked);
            assert_eq!(granted, if all { vec![] } else { vec![Sms] }, "{no:?}");
            assert_eq!(refused, [AiVoice], "{no:?}");
        }
        for kept in [
            (Field::ConsentRevoked, "never"),
            (Field::ConsentRevoked, "no"),
            (Field::ConsentExpires, "2027-11-21"),
        ] {
            assert_eq!(settle(&[yes, kept], None), (vec![AiVoice], vec![], 0), "{kept:?}");
        }
    }

    #[test]
    fn doubtful_consent_grants_nothing_and_no_statement_helps() {
        let statement = attested();
        for doubtful in [
            (Field::Consent, "perhaps"),
            (Field::Consent, "pending"),
            (Field::ConsentSms, "sure?"),
            (Field::ConsentChannels, "fax"),
            (Field::ConsentPurpose, "fun"),
            (Field::ConsentAt, "03/04/2026"),
            (Field::ConsentAt, "2030-01-01"),
            (Field::ConsentExpires, "2026-11-10"),
            (Field::ConsentExpires, "2026-11-30"),
            (Field::ConsentExpires, "soon"),
            (Field::ConsentOther, "gold"),
            (Field::ConsentText, "they did not sign"),
        ] {
            let (granted, refused, warnings) =
                settle(&[(Field::ConsentAiVoice, "yes"), doubtful], Some(&statement));
            assert_eq!((granted, refused), (vec![], vec![]), "{doubtful:?}");
            assert!(warnings > 0, "{doubtful:?}");
        }
    }
}
