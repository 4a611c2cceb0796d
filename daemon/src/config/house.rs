//! The house itself: where it keeps things, where it listens, who may administer it, what it
//! writes down. And the database.
//!
//! Must not live here: anything about one provider.

use super::kinds::{AddressRange, Environment, HashedKey, LogFormat, LogLevel};
use super::section::section;
use reqwest::Url;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;

section! {
    /// The installation itself.
    House = "house" {
        /// Directory of the database, the socket and the backups. Only its owner may read it. Where there is a home: ~/.local/share/frontdesk.
        data_dir: PathBuf, default "/var/lib/frontdesk";
        /// Address and port of the web server. 0.0.0.0 only behind a proxy that speaks TLS.
        listen: SocketAddr, default "127.0.0.1:10000";
        /// Socket of the console; `console.sock` in the data directory where absent.
        socket: Option<PathBuf>;
        /// The https address under which providers reach this server; in webhook addresses and in signatures.
        public_base_url: Option<Url>, env "PUBLIC_BASE_URL", get "the address of your proxy or host, for example https://desk.example.com";
        /// Name of this installation, in alerts and in the console.
        name: String, env "FRONTDESK_INSTANCE", default "frontdesk";
        /// What the installation is for; in production some risks become errors.
        environment: Environment, env "NODE_ENV", default "development";
        /// Key of the operators' HTTP routes, plain or as `blake3:` and the hash. Absent: those routes are off.
        admin_key: Option<HashedKey>, get "make one: openssl rand -hex 32";
        /// Where alerts go by email.
        admin_email: Option<String>, env "ADMIN_EMAIL", get "the operators' mailbox";
        /// Key that encrypts secrets and message bodies in the database.
        master_key: Option<SecretString>, get "make one: openssl rand -hex 32; keep a copy away from the backups";
        /// Addresses that may use the operators' HTTP routes. Empty: none, whatever the key.
        admin_addresses: Vec<AddressRange>, default ["127.0.0.0/8", "::1"];
        /// Addresses that may read /metrics without a key.
        metrics_addresses: Vec<AddressRange>, default ["127.0.0.0/8", "::1"];
        /// Proxies whose X-Forwarded-For is believed. Empty: the peer is the client.
        proxy_addresses: Vec<AddressRange>, default [];
        /// Least severe messages written to the log.
        log_level: LogLevel, env "LOG_LEVEL", default "info";
        /// Look of the log.
        log_format: LogFormat, default "text";
        /// File the log is appended to; standard error where absent.
        log_file: Option<PathBuf>;
        /// Begins an empty installation where the data directory remembers one whose SQLite database is gone or empty: for one start, by whoever means it.
        new_database: bool, default false;
        /// Seconds a stop waits for running work before it hands its jobs back.
        drain_s: i64, in 0..=300, default 10;
    }
}

impl House {
    /// Where the console connects.
    pub fn socket_path(&self) -> PathBuf {
        self.socket.clone().unwrap_or_else(|| self.data_dir.join(frontdesk_shared::place::SOCKET))
    }
}

section! {
    /// The database.
    Database = "database" {
        /// `sqlite:PATH` or `postgres://user:password@host/name`; SQLite at `frontdesk.db` in the data directory where absent.
        url: Option<SecretString>, env "DATABASE_URL", get "your PostgreSQL host, for Supabase: Project settings → Database → Connection string";
    }
}
