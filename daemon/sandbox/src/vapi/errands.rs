//! What the fake agent does with tools in a call: book a time, promise a call-back, note an
//! opt-out, and, before an inbound call, ask which assistant answers.

use super::agent::{self, Booking, Slot};
use super::call::Said;
use super::play::{Ending, Played, Player};
use super::setup::{CallFacts, Setup};
use super::tools::{self, Answer, ToolCall};
use crate::clock::iso;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Times offered before the agent gives up.
const MAX_OFFERS: usize = 3;
const HOUR_MS: i64 = 3_600_000;
/// The vendor's limit for an answer to `assistant-request`; not configurable there either.
const ASSISTANT_REQUEST_TIMEOUT: Duration = Duration::from_millis(7_500);

impl Player {
    /// Uses a tool. `Ok(None)` when the tool failed and the assistant has to say so.
    async fn tool(&mut self, name: &'static str, arguments: Value) -> Result<Option<Answer>, Ending> {
        let call = ToolCall { id: format!("call_{}", self.random.hex(12)), name, arguments };
        let form = self.random.below(tools::FORMS);
        self.line(Said::ToolCall {
            id: call.id.as_str().into(),
            name,
            arguments: call.arguments.to_string().into(),
        });
        self.shared.change(|state| state.counters.tool_calls += 1);
        let answers = match self.message(tools::request(&call, form)) {
            Some(message) if self.setup.wants("tool-calls") => {
                let begun = Instant::now();
                let answers = self.courier.ask(&self.setup.target, message).await;
                self.pass(begun.elapsed().as_millis() as u64);
                answers
            }
            _ => Vec::new(),
        };
        if self.shared.shutdown.is_cancelled() {
            return Err(Ending::Shutdown);
        }
        let answer = self.judge(&call, answers);
        let result = answer.as_ref().map_or("The tool failed.", Answer::text);
        self.line(Said::ToolResult { id: call.id.as_str().into(), name, result: result.into() });
        Ok(answer)
    }

    /// Reads the answers to one tool call and records what is wrong with them.
    fn judge(&mut self, call: &ToolCall, answers: Vec<super::courier::Reply>) -> Option<Answer> {
        let mut understood: Vec<Answer> = Vec::new();
        let mut problems = Vec::new();
        for answer in answers {
            match answer {
                Ok((status, body)) => {
                    let (answer, broken) = tools::read_answer(call, status, &body);
                    problems.extend(broken);
                    understood.extend(answer);
                }
                Err(error) => problems.push(format!("{}: {error}", call.name)),
            }
        }
        // Looking twice may well show different times; booking twice must not.
        let changes = call.name != "check_availability";
        if changes && understood.windows(2).any(|pair| pair[0] != pair[1]) {
            problems.push(format!("{}: a repeated tool call was answered differently", call.name));
        }
        if !problems.is_empty() {
            self.shared.change(|state| {
                for problem in problems {
                    state.problem(&self.id, problem);
                }
            });
        }
        understood.into_iter().next()
    }

    /// Looks for times, offers one, books it; tries another when it was taken meanwhile.
    pub(super) async fn book(&mut self) -> Played {
        self.bot("One moment, I am looking at the calendar.").await?;
        let mut offers = self.look_for_times().await?;
        for attempt in 0..MAX_OFFERS {
            let Some(slot) = offers.pop_front() else { break };
            let spoken = slot.spoken.clone();
            self.bot(match attempt {
                0 => format!("I could offer you {spoken}. Does that suit you?"),
                _ => format!("What about {spoken} instead?"),
            })
            .await?;
            self.user(if attempt == 0 { "Yes, that works for me." } else { "Alright, that is fine too." })
                .await?;
            match self.try_to_book(&slot).await? {
                Booking::Made => {
                    self.note("appointment_start", slot.start.into());
                    self.shared.change(|state| state.counters.booked += 1);
                    return self.bot(format!("You are booked for {spoken}.")).await;
                }
                Booking::Taken(alternatives) => {
                    self.bot("I am sorry, that time has just been taken.").await?;
                    if !alternatives.is_empty() {
                        offers = alternatives.into();
                    }
                    offers.retain(|other| other.start != slot.start);
                }
                Booking::Failed => break,
            }
        }
        self.bot("I cannot book it right now. A colleague will call you to find a time.").await
    }

    async fn look_for_times(&mut self) -> Result<VecDeque<Slot>, Ending> {
        let tomorrow = iso(self.shared.clock.now_ms() + 24 * HOUR_MS);
        let first = match self.random.below(3) {
            0 => json!({}),
            1 => json!({"days": self.random.between(3, 10)}),
            _ => json!({"date": tomorrow.get(..10)}),
        };
        let mut slots = Vec::new();
        for arguments in [first, json!({"days": 14})] {
            let answer = self.tool("check_availability", arguments).await?;
            slots = answer.map(|a| agent::slots(a.text())).unwrap_or_default();
            if !slots.is_empty() {
                break;
            }
            self.bot("That looks full. Let me look further ahead.").await?;
        }
        // People do not always take the first time they hear.
        let taste = self.random.below(slots.len().min(3) as u64) as usize;
        slots.rotate_left(taste);
        Ok(slots.into())
    }

    async fn try_to_book(&mut self, slot: &Slot) -> Result<Booking, Ending> {
        let mut arguments = json!({"start": slot.start, "name": self.customer_name});
        if self.random.chance(0.5) {
            let number = self.with_call(|call| call.number().to_owned());
            arguments["phone"] = number.into();
        }
        let answer = self.tool("book_appointment", arguments).await?;
        Ok(answer.map_or(Booking::Failed, |answer| agent::booking(&answer)))
    }

    pub(super) async fn ask_callback(&mut self) -> Played {
        self.bot("Certainly. When would be a better time?").await?;
        let hours = self.random.between(2, 26) as i64;
        let at_ms = (self.shared.clock.now_ms() + hours * HOUR_MS) / HOUR_MS * HOUR_MS;
        self.user(match hours {
            0..=5 => "In a few hours, please.",
            6..=15 => "Later today, after work.",
            _ => "Tomorrow would be better.",
        })
        .await?;
        let mut arguments =
            if self.random.chance(0.5) { json!({"at": iso(at_ms)}) } else { json!({"in_hours": hours}) };
        arguments["note"] = "Asked to be called back, it was a bad moment.".into();
        let mut answer = self.tool("request_callback", arguments).await?;
        self.note("callback_at", iso(at_ms).into());
        if let Some(Answer::Result(text)) = &answer
            && let Some(nearest) = agent::nearest(text)
        {
            self.bot("I am afraid we may not call then. This is the nearest time at which we may.").await?;
            self.user("That is fine too.").await?;
            answer = self.tool("request_callback", json!({ "at": nearest })).await?;
            self.note("callback_at", nearest.into());
        }
        match answer {
            Some(Answer::Result(_)) => Ok(()),
            _ => self.bot("I could not save that, but I will pass it on.").await,
        }
    }

    pub(super) async fn opt_out(&mut self, words: &'static str) -> Played {
        self.tool("opt_out", json!({"reason": words})).await?;
        self.note("opt_out_reason", words.into());
        Ok(())
    }

    fn note(&self, key: &str, value: Value) {
        self.shared.amend(self.seq, |call| call.noted.insert(key.to_owned(), value));
    }

    /// An inbound call to a number without an assistant: the server decides who answers.
    pub(super) async fn ask_for_assistant(&mut self) -> Played {
        if self.setup.assistant.is_some() {
            return Ok(());
        }
        let Some(message) = self.message(json!({"type": "assistant-request"})) else { return Ok(()) };
        let mut target = self.setup.target.clone();
        target.timeout = ASSISTANT_REQUEST_TIMEOUT;
        let replies = self.courier.ask(&target, message).await;
        let answer = match replies.into_iter().next() {
            Some(Ok((status, body))) if (200..300).contains(&status) => {
                serde_json::from_slice::<Value>(&body).unwrap_or_default()
            }
            _ => return self.no_assistant("assistant-request-failed"),
        };
        if !answer["error"].is_null() {
            return self.no_assistant("assistant-request-returned-error");
        }
        if !answer["destination"].is_null() {
            let destination = answer["destination"].clone();
            self.forward(destination, None).await?;
            let reason = "assistant-request-returned-forwarding-phone-number";
            return Err(Ending::Reason(reason.into()));
        }
        let found = self.shared.amend(self.seq, |call| {
            for key in ["assistantId", "assistant", "assistantOverrides"] {
                if !answer[key].is_null() {
                    call.fields.insert(key.to_owned(), answer[key].clone());
                }
            }
            CallFacts::of(call)
        });
        if let Some(facts) = found {
            self.setup = Setup::of(&self.shared, &facts).0;
        }
        match self.setup.assistant {
            Some(_) => Ok(()),
            None => self.no_assistant("assistant-request-returned-no-assistant"),
        }
    }

    fn no_assistant(&mut self, reason: &'static str) -> Played {
        let problem = format!("assistant-request: {reason}");
        self.shared.change(|state| state.problem(&self.id, problem));
        Err(Ending::Reason(reason.into()))
    }
}
