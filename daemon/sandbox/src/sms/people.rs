//! What people text back, as data.

use crate::random::Random;

/// What somebody does with a text they hold in their hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Reads it.
    Nothing,
    /// Agrees.
    Yes,
    /// Cancels, by the letter that texts offer.
    Cancels,
    /// Wants nothing more.
    Stops,
    /// Is delayed.
    RunsLate,
    /// Wants another time.
    AsksToMove,
    /// Asks who that is.
    Help,
    /// Is driving, or rather the phone is.
    Drives,
    /// Presses a heart.
    Reacts,
}

impl Answer {
    /// The words; `None` for none.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Yes => Some("YES"),
            Self::Cancels => Some("C"),
            Self::Stops => Some("STOP"),
            Self::RunsLate => Some("running 10 min late, sorry!"),
            Self::AsksToMove => Some("can we do Thursday afternoon instead?"),
            Self::Help => Some("Who is this?"),
            Self::Drives => Some(
                "I'm driving with Do Not Disturb While Driving turned on. I'm not receiving notifications.",
            ),
            Self::Reacts => Some("Loved “See you then”"),
        }
    }

    /// Weights for people who asked to be texted: half of them say nothing.
    pub fn talkative_mix() -> Vec<(Self, u32)> {
        vec![
            (Self::Nothing, 50),
            (Self::Yes, 22),
            (Self::Cancels, 6),
            (Self::RunsLate, 6),
            (Self::AsksToMove, 6),
            (Self::Stops, 4),
            (Self::Help, 2),
            (Self::Drives, 2),
            (Self::Reacts, 2),
        ]
    }

    /// Weights of everybody: most say nothing.
    pub fn everybody_mix() -> Vec<(Self, u32)> {
        vec![
            (Self::Nothing, 82),
            (Self::Yes, 8),
            (Self::Stops, 4),
            (Self::Cancels, 2),
            (Self::RunsLate, 2),
            (Self::AsksToMove, 1),
            (Self::Reacts, 1),
        ]
    }

    /// Draws from a mix; an empty one says nothing.
    pub(super) fn draw(mix: &[(Self, u32)], random: &mut Random) -> Self {
        let total: u64 = mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = random.below(total);
        for (answer, weight) in mix {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return *answer,
            }
        }
        Self::Nothing
    }
}

/// What Twilio does by itself about a text of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Stop,
    Start,
    Help,
}

impl Keyword {
    /// Only a text that is nothing but the word counts; case and edge spaces do not matter.
    pub(super) fn of(body: &str) -> Option<Self> {
        match body.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE" | "OPTOUT" => {
                Some(Self::Stop)
            }
            "START" | "UNSTOP" | "YES" => Some(Self::Start),
            "HELP" | "INFO" => Some(Self::Help),
            _ => None,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o2_only_the_bare_word_is_a_keyword() {
        assert_eq!(Keyword::of(" stop "), Some(Keyword::Stop));
        assert_eq!(Keyword::of("yes"), Some(Keyword::Start));
        for other in ["Stop. Thank you", "please stop", "STOP!", ""] {
            assert_eq!(Keyword::of(other), None, "{other}");
        }
    }

    #[test]
    fn a_draw_follows_the_weights() {
        let mut random = Random::new(5);
        let mix = Answer::talkative_mix();
        let silent = (0..10_000).filter(|_| Answer::draw(&mix, &mut random) == Answer::Nothing).count();
        assert!((4_500..5_500).contains(&silent), "{silent}");
        assert_eq!(Answer::draw(&[], &mut random), Answer::Nothing);
    }
}
