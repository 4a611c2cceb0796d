//! Files without a header row: columns told by what is in them.
//!
//! Lives here: seeing that the first row is data, and the guess by content. Must not live here:
//! guesses by name.
//!
//! Bare digits may be ids, and an id that is dialed rings at a stranger's. A column of them is a
//! phone only where nothing better is there, every number of it exists in the named country and
//! they do not count upwards; otherwise a person is asked.

use super::fields::Field;
use super::problem::FileProblem;
use super::raw_phone::looks_like_phone;
use crate::phone;

/// Whether a first row is a lead rather than a header: no header is a phone number.
pub(super) fn is_data(first: &[String]) -> bool {
    first.iter().any(|cell| looks_like_phone(cell))
}

/// The field of each column, by the share of sample rows whose cell looks like it. `told` says that
/// a person named the phone column.
///
/// # Errors
/// When several columns, or none for sure, may be the phone.
pub(super) fn guess_all(
    first: &[String],
    sample: &[Vec<String>],
    region: Option<&str>,
    told: bool,
) -> Result<Vec<Field>, FileProblem> {
    let rows: Vec<&[String]> = std::iter::once(first).chain(sample.iter().map(Vec::as_slice)).collect();
    let cells = |column: usize| {
        rows.iter().filter_map(move |r| r.get(column)).map(|c| c.trim()).filter(|c| !c.is_empty())
    };
    let mostly = |column: usize, test: &dyn Fn(&str) -> bool| {
        let (hit, all) = cells(column).fold((0, 0), |(hit, all), c| (hit + usize::from(test(c)), all + 1));
        all > 0 && hit * 3 >= all * 2
    };
    let (mut email, mut name, mut zone) = (false, false, false);
    let mut fields = Vec::with_capacity(first.len());
    for column in 0..first.len() {
        fields.push(match () {
            () if mostly(column, &looks_like_phone) => Field::Phone,
            () if !email && mostly(column, &looks_like_email) => {
                email = true;
                Field::Email
            }
            () if !zone && mostly(column, &looks_like_zone) => {
                zone = true;
                Field::Timezone
            }
            () if !name && mostly(column, &looks_like_name) => {
                name = true;
                Field::Name
            }
            () => Field::Variable,
        });
    }
    let phones: Vec<usize> = (0..fields.len()).filter(|i| fields[*i] == Field::Phone).collect();
    let written: Vec<usize> = phones.iter().copied().filter(|i| mostly(*i, &written_by_people)).collect();
    let real = |column: usize| mostly(column, &|c| phone::normalise(c, region).is_ok());
    let kept: Vec<usize> = if told {
        Vec::new()
    } else if !written.is_empty() {
        written
    } else {
        let real: Vec<usize> = phones.iter().copied().filter(|i| real(*i)).collect();
        match real[..] {
            [only] if !counts_upwards(cells(only)) => real,
            _ => {
                let names: Vec<String> = phones.iter().map(|i| format!("column {}", i + 1)).collect();
                let example = real.last().or(phones.last()).map_or(1, |i| i + 1);
                return Err(FileProblem::WhichPhone {
                    columns: names.join(", "),
                    example: format!("column {example}"),
                });
            }
        }
    };
    for column in phones {
        if !kept.contains(&column) {
            fields[column] = Field::Variable;
        }
    }
    Ok(fields)
}

/// Whether digits stand as people write phone numbers and no program writes ids: with a plus, a
/// leading zero or signs between them.
fn written_by_people(cell: &str) -> bool {
    let cell = cell.trim_start_matches(['=', '"', '\'']);
    let cell = cell.trim_end_matches('"');
    cell.starts_with(['+', '0', '(']) || cell.trim().contains([' ', '-', '(', ')', '.', '/'])
}

/// Whether the numbers of a column rise from row to row by little, as ids do.
fn counts_upwards<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let numbers: Vec<i64> = cells.filter_map(|c| c.trim().parse().ok()).collect();
    numbers.len() > 1 && numbers.windows(2).all(|w| (1..=1_000).contains(&(w[1] - w[0])))
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
        assert_eq!(guess_all(&first, &more, Some("GB"), false), Ok(want.to_vec()));
    }

    #[test]
    fn ids_are_not_dialed() {
        let guess = |text: &str, region: &str| {
            let rows: Vec<Vec<String>> = text.lines().map(row).collect();
            let fields = guess_all(&rows[0], &rows[1..], Some(region), false);
            fields
                .map(|all| all.iter().map(|f| f.word()).collect::<Vec<_>>().join(" "))
                .map_err(|e| e.to_string())
        };
        for (text, region, want) in [
            ("3105550117,Ann,(212) 555-0101\n3105550118,Bob,(212) 555-0102", "US", "variable name phone"),
            ("7700900001,Ann Lee,07700 900123\n7700900002,Bob Ray,07700 900124", "GB", "variable name phone"),
            ("2125550141,Ann Lee\n6465550102,Bob Ray\n3105550133,Cy Fox", "US", "phone name"),
            ("1100220033,Ann Lee,2125550141\n1100220041,Bob Ray,6465550102", "US", "variable name phone"),
            ("+442079460018,07700900123", "GB", "phone phone"),
            ("447700900123,Ann Lee", "GB", "phone name"),
        ] {
            assert_eq!(guess(text, region).as_deref(), Ok(want), "{text}");
        }
        for (text, region) in [
            ("2122003004,Ann Lee,2125550101\n2122003005,Bob Lee,2125550102", "US"),
            ("2122003004,Ann Lee,2125550101\n2122003005,Bob Lee,2125550102", "GB"),
            ("2125550101,Ann Lee\n2125550102,Bob Lee\n2125550103,Cy Lee", "US"),
            ("1234567890,Ann Lee", "US"),
        ] {
            let reason = guess(text, region).expect_err(text);
            assert!(reason.contains("which column") && reason.contains("map=column "), "{reason}");
        }
    }

    #[test]
    fn headers_are_not_data() {
        assert!(!is_data(&row("name,phone")));
        assert!(!is_data(&row("a,b")));
    }
}
