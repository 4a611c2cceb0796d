//! What a text costs: its coding, its units and the segments a carrier cuts it into; and the
//! spelling that costs least without changing what a person reads.
//!
//! The alphabet and its extension are those of 3GPP TS 23.038 (GSM 7-bit default); one segment
//! holds 140 octets, a part of several gives six of them to its header. Count what is sent, after
//! the variables are filled in. Not here: templates, prices, the provider's own count.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Characters a provider takes in one message at most (Twilio refuses more with 21617).
pub const LONGEST: usize = 1_600;

/// Septets of a message of one segment, and of each part of several.
const GSM: (usize, usize) = (160, 153);
/// UTF-16 units of a message of one segment, and of each part of several.
const UCS2: (usize, usize) = (70, 67);

/// How a text is put into octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// The GSM 7-bit alphabet.
    Gsm7,
    /// UTF-16, as soon as one character is not in the alphabet.
    Ucs2,
}

/// What a text comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The coding of the whole text.
    pub coding: Coding,
    /// Septets or UTF-16 units, without what is left empty at the end of parts.
    pub units: usize,
    /// Messages the carrier bills; 0 for no text.
    pub segments: usize,
}

/// Counts a text as it would be sent.
pub fn count(text: &str) -> Segments {
    let costs: Option<Vec<usize>> = text.chars().map(septets).collect();
    match costs {
        Some(costs) => cut(Coding::Gsm7, &costs, GSM),
        None => cut(Coding::Ucs2, &text.chars().map(char::len_utf16).collect::<Vec<_>>(), UCS2),
    }
}

/// Whether a text is longer than a provider takes.
pub fn is_too_long(text: &str) -> bool {
    text.chars().nth(LONGEST).is_some()
}

/// The text in composed form, with quotes, dashes and spaces that only look finer replaced by the
/// alphabet's own. Letters are never changed: a name is written as its owner writes it.
pub fn plain(text: &str) -> String {
    // Composed before, because some look-alikes have another spelling; and after, because what was
    // between a letter and its accent may be gone.
    let mut chars = text.nfc().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '’' | '‘' | '‛' | '′' | '`' | '´' => out.push('\''),
            '“' | '”' | '„' | '‟' | '″' => out.push('"'),
            '–' | '—' | '‐' | '‑' | '‒' | '―' | '−' | '•' => out.push('-'),
            '…' => out.push_str("..."),
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\t' => out.push(' '),
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            c => out.push(c),
        }
    }
    if is_nfc(&out) { out } else { out.nfc().collect() }
}

/// Parts, no character cut in two.
fn cut(coding: Coding, costs: &[usize], (single, part): (usize, usize)) -> Segments {
    let units = costs.iter().sum();
    let segments = match units {
        0 => 0,
        n if n <= single => 1,
        _ => {
            let (mut parts, mut used) = (1, 0);
            for cost in costs {
                if used + cost > part {
                    parts += 1;
                    used = 0;
                }
                used += cost;
            }
            parts
        }
    };
    Segments { coding, units, segments }
}

/// What a character takes in the GSM alphabet; `None` where it is not in it.
fn septets(c: char) -> Option<usize> {
    match c {
        ' '..='Z' | 'a'..='z' | '\n' | '\r' | '_' => Some(1),
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Δ' | 'Φ' | 'Γ' | 'Λ'
        | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' | 'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü'
        | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Coding::{Gsm7, Ucs2};
    use super::*;

    #[track_caller]
    fn holds(text: &str, coding: Coding, units: usize, segments: usize) {
        assert_eq!(count(text), Segments { coding, units, segments });
    }

    #[test]
    fn g_the_alphabet() {
        holds(&"a".repeat(160), Gsm7, 160, 1);
        holds(&"a".repeat(161), Gsm7, 161, 2);
        holds(&"a".repeat(306), Gsm7, 306, 2);
        holds(&"a".repeat(307), Gsm7, 307, 3);
        holds(&"é".repeat(160), Gsm7, 160, 1);
        holds(&"Ç".repeat(160), Gsm7, 160, 1);
        holds("", Gsm7, 0, 0);
        holds("@£$¥!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà_ΔΦΓΛΩΠΨΣΘΞ", Gsm7, 48, 1);
    }

    #[test]
    fn g1_the_extension_counts_two_and_is_not_cut() {
        holds(&"€".repeat(80), Gsm7, 160, 1);
        holds(&"€".repeat(81), Gsm7, 162, 2);
        holds("^{}\\[]~|€", Gsm7, 18, 1);
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        holds(&text, Gsm7, 306, 3);
        // Nothing is doubled once one character is outside the alphabet.
        holds(&format!("{}∞", "{".repeat(69)), Ucs2, 70, 1);
    }

    #[test]
    fn g_small_letters_that_are_not_in_the_alphabet() {
        holds(&"ç".repeat(71), Ucs2, 71, 2);
        for c in ["ç", "ê", "á", "í", "ó", "ú", "ë", "`", "’"] {
            holds(c, Ucs2, 1, 1);
        }
        holds(&"ê".repeat(70), Ucs2, 70, 1);
        holds(&"ê".repeat(71), Ucs2, 71, 2);
        holds(&"ê".repeat(134), Ucs2, 134, 2);
        holds(&"ê".repeat(135), Ucs2, 135, 3);
    }

    #[test]
    fn g_one_fine_quote_costs_two_segments() {
        for c in ['’', '`'] {
            holds(&format!("{}{c}", "a".repeat(159)), Ucs2, 160, 3);
        }
        holds(&format!("{}\u{a0}", "a".repeat(100)), Ucs2, 101, 2);
        holds(&plain(&format!("{}’", "a".repeat(159))), Gsm7, 160, 1);
    }

    #[test]
    fn g2_emoji_count_two_and_are_not_cut() {
        holds(&"😀".repeat(35), Ucs2, 70, 1);
        holds(&"😀".repeat(36), Ucs2, 72, 2);
        holds(&format!("{}😀{}", "ê".repeat(66), "ê".repeat(66)), Ucs2, 134, 3);
    }

    #[test]
    fn g_line_ends_count() {
        holds(&format!("{}\r\n", "a".repeat(159)), Gsm7, 161, 2);
        holds(&plain(&format!("{}\r\n", "a".repeat(159))), Gsm7, 160, 1);
    }

    #[test]
    fn g5_the_longest_message() {
        holds(&"a".repeat(1600), Gsm7, 1600, 11);
        holds(&"ê".repeat(1600), Ucs2, 1600, 24);
        assert!(!is_too_long(&"ê".repeat(LONGEST)));
        assert!(is_too_long(&"ê".repeat(LONGEST + 1)));
    }

    #[test]
    fn g3_look_alikes_are_replaced_and_names_are_not() {
        let fine = "“Zoë’s” visit – or call… at\u{202f}10\u{a0}Uhr\u{2028}next\u{200b}line\r\nend";
        assert_eq!(plain(fine), "\"Zoë's\" visit - or call... at 10 Uhr\nnextline\nend");
        for name in ["Zoë", "Siân", "Łukasz", "Nuñez", "Ōno", "이준", "Jan 😀"] {
            assert_eq!(plain(name), name);
        }
    }

    #[test]
    fn g3_composed_letters_cost_less() {
        assert_eq!(count("e\u{301}").coding, Ucs2);
        assert_eq!(plain("Ren\u{65}\u{301}"), "René");
        holds(&plain("e\u{301}"), Gsm7, 1, 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_counted_and_plain_stays_plain(text in "\\PC{0,400}") {
            let all = count(&text);
            proptest::prop_assert_eq!(all.segments == 0, text.is_empty());
            let once = plain(&text);
            proptest::prop_assert_eq!(&plain(&once), &once);
            proptest::prop_assert!(count(&once).segments <= all.segments.max(1) * 3);
        }
    }
}
