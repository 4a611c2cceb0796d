//! The fields a column can be, and the headers each is known by.
//!
//! Lives here: the vocabulary; the headers themselves are in `data/headers.txt`. Must not live here: choosing between columns; `header` does.

use super::text::words;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A phone number. Several columns may be one.
    Phone,
    /// A yes here means the phone column of the same name must not be called.
    PhoneDnc,
    /// A yes here means the person must not be called at all.
    DoNotCall,
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
    /// Kept under the column's own name.
    Variable,
    /// Dropped.
    Ignore,
}

/// Every field with the word used in mappings, previews and rejects.
pub const WORDS: [(Field, &str); 25] = [
    (Field::Phone, "phone"),
    (Field::PhoneDnc, "phone_dnc"),
    (Field::DoNotCall, "do_not_call"),
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

    /// Whether more than one column may be it.
    pub fn many(self) -> bool {
        matches!(self, Self::Phone | Self::PhoneDnc | Self::DoNotCall | Self::Variable | Self::Ignore)
    }
}

/// What a header alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The field.
    pub field: Field,
    /// For phones: lower is tried first.
    pub rank: u8,
}

/// The known headers, and the words that make a column be about something.
struct Known {
    headers: HashMap<&'static str, Guess>,
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
                Some(field) => drop(known.headers.insert(name, Guess { field, rank })),
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
    // `Phone 2` is a phone like `Phone`; `Name 2` is something else.
    let name = whole.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = |g: &&Guess| matches!(g.field, Field::Phone | Field::Email | Field::DoNotCall);
    let found = KNOWN.headers.get(whole.as_str()).or_else(|| KNOWN.headers.get(name).filter(numbered));
    if let Some(guess) = found {
        return *guess;
    }
    let of = |field| Guess { field, rank: 0 };
    let any = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if any(&["dnc"]) || whole.contains("donotcall") {
        return of(Field::PhoneDnc);
    }
    if words.len() > 5 || words.iter().any(|w| KNOWN.about.contains(w.as_str())) {
        return of(Field::Variable);
    }
    match () {
        () if any(&["mobile", "cell"]) => of(Field::Phone),
        () if any(&["phone", "telephone", "tel", "telefon", "landline"]) => {
            Guess { field: Field::Phone, rank: 2 }
        }
        () if any(&["email", "mail"]) && !any(&["not", "direct"]) => of(Field::Email),
        () => of(Field::Variable),
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
    }
}
