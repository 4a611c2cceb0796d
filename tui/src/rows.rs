//! One row of any list, seen alike: its id, what it opens, what it belongs to.

use frontdesk_shared::Noun;
use frontdesk_shared::call::{AppointmentRow, CallRow, CallbackRow};
use frontdesk_shared::client::ClientRow;
use frontdesk_shared::event::Event;
use frontdesk_shared::fault::FaultRow;
use frontdesk_shared::health::{HealthPart, ScheduleRow};
use frontdesk_shared::import::ImportRow;
use frontdesk_shared::job::JobRow;
use frontdesk_shared::lead::LeadRow;
use frontdesk_shared::message::MessageRow;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{AuditRow, Rows};
use frontdesk_shared::sequence::StepRow;
use frontdesk_shared::template::TemplateRow;
use frontdesk_shared::webhook::WebhookRow;

/// A row of some list.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// Of live and finished calls.
    Call(&'a CallRow),
    /// Of texts and emails.
    Message(&'a MessageRow),
    /// Of templates.
    Template(&'a TemplateRow),
    /// Of steps of sequences.
    Step(&'a StepRow),
    /// Of leads.
    Lead(&'a LeadRow),
    /// Of jobs.
    Job(&'a JobRow),
    /// Of errors.
    Fault(&'a FaultRow),
    /// Of webhooks.
    Webhook(&'a WebhookRow),
    /// Of imports.
    Import(&'a ImportRow),
    /// Of appointments.
    Appointment(&'a AppointmentRow),
    /// Of promised calls back.
    Callback(&'a CallbackRow),
    /// Of clients.
    Client(&'a ClientRow),
    /// Of events.
    Event(&'a Event),
    /// Of the audit.
    Audit(&'a AuditRow),
    /// A part of the house in the health report.
    Part(&'a HealthPart),
    /// A scheduled job in the health report.
    Schedule(&'a ScheduleRow),
}

/// How many rows a list shows: the health report is shown part by part.
#[must_use]
pub fn len(rows: &Rows) -> usize {
    match rows {
        Rows::Health(report) => report.parts.len() + report.schedule.len(),
        other => other.len(),
    }
}

/// The row at an index.
#[must_use]
pub fn get(rows: &Rows, index: usize) -> Option<Row<'_>> {
    match rows {
        Rows::Calls(r) => r.get(index).map(Row::Call),
        Rows::Messages(r) => r.get(index).map(Row::Message),
        Rows::Templates(r) => r.get(index).map(Row::Template),
        Rows::Sequences(r) => r.get(index).map(Row::Step),
        Rows::Leads(r) => r.get(index).map(Row::Lead),
        Rows::Jobs(r) => r.get(index).map(Row::Job),
        Rows::Errors(r) => r.get(index).map(Row::Fault),
        Rows::Webhooks(r) => r.get(index).map(Row::Webhook),
        Rows::Imports(r) => r.get(index).map(Row::Import),
        Rows::Appointments(r) => r.get(index).map(Row::Appointment),
        Rows::Callbacks(r) => r.get(index).map(Row::Callback),
        Rows::Clients(r) => r.get(index).map(Row::Client),
        Rows::Events(r) => r.get(index).map(Row::Event),
        Rows::Audit(r) => r.get(index).map(Row::Audit),
        Rows::Health(report) => match report.parts.get(index) {
            Some(part) => Some(Row::Part(part)),
            None => report.schedule.get(index - report.parts.len()).map(Row::Schedule),
        },
    }
}

impl Row<'_> {
    /// What tells it from every other row of its list, through refreshes.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Call(r) => r.id.to_string(),
            Self::Message(r) => r.id.to_string(),
            Self::Template(r) => r.id.clone(),
            Self::Step(r) => r.id.to_string(),
            Self::Lead(r) => r.id.to_string(),
            Self::Job(r) => r.id.to_string(),
            Self::Fault(r) => r.id.to_string(),
            Self::Webhook(r) => r.id.to_string(),
            Self::Import(r) => r.id.to_string(),
            Self::Appointment(r) => r.id.to_string(),
            Self::Callback(r) => r.id.to_string(),
            Self::Client(r) => r.key.clone(),
            Self::Event(r) => r.cursor.to_string(),
            Self::Audit(r) => format!("{} {} {} {}", r.at.0, r.actor, r.action, r.subject),
            Self::Part(r) => format!("part {}", r.name),
            Self::Schedule(r) => r.name.clone(),
        }
    }

    /// What Enter opens.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        let kind = match self {
            Self::Call(_) | Self::Callback(_) => Noun::Call,
            Self::Message(_) => Noun::Message,
            Self::Template(_) => Noun::Template,
            Self::Step(_) => Noun::Job,
            Self::Lead(_) => Noun::Lead,
            Self::Job(_) => Noun::Job,
            Self::Fault(_) => Noun::Fault,
            Self::Webhook(_) => Noun::Webhook,
            Self::Import(_) => Noun::Import,
            Self::Appointment(_) => Noun::Appointment,
            Self::Client(_) => Noun::Client,
            Self::Event(e) => return Subject::openable(&e.subject, &e.subject_id),
            Self::Audit(_) | Self::Part(_) | Self::Schedule(_) => return None,
        };
        Some(Subject { kind, id: self.id() })
    }

    /// A few words by which a person knows it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Call(r) => r.who.clone(),
            Self::Message(r) => format!("{} to {}", r.kind, r.who),
            Self::Template(r) => format!("{} by {} of {}", r.kind, r.channel, r.client),
            Self::Step(r) => format!("{} {} for {}", r.sequence, r.step, r.who),
            Self::Lead(r) if r.name.is_empty() => r.phone.clone(),
            Self::Lead(r) => r.name.clone(),
            Self::Job(r) => format!("{} {}", r.kind, r.about),
            Self::Fault(r) => r.kind.clone(),
            Self::Webhook(r) => format!("{} {}", r.provider, r.kind),
            Self::Import(r) => r.label.clone(),
            Self::Appointment(r) => r.who.clone(),
            Self::Callback(r) => r.who.clone(),
            Self::Client(r) => r.name.clone(),
            Self::Event(r) => r.kind.clone(),
            Self::Audit(r) => r.action.clone(),
            Self::Part(r) => r.name.clone(),
            Self::Schedule(r) => r.name.clone(),
        }
    }

    /// The whole row as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let value = match self {
            Self::Call(r) => serde_json::to_value(r),
            Self::Message(r) => serde_json::to_value(r),
            Self::Template(r) => serde_json::to_value(r),
            Self::Step(r) => serde_json::to_value(r),
            Self::Lead(r) => serde_json::to_value(r),
            Self::Job(r) => serde_json::to_value(r),
            Self::Fault(r) => serde_json::to_value(r),
            Self::Webhook(r) => serde_json::to_value(r),
            Self::Import(r) => serde_json::to_value(r),
            Self::Appointment(r) => serde_json::to_value(r),
            Self::Callback(r) => serde_json::to_value(r),
            Self::Client(r) => serde_json::to_value(r),
            Self::Event(r) => serde_json::to_value(r),
            Self::Audit(r) => serde_json::to_value(r),
            Self::Part(r) => serde_json::to_value(r),
            Self::Schedule(r) => serde_json::to_value(r),
        };
        value.unwrap_or(serde_json::Value::Null)
    }
}
