//! Texts of people whom several clients know, repeated refusals, and texts that are replayed.

use super::*;
use crate::unit::Facts;
use crate::unit::specimens::{NOW, NUMBER, client, decide, lead};
use frontdesk_shared::Millis;

const ANN: &str = "+447700900123";

fn text(body: &str) -> TextIn {
    TextIn {
        provider: TWILIO,
        account: None,
        provider_id: "SM1".into(),
        from: ANN.into(),
        to: NUMBER.into(),
        service: None,
        body: body.into(),
        media: 0,
        opt_out_type: None,
    }
}

/// Ann, known to clients to whom nobody wrote yet.
fn known_to(clients: &[i64]) -> Facts {
    let mut facts = Facts::default();
    let leads: Vec<Lead> = clients.iter().map(|id| lead(*id, ANN)).collect();
    for lead in &leads {
        facts.clients.insert(lead.client, Some(client(lead.client.0)));
        facts.last_texts.insert(lead.id, None);
        facts.open_jobs.insert(lead.id, Vec::new());
        facts.upcoming.insert(lead.id, Vec::new());
    }
    facts.leads_of.insert(ANN.into(), leads.iter().map(|lead| lead.id).collect());
    facts.add_leads(leads);
    facts.mentioning.insert(NUMBER.into(), Vec::new());
    facts.suppressions.insert(ANN.into(), Vec::new());
    facts.provider_messages.insert((TWILIO, "SM1".into()), None);
    facts
}

#[test]
fn what_may_be_a_refusal_holds_every_client_that_it_may_be_meant_for() {
    for words in ["CANCEL", "please cancel"] {
        decide(&known_to(&[1, 2]), |unit| {
            apply(unit, &text(words)).unwrap();
            let held: Vec<bool> = unit.changes.leads.values().map(Lead::is_in_doubt).collect();
            assert_eq!(held, [true, true], "{words}");
        });
    }
}

#[test]
fn a_refusal_is_confirmed_once() {
    let confirmed = |facts: &Facts| {
        decide(facts, |unit| {
            apply(unit, &text("Please do not contact me any more")).unwrap();
            unit.changes.new_jobs.iter().filter(|job| job.payload["message"] == "opt-out-confirmed").count()
        })
    };
    let mut facts = known_to(&[1]);
    assert_eq!(confirmed(&facts), 1);
    let refused = Suppression {
        id: RowId(1),
        client: ClientId(1),
        address: ANN.into(),
        channel: None,
        reason: "user_request".into(),
        evidence: String::new(),
        since: Millis(NOW.0 - 1),
        by: "vapi".into(),
    };
    facts.suppressions.insert(ANN.into(), vec![refused]);
    assert_eq!(confirmed(&facts), 0, "they said so on the phone, and heard that it is recorded");
}

#[test]
fn a_text_that_is_replayed_changes_nothing() {
    let mut facts = known_to(&[1]);
    let kept = decide(&facts, |unit| {
        apply(unit, &text("Who is this?")).unwrap();
        unit.changes.new_messages.values().next().cloned().unwrap()
    });
    facts.add_messages(TWILIO, [kept]);
    decide(&facts, |unit| {
        let applied = apply(unit, &text("Who is this?")).unwrap();
        assert_eq!(applied.status, WebhookStatus::Ignored);
        assert!(unit.changes.new_messages.is_empty());
    });
}
