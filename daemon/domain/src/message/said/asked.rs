//! What a text of ours offered, read from the text itself: the one that was sent is stored, so
//! wording may change without an answer changing its meaning.

use super::Asked;
use super::phrase::{has, sentences};
use frontdesk_refusal::fold;

/// Why wording cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOffer {
    /// `C` cannot mean both.
    #[error("C is offered for cancelling and for confirming; offer it for one of them")]
    BothMeanings,
    /// A word that carriers take as an opt-out, offered for something else.
    #[error("carriers end all texts at CANCEL, END and QUIT; offer C or a link instead")]
    CarrierWord,
}

impl Asked {
    /// What this text offers.
    ///
    /// # Errors
    /// An offer whose answer could not be understood.
    pub fn offered_by(text: &str) -> Result<Self, BadOffer> {
        let words = fold::words(text);
        let sentences = sentences(&words);
        let said = |phrases: &[&str]| sentences.iter().any(|s| has(s, phrases));
        if said(&[
            "reply|text|send|answer *2 cancel|end|quit to|if|for|and",
            "to *4 reply|text|send|answer *1 cancel|end|quit EDGE",
        ]) {
            return Err(BadOffer::CarrierWord);
        }
        let cancels = said(&["c to|for *2 cancel", "to cancel *3 reply|text|send|answer *2 c"]);
        let confirms = said(&["c to|for *2 confirm", "to confirm *3 reply|text|send|answer *2 c"]);
        let yes = said(&["reply|text|send|answer *2 yes|y", "yes|y to confirm"]);
        match (cancels, confirms) {
            (true, true) => Err(BadOffer::BothMeanings),
            (true, false) => Ok(Self::CMeansCancel),
            (false, true) => Ok(Self::CMeansConfirm),
            (false, false) if yes => Ok(Self::Confirm),
            (false, false) => Ok(Self::Nothing),
        }
    }
}

/// Whether a text invites an answer, which a sender that is a name cannot receive.
pub fn invites_reply(text: &str) -> bool {
    let words = fold::words(text);
    sentences(&words)
        .iter()
        .any(|s| has(s, &["reply|respond|answer", "text|send *1 stop|yes|c|help|start|back"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o20_a_text_says_what_c_means() {
        for (text, asked) in [
            ("Reply C to cancel.", Asked::CMeansCancel),
            ("To cancel, reply C", Asked::CMeansCancel),
            ("Reply YES to confirm or C to cancel", Asked::CMeansCancel),
            ("Please reply C to confirm", Asked::CMeansConfirm),
            ("Text C to confirm your visit", Asked::CMeansConfirm),
            ("Reply YES to confirm", Asked::Confirm),
            ("Can you come? Please reply yes or no", Asked::Confirm),
            ("Call us to cancel.", Asked::Nothing),
            ("Reply STOP to opt out", Asked::Nothing),
        ] {
            assert_eq!(Asked::offered_by(text), Ok(asked), "{text}");
        }
        assert_eq!(Asked::offered_by("Reply C to confirm, C to cancel"), Err(BadOffer::BothMeanings));
    }

    #[test]
    fn o4_words_of_carriers_are_never_offered() {
        for text in ["Reply CANCEL to cancel", "Text QUIT if you can't come", "To cancel reply CANCEL"] {
            assert_eq!(Asked::offered_by(text), Err(BadOffer::CarrierWord), "{text}");
        }
    }

    #[test]
    fn s14_a_sender_that_is_a_name_hears_nothing() {
        for text in ["Reply STOP to opt out", "text STOP to end", "Reply C to cancel"] {
            assert!(invites_reply(text), "{text}");
        }
        for text in ["Opt out: https://example.com/o", "Call 020 7946 0123 to cancel"] {
            assert!(!invites_reply(text), "{text}");
        }
    }
}
