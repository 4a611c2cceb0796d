//! Numbers seen before in the same file, exactly and in bounded memory.
//!
//! Lives here: the set of E.164 numbers and the row each first stood on. Must not live here:
//! duplicates against what is stored.
//!
//! A number of at most 15 digits fits a `u64`, its row a `u32`: 12 bytes a slot, slots at most
//! 7/8 full and grown by a quarter, so 14–17 bytes a number; 1,000,000 numbers take about
//! 16 MiB, and for a moment 30 while the table grows.

/// Most numbers one set takes: at most 330 MiB, and for a moment 600 while it grows.
pub const MAX_NUMBERS: usize = 20_000_000;

/// What is known about a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was not in the file so far.
    New,
    /// It was on an earlier row.
    Before {
        /// That row.
        row: u64,
    },
    /// The text is no E.164 number and was not remembered.
    NotE164,
    /// The set holds its most; the number is not in it and was not remembered.
    Full,
}

/// The numbers of one file.
pub struct SeenPhones {
    seed: u64,
    len: usize,
    keys: Vec<u64>,
    rows: Vec<u32>,
}

impl SeenPhones {
    /// An empty set. `seed` should be unpredictable: a file could be built to collide under a
    /// known one.
    pub fn new(seed: u64) -> Self {
        Self { seed, len: 0, keys: Vec::new(), rows: Vec::new() }
    }

    /// How many numbers are in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Looks a number up and remembers it with its row if it is new. Rows past 2³²−1 are kept
    /// as that.
    pub fn insert(&mut self, e164: &str, row: u64) -> Seen {
        let Some(key) = pack(e164) else { return Seen::NotE164 };
        if !self.keys.is_empty() {
            let at = self.slot(key);
            if self.keys[at] == key {
                return Seen::Before { row: u64::from(self.rows[at]) };
            }
        }
        if self.len >= MAX_NUMBERS {
            return Seen::Full;
        }
        if (self.len + 1) * 8 > self.keys.len() * 7 {
            self.grow();
        }
        let at = self.slot(key);
        self.keys[at] = key;
        self.rows[at] = u32::try_from(row).unwrap_or(u32::MAX);
        self.len += 1;
        Seen::New
    }

    /// The row a number was first on, if it is in the set.
    pub fn row_of(&self, e164: &str) -> Option<u64> {
        let key = pack(e164)?;
        if self.keys.is_empty() {
            return None;
        }
        let at = self.slot(key);
        (self.keys[at] == key).then(|| u64::from(self.rows[at]))
    }

    /// The slot of `key`, or the empty one it would take.
    fn slot(&self, key: u64) -> usize {
        let n = self.keys.len();
        let mixed = u128::from(key ^ self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let hash = (mixed >> 64) as u64 ^ mixed as u64;
        // Scales the hash to the number of slots, which need not be a power of two.
        let mut at = ((u128::from(hash) * n as u128) >> 64) as usize;
        while self.keys[at] != 0 && self.keys[at] != key {
            at += 1;
            if at == n {
                at = 0;
            }
        }
        at
    }

    fn grow(&mut self) {
        let n = (self.keys.len() / 4 * 5).max(1_024);
        let keys = std::mem::replace(&mut self.keys, vec![0; n]);
        let rows = std::mem::replace(&mut self.rows, vec![0; n]);
        for (key, row) in keys.into_iter().zip(rows).filter(|(key, _)| *key != 0) {
            let at = self.slot(key);
            self.keys[at] = key;
            self.rows[at] = row;
        }
    }
}

/// `+447700900123` → 447700900123. No country code begins with 0, so nothing is lost.
fn pack(e164: &str) -> Option<u64> {
    let digits = e164.strip_prefix('+')?;
    let fits = (3..=15).contains(&digits.len()) && !digits.starts_with('0');
    if fits && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_is_remembered() {
        let mut seen = SeenPhones::new(7);
        assert!(seen.is_empty());
        assert_eq!(seen.insert("+447700900123", 2), Seen::New);
        assert_eq!(seen.insert("+15550102222", 3), Seen::New);
        assert_eq!(seen.insert("+447700900123", 9), Seen::Before { row: 2 });
        for wrong in ["07700900123", "+0123", "+", "+44x700900123", "+1234567890123456", ""] {
            assert_eq!(seen.insert(wrong, 1), Seen::NotE164, "{wrong}");
        }
        assert_eq!(seen.len(), 2);
        assert_eq!((seen.row_of("+15550102222"), seen.row_of("+15550102223")), (Some(3), None));
        assert_eq!(SeenPhones::new(1).row_of("+15550102222"), None);
    }

    #[test]
    fn many_numbers_stay_exact() {
        for seed in [0, u64::MAX, 0x1234_5678_9ABC_DEF0] {
            let mut seen = SeenPhones::new(seed);
            for i in 0..100_000u64 {
                assert_eq!(seen.insert(&format!("+4477{:08}", i * 37), i + 2), Seen::New);
            }
            for i in 0..100_000u64 {
                assert_eq!(seen.insert(&format!("+4477{:08}", i * 37), 1), Seen::Before { row: i + 2 });
            }
            assert_eq!(seen.len(), 100_000);
            assert!(seen.keys.len() < 180_000);
        }
    }
}
