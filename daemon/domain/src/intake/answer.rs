//! What a cell says about being contacted: yes or no, or in words that refuse or allow.
//!
//! Lives here: the vocabulary of answers, over languages. Must not live here: which column the
//! answer stands in; “yes” under “Do not call” and under “Opt-in” mean opposite things, and
//! only the column knows (`safety`, `draft`).

use super::text::{flag, is_placeholder, merged};

/// An answer without its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// The cell is empty, or says that it is.
    Nothing,
    /// A plain yes, whatever was asked.
    Yes,
    /// A plain no, whatever was asked; “never” is one.
    No,
    /// Words that refuse by themselves: opted out, do not call, withdrawn, registered.
    Refuses,
    /// Words that allow by themselves: callable, opted in, not registered.
    Allows,
    /// Anything else.
    Unclear,
}

/// Reads a cell.
pub(super) fn says(cell: &str) -> Says {
    let cell = cell.trim();
    if is_placeholder(cell)
        || cell.bytes().all(|b| matches!(b, b'0' | b'-' | b'/' | b':' | b' ')) && cell != "0"
    {
        return Says::Nothing;
    }
    match flag(cell) {
        Some(true) => return Says::Yes,
        Some(false) => return Says::No,
        None => {}
    }
    let words = merged(cell);
    let (mut refuses, mut allows) = (false, false);
    for (word, negated) in with_negation(&words) {
        match kind(word) {
            Kind::Strong | Kind::Weak => *(if negated { &mut allows } else { &mut refuses }) = true,
            Kind::Allowing => *(if negated { &mut refuses } else { &mut allows }) = true,
            Kind::Contact if negated => refuses = true,
            _ => {}
        }
    }
    match (refuses, allows) {
        (true, _) => Says::Refuses,
        (false, true) => Says::Allows,
        (false, false) => Says::Unclear,
    }
}

/// Whether a cell about something else (a status, tags, a disposition) says that the person must
/// not be called. Weak words do not count here: a loan may be declined, a lead rejected.
pub(super) fn forbids_in_passing(cell: &str) -> bool {
    if cell.len() < 3 || cell.trim().len() > 400 {
        return false;
    }
    // One of several tags is enough, and a “no” in one tag must not reach into the next.
    cell.split([',', ';', '|', '\n', '[', ']', '"']).any(|part| {
        let words = merged(part);
        let alone = words.len() == 1 && matches!(words[0].as_str(), "stop" | "stopped" | "remove");
        let stop = words.windows(2).any(|w| w[0] == "stop" && kind(&w[1]) == Kind::Contact)
            || words.windows(3).any(|w| {
                matches!(w[0].as_str(), "remove" | "removed" | "take")
                    && matches!(w[2].as_str(), "list" | "lists")
            });
        let said = with_negation(&words).into_iter().any(|(word, negated)| match kind(word) {
            Kind::Strong => !negated,
            // “No call made yet” is a state of work; “do not call”, “never call” are refusals.
            Kind::Contact => {
                negated && words.iter().any(|w| matches!(w.as_str(), "donot" | "never" | "nicht" | "pas"))
            }
            _ => false,
        });
        alone || stop || said
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Refuses wherever it stands.
    Strong,
    /// Refuses where refusal is the subject.
    Weak,
    /// Allows where refusal is the subject.
    Allowing,
    /// A way of contact: refused when negated.
    Contact,
    Other,
}

fn kind(word: &str) -> Kind {
    match word {
        "dnc" | "dncl" | "dncc" | "dnd" | "tps" | "ctps" | "optout" | "blacklist" | "blacklisted"
        | "blocklist" | "blocklisted" | "litigator" | "litigious" | "suppressed" | "suppression"
        | "unsubscribed" | "unsubscribe" | "robinson" | "bloctel" | "desinscrit" | "desabonne"
        | "abgemeldet" | "werbesperre" | "kontaktsperre" | "uitgeschreven" | "afgemeld" => Kind::Strong,
        "blocked" | "refused" | "refuses" | "declined" | "denied" | "rejected" | "withdrawn" | "withdrew"
        | "revoked" | "stop" | "stopped" | "listed" | "registered" | "restricted" | "restriction"
        | "restrictions" | "prohibited" | "forbidden" | "disallow" | "disallowed" | "removed" | "remove"
        | "complaint" | "complained" | "objected" | "objection" | "permanent" | "banned" | "excluded"
        | "litigation" | "hit" | "match" | "matched" | "gesperrt" | "widerrufen" | "widersprochen"
        | "verweigert" | "abgelehnt" | "eingetragen" | "refuse" | "interdit" | "inscrit" | "revoque"
        | "rechazado" | "revocado" | "retirado" | "baja" | "inscrito" | "registrado" | "bloqueado"
        | "rifiutato" | "revocato" | "negato" | "iscritto" | "geweigerd" | "ingetrokken" | "geblokkeerd"
        | "recusado" | "revogado" => Kind::Weak,
        "allowed" | "allow" | "allows" | "callable" | "contactable" | "dialable" | "reachable" | "ok"
        | "okay" | "clean" | "cleared" | "clear" | "safe" | "granted" | "grant" | "accepted" | "agreed"
        | "agree" | "agrees" | "eligible" | "permitted" | "subscribed" | "optin" | "consent"
        | "consented" | "permission" | "confirmed" | "unregistered" | "unlisted" | "unblocked" | "given"
        | "erlaubt" | "erteilt" | "zugestimmt" | "einwilligung" | "angemeldet" | "autorise" | "accorde"
        | "accepte" | "consentement" | "permitido" | "autorizado" | "aceptado" | "consentimiento"
        | "consentito" | "accettato" | "consenso" | "toegestaan" | "akkoord" | "toestemming" | "aceito" => {
            Kind::Allowing
        }
        "call" | "calls" | "called" | "calling" | "phone" | "phoned" | "dial" | "dialed" | "dialled"
        | "ring" | "contact" | "contacted" | "contacting" | "disturb" | "solicit" | "text" | "texts"
        | "sms" | "email" | "emails" | "marketing" | "anrufen" | "anruf" | "anrufe" | "kontaktieren"
        | "appeler" | "appel" | "appels" | "contacter" | "llamar" | "llamadas" | "contactar" | "chiamare"
        | "contattare" | "bellen" | "benaderen" | "ligar" => Kind::Contact,
        _ => Kind::Other,
    }
}

/// Words after which the next telling word means its opposite.
fn negates(word: &str) -> bool {
    matches!(
        word,
        "not"
            | "no"
            | "non"
            | "never"
            | "donot"
            | "cannot"
            | "cant"
            | "without"
            | "isnt"
            | "arent"
            | "wasnt"
            | "hasnt"
            | "wont"
            | "nicht"
            | "kein"
            | "keine"
            | "nie"
            | "pas"
            | "jamais"
            | "aucun"
            | "nao"
            | "niet"
            | "geen"
            | "sin"
    )
}

/// Each word with whether a negation reaches it: one reaches the next telling word, and over “or”
/// and “and” also the one after.
fn with_negation(words: &[String]) -> Vec<(&str, bool)> {
    let mut negated = false;
    let mut joined = false;
    let mut out = Vec::with_capacity(words.len());
    let mut spent = false;
    for word in words {
        if negates(word) {
            (negated, spent) = (true, false);
            continue;
        }
        joined = joined || matches!(word.as_str(), "or" | "and" | "nor" | "oder" | "ou" | "o");
        if kind(word) == Kind::Other {
            continue;
        }
        // “Not opted in to calls”: what follows the telling word belongs to it.
        let reached = negated && (!spent || joined || kind(word) == Kind::Contact);
        out.push((word.as_str(), reached));
        spent = negated;
        joined = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood_in_words() {
        let cases: [(Says, &[&str]); 6] = [
            (Says::Nothing, &["", " ", "-", "n/a", "None", "null", "0000-00-00", "00:00"]),
            (Says::Yes, &["yes", "TRUE", "1", "x", "Ja", "oui", "sí", "Active", "Enabled", "on"]),
            (Says::No, &["no", "False", "0", "Never", "nein", "non", "não", "inactive", "Disabled", "off"]),
            (
                Says::Refuses,
                &[
                    "Do Not Allow",
                    "do not call",
                    "DNC",
                    "opted out",
                    "Opted-Out",
                    "OptedOut",
                    "opt_out",
                    "Unsubscribed",
                    "registered",
                    "TPS registered",
                    "On the CTPS",
                    "withdrawn",
                    "Revoked 2026-01-01",
                    "blocked",
                    "STOP",
                    "not allowed",
                    "No consent",
                    "not callable",
                    "don't contact",
                    "no calls",
                    "never call",
                    "Litigator",
                    "permanent",
                    "not opted in",
                    "not opted in to calls",
                    "nicht anrufen",
                    "ne pas appeler",
                    "no llamar",
                    "niet bellen",
                    "gesperrt",
                    "Refused",
                    "declined",
                    "do not call or text",
                    "Blacklisted",
                ],
            ),
            (
                Says::Allows,
                &[
                    "Allow",
                    "allowed",
                    "Callable",
                    "Not registered",
                    "not on TPS",
                    "Not listed",
                    "opted in",
                    "Opt-In",
                    "OptedIn",
                    "subscribed",
                    "clean",
                    "Clear",
                    "OK to call",
                    "not opted out",
                    "no restrictions",
                    "unregistered",
                    "nicht gesperrt",
                    "not blocked",
                    "granted",
                    "no DNC",
                    "not a litigator",
                    "not DNC or TPS",
                ],
            ),
            (
                Says::Unclear,
                &["maybe", "perhaps", "2026-10-01", "pending", "expired", "5", "ask Jane", "requested"],
            ),
        ];
        for (want, cells) in cases {
            for cell in cells {
                assert_eq!(says(cell), want, "{cell}");
            }
        }
    }

    #[test]
    fn a_status_forbids_only_in_strong_words() {
        for yes in [
            "DNC",
            "Do Not Call",
            "do-not-contact",
            "DO_NOT_CALL",
            "hot lead, DNC",
            "opted out",
            "Unsubscribed",
            "Litigator",
            "Blacklist",
            "DND",
            "never call again",
            "stop calling",
            "STOP",
            "remove from list",
            "[\"vip\",\"dnc\"]",
            "nicht anrufen",
            "Opt-Out",
            "TPS",
        ] {
            assert!(forbids_in_passing(yes), "{yes}");
        }
        for no in [
            "new",
            "Not interested",
            "Declined",
            "rejected",
            "No answer",
            "Call back",
            "callback requested",
            "closed",
            "not DNC",
            "registered",
            "no call made yet",
            "wrong number",
            "Contacted",
            "do it now",
            "opted in",
            "NI",
            "DC",
            "Listed",
            "removed the old quote",
        ] {
            assert!(!forbids_in_passing(no), "{no}");
        }
    }
}
