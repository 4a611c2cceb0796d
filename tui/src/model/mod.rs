//! What the console knows. Plain data with small questions about it; changed only by `update`.

pub mod import;
pub mod list;
pub mod messages;
pub mod overlay;
pub mod text_view;

use crate::diary::Diary;
use crate::keys::Place;
use crate::link::{Request, RequestId};
use crate::rows::Row;
use crate::screens::TABS;
use crate::table::Look;
use crate::theme::Theme;
use crate::zone::Zone;
use frontdesk_shared::Millis;
use frontdesk_shared::page::{Badges, List, Rows};
use frontdesk_shared::rpc::ServerInfo;
use import::ImportRun;
use list::{Ask, ListState, Spot};
use messages::Messages;
use overlay::Overlay;
use std::collections::BTreeMap;
use text_view::TextView;

/// How the console was started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Look only.
    pub read_only: bool,
    /// Ask and paint less often.
    pub slow_link: bool,
    /// Show only this client's.
    pub client: Option<String>,
    /// Where the daemon's socket is, for messages.
    pub socket: String,
    /// Colours.
    pub theme: Theme,
    /// The zone in which instants are shown.
    pub zone: Zone,
    /// Names this run of the console, so that its requests have names of their own.
    pub session: String,
}

/// The connection as people see it.
#[derive(Clone, Debug)]
pub enum LinkState {
    /// The first attempt is under way.
    Connecting,
    /// Connected.
    Up(Box<ServerInfo>),
    /// Not connected since, because.
    Down(Millis, String),
}

/// What has to be painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dirty {
    /// Nothing.
    #[default]
    No,
    /// Data changed.
    Data,
    /// The operator did something and waits for it.
    Input,
}

/// Who asked, so that an answer finds its place.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// A page: of which list, at which place, for which question.
    Page(List, Spot, Ask, u64),
    /// The ids of all rows of a list, for which question.
    Ids(List, u64),
    /// The text view of this serial number.
    Text(u64),
    /// An item of the confirmation of this serial number.
    Preview(u64, usize),
    /// A harmless action, previewed and then done at once.
    Straight(Box<frontdesk_shared::action::Action>),
    /// An action under way: its batch, itself, and how often it was sent.
    Act(u64, Box<Request>, u32),
}

/// Actions confirmed together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Names it.
    pub serial: u64,
    /// What is done, in words.
    pub label: &'static str,
    /// How many there are.
    pub total: usize,
    /// What was done, in the daemon's words.
    pub done: Vec<String>,
    /// What was not, and why.
    pub failed: Vec<String>,
}

/// The pane beside a list on wide screens.
#[derive(Debug, Default)]
pub struct Pane {
    /// What is shown or asked for.
    pub view: Option<TextView>,
    /// When to ask: a moment after the cursor came to rest.
    pub due: Option<Millis>,
}

/// Silence after which the daemon counts as late: a long poll answers at the latest after its
/// wait.
const LATE_MS: i64 = frontdesk_shared::rpc::MAX_WAIT_MS as i64 + 5_000;

/// Everything the console knows.
#[derive(Debug)]
pub struct Model {
    /// How it was started.
    pub options: Options,
    /// The operator's clock.
    pub now: Millis,
    /// How far the daemon's clock is ahead of it.
    pub offset_ms: i64,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// The connection.
    pub link: LinkState,
    /// When the daemon was last heard.
    pub heard_at: Option<Millis>,
    /// Counts for the header.
    pub badges: Badges,
    /// Only this client's things are shown.
    pub client: Option<String>,
    /// The list in front, or behind the text in front.
    pub list: List,
    /// Every list that was ever shown.
    pub lists: BTreeMap<List, ListState>,
    /// Texts opened over the list, the last in front.
    pub stack: Vec<TextView>,
    /// The pane beside the list.
    pub pane: Pane,
    /// How appointments are shown.
    pub diary: Diary,
    /// A popup or prompt over everything.
    pub overlay: Option<Overlay>,
    /// What was said.
    pub messages: Messages,
    /// The file being sent.
    pub import: Option<ImportRun>,
    /// Actions under way.
    pub batches: Vec<Batch>,
    /// Questions under way.
    pub pending: BTreeMap<RequestId, Purpose>,
    /// Confirmed actions to be sent again when the daemon is back.
    pub resend: Vec<(u64, Request, u32)>,
    /// Whether `q` was pressed while a file is being sent.
    pub quit_asked: bool,
    /// What has to be painted.
    pub dirty: Dirty,
    /// The last number given away.
    pub serial: u64,
}

impl Model {
    /// A console that has just started.
    #[must_use]
    pub fn new(options: Options, now: Millis, size: (u16, u16)) -> Self {
        let client = options.client.clone();
        Self {
            options,
            now,
            offset_ms: 0,
            size,
            link: LinkState::Connecting,
            heard_at: None,
            badges: Badges::default(),
            client,
            list: List::Live,
            lists: BTreeMap::from([(List::Live, ListState::new(List::Live))]),
            stack: Vec::new(),
            pane: Pane::default(),
            diary: Diary::default(),
            overlay: None,
            messages: Messages::default(),
            import: None,
            batches: Vec::new(),
            pending: BTreeMap::new(),
            resend: Vec::new(),
            quit_asked: false,
            dirty: Dirty::Input,
            serial: 0,
        }
    }

    /// A number never given before.
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The daemon's clock.
    #[must_use]
    pub fn server_now(&self) -> Millis {
        self.now + self.offset_ms
    }

    /// What cells and texts depend on.
    #[must_use]
    pub fn look(&self) -> Look<'_> {
        Look { now: self.server_now(), zone: &self.options.zone, exact: false }
    }

    /// Who answers, while connected.
    #[must_use]
    pub fn server(&self) -> Option<&ServerInfo> {
        match &self.link {
            LinkState::Up(info) => Some(info),
            LinkState::Connecting | LinkState::Down(..) => None,
        }
    }

    /// The list in front.
    #[must_use]
    pub fn state(&self) -> Option<&ListState> {
        self.lists.get(&self.list)
    }

    /// The list in front, to be changed; made when it was never shown.
    pub fn state_mut(&mut self) -> &mut ListState {
        let list = self.list;
        self.lists.entry(list).or_insert_with(|| ListState::new(list))
    }

    /// The selected row of the list in front.
    #[must_use]
    pub fn selected(&self) -> Option<Row<'_>> {
        let state = self.state()?;
        state.row(state.cursor)
    }

    /// Where keys are pressed.
    #[must_use]
    pub fn place(&self) -> Place {
        match self.stack.last() {
            Some(view) => Place::Text(view.list()),
            None => Place::List(self.list),
        }
    }

    /// Whether appointments are in front as a grid.
    #[must_use]
    pub fn in_diary(&self) -> bool {
        self.list == List::Appointments && self.stack.is_empty() && self.diary != Diary::List
    }

    /// Which tab is lit.
    #[must_use]
    pub fn tab(&self) -> Option<usize> {
        TABS.iter().position(|list| *list == self.list)
    }

    /// The clients known so far.
    #[must_use]
    pub fn clients(&self) -> Vec<&frontdesk_shared::client::ClientRow> {
        let state = self.lists.get(&List::Clients);
        state
            .map(ListState::rows)
            .into_iter()
            .flatten()
            .filter_map(|row| match row {
                Row::Client(client) => Some(client),
                _ => None,
            })
            .collect()
    }

    /// The health report, when it was fetched.
    #[must_use]
    pub fn health(&self) -> Option<&frontdesk_shared::health::HealthReport> {
        self.lists.get(&List::Health)?.pages().find_map(|rows| match rows {
            Rows::Health(report) => Some(&**report),
            _ => None,
        })
    }

    /// Something changed that may be visible.
    pub fn touch(&mut self, dirty: Dirty) {
        self.dirty = self.dirty.max(dirty);
    }

    /// Says something for a while.
    pub fn say(&mut self, text: impl Into<String>) {
        let now = self.now;
        self.messages.info(now, &text.into());
        self.touch(Dirty::Data);
    }

    /// Says something that stays until it is acknowledged.
    pub fn complain(&mut self, text: impl Into<String>) {
        let now = self.now;
        self.messages.error(now, &text.into());
        self.touch(Dirty::Data);
    }

    /// Whether the daemon is connected and silent for longer than it should.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.server().is_some() && self.heard_at.is_some_and(|at| self.now.since(at) > LATE_MS)
    }

    /// When it would count as late.
    #[must_use]
    pub fn late_at(&self) -> Option<Millis> {
        self.server().and(self.heard_at).map(|at| at + LATE_MS + 1)
    }
}
