//! STOP in every way it is written, and refusals that are certain by their words alone.
//!
//! Carriers hear one spelling in one language; people write others, and a keypad writes digits
//! behind them. Not here: sentences of refusal (the judge weighs those), appointments.

use super::phrase::{has, sentences};
use frontdesk_refusal::fold::Word;
use frontdesk_shared::contact::Channel;
use std::borrow::Cow;

/// A text without the marks of a page: `<b>STOP</b>` is STOP.
pub(super) fn without_tags(body: &str) -> Cow<'_, str> {
    if !body.contains('<') || !body.contains('>') {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    if inside { Cow::Borrowed(body) } else { Cow::Owned(out) }
}

/// Whether a text is or begins with STOP. “Stop by at five” is a visit.
pub(super) fn is_stop(body: &str, words: &[Word]) -> bool {
    let said: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    let marks = |c: char| matches!(c, '🛑' | '🚫' | '⛔' | '✋' | '🙅');
    let bare = |c: char| {
        c.is_whitespace() || matches!(c, '\u{fe0f}' | '\u{200d}' | '♂' | '♀' | '\u{1f3fb}'..='\u{1f3ff}')
    };
    if body.chars().any(marks) && body.chars().all(|c| marks(c) || bare(c) || c.is_ascii_punctuation()) {
        return true;
    }
    let plain = body.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if ELSEWHERE.contains(&plain.as_str()) || said.len() == 1 && ELSEWHERE.contains(&said[0]) {
        return true;
    }
    let Some(first) = said.first() else { return false };
    let long = first.len() > 4 && said.len() < 4 && ELSEWHERE.contains(first);
    if long || said.len() < 5 && is_written_stop(&said.concat()) && said.iter().all(|w| w.len() < 4) {
        return true;
    }
    if is_written_stop(first) && (is_shouted(body, words) || said.iter().skip(1).all(|w| says_no_more(w))) {
        return true;
    }
    let asks = words.first().is_some_and(|w| body.get(w.place.end..).is_some_and(|r| r.starts_with('?')));
    if asks && said.len() > 1 || said.windows(3).any(|three| three == ["stop", "it", "you"]) {
        return false;
    }
    // “Yes stop”, “ok please STOP 1 thanks”.
    let rest: Vec<&str> = said
        .iter()
        .copied()
        .filter(|w| !POLITE.contains(w) && !w.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let sentences = sentences(words);
    !rest.is_empty() && rest.iter().all(|w| is_written_stop(w)) && said.len() < 8
        || sentences.iter().enumerate().any(|(nth, s)| {
            // A sentence of its own counts as the last word, in capitals, or where something is called off.
            let counts = sentences.get(nth + 1).is_none_or(|next| {
                is_capital(body, words) || next.iter().any(|w| matches!(*w, "cancel" | "start"))
            });
            counts
                && s.len() < 5
                && s.iter().any(|w| is_written_stop(w))
                && s.iter().all(|w| {
                    is_written_stop(w) || POLITE.contains(w) || w.bytes().all(|b| b.is_ascii_digit())
                })
        })
}

/// Whether a text begins with STOP and goes on with something of its own: “stop, let me find a pen” is
/// none, and whoever cannot tell holds. “Stop by at five” is a visit.
pub(super) fn begins(body: &str, words: &[Word]) -> bool {
    let asks =
        words.first().is_some_and(|w| body.get(w.place.end..).is_some_and(|rest| rest.starts_with('?')));
    let next = words.get(1).map(|w| w.folded.as_str()).unwrap_or_default();
    let visits = matches!(next, "by" | "at" | "in" | "off" | "over" | "past" | "sign" | "watch" | "worrying");
    words.first().is_some_and(|w| is_written_stop(&w.folded)) && !asks && !visits
}

/// Whether STOP stands first in capitals, as our own texts write it.
fn is_shouted(body: &str, words: &[Word]) -> bool {
    words.first().and_then(|w| body.get(w.place.clone())).is_some_and(|w| w == "STOP")
}

/// Whether the word stands anywhere in capitals, and not everything does.
fn is_capital(body: &str, words: &[Word]) -> bool {
    let stop = |w: &Word| body.get(w.place.clone()).is_some_and(|w| w == "STOP");
    words.iter().any(stop) && body.chars().any(char::is_lowercase)
}

/// Whether a word behind STOP says what is to stop, or nothing.
fn says_no_more(word: &str) -> bool {
    is_written_stop(word)
        || POLITE.contains(&word)
        || word.bytes().all(|b| b.is_ascii_digit())
        || matches!(
            word,
            "text"
                | "texts"
                | "texting"
                | "message"
                | "messages"
                | "messaging"
                | "msg"
                | "msgs"
                | "sms"
                | "call"
                | "calls"
                | "calling"
                | "contact"
                | "contacting"
                | "emails"
                | "emailing"
                | "me"
                | "us"
                | "this"
                | "these"
                | "your"
                | "and"
                | "any"
                | "more"
                | "everything"
                | "2end"
                | "2"
        )
}

/// `stop`, `st0p`, `stahp`, `stop4`, `stop2end`, `stopstop`.
fn is_written_stop(word: &str) -> bool {
    let word = word.replace('0', "o").replace('5', "s");
    let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut rest = word;
    while let Some(later) = ["stop", "stahp", "stopp", "staph"].iter().find_map(|s| rest.strip_prefix(s)) {
        rest = later;
    }
    if rest.len() == word.len() {
        return false;
    }
    rest.bytes().all(|b| b.is_ascii_digit() || b == b's' && rest.len() > 1)
        || matches!(
            rest.trim_start_matches(|c: char| c.is_ascii_digit()),
            "end"
                | "toend"
                | "quit"
                | "toquit"
                | "all"
                | "it"
                | "now"
                | "please"
                | "pls"
                | "this"
                | "msg"
                | "text"
                | "texts"
                | "texting"
                | "messages"
                | "calls"
                | "calling"
                | "i"
                | "a"
                | "u"
                | "p"
        )
}

/// Whether most of a text is in a script that is not read here.
pub(super) fn is_unread_script(body: &str, words: &[Word]) -> bool {
    let latin = |c: char| matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff00}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}');
    let letters = body.chars().filter(|c| c.is_alphabetic());
    let (mut all, mut other) = (0, 0);
    for c in letters {
        all += 1;
        other += usize::from(!latin(c));
    }
    // Letters that only look foreign fold to plain ones.
    other * 2 > all && words.iter().any(|w| !w.folded.is_ascii())
}

/// Whether a child writes: nobody under age is called on.
pub(super) fn is_under_age(words: &[Word]) -> bool {
    sentences(words).iter().any(|s| {
        has(
            s,
            &[
                "im|i *1 under 18|eighteen|age|16",
                "im|i *1 under the age",
                "im *2 minor|underage|child",
                "im *1 8|9|10|11|12|13|14|15|16|17 years|year|yrs|yr|yo|old",
                "im only|just 8|9|10|11|12|13|14|15|16|17 EDGE",
                "not 18 yet",
                "not *1 18 EDGE|yet|years",
            ],
        )
    })
}

/// Whether calls at some hours are refused.
pub(super) fn is_of_hours(words: &[Word]) -> bool {
    sentences(words).iter().any(|s| {
        has(
            s,
            &["dont|not|no|never|stop *2 ring|ringing|call|calls|calling|phone|phoning|text *4 day|daytime|morning|mornings|work|night|nights|before|after|until|evening|evenings|weekend|weekends|weekday|weekdays|hours|late|early|lunch|dinner"],
        )
    })
}

/// The one channel that is refused while another is offered: “no texts, only call me”.
pub(super) fn not_by(words: &[Word]) -> Option<Channel> {
    let all: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    if has(
        &all,
        &["anything|everything|contact|list|remove|delete|alone|report|sue|consent|nothing|neither|nor"],
    ) {
        return None;
    }
    let no_texts = has(
        &all,
        &[
            "no|dont|not|stop|quit|without|never text|texts|texting|message|messages|messaging|sms",
            "no|dont|not|stop|quit|without|never more|any|the|your|my|all|with|sending|want|ever text|texts|texting|message|messages|messaging|sms",
            "instead of text|texts|texting|messaging|messages",
        ],
    );
    let no_calls = has(
        &all,
        &[
            "no|dont|not|stop|quit|without|never call|calls|calling|ring|ringing|phone|phoning|voice",
            "no|dont|not|stop|quit|without|never more|any|the|your|my|all|with|making|want|ever call|calls|calling|ring|ringing|phone|phoning|voice",
            "instead of calling|ringing|phoning|calls",
        ],
    );
    let joined = has(
        &all,
        &[
            "call|calls|calling|ring|ringing|phoning and|or|nor text|texts|texting|message|messages|messaging",
            "text|texts|texting|message|messages|messaging and|or|nor call|calls|calling|ring|ringing|phoning",
        ],
    );
    let texts = has(
        &all,
        &[
            "text|message me|us instead|only|please|EDGE",
            "text|texts|texting|sms|message|messages *1 is|are|instead|only|fine|ok|okay|good|work|works|better|EDGE",
            "only|just|prefer|rather|please|but *1 text|texts|texting|message|messages|sms",
        ],
    );
    let calls = has(
        &all,
        &[
            "call|ring|phone me|us instead|only|please|EDGE",
            "call|calls|calling|ring|phone *1 is|are|instead|only|fine|ok|okay|good|work|works|better|EDGE",
            "only|just|prefer|rather|please|but *1 call|calls|ring|phone",
        ],
    );
    if joined && (no_texts || no_calls) {
        return None;
    }
    match (no_texts, no_calls) {
        (true, false) if calls => Some(Channel::Sms),
        (false, true) if texts => Some(Channel::AiVoice),
        _ => None,
    }
}

/// What may stand around a STOP and changes nothing.
const POLITE: [&str; 30] = [
    "please", "pls", "plz", "now", "just", "thanks", "thank", "you", "ok", "okay", "sir", "hi", "hello",
    "hey", "madam", "no", "yes", "yeah", "oh", "omg", "to", "end", "all", "quit", "it", "reply", "the", "b",
    "dear", "kindly",
];

/// STOP and its like in other languages and scripts, as whole texts.
const ELSEWHERE: [&str; 99] = [
    "отпишись",
    "ストップ",
    "やめて下さい",
    "стоп",
    "отписаться",
    "отпишите",
    "отписка",
    "отпишите меня",
    "хватит",
    "прекратите",
    "не пишите",
    "не звоните",
    "не звоните мне",
    "не пишите мне",
    "не беспокоить",
    "стій",
    "зупиніть",
    "відписатися",
    "припиніть",
    "спри",
    "спрете",
    "停止",
    "停",
    "停止する",
    "退订",
    "退訂",
    "取消订阅",
    "取消訂閱",
    "不要再发",
    "不要打电话",
    "别打了",
    "やめて",
    "やめてください",
    "止めて",
    "止めてください",
    "停止してください",
    "配信停止",
    "中止",
    "解除",
    "いらない",
    "الغاء",
    "إلغاء",
    "الغاء الاشتراك",
    "إلغاء الاشتراك",
    "توقف",
    "قف",
    "إيقاف",
    "ايقاف",
    "كفى",
    "रोकें",
    "रोको",
    "रुको",
    "रुकें",
    "बंद करें",
    "बंद करो",
    "बंद",
    "روکیں",
    "بند کرو",
    "بند کریں",
    "لغو",
    "থামুন",
    "বন্ধ করুন",
    "நிறுத்து",
    "నిలిపివేయండి",
    "ਬੰਦ ਕਰੋ",
    "중지",
    "그만",
    "수신거부",
    "멈춰",
    "หยุด",
    "ยกเลิก",
    "עצור",
    "הסר",
    "די",
    "στοπ",
    "σταματήστε",
    "διαγραφή",
    "dur",
    "durdur",
    "durdurun",
    "iptal",
    "zatrzymaj",
    "zatrzymac",
    "zatrzymać",
    "wypisz mnie",
    "rezygnuje",
    "rezygnuję",
    "berhenti",
    "dung",
    "dừng",
    "dừng lại",
    "huy",
    "hủy",
    "opreste",
    "oprește",
    "prestani",
    "zastavte",
    "leiratkozas",
    "lopeta",
];
