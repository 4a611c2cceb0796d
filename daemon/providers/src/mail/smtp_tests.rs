//! The SMTP transport against a small server on loopback: every answer, and every way to lose
//! one.

use super::compose::Composed;
use super::compose_tests::mail;
use super::connection::{Door, Protection, Trouble};
use super::smtp_server::Act::{self, *};
use super::smtp_server::{MESSAGE, Seen, server, usual};
use super::{Class, Deadlines, Login, Mail, Posted, Retry, Secret, Settings, Smtp, Tls, Transport};
use crate::outcome::{Refusal, RefusalClass, Sent};
use lettre::transport::smtp::extension::ClientId;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

pub(super) fn settings(port: u16) -> Settings {
    Settings {
        port,
        deadlines: Deadlines {
            connect: Duration::from_secs(5),
            command: Duration::from_secs(5),
            content: Duration::from_secs(5),
        },
        ..Settings::new("127.0.0.1", Tls::None)
    }
}

fn smtp(port: u16) -> Smtp {
    Smtp::new(settings(port)).unwrap()
}

/// Sends one message to a server that answers lines beginning with `at` as told.
async fn send_when(at: &'static str, act: fn() -> Act) -> (Posted, Seen) {
    let (port, seen) = server(move |_, line| if line.starts_with(at) { act() } else { usual(line) }).await;
    (Transport::Smtp(smtp(port)).send(&mail()).await, seen)
}

#[tokio::test]
async fn a_message_arrives_whole() {
    let (port, seen) = server(|_, line| usual(line)).await;
    let mail = Mail { text: ".\r\n..dots\nlast".into(), ..mail() };
    let posted = smtp(port).send(&mail).await;
    let Sent::Done(accepted) = posted.sent else { panic!("{posted:?}") };
    assert_eq!(accepted.said, "2.0.0 Ok: queued as 4F3A1");
    assert_eq!(accepted.provider_id, None);
    let lines = seen.lines.lock().unwrap().iter().map(|(_, line)| line.clone()).collect::<Vec<_>>();
    assert!(lines.contains(&"MAIL FROM:<desk@harbour.example>".to_owned()), "{lines:?}");
    assert!(lines.contains(&"RCPT TO:<zoe@example.com>".to_owned()));
    let message = &seen.messages.lock().unwrap()[0];
    assert!(message.ends_with("\r\n\r\n..\r\n...dots\r\nlast\r\n\r\n.\r\n"), "{message:?}");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    type Case = (&'static str, fn() -> Act, Class);
    let cases: [Case; 9] = [
        ("<greeting>", || Say("554 5.7.1 go away"), Class::GreetingRefused),
        ("<greeting>", || Say("421 busy"), Class::Busy),
        ("MAIL", || Say("530 5.7.0 Must issue a STARTTLS command first"), Class::Tls),
        ("MAIL", || Say("550 5.4.5 Daily user sending limit exceeded"), Class::Quota),
        (
            "RCPT",
            || Say("550-5.1.1 The account does not exist.\r\n550 5.1.1 Try elsewhere"),
            Class::NoSuchAddress,
        ),
        ("RCPT", || Say("451 4.7.1 Greylisted"), Class::Greylisted),
        ("RCPT", || Say("552 5.2.2 Mailbox full"), Class::MailboxFull),
        ("DATA", || Say("432 4.3.2 Concurrent connections limit exceeded"), Class::Busy),
        (MESSAGE, || Say("554 5.7.1 spam"), Class::Policy),
    ];
    for (at, act, class) in cases {
        let (posted, seen) = send_when(at, act).await;
        assert_eq!(posted.class, Some(class), "{at} {posted:?}");
        let fits = match class.retry() {
            Retry::After { .. } | Retry::Slower { .. } => matches!(posted.sent, Sent::Busy { .. }),
            _ => matches!(posted.sent, Sent::Refused(_)),
        };
        assert!(fits, "{posted:?}");
        assert_eq!(seen.messages.lock().unwrap().len(), usize::from(at == MESSAGE), "{at}");
    }
}

#[tokio::test]
async fn m1_a_wrong_password_is_about_the_account() {
    let (port, seen) = server(|_, line| match line.starts_with("AUTH") {
        true => Say("535 5.7.8 Username and Password not accepted"),
        false => usual(line),
    })
    .await;
    let login = |secret| Some(Login { user: "desk".into(), secret });
    let password = Secret::Password("wrong".to_owned().into());
    let smtp = Smtp::new(Settings { login: login(password), ..settings(port) }).unwrap();
    let posted = smtp.send(&mail()).await;
    assert_eq!(posted.class, Some(Class::Login));
    assert!(matches!(&posted.sent, Sent::Refused(Refusal { class: RefusalClass::Access, status: 535, .. })));
    assert_eq!(smtp.check().await.class, Some(Class::Login));
    assert_eq!(seen.count("MAIL"), 0);
    // A server that does not know our way of logging in is not asked to try.
    let token = Secret::Token("t".to_owned().into());
    let smtp = Smtp::new(Settings { login: login(token), ..settings(port) }).unwrap();
    assert_eq!(smtp.send(&mail()).await.class, Some(Class::Login));
}

#[tokio::test]
async fn a_login_is_made_with_the_password() {
    let (port, seen) = server(|_, line| usual(line)).await;
    let login = Login { user: "desk".into(), secret: Secret::Password("pw".to_owned().into()) };
    let smtp = Smtp::new(Settings { login: Some(login), ..settings(port) }).unwrap();
    assert_eq!(smtp.check().await.sent, Sent::Done(()));
    assert_eq!((seen.count("AUTH PLAIN AGRlc2sAcHc="), seen.count("MAIL")), (1, 0));
}

#[tokio::test]
async fn m9_without_starttls_nothing_is_sent() {
    let (port, seen) = server(|_, line| usual(line)).await;
    let smtp = Smtp::new(Settings { tls: Tls::Starttls, ..settings(port) }).unwrap();
    let posted = smtp.send(&mail()).await;
    assert_eq!(posted.class, Some(Class::Tls), "{posted:?}");
    assert_eq!((seen.count("MAIL"), seen.count("AUTH")), (0, 0));
    // A port that speaks in the clear is no TLS either.
    let smtp = Smtp::new(Settings { tls: Tls::Implicit, ..settings(port) }).unwrap();
    let posted = smtp.send(&mail()).await;
    assert_eq!(posted.class, Some(Class::Tls), "{posted:?}");
}

#[tokio::test]
async fn lost_before_the_end_of_the_message_is_not_sent() {
    for at in ["<greeting>", "EHLO", "MAIL", "RCPT", "DATA"] {
        let (posted, _) = send_when(at, || Close).await;
        assert!(matches!(posted.sent, Sent::NotSent(_)) && posted.class.is_none(), "{at} {posted:?}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert!(matches!(smtp(port).send(&mail()).await.sent, Sent::NotSent(_)));
}

/// More than the kernels of both sides take off our hands.
fn endless() -> Composed {
    let bytes = "word word word\r\n".repeat(2_000_000).into_bytes();
    let address = |text: &str| text.parse().unwrap();
    Composed { from: address("desk@harbour.example"), to: address("zoe@example.com"), bytes }
}

#[tokio::test]
async fn a_server_that_did_not_read_the_message_does_not_have_it() {
    // It goes away in the middle, or reads no further.
    for act in [(|| Hangup("354 go on")) as fn() -> Act, || Stall("354 go on")] {
        let (port, _) =
            server(move |_, line| if line.starts_with("DATA") { act() } else { usual(line) }).await;
        let mut deadlines = settings(port).deadlines;
        deadlines.content = Duration::from_millis(500);
        let door = Door {
            host: "127.0.0.1".into(),
            port,
            protection: Protection::None,
            login: None,
            hello: ClientId::default(),
            deadlines,
        };
        let mut connection = door.open().await.unwrap_or_else(|trouble| panic!("{trouble:?}"));
        let trouble = connection.carry(&endless()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Lost(_)), "{trouble:?}");
    }
}

#[tokio::test]
async fn lost_after_the_message_is_unknown() {
    let (posted, seen) = send_when(MESSAGE, || Close).await;
    assert!(matches!(posted.sent, Sent::Unknown(_)) && posted.class.is_none(), "{posted:?}");
    assert_eq!((seen.messages.lock().unwrap().len(), seen.connections()), (1, 1), "sent once");
    // Silence, and an answer nobody can read, are no answer.
    let (port, _) = server(|_, line| match line {
        MESSAGE => Stall("250-2.0.0 wait"),
        line => usual(line),
    })
    .await;
    let mut settings = settings(port);
    settings.deadlines.content = Duration::from_millis(300);
    let posted = Smtp::new(settings).unwrap().send(&mail()).await;
    assert!(matches!(posted.sent, Sent::Unknown(_)), "{posted:?}");
    let (posted, _) = send_when(MESSAGE, || Say("what?")).await;
    assert!(matches!(posted.sent, Sent::Unknown(_)), "{posted:?}");
}

#[tokio::test]
async fn one_connection_carries_many_messages_and_outlives_refusals() {
    let (port, seen) = server(|_, line| match line {
        "RCPT TO:<no@example.com>" => Say("550 5.1.1 no such user"),
        line => usual(line),
    })
    .await;
    let smtp = smtp(port);
    let mut no = mail();
    no.to.address = "no@example.com".into();
    assert!(matches!(smtp.send(&mail()).await.sent, Sent::Done(_)));
    assert_eq!(smtp.send(&no).await.class, Some(Class::NoSuchAddress));
    assert!(matches!(smtp.send(&mail()).await.sent, Sent::Done(_)));
    assert_eq!((seen.connections(), seen.count("RSET"), seen.messages.lock().unwrap().len()), (1, 1, 2));
    smtp.close_idle().await;
    assert_eq!(seen.count("QUIT"), 1);
}

#[tokio::test]
async fn m3_a_dead_idle_connection_loses_nothing() {
    // Gone when asked, and gone between the question and the message.
    for (at, act) in
        [("NOOP", (|| Close) as fn() -> Act), ("MAIL", || Say("421 4.4.2 idle too long")), ("MAIL", || Close)]
    {
        let used = Arc::new(Mutex::new(false));
        let (port, seen) = server(move |number, line| {
            let mut used = used.lock().unwrap();
            *used |= line == MESSAGE;
            if number == 0 && *used && line.starts_with(at) { act() } else { usual(line) }
        })
        .await;
        let smtp = smtp(port);
        assert!(matches!(smtp.send(&mail()).await.sent, Sent::Done(_)));
        let posted = smtp.send(&mail()).await;
        assert!(matches!(posted.sent, Sent::Done(_)), "{at} {posted:?}");
        assert_eq!((seen.connections(), seen.messages.lock().unwrap().len()), (2, 2), "{at}");
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let (port, seen) = server(|_, line| usual(line)).await;
    let smtp = Smtp::new(Settings { connections: 1, ..settings(port) }).unwrap();
    let mail = mail();
    let (a, b, c) = tokio::join!(smtp.send(&mail), smtp.send(&mail), smtp.send(&mail));
    assert!([a, b, c].iter().all(|posted| matches!(posted.sent, Sent::Done(_))));
    assert_eq!(seen.connections(), 1);
}

#[test]
fn debug_shows_no_login() {
    let login = Login { user: "desk".into(), secret: Secret::Password("hush".to_owned().into()) };
    let smtp = Smtp::new(Settings { login: Some(login), ..settings(25) }).unwrap();
    assert!(!format!("{smtp:?}").contains("hush"));
}
