//! Imports: rows a second with every check, consent, plan and event stored, beside the parsing
//! of the same phone numbers alone.

use crate::house::{CLIENT, House, KEY, Meter};
use crate::people;
use crate::process;
use crate::span::Watch;
use crate::table::{Summary, Table, whole};
use crate::wire::Wire;
use anyhow::{Context as _, Result, ensure};
use frontdesk_domain::phone;
use serde_json::Value;

const ROWS: u64 = 100_000;

/// Measures it.
pub async fn figures(summary: &mut Summary) -> Result<()> {
    let mut table = Table::new(
        "Import",
        "what | rows | seconds | rows per s | server CPU s | server MiB at most | share of parsing",
    );
    phone::warm_up();
    let numbers: Vec<String> = (0..ROWS).map(people::number).collect();
    let watch = Watch::start();
    let valid = numbers.iter().filter(|n| phone::normalise(n, Some("GB")).is_ok()).count();
    let (seconds, parsing) = (watch.seconds(), numbers.len() as f64 / watch.seconds());
    ensure!(valid == numbers.len(), "only {valid} of the numbers are valid");
    let mut cells = vec!["phone numbers parsed, one thread".to_owned(), whole(ROWS as f64)];
    cells.extend([format!("{seconds:.2}"), whole(parsing), String::new(), String::new(), String::new()]);
    table.row(&cells);

    let house = House::empty().await?;
    let daemon = house.start().await;
    let meter = Meter::of(daemon.pid())?;
    let (seconds, answer) = import(&house, people::csv(0, ROWS)).await?;
    let accepted = answer["accepted"].as_u64().unwrap_or(0);
    ensure!(accepted == ROWS, "accepted {accepted}");
    let rate = ROWS as f64 / seconds;
    let most = process::memory(daemon.pid())?.1;
    table.row(&[
        "frontdesk, stored with consent, verdict and plan".into(),
        whole(ROWS as f64),
        format!("{seconds:.2}"),
        whole(rate),
        format!("{:.1}", meter.cpu()?),
        whole(most),
        format!("{:.2}", rate / parsing),
    ]);
    daemon.terminate().await;
    let beside = format!("parsing the numbers alone {}", whole(parsing));
    summary.add("import, rows/s with every check stored", whole(rate), &beside, Some(rate / parsing));
    table.print();
    Ok(())
}

/// Imports a file over HTTP; seconds until the answer, and the answer.
pub async fn import(house: &House, file: Vec<u8>) -> Result<(f64, Value)> {
    let mut wire = Wire::open(house.at).await?;
    wire.patient();
    let headers = format!("X-API-Key: {KEY}\r\nContent-Type: text/csv\r\n");
    let watch = Watch::start();
    let status = wire.call("POST", &format!("/api/import-leads/{CLIENT}"), &headers, &file).await?;
    let seconds = watch.seconds();
    let answer = String::from_utf8_lossy(wire.body()).into_owned();
    ensure!((200..300).contains(&status), "the import was answered {status}: {answer}");
    Ok((seconds, serde_json::from_str(&answer).context("the import's answer")?))
}
