//! Where the mail server is, how it is logged into, and how TLS is used: from `SMTP_URL`, or
//! from `EMAIL_SERVICE`, `EMAIL_USER` and `EMAIL_PASS`.
//!
//! Must not live here: reading the environment, the conversation with the server. Errors never
//! repeat a URL, for it holds a password.

use super::services;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::SecretString;
use std::time::Duration;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte: port 465.
    Implicit,
    /// After `STARTTLS`, which the server must offer: port 587.
    Starttls,
    /// Not at all. On this machine, or where somebody said so.
    None,
}

impl Tls {
    /// The port it is used on.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Implicit => 465,
            Self::Starttls => 587,
            Self::None => 25,
        }
    }
}

/// What proves that we are us.
#[derive(Clone, Debug)]
pub enum Secret {
    /// A password, or an app password.
    Password(SecretString),
    /// An OAuth access token (XOAUTH2). It expires: make a new transport with the next one.
    Token(SecretString),
}

/// An account on the mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// Its name: the mail address, as a rule.
    pub user: String,
    /// Its proof.
    pub secret: Secret,
}

/// How long to wait for the server.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For name look-up, TCP, TLS and the greeting; careful servers let strangers wait for it.
    pub connect: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the message and the answer to it. Long, since giving up leaves unknown whether it
    /// was taken (RFC 5321, 4.5.3.2.6, asks for ten minutes).
    pub content: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            content: Duration::from_secs(300),
        }
    }
}

/// Everything needed to reach a mail server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A name, or an address without brackets.
    pub host: String,
    /// 465 and 587, as a rule.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// No login when none is given.
    pub login: Option<Login>,
    /// The name we greet with; this machine's when none is given.
    pub hello: Option<String>,
    /// Certificates of authorities trusted beside those of the system, in PEM.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// How long to wait.
    pub deadlines: Deadlines,
    /// Connections at once; services allow few.
    pub connections: usize,
}

/// Why there are no usable settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// `SMTP_URL` cannot be used.
    #[error("SMTP_URL: {0}")]
    Url(&'static str),
    /// `EMAIL_SERVICE` names nothing known.
    #[error("EMAIL_SERVICE: neither a known service nor the name of a server; SMTP_URL takes any")]
    Service,
    /// The certificates cannot be read, or TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(String),
}

impl Settings {
    /// The defaults for a server.
    pub fn new(host: impl Into<String>, tls: Tls) -> Self {
        Self {
            host: host.into(),
            port: tls.port(),
            tls,
            login: None,
            hello: None,
            extra_roots_pem: None,
            deadlines: Deadlines::default(),
            connections: 4,
        }
    }

    /// Reads `smtps://user:password@host[:465][/name-for-ehlo]` or
    /// `smtp://…[:587]?tls=required|none`. User and password are percent-encoded. Without a word
    /// about TLS, `smtp://` is for this machine only.
    ///
    /// # Errors
    /// [`SettingsError::Url`], without a word of the URL.
    pub fn from_url(text: &str) -> Result<Self, SettingsError> {
        let bad = SettingsError::Url;
        let url = Url::parse(text.trim()).map_err(|_| bad("not a URL"))?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(bad("the host is missing"));
        }
        let mut word = None;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), word) {
                ("tls", None) => word = Some(value.into_owned()),
                _ => return Err(bad("the only parameter is tls, once")),
            }
        }
        let tls = match (url.scheme(), word.as_deref()) {
            ("smtps", None | Some("required")) => Tls::Implicit,
            ("smtp", Some("required" | "starttls")) => Tls::Starttls,
            ("smtp", Some("none")) => Tls::None,
            ("smtp", None) if is_loopback(host) => Tls::None,
            ("smtp", None) => {
                return Err(bad("smtp:// sends passwords in the clear; use smtps:// or ?tls=required"));
            }
            ("smtp", Some("opportunistic")) => {
                return Err(bad("tls=opportunistic protects from nobody; use tls=required"));
            }
            ("smtp" | "smtps", Some(_)) => return Err(bad("tls is required or none")),
            _ => return Err(bad("smtps:// or smtp:// is wanted")),
        };
        let decoded = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .ok()
                .filter(|text| !text.contains('\0'))
        };
        let user = decoded(url.username()).ok_or(bad("the user cannot be read"))?;
        let password = match url.password() {
            Some(password) => Some(decoded(password).ok_or(bad("the password cannot be read"))?),
            None => None,
        };
        let login = match (user.is_empty(), password) {
            (true, None) => None,
            (false, Some(password)) => Some(Login { user, secret: Secret::Password(password.into()) }),
            _ => return Err(bad("a user needs a password, and a password a user")),
        };
        let hello = url.path().trim_matches('/');
        if !hello.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
            return Err(bad("the path is the name for EHLO: a host name"));
        }
        let base = Self::new(host, tls);
        Ok(Self {
            port: url.port().unwrap_or(base.port),
            login,
            hello: (!hello.is_empty()).then(|| hello.to_owned()),
            ..base
        })
    }

    /// The settings of a well-known service, or of a server by its name, with a port or without:
    /// TLS from the first byte, and after `STARTTLS` on every port but 465 and none.
    ///
    /// # Errors
    /// [`SettingsError::Service`] for what is neither.
    pub fn from_service(service: &str, user: &str, password: SecretString) -> Result<Self, SettingsError> {
        let known = services::find(service).or_else(|| services::server(service));
        let known = known.ok_or(SettingsError::Service)?;
        let login = Login { user: user.trim().to_owned(), secret: Secret::Password(password) };
        Ok(Self { port: known.port, login: Some(login), ..Self::new(known.host, known.tls) })
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn read(url: &str) -> (String, u16, Tls) {
        let settings = Settings::from_url(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        (settings.host, settings.port, settings.tls)
    }

    #[test]
    fn urls() {
        assert_eq!(read("smtps://u:p@mail.example"), ("mail.example".into(), 465, Tls::Implicit));
        assert_eq!(read("smtps://mail.example:4650/desk.example").1, 4650);
        assert_eq!(read("smtp://u:p@mail.example?tls=required"), ("mail.example".into(), 587, Tls::Starttls));
        assert_eq!(read("smtp://10.0.0.5:2525?tls=none"), ("10.0.0.5".into(), 2525, Tls::None));
        assert_eq!(read("smtp://127.0.0.1:1025"), ("127.0.0.1".into(), 1025, Tls::None));
        assert_eq!(read("smtp://[::1]:1025"), ("::1".into(), 1025, Tls::None));
        let settings =
            Settings::from_url("smtps://ann%40x.example:p%2Fq%20r@mail.example/desk.example").unwrap();
        let login = settings.login.unwrap();
        let Secret::Password(password) = login.secret else { panic!() };
        assert_eq!((login.user.as_str(), password.expose_secret()), ("ann@x.example", "p/q r"));
        assert_eq!(settings.hello.as_deref(), Some("desk.example"));
    }

    #[test]
    fn m9_no_cleartext_by_accident() {
        for bad in [
            "smtp://u:secret@mail.example",
            "smtp://u:secret@mail.example:587",
            "smtp://u:secret@mail.example?tls=opportunistic",
            "smtp://u:secret@mail.example?tls=maybe",
            "smtps://u:secret@mail.example?tls=none",
            "smtp://u:secret@mail.example?tls=required&tls=none",
            "smtp://u:secret@mail.example?TLS=required",
            "smtp://u:secret@127.0.0.1.example",
            "http://u:secret@mail.example",
            "smtps://u@mail.example",
            "smtps://:secret@mail.example",
            "smtps://u:%FFsecret@mail.example",
            "smtps://u:secret@mail.example/a%20b",
            "smtps:///x",
            "secret",
        ] {
            let error = Settings::from_url(bad).expect_err(bad);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let settings = Settings::from_url("smtps://u:hush@mail.example").unwrap();
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn services_by_name() {
        let settings =
            Settings::from_service("Gmail", " desk@x.example ", "app pass".to_owned().into()).unwrap();
        assert_eq!(
            (settings.host.as_str(), settings.port, settings.tls),
            ("smtp.gmail.com", 465, Tls::Implicit)
        );
        assert_eq!(settings.login.unwrap().user, "desk@x.example");
        let unknown = Settings::from_service("smoke", "u", "p".to_owned().into());
        assert_eq!(unknown.unwrap_err(), SettingsError::Service);
    }
}
