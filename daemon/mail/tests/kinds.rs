//! What a mail is, case by case.

mod support;

use frontdesk_mail::{Failure, Kind, Method, Participation, Sign};
use support::{mail, report};

fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::Ours => "ours",
        Kind::Complaint { .. } => "complaint",
        Kind::Bounce { .. } => "bounce",
        Kind::Delay { .. } => "delay",
        Kind::Receipt { .. } => "receipt",
        Kind::Calendar(_) => "calendar",
        Kind::AutoReply { .. } => "robot",
        Kind::List => "list",
    }
}

fn kind(fields: &str, body: &str) -> &'static str {
    name(&mail(fields, body).kind)
}

#[test]
fn our_own_mail_comes_back() {
    assert_eq!(kind("From: Desk <Bookings+x@desk.example>", "hello"), "ours");
    assert_eq!(kind("Message-ID: <conf-1@Desk.example>", "hello"), "ours");
    assert_eq!(kind("X-Desk-Mark: 1", "hello"), "ours");
    assert_eq!(kind("X-Other: 1", "hello"), "person");
}

#[test]
fn complaints_are_told_from_other_feedback() {
    let feedback = |kind: &str| {
        mail(
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
            &format!(
                "--b\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n\
                 Original-Rcpt-To: <dana@customer.example>\n--b\nContent-Type: message/rfc822\n\n\
                 From: bookings+r7.aa@desk.example\nMessage-ID: <conf-7@desk.example>\n\nbody\n--b--"
            ),
        )
    };
    for word in ["abuse", "not-spam", "auth-failure"] {
        let Kind::Complaint { feedback, recipients, original } = feedback(word).kind else {
            panic!("{word}")
        };
        assert_eq!((feedback.as_str(), recipients), (word, vec!["dana@customer.example".to_owned()]));
        assert_eq!(original.ids, ["conf-7@desk.example"]);
    }
}

#[test]
fn failures_are_told_apart_by_code_and_words() {
    for (status, diagnostic, failure) in [
        ("5.1.1", "550 5.1.1 User unknown", Failure::Hard),
        ("5.2.2", "552 5.2.2 mailbox full", Failure::Full),
        ("4.2.2", "452 over quota", Failure::Full),
        ("4.4.7", "retry time exceeded", Failure::Soft),
        ("5.7.1", "550 5.7.1 Message rejected as spam", Failure::Blocked),
        ("5.0.0", "550 No such user here", Failure::Hard),
        ("5.0.0", "554 5.7.26 not authenticated, DMARC", Failure::Blocked),
        ("5.4.4", "unable to route: no mail hosts for domain", Failure::Hard),
    ] {
        let fields = format!(
            "Final-Recipient: rfc822; gone@customer.example\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}"
        );
        let Kind::Bounce { recipients, .. } = report("", &fields, "Message-ID: <a@desk.example>").kind else {
            panic!("{status}")
        };
        assert_eq!(recipients[0].failure, Some(failure), "{status} {diagnostic}");
    }
}

#[test]
fn nothing_is_made_up_where_a_server_gives_no_reason() {
    let mail = report("", "Final-Recipient: rfc822;gone@customer.example\nAction: failed\nStatus: 5.0.0", "");
    let Kind::Bounce { recipients, .. } = mail.kind else { panic!("no bounce") };
    assert_eq!((recipients[0].failure, recipients[0].diagnostic.as_deref()), (Some(Failure::Unknown), None));
}

#[test]
fn each_recipient_has_a_fate_of_its_own() {
    let mail = report(
        "",
        "Final-Recipient: rfc822; a@customer.example\nAction: delivered\nStatus: 2.0.0\n\n\
         Final-Recipient: rfc822; b@customer.example\nOriginal-Recipient: rfc822; B2@customer.example\nAction: failed\nStatus: 5.1.1",
        "",
    );
    let Kind::Bounce { recipients, .. } = mail.kind else { panic!("no bounce") };
    assert_eq!(recipients.len(), 1);
    assert_eq!(
        (recipients[0].address.as_str(), recipients[0].original.as_deref()),
        ("b@customer.example", Some("b2@customer.example"))
    );
}

#[test]
fn success_and_reading_are_receipts() {
    for action in ["delivered", "relayed", "expanded"] {
        let mail = report(
            "",
            &format!("Final-Recipient: rfc822; a@customer.example\nAction: {action}\nStatus: 2.0.0"),
            "",
        );
        assert_eq!(name(&mail.kind), "receipt", "{action}");
    }
    let read = mail(
        "Subject: Read: Your visit\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b",
        "--b\n\nRead.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@customer.example\n\
         Original-Message-ID: <conf-9@desk.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--",
    );
    let Kind::Receipt { what, original } = read.kind else { panic!("no receipt") };
    assert_eq!((what.as_str(), original.ids), ("displayed", vec!["conf-9@desk.example".to_owned()]));
}

#[test]
fn a_report_is_a_report_though_it_says_that_a_robot_sent_it() {
    let mail = report(
        "Auto-Submitted: auto-replied\nTo: <>\nFrom: <\"\"@x>",
        "Final-Recipient: rfc822; a@customer.example\nAction: failed\nStatus: 5.1.1",
        "",
    );
    assert_eq!(name(&mail.kind), "bounce");
}

#[test]
fn notices_without_a_report_are_understood() {
    let system = "From: Mail Delivery System <MAILER-DAEMON@mx.other.example>\nReturn-Path: <>";
    let failed = mail(
        &format!("{system}\nSubject: Mail delivery failed: returning message to sender"),
        "A message that you sent could not be delivered to one or more of its recipients.\n\n  gone@customer.example\n    \
         550 5.1.1 no such user here\n\n------ This is a copy of the message, including all the headers. ------\n\n\
         From: bookings@desk.example\nTo: gone@customer.example\nMessage-ID: <conf-3@desk.example>\n\nHello",
    );
    let Kind::Bounce { recipients, original } = failed.kind else { panic!("no bounce") };
    assert_eq!(
        (recipients[0].address.as_str(), recipients[0].failure),
        ("gone@customer.example", Some(Failure::Hard))
    );
    assert_eq!(original.ids, ["conf-3@desk.example"]);
    assert_eq!(
        kind(
            &format!("{system}\nSubject: Warning: message 1x2y delayed 24 hours"),
            "This message has not been delivered yet."
        ),
        "delay"
    );
    assert_eq!(
        kind(
            "From: postmaster@other.example\nSubject: Delivery incomplete",
            "There was a temporary problem, we will retry."
        ),
        "delay"
    );
    assert_eq!(kind("X-Failed-Recipients: gone@customer.example\nSubject: failure", "It failed."), "bounce");
    // A postmaster is a person too, and a shop may be called anything.
    assert_eq!(kind("From: postmaster@other.example\nSubject: Boiler", "Can you come on Friday?"), "person");
    assert_eq!(
        kind(
            "From: Royal Mail Delivery <info@shop.example>\nSubject: Boiler",
            "Undelivered parcel, call me."
        ),
        "person"
    );
}

fn invite(method: &str, attendee: &str, more: &str) -> frontdesk_mail::Reading {
    mail(
        "Content-Type: multipart/alternative; boundary=b",
        &format!(
            "--b\nContent-Type: text/plain\n\nSee attached.\n--b\nContent-Type: text/calendar; method={method}\n\n\
             BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:bk-42@desk.example\nDTSTART:20261201T160000Z\n{attendee}\n{more}\nEND:VEVENT\nEND:VCALENDAR\n--b--"
        ),
    )
}

#[test]
fn calendar_answers_say_who_and_what() {
    for (word, participation) in [
        ("ACCEPTED", Participation::Accepted),
        ("DECLINED", Participation::Declined),
        ("TENTATIVE", Participation::Tentative),
    ] {
        let mail = invite(
            "REPLY",
            &format!("ATTENDEE;PARTSTAT={word}:mailto:dana@customer.example"),
            "SEQUENCE:2\nCOMMENT:Too early",
        );
        let Kind::Calendar(note) = mail.kind else { panic!("{word}") };
        assert_eq!(
            (note.participation, note.sequence, note.comment.as_str()),
            (Some(participation), 2, "Too early")
        );
    }
    let other = invite("REPLY", "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Friend@customer.example", "");
    assert_eq!(other.calendar.and_then(|note| note.attendee).as_deref(), Some("friend@customer.example"));
    let counter = invite("COUNTER", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:dana@customer.example", "");
    let Kind::Calendar(note) = counter.kind else { panic!("no counter") };
    assert_eq!((note.method, note.start.as_deref()), (Method::Counter, Some("20261201T160000Z")));
    for method in ["REQUEST", "CANCEL", "PUBLISH"] {
        let mail = invite(method, "ATTENDEE:mailto:bookings@desk.example", "");
        assert!(name(&mail.kind) == "person" && mail.calendar.is_some(), "{method}");
    }
}

#[test]
fn robots_are_known_by_their_marks() {
    for (fields, expected) in [
        ("Auto-Submitted: auto-replied; owner-email=\"a@customer.example\"", "robot"),
        ("auto-submitted: no", "person"),
        ("X-Autoreply: yes", "robot"),
        ("X-Autorespond: 1", "robot"),
        ("Precedence: auto_reply", "robot"),
        ("X-Auto-Response-Suppress: All\nSubject: Re: Visit", "person"),
        ("X-Auto-Response-Suppress: None", "person"),
        ("Precedence: bulk\nIn-Reply-To: <conf-1@desk.example>", "person"),
        ("List-Id: Info <info.trade.example>", "person"),
        ("List-Id: Info <news.other.example>", "list"),
        ("List-Unsubscribe: <mailto:x@other.example>\nIn-Reply-To: <conf-1@desk.example>", "person"),
    ] {
        assert_eq!(kind(fields, "Tuesday is fine with me."), expected, "{fields}");
    }
    let weak = mail("X-Auto-Response-Suppress: All\nSubject: Re: Visit", "Tuesday");
    assert!(weak.signs == [Sign::Suppress] && !weak.may_be_answered());
}

#[test]
fn robots_are_known_by_their_subjects() {
    for subject in [
        "Automatic reply: Visit",
        "Automatische Antwort: Termin",
        "Réponse automatique : Rendez-vous",
        "Respuesta automática: Cita",
        "Risposta automatica: Visita",
        "Automatisch antwoord: Afspraak",
        "Odpowiedź automatyczna: Wizyta",
        "自动回复：预约",
        "Out of Office: Visit",
        "Auto reply",
        "Resposta automática: Visita",
    ] {
        assert_eq!(kind(&format!("Subject: {subject}"), "I am away."), "robot", "{subject}");
    }
    for subject in
        ["Re: Out of office desk quote", "Out of office desk quote", "Automatic reply buttons are broken"]
    {
        assert_eq!(kind(&format!("Subject: {subject}"), "Please send it."), "person", "{subject}");
    }
}

#[test]
fn challenges_and_people_who_left() {
    assert_eq!(kind("Subject: Your message", "Please verify you are human by clicking here."), "robot");
    let gone = mail("Subject: Automatic reply: Visit", "Sam is no longer with the company.");
    assert!(matches!(gone.kind, Kind::AutoReply { gone: true, until: None }));
    let reaction = mail(
        "Content-Type: multipart/alternative; boundary=b",
        "--b\nContent-Type: text/plain\n\nDana reacted\n--b\nContent-Type: text/vnd.google.email-reaction+json\n\n{\"emoji\":\"x\"}\n--b--",
    );
    assert!(matches!(reaction.kind, Kind::Person) && reaction.reaction);
}
