//! gh as a child. Terminal, Ctrl-C and job control are its own: it is in the same process group,
//! and this process waits for it whatever comes.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

/// What ends a program. While they are held this process goes on; those that it was told to ignore
/// stay ignored, here and for gh.
const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];
/// What ends a program without an image of its memory, in which there are tokens.
const WITHOUT_CORE: [Signal; 8] = [
    Signal::SIGALRM,
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGKILL,
    Signal::SIGPIPE,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
];

/// How gh ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ended {
    Exited(u8),
    BySignal(i32),
}

/// Runs gh to its end. `serve` starts what gh needs to talk to.
///
/// The signals are held after gh has been started, because it would inherit that, and before there
/// is any other thread, because that one would not.
pub(super) fn run(command: &mut Command, serve: impl FnOnce()) -> io::Result<Ended> {
    let mut child = command.spawn()?;
    let signals: SigSet = ENDING.into_iter().collect();
    signals.thread_block()?;
    pass_signals(&child, signals);
    serve();
    let status = child.wait()?;
    Ok(ended(status))
}

/// Ends this process by the signal that ended gh: a shell that runs a script ends it after Ctrl-C
/// only if the command was ended by the signal, and not if it exited. Returns if the signal is none
/// of those that may.
pub(super) fn end_by(signal: i32) {
    if WITHOUT_CORE.iter().any(|known| *known as i32 == signal) {
        drop(signal_hook::low_level::emulate_default_handler(signal));
    }
}

/// Passes on what was sent to this process alone. Ctrl-C on a terminal is sent to gh, too.
fn pass_signals(child: &Child, signals: SigSet) {
    let Ok(id) = i32::try_from(child.id()).map(Pid::from_raw) else { return };
    thread::spawn(move || {
        each_sent(&signals, |signal| {
            // It may have ended by now.
            let _ = kill(id, signal);
        });
    });
}

/// Waits for signals that were not typed on the terminal.
#[cfg(target_os = "linux")]
fn each_sent(signals: &SigSet, pass: impl Fn(Signal)) {
    /// The kernel sent it (sigaction(2)).
    const OF_KERNEL: i32 = 0x80;
    let Ok(coming) = nix::sys::signalfd::SignalFd::new(signals) else { return };
    while let Ok(Some(came)) = coming.read_signal() {
        let signal = i32::try_from(came.ssi_signo).ok().and_then(|signal| Signal::try_from(signal).ok());
        let is_typed = came.ssi_code == OF_KERNEL;
        if let Some(signal) = signal.filter(|signal| !(is_typed && can_be_typed(*signal))) {
            pass(signal);
        }
    }
}

/// Elsewhere a signal does not tell where it comes from.
#[cfg(not(target_os = "linux"))]
fn each_sent(signals: &SigSet, pass: impl Fn(Signal)) {
    while let Ok(signal) = signals.wait() {
        if !(can_be_typed(signal) && is_in_foreground()) {
            pass(signal);
        }
    }
}

fn can_be_typed(signal: Signal) -> bool {
    matches!(signal, Signal::SIGINT | Signal::SIGQUIT)
}

/// Whether the terminal sends its signals to this process group.
#[cfg(not(target_os = "linux"))]
fn is_in_foreground() -> bool {
    use nix::unistd::{getpgrp, tcgetpgrp};
    std::fs::File::open("/dev/tty").is_ok_and(|terminal| tcgetpgrp(&terminal) == Ok(getpgrp()))
}

fn ended(status: ExitStatus) -> Ended {
    match status.signal() {
        Some(signal) => Ended::BySignal(signal),
        None => Ended::Exited(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
    }
}
