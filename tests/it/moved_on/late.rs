//! What is heard late, or again, or not at all: of a placement, of a call, of a promise made in one.

use super::*;
use frontdesk_daemon::jobs::Verdict;

/// The provider was busy, and before that was recorded a second time the job ran again.
#[test]
fn an_answer_recorded_twice_leaves_the_next_run_alone() {
    let sent = under_way();
    let busy = Sent::Refused(Refusal::ours(RefusalClass::OverConcurrency, "all lines are taken"));
    sent.answer(&busy);
    assert_eq!((sent.lead(), sent.job()), (LeadStatus::Queued, JobState::Ready));
    let started = sent.write(|tx| jobs::start(tx, sent.order.job.id, 0, START + DAY, START));
    assert_eq!(started.attempt, sent.order.job.attempt, "it is the same try");
    sent.answer(&busy);
    assert_eq!(sent.job(), JobState::Running);
}

/// No look-up could tell that, and no person has to.
#[test]
fn that_no_phone_rang_counts_also_after_the_lease() {
    let refused = |class| Sent::Refused(Refusal::ours(class, "no"));
    let again = [
        Sent::NotSent("no route".into()),
        Sent::Busy { retry_after_ms: None },
        refused(RefusalClass::OverConcurrency),
        refused(RefusalClass::Billing),
    ];
    for answer in again {
        let sent = under_way();
        sent.consented();
        sent.unknown();
        sent.answer(&answer);
        assert_eq!(
            (sent.call().status, sent.job()),
            (CallStatus::Refused, JobState::Cancelled),
            "{answer:?}"
        );
        assert_eq!(sent.lead(), LeadStatus::Queued, "{answer:?}");
        // What is held waits for the end of its hold, and is due as soon as that comes.
        let is_held = matches!(&answer, Sent::Refused(r) if r.class == RefusalClass::Billing);
        let in_time = |at: Millis| if is_held { at == START } else { at > START };
        assert!(sent.planned().is_some_and(|job| in_time(job.run_at)), "{answer:?}");
        let asked = sent.write(|tx| {
            tx.count("SELECT count(*) FROM job WHERE kind = 'call.look-up' AND state = 'ready'", &[])
        });
        assert_eq!(asked, 0, "{answer:?}");
    }
    let sent = under_way();
    sent.unknown();
    sent.answer(&refused(RefusalClass::Recipient));
    assert_eq!((sent.lead(), sent.job()), (LeadStatus::BadNumber, JobState::Dead));
    assert_eq!(sent.call().status, CallStatus::Refused);
}

/// All lines were taken, so it was no attempt: it is made again soon, and not for ever as soon.
#[test]
fn a_call_that_came_to_nothing_is_made_again_soon_and_then_later() {
    let sent = under_way();
    sent.consented();
    sent.answer(&placed());
    let nothing = || CallUpdate {
        status: Some(CallStatus::Ended),
        ended_reason: Some("call.start.error-subscription-concurrency-limit-reached".into()),
        ..CallUpdate::default()
    };
    let mut waits = Vec::new();
    for n in 1..=3 {
        sent.hear(&nothing());
        assert_eq!(sent.lead(), LeadStatus::Queued);
        waits.push(sent.next_at().unwrap_or_default().since(START) / SECOND);
        // The next call of the same attempt takes the place of this one.
        let next = calls::Call { status: CallStatus::Queued, ..sent.order.call.clone() };
        sent.write(|tx| {
            tx.execute("UPDATE call SET id = $2 WHERE id = $1", params![next.id, CallId(1_000 + n)])?;
            calls::insert(tx, [&next])?;
            let mut lead = leads::need(tx, sent.order.lead.id)?;
            (lead.status, lead.attempts) = (LeadStatus::Calling, 1);
            leads::update(tx, &lead)?;
            tx.execute("DELETE FROM job WHERE state = 'ready'", &[])
        });
    }
    assert_eq!(waits, [30, 60, 120]);
}

/// The provider says how it ended before it says what was said, and what it says first is not all.
#[test]
fn an_opt_out_found_by_the_analysis_counts_however_the_call_ended() {
    let refused_to_go_on = || Report {
        user_messages: vec!["Please, no more of this.".into()],
        structured: serde_json::json!({ "opted_out": true }),
        ..Report::default()
    };
    for reason in ["call.in-progress.error-vapifault-openai-llm-failed", "voicemail", "customer-busy"] {
        let sent = under_way();
        sent.consented();
        sent.answer(&placed());
        let ended = Some(CallStatus::Ended);
        sent.hear(&CallUpdate { status: ended, ended_reason: Some(reason.into()), ..CallUpdate::default() });
        sent.hear(&CallUpdate { report: Some(refused_to_go_on()), ..CallUpdate::default() });
        assert_eq!(sent.lead(), LeadStatus::OptedOut, "{reason}");
        assert!(sent.planned().is_none(), "{reason}");
    }
}

/// Longer than an enquiry lives: what was promised is kept.
#[test]
fn a_call_back_in_six_weeks_is_made() {
    let sent = under_way();
    sent.consented();
    sent.answer(&placed());
    let at = START + 45 * DAY;
    sent.write(|tx| {
        let mut call = calls::need(tx, sent.order.call.id)?;
        call.provider_call_id = Some("call-1".into());
        call.callback_at = Some(at);
        calls::update(tx, &call)
    });
    let report = Report { user_messages: vec!["In six weeks, please.".into()], ..Report::default() };
    sent.hear(&CallUpdate { report: Some(report), ..CallUpdate::default() });
    assert_eq!((sent.lead(), sent.next_at()), (LeadStatus::Callback, Some(at)));
    sent.ctx.env.clock.set(START + 40 * DAY);
    sent.write(|tx| sweep::expire_stale(tx, &sent.ctx, "expire-leads"));
    assert_eq!(sent.lead(), LeadStatus::Callback);
    // Nobody claims it in the very millisecond.
    sent.ctx.env.clock.set(at + HOUR);
    let want = runner::Want { calls: 1, ..runner::Want::default() };
    let claimed = sent.write(|tx| runner::take_due(tx, &sent.ctx, want, runner::Last::default())).calls;
    assert_eq!(claimed.orders.len(), 1, "{:?} {claimed:?}", sent.lead());
}

/// It takes one of our slots, and a person cannot end what the provider does not let be ended.
#[test]
fn a_call_the_provider_will_not_speak_of_is_closed_in_time() {
    let refused = || Sent::Refused(Refusal::ours(RefusalClass::Invalid, "id must be a UUID"));
    let unreached = || Sent::Unknown("no answer".into());
    for (answer, days) in [(refused as fn() -> Sent<VapiCall>, 0), (unreached, 1)] {
        let sent = under_way();
        sent.answer(&placed());
        let open = |after: i64| {
            sent.ctx.env.clock.set(START + after);
            let mut settlement = poll_call::told(&sent.ctx, &sent.call(), answer());
            let job = sent.order.job.clone();
            settlement.verdict = Verdict::Settled;
            sent.write(|tx| runner::settled(tx, &sent.ctx, &job, &mut settlement));
            sent.call().status.is_open()
        };
        assert!(open(10 * MINUTE));
        assert!(!open(days * DAY + 2 * HOUR));
    }
}

/// What was said is not known, so a person decides; nobody is rung again as if no one had answered.
#[test]
fn a_call_the_provider_lost_is_no_call_nobody_answered() {
    let sent = under_way();
    sent.consented();
    sent.answer(&placed());
    sent.hear(&CallUpdate { status: Some(CallStatus::InProgress), ..CallUpdate::default() });
    let call = sent.call();
    sent.write(|tx| call_flow::lost(tx, &sent.ctx, &call, "the provider does not know it"));
    assert_eq!((sent.call().outcome, sent.lead()), (Some(Outcome::NeedsReview), LeadStatus::Review));
    assert_eq!(sent.faults(), ["call.lost"], "the word for it is our own");
    let sent = under_way();
    sent.consented();
    sent.answer(&placed());
    let call = sent.call();
    sent.write(|tx| call_flow::lost(tx, &sent.ctx, &call, "the provider does not know it"));
    assert_eq!((sent.call().outcome, sent.lead()), (Some(Outcome::Failed), LeadStatus::Queued));
}

/// The report that would repeat it never comes, and the assistant had the last word.
#[test]
fn what_was_heard_during_a_lost_call_counts() {
    let said = [
        ("Please take me off your list.", LeadStatus::OptedOut),
        ("Don't call me on my landline, use my mobile.", LeadStatus::Review),
        ("Tuesday is fine.", LeadStatus::Review),
    ];
    for (words, status) in said {
        let sent = under_way();
        sent.consented();
        sent.answer(&placed());
        for line in ["assistant: May I?", &format!("user: {words}"), "assistant: Goodbye."] {
            let status = Some(CallStatus::InProgress);
            sent.hear(&CallUpdate { status, line: Some(line.into()), ..CallUpdate::default() });
        }
        let call = sent.call();
        sent.write(|tx| call_flow::lost(tx, &sent.ctx, &call, "the provider does not know it"));
        assert_eq!(sent.lead(), status, "{words}");
    }
}

/// A call nobody is said to have answered, and a report that knows better: it decides nothing any
/// more, but what may be a refusal is not followed by another call.
#[test]
fn doubt_in_a_late_report_takes_the_next_call_back() {
    for words in ["Don't call me on my landline, use my mobile.", "You have the wrong number, mate."] {
        let sent = under_way();
        sent.consented();
        sent.answer(&placed());
        let call = sent.call();
        sent.write(|tx| call_flow::lost(tx, &sent.ctx, &call, "the provider does not know it"));
        assert_eq!(sent.lead(), LeadStatus::Queued);
        let report = Report { user_messages: vec![words.into()], ..Report::default() };
        sent.hear(&CallUpdate { report: Some(report), ..CallUpdate::default() });
        assert!(!sent.lead().is_open(), "{words}: {:?}", sent.lead());
        assert_eq!(sent.next_at(), None, "{words}");
    }
}

/// However much is said in a call, it is answered once and over once.
#[test]
fn a_call_begins_and_ends_once_in_its_story() {
    let sent = under_way();
    sent.consented();
    sent.answer(&placed());
    for line in ["AI: hello", "User: hello", "AI: may I?", "User: no"] {
        let status = Some(CallStatus::InProgress);
        sent.hear(&CallUpdate { status, line: Some(line.into()), ..CallUpdate::default() });
    }
    sent.hear(&CallUpdate {
        status: Some(CallStatus::Ended),
        ended_reason: Some("customer-ended-call".into()),
        ..CallUpdate::default()
    });
    let report = Report { user_messages: vec!["No.".into()], ..Report::default() };
    sent.hear(&CallUpdate { report: Some(report), ..CallUpdate::default() });
    let told = |kind: &str| {
        let sql = "SELECT count(*) FROM event WHERE kind = $1 AND subject = 'call'";
        sent.write(|tx| tx.count(sql, params![kind]))
    };
    assert_eq!((told("call_started"), told("call_ended")), (1, 1));
    let subject = sent.order.call.id.to_string();
    let silent = "SELECT count(*) FROM event WHERE subject_id = $1 AND text = ''";
    assert_eq!(sent.write(|tx| tx.count(silent, params![subject.as_str()])), 3);
}

/// Somebody calls us and asks to be called back.
#[test]
fn a_caller_is_called_back_or_a_person_is_told() {
    let inbound = |sent: &Underway, lead: Option<LeadId>| {
        let call = calls::Call {
            direction: Direction::Inbound,
            lead,
            job: None,
            episode: 0,
            attempt: 0,
            status: CallStatus::InProgress,
            started_at: Some(START),
            ..samples::call(50, 1)
        };
        sent.write(|tx| calls::insert(tx, [&call]));
        call
    };
    let ask = |sent: &Underway, call: calls::Call| {
        let report = Report {
            user_messages: vec!["Can somebody call me tomorrow?".into()],
            structured: serde_json::json!({ "outcome": "callback", "callback_at": "2026-09-22T10:00:00Z" }),
            ..Report::default()
        };
        let heard = CallUpdate {
            report: Some(report),
            ended_reason: Some("customer-ended-call".into()),
            ..CallUpdate::default()
        };
        let id = call.id;
        sent.write(|tx| {
            call_flow::update(tx, &sent.ctx, &call, &heard)?;
            Ok(calls::need(tx, id)?.outcome)
        })
    };
    // A lead that waits for its next call.
    let sent = under_way();
    sent.consented();
    sent.answer(&Sent::NotSent("no route".into()));
    let call = inbound(&sent, Some(sent.order.lead.id));
    assert_eq!(ask(&sent, call), Some(Outcome::CallbackRequested));
    assert_eq!((sent.lead(), sent.job()), (LeadStatus::Callback, JobState::Cancelled));
    assert!(sent.planned().is_some_and(|job| job.run_at > START + HOUR));
    assert!(!sent.faults().contains(&"call.promised".to_owned()));
    // Nobody's lead; one without consent; one we are calling at this moment.
    let sent = under_way();
    let call = inbound(&sent, None);
    ask(&sent, call);
    assert_eq!(sent.faults(), ["call.promised"]);
    let sent = under_way();
    sent.answer(&Sent::NotSent("no route".into()));
    let call = inbound(&sent, Some(sent.order.lead.id));
    ask(&sent, call);
    assert_eq!(sent.lead(), LeadStatus::Held);
    assert!(sent.faults().contains(&"call.promised".to_owned()));
    let sent = under_way();
    sent.consented();
    let call = inbound(&sent, Some(sent.order.lead.id));
    ask(&sent, call);
    assert_eq!((sent.lead(), sent.faults()), (LeadStatus::Calling, vec!["call.promised".to_owned()]));
}
