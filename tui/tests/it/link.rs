//! The link against a service on a real socket: away, back, of another protocol, long polls.

use crate::support::fake::{Fake, State};
use frontdesk_shared::event::Cursor;
use frontdesk_shared::import::ImportSpec;
use frontdesk_shared::page::{List, Query};
use frontdesk_tui::link::{self, LinkConfig, LinkMsg, Order, Progress, Reply, Request};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::mpsc;

/// A socket path of its own for each test.
pub struct Socket(pub PathBuf);

impl Socket {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("fd-tui-{}-{n}.sock", std::process::id())))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

struct Console {
    orders: mpsc::Sender<Order>,
    told: mpsc::Receiver<LinkMsg>,
}

fn console(socket: &Socket) -> Console {
    let (orders, orders_in) = mpsc::channel(16);
    let (out, told) = mpsc::channel(16);
    let config = LinkConfig { socket: socket.0.clone(), read_only: false, seed: 7 };
    tokio::spawn(link::run(config, orders_in, out));
    Console { orders, told }
}

impl Console {
    async fn next(&mut self) -> LinkMsg {
        self.told.recv().await.unwrap()
    }

    async fn until(&mut self, wanted: impl Fn(&LinkMsg) -> bool) -> LinkMsg {
        loop {
            let msg = self.next().await;
            if wanted(&msg) {
                return msg;
            }
        }
    }

    async fn page(&mut self, id: u64) {
        let request = Request::Page(Query::first(List::Live, 10));
        self.orders.send(Order::Call(id, request)).await.unwrap();
        let reply = self.until(|m| matches!(m, LinkMsg::Reply(..))).await;
        assert!(matches!(reply, LinkMsg::Reply(got, Ok(Reply::Page(_))) if got == id), "{reply:?}");
    }
}

fn up(msg: &LinkMsg) -> bool {
    matches!(msg, LinkMsg::Up(_))
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_away_is_waited_for_and_found() {
    let socket = Socket::new();
    let mut console = console(&socket);
    let LinkMsg::Down(reason) = console.next().await else { panic!() };
    assert!(reason.contains("the socket does not exist"), "{reason}");
    let request = Request::Page(Query::first(List::Live, 10));
    console.orders.send(Order::Call(1, request)).await.unwrap();
    let refused = console.until(|m| matches!(m, LinkMsg::Reply(..))).await;
    assert!(matches!(refused, LinkMsg::Reply(1, Err(e)) if e.text == "the daemon is away"));
    let fake = Fake::new(State::default());
    let _serving = fake.serve(&socket.0);
    console.until(up).await;
    console.page(2).await;
}

#[tokio::test(start_paused = true)]
async fn events_are_followed_from_the_first_page_and_go_on_after_a_restart() {
    let socket = Socket::new();
    let fake = Fake::new(State::default());
    let serving = fake.serve(&socket.0);
    let mut console = console(&socket);
    console.until(up).await;
    console.page(1).await;
    fake.happen("call_started", "call", "a", "one");
    let feed = console.until(|m| matches!(m, LinkMsg::Feed(f) if !f.events.is_empty())).await;
    assert!(matches!(&feed, LinkMsg::Feed(f) if f.events[0].text == "one" && f.cursor.seq == 101));
    assert_eq!(fake.with(|s| s.polls[0]), Cursor { tx: 0, seq: 100 }, "the page said where to begin");

    serving.abort();
    let _ = serving.await;
    console.until(|m| matches!(m, LinkMsg::Down(_))).await;
    fake.happen("call_ended", "call", "a", "two, while nobody listened");
    fake.with(|s| s.polls.clear());
    let serving = fake.serve(&socket.0);
    console.until(up).await;
    let feed = console.until(|m| matches!(m, LinkMsg::Feed(f) if !f.events.is_empty())).await;
    assert!(matches!(&feed, LinkMsg::Feed(f) if f.events.len() == 1 && f.events[0].text.starts_with("two")));
    assert_eq!(fake.with(|s| s.polls[0].seq), 101, "the long poll goes on where it was");

    // Another store: its cursors mean something else.
    serving.abort();
    let _ = serving.await;
    console.until(|m| matches!(m, LinkMsg::Down(_))).await;
    fake.with(|s| {
        s.epoch = "e2".to_owned();
        s.polls.clear();
    });
    let _serving = fake.serve(&socket.0);
    console.until(up).await;
    assert!(fake.with(|s| s.polls.is_empty()), "not before a page of the new store was seen");
    console.page(3).await;
    console.until(|m| matches!(m, LinkMsg::Feed(_))).await;
    assert_eq!(fake.with(|s| s.polls[0].seq), 102);
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_a_heartbeat() {
    let socket = Socket::new();
    let fake = Fake::new(State::default());
    let _serving = fake.serve(&socket.0);
    let mut console = console(&socket);
    console.until(up).await;
    console.page(1).await;
    for _ in 0..3 {
        let beat = console.next().await;
        assert!(matches!(beat, LinkMsg::Feed(f) if f.events.is_empty()));
    }
}

#[tokio::test(start_paused = true)]
async fn another_protocol_is_explained_and_tried_again() {
    let socket = Socket::new();
    let fake = Fake::new(State { protocol: 99, ..State::default() });
    let serving = fake.serve(&socket.0);
    let mut console = console(&socket);
    let LinkMsg::Mismatch(text) = console.next().await else { panic!() };
    assert!(text.contains("speaks protocol 99") && text.contains("update this console"), "{text}");
    serving.abort();
    let _ = serving.await;
    fake.with(|s| s.protocol = frontdesk_shared::rpc::PROTOCOL);
    let _serving = fake.serve(&socket.0);
    console.until(up).await;
}

#[tokio::test]
async fn a_file_is_sent_in_chunks_and_judged() {
    let socket = Socket::new();
    let fake = Fake::new(State::default());
    let _serving = fake.serve(&socket.0);
    let mut console = console(&socket);
    console.until(up).await;
    let file = Socket::new();
    let line = "07700900123,A person with a rather long name so that there are several chunks\n";
    std::fs::write(&file.0, line.repeat(20_000)).unwrap();
    let spec =
        ImportSpec { client: "brightsmile".to_owned(), label: "x.csv".to_owned(), ..ImportSpec::default() };
    console.orders.send(Order::Upload(5, file.0.clone(), spec.clone())).await.unwrap();
    let end =
        console.until(|m| matches!(m, LinkMsg::Upload(5, Progress::Over(_) | Progress::Failed(_)))).await;
    let LinkMsg::Upload(_, Progress::Over(report)) = end else { panic!("{end:?}") };
    assert_eq!(report.import.counts.rows, 19_999);
    assert_eq!(fake.with(|s| s.uploads.values().next().unwrap().1.len()), line.len() * 20_000);

    console.orders.send(Order::Upload(6, PathBuf::from("/nowhere.csv"), spec)).await.unwrap();
    let end = console.until(|m| matches!(m, LinkMsg::Upload(6, _))).await;
    assert!(
        matches!(&end, LinkMsg::Upload(_, Progress::Failed(t)) if t.contains("cannot be read")),
        "{end:?}"
    );
}
