//! Mail through a real Postfix, over STARTTLS with a private authority: what arrives in the mailbox is
//! byte for byte what the fake mail server gets, and its refusals are understood.

use frontdesk_providers::mail::{
    AutoSubmitted, InviteMethod, InvitePart, Mail, Mailbox, Posted, Settings, Smtp, Tls,
};
use frontdesk_providers::outcome::Sent;
use frontdesk_sandbox::mail::{Mailroom, SmtpSandbox};
use frontdesk_shared::{MessageId, Millis};
use frontdesk_tests::database::run;
use frontdesk_tests::postfix::{MAILBOX, Postfix};
use frontdesk_tests::{fixtures, wait};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn mail(n: i64, to: &str) -> Mail {
    let mailbox = |name: &str, address: &str| Mailbox { name: name.into(), address: address.into() };
    let long = "Straße ".repeat(300);
    let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";
    Mail {
        id: MessageId(n),
        message_id: format!("<m{n}@frontdesk.example>"),
        date: Millis(1_750_000_000_000),
        from: mailbox("Häfen & Söhne, \"Mitte\"", "desk@frontdesk.example"),
        reply_to: Some(mailbox("Häfen & Söhne", "owner@harbour.example")),
        to: mailbox("Zoë Ångström", to),
        subject: "Ihr Termin am Montag – 14:30 Uhr, 日本".into(),
        text: format!("Hello,\n.\n..dots at the beginning\nFrom here\n{long}\nBye"),
        html: Some(format!("<p>Hello</p>\n<p>{long}</p>")),
        invite: Some(InvitePart { method: InviteMethod::Request, ics: ics.into() }),
        unsubscribe_url: None,
        auto_submitted: AutoSubmitted::Generated,
        in_reply_to: None,
        references: Vec::new(),
    }
}

fn word<T>(posted: &Posted<T>) -> &'static str {
    posted.class.map_or("-", |class| class.word())
}

#[test]
fn m5_what_a_real_server_gets_is_what_the_fake_gets() {
    run(async {
        let Some(postfix) = Postfix::start().await else { return };
        let trusting = Settings {
            port: postfix.at.port(),
            extra_roots_pem: Some(fixtures::bytes("mail/authority.pem")),
            ..Settings::new("localhost", Tls::Starttls)
        };
        let smtp = Smtp::new(trusting.clone()).expect("settings");
        // Twice on one connection.
        for n in [1, 2] {
            let posted = smtp.send(&mail(n, MAILBOX)).await;
            assert!(matches!(posted.sent, Sent::Done(_)), "{posted:?} {}", postfix.log());
        }
        let arrived = postfix.received(2).await;

        let stop = CancellationToken::new();
        let _stop = stop.clone().drop_guard();
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let fake = SmtpSandbox::serve(door, None, Mailroom::default(), stop).expect("the mail server");
        let plain = Smtp::new(Settings::from_url(&fake.url()).expect("a URL")).expect("settings");
        assert!(matches!(plain.send(&mail(1, MAILBOX)).await.sent, Sent::Done(_)));
        let faked = wait::until("the mail", || async { fake.room.messages().into_iter().next() }).await;
        let faked = String::from_utf8(faked.raw).expect("text").replace("\r\n", "\n");
        assert!(arrived[0].ends_with(&faked), "{}\n-- and the fake --\n{faked}", arrived[0]);
        let envelope = &arrived[0][..arrived[0].len() - faked.len()];
        assert!(envelope.contains("Return-Path: <desk@frontdesk.example>"), "{envelope}");
        assert!(envelope.contains("TLSv1.3") && envelope.contains("ESMTPS"), "{envelope}");
        assert!(arrived[0].lines().all(|line| line.len() <= 998), "a server would break it");

        let nobody = smtp.send(&mail(3, "nobody@home.example")).await;
        assert_eq!(word(&nobody), "no-such-address", "{nobody:?}");
        let large = Mail { text: "x".repeat(400_000), ..mail(4, MAILBOX) };
        let large = smtp.send(&large).await;
        assert!(matches!(large.sent, Sent::Refused(_)), "{large:?}");
        // The same connection goes on after refusals.
        assert!(matches!(smtp.send(&mail(5, MAILBOX)).await.sent, Sent::Done(_)));
        smtp.close_idle().await;

        let wary = Smtp::new(Settings { extra_roots_pem: None, ..trusting.clone() }).expect("settings");
        let unproved = wary.send(&mail(6, MAILBOX)).await;
        assert_eq!(word(&unproved), "tls", "nobody vouches for it: {unproved:?}");
        let open = Smtp::new(Settings { tls: Tls::None, ..trusting }).expect("settings");
        let open = open.send(&mail(7, MAILBOX)).await;
        assert!(matches!(open.sent, Sent::Refused(_)), "it insists on STARTTLS: {open:?}");
        assert_eq!(postfix.received(3).await.len(), 3);
    });
}
