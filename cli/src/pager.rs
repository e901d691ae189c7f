//! The user's pager, for lists on a terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::environment;

/// Ours comes first, as with gh's and git's.
const VARIABLES: [&str; 2] = ["OCTOPOOL_PAGER", "PAGER"];

/// While a pager runs, Ctrl-C is for it.
static IS_RUNNING: AtomicBool = AtomicBool::new(false);

/// Where a text was shown.
pub(crate) enum Shown {
    InPager,
    /// No pager is set, and nothing was shown.
    NoPager,
    /// Why the pager that is set could not show it; nothing was shown.
    Failed(String),
}

/// Whether a pager has the terminal now.
pub(crate) fn is_running() -> bool {
    IS_RUNNING.load(Ordering::Relaxed)
}

/// Shows a text in the pager, and waits until the user leaves it.
pub(crate) fn show(text: &str) -> Shown {
    let Some((variable, pager)) = chosen() else { return Shown::NoPager };
    let words = shlex::split(&pager).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        return Shown::Failed(format!("{variable} is not a command, so no pager is used."));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped());
    // As git and gh do: quit if it is one screen, show colours, leave the text on the screen.
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    // A pager needs no credential.
    for name in ["OCTOPOOL_TOKEN", "OCTOPOOL_ADMIN_TOKEN"] {
        command.env_remove(name);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(problem) => {
            return Shown::Failed(format!("The pager of {variable} cannot be run: {}.", problem.kind()));
        }
    };
    IS_RUNNING.store(true, Ordering::Relaxed);
    if let Some(mut stdin) = child.stdin.take() {
        // The user may leave it before the end.
        drop(stdin.write_all(text.as_bytes()));
    }
    drop(child.wait());
    IS_RUNNING.store(false, Ordering::Relaxed);
    Shown::InPager
}

/// The first variable that is set decides; an empty one, or `cat`, means none.
fn chosen() -> Option<(&'static str, String)> {
    let set = VARIABLES.iter().find(|name| std::env::var_os(name).is_some())?;
    let pager = environment::variable(set)?;
    (pager.trim() != "cat").then_some((*set, pager))
}
