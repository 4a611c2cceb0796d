//! Every rule of the audit finds what was tampered with, and nothing where nothing was.

use super::super::evidence::{CallRow, Evidence, HookRow, ImportRow, Inside, JobRow, LeadRow};
use super::super::follow::Followed;
use super::*;
use frontdesk_sandbox::vapi::PlacedCall;
use frontdesk_shared::CallId;
use frontdesk_shared::event::Cursor;

const ADA: &str = "+447700900001";
const BEN: &str = "+447700900002";

fn rang(id: &str, attempt: i64, number: &str, appointment: Option<&str>) -> PlacedCall {
    PlacedCall {
        id: id.into(),
        inbound: false,
        name: None,
        external_id: Some(CallId(attempt).to_string()),
        number: number.into(),
        created_ms: 1,
        status: "ended",
        ended_reason: None,
        scenario: "books",
        appointment_start: appointment.map(str::to_owned),
    }
}

/// Ada was called and booked; whether Ben's phone rang nobody knows; somebody called us.
fn sound() -> Evidence {
    let lead =
        |id, identity: &str, status: &str| LeadRow { identity: identity.into(), id, status: status.into() };
    let call = |id, lead, status: &str, provider: Option<&str>| CallRow {
        id,
        lead: Some(lead),
        job: Some(id + 10),
        outbound: true,
        provider: provider.map(str::to_owned),
        status: status.into(),
        attempt: (1, 1),
        lookups: 6,
    };
    let job =
        |id, state: &str| JobRow { id, kind: "call.place".into(), state: state.into(), ..JobRow::default() };
    let hook = |key: &str| HookRow { key: key.into(), status: "applied".into(), deliveries: 2 };
    let seen: Vec<Cursor> = (1..=3).map(|seq| Cursor { tx: 0, seq }).collect();
    let mut e = Evidence {
        inside: Inside {
            now: 100_000,
            leads: vec![lead(1, ADA, "booked"), lead(2, BEN, "review")],
            calls: vec![
                call(21, 1, "ended", Some("v-1")),
                call(22, 2, "uncertain", None),
                CallRow {
                    id: 23,
                    provider: Some("own-1".into()),
                    status: "ended".into(),
                    ..CallRow::default()
                },
            ],
            jobs: vec![job(31, "done"), job(32, "uncertain")],
            hooks: vec![hook("own-1:status-update:in-progress"), hook("own-1:tool-calls:x")],
            imports: vec![ImportRow { id: 1, status: "done".into(), made: 2 }],
            booked: vec![21, 23],
            events: seen.clone(),
            told: BTreeMap::from([("call.uncertain".to_owned(), 1)]),
        },
        outside: vec![rang("v-1", 21, ADA, Some("2026-12-01T10:00:00Z"))],
        followed: vec![Followed { seen, resets: 0, connections: 4 }],
        ..Evidence::default()
    };
    e.ledger.leads = vec![ADA.into(), BEN.into()];
    e.ledger.hooks =
        BTreeMap::from([(("own-1".to_owned(), "status-update"), 2), (("own-1".to_owned(), "tool-calls"), 1)]);
    e.ledger.answers = BTreeMap::from([("own-1".to_owned(), vec![r#"{"booked":true}"#.to_owned(); 2])]);
    e
}

fn rules(tamper: impl FnOnce(&mut Evidence)) -> Vec<&'static str> {
    let mut e = sound();
    tamper(&mut e);
    let mut found: Vec<&str> = audit(&e).iter().map(|f| f.rule).collect();
    found.dedup();
    found
}

/// The first words of the only rule that is broken.
#[track_caller]
fn breaks(rule: &str, tamper: impl FnOnce(&mut Evidence)) {
    let found = rules(tamper);
    assert!(found.iter().any(|f| f.starts_with(rule)), "{rule} is blind: {found:?}");
}

#[test]
fn nothing_is_found_where_all_is_well() {
    assert_eq!(audit(&sound()), []);
}

#[test]
fn what_is_lost_is_found() {
    breaks("lost: an acknowledged lead", |e| e.ledger.leads.push("+447700900003".into()));
    breaks("lost: a lead was never called", |e| e.inside.calls.retain(|c| c.lead != Some(2)));
    breaks("lost: a lead was never called", |e| e.inside.leads[0].status = "calling".into());
    breaks("lost: an acknowledged webhook", |e| e.inside.hooks.retain(|h| !h.key.contains("tool-calls")));
    breaks("lost: an acknowledged webhook", |e| e.inside.hooks[0].deliveries = 1);
    breaks("lost: a webhook could not", |e| e.inside.hooks[0].status = "failed".into());
    breaks("lost: a call the provider", |e| e.outside.push(rang("v-9", 99, "+447700900009", None)));
    breaks("lost: a call the provider", |e| e.inside.calls[0].status = "in-progress".into());
    breaks("lost: a caller was promised", |e| e.inside.booked = vec![21]);
    breaks("lost: a caller was promised", |e| e.inside.booked = vec![23]);
    breaks("lost: a job", |e| e.inside.jobs[0].state = "running".into());
    breaks("lost: a job", |e| e.inside.jobs[0].state = "ready".into());
    breaks("lost: a job", |e| e.inside.jobs[0].state = "dead".into());
    breaks("lost: an import", |e| e.inside.imports[0].status = "receiving".into());
    breaks("lost: a console", |e| {
        e.followed[0].seen.remove(1);
    });
    breaks("lost: a console", |e| e.followed[0].seen.truncate(2));
    breaks("lost: a console", |e| e.followed[0].resets = 1);
}

#[test]
fn what_is_doubled_is_found() {
    breaks("doubled: a person", |e| e.inside.leads[1].identity = ADA.into());
    breaks("doubled: a person", |e| e.inside.imports[0].made = 3);
    breaks("doubled: an event", |e| e.inside.hooks.push(e.inside.hooks[0].clone()));
    breaks("doubled: a phone", |e| e.outside.push(rang("v-2", 29, ADA, None)));
    breaks("doubled: a phone", |e| e.outside.push(rang("v-2", 21, BEN, None)));
    breaks("doubled: an attempt", |e| e.inside.calls[1].lead = Some(1));
    breaks("doubled: an attempt", |e| e.inside.calls[1].job = Some(31));
    breaks("lost: a console", |e| e.followed[0].seen.push(Cursor { tx: 0, seq: 3 }));
    breaks("lost: a caller was promised", |e| e.inside.booked.push(21));
}

#[test]
fn what_is_not_explained_is_found() {
    let of = "explained: an uncertain call";
    breaks(of, |e| e.inside.told.clear());
    breaks(of, |e| e.inside.calls[1].lookups = 0);
    breaks(of, |e| e.inside.leads[1].status = "queued".into());
    breaks(of, |e| e.inside.jobs[1].state = "done".into());
    breaks(of, |e| e.outside.push(rang("v-2", 22, BEN, None)));
    breaks(of, |e| e.inside.calls[1].status = "placing".into());
    breaks("once: a repeated question", |e| {
        e.ledger.answers.insert("own-2".into(), vec!["a".into(), "b".into()]);
    });
    breaks("refused", |e| e.ledger.refused.push("x".into()));
    breaks("strange", |e| e.lives.strange.push("x".into()));
}
