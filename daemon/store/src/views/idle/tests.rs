//! The waterfall over small houses.

use super::*;
use crate::tables::house;
use crate::views::testing::{NOW, Seed, each};
use frontdesk_shared::time::MINUTE;
use std::sync::LazyLock;

static VOICE: LazyLock<Voice> =
    LazyLock::new(|| Voice { assistant_id: "a".into(), phone_number_id: "n".into() });
static RULES: LazyLock<BreakerRules> = LazyLock::new(BreakerRules::default);

/// What the installation has at the provider, and its rules.
fn calm() -> (&'static Voice, &'static BreakerRules) {
    (&VOICE, &RULES)
}

#[tokio::test]
async fn every_open_lead_is_accounted_for() {
    each(async |store| {
        store
            .write(|tx| {
                tx.client(1, "acme")?;
                tx.client(2, "bolt")?;
                tx.execute(
                    "UPDATE client SET status = 'paused', paused_reason = 'holiday' WHERE id = 2",
                    &[],
                )?;
                for n in 1..=20_i64 {
                    let (client, status, rule) = match n {
                        1..=3 => (2, "queued", ""),
                        4..=9 => (1, "held", "consent"),
                        10..=11 => (1, "held", "country"),
                        12 => (1, "calling", ""),
                        13 => (1, "callback", ""),
                        20 => (1, "booked", ""),
                        _ => (1, "queued", ""),
                    };
                    tx.lead(n, client, &format!("+4477009001{n:02}"), status, rule)?;
                    let at = match n {
                        13 => NOW + DAY,
                        14 => NOW + MINUTE,
                        15 => NOW + 3 * HOUR,
                        _ => NOW - 1_000,
                    };
                    if (13..=17).contains(&n) || n == 1 {
                        tx.job(n, client, Some(n), CALL_JOB, "ready", at)?;
                    }
                }
                tx.job(18, 1, Some(18), CALL_JOB, "running", NOW)?;
                let told = waterfall(tx, None, NOW, (1, 10), None, calm())?;
                let steps: Vec<_> = told.steps.iter().map(|s| (s.label.as_str(), s.removed)).collect();
                assert_eq!(
                    steps,
                    [
                        ("bolt is paused: holiday", 3),
                        ("held: consent", 6),
                        ("held: a country that is switched on", 2),
                        ("being called now", 1),
                        ("planned before the next hour", 1),
                        ("planned later today", 1),
                        ("planned after today", 1),
                        ("no call planned or running", 1),
                        ("a call is being placed", 1),
                    ]
                );
                assert_eq!(told.steps.last().map(|s| s.left), Some(2), "two are due and free to go");
                assert_eq!(told.summary, "2 leads are due now and will be called next");
                assert_eq!(told.next_at, Some(NOW + MINUTE));
                let full = waterfall(tx, Some(ClientId(1)), NOW, (10, 10), None, calm())?;
                assert_eq!(full.summary, "All 10 slots are in use; 2 leads are due");
                let paused = waterfall(tx, None, NOW, (0, 10), Some("lunch".into()), calm())?;
                assert_eq!(paused.summary, "Nothing is dialing because dialing is paused: lunch");
                assert_eq!(paused.steps.last().map(|s| (s.removed, s.left)), Some((2, 0)));
                let bolt = waterfall(tx, Some(ClientId(2)), NOW, (0, 10), None, calm())?;
                assert_eq!(bolt.summary, "3 leads wait: bolt is paused: holiday; no call is planned");
                assert!(waterfall(tx, Some(ClientId(9)), NOW, (0, 10), None, calm()).is_err());
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_summary_says_what_most_leads_wait_for_and_when_it_goes_on() {
    each(async |store| {
        store
            .write(|tx| {
                let empty = waterfall(tx, None, NOW, (0, 10), None, calm())?;
                assert_eq!(empty.summary, "Nothing is dialing because there are no open leads");
                assert!(empty.steps.is_empty());
                tx.client(1, "acme")?;
                for n in 1..=3 {
                    tx.lead(n, 1, &format!("+4477009001{n:02}"), "held", "consent")?;
                }
                tx.lead(4, 1, "+447700900199", "queued", "")?;
                tx.job(4, 1, Some(4), CALL_JOB, "ready", NOW + 3 * HOUR)?;
                let told = waterfall(tx, Some(ClientId(1)), NOW, (0, 10), None, calm())?;
                assert_eq!(
                    told.summary,
                    "3 leads wait for consent; next planned call at 15:34 GMT (in 3h 00m)"
                );
                assert!(told.steps[0].remedy.contains("attested"));
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_provider_on_hold_is_named() {
    each(async |store| {
        store
            .write(|tx| {
                tx.client(1, "acme")?;
                tx.lead(1, 1, "+447700900101", "queued", "")?;
                tx.job(1, 1, Some(1), CALL_JOB, "ready", NOW)?;
                tx.execute(
                    "UPDATE client SET settings = '{\"vapi\": {\"assistant_id\": \"own\"}}' WHERE id = 1",
                    &[],
                )?;
                let until = (NOW + MINUTE).0;
                let breaker = format!("{{\"state\":\"open\",\"until\":{until},\"seen\":[]}}");
                house::set_breaker(tx, VAPI, ClientId(1), &breaker)?;
                let told = waterfall(tx, None, NOW, (0, 10), None, calm())?;
                let label = &told.steps[0].label;
                assert!(label.starts_with("due, but calls of client acme wait until"), "{label}");
                assert!(label.contains("requests fail"), "{label}");
                house::set_breaker(tx, VAPI, ClientId(1), "")?;
                let own = HoldScope::Assistant("own".into());
                holds::set(tx, VAPI, &own, NOW + MINUTE, "not found")?;
                let told = waterfall(tx, None, NOW, (0, 10), None, calm())?;
                let step = &told.steps[0];
                assert!(step.label.contains("with assistant own (client acme only)"), "{}", step.label);
                assert!(step.label.ends_with("the provider refuses: not found"), "{}", step.label);
                assert!(step.remedy.contains("a change of settings"), "{}", step.remedy);
                holds::set(tx, VAPI, &HoldScope::Assistant("other".into()), NOW + MINUTE, "not found")?;
                assert!(holds::lift(tx, VAPI, &own)?);
                let told = waterfall(tx, None, NOW, (0, 10), None, calm())?;
                assert_eq!(told.summary, "1 lead is due now and will be called next");
                holds::set(tx, VAPI, &HoldScope::Account, NOW + MINUTE, "no credit")?;
                let told = waterfall(tx, None, NOW, (0, 10), None, calm())?;
                assert!(
                    told.summary.starts_with("Nothing is dialing because calls of all clients wait"),
                    "{}",
                    told.summary
                );
                assert!(told.summary.ends_with("the provider refuses: no credit"), "{}", told.summary);
                assert!(told.steps[0].remedy.contains("balance"));
                let later = waterfall(tx, None, NOW + 2 * MINUTE, (0, 10), None, calm())?;
                assert_eq!(later.summary, "1 lead is due now and will be called next");
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[test]
fn numbers_and_nouns_agree() {
    assert_eq!(leads_wait(1, "wait"), "1 lead waits");
    assert_eq!(leads_wait(1_204_000, "wait"), "1,204,000 leads wait");
}

#[tokio::test]
async fn messages_that_wait_are_told_with_what_for() {
    each(async |store| {
        store
            .write(|tx| {
                tx.client(1, "acme")?;
                tx.client(2, "bolt")?;
                tx.lead(1, 1, "+447700900101", "booked", "")?;
                for n in 1..=4 {
                    tx.reminder(n, if n == 4 { 2 } else { 1 }, 1, 1, NOW + MINUTE)?;
                }
                let read = |tx: &mut Tx<'_>, paused: Option<String>| -> Result<Vec<(String, u64)>> {
                    let told = waterfall(tx, None, NOW, (0, 10), paused, calm())?;
                    Ok(told.messages.into_iter().map(|w| (w.label, w.count)).collect())
                };
                assert_eq!(read(tx, None)?, [], "their time has not come");
                let put_off = "text wait, the provider refuses: no money";
                tx.execute("UPDATE job SET reason = $1 WHERE client_id = 1", params![put_off])?;
                assert_eq!(read(tx, None)?, [("texts: the provider refuses: no money".to_owned(), 3)]);
                tx.execute("UPDATE job SET run_at = $1", params![NOW - MINUTE])?;
                let paused = read(tx, Some("lunch".into()))?;
                assert_eq!(paused, [("everything is paused: lunch".to_owned(), 4)]);
                tx.execute("UPDATE client SET status = 'paused' WHERE id = 2", &[])?;
                let both = read(tx, None)?;
                assert_eq!(both.len(), 2, "{both:?}");
                assert_eq!(both[1], ("bolt is paused".to_owned(), 1));
                let told = waterfall(tx, None, NOW, (0, 10), None, calm())?;
                assert!(
                    told.summary.contains("4 messages wait: texts: the provider refuses"),
                    "{}",
                    told.summary
                );
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}
