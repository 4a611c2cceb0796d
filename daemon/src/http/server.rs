//! Connections: accepted up to a bound, given little time for their heads, drained on stop.

use super::router;
use crate::app::App;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Serves until shutdown; requests under way are answered first.
pub async fn serve(app: Arc<App>, listener: TcpListener) {
    let routes = router(app.clone());
    let room = Arc::new(Semaphore::new(app.config.limits.connections));
    let head_limit = Duration::from_secs(app.config.limits.head_s.unsigned_abs());
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // Without room nobody is accepted: the kernel's queue makes the next one wait.
        let permit = tokio::select! {
            permit = room.clone().acquire_owned() => match permit { Ok(permit) => permit, Err(_) => break },
            () = app.shutdown.cancelled() => break,
        };
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
        let _ = stream.set_nodelay(true);
        let (routes, shutdown) = (routes.clone(), app.shutdown.clone());
        connections.spawn(async move {
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let mut request: Request = request.map(axum::body::Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                routes.clone().oneshot(request)
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(head_limit);
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = shutdown.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(e) = ended {
                tracing::debug!(error = %e, "a connection ended early");
            }
            drop(permit);
        });
    }
    while connections.join_next().await.is_some() {}
}
