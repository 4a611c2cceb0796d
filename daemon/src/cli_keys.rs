//! `frontdeskd keys …`: API keys while no daemon runs on the data directory. While one runs, the
//! HTTP routes and the console do the same.

use crate::app::App;
use crate::config::Config;
use crate::flows::clients::{Asker, FreshKey, fresh_key};
use crate::flows::keys as flow;
use clap::Subcommand;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{Millis, RowId};
use frontdesk_store::keys::Key;
use frontdesk_store::{Result, Tx};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Show keys, never their text: an administrator's, or a client's with --client.
    List {
        /// The client's key.
        #[arg(long)]
        client: Option<String>,
    },
    /// An administrator's key, or a client's with --client.
    New {
        /// The client's key.
        #[arg(long)]
        client: Option<String>,
        /// What it is for.
        #[arg(long, default_value = "made on the command line")]
        label: String,
        /// Days until it ends by itself.
        #[arg(long)]
        days: Option<i64>,
    },
    /// Exchange a key for a new one; the old one goes on for a while.
    Rotate {
        /// The key's id, as `list` shows it.
        id: RowId,
        /// The client's key.
        #[arg(long)]
        client: Option<String>,
        /// Hours the old one goes on.
        #[arg(long, default_value_t = 24)]
        overlap_hours: i64,
    },
    /// Take a key back at once.
    Revoke {
        /// The key's id, as `list` shows it.
        id: RowId,
        /// The client's key.
        #[arg(long)]
        client: Option<String>,
    },
}

const ASKER: Asker<'static> = Asker { actor: "command line", address: "" };

#[allow(clippy::print_stdout)] // the command's output; a key is shown this once
pub(crate) async fn run(config: Config, what: KeyCommand) -> anyhow::Result<()> {
    let app = App::build(config, None, CancellationToken::new()).await?;
    let ctx = app.ctx.clone();
    match what {
        KeyCommand::List { client } => {
            let now = ctx.now();
            for key in app.store.read(move |tx| flow::list(tx, client.as_deref())).await? {
                println!("{}", line(&key, now));
            }
        }
        KeyCommand::New { client, label, days } => {
            let lasts = days.map(|d| d.saturating_mul(DAY));
            let make = move |tx: &mut Tx<'_>, fresh: &FreshKey| {
                flow::make(tx, &ctx, client.as_deref(), fresh, (&label, lasts), ASKER)
            };
            println!("{}", with_fresh(&app, make).await?);
        }
        KeyCommand::Rotate { id, client, overlap_hours } => {
            let overlap = overlap_hours.saturating_mul(HOUR);
            let rotate = move |tx: &mut Tx<'_>, fresh: &FreshKey| {
                flow::rotate(tx, &ctx, client.as_deref(), id, fresh, overlap, ASKER)
            };
            println!("{}", with_fresh(&app, rotate).await?);
        }
        KeyCommand::Revoke { id, client } => {
            let revoke = move |tx: &mut Tx<'_>| flow::revoke(tx, &ctx, client.as_deref(), id, ASKER);
            app.store.write(revoke).await?;
            println!("revoked {id}");
        }
    }
    Ok(())
}

/// The text of the key that a change made.
async fn with_fresh(
    app: &App,
    change: impl Fn(&mut Tx<'_>, &FreshKey) -> Result<Key> + Send + 'static,
) -> anyhow::Result<String> {
    let fresh = fresh_key(&app.ctx);
    let text = fresh.text.clone();
    app.store.write(move |tx| change(tx, &fresh)).await?;
    Ok(text)
}

fn line(key: &Key, now: Millis) -> String {
    let at = |at: Option<Millis>| at.map_or_else(|| "never".to_owned(), Millis::iso);
    let state = match (key.revoked_at, key.stands(now)) {
        (Some(at), _) => format!("revoked {}", at.iso()),
        (None, true) => format!("ends {}", at(key.expires_at)),
        (None, false) => format!("ended {}", at(key.expires_at)),
    };
    let made = key.created_at.iso();
    format!("{}  {}  made {made}, used {}, {state}", key.id, key.label, at(key.last_used_at))
}
