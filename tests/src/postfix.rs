//! A private Postfix for one test: STARTTLS alone, with the fixtures' certificate, one mailbox, and
//! nothing of the machine's own.
//!
//! A small shell holds a pipe from this process and stops the server when the pipe closes, so that
//! neither a panic nor a kill leaves one running. Postfix starts only as root.

use crate::daemon::free_address;
use crate::{fixtures, wait};
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// `1` skips what needs Postfix, loudly. CI never sets it.
pub const SKIP_ENV: &str = "FRONTDESK_SKIP_POSTFIX";
/// The only address there is.
pub const MAILBOX: &str = "ada@home.example";
/// Who owns delivered mail: nobody.
const OWNER: u32 = 65_534;
const SERVICES: &str = "
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
";

/// A server that takes mail.
#[derive(Debug)]
pub struct Postfix {
    /// Where it listens.
    pub at: SocketAddr,
    dir: TempDir,
    keeper: Child,
}

impl Postfix {
    /// Starts one; `None` where it is to be skipped.
    ///
    /// # Panics
    /// With a sentence that names the package to install, or with the server's own words.
    pub async fn start() -> Option<Self> {
        if std::env::var(SKIP_ENV).is_ok_and(|v| v == "1") {
            let _ = writeln!(std::io::stderr(), "NOT RUN ({SKIP_ENV}=1): mail through Postfix");
            return None;
        }
        let needs =
            format!("install it on Debian with: apt-get install postfix; {SKIP_ENV}=1 leaves its test out");
        assert!(Path::new("/usr/sbin/postfix").exists(), "there is no Postfix: {needs}");
        assert!(
            rustix::process::geteuid().is_root(),
            "Postfix starts only as root; {SKIP_ENV}=1 leaves its test out"
        );
        let dir = tempfile::Builder::new().prefix("frontdesk-postfix-").tempdir().expect("a directory");
        let at = free_address();
        prepare(dir.path(), at).expect("its files");
        let etc = dir.path().join("etc");
        let began = Command::new("postfix").arg("-c").arg(&etc).arg("start").output().expect("it starts");
        assert!(began.status.success(), "{}", String::from_utf8_lossy(&began.stderr));
        let script = "cat >/dev/null; postfix -c \"$0\" stop";
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", script])
            .arg(&etc)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let keeper = keeper.spawn().expect("sh starts");
        let server = Self { at, dir, keeper };
        wait::until("Postfix to listen", || async { TcpStream::connect(at).await.ok() }).await;
        Some(server)
    }

    /// Waits for so many mails; what arrived, oldest first, each as it lies in the mailbox.
    pub async fn received(&self, count: usize) -> Vec<String> {
        let new = self.dir.path().join("box/ada/new");
        wait::until("the mails", || async {
            let mut found: Vec<PathBuf> =
                fs::read_dir(&new).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
            found.sort_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok());
            (found.len() >= count).then_some(found)
        })
        .await
        .iter()
        .map(|path| String::from_utf8(fs::read(path).expect("a mail")).expect("text"))
        .collect()
    }

    /// What it wrote into its log.
    ///
    /// # Panics
    /// When there is none.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).expect("its log")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Its end is the keeper's sign; the directory goes after the server.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn prepare(dir: &Path, at: SocketAddr) -> std::io::Result<()> {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    for name in ["etc", "queue", "data", "box"] {
        fs::create_dir(dir.join(name))?;
    }
    chown(dir.join("box"), Some(OWNER), None)?;
    let owner = Command::new("id").args(["-u", "postfix"]).output()?;
    let owner = String::from_utf8_lossy(&owner.stdout).trim().parse().map_err(std::io::Error::other)?;
    chown(dir.join("data"), Some(owner), None)?;
    for name in ["server.pem", "server-key.pem"] {
        let to = dir.join("etc").join(name);
        fs::write(&to, fixtures::bytes(&format!("mail/{name}")))?;
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600))?;
    }
    let here = dir.display();
    let main = format!(
        "compatibility_level = 3.6
queue_directory = {here}/queue
data_directory = {here}/data
maillog_file = {here}/log
maillog_file_prefixes = {here}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = reject_unauth_destination
virtual_mailbox_domains = home.example
virtual_mailbox_base = {here}/box
virtual_mailbox_maps = inline:{{{MAILBOX}=ada/}}
virtual_uid_maps = static:{OWNER}
virtual_gid_maps = static:{OWNER}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {here}/etc/server.pem
smtpd_tls_key_file = {here}/etc/server-key.pem
smtpd_tls_received_header = yes
message_size_limit = 200000
"
    );
    fs::write(dir.join("etc/main.cf"), main)?;
    fs::write(dir.join("etc/master.cf"), format!("{at} inet n - n - - smtpd{SERVICES}"))
}
