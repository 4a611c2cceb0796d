//! Every class of reason and every rule, and what may never happen whatever the evidence.

use super::*;
use proptest::prelude::*;

const GREETING: &str = "Your call has been forwarded to voice mail.";

fn ended(reason: &str) -> CallEvidence<'_> {
    CallEvidence { ended_reason: reason, ..CallEvidence::default() }
}

fn talk<'a>(reason: &'a str, said: &[&'a str]) -> CallEvidence<'a> {
    CallEvidence {
        ended_reason: reason,
        started: true,
        user_messages: said.to_vec(),
        ..CallEvidence::default()
    }
}

fn row(evidence: &CallEvidence<'_>) -> (Outcome, bool, Action) {
    let decision = decide(evidence);
    assert!(!decision.why.is_empty());
    (decision.outcome, decision.counts_as_attempt, decision.action)
}

#[test]
fn calls_in_which_nobody_spoke() {
    use Action::{ConfigStop, HoldBilling, HoldQuota, None, Requeue, Retry, StopNumber};
    let cases = [
        ("customer-did-not-answer", Outcome::NoAnswer, true, Retry(Wait::Normal)),
        ("customer-busy", Outcome::Busy, true, Retry(Wait::Short)),
        ("voicemail", Outcome::Voicemail, true, Retry(Wait::Normal)),
        ("sip-outbound-unallocated-number", Outcome::BadNumber, true, StopNumber),
        ("twilio-failed-to-connect-call", Outcome::Failed, true, Retry(Wait::Later)),
        (
            "call.in-progress.error-assistant-did-not-receive-customer-audio",
            Outcome::NoAnswer,
            true,
            Retry(Wait::Normal),
        ),
        ("assistant-forwarded-call", Outcome::Transferred, true, None),
        ("call.forwarding.no-answer", Outcome::CallbackRequested, true, None),
        ("manually-canceled", Outcome::Canceled, false, None),
        ("call.start.error-subscription-concurrency-limit-reached", Outcome::Failed, false, Requeue),
        ("call.start.error-vapi-number-outbound-daily-limit", Outcome::Failed, false, HoldQuota),
        ("call.start.error-subscription-frozen", Outcome::Failed, false, HoldBilling),
        ("assistant-not-found", Outcome::Failed, false, ConfigStop),
        ("call.ringing.sip-inbound-caller-hungup-before-call-connect", Outcome::Failed, false, None),
        ("pipeline-error-openai-401-incorrect-api-key", Outcome::Failed, false, Retry(Wait::Later)),
        ("worker-shutdown", Outcome::Failed, false, Retry(Wait::Later)),
        ("something-new", Outcome::Failed, true, Retry(Wait::Later)),
        ("customer-ended-call", Outcome::NoAnswer, true, Retry(Wait::Normal)),
    ];
    for (reason, outcome, counts, action) in cases {
        assert_eq!(row(&ended(reason)), (outcome, counts, action), "{reason}");
    }
    assert!(!decide(&ended("something-new")).known);
    assert_eq!(decide(&ended("something-new")).class, Class::FailedUnknown);
}

#[test]
fn answered_calls_in_which_nobody_spoke() {
    let cases = [
        ("customer-ended-call", Outcome::HungUpEarly, Action::Retry(Wait::NextDay)),
        ("silence-timed-out", Outcome::NoAnswer, Action::Retry(Wait::Normal)),
        ("exceeded-max-duration", Outcome::NoAnswer, Action::Retry(Wait::Normal)),
        ("worker-shutdown", Outcome::Failed, Action::Retry(Wait::NextDay)),
        ("manually-canceled", Outcome::Canceled, Action::None),
    ];
    for (reason, outcome, action) in cases {
        assert_eq!(row(&talk(reason, &[])), (outcome, true, action), "{reason}");
    }
}

#[test]
fn rule_1_our_own_booking_beats_everything() {
    let wrong = Structured { outcome: Some(Said::NotInterested), ..Structured::default() };
    for reason in
        ["customer-ended-call", "worker-shutdown", "voicemail", "phone-call-provider-closed-websocket"]
    {
        let evidence =
            CallEvidence { booked_in_call: true, structured: Some(&wrong), ..talk(reason, &["Tuesday"]) };
        assert_eq!(row(&evidence), (Outcome::Booked, true, Action::None), "{reason}");
    }
    let then_stop =
        CallEvidence { booked_in_call: true, ..talk("customer-ended-call", &["OK. And stop calling me."]) };
    let decision = decide(&then_stop);
    assert_eq!(
        (decision.outcome, decision.opted_out.as_deref()),
        (Outcome::Booked, Some("And stop calling me"))
    );
}

#[test]
fn rule_2_an_opt_out_is_found_wherever_it_is() {
    let wanted = (Outcome::DoNotCall, true, Action::StopNumber);
    for reason in
        ["customer-ended-call", "worker-shutdown", "voicemail", "assistant-forwarded-call", "something-new"]
    {
        assert_eq!(row(&talk(reason, &["Who is this?", "Take me off your list."])), wanted, "{reason}");
    }
    let tool = CallEvidence { opted_out_tool: true, ..talk("customer-ended-call", &[]) };
    assert_eq!(row(&tool), wanted);
    let analysed = Structured { opted_out: true, ..Structured::default() };
    let person = CallEvidence { structured: Some(&analysed), ..talk("customer-ended-call", &["No."]) };
    assert_eq!(row(&person), wanted);
    let machine = CallEvidence { structured: Some(&analysed), ..talk("customer-ended-call", &[GREETING]) };
    assert_eq!(row(&machine).0, Outcome::Voicemail, "an analysis of a machine is not believed");
    let transcript = CallEvidence {
        transcript: Some("AI: May I call again?\nUser: Don't call me again.\n"),
        ..talk("customer-ended-call", &[])
    };
    assert_eq!(row(&transcript), wanted);
    let assistant = CallEvidence {
        transcript: Some("AI: Shall I stop calling you?"),
        ..talk("customer-ended-call", &[])
    };
    assert_eq!(row(&assistant).0, Outcome::HungUpEarly, "the assistant's own words are no opt-out");
}

#[test]
fn rule_3_the_analysis_beside_a_persons_words() {
    let cases = [
        (Said::Callback, Some("Tue"), Outcome::CallbackRequested),
        (Said::Callback, None, Outcome::NeedsReview),
        (Said::NotInterested, None, Outcome::NotInterested),
        (Said::Booked, None, Outcome::NeedsReview),
        (Said::Other, None, Outcome::NeedsReview),
        (Said::Voicemail, None, Outcome::NeedsReview),
        (Said::DoNotCall, None, Outcome::DoNotCall),
    ];
    for (said, at, outcome) in cases {
        let structured =
            Structured { outcome: Some(said), callback_at: at.map(str::to_owned), opted_out: false };
        for reason in
            ["customer-ended-call", "customer-busy", "phone-call-provider-closed-websocket", "hangup"]
        {
            let evidence =
                CallEvidence { structured: Some(&structured), ..talk(reason, &["Yes, speaking."]) };
            assert_eq!(row(&evidence).0, outcome, "{said:?} {reason}");
        }
        let silent = CallEvidence { structured: Some(&structured), ..talk("customer-ended-call", &[]) };
        // Words that are not kept may have been a refusal; of the rest nothing is believed.
        let wordless = if said == Said::DoNotCall { Outcome::NeedsReview } else { Outcome::HungUpEarly };
        assert_eq!(row(&silent).0, wordless, "{said:?}");
    }
    let no = Structured { outcome: Some(Said::NotInterested), ..Structured::default() };
    let fault = CallEvidence { structured: Some(&no), ..talk("worker-shutdown", &["No thanks."]) };
    assert_eq!(row(&fault), (Outcome::NotInterested, true, Action::None));
    let mid_call = talk("call.in-progress.error-configfault-model-unsupported-in-squad", &["Hello?"]);
    assert_eq!(row(&mid_call), (Outcome::NeedsReview, true, Action::ConfigStop));
}

#[test]
fn rule_4_machines() {
    let wanted = (Outcome::Voicemail, true, Action::Retry(Wait::Normal));
    let said = [
        "Your call has been forwarded to voice mail. The person you're",
        "record your message. When you have finished",
    ];
    for reason in ["customer-ended-call", "silence-timed-out", "voicemail", "assistant-ended-call"] {
        assert_eq!(row(&talk(reason, &said)), wanted, "{reason}");
    }
    let personal = ["Hi, it's Bob.", "Leave a message after the beep."];
    assert_eq!(row(&talk("customer-ended-call", &personal)).0, Outcome::NeedsReview);
    let agrees = Structured { outcome: Some(Said::Voicemail), ..Structured::default() };
    let both = CallEvidence { structured: Some(&agrees), ..talk("customer-ended-call", &personal) };
    assert_eq!(row(&both), wanted);
}

#[test]
fn rule_5_no_analysis_means_a_person_looks() {
    assert_eq!(row(&talk("customer-ended-call", &["Hello?"])), (Outcome::NeedsReview, true, Action::None));
    let empty = Structured::default();
    let evidence = CallEvidence { structured: Some(&empty), ..talk("assistant-ended-call", &["Hello?"]) };
    assert_eq!(row(&evidence).0, Outcome::NeedsReview);
    assert_eq!(
        row(&talk("worker-shutdown", &["Hello?"])),
        (Outcome::Failed, true, Action::Retry(Wait::NextDay))
    );
}

#[test]
fn our_callback_tool_is_a_record() {
    let evidence = CallEvidence { callback_tool: true, ..talk("worker-shutdown", &["Call me Tuesday"]) };
    assert_eq!(row(&evidence), (Outcome::CallbackRequested, true, Action::None));
    let transferred = CallEvidence { callback_tool: true, ..talk("assistant-forwarded-call", &["Hi"]) };
    assert_eq!(row(&transferred).0, Outcome::Transferred);
}

#[test]
fn the_analysis_of_a_call_whose_words_are_not_kept() {
    let said = Structured { opted_out: true, ..Structured::default() };
    let of = |reason| CallEvidence { structured: Some(&said), ..talk(reason, &[]) };
    for reason in ["customer-ended-call", "worker-shutdown", "silence-timed-out"] {
        let decision = decide(&of(reason));
        assert_eq!((decision.outcome, decision.opted_out.is_some()), (Outcome::DoNotCall, true), "{reason}");
    }
    for reason in ["voicemail", "customer-did-not-answer", "customer-busy"] {
        assert_eq!(decide(&of(reason)).opted_out, None, "{reason}: nobody was there to refuse");
    }
    let unanswered = CallEvidence { started: false, ..of("customer-ended-call") };
    assert_eq!(decide(&unanswered).opted_out, None);
}

/// Whatever ended the call, doubtful words wait for a person and are never followed by a call.
#[test]
fn doubt_is_held_whatever_ended_the_call() {
    const DOUBTFUL: [&str; 2] = ["don't call me on my landline, use my mobile", "don't call me at work"];
    let back = Structured {
        outcome: Some(Said::Callback),
        callback_at: Some("Tue".into()),
        ..Structured::default()
    };
    let reasons = [
        "customer-ended-call",
        "worker-shutdown",
        "customer-busy",
        "phone-call-provider-closed-websocket",
        "call.forwarding.no-answer",
        "twilio-failed-to-connect-call",
        "something-new",
        "",
    ];
    for words in DOUBTFUL {
        for reason in reasons {
            let lines = [words];
            let evidence =
                CallEvidence { callback_tool: true, structured: Some(&back), ..talk(reason, &lines) };
            let decision = decide(&evidence);
            assert_eq!((decision.outcome, decision.action), (Outcome::NeedsReview, Action::None), "{reason}");
            let doubt = decision.doubt.unwrap_or_else(|| panic!("{words} {reason}"));
            assert!(decision.why.contains(&doubt.words) && !doubt.why.contains(&doubt.words));
            let booked = CallEvidence { booked_in_call: true, ..evidence };
            assert_eq!(row(&booked).0, Outcome::Booked);
        }
    }
}

#[test]
fn somebody_else_or_nobody_any_more() {
    const ELSE: [&str; 1] = ["There is nobody of that name here. You have the wrong number."];
    let wrong = (Outcome::WrongPerson, true, Action::StopNumber);
    for reason in ["customer-ended-call", "worker-shutdown", "assistant-ended-call", "silence-timed-out"] {
        assert_eq!(row(&talk(reason, &ELSE)), wrong, "{reason}");
        assert_eq!(decide(&talk(reason, &ELSE)).opted_out, None, "{reason}");
    }
    let promised = CallEvidence { callback_tool: true, ..talk("customer-ended-call", &ELSE) };
    assert!(decide(&promised).doubt.is_some(), "two records that cannot both be true");
    let died = talk("customer-ended-call", &["I'm afraid he passed away in March."]);
    let decision = decide(&died);
    assert_eq!((decision.outcome, decision.action), (Outcome::Deceased, Action::StopNumber));
    assert!(decision.opted_out.is_some());
    let booked = decide(&CallEvidence { booked_in_call: true, ..died });
    assert_eq!((booked.outcome, booked.opted_out), (Outcome::Booked, None));
}

#[test]
fn a_no_to_the_offer_needs_no_analysis() {
    let no = ["I'm not interested, thank you."];
    let wanted = (Outcome::NotInterested, true, Action::None);
    assert_eq!(row(&talk("customer-ended-call", &no)), wanted);
    assert_eq!(row(&talk("worker-shutdown", &no)), wanted, "a fault is no reason to ask again");
    let other = Structured { outcome: Some(Said::Other), ..Structured::default() };
    let analysed = CallEvidence { structured: Some(&other), ..talk("customer-ended-call", &no) };
    assert_eq!(row(&analysed).0, Outcome::NeedsReview);
}

#[test]
fn a_machines_words_refuse_nothing() {
    for said in
        ["The mailbox is full. To be removed from this list press 9.", "To stop these calls press two."]
    {
        let decision = decide(&talk("voicemail", &[said]));
        assert_eq!((decision.outcome, decision.opted_out, decision.doubt), (Outcome::Voicemail, None, None));
    }
    let person =
        decide(&talk("customer-ended-call", &["The number you've got is wrong, there's no Ada here."]));
    assert_eq!(person.outcome, Outcome::WrongPerson, "an announcement's words in a person's mouth");
}

fn reason() -> impl Strategy<Value = String> {
    let list: Vec<String> = include_str!("../../data/vapi_ended_reasons.tsv")
        .lines()
        .filter_map(|line| Some(line.split_once('\t')?.0.to_owned()))
        .collect();
    prop_oneof![9 => prop::sample::select(list), 1 => "[a-z.-]{0,30}"]
}

proptest! {
    #[test]
    fn whatever_the_evidence(
        reason in reason(),
        flags in any::<[bool; 4]>(),
        said in prop::collection::vec(prop::sample::select(vec![GREETING, "Yes?", "No.", "Stop calling me", "don't call me at work", " "]), 0..4),
        outcome in prop::option::of(prop::sample::select(vec![Said::Booked, Said::Callback, Said::NotInterested, Said::DoNotCall, Said::Other])),
        opted_out in any::<bool>(),
    ) {
        let structured = Structured { outcome, callback_at: None, opted_out };
        let evidence = CallEvidence {
            ended_message: "",
            ended_reason: &reason,
            started: flags[0],
            booked_in_call: flags[1],
            opted_out_tool: flags[2],
            callback_tool: flags[3],
            user_messages: said.clone(),
            transcript: None,
            summary: "",
            structured: Some(&structured),
        };
        let decision = decide(&evidence);
        prop_assert_eq!(&decision, &decide(&evidence));
        // Booked is our own record and nothing else.
        prop_assert_eq!(decision.outcome == Outcome::Booked, flags[1]);
        // An opt-out is never lost and never followed by another attempt.
        let heard = flags[2] || said.contains(&"Stop calling me");
        prop_assert!(!heard || decision.opted_out.is_some());
        if decision.opted_out.is_some() {
            prop_assert!(!matches!(decision.action, Action::Retry(_)));
            prop_assert!(flags[1] || decision.outcome == Outcome::DoNotCall);
        }
        // Doubt is never followed by another attempt either.
        if decision.doubt.is_some() {
            prop_assert!(matches!(decision.outcome, Outcome::NeedsReview | Outcome::Booked));
            prop_assert!(!matches!(decision.action, Action::Retry(_)));
        }
        prop_assert!(!said.contains(&"don't call me at work") || decision.doubt.is_some() || decision.opted_out.is_some());
        // "Said no" needs words of a person.
        if decision.outcome == Outcome::NotInterested {
            prop_assert!(said.iter().any(|s| matches!(*s, "Yes?" | "No.")));
        }
        // Nobody is tried again without using up an attempt once they had picked up.
        if flags[0] && matches!(decision.action, Action::Retry(_)) {
            prop_assert!(decision.counts_as_attempt);
        }
    }
}
