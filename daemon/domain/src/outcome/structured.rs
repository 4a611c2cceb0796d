//! What an analysis extracted from a call, out of the shapes assistants are set up with.
//!
//! Must not live here: whether to believe it (`decide`).

use serde_json::Value;

/// What the analysis says the call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A slot was booked.
    Booked,
    /// The person wants to be called back.
    Callback,
    /// The person said no.
    NotInterested,
    /// The person told us to stop.
    DoNotCall,
    /// A machine answered.
    Voicemail,
    /// Something else.
    Other,
}

/// What the analysis extracted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Structured {
    /// What it says the call came to.
    pub outcome: Option<Said>,
    /// When to call back, in the analysis's words.
    pub callback_at: Option<String>,
    /// Whether the person opted out.
    pub opted_out: bool,
}

const OUTCOME: [&str; 5] = ["outcome", "calloutcome", "result", "disposition", "callresult"];
const CALLBACK: [&str; 7] = [
    "callbackat",
    "callbacktime",
    "callbackdatetime",
    "callbackdate",
    "callbackwhen",
    "preferredcallbacktime",
    "callbackrequestedat",
];
const OPTED_OUT: [&str; 6] = ["optedout", "optout", "donotcall", "dnc", "doNotContact", "unsubscribe"];

impl Structured {
    /// Reads named values: the members of structured data, and structured outputs by name.
    /// `None` when nothing in them says anything.
    pub fn read<'a>(values: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Option<Self> {
        let mut found = Self::default();
        for (name, value) in values {
            match value {
                Value::Object(members) => members.iter().for_each(|(name, value)| found.take(name, value)),
                other => found.take(name, other),
            }
        }
        (found != Self::default()).then_some(found)
    }

    fn take(&mut self, name: &str, value: &Value) {
        let name: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let is = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(&name));
        if is(&OUTCOME) {
            if let (None, Some(text)) = (self.outcome, value.as_str()) {
                self.outcome = said(text);
            }
        } else if is(&CALLBACK) {
            let text = value.as_str().map(str::trim).filter(|t| is_something(t));
            self.callback_at =
                self.callback_at.take().or_else(|| text.map(|t| t.chars().take(100).collect()));
        } else if is(&OPTED_OUT) {
            self.opted_out |= value.as_bool().unwrap_or_else(|| {
                value
                    .as_str()
                    .is_some_and(|t| matches!(t.trim().to_ascii_lowercase().as_str(), "true" | "yes"))
            });
        }
    }
}

fn is_something(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    !matches!(
        word.as_str(),
        "" | "none" | "null" | "unknown" | "n/a" | "na" | "not specified" | "unspecified" | "-"
    )
}

fn said(text: &str) -> Option<Said> {
    let text = text.trim();
    if !is_something(text) {
        return None;
    }
    let word: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match word.as_str() {
        "booked" | "appointmentbooked" | "meetingbooked" | "bookedappointment" | "scheduled" => Said::Booked,
        "callback" | "callbackrequested" | "callbacklater" | "calllater" | "requestedcallback" => {
            Said::Callback
        }
        "notinterested" | "declined" | "nointerest" | "rejected" => Said::NotInterested,
        "donotcall" | "dnc" | "optout" | "optedout" | "stopcalling" | "removed" | "unsubscribe" => {
            Said::DoNotCall
        }
        "voicemail" | "answeringmachine" | "machine" => Said::Voicemail,
        _ => Said::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Option<Structured> {
        Structured::read([("", value)])
    }

    #[test]
    fn shapes_and_words() {
        let full =
            json!({"call_outcome": "Callback Requested", "callback_time": "Tue 9:00", "doNotCall": false});
        let wanted = Structured {
            outcome: Some(Said::Callback),
            callback_at: Some("Tue 9:00".into()),
            opted_out: false,
        };
        assert_eq!(read(&full), Some(wanted));
        let by_name = json!("not-interested");
        let named = Structured::read([("Call Outcome", &by_name), ("mood", &json!("bad"))]).unwrap();
        assert_eq!(named.outcome, Some(Said::NotInterested));
        assert!(read(&json!({"opted_out": "Yes"})).unwrap().opted_out);
        assert_eq!(read(&json!({"outcome": "the moon"})).unwrap().outcome, Some(Said::Other));
        assert_eq!(read(&json!({"outcome": "", "callbackTime": "n/a", "optOut": null})), None);
        assert_eq!(read(&json!([1, 2])), None);
        assert_eq!(Structured::read([]), None);
    }
}
