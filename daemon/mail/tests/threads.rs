//! Which conversation a mail belongs to, and when nobody may guess.

mod support;

use frontdesk_mail::{Because, Belongs, Candidate, thread};
use support::{mail, recorded};

fn candidate(thread: u32, client: u32) -> Candidate<u32> {
    Candidate {
        thread,
        client,
        tokens: vec![format!("t{thread}")],
        ids: vec![format!("conf-{thread}@desk.example")],
        visible: vec![format!("R-{thread}")],
        people: vec!["dana@customer.example".into()],
        subject: "Your visit".into(),
        open: true,
    }
}

fn certain(belongs: &Belongs<u32>) -> Option<(u32, Because)> {
    match belongs {
        Belongs::Certain { thread, because, .. } => Some((*thread, *because)),
        _ => None,
    }
}

#[test]
fn a_token_beats_references_and_says_so() {
    let reading = mail("To: bookings+T1@desk.example\nIn-Reply-To: <conf-2@desk.example>\nSubject: x", "hi");
    let found = thread(&reading, &[candidate(1, 9), candidate(2, 9)], None);
    let expected =
        Belongs::Certain { thread: 1, because: Because::Token, stranger: false, contradicted: true };
    assert_eq!(found, expected);
    let delivered = mail("To: x@list.example\nDelivered-To: bookings+t2@desk.example", "hi");
    assert_eq!(
        certain(&thread(&delivered, &[candidate(1, 9), candidate(2, 9)], None)),
        Some((2, Because::Token))
    );
}

#[test]
fn a_stranger_with_a_token_joins_as_a_stranger() {
    let reading = mail("From: s@other.example\nTo: bookings+t1@desk.example", "cancel it");
    assert!(matches!(thread(&reading, &[candidate(1, 9)], None), Belongs::Certain { stranger: true, .. }));
}

#[test]
fn an_answer_stays_in_its_conversation_whatever_its_subject() {
    let reading = mail("In-Reply-To: <conf-1@desk.example> (from Outlook)\nSubject: Something else", "hi");
    assert_eq!(certain(&thread(&reading, &[candidate(1, 9)], None)), Some((1, Because::InReplyTo)));
    for value in
        ["conf-1@desk.example", "<x@y.example> <conf-1@desk.example>", "\"Dana\" <conf-1@desk.example>"]
    {
        let reading = mail(&format!("In-Reply-To: {value}"), "hi");
        assert_eq!(
            certain(&thread(&reading, &[candidate(1, 9)], None)),
            Some((1, Because::InReplyTo)),
            "{value}"
        );
    }
}

#[test]
fn references_count_with_the_subject_only() {
    let with = |subject: &str| {
        mail(&format!("References: <a@b.example>\n <conf-1@desk.example>\nSubject: {subject}"), "hi")
    };
    assert_eq!(
        certain(&thread(&with("AW: Your visit"), &[candidate(1, 9)], None)),
        Some((1, Because::References))
    );
    assert_eq!(thread(&with("Other boiler"), &[candidate(1, 9)], None), Belongs::Ambiguous(vec![1]));
}

#[test]
fn equal_subjects_merge_nobody_across_people_or_clients() {
    let reading = mail("Subject: Re: Your visit", "hi");
    assert_eq!(certain(&thread(&reading, &[candidate(1, 9)], None)), Some((1, Because::SenderAndSubject)));
    let mut other = candidate(2, 9);
    other.people = vec!["ann@customer.example".into()];
    assert_eq!(
        certain(&thread(&reading, &[candidate(1, 9), other.clone()], None)),
        Some((1, Because::SenderAndSubject))
    );
    assert_eq!(thread(&reading, &[other], None), Belongs::Unknown);
    assert_eq!(thread(&reading, &[candidate(1, 9), candidate(2, 8)], None), Belongs::Ambiguous(vec![1, 2]));
    assert_eq!(
        certain(&thread(&reading, &[candidate(1, 9), candidate(2, 8)], Some(&8))),
        Some((2, Because::SenderAndSubject))
    );
    assert_eq!(thread(&reading, &[candidate(1, 9), candidate(2, 9)], None), Belongs::Ambiguous(vec![1, 2]));
    // A new mail of the same words is no answer.
    assert_eq!(
        thread(&mail("Subject: Your visit", "hi"), &[candidate(1, 9)], None),
        Belongs::Ambiguous(vec![1])
    );
    let mut closed = candidate(1, 9);
    closed.open = false;
    assert_eq!(thread(&reading, &[closed], None), Belongs::Unknown);
}

#[test]
fn a_visible_reference_counts_for_whoever_takes_part() {
    let reading = mail("Subject: x", "About R-1, please.");
    assert_eq!(
        certain(&thread(&reading, &[candidate(1, 9), candidate(2, 9)], None)),
        Some((1, Because::Visible))
    );
    assert_eq!(
        thread(&mail("From: s@other.example", "About R-1"), &[candidate(1, 9)], None),
        Belongs::Ambiguous(vec![1])
    );
    assert_eq!(
        thread(&mail("Subject: x", "AR-15 or R-12"), &[candidate(1, 9)], None),
        Belongs::Ambiguous(vec![1])
    );
    let forwarded = recorded("forwarded-by-assistant");
    assert_eq!(forwarded.tokens_in_text, ["r42.k7x9"]);
    let mut candidate = candidate(1, 9);
    candidate.tokens = vec!["r42.k7x9".into()];
    assert_eq!(thread(&forwarded, &[candidate], None), Belongs::Ambiguous(vec![1]));
}

#[test]
fn a_forward_to_another_client_is_for_a_person_to_decide() {
    let reading = mail("In-Reply-To: <conf-1@desk.example>\nSubject: WG: Your visit", "hi");
    assert_eq!(thread(&reading, &[candidate(1, 9)], Some(&8)), Belongs::Ambiguous(vec![1]));
}

#[test]
fn reports_belong_to_the_mail_they_return() {
    let mut candidate = candidate(1, 9);
    candidate.ids = vec!["conf-48.d3la@desk.example".into()];
    assert_eq!(
        certain(&thread(&recorded("delayed-dsn-4xx"), &[candidate], None)),
        Some((1, Because::Returned))
    );
}

#[test]
fn copies_are_known_and_others_are_not() {
    let one = mail("Received: a", "hello there");
    let again = mail("Received: b\nX-Other: 1", "hello there");
    assert_eq!(one.key, again.key);
    assert_ne!(one.key, mail("", "hello again").key);
    assert_ne!(one.key, mail("From: ann@customer.example", "hello there").key);
    // A copy through a hook has lost its header.
    assert_eq!(one.likeness, frontdesk_mail::likeness("Dana@customer.example", "", "Hello   there"));
    assert!(mail("Message-ID: <>", "a").message_id.is_none());
    assert_ne!(mail("Message-ID: <>", "a").key, mail("Message-ID: <>", "b").key);
}

#[test]
fn an_answer_names_the_whole_conversation() {
    let reading = mail("References: <a@b.example> <c@d.example>\nIn-Reply-To: <e@f.example>", "hi");
    assert_eq!(
        reading.references_of_answer(),
        ["a@b.example", "c@d.example", "e@f.example", "m1@customer.example"]
    );
}

#[test]
fn dates_that_cannot_be_are_none() {
    for date in ["", "Thu, 01 Jan 1970 00:00:00 +0000", "yesterday", "Fri, 99 Foo 2026 77:00:00"] {
        assert_eq!(mail(&format!("Date: {date}"), "hi").date_ms, None, "{date}");
    }
}
