//! What kind of failure a server's code and words mean (RFC 3463), and which words are a notice.
//!
//! Must not live here: where in a mail they stand.

use crate::headers::mailboxes;

/// Why a mail did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// No such address or domain, or one that is closed: it will never arrive.
    Hard,
    /// Tried for long, without success; a later mail may arrive.
    Soft,
    /// The mailbox is full: the address is good.
    Full,
    /// Refused for what it is or where it came from: our reputation, a policy, its size.
    Blocked,
    /// The report gives no reason.
    Unknown,
}

/// By code and words. Neither is made up where it is missing.
pub(super) fn of(status: Option<&str>, said: Option<&str>) -> Failure {
    let words = said.unwrap_or_default().to_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let inner = status_in(&words);
    let code = match status {
        // A server's own code is more exact than what the reporting one made of it.
        Some("5.0.0" | "4.0.0" | "5.5.0") | None => inner.as_deref().or(status),
        Some(code) => Some(code),
    };
    let detail = code.and_then(|c| c.split_once('.')).map(|(_, rest)| rest);
    let permanent = code.is_none_or(|c| c.starts_with('5'));
    match detail {
        Some("2.2") => return Failure::Full,
        Some("1.1") if has(&["spam", "blacklist", "blocklist", "reputation"]) => return Failure::Blocked,
        Some("1.1" | "1.2" | "1.3" | "1.6" | "1.10" | "2.1" | "4.4") if permanent && !full(&words) => {
            return Failure::Hard;
        }
        Some(detail) if permanent && detail.starts_with("7.") && !unknown_user(&words) => {
            return Failure::Blocked;
        }
        Some("2.3" | "3.4") => return Failure::Blocked,
        _ => {}
    }
    if full(&words) {
        return Failure::Full;
    }
    if !permanent {
        return Failure::Soft;
    }
    if unknown_user(&words) {
        return Failure::Hard;
    }
    if has(&[
        "spam",
        "blocked",
        "blacklist",
        "blocklist",
        "block list",
        "policy",
        "reputation",
        "spf",
        "dkim",
        "dmarc",
        "rejected due to",
        "access denied",
        "not authorized",
        "not allowed",
        "message too large",
        "size limit",
        "content rejected",
        "relay",
    ]) {
        return Failure::Blocked;
    }
    if has(&[
        "timed out",
        "timeout",
        "temporar",
        "try again",
        "connection refused",
        "too long",
        "greylist",
        "retry",
    ]) {
        return Failure::Soft;
    }
    Failure::Unknown
}

fn full(words: &str) -> bool {
    [
        "mailbox full",
        "mailbox is full",
        "quota",
        "over limit",
        "out of storage",
        "storage is full",
        "inbox is full",
        "exceeded storage",
        "postfach ist voll",
        "boîte pleine",
        "buzón lleno",
        "insufficient system storage",
    ]
    .iter()
    .any(|w| words.contains(w))
}

fn unknown_user(words: &str) -> bool {
    [
        "user unknown",
        "unknown user",
        "no such user",
        "no such mailbox",
        "does not exist",
        "doesn't exist",
        "not exist",
        "no mailbox here",
        "mailbox not found",
        "mailbox unavailable",
        "user not found",
        "recipient not found",
        "address not found",
        "unknown recipient",
        "recipient unknown",
        "invalid recipient",
        "no such recipient",
        "unknown address",
        "account has been disabled",
        "account is disabled",
        "account that you tried to reach",
        "mailbox disabled",
        "inactive",
        "host unknown",
        "domain not found",
        "unknown host",
        "nxdomain",
        "unrouteable address",
        "unroutable",
        "not a valid mailbox",
        "no longer",
        "bad destination",
        "unbekannt",
        "inconnu",
        "couldn't be found",
        "wasn't found",
        "could not be found",
        "isn't found",
        "recipient rejected",
        "null mx",
    ]
    .iter()
    .any(|w| words.contains(w))
}

/// A status from a field: `5.1.1 (bad address)` to `5.1.1`.
pub(super) fn status(value: &str) -> Option<String> {
    status_in(value)
}

/// The first code of the form `5.1.1` in a text.
pub(super) fn status_in(text: &str) -> Option<String> {
    let pieces = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|p| p.trim_matches('.'));
    pieces.filter(|p| p.len() <= 9).find_map(|piece| {
        let parts: Vec<&str> = piece.split('.').collect();
        let good = parts.len() == 3
            && matches!(parts[0], "2" | "4" | "5")
            && parts[1].len() <= 3
            && parts[1].parse::<u16>().is_ok_and(|n| n <= 7)
            && (1..=3).contains(&parts[2].len());
        good.then(|| piece.to_owned())
    })
}

/// Whether an address is that of a mail system; a shop called "Mail Delivery" is none.
pub(super) fn is_mail_system(address: &str, name: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().trim_matches('"');
    let name = name.to_lowercase();
    matches!(local, "mailer-daemon" | "postmaster" | "mail-daemon" | "mailerdaemon" | "mailer.daemon")
        || local.starts_with("microsoftexchange")
        || name.contains("mail delivery system")
        || name.contains("mail delivery subsystem")
}

/// Whether a subject announces a delay.
pub(super) fn says_delayed(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    [
        "delayed",
        "delivery incomplete",
        "delivery status notification (delay)",
        "(delay)",
        "still being retried",
        "verzögert",
        "zustellung verzögert",
        "retardé",
        "retrasad",
        "in ritardo",
        "vertraagd",
        "opóźnion",
        "warning: could not send",
        "transient",
    ]
    .iter()
    .any(|w| subject.contains(w))
}

/// The same of a notice's words.
pub(super) fn says_delayed_in_text(text: &str) -> bool {
    let text: String = notice(text).chars().take(2000).collect::<String>().to_lowercase();
    [
        "this is a warning message only",
        "this is a warning only",
        "do not need to resend",
        "has not yet been delivered",
        "delivery attempts will continue",
        "will keep trying",
        "will retry for",
        "no action is required on your part",
        "there was a temporary problem",
    ]
    .iter()
    .any(|w| text.contains(w))
}

/// Whether a notice of a mail system says that something did not arrive.
pub(super) fn says_failed(subject: &str, text: &str) -> bool {
    let start: String = text.chars().take(3000).collect();
    let both = format!("{subject}\n{start}").to_lowercase();
    [
        "undeliver",
        "delivery status notification",
        "delivery failure",
        "delivery failed",
        "failure notice",
        "returned mail",
        "returned to sender",
        "could not be delivered",
        "couldn't be delivered",
        "wasn't delivered",
        "not be delivered",
        "mail delivery failed",
        "delivery has failed",
        "unzustellbar",
        "nicht zugestellt",
        "non remis",
        "échec",
        "no se pudo entregar",
        "no se ha podido entregar",
        "mancata consegna",
        "não foi entregue",
        "niet bezorgd",
        "onbestelbaar",
        "niedostarcz",
        "nie dostarczono",
        "permanent error",
        "permanent failure",
    ]
    .iter()
    .any(|w| both.contains(w))
}

/// The notice without the mail that comes back below it.
pub(super) fn notice(text: &str) -> &str {
    let borders = [
        "------ This is a copy",
        "--- Below this line",
        "----- Original message",
        "--- The header of the original",
        "Original message headers",
        "-----Original Message",
        "Message-ID:",
        "Message-Id:",
    ];
    let end = borders.iter().filter_map(|border| text.find(border)).min().unwrap_or(text.len());
    &text[..end]
}

/// Addresses a notice names, in lower case.
pub(super) fn addresses_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"'))
        .filter(|w| w.contains('@'))
    {
        let word = word.trim_end_matches([':', '.']).trim_start_matches("mailto:");
        let address = mailboxes(word.as_bytes()).into_iter().next().map(|m| m.address).unwrap_or_default();
        let good =
            address.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.') && d.len() > 3);
        if good && !found.contains(&address) && !is_mail_system(&address, "") {
            found.push(address);
        }
        if found.len() >= 10 {
            break;
        }
    }
    found
}

/// The line of a notice with the server's own words: it holds a code.
pub(super) fn diagnostic_in(text: &str) -> Option<String> {
    let coded = |line: &&str| {
        status_in(line).is_some()
            || line
                .split(|c: char| !c.is_ascii_digit())
                .any(|n| n.len() == 3 && n.starts_with(['4', '5']) && line.contains(&format!("{n} ")))
    };
    text.lines().take(400).find(coded).map(|line| crate::headers::one_line(line, 500))
}
