//! Terminals that think differently about the width of characters: whatever they make of a
//! name, every phone number is where it belongs.

use crate::desk::Desk;
use crate::support::sample;
use frontdesk_shared::page::{List, Query, Rows};
use frontdesk_tui::link::{LinkMsg, Reply};
use frontdesk_tui::paint::Screen;

const NAMES: [&str; 8] = [
    "क्षि Hindi",
    "🇩🇪 Flag",
    "👨‍👩‍👧‍👦 Family",
    "שלום עולם",
    "مرحبا",
    "e\u{301}\u{302}\u{303} marks",
    "日本語の名前",
    "plain",
];

type WidthOf = fn(char) -> usize;

/// A screen without line wrap that gives each code point the width it likes.
struct Grid {
    cells: Vec<Vec<char>>,
    at: (usize, usize),
    width_of: WidthOf,
}

impl Grid {
    fn new(width: usize, height: usize, width_of: WidthOf) -> Self {
        Self { cells: vec![vec![' '; width]; height], at: (0, 0), width_of }
    }

    fn take(&mut self, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == '\x1b' {
                assert_eq!(chars.next(), Some('['), "only CSI is sent");
                let mut arguments = String::new();
                let last = loop {
                    match chars.next().unwrap() {
                        c if c.is_ascii_alphabetic() => break c,
                        c => arguments.push(c),
                    }
                };
                self.sequence(&arguments, last);
            } else {
                self.put(c);
            }
        }
    }

    fn sequence(&mut self, arguments: &str, last: char) {
        let n = |at: usize| arguments.split(';').nth(at).and_then(|n| n.parse().ok()).unwrap_or(1usize);
        match last {
            'H' => self.at = (n(1) - 1, n(0) - 1),
            'C' => self.at.0 += n(0),
            'K' => self.cells[self.at.1][self.at.0..].fill(' '),
            'J' => self.cells.iter_mut().for_each(|row| row.fill(' ')),
            'm' | 'h' | 'l' => {}
            other => unreachable!("not known: {other}"),
        }
    }

    fn put(&mut self, c: char) {
        let wide = (self.width_of)(c);
        let (x, y) = self.at;
        let room = self.cells[y].len();
        for (n, at) in (x..x + wide).enumerate() {
            // Without line wrap the last column takes what comes.
            self.cells[y][at.min(room - 1)] = if n == 0 { c } else { ' ' };
        }
        self.at.0 = (x + wide).min(room - 1);
    }

    fn rows(&self) -> Vec<String> {
        self.cells.iter().map(|row| row.iter().collect()).collect()
    }
}

/// As most do, as those do that combine nothing, and as those that take everything for wide.
const TERMINALS: [(&str, WidthOf); 3] = [
    ("usual", |c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)),
    ("nothing combines", |c| {
        if c.is_ascii() { 1 } else { unicode_width::UnicodeWidthChar::width(c).unwrap_or(0).max(1) }
    }),
    ("all is wide", |c| match c {
        c if c.is_ascii() || ('\u{2010}'..'\u{2600}').contains(&c) => 1,
        _ => 2,
    }),
];

fn answer(desk: &mut Desk, wanted: impl Fn(usize) -> bool) {
    let (request, _) = desk.calls.pop().unwrap();
    let mut page =
        sample::page(&Query::first(List::Leads, 8), desk.now, desk.badges.clone(), Default::default());
    let Rows::Leads(rows) = &mut page.rows else { unreachable!() };
    for (row, name) in rows.iter_mut().zip(NAMES) {
        row.name = name.to_owned();
    }
    let mut at = 0;
    rows.retain(|_| {
        at += 1;
        wanted(at - 1)
    });
    (page.next, page.matching) = (None, rows.len() as u64);
    desk.link(LinkMsg::Reply(request, Ok(Reply::Page(Box::new(page)))));
}

#[test]
fn every_phone_number_is_right_before_during_and_after_a_filter() {
    for (terminal, width_of) in TERMINALS {
        let mut desk = Desk::ready(100, 20);
        let mut grid = Grid::new(100, 20, width_of);
        let mut screen = Screen::new();
        desk.mute = true;
        desk.keys("2");
        answer(&mut desk, |_| true);
        let mut show = |desk: &Desk, when: &str| {
            grid.take(&screen.frame(&desk.model).unwrap().unwrap_or_default());
            let rows = grid.rows();
            let phones: Vec<String> = (0..8).map(|n| sample::lead(n, desk.now).phone).collect();
            let state = desk.model.state().unwrap();
            for (at, row) in state.rows().enumerate() {
                let frontdesk_tui::rows::Row::Lead(lead) = row else { panic!() };
                let line = &rows[4 + at];
                let place = line.chars().skip(21).take(lead.phone.len()).collect::<String>();
                assert_eq!(place, lead.phone, "{terminal}, {when}: {}\n{}", lead.name, rows.join("\n"));
            }
            let shown =
                rows.iter().filter(|row| phones.iter().any(|phone| row.contains(phone.as_str()))).count();
            assert_eq!(shown, state.len(), "{terminal}, {when}:\n{}", rows.join("\n"));
        };
        show(&desk, "at first");
        desk.keys("jjj");
        show(&desk, "moved");
        desk.keys("/x");
        answer(&mut desk, |at| at % 3 == 0);
        show(&desk, "filtered");
        desk.keys("<esc>");
        answer(&mut desk, |_| true);
        show(&desk, "unfiltered");
    }
}
