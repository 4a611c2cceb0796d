//! The fakes over real connections.

mod resend;
mod smtp;

use super::Mailroom;
use tokio_util::sync::CancellationToken;

async fn listener() -> tokio::net::TcpListener {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn stop() -> (CancellationToken, tokio_util::sync::DropGuard) {
    let token = CancellationToken::new();
    (token.clone(), token.drop_guard())
}

#[tokio::test]
async fn waiting_for_mail_ends_when_it_comes() {
    let room = Mailroom::default();
    let waiting = room.clone();
    let waiter = tokio::spawn(async move { waiting.until(|room| room.total() == 1).await });
    room.take(|number| super::Taken {
        way: super::Way::Smtp,
        id: number.to_string(),
        from: "a@b".into(),
        to: "c@d".into(),
        raw: Vec::new(),
        user: None,
    });
    waiter.await.unwrap();
    assert_eq!(room.messages_to("C@D").len(), 1);
}
