//! Opening a connection: socket, frames, hello, and whether both sides speak the same protocol.

use crate::clock;
use crate::socket::MAX_PATH_BYTES;
use frontdesk_shared::rpc::{ClientInfo, ConsoleClient, MAX_FRAME_BYTES, PROTOCOL, ServerInfo};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tarpc::context::Context;
use tarpc::tokio_serde::formats::Json;
use tokio::task::JoinHandle;

/// This console's build.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");
/// How long the daemon may take to say hello.
const HELLO: Duration = Duration::from_secs(5);

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    /// To ask with.
    pub client: ConsoleClient,
    /// Who answers.
    pub info: ServerInfo,
    /// Ends when the connection does.
    pub ended: JoinHandle<()>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The socket's path is longer than a socket's path can be.
    #[error("the socket's path is longer than {MAX_PATH_BYTES} bytes: {}", .0.display())]
    PathTooLong(PathBuf),
    /// Nobody listens.
    #[error("no daemon answers at {} ({why})", .path.display())]
    NoDaemon {
        /// The socket.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The socket is not for this user.
    #[error(
        "{} may be opened by its owner and group only: ask for the group frontdesk or frontdesk-admin",
        .0.display()
    )]
    NotAllowed(PathBuf),
    /// Somebody listens and does not say hello.
    #[error("the daemon did not say hello: {0}")]
    NoHello(String),
    /// It refused us.
    #[error("the daemon refused the connection: {0}")]
    Refused(String),
    /// It speaks another protocol.
    #[error(
        "the daemon (build {build}) speaks protocol {theirs}, this console (build {BUILD}) speaks {PROTOCOL}: {}",
        advice(*theirs)
    )]
    Protocol {
        /// The daemon's protocol.
        theirs: u32,
        /// The daemon's build.
        build: String,
    },
}

fn advice(theirs: u32) -> &'static str {
    if theirs > PROTOCOL { "update this console" } else { "restart the daemon with its new build" }
}

/// Connects and says hello.
pub async fn connect(path: &Path, read_only: bool) -> Result<Connection, ConnectError> {
    if path.as_os_str().len() > MAX_PATH_BYTES {
        return Err(ConnectError::PathTooLong(path.to_owned()));
    }
    let mut connecting = tarpc::serde_transport::unix::connect(path, Json::default);
    connecting.config_mut().max_frame_length(MAX_FRAME_BYTES);
    let transport = connecting.await.map_err(|e| match e.kind() {
        ErrorKind::PermissionDenied => ConnectError::NotAllowed(path.to_owned()),
        _ => ConnectError::NoDaemon { path: path.to_owned(), why: in_words(&e) },
    })?;
    let new = ConsoleClient::new(tarpc::client::Config::default(), transport);
    let dispatch = new.dispatch;
    let ended = tokio::spawn(async move {
        let _ = dispatch.await;
    });
    let hello = ClientInfo { protocol: PROTOCOL, build: BUILD.to_owned(), read_only };
    let info = match new.client.hello(context(HELLO), hello).await {
        Ok(Ok(info)) => info,
        Ok(Err(refusal)) => return Err(ConnectError::Refused(refusal.text)),
        Err(e) => return Err(ConnectError::NoHello(e.to_string())),
    };
    if info.protocol != PROTOCOL {
        return Err(ConnectError::Protocol { theirs: info.protocol, build: info.build });
    }
    Ok(Connection { client: new.client, info, ended })
}

/// A request that must be over after `wait`. The library's own deadline is ten seconds.
#[must_use]
pub fn context(wait: Duration) -> Context {
    let mut context = tarpc::context::current();
    context.deadline = clock::deadline(wait);
    context
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "the socket does not exist".to_owned(),
        ErrorKind::ConnectionRefused => "nobody listens on the socket".to_owned(),
        _ => error.to_string(),
    }
}
