//! The program `frontdesk`: reads its arguments and exits with what came of them.

use clap::Parser;
use frontdesk_tui::cli::{self, args::Cli, out::Out};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = Out::standard();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and the version are no failures.
        Err(e) if e.use_stderr() && std::env::args_os().any(|a| a == "--json") => {
            out.complain_json("usage", e.to_string().trim());
            return ExitCode::from(cli::USAGE);
        }
        Err(e) => e.exit(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(cli::run(cli, out));
            // A read of a file or a name may still be under way; nobody waits for it.
            runtime.shutdown_background();
            ExitCode::from(code)
        }
        Err(e) => {
            out.complain(&format!("the runtime could not be started: {e}"));
            ExitCode::from(cli::FAILED)
        }
    }
}
