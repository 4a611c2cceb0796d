//! Killed in the middle of everything: what was acknowledged is there afterwards, nobody is
//! called twice, no console skips an event, and the calls go on. The short form of `make crash`,
//! with the plain daemon, which has no failpoints.

use frontdesk_store::Engine;
use frontdesk_tests::crash::{Settings, campaign, post};
use frontdesk_tests::database::run;

fn a_few_kills(engine: Engine, kills: usize) {
    run(async {
        let settings = Settings { engine, kills, seed: 3, failing: None, plant: None };
        let Some(outcome) = campaign(&settings).await else { return };
        assert_eq!(outcome.findings, [], "{}", outcome.report);
        assert_eq!(outcome.kills, kills);
        // Nothing lost is worth nothing where nothing happened.
        let e = &outcome.evidence;
        let acknowledged =
            [e.ledger.leads.len(), e.ledger.hooks.len(), e.outside.len(), e.inside.booked.len()];
        assert!(acknowledged.iter().all(|n| *n > 0), "{}", outcome.report);
    });
}

#[test]
fn a_kill_loses_nothing_and_doubles_nothing_on_sqlite() {
    a_few_kills(Engine::Sqlite, 8);
}

#[test]
fn a_kill_of_either_of_two_daemons_loses_nothing_and_doubles_nothing_on_postgres() {
    a_few_kills(Engine::Postgres, 8);
}

fn a_few_kills_among_messages(engine: Engine, kills: usize) {
    run(async {
        let settings = Settings { engine, kills, seed: 5, failing: None, plant: None };
        let Some(outcome) = post::campaign(&settings).await else { return };
        assert_eq!(outcome.findings, [], "{}", outcome.report);
        assert_eq!(outcome.kills, kills);
        let e = &outcome.evidence;
        let happened = [e.texts.len(), e.mails.len(), e.events.len(), e.ledger.brought];
        assert!(happened.iter().all(|n| *n > 0), "{}", outcome.report);
    });
}

/// R6, S1, O14, K11: nothing is written twice, no text of a person and no refusal is lost.
#[test]
fn a_kill_doubles_no_message_and_loses_no_reply_on_sqlite() {
    a_few_kills_among_messages(Engine::Sqlite, 6);
}

/// R7: two daemons on one store send each reminder once.
#[test]
fn a_kill_of_either_of_two_daemons_doubles_no_message_and_loses_no_reply_on_postgres() {
    a_few_kills_among_messages(Engine::Postgres, 6);
}
