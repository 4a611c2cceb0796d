//! What people write about an appointment, British and American.

use super::*;

#[track_caller]
fn all(expected: &str, asked: Asked, texts: &[&str]) {
    let mut wrong = Vec::new();
    for text in texts {
        let said = format!("{:?}", read(text, None, asked));
        let said = said.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
        if said != expected {
            wrong.push(format!("{text}: {said}"));
        }
    }
    assert!(wrong.is_empty(), "not {expected}:\n{}", wrong.join("\n"));
}

#[test]
fn it_is_off() {
    all(
        "CancelAppointment",
        Asked::Nothing,
        &[
            "Cancel my appointment",
            "Please cancel my appt",
            "pls cancel tomorrow's appointment",
            "Hi, I need to cancel my 3pm on Thursday. Thanks",
            "I'm afraid I'll have to cancel",
            "Could you cancel my booking for Friday please?",
            "Can I cancel Tuesday?",
            "can we cancel tomorrow",
            "I would like to cancel my consultation",
            "Would you please cancel my appointment",
            "I'd like my appointment cancelled please",
            "want to cancel the appointment on 24th",
            "Cancel Tuesday",
            "cancel 2:30 tomorrow",
            "cancelling my appointment for today",
            "Sorry can't make it",
            "Sorry, I cannot make it tomorrow",
            "can't make Tuesday I'm afraid",
            "I wont be able to make it today",
            "I won't make my appointment",
            "Not going to make it tomorrow, kids are poorly",
            "Unable to attend tomorrow",
            "I'm unable to make my appointment",
            "I am not able to come in on Monday",
            "I can no longer make my appointment",
            "won't be there tomorrow sorry",
            "I can't come tomorrow",
            "can't come in today, car broke down",
            "not coming today",
            "I don't need the appointment anymore",
            "I no longer need the appointment, it's fixed",
            "We have to call off the viewing",
            "No sorry I can't make it",
            "please consider my appointment cancelled",
            "Something came up and I can't make it on Friday",
            "i have to miss my appointment today",
            "Yes I need to cancel",
            "cant make it tmrw",
            "Can you cancel it please",
            "Sorry for the short notice but I need to cancel",
            "I was looking forward to it but can't make it",
            "I'd like to cancel please, sorry for the short notice",
            "can i pls cancel my appt thx",
            "Need 2 cancel",
            "Hi can you cancel my son's appointment at 4",
            "I need to cancel because I have covid",
            "I am going to be unable to make tomorrows appointment",
            "can't make it but thanks",
            "can't come in at 3",
            "Hello, unfortunately I'm not able to attend on Wednesday as I'm unwell",
            "My son is sick so we won't make it tonight",
            "Hiya, something's come up at work, need to cancel x",
            "Can you take me off the schedule for tomorrow",
            "Going to have to give tomorrow a miss",
            "I have to work, sorry, can't do Friday",
            "I'm sorry but I won't be coming",
            "I won't make it to my appointment",
            "Not interested anymore, please cancel my appointment",
        ],
    );
}

#[test]
fn another_time() {
    all(
        "Reschedule",
        Asked::Confirm,
        &[
            "Can I reschedule?",
            "Need to rearrange please",
            "I need to cancel and rebook for next week",
            "can't make it Tuesday, can we do Thursday instead?",
            "Could we move it to 4pm",
            "Can we push my appointment back an hour",
            "Please move my appointment to Friday",
            "is there a later slot on the same day?",
            "Could I come at 5pm instead?",
            "change my appointment time please",
            "can you do Thursday?",
            "What about Wednesday instead",
            "I'd prefer Monday",
            "Hi can I switch my appt to next week",
            "Yes but can we make it 3pm?",
            "do you have anything earlier available? do you have openings on Friday",
            "can't make it at 2, 3 ok?",
            "can't make it today. tomorrow?",
            "cant make it today but could do friday",
            "My car broke down, can I come in an hour later?",
            "Need to change the date please",
            "Could I possibly move my 10am to 11am?",
            "can i come at 3 or is it 4",
            "can I come on Monday",
            "Need to postpone",
            "can we re-schedule",
            "Friday morning works better for me",
        ],
    );
}

#[test]
fn a_person_reads_it() {
    all(
        "Other",
        Asked::CMeansCancel,
        &[
            "Do I need to cancel if I'm 5 minutes late?",
            "Is there a fee to cancel my appointment?",
            "what happens if I cancel my appointment",
            "Did you cancel my appointment?",
            "Why was my appointment cancelled?",
            "please don't cancel my appointment",
            "I don't want to cancel my appointment",
            "I might have to cancel tomorrow",
            "If I can't make it I'll let you know",
            "how do I cancel my subscription?",
            "I want to cancel my insurance policy",
            "I cancelled my flight so I can come",
            "Can't make it before 3 today",
            "Running 10 minutes late",
            "is it too late to cancel?",
            "Please don't cancel, I'm on my way",
            "don't wanna cancel just running late",
            "Is it ok to cancel this close to the time?",
            "I thought we cancelled this",
            "Has Tuesday been cancelled?",
            "I had to cancel my other appointment so I'm free all day",
            "My meeting got cancelled so I can come earlier",
            "I want to keep my appointment, don't cancel it",
            "My husband can't make it but I will be there",
            "Sorry I didn't make it yesterday",
            "i wont be able to attend the follow up but tomorrow is fine",
            "If it rains we'll need to cancel",
            "We cannot attend without a wheelchair ramp, is there one?",
            "can't come by car, is there a bus?",
            "can't come in through the front door, where is the entrance",
            "I can't be there before 3 but will be there by 3:15",
            "Please remove the old address from my appointment",
            "delete my booking notes please",
            "Can you cancel the 3pm and keep the 4pm",
            "I won't be there but my son will let you in tomorrow",
            "C u then",
            "No need to call, I'll be there",
            "thanks for moving my appointment",
            "Do you have parking available on Friday",
            "Can I get the results on Friday?",
            "Can I have the address for tomorrow?",
            "Can you do the boiler on Friday too?",
            "I have another appointment before yours, so I'll come straight from there",
            "Can I book a different treatment as well",
            "My car wont make it to London lol but I'll get the train",
            "cant make it any earlier than 3",
            "what time is my appointment tomorrow?",
            "is my appointment still on for Tuesday?",
            "Don't need to reschedule, all fine",
            "your driver didn't make it on Tuesday",
            "I didn't make an appointment for Tuesday",
            "I don't want to miss my appointment tomorrow",
            "Only cancel if the other one is confirmed",
            "Where do I park?",
            "Is this Harbour Dental?",
            "How much is it?",
            "Do I need to bring anything?",
            "You cancelled my appointment last time",
            "I can't make out your address",
            "My wife will come with me",
            "We are moving to Leeds",
        ],
    );
}

#[test]
fn yes_and_no() {
    all(
        "Yes",
        Asked::Confirm,
        &[
            "yes",
            "Yes I'll be there",
            "Confirmed",
            "confirm",
            "I confirm",
            "Yep see you tomorrow",
            "OK",
            "ok thanks",
            "Sure",
            "That works",
            "Sounds good",
            "Perfect thanks",
            "👍",
            "👍🏽",
            "great, see you then",
            "no problem",
            "Will be there",
            "yeah that's fine",
            "Fine",
            "aye",
            "Y",
            "See you tomorrow",
            "Cheers, all good",
        ],
    );
    all("No", Asked::Confirm, &["no", "No.", "Nope", "N", "No thanks", "no thank you", "No sorry", "nah"]);
    all("Other", Asked::Nothing, &["ok thanks", "Great", "👍", "see you then", "no problem", "Thanks!"]);
    all("Other", Asked::Confirm, &["yes but my husband will come", "Yes what is the address", "no idea"]);
}

#[test]
fn cancelling_where_it_was_offered() {
    let texts = ["yes please cancel", "ok cancel", "No, cancel it", "cancel it please"];
    all("CancelAppointment", Asked::CMeansCancel, &texts);
}

#[test]
fn refusals_stay_refusals() {
    all(
        "OptOut",
        Asked::CMeansCancel,
        &[
            "Cancel everything and never text me again",
            "Can't make it, and stop messaging me",
            "Take me off your list",
            "remove my number from your system",
            "Do not contact me again. Cancel my appointment.",
            "No more texts please",
            "unsubscribe me",
            "leave me alone",
            "I revoke consent",
            "Stop texting this number",
            "Remove me",
        ],
    );
}

#[test]
fn held_until_a_person_decides() {
    all(
        "Unsure",
        Asked::Nothing,
        &[
            // Heard as a refusal by itself; of the appointment, so not believed at once.
            "I already cancelled this",
            // Whether the appointment or the texts is a person's to decide.
            "cancel my reminders",
        ],
    );
}

#[test]
fn other_people_and_programs() {
    all("WrongNumber", Asked::Nothing, &["Wrong number", "you have the wrong number mate"]);
    all("Declined", Asked::Nothing, &["not interested", "I'm not interested thanks"]);
    all(
        "Machine",
        Asked::Nothing,
        &["Auto-reply: we are closed until 9am", "This is an automated response. Our office is closed."],
    );
}
