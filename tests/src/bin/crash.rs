//! `make crash`: the long crash campaigns. This program is also the daemon that dies in them, so
//! that both are built with the failpoints at once.
//!
//! Without arguments it runs everything there is: 300 kills on SQLite, 100 on PostgreSQL with two
//! daemons, and one campaign for each planted bug, which must be caught. `--engine`, `--kills`,
//! `--seed` and `--plant` run one campaign instead.

use frontdesk_store::Engine;
use frontdesk_tests::crash::{Settings, campaign};
use std::process::ExitCode;

/// A bug the daemon can be told to have, kills within which it must be caught, and how the rule
/// begins that must catch it: that something is found somewhere proves little.
type Plant = (&'static str, usize, &'static str);
const PLANTS: &[Plant] = &[
    ("no-dedupe", 20, "doubled: an event"),
    ("early-answer", 60, "lost: an acknowledged webhook"),
    ("resend", 60, "doubled: a phone rang twice"),
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
    for mut settings in campaigns {
        settings.failing = Some(failing.clone());
        let Some(outcome) = runtime.block_on(campaign(&settings)) else { continue };
        print!("{}", outcome.report);
        let Some(plant) = &settings.plant else {
            fine &= outcome.findings.is_empty();
            continue;
        };
        let rule = PLANTS.iter().find(|(name, ..)| name == plant).map_or("", |(.., rule)| *rule);
        let caught = outcome.findings.iter().any(|f| f.rule.starts_with(rule));
        println!("  the planted bug {plant} was {}", if caught { "caught" } else { "NOT CAUGHT" });
        fine &= caught;
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wrong(words: &str) -> ExitCode {
    eprintln!("crash: {words}");
    ExitCode::from(2)
}

fn chosen(arguments: &[String]) -> Result<Vec<Settings>, String> {
    let plain = |engine, kills| Settings { engine, kills, seed: SEED, failing: None, plant: None };
    if arguments.is_empty() {
        let mut all = vec![plain(Engine::Sqlite, 300), plain(Engine::Postgres, 100)];
        for (plant, kills, _) in PLANTS {
            all.push(Settings { plant: Some((*plant).to_owned()), ..plain(Engine::Sqlite, *kills) });
        }
        return Ok(all);
    }
    let mut one = plain(Engine::Sqlite, 100);
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value", pair[0])) };
        match (name.as_str(), value.as_str()) {
            ("--engine", "sqlite") => one.engine = Engine::Sqlite,
            ("--engine", "postgres") => one.engine = Engine::Postgres,
            ("--kills", n) => one.kills = n.parse().map_err(|_| format!("{n} is no number of kills"))?,
            ("--seed", n) => one.seed = n.parse().map_err(|_| format!("{n} is no seed"))?,
            ("--plant", plant) if PLANTS.iter().any(|(p, ..)| *p == plant) => {
                one.plant = Some(plant.to_owned())
            }
            _ => {
                let plants: Vec<&str> = PLANTS.iter().map(|(p, ..)| *p).collect();
                return Err(format!(
                    "{name} {value}: there are --engine sqlite|postgres, --kills N, --seed N, --plant {}",
                    plants.join("|")
                ));
            }
        }
    }
    if one.kills < one.daemons() {
        return Err("every daemon must die at least once".to_owned());
    }
    Ok(vec![one])
}
