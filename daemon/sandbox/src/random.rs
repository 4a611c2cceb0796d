//! Repeatable randomness: a splitmix64 stream and ids that look like the vendor's.
//!
//! Nothing here is fit for a secret. The same seed gives the same numbers on every machine.

/// A splitmix64 generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// A stream that depends on the seed alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream that depends on the seed and on a text, so that one call's choices do not move
    /// when another call is placed before it.
    pub fn of(seed: u64, text: &str) -> Self {
        let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(scramble(hash))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        scramble(self.0)
    }

    /// A number in `0..limit`; 0 when the limit is 0. The bias of the remainder is below 2⁻³²
    /// for every limit the sandbox uses.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.bits() % limit }
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        ((self.bits() >> 11) as f64 / (1u64 << 53) as f64) < probability
    }

    /// One of the items; `None` only for an empty slice.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// A random-looking UUID (version 4).
    pub fn uuid4(&mut self) -> String {
        uuid(self.bits(), self.bits(), 4)
    }

    /// A UUID that starts with the time (version 7), as the vendor's call ids do.
    pub fn uuid7(&mut self, ms: i64) -> String {
        let time = (ms.max(0) as u64) << 16;
        uuid(time | (self.bits() & 0xffff), self.bits(), 7)
    }

    /// `bytes` random bytes in hexadecimal.
    pub fn hex(&mut self, bytes: usize) -> String {
        let mut out = String::with_capacity(bytes * 2 + 16);
        while out.len() < bytes * 2 {
            out.push_str(&format!("{:016x}", self.bits()));
        }
        out.truncate(bytes * 2);
        out
    }
}

fn uuid(high: u64, low: u64, version: u64) -> String {
    let high = (high & !0xf000) | (version << 12);
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// True for the canonical form of a UUID of any version.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_splitmix64() {
        let mut random = Random::new(1_234_567);
        assert_eq!(random.bits(), 6_457_827_717_110_365_317);
        assert_eq!(random.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn ids_have_the_form_of_uuids_and_carry_time() {
        let mut random = Random::new(7);
        let (four, seven) = (random.uuid4(), random.uuid7(1_767_225_600_000));
        assert!(is_uuid(&four) && is_uuid(&seven), "{four} {seven}");
        assert_eq!(&four[14..15], "4");
        assert_eq!(&seven[14..15], "7");
        assert!(random.uuid7(1_767_225_600_001) > seven);
        assert!(!is_uuid("x") && !is_uuid(&four.replace('-', "0")));
    }

    #[test]
    fn a_text_selects_a_stream_of_its_own() {
        assert_eq!(Random::of(1, "+14155550100").bits(), Random::of(1, "+14155550100").bits());
        assert_ne!(Random::of(1, "+14155550100").bits(), Random::of(1, "+14155550101").bits());
        assert_ne!(Random::of(1, "+14155550100").bits(), Random::of(2, "+14155550100").bits());
    }

    #[test]
    fn a_chance_of_zero_never_and_of_one_always() {
        let mut random = Random::new(3);
        assert!((0..1_000).all(|_| !random.chance(0.0) && random.chance(1.0)));
    }
}
