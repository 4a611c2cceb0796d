//! How well typed letters fit a name: all of them in order, better when together and at the
//! beginnings of words. Pure.

/// A score, higher is better; `None` when a letter is missing.
#[must_use]
pub fn score(typed: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let mut at = 0;
    let mut total = 0;
    let mut last = None;
    for c in typed.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let found = at + name[at..].iter().position(|n| *n == c)?;
        let starts_word = found == 0 || !name[found - 1].is_alphanumeric();
        total += match last {
            Some(last) if last + 1 == found => 5,
            _ if starts_word => 6,
            _ => 0,
        };
        total -= i32::try_from(found - at).unwrap_or(0).min(3);
        last = Some(found);
        at = found + 1;
    }
    Some(total - i32::try_from(name.len() / 8).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn closer_names_score_higher() {
        assert!(score("jobs", "jobs") > score("jobs", "jump over bushes"));
        assert!(score("pd", "pause dialing") > score("pd", "updates"));
        assert_eq!(score("xyz", "jobs"), None);
        assert!(score("", "anything").is_some());
    }
}
