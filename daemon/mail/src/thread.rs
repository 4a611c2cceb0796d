//! Which conversation a mail belongs to: our token, then the mail it answers, then sender and
//! subject. What is ambiguous is said to be, and never guessed.
//!
//! Pure: the candidates are looked up by whoever calls. Must not live here: what joining one
//! allows (a stranger with a token confirms nothing).

use crate::reading::Reading;
use crate::subject;

/// A conversation, with what of it was found for a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<T> {
    /// The conversation.
    pub thread: T,
    /// The client it belongs to: mail of one client never joins another's conversation by guess.
    pub client: T,
    /// Tokens that name it.
    pub tokens: Vec<String>,
    /// `Message-ID`s known in it, without brackets.
    pub ids: Vec<String>,
    /// What names it to a reader, as `R-44`: found in subjects and texts.
    pub visible: Vec<String>,
    /// Addresses that take part, in lower case.
    pub people: Vec<String>,
    /// Its subject, as written.
    pub subject: String,
    /// Whether an answer is to be expected: neither closed nor long ago.
    pub open: bool,
}

/// What decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// A token of ours in an address it was sent to.
    Token,
    /// It says which mail it answers.
    InReplyTo,
    /// It names a mail of the conversation, and the subject is the same.
    References,
    /// The reports and returned mails name the mail.
    Returned,
    /// Subject or text name it, by our address with its token or a visible reference, and the
    /// sender takes part in it.
    Visible,
    /// Only this conversation with this person has this subject.
    SenderAndSubject,
}

/// Which conversation a mail belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs<T> {
    /// To this one.
    Certain {
        /// The conversation.
        thread: T,
        /// What decided it.
        because: Because,
        /// The sender takes no part in it so far: shown, and nothing is decided by this mail.
        stranger: bool,
        /// A weaker sign names another conversation: shown.
        contradicted: bool,
    },
    /// To one of these, or to none: a person decides.
    Ambiguous(Vec<T>),
    /// To none that was found.
    Unknown,
}

/// Decides. `received_for` is the client whose mailbox the mail reached, where that is known.
pub fn thread<T: Clone + PartialEq>(
    reading: &Reading,
    candidates: &[Candidate<T>],
    received_for: Option<&T>,
) -> Belongs<T> {
    let by_token = found(candidates, |c| c.tokens.iter().any(|t| has_token(&reading.tokens, t)));
    let named = |ids: &[String]| found(candidates, |c| ids.iter().any(|id| c.ids.contains(id)));
    let by_answer = named(&reading.in_reply_to);
    let by_returned = named(reading.returned());
    let by_references = named(&reading.references);
    let own_subject = subject::conversation(&reading.subject);
    let same_subject = |c: &Candidate<T>| subject::conversation(&c.subject) == own_subject;
    let sure = |hits: &[&Candidate<T>], because| -> Option<Belongs<T>> {
        let first = hits.first()?;
        if hits.len() > 1 {
            return Some(Belongs::Ambiguous(hits.iter().map(|c| c.thread.clone()).collect()));
        }
        let weaker = [&by_answer, &by_returned, &by_references];
        let contradicted =
            weaker.iter().any(|other| !other.is_empty() && !other.iter().any(|c| c.thread == first.thread));
        let stranger = !takes_part(reading, first);
        Some(Belongs::Certain { thread: first.thread.clone(), because, stranger, contradicted })
    };
    if let Some(decided) = sure(&by_token, Because::Token) {
        return decided;
    }
    // Our own identifiers come back when somebody forwards a mail to another client of ours.
    let other_client =
        |hits: &[&Candidate<T>]| received_for.is_some_and(|own| hits.iter().any(|c| c.client != *own));
    for (hits, because) in [(&by_answer, Because::InReplyTo), (&by_returned, Because::Returned)] {
        if other_client(hits) {
            return Belongs::Ambiguous(hits.iter().map(|c| c.thread.clone()).collect());
        }
        if let Some(decided) = sure(hits, because) {
            return decided;
        }
    }
    if !by_references.is_empty() {
        if by_references.iter().all(|c| same_subject(c))
            && !other_client(&by_references)
            && let Some(decided) = sure(&by_references, Because::References)
        {
            return decided;
        }
        return Belongs::Ambiguous(by_references.iter().map(|c| c.thread.clone()).collect());
    }
    let by_text = found(candidates, |c| is_named(reading, c));
    if let [only] = by_text.as_slice()
        && takes_part(reading, only)
        && !other_client(&by_text)
        && let Some(decided) = sure(&by_text, Because::Visible)
    {
        return decided;
    }
    if !by_text.is_empty() {
        return Belongs::Ambiguous(by_text.iter().map(|c| c.thread.clone()).collect());
    }
    by_sender(reading, candidates, received_for, &own_subject)
}

/// Whether subject or text name a conversation.
fn is_named<T>(reading: &Reading, candidate: &Candidate<T>) -> bool {
    let in_text = |word: &String| {
        let whole = |text: &str| {
            text.split(|c: char| !(c.is_alphanumeric() || "-./#".contains(c)))
                .any(|w| w.trim_matches(['.', '/', '#', '-']).eq_ignore_ascii_case(word))
        };
        !word.is_empty() && (whole(&reading.subject) || whole(&reading.whole))
    };
    candidate.tokens.iter().any(|t| has_token(&reading.tokens_in_text, t))
        || candidate.visible.iter().any(in_text)
}

fn takes_part<T>(reading: &Reading, candidate: &Candidate<T>) -> bool {
    reading.senders().any(|sender| candidate.people.iter().any(|p| p == sender))
}

/// The weakest: an answer without references, as some telephones and every service of hooks send.
fn by_sender<T: Clone + PartialEq>(
    reading: &Reading,
    candidates: &[Candidate<T>],
    received_for: Option<&T>,
    own_subject: &str,
) -> Belongs<T> {
    let theirs: Vec<&Candidate<T>> = candidates
        .iter()
        .filter(|c| takes_part(reading, c))
        .filter(|c| received_for.is_none_or(|own| c.client == *own))
        .collect();
    let clients_differ = theirs.windows(2).any(|pair| pair[0].client != pair[1].client);
    let answers = subject::is_answer(&reading.subject);
    let same: Vec<&&Candidate<T>> = theirs
        .iter()
        .filter(|c| answers && !own_subject.is_empty() && subject::conversation(&c.subject) == own_subject)
        .collect();
    match (same.as_slice(), clients_differ) {
        ([only], false) if only.open => Belongs::Certain {
            thread: only.thread.clone(),
            because: Because::SenderAndSubject,
            stranger: false,
            contradicted: false,
        },
        _ if theirs.iter().any(|c| c.open) => {
            Belongs::Ambiguous(theirs.iter().filter(|c| c.open).map(|c| c.thread.clone()).collect())
        }
        _ => Belongs::Unknown,
    }
}

fn found<T: PartialEq>(
    candidates: &[Candidate<T>],
    is: impl Fn(&Candidate<T>) -> bool,
) -> Vec<&Candidate<T>> {
    let mut hits: Vec<&Candidate<T>> = Vec::new();
    for candidate in candidates.iter().filter(|c| is(c)) {
        if !hits.iter().any(|hit| hit.thread == candidate.thread) {
            hits.push(candidate);
        }
    }
    hits
}

/// Local parts come back in any case.
fn has_token(tokens: &[String], token: &str) -> bool {
    tokens.iter().any(|t| t.eq_ignore_ascii_case(token))
}
