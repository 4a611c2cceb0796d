//! The fields a column can be, and the headers each is known by.
//!
//! Lives here: the vocabulary; the headers themselves are in `data/headers.txt`. Must not live here: choosing between columns; `header` does.

use super::text::words;
use frontdesk_shared::contact::Channel;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A phone number. Several columns may be one.
    Phone,
    /// A yes here means the phone column of the same name must not be called.
    PhoneDnc,
    /// A yes here means the person must not be called at all.
    DoNotCall,
    /// A yes here means that the person must get no texts.
    DoNotText,
    /// A yes here means that the person must get no emails.
    DoNotEmail,
    /// A state of work, a disposition, tags: kept, and a refusal in them counts.
    Status,
    /// The country calling code that belongs before the row's numbers.
    DialCode,
    /// The whole name.
    Name,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Email address.
    Email,
    /// Where the lead came from.
    Source,
    /// Country.
    Country,
    /// IANA time zone.
    Timezone,
    /// State, province or region.
    State,
    /// Postcode or ZIP.
    Postcode,
    /// Its id elsewhere.
    ExternalId,
    /// A score given elsewhere.
    Score,
    /// Whether there is consent.
    Consent,
    /// Consent for calls by an AI voice.
    ConsentAiVoice,
    /// Consent for text messages.
    ConsentSms,
    /// Consent for email.
    ConsentEmail,
    /// The channels consented to.
    ConsentChannels,
    /// What the contact may be for.
    ConsentPurpose,
    /// The wording consented to.
    ConsentText,
    /// When.
    ConsentAt,
    /// Proof: an address, a form, a recording.
    ConsentEvidence,
    /// Whether a way of contact is allowed: a no refuses it, a yes to calls says nothing about an
    /// AI voice.
    OptIn,
    /// The same, where the header says that the voice is an AI.
    OptInAi,
    /// When or whether consent was taken back.
    ConsentRevoked,
    /// Until when consent holds.
    ConsentExpires,
    /// Something about consent that is not understood: the row grants nothing.
    ConsentOther,
    /// A header that smells of refusal or consent and is not understood; a person is asked.
    Unclear,
    /// Kept under the column's own name.
    #[default]
    Variable,
    /// Dropped.
    Ignore,
}

/// Every field with the word used in mappings, previews and rejects.
pub const WORDS: [(Field, &str); 34] = [
    (Field::Phone, "phone"),
    (Field::PhoneDnc, "phone_dnc"),
    (Field::DoNotCall, "do_not_call"),
    (Field::DoNotText, "do_not_text"),
    (Field::DoNotEmail, "do_not_email"),
    (Field::Status, "status"),
    (Field::DialCode, "dial_code"),
    (Field::Name, "name"),
    (Field::FirstName, "first_name"),
    (Field::LastName, "last_name"),
    (Field::Email, "email"),
    (Field::Source, "source"),
    (Field::Country, "country"),
    (Field::Timezone, "timezone"),
    (Field::State, "state"),
    (Field::Postcode, "postcode"),
    (Field::ExternalId, "external_id"),
    (Field::Score, "score"),
    (Field::Consent, "consent"),
    (Field::ConsentAiVoice, "consent_ai_voice"),
    (Field::ConsentSms, "consent_sms"),
    (Field::ConsentEmail, "consent_email"),
    (Field::ConsentChannels, "consent_channels"),
    (Field::ConsentPurpose, "consent_purpose"),
    (Field::ConsentText, "consent_text"),
    (Field::ConsentAt, "consent_at"),
    (Field::ConsentEvidence, "consent_evidence"),
    (Field::OptIn, "opt_in"),
    (Field::OptInAi, "opt_in_ai"),
    (Field::ConsentRevoked, "consent_revoked"),
    (Field::ConsentExpires, "consent_expires"),
    (Field::ConsentOther, "consent_other"),
    (Field::Variable, "variable"),
    (Field::Ignore, "ignore"),
];

impl Field {
    /// Its word.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(f, _)| *f == self).map_or("variable", |(_, w)| w)
    }

    /// The field of a word, spelled in any case and with any punctuation.
    pub fn parse(word: &str) -> Option<Self> {
        let word = words(word).join("_");
        WORDS.iter().find(|(_, w)| *w == word).map(|(f, _)| *f)
    }

    /// Whether more than one column may be it. Those about refusal and consent may: a second one
    /// can hold the no that the first does not.
    pub fn many(self) -> bool {
        matches!(
            self,
            Self::Phone
                | Self::PhoneDnc
                | Self::DoNotCall
                | Self::DoNotText
                | Self::DoNotEmail
                | Self::Status
                | Self::Consent
                | Self::ConsentAiVoice
                | Self::ConsentSms
                | Self::ConsentEmail
                | Self::ConsentChannels
                | Self::OptIn
                | Self::OptInAi
                | Self::ConsentRevoked
                | Self::ConsentExpires
                | Self::ConsentOther
                | Self::Unclear
                | Self::Variable
                | Self::Ignore
        )
    }

    /// Whether it decides if somebody may be contacted.
    pub fn is_safety(self) -> bool {
        self.is_consent()
            || matches!(
                self,
                Self::PhoneDnc
                    | Self::DoNotCall
                    | Self::DoNotText
                    | Self::DoNotEmail
                    | Self::Status
                    | Self::Unclear
            )
    }

    /// A refusal of one channel as a refusal with that channel, which is how columns have it.
    pub(super) fn refused(self) -> Option<Channel> {
        match self {
            Self::DoNotText => Some(Channel::Sms),
            Self::DoNotEmail => Some(Channel::Email),
            _ => None,
        }
    }

    /// Whether it is about consent.
    pub fn is_consent(self) -> bool {
        matches!(
            self,
            Self::Consent
                | Self::ConsentAiVoice
                | Self::ConsentSms
                | Self::ConsentEmail
                | Self::ConsentChannels
                | Self::ConsentPurpose
                | Self::ConsentText
                | Self::ConsentAt
                | Self::ConsentEvidence
                | Self::OptIn
                | Self::OptInAi
                | Self::ConsentRevoked
                | Self::ConsentExpires
                | Self::ConsentOther
        )
    }
}

/// What a header alone says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The field.
    pub field: Field,
    /// For phones: lower is tried first.
    pub rank: u8,
    /// For refusal and consent: the channels spoken of; empty is all.
    pub channels: Vec<Channel>,
    /// For a mark at one of several numbers: the words that name the number.
    pub stem: Vec<String>,
}

/// Rank of a phone that is the lead's only where no better one is named.
pub(super) const DOUBTFUL: u8 = 9;

/// The known headers, and the words that make a column be about something.
struct Known {
    headers: HashMap<&'static str, (Field, u8)>,
    about: HashSet<&'static str>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { headers: HashMap::new(), about: HashSet::new() };
    for line in include_str!("../../data/headers.txt").lines().filter(|l| !l.starts_with('#')) {
        let Some((word, names)) = line.split_once(':') else { continue };
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let rank = word[stem.len()..].parse().unwrap_or(0);
        for name in names.split_whitespace() {
            match Field::parse(stem) {
                Some(field) => drop(known.headers.insert(name, (field, rank))),
                None => drop(known.about.insert(name)),
            }
        }
    }
    known
});

/// Guesses the field of one header.
pub fn guess(header: &str) -> Guess {
    let words = words(header);
    let whole = words.concat();
    let of = |field, rank| Guess { field, rank, channels: Vec::new(), stem: Vec::new() };
    // `Phone 2` is a phone like `Phone`; `Name 2` is something else.
    let name = whole.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = |g: &&(Field, u8)| matches!(g.0, Field::Phone | Field::Email | Field::DoNotCall);
    let found =
        KNOWN.headers.get(whole.as_str()).or_else(|| KNOWN.headers.get(name).filter(numbered)).copied();
    if let Some(sense) = super::safety::sense_of_path(header) {
        // Headers known by heart are known exactly; the rest of what was found out still holds.
        let field = found.map(|(f, _)| f).filter(|f| f.is_consent()).unwrap_or(sense.field);
        return Guess { field, rank: 0, channels: sense.channels, stem: sense.stem };
    }
    if super::owner::is_other(&words) {
        return of(Field::Variable, 0);
    }
    let doubtful = super::owner::is_doubtful(&words);
    if let Some((field, rank)) = found {
        return of(field, if doubtful && field == Field::Phone { DOUBTFUL } else { rank });
    }
    let any = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if any(&["disposition", "dispositions", "tags", "tag", "labels"]) || status(&words) {
        return of(Field::Status, 0);
    }
    if words.len() > 5 || words.iter().any(|w| KNOWN.about.contains(w.as_str())) {
        return of(Field::Variable, 0);
    }
    let phone = |rank| of(Field::Phone, if doubtful { DOUBTFUL } else { rank });
    match () {
        () if any(&[
            "mobile",
            "cell",
            "cellphone",
            "movil",
            "celular",
            "handy",
            "handynummer",
            "mobiltelefon",
            "portable",
        ]) =>
        {
            phone(0)
        }
        () if any(&[
            "phone",
            "phones",
            "telephone",
            "tel",
            "telefon",
            "telefono",
            "telefone",
            "telefoon",
            "landline",
            "whatsapp",
            "telefonnummer",
            "rufnummer",
            "phonenumber",
        ]) =>
        {
            phone(2)
        }
        () if doubtful => of(Field::Variable, 0),
        () if any(&["email", "mail"]) && !any(&["not", "direct"]) => of(Field::Email, 0),
        () => of(Field::Variable, 0),
    }
}

/// `Lead status`, `Last call result`, but not the status of anything but the person or the calls.
fn status(words: &[String]) -> bool {
    let is = |w: &String, list: &[&str]| list.contains(&w.as_str());
    let what = ["status", "statuses", "state", "stage", "outcome", "result", "dispo"];
    let about = [
        "call",
        "calls",
        "lead",
        "contact",
        "customer",
        "client",
        "prospect",
        "last",
        "phone",
        "dial",
        "dialer",
        "current",
        "marketing",
        "crm",
        "record",
        "person",
        "list",
        "agent",
        "campaign",
    ];
    match words {
        [only] => is(only, &["status", "stage", "outcome", "result", "dispo"]),
        _ => words.iter().any(|w| is(w, &what)) && words.iter().all(|w| is(w, &what) || is(w, &about)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood() {
        let cases = [
            ("Phone", Field::Phone),
            ("PHONE NUMBER", Field::Phone),
            ("Tel.", Field::Phone),
            ("Téléphone", Field::Phone),
            ("Teléfono", Field::Phone),
            ("Telefon", Field::Phone),
            ("Cell", Field::Phone),
            ("Contact No", Field::Phone),
            ("Phone 3", Field::Phone),
            ("Owner 1 Phone", Field::Phone),
            ("Customer Mobile No.", Field::Phone),
            ("\u{FEFF}phone", Field::Phone),
            ("Phone 1 Type", Field::Variable),
            ("Assistant Phone", Field::Variable),
            ("User Phone", Field::Phone),
            ("Customer Phone", Field::Phone),
            ("Phone Opt Out", Field::DoNotCall),
            ("Disposition", Field::Status),
            ("Lead Status", Field::Status),
            ("Marital status", Field::Variable),
            ("phone_code", Field::DialCode),
            ("Número de móvil", Field::Phone),
            ("电话", Field::Phone),
            ("Телефон", Field::Phone),
            ("Invitee Name", Field::Name),
            ("Text Reminder Number", Field::Phone),
            ("Phone 1 DNC", Field::PhoneDnc),
            ("DNC", Field::DoNotCall),
            ("Do Not Call", Field::DoNotCall),
            ("Litigator", Field::DoNotCall),
            ("Do Not Mail", Field::Variable),
            ("E-mail", Field::Email),
            ("Email Address", Field::Email),
            ("Email 2", Field::Email),
            ("Work email", Field::Email),
            ("Email status", Field::Variable),
            ("Mailing Address", Field::Variable),
            ("firstName", Field::FirstName),
            ("Owner 1 Last Name", Field::LastName),
            ("Owner 2 Last Name", Field::Variable),
            ("ZIP Code", Field::Postcode),
            ("Time zone", Field::Timezone),
            ("Consent?", Field::Consent),
            ("opt_in", Field::Consent),
            ("SMS opt-in", Field::ConsentSms),
            ("consent_at", Field::ConsentAt),
            ("Lead ID", Field::ExternalId),
            ("Est. Value", Field::Variable),
            ("", Field::Variable),
        ];
        for (header, field) in cases {
            assert_eq!(guess(header).field, field, "{header}");
        }
        assert!(guess("Cell").rank < guess("Phone").rank && guess("Phone").rank < guess("Landline").rank);
    }

    #[test]
    fn words_round_trip() {
        for (field, word) in WORDS {
            assert_eq!(Field::parse(word), Some(field));
            assert_eq!(field.word(), word);
        }
        assert_eq!(Field::parse("First Name"), Some(Field::FirstName));
        assert_eq!(Field::parse("telephon"), None);
        // Consoles show them beside the question for a mapping.
        let words: Vec<&str> = WORDS.iter().map(|(_, word)| *word).collect();
        assert_eq!(words, frontdesk_shared::import::FIELDS);
    }
}
