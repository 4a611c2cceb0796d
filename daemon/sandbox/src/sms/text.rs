//! One text in the sandbox's books, and its two wire forms.

use super::config::{Account, Vendor};
use super::course::Course;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Characters of a segment: alone and of several, in the telephone's own alphabet and in UCS-2.
const SEGMENTS: [(usize, usize); 2] = [(160, 153), (70, 67)];

/// One text, in either direction.
#[derive(Clone)]
pub(super) struct Text {
    pub seq: u64,
    pub sid: String,
    /// Index of its account.
    pub account: usize,
    pub inbound: bool,
    pub from: String,
    pub to: String,
    pub service: Option<String>,
    pub body: String,
    pub media: u32,
    pub status: &'static str,
    pub error_code: Option<u32>,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub sent_ms: Option<i64>,
    pub status_callback: Option<String>,
    pub validity_ms: u64,
    pub course: Course,
    /// Every status it has had, with its code.
    pub history: Vec<(&'static str, Option<u32>)>,
    /// Webhooks about it that were delivered.
    pub told: u32,
}

impl Text {
    /// The sender's id of it: `m` in the query of its status callback.
    pub(super) fn id(&self) -> Option<&str> {
        let (_, query) = self.status_callback.as_deref()?.split_once('?')?;
        query.split(['&', '#']).find_map(|pair| pair.strip_prefix("m="))
    }

    pub(super) fn set(&mut self, word: &'static str, code: Option<u32>, now_ms: i64) {
        self.status = word;
        self.error_code = code.or(self.error_code);
        self.updated_ms = now_ms;
        if word == "sent" || word == "delivered" {
            self.sent_ms = self.sent_ms.or(Some(now_ms));
        }
        self.history.push((word, code));
    }

    /// As the API of its vendor shows it: numbers as strings there, as numbers here.
    pub(super) fn json(&self, account: &Account) -> Value {
        let segments = segments(&self.body);
        let (root, leaf) = match account.vendor {
            Vendor::Twilio => ("/2010-04-01", ".json"),
            Vendor::SignalWire => ("/api/laml/2010-04-01", ""),
        };
        let uri = format!("{root}/Accounts/{}/Messages/{}", account.sid, self.sid);
        let mut text = json!({
            "sid": self.sid, "account_sid": account.sid, "api_version": "2010-04-01", "from": self.from, "to": self.to,
            "body": self.body, "status": self.status, "messaging_service_sid": self.service,
            "direction": if self.inbound { "inbound" } else { "outbound-api" },
            "date_created": rfc2822(self.created_ms), "date_updated": rfc2822(self.updated_ms),
            "error_code": self.error_code, "error_message": self.error_code.map(|_| "see the dictionary of errors"),
            "price": null, "price_unit": "USD", "uri": format!("{uri}{leaf}"),
            "subresource_uris": {"media": format!("{uri}/Media{leaf}")},
        });
        match account.vendor {
            Vendor::Twilio => {
                text["num_segments"] = segments.to_string().into();
                text["num_media"] = self.media.to_string().into();
                text["date_sent"] = rfc2822(self.sent_ms.unwrap_or(self.created_ms)).into();
                if self.status == "accepted" {
                    // The service has not picked a number yet.
                    text["from"] = Value::Null;
                    text["num_segments"] = "0".into();
                }
            }
            Vendor::SignalWire => {
                text["num_segments"] = segments.into();
                text["num_media"] = self.media.into();
                text["date_sent"] = self.sent_ms.map(rfc2822).into();
                text["error_code"] = self.error_code.map(|code| code.to_string()).into();
            }
        }
        text
    }

    /// The fields of a webhook about it; what a callback says is what was true when it was made.
    pub(super) fn fields(&self, account: &Account, word: &str, code: Option<u32>) -> Vec<(String, String)> {
        let mut fields = vec![
            ("MessageSid", self.sid.clone()),
            ("AccountSid", account.sid.clone()),
            ("From", self.from.clone()),
            ("To", self.to.clone()),
        ];
        if account.vendor == Vendor::Twilio {
            fields.extend([("SmsSid", self.sid.clone()), ("SmsStatus", word.to_owned())]);
            fields.push(("ApiVersion", "2010-04-01".to_owned()));
        }
        if self.inbound || account.vendor == Vendor::SignalWire {
            fields.push(("NumMedia", self.media.to_string()));
            fields.push(("NumSegments", segments(&self.body).to_string()));
            // A text of pictures alone has no words at all, not even none.
            if self.media == 0 || !self.body.is_empty() {
                fields.push(("Body", self.body.clone()));
            }
        }
        match (self.inbound, account.vendor) {
            (true, Vendor::Twilio) => {
                fields.extend([("SmsMessageSid", self.sid.clone()), ("FromCountry", "US".to_owned())]);
                fields.extend([("FromCity", String::new()), ("ToCity", String::new())]);
            }
            _ => fields.push(("MessageStatus", word.to_owned())),
        }
        fields.extend(self.service.clone().map(|service| ("MessagingServiceSid", service)));
        fields.extend(code.map(|code| ("ErrorCode", code.to_string())));
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// How many segments a body takes. Everything within ASCII counts as the telephone's alphabet.
pub(super) fn segments(body: &str) -> u32 {
    let (one, several) = SEGMENTS[usize::from(!body.is_ascii())];
    let units = body.encode_utf16().count();
    let count = if units <= one { 1 } else { units.div_ceil(several) };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An instant as both APIs write it; whole seconds only.
fn rfc2822(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .ok()
        .and_then(|at| jiff::fmt::rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_segments() {
        assert_eq!(rfc2822(1_692_853_305_900), "Thu, 24 Aug 2023 05:01:45 +0000");
        let lengths = [0, 160, 161, 306, 307].map(|n| segments(&"a".repeat(n)));
        assert_eq!(lengths, [1, 1, 2, 2, 3]);
        assert_eq!([70, 71].map(|n| segments(&"é".repeat(n))), [1, 2]);
    }
}
