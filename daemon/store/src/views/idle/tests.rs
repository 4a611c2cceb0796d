//! The waterfall over small houses.

use super::*;
use crate::views::testing::{NOW, Seed, each};
use frontdesk_shared::time::MINUTE;

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
                let told = waterfall(tx, None, NOW, (1, 10), None)?;
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
                let full = waterfall(tx, Some(ClientId(1)), NOW, (10, 10), None)?;
                assert_eq!(full.summary, "All 10 slots are in use; 2 leads are due");
                let paused = waterfall(tx, None, NOW, (0, 10), Some("lunch".into()))?;
                assert_eq!(paused.summary, "Nothing is dialing because dialing is paused: lunch");
                assert_eq!(paused.steps.last().map(|s| (s.removed, s.left)), Some((2, 0)));
                let bolt = waterfall(tx, Some(ClientId(2)), NOW, (0, 10), None)?;
                assert_eq!(bolt.summary, "3 leads wait: bolt is paused: holiday; no call is planned");
                assert!(waterfall(tx, Some(ClientId(9)), NOW, (0, 10), None).is_err());
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
                let empty = waterfall(tx, None, NOW, (0, 10), None)?;
                assert_eq!(empty.summary, "Nothing is dialing because there are no open leads");
                assert!(empty.steps.is_empty());
                tx.client(1, "acme")?;
                for n in 1..=3 {
                    tx.lead(n, 1, &format!("+4477009001{n:02}"), "held", "consent")?;
                }
                tx.lead(4, 1, "+447700900199", "queued", "")?;
                tx.job(4, 1, Some(4), CALL_JOB, "ready", NOW + 3 * HOUR)?;
                let told = waterfall(tx, Some(ClientId(1)), NOW, (0, 10), None)?;
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
                let until = (NOW + MINUTE).0;
                let breaker = format!("{{\"state\":\"open\",\"until\":{until},\"seen\":[]}}");
                let sql = "INSERT INTO provider_state (provider, client_id, hold_until, hold_reason, breaker) \
                           VALUES ('vapi', $1, $2, $3, $4)";
                tx.execute(sql, params![1_i64, None::<i64>, "", &breaker])?;
                let told = waterfall(tx, None, NOW, (0, 10), None)?;
                assert_eq!(told.steps[0].label, "due, but the provider is on hold for the client");
                tx.execute(sql, params![0_i64, until, "no credit", "{\"state\":\"closed\"}"])?;
                let told = waterfall(tx, None, NOW, (0, 10), None)?;
                assert_eq!(told.summary, "Nothing is dialing because vapi is on hold for 1m 00s: no credit");
                let later = waterfall(tx, None, NOW + 2 * MINUTE, (0, 10), None)?;
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
    assert_eq!(open_until("{\"state\":\"closed\"}"), None);
    assert_eq!(open_until("{\"state\":\"open\",\"until\":5}"), Some(Millis(5)));
    assert_eq!(open_until("open"), None);
}
