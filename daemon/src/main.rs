//! frontdeskd: arguments, configuration, App, run. The only place that prints and exits.

fn main() -> std::process::ExitCode {
    frontdesk_daemon::cli::main()
}
