//! Tests of values that are fine alone and wrong or risky together.

use super::*;

#[test]
fn risky_combinations_are_told_and_wrong_ones_refused() {
    let warned = |pairs: &[(&str, &str)], part: &str| {
        let config = ok(&with_vapi(pairs));
        assert!(config.warnings.iter().any(|w| w.contains(part)), "{part} in {:?}", config.warnings);
    };
    let refused = |pairs: &[(&str, &str)], part: &str| {
        let text = wrong(&with_vapi(pairs));
        assert!(text.contains(part), "{part} in {text}");
    };
    warned(&[("FRONTDESK_LISTEN", "0.0.0.0:10000")], "open to the network");
    warned(&[], "real phones ring");
    warned(&[], "PUBLIC_BASE_URL: missing");
    warned(&[("FRONTDESK_ADMIN_ADDRESSES", "0.0.0.0/0")], "holds every address");
    let production = ("NODE_ENV", "production");
    for local in ["http://localhost:10000", "https://127.0.0.1", "https://[::1]:1", "https://desk.localhost"]
    {
        refused(&[production, ("PUBLIC_BASE_URL", local)], "PUBLIC_BASE_URL: ");
    }
    refused(&[production], "PUBLIC_BASE_URL: missing");
    refused(&[production, ("PUBLIC_BASE_URL", "http://desk.example")], "is not https");
    warned(
        &[production, ("PUBLIC_BASE_URL", "https://desk.example"), ("VAPI_BASE_URL", "https://fake.example")],
        "no real phone rings",
    );
    refused(&[("VAPI_WEBHOOK_SECRET", "")], "VAPI_WEBHOOK_SECRET: missing");
    refused(&[("VAPI_WEBHOOK_SECRET", " , ")], "VAPI_WEBHOOK_SECRET: empty");
    refused(&[("VAPI_WEBHOOK_SECRET", "short,hush-hush-hush-0123456789")], "shorter than 16");
    refused(&[("VAPI_BASE_URL", "http://api.vapi.ai")], "https expected");
    refused(&[("FRONTDESK_JOBS_LEASE_S", "10")], "FRONTDESK_JOBS_LEASE_S: shorter");
    refused(&[("FRONTDESK_NEW_CLIENTS_TIMEZONE", "Europe/Londn")], "no zone");
    refused(&[("DATABASE_URL", "mysql://x")], "DATABASE_URL: sqlite:PATH or postgres");
    refused(&[("FRONTDESK_ADMIN_KEY", "short")], "FRONTDESK_ADMIN_KEY: shorter than 16");
    let long = format!("/{}", "d".repeat(110));
    refused(&[("FRONTDESK_SOCKET", &long)], "FRONTDESK_SOCKET: ");
    let disk = FakeDisk::default().with("/var/lib/frontdesk", "", 0o755);
    assert!(load(&env(&[]), &disk).unwrap().warnings[0].contains("chmod 750"));
}

#[test]
fn a_proxy_on_this_machine_makes_everyone_local() {
    let public = ("PUBLIC_BASE_URL", "https://desk.example");
    let told =
        |config: Config| config.warnings.iter().any(|w| w.contains("FRONTDESK_PROXY_ADDRESSES is empty"));
    assert!(told(ok(&env(&[public]))));
    assert!(!told(ok(&env(&[public, ("FRONTDESK_PROXY_ADDRESSES", "127.0.0.1")]))));
    assert!(!told(ok(&env(&[("PUBLIC_BASE_URL", "http://localhost:10000")]))));
}

#[test]
fn secret_addresses_are_checked_without_being_quoted() {
    let text = wrong(&env(&[
        ("SMTP_URL", "https://u:hush@mail.example"),
        ("IMAP_URL", "hush"),
        ("SLACK_WEBHOOK_URL", "hush"),
        ("SENTRY_DSN", "ftp://hush@x/1"),
    ]));
    assert!(text.starts_with("4 problems") && !text.contains("hush"), "{text}");
    assert!(text.contains("SMTP_URL: an address expected that begins with smtps:// or smtp://"));
}

#[test]
fn only_vapis_own_hosts_are_real() {
    for (url, sandbox) in [
        ("https://api.vapi.ai", false),
        ("https://api.eu.vapi.ai", false),
        ("https://API.VAPI.AI.", false),
        ("http://127.0.0.1:9000", true),
        ("https://vapi.ai.example.com", true),
        ("https://notvapi.ai", true),
    ] {
        assert_eq!(ok(&with_vapi(&[("VAPI_BASE_URL", url)])).is_sandbox(), sandbox, "{url}");
    }
}
