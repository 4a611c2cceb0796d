//! Country names and codes → ISO 3166 alpha-2.
//!
//! Lives here: the look-up over `data/countries.txt`. Must not live here: what a country
//! implies; that is a profile's business.

use super::text::{compact, short};
use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../data/countries.txt");

/// Codes and names, compacted, with the code each stands for.
static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut map = HashMap::new();
    for line in TABLE.lines() {
        let mut parts = line.splitn(3, ' ');
        let (Some(two), Some(three), Some(names)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        for name in names.split('|').chain([two, three]) {
            map.insert(compact(name), two);
        }
    }
    map
});

/// The alpha-2 code of a code (two or three letters) or a name.
pub fn code(text: &str) -> Result<&'static str, String> {
    // Nearly every cell of a large file is such a code; folding it as a name costs far more.
    let short_code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
    let found = BY_NAME.get(&if short_code { text.to_ascii_lowercase() } else { compact(text) });
    found.copied().ok_or_else(|| {
        format!("{} is not a country; write its two-letter code, for example GB", short(text, 40))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names() {
        let cases = [
            ("GB", "GB"),
            ("uk", "GB"),
            ("U.K.", "GB"),
            ("United Kingdom", "GB"),
            ("USA", "US"),
            ("united states of america", "US"),
            ("Deutschland", "DE"),
            ("espana", "ES"),
            ("Côte d’Ivoire", "CI"),
            ("no", "NO"),
        ];
        for (text, want) in cases {
            assert_eq!(code(text), Ok(want), "{text}");
        }
        for text in ["", "XX", "Atlantis", "+44"] {
            assert!(code(text).is_err(), "{text}");
        }
        assert_eq!(TABLE.lines().count(), 249);
    }
}
