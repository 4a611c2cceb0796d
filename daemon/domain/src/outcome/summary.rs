//! A summary that tells of a refusal.
//!
//! Models invent summaries, so one decides nothing; but one that says that the person refused
//! further contact is a reason to ask a person before anybody calls again. Not here: the words of
//! the person (`heard`).

use crate::message::said::phrase::{has, sentences};
use frontdesk_refusal::fold;

/// Whether a summary says that the person refused further contact.
pub(crate) fn tells_refusal(summary: &str) -> bool {
    sentences(&fold::words(summary)).iter().any(|s| has(s, &TELLS))
}

const TELLS: [&str; 18] = [
    "number|details|data|information *2 deleted|removed|erased",
    "not|never *1 be|to|being *2 called|contacted|phoned|texted|rung|bothered|call|contact",
    "never|not *1 call|contact|phone|ring|text *2 again|anymore|back|them|him|her|number",
    "dont call|contact|phone|ring|text",
    "dont|doesnt|didnt|not|wont *1 want|wants|wanted|wish|wishes *5 call|calls|called|contact|contacted|calling|phone",
    "remove|removed|removing|removal|taken|take|taking *5 list|lists|database|system|records",
    "remove|delete|removed|deleted *3 number|details|data|information",
    "stop|cease|stopped|end *2 calling|contacting|calls|contact|phoning|ringing|texting|messages|communication",
    "no|against|refused|declined|refuses|declines *1 further|more|future|additional *2 call|calls|contact|contacts|communication|communications",
    "no longer *3 called|contacted|call|calls|contact",
    "opt|opted|opting out",
    "optout|unsubscribe|unsubscribed",
    "donotcall|dnc",
    "leave|left *2 alone",
    "asked|told|requested|demanded *3 not to call|contact",
    "withdrew|revoked|withdraw|revoke *2 consent",
    "threatened *4 report|sue|complaint|complain|legal",
    "harassing|harassment",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_in_the_third_person() {
        for text in [
            "asked to be removed from the list and never be called again",
            "The customer asked not to be contacted any more.",
            "She said they should stop calling.",
            "The user requested no further calls.",
            "He does not want to receive calls from the clinic.",
            "The person opted out.",
            "Caller wants their number deleted",
            "The customer was upset about harassment.",
            "They told the assistant never to call again",
        ] {
            assert!(tells_refusal(text), "{text}");
        }
        for text in [
            "The customer booked Tuesday at ten.",
            "Nobody answered.",
            "Asked to be called back on Monday.",
            "The customer was not interested in implants.",
            "Wants to move the appointment.",
            "",
        ] {
            assert!(!tells_refusal(text), "{text}");
        }
    }
}
