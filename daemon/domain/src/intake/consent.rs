//! What a row says about consent.
//!
//! Lives here: reading the consent cells of a row into one record, failing closed. Must not
//! live here: the statement for a whole file (`attest`); whether a contact is allowed.
//!
//! Consent is never guessed: a yes that names no channel is consent to nothing, and “phone” is
//! not consent to an AI voice. A no is kept, so that a statement for the file cannot override it.

use super::dates;
use super::fields::Field;
use super::problem::RowProblem;
use super::text::{clean, compact, flag, is_placeholder, short};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::{Channel, Purpose};

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

/// The consent cells of one row, before they are put together.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    given: Option<bool>,
    channels: Vec<Channel>,
    refused: Vec<Channel>,
    purpose: Option<Purpose>,
    text: String,
    at: Option<Millis>,
    evidence: String,
}

impl Cells {
    /// Takes one cell.
    pub fn put(
        &mut self,
        field: Field,
        key: &str,
        cell: &str,
        now: Millis,
        warnings: &mut Vec<String>,
    ) -> Result<(), RowProblem> {
        let cell = clean(cell);
        if is_placeholder(&cell) {
            return Ok(());
        }
        let problem = |reason: String| RowProblem::new(key, reason);
        match field {
            Field::Consent => match flag(&cell) {
                Some(given) => self.given = Some(given),
                // A list of channels in place of yes is clear enough.
                None => self.add(channels(&cell, warnings).map_err(|_| problem(neither(&cell)))?),
            },
            Field::ConsentAiVoice => {
                self.one(Channel::AiVoice, flag(&cell).ok_or_else(|| problem(neither(&cell)))?);
            }
            Field::ConsentSms => self.one(Channel::Sms, flag(&cell).ok_or_else(|| problem(neither(&cell)))?),
            Field::ConsentEmail => {
                self.one(Channel::Email, flag(&cell).ok_or_else(|| problem(neither(&cell)))?);
            }
            Field::ConsentChannels => self.add(channels(&cell, warnings).map_err(problem)?),
            Field::ConsentPurpose => {
                let purpose = Purpose::parse(&cell.to_ascii_lowercase());
                let unknown = || {
                    problem(format!("{} is no purpose; write marketing or informational", short(&cell, 40)))
                };
                self.purpose = Some(purpose.ok_or_else(unknown)?);
            }
            Field::ConsentAt => self.at = Some(dates::past(&cell, now).map_err(problem)?),
            Field::ConsentText => self.text = bounded(&cell).map_err(problem)?,
            Field::ConsentEvidence => self.evidence = bounded(&cell).map_err(problem)?,
            _ => {}
        }
        Ok(())
    }

    fn one(&mut self, channel: Channel, given: bool) {
        if given { self.add(vec![channel]) } else { self.refused.push(channel) }
    }

    fn add(&mut self, channels: Vec<Channel>) {
        for channel in channels {
            if !self.channels.contains(&channel) {
                self.channels.push(channel);
            }
        }
    }

    /// Puts the cells together: the consent given, and the channels refused.
    pub fn settle(
        mut self,
        statement: Option<&ConsentDraft>,
        warnings: &mut Vec<String>,
    ) -> (Option<ConsentDraft>, Vec<Channel>) {
        if self.given == Some(false) {
            return (None, Channel::ALL.to_vec());
        }
        self.channels.retain(|c| !self.refused.contains(c));
        if self.channels.is_empty() {
            let said = self.given.is_some() || self.at.is_some() || !self.text.is_empty();
            if said && statement.is_none() {
                warnings.push("consent names no channel and counts for none; list them in consent_channels (ai_voice, sms, email)".into());
            }
            let mut consent = statement.cloned();
            if let Some(draft) = &mut consent {
                draft.channels.retain(|c| !self.refused.contains(c));
            }
            return (consent.filter(|c| !c.channels.is_empty()), self.refused);
        }
        let purpose = self.purpose.unwrap_or(Purpose::Marketing);
        let (channels, text, at, evidence) = (self.channels, self.text, self.at, self.evidence);
        (Some(ConsentDraft { channels, purpose, text, at, evidence }), self.refused)
    }
}

fn neither(cell: &str) -> String {
    format!("{} is neither yes nor no", short(cell, 40))
}

fn bounded(cell: &str) -> Result<String, String> {
    match cell.chars().count() {
        n if n > MAX_TEXT => Err(format!("{n} characters; at most {MAX_TEXT}")),
        _ => Ok(cell.to_string()),
    }
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
            let unknown = || format!("{} is no channel; channels are ai_voice, sms, email", short(part, 40));
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
        "call" | "calls" | "phone" | "telephone" => {
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

    fn settle(
        cells: &[(Field, &str)],
        statement: Option<&ConsentDraft>,
    ) -> Result<(Vec<Channel>, Vec<Channel>, usize), String> {
        let (mut all, mut warnings) = (Cells::default(), Vec::new());
        for (field, cell) in cells {
            all.put(*field, field.word(), cell, NOW, &mut warnings).map_err(|p| p.reason)?;
        }
        let (consent, refused) = all.settle(statement, &mut warnings);
        Ok((consent.map(|c| c.channels).unwrap_or_default(), refused, warnings.len()))
    }

    #[test]
    fn rows_speak_for_themselves() {
        let statement = ConsentDraft {
            channels: vec![AiVoice, Sms],
            purpose: Purpose::Marketing,
            text: "form".into(),
            at: None,
            evidence: String::new(),
        };
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
        ];
        for (cells, statement, want) in cases {
            assert_eq!(settle(&cells, statement), Ok(want), "{cells:?}");
        }
    }

    #[test]
    fn unclear_consent_is_refused() {
        for (field, cell) in [
            (Field::Consent, "perhaps"),
            (Field::ConsentSms, "sure?"),
            (Field::ConsentChannels, "fax"),
            (Field::ConsentPurpose, "fun"),
            (Field::ConsentAt, "03/04/2026"),
            (Field::ConsentAt, "2030-01-01"),
        ] {
            assert!(settle(&[(field, cell)], None).is_err(), "{cell}");
        }
    }
}
