//! When clients' requests were granted in the last minute, where several daemons count together.

use crate::params;
use crate::{Engine, Error, Result, Tx};
use frontdesk_shared::{ClientId, Millis};
use std::collections::VecDeque;

/// Makes the row of a new client.
///
/// # Errors
/// As the statement fails.
pub fn open(tx: &mut Tx<'_>, client: ClientId) -> Result<()> {
    tx.execute(
        "INSERT INTO rate (client_id, log) VALUES ($1, '') ON CONFLICT (client_id) DO NOTHING",
        params![client],
    )?;
    Ok(())
}

/// The log of a client, its row locked until the transaction ends.
///
/// # Errors
/// As the statements fail.
pub fn lock(tx: &mut Tx<'_>, client: ClientId) -> Result<VecDeque<Millis>> {
    if tx.engine() == Engine::Postgres {
        // Whoever waited for the row sees what its holder wrote. A crash of the server may forget
        // a request that was granted, which is worth no sync to each.
        tx.batch("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
        tx.batch("SET LOCAL synchronous_commit = off")?;
    }
    let log: String = tx.one(
        "INSERT INTO rate (client_id, log) VALUES ($1, '')
         ON CONFLICT (client_id) DO UPDATE SET client_id = excluded.client_id RETURNING log",
        params![client],
        |r| r.get(0),
    )?;
    // Nobody waits for this.
    tx.wrote.any = false;
    read(&log)
}

/// Keeps the log of a client.
///
/// # Errors
/// As the statement fails.
pub fn keep(tx: &mut Tx<'_>, client: ClientId, log: &VecDeque<Millis>) -> Result<()> {
    let text = written(log);
    tx.execute("UPDATE rate SET log = $2 WHERE client_id = $1", params![client, &text])?;
    tx.wrote.any = false;
    Ok(())
}

/// The first instant, then how much later each next one was.
fn written(log: &VecDeque<Millis>) -> String {
    let mut before = 0;
    let mut text = String::with_capacity(log.len() * 4 + 16);
    for at in log {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&(at.0 - before).to_string());
        before = at.0;
    }
    text
}

fn read(text: &str) -> Result<VecDeque<Millis>> {
    let mut before = 0;
    let one = |step: &str| {
        before += step.parse::<i64>().map_err(|e| Error::Database(format!("rate.log: {e}")))?;
        Ok(Millis(before))
    };
    text.split_whitespace().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_reads_back() {
        for log in [vec![], vec![5], vec![1_800_000_000_000, 1_800_000_000_000, 1_800_000_059_999]] {
            let log: VecDeque<Millis> = log.into_iter().map(Millis).collect();
            assert_eq!(read(&written(&log)).unwrap(), log);
        }
        assert!(read("5 x").is_err());
    }
}
