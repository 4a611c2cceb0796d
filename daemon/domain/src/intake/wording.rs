//! Free wording that somebody agreed to: whether it reads as permission.
//!
//! Lives here: the frames of permission over languages, and every word that leaves it open. Must
//! not live here: lists of channels and short answers (`statement`); what follows (`attest`,
//! `consent`).
//!
//! Wording permits where a sentence in it says so (may, agree, consent, yes) and nothing in it
//! denies, asks, doubts, sets a condition or speaks of later.

use super::statement_words::{is_call, is_doubt, is_human, is_machine, is_no};
use super::text::short;
use crate::message::said::phrase::{begins, has, sentences};
use frontdesk_refusal::fold;

/// What wording says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wording {
    /// It permits.
    Permits,
    /// It says no.
    Denies(String),
    /// It may or may not permit, for this word or sign.
    Open(String),
    /// It permits, but to people who call.
    PeopleOnly(String),
    /// Nothing in it permits.
    Silent,
}

impl Wording {
    /// What is told to whoever sent it; empty where it permits.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Permits => String::new(),
            Self::Denies(word) | Self::Open(word) => {
                format!("“{word}” leaves open whether it was agreed to")
            }
            Self::PeopleOnly(word) => format!("“{word}” speaks of calls by people, not by an AI voice"),
            Self::Silent => "does not read as permission, such as “You may call me”".to_string(),
        }
    }
}

/// The wording read last: files repeat one a million times.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo(Option<(String, Wording)>);

impl Memo {
    /// Reads wording.
    pub(super) fn read(&mut self, text: &str) -> Wording {
        match &self.0 {
            Some((last, said)) if last == text => said.clone(),
            _ => {
                let said = read(text);
                self.0 = Some((text.to_string(), said.clone()));
                said
            }
        }
    }
}

/// Reads wording.
pub(super) fn read(text: &str) -> Wording {
    let plain = |c: &char| {
        c.is_alphanumeric()
            || c.is_whitespace()
            || matches!(c, '\u{300}'..='\u{36F}' | '✓' | '✔' | '☑' | '✅')
            || ".,;:'\"“”„‘’«»-–—/&+()!@%£$€#".contains(*c)
    };
    if let Some(sign) = text.chars().find(|c| !plain(c)) {
        return Wording::Open(sign.to_string());
    }
    if text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == "si") && text.trim().len() > 3 {
        return Wording::Open("si".to_string());
    }
    let words = fold::words(text);
    let mut permits = false;
    let (mut people, mut open) = (None, None);
    for sentence in sentences(&words) {
        let line = without_harmless(&sentence);
        let said: Vec<&str> = line.split_whitespace().collect();
        let machine = said.iter().any(|w| is_machine(w));
        let calls = said.iter().any(|w| is_call(w)) || said.contains(&"contact");
        for (i, word) in said.iter().enumerate() {
            let next = said.get(i + 1).copied().unwrap_or_default();
            let asked_for = *word == "asked" && matches!(next, "for" | "to");
            if is_no(word) || word.ends_with("nt") && CONTRACTED.contains(word) {
                return Wording::Denies(short(word, 30));
            }
            if *word == "asked" && !asked_for || is_doubt(word) || OPEN.contains(word) {
                open.get_or_insert_with(|| short(word, 30));
            }
            let by = i
                .checked_sub(1)
                .is_some_and(|before| matches!(said[before], "by" | "from" | "with" | "our" | "a"));
            let agent = matches!(*word, "people" | "team" | "staff" | "person" | "agent" | "agents");
            if is_human(word) && !machine && calls && (by || !agent || next == "only" || said.len() < 4) {
                people.get_or_insert_with(|| short(word, 30));
            }
        }
        if begins(
            &said,
            &["may|can|could|shall|do|does|did|is|are|have|has|would|darf|pouvons|podemos i|we|you|they"],
        ) {
            open.get_or_insert_with(|| short(&line, 30));
        }
        permits |= begins(&said, &STARTS) || has(&said, &FRAMES);
    }
    permits |= text.chars().any(|c| matches!(c, '✓' | '✔' | '☑' | '✅')) && words.len() < 4;
    match (people, open) {
        (Some(word), _) => Wording::PeopleOnly(word),
        (None, Some(word)) => Wording::Open(word),
        (None, None) if permits => Wording::Permits,
        (None, None) => Wording::Silent,
    }
}

/// A sentence without what consent forms must say, which denies nothing.
fn without_harmless(sentence: &[&str]) -> String {
    let mut line = format!(" {} ", sentence.join(" "));
    for phrase in HARMLESS {
        while let Some(at) = line.find(&format!(" {phrase} ")) {
            line.replace_range(at..at + phrase.len() + 1, "");
        }
    }
    line.trim().to_string()
}

/// Phrases with a negation, a withdrawal or a condition in them that leave nothing open.
const HARMLESS: [&str; 46] = [
    "isnt a condition",
    "is not a condition",
    "not a condition",
    "not be a condition",
    "isnt required to",
    "isnt required",
    "not required to",
    "not required as",
    "not required",
    "no obligation",
    "no purchase",
    "no purchase necessary",
    "not obliged",
    "without obligation",
    "no spam",
    "can opt out",
    "may opt out",
    "to opt out",
    "can optout",
    "may optout",
    "to optout",
    "opt out at any time",
    "opt out any time",
    "opt out at any",
    "can unsubscribe",
    "may unsubscribe",
    "to unsubscribe",
    "unsubscribe at any time",
    "reply stop",
    "text stop",
    "send stop",
    "say stop",
    "can withdraw",
    "may withdraw",
    "be withdrawn at any time",
    "withdraw at any time",
    "withdraw my consent at any time",
    "withdraw consent at any time",
    "no objection",
    "even if",
    "never share",
    "never be shared",
    "not be shared",
    "not share",
    "will never sell",
    "rates may apply",
];

const CONTRACTED: [&str; 22] = [
    "dont", "doesnt", "didnt", "cant", "wont", "wouldnt", "shouldnt", "couldnt", "isnt", "arent", "wasnt",
    "werent", "hasnt", "havent", "hadnt", "mustnt", "neednt", "shant", "aint", "maynt", "mightnt", "darent",
];

/// Words that set a condition or speak of later, over languages.
const OPEN: [&str; 96] = [
    "if",
    "unless",
    "only",
    "provided",
    "but",
    "although",
    "though",
    "however",
    "until",
    "till",
    "before",
    "after",
    "during",
    "between",
    "weekday",
    "weekdays",
    "weekend",
    "weekends",
    "mornings",
    "evenings",
    "afternoons",
    "when",
    "whenever",
    "once",
    "while",
    "as long",
    "whether",
    "expiring",
    "will",
    "shall",
    "gonna",
    "going",
    "later",
    "soon",
    "tomorrow",
    "next",
    "future",
    "would",
    "could",
    "sometimes",
    "occasionally",
    "wenn",
    "falls",
    "sofern",
    "ob",
    "nur",
    "ausser",
    "bis",
    "aber",
    "bald",
    "spater",
    "morgen",
    "wochentags",
    "sauf",
    "uniquement",
    "seulement",
    "mais",
    "jusqu",
    "lorsque",
    "quand",
    "bientot",
    "demain",
    "demanderons",
    "solo",
    "excepto",
    "salvo",
    "pero",
    "hasta",
    "cuando",
    "manana",
    "luego",
    "preguntaremos",
    "tranne",
    "finche",
    "quando",
    "domani",
    "presto",
    "apenas",
    "somente",
    "exceto",
    "mas",
    "ate",
    "caso",
    "amanha",
    "breve",
    "jesli",
    "jezeli",
    "tylko",
    "oprocz",
    "ale",
    "gdy",
    "chyba",
    "jutro",
    "wkrotce",
    "zapytamy",
    "fragen",
];

/// How a sentence that permits begins.
const STARTS: [&str; 9] = [
    "yes|yeah|yep|ok|okay|sure|ja|oui|tak|sim|sí|si|agreed|granted|given|consented|accepted|zgoda|einverstanden|akkoord",
    "please *1 call|ring|phone|contact|reach|text|email|mail|message|write *4 me|us",
    "call|ring|phone|contact|reach|text|email|mail|message|write *4 me|us",
    "rufen sie *1 mich|uns",
    "appelez|contactez moi|nous",
    "llamenme|llamadme|llameme|contactenme",
    "chiamatemi|chiamami|contattatemi",
    "liguem|ligue me",
    "prosze *1 dzwonic|zadzwonic",
];

/// How permission is given anywhere in a sentence.
const FRAMES: [&str; 32] = [
    "i|we|you|they|he|she|people|person|customer|customers|clients|patients|leads|everyone|everybody|all|who|each *3 agree|agrees|agreed|consent|consents|consented|accept|accepts|accepted|allow|allows|allowed|authorise|authorises|authorised|authorize|authorizes|authorized|permit|permitted",
    "give|gave|gives|given|have|has|had|with *3 consent|permission",
    "consent|permission *1 to call|contact|phone|text|email|be|receive|reach|ring",
    "consent|permission *1 given|granted",
    "opted|opt|optin *1 in|to|for",
    "you|we|they|clinic|practice|dentist|business|company|team *2 may|can *2 call|phone|ring|contact|text|email|message|reach|telephone|be",
    "i|we may|can be *1 called|contacted|reached|phoned|texted|emailed",
    "may|can be *1 called|contacted|reached|phoned|texted|emailed",
    "happy|fine|ok|okay|glad *2 to be|for|with|receive|hear|get",
    "asked for|to",
    "want|wants|wish|wishes|like to *1 be|receive|get|hear|have",
    "agree|agreed|agrees|consented|accepted|authorised|authorized to",
    "ich|wir|sie *2 stimme|stimmen|willige|erlaube|erlauben|gestatte|akzeptiere",
    "einwilligung|zustimmung|erlaubnis *2 erteilt|gegeben",
    "durfen|darf|konnen|kann *3 mich|uns *4 anrufen|kontaktieren|erreichen|angerufen",
    "bin|sind|ist *2 einverstanden",
    "j accepte|autorise|consens|donne",
    "jaccepte|jautorise",
    "je *1 accepte|autorise|consens|donne",
    "vous pouvez *2 appeler|contacter|telephoner|joindre",
    "d accord",
    "acepto|autorizo|consiento|permito",
    "doy *2 consentimiento|permiso|autorizacion",
    "estoy de acuerdo",
    "pueden|puede|podeis|puedes *1 llamarme|contactarme|llamar|llamarnos",
    "accetto|acconsento|autorizzo|consento|permetto",
    "potete|puoi|puo *1 chiamarmi|contattarmi|chiamare",
    "aceito|concordo|consinto|dou",
    "podem|pode *1 ligar|contactar|contatar|me",
    "zgadzam sie",
    "wyrazam *2 zgode",
    "mozecie|moga|mozesz|mozna *3 dzwonic|zadzwonic|kontaktowac",
];

#[cfg(test)]
mod tests;
