//! One text to send: what is asked of the carrier, and what it answers.
//!
//! Must not live here: HTTP, whether the person may be texted. `Debug` shows neither numbers nor
//! words.

use super::account::Sender;
use super::record::TextRecord;
use super::status::TextStatus;
use super::vendor::Vendor;
use crate::outcome::{Refusal, RefusalClass};
use frontdesk_shared::MessageId;
use std::fmt;

/// Longest text taken, in UTF-16 units, which is how both carriers count.
const MAX_BODY_UNITS: usize = 1_600;
/// Name of our id in the query of the status callback; the query is signed.
pub(super) const ID_PARAMETER: &str = "m";

/// A text to send.
#[derive(Clone, PartialEq, Eq)]
pub struct SendText {
    /// Our id; it comes back in the query of every status callback, so that a callback that
    /// arrives before our own answer is stored finds its text.
    pub id: MessageId,
    /// Whom to, E.164.
    pub to: String,
    /// What from, when it is not the account's usual sender.
    pub from: Option<Sender>,
    /// What it says.
    pub body: String,
    /// After so many seconds it is of no use and must not be delivered; the carrier's longest
    /// when absent.
    pub validity_s: Option<u32>,
    /// Where status callbacks go, when it is not the account's usual address.
    pub status_callback: Option<String>,
}

impl fmt::Debug for SendText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendText").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A text the carrier has taken. That is all it says: refusals of the network come later, as
/// status callbacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The carrier's id.
    pub sid: String,
    /// The carrier's first word for its status; no callback repeats it.
    pub status: String,
    /// How many segments are charged; absent where a service still has to pick a number.
    pub segments: Option<u32>,
    /// What it costs, as a decimal number; mostly known later only.
    pub price: Option<String>,
    /// Currency of the price.
    pub price_unit: Option<String>,
}

impl Accepted {
    /// How far the text is; a word nobody knows yet means that it was taken.
    pub fn text_status(&self) -> TextStatus {
        TextStatus::parse(&self.status).unwrap_or(TextStatus::Queued)
    }

    pub(super) fn of(record: TextRecord) -> Self {
        Self {
            sid: record.sid,
            status: record.status,
            segments: record.segments.filter(|n| *n > 0),
            price: record.price,
            price_unit: record.price_unit,
        }
    }
}

/// The form of a text, or why it must not leave.
pub(super) fn form(
    vendor: Vendor,
    text: &SendText,
    usual: &Sender,
    status_url: Option<&str>,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let refuse = |class, why: &str| Err(Refusal::ours(class, why));
    if text.to.trim().is_empty() {
        return refuse(RefusalClass::Recipient, "no number to send to");
    }
    if text.body.trim().is_empty() {
        return refuse(RefusalClass::Invalid, "nothing to say");
    }
    if text.body.encode_utf16().count() > MAX_BODY_UNITS {
        return refuse(RefusalClass::Invalid, "the text is longer than 1600 characters");
    }
    let sender = match text.from.as_ref().unwrap_or(usual) {
        Sender::Number(from) if from.trim().is_empty() => {
            return refuse(RefusalClass::Sender, "no number to send from");
        }
        Sender::Number(from) => ("From", from.clone()),
        Sender::Service(sid) => ("MessagingServiceSid", sid.clone()),
    };
    let mut form = vec![("To", text.to.clone()), sender, ("Body", text.body.clone())];
    match text.validity_s {
        Some(0) => return refuse(RefusalClass::Invalid, "the text is no longer of use"),
        Some(seconds) => form.push(("ValidityPeriod", seconds.min(vendor.longest_validity_s()).to_string())),
        None => {}
    }
    if let Some(url) = text.status_callback.as_deref().or(status_url) {
        match callback(url, text.id) {
            Some(url) => form.push(("StatusCallback", url)),
            None => return refuse(RefusalClass::Config, "the address for status callbacks is not usable"),
        }
    }
    Ok(form)
}

/// The address for status callbacks of one text: our id joins the query, and what was configured
/// stays as it is to the byte, for it is signed. A fragment holds settings of the carrier's
/// connection and stays last. `None` when it is no address, or one with an underscore in its host,
/// which Twilio refuses.
fn callback(url: &str, id: MessageId) -> Option<String> {
    let url = url.trim();
    let parsed = reqwest::Url::parse(url).ok()?;
    let host = parsed.host_str()?;
    if !matches!(parsed.scheme(), "http" | "https") || host.contains('_') {
        return None;
    }
    let (address, fragment) = url.split_once('#').map_or((url, None), |(a, f)| (a, Some(f)));
    let joint = match address.contains('?') {
        true if address.ends_with(['?', '&']) => "",
        true => "&",
        false => "?",
    };
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    Some(format!("{address}{joint}{ID_PARAMETER}={id}{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> SendText {
        SendText {
            id: MessageId(9),
            to: "+14155550123".into(),
            from: None,
            body: "See you at 3".into(),
            validity_s: None,
            status_callback: None,
        }
    }

    fn fields(text: &SendText) -> Result<Vec<(&'static str, String)>, Refusal> {
        form(
            Vendor::Twilio,
            text,
            &Sender::Number("+14155550199".into()),
            Some("https://desk.example/webhooks/sms"),
        )
    }

    fn class(text: &SendText) -> RefusalClass {
        fields(text).unwrap_err().class
    }

    #[test]
    fn s2_our_id_is_in_the_callback() {
        let form = fields(&text()).unwrap();
        let expected = format!("https://desk.example/webhooks/sms?m={}", MessageId(9));
        assert_eq!(form[3], ("StatusCallback", expected));
        assert_eq!(form[1], ("From", "+14155550199".to_owned()));
    }

    #[test]
    fn s9_validity_is_what_the_text_is_useful_for() {
        let of = |vendor: Vendor, validity_s| {
            let form = form(vendor, &SendText { validity_s, ..text() }, &Sender::Service("MG1".into()), None)
                .unwrap();
            form.into_iter().find(|(name, _)| *name == "ValidityPeriod").map(|(_, value)| value)
        };
        assert_eq!(of(Vendor::Twilio, Some(3_600)).as_deref(), Some("3600"));
        assert_eq!(of(Vendor::Twilio, Some(99_999)).as_deref(), Some("36000"));
        assert_eq!(of(Vendor::SignalWire, Some(99_999)).as_deref(), Some("99999"));
        assert_eq!(of(Vendor::Twilio, None), None);
        assert_eq!(class(&SendText { validity_s: Some(0), ..text() }), RefusalClass::Invalid);
    }

    #[test]
    fn s15_a_sender_of_its_own_replaces_the_usual_one() {
        let from = Some(Sender::Service("MG2".into()));
        let form = fields(&SendText { from, ..text() }).unwrap();
        assert_eq!(form[1], ("MessagingServiceSid", "MG2".to_owned()));
        let nobody = Some(Sender::Number(" ".into()));
        assert_eq!(class(&SendText { from: nobody, ..text() }), RefusalClass::Sender);
    }

    #[test]
    fn what_must_fail_does_not_leave() {
        assert_eq!(class(&SendText { to: String::new(), ..text() }), RefusalClass::Recipient);
        assert_eq!(class(&SendText { body: " \n".into(), ..text() }), RefusalClass::Invalid);
        assert_eq!(class(&SendText { body: "😀".repeat(801), ..text() }), RefusalClass::Invalid);
        assert!(fields(&SendText { body: "x".repeat(1_600), ..text() }).is_ok());
    }

    #[test]
    fn s16_callback_addresses() {
        let id = MessageId(9);
        let of = |url: &str| callback(url, id);
        assert_eq!(
            of("https://a.example/x#rc=2&rp=all"),
            Some(format!("https://a.example/x?m={id}#rc=2&rp=all"))
        );
        assert_eq!(of("https://a.example/x?c=%2B1"), Some(format!("https://a.example/x?c=%2B1&m={id}")));
        assert_eq!(of("https://a.example/x?"), Some(format!("https://a.example/x?m={id}")));
        for bad in ["https://a_b.example/x", "/x", "ftp://a.example/x", ""] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn debug_shows_nobody() {
        let shown = format!("{:?}", text());
        assert!(!shown.contains("5550123") && !shown.contains("See you"), "{shown}");
    }
}
