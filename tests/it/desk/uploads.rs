//! Uploads that do not end: their bytes are gone at once, whatever ended them, and what one client
//! may leave lying is bounded.

use frontdesk_tests::desk::{Setup, TestClient};
use frontdesk_tests::{TestDesk, on_both_engines, wait};
use std::path::PathBuf;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Begins an upload of many bytes and sends some of them.
async fn begins(desk: &TestDesk, client: &TestClient, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(desk.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/import-leads HTTP/1.1\r\nhost: desk\r\nx-api-key: {}\r\ncontent-type: text/csv\r\ncontent-length: 50000000\r\n\r\n",
        client.api_key
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = stream.write_all("x".repeat(sent).as_bytes()).await;
    stream
}

fn spool(desk: &TestDesk) -> PathBuf {
    desk.app.config.house.data_dir.join("spool")
}

/// Files and bytes in the spool.
fn lying(desk: &TestDesk) -> (usize, u64) {
    let sizes: Vec<u64> = std::fs::read_dir(spool(desk))
        .unwrap()
        .filter_map(|e| e.ok()?.metadata().ok())
        .map(|m| m.len())
        .collect();
    (sizes.len(), sizes.iter().sum())
}

async fn until_lying(desk: &TestDesk, files: usize, bytes: u64) {
    let look = async || {
        let (n, size) = lying(desk);
        (n == files && size >= bytes).then_some(())
    };
    wait::until("files in the spool", look).await;
}

async fn until_recorded(desk: &TestDesk, failed: u64) {
    let sql = "SELECT count(*) FROM import WHERE status = 'failed'";
    let look = async || (desk.count(sql).await.unsigned_abs() == failed).then_some(());
    wait::until("the broken uploads to be recorded", look).await;
}

async fn answer(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let _ = wait::within("an answer", stream.read_to_end(&mut said)).await;
    String::from_utf8_lossy(&said).into_owned()
}

on_both_engines! {
    async fn what_is_broken_off_is_gone_at_once(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(begins(&desk, &client, 1_000_000).await);
        }
        until_lying(&desk, 3, 2_500_000).await;
        drop(open);
        until_lying(&desk, 0, 0).await;
        until_recorded(&desk, 3).await;
    }

    async fn what_takes_too_long_is_gone_as_well(db) {
        let setup = Setup { config: Box::new(|c| c.limits.import_s = 1), ..Setup::default() };
        let desk = TestDesk::with(&db, setup).await;
        let client = desk.client("harbour").await;
        let said = answer(begins(&desk, &client, 200_000).await).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        until_lying(&desk, 0, 0).await;
        until_recorded(&desk, 1).await;
    }

    async fn a_client_may_leave_only_so_much_lying(db) {
        let setup = Setup {
            config: Box::new(|c| {
                (c.limits.client_uploads, c.limits.client_upload_bytes, c.limits.upload_bytes) = (2, 300_000, 400_000);
            }),
            ..Setup::default()
        };
        let desk = TestDesk::with(&db, setup).await;
        let (harbour, elm) = (desk.client("harbour").await, desk.client("elm").await);
        let first = begins(&desk, &harbour, 200_000).await;
        until_lying(&desk, 1, 100_000).await;
        let said = answer(begins(&desk, &harbour, 400_000).await).await;
        assert!(said.starts_with("HTTP/1.1 503") && said.contains("no_room") && said.contains("retry-after"), "{said}");
        let second = begins(&desk, &harbour, 0).await;
        until_lying(&desk, 2, 0).await;
        let said = answer(begins(&desk, &harbour, 0).await).await;
        assert!(said.contains("no_room") && said.contains("on their way"), "{said}");
        let csv = "name,phone\nEve,+447700900701\n";
        assert_eq!(desk.import(&elm, "", csv).await["rows"], 1, "another client's file has room");
        drop((first, second));
        until_lying(&desk, 0, 0).await;
        until_recorded(&desk, 3).await;
        assert_eq!(desk.import(&harbour, "", csv).await["rows"], 1);
    }

    async fn who_brought_something_by_the_api_is_kept(db) {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        desk.import(&client, "", "name,phone\nEve,+447700900701\n").await;
        let one = desk.post("/api/leads/harbour", &client.api_key, r#"[{"phone": "+447700900702"}]"#).await;
        assert_eq!(one.0, 200, "{}", one.1);
        let kept = desk.texts("SELECT actor || ' ' || address FROM audit WHERE action = 'import_leads'").await;
        assert_eq!(kept, ["api:harbour 127.0.0.1", "api:harbour 127.0.0.1"]);
    }
}
