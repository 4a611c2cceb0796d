//! What Vapi and Twilio prove with that a webhook is their own.
//!
//! Written apart from the daemon's verification on purpose: a mistake made once in shared code
//! would pass its own test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_shared::Millis;
use ring::hmac;

/// A header's name and value.
pub type Header = (&'static str, String);

/// A bearer credential, Vapi's default.
pub fn bearer(token: &str) -> Vec<Header> {
    vec![("authorization", format!("Bearer {token}"))]
}

/// The older plain secret.
pub fn vapi_secret(secret: &str) -> Vec<Header> {
    vec![("x-vapi-secret", secret.to_owned())]
}

/// An HMAC credential with Vapi's default settings: lower-case hex of HMAC-SHA256 over
/// `{timestamp}.{body}`, the timestamp in seconds.
pub fn hmac(secret: &str, at: Millis, body: &[u8]) -> Vec<Header> {
    let timestamp = (at.0 / 1000).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    let hex = context.sign().as_ref().iter().map(|b| format!("{b:02x}")).collect();
    vec![("x-signature", hex), ("x-timestamp", timestamp)]
}

/// Twilio's: the address, then every field by name, under HMAC-SHA1 with the account's token.
pub fn twilio(token: &str, url: &str, fields: &[(&str, &str)]) -> Header {
    let mut fields: Vec<_> = fields.to_vec();
    fields.sort_unstable();
    let mut context =
        hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes()));
    context.update(url.as_bytes());
    for (name, value) in fields {
        context.update(name.as_bytes());
        context.update(value.as_bytes());
    }
    ("x-twilio-signature", STANDARD.encode(context.sign()))
}

/// A form as Twilio sends it, signed.
pub fn twilio_form(token: &str, url: &str, pairs: &[(&str, &str)]) -> (Vec<Header>, String) {
    let escape = |text: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let body: Vec<String> = pairs.iter().map(|(n, v)| format!("{}={}", escape(n), escape(v))).collect();
    let form = "application/x-www-form-urlencoded".to_owned();
    (vec![twilio(token, url, pairs), ("content-type", form)], body.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand for the settings Vapi documents as its defaults.
    #[test]
    fn the_default_hmac_matches_a_known_answer() {
        let body = br#"{"message":{"type":"hang","call":{"id":"019a9046-121e-766d-bd1f-84f3ccc309c1"}}}"#;
        let headers = hmac("frontdesk_vapi_hmac_secret", Millis(1_767_225_600_000), body);
        assert_eq!(headers[0].1, "cf0350da5eabe2f5fb249bad34e97ba758e718baa5f347c9029e9fe189b4376f");
        assert_eq!(headers[1], ("x-timestamp", "1767225600".to_owned()));
    }
}
