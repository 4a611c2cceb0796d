//! The carrier of texts and the mail server, made up: what they took, what became of it, and what the
//! carrier tells about it. They are also the truth: what is here did leave.

use super::post::{Letter, Subject};
use super::replies::is_stop;
use super::world::{Step, World};
use frontdesk_providers::sms::TextRecord;
use frontdesk_shared::time::{HOUR, MINUTE, SECOND};
use frontdesk_shared::{ClientId, MessageId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// The installation's number.
pub(super) const NUMBER: &str = "+14155550198";
/// The carrier refuses to send to whoever told it to stop.
const OPTED_OUT: u32 = 21_610;

/// What switches texts and mails on.
pub(super) fn environ() -> Vec<(String, String)> {
    let pairs = [
        ("PUBLIC_BASE_URL", "https://desk.example"),
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
        ("TWILIO_AUTH_TOKEN", "token-of-the-simulation"),
        ("TWILIO_FROM_NUMBER", NUMBER),
        ("SMTP_URL", "smtp://127.0.0.1:1"),
        ("EMAIL_FROM", "desk@frontdesk.example"),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What becomes of a text that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// It arrives, and the carrier says so.
    Arrives,
    /// It leaves, and nothing more is told.
    Leaves,
    /// It does not arrive, for a reason of the carrier's list.
    Fails(u32),
    /// It arrives, and the carrier says nothing at all.
    Silent,
}

/// Courses as often as they come.
const COURSES: [Course; 20] = [
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Arrives,
    Course::Leaves,
    Course::Leaves,
    Course::Silent,
    Course::Silent,
    Course::Fails(30_003),
    Course::Fails(30_006),
    Course::Fails(30_007),
    Course::Fails(OPTED_OUT),
];

/// How far a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Queued,
    Sent,
    Over,
}

/// A text at the carrier.
pub(super) struct Text {
    pub id: MessageId,
    pub sid: String,
    pub client: ClientId,
    pub person: Option<usize>,
    pub from: String,
    pub to: String,
    pub body: String,
    pub at: Millis,
    course: Course,
    stage: Stage,
}

impl Text {
    /// Why it failed, once it has.
    pub fn code(&self) -> Option<u32> {
        match self.course {
            Course::Fails(code) if self.stage == Stage::Over => Some(code),
            _ => None,
        }
    }

    /// Whether the person has it.
    pub fn has_arrived(&self) -> bool {
        self.stage == Stage::Over && !matches!(self.course, Course::Fails(_))
    }

    fn word(&self) -> &'static str {
        match (self.stage, self.course) {
            (Stage::Queued, _) => "queued",
            (Stage::Sent, _) | (Stage::Over, Course::Leaves) => "sent",
            (Stage::Over, Course::Fails(_)) => "undelivered",
            (Stage::Over, Course::Arrives | Course::Silent) => "delivered",
        }
    }

    /// As the carrier's list has it: with whole seconds.
    pub fn record(&self) -> TextRecord {
        TextRecord {
            sid: self.sid.clone(),
            status: self.word().into(),
            outbound: true,
            from: Some(self.from.clone()),
            to: Some(self.to.clone()),
            service: None,
            body: self.body.clone(),
            segments: Some(1),
            price: None,
            price_unit: None,
            error_code: self.code(),
            error: None,
            created_at: Some(Millis(self.at.0.div_euclid(SECOND) * SECOND)),
            updated_at: None,
        }
    }
}

/// The carrier and the mail server.
#[derive(Default)]
pub(super) struct Carrier {
    pub texts: Vec<Text>,
    /// Mails that were taken, and when.
    pub mails: BTreeMap<MessageId, Millis>,
    /// Every request that left us, taken or not: none may come again.
    pub asked: BTreeSet<MessageId>,
    /// Who told the carrier to stop: from which number, to whom.
    blocked: BTreeSet<(String, String)>,
}

impl Carrier {
    pub fn text(&self, id: MessageId) -> Option<&Text> {
        self.texts.iter().find(|text| text.id == id)
    }

    /// Whether a message left, by either way.
    pub fn took(&self, id: MessageId) -> bool {
        self.mails.contains_key(&id) || self.text(id).is_some()
    }

    pub fn blocks(&self, from: &str, to: &str) -> bool {
        self.blocked.contains(&(from.to_owned(), to.to_owned()))
    }

    /// The carrier reads what people write before we do.
    pub fn reads(&mut self, from: &str, to: &str, words: &str) {
        let pair = (to.to_owned(), from.to_owned());
        if is_stop(words) {
            self.blocked.insert(pair);
        } else if matches!(words, "START" | "UNSTOP") {
            self.blocked.remove(&pair);
        }
    }
}

impl World<'_> {
    /// The carrier takes a text; which one it is there.
    pub fn take_text(&mut self, id: MessageId, client: ClientId, from: &str, to: &str, body: &str) -> usize {
        let now = self.now();
        let n = self.carrier.texts.len();
        let mut course = *self.dice.pick(&COURSES);
        if self.calm {
            course = Course::Arrives;
        }
        if course == Course::Fails(OPTED_OUT) {
            // They had told the carrier, at another time or in another place.
            self.carrier.blocked.insert((from.to_owned(), to.to_owned()));
        }
        let person = self.people.iter().position(|p| p.number == to);
        self.say(&format!("carrier: text {} taken as SM{n}, will go {course:?}", id.short()));
        self.carrier.texts.push(Text {
            id,
            sid: format!("SM{n:032}"),
            client,
            person,
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            at: now,
            course,
            stage: Stage::Queued,
        });
        let sent = now + self.dice.between(100, 4 * SECOND);
        self.push(sent, Step::Text(n, Stage::Sent));
        let over = sent + self.dice.between(200, 30 * SECOND);
        self.push(over, Step::Text(n, Stage::Over));
        n
    }

    /// A text gets on, the carrier tells, and who gets it may answer.
    pub fn text_gets_on(&mut self, n: usize, stage: Stage) {
        let text = &mut self.carrier.texts[n];
        text.stage = stage;
        let (course, word, sid) = (text.course, text.word(), text.sid.clone());
        let (person, from, to, code) = (text.person, text.from.clone(), text.to.clone(), text.code());
        let told = course != Course::Silent && !(course == Course::Leaves && stage == Stage::Over);
        if told {
            let code = code.map(|code| code.to_string());
            let mut fields = vec![("MessageSid", sid.as_str()), ("MessageStatus", word)];
            fields.extend([("From", from.as_str()), ("To", to.as_str())]);
            fields.extend(code.as_deref().map(|code| ("ErrorCode", code)));
            let about = format!("SM{n} {word}");
            let body = form(&fields).into_bytes().into();
            self.send(Letter { body, about, subject: Subject::Report(n), asks: false, tries: 0 });
        }
        let arrived = stage == Stage::Over && !matches!(course, Course::Fails(_));
        if let Some(person) = person.filter(|_| arrived)
            && self.dice.per_mille(220)
        {
            let wait = if self.dice.per_mille(700) {
                self.dice.between(20 * SECOND, 20 * MINUTE)
            } else {
                self.dice.between(HOUR, 30 * HOUR)
            };
            let at = self.now() + wait;
            self.push(at, Step::Write(person, from));
        }
    }
}

/// Fields as carriers send them.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        let byte = |b: u8| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}
