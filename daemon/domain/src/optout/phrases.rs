//! The phrases of an opt-out, as patterns over the words of one clause.
//!
//! Must not live here: splitting text into words, evidence. Each pattern gets the words and a
//! place, and says where the phrase ends if it begins there.

use super::vocabulary::*;

/// Where a phrase ends if it begins at that word.
type Pattern = fn(&[&str], usize) -> Option<usize>;

/// Where the first opt-out of a clause begins and ends.
pub(super) fn find(words: &[&str]) -> Option<(usize, usize)> {
    const PATTERNS: [Pattern; 10] = [
        stop_contacting,
        do_not_contact,
        removal,
        be_removed,
        do_not_call_list,
        opt_out,
        unwanted,
        no_more,
        consent,
        leave_alone,
    ];
    (0..words.len()).find_map(|at| PATTERNS.iter().find_map(|pattern| Some((at, pattern(words, at)?))))
}

fn at<'a>(words: &[&'a str], i: usize) -> &'a str {
    words.get(i).copied().unwrap_or_default()
}

fn before<'a>(words: &[&'a str], i: usize, back: usize) -> &'a str {
    i.checked_sub(back).map_or("", |j| at(words, j))
}

fn skip(words: &[&str], mut i: usize, most: usize, fillers: &[&str]) -> usize {
    let last = i + most;
    while i < last && fillers.contains(&at(words, i)) {
        i += 1;
    }
    i
}

/// Whether what follows restricts the wish to a time or place.
fn is_restricted(words: &[&str], from: usize) -> bool {
    let rest = words.get(from..).unwrap_or_default();
    let any_more = rest.windows(2).any(|pair| pair == ["any", "more"]);
    let for_ever = any_more || rest.iter().any(|w| FOR_EVER.contains(w));
    if for_ever {
        return rest.iter().any(|w| WHEN_EXACTLY.contains(w));
    }
    rest.iter().enumerate().any(|(i, word)| {
        let next = rest.get(i + 1).copied().unwrap_or_default();
        WHEN.contains(word)
            || *word == "at" && (AT.contains(&next) || next.starts_with(|c: char| c.is_ascii_digit()))
            || *word == "in" && next == "the"
            || *word == "this" && matches!(next, "week" | "morning" | "afternoon" | "evening" | "month")
    })
}

/// "stop calling me", "quit texting", "stop these calls", "stop trying to reach me".
fn stop_contacting(words: &[&str], i: usize) -> Option<usize> {
    if !matches!(words[i], "stop" | "quit" | "cease" | "discontinue") {
        return None;
    }
    let fillers = [
        "all", "the", "these", "this", "those", "with", "your", "any", "making", "sending", "me", "us",
        "please", "and",
    ];
    let j = skip(words, i + 1, 4, &fillers);
    let ends = if CONTACTING.contains(&at(words, j)) || CONTACTS.contains(&at(words, j)) {
        j + 1
    } else if at(words, j) == "trying" && at(words, j + 1) == "to" {
        let reach = at(words, j + 2);
        (CONTACT.contains(&reach) || matches!(reach, "reach" | "sell" | "get")).then_some(j + 3)?
    } else {
        return None;
    };
    let (one, two) = (before(words, i, 1), before(words, i, 2));
    let negated = matches!(one, "dont" | "never" | "cant" | "cannot" | "couldnt" | "wont" | "not" | "didnt");
    // "if you don't stop calling" complains; "don't stop calling" does not.
    let complains = two == "you" || before(words, i, 3) == "you";
    let told = matches!(one, "i" | "we" | "they" | "he" | "she") || one == "you" && two == "did";
    // "stop calling it a sale", "stop calling me mate".
    let naming =
        matches!(at(words, ends), "it" | "that" | "them" | "yourself" | "yourselves" | "him" | "her")
            || at(words, ends) == "me"
                && matches!(
                    at(words, ends + 1),
                    "sir"
                        | "names"
                        | "mate"
                        | "love"
                        | "darling"
                        | "honey"
                        | "dear"
                        | "mr"
                        | "mrs"
                        | "miss"
                        | "maam"
                        | "madam"
                );
    let fine = (!negated || complains) && !told && !naming && !is_restricted(words, ends);
    fine.then(|| with_object(words, ends))
}

/// "don't call me", "do not contact this number", "never ring here again", "not to call".
fn do_not_contact(words: &[&str], i: usize) -> Option<usize> {
    let (one, two) = (before(words, i, 1), before(words, i, 2));
    let j = match (words[i], at(words, i + 1)) {
        ("dont" | "never", _) => i + 1,
        ("do", "not") => i + 2,
        ("not", "to") => i + 2,
        ("not", _) if matches!(one, "you" | "rather" | "please" | "better") => i + 1,
        _ => return None,
    };
    let k =
        skip(words, j, 3, &["ever", "you", "please", "even", "bother", "keep", "to", "try", "and", "dare"]);
    let kept = words[j..k].iter().any(|w| matches!(*w, "bother" | "keep"));
    let verb = at(words, k);
    let ends = if CONTACT.contains(&verb) || kept && CONTACTING.contains(&verb) {
        k + 1
    } else if verb == "send" && matches!(at(words, k + 1), "me" | "us") {
        let n =
            skip(words, k + 2, 3, &["any", "more", "these", "this", "those", "your", "another", "further"]);
        (CONTACTS.contains(&at(words, n))
            || matches!(at(words, n), "anything" | "stuff" | "text" | "message" | "email"))
        .then_some(n + 1)?
    } else {
        return None;
    };
    let told = matches!(two, "told" | "asked" | "said" | "sure" | "ask" | "tell" | "want" | "saying");
    let rest = words.get(ends..).unwrap_or_default();
    let for_ever = words[j..k].contains(&"ever") || rest.iter().any(|w| FOR_EVER.contains(w));
    // "I don't call people", "you never call me": a statement, not a wish.
    let states = matches!(one, "i" | "we" | "they" | "he" | "she" | "it" | "people" | "who")
        || one == "you" && words[i] != "not" && !told && !for_ever;
    // "why don't you call me".
    let invites = words[j..k].contains(&"you") && (!for_ever || matches!(one, "why" | "if"));
    let object = rest.first().copied().unwrap_or_default();
    let meant = matches!(
        object,
        "" | "me"
            | "us"
            | "my"
            | "our"
            | "this"
            | "here"
            | "again"
            | "anymore"
            | "any"
            | "back"
            | "please"
            | "ever"
            | "thanks"
            | "thank"
            | "no"
            | "at"
            | "or"
            | "ok"
            | "okay"
            | "on"
    );
    let fine = !states && !invites && (meant || verb == "send") && !is_restricted(words, ends);
    fine.then(|| with_object(words, ends))
}

/// "remove me", "delete my number", "lose this number", "take me off your list".
fn removal(words: &[&str], i: usize) -> Option<usize> {
    let verb = words[i];
    let whose = at(words, i + 1);
    let other_things = [
        "appointment",
        "slot",
        "booking",
        "schedule",
        "calendar",
        "hold",
        "speaker",
        "loudspeaker",
        "speakerphone",
        "meeting",
        "waiting",
        "waitlist",
        "phone",
        "line",
        "mute",
        "hook",
        "topic",
        "call",
        "bus",
        "train",
        "plane",
    ];
    let (ends, is_self) = match whose {
        "me" | "us" | "myself" => (i + 2, true),
        "my" | "our" | "this" | "the" => {
            let n = skip(words, i + 2, 1, &["phone", "mobile", "cell", "contact", "telephone", "personal"]);
            let thing = matches!(
                at(words, n),
                "number" | "details" | "name" | "info" | "information" | "data" | "email"
            );
            (thing.then_some(n + 1)?, false)
        }
        _ => return None,
    };
    let rest = words.get(ends..).unwrap_or_default();
    let elsewhere = rest.iter().take(8).any(|w| other_things.contains(w));
    let negated = matches!(before(words, i, 1), "dont" | "never" | "not" | "didnt");
    let out = match rest {
        ["off" | "from", ..] => 1,
        ["out", "of", ..] => 2,
        _ => 0,
    };
    let from_list = out > 0 && {
        let tail = &rest[out..];
        let listed = tail.iter().any(|w| {
            w.starts_with("list")
                || w.starts_with("database")
                || matches!(*w, "system" | "records" | "register" | "crm" | "file")
        });
        listed
            || rest[0] == "off"
                && matches!(tail, [] | ["please" | "of" | "it" | "that" | "this" | "your" | "now", ..])
    };
    let fine = match verb {
        "remove" | "delete" | "erase" | "scrub" => true,
        "lose" => !is_self && words[..ends].last() == Some(&"number"),
        "take" | "get" | "cross" | "scratch" | "strike" | "drop" | "keep" => from_list,
        _ => false,
    };
    let reach = if from_list { (ends + out + 2).min(words.len()) } else { ends };
    (fine && !elsewhere && !negated).then_some(reach)
}

/// "I want to be removed", "I asked to be taken off your list".
fn be_removed(words: &[&str], i: usize) -> Option<usize> {
    let begins = matches!(words[i], "be" | "get" | "am" | "im" | "number");
    let done = at(words, i + 1);
    let rest = words.get(i + 2..).unwrap_or_default();
    let listed = rest.iter().any(|w| w.starts_with("list") || w.starts_with("database") || *w == "system");
    let fine = match (done, rest) {
        ("removed" | "deleted", [] | ["please" | "now", ..]) => matches!(words[i], "be" | "get" | "number"),
        ("removed" | "deleted" | "taken", ["from" | "off" | "out", ..]) => {
            listed && !rest.contains(&"waiting")
        }
        _ => false,
    };
    let denied = words[i.saturating_sub(4)..i].iter().any(|w| matches!(*w, "not" | "dont"));
    (begins && fine && !denied).then_some(words.len())
}

/// "put me on your do not call list", unless to say that they are not on it.
fn do_not_call_list(words: &[&str], i: usize) -> Option<usize> {
    let j = match (words[i], at(words, i + 1), at(words, i + 2)) {
        ("do", "not", "call" | "contact") => i + 3,
        ("dont" | "no", "call" | "contact", _) => i + 2,
        ("dnc", ..) => i + 1,
        _ => return None,
    };
    let listed = matches!(at(words, j), "list" | "registry" | "register" | "lists" | "database");
    let back = &words[i.saturating_sub(5)..i];
    let denied = back.iter().any(|w| matches!(*w, "not" | "isnt" | "arent" | "never" | "off" | "wasnt"));
    (listed && !denied).then_some(j + 1)
}

/// "unsubscribe me", "opt out", "how do I opt out".
fn opt_out(words: &[&str], i: usize) -> Option<usize> {
    let ends = match (words[i], at(words, i + 1), at(words, i + 2)) {
        ("unsubscribe" | "unsub" | "unsubscribed" | "optout", ..) => i + 1,
        ("opt" | "opting" | "opted", "out", _) => i + 2,
        ("opt", "me" | "us", "out") => i + 3,
        _ => return None,
    };
    let back = &words[i.saturating_sub(5)..i];
    let denied = ["dont", "not", "never", "didnt", "wont", "without", "havent", "hadnt"];
    (!back.iter().any(|w| denied.contains(w))).then_some(ends)
}

/// "I don't want any more calls", "I don't want you calling me", "no longer wish to be
/// contacted", "don't want to hear from you".
fn unwanted(words: &[&str], i: usize) -> Option<usize> {
    let j = match (words[i], at(words, i + 1)) {
        ("dont" | "never" | "not", _) => i + 1,
        ("no", "longer") => i + 2,
        ("rather" | "prefer", "not") => i + 2,
        _ => return None,
    };
    let wants = matches!(
        at(words, j),
        "want" | "wish" | "like" | "need" | "wanna" | "appreciate" | "consent" | "agree" | "wanting"
    );
    let prefers = matches!(words[i], "rather" | "prefer") || words[i] == "not" && at(words, j) == "to";
    if !wants && !prefers {
        return None;
    }
    let k = skip(
        words,
        if wants { j + 1 } else { j },
        4,
        &[
            "to",
            "any",
            "more",
            "further",
            "your",
            "these",
            "those",
            "receive",
            "get",
            "getting",
            "receiving",
            "ever",
            "have",
            "anymore",
        ],
    );
    let ends = if CONTACTS.contains(&at(words, k)) {
        k + 1
    } else if at(words, k) == "be" && CONTACTED.contains(&at(words, k + 1)) {
        // "don't want to be called Bob".
        let next = at(words, k + 2);
        let meant = [
            "", "by", "again", "anymore", "at", "on", "any", "ever", "please", "or", "about", "from", "for",
            "with", "and", "thanks",
        ];
        meant.contains(&next).then_some(k + 2)?
    } else if at(words, k) == "you" {
        let n = skip(words, k + 1, 3, &["to", "ever", "people", "guys", "keep", "all"]);
        (CONTACT.contains(&at(words, n)) || CONTACTING.contains(&at(words, n))).then_some(n + 1)?
    } else if at(words, k) == "hear" && at(words, k + 1) == "from" {
        k + 2
    } else {
        return None;
    };
    (!is_restricted(words, ends)).then(|| with_object(words, ends))
}

/// "no more calls", "no further contact".
fn no_more(words: &[&str], i: usize) -> Option<usize> {
    let what = at(words, i + 2);
    let begins = words[i] == "no" && matches!(at(words, i + 1), "more" | "further");
    let fine =
        begins && (CONTACTS.contains(&what) || CONTACTING.contains(&what)) && !is_restricted(words, i + 3);
    fine.then_some(i + 3)
}

/// "I revoke my consent", "I do not consent", "cease and desist".
fn consent(words: &[&str], i: usize) -> Option<usize> {
    match (words[i], at(words, i + 1), at(words, i + 2)) {
        (
            "withdraw" | "revoke" | "withdrawing" | "revoking" | "cancel",
            "my" | "our" | "all",
            "consent" | "permission",
        ) => Some(i + 3),
        ("dont", "consent", _) => Some(i + 2),
        ("do", "not", "consent") => Some(i + 3),
        ("cease", "and", "desist") => Some(i + 3),
        _ => None,
    }
}

/// "leave me alone".
fn leave_alone(words: &[&str], i: usize) -> Option<usize> {
    let fine = words[i] == "leave"
        && matches!(at(words, i + 1), "me" | "us")
        && matches!(at(words, i + 2), "alone" | "be");
    fine.then_some(i + 3)
}

/// Lets the evidence include the object and the "again" that follow a phrase.
fn with_object(words: &[&str], ends: usize) -> usize {
    let tail =
        ["me", "us", "my", "this", "number", "again", "anymore", "any", "more", "here", "phone", "please"];
    skip(words, ends, 5, &tail)
}
