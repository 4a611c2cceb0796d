//! What the command line asks for.

use anyhow::{Context as _, Result, bail};
use std::net::SocketAddr;

/// How the command is used.
pub const USAGE: &str = "cargo bench -p frontdesk-tests -- [FIGURE …] [--most ROWS] [--peer FIGURE:NAME=http://HOST:PORT/PATH[,SECRET]] …";

/// Another server to measure beside ours.
#[derive(Clone, Debug)]
pub struct Peer {
    figure: String,
    /// What to call it.
    pub name: String,
    /// Where it listens.
    pub at: SocketAddr,
    /// Where it takes webhooks, or hands out events.
    pub path: String,
    /// What it verifies bodies with.
    pub secret: String,
}

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Names of figures; none means all.
    pub figures: Vec<String>,
    /// Largest store that is filled.
    pub most: u64,
    peers: Vec<Peer>,
}

impl Options {
    /// Reads the arguments, without the program's name.
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { figures: Vec::new(), most: 1_000_000, peers: Vec::new() };
        let mut arguments = arguments.filter(|a| a != "--bench");
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value: {USAGE}"));
            match argument.as_str() {
                "--most" => options.most = value()?.replace('_', "").parse().context("--most")?,
                "--peer" => options.peers.push(peer(&value()?).context("--peer")?),
                other if other.starts_with('-') => bail!("there is no {other}: {USAGE}"),
                _ => options.figures.push(argument),
            }
        }
        Ok(options)
    }

    /// The servers to measure beside ours in one figure.
    pub fn peers<'a>(&'a self, figure: &'a str) -> impl Iterator<Item = &'a Peer> {
        self.peers.iter().filter(move |p| p.figure == figure)
    }
}

fn peer(text: &str) -> Result<Peer> {
    let (head, url) = text.split_once("=http://").context(USAGE)?;
    let (figure, name) = head.split_once(':').context(USAGE)?;
    let (url, secret) = url.split_once(',').unwrap_or((url, ""));
    let (at, path) = url.split_once('/').context("a path is needed")?;
    Ok(Peer {
        figure: figure.to_owned(),
        name: name.to_owned(),
        at: at.parse().context("HOST:PORT")?,
        path: format!("/{path}"),
        secret: secret.to_owned(),
    })
}
