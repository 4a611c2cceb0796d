//! Takes a call into the books: chooses its scenario, finds it a slot, starts its task.

use super::call::{Call, Direction, Status};
use super::config::WhenFull;
use super::play::{self, Start};
use super::scenario::Scenario;
use super::state::{Shared, State};
use super::validate::{DAILY_LIMIT_MESSAGE, OVER_CONCURRENCY_MESSAGE, Refusal};
use crate::clock::from_iso;
use crate::random::Random;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Live-control commands that may wait for one call.
const COMMANDS: usize = 16;
/// Calls a number bought from the vendor may place per UTC day.
const DAILY_LIMIT: u32 = 10;
const DAY_MS: i64 = 86_400_000;
const FULL_REASON: &str = "call.start.error-subscription-concurrency-limit-reached";
/// Fields of the request that are stored with the call and repeated in server messages.
const STORED: [&str; 16] = [
    "assistantId",
    "assistant",
    "assistantVersion",
    "assistantOverrides",
    "squadId",
    "squad",
    "squadOverrides",
    "workflowId",
    "workflow",
    "workflowOverrides",
    "phoneNumberId",
    "phoneNumber",
    "customer",
    "customerId",
    "name",
    "schedulePlan",
];

/// A call just placed, as the API answers it.
pub(super) struct Placed {
    pub call: Value,
    pub limits: Value,
}

/// Places one validated call.
pub(super) fn outbound(shared: &Arc<Shared>, body: &Map<String, Value>) -> Result<Placed, Refusal> {
    check_ids(shared, body)?;
    let mut fields: Map<String, Value> = body
        .iter()
        .filter(|(k, v)| STORED.contains(&k.as_str()) && !v.is_null())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    fields.entry("customer").or_insert_with(|| json!({}));
    let earliest = fields.get("schedulePlan").and_then(|p| p["earliestAt"].as_str()).and_then(from_iso);
    let not_before_ms = earliest.filter(|at| *at > shared.clock.now_ms());
    // A scheduled call takes its slot when its time has come.
    let slot = match not_before_ms {
        Some(_) => None,
        None => Arc::clone(&shared.slots).try_acquire_owned().ok(),
    };
    let full = slot.is_none() && not_before_ms.is_none();
    if full && shared.config.when_full == WhenFull::Refuse {
        return Err(Refusal::Policy(OVER_CONCURRENCY_MESSAGE.to_owned()));
    }
    let (placed, seq, commands) = shared.change(|state| {
        count_daily(shared, state, &fields)?;
        let scenario = choose(shared, state, &fields, None);
        let status = if not_before_ms.is_some() { Status::Scheduled } else { Status::Queued };
        let (seq, commands) = enter(shared, state, Direction::Outbound, fields, scenario, status);
        state.counters.placed += 1;
        let call = state.calls.get(&seq).map(|c| c.created_json(&shared.org_id, &shared.base_url));
        let limits = json!({
            "concurrencyBlocked": full,
            "concurrencyLimit": shared.config.concurrency,
            "remainingConcurrentCalls": shared.slots.available_permits(),
        });
        Ok((Placed { call: call.unwrap_or_default(), limits }, seq, commands))
    })?;
    let stillborn = (full && shared.config.when_full == WhenFull::EndCall).then_some(FULL_REASON);
    play::start(shared, Start { seq, commands, slot, stillborn, not_before_ms });
    Ok(placed)
}

/// Lets somebody call in. Inbound calls share the slots; one that finds none waits, ringing.
pub(super) fn inbound(
    shared: &Arc<Shared>,
    from: &str,
    more: &Map<String, Value>,
    scenario: Option<Scenario>,
) -> String {
    let mut fields = Map::new();
    fields.insert("customer".to_owned(), json!({"number": from}));
    for key in ["phoneNumberId", "assistantId", "assistantOverrides"] {
        if let Some(value) = more.get(key).filter(|v| !v.is_null()) {
            fields.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(name) = more.get("name").and_then(Value::as_str) {
        fields["customer"]["name"] = name.into();
    }
    let line = fields
        .entry("phoneNumberId")
        .or_insert_with(|| super::PHONE_NUMBER_ID.into())
        .as_str()
        .map(str::to_owned);
    if !fields.contains_key("assistantId")
        && let Some(number) = line.and_then(|id| shared.phone_number(&id))
        && number["assistantId"].is_string()
    {
        fields.insert("assistantId".to_owned(), number["assistantId"].clone());
    }
    let slot = Arc::clone(&shared.slots).try_acquire_owned().ok();
    let (id, seq, commands) = shared.change(|state| {
        let scenario = choose(shared, state, &fields, scenario);
        let (seq, commands) = enter(shared, state, Direction::Inbound, fields, scenario, Status::Ringing);
        state.counters.inbound += 1;
        let id = state.calls.get(&seq).map(|c| c.id.clone()).unwrap_or_default();
        (id, seq, commands)
    });
    play::start(shared, Start { seq, commands, slot, stillborn: None, not_before_ms: None });
    id
}

fn check_ids(shared: &Shared, body: &Map<String, Value>) -> Result<(), Refusal> {
    let id = |key: &str| body.get(key).and_then(Value::as_str);
    if let Some(id) = id("assistantId").filter(|id| shared.assistant(id).is_none()) {
        return Err(Refusal::Policy(format!("Couldn't Get Assistant. `assistantId` {id} Does Not Exist.")));
    }
    if let Some(id) = id("phoneNumberId").filter(|id| shared.phone_number(id).is_none()) {
        return Err(Refusal::Policy(format!(
            "Couldn't Get Phone Number. `phoneNumberId` {id} Does Not Exist."
        )));
    }
    Ok(())
}

fn count_daily(shared: &Shared, state: &mut State, fields: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(id) = fields.get("phoneNumberId").and_then(Value::as_str) else { return Ok(()) };
    let bought = state.phone_numbers.get(id).is_some_and(|n| n["provider"] == "vapi");
    if !bought {
        return Ok(());
    }
    let today = shared.clock.now_ms() / DAY_MS;
    let (day, count) = state.daily.entry(id.to_owned()).or_default();
    if *day != today {
        (*day, *count) = (today, 0);
    }
    if *count >= DAILY_LIMIT {
        return Err(Refusal::Policy(DAILY_LIMIT_MESSAGE.to_owned()));
    }
    *count += 1;
    Ok(())
}

fn choose(
    shared: &Shared,
    state: &mut State,
    fields: &Map<String, Value>,
    named: Option<Scenario>,
) -> Scenario {
    let number = fields.get("customer").and_then(|c| c["number"].as_str()).unwrap_or("");
    let before = state.count_call_to(number);
    let config = &shared.config;
    let variable =
        fields.get("assistantOverrides").and_then(|o| o["variableValues"]["sandbox_scenario"].as_str());
    named
        .or_else(|| state.forced.get(number).copied())
        .or_else(|| variable.and_then(Scenario::named))
        .or_else(|| Scenario::of_digits(number).filter(|_| config.digits_choose))
        .unwrap_or_else(|| {
            let mut random = Random::of(config.seed, &format!("{number} {before}"));
            Scenario::draw(&config.mix, &mut random)
        })
}

fn enter(
    shared: &Shared,
    state: &mut State,
    direction: Direction,
    fields: Map<String, Value>,
    scenario: Scenario,
    status: Status,
) -> (u64, mpsc::Receiver<super::call::Command>) {
    let (tx, rx) = mpsc::channel(COMMANDS);
    let now_ms = state.now_ms(shared.clock);
    let id = state.random.uuid7(now_ms);
    let provider_id = format!("CA{}", state.random.hex(16));
    let seq = state.next_seq();
    let call = Call {
        seq,
        id: id.clone(),
        direction,
        scenario,
        fields,
        provider_id,
        status,
        created_ms: now_ms,
        updated_ms: now_ms,
        started_ms: None,
        ended_ms: None,
        ended_reason: None,
        talk_ms: 0,
        lines: Vec::new(),
        destination: None,
        noted: Map::new(),
        analysed: false,
        end_is_secret: false,
        commands: Some(tx),
    };
    state.calls.insert(seq, call);
    state.by_id.insert(id, seq);
    state.live += 1;
    (seq, rx)
}
