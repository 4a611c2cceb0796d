//! A small mail server for the tests of the transport: a script answers each line.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Who signed the server's certificate, which is for `localhost`.
pub(super) const AUTHORITY: &[u8] = include_bytes!("../../../../tests/fixtures/mail/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../../../tests/fixtures/mail/server.pem");
const KEY: &[u8] = include_bytes!("../../../../tests/fixtures/mail/server-key.pem");

/// What the server does about a line.
pub(super) enum Act {
    Say(&'static str),
    Close,
    /// Answers, and speaks TLS from then on.
    Upgrade(&'static str),
    /// Answers, and goes away.
    Hangup(&'static str),
    /// Answers, then reads no more and stays.
    Stall(&'static str),
}

use Act::*;

/// The line that stands for a whole message.
pub(super) const MESSAGE: &str = "<message>";

pub(super) fn usual(line: &str) -> Act {
    let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        "<GREETING>" => Say("220 test ESMTP"),
        "EHLO" => Say("250-test\r\n250 AUTH PLAIN LOGIN"),
        "AUTH" => Say("235 2.7.0 Accepted"),
        "DATA" => Say("354 go on"),
        "QUIT" => Say("221 bye"),
        "<MESSAGE>" => Say("250 2.0.0 Ok: queued as 4F3A1"),
        _ => Say("250 2.0.0 Ok"),
    }
}

/// What arrived: `(number of the connection, line)`, and whole messages.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub lines: Arc<Mutex<Vec<(usize, String)>>>,
    pub messages: Arc<Mutex<Vec<String>>>,
}

impl Seen {
    pub(super) fn count(&self, start: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|(_, line)| line.starts_with(start)).count()
    }

    pub(super) fn connections(&self) -> usize {
        self.count("<greeting>")
    }
}

type Script = Arc<dyn Fn(usize, &str) -> Act + Send + Sync>;

/// A server that speaks in the clear at first; its port.
pub(super) async fn server(script: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> (u16, Seen) {
    listen(script, false).await
}

/// A server that speaks TLS from the first byte.
pub(super) async fn tls_server(script: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> (u16, Seen) {
    listen(script, true).await
}

async fn listen(script: impl Fn(usize, &str) -> Act + Send + Sync + 'static, tls: bool) -> (u16, Seen) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, script): (Seen, Script) = (Seen::default(), Arc::new(script));
    let kept = seen.clone();
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((stream, _)) = listener.accept().await else { break };
            let (script, seen) = (Arc::clone(&script), seen.clone());
            tokio::spawn(async move {
                let stream: Box<dyn Stream> = match tls {
                    true => Box::new(acceptor().accept(stream).await.ok()?),
                    false => Box::new(stream),
                };
                converse(number, BufReader::new(stream), script, seen).await
            });
        }
    });
    (port, kept)
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

fn acceptor() -> TlsAcceptor {
    crate::http::install_tls();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn converse(
    number: usize,
    mut stream: BufReader<Box<dyn Stream>>,
    script: Script,
    seen: Seen,
) -> Option<()> {
    let mut line = "<greeting>".to_owned();
    loop {
        seen.lines.lock().unwrap().push((number, line.clone()));
        let act = script(number, &line);
        let (Say(answer) | Upgrade(answer) | Hangup(answer) | Stall(answer)) = act else { return None };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        match act {
            Hangup(_) => return None,
            Stall(_) => return std::future::pending().await,
            Upgrade(_) => {
                let plain = stream.into_inner();
                stream = BufReader::new(Box::new(acceptor().accept(plain).await.ok()?));
            }
            Say(_) | Close => {}
        }
        if answer.starts_with("354") {
            let mut message = Vec::new();
            while !message.ends_with(b"\r\n.\r\n") {
                message.push(stream.read_u8().await.ok()?);
            }
            seen.messages.lock().unwrap().push(String::from_utf8_lossy(&message).into_owned());
            line = MESSAGE.to_owned();
        } else {
            line.clear();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            line.truncate(line.trim_end().len());
        }
    }
}
