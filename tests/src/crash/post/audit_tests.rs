//! Every rule of the audit finds what was tampered with, and nothing where nothing was.

use super::super::super::evidence::JobRow;
use super::super::evidence::{AppointmentRow, Event, Evidence, Inside, Mail, MessageRow};
use super::super::people::Visit;
use super::*;
use frontdesk_sandbox::sms::SandboxText;

const ADA: &str = "+12125550101";
const BEN: &str = "+12125550102";

fn text(id: &str, to: &str, body: &str) -> SandboxText {
    SandboxText {
        vendor: None,
        sid: format!("SM{id}"),
        inbound: false,
        id: Some(id.into()),
        from: "+14155550198".into(),
        to: to.into(),
        body: body.into(),
        status: "delivered",
        error_code: None,
        course: "delivers",
        history: vec![],
        created_ms: 1,
    }
}

fn row(id: &str, appointment: &str, channel: &str, kind: &str, address: &str) -> MessageRow {
    MessageRow {
        id: id.into(),
        appointment: Some(appointment.into()),
        outbound: true,
        channel: channel.into(),
        kind: kind.into(),
        status: "delivered".into(),
        mail_id: (channel == "email").then(|| format!("<{id}@desk.example>")),
        address: address.into(),
        created_at: 100,
        ..MessageRow::default()
    }
}

/// Ada has an appointment, Ben gave his back by a text; whether Ada's reminder left nobody knows.
fn sound() -> Evidence {
    let visit = |number: &str, mail: &str, id: &str, start| Visit {
        number: number.into(),
        mail: mail.into(),
        appointment: Some(id.into()),
        start,
        ..Visit::default()
    };
    let mut e = Evidence::default();
    let ben = Visit {
        cancelled_at: Some(200),
        refused_at: Some(300),
        texts: vec![("SMin".into(), 2)],
        ..visit(BEN, "ben@home.example", "b", 2_000)
    };
    e.ledger.visits = vec![visit(ADA, "ada@home.example", "a", 1_000), ben];
    e.inside = Inside {
        now: 100_000,
        messages: vec![
            row("1", "a", "sms", "confirmation", ADA),
            row("2", "a", "email", "confirmation", "ada@home.example"),
            row("3", "b", "sms", "confirmation", BEN),
            MessageRow { status: "uncertain".into(), ..row("4", "a", "sms", "reminder-24h", ADA) },
            MessageRow {
                outbound: false,
                provider_id: Some("SMin".into()),
                appointment: None,
                ..row("5", "", "sms", "reply", BEN)
            },
        ],
        appointments: vec![
            AppointmentRow { id: "a".into(), status: "booked".into(), starts_at: 1_000 },
            AppointmentRow { id: "b".into(), status: "cancelled".into(), starts_at: 2_000 },
        ],
        refused: vec![BEN.into()],
        waiting: vec![],
        jobs: vec![JobRow { id: 1, kind: "message.send".into(), state: "done".into(), ..JobRow::default() }],
        hooks: vec![("in:SMin".into(), "applied".into(), 2)],
        told: BTreeMap::from([("message.uncertain".to_owned(), 1)]),
    };
    e.texts = vec![text("1", ADA, "booked"), text("3", BEN, "booked")];
    e.mails = vec![Mail { id: "<2@desk.example>".into(), to: "ada@home.example".into() }];
    e.events = vec![Event { appointment: "a".into(), starts_at: 1_000 }];
    e
}

/// The rule's first words are among what is found.
#[track_caller]
fn breaks(rule: &str, tamper: impl FnOnce(&mut Evidence)) {
    let mut e = sound();
    tamper(&mut e);
    let found: Vec<&str> = audit(&e).iter().map(|f| f.rule).collect();
    assert!(found.iter().any(|f| f.starts_with(rule)), "{rule} is blind: {found:?}");
}

#[test]
fn nothing_is_found_where_all_is_well() {
    assert_eq!(audit(&sound()), []);
}

#[test]
fn what_is_doubled_is_found() {
    breaks("doubled: a text left", |e| e.texts.push(text("1", ADA, "another")));
    breaks("doubled: a text left", |e| e.texts.push(text("9", ADA, "booked https://desk.example/m/9")));
    breaks("doubled: an email", |e| e.mails.push(e.mails[0].clone()));
    breaks("doubled: somebody", |e| {
        e.inside.messages.push(row("9", "a", "sms", "confirmation", ADA));
        e.texts.push(text("9", ADA, "other words"));
    });
    breaks("doubled: an appointment", |e| e.events.push(e.events[0].clone()));
    breaks("doubled: a text of a person", |e| e.inside.messages.push(e.inside.messages[4].clone()));
}

#[test]
fn what_is_lost_is_found() {
    breaks("lost: an acknowledged text", |e| e.inside.hooks.clear());
    breaks("lost: an acknowledged text", |e| e.inside.hooks[0].1 = "failed".into());
    breaks("lost: an acknowledged text", |e| e.inside.hooks[0].2 = 1);
    breaks("lost: an acknowledged text", |e| e.inside.messages.truncate(4));
    breaks("lost: an acknowledged text", |e| e.ledger.strangers.push(("SMx".into(), 1)));
    breaks("lost: an acknowledged refusal", |e| e.inside.refused.clear());
    breaks("lost: an acknowledged refusal", |e| e.inside.messages[2].created_at = 301);
    breaks("lost: an acknowledged appointment", |e| e.inside.appointments[0].status = "cancelled".into());
    breaks("lost: an acknowledged appointment", |e| e.inside.appointments[1].status = "booked".into());
    breaks("lost: an acknowledged appointment", |e| e.inside.appointments[0].starts_at = 1);
    breaks("lost: an acknowledged appointment", |e| e.inside.appointments.truncate(1));
    breaks("lost: an acknowledged appointment", |e| e.ledger.visits[0].asked = true);
    breaks("lost: the calendar", |e| e.events.clear());
    breaks("lost: the calendar", |e| e.events[0].starts_at = 1);
    breaks("lost: the calendar", |e| e.events.push(Event { appointment: "b".into(), starts_at: 2_000 }));
    breaks("lost: the calendar", |e| e.events.push(Event { appointment: "x".into(), starts_at: 2_000 }));
    breaks("lost: somebody", |e| e.mails.clear());
    breaks("lost: a job", |e| e.inside.jobs[0].state = "running".into());
    breaks("lost: a job", |e| e.inside.jobs[0].state = "ready".into());
    breaks("lost: a job", |e| e.inside.jobs[0].state = "dead".into());
}

#[test]
fn what_is_late_strange_or_not_explained_is_found() {
    breaks("late: a reminder", |e| e.inside.messages[2].created_at = 201);
    breaks("strange: something left", |e| e.texts.push(text("9", ADA, "x")));
    breaks("strange: something left", |e| e.mails.push(Mail { id: "<9>".into(), to: "x".into() }));
    breaks("strange: what left", |e| e.inside.messages[0].status = "refused".into());
    breaks("strange: what left", |e| e.texts.clear());
    breaks("explained", |e| e.texts.push(text("4", ADA, "reminder")));
    breaks("explained", |e| e.inside.told.clear());
    breaks("explained", |e| e.inside.messages[3].status = "sending".into());
    breaks("refused", |e| e.ledger.refused.push("x".into()));
    breaks("strange: a daemon", |e| e.lives.strange.push("x".into()));
}
