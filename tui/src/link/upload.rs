//! Sending a file, a chunk at a time, and waiting for its verdict. Holds one chunk in memory.

use super::connect::context;
use super::{Progress, request::rpc_error};
use crate::{backoff, clock};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use frontdesk_shared::ImportId;
use frontdesk_shared::import::{ImportSpec, ImportStatus};
use frontdesk_shared::rpc::{ConsoleClient, IMPORT_CHUNK_BYTES, ImportReport, RpcError};
use std::path::Path;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// How long a chunk may take, and the question whether all is judged.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pause between two looks at a file being judged: short at first, since most files are small.
const LOOK_FIRST: Duration = Duration::from_millis(50);
const LOOK_LONGEST: Duration = Duration::from_secs(1);
/// How often a chunk is sent again before giving up.
const TRIES: u32 = 6;

/// Sends a file and waits until every row has its verdict, telling on the way.
pub async fn send(
    client: &ConsoleClient,
    path: &Path,
    spec: ImportSpec,
    tell: impl Fn(Progress),
) -> Result<ImportReport, String> {
    let unreadable = |e: std::io::Error| format!("{} cannot be read: {e}", path.display());
    let mut file = File::open(path).await.map_err(unreadable)?;
    let about = file.metadata().await.map_err(unreadable)?;
    if about.is_dir() {
        return Err(format!("{} is a directory", path.display()));
    }
    let import = answer(client.import_begin(context(PATIENCE), spec).await)?;
    let mut chunk = vec![0; IMPORT_CHUNK_BYTES];
    let mut offset = 0;
    loop {
        let filled = fill(&mut file, &mut chunk).await.map_err(unreadable)?;
        if filled == 0 {
            break;
        }
        send_chunk(client, import, offset, STANDARD.encode(&chunk[..filled])).await?;
        offset += filled as u64;
        tell(Progress::Sent(offset, about.len().max(offset)));
    }
    drop(chunk);
    let row = answer(client.import_commit(context(PATIENCE), import).await)?;
    tell(Progress::Judged(row));
    judged(client, import, tell).await
}

/// Waits until the daemon has judged every row.
async fn judged(
    client: &ConsoleClient,
    import: ImportId,
    tell: impl Fn(Progress),
) -> Result<ImportReport, String> {
    let mut pause = LOOK_FIRST;
    loop {
        let report = answer(client.import_report(context(PATIENCE), import).await)?;
        match report.import.status {
            ImportStatus::Done | ImportStatus::Undoing | ImportStatus::Undone => return Ok(report),
            ImportStatus::Failed => return Err(format!("the import failed: {}", report.import.note)),
            ImportStatus::Receiving | ImportStatus::Running => tell(Progress::Judged(report.import)),
        }
        clock::sleep(pause).await;
        pause = (pause * 2).min(LOOK_LONGEST);
    }
}

async fn fill(file: &mut File, chunk: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < chunk.len() {
        match file.read(&mut chunk[filled..]).await? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// Sends one chunk, again where the daemon says that it may work later: a repeated chunk
/// changes nothing.
async fn send_chunk(
    client: &ConsoleClient,
    import: ImportId,
    offset: u64,
    base64: String,
) -> Result<(), String> {
    let mut attempt = 0;
    loop {
        match client.import_chunk(context(PATIENCE), import, offset, base64.clone()).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(e)) if e.retryable && attempt + 1 < TRIES => {
                clock::sleep(backoff::delay(attempt, u64::MAX)).await;
                attempt += 1;
            }
            Ok(Err(e)) => return Err(e.text),
            Err(e) => return Err(rpc_error(&e).text),
        }
    }
}

fn answer<T>(answer: Result<Result<T, RpcError>, tarpc::client::RpcError>) -> Result<T, String> {
    answer.map_err(|e| rpc_error(&e).text)?.map_err(|e| e.text)
}
