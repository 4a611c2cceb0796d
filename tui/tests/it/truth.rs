//! The console never lies: what is shown, marked and done is what was asked for.

use crate::desk::Desk;
use crate::support::sample;
use frontdesk_shared::action::Action;
use frontdesk_shared::page::{List, Pause};
use frontdesk_tui::link::Request;
use frontdesk_tui::model::overlay::Overlay;
use frontdesk_tui::msg::Msg;

fn ids(desk: &Desk) -> Vec<String> {
    let state = desk.model.state().unwrap();
    (0..state.len()).map(|at| state.id(at).unwrap().to_owned()).collect()
}

#[test]
fn an_invalid_filter_shows_nothing_marks_nothing_and_does_nothing() {
    let mut desk = Desk::ready(100, 24);
    desk.keys("2");
    assert!(desk.model.state().unwrap().len() > 100);
    desk.keys("/status:hedl<enter>");
    assert!(desk.model.state().unwrap().is_empty(), "{}", desk.frame());
    assert!(desk.frame().contains("“status:hedl” is not known"), "{}", desk.frame());
    desk.keys("A").keys(" ").keys("vjv").keys("o");
    assert!(desk.said().contains("is not known"), "{}", desk.said());
    desk.keys("y");
    assert!(desk.model.state().unwrap().marks.is_empty());
    assert!(desk.model.overlay.is_none() && desk.acts.is_empty());
    assert!(
        !desk.asked.iter().any(|r| matches!(r, Request::Preview(_) | Request::Act { .. } | Request::Ids(_)))
    );
    desk.keys("<esc><esc>");
    assert!(desk.model.state().unwrap().len() > 100, "without the filter everything is there again");
}

#[test]
fn rows_of_an_older_question_are_not_acted_on() {
    let mut desk = Desk::ready(100, 24);
    desk.keys("2");
    // Typed and acted on before the answer is there.
    desk.press("/ben<enter>o");
    assert!(desk.model.overlay.is_none() && desk.said().contains("being asked for"), "{}", desk.said());
    desk.press("A");
    assert!(desk.model.state().unwrap().marks.is_empty());
    assert!(desk.frame().contains("asking…"), "{}", desk.frame());
    desk.settle();
    desk.keys("o");
    assert!(matches!(desk.model.overlay, Some(Overlay::Confirm(_))));
}

#[test]
fn resuming_resumes_what_the_banner_says_on_every_screen() {
    for start in ["2", "1", ":clients<enter>", ":client brightsmile<enter>2"] {
        let mut desk = Desk::ready(120, 30);
        desk.badges.paused = true;
        desk.badges.pauses = vec![sample::pause()];
        desk.keys(start).pass(2_000);
        desk.happen("daemon", "");
        desk.pass(2_000);
        assert!(desk.frame().contains("PAUSED for all clients by sam"), "{start}: {}", desk.frame());
        desk.keys("U");
        let Some(Overlay::Confirm(confirm)) = &desk.model.overlay else { panic!("{start}") };
        assert_eq!(confirm.items[0].label, "the whole installation, all clients", "{start}");
        assert!(desk.frame().contains("the whole installation"), "named before y: {}", desk.frame());
        desk.keys("y");
        assert_eq!(desk.acts[0].0, Action::ResumeDialing { client: None }, "{start}");
    }
}

#[test]
fn pausing_names_its_scope_and_means_the_same_on_every_screen() {
    let mut desk = Desk::ready(120, 30);
    for screen in ["1", "3", ":clients<enter>"] {
        desk.keys(screen).keys("P");
        let frame = desk.frame();
        assert!(frame.contains("> the whole installation, all clients"), "{screen}: {frame}");
        desk.keys("<esc>");
    }
    // On the clients the selected one is offered, not implied.
    desk.keys("P<tab>lunch<enter>y");
    assert!(
        matches!(&desk.acts[0].0, Action::PauseDialing { client: Some(key), .. } if key == "brightsmile")
    );
    desk.keys(":client northside<enter>").keys("2P");
    assert!(desk.frame().contains("> the client northside-dental only"), "{}", desk.frame());
    desk.keys("<esc>");
    let client = Some("northside-dental".to_owned());
    desk.badges.pauses = vec![Pause { client: client.clone(), ..sample::pause() }];
    desk.happen("client", "x");
    desk.pass(2_000);
    assert!(desk.frame().contains("PAUSED for client northside-dental only by sam"), "{}", desk.frame());
    desk.keys("Uy");
    assert_eq!(desk.acts[1].0, Action::ResumeDialing { client });
}

#[test]
fn marks_and_actions_reach_the_whole_list() {
    let mut desk = Desk::ready(100, 24);
    desk.keys("2A");
    assert_eq!(desk.model.state().unwrap().marks.len(), 480, "fetched or not");
    assert_eq!(desk.said(), "480 rows marked: all that match");
    desk.keys("o");
    desk.keys("479<enter>");
    assert!(desk.acts.is_empty(), "another number does not confirm");
    desk.keys("480<enter>");
    let Action::Many { actions } = &desk.acts[0].0 else { panic!("{:?}", desk.acts) };
    assert_eq!(actions.len(), 480);
    assert!(desk.model.state().unwrap().marks.is_empty());
}

#[test]
fn sorting_asks_the_daemon_for_the_whole_list() {
    let mut desk = Desk::ready(100, 24);
    desk.keys("2").pass(500);
    let first = ids(&desk);
    desk.keys("sj<enter>");
    let sort = |desk: &Desk| {
        let asked = desk.asked.iter().rev().find_map(|request| match request {
            Request::Page(query) if query.list == List::Leads => Some(query.clone()),
            _ => None,
        });
        asked.unwrap().sort.unwrap()
    };
    assert_eq!((sort(&desk).by.as_str(), sort(&desk).descending), ("name", false));
    desk.keys("S");
    assert!(sort(&desk).descending);
    assert_ne!(ids(&desk), first);
    assert!(desk.frame().contains("sorted by name, down"), "{}", desk.frame());
}

#[test]
fn the_end_is_the_whole_lists_and_the_window_slides_back() {
    let mut desk = Desk::ready(100, 24);
    desk.keys("2G");
    assert!(desk.frame().contains(" 480/480 "), "{}", desk.frame());
    for _ in 0..478 {
        desk.keys("k");
    }
    assert!(desk.frame().contains(" 2/480 "), "{}", desk.frame());
    let mut all = ids(&desk);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 480);
}

#[test]
fn text_from_outside_is_shown_as_it_is_written() {
    let mut desk = Desk::ready(100, 24);
    desk.model.complain("bad \u{202e}321\u{202c} \x1b[2J");
    let frame = desk.frame();
    assert!(frame.contains("bad \\u{202e}321\\u{202c} \\u{1b}[2J"), "{frame}");
    desk.keys("<esc>2/");
    desk.msg(Msg::Paste("a\u{202e}b".to_owned()));
    assert!(desk.frame().contains("a\\u{202e}b"), "{}", desk.frame());
}
