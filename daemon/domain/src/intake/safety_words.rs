//! The words of headers about refusal and consent, over languages.
//!
//! Lives here: taking headers apart and what each word is about. Must not live here: what a whole
//! header means (`safety`).

use super::text::{merged, words};

/// What a word is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Refuse,
    Grant,
    Call,
    Ai,
    Sms,
    Email,
    /// Ways of contact this installation does not use.
    Elsewhere,
    Date,
    /// A link by which somebody may opt out, a code of a message.
    Link,
    /// When a list was looked at, which refuses nothing.
    Screening,
    Wording,
    Evidence,
    Taken,
    Ends,
    Which,
    /// Which number of several.
    Place,
    Filler,
    Other,
}

/// The words of a header, `donotphone` and `hasoptedoutofemail` taken apart.
pub(super) fn pieces(header: &str) -> Vec<String> {
    let mut apart = String::new();
    for word in words(header) {
        match taken_apart(&word) {
            Some(parts) => parts.iter().for_each(|p| {
                apart.push_str(p);
                apart.push(' ');
            }),
            None => {
                apart.push_str(&word);
                apart.push(' ');
            }
        }
    }
    merged(&apart)
}

/// Pieces that compounds of refusal and consent are made of, longest first where one begins another.
const PARTS: [&str; 58] = [
    "unsubscribed",
    "registered",
    "permission",
    "marketing",
    "consented",
    "unsubscribe",
    "litigator",
    "telephone",
    "contacted",
    "timestamp",
    "donotsend",
    "consent",
    "contact",
    "optedout",
    "disturb",
    "channel",
    "message",
    "expires",
    "revoked",
    "allowed",
    "optout",
    "status",
    "source",
    "mobile",
    "optedin",
    "calls",
    "phone",
    "voice",
    "given",
    "email",
    "optin",
    "texts",
    "allow",
    "opted",
    "postal",
    "flag",
    "date",
    "call",
    "text",
    "mail",
    "bulk",
    "time",
    "list",
    "send",
    "ctps",
    "has",
    "sms",
    "dnc",
    "dnd",
    "tps",
    "opt",
    "out",
    "not",
    "fax",
    "do",
    "in",
    "at",
    "of",
];

/// A compound of such pieces that smells of refusal or consent.
fn taken_apart(word: &str) -> Option<Vec<&'static str>> {
    if word.len() < 6 || word.len() > 40 || !word.is_ascii() || class(word) != Class::Other {
        return None;
    }
    let smells = ["consent", "optin", "optout", "opted", "donot", "dnc", "dnd", "tps", "unsub", "permission"];
    if !smells.iter().any(|s| word.contains(s)) {
        return None;
    }
    let mut parts = Vec::new();
    split(word, &mut parts).then_some(parts)
}

fn split(word: &str, parts: &mut Vec<&'static str>) -> bool {
    if word.is_empty() {
        return true;
    }
    for part in PARTS {
        if let Some(rest) = word.strip_prefix(part) {
            parts.push(part);
            if split(rest, parts) {
                return true;
            }
            parts.pop();
        }
    }
    false
}

/// What a word of a header is about.
pub(super) fn class(word: &str) -> Class {
    match word {
        "dnc" | "dncl" | "dncr" | "dnd" | "tps" | "ctps" | "optout" | "optouts" | "unsubscribed"
        | "unsubscribe" | "unsubscribes" | "unsubscription" | "blacklist" | "blacklisted" | "blocklist"
        | "blocklisted" | "suppressed" | "suppression" | "suppress" | "litigator" | "litigators"
        | "litigation" | "litigious" | "robinson" | "robinsonliste" | "bloctel" | "sperre" | "gesperrt"
        | "werbesperre" | "kontaktsperre" | "anrufsperre" | "widerspruch" | "werbewiderspruch"
        | "abgemeldet" | "abmeldung" | "desinscrit" | "desinscription" | "desabonne" | "baja"
        | "uitgeschreven" | "afgemeld" | "belmeniet" | "rpo" => Class::Refuse,
        "consent" | "consents" | "consented" | "optin" | "optins" | "permission" | "permissions"
        | "permitted" | "gdpr" | "tcpa" | "subscribed" | "callable" | "contactable" | "textable"
        | "einwilligung" | "werbeeinwilligung" | "zustimmung" | "consentement" | "consentimiento"
        | "consenso" | "toestemming" | "consentimento" | "dsgvo" | "rgpd" => Class::Grant,
        "call" | "calls" | "called" | "calling" | "phone" | "phonecall" | "phonecalls" | "telephone"
        | "tel" | "telemarketing" | "voice" | "dial" | "ring" | "rvm" | "ringless" | "anrufen" | "anruf"
        | "anrufe" | "telefon" | "telefonisch" | "appeler" | "appel" | "appels" | "llamar" | "llamada"
        | "llamadas" | "telefono" | "chiamare" | "chiamate" | "bellen" | "ligar" | "telefoon"
        | "robocall" | "robocalls" => Class::Call,
        "ai" | "automated" | "autodialed" | "autodialled" | "robot" | "bot" | "artificial" | "ki" => {
            Class::Ai
        }
        "sms" | "text" | "texts" | "texting" | "mms" | "txt" => Class::Sms,
        "email" | "emails" | "emailing" | "newsletter" | "newsletters" => Class::Email,
        "mail" | "mails" | "post" | "postal" | "letter" | "letters" | "fax" | "faxes" | "whatsapp"
        | "facebook" | "fb" | "gmb" | "messenger" | "instagram" | "push" | "telegram" | "linkedin"
        | "rcs" | "sendmm" | "mm" => Class::Elsewhere,
        "date" | "at" | "time" | "timestamp" | "when" | "since" | "datum" | "fecha" | "data" | "datetime"
        | "day" | "utc" | "zeitpunkt" | "am" | "le" => Class::Date,
        "url" | "link" | "links" | "token" | "href" | "message" | "code" | "hash" | "scope" => Class::Link,
        "checked" | "check" | "scrub" | "scrubbed" | "screened" | "screening" | "scanned" | "updated"
        | "verified" | "refreshed" | "lookup" => Class::Screening,
        "wording" | "language" | "statement" | "disclosure" | "copy" | "agreement" => Class::Wording,
        "ip" | "source" | "proof" | "evidence" | "recording" | "form" | "page" | "method" | "certificate"
        | "cert" | "trustedform" | "jornaya" | "version" | "id" | "by" | "reference" | "website"
        | "address" | "campaign" | "event" | "user" => Class::Evidence,
        "revoked" | "revoke" | "withdrawn" | "withdrawal" | "withdraw" | "revocation" | "cancelled"
        | "canceled" | "refused" | "denied" | "widerrufen" | "widerruf" | "retire" | "revocado"
        | "ingetrokken" => Class::Taken,
        "expires" | "expire" | "expired" | "expiry" | "expiration" | "until" | "ends" | "ended" | "end" => {
            Class::Ends
        }
        "channel" | "channels" | "types" => Class::Which,
        "mobile" | "cell" | "cellular" | "cellphone" | "home" | "work" | "office" | "landline"
        | "business" | "evening" | "daytime" | "alternate" | "alternative" | "alt" | "secondary"
        | "second" | "third" | "other" | "handy" | "movil" | "portable" | "wireless" => Class::Place,
        "donot" | "not" | "no" | "never" | "nicht" | "ne" | "pas" | "non" | "niet" | "nao" | "kein"
        | "keine" | "stop" | "is" | "has" | "have" | "been" | "was" | "were" | "be" | "the" | "of"
        | "for" | "to" | "on" | "in" | "from" | "via" | "all" | "any" | "my" | "our" | "we" | "you"
        | "your" | "i" | "please" | "me" | "us" | "customer" | "client" | "contact" | "contacts" | "lead"
        | "person" | "people" | "owner" | "member" | "number" | "numbers" | "nr" | "flag" | "flags"
        | "status" | "state" | "list" | "lists" | "listed" | "registered" | "registry" | "registration"
        | "national" | "federal" | "internal" | "company" | "global" | "enabled" | "active" | "setting"
        | "settings" | "preference" | "preferences" | "marketing" | "advertising" | "promotional"
        | "promotions" | "sales" | "communication" | "communications" | "messages" | "messaging"
        | "contacted" | "contacting" | "disturb" | "solicit" | "market" | "request" | "requests"
        | "requested" | "allow" | "allows" | "allowed" | "bulk" | "direct" | "outbound" | "inbound"
        | "uk" | "usa" | "value" | "checkbox" | "n" | "general" | "overall" | "current" | "currently"
        | "latest" | "last" | "ok" | "okay" | "can" | "may" | "accepts" | "wants" | "agrees" | "agree"
        | "happy" | "given" | "granted" | "gave" | "type" | "reason" | "receive" | "and" | "or" | "a"
        | "an" | "this" | "known" | "possible" | "send" | "und" | "et" | "y" | "e" | "per" | "zur" | "zu"
        | "fur" | "pour" | "para" | "di" | "de" | "liste" | "lista" | "kontaktieren" | "contacter"
        | "contactar" | "contattare" | "benaderen" | "kontakt" | "werbung" | "main" | "primary" | "party"
        | "prior" | "express" | "written" | "explicit" | "valid" | "field" | "bitte" | "gov"
        | "government" | "legal" | "ftc" => Class::Filler,
        _ => Class::Other,
    }
}
