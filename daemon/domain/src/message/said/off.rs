//! Whether a sentence calls the appointment off.
//!
//! A cancellation acts by itself, so it is a small grammar and fails closed: a core (“cancel”,
//! “can't make”), then the appointment or nothing else as its object, then the time, an apology, a
//! reason. Whatever else stands in the object's place, and any word that takes something back,
//! leaves it to a person. Not here: other times (`appointment`), refusals of contact.

use super::phrase::{Sentence, begins, end_of, has, is_visit, is_when};

/// What a sentence says about calling it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Off {
    /// Nothing.
    No,
    /// Something of the kind.
    Perhaps,
    /// The appointment is off.
    Yes,
}

/// Reads a sentence.
pub(super) fn of(s: &Sentence<'_>) -> Off {
    let mut found = Off::No;
    for at in 0..s.len() {
        for (phrase, object) in CORES {
            let Some(end) = end_of(phrase, s, at) else { continue };
            if is_all(s, at, end, *object) {
                return Off::Yes;
            }
            found = Off::Perhaps;
        }
    }
    if found == Off::No && FOREIGN.iter().any(|phrase| has(s, &[phrase])) {
        let known = |w: &&str| FOREIGN_WORDS.contains(w) || is_when(w);
        return if s.iter().all(known) { Off::Yes } else { Off::Perhaps };
    }
    found
}

/// Whether anything in a sentence takes something back or sets a limit.
pub(super) fn is_qualified(s: &Sentence<'_>) -> bool {
    has(s, &[QUALIFIES])
}

/// What may stand behind a core.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Object {
    /// The appointment, a time, it, or nothing.
    Open,
    /// The appointment or a time.
    Needed,
    /// The core has named it.
    Named,
}

fn is_all(s: &Sentence<'_>, start: usize, end: usize, object: Object) -> bool {
    let before = s.get(..start).unwrap_or(s);
    let near = before.get(before.len().saturating_sub(4)..).unwrap_or(before);
    let denied = has(near, &["dont|not|never|didnt|wont|isnt|havent|without|neednt|wouldnt|no|nobody"])
        && !has(
            near,
            &[
                "no EDGE",
                "no sorry|i|please|thanks|we",
                "dont mind|worry",
                "not interested",
                "cant|cannot|unable",
            ],
        );
    let others = near.iter().any(|w| OTHERS.contains(w))
        && !has(
            near,
            &["i|we|im|were EDGE", "i|we *2 EDGE", "can|could|will|would|may|please|want|like|need you|u"],
        );
    if denied || others || has(before, &[QUALIFIES]) {
        return false;
    }
    let Some(at) = behind_object(s, end, object) else { return false };
    let tail = s.get(at..).unwrap_or_default();
    // “Cancel my taxi”: what stands in the object's place is no reason.
    let thing = at == end && object != Object::Named && begins(tail, &["my|our|a|an|some|its"]);
    let degree = begins(tail, &["as|so early|soon|long|far|quickly|much|often"]);
    let goes_on = !thing && !degree && tail.first().is_none_or(|w| GOES_ON.contains(w));
    let thanks = has(tail, &["but thanks|thank|sorry|hope|maybe"]);
    goes_on
        && !has(tail, &[QUALIFIES, "attend|come|make|there|after|to"])
        && (thanks || !tail.contains(&"but"))
}

/// Where the object and its time end.
fn behind_object(s: &Sentence<'_>, from: usize, object: Object) -> Option<usize> {
    let word = |i: usize| s.get(i).copied().unwrap_or_default();
    let mut at = from;
    let mut named = object == Object::Named;
    if !named
        && matches!(word(at), "it" | "this" | "that" | "mine" | "ours" | "me")
        && !is_visit(word(at + 1))
        && !is_when(word(at + 1))
    {
        at += 1;
        named = true;
    }
    loop {
        let start = at;
        // “my son's 3 o'clock dental appointment at Elm on Friday”
        let mut i = at;
        if matches!(word(i), "on" | "at" | "for" | "in" | "to" | "from" | "of" | "with") {
            i += 1;
        }
        let led = i > at;
        while BESIDE.contains(&word(i)) {
            i += 1;
        }
        if is_visit(word(i)) {
            named = true;
            at = i + 1 + usize::from(is_visit(word(i + 1)) || word(i + 1) == "time");
            continue;
        }
        if is_when(word(i)) && !matches!(word(i), "later" | "earlier" | "sooner") {
            named = true;
            at = i + 1;
            continue;
        }
        if led && word(i - 1) == "with" && matches!(word(i), "you" | "u" | "dr" | "doctor") {
            at = i + 1 + usize::from(word(i) != "you");
            continue;
        }
        if SMALL.contains(&word(at)) {
            at += 1;
            continue;
        }
        if word(at) == "after" && word(at + 1) == "all" {
            at += 2;
            continue;
        }
        let after_in = word(at + 1);
        let open = at + 1 == s.len() || GOES_ON.contains(&after_in) || is_when(after_in);
        if word(at) == "in" && (open || matches!(after_in, "on" | "at" | "for" | "to" | "this" | "next")) {
            at += 1;
            continue;
        }
        if start == at {
            break;
        }
    }
    (named || object != Object::Needed).then_some(at)
}

/// What calls it off, and what must follow.
const CORES: &[(&str, Object)] = &[
    ("cancel|cancell|cancle|canel|cancelling|canceling|scrap", Object::Open),
    ("call off", Object::Needed),
    ("call *3 VISIT off", Object::Named),
    ("like|want|need|have|get|consider *3 VISIT *4 cancelled|canceled", Object::Named),
    ("VISIT *2 cancelled|canceled please|thanks|thank|EDGE", Object::Named),
    ("take|remove me|us|my off|from|name *4 VISIT|WHEN", Object::Named),
    ("off the schedule", Object::Open),
    ("dont need *2 VISIT", Object::Named),
    ("no longer need|want|require *2 VISIT", Object::Named),
    ("remove|delete|drop *2 VISIT", Object::Named),
    ("dont|not want *2 VISIT any|anymore|now", Object::Named),
    ("withdraw *3 VISIT", Object::Named),
    ("give it|WHEN|VISIT *2 a miss", Object::Named),
    ("give *2 WHEN|VISIT a miss", Object::Named),
    ("cant|cannot|couldnt|wont make it|that|this", Object::Open),
    ("cant|cannot|couldnt|wont make", Object::Needed),
    ("cant|cannot|couldnt|wont attend|come|coming", Object::Open),
    ("cant|cannot|wont be there|coming|attending|in", Object::Open),
    ("cant|cannot|wont be able to attend|come", Object::Open),
    ("cant|cannot|wont be able to make it|that|this", Object::Open),
    ("cant|cannot|wont be able to make|keep|do", Object::Needed),
    ("cant|cannot|wont do|keep", Object::Needed),
    ("not *1 coming|attending", Object::Open),
    ("not *1 going|gonna *1 make it|that|this", Object::Open),
    ("not *1 going|gonna *1 make|attend|come|be", Object::Needed),
    ("unable to attend|come", Object::Open),
    ("unable to make it|that|this", Object::Open),
    ("unable to make|keep", Object::Needed),
    ("not able to attend|come", Object::Open),
    ("not able to make it|that|this", Object::Open),
    ("not able to make|keep", Object::Needed),
    ("no longer *2 attend|come|coming|attending", Object::Open),
    ("no longer *2 make it", Object::Open),
    ("no longer *2 make|keep", Object::Needed),
    ("have|need|going|got|gotta *2 miss", Object::Needed),
    ("have|need|going|got|gotta *2 miss it", Object::Open),
    ("need|have to pull out", Object::Open),
    ("bail|bailing on", Object::Needed),
];

/// Words that stand before the appointment and name no other thing.
const BESIDE: [&str; 36] = [
    "my",
    "the",
    "our",
    "this",
    "that",
    "a",
    "an",
    "your",
    "tomorrows",
    "todays",
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
    "saturdays",
    "sundays",
    "next",
    "upcoming",
    "dental",
    "dentist",
    "son",
    "sons",
    "daughter",
    "daughters",
    "childs",
    "kids",
    "hygienist",
    "doctors",
    "oclock",
    "booked",
    "scheduled",
    "first",
    "whole",
    "s",
    "up",
];

/// Words that change nothing where they stand behind the object.
const SMALL: [&str; 29] = [
    "please",
    "you",
    "now",
    "anymore",
    "any",
    "more",
    "too",
    "either",
    "unfortunately",
    "afraid",
    "cheers",
    "x",
    "xx",
    "xxx",
    "ta",
    "asap",
    "today",
    "sadly",
    "kindly",
    "at",
    "all",
    "guys",
    "mate",
    "thx",
    "short",
    "notice",
    "hi",
    "hello",
    "ok",
];

/// What may follow an understood cancellation: a reason, an apology.
const GOES_ON: [&str; 38] = [
    "because",
    "as",
    "since",
    "due",
    "im",
    "ive",
    "i",
    "my",
    "we",
    "were",
    "weve",
    "something",
    "sorry",
    "thanks",
    "thank",
    "car",
    "kids",
    "kid",
    "hope",
    "apologies",
    "and",
    "so",
    "theres",
    "its",
    "ill",
    "id",
    "have",
    "feeling",
    "stuck",
    "sick",
    "poorly",
    "child",
    "will",
    "cant",
    "cannot",
    "wont",
    "please",
    "but",
];

/// Words that take something back, set a limit or speak of something else.
const QUALIFIES: &str = "until|till|unless|except|without|though|although|however|instead|if|might|may|maybe|perhaps|possibly|keep|keeping|still|fine|okay|only|earlier|sooner|later|late|before|yet|actually|wait|ignore|joking|kidding|mistake|meant|other|another|different|both|party|one|right|probably|unsure|wondering|by|reply|fee|charge|cost|policy|husband|wife|partner|he|she|they|mum|mom|dad|phone|call|door|ramp|how|what|whether|when|which|who|direct|debit|payment|subscription|membership|order|insurance|contract|plan|card|flight|holiday|everything|texts|reminders|calls|emails|messages";

/// Somebody else, who cannot come.
const OTHERS: [&str; 18] = [
    "he", "she", "they", "husband", "wife", "partner", "driver", "mum", "mom", "dad", "mother", "father",
    "brother", "sister", "friend", "you", "car", "who",
];

/// What calls it off in other languages.
const FOREIGN: [&str; 25] = [
    "annuler|annulez|annule *2 rendez|rdv|visite|reservation|cita|consulta",
    "dois|veux|voudrais|souhaite|faut annuler",
    "ne peux|peut|pourrai|pourrais|pouvons pas *2 venir|etre|assister|rendre",
    "peux|peut|pourrai|pouvons pas *1 venir|assister",
    "ne viendrai|viendrons pas",
    "kann|konnen *3 nicht *1 kommen|teilnehmen|wahrnehmen|erscheinen",
    "kann|konnen|muss|mochte|will|wurde *5 absagen|stornieren",
    "bitte *4 absagen|stornieren",
    "sage|sagen *4 termin *3 ab",
    "storniere|stornieren|stornieren *4 termin",
    "schaffe *2 nicht",
    "komme|kommen *2 nicht",
    "cancelar|cancele|cancelen|anular|anule|anulen|cancelo *3 cita|reserva|visita|consulta|marcacao|horario",
    "tengo|tenemos|quiero|necesito|quisiera *1 cancelar|anular",
    "no puedo|podre|podemos|podremos *1 ir|asistir|acudir|venir|llegar",
    "no voy a ir|poder|asistir",
    "annullare|disdire|cancellare|annullate|disdica|annulli|annulla *3 appuntamento|visita|prenotazione",
    "devo|dobbiamo|vorrei *1 annullare|disdire|cancellare",
    "non posso|potro|riesco|possiamo *2 venire|esserci|presentarmi",
    "non vengo|verro",
    "desmarcar|desmarque|desmarquem *3 consulta|marcacao|reserva|horario",
    "preciso|quero|queria|tenho *2 cancelar|desmarcar",
    "nao posso|poderei|consigo|podemos|vou *2 ir|comparecer|vir|poder",
    "odwolac|odwoluje|odwolujemy|odwolajcie|anulowac|anuluje *3 wizyte|wizyta|termin|spotkanie|rezerwacje",
    "nie moge|mozemy|bede|dam|przyjde|przyjdziemy|dotre *3 przyjsc|mogl|mogla|rady|EDGE",
];

/// Words that such sentences are made of besides, and nothing that qualifies them.
const FOREIGN_WORDS: [&str; 227] = [
    "annuler",
    "annulez",
    "annule",
    "mon",
    "le",
    "la",
    "ma",
    "notre",
    "votre",
    "rendez",
    "vous",
    "rdv",
    "visite",
    "reservation",
    "dois",
    "je",
    "veux",
    "voudrais",
    "souhaite",
    "il",
    "faut",
    "ne",
    "peux",
    "pourrai",
    "pouvons",
    "pas",
    "venir",
    "etre",
    "present",
    "presente",
    "assister",
    "me",
    "rendre",
    "au",
    "viendrai",
    "nous",
    "bonjour",
    "bonsoir",
    "merci",
    "s",
    "plait",
    "svp",
    "desole",
    "desolee",
    "malheureusement",
    "demain",
    "aujourd",
    "hui",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "ce",
    "matin",
    "soir",
    "a",
    "de",
    "du",
    "ich",
    "kann",
    "konnen",
    "wir",
    "leider",
    "nicht",
    "kommen",
    "komme",
    "zum",
    "termin",
    "den",
    "der",
    "meinen",
    "unseren",
    "mein",
    "muss",
    "mochte",
    "absagen",
    "stornieren",
    "storniere",
    "sage",
    "ab",
    "bitte",
    "danke",
    "hallo",
    "guten",
    "tag",
    "morgen",
    "heute",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "am",
    "um",
    "uhr",
    "es",
    "tut",
    "mir",
    "leid",
    "schaffe",
    "teilnehmen",
    "wahrnehmen",
    "cancelar",
    "cancele",
    "anular",
    "anule",
    "cita",
    "mi",
    "nuestra",
    "reserva",
    "visita",
    "consulta",
    "tengo",
    "que",
    "quiero",
    "necesito",
    "no",
    "puedo",
    "podre",
    "podemos",
    "ir",
    "asistir",
    "acudir",
    "llegar",
    "hola",
    "buenos",
    "dias",
    "gracias",
    "por",
    "favor",
    "lo",
    "siento",
    "manana",
    "hoy",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "el",
    "las",
    "annullare",
    "disdire",
    "cancellare",
    "annullate",
    "appuntamento",
    "prenotazione",
    "l",
    "mio",
    "devo",
    "vorrei",
    "non",
    "posso",
    "potro",
    "riesco",
    "venire",
    "esserci",
    "ciao",
    "buongiorno",
    "grazie",
    "per",
    "dispiace",
    "purtroppo",
    "domani",
    "oggi",
    "all",
    "preciso",
    "quero",
    "minha",
    "desmarcar",
    "desmarque",
    "marcacao",
    "nao",
    "poderei",
    "consigo",
    "vou",
    "poder",
    "comparecer",
    "ola",
    "bom",
    "dia",
    "obrigado",
    "obrigada",
    "desculpe",
    "amanha",
    "hoje",
    "odwolac",
    "odwoluje",
    "wizyte",
    "wizyta",
    "moja",
    "moje",
    "chce",
    "musze",
    "prosze",
    "nie",
    "moge",
    "przyjsc",
    "na",
    "przepraszam",
    "dziekuje",
    "dzien",
    "dobry",
    "jutro",
    "dzisiaj",
    "dzis",
    "poniedzialek",
    "wtorek",
    "srode",
    "czwartek",
    "piatek",
    "niestety",
    "bede",
    "mogl",
    "mogla",
    "dam",
    "rady",
    "nam",
    "anulowac",
    "anuluje",
    "spotkanie",
    "rezerwacje",
    "przyjde",
];
