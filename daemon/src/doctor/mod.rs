//! `frontdeskd doctor`: what would go wrong, found before it does. It reads and asks, and changes
//! nothing; without `--live` nothing leaves the machine. It is no daemon: it runs beside one, and
//! where none runs.
//!
//! Lives here: what was found, and how it is printed. What is looked at is in `ground` (this machine
//! and the store), `clients` (settings and wording) and `live` (providers).

mod clients;
mod ground;
mod live;

use crate::config::Config;
use crate::flows::{Ctx, House};
use clap::Args;
use frontdesk_domain::client::Client;
use frontdesk_domain::link::LinkSecret;
use frontdesk_env::Env;
use frontdesk_shared::client::ClientStatus;
use frontdesk_store::{Store, calendars};
use serde::Serialize;
use std::sync::Arc;

/// What to look at.
#[derive(Clone, Debug, Default, Args)]
pub struct DoctorArguments {
    /// Only this client's settings and wording.
    #[arg(long, value_name = "KEY")]
    pub client: Option<String>,
    /// Ask the providers too; nothing is sent to anybody.
    #[arg(long)]
    pub live: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub about: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it; empty where nothing is to be done.
    pub remedy: String,
}

/// Collects what is found.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, about: impl Into<String>, found: impl Into<String>) {
        self.add(about, State::Ok, found, "");
    }

    fn warn(&mut self, about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) {
        self.add(about, State::Warn, found, remedy);
    }

    fn fail(&mut self, about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) {
        self.add(about, State::Fail, found, remedy);
    }

    fn add(
        &mut self,
        about: impl Into<String>,
        state: State,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (about, found, remedy) = (about.into(), found.into(), remedy.into());
        self.0.push(Finding { about, state, found, remedy });
    }
}

/// Looks at everything and prints it; whether nothing failed.
///
/// # Errors
/// A client that does not exist, or rules that cannot be read.
#[allow(clippy::print_stdout)] // the command's output
pub async fn run(config: Config, arguments: &DoctorArguments) -> anyhow::Result<bool> {
    let findings = examine(&config, Env::system(0), arguments).await?;
    let well = findings.iter().all(|finding| finding.state != State::Fail);
    if arguments.json {
        println!("{}", serde_json::json!({ "well": well, "live": arguments.live, "findings": findings }));
        return Ok(well);
    }
    let room = findings.iter().map(|finding| finding.about.chars().count()).max().unwrap_or(0);
    for Finding { about, state, found, remedy } in &findings {
        println!("{:<4}  {about:<room$}  {found}", state.word());
        if !remedy.is_empty() {
            println!("{:room$}        → {remedy}", "");
        }
    }
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    println!("\n{} ok, {} warn, {} fail", count(State::Ok), count(State::Warn), count(State::Fail));
    if !arguments.live {
        println!("Nothing left this machine; --live asks the providers too.");
    }
    Ok(well)
}

/// Everything there is to find.
///
/// # Errors
/// A client that does not exist, or rules that cannot be read.
pub async fn examine(config: &Config, env: Env, arguments: &DoctorArguments) -> anyhow::Result<Vec<Finding>> {
    let mut out = Findings::default();
    ground::machine(config, env.now(), &mut out);
    let store = ground::store(config, env.now(), &mut out).await;
    let mut house = House::of(config).map_err(anyhow::Error::msg)?;
    // Nothing is sent: the links of samples lead nowhere, whatever signs them.
    house.sign_links(LinkSecret::new([0; 32]));
    let ctx = Ctx { env, node: 0, house: Arc::new(house) };
    let Some(store) = store else { return Ok(out.0) };
    let found = chosen(&store, arguments.client.as_deref()).await?;
    if found.is_empty() {
        out.warn("clients", "there is none", "add one: frontdesk client add NAME");
    }
    for client in &found {
        clients::look(&ctx, client, &mut out);
    }
    if arguments.live {
        let calendars = store.read(calendars::all).await?;
        live::ask(config, &ctx, (&found, &calendars), &mut out).await;
    }
    Ok(out.0)
}

/// The clients to look at: one by its key, else all that are not over.
async fn chosen(store: &Store, key: Option<&str>) -> anyhow::Result<Vec<Client>> {
    let all = store.read(frontdesk_store::clients::all).await?;
    match key {
        None => {
            let open = all.into_iter().filter(|client| client.status != ClientStatus::Deactivated);
            Ok(open.collect())
        }
        Some(key) => match all.into_iter().find(|client| client.key == key) {
            Some(client) => Ok(vec![client]),
            None => anyhow::bail!("there is no client {key}"),
        },
    }
}
