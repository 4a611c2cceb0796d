//! Messages as bytes: structure, headers, and what people type into names and subjects.

use super::Class;
use super::compose::compose;
use super::message::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_shared::{MessageId, Millis};
use proptest::prelude::*;

pub(super) const ICS: &str =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

pub(super) fn mail() -> Mail {
    Mail {
        id: MessageId(7),
        message_id: "<0000000000007@desk.example>".into(),
        date: Millis::from_iso("2027-03-01T09:00:00Z").unwrap(),
        from: Mailbox { name: "Harbour Plumbing".into(), address: "desk@harbour.example".into() },
        reply_to: None,
        to: Mailbox { name: "Zoë Lee".into(), address: "zoe@example.com".into() },
        subject: "Your appointment".into(),
        text: "See you on Monday.\n".into(),
        html: None,
        invite: None,
        unsubscribe_url: None,
        auto_submitted: AutoSubmitted::Generated,
        in_reply_to: None,
        references: Vec::new(),
    }
}

pub(super) fn invited() -> Mail {
    Mail {
        html: Some("<p>See you on Monday.</p>".into()),
        invite: Some(InvitePart { method: InviteMethod::Request, ics: ICS.into() }),
        ..mail()
    }
}

fn bytes(mail: &Mail) -> String {
    match compose(mail) {
        Ok(composed) => String::from_utf8(composed.bytes).unwrap(),
        Err(no) => panic!("{no:?}"),
    }
}

fn refused(mail: &Mail) -> Class {
    compose(mail).err().unwrap().class
}

/// Header names and unfolded values, up to the first empty line.
fn headers(text: &str) -> Vec<(String, String)> {
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n")
        .map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap())
        .collect()
}

fn header(text: &str, name: &str) -> Option<String> {
    headers(text).into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

#[test]
fn plain_text_is_one_part() {
    let text = bytes(&mail());
    assert_eq!(header(&text, "Content-Type").unwrap(), "text/plain; charset=utf-8");
    assert_eq!(header(&text, "Message-ID").unwrap(), "<0000000000007@desk.example>");
    assert_eq!(header(&text, "Date").unwrap(), "Mon, 01 Mar 2027 09:00:00 +0000");
    assert_eq!(header(&text, "From").unwrap(), "\"Harbour Plumbing\" <desk@harbour.example>");
    assert!(header(&text, "To").unwrap().ends_with("<zoe@example.com>"));
    assert!(text.contains("\r\n\r\nSee you on Monday.\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn an_invitation_has_the_structure_calendars_take() {
    let text = bytes(&invited());
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    let order = [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
        "Content-Disposition: attachment; filename=\"invite.ics\"",
    ];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?}");
    }
    let encoded = STANDARD.encode(ICS);
    assert_eq!(text.replace("\r\n", "").matches(&encoded).count(), 2);
    assert_eq!(bytes(&invited()), text, "the same bytes in every try");
}

#[test]
fn the_method_of_the_file_is_the_method_of_the_part() {
    let mut mail = invited();
    mail.invite = Some(InvitePart { method: InviteMethod::Cancel, ics: ICS.into() });
    assert_eq!(refused(&mail), Class::Malformed);
}

#[test]
fn m6_machines_are_told_that_a_machine_wrote_this() {
    let text = bytes(&mail());
    assert_eq!(header(&text, "Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(header(&text, "X-Auto-Response-Suppress").unwrap(), "OOF, AutoReply");
    let reply = Mail {
        auto_submitted: AutoSubmitted::Replied,
        in_reply_to: Some("<q1@x.example>".into()),
        references: vec!["<q0@x.example>".into(), "not an id\r\nBcc: a@b".into(), "<q1@x.example>".into()],
        ..mail()
    };
    let text = bytes(&reply);
    assert_eq!(header(&text, "Auto-Submitted").unwrap(), "auto-replied");
    assert_eq!(header(&text, "In-Reply-To").unwrap(), "<q1@x.example>");
    assert_eq!(header(&text, "References").unwrap(), "<q0@x.example> <q1@x.example>");
    let loops = Mail { to: Mailbox { name: String::new(), address: "Desk@harbour.example".into() }, ..reply };
    assert_eq!(refused(&loops), Class::Malformed);
    let nobody = Mail { to: Mailbox { name: String::new(), address: "<>".into() }, ..mail() };
    assert_eq!(refused(&nobody), Class::NoSuchAddress);
}

#[test]
fn long_threads_keep_their_ends() {
    let references = (0..100).map(|n| format!("<{n}@x.example>")).collect();
    let text = bytes(&Mail { references, ..mail() });
    let kept = header(&text, "References").unwrap();
    assert!(kept.starts_with("<0@x.example> <81@x.example>") && kept.ends_with("<99@x.example>"), "{kept}");
}

#[test]
fn m5_one_click_headers_only_with_a_link() {
    let url = format!("https://desk.example/u/{}", "x".repeat(300));
    let text = bytes(&Mail { unsubscribe_url: Some(url.clone()), ..mail() });
    assert_eq!(header(&text, "List-Unsubscribe").unwrap().trim(), format!("<{url}>"));
    assert_eq!(header(&text, "List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    assert_eq!(header(&bytes(&mail()), "List-Unsubscribe"), None);
    let bad = Mail { unsubscribe_url: Some("https://x/>\r\nBcc: a@b".into()), ..mail() };
    assert_eq!(refused(&bad), Class::Malformed);
}

#[test]
fn m4_answers_go_where_the_client_wants() {
    let reply_to = Some(Mailbox { name: "Harbour".into(), address: "ann@harbour.example".into() });
    let text = bytes(&Mail { reply_to, ..mail() });
    assert!(header(&text, "Reply-To").unwrap().ends_with("<ann@harbour.example>"));
}

#[test]
fn m7_no_header_can_be_added() {
    let nasty = "Lee, Ann \"Al\" <x@y.z>\r\nBcc: spy@evil.example\r\n\r\nbody";
    let text = bytes(&Mail {
        subject: nasty.into(),
        from: Mailbox { name: nasty.into(), address: "desk@harbour.example".into() },
        to: Mailbox { name: nasty.into(), address: "zoe@example.com".into() },
        ..mail()
    });
    assert!(!text.contains("\r\nBcc"), "{text}");
    assert!(headers(&text).iter().all(|(name, _)| name != "Bcc"));
    let quoted = Mailbox { name: "Lee, Ann \"Al\" <x>".into(), address: "zoe@example.com".into() };
    let name = header(&bytes(&Mail { to: quoted, ..mail() }), "To").unwrap();
    // Encoded or quoted, but never bare: to a mail program a comma begins another recipient.
    let encoded = STANDARD.encode("Lee, Ann \"Al\" <x>");
    assert_eq!(name, format!("=?utf-8?b?{encoded}?= <zoe@example.com>"));
    for bad in ["a@b.c\r\nRCPT TO:<x@y.z>", "a@b.c>", "a b@c.d"] {
        let to = Mailbox { name: String::new(), address: bad.into() };
        assert_eq!(refused(&Mail { to, ..mail() }), Class::NoSuchAddress);
        let from = Mailbox { name: String::new(), address: bad.into() };
        assert_eq!(refused(&Mail { from, ..mail() }), Class::SenderRefused);
    }
    assert_eq!(refused(&Mail { message_id: "<a@b>\r\nX: y".into(), ..mail() }), Class::Malformed);
}

#[test]
fn instants_that_cannot_be_written_and_endless_bodies_are_refused() {
    for date in [-1, i64::MIN, i64::MAX] {
        assert_eq!(refused(&Mail { date: Millis(date), ..mail() }), Class::Malformed);
    }
    assert_eq!(refused(&Mail { text: "x".repeat(2_000_000), ..mail() }), Class::TooBig);
}

#[test]
fn debug_shows_nobody() {
    let shown = format!("{:?}", invited());
    assert!(!shown.contains('@') && !shown.contains("Monday") && !shown.contains("VCALENDAR"), "{shown}");
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(
            prop_oneof![
                Just("\r\n"),
                Just("\n"),
                Just("\r"),
                Just("\r\n\r\n"),
                Just("Bcc: x@y.z"),
                Just("\""),
                Just("\\"),
                Just("<a@b>"),
                Just(","),
                Just("ä"),
                Just("😀"),
                Just("=?utf-8?q?x?="),
                Just(" "),
                Just("word"),
                Just("\0"),
            ],
            0..30,
        )
        .prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_typed_adds_no_header_and_no_endless_line(
        subject in typed(), from in typed(), to in typed(), text in typed(), html in typed(),
    ) {
        let mail = Mail {
            subject,
            from: Mailbox { name: from, address: "desk@harbour.example".into() },
            to: Mailbox { name: to, address: "zoe@example.com".into() },
            text,
            html: Some(html),
            ..invited()
        };
        let composed = bytes(&mail);
        let mut names: Vec<String> = headers(&composed).into_iter().map(|(name, _)| name).collect();
        names.sort();
        prop_assert_eq!(names, [
            "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
            "X-Auto-Response-Suppress",
        ]);
        prop_assert!(composed.is_ascii());
        prop_assert!(composed.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    }

    #[test]
    fn no_address_breaks_out(address in any::<String>()) {
        let to = Mailbox { name: String::new(), address };
        if let Ok(composed) = compose(&Mail { to, ..mail() }) {
            let to = composed.to.to_string();
            prop_assert!(to.is_ascii() && !to.contains([' ', '\r', '\n', '<', '>', ',', ';', '"']), "{to}");
        }
    }
}
