//! A console service without a daemon behind it: canned rows, a switchable head of events, and
//! a record of what was asked.

use super::{details, sample};
use base64::Engine;
use frontdesk_shared::action::{Action, Preview, Receipt, Role};
use frontdesk_shared::client::{ClientCreated, NewClient};
use frontdesk_shared::contact::Channel as Way;
use frontdesk_shared::detail::Detail;
use frontdesk_shared::event::{Cursor, Event, Feed};
use frontdesk_shared::explain::{IdleExplanation, LeadExplanation};
use frontdesk_shared::import::{ImportCounts, ImportRow, ImportSpec, ImportStatus};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{Badges, Ids, Page, Query};
use frontdesk_shared::rpc::{
    ClientInfo, Composed, Console, ImportReport, MAX_FRAME_BYTES, PROTOCOL, RpcError, ScreeningList,
    ScreeningPart, ScreeningReport, ServerInfo,
};
use frontdesk_shared::{ImportId, Millis};
use futures::StreamExt;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tarpc::context::Context;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Json;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the service remembers and how it behaves.
pub struct State {
    pub protocol: u32,
    pub mode: String,
    pub role: Role,
    pub boot: u32,
    pub epoch: String,
    pub badges: Badges,
    pub refuse: Option<String>,
    pub events: Vec<Event>,
    pub polls: Vec<Cursor>,
    pub acts: Vec<(Action, String)>,
    pub uploads: HashMap<ImportId, (ImportSpec, Vec<u8>)>,
    pub clock: Box<dyn Fn() -> Millis + Send>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            protocol: PROTOCOL,
            mode: "PROD".to_owned(),
            role: Role::Admin,
            boot: 1,
            epoch: "e1".to_owned(),
            badges: sample::badges(),
            refuse: None,
            events: Vec::new(),
            polls: Vec::new(),
            acts: Vec::new(),
            uploads: HashMap::new(),
            clock: Box::new(|| sample::NOW),
        }
    }
}

/// The service; clones share their state.
#[derive(Clone)]
pub struct Fake {
    pub state: Arc<Mutex<State>>,
    head: watch::Sender<i64>,
}

impl Fake {
    pub fn new(state: State) -> Self {
        Self { state: Arc::new(Mutex::new(state)), head: watch::Sender::new(100) }
    }

    pub fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }

    pub fn now(&self) -> Millis {
        self.with(|s| (s.clock)())
    }

    /// Something happened: wakes everybody who waits.
    pub fn happen(&self, kind: &str, subject: &str, subject_id: &str, text: &str) {
        let seq = *self.head.borrow() + 1;
        let at = self.now();
        self.with(|s| {
            s.events.push(Event {
                cursor: Cursor { tx: 0, seq },
                at,
                kind: kind.to_owned(),
                client: "brightsmile".to_owned(),
                subject: subject.to_owned(),
                subject_id: subject_id.to_owned(),
                actor: "daemon".to_owned(),
                text: text.to_owned(),
                data: serde_json::Value::Null,
            });
        });
        self.head.send_replace(seq);
    }

    /// Serves on a socket until the task is aborted; every connection ends with it.
    pub fn serve(&self, path: &Path) -> JoinHandle<()> {
        let _ = std::fs::remove_file(path);
        let listener = UnixListener::bind(path).unwrap();
        let fake = self.clone();
        tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let codec = tokio_util::codec::LengthDelimitedCodec::builder()
                    .max_frame_length(MAX_FRAME_BYTES)
                    .new_framed(stream);
                let transport = tarpc::serde_transport::new(codec, Json::default());
                let serving = BaseChannel::with_defaults(transport).execute(fake.clone().serve_console());
                connections.spawn(serving.for_each_concurrent(None, |work| work));
            }
        })
    }

    fn serve_console(self) -> frontdesk_shared::rpc::ServeConsole<Self> {
        Console::serve(self)
    }
}

impl Console for Fake {
    async fn hello(self, _: Context, _client: ClientInfo) -> Result<ServerInfo, RpcError> {
        let now = self.now();
        self.with(|s| {
            Ok(ServerInfo {
                protocol: s.protocol,
                build: "0.1.0".to_owned(),
                instance: "desk-1".to_owned(),
                mode: s.mode.clone(),
                boot_id: s.boot.to_string(),
                store_epoch: s.epoch.clone(),
                capabilities: Vec::new(),
                now,
                operator: "sam".to_owned(),
                role: s.role,
            })
        })
    }

    async fn page(self, _: Context, query: Query) -> Result<Page, RpcError> {
        let now = self.now();
        let cursor = Cursor { tx: 0, seq: *self.head.borrow() };
        Ok(sample::page(&query, now, self.with(|s| s.badges.clone()), cursor))
    }

    async fn ids(self, _: Context, query: Query) -> Result<Ids, RpcError> {
        Ok(sample::ids(&query, self.now()))
    }

    async fn detail(self, _: Context, subject: Subject) -> Result<Detail, RpcError> {
        if subject.id == "missing" {
            return Err(RpcError::new("not_found", format!("no {} “{}”", subject.kind, subject.id)));
        }
        Ok(details::detail(&subject, self.now()))
    }

    async fn events_after(self, _: Context, cursor: Cursor, _: u32, wait_ms: u32) -> Result<Feed, RpcError> {
        self.with(|s| s.polls.push(cursor));
        let mut head = self.head.subscribe();
        let changed = head.wait_for(|seq| *seq > cursor.seq);
        let _ = tokio::time::timeout(Duration::from_millis(u64::from(wait_ms)), changed).await;
        let now = self.now();
        self.with(|s| {
            let events: Vec<Event> = s.events.iter().filter(|e| e.cursor > cursor).cloned().collect();
            let cursor = events.last().map_or(cursor, |e| e.cursor);
            Ok(Feed { events, cursor, now, reset: false })
        })
    }

    async fn preview(self, _: Context, action: Action) -> Result<Preview, RpcError> {
        self.with(|s| {
            Ok(Preview {
                lines: vec![
                    format!("{}: {}", action.spec().label, serde_json::to_string(&action).unwrap()),
                    "It will be tried at once, for the third time of seven.".to_owned(),
                ],
                count: sample::things(&action),
                refused: s.refuse.clone(),
                token: "token-1".to_owned(),
            })
        })
    }

    async fn act(
        self,
        _: Context,
        action: Action,
        token: String,
        request: String,
    ) -> Result<Receipt, RpcError> {
        assert_eq!(token, "token-1");
        if let Action::PauseDialing { .. } | Action::ResumeDialing { .. } = action {
            let paused = matches!(action, Action::PauseDialing { .. });
            self.with(|s| {
                s.badges.paused = paused;
                s.badges.pauses = if paused { vec![sample::pause()] } else { Vec::new() };
            });
        }
        let text = format!("{} is done", action.spec().label);
        self.with(|s| {
            if !s.acts.iter().any(|(_, id)| *id == request) {
                s.acts.push((action, request));
            }
        });
        self.happen("job_changed", "job", "x", "an operator acted");
        Ok(Receipt { text })
    }

    async fn why(self, _: Context, lead: String, _: Option<String>) -> Result<LeadExplanation, RpcError> {
        if lead == "nobody" {
            return Err(RpcError::new("not_found", "no lead “nobody”"));
        }
        Ok(sample::why(self.now()))
    }

    async fn why_idle(self, _: Context, _: Option<String>) -> Result<IdleExplanation, RpcError> {
        Ok(sample::why_idle(self.now()))
    }

    async fn compose(
        self,
        _: Context,
        _: String,
        kind: String,
        channel: Option<Way>,
    ) -> Result<Composed, RpcError> {
        if kind == "cancelled" {
            let text = "template: cancelled by sms: nothing is known for moment";
            return Err(RpcError::new("invalid", text));
        }
        let email = channel == Some(Way::Email);
        let body = "Hi Amara, your appointment is tomorrow at 14:30.\nBright Smile Dental".to_owned();
        Ok(Composed {
            kind,
            channel: channel.unwrap_or(Way::Sms),
            subject: if email { "Tomorrow at 14:30".to_owned() } else { String::new() },
            characters: body.chars().count() as u64,
            segments: u64::from(!email),
            alphabet: if email { String::new() } else { "GSM-7".to_owned() },
            body,
        })
    }

    async fn import_begin(self, _: Context, spec: ImportSpec) -> Result<ImportId, RpcError> {
        self.with(|s| {
            if spec.client == "nobody" {
                return Err(RpcError::new("not_found", "no client “nobody”"));
            }
            let id = ImportId(sample::id(2_000 + s.uploads.len() as i64));
            s.uploads.insert(id, (spec, Vec::new()));
            Ok(id)
        })
    }

    async fn import_chunk(
        self,
        _: Context,
        import: ImportId,
        offset: u64,
        base64: String,
    ) -> Result<u64, RpcError> {
        let bytes = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
        self.with(|s| {
            let (_, got) = s.uploads.get_mut(&import).unwrap();
            if got.len() as u64 == offset {
                got.extend(bytes);
            }
            Ok(got.len() as u64)
        })
    }

    async fn import_commit(self, c: Context, import: ImportId) -> Result<ImportRow, RpcError> {
        self.import_report(c, import).await.map(|r| ImportRow { status: ImportStatus::Running, ..r.import })
    }

    async fn import_report(self, _: Context, import: ImportId) -> Result<ImportReport, RpcError> {
        let now = self.now();
        self.with(|s| {
            let (spec, bytes) = &s.uploads[&import];
            let mut report = sample::report(&spec.label, spec.dry_run, now);
            let rows = bytes.iter().filter(|b| **b == b'\n').count().saturating_sub(1) as u64;
            report.import.id = import;
            report.import.bytes = bytes.len() as u64;
            report.import.bytes_done = bytes.len() as u64;
            report.import.counts = ImportCounts {
                rows,
                accepted: rows.saturating_sub(1),
                valid: rows,
                invalid: 1.min(rows),
                ..ImportCounts::default()
            };
            Ok(report)
        })
    }

    async fn create_client(self, _: Context, client: NewClient) -> Result<ClientCreated, RpcError> {
        let mut row = sample::client_row(0, self.now());
        row.name = client.business_name;
        Ok(ClientCreated {
            client: row,
            api_key: "fd_live_abc".to_owned(),
            dashboard_url: "http://127.0.0.1:10000/dashboard".to_owned(),
            webhook_urls: [("vapi".to_owned(), "http://127.0.0.1:10000/webhooks/vapi".to_owned())].into(),
            steps: Vec::new(),
        })
    }

    async fn create_key(self, _: Context, client: Option<String>, _: String) -> Result<String, RpcError> {
        Ok(format!("fd_key_{}", client.as_deref().unwrap_or("admin")))
    }

    async fn screening(self, _: Context) -> Result<Vec<ScreeningList>, RpcError> {
        Ok(vec![ScreeningList { name: "TPS/CTPS".to_owned(), days: 28, stale: true, ..Default::default() }])
    }

    async fn screen(self, _: Context, part: ScreeningPart) -> Result<ScreeningReport, RpcError> {
        let rows = part.text.lines().count() as u64;
        Ok(ScreeningReport { rows, listed: rows, ..ScreeningReport::default() })
    }

    async fn screened(self, _: Context, _: ScreeningPart, _: ScreeningReport) -> Result<(), RpcError> {
        Ok(())
    }
}
