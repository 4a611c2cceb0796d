//! The name a person is greeted by, or none: better no name than a wrong one.
//!
//! Forms and lists hold `null`, `N/A`, addresses and numbers where a name should be. Not here:
//! how a name is stored or searched; names are not changed, only left out.

/// Names of nobody, lower case, without dots and strokes.
const NOBODY: [&str; 40] = [
    "null",
    "none",
    "nil",
    "na",
    "nan",
    "undefined",
    "unknown",
    "anonymous",
    "anon",
    "empty",
    "blank",
    "missing",
    "test",
    "testing",
    "tester",
    "name",
    "firstname",
    "first",
    "lastname",
    "fullname",
    "customer",
    "client",
    "lead",
    "user",
    "guest",
    "contact",
    "caller",
    "owner",
    "homeowner",
    "occupier",
    "occupant",
    "resident",
    "tenant",
    "tbc",
    "tbd",
    "asdf",
    "xxx",
    "xx",
    "x",
    "no",
];

/// Forms of address, lower case, without a dot.
const TITLES: [&str; 9] = ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame"];

/// The name to greet somebody by, from a first or a whole name: `Ada`, `Mr Lovelace`. `None` where
/// what stands there is no name.
pub fn greeting(raw: &str) -> Option<String> {
    // `Lovelace, Ada`
    let (last, first) = match raw.split_once(',') {
        Some((last, first)) if !first.trim().is_empty() => (last, first),
        _ => ("", raw.trim_end_matches(',')),
    };
    let words: Vec<&str> = first.split_whitespace().chain(last.split_whitespace()).collect();
    let title = words.first().filter(|word| is_title(word));
    if words.is_empty() || words.iter().any(|word| is_odd(word)) || words.iter().all(|word| is_nobody(word)) {
        return None;
    }
    match (title, words.as_slice()) {
        (Some(_), [_]) => None,
        (Some(title), [_, .., surname]) => (!is_nobody(surname)).then(|| format!("{title} {surname}")),
        (None, [first, ..]) => (!is_nobody(first)).then(|| (*first).to_owned()),
        _ => None,
    }
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word.trim_end_matches('.').to_lowercase().as_str())
}

fn is_nobody(word: &str) -> bool {
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    letters.is_empty() || NOBODY.contains(&letters.as_str())
}

/// Whether a word can be no part of a name: an address or the local part of one, a number, markup.
fn is_odd(word: &str) -> bool {
    let dotted = word.split('.').filter(|part| !part.is_empty()).count() > 1
        && word.split('.').any(|part| part.chars().count() > 1);
    dotted
        || word.chars().count() > 100
        || word.chars().any(|c| {
            c.is_numeric() || c.is_control() || "@_<>{}[]|\\/+=#$%^*:;\"".contains(c) && !is_slash_na(word)
        })
}

/// `N/A` is nobody's name, but as good as an empty cell.
fn is_slash_na(word: &str) -> bool {
    word.eq_ignore_ascii_case("n/a")
}

#[cfg(test)]
mod tests {
    use super::greeting;

    #[test]
    fn p1_no_name_is_better_than_a_wrong_one() {
        for raw in [
            "",
            "   ",
            "\u{a0}",
            "null",
            "NULL",
            "N/A",
            "n/a",
            "NA NA",
            "Na Na",
            "none",
            "undefined",
            "Unknown",
            "-",
            "--",
            ".",
            "?",
            "x.arrieta",
            "x.arrieta@example.com",
            "ann_lee",
            "ann@example.com",
            "12345",
            "07700 900123",
            "Ann2",
            "Test",
            "test test",
            "First Name",
            "[first_name]",
            "{{name}}",
            "<b>",
            "Mr",
            "Mr.",
            "N/A N/A",
            "😀",
            "Unknown Caller",
            "Mrs N/A",
        ] {
            assert_eq!(greeting(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn names_are_left_as_they_are() {
        for (raw, name) in [
            ("Ada", "Ada"),
            ("  Ada  Lovelace ", "Ada"),
            ("Lovelace, Ada", "Ada"),
            ("Zoë", "Zoë"),
            ("O’Brien", "O’Brien"),
            ("Anne-Marie Smith", "Anne-Marie"),
            ("J.R. Smith", "J.R."),
            ("Mr John Smith", "Mr Smith"),
            ("Dr. Grace Hopper", "Dr. Hopper"),
            ("Smith, Mr John", "Mr Smith"),
            ("이준", "이준"),
            ("John Null", "John"),
            ("mcdonald", "mcdonald"),
            ("Ada,", "Ada"),
        ] {
            assert_eq!(greeting(raw).as_deref(), Some(name), "{raw:?}");
        }
    }
}
