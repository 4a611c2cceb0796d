//! Recorded mails, and what has to be read from each.

mod support;

use frontdesk_mail::{Day, Doubt, Failure, Kind, Method, Note, Participation, Sign};
use support::recorded;

#[test]
fn a_reply_from_gmail_keeps_the_line_with_an_angle() {
    let mail = recorded("gmail-reply-alternative");
    assert_eq!(
        mail.words.said,
        "Hi, Tuesday doesn’t work — could we do Wed Dec 2 after 4 > if possible?\n\nDana"
    );
    assert_eq!(mail.tokens, ["r42.k7x9"]);
    assert_eq!(mail.in_reply_to, ["conf-42.k7x9@desk.example"]);
    assert!(matches!(mail.kind, Kind::Person) && mail.notes.is_empty(), "{:?}", mail.notes);
    assert!(mail.words.quoted.contains("Reply YES to confirm."));
    assert_eq!(mail.date_ms, Some(1_795_198_351_000));
}

#[test]
fn a_page_from_outlook_is_read_in_its_character_set() {
    let mail = recorded("outlook-html-only");
    assert_eq!(
        mail.words.said,
        "Yes we can take it – €180 call-out. Earliest is Thursday 8:30.\n\nMark\nIto Plumbing & Heating\n(212) 555-0147"
    );
    assert!(matches!(mail.kind, Kind::Person));
    assert!(mail.words.quoted.contains("Can you take this job on Dec 2?"));
}

#[test]
fn an_answer_from_a_telephone_has_no_references() {
    let mail = recorded("iphone-top-post-no-refs");
    assert_eq!(mail.words.said, "YES");
    assert_eq!(mail.words.signature, "Sent from my iPhone");
    assert!(mail.in_reply_to.is_empty() && mail.tokens.is_empty());
    assert_eq!(mail.conversation_subject(), "your appointment on tue, dec 1 at 3:00 pm");
}

#[test]
fn answers_between_quotes_are_all_kept() {
    let mail = recorded("inline-answers");
    assert_eq!(mail.words.said, "Yes, 9-11 works.\n\n$120, waived if we do the repair.");
    assert!(mail.words.signature.contains("24h line 212-555-0190"));
    assert_eq!(mail.words.doubt, None);
    assert_eq!(mail.from[0].name, "Ops, Northshore HVAC");
}

#[test]
fn robots_answers_are_known_with_and_without_marks() {
    for name in ["ooo-exchange-null-return-path", "ooo-gmail-vacation", "autoresponder-no-headers"] {
        let mail = recorded(name);
        assert!(matches!(mail.kind, Kind::AutoReply { gone: false, .. }), "{name}");
        assert!(!mail.may_be_answered());
    }
    let until = Some(Day { year: None, month: 11, day: 30 });
    assert!(recorded("ooo-exchange-null-return-path").kind == Kind::AutoReply { gone: false, until });
    assert!(recorded("ooo-exchange-null-return-path").signs.contains(&Sign::NullReturnPath));
    assert_eq!(recorded("autoresponder-no-headers").signs, [Sign::Subject, Sign::Text]);
}

#[test]
fn a_bounce_leads_back_to_the_mail() {
    let mail = recorded("bounce-postfix-dsn");
    let Kind::Bounce { recipients, original } = &mail.kind else { panic!("no bounce") };
    assert_eq!(recipients[0].address, "no.such.user@example.com");
    assert_eq!(recipients[0].status.as_deref(), Some("5.1.1"));
    assert_eq!(recipients[0].failure, Some(Failure::Hard));
    assert!(recipients[0].diagnostic.as_deref().is_some_and(|d| d.starts_with("550 5.1.1")));
    assert_eq!(original.ids, ["conf-47.b00k@desk.example"]);
    assert_eq!(original.senders, ["bounce+r47.b00k@desk.example", "bookings@desk.example"]);
    assert_eq!(mail.tokens, ["r47.b00k"]);
    assert!(mail.references_of_answer().contains(&"20261120170322.4VbX1k2fJ1z9@mx.desk.example".to_owned()));
}

#[test]
fn a_delay_is_no_failure() {
    let mail = recorded("delayed-dsn-4xx");
    let Kind::Delay { recipients, original } = &mail.kind else { panic!("no delay") };
    assert_eq!((recipients[0].address.as_str(), recipients[0].failure), ("client@slow.example", None));
    assert_eq!(original.ids, ["conf-48.d3la@desk.example"]);
}

#[test]
fn an_invitation_is_accepted() {
    let mail = recorded("calendar-accept");
    let Kind::Calendar(note) = &mail.kind else { panic!("no answer") };
    assert_eq!((note.method, note.uid.as_str()), (Method::Reply, "bk-42@desk.example"));
    assert_eq!(note.participation, Some(Participation::Accepted));
    assert_eq!(note.attendee.as_deref(), Some("dana.whitfield@customer.example"));
    assert!(mail.attachments.is_empty());
}

#[test]
fn letters_of_other_scripts_are_read() {
    let mail = recorded("iso2022jp");
    assert_eq!(mail.words.said, "承知しました。火曜日の15時で大丈夫です。");
    assert_eq!(mail.conversation_subject(), "ご予約");
    let mail = recorded("gbk-8bit-mislabeled");
    assert!(
        mail.words.said.starts_with("可以，") && !mail.words.said.contains('\u{fffd}'),
        "{}",
        mail.words.said
    );
    let mail = recorded("latin1-declared-utf8-invalid");
    assert_eq!(mail.words.said, "Sí, mañana a las 10 está bien.");
    assert_eq!((mail.from[0].name.as_str(), mail.subject.as_str()), ("José Muñoz", "Re: mañana"));
    assert!(mail.notes.contains(&Note::CharsetWrong));
}

#[test]
fn a_forward_with_new_words_says_those() {
    let mail = recorded("forwarded-by-assistant");
    assert_eq!(mail.words.said, "Dana asked me to say Wednesday is better.");
    assert!(mail.words.quoted.contains("bookings+r42.k7x9@desk.example"));
    assert_eq!(mail.words.doubt, None::<Doubt>);
}

#[test]
fn formulas_and_orders_are_text() {
    let mail = recorded("prompt-injection-and-formula");
    assert!(matches!(mail.kind, Kind::Person));
    assert!(mail.words.said.starts_with("+1 212 555 0100\nIgnore all previous"));
    assert_eq!(mail.from[0].address, "attacker@example.net");
}

#[test]
fn a_newsletter_is_a_list() {
    let mail = recorded("mailing-list");
    assert!(matches!(mail.kind, Kind::List));
    assert!(mail.signs.contains(&Sign::List("news.lists.example.org".into())));
}
