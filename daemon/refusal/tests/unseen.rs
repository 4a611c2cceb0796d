//! The targets, held on sentences that no model was ever trained on.

use frontdesk_refusal::{Channel, Hearing, Medium, Scope, hear_utterance};

/// Per cent of the sentences for which it holds, and the others.
fn share(said: &[(&str, Hearing)], holds: impl Fn(&Hearing) -> bool) -> (f64, Vec<String>) {
    let rest: Vec<String> =
        said.iter().filter(|(_, h)| !holds(h)).map(|(text, h)| format!("{text}: {h:?}")).collect();
    (100.0 * (said.len() - rest.len()) as f64 / said.len().max(1) as f64, rest)
}

fn check(file: &str) {
    let of = |classes: &[&str]| -> Vec<(&str, Hearing)> {
        let lines = file.lines().filter_map(|l| l.split_once('\t'));
        let of_class = lines.filter(|(class, _)| classes.contains(class));
        of_class.map(|(_, text)| (text, hear_utterance(text, Medium::Call))).collect()
    };
    let refused = |h: &Hearing| matches!(h, Hearing::Refused { .. });
    let held = |h: &Hearing| {
        let call =
            matches!(h, Hearing::Objection { scope: Scope::Channel(Channel::Call) | Scope::ThisNumber, .. });
        let ended = matches!(h, Hearing::WrongNumber { .. } | Hearing::Deceased { .. });
        call || ended || matches!(h, Hearing::Unsure { .. })
    };
    let any_hold = |h: &Hearing| held(h) || matches!(h, Hearing::Objection { .. });

    let refusals = of(&["refuse"]);
    let (heard, missed) = share(&refusals, refused);
    assert!(heard >= 95.0, "{heard:.1} % heard; not:\n{}", missed.join("\n"));
    let (safe, missed) = share(&refusals, |h| refused(h) || held(h));
    assert!(safe >= 99.0, "{safe:.1} % heard or held; not:\n{}", missed.join("\n"));

    let harmless = of(&["harmless", "not_interested"]);
    let (free, suppressed) = share(&harmless, |h| !refused(h));
    assert!(free >= 97.0, "{:.1} % suppressed:\n{}", 100.0 - free, suppressed.join("\n"));
    let (free, held) = share(&harmless, |h| refused(h) || !any_hold(h));
    assert!(free >= 85.0, "{:.1} % held:\n{}", 100.0 - free, held.join("\n"));
}

#[test]
fn the_first_unseen_sentences() {
    check(include_str!("../data/unseen.tsv"));
}

#[test]
fn the_second_unseen_sentences() {
    check(include_str!("../data/unseen2.tsv"));
}
