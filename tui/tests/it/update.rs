//! Keys and messages to model and commands.

use crate::desk::{BEHIND_MS, Desk};
use crate::support::sample;
use frontdesk_shared::action::{Action, Role};
use frontdesk_shared::page::List;
use frontdesk_tui::link::{CallError, LinkMsg, Progress, Request};
use frontdesk_tui::model::Dirty;
use frontdesk_tui::model::overlay::Overlay;
use frontdesk_tui::msg::{Cmd, Msg};
use frontdesk_tui::update::next_wake;

fn pages(desk: &Desk) -> usize {
    desk.asked.iter().filter(|r| matches!(r, Request::Page(_))).count()
}

#[test]
fn screens_are_reached_by_number_and_tab_and_keep_their_place() {
    let mut desk = Desk::ready(80, 24);
    for (key, list) in "12345678".chars().zip(frontdesk_tui::screens::TABS) {
        desk.keys(&key.to_string());
        assert_eq!(desk.model.list, list);
    }
    desk.keys("2jjj3<s-tab>");
    assert_eq!(desk.model.list, List::Leads);
    assert_eq!(desk.model.state().unwrap().cursor, 3);
    desk.keys("8<tab>");
    assert_eq!(desk.model.list, List::Live);
    desk.keys(":appointm<enter>");
    assert_eq!(desk.model.list, List::Appointments);
    desk.keys("<tab>");
    assert_eq!(desk.model.list, List::Live, "from a list without a tab the first one follows");
}

#[test]
fn moving_stays_inside_the_list_and_scrolls() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2k");
    let state = |desk: &Desk| {
        let s = desk.model.state().unwrap();
        (s.cursor, s.offset)
    };
    assert_eq!(state(&desk), (0, 0));
    desk.keys("<pgdn>");
    assert_eq!(state(&desk), (18, 1));
    desk.keys("du");
    assert_eq!(state(&desk).0, 18);
    desk.keys("G");
    assert_eq!(state(&desk), (199, 182));
    desk.keys("gkh<esc>");
    assert_eq!(state(&desk), (0, 0));
    assert!(desk.others.is_empty(), "esc never quits: {:?}", desk.others);
}

#[test]
fn further_pages_come_when_the_cursor_nears_the_end() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2");
    assert_eq!(desk.model.state().unwrap().len(), 200);
    desk.keys("G");
    let state = desk.model.state().unwrap();
    assert_eq!((state.number(), state.cursor + 1), (480, state.len()), "the end of the whole list");
    desk.keys("g");
    assert_eq!(desk.model.state().unwrap().number(), 1);
    desk.keys("G");
    let before = pages(&desk);
    desk.keys("G").pass(20_000);
    assert_eq!(pages(&desk), before, "nothing happens, nothing is asked");
}

#[test]
fn selection_is_kept_by_id_when_rows_come_and_go() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2jj").pass(1_000);
    let id = desk.model.state().unwrap().id(2).unwrap().to_owned();
    // A new lead arrives on top.
    desk.happen("lead", "x");
    let (request, _) = desk.calls.pop().unwrap();
    let mut page = sample::page(
        &frontdesk_shared::page::Query::first(List::Leads, 200),
        desk.now + BEHIND_MS,
        desk.badges.clone(),
        Default::default(),
    );
    if let frontdesk_shared::page::Rows::Leads(rows) = &mut page.rows {
        rows.insert(0, sample::lead(999, desk.now));
    }
    desk.link(LinkMsg::Reply(request, Ok(frontdesk_tui::link::Reply::Page(Box::new(page)))));
    let state = desk.model.state().unwrap();
    assert_eq!((state.cursor, state.id(3)), (3, Some(id.as_str())));
    desk.keys("g");
    assert_eq!(desk.model.state().unwrap().cursor, 0);
}

#[test]
fn events_refetch_at_once_and_then_at_a_bounded_rate() {
    let mut desk = Desk::ready(80, 24);
    desk.pass(1_000);
    let start = pages(&desk);
    desk.happen("call", "a");
    assert_eq!(pages(&desk), start + 1, "the leading edge is immediate");
    desk.settle();
    for _ in 0..20 {
        desk.happen("call", "a");
    }
    assert_eq!(pages(&desk), start + 1);
    desk.pass(149);
    assert_eq!(pages(&desk), start + 1);
    desk.pass(1);
    assert_eq!(pages(&desk), start + 2);
    desk.pass(5_000);
    assert_eq!(pages(&desk), start + 2);
    // What happens elsewhere only concerns the counts.
    desk.happen("webhook", "w");
    assert_eq!(pages(&desk), start + 3);
    desk.settle();
    desk.happen("webhook", "w");
    desk.pass(999);
    assert_eq!(pages(&desk), start + 3);
    desk.pass(1);
    assert_eq!(pages(&desk), start + 4);
}

#[test]
fn a_frozen_view_stays_and_counts_what_waits() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("p").pass(1_000);
    let start = pages(&desk);
    desk.happen("call", "a");
    desk.happen("call", "b");
    desk.pass(5_000);
    assert_eq!(pages(&desk), start);
    assert!(desk.frame().contains("FROZEN, 2 changes waiting"), "{}", desk.frame());
    desk.keys("p");
    assert_eq!(pages(&desk), start + 1);
}

#[test]
fn the_filter_goes_to_the_daemon_while_it_is_typed_and_esc_takes_it_back() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2/liu");
    let Some(Request::Page(query)) = desk.asked.last() else { panic!() };
    assert_eq!((query.list, query.filter.as_str()), (List::Leads, "liu"));
    assert_eq!(desk.model.state().unwrap().len(), 40);
    desk.keys("<enter>j<esc>");
    assert_eq!(desk.model.state().unwrap().filter, "");
    assert_eq!(desk.model.state().unwrap().len(), 200);
    desk.keys("/x<esc>");
    assert_eq!(desk.model.state().unwrap().filter, "");
}

#[test]
fn an_answer_to_an_older_filter_is_dropped() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2");
    desk.press("/l");
    let old = desk.calls.remove(0);
    desk.press("iu");
    desk.settle();
    let rows = desk.model.state().unwrap().len();
    let page = sample::page(
        &frontdesk_shared::page::Query::first(List::Leads, 3),
        desk.now,
        desk.badges.clone(),
        Default::default(),
    );
    desk.link(LinkMsg::Reply(old.0, Ok(frontdesk_tui::link::Reply::Page(Box::new(page)))));
    assert_eq!(desk.model.state().unwrap().len(), rows);
}

#[test]
fn a_confirmed_action_is_previewed_confirmed_by_y_and_done_once() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("3r");
    assert!(matches!(desk.model.overlay, Some(Overlay::Confirm(_))));
    desk.keys("<enter>");
    assert!(desk.model.overlay.is_none() && desk.acts.is_empty(), "enter is on cancel");
    desk.keys("rn").keys("r<esc>");
    assert!(desk.acts.is_empty());
    desk.keys("ry");
    let job = sample::job(0, sample::NOW).id.to_string();
    assert_eq!(desk.acts.len(), 1);
    assert_eq!(desk.acts[0].0, Action::RetryJob { job });
    assert_eq!(desk.said(), "retry is done");
    desk.keys("ry");
    assert_ne!(desk.acts[0].1, desk.acts[1].1, "each confirmation has its own name");
}

#[test]
fn a_confirmation_waits_for_its_preview() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("3").press("ry");
    assert!(desk.acts.is_empty());
    assert!(matches!(desk.model.overlay, Some(Overlay::Confirm(_))));
    desk.settle();
    desk.keys("y");
    assert_eq!(desk.acts.len(), 1);
}

#[test]
fn a_refused_action_cannot_be_confirmed() {
    let mut desk = Desk::ready(80, 24);
    desk.refuse = Some("the job is being done".to_owned());
    desk.keys("3r");
    assert!(desk.frame().contains("cannot be done: the job is being done"), "{}", desk.frame());
    assert!(!desk.frame().contains("y confirm"), "{}", desk.frame());
    desk.keys("y<esc>");
    assert!(desk.acts.is_empty());
}

#[test]
fn a_harmless_action_is_done_at_once() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("4a");
    assert_eq!(desk.acts.len(), 1);
    desk.keys("jjja");
    assert_eq!(desk.acts.len(), 1);
    assert_eq!(desk.said(), "acknowledge: already acknowledged");
}

#[test]
fn what_cannot_be_taken_back_wants_its_number_typed() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("1xy");
    assert!(desk.acts.is_empty());
    desk.keys("2<enter>");
    assert!(desk.frame().contains("that is not 1"), "{}", desk.frame());
    desk.keys("1<enter>");
    assert!(matches!(desk.acts[0].0, Action::EndCall { .. }));
    desk.keys("x<enter>");
    assert_eq!(desk.acts.len(), 1, "enter without a number cancels");
}

#[test]
fn marked_rows_are_acted_on_together_and_many_want_their_number_typed() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2  c");
    desk.keys("y");
    assert_eq!(desk.acts.len(), 2);
    assert!(desk.model.state().unwrap().marks.is_empty());
    assert_eq!(desk.said(), "call now: 2 done");
    desk.keys("gvjjjjjjjvc");
    desk.keys("y");
    assert_eq!(desk.acts.len(), 2, "more than five: y is not enough");
    desk.keys("8<enter>");
    assert_eq!(desk.acts.len(), 3, "one request for all of them");
    let Action::Many { actions } = &desk.acts[2].0 else { panic!("{:?}", desk.acts[2]) };
    assert_eq!(actions.len(), 8);
}

#[test]
fn settling_asks_what_happened() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("3je");
    assert!(matches!(desk.model.overlay, Some(Overlay::Happened(_))));
    desk.keys("n1<enter>");
    assert!(matches!(desk.acts[0].0, Action::SettleJob { happened: false, .. }));
}

#[test]
fn pausing_asks_for_a_reason_and_resuming_wants_a_pause() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("U");
    assert_eq!(desk.said(), "resume dialing: dialing is not paused");
    desk.keys("P<enter>lunch break<enter>y");
    let reason = "lunch break".to_owned();
    assert_eq!(desk.acts[0].0, Action::PauseDialing { client: None, reason });
    desk.badges.paused = true;
    desk.badges.pauses = vec![sample::pause()];
    desk.happen("daemon", "");
    desk.pass(2_000);
    let banner = "DIALING IS PAUSED for all clients by sam since 14:01:11: lunch — U resumes";
    assert!(desk.frame().contains(banner), "{}", desk.frame());
    desk.keys("P");
    assert_eq!(desk.said(), "pause dialing: dialing is already paused");
    desk.keys("Uy");
    assert_eq!(desk.acts[1].0, Action::ResumeDialing { client: None });
}

#[test]
fn keys_that_are_not_possible_say_why() {
    let mut desk = Desk::with(80, 24, |o| o.read_only = true);
    desk.up();
    desk.settle();
    desk.keys("3r");
    assert_eq!(desk.said(), "retry: disabled: read-only");
    let mut desk = Desk::sized(80, 24);
    desk.up_as("PROD", Role::Watch);
    desk.settle();
    desk.keys("3r");
    assert_eq!(desk.said(), "retry: disabled: needs the role “operate”, you have “watch”");
    desk.keys("i");
    assert_eq!(desk.said(), "disabled: needs the role “operate”, you have “watch”");
    let mut desk = Desk::ready(80, 24);
    desk.keys("3jr");
    assert_eq!(desk.said(), "retry: the job is uncertain: settle it first (e)");
    desk.keys("4r");
    assert_eq!(desk.said(), "r is “retry” on Jobs");
    desk.link(LinkMsg::Down("gone".to_owned()));
    desk.keys("3r");
    assert_eq!(desk.said(), "retry: the daemon is away");
}

#[test]
fn the_palette_lists_what_is_not_possible_with_the_reason() {
    let mut desk = Desk::ready(80, 24);
    desk.keys(":retry");
    assert!(desk.frame().contains("not now: works on jobs"), "{}", desk.frame());
    desk.keys("<enter>");
    assert_eq!(desk.said(), "retry: works on jobs");
    desk.keys(":client bright<enter>");
    assert_eq!(desk.model.client.as_deref(), Some("brightsmile"));
    let Some(Request::Page(query)) = desk.asked.last() else { panic!() };
    assert_eq!(query.client.as_deref(), Some("brightsmile"));
    desk.keys(":all clients<enter>");
    assert_eq!(desk.model.client, None);
}

#[test]
fn esc_goes_back_one_step_at_a_time() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2/a<enter> <enter>");
    assert_eq!(desk.model.stack.len(), 1);
    desk.model.complain("something went wrong");
    desk.keys("?");
    desk.keys("<esc>");
    assert_eq!(desk.model.messages.unread, 1);
    desk.keys("<esc>");
    assert_eq!((desk.model.messages.unread, desk.model.stack.len()), (0, 1));
    desk.keys("<esc>");
    assert_eq!((desk.model.stack.len(), desk.model.state().unwrap().marks.len()), (0, 1));
    desk.keys("<esc>");
    assert_eq!((desk.model.state().unwrap().marks.len(), desk.model.state().unwrap().filter.len()), (0, 1));
    desk.keys("<esc><esc>");
    assert_eq!(desk.model.state().unwrap().filter, "");
    assert!(!desk.others.contains(&Cmd::Quit));
    desk.keys("<enter>q");
    assert!(!desk.others.contains(&Cmd::Quit), "q closes what is open");
    desk.keys("q");
    assert!(desk.others.contains(&Cmd::Quit));
}

#[test]
fn details_lead_to_related_things_and_refresh_when_these_change() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2<enter>/call.place<enter><enter>");
    assert_eq!(desk.model.stack.len(), 2);
    assert_eq!(desk.model.stack[1].subject().unwrap().kind, frontdesk_shared::Noun::Job);
    let asked = desk.asked.len();
    desk.pass(600);
    desk.happen("job", &desk.model.stack[1].subject().unwrap().id);
    let detail = desk.asked[asked..].iter().filter(|r| matches!(r, Request::Detail(_))).count();
    assert_eq!(detail, 1);
    desk.settle();
    desk.keys("r");
    assert!(matches!(desk.model.overlay, Some(Overlay::Confirm(_))), "actions work in details");
}

#[test]
fn why_is_asked_for_the_lead_at_hand() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2w");
    let lead = sample::lead(0, sample::NOW).id.to_string();
    assert_eq!(desk.asked.last(), Some(&Request::Why(lead)));
    desk.keys("<esc>W");
    assert_eq!(desk.asked.last(), Some(&Request::WhyIdle(None)));
    desk.keys("<esc>6w");
    assert!(desk.said().starts_with("w does nothing here"));
}

#[test]
fn copying_gives_ids_rows_and_refuses_too_much() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("2y");
    let id = sample::lead(0, sample::NOW).id.to_string();
    assert_eq!(desk.others.pop(), Some(Cmd::Copy(id)));
    desk.keys(" kY");
    let Some(Cmd::Copy(text)) = desk.others.pop() else { panic!() };
    assert!(text.starts_with('{') && text.contains("Amara"));
    desk.keys("AY");
    assert_eq!(desk.said(), "280 rows marked and not fetched: not copied");
    desk.keys("<esc><esc>gv<pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn>vY");
    assert_eq!(desk.others.pop(), None);
    assert!(desk.said().starts_with("too much to copy"));
}

#[test]
fn sorting_orders_the_list_and_says_so() {
    let mut desk = Desk::ready(120, 40);
    desk.keys("2sjjjjj<enter>");
    let score = |desk: &Desk| match desk.model.selected() {
        Some(frontdesk_tui::rows::Row::Lead(lead)) => lead.score,
        _ => panic!(),
    };
    desk.keys("g");
    assert_eq!(score(&desk), 21);
    assert!(desk.frame().contains("sorted by score, up"), "{}", desk.frame());
    desk.keys("Sg");
    assert_eq!(score(&desk), 80);
    desk.keys("sggk<esc>s<up><up><up><up><up><up><enter>");
    assert!(desk.frame().contains("newest first"));
}

#[test]
fn importing_asks_judges_and_only_then_imports() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("i");
    assert_eq!(desk.others.pop(), Some(Cmd::Names(String::new())));
    desk.press("le");
    desk.msg(Msg::Names("le".to_owned(), vec!["leads-1.csv".to_owned(), "leads-2.csv".to_owned()]));
    desk.press("<tab>2.csv<enter>");
    desk.press("j<enter>I attest<tab>gb<enter>");
    let Some(Cmd::Upload(id, path, spec)) = desk.others.pop() else { panic!("{:?}", desk.others) };
    assert_eq!(
        (path.as_str(), spec.client.as_str(), spec.dry_run),
        ("leads-2.csv", "northside-dental", true)
    );
    assert_eq!((spec.attest.as_deref(), spec.country.as_deref()), (Some("I attest"), Some("GB")));
    let report = sample::report("leads-2.csv", true, desk.now);
    desk.link(LinkMsg::Upload(id, Progress::Over(Box::new(report))));
    assert!(desk.frame().contains("y: import for real"), "{}", desk.frame());
    desk.press("y");
    let Some(Cmd::Upload(real, _, spec)) = desk.others.pop() else { panic!() };
    assert!(!spec.dry_run && desk.model.overlay.is_none());
    desk.link(LinkMsg::Upload(real, Progress::Sent(500, 1_000)));
    assert!(desk.frame().contains("sending leads-2.csv 50%"), "{}", desk.frame());
    desk.press("q");
    assert!(!desk.others.contains(&Cmd::Quit), "quitting would lose the file");
    desk.press("i");
    assert_eq!(desk.said(), "a file is being imported; one after the other");
    desk.link(LinkMsg::Upload(real, Progress::Failed("the disk is full".to_owned())));
    assert_eq!(desk.said(), "import of leads-2.csv: the disk is full");
}

#[test]
fn a_judged_file_can_be_left_alone_and_one_being_judged_be_dropped() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("i").press("x.csv<enter><enter><enter>");
    let Some(Cmd::Upload(id, ..)) = desk.others.pop() else { panic!() };
    desk.press("<esc>");
    assert!(desk.others.contains(&Cmd::DropUpload(id)));
    desk.press("<enter>");
    let Some(Cmd::Upload(id, ..)) = desk.others.pop() else { panic!() };
    desk.link(LinkMsg::Upload(id, Progress::Failed("no column looks like a phone number".to_owned())));
    assert!(desk.frame().contains("no column looks like"), "{}", desk.frame());
}

#[test]
fn an_action_lost_with_the_connection_is_sent_again_under_the_same_name() {
    let mut desk = Desk::ready(80, 24);
    desk.keys("3r").press("y");
    let (id, request) = desk.calls.remove(0);
    let lost = CallError { text: "the connection broke".to_owned(), lost: true, retryable: true };
    desk.calls.clear();
    desk.link(LinkMsg::Down("gone".to_owned()));
    desk.link(LinkMsg::Reply(id, Err(lost)));
    assert!(desk.calls.is_empty());
    desk.up();
    assert!(desk.calls.iter().any(|(_, again)| *again == request), "{:?}", desk.calls);
    desk.settle();
    assert_eq!(desk.said(), "retry is done");
}

#[test]
fn without_a_daemon_rows_stay_with_their_age() {
    let mut desk = Desk::ready(80, 24);
    desk.pass(10_000);
    desk.link(LinkMsg::Down("nobody listens".to_owned()));
    desk.link(LinkMsg::Down("nobody listens".to_owned()));
    desk.pass(12_000);
    let frame = desk.frame();
    assert!(frame.contains("DAEMON UNREACHABLE since 14:02:19, showing data from 14:02:09"), "{frame}");
    assert!(frame.contains("away 11s") && frame.contains("Amara Okafor"), "{frame}");
    desk.up();
    assert!(!desk.calls.is_empty(), "rows are fetched at once");
    desk.settle();
    assert!(desk.frame().contains("live"), "{}", desk.frame());
}

#[test]
fn a_silent_daemon_is_said_to_be_silent() {
    let mut desk = Desk::ready(80, 24);
    desk.mute = true;
    desk.pass(24_000);
    assert!(!desk.frame().contains("silent"));
    desk.pass(6_000);
    assert!(desk.frame().contains("silent 30s") || desk.frame().contains("silent 29s"), "{}", desk.frame());
}

#[test]
fn only_what_changes_wakes_the_console() {
    let mut desk = Desk::ready(80, 24);
    let wait = |desk: &Desk| next_wake(&desk.model).unwrap().since(desk.now);
    assert!(wait(&desk) <= 1_000, "a live call ticks");
    desk.keys("5").pass(4_000);
    assert!(wait(&desk) > 1_000, "nothing ticks on webhooks");
    desk.keys("7").pass(1_000);
    assert!(wait(&desk) <= 5_000, "the health report is looked at again");
}

#[test]
fn bad_news_on_the_health_tab_is_looked_at_until_it_is_over() {
    let looks = |desk: &Desk| {
        let health = |r: &&Request| matches!(r, Request::Page(q) if q.list == List::Health);
        desk.asked.iter().filter(health).count()
    };
    // A minute in which the daemon is heard.
    let minute = |desk: &mut Desk| {
        let before = looks(desk);
        for _ in 0..12 {
            desk.pass(5_000).happen("call", "a");
            desk.settle();
        }
        looks(desk) - before
    };
    let mut desk = Desk::ready(100, 24);
    assert_eq!(minute(&mut desk), 0, "nobody looked, so there is nothing to take back");
    desk.keys("71");
    assert!(desk.frame().contains("7 Health !"), "{}", desk.frame());
    let looked = minute(&mut desk);
    assert!(looked >= 11, "{looked}");
}

#[test]
fn what_changed_decides_how_soon_it_is_painted() {
    let mut desk = Desk::ready(80, 24);
    desk.model.dirty = Dirty::No;
    desk.happen("call", "a");
    assert_eq!(desk.model.dirty, Dirty::No, "an event alone changes nothing that is shown");
    desk.press("j");
    assert_eq!(desk.model.dirty, Dirty::Input);
}

#[test]
fn on_a_screen_of_one_line_nothing_can_be_confirmed() {
    let mut desk = Desk::ready(30, 5);
    desk.keys("3ry");
    assert!(desk.acts.is_empty() && desk.model.overlay.is_none());
    desk.keys("q");
    assert!(desk.others.contains(&Cmd::Quit));
}

#[test]
fn nothing_panics_whatever_is_pressed_at_whatever_size() {
    let keys = "jkgGdu/ab<enter> vjvAC<enter>nN<esc><esc>sj<enter>SSfpyYwW<esc><esc>:re<down><up><enter><esc>!<esc>?x<esc>i<tab><enter><esc>PUrxecoaX<esc><esc><tab><s-tab>";
    for (width, height) in
        [(1, 1), (2, 3), (39, 8), (40, 8), (59, 11), (60, 12), (80, 24), (139, 12), (140, 9), (200, 60)]
    {
        let mut desk = Desk::ready(width, height);
        for tab in "12345678".chars() {
            desk.keys(&tab.to_string());
            for at in keys.char_indices().filter(|(i, _)| keys.is_char_boundary(*i)).map(|(i, _)| i) {
                if keys[at..].starts_with('<')
                    || !keys[..at].ends_with(|c: char| c.is_alphabetic() || c == '-')
                {
                    desk.buffer();
                }
            }
            desk.keys(keys);
            desk.buffer();
        }
    }
    let mut desk = Desk::ready(80, 24);
    for key in ["2", "<enter>", "?", ":", "i", "/"] {
        desk.keys(key);
        for size in [(1, 1), (40, 8), (3, 100), (300, 2), (80, 24)] {
            desk.msg(Msg::Resize(size.0, size.1));
            desk.buffer();
        }
        desk.keys("<esc><esc>");
    }
}

#[test]
fn an_appointment_gets_the_time_that_is_typed() {
    let mut desk = Desk::ready(80, 24);
    desk.keys(":appointments<enter>r<enter>");
    assert!(matches!(desk.model.overlay, Some(Overlay::Ask { .. })), "a time is wanted");
    desk.keys("2026-12-24T10:00<enter>y");
    let appointment = sample::appointment(0, sample::NOW).id.to_string();
    let wanted = Action::RescheduleAppointment { appointment, to: "2026-12-24T10:00".to_owned() };
    assert_eq!(desk.acts.last().map(|(action, _)| action), Some(&wanted));
    desk.keys("x<enter>y");
    let acted = desk.acts.last().map(|(action, _)| action.clone());
    assert!(matches!(acted, Some(Action::CancelAppointment { reason, .. }) if reason.is_empty()));
    desk.keys("g  r");
    assert_eq!(desk.said(), "reschedule: one appointment at a time");
    desk.keys("Cgjjr");
    assert_eq!(desk.said(), "reschedule: the appointment is cancelled");
}
