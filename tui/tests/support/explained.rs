//! Sample explanations: what is planned for a lead, why, and why nothing is dialing.

use super::sample::*;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::detail::PlannedMessage;
use frontdesk_shared::explain::{
    Answer, Finding, GateReport, IdleExplanation, LeadExplanation, RuleLine, WaterfallStep,
};
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::*;

/// A reminder that waits for its hour.
pub fn planned(now: Millis) -> PlannedMessage {
    PlannedMessage {
        job: JobId(id(590)),
        kind: "reminder-1h".to_owned(),
        channel: Channel::Sms,
        appointment: Some(AppointmentId(id(1_000))),
        run_at: now + 4 * HOUR,
        reason: String::new(),
    }
}

pub fn why(now: Millis) -> LeadExplanation {
    let rule = |rule: &str, finding, detail: &str, until: Option<Millis>| RuleLine {
        rule: rule.to_owned(),
        finding,
        detail: detail.to_owned(),
        until,
    };
    let report = |answer, stage: &str, at| GateReport {
        answer,
        rule: "window".to_owned(),
        reason: "outside the contact window 09:00–20:00 in America/New_York".to_owned(),
        next_at: Some(now + 2 * MINUTE),
        at,
        stage: stage.to_owned(),
        rules_version: 3,
        lines: vec![
            rule("paused", Finding::Pass, "dialing is on", None),
            rule("number", Finding::Pass, "+12125550123 is a valid mobile or fixed line in US", None),
            rule("consent", Finding::Pass, "ai_voice: web form, 2026-03-01, “yes, you may call me”", None),
            rule(
                "window",
                Finding::Wait,
                "09:02 in America/New_York; the window opens at 09:30",
                Some(now + 2 * MINUTE),
            ),
            rule("budget", Finding::Block, "4 of 4 calls are used up", None),
            rule("slot", Finding::Skipped, "", None),
        ],
    };
    LeadExplanation {
        lead: LeadId(id(0)),
        summary: "Waits until 14:04: outside the contact window in New York.".to_owned(),
        now: report(Answer::NotYet, "now", now),
        planned: vec![planned(now)],
        history: vec![
            report(Answer::Allowed, "plan", now - HOUR),
            report(Answer::Never, "act", now - 2 * DAY),
        ],
        story: vec![(now - HOUR, "planned".to_owned()), (now - DAY, "imported".to_owned())],
    }
}

pub fn why_idle(now: Millis) -> IdleExplanation {
    let step = |label: &str, removed, left, remedy: &str| WaterfallStep {
        label: label.to_owned(),
        removed,
        left,
        remedy: remedy.to_owned(),
    };
    IdleExplanation {
        summary: "Nothing dials: 1,204 leads are open, none may be called before 09:00.".to_owned(),
        steps: vec![
            step("open leads", 0, 1_204, ""),
            step(
                "no consent for calls",
                804,
                400,
                "import with consent columns, or attest one statement for the file",
            ),
            step("outside the contact window", 400, 0, "opens at 09:00 in Europe/London"),
        ],
        messages: vec![explain::WaitingMessages {
            label: "emails: the provider refuses: the login is wrong".to_owned(),
            count: 12,
            remedy: "put the account or sender right; they go when the hold ends".to_owned(),
        }],
        next_at: Some(now + 3 * HOUR),
        slots: (0, 10),
        at: now,
    }
}
