//! Plays one call: performs its script on the clock and obeys live control.
//!
//! One task per call. What is said and done is data in `script`; using the tools is `errands`.

use super::call::{Call, Command, Direction, Said, Status};
use super::courier::Courier;
use super::report;
use super::scenario::Scenario;
use super::script::{self, Step};
use super::setup::{CallFacts, Setup};
use super::state::{Busy, Shared};
use crate::random::Random;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;

/// A call is put through to this number unless a variable `transfer_number` names another.
const OFFICE_NUMBER: &str = "+14155550198";
/// How long an accepted call takes until the phone rings, in scripted milliseconds.
const DIALLING_MS: (u64, u64) = (300, 1_200);

/// Why the script stops.
pub(super) enum Ending {
    /// The call is over, for this reason.
    Reason(Cow<'static, str>),
    /// The sandbox stops: nobody is told.
    Shutdown,
}

pub(super) type Played = Result<(), Ending>;

pub(super) struct Player {
    pub shared: Arc<Shared>,
    pub seq: u64,
    pub id: String,
    pub setup: Setup,
    pub courier: Courier,
    pub random: Random,
    /// Scripted milliseconds since the answer.
    pub talk_ms: u64,
    pub direction: Direction,
    pub customer_name: String,
    scenario: Scenario,
    answered: bool,
    commands: mpsc::Receiver<Command>,
    /// Held until the end is on record: nobody ever sees more calls than there are slots.
    slot: Option<OwnedSemaphorePermit>,
}

/// What a call needs besides its entry in the state.
pub(super) struct Start {
    pub seq: u64,
    pub commands: mpsc::Receiver<Command>,
    /// A slot already taken, or none: then the call waits for one.
    pub slot: Option<OwnedSemaphorePermit>,
    /// Ends the call with this reason before it begins.
    pub stillborn: Option<&'static str>,
    /// Do not dial before this instant.
    pub not_before_ms: Option<i64>,
}

/// Starts the task of a call that is already in the state.
pub(super) fn start(shared: &Arc<Shared>, start: Start) {
    let busy = Busy::new(shared);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        if let Some(mut player) = Player::new(&shared, start.seq, start.commands) {
            player.slot = start.slot;
            player.run(start.stillborn, start.not_before_ms).await;
        }
        drop(busy);
    });
}

impl Player {
    fn new(shared: &Arc<Shared>, seq: u64, commands: mpsc::Receiver<Command>) -> Option<Self> {
        let (id, facts, scenario, direction, name) = {
            let state = shared.peek();
            let call = state.calls.get(&seq)?;
            let name = call.fields.get("customer").and_then(|c| c["name"].as_str()).map(str::to_owned);
            (call.id.clone(), CallFacts::of(call), call.scenario, call.direction, name)
        };
        let (setup, problem) = Setup::of(shared, &facts);
        if let Some(problem) = problem {
            shared.change(|state| state.problem(&id, problem));
        }
        let variable = |key: &str| setup.variables[key].as_str().map(str::to_owned);
        let customer_name = name
            .or_else(|| variable("first_name"))
            .or_else(|| variable("name"))
            .unwrap_or_else(|| "Sam Sample".into());
        Some(Self {
            shared: Arc::clone(shared),
            seq,
            courier: Courier::start(shared, &id),
            random: Random::of(shared.config.seed, &format!("play {id}")),
            id,
            setup,
            talk_ms: 0,
            direction,
            customer_name,
            scenario,
            answered: false,
            commands,
            slot: None,
        })
    }

    async fn run(mut self, stillborn: Option<&'static str>, not_before_ms: Option<i64>) {
        let played = match stillborn {
            Some(reason) => Err(Ending::Reason(reason.into())),
            None => self.place_and_talk(not_before_ms).await,
        };
        match played {
            // Every script ends with a reason; this is for the one that would not.
            Ok(()) => self.end("unknown-error".into()).await,
            Err(Ending::Reason(reason)) => self.end(reason).await,
            Err(Ending::Shutdown) => {}
        }
    }

    async fn place_and_talk(&mut self, not_before_ms: Option<i64>) -> Played {
        if let Some(at_ms) = not_before_ms {
            self.status(Status::Scheduled, json!({})).await;
            self.wait_until(at_ms).await?;
        }
        if self.direction == Direction::Outbound {
            self.status(Status::Queued, json!({})).await;
        }
        if self.slot.is_none() {
            self.slot = Some(self.wait_for_slot().await?);
        }
        if self.direction == Direction::Inbound {
            self.ask_for_assistant().await?;
        } else {
            let dialling = self.random.between(DIALLING_MS.0, DIALLING_MS.1);
            self.pause(dialling).await?;
        }
        for step in self.steps() {
            self.perform(*step).await?;
        }
        Ok(())
    }

    fn steps(&mut self) -> &'static [Step] {
        // A caller is there by definition: the scenarios without an answer make no sense inbound.
        let talks = |steps: &[Step]| steps.iter().any(|s| matches!(s, Step::Answer));
        let all = script::variants(self.scenario);
        let all = match self.direction {
            Direction::Inbound if !all.iter().all(|steps| talks(steps)) => script::variants(Scenario::Books),
            _ => all,
        };
        self.random.pick(all).copied().unwrap_or_default()
    }

    async fn perform(&mut self, step: Step) -> Played {
        match step {
            Step::Ring(ms) => {
                self.status(Status::Ringing, json!({})).await;
                let ms = if self.direction == Direction::Inbound { 1_000 } else { ms };
                let jittered = self.random.between(ms * 4 / 5, ms * 6 / 5);
                self.pause(jittered).await
            }
            Step::Answer => {
                self.answered = true;
                let started_ms = self.shared.clock.now_ms();
                self.shared.amend(self.seq, |call| call.started_ms = Some(started_ms));
                if let Some(prompt) = self.setup.prompt.take() {
                    self.line(Said::System(prompt.into()));
                }
                self.status(Status::InProgress, json!({})).await;
                Ok(())
            }
            Step::Greet => self.greet().await,
            Step::Bot(text) => self.bot(text).await,
            Step::User(text) => self.user(text).await,
            Step::Silence(ms) => self.pause(ms).await,
            Step::Book => self.book().await,
            Step::AskCallback => self.ask_callback().await,
            Step::OptOut(words) => self.opt_out(words).await,
            Step::Forward => self.forward(json!({"type": "number", "number": self.office()}), None).await,
            Step::End(reason) => Err(Ending::Reason(reason.into())),
        }
    }

    fn office(&self) -> String {
        self.setup.variables["transfer_number"].as_str().unwrap_or(OFFICE_NUMBER).to_owned()
    }

    pub(super) fn with_call<R>(&self, read: impl FnOnce(&Call) -> R) -> Option<R> {
        self.shared.peek().calls.get(&self.seq).map(read)
    }

    pub(super) fn message(&self, fields: Value) -> Option<Value> {
        self.with_call(|call| self.setup.message(&self.shared, call, fields))
    }

    pub(super) async fn tell(&self, fields: Value) {
        if let Some(message) = self.message(fields) {
            self.courier.tell(&self.setup.target, message).await;
        }
    }

    /// Moves the call on and tells it, with further fields.
    async fn status(&mut self, status: Status, fields: Value) {
        self.shared.amend(self.seq, |call| call.status = status);
        self.tell_status(status, fields).await;
    }

    async fn tell_status(&self, status: Status, mut fields: Value) {
        if !self.setup.wants("status-update") {
            return;
        }
        fields["type"] = "status-update".into();
        fields["status"] = status.word().into();
        if let Some(parts) = self.with_call(|call| (report::messages(call), report::openai_messages(call))) {
            fields["artifact"] = json!({"messages": parts.0, "messagesOpenAIFormatted": parts.1});
        }
        self.tell(fields).await;
    }

    pub(super) async fn forward(&mut self, destination: Value, words: Option<String>) -> Played {
        if let Some(words) = words {
            self.aside(words).await;
        }
        let kept = destination.clone();
        self.shared.amend(self.seq, |call| call.destination = Some(kept));
        self.status(Status::Forwarding, json!({"destination": destination})).await;
        if self.setup.wants("transfer-update") {
            self.tell(json!({"type": "transfer-update", "destination": destination})).await;
        }
        Ok(())
    }

    /// Lets scripted time pass, obeying live control meanwhile.
    pub(super) async fn pause(&mut self, ms: u64) -> Played {
        let mut left = ms.min(self.talk_left_ms());
        loop {
            let begun = Instant::now();
            let shared = Arc::clone(&self.shared);
            let command = tokio::select! {
                biased;
                () = shared.shutdown.cancelled() => return Err(Ending::Shutdown),
                command = self.commands.recv() => command,
                () = shared.clock.script(left) => {
                    self.pass(left);
                    return match self.talk_left_ms() {
                        0 => Err(Ending::Reason("exceeded-max-duration".into())),
                        _ => Ok(()),
                    };
                }
            };
            let passed = left.min(shared.clock.scripted_ms(begun.elapsed()));
            self.pass(passed);
            self.obey(command).await?;
            left = (left - passed).min(self.talk_left_ms());
        }
    }

    /// What the assistant's time limit leaves; without bound before the answer.
    fn talk_left_ms(&self) -> u64 {
        if self.answered { self.setup.max_talk_ms.saturating_sub(self.talk_ms) } else { u64::MAX }
    }

    pub(super) fn pass(&mut self, ms: u64) {
        if self.answered {
            self.talk_ms += ms;
        }
    }

    async fn wait_until(&mut self, at_ms: i64) -> Played {
        let shared = Arc::clone(&self.shared);
        loop {
            let left = at_ms - shared.clock.now_ms();
            if left <= 0 {
                return Ok(());
            }
            let command = tokio::select! {
                () = shared.shutdown.cancelled() => return Err(Ending::Shutdown),
                command = self.commands.recv() => command,
                () = shared.clock.real(left as u64) => continue,
            };
            self.obey(command).await?;
        }
    }

    async fn wait_for_slot(&mut self) -> Result<OwnedSemaphorePermit, Ending> {
        let shared = Arc::clone(&self.shared);
        let slot = Arc::clone(&shared.slots).acquire_owned();
        tokio::pin!(slot);
        loop {
            let command = tokio::select! {
                () = shared.shutdown.cancelled() => return Err(Ending::Shutdown),
                slot = &mut slot => return slot.map_err(|_| Ending::Shutdown),
                command = self.commands.recv() => command,
            };
            self.obey(command).await?;
        }
    }

    /// `None` means that the call was taken out of the state.
    async fn obey(&mut self, command: Option<Command>) -> Played {
        match command {
            None => return Err(Ending::Shutdown),
            Some(Command::End { reason }) => return Err(Ending::Reason(reason.into())),
            Some(Command::Say { content, then_end }) => {
                self.aside(content).await;
                if then_end {
                    return Err(Ending::Reason("assistant-ended-call-after-message-spoken".into()));
                }
            }
            Some(Command::AddMessage { content, respond }) => {
                self.line(Said::System(content.into()));
                if respond {
                    self.aside("Of course.".to_owned()).await;
                }
            }
            Some(Command::Transfer { destination, content }) => {
                self.forward(destination, content).await?;
                return Err(Ending::Reason("assistant-forwarded-call".into()));
            }
        }
        Ok(())
    }

    async fn end(&mut self, reason: Cow<'static, str>) {
        let forget = {
            let chance = self.shared.peek().faults.forget_end;
            self.random.chance(chance)
        };
        self.record_end(reason.clone(), forget);
        if !forget {
            self.tell_status(Status::Ended, json!({"endedReason": reason})).await;
        }
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            () = shared.clock.script(shared.config.analysis_delay_ms) => {}
            () = shared.shutdown.cancelled() => return,
        }
        shared.amend(self.seq, |call| call.analysed = true);
        if !forget && self.setup.wants("end-of-call-report") {
            let report = self.with_call(|call| report::end_of_call(call, &shared.base_url));
            if let Some(report) = report {
                self.tell(report).await;
            }
        }
    }

    fn record_end(&mut self, reason: Cow<'static, str>, forget: bool) {
        let (now_ms, talk_ms) = (self.shared.clock.now_ms(), self.talk_ms);
        self.shared.amend(self.seq, |call| {
            call.talk_ms = talk_ms;
            // The length of the talk is the scripted one, so that a fast sandbox does not turn
            // every conversation into a hang-up; the end may thus lie ahead of the wall.
            call.ended_ms = Some(call.started_ms.map_or(now_ms, |started| started + talk_ms as i64));
            call.ended_reason = Some(reason);
            call.commands = None;
            if forget {
                call.end_is_secret = true;
            } else {
                call.status = Status::Ended;
            }
        });
        self.slot = None;
        let keep = self.shared.config.keep_ended;
        self.shared.change(|state| state.call_ended(self.seq, keep));
    }
}
