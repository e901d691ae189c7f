//! gh as a child. Terminal, Ctrl-C and job control are its own: it is in the same process group,
//! and this process waits for it whatever comes.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, getpgrp, tcgetpgrp};

/// What ends a program. While they are held this process goes on; those that it was told to ignore
/// stay ignored, here and for gh.
const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];

/// Runs gh to its end, and returns its exit code: for a signal 128 and its number, as in a shell.
/// `serve` starts what gh needs to talk to.
///
/// The signals are held after gh has been started, because it would inherit that, and before there
/// is any other thread, because that one would not.
pub(super) fn run(command: &mut Command, serve: impl FnOnce()) -> io::Result<u8> {
    let mut child = command.spawn()?;
    let signals: SigSet = ENDING.into_iter().collect();
    signals.thread_block()?;
    pass_signals(&child, signals);
    serve();
    let status = child.wait()?;
    Ok(code(status))
}

/// Passes on what was sent to this process alone. Ctrl-C on a terminal is sent to gh, too.
fn pass_signals(child: &Child, signals: SigSet) {
    let Ok(id) = i32::try_from(child.id()).map(Pid::from_raw) else { return };
    thread::spawn(move || {
        while let Ok(signal) = signals.wait() {
            let is_typed = matches!(signal, Signal::SIGINT | Signal::SIGQUIT);
            if !(is_typed && is_in_foreground()) {
                // It may have ended by now.
                let _ = kill(id, signal);
            }
        }
    });
}

/// Whether the terminal sends its signals to this process group.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|terminal| tcgetpgrp(&terminal) == Ok(getpgrp()))
}

fn code(status: ExitStatus) -> u8 {
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
