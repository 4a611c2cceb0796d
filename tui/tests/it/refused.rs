//! What cannot be done, or not yet: said before anything is asked, with what helps one key away.

use crate::desk::Desk;
use frontdesk_tui::link::{LinkMsg, Progress};
use frontdesk_tui::msg::Cmd;

#[test]
fn a_column_that_is_not_understood_is_answered_with_one_key() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("i").press("x.csv<enter><enter><enter>");
    let Some(Cmd::Upload(id, ..)) = desk.others.pop() else { panic!() };
    let why = "the import failed: “Photo consent” may say who must not be contacted, and it is not understood. \
               Say what it is: map it, for example map=Photo consent=do_not_call (a yes forbids every contact)";
    desk.link(LinkMsg::Upload(id, Progress::Failed(why.to_owned())));
    assert!(desk.frame().contains("tab: take “Photo consent=do_not_call”"), "{}", desk.frame());
    assert!(desk.frame().contains("do_not_email"), "the fields are shown: {}", desk.frame());
    desk.press("<tab>, Cell=phones<enter>");
    assert!(!desk.others.iter().any(|cmd| matches!(cmd, Cmd::Upload(..))), "it would be refused");
    assert!(desk.frame().contains("is not Header=field"), "{}", desk.frame());
    desk.press("<bs><enter>");
    let Some(Cmd::Upload(_, _, spec)) = desk.others.pop() else { panic!("{}", desk.frame()) };
    let wanted = [("Cell", "phone"), ("Photo consent", "do_not_call")];
    assert_eq!(spec.mapping, wanted.map(|(h, f)| (h.to_owned(), f.to_owned())).into());
}

#[test]
fn what_makes_no_sense_for_what_is_open_is_said_before_anything_is_asked() {
    let mut desk = Desk::ready(80, 24);
    // Nobody refused anything here.
    desk.keys("2<enter>O");
    assert_eq!(desk.said(), "withdraw opt-out: the lead has not opted out");
    assert!(desk.model.overlay.is_none());
    // What waits for its time, and what was taken back, is not tried again.
    desk.keys("<esc>3");
    for _ in 0..7 {
        desk.keys("j");
    }
    desk.keys("r");
    assert!(desk.said().contains("only what failed is tried again"), "{}", desk.said());
}
