//! Leads and what permits or forbids to contact them.

use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::explain::{Answer, Finding, GateReport, RuleLine};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{CallId, ClientId, ImportId, LeadId, RowId, VerdictId};
use frontdesk_store::leads::{self, Consent, Lead, NewConsent, Suppressing};
use frontdesk_store::verdicts::{self, Verdict};
use frontdesk_store::{Error, Store, clients};
use frontdesk_tests::database::START;
use frontdesk_tests::{on_both_engines, samples};

async fn with_leads(store: &Store) {
    store
        .write(|tx| {
            clients::insert(tx, &samples::client(1))?;
            clients::insert(tx, &samples::client(2))?;
            leads::insert(tx, &[samples::lead(10, 1)])
        })
        .await
        .unwrap();
}

fn full() -> Lead {
    Lead {
        phone: None,
        identity: "raw:0207".into(),
        zone: Some("Europe/Paris".into()),
        state: Some("TX".into()),
        postcode: Some("SW1A 1AA".into()),
        external_id: Some("crm-7".into()),
        vars: [("note".to_owned(), "says “hi”, 🙂".to_owned())].into(),
        status: LeadStatus::Held,
        hold_rule: "consent".into(),
        hold_reason: "no consent".into(),
        next_at: Some(START + 1),
        last_attempt_at: Some(START + 2),
        last_contact_at: Some(START + 3),
        score: -7,
        score_parts: vec![("source".into(), -7), ("fresh".into(), 0)],
        import: Some(ImportId(5)),
        ..samples::lead(11, 1)
    }
}

on_both_engines! {
    async fn a_lead_comes_back_as_it_was_written(db) {
        with_leads(&db.store).await;
        db.store.write(|tx| leads::insert(tx, &[full()])).await.unwrap();
        let got = db.store.read(|tx| leads::need(tx, LeadId(11))).await.unwrap();
        assert_eq!(format!("{got:?}"), format!("{:?}", full()));
        let mut changed = samples::lead(11, 1);
        changed.status = LeadStatus::Queued;
        changed.attempts = 4;
        let (written, expected) = (changed.clone(), changed);
        db.store.write(move |tx| leads::update(tx, &written)).await.unwrap();
        let got = db.store.read(|tx| leads::need(tx, LeadId(11))).await.unwrap();
        assert_eq!((got.status, got.attempts, got.zone), (expected.status, 4, None));
        // Who it is does not change with what is known about it.
        assert_eq!(got.identity, full().identity);
        let missing = db.store.read(|tx| leads::need(tx, LeadId(404))).await;
        assert!(matches!(&missing, Err(Error::Refused(r)) if r.code == "not_found"), "{missing:?}");
    }

    async fn an_identity_is_one_lead_of_a_client(db) {
        with_leads(&db.store).await;
        let same = |id: i64, client: i64| Lead { id: LeadId(id), ..samples::lead(10, client) };
        let twice = db.store.write(move |tx| leads::insert(tx, &[same(12, 1)])).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        db.store.write(move |tx| leads::insert(tx, &[same(13, 2)])).await.unwrap();
        let number = samples::lead(10, 1).identity;
        let (mut all, mine) = db.store.read(move |tx| Ok((
            leads::all_by_identity(tx, &number)?, leads::by_identity(tx, ClientId(2), &number)?,
        ))).await.unwrap();
        all.sort_by_key(|l| l.id);
        assert_eq!(all.iter().map(|l| l.id.0).collect::<Vec<_>>(), [10, 13]);
        assert_eq!(mine.unwrap().id, LeadId(13));
        let orphan = db.store.write(|tx| leads::insert(tx, &[samples::lead(14, 99)])).await;
        assert!(matches!(orphan, Err(Error::Constraint(_))), "{orphan:?}");
    }

    async fn a_consent_keeps_its_wording_until_it_is_taken_back(db) {
        with_leads(&db.store).await;
        db.store.write(|tx| {
            for (id, wording) in [(1, "I agree."), (2, "I agree."), (3, "Call me.")] {
                let statement = leads::statement(tx, wording, RowId(100 + id))?;
                let consent = Consent {
                    id: RowId(id),
                    channels: vec![Channel::AiVoice, Channel::Sms],
                    purpose: Purpose::Marketing,
                    wording: wording.into(),
                    evidence: "form 7".into(),
                    given_at: START + id,
                    recorded_by: "import".into(),
                    revoked_at: None,
                };
                leads::insert_consents(tx, ClientId(1), &[NewConsent { lead: LeadId(10), consent, statement }], START)?;
            }
            Ok(())
        }).await.unwrap();
        let got = db.store.read(|tx| leads::consents(tx, LeadId(10))).await.unwrap();
        assert_eq!(got.iter().map(|c| c.wording.as_str()).collect::<Vec<_>>(), ["I agree.", "I agree.", "Call me."]);
        assert_eq!(got[0].channels, [Channel::AiVoice, Channel::Sms]);
        assert_eq!((got[2].purpose, got[2].given_at, got[2].revoked_at), (Purpose::Marketing, START + 3, None));
        assert_eq!(db.store.read(|tx| tx.count("SELECT count(*) FROM statement", &[])).await.unwrap(), 2);
        let revoke = |at: i64| db.store.write(move |tx| leads::revoke_consents(tx, LeadId(10), "said so", START + at));
        assert_eq!(revoke(50).await.unwrap(), 3);
        assert_eq!(revoke(60).await.unwrap(), 0);
        let got = db.store.read(|tx| leads::consents(tx, LeadId(10))).await.unwrap();
        assert!(got.iter().all(|c| c.revoked_at == Some(START + 50)));
    }

    /// The first date and evidence are the proof of when we knew.
    async fn an_active_suppression_keeps_its_first_date(db) {
        with_leads(&db.store).await;
        let suppress = |id: i64, client: i64, reason: &'static str, at: i64| db.store.write(move |tx| {
            leads::suppress(tx, &Suppressing {
                id: RowId(id), client: ClientId(client), address: "+447700900010", reason, evidence: "call 1", by: "daemon",
            }, START + at)
        });
        assert!(suppress(1, 1, "asked us to stop", 1).await.unwrap());
        assert!(!suppress(2, 1, "asked again", 2).await.unwrap());
        let of = |client: i64| db.store.read(move |tx| leads::suppressions(tx, ClientId(client), "+447700900010"));
        let got = of(1).await.unwrap();
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].since, got[0].reason.as_str(), got[0].channel), (START + 1, "asked us to stop", None));
        assert!(of(2).await.unwrap().is_empty());
        // The house's binds everyone, beside the client's own.
        assert!(suppress(3, 0, "complaint", 3).await.unwrap());
        assert_eq!(of(1).await.unwrap().len(), 2);
        assert_eq!(of(2).await.unwrap()[0].client, clients::HOUSE);
        // One that had ended begins anew.
        db.store.write(|tx| tx.execute("UPDATE suppression SET active = FALSE WHERE id = 1", &[])).await.unwrap();
        assert_eq!(of(1).await.unwrap().len(), 1);
        assert!(suppress(4, 1, "asked a third time", 9).await.unwrap());
        assert!(of(1).await.unwrap().iter().any(|s| s.since == START + 9 && s.reason == "asked a third time"));
    }

    async fn the_ledger_counts_contacts_and_voids_what_never_rang(db) {
        with_leads(&db.store).await;
        db.store.write(|tx| {
            assert_eq!(leads::last_contact(tx, LeadId(10))?, None);
            let lead = samples::lead(10, 1);
            leads::insert_contact(tx, RowId(1), &lead, Channel::AiVoice, Some(CallId(7)), START)?;
            leads::insert_contact(tx, RowId(2), &lead, Channel::Sms, None, START + 10)?;
            leads::insert_contact(tx, RowId(3), &lead, Channel::AiVoice, Some(CallId(8)), START + 20)
        }).await.unwrap();
        let since = |at: i64| db.store.read(move |tx| {
            Ok(leads::contacts(tx, LeadId(10), START + at)?.iter().map(|c| (c.channel, c.at)).collect::<Vec<_>>())
        });
        assert_eq!(since(10).await.unwrap(), [(Channel::AiVoice, START + 20), (Channel::Sms, START + 10)]);
        assert_eq!(since(0).await.unwrap().len(), 3);
        db.store.write(|tx| leads::void_contact(tx, CallId(8))).await.unwrap();
        assert_eq!(since(0).await.unwrap().len(), 2);
        assert_eq!(db.store.read(|tx| leads::last_contact(tx, LeadId(10))).await.unwrap(), Some(START + 10));
    }

    async fn a_verdict_comes_back_with_its_reasoning(db) {
        with_leads(&db.store).await;
        let report = |at: i64, detail: &str| GateReport {
            answer: Answer::NotYet,
            rule: "window".into(),
            reason: "outside hours".into(),
            next_at: Some(START + 99),
            at: START + at,
            stage: "plan".into(),
            rules_version: 3,
            lines: vec![
                RuleLine { rule: "paused".into(), finding: Finding::Pass, detail: detail.into(), until: None },
                RuleLine { rule: "window".into(), finding: Finding::Wait, detail: "08:00".into(), until: Some(START + 99) },
            ],
        };
        let reports = [report(1, "a"), report(2, "a"), report(3, "b")];
        let written = reports.clone();
        db.store.write(move |tx| {
            for (id, report) in (1..).zip(&written) {
                let (client, lead) = (ClientId(1), LeadId(10));
                verdicts::insert(tx, &[Verdict { id: VerdictId(id), client, lead, report: report.clone() }])?;
            }
            Ok(())
        }).await.unwrap();
        let got = db.store.read(|tx| verdicts::of_lead(tx, LeadId(10), 2)).await.unwrap();
        assert_eq!(got, [reports[2].clone(), reports[1].clone()]);
        assert_eq!(db.store.read(|tx| tx.count("SELECT count(*) FROM reasoning", &[])).await.unwrap(), 2);
    }

    async fn stale_leads_are_open_and_long_untouched(db) {
        with_leads(&db.store).await;
        let with = |id: i64, status: LeadStatus, contact: Option<i64>| Lead {
            status, last_contact_at: contact.map(|ms| START + ms), ..samples::lead(id, 1)
        };
        db.store.write(move |tx| {
            leads::insert(tx, &[with(20, LeadStatus::Held, Some(-5))])?;
            leads::insert(tx, &[with(21, LeadStatus::Queued, Some(50))])?;
            leads::insert(tx, &[with(22, LeadStatus::OptedOut, None)])?;
            leads::insert(tx, &[with(23, LeadStatus::Calling, None)])
        }).await.unwrap();
        let stale = |before: i64, limit: i64| db.store.read(move |tx| {
            Ok(leads::stale(tx, START + before, limit)?.iter().map(|l| l.id.0).collect::<Vec<_>>())
        });
        assert_eq!(stale(0, 10).await.unwrap(), Vec::<i64>::new());
        assert_eq!(stale(10, 10).await.unwrap(), [10, 20]);
        assert_eq!(stale(10, 1).await.unwrap(), [10]);
        assert_eq!(stale(51, 10).await.unwrap(), [10, 20, 21]);
    }
}
