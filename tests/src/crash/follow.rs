//! Consoles that follow all along: each keeps its place in the events while daemons die under
//! it, and goes on at whichever lives.

use frontdesk_env::Clock;
use frontdesk_shared::event::{Cursor, Feed};
use frontdesk_shared::rpc::{ClientInfo, ConsoleClient, MAX_FRAME_BYTES, PROTOCOL};
use std::path::{Path, PathBuf};
use tarpc::context;
use tarpc::tokio_serde::formats::Json;
use tokio::net::UnixStream;
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::sync::CancellationToken;

/// Events asked for at once.
const LIMIT: u32 = 1_000;
/// Milliseconds of one long poll.
const WAIT_MS: u32 = 400;
/// Milliseconds until the next try to connect.
const AGAIN_MS: i64 = 20;

/// What one console saw.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// Places of the events, in the order they came.
    pub seen: Vec<Cursor>,
    /// Times it was told to fetch afresh, because it was too far behind.
    pub resets: usize,
    /// Times it connected.
    pub connections: usize,
}

/// Follows from the first event until `stop`, and then to the end.
pub async fn follow(sockets: Vec<PathBuf>, first: usize, stop: CancellationToken) -> Followed {
    let mut out = Followed::default();
    let mut cursor = Cursor::default();
    for turn in first.. {
        if let Some(console) = connect(&sockets[turn % sockets.len()]).await {
            out.connections += 1;
            while let Some(feed) = ask(&console, cursor).await {
                // Before the answer is looked at: what was stopped before it was asked is whole.
                let last = stop.is_cancelled() && feed.events.is_empty();
                out.resets += usize::from(feed.reset);
                out.seen.extend(feed.events.iter().map(|event| event.cursor));
                cursor = feed.cursor;
                if last {
                    return out;
                }
            }
        }
        Clock::System.sleep(AGAIN_MS).await;
    }
    out
}

async fn connect(socket: &Path) -> Option<ConsoleClient> {
    let stream = UnixStream::connect(socket).await.ok()?;
    let framed = LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_BYTES).new_framed(stream);
    let transport = tarpc::serde_transport::new(framed, Json::default());
    let console = ConsoleClient::new(tarpc::client::Config::default(), transport).spawn();
    let info = ClientInfo { protocol: PROTOCOL, build: "crash campaign".into(), read_only: true };
    console.hello(context::current(), info).await.ok()?.ok()?;
    Some(console)
}

async fn ask(console: &ConsoleClient, cursor: Cursor) -> Option<Feed> {
    console.events_after(context::current(), cursor, LIMIT, WAIT_MS).await.ok()?.ok()
}
