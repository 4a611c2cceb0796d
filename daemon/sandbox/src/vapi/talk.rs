//! Talking: lines are put on record, take their time, and are told in the forms asked for.

use super::call::{Direction, Line, Said};
use super::play::{Played, Player};
use super::report;
use super::script;
use serde_json::json;
use std::borrow::Cow;

/// The pause between two speakers, in scripted milliseconds.
const TURN_MS: (u64, u64) = (300, 900);

impl Player {
    pub(super) async fn greet(&mut self) -> Played {
        let greeting = match (self.direction, self.setup.first_message.take()) {
            (Direction::Inbound, _) => {
                "Thank you for calling {company}, this is {agent}. How can I help?".to_owned()
            }
            (Direction::Outbound, Some(own)) => own,
            (Direction::Outbound, None) => {
                "Hi {name}, this is {agent} from {company}. Is now a good moment?".to_owned()
            }
        };
        self.bot(greeting).await
    }

    /// Fills `{name}`, `{company}`, `{agent}` and the vendor's `{{variable}}`.
    fn fill(&self, text: Cow<'static, str>) -> Cow<'static, str> {
        if !text.contains('{') {
            return text;
        }
        let variable = |key: &str| self.setup.variables[key].as_str();
        let first_name = self.customer_name.split_whitespace().next().unwrap_or("there");
        let company = variable("company").or_else(|| variable("client_name")).unwrap_or("the front desk");
        let mut out = text.into_owned();
        for (key, value) in self.setup.variables.as_object().into_iter().flatten() {
            if let Some(value) = value.as_str() {
                out = out.replace(&format!("{{{{{key}}}}}"), value);
            }
        }
        out = out.replace("{{first_name}}", first_name).replace("{{company}}", company);
        out = out.replace("{name}", first_name).replace("{company}", company);
        out.replace("{agent}", variable("agent_name").unwrap_or("Ava")).into()
    }

    pub(super) async fn bot(&mut self, text: impl Into<Cow<'static, str>>) -> Played {
        let text = self.fill(text.into());
        let length = script::speaking_ms(&text);
        self.line(Said::Bot(text.clone(), length));
        self.pause(length).await?;
        self.heard("assistant", &text).await;
        self.turn().await
    }

    pub(super) async fn user(&mut self, text: impl Into<Cow<'static, str>>) -> Played {
        let text = self.fill(text.into());
        let length = script::speaking_ms(&text);
        self.line(Said::User(text.clone(), length));
        self.pause(length).await?;
        self.heard("user", &text).await;
        self.turn().await
    }

    async fn turn(&mut self) -> Played {
        let gap = self.random.between(TURN_MS.0, TURN_MS.1);
        self.pause(gap).await
    }

    pub(super) fn line(&mut self, body: Said) {
        let line = Line { at_ms: self.talk_ms, body };
        let talk_ms = self.talk_ms;
        self.shared.amend(self.seq, |call| {
            call.lines.push(line);
            call.talk_ms = talk_ms;
        });
    }

    /// Tells what was just said, in the forms the assistant asked for.
    async fn heard(&mut self, role: &str, text: &str) {
        if self.setup.wants("speech-update") {
            self.tell(json!({"type": "speech-update", "status": "stopped", "role": role})).await;
        }
        if self.setup.wants_transcript() {
            let transcript =
                json!({"type": "transcript", "role": role, "transcriptType": "final", "transcript": text});
            self.tell(transcript).await;
        }
        if self.setup.wants("conversation-update") {
            let both = self.with_call(|call| (report::messages(call), report::openai_messages(call)));
            if let Some((messages, openai)) = both {
                let update = json!({"type": "conversation-update", "messages": messages, "messagesOpenAIFormatted": openai});
                self.tell(update).await;
            }
        }
    }

    /// The assistant says something between two steps; it takes no time on the clock.
    pub(super) async fn aside(&mut self, text: String) {
        let length = script::speaking_ms(&text);
        self.line(Said::Bot(text.clone().into(), length));
        self.talk_ms += length;
        self.heard("assistant", &text).await;
    }
}
