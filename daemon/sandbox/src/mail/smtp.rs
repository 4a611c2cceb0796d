//! The fake mail server: SMTP on loopback, without TLS, delivering nothing.
//!
//! Must not live here: what a command means (`dialogue`).

use super::MAX_MESSAGE;
use super::dialogue::{Account, Dialogue, Next};
use super::mailroom::Mailroom;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest command read.
const MAX_LINE: usize = 4_096;
/// A silent client is hung up on.
const PATIENCE: Duration = Duration::from_secs(300);

/// The fake itself.
pub struct SmtpSandbox;

/// Controls of a running fake. Clones share it.
#[derive(Clone)]
pub struct SmtpHandle {
    /// What it took.
    pub room: Mailroom,
    address: SocketAddr,
    account: Option<Account>,
    tasks: TaskTracker,
}

impl SmtpSandbox {
    /// Serves on a bound listener until the token is cancelled. With a login, only that account
    /// may send; without one, anybody may.
    ///
    /// # Errors
    /// A listener without an address.
    pub fn serve(
        listener: TcpListener,
        login: Option<(String, String)>,
        room: Mailroom,
        shutdown: CancellationToken,
    ) -> io::Result<SmtpHandle> {
        let account = login.map(|(user, password)| Account { user, password });
        let handle = SmtpHandle { room, address: listener.local_addr()?, account, tasks: TaskTracker::new() };
        let server = handle.clone();
        handle.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = shutdown.cancelled() => break,
                };
                match accepted {
                    Ok((stream, _)) => {
                        let dialogue = Dialogue::new(server.account.clone(), server.room.clone());
                        let shutdown = shutdown.clone();
                        server.tasks.spawn(async move {
                            tokio::select! {
                                // A client that goes away is no event.
                                _ = converse(stream, dialogue) => {}
                                () = shutdown.cancelled() => {}
                            }
                        });
                    }
                    // Out of descriptors, as a rule: let the others finish.
                    Err(error) => {
                        tracing::warn!(%error, "sandbox: a mail connection could not be accepted");
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
        handle.tasks.close();
        Ok(handle)
    }
}

impl SmtpHandle {
    /// What a daemon must be told: `smtp://user:password@127.0.0.1:…`.
    pub fn url(&self) -> String {
        match &self.account {
            Some(account) => {
                format!("smtp://{}:{}@{}", escaped(&account.user), escaped(&account.password), self.address)
            }
            None => format!("smtp://{}", self.address),
        }
    }

    /// Waits until the server and its conversations have ended, after its token was cancelled.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

async fn converse(stream: TcpStream, mut dialogue: Dialogue) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut next = Next::Reply(Dialogue::greeting().to_owned());
    loop {
        let (answer, message) = match &next {
            Next::Reply(answer) => (answer, false),
            Next::Message(answer) => (answer, true),
            Next::End(answer) => {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
                return stream.shutdown().await;
            }
            Next::Hangup => return Ok(()),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        let heard = if message { content(&mut stream).await? } else { line(&mut stream, MAX_LINE).await? };
        let Some(heard) = heard else { return Ok(()) };
        next = match message {
            true => dialogue.message(&heard),
            false => dialogue.line(String::from_utf8_lossy(&heard).trim_end_matches(['\r', '\n'])),
        };
    }
}

/// A line with its ending; `None` at the end of the stream. What is longer than `cap` is read
/// and cut.
async fn line(stream: &mut (impl AsyncBufRead + Unpin), cap: usize) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let heard = timeout(PATIENCE, stream.fill_buf()).await.map_err(|_| io::ErrorKind::TimedOut)??;
        if heard.is_empty() {
            return Ok(None);
        }
        let end = heard.iter().position(|b| *b == b'\n').map(|at| at + 1);
        let read = end.unwrap_or(heard.len());
        let room = cap.saturating_sub(line.len()).min(read);
        line.extend_from_slice(&heard[..room]);
        stream.consume(read);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

/// A message up to its last line, dots put right (RFC 5321, 4.5.2). One that is too long is
/// read to its end and comes out longer than allowed by a byte.
async fn content(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    loop {
        let Some(line) = line(stream, MAX_MESSAGE + 1).await? else { return Ok(None) };
        match line.as_slice() {
            b".\r\n" => {
                message.truncate(MAX_MESSAGE + 1);
                return Ok(Some(message));
            }
            line if message.len() <= MAX_MESSAGE => {
                message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            }
            _ => {}
        }
    }
}
