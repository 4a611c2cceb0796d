//! Mail by SMTP: a few connections kept between messages, one recipient per message.
//!
//! Must not live here: the commands, the form of a message, retries of a message. The one thing
//! repeated here is a message of which nothing was said yet, on a connection that turned out to
//! be dead.

use super::class::{Class, No};
use super::compose::{Composed, compose};
use super::connection::{Connection, Door, Protection, Trouble};
use super::message::Mail;
use super::settings::{Secret, Settings, SettingsError, Tls};
use super::transport::{Accepted, Posted};
use crate::http::install_tls;
use crate::outcome::Sent;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Messages per connection: services end it after some more, in the middle of the next one.
const PER_CONNECTION: u32 = 50;

/// A client of one account on one mail server. Clones share its connections.
#[derive(Clone)]
pub struct Smtp {
    inner: Arc<Inner>,
}

struct Inner {
    door: Door,
    places: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let door = &self.inner.door;
        f.debug_struct("Smtp").field("host", &door.host).field("port", &door.port).finish_non_exhaustive()
    }
}

impl Smtp {
    /// A client for these settings. Connects when there is something to send.
    ///
    /// # Errors
    /// [`SettingsError::Tls`] when the extra certificates cannot be read.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        install_tls();
        let protection = match settings.tls {
            Tls::None => Protection::None,
            Tls::Implicit => Protection::Implicit(tls(&settings)?),
            Tls::Starttls => Protection::Starttls(tls(&settings)?),
        };
        let login = settings.login.map(|login| {
            let (mechanisms, secret) = match login.secret {
                Secret::Password(secret) => (vec![Mechanism::Plain, Mechanism::Login], secret),
                Secret::Token(secret) => (vec![Mechanism::Xoauth2], secret),
            };
            (mechanisms, Credentials::new(login.user, secret.expose_secret().to_owned()))
        });
        let door = Door {
            host: settings.host,
            port: settings.port,
            protection,
            login,
            hello: settings.hello.map_or_else(own_name, ClientId::Domain),
            deadlines: settings.deadlines,
        };
        let places = Semaphore::new(settings.connections.clamp(1, 100));
        Ok(Self { inner: Arc::new(Inner { door, places, idle: Mutex::new(Vec::new()) }) })
    }

    /// Sends once. `NotSent` is safe to repeat; on `Unknown` the server may have the message.
    pub async fn send(&self, mail: &Mail) -> Posted {
        let composed = match compose(mail) {
            Ok(composed) => composed,
            Err(no) => return no.posted(),
        };
        match self.carry(&composed).await {
            Ok(said) => Posted::plain(Sent::Done(Accepted { provider_id: None, said })),
            Err(trouble) => posted(trouble),
        }
    }

    /// Connects and logs in, and sends nothing: for checks of the settings.
    pub async fn check(&self) -> Posted<()> {
        let Ok(_place) = self.inner.places.acquire().await else {
            return Posted::plain(Sent::NotSent("the transport is closed".to_owned()));
        };
        match self.inner.door.open().await {
            Ok(connection) => {
                connection.quit().await;
                Posted::plain(Sent::Done(()))
            }
            Err(trouble) => posted(trouble),
        }
    }

    /// Ends the connections that are kept; later messages open new ones.
    pub async fn close_idle(&self) {
        while let Some(connection) = self.inner.take() {
            connection.quit().await;
        }
    }

    async fn carry(&self, composed: &Composed) -> Result<String, Trouble> {
        let closed = || Trouble::Lost("the transport is closed".to_owned());
        let _place = self.inner.places.acquire().await.map_err(|_| closed())?;
        while let Some(mut kept) = self.inner.take() {
            // Servers end idle connections whenever they like, and a message written into such
            // a one must not be lost with it.
            if kept.is_alive().await {
                let result = kept.carry(composed).await;
                if is_stale(&result) {
                    break;
                }
                return self.finish(kept, result).await;
            }
        }
        let mut fresh = self.inner.door.open().await?;
        let result = fresh.carry(composed).await;
        self.finish(fresh, result).await
    }

    /// Keeps a connection that can carry another message.
    async fn finish(
        &self,
        mut connection: Connection,
        result: Result<String, Trouble>,
    ) -> Result<String, Trouble> {
        let usable = match &result {
            Ok(_) => true,
            Err(Trouble::No(no)) if no.class != Class::Busy => connection.reset().await,
            Err(_) => false,
        };
        if usable && connection.carried < PER_CONNECTION {
            self.inner.keep(connection);
        } else if usable {
            connection.quit().await;
        }
        result
    }
}

impl Inner {
    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A kept connection that the server gave up between our question and our message: it never
/// took the sender, let alone the rest.
fn is_stale(result: &Result<String, Trouble>) -> bool {
    matches!(result, Err(Trouble::No(No { status: 421, .. }) | Trouble::Lost(_)))
}

/// This machine's name, if it is one a server accepts in a greeting.
fn own_name() -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) => {
            ClientId::Ipv4(Ipv4Addr::LOCALHOST)
        }
        name => name,
    }
}

fn posted<T>(trouble: Trouble) -> Posted<T> {
    match trouble {
        Trouble::No(no) => no.posted(),
        Trouble::Lost(why) => Posted::plain(Sent::NotSent(why)),
        Trouble::Unknown(why) => Posted::plain(Sent::Unknown(why)),
    }
}

fn tls(settings: &Settings) -> Result<TlsParameters, SettingsError> {
    let bad = |error: lettre::transport::smtp::Error| SettingsError::Tls(error.to_string());
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.extra_roots_pem {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(bad)?);
    }
    builder.build().map_err(bad)
}
