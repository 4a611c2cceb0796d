//! Whole screens as text, read by a person before they are kept.

use crate::desk::Desk;
use frontdesk_shared::action::Role;
use frontdesk_shared::page::{Badges, Page, Rows};
use frontdesk_tui::link::{LinkMsg, Reply, Request};
use insta::assert_snapshot;

/// Sizes at which every screen is looked at.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn keep(name: &str, desk: &Desk) {
    let (width, height) = desk.model.size;
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        assert_snapshot!(format!("{name}@{width}x{height}"), desk.frame());
    });
}

#[test]
fn every_screen_with_data() {
    for (width, height) in SIZES {
        let mut desk = Desk::ready(width, height);
        for (key, list) in "12345678".chars().zip(frontdesk_tui::screens::TABS) {
            desk.keys(&key.to_string()).pass(200);
            keep(list.word(), &desk);
        }
    }
}

#[test]
fn lists_without_a_tab() {
    let mut desk = Desk::ready(120, 30);
    for name in ["calls", "appointments", "templates", "sequences", "clients", "events", "audit"] {
        desk.keys(&format!(":{name}<enter>"));
        keep(name, &desk);
    }
}

#[test]
fn small_screens() {
    for (width, height) in [(59, 11), (40, 8)] {
        let mut desk = Desk::ready(width, height);
        for key in ["1", "2", "3", "7"] {
            desk.keys(key);
            keep(&format!("small-{}", desk.model.list), &desk);
        }
        desk.keys("3r");
        keep("small-confirm", &desk);
    }
    keep("line", &Desk::ready(39, 7));
    keep("line", &Desk::ready(1, 1));
}

#[test]
fn states_without_rows_differ() {
    let mut desk = Desk::sized(80, 24);
    keep("connecting", &desk);
    desk.link(LinkMsg::Down("no daemon answers at /run/x (nobody listens on the socket)".to_owned()));
    keep("away-from-the-start", &desk);
    desk.up();
    keep("loading", &desk);
    let (id, Request::Page(query)) = desk.calls.remove(0) else { panic!() };
    let page = Page {
        rows: Rows::Calls(Vec::new()),
        next: None,
        prev: None,
        exact: false,
        matching: 0,
        total: 0,
        cursor: Default::default(),
        now: desk.now,
        badges: Badges::default(),
    };
    assert_eq!(query.limit, 200);
    desk.link(LinkMsg::Reply(id, Ok(Reply::Page(Box::new(page)))));
    keep("empty", &desk);
    let mut desk = Desk::ready(80, 24);
    desk.keys("2/nobody<enter>");
    keep("filtered-away", &desk);
    desk.keys("<esc>/liu");
    keep("filtering", &desk);
    desk.keys("<enter>").pass(1_000);
    desk.link(LinkMsg::Down("the daemon closed the connection".to_owned()));
    desk.pass(12_000);
    keep("stale", &desk);
}

#[test]
fn modes_cannot_be_mistaken() {
    let mut desk = Desk::sized(100, 24);
    desk.up_as("SANDBOX", Role::Watch);
    desk.badges.paused = true;
    desk.badges.pauses = vec![crate::support::sample::pause()];
    desk.settle();
    desk.pass(6_000);
    keep("sandbox-paused-watching", &desk);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        assert_snapshot!("sandbox-paused-watching@looks", desk.looks());
    });
}

#[test]
fn a_database_that_is_away_is_shown_on_every_screen_with_the_last_counts() {
    let mut desk = Desk::ready(100, 24);
    let live = desk.model.badges.live;
    assert!(live > 0);
    // No events come any more, which is all a quiet screen notices.
    desk.badges = Badges { away_since: Some(desk.now), spooled: 12, ..Badges::default() };
    desk.pass(60_000);
    assert_eq!(desk.model.badges.live, live);
    for key in "12345678".chars() {
        desk.keys(&key.to_string()).pass(200);
        let frame = desk.frame();
        let said = frame.contains("DATABASE AWAY since") && frame.contains("12 webhooks wait in the spool");
        assert!(said, "{frame}");
    }
    desk.badges = Badges::default();
    desk.pass(60_000);
    assert!(!desk.frame().contains("DATABASE AWAY"), "{}", desk.frame());
}

#[test]
fn texts() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut desk = Desk::ready(width, height);
        desk.keys("2<enter>");
        keep("lead", &desk);
        desk.keys("<esc>8<enter>");
        keep("message", &desk);
        desk.keys("<esc>:appointments<enter><enter>");
        keep("appointment", &desk);
        desk.keys("<esc>2<enter>");
        desk.keys("w");
        keep("why", &desk);
        desk.keys("/york<enter>");
        keep("why-find", &desk);
        desk.keys("<esc><esc>W");
        keep("why-idle", &desk);
    }
}

#[test]
fn appointments_as_a_week_and_a_day() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut desk = Desk::ready(width, height);
        desk.keys(":appointments<enter>V");
        keep("diary-week", &desk);
        let selected = |desk: &Desk| desk.model.selected().map(|row| row.id());
        let first = selected(&desk);
        desk.keys("<right>");
        let next = selected(&desk);
        assert_ne!(first, next, "the next day that has one");
        desk.keys("<left>");
        assert_eq!(selected(&desk), first);
        desk.keys("<down><up>");
        assert_eq!(selected(&desk), first);
        desk.keys("V");
        keep("diary-day", &desk);
        desk.keys("<enter>");
        assert!(desk.frame().contains("local time"), "{}", desk.frame());
        desk.keys("<esc>V");
        assert!(desk.frame().contains("starts (client's time)"), "the list again: {}", desk.frame());
    }
    // Where columns would be too narrow to read there is the list.
    let mut desk = Desk::ready(40, 12);
    desk.keys(":appointments<enter>V");
    assert!(desk.frame().contains("Appointments"), "{}", desk.frame());
}

#[test]
fn popups() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("3?");
    keep("help", &desk);
    desk.keys("mark");
    keep("help-search", &desk);
    desk.keys("<esc>:");
    keep("palette", &desk);
    desk.keys("<esc>s");
    keep("sort", &desk);
    desk.keys("<esc>r");
    keep("confirm", &desk);
    desk.keys("<esc>je");
    keep("settle-question", &desk);
    desk.keys("h");
    keep("settle-confirm", &desk);
    desk.keys("<esc>g  r");
    keep("confirm-marked", &desk);
    desk.keys("<esc>");
    desk.model.complain("retry: the job is being done by another daemon");
    desk.model.complain("import of leads.csv: the disk is full");
    keep("errors-stay", &desk);
    desk.keys("!");
    keep("notices", &desk);
    desk.keys("<esc>P");
    keep("reason", &desk);
    desk.keys("<esc>i");
    keep("import-path", &desk);
}

#[test]
fn what_is_typed_for_an_action() {
    let mut desk = Desk::ready(80, 24);
    desk.keys(":appointments<enter>r");
    keep("new-time", &desk);
    desk.keys("2026-12-24T10:00");
    desk.keys("<enter>");
    keep("new-time-confirm", &desk);
    desk.keys("<esc>x");
    keep("why-cancelled", &desk);
}

#[test]
fn looks_of_a_list() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("3j");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        assert_snapshot!("jobs@looks", desk.looks());
    });
}
