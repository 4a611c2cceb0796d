//! What is an opt-out and what is not, by example.

use super::*;

const OPT_OUTS: [&str; 70] = [
    "I want to be removed from your list",
    "I asked to be taken off your list",
    "I'd like my number removed",
    "You people need to stop calling",
    "Could you please not call me",
    "please take my number off your system",
    "stop ringing my mum's phone",
    "I don't want to be bothered",
    "Stop calling me.",
    "Can you please stop calling me?",
    "I said stop calling!",
    "Would you stop texting me",
    "quit calling this number",
    "Please stop these calls",
    "stop all the messages",
    "stop sending me texts",
    "stop trying to call me",
    "If you don't stop calling me I will sue",
    "You won't stop calling me and I'm sick of it",
    "I told you to stop contacting me",
    "Take me off your list.",
    "take my name off of your list please",
    "Take me off",
    "get me off this list",
    "please take us out of your database",
    "Remove me from your list",
    "remove me",
    "remove my number",
    "Could you delete my phone number, thanks",
    "Delete my details please",
    "lose my number",
    "lose this number",
    "Don't call again.",
    "Don't call me",
    "don’t ever call me again",
    "Do not call this number any more",
    "do not contact me",
    "Never call me again",
    "please don't call back",
    "I asked you not to call me",
    "I told you don't call me",
    "Don't you dare call me again",
    "don't bother calling again",
    "Yeah, no, I'm busy, don't text me anymore",
    "don't send me any more messages",
    "Make sure you never call here again",
    "I'd rather you not call me",
    "unsubscribe me",
    "I want to unsubscribe",
    "I'd like to opt out",
    "how do I opt-out of this?",
    "opt me out please",
    "put me on your do not call list",
    "I'm on the do-not-call registry",
    "Add this to the DNC list",
    "I don't want any more calls",
    "I don't want you calling me",
    "I do not want you to call me",
    "we don't want your calls",
    "I no longer wish to be contacted",
    "I do not wish to be called again",
    "I don't want to hear from you",
    "I'd prefer not to be contacted",
    "No more calls please",
    "no further contact",
    "I revoke my consent",
    "I do not consent to this call",
    "Leave me alone!",
    "cease and desist",
    "Don't call me at this number again",
];

const NOT_OPT_OUTS: [&str; 72] = [
    "I want my stains removed from the carpet",
    "The tree should be removed from the garden",
    "I want to be taken off the waiting list",
    "I do not want to be removed from the list",
    "Could you stop the call recording",
    "It stopped ringing",
    "I can't stop thinking about it",
    "don't call before 9",
    "Don't call me before nine, please",
    "Please don't call after 6pm",
    "don't call me at work",
    "don't call me today, tomorrow is fine",
    "Don't call me right now, I'm driving",
    "don't ring until Monday",
    "do not call me on weekends",
    "Don't call me yet",
    "Don't text me while I'm at work",
    "Don't call me in the morning",
    "don't call me at 9",
    "I don't call people back",
    "you never call me",
    "Why don't you call me tomorrow?",
    "why don't you call me again on Tuesday",
    "don't hesitate to call",
    "don't forget to call me",
    "Don't stop calling, I may be in the garden",
    "They never stop calling, those other people do",
    "he can't stop calling me",
    "Did you stop calling people?",
    "stop calling it a sale",
    "stop calling me mate",
    "I'll be at the bus stop, call me later",
    "Stop. Let me think.",
    "stop",
    "Stop it, you're funny",
    "Let's stop here and book it",
    "Can we stop by your office?",
    "take me off hold",
    "take me off speaker",
    "get me off the phone",
    "Take me off the waiting list",
    "take my number",
    "take my name please, it's Ada",
    "remove my appointment",
    "remove me from the Tuesday slot",
    "Could you remove the stain from my sofa",
    "don't remove my number",
    "the number is 555 0100",
    "I don't want to opt out",
    "I never unsubscribed from anything",
    "I'm not on the do not call list",
    "I don't want any calls before 9",
    "I don't want to be called Bob",
    "I don't want to call you, can you call me?",
    "I don't want to miss your call",
    "I don't need a phone",
    "no more questions",
    "no more calls before Friday",
    "Leave me a message",
    "I want to cancel my appointment",
    "Can I cancel Tuesday?",
    "We have to end this now, bye",
    "not interested",
    "I'm not interested, thanks",
    "wrong number",
    "Call me back later",
    "I'm busy, call back at 5",
    "yes",
    "Who is this?",
    "How did you get my number?",
    "quit my job last week",
    "",
];

#[test]
fn opt_outs_are_heard() {
    for text in OPT_OUTS {
        let phrase = spoken(text).unwrap_or_else(|| panic!("missed: {text}"));
        assert!(text.contains(&phrase) && !phrase.is_empty(), "{text}: {phrase}");
        assert_eq!(written(text), Some(phrase), "{text}");
        assert!(spoken(&text.to_uppercase()).is_some(), "{text}");
        assert!(spoken(&format!("Hello? Yes, speaking. {text}")).is_some(), "{text}");
    }
}

#[test]
fn other_sentences_are_not() {
    for text in NOT_OPT_OUTS {
        assert_eq!(spoken(text), None, "{text}");
    }
}

#[test]
fn the_evidence_is_what_was_said() {
    assert_eq!(spoken("Hi. Um, please stop calling me again, OK?").as_deref(), Some("stop calling me again"));
    assert_eq!(spoken("well, take me off your list please").as_deref(), Some("take me off your list"));
    assert_eq!(spoken("look don’t call me").as_deref(), Some("don’t call me"));
}

#[test]
fn whole_messages() {
    for text in [
        "STOP",
        "stop",
        " Stop. ",
        "\"STOP\"",
        "StopAll",
        "STOP ALL",
        "unsubscribe",
        "CANCEL",
        "End",
        "quit!",
        "REVOKE",
        "OPTOUT",
        "opt-out",
        "Stop stop stop",
        "STOP 🛑",
    ] {
        assert_eq!(keyword(text), Some(Keyword::Stop), "{text}");
        assert!(written(text).is_some(), "{text}");
    }
    for text in ["Please stop", "stop please", "Stop it!", "ok stop now thanks", "No. Stop."] {
        assert!(written(text).is_some(), "{text}");
    }
    for text in
        ["cancel my appointment", "the end", "YES", "stop by at 5", "don't stop", "I quit", "unstoppable", ""]
    {
        assert_ne!(keyword(text), Some(Keyword::Stop), "{text}");
        assert_eq!(written(text), None, "{text}");
    }
    assert_eq!(keyword("start"), Some(Keyword::Start));
    assert_eq!(keyword("UNSTOP"), Some(Keyword::Start));
    assert_eq!(keyword("yes"), None);
    assert_eq!(keyword("Help?"), Some(Keyword::Help));
}

#[test]
fn a_cut_utterance_is_read_whole() {
    assert_eq!(
        spoken_in(["Hello?", "please take me", "off your list"]).as_deref(),
        Some("take me off your list")
    );
    assert_eq!(spoken_in(["I did stop.", "Calling you was fun."]), None);
    assert_eq!(spoken_in([]), None);
}

proptest::proptest! {
    #[test]
    fn never_panics_and_quotes_the_text(text in "\\PC*") {
        if let Some(phrase) = spoken(&text) {
            proptest::prop_assert!(text.contains(&phrase));
        }
        written(&text);
    }

    #[test]
    fn any_order_of_telling_words_never_panics(
        words in proptest::collection::vec(
            proptest::sample::select(vec!["stop", "don't", "do", "not", "to", "you", "want", "be", "called", "call",
                "me", "my", "number", "remove", "take", "off", "from", "list", "opt", "out", "no", "more", "calls",
                "ever", "again", "at", "before", "hear", "send", "any", "."]), 0..12)
    ) {
        let text = words.join(" ");
        spoken(&text);
        written(&text);
    }
}
