//! A daemon without telephones: serves sample rows that change every second on a socket.
//!
//! `cargo run -p frontdesk-tui --example fake_daemon -- SOCKET [SANDBOX] [quiet]`, then
//! `frontdesk --socket SOCKET`.

#![allow(clippy::unwrap_used)] // canned rows of a fake: what cannot happen may panic

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use support::fake::{Fake, State};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let socket = PathBuf::from(args.first().map_or("console.sock", String::as_str));
    let mut state = State { clock: Box::new(frontdesk_tui::clock::wall), ..State::default() };
    if args.iter().any(|arg| arg == "SANDBOX") {
        state.mode = "SANDBOX".to_owned();
    }
    let fake = Fake::new(state);
    let serving = fake.serve(&socket);
    if args.iter().any(|arg| arg == "quiet") {
        let _ = serving.await;
        return;
    }
    let mut n: u64 = 0;
    loop {
        frontdesk_tui::clock::sleep(std::time::Duration::from_secs(1)).await;
        n += 1;
        fake.with(|s| s.badges.live = 3 + n % 4);
        fake.happen("call_updated", "call", "x", &format!("call {n} moved on"));
    }
}
