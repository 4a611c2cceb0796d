//! What can happen to a call, and which of it happens to this one.
//!
//! How each scenario is played is data in `script`.

use crate::random::Random;

/// The course of one call.
///
/// A call takes, in this order: what a test forced for its number, what
/// `assistantOverrides.variableValues.sandbox_scenario` names, what the number's last two
/// digits mean (the table below; can be switched off), else a draw from the mix that depends
/// on the seed, the number and how often that number was called before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// …01 talks and books a time with the tools.
    Books,
    /// …02 talks and is not interested.
    Declines,
    /// …03 nobody answers.
    NoAnswer,
    /// …04 a voicemail is detected and a message left.
    Voicemail,
    /// …05 the line is busy.
    Busy,
    /// …06 asks to be called back.
    Callback,
    /// …07 says to stop calling, and the assistant uses the tool.
    OptsOut,
    /// …08 answers and never says a word.
    DeadAir,
    /// …09 the language model fails in the middle of the talk.
    ProviderFails,
    /// …10 the number does not exist.
    BadNumber,
    /// …11 is put through to a person.
    Transferred,
    /// …12 hangs up within seconds.
    HangsUpEarly,
    /// …13 a voicemail that was not detected, with an invented summary.
    HiddenVoicemail,
    /// …14 the carrier refuses the call.
    CarrierFails,
    /// …15 talks until the time limit; the analysis stays empty.
    TalksTooLong,
    /// …16 the analysis claims a booking that no tool ever made.
    ClaimsBooking,
    /// …17 the assistant never receives the customer's audio.
    NoAudio,
    /// …18 should be put through, but the person at the office is busy.
    TransferFails,
    /// …19 ends with a reason that is in no list.
    UnknownReason,
    /// …20 says to stop calling, and the assistant forgets its tool: only the words tell.
    OptsOutInWordsOnly,
    /// …21 is not the person who was asked for.
    WrongPerson,
}

use Scenario::{
    BadNumber, Books, Busy, Callback, CarrierFails, ClaimsBooking, DeadAir, Declines, HangsUpEarly,
    HiddenVoicemail, NoAnswer, NoAudio, OptsOut, OptsOutInWordsOnly, ProviderFails, TalksTooLong,
    TransferFails, Transferred, UnknownReason, Voicemail, WrongPerson,
};

impl Scenario {
    /// Every scenario, in the order of its two digits: the first is …01.
    pub const ALL: [Self; 21] = [
        Books,
        Declines,
        NoAnswer,
        Voicemail,
        Busy,
        Callback,
        OptsOut,
        DeadAir,
        ProviderFails,
        BadNumber,
        Transferred,
        HangsUpEarly,
        HiddenVoicemail,
        CarrierFails,
        TalksTooLong,
        ClaimsBooking,
        NoAudio,
        TransferFails,
        UnknownReason,
        OptsOutInWordsOnly,
        WrongPerson,
    ];

    /// The name used in `sandbox_scenario` and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Books => "books",
            Declines => "declines",
            NoAnswer => "no-answer",
            Voicemail => "voicemail",
            Busy => "busy",
            Callback => "callback",
            OptsOut => "opts-out",
            DeadAir => "dead-air",
            ProviderFails => "provider-fails",
            BadNumber => "bad-number",
            Transferred => "transferred",
            HangsUpEarly => "hangs-up-early",
            HiddenVoicemail => "hidden-voicemail",
            CarrierFails => "carrier-fails",
            TalksTooLong => "talks-too-long",
            ClaimsBooking => "claims-booking",
            NoAudio => "no-audio",
            TransferFails => "transfer-fails",
            UnknownReason => "unknown-reason",
            OptsOutInWordsOnly => "opts-out-in-words-only",
            WrongPerson => "wrong-person",
        }
    }

    /// The scenario of that name; underscores are as good as hyphens.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// The scenario that a number's last two digits force, if any.
    pub fn of_digits(number: &str) -> Option<Self> {
        let tail = number.get(number.len().checked_sub(2)?..)?;
        let index = tail.parse::<usize>().ok()?.checked_sub(1)?;
        Self::ALL.get(index).copied()
    }

    /// Weights like those of a real cold campaign: mostly nobody, a few bookings.
    pub fn realistic_mix() -> Vec<(Self, u32)> {
        vec![
            (NoAnswer, 300),
            (Voicemail, 210),
            (Declines, 130),
            (Books, 110),
            (HangsUpEarly, 80),
            (Callback, 60),
            (Busy, 35),
            (HiddenVoicemail, 20),
            (OptsOut, 15),
            (Transferred, 10),
            (BadNumber, 10),
            (WrongPerson, 6),
            (DeadAir, 5),
            (CarrierFails, 3),
            (ProviderFails, 2),
            (TransferFails, 2),
            (OptsOutInWordsOnly, 1),
            (NoAudio, 1),
        ]
    }

    /// Weights for people who asked to be called: a screen with something happening on it.
    pub fn warm_mix() -> Vec<(Self, u32)> {
        vec![
            (Books, 300),
            (Callback, 140),
            (Declines, 120),
            (NoAnswer, 150),
            (Voicemail, 110),
            (HangsUpEarly, 40),
            (Transferred, 40),
            (Busy, 40),
            (OptsOut, 20),
            (BadNumber, 15),
            (WrongPerson, 10),
            (HiddenVoicemail, 10),
            (CarrierFails, 5),
        ]
    }

    /// Draws from a mix; an empty mix books.
    pub(super) fn draw(mix: &[(Self, u32)], random: &mut Random) -> Self {
        let total: u64 = mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = random.below(total);
        for (scenario, weight) in mix {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return *scenario,
            }
        }
        Books
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_digits_choose() {
        assert_eq!(Scenario::of_digits("+14155550101"), Some(Books));
        assert_eq!(Scenario::of_digits("+14155550112"), Some(HangsUpEarly));
        assert_eq!(Scenario::of_digits("+14155550121"), Some(WrongPerson));
        assert_eq!(Scenario::of_digits("+14155550100"), None);
        assert_eq!(Scenario::of_digits("+14155550122"), None);
        assert_eq!(Scenario::of_digits("1"), None);
    }

    #[test]
    fn every_scenario_has_a_name_of_its_own() {
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::named(scenario.name()), Some(scenario));
        }
        assert_eq!(Scenario::named("No_Answer"), Some(NoAnswer));
        assert_eq!(Scenario::named("nonsense"), None);
    }

    #[test]
    fn a_draw_follows_the_weights() {
        let mix = Scenario::realistic_mix();
        let mut random = Random::new(5);
        let mut nobody = 0;
        for _ in 0..10_000 {
            nobody += u32::from(Scenario::draw(&mix, &mut random) == NoAnswer);
        }
        assert!((2_700..3_300).contains(&nobody), "{nobody} of 10,000");
        assert_eq!(Scenario::draw(&[], &mut random), Books);
    }
}
