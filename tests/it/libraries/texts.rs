//! Twilio's own library signs webhooks for the daemon, and the clients of both carriers use their
//! fakes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_sandbox::sms::{Account, Course, SmsConfig, SmsHandle, SmsSandbox, Vendor};
use frontdesk_tests::database::run;
use frontdesk_tests::desk::Setup;
use frontdesk_tests::libraries::Libraries;
use frontdesk_tests::post::TEXT_NUMBER;
use frontdesk_tests::{TestDesk, on_both_engines};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const TOKEN: &str = "a token of the sandbox";
const NUMBER: &str = "+14155550199";
const PERSON: &str = "+14155550151";
const OTHER: &str = "+14155550152";
const GONE: &str = "+14155550100";
/// Webhooks that are signed, and as many that are altered.
const POSTS: usize = 150;

/// A carrier with one account, and the account.
fn carrier(vendor: Vendor, door: TcpListener) -> (SmsHandle, Account, DropGuard) {
    let stop = CancellationToken::new();
    // Nobody listens there: only what the client is told matters.
    let hooks = "http://127.0.0.1:9/webhooks/sms";
    let account = Account::new(vendor, 1, TOKEN, NUMBER, hooks);
    let mut config = SmsConfig::new(vec![account.clone()], hooks);
    config.speed = 100_000.0;
    let sandbox = SmsSandbox::serve(door, config, stop.clone()).expect("served");
    (sandbox, account, stop.drop_guard())
}

fn column<'v>(list: &'v Value, name: &str) -> Vec<&'v Value> {
    list.as_array().expect("a list").iter().map(|one| &one[name]).collect()
}

on_both_engines! {
    /// S16, O15: whatever Twilio's own library signs is taken, and nothing else.
    async fn s16_what_twilio_signs_is_accepted_and_what_was_altered_is_not(db) {
        let Some(libraries) = Libraries::shared() else { return };
        let desk = TestDesk::with(&db, Setup {
            messages: true,
            config: Box::new(|config| config.limits.bad_webhooks_per_minute = 100_000),
            ..Setup::default()
        })
        .await;
        let post = desk.post.as_ref().expect("messages are on");
        let url = format!("{}/webhooks/sms", desk.url);
        let asked = json!({"account": post.account(), "token": post.token(), "number": TEXT_NUMBER,
            "url": url, "seed": 7, "count": POSTS});
        let signed = libraries.python("sign_for_twilio.py", &asked).await;
        let send = async |hook: &Value| {
            let text = |name: &str| hook[name].as_str().expect("text");
            let request = desk.http.post(format!("{url}{}", text("query")));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let request = request.header("x-twilio-signature", text("signature"));
            let answer = request.body(STANDARD.decode(text("body")).expect("base64")).send().await.expect("an answer");
            answer.status().as_u16()
        };
        let all = |name: &str| signed[name].as_array().expect("a list").clone();
        for hook in all("wrong") {
            assert_eq!(send(&hook).await, 403, "{hook}");
        }
        assert_eq!(desk.count("SELECT count(*) FROM webhook").await, 0);
        for hook in all("right") {
            assert_eq!(send(&hook).await, 200, "{hook}");
        }
        // Twilio's signature has no time in it: only that it came before stops a second one.
        for hook in all("right").iter().take(20) {
            assert_eq!(send(hook).await, 200, "{hook}");
        }
        assert_eq!(desk.count("SELECT count(*) FROM webhook").await, POSTS as i64);
        assert_eq!(desk.count("SELECT count(*) FROM webhook WHERE status <> 'unmatched'").await, 0);
        desk.settled().await;
        desk.expect_faults(&["text.unmatched"]);
    }
}

#[test]
fn twilios_client_sends_lists_and_reads_at_the_fake() {
    let Some(libraries) = Libraries::shared() else { return };
    run(async {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (sandbox, account, _stop) = carrier(Vendor::Twilio, door);
        sandbox.force(GONE, Some(Course::OptedOut));
        let bodies = ["one", "zwei über", "🚲🚲", &"a".repeat(161), "five"];
        let asked = json!({"account": account.sid, "token": TOKEN, "service": account.service, "number": NUMBER,
            "url": sandbox.base_url(), "callback": "http://127.0.0.1:9/webhooks/sms?m=x", "to": PERSON,
            "other": OTHER, "opted_out": GONE, "bodies": bodies});
        let told = libraries.python("text_through_twilio.py", &asked).await;
        let sids = column(&told["sent"], "sid");
        assert_eq!(sids.len(), bodies.len(), "{told:#}");
        assert!(
            sids.iter().all(|sid| sid.as_str().is_some_and(|sid| sid.starts_with("SM") && sid.len() == 34))
        );
        assert_eq!(column(&told["sent"], "body"), bodies);
        assert_eq!(column(&told["sent"], "segments"), ["1", "1", "1", "2", "1"]);
        for text in told["sent"].as_array().expect("a list") {
            assert_eq!(
                (&text["direction"], &text["to"]),
                (&json!("outbound-api"), &json!(PERSON)),
                "{text:#}"
            );
            assert_eq!((&text["status"], &text["error_code"]), (&json!("queued"), &Value::Null), "{text:#}");
            assert!(text["created"].is_number() && text["price_unit"] == "USD", "{text:#}");
        }
        assert_eq!(column(&told["fetched"], "sid"), sids);
        let by_service = &told["by_service"];
        assert_eq!(
            (&by_service["status"], &by_service["from"]),
            (&json!("accepted"), &Value::Null),
            "{by_service:#}"
        );
        assert_eq!(by_service["service"], account.service);
        let newest_first: Vec<&Value> = sids.iter().rev().copied().collect();
        assert_eq!(column(&told["listed"], "sid"), newest_first);
        assert_eq!((&told["limited"], &told["since"], &told["later"]), (&json!(3), &json!(5), &json!(0)));
        assert_eq!(told["numbers"][0]["number"], NUMBER, "{}", told["numbers"]);
        assert_eq!(told["numbers"][0]["sms"], true, "{}", told["numbers"]);
        let codes = [
            ("no_number", 21_211),
            ("no_body", 21_602),
            ("not_ours", 21_606),
            ("too_long", 21_617),
            ("opted_out", 21_610),
        ];
        for (what, code) in codes {
            let refused = &told["refused"][what];
            assert_eq!(
                (&refused["status"], &refused["code"]),
                (&json!(400), &json!(code)),
                "{what}: {refused}"
            );
        }
        assert_eq!(told["let_in"], 401);
    });
}

#[test]
fn s19_signalwires_client_sends_lists_and_reads_at_the_fake() {
    let Some(libraries) = Libraries::shared() else { return };
    run(async {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (sandbox, account, _stop) = carrier(Vendor::SignalWire, door);
        let bodies = ["one", "zwei über", "three"];
        let asked = json!({"account": account.sid, "token": TOKEN, "number": NUMBER, "url": sandbox.base_url(),
            "callback": "http://127.0.0.1:9/webhooks/sms?m=x", "to": PERSON, "bodies": bodies});
        let told = libraries.python("text_through_signalwire.py", &asked).await;
        let sids = column(&told["sent"], "sid");
        assert!(sids.iter().all(|sid| sid.as_str().is_some_and(|sid| sid.len() == 36)), "{told:#}");
        assert_eq!(column(&told["sent"], "body"), bodies);
        assert_eq!(column(&told["sent"], "segments"), [1, 1, 1]);
        assert_eq!(column(&told["fetched"], "sid"), sids);
        assert_eq!(column(&told["listed"], "sid"), sids.iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(told["refused"], json!({"status": 400, "code": 21_211}));
    });
}
