//! The model that ships is the one its corpus makes, answers anything, and answers quickly.

#[path = "../examples/train/files.rs"]
mod files;

use frontdesk_refusal::{Medium, fold, hear_conversation, hear_utterance, is_machine, model::Model, shipped};
use proptest::prelude::*;
use std::collections::HashSet;

#[test]
fn the_model_is_not_older_than_its_corpus() {
    let model = shipped().expect("a model that can be read");
    let corpus = files::hash().expect("the corpus");
    assert_eq!(model.corpus, corpus, "run: cargo run --release -p frontdesk-refusal --example train");
}

#[test]
fn the_unseen_are_not_learned_from() {
    // Three words or fewer are anybody's.
    let folded = |text: &str| {
        let words: Vec<String> = fold::words(text).into_iter().map(|w| w.folded).collect();
        (words.len() > 3).then(|| words.join(" "))
    };
    assert!(files::SENTENCES.iter().all(|name| !name.starts_with("unseen") && *name != "cases.tsv"));
    let mut learned = HashSet::new();
    for name in files::SENTENCES {
        let text = files::text(name).expect("a file");
        learned.extend(text.lines().filter_map(|l| folded(l.rsplit('\t').next()?)));
    }
    for name in ["unseen.tsv", "unseen2.tsv", "unseen3.tsv", "unseen4.tsv", "cases.tsv"] {
        let text = files::text(name).expect("a file");
        let said = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
        let copied: Vec<&str> =
            said.map(|(_, s)| s).filter(|s| folded(s).is_some_and(|s| learned.contains(&s))).collect();
        assert!(copied.is_empty(), "{name}: {copied:?}");
    }
}

#[test]
fn a_model_is_what_it_was_written_as() {
    let model = shipped().expect("a model that can be read");
    let again = Model::parse(&model.bytes()).expect("what was written");
    assert_eq!(again.bytes(), model.bytes());
    assert!(Model::parse(b"").is_none() && Model::parse(&model.bytes()[..999]).is_none());
}

#[test]
fn the_longest_transcript_is_heard_to_its_end() {
    let mut text = "well the boiler is in the kitchen and it makes a noise when we turn it on ".repeat(900);
    text.truncate(64 * 1024);
    let filler = text.clone();
    text.push_str(". Take me off your list.");
    let words = |hearing| format!("{hearing:?}");
    assert!(words(hear_utterance(&text, Medium::Call)).starts_with("Refused"));
    assert_eq!(words(hear_conversation(filler.split(" on ").map(str::trim), Medium::Call)), "None");
}

proptest! {
    #[test]
    fn anything_can_be_said(text in "\\PC*", more in any::<String>()) {
        for medium in [Medium::Call, Medium::Sms, Medium::Email] {
            hear_utterance(&text, medium);
            hear_conversation([text.as_str(), more.as_str()].into_iter(), medium);
        }
        is_machine(&more);
    }

    #[test]
    fn telling_words_in_any_order_are_heard_without_fail(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "stop", "don't", "do", "not", "never", "call", "calling", "me", "my", "number", "take", "off",
            "list", "ever", "again", "at", "before", "nine", "text", "n't", "s", "t", "o", "p", ".", "!",
        ]), 0..60)
    ) {
        hear_utterance(&words.join(" "), Medium::Call);
        hear_conversation(words.iter().copied(), Medium::Sms);
    }
}
