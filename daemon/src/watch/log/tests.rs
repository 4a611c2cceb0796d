//! Tests of the log: what is written, what is not, and what never is.

use super::*;
use std::sync::Arc;
use tokio::sync::watch;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn written(level: LogLevel, format: LogFormat, f: impl FnOnce()) -> (String, Ring) {
    let (paper, ring) = (Paper::default(), Ring::new(10));
    let (now, _) = watch::channel(Millis(1_767_225_600_000));
    let options = Options {
        level,
        format,
        mask: Mask::new(&[SecretString::from("9f0c1c9e-1f7e-4c39-9c58-9f3f4cf5a8e1")]),
        ring: ring.clone(),
        clock: Clock::Manual(Arc::new(now)),
    };
    tracing::subscriber::with_default(subscriber(options, Box::new(paper.clone())), f);
    let bytes = paper.0.lock().unwrap().clone();
    (String::from_utf8(bytes).unwrap(), ring)
}

#[test]
fn a_text_line_has_time_level_tag_message_and_fields() {
    let (text, ring) = written(LogLevel::Info, LogFormat::Text, || {
        let span = tracing::info_span!("job", job.id = 7, who = tracing::field::Empty);
        span.record("who", "a b");
        span.in_scope(|| tracing::warn!(tag = SMS, tries = 2, "not sent"));
        tracing::debug!("not written at this level");
    });
    assert_eq!(text, "2026-01-01T00:00:00.000Z WARN  [SMS] not sent job.id=7 tries=2 who=\"a b\"\n");
    let line = &ring.last(1)[0];
    assert_eq!((line.level, line.tag.as_deref()), ("WARN", Some("SMS")));
    assert_eq!(line.text, "[SMS] not sent job.id=7 tries=2 who=\"a b\"");
}

#[test]
fn a_json_line_is_one_object() {
    let (text, _) = written(LogLevel::Debug, LogFormat::Json, || {
        tracing::debug!(tag = CRITICAL_ALERT, lag_ms = 12, level = "x", "two\nlines");
    });
    let line: Value = serde_json::from_str(text.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(line["time"], "2026-01-01T00:00:00.000Z");
    assert_eq!((&line["level"], &line["field.level"]), (&Value::from("debug"), &Value::from("x")));
    assert_eq!((&line["tag"], &line["lag_ms"]), (&Value::from("CRITICAL ALERT"), &Value::from(12)));
    assert_eq!(line["message"], "two\nlines");
    assert!(!text.trim_end().contains('\n'));
}

#[test]
fn levels_and_noisy_libraries_are_filtered() {
    let each = || {
        tracing::error!("an error");
        tracing::warn!("a warning");
        tracing::info!("an info");
        tracing::debug!("a detail");
        tracing::error!(target: "tarpc::server", "chatter");
        tracing::info!(target: "hyper_util::client", "chatter");
        tracing::warn!(target: "reqwest::connect", "worth knowing");
    };
    let lines = |level| written(level, LogFormat::Text, each).0.lines().count();
    assert_eq!(lines(LogLevel::Debug), 5);
    assert_eq!(lines(LogLevel::Info), 4);
    assert_eq!(lines(LogLevel::Warn), 3);
    assert!(!written(LogLevel::Debug, LogFormat::Text, each).0.contains("chatter"));
}

#[test]
fn a_value_cannot_forge_a_line_or_fill_the_disk() {
    let (text, _) = written(LogLevel::Info, LogFormat::Text, || {
        tracing::info!(name = "x\n2026 ERROR forged\u{1b}[2J", "message\r\nERROR forged");
        tracing::info!("{}", "é".repeat(100_000));
    });
    assert_eq!(text.lines().count(), 2);
    assert!(!text.contains('\u{1b}') && text.contains("message\\r\\nERROR forged"));
    assert!(text.len() < 2 * LINE_BYTES);
}

#[test]
fn fields_and_messages_are_masked_in_both_looks() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let (text, ring) = written(LogLevel::Info, format, || {
            let span = tracing::info_span!("call", to = "07700 900123", api_key = "abc");
            let _in = span.enter();
            let number = 447_700_900_123_u64;
            tracing::info!(phone = number, vapi_token = 5, url = "https://u:p4ss@host/x", "to +447700900123");
            tracing::info!("key 9f0c1c9e-1f7e-4c39-9c58-9f3f4cf5a8e1 refused");
        });
        for leak in ["900123", "abc", "p4ss", "9f0c1c9e", "vapi_token=5", "\"vapi_token\":5"] {
            assert!(!text.contains(leak), "{leak} in {text}");
            assert!(ring.last(10).iter().all(|line| !line.text.contains(leak)));
        }
        assert!(text.contains("to [phone]") && text.contains("key [secret] refused"), "{text}");
    }
}

#[test]
fn what_looks_like_a_number_or_a_key_is_masked() {
    let mask = Mask::default();
    for (text, masked) in [
        ("to +447700900123.", "to [phone]."),
        ("to +44 (0) 7700 900-123, then", "to [phone], then"),
        ("?To=%2B447700900123&x=1", "?To=[phone]&x=1"),
        ("tel:07700900123!", "tel:[phone]!"),
        ("Authorization: Bearer abc.def-123456", "Authorization: [secret]"),
        ("sent bearer abcdef123456 twice", "sent bearer [secret] twice"),
        ("Basic dXNlcjpwYXNz0=", "Basic [secret]"),
        ("x-api-key: 12345678abc", "x-api-key: [secret]"),
        ("VAPI_WEBHOOK_SECRET=hush next", "VAPI_WEBHOOK_SECRET=[secret] next"),
        (r#"{"password": "hunter2222", "a": 1}"#, r#"{"password": "[secret]", "a": 1}"#),
        ("postgres://ann:pa55@db/desk", "postgres://[secret]@db/desk"),
        ("https://hooks.slack.com/services/T0/B0/xyz ok", "https://hooks.slack.com/services/[secret] ok"),
        ("with whsec_0123456789abcdef", "with [secret]"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-1_x end", "jwt [secret] end"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- x", "[secret] x"),
        ("a -----BEGIN RSA PRIVATE KEY-----\nabc", "a [secret]"),
        (&format!("hex {} end", "0a".repeat(32)), "hex [secret] end"),
        ("rnd Ab3dEf6hIj9lMn2pQr5tUv8xYz1B4c7D!", "rnd [secret]!"),
    ] {
        assert_eq!(mask.text(text), masked);
        assert_eq!(mask.text(&mask.text(text)), masked, "masking twice changes nothing");
    }
}

#[test]
fn what_an_operator_needs_stays() {
    let mask = Mask::default();
    for text in [
        "call 019a9046-121e-766d-bd1f-84f3ccc309c1 ended after +1200 ms",
        "TWILIO_AUTH_TOKEN: missing; console.twilio.com → Account info",
        "FRONTDESK_ADMIN_KEY: shorter than 16 characters",
        "listening on http://127.0.0.1:10000",
        "basic information, bearer of news, the token is wrong, bypass=true",
        "job 1234567890123 at 2026-01-01T00:00:00.000Z, 0 left, 0123 next",
        "naïve ünïcode — “quoted” 日本 +",
        "mail to ann@example.com",
    ] {
        assert!(matches!(mask.text(text), std::borrow::Cow::Borrowed(_)), "{:?}", mask.text(text));
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_masked_in_the_end(text in "[-+:=%/@.a-zA-Z0-9 \"\u{3000}é]{0,80}|.{0,60}", digits in "[0-9]{8,15}") {
        let masked = Mask::default().text(&text).into_owned();
        proptest::prop_assert!(masked.len() <= text.len() * 10 + 10);
        let line = format!("{text}\n+{digits}\n");
        let leaks = Mask::default().text(&line).contains(&digits);
        proptest::prop_assert!(!leaks);
    }
}

#[test]
fn every_tag_is_listed_once() {
    let mut names: Vec<&str> = TAGS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TAGS.len());
}
