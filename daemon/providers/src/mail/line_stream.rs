//! A TCP connection that is read a line at a time.
//!
//! lettre reads ahead, and keeps what it read in the clear when TLS begins: somebody on the way
//! could append replies to the one that announces TLS, and they would be taken for the server's,
//! protected ones. Here nothing behind a line is handed out before it is asked for, so such
//! words reach the TLS handshake instead, which fails on them. Must not live here: SMTP.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncBufRead as _, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// The connection.
#[derive(Debug)]
pub(super) struct LineStream(BufReader<TcpStream>);

impl LineStream {
    /// Tries every address of the host in turn.
    pub(super) async fn connect(host: &str, port: u16) -> io::Result<Self> {
        Ok(Self(BufReader::new(TcpStream::connect((host, port)).await?)))
    }
}

impl AsyncTokioStream for LineStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().peer_addr()
    }
}

impl AsyncRead for LineStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let ahead = ready!(Pin::new(&mut self.0).poll_fill_buf(cx))?;
        let line = ahead.iter().position(|b| *b == b'\n').map_or(ahead.len(), |at| at + 1);
        let read = line.min(buf.remaining());
        buf.put_slice(&ahead[..read]);
        Pin::new(&mut self.0).consume(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.0.get_mut()).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.get_mut()).poll_shutdown(cx)
    }
}
