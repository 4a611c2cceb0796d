//! A console without terminal and without daemon: keys go in, commands are answered from the
//! sample at the same instant, frames come out.

use crate::support::{details, sample};
use frontdesk_shared::Millis;
use frontdesk_shared::action::{Action, Preview, Receipt, Role};
use frontdesk_shared::event::{Cursor, Event, Feed};
use frontdesk_shared::page::Badges;
use frontdesk_shared::rpc::{PROTOCOL, ServerInfo};
use frontdesk_tui::keys::Key;
use frontdesk_tui::link::{CallError, LinkMsg, Reply, Request};
use frontdesk_tui::model::{Model, Options};
use frontdesk_tui::msg::{Cmd, Msg};
use frontdesk_tui::theme::Theme;
use frontdesk_tui::update::{next_wake, update};
use frontdesk_tui::view;
use frontdesk_tui::zone::Zone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// The operator's clock is a little behind the daemon's.
pub const BEHIND_MS: i64 = 1_500;

pub struct Desk {
    pub model: Model,
    pub now: Millis,
    pub badges: Badges,
    /// Calls that wait for an answer.
    pub calls: Vec<(u64, Request)>,
    /// Everything else the model wanted done.
    pub others: Vec<Cmd>,
    /// Every action done, with its request id.
    pub acts: Vec<(Action, String)>,
    /// Why the daemon refuses actions.
    pub refuse: Option<String>,
    /// Every request ever made.
    pub asked: Vec<Request>,
    /// The daemon answers nothing.
    pub mute: bool,
}

impl Desk {
    pub fn sized(width: u16, height: u16) -> Self {
        Self::with(width, height, |_| {})
    }

    pub fn with(width: u16, height: u16, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            read_only: false,
            slow_link: false,
            client: None,
            socket: "/run/frontdesk/console.sock".to_owned(),
            theme: Theme { color: true },
            zone: Zone::utc(),
            session: "test".to_owned(),
        };
        change(&mut options);
        let now = sample::NOW - BEHIND_MS;
        Self {
            model: Model::new(options, now, (width, height)),
            now,
            badges: sample::badges(),
            calls: Vec::new(),
            others: Vec::new(),
            acts: Vec::new(),
            refuse: None,
            asked: Vec::new(),
            mute: false,
        }
    }

    /// A console that is connected and has its first rows.
    pub fn ready(width: u16, height: u16) -> Self {
        let mut desk = Self::sized(width, height);
        desk.up();
        desk.settle();
        desk
    }

    pub fn msg(&mut self, msg: Msg) {
        for cmd in update(&mut self.model, msg, self.now) {
            match cmd {
                Cmd::Call(id, request) => {
                    self.asked.push(request.clone());
                    self.calls.push((id, request));
                }
                other => self.others.push(other),
            }
        }
    }

    pub fn link(&mut self, msg: LinkMsg) {
        self.msg(Msg::Link(msg));
    }

    pub fn up(&mut self) {
        self.up_as("PROD", Role::Admin);
    }

    pub fn up_as(&mut self, mode: &str, role: Role) {
        let info = ServerInfo {
            protocol: PROTOCOL,
            build: "0.1.0".to_owned(),
            instance: "desk-1".to_owned(),
            mode: mode.to_owned(),
            boot_id: "1".to_owned(),
            store_epoch: "e1".to_owned(),
            capabilities: Vec::new(),
            now: self.now + BEHIND_MS,
            operator: "sam".to_owned(),
            role,
        };
        self.link(LinkMsg::Up(info));
    }

    /// Answers everything asked until nothing is asked any more.
    pub fn settle(&mut self) {
        while !self.mute && !self.calls.is_empty() {
            let (id, request) = self.calls.remove(0);
            let answer = self.answer(request);
            self.link(LinkMsg::Reply(id, answer));
        }
    }

    fn answer(&mut self, request: Request) -> Result<Reply, CallError> {
        let now = self.now + BEHIND_MS;
        Ok(match request {
            Request::Page(query) if sample::refusal(&query).is_some() => {
                let text = sample::refusal(&query).unwrap();
                return Err(CallError { text, lost: false, retryable: false });
            }
            Request::Ids(query) => Reply::Ids(sample::ids(&query, now)),
            Request::Page(query) => {
                let cursor = Cursor { tx: 0, seq: 100 };
                Reply::Page(Box::new(sample::page(&query, now, self.badges.clone(), cursor)))
            }
            Request::Detail(subject) => Reply::Detail(Box::new(details::detail(&subject, now))),
            Request::Preview(action) => Reply::Preview(Preview {
                lines: vec![format!("{} {}", action.spec().label, serde_json::to_value(&action).unwrap())],
                count: sample::things(&action),
                refused: self.refuse.clone(),
                token: "token".to_owned(),
            }),
            Request::Act { action, token, request_id } => {
                assert_eq!(token, "token");
                self.acts.push((action.clone(), request_id));
                Reply::Receipt(Receipt { text: format!("{} is done", action.spec().label) })
            }
            Request::Why(_) => Reply::Why(Box::new(sample::why(now))),
            Request::WhyIdle(_) => Reply::WhyIdle(Box::new(sample::why_idle(now))),
        })
    }

    /// Presses keys without answering what they ask: words in angle brackets, else letters.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while !rest.is_empty() {
            let key = if let Some((word, after)) = rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
                rest = after;
                match word {
                    "enter" => Key::Enter,
                    "esc" => Key::Esc,
                    "tab" => Key::Tab,
                    "s-tab" => Key::BackTab,
                    "down" => Key::Down,
                    "up" => Key::Up,
                    "left" => Key::Left,
                    "right" => Key::Right,
                    "pgdn" => Key::PageDown,
                    "bs" => Key::Backspace,
                    other => Key::Ctrl(other.strip_prefix("c-").unwrap().chars().next().unwrap()),
                }
            } else {
                let c = rest.chars().next().unwrap();
                rest = &rest[c.len_utf8()..];
                Key::Char(c)
            };
            self.msg(Msg::Key(key));
        }
        self
    }

    /// Presses keys, everything being answered after each.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while !rest.is_empty() {
            let len = match rest.find('>') {
                Some(end) if rest.starts_with('<') => end + 1,
                _ => rest.chars().next().unwrap().len_utf8(),
            };
            let (key, after) = rest.split_at(len);
            self.press(key);
            self.settle();
            rest = after;
        }
        self
    }

    /// Lets time pass, waking the model whenever it asked for it.
    pub fn pass(&mut self, ms: i64) -> &mut Self {
        let end = self.now + ms;
        while let Some(at) = next_wake(&self.model).filter(|at| *at <= end) {
            assert!(at > self.now, "a wake-up must be in the future");
            self.now = at;
            self.msg(Msg::Tick);
            self.settle();
        }
        self.now = end;
        self
    }

    /// Something happened to this.
    pub fn happen(&mut self, subject: &str, subject_id: &str) {
        let now = self.now + BEHIND_MS;
        let event =
            Event { subject: subject.to_owned(), subject_id: subject_id.to_owned(), ..sample::event(0, now) };
        self.link(LinkMsg::Feed(Feed {
            events: vec![event],
            cursor: Cursor { tx: 0, seq: 101 },
            now,
            reset: false,
        }));
    }

    pub fn said(&self) -> String {
        self.model.messages.newest_first().next().map(|m| m.text.clone()).unwrap_or_default()
    }

    pub fn buffer(&self) -> Buffer {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::render(&self.model, &mut buffer);
        buffer
    }

    /// The screen as text.
    pub fn frame(&self) -> String {
        let buffer = self.buffer();
        let line = |y| {
            let cells = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol());
            cells.collect::<String>().trim_end().to_owned()
        };
        (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
    }

    /// The screen's looks: R reversed, B bold, U underlined, d dim, else a colour's first letter.
    pub fn looks(&self) -> String {
        let buffer = self.buffer();
        let look = |x, y| {
            let cell = &buffer[(x, y)];
            let is = |m| cell.modifier.contains(m);
            match () {
                () if is(Modifier::REVERSED) => 'R',
                () if cell.fg != ratatui::style::Color::Reset => {
                    format!("{:?}", cell.fg).chars().next().unwrap().to_ascii_lowercase()
                }
                () if is(Modifier::BOLD) => 'B',
                () if is(Modifier::UNDERLINED) => 'U',
                () if is(Modifier::DIM) => 'd',
                () => ' ',
            }
        };
        let line = |y| (0..buffer.area.width).map(|x| look(x, y)).collect::<String>().trim_end().to_owned();
        (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
    }
}
