//! Figures of the whole daemon, measured from outside: `cargo bench -p frontdesk-tests`, all of
//! them or those named after `--`. Each prints a table; a summary in the form of docs/performance.md ends the
//! run. Nothing here passes or fails.

mod bare;
mod console;
mod fill;
mod growth;
mod house;
mod idle;
mod imports;
mod jobs;
mod lead;
mod messages;
mod options;
mod people;
mod process;
mod report;
mod span;
mod streams;
mod table;
mod webhooks;
mod wire;

use anyhow::{Context as _, Result, ensure};
use options::Options;
use table::Summary;

/// Every figure by name.
const FIGURES: &[&str] =
    &["webhooks", "imports", "lead", "streams", "console", "jobs", "messages", "growth", "idle"];

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    // `cargo test --benches` asks for a list; there is nothing to pass or fail.
    if std::env::args().any(|a| a == "--list" || a == "--test") {
        return Ok(());
    }
    if arguments.peek().is_some_and(|a| a == bare::ROLE) {
        let at = arguments.nth(1).context("where to listen")?;
        return bare::serve(at.parse()?).await;
    }
    let options = Options::read(arguments)?;
    for name in &options.figures {
        ensure!(FIGURES.contains(&name.as_str()), "there is no figure {name}, but {}", FIGURES.join(", "));
    }
    println!("{}", process::machine());
    let mut summary = Summary::default();
    for name in FIGURES {
        if !options.figures.is_empty() && !options.figures.iter().any(|f| f == name) {
            continue;
        }
        eprintln!("{name} ({})", process::machine());
        match *name {
            "webhooks" => webhooks::figures(&options, &mut summary).await?,
            "imports" => imports::figures(&mut summary).await?,
            "lead" => lead::figures(&mut summary).await?,
            "streams" => streams::figures(&options, &mut summary).await?,
            "console" => console::figures(&mut summary).await?,
            "jobs" => jobs::figures(&mut summary).await?,
            "messages" => messages::figures(&mut summary).await?,
            "growth" => growth::figures(&options, &mut summary).await?,
            "idle" => idle::figures(&mut summary).await?,
            _ => unreachable!("every figure has an arm"),
        }
    }
    summary.print();
    println!("\n{}", process::machine());
    Ok(())
}
