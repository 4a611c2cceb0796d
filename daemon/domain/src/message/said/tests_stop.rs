//! STOP in every spelling, script and company.

use super::*;

#[track_caller]
fn all(expected: &str, texts: &[&str]) {
    let mut wrong = Vec::new();
    for asked in [Asked::Nothing, Asked::Confirm] {
        for text in texts {
            let said = format!("{:?}", read(text, None, asked));
            let said = said.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
            if said != expected {
                wrong.push(format!("{text}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "not {expected}:\n{}", wrong.join("\n"));
}

#[test]
fn stop_is_heard_in_every_spelling() {
    let spellings = [
        "STOP",
        "stop",
        "sToP",
        "ST0P",
        "sTaHp",
        "stopp",
        "stoooop",
        "stopstop",
        "stop stop stop",
        "s.t.o.p",
        "S T O P",
        "Stop2End",
        "stop 2 end",
        "STOP4",
        "STOP 1",
        "STOP 12345",
        "STOP1",
        "STOPALL",
        "stop2quit",
        "STOP to end",
    ];
    for word in spellings {
        for text in [
            word.to_owned(),
            format!("{word}!"),
            format!(" {word}. "),
            format!("<b>{word}</b>"),
            format!("<p><strong>{word}</strong></p>"),
            format!("yes {word}"),
            format!("ok, {word} please"),
            format!("{word} 🛑"),
            format!("\"{word}\""),
            format!("{word} please cancel my appointment"),
            format!("{word}. Will START again later"),
            format!("Please {word}. Will START again later"),
        ] {
            all("OptOut", &[&text]);
        }
    }
    all(
        "OptOut",
        &[
            "🛑",
            "🚫",
            "⛔️",
            "🛑🛑",
            "STOP sending me this",
            "Stop it now you lot",
            "wrong number stop",
            "Please STOP. I will START again later",
        ],
    );
    all("Other", &["stop by at 5 if you like", "the bus stop is far"]);
}

#[test]
fn stop_is_heard_in_other_scripts_and_what_is_not_read_is_held() {
    all(
        "OptOut",
        &[
            "стоп",
            "Стоп!",
            "отписаться",
            "停止",
            "やめて",
            "الغاء",
            "إلغاء",
            "توقف",
            "रोकें",
            "Durdur",
            "zatrzymaj",
            "zatrzymaj to",
            "STO P",
            "退订",
            "중지",
            "ARRÊT",
            "BAJA",
            "stopp",
            "עצור",
            "στοπ",
        ],
    );
    all(
        "Unsure",
        &[
            "Пожалуйста, больше не звоните мне",
            "もう電話しないでください",
            "لا تتصل بي مرة أخرى",
            "請不要再打電話給我",
            "Спасибо",
        ],
    );
}

#[test]
fn a_refusal_with_a_cancellation_or_a_wrong_number_is_both() {
    for text in
        ["STOP please cancel my appointment", "stop, cancel my booking", "Cancel my appointment. STOP."]
    {
        let said = read(text, None, Asked::Nothing);
        assert!(matches!(said, Said::OptOut { cancels: true, .. }), "{text}: {said:?}");
    }
}

#[test]
fn children_are_not_called_on() {
    all(
        "OptOut",
        &["I am under 18", "im under 18", "I'm 15 years old", "I am only 16", "I'm a minor", "i'm 14 yo"],
    );
    all("Other", &["I'm 15 minutes away", "I am 10 mins late"]);
}

#[test]
fn an_hour_that_is_unwelcome_holds() {
    all(
        "Unsure",
        &[
            "I'm at work please don't ring in the day",
            "Don't call before 9 please",
            "please don't ring me at work",
        ],
    );
}

#[test]
fn one_channel_stops_where_another_is_offered() {
    let of = |text: &str| match read(text, None, Asked::Nothing) {
        Said::NotBy { channel, .. } => Some(channel),
        _ => None,
    };
    for text in [
        "only call me, no texts",
        "no texts please, just call",
        "Please call me instead of texting, no more texts just phone",
        "don't text me, calls are fine",
        "stop texting, call me instead",
    ] {
        assert_eq!(of(text), Some(contact::Channel::Sms), "{text}");
    }
    for text in [
        "No more calls, text is fine",
        "don't call me, text only please",
        "no calls please, texts are ok",
        "stop calling, just text me",
        "please don't ring, text me instead",
    ] {
        assert_eq!(of(text), Some(contact::Channel::AiVoice), "{text}");
    }
    for text in ["no calls and no texts", "stop calling and texting me", "no texts, no calls, nothing"] {
        assert_eq!(of(text), None, "{text}");
    }
}
