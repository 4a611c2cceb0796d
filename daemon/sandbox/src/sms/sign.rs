//! How a webhook proves where it comes from. Written from the vendors' own descriptions, apart
//! from what verifies it.

use super::config::{Account, Vendor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// Header and value for a form about to be sent to an address.
pub(super) fn of_form(account: &Account, url: &str, fields: &[(String, String)]) -> (&'static str, String) {
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut text = signed_address(url).to_owned();
    for (name, value) in sorted {
        text.push_str(name);
        text.push_str(value);
    }
    (header(account.vendor), STANDARD.encode(tag(account, text.as_bytes())))
}

/// Header and value for JSON of SignalWire: the address and the bytes that follow.
pub(super) fn of_json(account: &Account, url: &str, body: &str) -> (&'static str, String) {
    let tag = tag(account, format!("{}{body}", signed_address(url)).as_bytes());
    (header(account.vendor), tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn header(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Twilio => "x-twilio-signature",
        Vendor::SignalWire => "x-signalwire-signature",
    }
}

/// A fragment is neither sent nor signed.
fn signed_address(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

fn tag(account: &Account, text: &[u8]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, account.signing_key.as_bytes());
    hmac::sign(&key, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(vendor: Vendor, key: &str) -> Account {
        Account::new(vendor, 1, key, "+14155550199", "")
    }

    #[test]
    fn the_published_examples() {
        let fields = [
            "CallSid=CA1234567890ABCDE",
            "Digits=1234",
            "From=+14158675309",
            "To=+18005551212",
            "Caller=+14158675309",
        ];
        let fields: Vec<(String, String)> =
            fields.iter().filter_map(|f| f.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2#rc=2";
        let expected = ("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=".to_owned());
        assert_eq!(of_form(&account(Vendor::Twilio, "12345"), url, &fields), expected);
        let signed = of_json(
            &account(Vendor::SignalWire, "PSKtest1234567890abcdef"),
            "https://example.ngrok.io/webhook",
            r#"{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}"#,
        );
        assert_eq!(signed, ("x-signalwire-signature", "c3c08c1fefaf9ee198a100d5906765a6f394bf0f".to_owned()));
    }
}
