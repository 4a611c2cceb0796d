//! Event streams while things happen: many readers fed from one reading of the store.

use frontdesk_tests::desk::{Setup, TestClient};
use frontdesk_tests::{TestDesk, on_both_engines, wait};

on_both_engines! {
    async fn every_stream_hears_its_own_client_once_and_in_order(db) {
        // On the system's clock: PostgreSQL's order of events is not in a test's hand.
        let desk = TestDesk::with(&db, Setup { start: None, ..Setup::default() }).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let (before, elms) = (told(&desk, &harbour).await.len(), told(&desk, &elm).await.len());
        let mut early = Vec::new();
        for _ in 0..5 {
            early.push(Stream::open(&desk, &harbour).await);
        }
        let mut other = Stream::open(&desk, &elm).await;
        for n in 0..8 {
            import(&desk, &harbour, n).await;
            import(&desk, &elm, n).await;
        }
        let middle = told(&desk, &harbour).await.len();
        let mut late = Stream::open(&desk, &harbour).await;
        for n in 8..16 {
            import(&desk, &harbour, n).await;
            import(&desk, &elm, n).await;
        }
        let all = told(&desk, &harbour).await;
        assert!(before < middle && middle < all.len(), "{before} {middle} {}", all.len());
        for mut stream in early {
            stream.heard_all(&all, all.len() - before).await;
        }
        late.heard_all(&all, all.len() - middle).await;
        let all = told(&desk, &elm).await;
        other.heard_all(&all, all.len() - elms).await;
    }

    async fn when_everybody_left_the_next_reader_misses_nothing(db) {
        let desk = TestDesk::with(&db, Setup { start: None, ..Setup::default() }).await;
        let harbour = desk.client("harbour").await;
        for n in 0..4 {
            let before = told(&desk, &harbour).await.len();
            let mut stream = Stream::open(&desk, &harbour).await;
            import(&desk, &harbour, n).await;
            let all = told(&desk, &harbour).await;
            stream.heard_all(&all, all.len() - before).await;
            drop(stream);
            // Nobody listens now, and something happens.
            import(&desk, &harbour, n + 10).await;
        }
    }
}

/// Two people, held because they consented to nothing: nobody is called meanwhile.
async fn import(desk: &TestDesk, client: &TestClient, n: usize) {
    desk.import(client, "", format!("name,phone\nEve,+4477009000{n:02}\nEva,+4477009001{n:02}\n")).await;
}

/// The places of a client's events, as the store has them.
async fn told(desk: &TestDesk, client: &TestClient) -> Vec<String> {
    let sql = format!(
        "SELECT CAST(e.tx AS TEXT) || '-' || CAST(e.seq AS TEXT) FROM event e JOIN client c ON c.id = e.client_id \
         WHERE c.key = '{}' ORDER BY e.tx, e.seq",
        client.key
    );
    desk.texts(sql).await
}

/// A stream from now on.
struct Stream {
    answer: reqwest::Response,
    text: String,
    ids: Vec<String>,
}

impl Stream {
    async fn open(desk: &TestDesk, client: &TestClient) -> Self {
        let request = desk.http.get(format!("{}/api/realtime/{}/events", desk.url, client.key));
        let answer = request.header("x-api-key", &client.api_key).send().await.expect("a stream");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new(), ids: Vec::new() }
    }

    /// Reads up to the last of `all` and holds what was heard against it: at least the newest
    /// `want`, none missing, none twice. A stream may begin a little earlier, because PostgreSQL
    /// shows a place as safe to begin at only after older transactions have ended.
    async fn heard_all(&mut self, all: &[String], want: usize) {
        while self.ids.last() != all.last() {
            let chunk = wait::within("the next event", self.answer.chunk()).await.expect("a chunk");
            self.text.push_str(std::str::from_utf8(&chunk.expect("no end")).expect("text"));
            let whole = self.text.rfind("\n\n").map_or(0, |at| at + 2);
            let lines: String = self.text.drain(..whole).collect();
            self.ids.extend(lines.lines().filter_map(|l| l.strip_prefix("id: ")).map(str::to_owned));
        }
        assert!(self.ids.len() >= want && all.ends_with(&self.ids), "{:?} of {all:?}", self.ids);
    }
}
