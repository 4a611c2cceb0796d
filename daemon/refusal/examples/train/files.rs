//! The files a model is made from.

use std::path::Path;

/// Sentences. The unseen ones are not among them.
pub(crate) const SENTENCES: [&str; 10] = [
    "refuse.tsv",
    "harmless.tsv",
    "objections.tsv",
    "others.tsv",
    "de.tsv",
    "es.tsv",
    "fr.tsv",
    "it.tsv",
    "pl.tsv",
    "pt.tsv",
];
/// What sentences are read and grown with.
const READING: [&str; 4] = ["slots.tsv", "words.tsv", "spellings.tsv", "acts.tsv"];

/// The text of a file of the corpus.
pub(crate) fn text(name: &str) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    std::fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))
}

/// Changes when anything that a model is made from does.
pub(crate) fn hash() -> Result<u64, String> {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for name in SENTENCES.iter().chain(&READING) {
        for byte in text(name)?.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(hash)
}
