//! Tokens against a small endpoint on loopback: how many are made, and when.

use super::testing::{account, respond, server, verified};
use super::token::{Now, Tokens};
use crate::http::Policy;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{MINUTE, SECOND};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const START: i64 = 1_795_222_800_000;

struct Clock(Arc<AtomicI64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
    fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
    fn now(&self) -> Now {
        let at = Arc::clone(&self.0);
        Arc::new(move || Millis(at.load(Ordering::SeqCst)))
    }
}

fn tokens(url: &str, clock: &Clock) -> Tokens {
    Tokens::new(account(url), &["a", "b"], Policy::default(), clock.now()).unwrap()
}

fn granted(n: usize) -> String {
    format!(r#"{{"access_token":"token-{n}","expires_in":3599,"token_type":"Bearer"}}"#)
}

#[tokio::test]
async fn a_token_is_used_until_shortly_before_its_end() {
    let clock = Clock::new();
    let (url, seen) = server(|_, n| respond(200, granted(n))).await;
    let tokens = tokens(&url, &clock);
    assert_eq!(tokens.get().await.unwrap().expose_secret(), "token-0");
    clock.pass(56 * MINUTE);
    assert_eq!(tokens.get().await.unwrap().expose_secret(), "token-0");
    clock.pass(14 * SECOND);
    assert_eq!(tokens.get().await.unwrap().expose_secret(), "token-1");
    let asked = seen.lock().unwrap()[0].clone();
    let prefix = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    let claims = verified(asked.body.strip_prefix(prefix).unwrap()).unwrap();
    assert_eq!((claims["scope"].as_str(), claims["iat"].as_i64()), (Some("a b"), Some(START / SECOND)));
}

#[tokio::test]
async fn many_who_need_a_token_make_one() {
    let clock = Clock::new();
    let (url, seen) = server(|_, n| respond(200, granted(n))).await;
    let tokens = tokens(&url, &clock);
    let all = futures::future::join_all((0..50).map(|_| tokens.get())).await;
    assert!(all.iter().all(|token| token.as_ref().unwrap().expose_secret() == "token-0"));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_forgotten_once() {
    let clock = Clock::new();
    let (url, seen) = server(|_, n| respond(200, granted(n))).await;
    let tokens = tokens(&url, &clock);
    let old = tokens.get().await.unwrap();
    tokens.forget(&old).await;
    assert_eq!(tokens.get().await.unwrap().expose_secret(), "token-1");
    tokens.forget(&old).await;
    assert_eq!(tokens.get().await.unwrap().expose_secret(), "token-1");
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_failed_exchange_leaves_nothing_behind() {
    let clock = Clock::new();
    let (url, _) = server(|_, n| if n == 0 { respond(503, "") } else { respond(200, granted(n)) }).await;
    let tokens = tokens(&url, &clock);
    assert!(tokens.get().await.is_err());
    assert_eq!(tokens.get().await.unwrap().expose_secret(), "token-1");
}
