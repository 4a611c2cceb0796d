//! Columns about refusal and consent, recognised by what their header means.
//!
//! Lives here: the words of refusal and consent in headers, over languages, and which channel a
//! header speaks of. Must not live here: ordinary fields (`fields`), what a cell says (`answer`).
//!
//! A header that smells of refusal or consent and has a word in it that is not understood is a
//! question to a person. Ignoring it would be a guess, and the guess could call somebody who said
//! no.

use super::fields::Field;
pub(super) use super::safety_words::pieces;
use super::safety_words::{Class, class};
use frontdesk_shared::contact::Channel;

/// What a header about refusal or consent means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sense {
    /// The field; [`Field::Unclear`] is a question, [`Field::Variable`] harmless.
    pub(super) field: Field,
    /// The channels it speaks of; empty is all of them.
    pub(super) channels: Vec<Channel>,
    /// For a mark at one number: the words that name the number's column.
    pub(super) stem: Vec<String>,
}

/// Reads a header that may be a path into nested objects, `compliance.flags.onTps`. What stands
/// outside is taken along as long as it is understood: it may name the channel.
pub(super) fn sense_of_path(header: &str) -> Option<Sense> {
    let whole = sense_of_whole(header);
    // “Opted out of email: Marketing Information”: what stands behind the colon says which of several
    // refusals it is. Behind a consent it could say that it is for something else.
    if let (Some(Sense { field: Field::Unclear, .. }), Some((beginning, _))) =
        (&whole, header.split_once(':'))
    {
        let refusal = sense(beginning).filter(|s| matches!(s.field, Field::DoNotCall | Field::PhoneDnc));
        return refusal.or(whole);
    }
    whole
}

fn sense_of_whole(header: &str) -> Option<Sense> {
    if !header.contains('.') || header.contains(' ') {
        return sense(header);
    }
    let mut found: Option<Sense> = None;
    let starts = header.rmatch_indices('.').map(|(i, _)| i + 1).chain([0]);
    for start in starts {
        match (sense(&header[start..]), &found) {
            (Some(more), Some(_)) if more.field == Field::Unclear => break,
            (Some(more), _) => found = Some(more),
            (None, Some(_)) => break,
            (None, None) => {}
        }
    }
    found
}

/// Reads a header; `None` when it has nothing to do with refusal or consent.
pub(super) fn sense(header: &str) -> Option<Sense> {
    let words = pieces(header);
    let class: Vec<Class> = words.iter().map(|w| class(w)).collect();
    let has = |c: Class| class.contains(&c);
    let negation = words.iter().position(|w| {
        matches!(
            w.as_str(),
            "donot" | "no" | "not" | "never" | "nicht" | "ne" | "non" | "niet" | "nao" | "kein" | "keine"
        )
    });
    // “Do not call”, “No SMS”, “Nicht anrufen”: a negation with a way of contact behind it. “Contact
    // no” has the number behind it, “Do not resuscitate” something else.
    let counts =
        negation.is_some_and(|at| words.get(at + 1).is_some_and(|w| matches!(w.as_str(), "of" | "de")));
    let asked = negation.filter(|_| !counts).is_some_and(|at| {
        class.iter().zip(&words).skip(at + 1).any(|(c, w)| {
            matches!(c, Class::Call | Class::Sms | Class::Email | Class::Elsewhere) || contacts(w)
        })
    });
    let positive = asking(&words, &class);
    let stops = words.first().is_some_and(|w| w == "stop")
        && (words.len() == 1 || has(Class::Call) || has(Class::Sms));
    let refuse = has(Class::Refuse) || asked || stops;
    let grant = has(Class::Grant) || positive;
    let other_smell = words.iter().any(|w| w == "donot") && !asked;
    if !refuse && !grant && !other_smell {
        return None;
    }
    let plain = |field| Some(Sense { field, channels: Vec::new(), stem: Vec::new() });
    if words.iter().any(|w| matches!(w.as_str(), "sell" | "share" | "cookie" | "cookies" | "terms" | "tos")) {
        return plain(Field::Variable);
    }
    if super::owner::is_other(&words) || has(Class::Link) {
        return plain(Field::Variable);
    }
    let mut channels = Vec::new();
    for (c, channel) in [
        (Class::Call, Channel::AiVoice),
        (Class::Ai, Channel::AiVoice),
        (Class::Sms, Channel::Sms),
        (Class::Email, Channel::Email),
    ] {
        if has(c) && !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    if channels.is_empty() && has(Class::Elsewhere) {
        return plain(Field::Variable);
    }
    let unknown =
        class.iter().zip(&words).any(|(c, w)| *c == Class::Other && !w.bytes().all(|b| b.is_ascii_digit()));
    if refuse {
        if has(Class::Screening) && !unknown {
            return plain(Field::Variable);
        }
        // What took the consent back is a refusal like any other.
        if unknown || other_smell && !has(Class::Refuse) || has(Class::Wording) || has(Class::Evidence) {
            return plain(Field::Unclear);
        }
        let stem = stem(&words, &class);
        let field = if stem.is_empty() { Field::DoNotCall } else { Field::PhoneDnc };
        // Who asks not to be called asks not to be contacted; who stops texts or mails, only those.
        if channels.contains(&Channel::AiVoice) || channels.is_empty() {
            let calls = if channels.is_empty() { Vec::new() } else { vec![Channel::AiVoice] };
            return Some(Sense { field, channels: calls, stem });
        }
        return Some(Sense { field: Field::DoNotCall, channels, stem: Vec::new() });
    }
    if unknown {
        return plain(Field::Unclear);
    }
    let field = match () {
        () if has(Class::Taken) => Field::ConsentRevoked,
        () if has(Class::Ends) => Field::ConsentExpires,
        () if has(Class::Which) => Field::ConsentChannels,
        () if has(Class::Wording) => Field::ConsentText,
        () if has(Class::Evidence) => Field::ConsentEvidence,
        () if has(Class::Date) && channels.len() == 1 && channels[0] != Channel::AiVoice => Field::Variable,
        () if has(Class::Date) => Field::ConsentAt,
        () if channels.is_empty() => Field::Consent,
        () if channels == [Channel::Sms] => Field::ConsentSms,
        () if channels == [Channel::Email] => Field::ConsentEmail,
        () if channels == [Channel::AiVoice] && has(Class::Ai) => Field::ConsentAiVoice,
        () => Field::OptIn,
    };
    if !has(Class::Ai) || field != Field::OptIn {
        return Some(Sense { field, channels, stem: Vec::new() });
    }
    // “AI calls and texts”: the yes is about both, and says that the voice is an AI.
    Some(Sense { field: Field::OptInAi, channels, stem: Vec::new() })
}

/// “OK to call”, “May we text you?”, “Allow phone calls”, “Can be contacted”.
fn asking(words: &[String], class: &[Class]) -> bool {
    words.iter().enumerate().any(|(i, w)| {
        let allows = matches!(
            w.as_str(),
            "ok" | "okay"
                | "can"
                | "may"
                | "allow"
                | "allows"
                | "allowed"
                | "accepts"
                | "wants"
                | "agrees"
                | "agree"
                | "happy"
        );
        allows
            && class.iter().zip(words).skip(i + 1).take(4).any(|(c, w)| {
                matches!(c, Class::Call | Class::Sms | Class::Email) && !is_number_word(w) || contacts(w)
            })
    })
}

fn is_number_word(word: &str) -> bool {
    matches!(word, "phone" | "mobile" | "cell" | "telephone")
}

fn contacts(word: &str) -> bool {
    matches!(
        word,
        "contact"
            | "contacted"
            | "contacting"
            | "disturb"
            | "solicit"
            | "market"
            | "marketing"
            | "kontaktieren"
            | "contacter"
            | "contactar"
            | "contattare"
            | "benaderen"
            | "kontakt"
            | "werbung"
            | "message"
            | "messages"
    )
}

/// The words that name one of several numbers: `Phone 2`, `Mobile`, `Home phone`.
fn stem(words: &[String], class: &[Class]) -> Vec<String> {
    let place =
        class.iter().zip(words).any(|(c, w)| *c == Class::Place || w.bytes().all(|b| b.is_ascii_digit()));
    let verb = words.iter().any(|w| matches!(w.as_str(), "calls" | "call" | "allow" | "calling"))
        && !words.windows(2).any(|w| w[0] == "donot" && w[1] == "call");
    if !place || verb {
        return Vec::new();
    }
    number_words(words)
}

/// The words of a phone column's header that tell it from others.
pub(super) fn number_words(words: &[String]) -> Vec<String> {
    let telling = |w: &&String| class(w) == Class::Place || w.bytes().all(|b| b.is_ascii_digit());
    words.iter().filter(telling).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{AiVoice, Email, Sms};

    fn field(header: &str) -> Option<Field> {
        sense(header).map(|s| s.field)
    }

    #[test]
    fn refusals_are_known_by_meaning() {
        for header in [
            "DND",
            "dnd",
            "DNC",
            "DNC Status",
            "DNC flag",
            "On DNC list",
            "Do not disturb",
            "Do Not Call",
            "do_not_call",
            "doNotCall",
            "DoNotCall",
            "DONOTCALL",
            "donotphone",
            "Don't call",
            "Don't Contact",
            "Do Not Contact",
            "No calls",
            "No Contact",
            "Never call",
            "TPS",
            "TPS Registered",
            "CTPS",
            "TPS/CTPS",
            "On TPS?",
            "TPS status",
            "Federal DNC",
            "National Do Not Call Registry",
            "Internal DNC",
            "Litigator",
            "Is Litigator",
            "Known litigator",
            "TCPA Litigator",
            "Blacklist",
            "Black listed",
            "blocklisted",
            "Suppression list",
            "Suppressed",
            "Opt-out",
            "Opt Out",
            "optout",
            "opted_out",
            "OptedOut",
            "Opted Out?",
            "Opt Out Date",
            "Opted out at",
            "optOutAt",
            "Opt-out status",
            "Unsubscribed",
            "Unsubscribe date",
            "unsubscribedAt",
            "Do not allow Phone Calls",
            "Phone Opt Out",
            "Call opt-out",
            "Marketing opt-out",
            "dndSettings.Call.status",
            "dnd_settings.call.status",
            "inboundDndSettings.all.status",
            "Nicht anrufen",
            "Bitte nicht anrufen",
            "Werbesperre",
            "Kontaktsperre",
            "Robinson",
            "Robinsonliste",
            "Ne pas appeler",
            "Bloctel",
            "No llamar",
            "Lista Robinson",
            "Non chiamare",
            "Niet bellen",
            "Não ligar",
            "STOP",
            "Stop calling",
            "Opt-out reason",
            "Voice opt out",
            "optoutdate",
            "hasOptedOut",
            "Do not allow Bulk Messages",
        ] {
            assert_eq!(field(header), Some(Field::DoNotCall), "{header}: {:?}", pieces(header));
        }
        for header in [
            "Phone 1 DNC",
            "Mobile DNC",
            "DNC Mobile",
            "Phone 2 Do Not Call",
            "Cell TPS",
            "Home Phone Opt Out",
        ] {
            assert_eq!(field(header), Some(Field::PhoneDnc), "{header}");
        }
    }

    #[test]
    fn what_stands_behind_a_colon_names_one_of_several_refusals() {
        for (header, want, channels) in [
            ("Opted out of email: Marketing Information", Field::DoNotCall, vec![Email]),
            ("Opted out of email: One to One", Field::DoNotCall, vec![Email]),
            ("Unsubscribed: Quarterly Review", Field::DoNotCall, vec![]),
            ("Consent: treatment", Field::Unclear, vec![]),
            ("Opt out quarter: email", Field::Unclear, vec![]),
        ] {
            let sense = sense_of_path(header).expect(header);
            assert_eq!((sense.field, sense.channels), (want, channels), "{header}");
        }
    }

    #[test]
    fn a_refusal_of_one_channel_is_about_that_channel() {
        let cases: [(&str, &[Channel]); 9] = [
            ("SMS opt-out", &[Sms]),
            ("Text opt out", &[Sms]),
            ("dndSettings.SMS.status", &[Sms]),
            ("Email opt-out", &[Email]),
            ("HasOptedOutOfEmail", &[Email]),
            ("Unsubscribed from all email", &[Email]),
            ("donotbulkemail", &[Email]),
            ("Do not email", &[Email]),
            ("Do not call or text", &[AiVoice]),
        ];
        for (header, channels) in cases {
            let sense = sense(header).expect(header);
            assert_eq!((sense.field, sense.channels.as_slice()), (Field::DoNotCall, channels), "{header}");
        }
    }

    #[test]
    fn consent_is_known_by_meaning() {
        let cases = [
            ("Consent", Field::Consent),
            ("Opt-in", Field::Consent),
            ("Opted In", Field::Consent),
            ("Marketing consent", Field::Consent),
            ("GDPR", Field::Consent),
            ("Einwilligung", Field::Consent),
            ("Can be contacted", Field::Consent),
            ("OK to contact?", Field::Consent),
            ("Contactable", Field::Consent),
            ("Consent status", Field::Consent),
            ("Phone opt-in", Field::OptIn),
            ("Call opt in", Field::OptIn),
            ("Voice Opt-In", Field::OptIn),
            ("Allow calls", Field::OptIn),
            ("OK to call", Field::OptIn),
            ("Call permission", Field::OptIn),
            ("Consent to call and text", Field::OptIn),
            ("Einwilligung Telefon", Field::OptIn),
            ("AI call consent", Field::ConsentAiVoice),
            ("Consent to automated calls", Field::ConsentAiVoice),
            ("SMS consent", Field::ConsentSms),
            ("Text opt-in", Field::ConsentSms),
            ("smsOptIn", Field::ConsentSms),
            ("Email permission", Field::ConsentEmail),
            ("Newsletter opt-in", Field::ConsentEmail),
            ("Consent date", Field::ConsentAt),
            ("Opt-in timestamp", Field::ConsentAt),
            ("Consent IP", Field::ConsentEvidence),
            ("Opt-in source", Field::ConsentEvidence),
            ("Consent wording", Field::ConsentText),
            ("Consent language", Field::ConsentText),
            ("Consent revoked at", Field::ConsentRevoked),
            ("Consent withdrawn", Field::ConsentRevoked),
            ("consentExpiresAt", Field::ConsentExpires),
            ("Consent valid until", Field::ConsentExpires),
            ("Consent channels", Field::ConsentChannels),
        ];
        for (header, want) in cases {
            assert_eq!(field(header), Some(want), "{header}: {:?}", pieces(header));
        }
    }

    #[test]
    fn what_is_not_understood_is_asked_and_what_does_not_smell_is_left_alone() {
        for header in [
            "Consent to treatment",
            "Photo consent",
            "Parental consent",
            "Opt-in scheme",
            "DNC count",
            "Do not resuscitate",
            "Permission slip",
            "DNC notes",
            "Consent tier",
            "Opt out quarter",
            "Do not feed",
        ] {
            assert_eq!(field(header), Some(Field::Unclear), "{header}");
        }
        for header in [
            "Do Not Mail",
            "Do not post",
            "Direct mail opt-out",
            "Fax opt-out",
            "WhatsApp opt-in",
            "Unsubscribe URL",
            "DNC checked at",
            "DNC scrub date",
            "Last TPS check",
            "dndSettings.Call.message",
            "Do not sell my info",
            "Terms consent",
            "Agent DNC",
            "Spouse DNC",
        ] {
            assert_eq!(field(header), Some(Field::Variable), "{header}");
        }
        for header in [
            "Phone",
            "Contact no",
            "Phone No",
            "Name",
            "Options",
            "Optician",
            "Doctor notes",
            "Notes",
            "Call back date",
            "Lead status",
            "Disposition",
            "Best time to call",
            "Called on",
            "Mobile phone",
            "Nombre",
            "No",
            "No.",
            "Number",
            "Company no",
            "Text",
            "Message",
            "Preferred contact method",
            "Last call",
            "Email",
            "Mail",
            "Plan",
            "Stop date",
            "Subscription plan",
            "State",
            "Allowance",
            "May spend",
            "Can number",
            "Address",
            "Not before",
        ] {
            assert_eq!(field(header), None, "{header}");
        }
    }

    #[test]
    fn a_mark_names_its_number() {
        let stem = |h: &str| sense(h).map(|s| s.stem.join(" ")).unwrap_or_default();
        assert_eq!(stem("Phone 1 DNC"), "1");
        assert_eq!(stem("Mobile Do Not Call"), "mobile");
        assert_eq!(stem("Phone DNC"), "");
        assert_eq!(stem("Do not allow phone calls"), "");
    }
}
