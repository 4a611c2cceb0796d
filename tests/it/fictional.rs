//! Whoever appears in recorded payloads and fuzzing inputs is made up: hosts, addresses and
//! numbers belong to nobody, or to the vendors themselves.

use frontdesk_tests::source;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Where other people's data could lie: payloads, inputs, the body of the benchmarks.
const PLACES: [&str; 5] = [
    "tests/fixtures",
    "tests/benches/figures/report.json",
    "fuzz/corpus",
    "fuzz/regressions",
    "fuzz/dictionaries",
];

/// Hosts of vendors, which payloads and settings name, and names kept for examples (RFC 2606).
const HOSTS: [&str; 16] = [
    "example",
    "example.com",
    "example.org",
    "example.net",
    "localhost",
    "127.0.0.1",
    "vapi.ai",
    "vapi.daily.co",
    "googleapis.com",
    "gserviceaccount.com",
    "twilio.com",
    "signalwire.com",
    "slack.com",
    "sentry.io",
    "resend.com",
    "instantly.ai",
];

/// Numbers outside the ranges kept for fiction that belong to nobody all the same: published
/// examples of countries without such a range, and numbers too long or of no country.
const NOBODYS: [&str; 5] =
    ["+390612345678", "+2250123456789", "+78001234567", "+80012345678", "+999123456789"];

/// Every file below the places, with its text as far as it is text.
fn files() -> Vec<(String, String)> {
    let root = source::root();
    let mut left: Vec<PathBuf> = PLACES.iter().map(|place| root.join(place)).collect();
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else {
            let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
            found.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    found
}

fn is_allowed_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let ends = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    // A name without a point is on nobody's internet.
    !host.contains('.') || HOSTS.iter().any(|name| ends(name) || ends(&format!("{name}.co.uk")))
}

fn host_of(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-@_%:".contains(c))).unwrap_or(rest.len());
    let authority = rest[..end].rsplit('@').next().unwrap_or_default();
    authority.split(':').next().unwrap_or_default().trim_end_matches('.')
}

fn hosts(text: &str) -> Vec<String> {
    text.split("://").skip(1).map(|rest| host_of(rest).to_owned()).collect()
}

fn mail_domains(text: &str) -> Vec<String> {
    let at = text.match_indices('@').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let named = at.filter(|(before, after)| {
        before.ends_with(|c: char| c.is_ascii_alphanumeric())
            && after.starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    named.map(|(_, after)| host_of(after).to_owned()).filter(|domain| domain.contains('.')).collect()
}

/// Numbers written with a plus, without their spaces and strokes.
fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('+') {
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || " ()-".contains(c))).unwrap_or(rest.len());
        let digits: String = rest[..end].chars().filter(char::is_ascii_digit).collect();
        // E.164 allows fifteen digits; what is longer is no number of anybody.
        if (10..=15).contains(&digits.len()) {
            found.push(format!("+{digits}"));
        }
    }
    found
}

/// Ofcom's numbers for drama, and 555-0100 to 555-0199 of the North American plan.
fn is_fictional(number: &str) -> bool {
    let british = ["2079460", "7700900", "1632960", "1134960", "8081570", "3069990"];
    if let Some(national) = number.strip_prefix("+44") {
        let national = national.trim_start_matches('0');
        return british.iter().any(|range| national.strip_prefix(range).is_some_and(|rest| rest.len() <= 3));
    }
    number.strip_prefix("+1").is_some_and(|rest| rest.len() == 10 && rest[3..].starts_with("55501"))
        || NOBODYS.contains(&number)
}

#[test]
fn payloads_and_inputs_name_nobody() {
    let files = files();
    assert!(files.len() > 200, "{}", files.len());
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (name, text) in &files {
        found.extend(hosts(text).iter().filter(|h| !is_allowed_host(h)).map(|h| format!("{name}: host {h}")));
        found.extend(
            mail_domains(text).iter().filter(|d| !is_allowed_host(d)).map(|d| format!("{name}: mail at {d}")),
        );
        found
            .extend(numbers(text).iter().filter(|n| !is_fictional(n)).map(|n| format!("{name}: number {n}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn somebody_s_data_would_be_found() {
    assert_eq!(hosts("see https://ann:x@40d8.ngrok-free.app/hook"), ["40d8.ngrok-free.app"]);
    assert!(!is_allowed_host("40d8.ngrok-free.app") && !is_allowed_host("notvapi.ai"));
    assert!(is_allowed_host("storage.vapi.ai") && is_allowed_host("mail.example") && is_allowed_host("desk"));
    assert_eq!(mail_domains("ann@gmail.com, b@"), ["gmail.com"]);
    assert_eq!(numbers(r#""+1 (212) 736-5000""#), ["+12127365000"]);
    assert!(!is_fictional("+12127365000") && is_fictional("+12125550123") && is_fictional("+447700900123"));
}

#[test]
fn there_is_one_copy_of_each_payload() {
    let files = source::files();
    let elsewhere: Vec<&String> = files
        .iter()
        .map(|(path, _)| path)
        .filter(|path| path.contains("vapi_") && path.ends_with(".json"))
        .collect();
    assert!(elsewhere.is_empty(), "payloads belong into tests/fixtures: {elsewhere:?}");
    let texts: Vec<String> = frontdesk_tests::fixtures::list("vapi")
        .iter()
        .map(|name| String::from_utf8(frontdesk_tests::fixtures::bytes(name)).expect("text"))
        .collect();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len());
}
