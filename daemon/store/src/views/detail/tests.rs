//! Every view once, on both engines, for both kinds of viewer.

use super::*;
use crate::params;
use crate::views::testing::{NOW, Seed, each, settled};
use frontdesk_shared::event::Cursor;
use frontdesk_shared::{ClientId, LeadId};

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
    tx.message(9, 1, 2, Some(8), "failed")?;
    tx.reminder(10, 1, 2, 8, NOW + 60_000)?;
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

/// What the viewer gets, as it goes over the wire.
fn wire(detail: &Detail) -> String {
    serde_json::to_string(detail).unwrap()
}

#[tokio::test]
async fn every_noun_has_a_view() {
    each(async |store| {
        store.write(seed).await.unwrap();
        settled(store).await;
        store
            .read(|tx| {
                let mut open = |kind: Noun, id: i64, unmasked| {
                    detail(tx, &Subject::new(kind, encode(id)), NOW, unmasked)
                };
                let expected: [(Noun, i64, &[&str]); 9] = [
                    (
                        Noun::Lead,
                        2,
                        &[
                            r#""noun":"lead""#,
                            r#""score_parts":[["source website",20],["name known",10]]"#,
                            r#""wording":"Call me about cleaning""#,
                            r#""revoked_at":5"#,
                            r#""global":true,"channel":"all","reason":"asked to stop""#,
                            r#""answer":"never","rule":"consent""#,
                            r#""detail":"none on record""#,
                            r#""attempt":1,"status":"ended","outcome":"booked","why":"they said yes""#,
                            r#""kind":"call.place","state":"ready""#,
                            r#""service":"cleaning""#,
                            r#""channel":"ai_voice","at""#,
                            r#""kind":"reminder-24h","channel":"sms""#,
                            r#""planned":[{"job""#,
                        ],
                    ),
                    (
                        Noun::Call,
                        3,
                        &[
                            r#""outcome":"booked""#,
                            r#""why":"they said yes""#,
                            r#""cost_micros_usd":120000"#,
                            r#""who":"user","text":"Hello""#,
                            r#""name":"book","result":{"value":{"slot":"10:00"}}"#,
                            r#""kind":"status-update","status":"failed""#,
                        ],
                    ),
                    (Noun::Job, 4, &[r#""attempt":0,"max_attempts":4"#, r#""to":"+447700900123""#]),
                    (Noun::Fault, 5, &[r#""count":2"#, r#""total":3"#, r#""message":"it broke""#]),
                    (
                        Noun::Webhook,
                        6,
                        &[
                            r#""deliveries":2"#,
                            r#""note":"why not""#,
                            r#""number":"+447700900123""#,
                            "(secret)",
                        ],
                    ),
                    (
                        Noun::Import,
                        7,
                        &[
                            r#""row":3,"field":"phone","reason":"too short""#,
                            r#"["Phone","phone"]"#,
                            r#""accepted":1"#,
                        ],
                    ),
                    (
                        Noun::Appointment,
                        8,
                        &[
                            r#""zone":"Europe/London""#,
                            r#""kind":"reminder-24h","channel":"sms","direction":"outbound","status":"failed""#,
                            r#""kind":"reminder-1h","channel":"sms""#,
                        ],
                    ),
                    (
                        Noun::Message,
                        9,
                        &[
                            r#""address":"+447700900123""#,
                            r#""body":"See you tomorrow, Ann""#,
                            r#""code":"30003""#,
                            r#""cost_micros":8300"#,
                        ],
                    ),
                    (
                        Noun::Client,
                        1,
                        &[
                            r#""keys":1,"keys_revoked":0"#,
                            r#""agent":"agent-acme""#,
                            r#""status":"held","hold_rule":"consent","count":1"#,
                            r#""webhook_secret":"(secret)""#,
                        ],
                    ),
                ];
                for (kind, id, parts) in expected {
                    let seen = open(kind, id, true)?;
                    let seen = wire(&seen);
                    assert_eq!(wire(&serde_json::from_str::<Detail>(&seen).unwrap()), seen);
                    for part in parts {
                        assert!(seen.contains(part), "{kind}: “{part}” is not in\n{seen}");
                    }
                    let watched = wire(&open(kind, id, false)?);
                    for secret in [
                        "7700900123",
                        "control.example",
                        "https://secret",
                        "hush",
                        "Good morning",
                        "AI: hello",
                        "See you tomorrow",
                    ] {
                        assert!(!watched.contains(secret), "{kind} shows “{secret}”:\n{watched}");
                        assert!(
                            !seen.contains(secret)
                                || !["https://secret", "hush", "control.example"].contains(&secret)
                        );
                    }
                }
                let lead = open(Noun::Lead, 2, true)?;
                let story: Vec<_> =
                    lead.story.iter().map(frontdesk_shared::detail::StoryLine::line).collect();
                assert_eq!(story, ["second (sam)", "first (sam)"]);
                let call = open(Noun::Call, 3, true)?;
                assert_eq!(call.story.len(), 2);
                let About::Message(watched) = open(Noun::Message, 9, false)?.about else { panic!() };
                assert!(watched.hidden && watched.body.is_empty());
                let About::Call(watched) = open(Noun::Call, 3, false)?.about else { panic!() };
                assert!(watched.hidden && watched.transcript.is_empty());
                assert_eq!(detail(tx, &Subject::new(Noun::Client, "acme"), NOW, true)?.subject.id, encode(1));
                for kind in [Noun::Daemon, Noun::Event, Noun::Audit] {
                    assert!(detail(tx, &Subject::new(kind, "1"), NOW, true).is_err());
                }
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
    let cut = document(Mask { open: true }, &"ä".repeat(20), 9);
    assert_eq!(cut, Document { value: "ääää".into(), cut_of: Some(40) });
}
