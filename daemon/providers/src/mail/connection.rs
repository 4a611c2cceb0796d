//! One conversation with a mail server, command by command, so that it is known at every point
//! whether the message can have been taken.
//!
//! lettre's own `send` is not used: its error for a connection lost after the message is the
//! same as for one lost before. Must not live here: the pool, what a refusal means.

use super::class::{Class, No, Stage};
use super::compose::Composed;
use super::line_stream::LineStream;
use super::settings::Deadlines;
use crate::http::redact;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use std::error::Error as StdError;
use std::fmt::Display;
use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How long a kept connection may take to say that it is there.
const ALIVE: Duration = Duration::from_secs(5);

/// How a conversation went wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server, or we, said no: not sent.
    No(No),
    /// The connection ended before the message was out: not sent.
    Lost(String),
    /// The whole message was handed over, and no answer came.
    Unknown(String),
}

/// How the connection is protected, with what that needs.
#[derive(Clone)]
pub(super) enum Protection {
    Implicit(TlsParameters),
    Starttls(TlsParameters),
    None,
}

/// Everything a conversation is opened with.
pub(super) struct Door {
    pub host: String,
    pub port: u16,
    pub protection: Protection,
    pub login: Option<(Vec<Mechanism>, Credentials)>,
    pub hello: ClientId,
    pub deadlines: Deadlines,
}

/// An open and logged-in conversation.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    deadlines: Deadlines,
    /// Messages it has carried; servers end a conversation after some tens.
    pub carried: u32,
}

impl Door {
    /// Connects, protects the connection and logs in. Nothing of a message is sent.
    pub(super) async fn open(&self) -> Result<Connection, Trouble> {
        let deadlines = self.deadlines;
        let mut smtp = match &self.protection {
            Protection::Implicit(tls) => {
                let (server, tls) = ((self.host.as_str(), self.port), Some(tls.clone()));
                let connect = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, tls, None);
                within(deadlines.connect, Stage::Greeting, connect).await?
            }
            Protection::Starttls(_) | Protection::None => self.open_plain().await?,
        };
        if let Protection::Starttls(tls) = &self.protection {
            if !smtp.can_starttls() {
                return Err(Trouble::No(No::ours(Class::Tls, "the server does not offer STARTTLS")));
            }
            let upgrade = smtp.starttls(tls.clone(), &self.hello);
            within(deadlines.connect, Stage::Greeting, upgrade).await?;
        }
        if let Some((mechanisms, credentials)) = &self.login {
            if smtp.server_info().get_auth_mechanism(mechanisms).is_none() {
                let why = "the server does not offer our way of logging in";
                return Err(Trouble::No(No::ours(Class::Login, why)));
            }
            within(deadlines.command, Stage::Auth, smtp.auth(mechanisms, credentials)).await?;
        }
        Ok(Connection { smtp, deadlines, carried: 0 })
    }

    async fn open_plain(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let limit = self.deadlines.connect;
        let stream = match timeout(limit, LineStream::connect(&self.host, self.port)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Trouble::Lost(redact(&format!("no connection: {error}")))),
            Err(_) => return Err(timed_out(limit)),
        };
        let greet = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello);
        within(limit, Stage::Greeting, greet).await
    }
}

impl Connection {
    /// Hands one message over; the server's words on taking it.
    pub(super) async fn carry(&mut self, composed: &Composed) -> Result<String, Trouble> {
        self.carried += 1;
        self.command(Stage::Sender, Mail::new(Some(composed.from.clone()), Vec::new())).await?;
        self.command(Stage::Recipient, Rcpt::new(composed.to.clone(), Vec::new())).await?;
        self.command(Stage::Content, Data).await?;
        // The iterator is asked for a second piece only after the first has been written whole,
        // and the line that ends a message is written after that: until then the server has an
        // unfinished message, which it must forget when the connection ends (RFC 5321, 4.1.1.4).
        let is_written = AtomicBool::new(false);
        let end = iter::from_fn(|| {
            is_written.store(true, Ordering::Relaxed);
            None
        });
        let pieces = iter::once(composed.bytes.as_slice()).chain(end);
        let sent = within(self.deadlines.content, Stage::Content, self.smtp.message_iter(pieces)).await;
        match sent {
            Ok(response) => Ok(said(&response)),
            Err(Trouble::Lost(why)) if is_written.load(Ordering::Relaxed) => Err(Trouble::Unknown(why)),
            Err(trouble) => Err(trouble),
        }
    }

    /// Whether the other side is still there.
    pub(super) async fn is_alive(&mut self) -> bool {
        // Where a router forgot the connection nobody answers, and a new one is the better bet.
        let limit = self.deadlines.command.min(ALIVE);
        within(limit, Stage::Greeting, self.smtp.command(Noop)).await.is_ok()
    }

    /// Forgets a message that was refused, so that another can follow.
    pub(super) async fn reset(&mut self) -> bool {
        self.command(Stage::Greeting, Rset).await.is_ok()
    }

    /// Ends the conversation politely.
    pub(super) async fn quit(mut self) {
        let _ = self.command(Stage::Greeting, Quit).await;
    }

    async fn command(&mut self, stage: Stage, command: impl Display + Send) -> Result<Response, Trouble> {
        within(self.deadlines.command, stage, self.smtp.command(command)).await
    }
}

/// An answer within a time.
async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Trouble> {
    match timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(trouble(stage, &error)),
        Err(_) => Err(timed_out(limit)),
    }
}

fn timed_out(limit: Duration) -> Trouble {
    Trouble::Lost(format!("timed out after {} ms", limit.as_millis()))
}

fn trouble(stage: Stage, error: &Error) -> Trouble {
    if let Some(code) = error.status() {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        return Trouble::No(No::said(stage, code.into(), words));
    }
    if error.is_tls() || is_tls(error) {
        return Trouble::No(No::ours(Class::Tls, chain(error)));
    }
    // Only logging in leaves an error of this kind: a challenge nobody knows.
    if error.is_client() && stage == Stage::Auth {
        return Trouble::No(No::ours(Class::Login, chain(error)));
    }
    Trouble::Lost(redact(&chain(error)))
}

/// Whether TLS itself failed, as against the connection under it. lettre calls both a
/// connection error; waiting helps only with the second.
fn is_tls(error: &Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        // An IO error hides what it wraps from `source`.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || matches!(wrapped, Some(inner) if inner.is::<rustls::Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Outer errors print their cause already.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

fn said(response: &Response) -> String {
    redact(&response.message().collect::<Vec<_>>().join(" "))
}
