//! The registry of operator actions: one table feeds keys, footer, help, palette, command
//! line, permission checks and docs/console.md.

use crate::contact::Channel;
use crate::page::List;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// What an operator may do. Ordered: each role includes the ones before it.
    Role {
        /// Look.
        Watch = "watch",
        /// Act on single things.
        Operate = "operate",
        /// Act on clients and on the house.
        Admin = "admin",
    }
}

words! {
    /// How careful the console must be. Ordered.
    Danger {
        /// Harmless: done at once.
        Harmless = "harmless",
        /// Has an effect: shown first, confirmed by `y`.
        Confirm = "confirm",
        /// Cannot be taken back: the number of items is typed.
        Typed = "typed",
    }
}

/// Something an operator does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Try a job again that failed.
    RetryJob {
        /// The job.
        job: String,
    },
    /// Take back a job that waits, or put aside one that was given up.
    CancelJob {
        /// The job.
        job: String,
    },
    /// Say what really happened to a call or job whose result is unknown.
    SettleJob {
        /// The job.
        job: String,
        /// Whether the effect took place.
        happened: bool,
    },
    /// Apply a stored webhook again.
    ReplayWebhook {
        /// The webhook.
        webhook: String,
    },
    /// Plan a call to a lead for this moment, through the gate.
    CallNow {
        /// The lead.
        lead: String,
    },
    /// Record that a person wants no more contact, from any client.
    OptOut {
        /// A lead id, a phone number or a mail address.
        who: String,
    },
    /// Withdraw the newest refusal of a person that was recorded by mistake.
    WithdrawOptOut {
        /// A lead id, a phone number or a mail address.
        who: String,
        /// What shows that it was a mistake; kept with it.
        reason: String,
    },
    /// End a live call.
    EndCall {
        /// The call.
        call: String,
    },
    /// Give an appointment back for the business; the person is told.
    CancelAppointment {
        /// The appointment.
        appointment: String,
        /// Why, for the record; may be empty. The person is not told it.
        #[serde(default)]
        reason: String,
    },
    /// Give an appointment another time; the person is told.
    RescheduleAppointment {
        /// The appointment.
        appointment: String,
        /// When it is to begin: a date and time of the client's zone, or one with its offset.
        to: String,
    },
    /// Note that the person came to an appointment.
    MarkAttended {
        /// The appointment.
        appointment: String,
    },
    /// Note that the person did not come to an appointment.
    MarkNoShow {
        /// The appointment.
        appointment: String,
    },
    /// Send a message that did not arrive once more, through the gate.
    ResendMessage {
        /// The message.
        message: String,
    },
    /// Send a message with sample values to an address of one's own, by the way all messages take.
    TestSend {
        /// The client's key.
        client: String,
        /// Text or email.
        channel: Channel,
        /// The operator's number or mail address.
        address: String,
        /// What it is, such as `reminder-24h`; a confirmation where empty.
        #[serde(default)]
        template: String,
    },
    /// Close what an import brought, as far as nobody was contacted.
    UndoImport {
        /// The import.
        import: String,
    },
    /// Mark an error as seen.
    AckFault {
        /// The fault.
        fault: String,
    },
    /// Stop placing new calls.
    PauseDialing {
        /// Only for this client; everyone where absent.
        client: Option<String>,
        /// Shown to everyone who wonders.
        reason: String,
    },
    /// Place calls again.
    ResumeDialing {
        /// Only for this client; everyone where absent.
        client: Option<String>,
    },
    /// Run a scheduled job now.
    RunSchedule {
        /// Its name.
        name: String,
    },
    /// Stop everything for a client.
    DeactivateClient {
        /// The client's key.
        client: String,
    },
    /// The same action on many things, previewed and confirmed together.
    Many {
        /// Each of them. All have one name; none is itself of many.
        actions: Vec<Action>,
    },
}

/// How an action appears and who may do it.
#[derive(Debug, PartialEq, Eq)]
pub struct ActionSpec {
    /// Stable name: the serialised tag, the palette entry and the key-map entry.
    pub name: &'static str,
    /// Two or three words for the footer.
    pub label: &'static str,
    /// One sentence for help and documents.
    pub help: &'static str,
    /// Default key in the console.
    pub key: char,
    /// Lists on which the key works; empty means every list.
    pub lists: &'static [List],
    /// How careful to be.
    pub danger: Danger,
    /// Who may do it.
    pub role: Role,
    /// The command-line form.
    pub cli: &'static str,
}

/// Every action.
pub const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        name: "retry_job",
        label: "retry",
        help: "Try a job again that failed; what waits for its time is not made early.",
        key: 'r',
        lists: &[List::Jobs],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "retry JOB",
    },
    ActionSpec {
        name: "cancel_job",
        label: "cancel",
        help: "Take back a job that waits, or put aside one that was given up.",
        key: 'x',
        lists: &[List::Jobs],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "cancel JOB",
    },
    ActionSpec {
        name: "settle_job",
        label: "settle",
        help: "Say whether a call or message whose result is unknown took place.",
        key: 'e',
        lists: &[List::Jobs],
        danger: Danger::Typed,
        role: Role::Operate,
        cli: "settle JOB happened|did-not-happen",
    },
    ActionSpec {
        name: "replay_webhook",
        label: "replay",
        help: "Apply the stored webhook again; what it already did is not done twice.",
        key: 'r',
        lists: &[List::Webhooks],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "replay WEBHOOK",
    },
    ActionSpec {
        name: "call_now",
        label: "call now",
        help: "Plan a call for this moment; the gate still decides.",
        key: 'c',
        lists: &[List::Leads],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "call LEAD",
    },
    ActionSpec {
        name: "opt_out",
        label: "opt out",
        help: "Record that this person wants no more contact.",
        key: 'o',
        lists: &[List::Leads, List::Live],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "optout PHONE",
    },
    ActionSpec {
        name: "withdraw_opt_out",
        label: "withdraw opt-out",
        help: "Withdraw an opt-out that was recorded by mistake; the record stays, with your reason.",
        key: 'O',
        lists: &[List::Leads],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "withdraw PHONE REASON",
    },
    ActionSpec {
        name: "end_call",
        label: "end call",
        help: "Hang up a live call.",
        key: 'x',
        lists: &[List::Live],
        danger: Danger::Typed,
        role: Role::Operate,
        cli: "end CALL",
    },
    ActionSpec {
        name: "cancel_appointment",
        label: "call off",
        help: "Give the appointment back for the business; the person is told.",
        key: 'x',
        lists: &[List::Appointments],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "appointment cancel APPOINTMENT [REASON]",
    },
    ActionSpec {
        name: "reschedule_appointment",
        label: "reschedule",
        help: "Give the appointment another time; the person is told.",
        key: 'r',
        lists: &[List::Appointments],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "appointment reschedule APPOINTMENT TIME",
    },
    ActionSpec {
        name: "mark_attended",
        label: "attended",
        help: "Note that the person came.",
        key: 'a',
        lists: &[List::Appointments],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "appointment attended APPOINTMENT",
    },
    ActionSpec {
        name: "mark_no_show",
        label: "no-show",
        help: "Note that the person did not come.",
        key: 'm',
        lists: &[List::Appointments],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "appointment no-show APPOINTMENT",
    },
    ActionSpec {
        name: "resend_message",
        label: "resend",
        help: "Send a message that did not arrive once more; the gate still decides.",
        key: 'r',
        lists: &[List::Messages],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "resend MESSAGE",
    },
    ActionSpec {
        name: "test_send",
        label: "test send",
        help: "Send a message with sample values to an address of your own.",
        key: 't',
        lists: &[List::Clients],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "test-send CLIENT sms|email ADDRESS [--template KIND]",
    },
    ActionSpec {
        name: "undo_import",
        label: "undo import",
        help: "Close the leads a wrong file brought, as far as nobody was contacted; opt-outs stay.",
        key: 'x',
        lists: &[List::Imports],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "undo-import IMPORT",
    },
    ActionSpec {
        name: "ack_fault",
        label: "acknowledge",
        help: "Mark the error as seen; it comes back if it happens again.",
        key: 'a',
        lists: &[List::Errors],
        danger: Danger::Harmless,
        role: Role::Operate,
        cli: "ack ERROR",
    },
    ActionSpec {
        name: "pause_dialing",
        label: "pause dialing",
        help: "No new calls, texts or emails; live calls go on.",
        key: 'P',
        lists: &[],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "pause [--client KEY] REASON",
    },
    ActionSpec {
        name: "resume_dialing",
        label: "resume dialing",
        help: "Place calls again.",
        key: 'U',
        lists: &[],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "resume [--client KEY]",
    },
    ActionSpec {
        name: "run_schedule",
        label: "run now",
        help: "Run a scheduled job now.",
        key: 'r',
        lists: &[List::Health],
        danger: Danger::Confirm,
        role: Role::Operate,
        cli: "run NAME",
    },
    ActionSpec {
        name: "deactivate_client",
        label: "deactivate",
        help: "Stop everything queued for a client.",
        key: 'X',
        lists: &[List::Clients],
        danger: Danger::Typed,
        role: Role::Admin,
        cli: "client deactivate KEY",
    },
];

impl Action {
    /// Its stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RetryJob { .. } => "retry_job",
            Self::CancelJob { .. } => "cancel_job",
            Self::SettleJob { .. } => "settle_job",
            Self::ReplayWebhook { .. } => "replay_webhook",
            Self::CallNow { .. } => "call_now",
            Self::OptOut { .. } => "opt_out",
            Self::WithdrawOptOut { .. } => "withdraw_opt_out",
            Self::EndCall { .. } => "end_call",
            Self::CancelAppointment { .. } => "cancel_appointment",
            Self::RescheduleAppointment { .. } => "reschedule_appointment",
            Self::MarkAttended { .. } => "mark_attended",
            Self::MarkNoShow { .. } => "mark_no_show",
            Self::ResendMessage { .. } => "resend_message",
            Self::TestSend { .. } => "test_send",
            Self::UndoImport { .. } => "undo_import",
            Self::AckFault { .. } => "ack_fault",
            Self::PauseDialing { .. } => "pause_dialing",
            Self::ResumeDialing { .. } => "resume_dialing",
            Self::RunSchedule { .. } => "run_schedule",
            Self::DeactivateClient { .. } => "deactivate_client",
            Self::Many { actions } => actions.first().map_or("many", Self::name),
        }
    }

    /// How it appears and who may do it.
    pub fn spec(&self) -> &'static ActionSpec {
        spec(self.name()).unwrap_or(&ACTIONS[0])
    }
}

/// The entry of a name.
pub fn spec(name: &str) -> Option<&'static ActionSpec> {
    ACTIONS.iter().find(|a| a.name == name)
}

/// What an action would do, for the operator to read before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What will happen, line by line.
    pub lines: Vec<String>,
    /// How many things it touches.
    pub count: u64,
    /// Why it cannot be done; the action is refused while this is set.
    pub refused: Option<String>,
    /// Binds the confirmation to what was shown.
    pub token: String,
}

/// What an action did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// In words.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_is_registered_once_and_no_key_means_two_things_on_one_screen() {
        let mut taken = HashSet::new();
        for spec in ACTIONS {
            let lists: &[List] = if spec.lists.is_empty() { List::ALL } else { spec.lists };
            for list in lists {
                assert!(taken.insert((*list, spec.key)), "{} clashes on {list}", spec.name);
            }
        }
        let all = [
            Action::RetryJob { job: String::new() },
            Action::CancelJob { job: String::new() },
            Action::SettleJob { job: String::new(), happened: true },
            Action::ReplayWebhook { webhook: String::new() },
            Action::CallNow { lead: String::new() },
            Action::OptOut { who: String::new() },
            Action::WithdrawOptOut { who: String::new(), reason: String::new() },
            Action::EndCall { call: String::new() },
            Action::CancelAppointment { appointment: String::new(), reason: String::new() },
            Action::RescheduleAppointment { appointment: String::new(), to: String::new() },
            Action::MarkAttended { appointment: String::new() },
            Action::MarkNoShow { appointment: String::new() },
            Action::ResendMessage { message: String::new() },
            Action::TestSend {
                client: String::new(),
                channel: Channel::Sms,
                address: String::new(),
                template: String::new(),
            },
            Action::UndoImport { import: String::new() },
            Action::AckFault { fault: String::new() },
            Action::PauseDialing { client: None, reason: String::new() },
            Action::ResumeDialing { client: None },
            Action::RunSchedule { name: String::new() },
            Action::DeactivateClient { client: String::new() },
        ];
        assert_eq!(all.len(), ACTIONS.len());
        for action in &all {
            assert_eq!(action.spec().name, action.name());
            assert_eq!(serde_json::to_value(action).unwrap()["action"], action.name());
        }
    }
}
