//! The terminal: taken over and always given back, on every way out. No query is ever sent to
//! it, so nothing can arrive late or block.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Cells stay in the order in which they are written, also beside text that is read from right
/// to left (ECMA-48, BDSM reset). Terminals that do not reorder ignore it.
const IN_ORDER: &str = "\x1b[8l";
/// As the terminal does it by itself.
const AS_READ: &str = "\x1b[8h";

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Why the console cannot be shown here, if so.
#[must_use]
pub fn refusal() -> Option<&'static str> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Some("this is not a terminal");
    }
    std::env::var("TERM").is_ok_and(|term| term == "dumb").then_some("this terminal cannot move its cursor")
}

/// Columns and lines, asked from the kernel.
#[must_use]
pub fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Takes the terminal: raw keys, a screen of our own, no cursor.
pub fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, DisableLineWrap, Print(IN_ORDER), Hide)
}

/// Gives it back. Does nothing when it is not ours; errors do not matter on the way out.
pub fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = queue!(
        out,
        EndSynchronizedUpdate,
        Show,
        Print(AS_READ),
        EnableLineWrap,
        DisableBracketedPaste,
        LeaveAlternateScreen
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// After a panic the terminal is given back first, then the message is printed.
pub fn install_panic_hook() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        leave();
        crate::log::line(&format!("panic: {info}"));
        print(info);
    }));
}

/// The sequence that puts text into the terminal's clipboard (OSC 52).
#[must_use]
pub fn clipboard(text: &str) -> Vec<u8> {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text)).into_bytes()
}

/// Writes frames on a thread of its own, so that a slow terminal never holds up the console.
#[derive(Debug)]
pub struct Writer {
    frames: std_mpsc::SyncSender<Vec<u8>>,
    done: mpsc::UnboundedReceiver<io::Result<()>>,
    in_flight: bool,
}

impl Writer {
    /// Starts the thread.
    pub fn start() -> io::Result<Self> {
        let (frames, todo) = std_mpsc::sync_channel::<Vec<u8>>(1);
        let (tell, done) = mpsc::unbounded_channel();
        std::thread::Builder::new().name("terminal-writer".to_owned()).spawn(move || {
            // `Stdout` would split a frame at line ends; the file descriptor takes it whole.
            while let Ok(frame) = todo.recv() {
                if tell.send(write_all(&frame)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { frames, done, in_flight: false })
    }

    /// Whether a frame is on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.in_flight
    }

    /// Sends a frame. Only when none is on its way.
    pub fn send(&mut self, frame: Vec<u8>) {
        self.in_flight = self.frames.try_send(frame).is_ok();
    }

    /// Waits until the frame on its way was taken by the terminal; forever when there is none.
    pub async fn written(&mut self) -> io::Result<()> {
        if !self.in_flight {
            return std::future::pending().await;
        }
        let result = self.done.recv().await.unwrap_or(Err(io::ErrorKind::BrokenPipe.into()));
        self.in_flight = false;
        result
    }
}

fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // Somebody made the descriptor non-blocking: wait until it takes more.
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&rustix::stdio::stdout(), PollFlags::OUT)], None);
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// Notices that the terminal is gone even where the signal for it is ignored: reading from a
/// vanished terminal would otherwise spin. Tells the console, and ends the process when that
/// does not leave in time.
pub fn watch_hangup(gone: mpsc::UnboundedSender<()>) -> io::Result<LeaveGuard> {
    const PATIENCE: Duration = Duration::from_millis(800);
    let (left, leaving) = std_mpsc::channel::<()>();
    std::thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
        let stdin = rustix::stdio::stdin();
        loop {
            match poll(&mut [PollFd::new(&stdin, PollFlags::empty())], None) {
                Ok(_) => break,
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
        let _ = gone.send(());
        if leaving.recv_timeout(PATIENCE) == Err(std_mpsc::RecvTimeoutError::Timeout) {
            std::process::exit(129);
        }
    })?;
    Ok(LeaveGuard(left))
}

/// While this lives the console is running; dropped, it has left in time.
#[derive(Debug)]
pub struct LeaveGuard(#[allow(dead_code, reason = "its drop closes the channel")] std_mpsc::Sender<()>);

#[cfg(test)]
mod tests {
    #[test]
    fn the_clipboard_sequence_is_osc_52() {
        assert_eq!(super::clipboard("hi"), b"\x1b]52;c;aGk=\x07");
    }
}
