//! Files of people to import: fictional numbers, consent in every row.

use std::fmt::Write as _;

/// A number in one of the usual spellings of a British mobile; different for every `n`.
pub fn number(n: u64) -> String {
    let (head, tail) = (n / 1_000_000 % 100, n % 1_000_000);
    match n % 4 {
        0 => format!("074{head:02} {tail:06}"),
        1 => format!("+4474{head:02}{tail:06}"),
        2 => format!("0044 74{head:02} {:03} {:03}", tail / 1000, tail % 1000),
        _ => format!("(074{head:02}) {:03}-{:03}", tail / 1000, tail % 1000),
    }
}

/// A CSV file of `count` people.
pub fn csv(from: u64, count: u64) -> Vec<u8> {
    let mut file = String::from("name,phone,consent_channels,consent_text,consent_at\n");
    for n in from..from + count {
        let _ = writeln!(file, "Lead {n},{},ai_voice,Call me about my enquiry,2026-01-05", number(n));
    }
    file.into_bytes()
}
