//! A terminal in a private tmux server: start a program, press keys, read the screen.

use crate::wait;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A terminal with one program in it. Dropping it ends the program.
#[derive(Debug)]
pub struct Terminal {
    /// Holds the server's socket, so that no terminal of the person who tests is touched.
    dir: TempDir,
}

impl Terminal {
    /// Starts `command` (a shell line) in a terminal of `width` × `height`, with `env` set.
    ///
    /// # Panics
    /// When tmux is missing; the sentence names the package.
    pub fn start(width: u16, height: u16, command: &str, env: &[(&str, &str)]) -> Self {
        let terminal = Self { dir: tempfile::Builder::new().prefix("frontdesk-tmux-").tempdir().unwrap() };
        let (width, height) = (width.to_string(), height.to_string());
        let mut args =
            vec!["-f", "/dev/null", "-u", "new-session", "-d", "-s", "t", "-x", &width, "-y", &height];
        let env: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        for pair in &env {
            args.extend(["-e", pair]);
        }
        // tmux sometimes loses the status of a program that ended, so the shell keeps it.
        let code = terminal.dir.path().join("code");
        let line = format!("( {command}\n); echo $? >'{0}.new'; mv '{0}.new' '{0}'", code.display());
        args.push(&line);
        // The last screen must stay readable after the program has ended.
        args.extend([
            ";",
            "set-option",
            "-g",
            "remain-on-exit",
            "on",
            ";",
            "set-option",
            "-g",
            "status",
            "off",
        ]);
        let out = terminal.tmux(&args);
        assert!(out.status.success(), "tmux: {}", String::from_utf8_lossy(&out.stderr));
        terminal
    }

    /// Presses keys by tmux's names: `Enter`, `Escape`, `C-c`, `Up`, or a character.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn keys(&self, keys: &[&str]) {
        let mut args = vec!["send-keys", "-t", "t"];
        args.extend(keys);
        assert!(self.tmux(&args).status.success(), "the terminal is gone");
    }

    /// Types text as it is, so that `Enter` is five letters.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn text(&self, text: &str) {
        assert!(self.tmux(&["send-keys", "-t", "t", "-l", text]).status.success(), "the terminal is gone");
    }

    /// Changes the size.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn resize(&self, width: u16, height: u16) {
        let (width, height) = (width.to_string(), height.to_string());
        let out = self.tmux(&["resize-window", "-t", "t", "-x", &width, "-y", &height]);
        assert!(out.status.success(), "the terminal is gone");
    }

    /// What the screen shows now, a line each, without trailing blanks.
    pub fn screen(&self) -> String {
        let out = self.tmux(&["capture-pane", "-p", "-t", "t"]);
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    /// Waits until the screen shows `text` and returns it.
    ///
    /// # Panics
    /// When it never does, with the last screen.
    pub async fn shows(&self, text: &str) -> String {
        self.screen_where(&format!("“{text}” on the screen"), |screen| screen.contains(text)).await
    }

    /// Waits until the screen no longer shows `text` and returns it.
    ///
    /// # Panics
    /// When it always does, with the last screen.
    pub async fn hides(&self, text: &str) -> String {
        self.screen_where(&format!("“{text}” to leave the screen"), |screen| !screen.contains(text)).await
    }

    /// Waits for a screen that `fits`.
    ///
    /// # Panics
    /// When there never is one, with the last screen.
    pub async fn screen_where(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let last = std::cell::RefCell::new(String::new());
        let look = || async {
            let screen = self.screen();
            last.replace(screen.clone());
            fits(&screen).then_some(screen)
        };
        // Shorter than the whole test's deadline, so that the screen is in the message.
        match tokio::time::timeout(wait::DEADLINE / 4, wait::until(what, look)).await {
            Ok(screen) => screen,
            Err(_) => panic!("waited in vain for {what}; the screen was:\n{}", last.borrow()),
        }
    }

    /// Waits until the program has ended; its exit code.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn exit_code(&self) -> i32 {
        wait::until("the program to end", || async {
            let code = std::fs::read_to_string(self.dir.path().join("code")).ok()?;
            code.trim().parse().ok()
        })
        .await
    }

    fn tmux(&self, args: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.dir.path().join("s")).args(args).stdin(Stdio::null());
        // Inside somebody's tmux these would make it refuse to start another.
        command.env_remove("TMUX").env_remove("TMUX_PANE").env("TERM", "xterm-256color");
        command.output().unwrap_or_else(|e| {
            panic!("this test needs tmux: install the Debian package “tmux” (apt-get install tmux): {e}")
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(self.dir.path().join("s"))
            .arg("kill-server")
            .stdin(Stdio::null())
            .output();
    }
}
