//! Every default is read, filled in with everything and with the least, and costs little.

use super::*;
use crate::message::said::{self, Asked, Said};
use crate::message::segments::{Coding, count};
use crate::message::template::Values;
use crate::message::wording::{Rendered, Wording};
use frontdesk_shared::contact::Purpose;

const LOCALES: [Locale; 2] = [Locale::EnGb, Locale::EnUs];

/// What no message of the kind can be without.
fn least(locale: Locale) -> Values {
    let (when, moment) = match locale {
        Locale::EnGb => ("on Wednesday 25 November at 14:30", "Wednesday 25 November at 14:30"),
        Locale::EnUs => ("on Wednesday, November 25 at 2:30 PM", "Wednesday, November 25 at 2:30 PM"),
    };
    Values::new()
        .with("business_name", "Harbour Dental Practice")
        .with("business_phone", "020 7946 0123")
        .with("business_address", "1 Harbour Street, Portsmouth")
        .with("when", when)
        .with("moment", moment)
        .with("date", "Wednesday 25 November")
        .with("time", "14:30")
        .with("booking_link", "https://book.example.com/harbour")
        .with("opt_out", "Reply STOP to opt out")
        .with("unsubscribe_link", "https://desk.example.com/u/4f7ac2d1")
}

fn full(locale: Locale) -> Values {
    least(locale)
        .with("first_name", "Alexandra")
        .with("service", "Check-up")
        .with("manage_link", "https://desk.example.com/a/4f7ac2d19b")
        .with("old_moment", "Monday 23 November at 09:00")
        .with("can_reply", "yes")
}

fn wording(kind: Kind, channel: Channel, locale: Locale) -> Wording {
    let source = default(kind, channel, locale).unwrap();
    Wording::parse(kind, channel, source).unwrap_or_else(|e| panic!("{e}"))
}

fn all(mut see: impl FnMut(Kind, Channel, Locale, &Wording)) {
    for kind in Kind::ALL {
        for channel in [Channel::Sms, Channel::Email] {
            for locale in LOCALES {
                assert_eq!(
                    default(kind, channel, locale).is_some(),
                    kind.channels().contains(&channel),
                    "{kind}"
                );
                if kind.channels().contains(&channel) {
                    see(kind, channel, locale, &wording(kind, channel, locale));
                }
            }
        }
    }
}

fn parts(message: &Rendered) -> Vec<&str> {
    [message.subject.as_deref(), Some(message.text.as_str()), message.html.as_deref()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn every_default_is_read_and_filled_in() {
    all(|kind, channel, locale, wording| {
        for values in [full(locale), least(locale)] {
            assert_eq!(wording.missing(&values), [""; 0], "{kind} {channel}");
            let message = wording.render(&values).unwrap();
            for part in parts(&message) {
                assert!(!part.contains("{{") && !part.contains("}}"), "{kind}: {part}");
                assert!(
                    !part.contains(" ,") && !part.contains("  ") && !part.contains(".."),
                    "{kind}: {part}"
                );
            }
            assert!(message.text.contains("Harbour Dental Practice"), "{kind} says who writes");
            assert_eq!(message.html.is_some(), channel == Channel::Email);
        }
    });
}

#[test]
fn p1_without_a_name_nobody_is_greeted_by_one() {
    all(|kind, channel, locale, wording| {
        let message = wording.render(&least(locale)).unwrap();
        for part in parts(&message) {
            assert!(
                !part.contains("Hi ,") && !part.contains("Hello ,") && !part.contains("null"),
                "{kind} {channel}"
            );
        }
        let first = message.text.chars().next();
        assert!(first.is_some_and(char::is_uppercase), "{kind} {channel}: {}", message.text);
    });
}

#[test]
fn g_a_default_text_is_two_segments_at_most() {
    all(|kind, channel, locale, wording| {
        if channel == Channel::Sms {
            for values in [full(locale), least(locale), full(locale).with("can_reply", "")] {
                let text = wording.render(&values).unwrap().text;
                let cost = count(&text);
                assert_eq!(cost.coding, Coding::Gsm7, "{kind}: {text}");
                assert!(cost.segments <= 2, "{kind}: {} units: {text}", cost.units);
            }
        }
    });
}

#[test]
fn what_sells_can_be_ended_and_what_was_agreed_has_no_unsubscribe() {
    all(|kind, channel, locale, wording| {
        let message = wording.render(&full(locale)).unwrap();
        let sells = kind.purpose() == Purpose::Marketing;
        let link = "https://desk.example.com/u/4f7ac2d1";
        match channel {
            Channel::Email => {
                assert!(
                    parts(&message).into_iter().skip(1).all(|part| part.contains(link) == sells),
                    "{kind}"
                );
            }
            _ => assert_eq!(
                message.text.contains("Reply STOP to opt out"),
                sells || kind == Kind::Help,
                "{kind}"
            ),
        }
    });
}

#[test]
fn mail_that_sells_in_the_united_states_needs_an_address() {
    for kind in [Kind::NoAnswer2, Kind::Voicemail2, Kind::NotInterested1] {
        let without = |locale| full(locale).with("business_address", " ");
        let american = wording(kind, Channel::Email, Locale::EnUs);
        assert_eq!(american.missing(&without(Locale::EnUs)), ["business_address"]);
        let british = wording(kind, Channel::Email, Locale::EnGb);
        assert!(british.render(&without(Locale::EnGb)).is_ok());
    }
}

#[test]
fn o20_c_cancels_where_a_reply_arrives() {
    for kind in [Kind::Confirmation, Kind::Reminder24h, Kind::Moved] {
        for locale in LOCALES {
            let wording = wording(kind, Channel::Sms, locale);
            let asked = wording.render(&full(locale)).unwrap().asked();
            assert_eq!(asked, Asked::CMeansCancel);
            assert_eq!(said::read("C", None, asked), Said::CancelAppointment);
            assert_eq!(wording.render(&least(locale)).unwrap().asked(), Asked::Nothing);
        }
    }
}

#[test]
fn s14_nothing_invites_an_answer_where_none_arrives() {
    all(|kind, channel, locale, wording| {
        if channel == Channel::Sms {
            let values =
                full(locale).with("can_reply", "").with("opt_out", "Opt out: https://desk.example.com/o/1");
            let message = wording.render(&values).unwrap();
            assert!(!message.invites_reply(), "{kind}: {}", message.text);
        }
    });
}

#[test]
fn spelling_is_the_locales() {
    all(|kind, _, locale, wording| {
        let message = wording.render(&full(locale)).unwrap();
        let other = if locale == Locale::EnGb {
            ["canceled", "inquiry", "us at 0"]
        } else {
            ["cancelled", "enquiry", "us on 0"]
        };
        for part in parts(&message) {
            assert!(other.iter().all(|word| !part.contains(word)), "{kind}: {part}");
        }
    });
}

#[test]
fn the_words_as_they_are_sent() {
    let mut texts = Vec::new();
    for locale in LOCALES {
        for (kind, when) in [(Kind::Confirmation, ""), (Kind::Reminder24h, "tomorrow"), (Kind::NoAnswer1, "")]
        {
            let time = if locale == Locale::EnGb { "14:30" } else { "2:30 PM" };
            let when = format!("{when} at {time}");
            texts.push(
                wording(kind, Channel::Sms, locale).render(&full(locale).with("when", when)).unwrap().text,
            );
        }
    }
    insta::assert_snapshot!(texts.join("\n"), @"
    Hi Alexandra, your appointment with Harbour Dental Practice is booked: Wednesday 25 November at 14:30. Reply C to cancel. To change it call 020 7946 0123. Or here: https://desk.example.com/a/4f7ac2d19b
    Hi Alexandra, a reminder: your appointment with Harbour Dental Practice is tomorrow at 14:30. Reply C to cancel. To change it call 020 7946 0123. Or here: https://desk.example.com/a/4f7ac2d19b
    Hi Alexandra, this is Harbour Dental Practice. We tried to call about your enquiry. Call us on 020 7946 0123 when it suits you. Or book here: https://book.example.com/harbour
    Reply STOP to opt out
    Hi Alexandra, your appointment with Harbour Dental Practice is booked: Wednesday, November 25 at 2:30 PM. Reply C to cancel. To change it call 020 7946 0123. Or here: https://desk.example.com/a/4f7ac2d19b
    Hi Alexandra, a reminder: your appointment with Harbour Dental Practice is tomorrow at 2:30 PM. Reply C to cancel. To change it call 020 7946 0123. Or here: https://desk.example.com/a/4f7ac2d19b
    Hi Alexandra, this is Harbour Dental Practice. We tried to call about your inquiry. Call us at 020 7946 0123 when it suits you. Or book here: https://book.example.com/harbour
    Reply STOP to opt out
    ");
}
