//! The console service: every answer from the store, every act through a flow, every refusal
//! with its reason.

use super::bulk;
use super::peer::Operator;
use crate::app::App;
use crate::flows::clients::{self as client_flow, Asker};
use crate::flows::keys as key_flow;
use crate::flows::messages as message_flow;
use crate::flows::operator::{self, Hand};
use crate::flows::screening;
use crate::importer::{self, Upload};
use crate::watch::health;
use crate::{templates, test_send};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontdesk_shared::action::{Action, Preview, Receipt, Role};
use frontdesk_shared::client::{ClientCreated, NewClient};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::detail::{Detail, StoryLine};
use frontdesk_shared::event::{Cursor, Feed};
use frontdesk_shared::explain::{IdleExplanation, LeadExplanation};
use frontdesk_shared::import::{ImportRow, ImportSpec, ImportStatus};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{Badges, Ids, List, Page, Query, Rows};
use frontdesk_shared::rpc::{
    ClientInfo, Composed, Console, ImportReport, MAX_WAIT_MS, PROTOCOL, RpcError, ScreeningList,
    ScreeningPart, ScreeningReport, ServerInfo,
};
use frontdesk_shared::{ImportId, LeadId, Noun};
use frontdesk_store::views::{detail, events, idle, mask_numbers, page, resolve};
use frontdesk_store::{Error, Refusal, Result, calls, clients, imports, leads, meta, verdicts};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use tarpc::context::Context;
use tokio::sync::Mutex;

/// What this daemon can do, for consoles of other versions.
const CAPABILITIES: &[&str] = &[
    "page",
    "sort",
    "backward",
    "ids",
    "many",
    "detail",
    "events_after",
    "preview",
    "act",
    "why",
    "why_idle",
    "compose",
    "import",
    "create_client",
    "create_key",
    "screening",
];

/// One console's connection.
#[derive(Clone)]
pub(super) struct Desk {
    app: Arc<App>,
    operator: Operator,
    read_only: Arc<AtomicBool>,
    /// Files on their way; they end with the connection.
    uploads: Arc<std::sync::Mutex<Uploads>>,
}

type Uploads = HashMap<ImportId, Arc<Mutex<Option<Upload>>>>;

fn not_coming() -> RpcError {
    RpcError::new("conflict", "this import is not being received on this connection")
}

impl Desk {
    pub(super) fn new(app: Arc<App>, operator: Operator) -> Self {
        Self { app, operator, read_only: Arc::new(AtomicBool::new(false)), uploads: Arc::default() }
    }

    fn uploads(&self) -> std::sync::MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn upload(&self, id: ImportId) -> std::result::Result<Arc<Mutex<Option<Upload>>>, RpcError> {
        self.uploads().get(&id).cloned().ok_or_else(not_coming)
    }

    fn may(&self, needed: Role) -> std::result::Result<(), RpcError> {
        if self.read_only.load(Ordering::Relaxed) {
            return Err(RpcError::new("forbidden", "this console was started with --read-only"));
        }
        if self.operator.role < needed {
            return Err(RpcError::new(
                "forbidden",
                format!(
                    "{} may {}, this needs {needed}: ask for the group frontdesk or frontdesk-admin",
                    self.operator.name, self.operator.role
                ),
            ));
        }
        Ok(())
    }

    fn unmasked(&self) -> bool {
        self.operator.role >= Role::Operate
    }

    async fn import_of(&self, id: ImportId) -> Result<imports::Import> {
        self.app.store.read(move |tx| imports::need(tx, id)).await
    }
}

/// The store's answer in the console's terms.
#[allow(clippy::needless_pass_by_value)] // the shape `map_err` wants
fn told(e: Error) -> RpcError {
    let (code, retryable) = match &e {
        Error::Refused(Refusal { code, .. }) => (*code, false),
        Error::NoRow => ("not_found", false),
        Error::Overloaded | Error::Unavailable(_) | Error::Retry(_) => ("unavailable", true),
        Error::Conflict(_) => ("conflict", false),
        Error::Constraint(_) | Error::Database(_) => {
            tracing::error!(tag = "START", error = %e, "a console request failed");
            ("internal", false)
        }
    };
    RpcError { code: code.to_owned(), text: e.to_string(), retryable }
}

/// A line of a story with who did it.
fn told_line(line: &StoryLine) -> (frontdesk_shared::Millis, String) {
    (line.at, line.line())
}

type Answer<T> = std::result::Result<T, RpcError>;

impl Console for Desk {
    async fn hello(self, _: Context, client: ClientInfo) -> Answer<ServerInfo> {
        self.read_only.store(client.read_only, Ordering::Relaxed);
        let config = &self.app.config;
        Ok(ServerInfo {
            protocol: PROTOCOL,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            instance: config.house.name.clone(),
            mode: if config.vapi.is_none() || config.is_sandbox() { "SANDBOX" } else { "PROD" }.to_owned(),
            boot_id: self.app.boot.clone(),
            store_epoch: self.app.epoch.clone(),
            capabilities: CAPABILITIES.iter().map(|c| (*c).to_owned()).collect(),
            now: self.app.ctx.now(),
            operator: self.operator.name.clone(),
            role: if client.read_only { Role::Watch } else { self.operator.role },
        })
    }

    async fn page(self, _: Context, query: Query) -> Answer<Page> {
        let (now, unmasked) = (self.app.ctx.now(), self.unmasked());
        if query.list == List::Health {
            return health_page(&self.app, query.client).await.map_err(told);
        }
        if query.list == List::Templates {
            return templates_page(&self.app, query).await.map_err(told);
        }
        let page =
            self.app.store.read(move |tx| page::page(tx, &query, now, unmasked)).await.map_err(told)?;
        Ok(Page { badges: with_outage(&self.app, page.badges), ..page })
    }

    async fn ids(self, _: Context, query: Query) -> Answer<Ids> {
        if query.list == List::Templates {
            let ctx = self.app.ctx.clone();
            return self.app.store.read(move |tx| templates::ids(tx, &ctx, &query)).await.map_err(told);
        }
        let (now, unmasked) = (self.app.ctx.now(), self.unmasked());
        self.app.store.read(move |tx| page::ids(tx, &query, now, unmasked)).await.map_err(told)
    }

    async fn detail(self, _: Context, subject: Subject) -> Answer<Detail> {
        if subject.kind == Noun::Template {
            let ctx = self.app.ctx.clone();
            return self.app.store.read(move |tx| templates::detail(tx, &ctx, &subject)).await.map_err(told);
        }
        let (now, unmasked) = (self.app.ctx.now(), self.unmasked());
        self.app.store.read(move |tx| detail::detail(tx, &subject, now, unmasked)).await.map_err(told)
    }

    async fn events_after(self, _: Context, cursor: Cursor, limit: u32, wait_ms: u32) -> Answer<Feed> {
        let wait = i64::from(wait_ms.min(MAX_WAIT_MS));
        let mut feed = crate::feed::events_after(&self.app, cursor, limit, wait, None).await.map_err(told)?;
        if !self.unmasked() {
            feed.events = feed.events.into_iter().map(events::for_watching).collect();
        }
        Ok(feed)
    }

    async fn preview(self, _: Context, action: Action) -> Answer<Preview> {
        let ctx = self.app.ctx.clone();
        let shown = match action {
            Action::Many { actions } => bulk::preview(&self.app, actions).await,
            action => self.app.store.read(move |tx| operator::preview(tx, &ctx, &action)).await,
        };
        let mut shown = shown.map_err(told)?;
        if !self.unmasked() {
            // What a webhook or a note would bring is about a person.
            shown.lines = shown.lines.iter().map(|line| mask_numbers(line)).collect();
            shown.refused = shown.refused.as_deref().map(mask_numbers);
        }
        Ok(shown)
    }

    async fn act(self, _: Context, action: Action, token: String, request_id: String) -> Answer<Receipt> {
        self.may(action.spec().role)?;
        if request_id.is_empty() || request_id.len() > 80 {
            return Err(RpcError::new("invalid", "request_id: 1 to 80 characters make a request once"));
        }
        let (ctx, actor) = (self.app.ctx.clone(), self.operator.name.clone());
        if let Action::Many { actions } = action {
            return bulk::act(&self.app, actions, &actor, &token, &request_id).await.map_err(told);
        }
        if let Action::TestSend { .. } = action {
            let who = (actor, String::new());
            let tested = test_send::send(&self.app, action, who, (Some(token), request_id)).await;
            return tested.map(|tested| Receipt { text: format!("test: {}", tested.words) }).map_err(told);
        }
        self.app
            .store
            .write(move |tx| {
                let asker = Asker { actor: &actor, address: "" };
                operator::act(tx, &ctx, &action, Hand { asker, token: Some(&token), request: &request_id })
            })
            .await
            .map_err(told)
    }

    async fn why(self, _: Context, lead: String, client: Option<String>) -> Answer<LeadExplanation> {
        let (ctx, unmasked) = (self.app.ctx.clone(), self.unmasked());
        self.app
            .store
            .read(move |tx| {
                let of = client.as_deref().map(|key| clients::need(tx, key)).transpose()?.map(|c| c.id);
                let id = match resolve::lead_of(tx, &lead, of) {
                    Ok(id) => LeadId(id),
                    // Somebody asks why a number is not called: that it refused is the answer.
                    Err(Error::Refused(none)) if none.code == "not_found" => {
                        let refused = operator::refused_number(tx, &ctx, &lead)?;
                        let told = refused.map(|why| Refusal::not_found(format!("{}. {why}", none.text)));
                        return Err(told.unwrap_or(none).into());
                    }
                    Err(e) => return Err(e),
                };
                let row = leads::need(tx, id)?;
                let client = clients::by_id(tx, row.client)?.ok_or(Error::NoRow)?;
                let now = operator::gate_now(tx, &ctx, &client, &row)?;
                let uncertain = calls::is_uncertain(tx, id)?;
                let summary = crate::flows::planning::summary(&ctx, &client, &row, &now, uncertain);
                Ok(LeadExplanation {
                    lead: id,
                    // Why somebody holds a lead may be told with a number in it.
                    summary: if unmasked { summary } else { mask_numbers(&summary) },
                    now,
                    planned: detail::planned_messages(tx, id, unmasked)?,
                    history: verdicts::of_lead(tx, id, 20)?,
                    story: events::lead_story(tx, id, false)?.iter().map(told_line).collect(),
                })
            })
            .await
            .map_err(told)
            .map_err(|e| if unmasked { e } else { RpcError { text: mask_numbers(&e.text), ..e } })
    }

    async fn why_idle(self, _: Context, client: Option<String>) -> Answer<IdleExplanation> {
        why_idle(&self.app, client).await.map_err(told)
    }

    async fn compose(
        self,
        _: Context,
        lead: String,
        kind: String,
        channel: Option<Channel>,
    ) -> Answer<Composed> {
        if !self.unmasked() {
            // What it says is about the person.
            return Err(RpcError::new("forbidden", "you may watch, not read what is written to people"));
        }
        let ctx = self.app.ctx.clone();
        self.app
            .store
            .read(move |tx| {
                let id = LeadId(resolve::resolve(tx, Noun::Lead, &lead)?);
                let lead = leads::need(tx, id)?;
                message_flow::compose(tx, &ctx, &lead, &kind, channel)
            })
            .await
            .map_err(told)
    }

    async fn import_begin(self, _: Context, spec: ImportSpec) -> Answer<ImportId> {
        self.may(Role::Operate)?;
        let upload = importer::begin(&self.app, spec, "", &self.operator.name).await.map_err(told)?;
        let id = upload.id();
        self.uploads().insert(id, Arc::new(Mutex::new(Some(upload))));
        Ok(id)
    }

    async fn import_chunk(self, _: Context, import: ImportId, offset: u64, base64: String) -> Answer<u64> {
        self.may(Role::Operate)?;
        let bytes = STANDARD.decode(base64).map_err(|e| RpcError::new("invalid", format!("base64: {e}")))?;
        let upload = self.upload(import)?;
        let mut upload = upload.lock().await;
        upload.as_mut().ok_or_else(not_coming)?.append(offset, bytes).await.map_err(told)
    }

    async fn import_commit(self, _: Context, import: ImportId) -> Answer<ImportRow> {
        self.may(Role::Operate)?;
        let Ok(upload) = self.upload(import) else {
            // Asked a second time, it hears the same.
            let import = self.import_of(import).await.map_err(told)?;
            return if import.status == ImportStatus::Receiving {
                Err(not_coming())
            } else {
                Ok(import.row())
            };
        };
        let upload = upload.lock().await.take().ok_or_else(not_coming)?;
        self.uploads().remove(&import);
        let import = upload.finish(&self.operator.name, "").await.map_err(told)?;
        Ok(import.row())
    }

    async fn import_report(self, _: Context, import: ImportId) -> Answer<ImportReport> {
        let unmasked = self.unmasked();
        self.app.store.read(move |tx| detail::import_report(tx, import, unmasked)).await.map_err(told)
    }

    async fn create_client(self, _: Context, client: NewClient) -> Answer<ClientCreated> {
        self.may(Role::Admin)?;
        crate::onboarding::onboard(&self.app, client, self.operator.name.clone(), String::new())
            .await
            .map_err(told)
    }

    async fn create_key(self, _: Context, client: Option<String>, label: String) -> Answer<String> {
        self.may(Role::Admin)?;
        let ctx = self.app.ctx.clone();
        let key = client_flow::fresh_key(&ctx);
        let (text, actor) = (key.text.clone(), self.operator.name.clone());
        self.app
            .store
            .write(move |tx| {
                let asker = Asker { actor: &actor, address: "" };
                key_flow::make(tx, &ctx, client.as_deref(), &key, (&label, None), asker)
            })
            .await
            .map_err(told)?;
        Ok(text)
    }

    async fn screening(self, _: Context) -> Answer<Vec<ScreeningList>> {
        let ctx = self.app.ctx.clone();
        self.app.store.read(move |tx| screening::lists(tx, &ctx.house, ctx.now())).await.map_err(told)
    }

    async fn screen(self, _: Context, part: ScreeningPart) -> Answer<ScreeningReport> {
        self.may(Role::Admin)?;
        let ctx = self.app.ctx.clone();
        self.app.store.write(move |tx| screening::keep(tx, &ctx, &part)).await.map_err(told)
    }

    async fn screened(self, _: Context, part: ScreeningPart, read: ScreeningReport) -> Answer<()> {
        self.may(Role::Admin)?;
        screening::close(&self.app, part, read, self.operator.name.clone(), String::new()).await.map_err(told)
    }
}

/// Why nothing, or not more, is dialing; also for the HTTP side.
pub(crate) async fn why_idle(app: &App, client: Option<String>) -> Result<IdleExplanation> {
    let ctx = app.ctx.clone();
    app.store
        .read(move |tx| {
            let now = ctx.now();
            let id = client.as_deref().map(|key| clients::need(tx, key)).transpose()?.map(|c| c.id);
            let in_use = calls::open_count(tx, "vapi", now - ctx.house.max_call_ms)?;
            let paused = meta::get(tx, meta::DIALING_PAUSED)?;
            idle::waterfall(
                tx,
                id,
                now,
                (in_use, ctx.house.concurrency),
                paused,
                (&ctx.house.voice, &ctx.house.breaker),
            )
        })
        .await
}

/// The counts that are not in the database.
fn with_outage(app: &App, badges: Badges) -> Badges {
    let spooled = app.spool.as_ref().map_or(0, |s| s.waiting().count);
    Badges { away_since: app.outage.away().map(|a| a.since), spooled, ..badges }
}

async fn templates_page(app: &App, query: Query) -> Result<Page> {
    let ctx = app.ctx.clone();
    let around = Query { client: query.client.clone(), ..Query::first(List::Live, 1) };
    let (around, listed) = app
        .store
        .read(move |tx| {
            let around = page::page(tx, &around, ctx.now(), false)?;
            Ok((around, templates::list(tx, &ctx, &query)?))
        })
        .await?;
    Ok(Page {
        rows: Rows::Templates(listed.rows),
        next: listed.next,
        prev: listed.prev,
        matching: listed.matching,
        total: listed.total,
        exact: true,
        badges: with_outage(app, around.badges),
        ..around
    })
}

async fn health_page(app: &App, client: Option<String>) -> Result<Page> {
    let report = health::report(app).await;
    let now = app.ctx.now();
    let query = Query { client, ..Query::first(List::Live, 1) };
    let around = app.store.read(move |tx| page::page(tx, &query, now, false));
    let around = match report.away() {
        // The report has waited for the database already.
        true => Err(Error::Unavailable("the database is away".into())),
        false => around.await,
    };
    let (cursor, badges) =
        around.map_or_else(|_| (Cursor::default(), Badges::default()), |p| (p.cursor, p.badges));
    let badges = with_outage(app, badges);
    Ok(Page {
        rows: Rows::Health(Box::new(report)),
        next: None,
        prev: None,
        matching: 1,
        total: 1,
        exact: true,
        cursor,
        now,
        badges,
    })
}
