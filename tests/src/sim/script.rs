//! The provider, made up: phones that ring, people who talk, tools that are used, and what the
//! provider tells about it. It is also the truth: what rang here did ring.

use super::post::{Letter, Subject};
use super::world::{Broken, Step, World};
use frontdesk_providers::vapi::{self, CallRef, Kind, SecretUrl, VapiCall};
use frontdesk_shared::time::{HOUR, MINUTE, SECOND};
use frontdesk_shared::{CallId, ClientId, Millis};
use serde_json::{Value, json};

/// The longest a call takes.
const LONGEST_MS: i64 = 590 * SECOND;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    NoAnswer,
    Busy,
    Voicemail,
    BadNumber,
    Books,
    BooksThenStop,
    StopByTool,
    StopByWords,
    Declines,
    CallBack,
    Transferred,
    HangsUp,
    Chats,
    /// No phone rings: the account's lines are taken.
    NoLine,
    /// No phone rings: the provider failed before.
    Fails,
    /// No phone rings: the account is frozen.
    Frozen,
    /// A reason nobody knows yet.
    Odd,
    /// It ends, and the provider never says so.
    NeverEnds,
}

/// Courses as often as they come.
const COURSES: [Course; 28] = [
    Course::NoAnswer,
    Course::NoAnswer,
    Course::NoAnswer,
    Course::NoAnswer,
    Course::Busy,
    Course::Busy,
    Course::Voicemail,
    Course::Voicemail,
    Course::Voicemail,
    Course::BadNumber,
    Course::Books,
    Course::Books,
    Course::Books,
    Course::BooksThenStop,
    Course::StopByTool,
    Course::StopByWords,
    Course::Declines,
    Course::CallBack,
    Course::CallBack,
    Course::Transferred,
    Course::HangsUp,
    Course::HangsUp,
    Course::Chats,
    Course::NoLine,
    Course::Fails,
    Course::Frozen,
    Course::Odd,
    Course::NeverEnds,
];

impl Course {
    fn rings(self) -> bool {
        !matches!(self, Self::NoLine | Self::Fails | Self::Frozen)
    }

    fn talks(self) -> bool {
        self.rings() && !matches!(self, Self::NoAnswer | Self::Busy | Self::BadNumber | Self::Odd)
    }

    fn reason(self) -> &'static str {
        match self {
            Self::NoAnswer => "customer-did-not-answer",
            Self::Busy => "customer-busy",
            Self::Voicemail => "voicemail",
            Self::BadNumber => "twilio-reported-customer-misdialed",
            Self::Transferred => "assistant-forwarded-call",
            Self::NoLine => "call.start.error-subscription-concurrency-limit-reached",
            Self::Fails => "assistant-join-timed-out",
            Self::Frozen => "call.start.error-subscription-frozen",
            Self::Odd => "a-reason-of-next-year",
            Self::Books | Self::CallBack | Self::StopByTool => "assistant-ended-call",
            _ => "customer-ended-call",
        }
    }

    /// What the person says.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Books => &["Yes, that works for me."],
            Self::BooksThenStop => &["Yes, book that.", "And stop calling me."],
            Self::StopByTool | Self::StopByWords => &["Stop calling me."],
            Self::Declines => &["No thank you, I am not interested."],
            Self::CallBack => &["Can you call me back later?"],
            Self::Chats | Self::NeverEnds => &["Hello, who is it?", "I see."],
            Self::Transferred => &["Can I talk to a person?"],
            _ => &[],
        }
    }

    fn structured(self) -> Value {
        match self {
            Self::Declines => json!({ "outcome": "not_interested" }),
            Self::Books => json!({ "outcome": "booked" }),
            _ => Value::Null,
        }
    }

    /// Whether the report alone tells that the person wants no more contact.
    pub fn stops_in_report(self) -> bool {
        matches!(self, Self::BooksThenStop | Self::StopByTool | Self::StopByWords)
    }
}

/// The next thing on a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Ring,
    Answered,
    Line,
    Tool(u8),
    End,
    Report,
}

/// One call at the provider.
pub(super) struct Phone {
    pub id: String,
    /// Our attempt; `None` for calls that came in.
    pub attempt: Option<CallId>,
    pub person: Option<usize>,
    /// Organisation in the path of its messages.
    pub agent: String,
    pub course: Course,
    /// The call as messages show it.
    json: Value,
    pub created: Millis,
    pub rang: Option<Millis>,
    pub answered: Option<Millis>,
    pub ended: Option<Millis>,
    pub reported: bool,
    reason: &'static str,
    /// Slots the assistant was offered.
    pub slots: Vec<String>,
    /// The provider knows nothing of it any more.
    pub forgotten: bool,
}

impl Phone {
    pub fn is_live(&self, now: Millis) -> bool {
        self.ended.is_none() && now.since(self.created) < LONGEST_MS
    }

    fn status(&self) -> &'static str {
        match (self.ended, self.answered, self.rang) {
            (Some(_), ..) if self.course != Course::NeverEnds => "ended",
            (_, Some(_), _) => "in-progress",
            (_, None, Some(_)) => "ringing",
            _ => "queued",
        }
    }

    fn message(&self, at: Millis, mut rest: Value) -> Vec<u8> {
        rest["timestamp"] = at.0.into();
        rest["call"] = self.json.clone();
        json!({ "message": rest }).to_string().into_bytes()
    }

    fn report(&self, at: Millis) -> Vec<u8> {
        let said = self.course.words();
        let messages: Vec<Value> = said.iter().map(|s| json!({ "role": "user", "message": s })).collect();
        let mut rest = json!({
            "type": "end-of-call-report", "endedReason": self.reason, "cost": 0.125,
            "artifact": { "messages": messages, "transcript": said.join("\n") },
            "analysis": { "summary": "A call." },
        });
        if let Some(started) = self.answered {
            rest["startedAt"] = started.iso().into();
        }
        if let Some(ended) = self.ended {
            rest["endedAt"] = ended.iso().into();
        }
        if !self.course.structured().is_null() {
            rest["analysis"]["structuredData"] = self.course.structured();
        }
        self.message(at, rest)
    }
}

/// The provider.
#[derive(Default)]
pub(super) struct Script {
    pub phones: Vec<Phone>,
}

impl Script {
    pub fn live(&self, now: Millis) -> usize {
        self.phones.iter().filter(|p| p.attempt.is_some() && !p.forgotten && p.is_live(now)).count()
    }

    /// Whether calls are under way, or were until lately.
    pub fn is_busy(&self, now: Millis) -> bool {
        self.phones.iter().any(|p| now.since(p.created) < 15 * MINUTE)
    }

    pub fn of_attempt(&self, attempt: CallId) -> Option<&Phone> {
        self.phones.iter().find(|p| p.attempt == Some(attempt))
    }

    pub fn by_id(&self, id: &str) -> Option<&Phone> {
        self.phones.iter().find(|p| p.id == id)
    }

    /// The call as the provider answers when it is asked.
    pub fn shown(&self, phone: &Phone, now: Millis) -> Result<VapiCall, Broken> {
        let status = phone.status();
        let mut call = VapiCall {
            call: CallRef {
                id: phone.id.clone(),
                name: phone.attempt.map(|a| format!("fd-{a}")),
                control_url: phone.is_live(now).then(|| SecretUrl::new(control(&phone.id))),
                created_at: Some(phone.created),
                ..CallRef::default()
            },
            status: status.to_owned(),
            updated_at: None,
            report: Box::default(),
        };
        if status == "ended" {
            let message = vapi::parse(&phone.report(now)).map_err(|e| e.to_string())?;
            if let Kind::EndOfCallReport(report) = message.kind {
                call.report = report;
            }
        }
        Ok(call)
    }
}

fn control(id: &str) -> String {
    format!("https://phone-call-websocket.vapi.ai/{id}/control")
}

impl World<'_> {
    /// A call is created at the provider; its number there.
    pub fn dial(&mut self, attempt: CallId, number: &str) -> usize {
        let now = self.now();
        let n = self.vapi.phones.len();
        let id = format!("call-{n}");
        let attempted = attempt.to_string();
        let course = *self.dice.pick(&COURSES);
        let json = json!({
            "id": id, "type": "outboundPhoneCall", "status": "queued", "name": format!("fd-{attempted}"),
            "customer": { "number": number, "externalId": attempted },
            "assistantOverrides": { "metadata": { "attempt_id": attempted } },
            "monitor": { "controlUrl": control(&id) },
        });
        let person = self.people.iter().position(|p| p.number == number);
        self.add(id, Some(attempt), person, String::new(), course, json, now);
        n
    }

    #[allow(clippy::too_many_arguments)] // each a column of the new phone
    fn add(
        &mut self,
        id: String,
        attempt: Option<CallId>,
        person: Option<usize>,
        agent: String,
        course: Course,
        json: Value,
        now: Millis,
    ) {
        let n = self.vapi.phones.len();
        let forgotten = self.goes_wrong(10);
        self.say(&format!("provider: {id} will go {course:?}"));
        self.vapi.phones.push(Phone {
            id,
            attempt,
            person,
            agent,
            course,
            json,
            created: now,
            rang: None,
            answered: None,
            ended: None,
            reported: false,
            reason: course.reason(),
            slots: Vec::new(),
            forgotten,
        });
        let mut at = now + self.dice.between(100, 3_000);
        if course.rings() {
            self.push(at, Step::Phone(n, Beat::Ring));
            at = at + self.dice.between(3 * SECOND, 25 * SECOND);
        }
        if course.talks() {
            self.push(at, Step::Phone(n, Beat::Answered));
            if self.dice.per_mille(300) {
                let said = at + self.dice.between(SECOND, 9 * SECOND);
                self.push(said, Step::Phone(n, Beat::Line));
            }
            let tools = match course {
                Course::Books | Course::BooksThenStop => self.dice.between(2, 4),
                Course::StopByTool | Course::CallBack => 1,
                _ => 0,
            };
            for tool in 0..tools {
                at = at + self.dice.between(8 * SECOND, 30 * SECOND);
                self.push(at, Step::Phone(n, Beat::Tool(u8::try_from(tool).unwrap_or(0))));
            }
            at = at + self.dice.between(5 * SECOND, 60 * SECOND);
        }
        if course == Course::NeverEnds {
            at = now + LONGEST_MS;
        }
        self.push(at, Step::Phone(n, Beat::End));
        let analysed = at + self.dice.between(SECOND, 20 * SECOND);
        self.push(analysed, Step::Phone(n, Beat::Report));
    }

    /// Somebody calls one of the clients.
    pub fn ring_in(&mut self) {
        let now = self.now();
        let person = self.dice.below(self.people.len());
        let client = self.dice.below(self.clients.len());
        let n = self.vapi.phones.len();
        let courses = [Course::Books, Course::StopByTool, Course::StopByWords, Course::Chats];
        let course = *self.dice.pick(&courses);
        let id = format!("call-{n}");
        let json = json!({
            "id": id, "type": "inboundPhoneCall", "status": "ringing",
            "customer": { "number": self.people[person].number },
        });
        let agent = self.clients[client].agent.clone();
        self.count("calls coming in");
        self.add(id, None, Some(person), agent, course, json, now);
    }

    /// The next thing happens on a phone, and the provider tells.
    pub fn beat(&mut self, n: usize, beat: Beat) -> Result<(), Broken> {
        let now = self.now();
        let phone = &mut self.vapi.phones[n];
        // Hung up by us meanwhile: only the report is still to come.
        if phone.ended.is_some() && beat != Beat::Report {
            return Ok(());
        }
        let secret = phone.course == Course::NeverEnds;
        let status = |word: &str| json!({ "type": "status-update", "status": word });
        let (body, about, asks) = match beat {
            Beat::Ring => {
                phone.rang = Some(now);
                (phone.message(now, status("ringing")), "ringing".to_owned(), false)
            }
            Beat::Answered => {
                phone.answered = Some(now);
                (phone.message(now, status("in-progress")), "in-progress".to_owned(), false)
            }
            Beat::Line => {
                let line = json!({ "type": "transcript", "role": "user", "transcriptType": "final", "transcript": "Hello?" });
                (phone.message(now, line), "transcript".to_owned(), false)
            }
            Beat::Tool(nth) => {
                let Some((name, arguments)) = self.question(n, nth) else { return Ok(()) };
                let phone = &self.vapi.phones[n];
                let call = json!({ "id": format!("tool-{n}-{nth}"), "type": "function",
                    "function": { "name": name, "arguments": arguments } });
                let body = phone.message(now, json!({ "type": "tool-calls", "toolCallList": [call] }));
                (body, format!("tool {name}"), true)
            }
            Beat::End => {
                phone.ended = Some(now);
                if secret {
                    return Ok(());
                }
                let mut rest = status("ended");
                rest["endedReason"] = phone.reason.into();
                (phone.message(now, rest), "ended".to_owned(), false)
            }
            Beat::Report => {
                if secret || phone.reported {
                    return Ok(());
                }
                phone.reported = true;
                (phone.report(now), "report".to_owned(), false)
            }
        };
        let phone = &self.vapi.phones[n];
        let about = format!("{} {about}", phone.id);
        let agent = phone.agent.clone();
        self.send(Letter { body: body.into(), about, subject: Subject::Phone(n, agent), asks, tries: 0 });
        Ok(())
    }

    /// What the assistant asks as its nth question, if it can.
    fn question(&mut self, n: usize, nth: u8) -> Option<(&'static str, Value)> {
        let phone = &self.vapi.phones[n];
        let (course, slots) = (phone.course, phone.slots.clone());
        Some(match (course, nth) {
            (Course::StopByTool, _) => ("opt_out", json!({ "reason": "asked to stop" })),
            (Course::CallBack, _) => ("request_callback", json!({ "in_hours": self.dice.between(1, 90) })),
            (_, 0) => ("check_availability", json!({})),
            (_, nth) => {
                let wished = if slots.is_empty() || self.dice.per_mille(50) {
                    // Misheard: between two slots.
                    (self.now() + 30 * HOUR).iso()
                } else if nth == 1 || self.dice.per_mille(700) {
                    slots[0].clone()
                } else {
                    self.dice.pick(&slots).clone()
                };
                ("book_appointment", json!({ "start": wished, "name": "Ann" }))
            }
        })
    }

    /// Our side hangs up.
    pub fn hang_up(&mut self, id: &str) {
        let now = self.now();
        let Some(n) = self.vapi.phones.iter().position(|p| p.id == id) else { return };
        if self.vapi.phones[n].ended.is_some() {
            return;
        }
        self.vapi.phones[n].reason = "manually-canceled";
        self.push(now, Step::Phone(n, Beat::End));
    }

    /// Which client an inbound phone belongs to, by its path.
    pub fn client_of_agent(&self, agent: &str) -> Option<ClientId> {
        self.clients.iter().find(|c| c.agent == agent).map(|c| c.id)
    }
}
