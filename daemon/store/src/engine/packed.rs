//! Bytes kept compressed: bodies of webhooks, which say most things two or three times.
//!
//! Not here: which columns hold such bytes.

use crate::{Error, Result};

/// More than any body the server takes. A larger number in the database is damage, not a size.
const MOST: usize = 64 << 20;

/// Compressed bytes, and how many they were.
#[derive(Clone, Debug)]
pub struct Packed {
    /// An LZ4 block.
    pub block: Vec<u8>,
    /// Bytes of the original.
    pub size: usize,
}

impl Packed {
    /// Compresses; some microseconds for a usual body, so not to be done by the store's writer.
    pub fn of(raw: &[u8]) -> Self {
        Self { block: lz4_flex::block::compress(raw), size: raw.len() }
    }
}

/// The original of a block.
///
/// # Errors
/// [`Error::Database`] when block and size do not belong together.
pub fn unpack(block: &[u8], size: i64) -> Result<Vec<u8>> {
    let damaged = |why: String| Error::Database(format!("a compressed body is damaged: {why}"));
    let size = usize::try_from(size).ok().filter(|n| *n <= MOST);
    let size = size.ok_or_else(|| damaged("its size is impossible".into()))?;
    let raw = lz4_flex::block::decompress(block, size).map_err(|e| damaged(e.to_string()))?;
    if raw.len() == size { Ok(raw) } else { Err(damaged(format!("{} bytes instead of {size}", raw.len()))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_damage_is_told() {
        let long = br#"{"role":"user","message":"Hello?"},"#.repeat(200);
        for raw in [&b""[..], b"{}", &long] {
            let packed = Packed::of(raw);
            let size = i64::try_from(packed.size).unwrap();
            assert_eq!(unpack(&packed.block, size).unwrap(), raw);
            assert!(unpack(&packed.block, size + 1).is_err());
            assert!(unpack(&packed.block, -1).is_err() && unpack(&packed.block, i64::MAX).is_err());
        }
        let packed = Packed::of(&long);
        assert!(packed.block.len() * 10 < long.len());
        assert!(unpack(&packed.block[1..], i64::try_from(long.len()).unwrap()).is_err());
    }
}
