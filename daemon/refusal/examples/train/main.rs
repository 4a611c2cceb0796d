//! Makes the model from the corpus, and says how well it hears.
//!
//! `cargo run --release -p frontdesk-refusal --example train` writes `data/model.bin` and
//! `FIGURES.md`. The same corpus makes the same bytes on every machine.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

mod corpus;
mod figures;
mod files;
mod learn;
mod validate;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match train() {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn train() -> Result<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = corpus::seeds()?;
    let grower = corpus::Grower::new()?;
    let examples = learn::examples(&seeds, &grower);
    let mut folds = validate::Folds::new(&seeds, &examples, &grower, 4);
    let thresholds = folds.choose();
    let model = learn::learn(&examples.iter().collect::<Vec<_>>(), files::hash()?, thresholds);
    let figures = figures::write(&seeds, &examples, &mut folds, &model)?;
    let save = |path: &str, bytes: &[u8]| {
        std::fs::write(folder.join(path), bytes).map_err(|e| format!("{path}: {e}"))
    };
    save("data/model.bin", &model.bytes())?;
    save("FIGURES.md", figures.as_bytes())?;
    Ok(figures)
}
