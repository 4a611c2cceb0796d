//! The mail server, spoken to line by line.

use super::{listener, stop};
use crate::mail::{Mailroom, SmtpHandle, SmtpSandbox};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::DropGuard;

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(handle: &SmtpHandle) -> Self {
        let address = handle.url().rsplit(['@', '/']).next().unwrap().to_owned();
        let mut client = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        assert!(client.reply().await.starts_with("220 "));
        client
    }

    /// A whole reply; empty when the server hung up.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            match self.0.read_line(&mut line).await {
                Ok(0) | Err(_) => return reply,
                Ok(_) => reply.push_str(&line),
            }
            if line.as_bytes()[3] == b' ' {
                return reply;
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    /// The answers to each line of a message to `to`.
    async fn send(&mut self, to: &str, body: &str) -> Vec<String> {
        let mut replies = vec![
            self.say("MAIL FROM:<desk@x.example> BODY=8BITMIME").await,
            self.say(&format!("RCPT TO:<{to}>")).await,
            self.say("DATA").await,
        ];
        if replies[2].starts_with("354") {
            replies.push(self.say(&format!("{body}\r\n.")).await);
        }
        replies
    }
}

async fn rig(login: Option<(&str, &str)>) -> (SmtpHandle, DropGuard) {
    let (token, guard) = stop();
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
    (SmtpSandbox::serve(listener().await, login, Mailroom::default(), token).unwrap(), guard)
}

#[tokio::test]
async fn a_message_is_kept_as_it_came() {
    let (handle, _stop) = rig(None).await;
    let mut client = Client::connect(&handle).await;
    assert!(client.say("EHLO me").await.contains("250-8BITMIME\r\n"));
    let replies = client.send("ann@x.example", "Subject: é\r\n\r\n..dot\r\n...\r\nend").await;
    assert_eq!(replies[3], "250 2.0.0 Ok: queued as S000000001\r\n");
    let kept = handle.room.messages();
    assert_eq!(kept[0].raw, "Subject: é\r\n\r\n.dot\r\n..\r\nend\r\n".as_bytes());
    assert_eq!((kept[0].from.as_str(), kept[0].to.as_str()), ("desk@x.example", "ann@x.example"));
    // Another on the same connection, and an end.
    assert_eq!(client.send("bob@x.example", "x").await.len(), 4);
    assert!(client.say("QUIT").await.starts_with("221"));
    assert_eq!((client.reply().await.as_str(), handle.room.total()), ("", 2));
}

#[tokio::test]
async fn addresses_give_orders() {
    let (handle, _stop) = rig(None).await;
    for (to, at, code) in [
        ("a+550-5.1.1@x.example", 1, "550 5.1.1 "),
        ("a+452-4.2.2@x.example", 1, "452 4.2.2 "),
        ("a+421@x.example", 1, "421 "),
        ("a+data-554-5.7.1@x.example", 3, "554 5.7.1 "),
        ("a+greylist@x.example", 1, "451 4.7.1 "),
        ("a+drop-before-data@x.example", 2, ""),
    ] {
        let mut client = Client::connect(&handle).await;
        client.say("EHLO me").await;
        client.say("MAIL FROM:<desk@x.example>").await;
        let mut replies = vec![String::new(), client.say(&format!("RCPT TO:<{to}>")).await];
        if at > 1 {
            replies.push(client.say("DATA").await);
        }
        if at > 2 {
            replies.push(client.say("x\r\n.").await);
        }
        assert!(replies[at].starts_with(code), "{to} {replies:?}");
        assert_eq!(replies[at].is_empty(), code.is_empty(), "{to}");
    }
    assert_eq!(handle.room.total(), 0);
    let mut client = Client::connect(&handle).await;
    client.say("EHLO me").await;
    assert!(client.send("a+greylist@x.example", "x").await[3].starts_with("250"));
    assert_eq!(client.send("a+drop-after-data@x.example", "x").await[3], "");
    assert_eq!(handle.room.messages_to("a+drop-after-data@x.example").len(), 1);
}

#[tokio::test]
async fn only_the_account_may_send() {
    let (handle, _stop) = rig(Some(("desk@x.example", "p/w"))).await;
    assert!(handle.url().starts_with("smtp://desk%40x.example:p%2Fw@127.0.0.1:"));
    let mut client = Client::connect(&handle).await;
    assert!(client.say("EHLO me").await.contains("AUTH PLAIN LOGIN"));
    assert!(client.say("MAIL FROM:<a@b>").await.starts_with("530 "));
    let plain = |password: &str| STANDARD.encode(format!("\0desk@x.example\0{password}"));
    assert!(client.say(&format!("AUTH PLAIN {}", plain("wrong"))).await.starts_with("535 5.7.8"));
    assert!(client.say("AUTH PLAIN").await.starts_with("334"));
    assert!(client.say("!!!").await.starts_with("501"));
    assert!(client.say("AUTH LOGIN").await.starts_with("334"));
    assert!(client.say(&STANDARD.encode("desk@x.example")).await.starts_with("334"));
    assert!(client.say(&STANDARD.encode("p/w")).await.starts_with("235"));
    assert!(client.send("ann@x.example", "x").await[3].starts_with("250"));
    assert_eq!(handle.room.messages()[0].user.as_deref(), Some("desk@x.example"));
    let mut other = Client::connect(&handle).await;
    other.say("EHLO me").await;
    assert!(other.say(&format!("AUTH PLAIN {}", plain("p/w"))).await.starts_with("235"));
}

#[tokio::test]
async fn nonsense_is_answered_and_ends_some_time() {
    let (handle, _stop) = rig(None).await;
    let mut client = Client::connect(&handle).await;
    for (line, code) in [
        ("MAIL FROM:<a@b>", "503"),
        ("HELO me", "250"),
        ("RCPT TO:<a@b>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:a@b", "501"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<nobody>", "501"),
        ("RCPT TO:<é", "501"),
        ("RSET", "250"),
        ("NOOP", "250"),
        ("STARTTLS", "502"),
        ("AUTH PLAIN x", "502"),
        ("é", "500"),
        ("", "500"),
    ] {
        let reply = client.say(line).await;
        assert!(reply.starts_with(code), "{line}: {reply}");
    }
    let mut last = String::new();
    for _ in 0..30 {
        let reply = client.say(&"x".repeat(10_000)).await;
        if reply.is_empty() {
            break;
        }
        last = reply;
    }
    assert!(last.starts_with("421 4.7.0"), "{last}");
}

#[tokio::test]
async fn it_stops_with_its_token() {
    let (token, guard) = stop();
    let handle = SmtpSandbox::serve(listener().await, None, Mailroom::default(), token).unwrap();
    let mut client = Client::connect(&handle).await;
    drop(guard);
    handle.stopped().await;
    assert_eq!(client.reply().await, "");
}
