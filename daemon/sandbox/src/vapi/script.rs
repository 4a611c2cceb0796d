//! The scenarios as data: who says what, when, which tool is used, and how the call ends.
//!
//! Nothing here acts; `play` performs it. Lines may use `{name}`, `{company}` and `{agent}`.

use super::scenario::Scenario;

/// One step of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// The phone rings for this many scripted milliseconds, give or take a fifth.
    Ring(u64),
    /// Somebody, or something, picks up: the talk time starts.
    Answer,
    /// The assistant's greeting: the assistant's own first message where it has one.
    Greet,
    /// The assistant speaks.
    Bot(&'static str),
    /// The other end speaks.
    User(&'static str),
    /// Nobody speaks.
    Silence(u64),
    /// The assistant looks for times, offers one and books it: the tools are really called.
    Book,
    /// The assistant notes a call-back with its tool.
    AskCallback,
    /// The assistant notes an opt-out with its tool.
    OptOut(&'static str),
    /// The assistant puts the call through.
    Forward,
    /// The call is over.
    End(&'static str),
}

/// What the analysis says about a call; the truth except where the scenario is about a lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    pub outcome: &'static str,
    pub summary: &'static str,
    pub success: bool,
}

use Step::{Answer, AskCallback, Book, Bot, End, Forward, Greet, OptOut, Ring, Silence, User};

const CUSTOMER_HUNG_UP: &str = "customer-ended-call";
const ASSISTANT_HUNG_UP: &str = "assistant-ended-call";

const BOOKS: [&[Step]; 3] = [
    &[
        Ring(6_000),
        Answer,
        Greet,
        User("Yes, this is me. What is it about?"),
        Bot("You asked us about an appointment. It takes about half an hour. Shall I look for a time?"),
        User("Oh right, yes please. I had almost forgotten about that."),
        Book,
        Bot("You will get a confirmation by text message. Is there anything else I can do?"),
        User("No, that is everything. Thank you!"),
        Bot("Thank you, {name}. Goodbye."),
        End(ASSISTANT_HUNG_UP),
    ],
    &[
        Ring(9_000),
        Answer,
        User("Hello?"),
        Greet,
        User("Sure, I have a minute."),
        Bot("Great. I am calling to set up the visit you asked for. Does one of the next days suit you?"),
        User("I think so. What do you have?"),
        Book,
        User("Perfect, see you then."),
        Bot("We look forward to it. Have a lovely day."),
        End(CUSTOMER_HUNG_UP),
    ],
    &[
        Ring(4_000),
        Answer,
        Greet,
        User("Are you a robot?"),
        Bot("I am an automated assistant of {company}, yes. I can book your appointment, or ask a \
             colleague to call you. Which would you prefer?"),
        User("Fair enough. Let us just book it."),
        Book,
        User("Great. Bye!"),
        End(CUSTOMER_HUNG_UP),
    ],
];

const DECLINES: [&[Step]; 3] = [
    &[
        Ring(7_000),
        Answer,
        Greet,
        User("I am not interested, thank you."),
        Bot("I understand. Was it the timing, or something else?"),
        User("We already went with somebody else."),
        Bot("Thank you for telling me, {name}. All the best. Goodbye."),
        End(ASSISTANT_HUNG_UP),
    ],
    &[
        Ring(5_000),
        Answer,
        User("Yes?"),
        Greet,
        User("Look, it is too expensive for us this year."),
        Bot("That is good to know. I will not keep you. Have a good day."),
        User("You too."),
        End(CUSTOMER_HUNG_UP),
    ],
    &[
        Ring(8_000),
        Answer,
        Greet,
        User("No, I do not need anything, sorry."),
        Bot("No problem at all. Thank you for your time."),
        End(CUSTOMER_HUNG_UP),
    ],
];

const CALLBACK: [&[Step]; 2] = [
    &[
        Ring(6_000),
        Answer,
        Greet,
        User("I am driving right now. Can you call me again later?"),
        AskCallback,
        Bot("Of course. I have noted it. Drive safely!"),
        User("Thanks, bye."),
        End(CUSTOMER_HUNG_UP),
    ],
    &[
        Ring(11_000),
        Answer,
        User("Hello, who is this?"),
        Greet,
        User("It is a bad moment, I am in a meeting. Try me another time, please."),
        AskCallback,
        Bot("I will. Sorry for the interruption."),
        End(ASSISTANT_HUNG_UP),
    ],
];

const OPTS_OUT: [&[Step]; 2] = [
    &[
        Ring(5_000),
        Answer,
        Greet,
        User("Stop calling me. Take me off your list."),
        OptOut("Stop calling me. Take me off your list."),
        Bot("I am sorry for the trouble. You will not be called again. Goodbye."),
        End(ASSISTANT_HUNG_UP),
    ],
    &[
        Ring(8_000),
        Answer,
        Greet,
        User("How did you get this number? Please remove me and do not call again."),
        OptOut("Please remove me and do not call again."),
        Bot("I have removed your number. I apologise. Goodbye."),
        User("Good."),
        End(CUSTOMER_HUNG_UP),
    ],
];

const VOICEMAIL: [&[Step]; 1] = [&[
    Ring(21_000),
    Answer,
    User("Hi, you have reached my voicemail. Please leave a message after the tone."),
    Silence(2_000),
    Bot("Hello {name}, this is {agent} from {company}. I am calling about your appointment. \
         I will try again, or just call us back at this number. Goodbye."),
    End("voicemail"),
]];

const HIDDEN_VOICEMAIL: [&[Step]; 1] = [&[
    Ring(23_000),
    Answer,
    User("Your call has been forwarded to voicemail. The person you are trying to reach is not available."),
    Greet,
    User("At the tone, please record your message. When you have finished recording, you may hang up."),
    Bot("Are you still there?"),
    Silence(12_000),
    End("silence-timed-out"),
]];

const TALKS_TOO_LONG: [&[Step]; 1] = [&[
    Ring(6_000),
    Answer,
    Greet,
    User("Oh, how nice that you call! Let me tell you about my neighbour first."),
    Bot("With pleasure. And then let us find a time for you."),
    Silence(180_000),
    User("And that is only the first half of the story."),
    Bot("Shall we look at the calendar together?"),
    Silence(900_000),
    User("Where was I?"),
    End("exceeded-max-duration"),
]];

/// What happens in a scenario, in variants of which one is chosen.
pub(super) fn variants(scenario: Scenario) -> &'static [&'static [Step]] {
    match scenario {
        Scenario::Books => &BOOKS,
        Scenario::Declines => &DECLINES,
        Scenario::Callback => &CALLBACK,
        Scenario::OptsOut => &OPTS_OUT,
        Scenario::Voicemail => &VOICEMAIL,
        Scenario::HiddenVoicemail => &HIDDEN_VOICEMAIL,
        Scenario::TalksTooLong => &TALKS_TOO_LONG,
        Scenario::NoAnswer => &[&[Ring(30_000), End("customer-did-not-answer")]],
        Scenario::Busy => &[&[Ring(1_500), End("customer-busy")]],
        Scenario::BadNumber => &[
            &[End("twilio-reported-customer-misdialed")],
            &[Ring(800), End("sip-outbound-unallocated-number")],
        ],
        Scenario::CarrierFails => &[
            &[End("call.in-progress.error-providerfault-outbound-sip-503-service-unavailable")],
            &[Ring(700), End("twilio-failed-to-connect-call")],
        ],
        Scenario::DeadAir => &[&[
            Ring(7_000),
            Answer,
            Greet,
            Silence(10_000),
            Bot("Hello? Can you hear me?"),
            Silence(20_000),
            End("silence-timed-out"),
        ]],
        Scenario::NoAudio => &[&[
            Ring(7_000),
            Answer,
            Greet,
            Silence(15_000),
            End("call.in-progress.error-assistant-did-not-receive-customer-audio"),
        ]],
        Scenario::ProviderFails => &[&[
            Ring(6_000),
            Answer,
            Greet,
            User("Yes, go ahead."),
            Silence(3_000),
            End("call.in-progress.error-providerfault-openai-llm-failed"),
        ]],
        Scenario::HangsUpEarly => &[
            &[Ring(6_000), Answer, User("Hello?"), Silence(1_500), End(CUSTOMER_HUNG_UP)],
            &[Ring(9_000), Answer, Silence(2_500), End(CUSTOMER_HUNG_UP)],
        ],
        Scenario::Transferred => &[&[
            Ring(5_000),
            Answer,
            Greet,
            User("I would rather speak to a real person about this."),
            Bot("Of course. One moment, I am putting you through."),
            Forward,
            Silence(2_000),
            End("assistant-forwarded-call"),
        ]],
        Scenario::TransferFails => &[&[
            Ring(5_000),
            Answer,
            Greet,
            User("Can I talk to somebody at the office?"),
            Bot("Certainly. Please hold the line."),
            Forward,
            Silence(15_000),
            End("call.forwarding.operator-busy"),
        ]],
        Scenario::ClaimsBooking => &[&[
            Ring(6_000),
            Answer,
            Greet,
            User("Yes, Tuesday afternoon would work for me."),
            Bot("Wonderful, Tuesday afternoon it is."),
            User("See you on Tuesday."),
            End(CUSTOMER_HUNG_UP),
        ]],
        // The vendor's own documentation uses a reason that its list does not have.
        Scenario::UnknownReason => {
            &[&[Ring(6_000), Answer, Greet, User("Sorry, wrong moment."), End("hangup")]]
        }
        Scenario::OptsOutInWordsOnly => &[&[
            Ring(6_000),
            Answer,
            Greet,
            User("Do not call me again. Put me on your do-not-call list."),
            Bot("Alright. Goodbye."),
            End(CUSTOMER_HUNG_UP),
        ]],
        Scenario::WrongPerson => &[&[
            Ring(9_000),
            Answer,
            Greet,
            User("There is nobody of that name here. You have the wrong number."),
            Bot("I apologise for the mix-up. Goodbye."),
            End(ASSISTANT_HUNG_UP),
        ]],
    }
}

/// What the analysis finds; `None` where the analysis stays empty.
pub(super) fn finding(scenario: Scenario) -> Option<Finding> {
    let (outcome, summary, success) = match scenario {
        Scenario::Books => ("booked", "The customer accepted a time and the appointment was booked.", true),
        Scenario::Declines => ("not_interested", "The customer was not interested and said so.", false),
        Scenario::Callback => ("callback", "The customer asked to be called back at another time.", true),
        Scenario::OptsOut | Scenario::OptsOutInWordsOnly => {
            ("do_not_call", "The customer asked not to be called again.", false)
        }
        Scenario::Voicemail => ("voicemail", "The call reached a voicemail and a message was left.", false),
        // Seen in a real report of a voicemail: a fluent summary of a conversation nobody had.
        Scenario::HiddenVoicemail => (
            "interested",
            "The participants reviewed the launch plan, confirmed the date for next Monday and agreed on \
             the figures to watch afterwards.",
            true,
        ),
        Scenario::Transferred => {
            ("transferred", "The customer asked for a person and was put through.", true)
        }
        Scenario::TransferFails => {
            ("callback", "The customer asked for a person, but nobody was free to take the call.", false)
        }
        Scenario::ClaimsBooking => {
            ("booked", "The customer booked an appointment for Tuesday afternoon.", true)
        }
        Scenario::WrongPerson => ("wrong_number", "The person reached was not the customer.", false),
        Scenario::UnknownReason => ("unclear", "The customer said it was a bad moment.", false),
        Scenario::NoAnswer
        | Scenario::Busy
        | Scenario::DeadAir
        | Scenario::ProviderFails
        | Scenario::BadNumber
        | Scenario::HangsUpEarly
        | Scenario::CarrierFails
        | Scenario::TalksTooLong
        | Scenario::NoAudio => return None,
    };
    Some(Finding { outcome, summary, success })
}

/// How long a line takes to say, in scripted milliseconds: about 170 words a minute.
pub(super) fn speaking_ms(line: &str) -> u64 {
    400 + 350 * line.split_whitespace().count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_ends_once_and_rings_before_it_is_answered() {
        for scenario in Scenario::ALL {
            assert!(!variants(scenario).is_empty());
            for steps in variants(scenario) {
                let ends = steps.iter().filter(|s| matches!(s, End(_))).count();
                assert_eq!(ends, 1, "{scenario:?}");
                assert!(matches!(steps.last(), Some(End(_))), "{scenario:?}");
                let answer = steps.iter().position(|s| matches!(s, Answer));
                let speech = steps.iter().position(|s| matches!(s, Bot(_) | User(_) | Greet | Book));
                if let Some(speech) = speech {
                    assert!(answer.is_some_and(|a| a < speech), "{scenario:?} speaks before the answer");
                }
            }
        }
    }
}
