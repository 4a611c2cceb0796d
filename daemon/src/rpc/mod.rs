//! The console's socket: who connects, what they may do, and the service behind it.

mod bulk;
pub mod codec;
mod console;
mod peer;

use crate::app::App;
use codec::Codec;
use console::Desk;
use frontdesk_shared::action::Role;
use frontdesk_shared::rpc::{Console as _, MAX_FRAME_BYTES};
use futures::StreamExt as _;
use peer::Operator;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tarpc::server::{BaseChannel, Channel as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::sync::CancellationToken;

/// Consoles at once.
const CONNECTIONS: usize = 64;
/// Of them, places that only administrators may take.
const RESERVED: usize = 8;
/// Consoles of one user at once.
const OF_ONE_USER: usize = 24;
/// Who connects and says nothing for this long is sent away.
const HELLO: Duration = Duration::from_secs(10);
/// Requests of one console at once; one of them is its long poll.
const REQUESTS: usize = 32;

/// Serves consoles until shutdown.
pub async fn serve(app: Arc<App>, listener: UnixListener) {
    let seats = Arc::new(Seats::default());
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
        let operator = match Operator::of(&stream) {
            Ok(operator) => operator,
            Err(e) => {
                tracing::warn!(tag = "START", error = %e, "cannot tell who connects to the console socket");
                continue;
            }
        };
        let seat = match Seats::take(&seats, &operator) {
            Ok(seat) => seat,
            Err(why) => {
                tracing::warn!(tag = "START", "a console of {} was turned away: {why}", operator.name);
                continue;
            }
        };
        let app = app.clone();
        tokio::spawn(async move {
            app.counters.consoles.up();
            connection(&app, stream, operator).await;
            app.counters.consoles.down();
            drop(seat);
        });
    }
}

/// Who sits at a console.
#[derive(Debug, Default)]
struct Seats(Mutex<HashMap<String, usize>>);

/// A place, given back when it is dropped.
#[derive(Debug)]
struct Seat {
    seats: Arc<Seats>,
    user: String,
}

impl Seats {
    /// # Errors
    /// In words, where there is none.
    fn take(seats: &Arc<Self>, operator: &Operator) -> Result<Seat, String> {
        let mut taken = seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let most = if operator.role >= Role::Admin { CONNECTIONS } else { CONNECTIONS - RESERVED };
        if all >= most {
            return Err(format!("{all} are connected"));
        }
        let own = taken.entry(operator.name.clone()).or_default();
        if *own >= OF_ONE_USER {
            return Err(format!("{own} of this user are connected"));
        }
        *own += 1;
        Ok(Seat { seats: seats.clone(), user: operator.name.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

async fn connection(app: &Arc<App>, stream: UnixStream, operator: Operator) {
    let framed = LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_BYTES).new_framed(stream);
    let transport = tarpc::serde_transport::new(framed, Codec);
    let desk = Desk::new(app.clone(), operator);
    let spoke = CancellationToken::new();
    let requests = BaseChannel::with_defaults(transport)
        .max_concurrent_requests(REQUESTS)
        .execute(desk.serve())
        .for_each(|request| async {
            spoke.cancel();
            tokio::spawn(request);
        });
    let silent = async {
        if tokio::time::timeout(HELLO, spoke.cancelled()).await.is_ok() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = requests => {}
        () = silent => tracing::debug!("a console said nothing and was sent away"),
        () = app.shutdown.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_and_all_but_administrators_leave_places() {
        let seats = Arc::new(Seats::default());
        let user = |name: &str, role| Operator { name: name.to_owned(), role };
        let of = |name: &str| Seats::take(&seats, &user(name, Role::Operate));
        let mut kept: Vec<Seat> = (0..OF_ONE_USER).map(|_| of("ann").unwrap()).collect();
        assert!(of("ann").unwrap_err().contains("of this user"));
        kept.extend((0..OF_ONE_USER).map(|_| of("ben").unwrap()));
        kept.extend((0..CONNECTIONS - RESERVED - 2 * OF_ONE_USER).map(|_| of("eve").unwrap()));
        assert!(of("joe").is_err(), "the rest is kept for administrators");
        let admin = Seats::take(&seats, &user("zoe", Role::Admin)).unwrap();
        drop((kept, admin));
        assert!(seats.0.lock().unwrap().is_empty());
    }
}
