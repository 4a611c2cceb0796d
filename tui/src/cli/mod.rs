//! The command line: every list, every action, every explanation, for scripts and for people
//! who cannot or do not want to use the console.

mod act;
pub mod args;
mod client;
mod demo;
mod import;
mod list;
mod message;
pub mod out;
mod screening;
mod watch;
mod why;

use crate::link::{self, ConnectError, Connection, LinkConfig};
use crate::model::Options;
use crate::runtime::{self, Ended};
use crate::theme::Theme;
use crate::zone::Zone;
use crate::{clock, log, socket, terminal};
use args::{Cli, Command};
use out::Out;
use std::path::{Path, PathBuf};

/// Done.
pub const FINE: u8 = 0;
/// Refused or failed.
pub const FAILED: u8 = 1;
/// Wrong usage, or no daemon.
pub const USAGE: u8 = 2;

/// Why a command did not work, and with which code the process exits.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// What kind of failure, in one word, for programs.
    pub kind: String,
    /// In words; empty when everything was said.
    pub text: String,
}

impl Failure {
    /// Refused or failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { code: FAILED, kind: "failed".to_owned(), text: text.into() }
    }

    /// What was asked for cannot be done as things stand.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { kind: "conflict".to_owned(), ..Self::failed(text) }
    }

    /// Wrong usage, or no daemon.
    pub fn usage(text: impl Into<String>) -> Self {
        Self { code: USAGE, kind: "usage".to_owned(), text: text.into() }
    }
}

impl From<std::io::Error> for Failure {
    /// A reader that went away is no failure.
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::BrokenPipe => Self { code: FINE, kind: String::new(), text: String::new() },
            _ => Self::failed(e.to_string()),
        }
    }
}

/// What a command comes to.
pub type Outcome = Result<(), Failure>;

/// Where a command works.
pub struct Desk {
    /// The daemon's socket.
    pub socket: PathBuf,
    /// Only this client's.
    pub client: Option<String>,
    /// Print JSON.
    pub json: bool,
    /// Refuse actions.
    pub read_only: bool,
    /// Where to print.
    pub out: Out,
}

impl Desk {
    /// Connects to the daemon.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        link::connect(&self.socket, self.read_only).await.map_err(|e| away(&e))
    }
}

fn away(error: &ConnectError) -> Failure {
    let advice = match error {
        ConnectError::NoDaemon { .. } => {
            ". Start it with `frontdeskd serve`, try `frontdesk demo`, or name another socket with --socket"
        }
        _ => "",
    };
    Failure { kind: "unavailable".to_owned(), ..Failure::usage(format!("{error}{advice}")) }
}

/// Does what was asked; returns the exit code.
pub async fn run(cli: Cli, out: Out) -> u8 {
    let socket = socket::resolve(cli.socket.as_deref(), |name| std::env::var_os(name));
    let Cli { client, json, read_only, slow_link, command, .. } = cli;
    let mut desk = Desk { socket, client, json, read_only, out };
    let outcome = match command {
        None => console(&desk.socket, desk.client.clone(), read_only, slow_link).await,
        Some(Command::Demo(demo)) => demo::run(&mut desk, demo, read_only, slow_link).await,
        Some(command) => dispatch(&mut desk, command).await,
    };
    match outcome {
        Ok(()) => FINE,
        Err(failure) => {
            match failure.text.as_str() {
                "" => {}
                text if desk.json => desk.out.complain_json(&failure.kind, text),
                text => desk.out.complain(text),
            }
            failure.code
        }
    }
}

async fn dispatch(desk: &mut Desk, command: Command) -> Outcome {
    use frontdesk_shared::action::Action;
    match command {
        Command::Status => list::status(desk).await,
        Command::List(args::Lists { list, listing }) => list::run(desk, list, listing).await,
        Command::Show { kind, id } => why::show(desk, kind, id).await,
        Command::Import(file) => import::run(desk, file).await,
        Command::Screening(what) => screening::run(desk, what).await,
        Command::Why { lead } => why::lead(desk, lead).await,
        Command::WhyIdle => why::idle(desk).await,
        Command::Call { lead, act } => act::run(desk, Action::CallNow { lead }, act).await,
        Command::Retry { job, act } => act::run(desk, Action::RetryJob { job }, act).await,
        Command::Cancel { job, act } => act::run(desk, Action::CancelJob { job }, act).await,
        Command::Settle { job, verdict, act } => {
            let happened = verdict == args::Verdict::Happened;
            act::run(desk, Action::SettleJob { job, happened }, act).await
        }
        Command::Replay { webhook, act } => act::run(desk, Action::ReplayWebhook { webhook }, act).await,
        Command::Run { name, act } => act::run(desk, Action::RunSchedule { name }, act).await,
        Command::Optout { .. } if desk.client.is_some() => {
            Err(Failure::usage("an opt-out holds for every client: leave --client away".to_owned()))
        }
        Command::Optout { phone, act } => act::run(desk, Action::OptOut { who: phone }, act).await,
        Command::Withdraw { phone, reason, act } => {
            act::run(desk, Action::WithdrawOptOut { who: phone, reason: reason.join(" ") }, act).await
        }
        Command::End { call, act } => act::run(desk, Action::EndCall { call }, act).await,
        Command::Appointment(booked) => message::appointment(desk, booked).await,
        Command::Resend { message, act } => act::run(desk, Action::ResendMessage { message }, act).await,
        Command::Preview { kind, lead, channel } => message::preview(desk, kind, lead, channel).await,
        Command::TestSend { of, channel, address, template, act } => {
            let action =
                Action::TestSend { client: of, channel: message::channel(channel), address, template };
            act::run(desk, action, act).await
        }
        Command::UndoImport { import, act } => act::run(desk, Action::UndoImport { import }, act).await,
        Command::Ack { error, act } => act::run(desk, Action::AckFault { fault: error }, act).await,
        Command::Pause { reason, act } => {
            let action = Action::PauseDialing { client: desk.client.clone(), reason: reason.join(" ") };
            act::run(desk, action, act).await
        }
        Command::Resume(act) => {
            act::run(desk, Action::ResumeDialing { client: desk.client.clone() }, act).await
        }
        Command::Business(business) => client::run(desk, business).await,
        Command::Key(args::Key::New { label }) => client::key(desk, label).await,
        Command::Watch => watch::run(desk).await,
        Command::Demo(_) => Ok(()),
    }
}

/// Opens the console on a socket.
async fn console(socket: &Path, client: Option<String>, read_only: bool, slow_link: bool) -> Outcome {
    if let Some(reason) = terminal::refusal() {
        return Err(Failure::usage(format!(
            "{reason}, so the console cannot be shown. Everything in it is also a command: \
             frontdesk status, leads, calls, jobs, errors, why LEAD, watch … see frontdesk --help"
        )));
    }
    log::open();
    terminal::install_panic_hook();
    let seed = clock::entropy();
    let options = Options {
        read_only,
        slow_link,
        client,
        socket: socket.display().to_string(),
        theme: Theme::from_env(),
        zone: Zone::of_operator(),
        session: format!("console-{seed:016x}"),
    };
    let link = LinkConfig { socket: socket.to_owned(), read_only, seed };
    match runtime::run(options, link).await? {
        Ended::Quit => Ok(()),
        Ended::Signal(n) => Err(Failure { code: 128 + n, kind: String::new(), text: String::new() }),
    }
}

/// Turns a call's two kinds of failure into one.
fn answer<T>(
    answer: Result<Result<T, frontdesk_shared::rpc::RpcError>, tarpc::client::RpcError>,
) -> Result<T, Failure> {
    answer
        .map_err(|e| link::rpc_error(&e))
        .map_err(|e| Failure { kind: "unavailable".to_owned(), ..Failure::failed(e.text) })?
        .map_err(|e| Failure { kind: e.code.clone(), ..Failure::failed(format!("{} ({})", e.text, e.code)) })
}
