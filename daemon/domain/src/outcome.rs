//! What a call came to, and what has to follow: a pure decision over the evidence of one call.
//!
//! Must not live here: provider JSON, the store, the clock. A summary decides nothing, because
//! models invent them even of calls that were voicemails; one that tells of a refusal is doubted.

mod heard;
#[cfg(test)]
mod heard_tests;
mod reasons;
mod speakers;
mod speech;
mod structured;
mod summary;
#[cfg(test)]
mod tests;
mod transport;

pub use heard::Doubt;
pub use reasons::{Class, Reason, classify};
pub use structured::{Said, Structured};
pub(crate) use summary::tells_refusal;
pub use transport::is_told_by_report;

use frontdesk_shared::call::Outcome;
use heard::Heard;
use speakers::Lines;
use speech::Speech;

/// Everything that may bear on what a call came to.
#[derive(Debug, Clone, Default)]
pub struct CallEvidence<'a> {
    /// The provider's word for why it ended, raw.
    pub ended_reason: &'a str,
    /// The provider's explanation of that word; empty where it gives none.
    pub ended_message: &'a str,
    /// Whether it connected.
    pub started: bool,
    /// Whether a tool of ours booked a slot during it. Our own record, so it needs no analysis.
    pub booked_in_call: bool,
    /// Whether the assistant called our opt-out tool.
    pub opted_out_tool: bool,
    /// Whether the assistant called our callback tool.
    pub callback_tool: bool,
    /// What the other party said, in order.
    pub user_messages: Vec<&'a str>,
    /// The conversation as labelled lines; used where there are no messages.
    pub transcript: Option<&'a str>,
    /// The provider's summary. Only good for a doubt.
    pub summary: &'a str,
    /// What the analysis extracted.
    pub structured: Option<&'a Structured>,
}

/// How long to wait before the next attempt, as the client's policy defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The next step of the plan.
    Normal,
    /// Soon: the line was engaged.
    Short,
    /// Not on the same day: the person answered and was left hanging.
    NextDay,
    /// Once, later: the line itself failed.
    Later,
}

/// What has to follow, beside what the outcome itself implies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Try again.
    Retry(Wait),
    /// Queue again soon: no phone rang, all lines were taken.
    Requeue,
    /// Hold this number of ours until its daily cap is reset.
    HoldQuota,
    /// Hold every call until somebody has paid or cleared the account.
    HoldBilling,
    /// Hold whoever uses these settings until somebody has corrected them.
    ConfigStop,
    /// Never call this number again: it does not exist, or its owner said so.
    StopNumber,
    /// Nothing.
    None,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What it came to.
    pub outcome: Outcome,
    /// Whether it uses up one of the lead's attempts.
    pub counts_as_attempt: bool,
    /// What has to follow.
    pub action: Action,
    /// One line for the operator.
    pub why: String,
    /// The class of the reason. Two vendor faults in a row that may be settings are worth an
    /// alert, and so are several carrier failures: the caller counts.
    pub class: Class,
    /// Whether the reason is on our list. The caller reports each unlisted one once.
    pub known: bool,
    /// The words, or the record, by which the person opted out or is known to have died. Set
    /// whatever the outcome is, and to be obeyed whatever the outcome is: somebody may book and
    /// then ask not to be called again.
    pub opted_out: Option<String>,
    /// What may be a refusal. Nobody contacts the lead again until a person has decided.
    pub doubt: Option<Doubt>,
}

/// Decides what a call came to.
pub fn decide(evidence: &CallEvidence<'_>) -> Decision {
    let Reason { class, known } = classify(evidence.ended_reason);
    let Lines { said: lines, of_person } = lines(evidence);
    let speech = speech::of(&lines);
    // Only a person's words make a conversation out of a call that ended for another reason.
    let talked = evidence.started && speech != Speech::Silence;
    let heard = match heard::of(&lines) {
        heard if of_person => heard,
        heard => heard.of_somebody(),
    };
    let opted_out = opted_out(evidence, &heard, class, speech);
    let doubt = if opted_out.is_some() { None } else { doubt(evidence, &heard, class, speech) };

    let transport =
        (!talked).then(|| transport::verdict(evidence.ended_reason, class, evidence.ended_message));
    let transport = transport.flatten();
    let of_transport = transport.as_ref().map(|verdict| verdict.action);
    let quoted = doubt.as_ref().map(Doubt::quoted);
    let verdict = if evidence.booked_in_call {
        let also = quoted.map(|doubt| format!("; {doubt}")).unwrap_or_default();
        let why = format!("a slot was booked during the call{also}");
        Verdict::new(Outcome::Booked, true, Action::None, &why)
    } else if let Some(words) = &opted_out {
        let (outcome, what) = match heard {
            Heard::Deceased(_) => (Outcome::Deceased, "the person has died"),
            _ => (Outcome::DoNotCall, "asked not to be called"),
        };
        Verdict::new(outcome, true, Action::StopNumber, &format!("{what}: {words}"))
    } else if let Some(why) = quoted {
        Verdict::new(Outcome::NeedsReview, true, Action::None, &why)
    } else if let Heard::WrongPerson(words) = &heard {
        let why = format!("somebody else was reached: {words}");
        Verdict::new(Outcome::WrongPerson, true, Action::StopNumber, &why)
    } else {
        transport.unwrap_or_else(|| by_class(class, evidence, &heard, speech, talked))
    };
    Decision {
        outcome: verdict.outcome,
        counts_as_attempt: verdict.counts,
        // An account that cannot place calls needs its hold whatever this one call came to.
        action: of_transport.or_else(|| hold(class)).unwrap_or(verdict.action),
        why: verdict.why,
        class,
        known,
        opted_out,
        doubt,
    }
}

struct Verdict {
    outcome: Outcome,
    counts: bool,
    action: Action,
    why: String,
}

impl Verdict {
    fn new(outcome: Outcome, counts: bool, action: Action, why: &str) -> Self {
        Self { outcome, counts, action, why: why.to_owned() }
    }
}

fn hold(class: Class) -> Option<Action> {
    match class {
        Class::Requeue => Some(Action::Requeue),
        Class::QuotaHold => Some(Action::HoldQuota),
        Class::BillingHold => Some(Action::HoldBilling),
        Class::ConfigError => Some(Action::ConfigStop),
        _ => None,
    }
}

fn by_class(
    class: Class,
    evidence: &CallEvidence<'_>,
    heard: &Heard,
    speech: Speech,
    talked: bool,
) -> Verdict {
    use Action::{None, Retry, StopNumber};
    match class {
        Class::Transferred => Verdict::new(Outcome::Transferred, true, None, "handed to a person"),
        Class::TransferFailed => {
            let why = "our side did not take the transfer: a person has to call back";
            Verdict::new(Outcome::CallbackRequested, true, None, why)
        }
        // Our own tool's record, like a booking, needs no analysis.
        _ if evidence.callback_tool => {
            Verdict::new(Outcome::CallbackRequested, true, None, "asked to be called back")
        }
        // The greeting of a machine is heard as a user's words, so these do not count here.
        Class::Voicemail => {
            Verdict::new(Outcome::Voicemail, true, Retry(Wait::Normal), "the provider heard a voicemail")
        }
        Class::BadNumber => {
            Verdict::new(Outcome::BadNumber, true, StopNumber, "the carrier says the number does not exist")
        }
        Class::Conversation => conversation(evidence, heard, speech),
        Class::VendorFault | Class::VendorFaultCheckConfig => vendor_fault(evidence, heard, speech, talked),
        Class::Requeue | Class::QuotaHold | Class::BillingHold | Class::ConfigError => {
            let why = match class {
                Class::Requeue => "all lines of the account were taken",
                Class::QuotaHold => "the daily cap of the calling number is used up",
                Class::BillingHold => "the account may not place calls",
                _ => "the settings at the provider are wrong",
            };
            // `hold` adds the action. Mid-call a setting can still fail after people talked.
            if talked {
                conversation(evidence, heard, speech)
            } else {
                Verdict::new(Outcome::Failed, false, None, why)
            }
        }
        _ if talked => conversation(evidence, heard, speech),
        // Somebody was on the line, and what they said is not known.
        Class::Lost if evidence.started => {
            let why = "the provider lost the call after somebody had answered";
            Verdict::new(Outcome::NeedsReview, true, None, why)
        }
        Class::Lost => {
            let why = "the provider lost the call before anybody is known to have answered";
            Verdict::new(Outcome::Failed, true, Retry(Wait::Later), why)
        }
        Class::NoAnswer => Verdict::new(Outcome::NoAnswer, true, Retry(Wait::Normal), "nobody answered"),
        Class::NoAudio => {
            Verdict::new(Outcome::NoAnswer, true, Retry(Wait::Normal), "connected, but nothing was heard")
        }
        Class::Busy => Verdict::new(Outcome::Busy, true, Retry(Wait::Short), "engaged"),
        Class::CarrierFailed => {
            Verdict::new(Outcome::Failed, true, Retry(Wait::Later), "the carrier did not connect it")
        }
        Class::Canceled => Verdict::new(Outcome::Canceled, evidence.started, None, "taken back"),
        Class::InboundOnly => {
            Verdict::new(Outcome::Failed, false, None, "an inbound call that was not connected")
        }
        Class::FailedUnknown => {
            let why = "it ended for a reason this version does not know";
            Verdict::new(Outcome::Failed, true, Retry(Wait::Later), why)
        }
    }
}

/// A fault of the provider. After the person answered it counts, and they get a day of peace.
fn vendor_fault(evidence: &CallEvidence<'_>, heard: &Heard, speech: Speech, talked: bool) -> Verdict {
    let settled = analysed(evidence, speech).or_else(|| declined(heard, speech));
    if let Some(verdict) = settled.filter(|v| talked && v.outcome != Outcome::NeedsReview) {
        return verdict;
    }
    if evidence.started {
        Verdict::new(
            Outcome::Failed,
            true,
            Action::Retry(Wait::NextDay),
            "the provider failed during the call",
        )
    } else {
        Verdict::new(
            Outcome::Failed,
            false,
            Action::Retry(Wait::Later),
            "the provider failed before anybody answered",
        )
    }
}

/// The reason says nothing about the result, so what was said decides.
fn conversation(evidence: &CallEvidence<'_>, heard: &Heard, speech: Speech) -> Verdict {
    let retry = |wait| Action::Retry(wait);
    match speech {
        Speech::Person | Speech::Mixed => {
            analysed(evidence, speech).or_else(|| declined(heard, speech)).unwrap_or_else(|| {
                let why = "there was a conversation, and no analysis of it";
                Verdict::new(Outcome::NeedsReview, true, Action::None, why)
            })
        }
        Speech::Machine => Verdict::new(
            Outcome::Voicemail,
            true,
            retry(Wait::Normal),
            "only a machine's announcement was heard",
        ),
        Speech::Silence if evidence.started && hung_up(evidence.ended_reason) => {
            let why = "answered and put down before a word";
            Verdict::new(Outcome::HungUpEarly, true, retry(Wait::NextDay), why)
        }
        Speech::Silence => Verdict::new(Outcome::NoAnswer, true, retry(Wait::Normal), "nobody said a word"),
    }
}

/// A person's own no to the offer, where no analysis says what it came to.
fn declined(heard: &Heard, speech: Speech) -> Option<Verdict> {
    (*heard == Heard::Declined && speech == Speech::Person)
        .then(|| Verdict::new(Outcome::NotInterested, true, Action::None, "said no in so many words"))
}

/// What the analysis says, believed only beside words of a person.
fn analysed(evidence: &CallEvidence<'_>, speech: Speech) -> Option<Verdict> {
    if !matches!(speech, Speech::Person | Speech::Mixed) {
        return None;
    }
    let structured = evidence.structured?;
    let review = |why| Verdict::new(Outcome::NeedsReview, true, Action::None, why);
    Some(match structured.outcome.as_ref()? {
        Said::Callback if structured.callback_at.is_some() => Verdict::new(
            Outcome::CallbackRequested,
            true,
            Action::None,
            "asked to be called back at a given time",
        ),
        Said::Callback => review("asked to be called back, but no time is recorded"),
        Said::NotInterested => Verdict::new(Outcome::NotInterested, true, Action::None, "said no"),
        Said::Booked => review("the analysis says booked, but no slot was booked"),
        // One of two witnesses alone is not enough: greetings are personal, analyses invented.
        Said::Voicemail if speech == Speech::Mixed => {
            let why = "the analysis and the announcement say voicemail";
            Verdict::new(Outcome::Voicemail, true, Action::Retry(Wait::Normal), why)
        }
        // Seen before anything else when it is to be believed.
        Said::DoNotCall | Said::Voicemail | Said::Other => {
            review("the analysis does not settle what it came to")
        }
    })
}

/// Whether the reason says that the other side put the phone down.
fn hung_up(reason: &str) -> bool {
    reason.starts_with("customer-ended-call")
        || matches!(
            reason,
            "call.in-progress.twilio-completed-call"
                | "call.in-progress.sip-completed-call"
                | "vonage-completed"
                | "vonage-disconnected"
        )
}

/// Suppression wants little proof: the tool, the person's words, or the analysis of a talk.
fn opted_out(evidence: &CallEvidence<'_>, heard: &Heard, class: Class, speech: Speech) -> Option<String> {
    match heard {
        Heard::OptedOut(words) => return Some(words.clone()),
        // Whoever books for somebody who died wants to be called.
        Heard::Deceased(words) if !evidence.booked_in_call => return Some(words.clone()),
        _ => {}
    }
    if evidence.opted_out_tool {
        return Some("recorded by the assistant".to_owned());
    }
    let structured = evidence.structured?;
    let says_so = match speech {
        Speech::Person | Speech::Mixed => structured.opted_out || structured.outcome == Some(Said::DoNotCall),
        Speech::Silence => structured.opted_out && was_answered(evidence, class),
        // An analysis of an announcement is an invention.
        Speech::Machine => false,
    };
    says_so.then(|| "found by the analysis".to_owned())
}

/// What a person has to decide: words in doubt, or an analysis of words that are not kept.
fn doubt(evidence: &CallEvidence<'_>, heard: &Heard, class: Class, speech: Speech) -> Option<Doubt> {
    let doubt = |why, words: &str| Some(Doubt { why, words: words.to_owned() });
    match heard {
        Heard::Doubt(found) => Some(found.clone()),
        Heard::Deceased(words) => doubt("booked, and somebody is said to have died", words),
        Heard::WrongPerson(words) if evidence.callback_tool => {
            doubt("somebody else was reached, and a call back was promised", words)
        }
        _ => {
            let told = speech != Speech::Machine && was_answered(evidence, class);
            if told && tells_refusal(evidence.summary) {
                return doubt("the summary tells of a refusal, and the words do not", "");
            }
            let said = evidence.structured.and_then(|s| s.outcome) == Some(Said::DoNotCall);
            (said && speech == Speech::Silence && was_answered(evidence, class))
                .then(|| doubt("the analysis says do not call, and no words are kept", ""))
                .flatten()
        }
    }
}

/// Whether somebody may have been on the line, so that an analysis without words can be true.
fn was_answered(evidence: &CallEvidence<'_>, class: Class) -> bool {
    let nobody = matches!(
        class,
        Class::Voicemail
            | Class::NoAnswer
            | Class::NoAudio
            | Class::Busy
            | Class::BadNumber
            | Class::CarrierFailed
            | Class::InboundOnly
    );
    evidence.started && !nobody
}

/// Whether a line said during a call bears on further contact, so that it counts even if the
/// call's report never comes.
pub fn bears_on_contact(line: &str) -> bool {
    heard::ends_contact(line)
}

/// What the other party said: the messages, or the transcript's lines.
fn lines<'a>(evidence: &CallEvidence<'a>) -> Lines<'a> {
    let said = |text: &&'a str| !text.trim().is_empty();
    let messages: Vec<&str> = evidence.user_messages.iter().copied().filter(said).collect();
    match evidence.transcript {
        Some(transcript) if messages.is_empty() => speakers::of(transcript),
        _ => Lines { said: messages, of_person: true },
    }
}
