//! `make crash`: the long crash campaigns. This program is also the daemon that dies in them, so
//! that both are built with the failpoints at once.
//!
//! Without arguments it runs everything there is: 300 kills on SQLite, 100 on PostgreSQL with two
//! daemons, and one campaign for each planted bug, which must be caught. `--engine`, `--kills`,
//! `--seed` and `--plant` run one campaign instead.

use frontdesk_daemon::store::Engine;
use frontdesk_tests::crash::{Settings, campaign};
use std::process::ExitCode;

/// Bugs the daemon can be told to have, and kills within which each must be caught.
const PLANTS: &[(&str, usize)] = &[("no-dedupe", 20), ("early-answer", 60), ("resend", 60)];
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
        let found = !outcome.findings.is_empty();
        match &settings.plant {
            Some(plant) if found => println!("  the planted bug {plant} was caught"),
            Some(plant) => println!("  THE PLANTED BUG {plant} WAS NOT CAUGHT"),
            None => {}
        }
        fine &= found == settings.plant.is_some();
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
        for (plant, kills) in PLANTS {
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
            ("--plant", plant) if PLANTS.iter().any(|(p, _)| *p == plant) => {
                one.plant = Some(plant.to_owned())
            }
            _ => {
                let plants: Vec<&str> = PLANTS.iter().map(|(p, _)| *p).collect();
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
