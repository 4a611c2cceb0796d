//! The queue: an intent exists once, clients take turns, a fence keeps the late away.

use frontdesk_shared::job::JobState;
use frontdesk_shared::time::HOUR;
use frontdesk_shared::{ClientId, JobId, LeadId, Millis};
use frontdesk_store::jobs::{self, Job, LANE_CALL, LANE_WORK, NewJob, Settled};
use frontdesk_store::{Error, Result, Store, Tx};
use frontdesk_tests::database::START;
use frontdesk_tests::{on_both_engines, samples};
use std::collections::{BTreeMap, HashSet};

const NOBODY: ClientId = ClientId(-1);

async fn put(store: &Store, new: Vec<NewJob<'static>>) {
    store
        .write(move |tx| {
            for job in &new {
                assert!(jobs::enqueue(tx, job, START)?, "{:?} was there already", job.id);
            }
            Ok(())
        })
        .await
        .unwrap();
}

/// Claims as a daemon does: looks for due jobs and starts them in one transaction.
async fn claim(store: &Store, now: Millis, want: usize, last: ClientId, node: i64) -> Result<Vec<Job>> {
    store.write(move |tx| claim_in(tx, now, want, last, node)).await
}

fn claim_in(tx: &mut Tx<'_>, now: Millis, want: usize, last: ClientId, node: i64) -> Result<Vec<Job>> {
    let mut due = jobs::due(tx, LANE_WORK, now, want, last, |_, _| Ok(true))?;
    for job in &mut due {
        let started = jobs::start(tx, job.id, node, now + 60_000, now)?;
        (job.attempt, job.fence) = (started.attempt, started.fence);
    }
    Ok(due)
}

async fn state(store: &Store, id: i64) -> Job {
    store.read(move |tx| jobs::by_id(tx, JobId(id))).await.unwrap().unwrap()
}

fn ids(jobs: &[Job]) -> Vec<i64> {
    jobs.iter().map(|j| j.id.0).collect()
}

on_both_engines! {
    async fn an_intent_is_enqueued_once(db) {
        let keyed = |id: i64, key: Option<&str>| NewJob { dedupe: key.map(str::to_owned), ..samples::job(id, 1) };
        let added = db.store.write(move |tx| {
            let mut added = Vec::new();
            for job in [keyed(1, Some("a")), keyed(2, Some("a")), keyed(3, Some("b")), keyed(4, None), keyed(5, None)] {
                added.push(jobs::enqueue(tx, &job, START)?);
            }
            Ok(added)
        }).await.unwrap();
        assert_eq!(added, [true, false, true, true, true]);
        // For ever: also once it is done.
        let job = claim(&db.store, START, 1, NOBODY, 0).await.unwrap().remove(0);
        db.store.write(move |tx| jobs::settle(tx, job.id, job.fence, JobState::Done, None, "", START)).await.unwrap();
        let again = keyed(6, Some("a"));
        assert!(!db.store.write(move |tx| jobs::enqueue(tx, &again, START)).await.unwrap());
        // And once its job is deleted.
        let (again, together) = (keyed(7, Some("a")), [keyed(8, Some("c")), keyed(9, Some("c")), keyed(10, None)]);
        let added = db.store.write(move |tx| {
            tx.execute("DELETE FROM job WHERE unique_key = 'a'", &[])?;
            Ok((jobs::enqueue(tx, &again, START)?, jobs::enqueue_all(tx, &together, START)?))
        });
        assert_eq!(added.await.unwrap(), (false, 2));
    }

    async fn many_who_enqueue_the_same_intent_add_it_once(db) {
        let all: Vec<_> = (1..=40).map(|id| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let job = NewJob { dedupe: Some("slot:noon".into()), ..samples::job(id, 1) };
                store.write(move |tx| jobs::enqueue(tx, &job, START)).await
            })
        }).collect();
        let mut added = 0;
        for one in all {
            added += usize::from(one.await.unwrap().unwrap());
        }
        assert_eq!(added, 1);
    }

    async fn runs_are_settled_together_but_for_those_that_somebody_else_has(db) {
        put(&db.store, (1..=5).map(|id| samples::job(id, 1)).collect()).await;
        let running = claim(&db.store, START, 5, NOBODY, 0).await.unwrap();
        let moved = db.store.write(move |tx| {
            let settled: Vec<Settled<'_>> = running.iter().map(|job| Settled {
                job: job.id,
                fence: job.fence + i64::from(job.id.0 == 2),
                state: if job.id.0 == 1 { JobState::Ready } else { JobState::Done },
                run_at: (job.id.0 == 1).then_some(START + 9),
                reason: "so",
            }).collect();
            jobs::settle_all(tx, &settled, START + 1)
        }).await.unwrap();
        assert_eq!(moved, [1, 3, 4, 5].map(JobId).into());
        let (first, second, third) = (state(&db.store, 1).await, state(&db.store, 2).await, state(&db.store, 3).await);
        assert_eq!((first.state, first.run_at), (JobState::Ready, START + 9));
        assert_eq!(second.state, JobState::Running);
        assert_eq!((third.state, third.run_at, third.reason.as_str()), (JobState::Done, samples::job(3, 1).run_at, "so"));
    }

    async fn a_job_comes_back_as_it_was_written(db) {
        let new = NewJob {
            payload: serde_json::json!({ "text": "„x“ 🙂", "n": [1, null] }),
            lead: Some(LeadId(8)),
            call: Some(frontdesk_shared::CallId(9)),
            useful_until: Some(START + 5),
            about: "Ms Müller".into(),
            ..samples::job(1, 3)
        };
        put(&db.store, vec![new.clone()]).await;
        let job = state(&db.store, 1).await;
        assert_eq!((job.kind.as_str(), job.payload, job.client), (new.kind, new.payload, new.client));
        assert_eq!((job.lead, job.call, job.about.as_str()), (new.lead, new.call, &*new.about));
        assert_eq!((job.run_at, job.useful_until, job.priority), (new.run_at, new.useful_until, new.priority));
        assert_eq!((job.state, job.attempt, job.max_attempts), (JobState::Ready, 0, new.max_attempts));
        assert_eq!(db.store.read(|tx| jobs::by_id(tx, JobId(2))).await.unwrap().map(|j| j.id), None);
    }

    async fn what_is_not_due_waits_and_the_longest_due_goes_first(db) {
        let at = |id: i64, run_at: i64| NewJob { run_at: START + run_at, ..samples::job(id, 1) };
        put(&db.store, vec![at(1, 0), at(2, -5), at(3, 1), at(4, -9)]).await;
        assert_eq!(ids(&claim(&db.store, START, 10, NOBODY, 0).await.unwrap()), [4, 2, 1]);
        assert_eq!(db.store.read(jobs::next_due).await.unwrap(), Some(START + 1));
        assert_eq!(ids(&claim(&db.store, START + 1, 10, NOBODY, 0).await.unwrap()), [3]);
        assert_eq!(db.store.read(jobs::next_due).await.unwrap(), None);
    }

    async fn urgent_jobs_go_first_whoever_they_are_for(db) {
        let urgent = |id: i64, client: i64, priority: i64| NewJob { priority, ..samples::job(id, client) };
        put(&db.store, vec![urgent(1, 1, 4), urgent(2, 2, 0), urgent(3, 1, 2), urgent(4, 3, 2), urgent(5, 9, 1)]).await;
        assert_eq!(ids(&claim(&db.store, START, 5, NOBODY, 0).await.unwrap()), [2, 5, 3, 4, 1]);
    }

    async fn lanes_do_not_mix_and_an_excluded_client_waits(db) {
        put(&db.store, vec![NewJob { lane: LANE_CALL, ..samples::job(1, 1) }, samples::job(2, 1), samples::job(3, 2)]).await;
        let due = |lane: &'static str| db.store.write(move |tx| {
            jobs::due(tx, lane, START, 10, NOBODY, |_, client| Ok(client != ClientId(2)))
        });
        assert_eq!(ids(&due(LANE_WORK).await.unwrap()), [2]);
        assert_eq!(ids(&due(LANE_CALL).await.unwrap()), [1]);
    }

    /// One client's import of a hundred thousand rows must not delay another's new lead.
    async fn a_large_backlog_does_not_delay_another_client(db) {
        db.store.write(|tx| {
            tx.batch("INSERT INTO job (id, kind, version, payload, client_id, about, lane, priority, state, run_at,
                          attempt, max_attempts, reason, created_at, updated_at)
                      WITH RECURSIVE n(id) AS (SELECT 1000 UNION ALL SELECT id + 1 FROM n WHERE id < 100999)
                      SELECT id, 'bulk', 1, '{}', 5, '', 'work', 2, 'ready', 1, 0, 3, '', 1, 1 FROM n WHERE TRUE")
        }).await.unwrap();
        put(&db.store, vec![samples::job(1, 7), samples::job(2, 3), samples::job(3, 7)]).await;
        // All three small ones are in the first claim although they became due last.
        let first = claim(&db.store, START, 8, NOBODY, 0).await.unwrap();
        assert_eq!(first.len(), 8);
        let of = |client: i64| first.iter().filter(|j| j.client.0 == client).count();
        assert_eq!((of(3), of(7), of(5)), (1, 2, 5));
        // Alone, the large one gets every place.
        assert_eq!(claim(&db.store, START, 50, NOBODY, 0).await.unwrap().len(), 50);
        let (due, oldest) = db.store.read(|tx| jobs::lag(tx, START, &std::collections::HashSet::new())).await.unwrap();
        assert_eq!((due, oldest), (10_000, Some(Millis(1))));
    }

    async fn clients_take_turns_behind_the_one_served_last(db) {
        put(&db.store, (1..=12).map(|id| samples::job(id, 1 + id % 4)).collect()).await;
        let mut last = NOBODY;
        let mut served: BTreeMap<i64, usize> = BTreeMap::new();
        for turn in 0..12 {
            let job = claim(&db.store, START, 1, last, 0).await.unwrap().remove(0);
            last = job.client;
            *served.entry(last.0).or_default() += 1;
            // After each full round everyone was served equally often.
            if turn % 4 == 3 {
                assert!(served.len() == 4 && served.values().all(|n| *n == turn / 4 + 1), "{served:?}");
            }
        }
    }

    async fn a_running_job_is_fenced_by_its_run(db) {
        put(&db.store, vec![samples::job(1, 1)]).await;
        let job = claim(&db.store, START, 1, NOBODY, 0).await.unwrap().remove(0);
        assert_eq!(job.attempt, 1);
        assert_eq!(state(&db.store, 1).await.state, JobState::Running);
        assert!(claim(&db.store, START, 1, NOBODY, 1).await.unwrap().is_empty());
        // Its lease was taken away and another daemon started it again.
        let again = db.store.write(|tx| {
            assert!(jobs::settle(tx, JobId(1), 1, JobState::Ready, Some(START), "lease ran out", START)?);
            jobs::start(tx, JobId(1), 2, START + 1, START)
        }).await.unwrap();
        assert_eq!((again.attempt, again.fence), (2, 2));
        let late = db.store.write(|tx| {
            Ok((
                jobs::settle(tx, JobId(1), 1, JobState::Done, None, "late", START)?,
                jobs::snooze(tx, JobId(1), 1, START, "late", START)?,
                jobs::settle(tx, JobId(1), 3, JobState::Done, None, "early", START)?,
                jobs::put(tx, JobId(1), JobState::Cancelled, None, "by hand", START)?,
            ))
        }).await.unwrap();
        assert_eq!(late, (false, false, false, false));
        assert!(db.store.write(|tx| jobs::settle(tx, JobId(1), 2, JobState::Done, None, "ok", START)).await.unwrap());
        let job = state(&db.store, 1).await;
        assert_eq!((job.state, job.reason.as_str(), job.attempt), (JobState::Done, "ok", 2));
        // What is over is not started again.
        let got = db.store.write(|tx| jobs::start(tx, JobId(1), 0, START, START)).await;
        assert!(matches!(got, Err(Error::NoRow)), "{got:?}");
    }

    /// Several daemons on one store, each claiming in small bites, until nothing is left.
    async fn no_job_is_claimed_twice(db) {
        put(&db.store, (1..=400).map(|id| samples::job(id, id % 5)).collect()).await;
        let daemons: Vec<_> = (0..4).map(|node| {
            let store = db.second_daemon();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let got = claim(&store, START, 7, ClientId(node), node).await.unwrap();
                    if got.is_empty() {
                        return mine;
                    }
                    mine.extend(got.iter().map(|j| (j.id.0, j.attempt)));
                }
            })
        }).collect();
        let mut all = Vec::new();
        for daemon in daemons {
            all.extend(daemon.await.unwrap());
        }
        // A daemon may find everything locked by the others and stop early; nothing is lost.
        all.extend(claim(&db.store, START, 400, NOBODY, 9).await.unwrap().iter().map(|j| (j.id.0, j.attempt)));
        assert_eq!(all.len(), 400);
        assert_eq!(all.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), 400);
        assert!(all.iter().all(|(_, attempt)| *attempt == 1));
    }

    async fn a_snoozed_job_returns_without_having_used_a_try(db) {
        put(&db.store, vec![samples::job(1, 1)]).await;
        claim(&db.store, START, 1, NOBODY, 0).await.unwrap();
        assert!(db.store.write(|tx| jobs::snooze(tx, JobId(1), 1, START + 9, "no slot", START)).await.unwrap());
        let job = state(&db.store, 1).await;
        assert_eq!((job.state, job.attempt, job.run_at), (JobState::Ready, 0, START + 9));
        assert!(claim(&db.store, START + 8, 1, NOBODY, 0).await.unwrap().is_empty());
        let again = claim(&db.store, START + 9, 1, NOBODY, 0).await.unwrap().remove(0);
        assert_eq!((again.attempt, again.fence), (1, 2));
        let first = db.store.write(|tx| jobs::settle(tx, JobId(1), 1, JobState::Done, None, "late", START));
        assert!(!first.await.unwrap(), "the try is the same, the run is another");
    }

    async fn what_is_no_longer_useful_expires_and_only_that(db) {
        let until = |id: i64, ms: i64| NewJob { useful_until: Some(START + ms), ..samples::job(id, 1) };
        put(&db.store, vec![until(1, 10), until(2, 30), samples::job(3, 1), until(4, 5)]).await;
        claim_one(&db.store, 4).await;
        let gone = db.store.write(|tx| jobs::expire(tx, START + 20)).await.unwrap();
        assert_eq!(ids(&gone), [1]);
        assert_eq!(state(&db.store, 1).await.state, JobState::Expired);
        assert_eq!(state(&db.store, 4).await.state, JobState::Running);
        assert!(db.store.write(|tx| jobs::expire(tx, START + 20)).await.unwrap().is_empty());
        // A person may still want it.
        assert!(db.store.write(|tx| jobs::revive(tx, JobId(1), START, None, "by hand", START)).await.unwrap());
        assert!(!db.store.write(|tx| jobs::revive(tx, JobId(4), START, None, "by hand", START)).await.unwrap());
        assert_eq!(state(&db.store, 1).await.useful_until, None);
    }

    async fn abandoned_jobs_are_those_whose_lease_ran_out_or_whose_node_restarted(db) {
        put(&db.store, (1..=3).map(|id| samples::job(id, 1)).collect()).await;
        db.store.write(|tx| {
            jobs::start(tx, JobId(1), 0, START + 10, START)?;
            jobs::start(tx, JobId(2), 1, START + 100, START)?;
            Ok(())
        }).await.unwrap();
        let lost = |now: i64, node: Option<i64>| db.store.read(move |tx| {
            jobs::abandoned(tx, (START + now, START + now + HOUR), node).map(|jobs| ids(&jobs))
        });
        assert_eq!(lost(10, None).await.unwrap(), Vec::<i64>::new());
        assert_eq!(lost(11, None).await.unwrap(), [1]);
        assert_eq!(lost(0, Some(1)).await.unwrap(), [2]);
        assert_eq!(lost(0, Some(0)).await.unwrap(), [1]);
        assert_eq!(lost(101, Some(7)).await.unwrap(), [1, 2]);
    }

    async fn cancelling_leaves_what_already_runs(db) {
        let of = |id: i64, client: i64, lane: &'static str| NewJob { lead: Some(LeadId(client)), lane, ..samples::job(id, client) };
        put(&db.store, vec![of(1, 1, LANE_CALL), of(2, 1, LANE_CALL), of(3, 1, LANE_WORK), of(4, 2, LANE_CALL)]).await;
        claim_one(&db.store, 2).await;
        let cancelled = db.store.write(|tx| jobs::cancel_of_lead(tx, LeadId(1), "opted out", START)).await.unwrap();
        assert_eq!(cancelled, 1);
        let mut states = Vec::new();
        for id in 1..=4 {
            states.push(state(&db.store, id).await.state);
        }
        use JobState::{Cancelled, Ready, Running};
        assert_eq!(states, [Cancelled, Running, Ready, Ready]);
        assert_eq!(db.store.write(|tx| jobs::cancel_of_client(tx, ClientId(1), "gone", START)).await.unwrap(), 1);
        assert_eq!(state(&db.store, 3).await.state, Cancelled);
    }
}

async fn claim_one(store: &Store, id: i64) {
    store.write(move |tx| jobs::start(tx, JobId(id), 0, START + 1, START)).await.unwrap();
}
