//! Signals to processes. By system call: the program `kill` is not on every machine.

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// Sends one.
///
/// # Panics
/// When there is no such process, or it may not be signalled.
pub fn send(signal: Signal, pid: u32) {
    let to = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process number");
    kill_process(to, signal).unwrap_or_else(|e| panic!("cannot send {signal:?} to {pid}: {e}"));
}
