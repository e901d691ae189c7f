//! A terminal for a command, as wide as the test says.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{Invocation, Outcome};

/// Runs a command whose stdin, stdout and stderr are a terminal of that many columns, and types
/// `typed`. The outcome's `stdout` is all that the terminal showed.
pub(crate) fn run_in_a_terminal(invocation: Invocation, columns: u16, typed: &str) -> Outcome {
    let (mut command, _home) = invocation.into_command();
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&ours, size).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = || {
        let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        OpenOptions::new().read(true).write(true).open(path).unwrap()
    };
    command.stdin(theirs()).stdout(theirs()).stderr(theirs()).env("TERM", "xterm-256color");
    let mut child = command.spawn().unwrap();
    // The parent's copies would keep the terminal open.
    drop(command);
    let mut ours = File::from(ours);
    ours.write_all(typed.as_bytes()).unwrap();
    let reader = thread::spawn(move || {
        let mut shown = Vec::new();
        // It ends with an error (EIO) when the last process has closed the terminal.
        drop(ours.read_to_end(&mut shown));
        String::from_utf8_lossy(&shown).replace("\r\r\n", "\n").replace("\r\n", "\n")
    });
    let code = child.wait().unwrap().code();
    Outcome { code, stdout: reader.join().unwrap(), stderr: String::new() }
}
