//! The log: levels, tags, two looks, a ring of recent lines, and a mask over every value.
//!
//! Whoever logs gives a `tag` for lines that operators watch:
//! `tracing::warn!(tag = log::SMS, job.id = %id, "not sent: …")`. Bodies, numbers and tokens
//! are never logged on purpose; the mask is a backstop. Must not live here: alerts, errors as
//! rows.

mod mask;
mod ring;

pub use mask::{Mask, is_secret_name};
pub use ring::{LogLine, Ring};

use crate::config::{House, LogFormat, LogLevel};
use frontdesk_env::Clock;
use frontdesk_shared::Millis;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// State of the database.
pub const DB_HEALTH: &str = "DB HEALTH";
/// Something a person must look at now.
pub const CRITICAL_ALERT: &str = "CRITICAL ALERT";
/// Text messages.
pub const SMS: &str = "SMS";
/// Email.
pub const EMAIL: &str = "EMAIL";
/// Follow-up sequences.
pub const FOLLOW_UP: &str = "FOLLOW-UP";
/// Numbers and reports.
pub const ANALYTICS: &str = "ANALYTICS";
/// Calls.
pub const CALL: &str = "CALL";
/// Imports of leads.
pub const IMPORT: &str = "IMPORT";
/// What providers tell.
pub const WEBHOOK: &str = "WEBHOOK";
/// Work that acts on the outside.
pub const JOB: &str = "JOB";
/// Start and stop of the daemon.
pub const START: &str = "START";

/// Every tag with what it marks; the first six are requirement R183's.
pub const TAGS: [(&str, &str); 11] = [
    (DB_HEALTH, "state of the database"),
    (CRITICAL_ALERT, "something a person must look at now"),
    (SMS, "text messages"),
    (EMAIL, "email"),
    (FOLLOW_UP, "follow-up sequences"),
    (ANALYTICS, "numbers and reports"),
    (CALL, "calls"),
    (IMPORT, "imports of leads"),
    (WEBHOOK, "what providers tell"),
    (JOB, "work that acts on the outside"),
    (START, "start and stop of the daemon"),
];

/// Libraries whose chatter hides what happens here. tarpc reports every request.
const QUIET: &str = "tarpc=off,hyper=warn,hyper_util=warn,reqwest=warn,h2=warn,rustls=warn,\
                     tokio_postgres=warn,tokio_cron_scheduler=warn,mio=warn,want=warn";

/// The longest line; what is beyond is cut.
const LINE_BYTES: usize = 8 * 1024;

/// What the log needs to be set up.
#[derive(Debug)]
pub struct Options {
    /// Least severe level written.
    pub level: LogLevel,
    /// Look.
    pub format: LogFormat,
    /// What masks the values.
    pub mask: Mask,
    /// Where recent lines are kept.
    pub ring: Ring,
    /// The time of lines.
    pub clock: Clock,
}

/// Lines kept in memory.
const RECENT_LINES: usize = 2000;

/// Sets up the process's log as configured. The ring it returns holds the recent lines.
///
/// # Errors
/// A sentence when the log file cannot be opened or a log is set up already.
pub fn install(house: &House, secrets: &[SecretString], clock: Clock) -> Result<Ring, String> {
    let ring = Ring::new(RECENT_LINES);
    let sink: Box<dyn Write + Send> = match &house.log_file {
        None => Box::new(std::io::stderr()),
        Some(path) => Box::new(open(path)?),
    };
    let options = Options {
        level: house.log_level,
        format: house.log_format,
        mask: Mask::new(secrets),
        ring: ring.clone(),
        clock,
    };
    subscriber(options, sink).try_init().map_err(|error| format!("the log is set up already: {error}"))?;
    Ok(ring)
}

/// Opens a log file for its owner and group; it is only ever appended to, so that a rotation
/// by copying works.
fn open(path: &Path) -> Result<std::fs::File, String> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options.create(true).append(true).mode(0o640).open(path);
    file.map_err(|error| format!("the log file {} cannot be opened: {error}", path.display()))
}

/// The subscriber itself, for tests that keep it to one thread.
pub fn subscriber(options: Options, sink: Box<dyn Write + Send>) -> impl Subscriber + Send + Sync {
    let filter = EnvFilter::new(format!("{},{QUIET}", options.level.word()));
    let layer = Lines { options, sink: Mutex::new(sink) };
    tracing_subscriber::registry().with(filter).with(layer)
}

/// Writes each event as one line.
struct Lines {
    options: Options,
    sink: Mutex<Box<dyn Write + Send>>,
}

/// Fields of an event or a span, masked as they are taken.
struct Fields<'m> {
    mask: &'m Mask,
    message: String,
    tag: Option<String>,
    /// The module of a record that came from the `log` crate.
    target: Option<String>,
    others: Map<String, Value>,
}

/// The fields of a span, kept with it.
struct SpanFields(Map<String, Value>);

impl<'m> Fields<'m> {
    fn new(mask: &'m Mask) -> Self {
        Self { mask, message: String::new(), tag: None, target: None, others: Map::new() }
    }

    fn text(&mut self, name: &str, value: &str) {
        match name {
            "tag" => self.tag = Some(value.to_owned()),
            "message" => self.message = self.mask.text(value).into_owned(),
            "log.target" => self.target = Some(value.to_owned()),
            // Where in a library a record was made helps nobody who operates this.
            name if name.starts_with("log.") => {}
            name => {
                let value = Value::String(self.mask.field(name, value).into_owned());
                self.others.insert(name.to_owned(), value);
            }
        }
    }

    fn number(&mut self, field: &Field, value: impl Into<Value>) {
        if !field.name().starts_with("log.") {
            let value = value.into();
            let masked = self.mask.number(field.name(), value);
            self.others.insert(field.name().to_owned(), masked);
        }
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new(&self.options.mask);
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.others));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::new(&self.options.mask);
        values.record(&mut fields);
        if let Some(span) = context.span(id)
            && let Some(SpanFields(kept)) = span.extensions_mut().get_mut()
        {
            kept.extend(fields.others);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::new(&self.options.mask);
        event.record(&mut fields);
        let target = fields.target.take().unwrap_or_else(|| event.metadata().target().to_owned());
        // Spans lend their fields; the event's own win, then the inner span's.
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(kept)) = span.extensions().get() {
                for (name, value) in kept {
                    fields.others.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        let at = self.options.clock.now();
        let level = *event.metadata().level();
        let text = body(&fields, (level >= Level::DEBUG).then_some(target.as_str()));
        let line = match self.options.format {
            LogFormat::Text => format!("{} {:<5} {text}\n", at.iso(), level.as_str()),
            LogFormat::Json => json_line(at, level, &target, &fields),
        };
        {
            let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that cannot be written must not stop the work; the ring still has the line.
            let _ = sink.write_all(line.as_bytes());
        }
        self.options.ring.push(at, level.as_str(), fields.tag, text);
    }
}

/// The line after time and level: `[TAG] message name=value`. Control characters are written
/// out, so that a value cannot forge a line or move the terminal's cursor.
fn body(fields: &Fields<'_>, target: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(tag) = &fields.tag {
        let _ = write!(out, "[{tag}] ");
    }
    if let Some(target) = target {
        let _ = write!(out, "{target}: ");
    }
    out.push_str(&fields.message);
    for (name, value) in &fields.others {
        match value {
            Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => {
                let _ = write!(out, " {name}={text}");
            }
            other => {
                let _ = write!(out, " {name}={other}");
            }
        }
    }
    cut(&mut out);
    if out.chars().any(char::is_control) {
        return out.chars().flat_map(escaped).collect();
    }
    out
}

fn escaped(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

fn cut(text: &mut String) {
    if text.len() > LINE_BYTES {
        text.truncate(text.floor_char_boundary(LINE_BYTES));
        text.push('…');
    }
}

fn json_line(at: Millis, level: Level, target: &str, fields: &Fields<'_>) -> String {
    let mut line = Map::new();
    let mut message = fields.message.clone();
    cut(&mut message);
    line.insert("time".into(), at.iso().into());
    line.insert("level".into(), level.as_str().to_ascii_lowercase().into());
    if let Some(tag) = &fields.tag {
        line.insert("tag".into(), tag.clone().into());
    }
    line.insert("message".into(), message.into());
    line.insert("target".into(), target.into());
    for (name, value) in &fields.others {
        let mut value = value.clone();
        if let Value::String(text) = &mut value {
            cut(text);
        }
        // A field that is called like one of ours keeps its value under another name.
        let name = if line.contains_key(name) { format!("field.{name}") } else { name.clone() };
        line.insert(name, value);
    }
    let mut out = Value::Object(line).to_string();
    out.push('\n');
    out
}

#[cfg(test)]
mod tests;
