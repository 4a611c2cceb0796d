//! Which text at the carrier is the one whose answer was lost.
//!
//! The list of texts does not say where their callbacks go, so our id is not in it. What
//! identifies a text is its recipient, its sender, its words, and that it was taken after we meant
//! to send it. Two like that may be two texts, so they are reported as two. Must not live here:
//! HTTP.

use super::account::Sender;
use super::record::TextRecord;
use super::send::SendText;
use frontdesk_shared::Millis;
use frontdesk_shared::time::MINUTE;

/// How far the carrier's clock may be behind ours; its instants also have whole seconds only.
const SKEW_MS: i64 = 2 * MINUTE;

/// What a look-up came to, when it came to something.
#[derive(Debug, Clone, PartialEq)]
pub enum FoundText {
    /// The text.
    One(Box<TextRecord>),
    /// Several that could be it, by their ids, newest first. Whoever knows which of them belong to
    /// other texts of ours can tell; nobody else may guess, and none may be sent again.
    Several(Vec<String>),
}

/// Whether a text at the carrier is this one of ours, sent at `since` or later.
pub(super) fn is_it(record: &TextRecord, text: &SendText, sender: &Sender, since: Millis) -> bool {
    let from = match sender {
        Sender::Number(number) => record.from.as_deref() == Some(number),
        Sender::Service(sid) => record.service.as_deref() == Some(sid),
    };
    record.outbound
        && from
        && record.to.as_deref() == Some(text.to.as_str())
        && record.created_at.is_none_or(|at| at >= since - SKEW_MS)
        && says_the_same(&record.body, &text.body)
}

/// Twilio may replace marks and spaces of other alphabets (smart encoding) and puts a line before
/// the texts of trial accounts, so letters and digits decide, and they may have something before
/// them.
fn says_the_same(there: &str, ours: &str) -> bool {
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let (said, meant) = (letters(there), letters(ours));
    match meant.is_empty() {
        true => there.trim().ends_with(ours.trim()),
        false => said == meant || there.contains(" trial account - ") && said.ends_with(&meant),
    }
}

/// Sums up what was found.
pub(super) fn sum_up(mut found: Vec<TextRecord>) -> Option<FoundText> {
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.sid.cmp(&b.sid)));
    found.dedup_by(|a, b| a.sid == b.sid);
    match found.len() {
        0 | 1 => found.pop().map(|record| FoundText::One(Box::new(record))),
        _ => Some(FoundText::Several(found.into_iter().map(|record| record.sid).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::MessageId;
    use serde_json::json;

    const AT: &str = "2023-08-24T05:01:45Z";

    fn text(body: &str) -> SendText {
        SendText {
            id: MessageId(1),
            to: "+14155550123".into(),
            from: None,
            body: body.into(),
            validity_s: None,
            status_callback: None,
        }
    }

    fn record(sid: &str, body: &str) -> TextRecord {
        TextRecord::read(&json!({"sid": sid, "to": "+14155550123", "from": "+14155550199", "body": body,
            "direction": "outbound-api", "date_created": "Thu, 24 Aug 2023 05:01:45 +0000"}))
        .unwrap()
    }

    fn at() -> Millis {
        Millis::from_iso(AT).unwrap()
    }

    fn found(record: &TextRecord, body: &str) -> bool {
        is_it(record, &text(body), &Sender::Number("+14155550199".into()), at() + 900)
    }

    #[test]
    fn s1_recipient_sender_words_and_time_decide() {
        assert!(found(&record("SM1", "See you at 3"), "See you at 3"));
        assert!(!found(&record("SM1", "See you at 4"), "See you at 3"));
        let other = TextRecord { to: Some("+14155550124".into()), ..record("SM1", "x") };
        assert!(!found(&other, "x"));
        let other = TextRecord { from: Some("+14155550198".into()), ..record("SM1", "x") };
        assert!(!found(&other, "x"));
        let old = TextRecord { created_at: Some(at() - 3 * MINUTE), ..record("SM1", "x") };
        assert!(!found(&old, "x"));
        let theirs = TextRecord { outbound: false, ..record("SM1", "x") };
        assert!(!found(&theirs, "x"));
    }

    #[test]
    fn what_the_carrier_does_to_the_words_does_not_hide_them() {
        assert!(found(&record("SM1", "\"Ava's\" - 3 pm..."), "“Ava’s” – 3\u{a0}pm…"));
        assert!(found(&record("SM1", "Sent from your Twilio trial account - Yes?"), "Yes?"));
        assert!(!found(&record("SM1", "Say Yes?"), "Yes?"));
        assert!(found(&record("SM1", "👍"), "👍"));
        assert!(!found(&record("SM1", "👎"), "👍"));
    }

    #[test]
    fn two_are_two() {
        assert_eq!(sum_up(Vec::new()), None);
        let one = record("SM1", "x");
        assert_eq!(sum_up(vec![one.clone(), one.clone()]), Some(FoundText::One(Box::new(one.clone()))));
        let newer = TextRecord { created_at: Some(at() + 1_000), ..record("SM2", "x") };
        assert_eq!(sum_up(vec![one, newer]), Some(FoundText::Several(vec!["SM2".into(), "SM1".into()])));
    }
}
