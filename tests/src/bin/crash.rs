//! `make crash`: the long crash campaigns. This program is also the daemon that dies in them, so
//! that both are built with the failpoints at once.
//!
//! Without arguments it runs everything there is: of leads and calls 300 kills on SQLite and 100 on
//! PostgreSQL with two daemons, of messages and appointments half as many, and one campaign for each
//! planted bug, which must be caught. `--of`, `--engine`, `--kills`, `--seed` and `--plant` run one
//! campaign instead.

use frontdesk_store::Engine;
use frontdesk_tests::crash::{self, Finding, Settings};
use std::process::ExitCode;

/// What a campaign is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Calls,
    Messages,
}

/// A bug the daemon can be told to have, what must catch it, kills within which it must be caught,
/// and how the rule begins that must catch it: that something is found somewhere proves little.
type Plant = (&'static str, Of, usize, &'static str);
const PLANTS: &[Plant] = &[
    ("no-dedupe", Of::Calls, 20, "doubled: an event"),
    ("early-answer", Of::Calls, 60, "lost: an acknowledged webhook"),
    ("resend", Of::Calls, 60, "doubled: a phone rang twice"),
    ("resend-message", Of::Messages, 30, "doubled: a text left twice"),
    ("early-answer", Of::Messages, 60, "lost: an acknowledged text"),
    ("ignore-opt-out", Of::Messages, 10, "lost: an acknowledged refusal"),
];
const SEED: u64 = 1;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == "serve") {
        return frontdesk_daemon::cli::main();
    }
    let failing = match std::env::current_exe() {
        Ok(program) => program,
        Err(e) => return wrong(&format!("cannot find this program: {e}")),
    };
    let campaigns = match chosen(&arguments) {
        Ok(campaigns) => campaigns,
        Err(e) => return wrong(&e),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let Ok(runtime) = runtime else { return wrong("cannot start") };
    let mut fine = true;
    for (of, mut settings) in campaigns {
        settings.failing = Some(failing.clone());
        let Some((report, findings)) = runtime.block_on(run(of, &settings)) else { continue };
        print!("{report}");
        let Some(plant) = &settings.plant else {
            fine &= findings.is_empty();
            continue;
        };
        let rule =
            PLANTS.iter().find(|(name, about, ..)| name == plant && *about == of).map(|(.., rule)| *rule);
        let caught = rule.is_some_and(|rule| findings.iter().any(|f| f.rule.starts_with(rule)));
        println!("  the planted bug {plant} was {}", if caught { "caught" } else { "NOT CAUGHT" });
        fine &= caught;
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(of: Of, settings: &Settings) -> Option<(String, Vec<Finding>)> {
    match of {
        Of::Calls => crash::campaign(settings).await.map(|o| (o.report, o.findings)),
        Of::Messages => crash::post::campaign(settings).await.map(|o| (o.report, o.findings)),
    }
}

fn wrong(words: &str) -> ExitCode {
    eprintln!("crash: {words}");
    ExitCode::from(2)
}

fn chosen(arguments: &[String]) -> Result<Vec<(Of, Settings)>, String> {
    let plain = |engine, kills| Settings { engine, kills, seed: SEED, failing: None, plant: None };
    if arguments.is_empty() {
        let mut all = vec![
            (Of::Calls, plain(Engine::Sqlite, 300)),
            (Of::Calls, plain(Engine::Postgres, 100)),
            (Of::Messages, plain(Engine::Sqlite, 150)),
            (Of::Messages, plain(Engine::Postgres, 60)),
        ];
        for (plant, of, kills, _) in PLANTS {
            let planted = Settings { plant: Some((*plant).to_owned()), ..plain(Engine::Sqlite, *kills) };
            all.push((*of, planted));
        }
        return Ok(all);
    }
    let (mut of, mut one) = (Of::Calls, plain(Engine::Sqlite, 100));
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value", pair[0])) };
        match (name.as_str(), value.as_str()) {
            ("--of", "calls") => of = Of::Calls,
            ("--of", "messages") => of = Of::Messages,
            ("--engine", "sqlite") => one.engine = Engine::Sqlite,
            ("--engine", "postgres") => one.engine = Engine::Postgres,
            ("--kills", n) => one.kills = n.parse().map_err(|_| format!("{n} is no number of kills"))?,
            ("--seed", n) => one.seed = n.parse().map_err(|_| format!("{n} is no seed"))?,
            ("--plant", plant) if PLANTS.iter().any(|(p, ..)| *p == plant) => {
                one.plant = Some(plant.to_owned());
            }
            _ => {
                let plants: Vec<&str> = PLANTS.iter().map(|(p, ..)| *p).collect();
                return Err(format!(
                    "{name} {value}: there are --of calls|messages, --engine sqlite|postgres, --kills N, --seed N, \
                     --plant {}",
                    plants.join("|")
                ));
            }
        }
    }
    if one.kills < one.daemons() {
        return Err("every daemon must die at least once".to_owned());
    }
    Ok(vec![(of, one)])
}
