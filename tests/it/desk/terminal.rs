//! The console's program in a real terminal, on a real daemon.

use frontdesk_sandbox::vapi::Scenario;
use frontdesk_store::Engine;
use frontdesk_tests::TestDesk;
use frontdesk_tests::daemon::console_program;
use frontdesk_tests::database::run_on;
use frontdesk_tests::desk::number;
use frontdesk_tests::tmux::Terminal;

/// Written at once into a prompt; more than are applied before a frame.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr";

fn console(desk: &TestDesk) -> Terminal {
    let line = format!("'{}' --socket '{}'", console_program().display(), desk.socket().display());
    Terminal::start(160, 30, &line, &[("LANG", "C.UTF-8"), ("TZ", "UTC")])
}

#[test]
fn seventy_letters_written_at_once_arrive() {
    console_program();
    run_on(Engine::Sqlite, |db| async move {
        assert_eq!(LETTERS.len(), 70);
        let desk = TestDesk::start(&db).await;
        let terminal = console(&desk);
        terminal.shows("live").await;
        terminal.text("2/");
        terminal.shows("filter:").await;
        terminal.text(LETTERS);
        terminal.shows(LETTERS).await;
        terminal.keys(&["Escape"]);
        terminal.hides("filter:").await;
        terminal.text("q");
        assert_eq!(terminal.exit_code().await, 0);
    });
}

#[test]
fn names_in_any_script_leave_every_number_as_it_is() {
    console_program();
    run_on(Engine::Sqlite, |db| async move {
        let desk = TestDesk::start(&db).await;
        let client = desk.client("harbour").await;
        let names = ["क्षि Hindi", "🇩🇪 Flag", "👨‍👩‍👧‍👦 Family", "שלום", "مرحبا", "日本語", "plain"];
        let mut csv = "name,phone\n".to_owned();
        let mut numbers = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let number = number(n, Scenario::NoAnswer);
            csv.push_str(&format!("{name},{number}\n"));
            numbers.push(number);
        }
        desk.import(&client, "", csv).await;
        let terminal = console(&desk);
        terminal.shows("live").await;
        terminal.text("2");
        let all = |screen: &str| numbers.iter().all(|number| screen.contains(number.as_str()));
        terminal.screen_where("every number", all).await;
        terminal.text("/plain");
        terminal
            .screen_where("one number", |s| numbers.iter().filter(|n| s.contains(n.as_str())).count() == 1)
            .await;
        terminal.keys(&["Escape"]);
        terminal.screen_where("every number again", all).await;
        terminal.text("jjj");
        terminal.screen_where("every number after moving", all).await;
        terminal.text("q");
        assert_eq!(terminal.exit_code().await, 0);
    });
}
