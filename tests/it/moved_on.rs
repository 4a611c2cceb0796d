//! What was decided while a request was under way stands, whatever the answer says and however
//! late it comes; and what stays unknown ends with a person.

mod late;

use frontdesk_daemon::config::{self, Disk};
use frontdesk_daemon::flows::imports::{self as import_flow, Batch, Judged};
use frontdesk_daemon::flows::webhooks::{self, Defaults};
use frontdesk_daemon::flows::{Ctx, House, calls as call_flow, optout};
use frontdesk_daemon::jobs::{look_up, place_call, poll_call, runner, sweep};
use frontdesk_daemon::webhooks::{Delivery, Provider};
use frontdesk_domain::breaker::{Admit, Breaker};
use frontdesk_domain::placement::Order;
use frontdesk_domain::progress::{CallUpdate, Report};
use frontdesk_env::Env;
use frontdesk_providers::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_providers::vapi::{Placed, VapiCall};
use frontdesk_shared::call::{CallStatus, Direction, Outcome};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::import::{ImportCounts, ImportSpec, ImportStatus, Reject};
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_shared::{CallId, ClientId, ImportId, JobId, LeadId, Millis, RowId};
use frontdesk_store::jobs::{LANE_CALL, NewJob};
use frontdesk_store::params;
use frontdesk_store::{Result, Solo, Tx, calls, clients, house, imports, jobs, leads};
use frontdesk_tests::database::START;
use frontdesk_tests::{desk, hook, samples};
use std::sync::Arc;

struct Underway {
    solo: Solo,
    ctx: Ctx,
    order: Order,
}

/// A call whose intent is committed and whose request is under way.
fn under_way() -> Underway {
    let environ = desk::environ(std::path::Path::new("nowhere"), "http://127.0.0.1:1");
    let config = config::load(&environ, &Disk).expect("a configuration").config;
    let house = Arc::new(House::of(&config).expect("rules"));
    let ctx = Ctx { env: Env::manual(START, 7), node: 0, house };
    let solo = Solo::in_memory().expect("a database");
    let client = samples::client(1);
    solo.write(|tx| clients::insert(tx, &client)).expect("a client");
    let order = another(&solo, 10);
    Underway { solo, ctx, order }
}

/// One more of the same client.
fn another(solo: &Solo, n: i64) -> Order {
    let mut lead = samples::lead(n, 1);
    lead.status = LeadStatus::Calling;
    (lead.attempts, lead.last_contact_at) = (1, Some(START));
    let new = NewJob {
        kind: "call.place",
        lane: LANE_CALL,
        lead: Some(lead.id),
        max_attempts: 7,
        ..samples::job(n + 1, 1)
    };
    let mut call = samples::call(n + 2, 1);
    (call.lead, call.job, call.phone) = (Some(lead.id), Some(new.id), lead.identity.clone());
    let job = solo.write(|tx| {
        leads::insert(tx, &[lead.clone()])?;
        calls::insert(tx, [&call])?;
        jobs::enqueue(tx, &new, START)?;
        jobs::start(tx, new.id, 0, START + 60 * SECOND, START)?;
        jobs::by_id(tx, new.id)
    });
    let job = job.expect("written").expect("a job");
    Order { job, call, lead, client: samples::client(1).into() }
}

impl Underway {
    fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> T {
        self.solo.write(f).expect("committed")
    }

    fn opt_out(&self) {
        let source = optout::Source { reason: "user_request", evidence: "a letter", actor: "sim" };
        self.write(|tx| optout::record(tx, &self.ctx, &self.order.call.phone, ClientId(1), source));
    }

    fn answer(&self, sent: &Sent<Placed>) {
        self.write(|tx| place_call::settled(tx, &self.ctx, &self.order, sent));
    }

    fn unknown(&self) {
        self.write(|tx| call_flow::abandoned(tx, &self.ctx, std::slice::from_ref(&self.order.job)));
    }

    fn lead(&self) -> LeadStatus {
        self.write(|tx| leads::need(tx, self.order.lead.id)).status
    }

    fn job(&self) -> JobState {
        self.write(|tx| jobs::by_id(tx, self.order.job.id)).expect("a job").state
    }

    fn call(&self) -> calls::Call {
        self.write(|tx| calls::need(tx, self.order.call.id))
    }
}

fn placed() -> Sent<Placed> {
    Sent::Done(Placed {
        provider_call_id: "call-1".into(),
        status: "queued".into(),
        carrier_call_id: None,
        control_url: None,
        limits: None,
        created_at: None,
    })
}

#[test]
fn an_opt_out_during_a_placement_stands_whatever_the_answer() {
    let refused = |class| Sent::Refused(Refusal::ours(class, "no"));
    for answer in [
        Sent::NotSent("no route".into()),
        Sent::Busy { retry_after_ms: None },
        refused(RefusalClass::OverConcurrency),
        refused(RefusalClass::Billing),
        refused(RefusalClass::DailyLimit),
        refused(RefusalClass::Recipient),
        refused(RefusalClass::Invalid),
    ] {
        let sent = under_way();
        sent.opt_out();
        sent.answer(&answer);
        assert_eq!(sent.lead(), LeadStatus::OptedOut, "{answer:?}");
        assert!(sent.job().is_final(), "nothing is tried again after {answer:?}: {}", sent.job());
    }
}

#[test]
fn without_an_opt_out_the_same_intent_is_tried_again() {
    let sent = under_way();
    sent.answer(&Sent::NotSent("no route".into()));
    assert_eq!((sent.lead(), sent.job()), (LeadStatus::Queued, JobState::Ready));
}

#[test]
fn settling_by_hand_leaves_an_opt_out_alone() {
    for happened in [true, false] {
        let sent = under_way();
        sent.unknown();
        sent.opt_out();
        let (job, call) = (sent.order.job.id, sent.call());
        sent.write(|tx| call_flow::by_hand(tx, &sent.ctx, job, &call, happened, "root"));
        assert_eq!(sent.lead(), LeadStatus::OptedOut, "happened: {happened}");
    }
}

/// The process stood still for longer than its lease: the job was given to a person to settle.
#[test]
fn an_answer_after_the_lease_settles_its_job() {
    let sent = under_way();
    sent.unknown();
    assert_eq!(sent.job(), JobState::Uncertain);
    sent.answer(&placed());
    assert_eq!((sent.call().status, sent.job()), (CallStatus::Queued, JobState::Done));
}

/// A tool is the first that is heard of a call whose placement had no answer.
#[test]
fn a_tool_used_on_an_uncertain_call_settles_its_job() {
    let sent = under_way();
    sent.unknown();
    let call = serde_json::json!({ "id": "call-1", "name": format!("fd-{}", sent.order.call.id) });
    let body = hook::tool(&call, START.0, "tool-1", "check_availability", serde_json::json!({}));
    let delivery = Delivery::read(Provider::Vapi, body.into_bytes().into(), "").expect("a message");
    sent.write(|tx| webhooks::accept(tx, &sent.ctx, &Defaults::default(), &delivery));
    assert_eq!((sent.call().status, sent.job()), (CallStatus::InProgress, JobState::Done));
}

#[test]
fn an_opt_out_in_a_report_after_the_call_was_given_up_counts() {
    let sent = under_way();
    sent.answer(&placed());
    let call = sent.call();
    sent.write(|tx| call_flow::lost(tx, &sent.ctx, &call, "the provider does not know it"));
    assert_ne!(sent.lead(), LeadStatus::OptedOut);
    let report = Report { user_messages: vec!["Stop calling me.".into()], ..Report::default() };
    let heard = CallUpdate { report: Some(report), ..CallUpdate::default() };
    let call = sent.call();
    sent.write(|tx| call_flow::update(tx, &sent.ctx, &call, &heard));
    assert_eq!(sent.lead(), LeadStatus::OptedOut);
}

/// The provider knows of an opt-out that we do not: a file that names the person later must not
/// begin anew.
#[test]
fn an_opt_out_at_the_provider_is_on_record() {
    let sent = under_way();
    sent.answer(&Sent::Refused(Refusal::ours(RefusalClass::OptedOut, "on their list")));
    assert_eq!((sent.lead(), sent.job()), (LeadStatus::OptedOut, JobState::Dead));
    let known = sent.write(|tx| leads::suppressions(tx, ClientId(1), &sent.order.lead.identity));
    assert_eq!(known.len(), 1);
}

impl Underway {
    /// The person agreed to be called.
    fn consented(&self) {
        let consent = leads::Consent {
            id: RowId(1),
            channels: vec![Channel::AiVoice],
            purpose: Purpose::Marketing,
            wording: "Call me".into(),
            evidence: "form 7".into(),
            given_at: START,
            recorded_by: "sim".into(),
            revoked_at: None,
        };
        self.write(|tx| {
            let statement = leads::statement(tx, &consent.wording, RowId(2))?;
            let new = leads::NewConsent { lead: self.order.lead.id, consent, statement };
            leads::insert_consents(tx, ClientId(1), &[new], START)
        });
    }

    fn next_at(&self) -> Option<Millis> {
        self.write(|tx| leads::need(tx, self.order.lead.id)).next_at
    }

    fn hear(&self, heard: &CallUpdate) {
        let call = self.call();
        self.write(|tx| call_flow::update(tx, &self.ctx, &call, heard));
    }

    fn faults(&self) -> Vec<String> {
        self.write(|tx| tx.all("SELECT kind FROM fault ORDER BY kind", &[], |r| r.get(0)))
    }

    /// The call job that waits for its lead.
    fn planned(&self) -> Option<jobs::Job> {
        let sql = "SELECT id FROM job WHERE lane = 'call' AND state = 'ready'";
        self.write(|tx| {
            let id = tx.optional(sql, &[], |r| r.get::<JobId>(0))?;
            id.map(|id| jobs::by_id(tx, id)).transpose().map(Option::flatten)
        })
    }

    /// The look-up of the call is claimed.
    fn look_up(&self) -> jobs::Job {
        let sql = "SELECT id FROM job WHERE kind = 'call.look-up'";
        let found = self.write(|tx| {
            let id = tx.one(sql, &[], |r| r.get(0))?;
            jobs::start(tx, id, 0, START + 60 * SECOND, START)?;
            jobs::by_id(tx, id)
        });
        found.expect("a look-up")
    }
}

/// Else the lead would seem to be on the phone for ever, and nobody would know.
#[test]
fn a_look_up_without_any_answer_ends_with_a_person() {
    let sent = under_way();
    sent.unknown();
    for _ in 0..6 {
        assert_eq!(sent.lead(), LeadStatus::Calling);
        let job = sent.look_up();
        let unreached = Sent::NotSent("no route".into());
        let mut settlement = look_up::told(&job, sent.order.call.id, unreached);
        sent.write(|tx| runner::settled(tx, &sent.ctx, &job, &mut settlement));
    }
    assert_eq!(sent.lead(), LeadStatus::Review);
}

/// The daemon died again and again while it asked: three runs for each of six tries.
#[test]
fn a_look_up_that_is_never_finished_ends_with_a_person() {
    let sent = under_way();
    sent.unknown();
    for _ in 0..18 {
        assert_eq!(sent.lead(), LeadStatus::Calling);
        let job = sent.look_up();
        sent.write(|tx| call_flow::abandoned(tx, &sent.ctx, std::slice::from_ref(&job)));
    }
    assert_eq!(sent.lead(), LeadStatus::Review);
}

#[test]
fn a_look_up_is_still_made_after_hours_away() {
    let sent = under_way();
    sent.unknown();
    sent.ctx.env.clock.set(START + DAY);
    let want = runner::Want { works: 32, ..runner::Want::default() };
    let claimed = sent.write(|tx| runner::take_due(tx, &sent.ctx, want, runner::Last::default())).works;
    assert_eq!(claimed.len(), 1, "{claimed:?}");
}

/// The answer to a commit was lost, so the piece is committed again.
#[test]
fn a_piece_of_a_file_counts_once() {
    let sent = under_way();
    let (ctx, client) = (&sent.ctx, &sent.order.client);
    let import = imports::Import {
        id: ImportId(9),
        client: client.id,
        status: ImportStatus::Running,
        spec: ImportSpec { client: client.key.clone(), ..ImportSpec::default() },
        content_type: String::new(),
        digest: String::new(),
        node: 0,
        bytes: 10,
        bytes_done: 0,
        next_row: 0,
        counts: ImportCounts::default(),
        columns: Vec::new(),
        actor: "sim".into(),
        note: String::new(),
        created_at: START,
        updated_at: START,
        finished_at: None,
    };
    sent.write(|tx| imports::insert(tx, &import));
    let bad = Reject { row: 2, field: "phone".into(), reason: "too few digits".into() };
    let piece = |rows, last| Batch {
        rows,
        bytes_done: 5,
        next_row: 3,
        columns: Vec::new(),
        notes: Vec::new(),
        last,
        bulk: false,
    };
    for _ in 0..2 {
        let batch = piece(vec![Judged::Refused(vec![bad.clone()])], false);
        let after = sent.write(|tx| import_flow::commit(tx, ctx, client, &import, &batch));
        assert_eq!((after.counts.rows, after.status), (1, ImportStatus::Running));
    }
    let after = sent.write(|tx| import_flow::commit(tx, ctx, client, &import, &piece(Vec::new(), true)));
    assert_eq!((after.counts.rows, after.status), (1, ImportStatus::Done));
}

/// Five failures of the provider stop all calls, which a person must know; that they flow again is good
/// news.
#[test]
fn a_breaker_that_closes_is_no_fault() {
    let sent = under_way();
    let faults = || {
        let sql = "SELECT COALESCE(SUM(total), 0) FROM fault WHERE kind = 'provider.breaker'";
        sent.write(|tx| tx.count(sql, &[]))
    };
    let settled = |n: i64, answer: &Sent<Placed>| {
        let order = another(&sent.solo, n);
        sent.write(|tx| place_call::settled(tx, &sent.ctx, &order, answer));
    };
    for n in 0..5 {
        settled(100 + 10 * n, &Sent::NotSent("no route".into()));
    }
    assert_eq!(faults(), 1);
    sent.ctx.env.clock.set(START + DAY);
    sent.write(|tx| {
        let kept = house::breaker(tx, "vapi", clients::HOUSE)?.expect("five failures were kept");
        let mut breaker: Breaker = serde_json::from_str(&kept).expect("a breaker");
        assert_eq!(breaker.admit(&sent.ctx.house.breaker, START + DAY), Admit::Trial);
        house::set_breaker(tx, "vapi", clients::HOUSE, &serde_json::to_string(&breaker).expect("text"))
    });
    settled(200, &placed());
    assert_eq!(faults(), 1);
}
