//! What a row says about consent.
//!
//! Lives here: reading the consent cells of a row into one record, failing closed. Must not
//! live here: the statement for a whole file (`attest`); whether a contact is allowed.
//!
//! Consent is never guessed: a yes that names no channel is consent to nothing, and “phone” is
//! not consent to an AI voice. A no is kept, so that a statement for the file cannot override it.
//! What is not understood makes the row grant nothing: it is taken, held, and said so.

use super::answer::{Says, says};
use super::fields::Field;
use super::header::Column;
use super::statement::Memo;
use super::text::{clean, compact, is_placeholder, short, words};
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
        if is_placeholder(&cell) && !matches!(field, Field::ConsentText | Field::ConsentEvidence) {
            return;
        }
        match field {
            Field::Consent => self.answer(column, &[], false, &cell, warnings),
            Field::ConsentAiVoice => self.answer(column, &[Channel::AiVoice], true, &cell, warnings),
            Field::ConsentSms => self.answer(column, &[Channel::Sms], true, &cell, warnings),
            Field::ConsentEmail => self.answer(column, &[Channel::Email], true, &cell, warnings),
            Field::OptIn if column.channels.is_empty() => {
                self.answer(column, &[Channel::AiVoice], false, &cell, warnings);
            }
            Field::OptIn => self.answer(column, &column.channels, false, &cell, warnings),
            Field::OptInAi => self.answer(column, &column.channels, true, &cell, warnings),
            Field::ConsentChannels => match channels(&cell, warnings) {
                Ok(list) => add(&mut self.channels, &list),
                Err(reason) => self.doubt(header, &cell, &reason, warnings),
            },
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
            Field::ConsentText => self.wording(header, &cell, memo, warnings),
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

    /// A yes or no. `grants` says whether a yes is consent to the channels: one to “calls” says
    /// nothing about an AI voice.
    fn answer(
        &mut self,
        column: &Column,
        about: &[Channel],
        grants: bool,
        cell: &str,
        warnings: &mut Vec<String>,
    ) {
        let answer = says(cell);
        if matches!(answer, Says::Allows | Says::Refuses) && words(cell).len() >= 3 {
            // A sentence says more than yes or no.
            let said = statement::read(cell);
            if !said.granted.is_empty() || !said.denied.is_empty() || said.human_only {
                return self.in_words(column, about, grants, cell, warnings);
            }
        }
        match answer {
            Says::Nothing => {}
            Says::No | Says::Refuses => self.refuse(about, &column.header, cell),
            Says::Yes | Says::Allows => {
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
                        short(&column.header, 60)
                    ));
                }
            }
            Says::Unclear => self.in_words(column, about, grants, cell, warnings),
        }
    }

    /// A list of channels, a date or a sentence in place of a yes.
    fn in_words(
        &mut self,
        column: &Column,
        about: &[Channel],
        grants: bool,
        cell: &str,
        warnings: &mut Vec<String>,
    ) {
        if about.is_empty()
            && let Ok(list) = channels(cell, &mut Vec::new())
            && channels(cell, warnings).is_ok()
        {
            self.given = true;
            add(&mut self.channels, &list);
            return;
        }
        if dates::any(cell).is_ok() && !cell.bytes().all(|b| b.is_ascii_digit()) {
            self.given = true;
            if grants {
                add(&mut self.channels, about);
            }
            return;
        }
        let said = statement::read(cell);
        let inside = |c: &Channel| about.is_empty() || about.contains(c);
        if !said.denied.is_empty() {
            self.refuse(&said.denied, &column.header, cell);
        }
        if !said.granted.is_empty() && said.granted.iter().all(inside) {
            self.given = true;
            add(&mut self.channels, &said.granted);
            self.note_text(cell);
        } else if !said.negative && about.is_empty() && words(cell).len() >= 3 {
            // A sentence that names no channel is wording, and consent to none.
            self.given = true;
            self.note_text(cell);
        } else if said.denied.is_empty() {
            self.doubt(&column.header, cell, "is neither yes nor no", warnings);
        }
    }

    fn note_text(&mut self, cell: &str) {
        if self.text.is_empty() {
            self.text = cell.chars().take(MAX_TEXT).collect();
        }
    }

    /// The wording agreed to. What it denies is not granted, whatever other cells say.
    fn wording(&mut self, header: &str, cell: &str, memo: &mut Memo, warnings: &mut Vec<String>) {
        if cell.is_empty() {
            return;
        }
        self.text = cell.chars().take(MAX_TEXT).collect();
        let said = memo.read(cell);
        if !said.denied.is_empty() || said.human_only {
            let denied = if said.denied.is_empty() { vec![Channel::AiVoice] } else { said.denied };
            self.refuse(&denied, header, cell);
        } else if said.negative {
            self.doubt(header, cell, "does not say yes", warnings);
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

    fn doubt(&mut self, header: &str, cell: &str, reason: &str, warnings: &mut Vec<String>) {
        let space = if cell.is_empty() { "" } else { " " };
        let text = format!("“{}”: {}{space}{reason}", short(header, 60), short(cell, 40));
        warnings.push(format!("{text}; the row counts as without consent"));
        self.doubt.get_or_insert(text);
    }

    /// Puts the cells together: the consent given, and the channels refused.
    pub fn settle(mut self, statement: Option<&ConsentDraft>, warnings: &mut Vec<String>) -> Settled {
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

/// A list of channels.
fn channels(list: &str, warnings: &mut Vec<String>) -> Result<Vec<Channel>, String> {
    let mut found = Vec::new();
    for part in list.split([',', ';', '/', '|', '+', '&']).map(str::trim).filter(|p| !p.is_empty()) {
        if let Some(channels) = channel(part, warnings) {
            found.extend(channels);
            continue;
        }
        for word in part.split_whitespace() {
            let unknown = || "names no channel that is known; channels are ai_voice, sms, email".to_string();
            found.extend(channel(word, warnings).ok_or_else(unknown)?);
        }
    }
    Ok(found)
}

fn channel(word: &str, warnings: &mut Vec<String>) -> Option<Vec<Channel>> {
    Some(match compact(word).as_str() {
        "aivoice" | "aicall" | "aicalls" | "ai" | "voice" | "automatedcall" | "automatedcalls" => {
            vec![Channel::AiVoice]
        }
        "sms" | "text" | "texts" | "textmessage" | "textmessages" | "txt" => vec![Channel::Sms],
        "email" | "emails" | "mail" => vec![Channel::Email],
        "all" => Channel::ALL.to_vec(),
        "and" => Vec::new(),
        "call" | "calls" | "phone" | "telephone" | "phonecall" | "phonecalls" => {
            warnings.push(format!(
                "consent to “{}” does not say that the voice is an AI; write ai_voice if it did",
                short(word, 20)
            ));
            Vec::new()
        }
        _ => return None,
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
        let settled = all.settle(statement, &mut warnings);
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
