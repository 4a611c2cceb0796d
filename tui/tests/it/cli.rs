//! The command line against a service on a real socket.

use crate::link::Socket;
use crate::support::fake::{Fake, State};
use clap::{CommandFactory, Parser};
use frontdesk_shared::action::{ACTIONS, Action};
use frontdesk_shared::contact::Channel;
use frontdesk_tui::cli::args::Cli;
use frontdesk_tui::cli::{self, out::Out};
use insta::assert_snapshot;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Text {
    fn read(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Ran {
    code: u8,
    out: String,
    err: String,
}

async fn on(socket: &Socket, words: &[&str]) -> Ran {
    let socket = socket.0.to_str().unwrap().to_owned();
    let all = ["frontdesk", "--socket", &socket].into_iter().chain(words.iter().copied());
    let cli = Cli::try_parse_from(all).unwrap();
    let (out, err) = (Text::default(), Text::default());
    let code = cli::run(cli, Out::to(Box::new(out.clone()), Box::new(err.clone()))).await;
    Ran { code, out: out.read(), err: err.read() }
}

async fn desk() -> (Fake, Socket) {
    let socket = Socket::new();
    let fake = Fake::new(State::default());
    fake.serve(&socket.0);
    (fake, socket)
}

fn keep(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        assert_snapshot!(format!("cli-{name}"), text);
    });
}

#[tokio::test]
async fn every_list_prints_a_table_and_json() {
    let (_fake, socket) = desk().await;
    let lists = [
        "clients",
        "leads",
        "calls",
        "messages",
        "jobs",
        "errors",
        "webhooks",
        "appointments",
        "imports",
        "events",
        "audit",
    ];
    for list in lists {
        let ran = on(&socket, &[list, "--limit", "4"]).await;
        assert_eq!(ran.code, 0, "{list}: {}", ran.err);
        keep(list, &ran.out);
        let ran = on(&socket, &[list, "--json", "--limit", "2"]).await;
        let page: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((page["rows"].as_array().unwrap().len(), &page["list"]), (2, &list.into()));
        let all = page["total"].as_u64().unwrap();
        assert_eq!(page["next"].is_null(), all == 2, "{list}: {all} and {}", page["next"]);
    }
    let ran = on(&socket, &["calls", "--live"]).await;
    keep("calls-live", &ran.out);
    let ran = on(&socket, &["leads", "--limit", "450", "--json"]).await;
    let page: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((page["rows"].as_array().unwrap().len(), &page["total"]), (450, &480.into()));
    let next = page["next"].as_str().unwrap().to_owned();
    let rest = on(&socket, &["leads", "--after", &next, "--json"]).await;
    let page: serde_json::Value = serde_json::from_str(&rest.out).unwrap();
    assert_eq!((page["rows"].as_array().unwrap().len(), &page["next"]), (30, &serde_json::Value::Null));
    let sorted = on(&socket, &["leads", "--sort", "-score", "--limit", "1"]).await;
    assert!(sorted.out.contains("80"), "{}", sorted.out);
    let ran = on(&socket, &["leads", "--filter", "nobody"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "0 of 480 match “nobody”\n"));
    let ran = on(&socket, &["leads", "--limit", "2"]).await;
    assert!(ran.err.contains("2 of 480 shown"), "{}", ran.err);
}

#[tokio::test]
async fn status_and_explanations() {
    let (_fake, socket) = desk().await;
    let ran = on(&socket, &["status"]).await;
    assert_eq!(ran.code, 0, "degraded is not down: {}", ran.err);
    keep("status", &ran.out);
    let ran = on(&socket, &["status", "--json"]).await;
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["counts"]["live"], 5);
    keep("why", &on(&socket, &["why", "x"]).await.out);
    keep("why-idle", &on(&socket, &["why-idle"]).await.out);
    keep("show", &on(&socket, &["show", "lead", "x"]).await.out);
    let ran = on(&socket, &["why", "nobody"]).await;
    assert_eq!((ran.code, ran.err.as_str()), (1, "frontdesk: no lead “nobody” (not_found)\n"));
}

#[tokio::test]
async fn a_message_is_read_before_anybody_gets_it() {
    let (_fake, socket) = desk().await;
    keep("preview", &on(&socket, &["preview", "reminder-24h", "--lead", "x"]).await.out);
    let mail = on(&socket, &["preview", "reminder-24h", "--lead", "x", "--channel", "email"]).await;
    assert!(mail.out.starts_with("subject  Tomorrow at 14:30\n"), "{}", mail.out);
    let ran = on(&socket, &["preview", "cancelled", "--lead", "x"]).await;
    assert!(ran.code == 1 && ran.err.contains("nothing is known for moment"), "{}", ran.err);
}

#[tokio::test]
async fn actions_are_previewed_and_done() {
    let (fake, socket) = desk().await;
    let verbs: [(&[&str], Action); 20] = [
        (&["retry", "j"], Action::RetryJob { job: "j".to_owned() }),
        (&["cancel", "j"], Action::CancelJob { job: "j".to_owned() }),
        (&["settle", "j", "did-not-happen"], Action::SettleJob { job: "j".to_owned(), happened: false }),
        (&["replay", "w"], Action::ReplayWebhook { webhook: "w".to_owned() }),
        (&["call", "l"], Action::CallNow { lead: "l".to_owned() }),
        (&["optout", "+44"], Action::OptOut { who: "+44".to_owned() }),
        (&["end", "c"], Action::EndCall { call: "c".to_owned() }),
        (
            &["appointment", "cancel", "a", "closed", "early"],
            Action::CancelAppointment { appointment: "a".to_owned(), reason: "closed early".to_owned() },
        ),
        (
            &["appointment", "reschedule", "a", "2026-12-24T10:00"],
            Action::RescheduleAppointment { appointment: "a".to_owned(), to: "2026-12-24T10:00".to_owned() },
        ),
        (&["appointment", "attended", "a"], Action::MarkAttended { appointment: "a".to_owned() }),
        (&["appointment", "no-show", "a"], Action::MarkNoShow { appointment: "a".to_owned() }),
        (
            &["withdraw", "l", "the", "wrong", "line"],
            Action::WithdrawOptOut { who: "l".to_owned(), reason: "the wrong line".to_owned() },
        ),
        (&["resend", "m"], Action::ResendMessage { message: "m".to_owned() }),
        (
            &["test-send", "k", "email", "me@here.example", "--template", "moved"],
            Action::TestSend {
                client: "k".to_owned(),
                channel: Channel::Email,
                address: "me@here.example".to_owned(),
                template: "moved".to_owned(),
            },
        ),
        (&["undo-import", "i"], Action::UndoImport { import: "i".to_owned() }),
        (&["ack", "f"], Action::AckFault { fault: "f".to_owned() }),
        (
            &["pause", "--client", "k", "at", "lunch"],
            Action::PauseDialing { client: Some("k".to_owned()), reason: "at lunch".to_owned() },
        ),
        (&["resume"], Action::ResumeDialing { client: None }),
        (&["run", "backup"], Action::RunSchedule { name: "backup".to_owned() }),
        (&["client", "deactivate", "k"], Action::DeactivateClient { client: "k".to_owned() }),
    ];
    assert_eq!(verbs.len(), ACTIONS.len(), "every action has a verb");
    for (words, action) in verbs {
        let dry: Vec<&str> = words.iter().copied().chain(["--dry-run"]).collect();
        let ran = on(&socket, &dry).await;
        assert!(ran.code == 0 && ran.out.contains("It will be tried"), "{words:?}: {}{}", ran.out, ran.err);
        assert!(fake.with(|s| s.acts.is_empty()));
        let ran = on(&socket, words).await;
        assert_eq!((ran.code, ran.out), (0, format!("{} is done\n", action.spec().label)));
        assert_eq!(fake.with(|s| std::mem::take(&mut s.acts))[0].0, action);
    }
    fake.with(|s| s.refuse = Some("the job is done".to_owned()));
    let ran = on(&socket, &["retry", "j"]).await;
    assert_eq!((ran.code, ran.err.as_str()), (1, "frontdesk: retry: the job is done\n"));
    assert!(fake.with(|s| s.acts.is_empty()));
    let ran = on(&socket, &["retry", "j", "--dry-run"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "nothing is promised that is not done: {}", ran.err);
}

#[tokio::test]
async fn failures_are_json_where_json_was_asked_for() {
    let (fake, socket) = desk().await;
    fake.with(|s| s.refuse = Some("the job is done".to_owned()));
    let cases: [(&[&str], u8, &str, &str); 3] = [
        (&["retry", "j", "--json"], 1, "conflict", "retry: the job is done"),
        (&["why", "nobody", "--json"], 1, "not_found", "no lead “nobody” (not_found)"),
        (&["import", "x.csv", "--json"], 2, "usage", "import: --client KEY says whose leads these are"),
    ];
    for (words, code, kind, message) in cases {
        let ran = on(&socket, words).await;
        let told: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{words:?}");
        assert_eq!(told, serde_json::json!({ "error": { "code": kind, "message": message } }));
    }
    let nowhere = Socket::new();
    let told: serde_json::Value =
        serde_json::from_str(&on(&nowhere, &["status", "--json"]).await.err).unwrap();
    assert_eq!(told["error"]["code"], "unavailable");
}

#[test]
fn the_registry_names_verbs_that_exist() {
    let command = Cli::command();
    for spec in ACTIONS {
        let mut words = spec.cli.split_whitespace();
        let verb = words.next().unwrap();
        let found = command.find_subcommand(verb);
        assert!(found.is_some(), "{verb}");
        if let (Some(found), Some(next)) = (found, words.next()) {
            assert!(!found.has_subcommands() || found.find_subcommand(next).is_some(), "{}", spec.cli);
        }
    }
    Cli::command().debug_assert();
}

#[tokio::test]
async fn importing_clients_and_keys() {
    let (fake, socket) = desk().await;
    let file = Socket::new();
    std::fs::write(&file.0, "Mobile No,Full name\n07700900123,A\n07700900124,B\n").unwrap();
    let path = file.0.to_str().unwrap();
    let ran = on(&socket, &["import", path]).await;
    assert!(ran.code == 2 && ran.err.contains("--client KEY"), "{}", ran.err);
    let words = [
        "import",
        path,
        "--client",
        "brightsmile",
        "--dry-run",
        "--map",
        "Mobile No=phone",
        "--country",
        "gb",
    ];
    let ran = on(&socket, &words).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("judged, nothing imported: 2 rows: 1 accepted"), "{}", ran.out);
    let spec = fake.with(|s| s.uploads.values().next().unwrap().0.clone());
    assert!(spec.dry_run && spec.mapping["Mobile No"] == "phone" && spec.country.as_deref() == Some("GB"));
    let ran = on(&socket, &["import", path, "--client", "nobody"]).await;
    assert_eq!((ran.code, ran.err.as_str()), (1, "frontdesk: no client “nobody”\n"));

    let ran = on(&socket, &["client", "add", "Bright Smile", "--key", "brightsmile"]).await;
    keep("client-add", &ran.out);
    let ran = on(&socket, &["key", "new", "--client", "brightsmile"]).await;
    assert_eq!(ran.out, "fd_key_brightsmile\n");
}

#[tokio::test]
async fn without_a_daemon_the_sentence_says_what_to_do() {
    let socket = Socket::new();
    let ran = on(&socket, &["status"]).await;
    assert_eq!(ran.code, 2);
    for part in [socket.0.to_str().unwrap(), "frontdeskd serve", "--socket"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    let fake = Fake::new(State { protocol: 9, ..State::default() });
    let _serving = fake.serve(&socket.0);
    let ran = on(&socket, &["status"]).await;
    assert!(ran.code == 2 && ran.err.contains("speaks protocol 9"), "{}", ran.err);
}

#[tokio::test]
async fn watching_prints_events_as_lines() {
    let (fake, socket) = desk().await;
    let path = socket.0.to_str().unwrap().to_owned();
    let out = Text::default();
    let cli = Cli::try_parse_from(["frontdesk", "--socket", &path, "watch"]).unwrap();
    let watching = tokio::spawn(cli::run(cli, Out::to(Box::new(out.clone()), Box::new(Text::default()))));
    while fake.with(|s| s.polls.is_empty()) {
        tokio::task::yield_now().await;
    }
    fake.happen("call_started", "call", "c1", "a call was answered");
    while out.read().is_empty() {
        tokio::task::yield_now().await;
    }
    watching.abort();
    assert_eq!(
        out.read(),
        "2026-03-04T14:02:11.000Z  call_started           brightsmile  daemon     a call was answered\n"
    );
}

#[tokio::test]
async fn the_console_needs_a_terminal() {
    let socket = Socket::new();
    let ran = on(&socket, &[]).await;
    assert!(ran.code == 2 && ran.err.contains("frontdesk status"), "{}", ran.err);
}
