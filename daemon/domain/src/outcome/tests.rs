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
    assert_eq!((decision.outcome, decision.opted_out.as_deref()), (Outcome::Booked, Some("stop calling me")));
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
        assert_eq!(row(&silent).0, Outcome::HungUpEarly, "{said:?}");
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
        said in prop::collection::vec(prop::sample::select(vec![GREETING, "Yes?", "No.", "Stop calling me", " "]), 0..4),
        outcome in prop::option::of(prop::sample::select(vec![Said::Booked, Said::Callback, Said::NotInterested, Said::DoNotCall, Said::Other])),
        opted_out in any::<bool>(),
    ) {
        let structured = Structured { outcome, callback_at: None, opted_out };
        let evidence = CallEvidence {
            ended_reason: &reason,
            started: flags[0],
            booked_in_call: flags[1],
            opted_out_tool: flags[2],
            callback_tool: flags[3],
            user_messages: said.clone(),
            transcript: None,
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
