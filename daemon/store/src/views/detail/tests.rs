//! Every view once, on both engines, for both kinds of viewer.

use super::*;
use crate::params;
use crate::views::testing::{NOW, Seed, each, settled};
use frontdesk_shared::event::Cursor;
use frontdesk_shared::{ClientId, LeadId};

fn text(detail: &Detail) -> String {
    let mut out = format!("# {}\n", detail.title);
    for section in &detail.sections {
        out.push_str(&format!("## {}\n", section.title));
        for (label, value) in &section.lines {
            out.push_str(&format!("{label}| {value}\n"));
        }
    }
    out
}

fn seed(tx: &mut Tx<'_>) -> Result<()> {
    tx.client(1, "acme")?;
    tx.lead(2, 1, "+447700900123", "held", "consent")?;
    tx.call(3, 1, Some(2), "ended", Some("booked"))?;
    tx.job(4, 1, Some(2), "call.place", "ready", NOW + 60_000)?;
    tx.fault(5, "vapi.refused", "error", NOW, true)?;
    tx.fault_instance(1, 5, NOW)?;
    let body = br#"{"message":{"type":"status-update","call":{"monitor":{"controlUrl":"https://secret"}},
        "customer":{"number":"+447700900123"},"transcript":"AI: hello"}}"#;
    tx.webhook(6, 1, Some(3), "failed", body)?;
    tx.import(7, 1, "done")?;
    tx.appointment(8, 1, Some(2), NOW + 3_600_000)?;
    tx.execute(
        "INSERT INTO import_reject (import_id, row_no, field, reason, warning) VALUES (7, 3, 'phone', 'too short', FALSE)",
        &[],
    )?;
    tx.execute("INSERT INTO statement (id, wording) VALUES (1, 'Call me about cleaning')", &[])?;
    tx.execute(
        "INSERT INTO consent (id, client_id, lead_id, channels, purpose, statement_id, evidence, given_at, recorded_at, \
         recorded_by, revoked_at, revoked_how) VALUES (1, 1, 2, 'ai_voice', 'marketing', 1, 'form 17', 0, 0, 'sam', 5, 'sms')",
        &[],
    )?;
    tx.execute(
        "INSERT INTO suppression (id, client_id, address, channel, reason, evidence, active, created_at, created_by) \
         VALUES (1, 0, '+447700900123', 'all', 'asked to stop', 'said so', TRUE, 5, 'vapi')",
        &[],
    )?;
    let lines = r#"[{"rule":"consent","finding":"block","detail":"none on record","until":null}]"#;
    tx.execute("INSERT INTO reasoning (id, lines) VALUES (1, $1)", params![lines])?;
    tx.execute(
        "INSERT INTO verdict (id, client_id, lead_id, stage, answer, rule, reason, rules_version, reasoning_id, at) \
         VALUES (1, 1, 2, 'plan', 'never', 'consent', 'no consent', 1, 1, $1)",
        params![NOW],
    )?;
    tx.execute(
        "INSERT INTO contact (id, client_id, lead_id, channel, episode, at) VALUES (1, 1, 2, 'ai_voice', 1, $1)",
        params![NOW],
    )?;
    tx.execute(
        "INSERT INTO tool_call (provider, provider_call_id, tool_call_id, name, result, is_error, at) \
         VALUES ('vapi', 'p-3', 't1', 'book', '{\"slot\":\"10:00\"}', FALSE, $1)",
        params![NOW],
    )?;
    tx.execute(
        "INSERT INTO api_key (id, client_id, hash, label, created_at) VALUES (1, 1, $1, '', 0)",
        params![b"hash".as_slice()],
    )?;
    for (n, line) in ["first", "second"].iter().enumerate() {
        let event = crate::events::NewEvent {
            at: NOW + n as i64,
            kind: "lead_status_changed",
            client: ClientId(1),
            lead: Some(LeadId(2)),
            subject: "call",
            subject_id: &encode(3),
            actor: "sam",
            text: line,
            data: Value::Null,
        };
        crate::events::append(tx, &event)?;
    }
    Ok(())
}

#[tokio::test]
async fn every_noun_has_a_view() {
    each(async |store| {
        store.write(seed).await.unwrap();
        settled(store).await;
        store
            .read(|tx| {
                let mut open = |kind: &str, id: &str, unmasked| {
                    let subject = Subject { kind: kind.into(), id: id.into() };
                    detail(tx, &subject, NOW, unmasked)
                };
                let expected: [(&str, i64, &[&str]); 8] = [
                    (
                        "lead",
                        2,
                        &[
                            "source website 20 + name known 10 = 30",
                            "wording| Call me about cleaning",
                            "revoked|",
                            "not to be contacted| by any client on all: asked to stop",
                            "never (plan)|",
                            "block consent| none on record",
                            "attempt 1| booked (they said yes)",
                            "call.place ready|",
                            "booked| 2026-01-01 13:34:56Z, in 1h 00m",
                            "service| cleaning",
                            "ai_voice| 2026",
                        ],
                    ),
                    (
                        "call",
                        3,
                        &[
                            "outcome| booked",
                            "because| they said yes",
                            "length| 59s",
                            "cost| $0.1200",
                            "user| Hello",
                            "book| 2026",
                            "\"slot\": \"10:00\"",
                            "status-update failed|",
                        ],
                    ),
                    ("job", 4, &["state| waiting", "tries| 0 of 4", "\"to\": \"+447700900123\""]),
                    ("fault", 5, &["happened| 2 times, 3 ever", "acknowledged|", "it broke"]),
                    (
                        "webhook",
                        6,
                        &["deliveries| 2", "note| why not", "\"number\": \"+447700900123\"", "(secret)"],
                    ),
                    ("import", 7, &["row 3| phone: too short", "Phone| phone", "accepted| 1"]),
                    ("appointment", 8, &["local time| Thu 2026-01-01 13:34 to", "Europe/London"]),
                    (
                        "client",
                        1,
                        &[
                            "API keys| 1 in use, 0 revoked",
                            "/webhooks/agent/agent_agent-acme",
                            "held consent| 1",
                            "\"webhook_secret\": \"(secret)\"",
                        ],
                    ),
                ];
                for (kind, id, parts) in expected {
                    let seen = text(&open(kind, &encode(id), true)?);
                    for part in parts {
                        assert!(seen.contains(part), "{kind}: “{part}” is not in\n{seen}");
                    }
                    let masked = open(kind, &encode(id), false)?;
                    let watched = format!("{}{:?}", text(&masked), masked.story);
                    for secret in [
                        "7700900123",
                        "control.example",
                        "https://secret",
                        "hush",
                        "Good morning",
                        "AI: hello",
                    ] {
                        assert!(!watched.contains(secret), "{kind} shows “{secret}”:\n{watched}");
                        assert!(
                            !seen.contains(secret)
                                || !["https://secret", "hush", "control.example"].contains(&secret)
                        );
                    }
                }
                let lead = open("lead", &encode(2), true)?;
                let story: Vec<_> = lead.story.iter().map(|(_, line)| line.as_str()).collect();
                assert_eq!(story, ["second (sam)", "first (sam)"]);
                assert_eq!(open("call", &encode(3), true)?.story.len(), 2);
                assert_eq!(open("client", "acme", true)?.subject.id, encode(1));
                assert!(lead.related.iter().any(|(_, s)| s.kind == "call" && s.id == encode(3)));
                assert!(open("ghost", "1", true).is_err());
                let report = import_report(tx, frontdesk_shared::ImportId(7), true)?;
                assert_eq!((report.rejects.len(), report.columns.len()), (1, 1));
                assert!(import_report(tx, frontdesk_shared::ImportId(9), true).is_err());
                assert_ne!(events::head(tx)?, Cursor::default());
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[test]
fn a_long_body_is_cut_and_says_so() {
    let cut = bounded("ä".repeat(20), 9);
    assert_eq!(cut, "ääää\n… cut: 9 of 40 bytes shown");
    assert_eq!(dollars(1_234_567), "$1.2345");
}
