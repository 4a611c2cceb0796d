//! The server's side of an SMTP conversation (RFC 5321, RFC 4954), line by line and without a
//! socket.
//!
//! Must not live here: reading and writing.

use super::MAX_MESSAGE;
use super::mailroom::{Mailroom, Taken, Way};
use super::plan::Plan;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bad commands before the server has enough.
const PATIENCE: u32 = 20;
/// Recipients of one message.
const MAX_RECIPIENTS: usize = 100;

/// What the server does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Answers and waits for a line.
    Reply(String),
    /// Answers and waits for a message.
    Message(String),
    /// Answers and ends the conversation.
    End(String),
    /// Ends the conversation without a word.
    Hangup,
}

/// The account that may send, when only one may.
#[derive(Clone)]
pub(super) struct Account {
    pub user: String,
    pub password: String,
}

/// One conversation.
pub(super) struct Dialogue {
    account: Option<Account>,
    room: Mailroom,
    greeted: bool,
    user: Option<String>,
    login: Login,
    from: Option<String>,
    to: Vec<String>,
    mistakes: u32,
}

/// Where a login stands.
enum Login {
    None,
    /// `AUTH PLAIN` without its answer.
    Plain,
    /// `AUTH LOGIN` before the name.
    Name,
    /// `AUTH LOGIN` before the password.
    Password(String),
}

impl Dialogue {
    pub(super) fn new(account: Option<Account>, room: Mailroom) -> Self {
        Self {
            account,
            room,
            greeted: false,
            user: None,
            login: Login::None,
            from: None,
            to: Vec::new(),
            mistakes: 0,
        }
    }

    pub(super) fn greeting() -> &'static str {
        "220 sandbox.localhost ESMTP; nothing sent here is delivered"
    }

    /// The answer to a line without its ending.
    pub(super) fn line(&mut self, line: &str) -> Next {
        match std::mem::replace(&mut self.login, Login::None) {
            Login::None => {}
            Login::Plain => return self.plain(line),
            Login::Name => {
                let name = decoded(line).unwrap_or_default();
                self.login = Login::Password(name);
                return reply("334 UGFzc3dvcmQ6");
            }
            Login::Password(name) => return self.judge(&name, &decoded(line).unwrap_or_default()),
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.ehlo(),
            "HELO" => {
                self.greeted = true;
                self.forget();
                reply("250 sandbox.localhost")
            }
            "AUTH" => self.auth(rest),
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(),
            "RSET" => {
                self.forget();
                reply("250 2.0.0 Ok")
            }
            "NOOP" => reply("250 2.0.0 Ok"),
            "VRFY" => reply("252 2.5.2 Send some mail and see"),
            "QUIT" => Next::End("221 2.0.0 Bye".to_owned()),
            "STARTTLS" => self.mistake("502 5.5.1 TLS is not offered here"),
            _ => self.mistake("500 5.5.2 Unknown command"),
        }
    }

    /// The answer to a whole message.
    pub(super) fn message(&mut self, raw: &[u8]) -> Next {
        let from = self.from.take().unwrap_or_default();
        let to = std::mem::take(&mut self.to);
        if raw.len() > MAX_MESSAGE {
            return reply("552 5.3.4 Message size exceeds fixed limit");
        }
        let plans: Vec<Plan> = to.iter().map(|address| Plan::of(address)).collect();
        if let Some(Plan::RefuseContent(refusal)) =
            plans.iter().find(|plan| matches!(plan, Plan::RefuseContent(_)))
        {
            return ended_by(refusal.code, refusal.line());
        }
        let mut id = String::new();
        for address in to {
            id = self.room.take(|number| Taken {
                way: Way::Smtp,
                id: format!("S{number:09}"),
                from: from.clone(),
                to: address,
                raw: raw.to_vec(),
                user: self.user.clone(),
            });
        }
        match plans.contains(&Plan::DropAfterData) {
            true => Next::Hangup,
            false => reply(&format!("250 2.0.0 Ok: queued as {id}")),
        }
    }

    fn ehlo(&mut self) -> Next {
        self.greeted = true;
        self.forget();
        let mut lines = vec![
            "250-sandbox.localhost".to_owned(),
            format!("250-SIZE {MAX_MESSAGE}"),
            "250-8BITMIME".to_owned(),
            "250-ENHANCEDSTATUSCODES".to_owned(),
        ];
        if self.account.is_some() {
            lines.push("250-AUTH PLAIN LOGIN".to_owned());
        }
        lines.push("250 HELP".to_owned());
        Next::Reply(lines.join("\r\n"))
    }

    fn auth(&mut self, rest: &str) -> Next {
        if self.account.is_none() {
            return self.mistake("502 5.5.1 No login is needed here");
        }
        if !self.greeted || self.user.is_some() || self.from.is_some() {
            return self.mistake("503 5.5.1 Not now");
        }
        let (mechanism, initial) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        match (mechanism.to_ascii_uppercase().as_str(), initial.trim()) {
            ("PLAIN", "") => {
                self.login = Login::Plain;
                reply("334 ")
            }
            ("PLAIN", initial) => self.plain(initial),
            ("LOGIN", "") => {
                self.login = Login::Name;
                reply("334 VXNlcm5hbWU6")
            }
            ("LOGIN", initial) => {
                self.login = Login::Password(decoded(initial).unwrap_or_default());
                reply("334 UGFzc3dvcmQ6")
            }
            _ => self.mistake("504 5.5.4 Unrecognized authentication type"),
        }
    }

    fn plain(&mut self, answer: &str) -> Next {
        let answer = decoded(answer).unwrap_or_default();
        let mut parts = answer.split('\0').skip(1);
        match (parts.next(), parts.next()) {
            (Some(user), Some(password)) => self.judge(user, password),
            _ => self.mistake("501 5.5.2 Cannot decode the answer"),
        }
    }

    fn judge(&mut self, user: &str, password: &str) -> Next {
        match &self.account {
            Some(account) if account.user == user && account.password == password => {
                self.user = Some(user.to_owned());
                reply("235 2.7.0 Accepted")
            }
            _ => self.mistake("535 5.7.8 Username and Password not accepted"),
        }
    }

    fn mail(&mut self, rest: &str) -> Next {
        if !self.greeted || self.from.is_some() {
            return self.mistake("503 5.5.1 Bad sequence of commands");
        }
        if self.account.is_some() && self.user.is_none() {
            return self.mistake("530 5.7.0 Authentication required");
        }
        match path(rest, "FROM:") {
            Some(address) => {
                self.from = Some(address);
                reply("250 2.1.0 Ok")
            }
            None => self.mistake("501 5.1.7 Bad sender address syntax"),
        }
    }

    fn recipient(&mut self, rest: &str) -> Next {
        if self.from.is_none() {
            return self.mistake("503 5.5.1 Bad sequence of commands");
        }
        let Some(address) = path(rest, "TO:").filter(|address| address.contains('@')) else {
            return self.mistake("501 5.1.3 Bad recipient address syntax");
        };
        if self.to.len() >= MAX_RECIPIENTS {
            return reply("452 4.5.3 Too many recipients");
        }
        match Plan::of(&address) {
            Plan::Refuse(refusal) => return ended_by(refusal.code, refusal.line()),
            Plan::Greylist if self.room.is_first_try(&address) => {
                return reply("451 4.7.1 Greylisting in action, please come back later");
            }
            _ => self.to.push(address),
        }
        reply("250 2.1.5 Ok")
    }

    fn data(&mut self) -> Next {
        if self.to.is_empty() {
            return self.mistake("503 5.5.1 Bad sequence of commands");
        }
        match self.to.iter().any(|address| Plan::of(address) == Plan::DropBeforeData) {
            true => Next::Hangup,
            false => Next::Message("354 End data with <CR><LF>.<CR><LF>".to_owned()),
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn mistake(&mut self, line: &str) -> Next {
        self.mistakes += 1;
        match self.mistakes > PATIENCE {
            true => Next::End("421 4.7.0 Too many errors".to_owned()),
            false => reply(line),
        }
    }
}

fn reply(line: &str) -> Next {
    Next::Reply(line.to_owned())
}

/// 421 announces that the server hangs up.
fn ended_by(code: u16, line: String) -> Next {
    if code == 421 { Next::End(line) } else { Next::Reply(line) }
}

/// The address in `FROM:<a@b> SIZE=1`; parameters are not looked at.
fn path(rest: &str, word: &str) -> Option<String> {
    let rest = rest.trim_start();
    let head = rest.get(..word.len())?;
    let after = rest[word.len()..].trim_start().strip_prefix('<')?;
    let (address, _) = after.split_once('>')?;
    let fits = head.eq_ignore_ascii_case(word) && address.len() <= 320 && !address.contains([' ', '<']);
    fits.then(|| address.to_owned())
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const LINES: [&str; 20] = [
        "EHLO me",
        "HELO me",
        "MAIL FROM:<a@b.c>",
        "MAIL FROM:<>",
        "MAIL FROM:",
        "RCPT TO:<d@e.f>",
        "RCPT TO:<é>",
        "RCPT TO:<d+greylist@e.f>",
        "DATA",
        "RSET",
        "NOOP",
        "AUTH PLAIN",
        "AUTH PLAIN AHUAcA==",
        "AUTH LOGIN",
        "AUTH LOGIN dQ==",
        "cA==",
        "dQ==",
        "\u{fffd}",
        "",
        "AUTH",
    ];

    #[test]
    fn no_order_of_commands_gets_mail_past_the_login() {
        let account = Account { user: "u".into(), password: "p".into() };
        let (mut taken, room) = (0, Mailroom::default());
        for seed in 0..2_000 {
            let mut random = Random::new(seed);
            let mut dialogue = Dialogue::new(Some(account.clone()), room.clone());
            for _ in 0..40 {
                let line = LINES[random.below(LINES.len() as u64) as usize];
                match dialogue.line(line) {
                    Next::Message(_) => {
                        assert!(
                            dialogue.user.is_some() && dialogue.from.is_some() && !dialogue.to.is_empty()
                        );
                        assert!(matches!(dialogue.message(b"x"), Next::Reply(_)));
                        taken += 1;
                    }
                    Next::Reply(_) => {}
                    Next::End(_) | Next::Hangup => break,
                }
            }
        }
        assert!(taken > 0 && room.messages().iter().all(|taken| taken.user.as_deref() == Some("u")));
    }
}
