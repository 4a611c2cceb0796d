//! What a mail is: the first of loop, complaint, report, calendar answer, robot's answer, list and
//! person that fits.
//!
//! Must not live here: what follows from it; a wrong verdict is corrected by a person.

use crate::away::{self, Day};
use crate::calendar::{CalendarNote, Method};
use crate::machine::Sign;
use crate::report::{Original, Recipient, Report};

/// What a mail is.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// Somebody wrote it.
    Person,
    /// Our own, come back: kept, and never answered.
    Ours,
    /// Somebody's mail service complains about ours.
    Complaint {
        /// The feedback's type: only `abuse` and `fraud` are complaints of a person.
        feedback: String,
        /// Who complained, where it says so.
        recipients: Vec<String>,
        /// About which mail.
        original: Original,
    },
    /// Not delivered.
    Bounce {
        /// To whom, and why; each for itself.
        recipients: Vec<Recipient>,
        /// Which mail.
        original: Original,
    },
    /// Not delivered yet: the address stays good.
    Delay {
        /// To whom.
        recipients: Vec<Recipient>,
        /// Which mail.
        original: Original,
    },
    /// Delivered, displayed or deleted.
    Receipt {
        /// `delivered`, or the disposition (RFC 8098): `displayed`, `deleted`.
        what: String,
        /// Which mail.
        original: Original,
    },
    /// An answer to an invitation, or another time proposed.
    Calendar(CalendarNote),
    /// A robot's: confirms nothing, ends nothing, counts as no answer.
    AutoReply {
        /// Whoever it speaks for is gone for good.
        gone: bool,
        /// The day they are away until, or back on; none where it was not said clearly.
        until: Option<Day>,
    },
    /// A list or a newsletter that has nothing to do with us.
    List,
}

/// What is known when the kind is decided.
pub(crate) struct Seen<'a> {
    /// From us, or with our identifier or mark.
    pub(crate) ours: bool,
    pub(crate) report: Option<(Report, Original)>,
    pub(crate) calendar: Option<&'a CalendarNote>,
    pub(crate) signs: &'a [Sign],
    /// A list the client owns, or a reference to a mail of ours.
    pub(crate) expected: bool,
    /// The answer quotes what we wrote, or says more than a robot would.
    pub(crate) subject: &'a str,
    pub(crate) said: &'a str,
    /// The subject begins as an answer's does.
    pub(crate) answers: bool,
}

pub(crate) fn decide(seen: Seen<'_>) -> Kind {
    // Our own server's reports come from our own domain.
    if seen.ours && seen.report.is_none() {
        return Kind::Ours;
    }
    if let Some((report, original)) = seen.report {
        return match report {
            Report::Feedback { kind, recipients } => Kind::Complaint { feedback: kind, recipients, original },
            Report::Failed(recipients) => Kind::Bounce { recipients, original },
            Report::Delayed(recipients) => Kind::Delay { recipients, original },
            Report::Delivered(_) => Kind::Receipt { what: "delivered".to_owned(), original },
            Report::Disposed(what) => Kind::Receipt { what, original },
        };
    }
    if let Some(note) = seen.calendar.filter(|n| matches!(n.method, Method::Reply | Method::Counter)) {
        return Kind::Calendar(note.clone());
    }
    if is_robot(seen.signs, seen.answers) {
        let until = away::until(seen.said).or_else(|| away::until(seen.subject));
        return Kind::AutoReply { gone: is_gone(seen.subject, seen.said), until };
    }
    let listed = seen.signs.iter().any(|s| matches!(s, Sign::List(_)));
    // Bulk alone is what programs for sales put on what people write.
    if listed && !seen.expected {
        return Kind::List;
    }
    Kind::Person
}

fn is_robot(signs: &[Sign], answers: bool) -> bool {
    let has = |sign: &Sign| signs.contains(sign);
    let strong = signs.iter().any(|sign| {
        matches!(
            sign,
            Sign::AutoSubmitted(_)
                | Sign::AutoHeader(_)
                | Sign::AutoPrecedence
                | Sign::Subject
                | Sign::Challenge
        )
    });
    // An empty return path is a machine's; a person who answers has one.
    let machine = has(&Sign::NullReturnPath) || has(&Sign::Suppress) || has(&Sign::NoReply);
    strong || has(&Sign::Text) && machine || has(&Sign::NullReturnPath) && !answers
}

/// "Has left the company", "retired": nobody will read what is sent there.
fn is_gone(subject: &str, said: &str) -> bool {
    let text = crate::quotes::fold(&format!("{subject} {}", said.chars().take(2000).collect::<String>()));
    const GONE: &[&str] = &[
        "no longer with",
        "no longer works",
        "no longer work for",
        "no longer employed",
        "has left the company",
        "have left the company",
        "left the organisation",
        "left the organization",
        "has retired",
        "have retired",
        "i am retired",
        "no longer monitored",
        "no longer in use",
        "mailbox is no longer",
        "nicht mehr bei",
        "nicht mehr im unternehmen",
        "unternehmen verlassen",
        "im ruhestand",
        "ne fait plus partie",
        "a quitté",
        "ne travaille plus",
        "ya no trabaja",
        "ya no forma parte",
        "ha dejado la empresa",
        "non lavora più",
        "non fa più parte",
        "já não trabalha",
        "não trabalha mais",
        "não faz mais parte",
        "niet meer werkzaam",
        "werkt niet meer",
        "już nie pracuje",
        "nie pracuje już",
        "zakończył pracę",
        "zakończyła pracę",
    ];
    GONE.iter().any(|words| text.contains(words))
}
