//! The words opt-outs are made of.
//!
//! Must not live here: their order (`phrases`).

pub(super) const CONTACT: [&str; 12] = [
    "call",
    "phone",
    "ring",
    "text",
    "txt",
    "message",
    "email",
    "contact",
    "bother",
    "disturb",
    "harass",
    "telephone",
];
pub(super) const CONTACTING: [&str; 15] = [
    "calling",
    "phoning",
    "ringing",
    "texting",
    "txting",
    "messaging",
    "emailing",
    "contacting",
    "bothering",
    "harassing",
    "pestering",
    "spamming",
    "hassling",
    "disturbing",
    "telephoning",
];
pub(super) const CONTACTED: [&str; 12] = [
    "called",
    "phoned",
    "rung",
    "texted",
    "messaged",
    "emailed",
    "contacted",
    "bothered",
    "disturbed",
    "harassed",
    "telephoned",
    "solicited",
];
pub(super) const CONTACTS: [&str; 9] =
    ["calls", "texts", "messages", "emails", "contact", "communication", "communications", "spam", "txts"];

/// Words after which "don't call" is a wish about the time, not an end.
pub(super) const WHEN: [&str; 30] = [
    "before",
    "after",
    "until",
    "till",
    "til",
    "between",
    "during",
    "when",
    "while",
    "if",
    "unless",
    "yet",
    "today",
    "tonight",
    "tomorrow",
    "now",
    "early",
    "late",
    "weekend",
    "weekends",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "sundays",
    "saturdays",
    "mornings",
];
/// The same beside "again" or "any more", which turn the vaguer ones into an end.
pub(super) const WHEN_EXACTLY: [&str; 7] = ["before", "until", "till", "til", "between", "during", "unless"];
/// What follows "at" in a wish about the time or the place.
pub(super) const AT: [&str; 11] =
    ["work", "night", "lunch", "noon", "home", "dinner", "that", "the", "lunchtime", "midnight", "weekends"];
pub(super) const FOR_EVER: [&str; 6] = ["again", "anymore", "ever", "never", "longer", "further"];
