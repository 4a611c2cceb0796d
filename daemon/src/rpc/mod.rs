//! The console's socket: who connects, what they may do, and the service behind it.

mod bulk;
pub mod codec;
mod console;
mod peer;

use crate::app::App;
use codec::Codec;
use console::Desk;
use frontdesk_shared::rpc::{Console as _, MAX_FRAME_BYTES};
use futures::StreamExt as _;
use peer::Operator;
use std::sync::Arc;
use tarpc::server::{BaseChannel, Channel as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::codec::LengthDelimitedCodec;

/// Consoles at once.
const CONNECTIONS: usize = 64;
/// Requests of one console at once; one of them is its long poll.
const REQUESTS: usize = 32;

/// Serves consoles until shutdown.
pub async fn serve(app: Arc<App>, listener: UnixListener) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(e) => {
                    tracing::warn!(tag = "START", error = %e, "cannot accept a console");
                    app.ctx.env.clock.sleep(100).await;
                    continue;
                }
            },
            () = app.shutdown.cancelled() => return,
        };
        let Ok(permit) = room.clone().try_acquire_owned() else {
            tracing::warn!(tag = "START", "{CONNECTIONS} consoles are connected; one more was turned away");
            continue;
        };
        let app = app.clone();
        tokio::spawn(async move {
            app.counters.consoles.up();
            connection(&app, stream).await;
            app.counters.consoles.down();
            drop(permit);
        });
    }
}

async fn connection(app: &Arc<App>, stream: UnixStream) {
    let operator = match Operator::of(&stream) {
        Ok(operator) => operator,
        Err(e) => {
            tracing::warn!(tag = "START", error = %e, "cannot tell who connects to the console socket");
            return;
        }
    };
    let framed = LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_BYTES).new_framed(stream);
    let transport = tarpc::serde_transport::new(framed, Codec);
    let desk = Desk::new(app.clone(), operator);
    let requests = BaseChannel::with_defaults(transport)
        .max_concurrent_requests(REQUESTS)
        .execute(desk.serve())
        .for_each(|request| async {
            tokio::spawn(request);
        });
    tokio::select! {
        () = requests => {}
        () = app.shutdown.cancelled() => {}
    }
}
