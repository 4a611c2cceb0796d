//! Sample details, one of each noun.

use super::sample::*;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::contact::Purpose;
use frontdesk_shared::detail::*;
use frontdesk_shared::job::JobState;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::template::TemplateDetail;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::*;

/// Everything about a thing of any kind.
pub fn detail(subject: &Subject, now: Millis) -> Detail {
    let about = match subject.kind {
        Noun::Lead => About::Lead(Box::new(LeadDetail {
            row: lead(0, now),
            client: ClientId(id(1_100)),
            callable: true,
            region: "GB".to_owned(),
            line: "mobile".to_owned(),
            email: "amara@example.com".to_owned(),
            zone: "Europe/London".to_owned(),
            state: String::new(),
            postcode: String::new(),
            external_id: String::new(),
            hold_rule: String::new(),
            hold_reason: String::new(),
            episode: 1,
            last_attempt_at: Some(now - 3 * MINUTE),
            screenings: Vec::new(),
            score_parts: vec![("source".to_owned(), 20)],
            consents: Vec::new(),
            suppressions: Vec::new(),
            decisions: Vec::new(),
            calls: vec![CallBrief {
                id: CallId(id(300)),
                attempt: 1,
                status: CallStatus::InProgress,
                outcome: None,
                why: String::new(),
                created_at: now - 3 * MINUTE,
            }],
            messages: vec![brief(now)],
            planned: vec![planned(now)],
            contacts: Vec::new(),
            jobs: vec![JobBrief {
                id: JobId(id(503)),
                kind: "call.place".to_owned(),
                state: JobState::Ready,
                run_at: now,
                reason: String::new(),
            }],
            appointments: vec![AppointmentBrief {
                id: AppointmentId(id(1_000)),
                status: "booked".to_owned(),
                starts_at: now + 5 * HOUR,
                note: "check-up".to_owned(),
            }],
            variables: serde_json::Map::new(),
        })),
        Noun::Call => About::Call(Box::new(CallDetail {
            row: live_call(0, now),
            client: ClientId(id(1_100)),
            job: Some(JobId(id(503))),
            episode: 1,
            provider: "vapi".to_owned(),
            why: String::new(),
            reported: false,
            lookups: 0,
            hidden: false,
            summary: String::new(),
            analysis: Document::default(),
            transcript: vec![Utterance { who: "AI".to_owned(), text: SPOKEN.to_owned() }],
            skipped: 0,
            tools: Vec::new(),
            webhooks: Vec::new(),
        })),
        Noun::Webhook => About::Webhook(Box::new(WebhookDetail {
            row: webhook(0, now),
            client: None,
            unique_key: "call:1".to_owned(),
            agent: String::new(),
            applied_at: None,
            reply: Document::default(),
            body: Document {
                value: serde_json::json!({ "message": { "type": "end-of-call-report" } }),
                cut_of: None,
            },
        })),
        Noun::Import => About::Import(Box::new(ImportDetail {
            row: import(0, now),
            client: ClientId(id(1_100)),
            rejects: Vec::new(),
            remarks: Vec::new(),
            columns: vec![("Mobile No".to_owned(), "phone".to_owned())],
            asked: Document::default(),
        })),
        Noun::Fault => About::Fault(Box::new(FaultDetail {
            row: fault(0, now),
            client: None,
            total: 40,
            acked_at: None,
            occurrences: vec![Occurrence {
                at: now - MINUTE,
                message: "402".to_owned(),
                about: Some(Subject::new(Noun::Job, JobId(id(503)))),
                who: job(3, now).about,
                lead: Some(LeadId(id(3))),
            }],
        })),
        Noun::Appointment => About::Appointment(Box::new(AppointmentDetail {
            row: appointment(0, now),
            client: ClientId(id(1_100)),
            note: String::new(),
            sequence: 1,
            made_by: "vapi".to_owned(),
            changed_at: Some(now - MINUTE),
            cancelled: None,
            messages: vec![brief(now)],
            planned: vec![planned(now)],
        })),
        Noun::Template => About::Template(Box::new(TemplateDetail {
            row: template(1, now),
            sent: true,
            wording: "{{business_name}}: see you {{when}}.".to_owned(),
            variables: ["first_name", "business_name", "when"].map(str::to_owned).to_vec(),
            subject: String::new(),
            sample: "Harbour Dental: see you tomorrow at 10:00.".to_owned(),
        })),
        Noun::Message => About::Message(Box::new(MessageDetail {
            row: message(4, now),
            client: ClientId(id(1_100)),
            address: "+447700900123".to_owned(),
            sender: "+442079460000".to_owned(),
            purpose: Purpose::Informational,
            hidden: false,
            subject: String::new(),
            body: WRITTEN.to_owned(),
            provider_id: "SM1b2c".to_owned(),
            code: "30005".to_owned(),
            job: Some(JobId(id(504))),
            cost_micros: 8_300,
            lookups: 0,
            sandbox: false,
        })),
        Noun::Client => About::Client(Box::new(ClientDetail {
            row: client_row(0, now),
            pause: None,
            email: "desk@brightsmile.example".to_owned(),
            phone: "+442071838750".to_owned(),
            industry: "dentist".to_owned(),
            services: vec!["check-up".to_owned()],
            currency: "GBP".to_owned(),
            value_minor: 50_000,
            agent: "brightsmile".to_owned(),
            updated_at: now - DAY,
            keys: 1,
            keys_revoked: 0,
            open_leads: Vec::new(),
            sequences: vec![sequence::SequenceCount {
                sequence: "no-answer".to_owned(),
                begun: 41,
                waiting: 12,
            }],
            settings: Document::default(),
        })),
        Noun::Job | Noun::Event | Noun::Audit | Noun::Daemon => About::Job(Box::new(JobDetail {
            row: job(0, now),
            client: Some(ClientId(id(1_100))),
            call: None,
            queue: "call".to_owned(),
            unique_key: String::new(),
            lease: None,
            version: 1,
            payload: Document { value: serde_json::json!({ "to": "+447700900123" }), cut_of: None },
        })),
    };
    let line = |ms, text: &str| StoryLine { at: now - ms, actor: String::new(), text: text.to_owned() };
    Detail {
        subject: subject.clone(),
        about,
        story: vec![
            line(2 * MINUTE, "call answered"),
            line(3 * MINUTE, "call placed, attempt 1"),
            line(DAY, "imported from spring-fair.csv, row 17"),
        ],
    }
}

fn brief(now: Millis) -> MessageBrief {
    let row = message(0, now);
    MessageBrief {
        id: row.id,
        kind: row.kind,
        channel: row.channel,
        direction: row.direction,
        status: MessageStatus::Delivered,
        why: row.why,
        created_at: now - MINUTE,
    }
}

const WRITTEN: &str = "Bright Smile Dental: your appointment is now Thursday 5 March at 14:30, not 10:00. \
    Reply C to cancel or call +442071838750.";
const SPOKEN: &str = "Hello, this is the assistant of Bright Smile Dental; am I speaking to Amara? \
    You asked us about a check-up. Would Thursday at half past two suit you?";
