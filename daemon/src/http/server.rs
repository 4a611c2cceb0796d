//! Connections: accepted up to a bound, given little time for their heads and for reading their
//! answers, drained on stop.

use super::origin::Net;
use super::places::{Most, Place, Places};
use super::router;
use super::socket::Socket;
use crate::app::App;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Bytes kept of what a connection has sent and not been read yet: the longest head.
const HEAD_BYTES: usize = 16 * 1024;
/// Fields of a head.
const HEAD_FIELDS: usize = 64;

/// Serves until shutdown; requests under way are answered first.
pub async fn serve(app: Arc<App>, listener: TcpListener) {
    let routes = router(app.clone());
    let limits = &app.config.limits;
    let places = Places::new(Most {
        connections: limits.connections,
        address: limits.address_connections,
        client: limits.client_connections,
    });
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!(tag = "START", error = %e, "cannot accept a connection");
                    app.ctx.env.clock.sleep(100).await;
                    continue;
                }
            },
            () = app.shutdown.cancelled() => break,
        };
        // A proxy speaks for many; whom for is known only from a head.
        let proxies = &app.config.house.proxy_addresses;
        let net = (!proxies.iter().any(|range| range.contains(peer.ip()))).then(|| Net::of(peer.ip()));
        let place = loop {
            match places.enter(net) {
                Some(place) => break place,
                // Only the proved are there: the next one waits until one of them goes.
                None => tokio::select! {
                    () = places.freed() => {}
                    () = app.shutdown.cancelled() => return drain(connections).await,
                },
            }
        };
        connections.spawn(connection(app.clone(), routes.clone(), stream, peer, place));
    }
    drain(connections).await;
}

async fn drain(mut connections: JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}

async fn connection(app: Arc<App>, routes: Router, stream: TcpStream, peer: SocketAddr, place: Arc<Place>) {
    let seconds = |s: i64| Duration::from_secs(s.unsigned_abs());
    let limits = &app.config.limits;
    let socket = Socket::new(stream, seconds(limits.idle_s));
    let on = place.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(on.clone());
        Box::pin(routes.clone().oneshot(request))
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(seconds(limits.head_s))
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS);
    let mut connection = builder.serve_connection(TokioIo::new(socket), service);
    let mut stopping = false;
    let ended = loop {
        tokio::select! {
            ended = std::future::poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
            () = place.sent_away() => return,
            () = app.shutdown.cancelled(), if !stopping => {
                stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    match ended {
        Ok(()) => connection.into_parts().io.into_inner().linger().await,
        Err(e) => tracing::debug!(error = %e, "a connection ended early"),
    }
}
