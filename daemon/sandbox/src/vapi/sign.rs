//! How a server message proves where it comes from: the headers for one delivery.

use super::config::WebhookAuth;
use ring::hmac;
use serde_json::Value;

/// Header names and values for a body about to be sent. Static headers of the server object
/// come last: an `Authorization` there overrides the credential.
pub(super) fn headers(auth: &WebhookAuth, server: &Value, now_ms: i64, body: &[u8]) -> Vec<(String, String)> {
    let mut headers = match auth {
        WebhookAuth::Bearer(secret) => vec![("authorization".to_owned(), format!("Bearer {secret}"))],
        WebhookAuth::XVapiSecret(secret) => vec![("x-vapi-secret".to_owned(), secret.clone())],
        WebhookAuth::Hmac(secret) => {
            let timestamp = (now_ms / 1_000).to_string();
            vec![
                ("x-signature".to_owned(), signature(secret, &timestamp, body)),
                ("x-timestamp".to_owned(), timestamp),
            ]
        }
        WebhookAuth::None => Vec::new(),
    };
    // The inline secret is gone from the vendor's schema, but old assistants still have it.
    if let Some(secret) = server["secret"].as_str() {
        set(&mut headers, "x-vapi-secret", secret);
    }
    for (name, value) in server["headers"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            set(&mut headers, &name.to_ascii_lowercase(), value);
        }
    }
    headers
}

fn set(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    headers.retain(|(n, _)| n != name);
    headers.push((name.to_owned(), value.to_owned()));
}

/// Lower-case hex of HMAC-SHA256(secret, timestamp "." body).
fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BODY: &[u8] =
        br#"{"message":{"type":"hang","call":{"id":"019a9046-121e-766d-bd1f-84f3ccc309c1"}}}"#;

    #[test]
    fn the_default_hmac_format_matches_the_known_vector() {
        let auth = WebhookAuth::Hmac("frontdesk_vapi_hmac_secret".into());
        let headers = headers(&auth, &Value::Null, 1_767_225_600_999, BODY);
        assert_eq!(
            headers,
            [
                (
                    "x-signature".to_owned(),
                    "cf0350da5eabe2f5fb249bad34e97ba758e718baa5f347c9029e9fe189b4376f".to_owned()
                ),
                ("x-timestamp".to_owned(), "1767225600".to_owned()),
            ]
        );
    }

    #[test]
    fn static_headers_override_the_credential() {
        let server = json!({"headers": {"Authorization": "Bearer other"}, "secret": "old"});
        let headers = headers(&WebhookAuth::Bearer("mine".into()), &server, 0, b"{}");
        assert!(headers.contains(&("authorization".to_owned(), "Bearer other".to_owned())));
        assert!(headers.contains(&("x-vapi-secret".to_owned(), "old".to_owned())));
        assert_eq!(headers.len(), 2);
    }
}
