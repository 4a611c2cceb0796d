//! Files without a header row: columns told by what is in them.
//!
//! Lives here: seeing that the first row is data, and the guess by content. Must not live here:
//! guesses by name.

use super::fields::Field;
use super::raw_phone::looks_like_phone;

/// Whether a first row is a lead rather than a header: no header is a phone number.
pub(super) fn is_data(first: &[String]) -> bool {
    first.iter().any(|cell| looks_like_phone(cell))
}

/// The field of each column, by the share of sample rows whose cell looks like it.
pub(super) fn guess_all(first: &[String], sample: &[Vec<String>]) -> Vec<Field> {
    let rows: Vec<&[String]> = std::iter::once(first).chain(sample.iter().map(Vec::as_slice)).collect();
    let mostly = |column: usize, test: fn(&str) -> bool| {
        let filled = rows.iter().filter_map(|r| r.get(column)).map(|c| c.trim()).filter(|c| !c.is_empty());
        let (hit, all) = filled.fold((0, 0), |(hit, all), c| (hit + usize::from(test(c)), all + 1));
        all > 0 && hit * 3 >= all * 2
    };
    let (mut email, mut name, mut zone) = (false, false, false);
    let mut fields = Vec::with_capacity(first.len());
    for column in 0..first.len() {
        fields.push(match () {
            () if mostly(column, looks_like_phone) => Field::Phone,
            () if !email && mostly(column, looks_like_email) => {
                email = true;
                Field::Email
            }
            () if !zone && mostly(column, looks_like_zone) => {
                zone = true;
                Field::Timezone
            }
            () if !name && mostly(column, looks_like_name) => {
                name = true;
                Field::Name
            }
            () => Field::Variable,
        });
    }
    fields
}

fn looks_like_email(cell: &str) -> bool {
    cell.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !cell.contains(' '))
}

fn looks_like_zone(cell: &str) -> bool {
    const AREAS: [&str; 8] =
        ["Europe/", "America/", "Africa/", "Asia/", "Australia/", "Pacific/", "Atlantic/", "Etc/"];
    AREAS.iter().any(|area| cell.starts_with(area))
}

/// Letters with the marks names have; long enough not to be a code.
fn looks_like_name(cell: &str) -> bool {
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 3 && cell.chars().all(|c| c.is_alphabetic() || " .-'’,".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<String> {
        text.split(',').map(ToString::to_string).collect()
    }

    #[test]
    fn columns_are_told_by_content() {
        let first = row("17,Bob Smith,bob@example.com,07700900123,Europe/London,2026-01-02");
        let more = [row("18,Zoë O'Neil,,07700 900456,,2026-01-03"), row("19,X,z@example.com,,Europe/Paris,")];
        assert!(is_data(&first));
        let want =
            [Field::Variable, Field::Name, Field::Email, Field::Phone, Field::Timezone, Field::Variable];
        assert_eq!(guess_all(&first, &more), want);
    }

    #[test]
    fn headers_are_not_data() {
        assert!(!is_data(&row("name,phone")));
        assert!(!is_data(&row("a,b")));
    }
}
