//! What ends contact and what does not, by example: in whole calls, as they are decided.

use super::heard::{Heard, of};
use super::{CallEvidence, decide};
use frontdesk_shared::call::Outcome;

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
        for said in [text.to_owned(), text.to_uppercase(), format!("Hello? Yes, speaking. {text}")] {
            let Heard::OptedOut(words) = of(&[&said]) else { panic!("{said}: {:?}", of(&[&said])) };
            assert!(said.contains(&words) && !words.is_empty(), "{said}: {words}");
        }
    }
}

/// None of these may end in a suppression. Some are held: what sounds like a refusal is one for a
/// person to judge.
#[test]
fn other_sentences_are_not() {
    let refused: Vec<&str> =
        NOT_OPT_OUTS.into_iter().filter(|text| matches!(of(&[text]), Heard::OptedOut(_))).collect();
    // "Stop calling me, mate" to whoever does not hear the comma.
    assert_eq!(refused, ["stop calling me mate"]);
    let held: Vec<&str> =
        NOT_OPT_OUTS.into_iter().filter(|text| matches!(of(&[text]), Heard::Doubt(_))).collect();
    assert!(held.len() <= 10, "{} are held: {held:#?}", held.len());
}

#[test]
fn what_ends_contact_without_being_a_refusal() {
    assert!(matches!(of(&["wrong number"]), Heard::WrongPerson(_)));
    assert_eq!(of(&["I'm not interested, thanks"]), Heard::Declined);
    assert_eq!(of(&["not interested"]), Heard::Declined);
}

#[test]
fn a_cut_utterance_is_read_whole() {
    assert!(matches!(of(&["Hello?", "please take me", "off your list"]), Heard::OptedOut(_)));
    assert!(!matches!(of(&["I did stop.", "Calling you was fun."]), Heard::OptedOut(_)));
    assert_eq!(of(&[]), Heard::Nothing);
}

/// How people introduce themselves in every other call.
#[test]
fn greetings_are_not_doubted() {
    for text in
        ["Hi, this is Bob.", "Hi, it's Bob.", "Hello?", "Yes, speaking.", "No.", "Goodbye.", "Who's calling?"]
    {
        assert_eq!(of(&[text]), Heard::Nothing, "{text}");
    }
}

/// Sentences of public fault reports, each said in a call somebody answered.
#[test]
fn each_kind_of_sentence_ends_its_call_so() {
    let table = include_str!("../../../../tests/fixtures/cases/optout.tsv");
    let rows: Vec<(&str, &str)> =
        table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect();
    assert_eq!(rows.len(), 77);
    for (class, said) in rows {
        let decision = decide(&CallEvidence {
            ended_reason: "customer-ended-call",
            started: true,
            user_messages: vec![said],
            ..CallEvidence::default()
        });
        let suppressed = decision.opted_out.is_some();
        let found = (decision.outcome, suppressed);
        let wanted = match class {
            "opt-out" => (Outcome::DoNotCall, true),
            "deceased" => (Outcome::Deceased, true),
            "wrong-person" => (Outcome::WrongPerson, false),
            "machine" => (Outcome::Voicemail, false),
            _ => (Outcome::NeedsReview, false),
        };
        assert_eq!(found, wanted, "{class}: {said}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics_and_quotes_what_was_said(text in "\\PC*") {
        if let Heard::OptedOut(words) = of(&[&text]) {
            proptest::prop_assert!(text.contains(&words));
        }
    }

    #[test]
    fn any_order_of_telling_words_never_panics(
        words in proptest::collection::vec(
            proptest::sample::select(vec!["stop", "don't", "do", "not", "to", "you", "want", "be", "called", "call",
                "me", "my", "number", "remove", "take", "off", "from", "list", "opt", "out", "no", "more", "calls",
                "ever", "again", "at", "before", "hear", "send", "any", "."]), 0..12)
    ) {
        of(&[&words.join(" ")]);
    }
}

#[test]
fn a_refusal_is_heard_under_every_label() {
    let refusals = ["Do not call me again please", "stop calling me please", "Take me off your list"];
    let decided = |transcript: &str, summary: &str| {
        decide(&CallEvidence {
            ended_reason: "customer-ended-call",
            started: true,
            transcript: Some(transcript).filter(|t| !t.is_empty()),
            summary,
            ..CallEvidence::default()
        })
    };
    for words in refusals {
        for (ours, theirs) in [
            ("AI", "User"),
            ("Agent", "Customer"),
            ("Oak", "Buyer"),
            ("Assistant", "Mrs Ito"),
            ("Bot", "Kunde"),
            ("Nova", "Patient"),
        ] {
            let decision =
                decided(&format!("{ours}: Hello, this is Oak.\n{theirs}: {words}\n{ours}: Goodbye."), "");
            assert!(decision.opted_out.is_some(), "{ours} {theirs}: {words}: {decision:?}");
        }
        for text in [
            format!("Oak: Hello?\nElm: {words}"),
            format!("Hello?\n{words}\nGoodbye"),
            format!("Sprecher 1: Hello?\nSprecher 2: {words}"),
        ] {
            let decision = decided(&text, "");
            assert!(decision.opted_out.is_some() || decision.doubt.is_some(), "{text}: {decision:?}");
        }
    }
    let told = "The customer asked to be removed from the list and never be called again.";
    for transcript in ["", "AI: Hello?\nUser: hmm"] {
        let decision = decided(transcript, told);
        assert!(decision.opted_out.is_none() && decision.doubt.is_some(), "{decision:?}");
    }
    // An announcement has no wishes, whatever a summary invents.
    let machine = decided("AI: Hello?\nUser: Please leave a message after the tone.", told);
    assert_eq!(machine.doubt, None, "{machine:?}");
}
