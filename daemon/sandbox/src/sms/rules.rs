//! What the API refuses at once, in the vendors' codes. Pure but for the books it reads.

use super::config::{Account, Vendor};
use super::course::Course;
use super::state::State;

/// Longest body, in UTF-16 units.
const MAX_BODY_UNITS: usize = 1_600;

/// An error of the API.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub status: u16,
    pub code: u32,
    pub message: String,
}

impl ApiError {
    pub(super) fn new(status: u16, code: u32, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
    }
}

/// A text that may be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub to: String,
    pub from: String,
    pub service: Option<String>,
    pub body: String,
    pub media: u32,
    pub status_callback: Option<String>,
    pub validity_ms: u64,
}

/// Checks the form of a text in the order in which the vendor does.
pub(super) fn check(account: &Account, form: &[(String, String)]) -> Result<Order, ApiError> {
    let refuse = |code, message: &str| Err(ApiError::new(400, code, message));
    let get = |name: &str| {
        form.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str()).filter(|v| !v.trim().is_empty())
    };
    let Some(to) = get("To") else {
        return refuse(21_604, "A 'To' phone number is required.");
    };
    if !is_e164(to) {
        return refuse(21_211, &format!("The 'To' number {to} is not a valid phone number."));
    }
    let (from, service) = match (get("From"), get("MessagingServiceSid")) {
        (None, None) => {
            return refuse(
                21_603,
                "A 'From' or 'MessagingServiceSid' parameter is required to send a message.",
            );
        }
        (_, Some(service)) if service != account.service => {
            return refuse(21_705, "The Messaging Service Sid is invalid.");
        }
        (None, Some(service)) => match account.numbers.iter().find(|n| n.can_text) {
            Some(number) => (number.number.clone(), Some(service.to_owned())),
            None => return refuse(21_704, "The Messaging Service contains no phone numbers."),
        },
        (Some(from), service) => match account.numbers.iter().find(|n| n.number == from && n.can_text) {
            Some(_) => (from.to_owned(), service.map(str::to_owned)),
            None => {
                return refuse(
                    21_606,
                    &format!("The 'From' phone number {from} is not a valid, message-capable phone number."),
                );
            }
        },
    };
    if to == from {
        return refuse(21_266, "'To' and 'From' number cannot be the same.");
    }
    let media = form.iter().filter(|(k, _)| k == "MediaUrl").count();
    let body = match get("Body") {
        None if media == 0 => return refuse(21_602, "Message body is required."),
        body => body.unwrap_or_default(),
    };
    if body.encode_utf16().count() > MAX_BODY_UNITS {
        return refuse(21_617, "The concatenated message body exceeds the 1600 character limit.");
    }
    let (default_s, longest_s) = match account.vendor {
        Vendor::Twilio => (36_000, 36_000),
        Vendor::SignalWire => (14_400, 172_800),
    };
    let validity_s = match get("ValidityPeriod").map(str::parse::<u64>) {
        None => default_s,
        Some(Ok(seconds)) if (1..=longest_s).contains(&seconds) => seconds,
        Some(_) => return refuse(21_624, "Invalid validity period value."),
    };
    let status_callback = match get("StatusCallback") {
        Some(url) if !is_callback(url) => {
            return refuse(21_609, "The 'StatusCallback' URL is not a valid URL.");
        }
        url => url.map(str::to_owned),
    };
    let media = u32::try_from(media).unwrap_or(u32::MAX);
    Ok(Order {
        to: to.to_owned(),
        from,
        service,
        body: body.to_owned(),
        media,
        status_callback,
        validity_ms: validity_s * 1_000,
    })
}

/// What the books hold against a text that is in order: a block, or a course that begins with a
/// refusal.
pub(super) fn held_against(state: &State, account: usize, order: &Order, course: Course) -> Option<ApiError> {
    let blocked = |sender: &str| state.blocked.contains(&(account, order.to.clone(), sender.to_owned()));
    let is_blocked = blocked(&order.from) || order.service.as_deref().is_some_and(blocked);
    let refusal = match is_blocked {
        true => Course::OptedOut.refusal(),
        false => course.refusal(),
    };
    refusal.map(|(code, message)| ApiError::new(400, code, message))
}

pub(super) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

fn is_callback(url: &str) -> bool {
    let host = |url: reqwest::Url| {
        let host = url.host_str().filter(|host| !host.contains('_'));
        host.is_some() && matches!(url.scheme(), "http" | "https")
    };
    reqwest::Url::parse(url).is_ok_and(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "+14155550199";

    fn code(vendor: Vendor, change: &[(&str, &str)]) -> u32 {
        let account = Account::new(vendor, 1, "token", FROM, "");
        let mut form: Vec<(String, String)> = [("To", "+14155550123"), ("From", FROM), ("Body", "Hi")]
            .map(|(k, v)| (k.into(), v.into()))
            .into();
        for (name, value) in change {
            form.retain(|(k, _)| k != name);
            form.push(((*name).into(), (*value).into()));
        }
        check(&account, &form).map_or_else(|error| error.code, |_| 0)
    }

    #[test]
    fn every_rule_has_its_code() {
        let long = "x".repeat(1_601);
        for (change, expected) in [
            (&[][..], 0),
            (&[("To", "")], 21604),
            (&[("To", "0123")], 21211),
            (&[("From", "")], 21603),
            (&[("From", "+14155550198")], 21606),
            (&[("From", ""), ("MessagingServiceSid", "MG0")], 21705),
            (&[("Body", " ")], 21602),
            (&[("Body", ""), ("MediaUrl", "https://a.example/x.jpg")], 0),
            (&[("Body", &long)], 21617),
            (&[("StatusCallback", "https://a_b.example/x")], 21609),
            (&[("StatusCallback", "https://a.example/x?m=1#rc=2")], 0),
            (&[("ValidityPeriod", "0")], 21624),
            (&[("ValidityPeriod", "36001")], 21624),
        ] {
            assert_eq!(code(Vendor::Twilio, change), expected, "{change:?}");
        }
        assert_eq!(code(Vendor::SignalWire, &[("ValidityPeriod", "36001")]), 0);
    }
}
