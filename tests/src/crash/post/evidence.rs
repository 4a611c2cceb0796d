//! What is left after a campaign: the store from the inside, what carriers, mail server and Google
//! truly have, and what people noted. Collected here, judged in `audit`.

use super::super::evidence::JobRow;
use super::super::world::{Lives, World};
use super::Outside;
use super::people::Ledger;
use frontdesk_sandbox::sms::SandboxText;
use frontdesk_shared::{AppointmentId, MessageId};
use frontdesk_store::{Result, Tx};
use std::collections::BTreeMap;

/// A message in the store.
#[derive(Clone, Debug, Default)]
pub struct MessageRow {
    /// Its id, as carriers are told it.
    pub id: String,
    /// The appointment it is about.
    pub appointment: Option<String>,
    /// Whether we wrote it.
    pub outbound: bool,
    /// `sms` or `email`.
    pub channel: String,
    /// What it is.
    pub kind: String,
    /// The appointment's number of changes when it was written.
    pub sequence: i64,
    /// Where it stands.
    pub status: String,
    /// The carrier's name of it.
    pub provider_id: Option<String>,
    /// The Message-ID of an email.
    pub mail_id: Option<String>,
    /// The person's number or address.
    pub address: String,
    /// Look-ups made.
    pub lookups: i64,
    /// When the intent was committed.
    pub created_at: i64,
}

/// An appointment in the store.
#[derive(Clone, Debug, Default)]
pub struct AppointmentRow {
    /// Its id.
    pub id: String,
    /// `booked` or `cancelled`.
    pub status: String,
    /// When it is.
    pub starts_at: i64,
}

/// The store.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    /// When it was read.
    pub now: i64,
    /// Every message, both ways.
    pub messages: Vec<MessageRow>,
    /// Every appointment.
    pub appointments: Vec<AppointmentRow>,
    /// Addresses that refused everything.
    pub refused: Vec<String>,
    /// Messages that wait, with a reason: about which appointment, in which lane, why.
    pub waiting: Vec<(String, String, String)>,
    /// Every job.
    pub jobs: Vec<JobRow>,
    /// Webhooks: which event each is, what became of it, how often it came.
    pub hooks: Vec<(String, String, i64)>,
    /// What people were told of: kinds of error, and how often each happened.
    pub told: BTreeMap<String, i64>,
}

/// A mail that the mail server took.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Its Message-ID, with its brackets.
    pub id: String,
    /// To whom.
    pub to: String,
}

/// An event that stands in the calendar.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// The appointment that our mark on it names.
    pub appointment: String,
    /// When it starts.
    pub starts_at: i64,
}

/// Everything there is to judge by.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The store.
    pub inside: Inside,
    /// Texts that the carrier took from us.
    pub texts: Vec<SandboxText>,
    /// Mails that the mail server took.
    pub mails: Vec<Mail>,
    /// What stands in the calendar.
    pub events: Vec<Event>,
    /// What was acknowledged.
    pub ledger: Ledger,
    /// What became of the daemons.
    pub lives: Lives,
}

impl Evidence {
    /// Reads it all; nothing may move any more.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn collect(world: &World, outside: &Outside, ledger: Ledger, now: i64) -> Self {
        let inside = world.db.store.read(move |tx| inside(tx, now)).await.expect("the store can be read");
        let mails = outside.post.mails.room.messages();
        Self {
            inside,
            texts: outside.post.texts.texts().into_iter().filter(|text| !text.inbound).collect(),
            mails: mails
                .iter()
                .map(|taken| Mail { id: message_id(&taken.raw), to: taken.to.clone() })
                .collect(),
            events: outside.google.events().iter().map(event).collect(),
            ledger,
            lives: world.lives.lock().unwrap().clone(),
        }
    }

    /// Whether a message of ours did leave.
    pub fn left(&self, row: &MessageRow) -> bool {
        match row.channel.as_str() {
            "email" => self.mails.iter().any(|mail| Some(&mail.id) == row.mail_id.as_ref()),
            _ => self.texts.iter().any(|text| text.id.as_ref() == Some(&row.id)),
        }
    }
}

fn message_id(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID:").map(str::trim));
    line.unwrap_or_default().to_owned()
}

fn event(event: &serde_json::Value) -> Event {
    let at = event["start"]["dateTime"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    Event {
        appointment: event["extendedProperties"]["private"]["frontdesk"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        starts_at: at.map_or(0, jiff::Timestamp::as_millisecond),
    }
}

fn inside(tx: &mut Tx<'_>, now: i64) -> Result<Inside> {
    Ok(Inside {
        now,
        messages: tx.all(
            "SELECT id, appointment_id, direction, channel, kind, sequence, status, provider_id, mail_id, address,
                    lookups, created_at FROM message ORDER BY id",
            &[],
            |r| {
                Ok(MessageRow {
                    id: r.get::<MessageId>(0)?.to_string(),
                    appointment: r.get::<Option<AppointmentId>>(1)?.map(|id| id.to_string()),
                    outbound: r.get::<String>(2)? == "outbound",
                    channel: r.get(3)?,
                    kind: r.get(4)?,
                    sequence: r.get(5)?,
                    status: r.get(6)?,
                    provider_id: r.get(7)?,
                    mail_id: r.get(8)?,
                    address: r.get(9)?,
                    lookups: r.get(10)?,
                    created_at: r.get(11)?,
                })
            },
        )?,
        appointments: tx.all("SELECT id, status, starts_at FROM appointment ORDER BY id", &[], |r| {
            Ok(AppointmentRow {
                id: r.get::<AppointmentId>(0)?.to_string(),
                status: r.get(1)?,
                starts_at: r.get(2)?,
            })
        })?,
        refused: tx.all("SELECT address FROM suppression WHERE active AND channel = 'all'", &[], |r| r.get(0))?,
        waiting: waiting(tx)?,
        jobs: tx.all("SELECT id, kind, state, run_at, reason FROM job ORDER BY id", &[], |r| {
            Ok(JobRow { id: r.get(0)?, kind: r.get(1)?, state: r.get(2)?, run_at: r.get(3)?, reason: r.get(4)? })
        })?,
        hooks: tx.all(
            "SELECT w.event_key, w.status, k.deliveries FROM webhook w JOIN webhook_key k ON k.webhook_id = w.id ORDER BY w.id",
            &[],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?,
        told: super::super::evidence::told(tx)?,
    })
}

fn waiting(tx: &mut Tx<'_>) -> Result<Vec<(String, String, String)>> {
    let sql = "SELECT payload, lane, reason FROM job WHERE state = 'ready' AND lane IN ('sms', 'email') AND reason <> ''";
    let rows: Vec<(String, String, String)> = tx.all(sql, &[], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let named = rows.into_iter().map(|(payload, lane, why)| {
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap_or_default();
        (payload["appointment"].as_str().unwrap_or_default().to_owned(), lane, why)
    });
    Ok(named.collect())
}
