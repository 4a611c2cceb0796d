//! Frames as bytes: nothing for nothing, little for little, one block each.

use crate::desk::Desk;
use frontdesk_tui::paint::Screen;

fn bytes(screen: &mut Screen, desk: &Desk) -> usize {
    screen.frame(&desk.model).unwrap().map_or(0, |frame| frame.len())
}

#[test]
fn frames_cost_what_they_may_at_120x40() {
    let mut desk = Desk::ready(120, 40);
    desk.keys("2");
    let mut screen = Screen::new();
    let full = bytes(&mut screen, &desk);
    assert!((4_000..=12_000).contains(&full), "full paint: {full}");
    assert_eq!(bytes(&mut screen, &desk), 0, "nothing changed");
    desk.keys("j");
    let moved = bytes(&mut screen, &desk);
    assert!(moved <= 450, "cursor: {moved}");
    desk.keys("3").pass(200);
    let tab = bytes(&mut screen, &desk);
    assert!(tab <= 5_000, "tab: {tab}"); // nearly every cell differs between two full lists
    desk.keys("1").pass(3_500);
    bytes(&mut screen, &desk);
    desk.pass(1_000);
    let tick = bytes(&mut screen, &desk);
    assert!((1..=150).contains(&tick), "tick: {tick}");
    println!("full {full}, cursor {moved}, tab {tab}, tick {tick}");
}

#[test]
fn a_quiet_screen_writes_nothing() {
    let mut desk = Desk::ready(120, 40);
    desk.keys("5").pass(1_000);
    let mut screen = Screen::new();
    bytes(&mut screen, &desk);
    let mut written = 0;
    for _ in 0..20 {
        desk.pass(1_000);
        written += bytes(&mut screen, &desk);
    }
    assert_eq!(written, 0);
}

#[test]
fn a_frame_is_bracketed_and_asks_the_terminal_nothing() {
    let desk = Desk::ready(80, 24);
    let mut screen = Screen::new();
    let frame = String::from_utf8(screen.frame(&desk.model).unwrap().unwrap()).unwrap();
    assert!(frame.starts_with("\x1b[?2026h") && frame.ends_with("\x1b[?2026l"));
    assert_eq!(frame.matches("\x1b[?2026h").count(), 1);
    assert!(!frame.contains("\x1b[6n") && !frame.contains("\x1b[c"), "no queries");
    screen.forget();
    assert!(screen.frame(&desk.model).unwrap().is_some(), "redraw writes everything");
}

#[test]
fn outside_text_cannot_steer_the_terminal() {
    let mut desk = Desk::ready(80, 24);
    desk.model.complain("bad \x1b[2J news");
    let mut screen = Screen::new();
    let frame = String::from_utf8(screen.frame(&desk.model).unwrap().unwrap()).unwrap();
    assert_eq!(frame.matches("\x1b[2J").count(), 1, "only the first clear is there");
}
