//! TLS in both forms against a small server: who is trusted, and what must not be said before.

use super::compose_tests::mail;
use super::smtp_server::Act::{self, *};
use super::smtp_server::{AUTHORITY, server, tls_server, usual};
use super::smtp_tests::settings;
use super::{Class, Login, Secret, Settings, SettingsError, Smtp, Tls};
use crate::outcome::Sent;

fn smtp(port: u16, host: &str, tls: Tls, roots: Option<&[u8]>) -> Smtp {
    let login = Login { user: "desk".into(), secret: Secret::Password("pw".to_owned().into()) };
    let settings = Settings {
        host: host.to_owned(),
        tls,
        login: Some(login),
        extra_roots_pem: roots.map(<[u8]>::to_vec),
        ..settings(port)
    };
    Smtp::new(settings).unwrap()
}

/// Offers STARTTLS, and answers it as told.
fn offering(answer: &'static str) -> impl Fn(usize, &str) -> Act {
    move |_, line| match line {
        "STARTTLS" => Upgrade(answer),
        line if line.starts_with("EHLO") => Say("250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN"),
        line => usual(line),
    }
}

#[tokio::test]
async fn both_forms_carry_mail() {
    let (port, seen) = tls_server(|_, line| usual(line)).await;
    let posted = smtp(port, "localhost", Tls::Implicit, Some(AUTHORITY)).send(&mail()).await;
    assert!(matches!(posted.sent, Sent::Done(_)), "{posted:?}");
    assert_eq!((seen.count("AUTH"), seen.messages.lock().unwrap().len()), (1, 1));

    let (port, seen) = server(offering("220 go on")).await;
    let posted = smtp(port, "localhost", Tls::Starttls, Some(AUTHORITY)).send(&mail()).await;
    assert!(matches!(posted.sent, Sent::Done(_)), "{posted:?}");
    assert_eq!((seen.count("EHLO"), seen.messages.lock().unwrap().len()), (2, 1));
}

#[tokio::test]
async fn m9_a_server_nobody_vouches_for_gets_neither_mail_nor_password() {
    for tls in [Tls::Implicit, Tls::Starttls] {
        // No authority we know, and a certificate for another name.
        for (host, roots) in [("localhost", None), ("127.0.0.1", Some(AUTHORITY))] {
            let (port, seen) = match tls {
                Tls::Implicit => tls_server(|_, line| usual(line)).await,
                _ => server(offering("220 go on")).await,
            };
            let posted = smtp(port, host, tls, roots).send(&mail()).await;
            assert_eq!(posted.class, Some(Class::Tls), "{tls:?} {host} {posted:?}");
            assert_eq!((seen.count("AUTH"), seen.count("MAIL")), (0, 0));
        }
    }
}

#[tokio::test]
async fn words_in_front_of_tls_are_not_taken_for_protected_ones() {
    let (port, seen) = server(offering("220 go on\r\n250-test\r\n250 AUTH PLAIN")).await;
    let posted = smtp(port, "localhost", Tls::Starttls, Some(AUTHORITY)).send(&mail()).await;
    assert_eq!(posted.class, Some(Class::Tls), "{posted:?}");
    assert_eq!((seen.count("AUTH"), seen.count("MAIL")), (0, 0));
}

#[test]
fn certificates_that_cannot_be_read_are_refused() {
    let broken = b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n".to_vec();
    for tls in [Tls::Implicit, Tls::Starttls] {
        let settings = Settings { tls, extra_roots_pem: Some(broken.clone()), ..settings(1) };
        assert!(matches!(Smtp::new(settings), Err(SettingsError::Tls(_))));
    }
}
