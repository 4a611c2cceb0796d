//! What notes and comments about a person say against contact.
//!
//! Lives here: which headers are remarks, and reading one. Must not live here: columns made for
//! refusals (`safety`), what follows (`draft`).
//!
//! Remarks are anybody's words: the person's own (“stop calling me”) or a colleague's (“asked not to
//! be called”). The first refuse; the second are doubted, because nobody knows who wrote them.

use super::answer::forbids_in_passing;
use super::text::words;
use crate::outcome::tells_refusal;
use frontdesk_refusal::{Channel, Hearing, Medium, Scope, hear_utterance};

/// Longest remark read, in bytes.
const MOST: usize = 2_000;

/// What a remark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remark {
    /// Nothing against contact.
    Nothing,
    /// The person refuses contact.
    Refuses,
    /// Perhaps.
    Perhaps,
}

/// Whether a header is one of remarks.
pub(super) fn is_header(header: &str) -> bool {
    words(header).iter().any(|w| {
        matches!(
            w.as_str(),
            "note"
                | "notes"
                | "comment"
                | "comments"
                | "remark"
                | "remarks"
                | "memo"
                | "feedback"
                | "message"
                | "bemerkung"
                | "bemerkungen"
                | "notiz"
                | "notizen"
                | "kommentar"
                | "commentaire"
                | "commentaires"
                | "remarque"
                | "remarques"
                | "notas"
                | "comentario"
                | "comentarios"
                | "nota"
                | "commento"
                | "commenti"
                | "observacoes"
                | "uwagi"
                | "uwaga"
                | "notatki"
                | "komentarz"
        )
    })
}

/// Reads a remark.
pub(super) fn read(text: &str) -> Remark {
    // Nothing shorter than “DNC” refuses.
    if text.len() < 3 || text.len() > MOST {
        return Remark::Nothing;
    }
    if text.split(['.', '!', '–', '—']).any(forbids_in_passing) || forbids_in_passing(text) {
        return Remark::Refuses;
    }
    match hear_utterance(text, Medium::Email) {
        Hearing::Refused { .. } | Hearing::Deceased { .. } => Remark::Refuses,
        Hearing::Unsure { .. } | Hearing::WrongNumber { .. } => Remark::Perhaps,
        Hearing::Objection { scope: Scope::Channel(Channel::Call) | Scope::ThisNumber, .. } => {
            Remark::Perhaps
        }
        _ if tells_refusal(text) => Remark::Perhaps,
        _ => Remark::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_that_refuse_are_heard() {
        for text in [
            "DO NOT CALL - she asked us to stop",
            "dnc",
            "Stop calling me",
            "please take me off your list",
            "hot lead. Do not contact!",
            "never call again",
        ] {
            assert_eq!(read(text), Remark::Refuses, "{text}");
        }
        for text in [
            "asked to be removed from our list",
            "said she does not want to be called",
            "told us not to call again",
            "wants no further contact",
        ] {
            assert_ne!(read(text), Remark::Nothing, "{text}");
        }
        for text in [
            "",
            "VIP",
            "Interested in an implant",
            "call after 5pm",
            "met at the fair, has two dogs",
            "new roof",
        ] {
            assert_eq!(read(text), Remark::Nothing, "{text}");
        }
        assert!(is_header("Agent notes") && is_header("Comments") && !is_header("Name"));
    }
}
