//! The command line's words.

use crate::screens::SCREENS;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches, Parser, Subcommand, ValueEnum};
use frontdesk_shared::Noun;
use frontdesk_shared::page::List;
use std::path::PathBuf;

/// The console and command line of frontdeskd. Without a command it opens the console.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, max_term_width = 100)]
pub struct Cli {
    /// The daemon's socket; else FRONTDESK_SOCKET, else console.sock in FRONTDESK_DATA_DIR or the
    /// state directory.
    #[arg(long, global = true, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Only this client's things.
    #[arg(long, global = true, value_name = "KEY")]
    pub client: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Look only: every action is refused.
    #[arg(long)]
    pub read_only: bool,
    /// Ask and paint less often.
    #[arg(long)]
    pub slow_link: bool,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Its commands and their arguments, as data.
    pub fn words() -> clap::Command {
        Self::command()
    }
}

/// A do-not-call list, or nothing to see all.
#[derive(Debug, Args)]
pub struct Screening {
    /// One number a line, beside it “registered” or “clear” where only some numbers were checked.
    pub file: Option<PathBuf>,
    /// Which list, such as TPS/CTPS.
    #[arg(long, requires = "file")]
    pub list: Option<String>,
    /// The date of the list, or of the check: YYYY-MM-DD.
    #[arg(long, requires = "file", value_name = "DATE")]
    pub as_of: Option<String>,
    /// The file is the whole list: nobody else is on it.
    #[arg(long, requires = "file")]
    pub whole: bool,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on a throw-away daemon with sandbox providers and sample leads.
    Demo(Demo),
    /// The parts of the house, its schedule, and the counts that matter.
    Status,
    #[command(flatten)]
    List(Lists),
    /// Everything about one thing.
    Show {
        /// lead, call, job, fault, webhook, import, appointment, message or client.
        #[arg(value_parser = openable)]
        kind: Noun,
        /// Its id (or key, for a client).
        id: String,
    },
    /// Import leads from a CSV or JSON file.
    Import(Import),
    /// Do-not-call lists (TPS/CTPS, National DNC Registry) and their age; with a file, bring one.
    Screening(Screening),
    /// Why a lead is or is not contacted.
    Why {
        /// Its id, the last characters of it, or its number.
        lead: String,
    },
    /// Why nothing, or not more, is dialing.
    WhyIdle,
    /// Plan a call for this moment; the gate still decides.
    Call {
        /// The lead.
        lead: String,
        #[command(flatten)]
        act: Act,
    },
    /// Try a job again that failed; what waits for its time is not made early.
    Retry {
        /// The job.
        job: String,
        #[command(flatten)]
        act: Act,
    },
    /// Take back a job that waits, or put aside one that was given up.
    Cancel {
        /// The job.
        job: String,
        #[command(flatten)]
        act: Act,
    },
    /// Say whether a call or message whose result is unknown took place.
    Settle {
        /// The job.
        job: String,
        /// What really happened.
        verdict: Verdict,
        #[command(flatten)]
        act: Act,
    },
    /// Apply a stored webhook again; what it already did is not done twice.
    Replay {
        /// The webhook.
        webhook: String,
        #[command(flatten)]
        act: Act,
    },
    /// Run a scheduled job now.
    Run {
        /// Its name, as `frontdesk status` shows it.
        name: String,
        #[command(flatten)]
        act: Act,
    },
    /// Record that a person wants no more contact.
    Optout {
        /// A phone number, a mail address or a lead.
        phone: String,
        #[command(flatten)]
        act: Act,
    },
    /// Withdraw an opt-out that was recorded by mistake; the record stays.
    Withdraw {
        /// A phone number, a mail address or a lead.
        phone: String,
        /// What shows that it was a mistake.
        #[arg(required = true)]
        reason: Vec<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Hang up a live call.
    End {
        /// The call.
        call: String,
        #[command(flatten)]
        act: Act,
    },
    /// Cancel, move or mark an appointment.
    #[command(subcommand)]
    Appointment(Booked),
    /// Send a message that did not arrive once more; the gate still decides.
    Resend {
        /// The message.
        message: String,
        #[command(flatten)]
        act: Act,
    },
    /// A message as a lead would get it, or what is missing in its template.
    Preview {
        /// What it is, such as reminder-24h.
        kind: String,
        /// Its id, the last characters of it, or its number.
        #[arg(long, value_name = "LEAD")]
        lead: String,
        /// By text or by email; the kind's usual way where absent.
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<Way>,
    },
    /// Send a message with sample values to an address of your own, and say what came of it.
    TestSend {
        /// The client's key.
        #[arg(value_name = "CLIENT")]
        of: String,
        /// By text or by email.
        channel: Way,
        /// Your own number or mail address, not a lead's.
        address: String,
        /// What it is, such as reminder-24h; a confirmation where absent.
        #[arg(long, value_name = "KIND", default_value = "", hide_default_value = true)]
        template: String,
        #[command(flatten)]
        act: Act,
    },
    /// Close the leads a wrong file brought, as far as nobody was contacted; opt-outs stay.
    UndoImport {
        /// The import.
        import: String,
        #[command(flatten)]
        act: Act,
    },
    /// Mark an error as seen; it comes back if it happens again.
    Ack {
        /// The error.
        error: String,
        #[command(flatten)]
        act: Act,
    },
    /// No new calls, texts or emails, for everyone or with --client for one; live calls go on.
    Pause {
        /// Shown to everyone who wonders.
        #[arg(required = true)]
        reason: Vec<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Place calls again.
    Resume(Act),
    /// Create or deactivate a client.
    #[command(subcommand, name = "client")]
    Business(Business),
    /// Make an API key, shown once.
    #[command(subcommand)]
    Key(Key),
    /// Print events as they happen, one a line.
    Watch,
}

/// A list: one subcommand for each screen that has one.
#[derive(Debug)]
pub struct Lists {
    /// Which.
    pub list: List,
    /// Which of its rows.
    pub listing: Listing,
}

impl FromArgMatches for Lists {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let list = List::parse(name).ok_or_else(missing)?;
        let live = list == List::Calls && matches.get_flag(LIVE);
        let list = if live { List::Live } else { list };
        Ok(Self { list, listing: Listing::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Lists {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        SCREENS.iter().fold(command, |all, screen| match screen.command {
            Some(about) => all.subcommand(listed(screen.list, about)),
            None => all,
        })
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        SCREENS.iter().any(|screen| screen.command.is_some() && screen.list.word() == name)
    }
}

const LIVE: &str = "live";

fn listed(list: List, about: &'static str) -> clap::Command {
    // Last, because the arguments bring a sentence about themselves; without the full stop, as all.
    let command = Listing::augment_args(clap::Command::new(list.word())).about(about.trim_end_matches('.'));
    match list {
        List::Calls => command.arg(
            clap::Arg::new(LIVE).long(LIVE).action(clap::ArgAction::SetTrue).help("Only calls under way"),
        ),
        _ => command,
    }
}

fn openable(word: &str) -> Result<Noun, String> {
    let known = || Noun::OPENABLE.iter().map(|noun| noun.word()).collect::<Vec<_>>().join(", ");
    let named = if word == "error" { Some(Noun::Fault) } else { Noun::parse(word) };
    named.filter(|noun| noun.is_openable()).ok_or_else(|| format!("one of these is wanted: {}", known()))
}

/// Which rows.
#[derive(Debug, Args)]
pub struct Listing {
    /// Words and key:value terms that must all match; ! before a term inverts it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub filter: String,
    /// Rows at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Put the whole list in the order of this column; - before it: greatest first.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Go on where an earlier answer said “next”.
    #[arg(long, value_name = "NEXT")]
    pub after: Option<String>,
}

/// How an action is done.
#[derive(Clone, Copy, Debug, Args)]
pub struct Act {
    /// Print what would happen and do nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// What an uncertain job came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// The effect took place.
    Happened,
    /// It did not.
    DidNotHappen,
}

/// How a person is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// A text.
    Sms,
    /// An email.
    Email,
}

/// Things done to an appointment.
#[derive(Debug, Subcommand)]
pub enum Booked {
    /// Give it back for the business; the person is told.
    Cancel {
        /// The appointment.
        appointment: String,
        /// Why, for the record; the person is not told it.
        reason: Vec<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Give it another time; the person is told.
    Reschedule {
        /// The appointment.
        appointment: String,
        /// Such as 2026-12-24T10:00 in the client's time, or with an offset.
        time: String,
        #[command(flatten)]
        act: Act,
    },
    /// Note that the person came.
    Attended {
        /// The appointment.
        appointment: String,
        #[command(flatten)]
        act: Act,
    },
    /// Note that the person did not come.
    NoShow {
        /// The appointment.
        appointment: String,
        #[command(flatten)]
        act: Act,
    },
}

/// Things done to a client.
#[derive(Debug, Subcommand)]
pub enum Business {
    /// Create a client; its API key is shown this once.
    Add {
        /// Name of the business.
        name: String,
        /// Short key used in paths; made from the name where absent.
        #[arg(long)]
        key: Option<String>,
        /// Where the house writes to.
        #[arg(long, default_value = "")]
        email: String,
        /// The business's own number.
        #[arg(long, default_value = "")]
        phone: String,
        /// IANA zone, such as Europe/London.
        #[arg(long)]
        timezone: Option<String>,
        /// Country of numbers without a prefix, such as GB.
        #[arg(long)]
        country: Option<String>,
        /// Line of work.
        #[arg(long, default_value = "")]
        industry: String,
    },
    /// Stop everything for a client.
    Deactivate {
        /// The client's key.
        key: String,
        #[command(flatten)]
        act: Act,
    },
}

/// Things done to keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// A new key: for a client with --client, else an administrator's.
    New {
        /// What it is for, so that it can be recognised later.
        #[arg(long, default_value = "made on the command line")]
        label: String,
    },
}

/// A file to import.
#[derive(Debug, Args)]
pub struct Import {
    /// The file.
    pub file: PathBuf,
    /// Judge every row and import none.
    #[arg(long)]
    pub dry_run: bool,
    /// One statement of consent for all rows: who attests it, when, and the wording shown.
    #[arg(long, value_name = "TEXT")]
    pub attest: Option<String>,
    /// Country of numbers without a prefix, such as GB; the client's where absent.
    #[arg(long, value_name = "CC")]
    pub country: Option<String>,
    /// Read this column as this field.
    #[arg(long, value_name = "HEADER=FIELD", value_parser = mapping)]
    pub map: Vec<(String, String)>,
    /// Where the leads come from; the file's name where absent.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((header, field)) if !header.is_empty() && !field.is_empty() => {
            Ok((header.to_owned(), field.to_owned()))
        }
        _ => Err("HEADER=FIELD is wanted, such as \"Mobile No=phone\"".to_owned()),
    }
}

/// A daemon to play with.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many times faster than life its time runs.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub speed: u32,
    /// Keep its directory afterwards.
    #[arg(long)]
    pub keep: bool,
    /// Print where it is instead of opening the console, and wait.
    #[arg(long)]
    pub no_console: bool,
}
