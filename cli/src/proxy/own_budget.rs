//! Counts of the requests that used the user's own budget, by command and reason. Nothing else is
//! kept: no arguments, no paths, no names.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::reason::Reason;
use crate::files::folder_of;

/// Far more than the counts of all commands and reasons.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The file's content.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counts {
    /// When the first request was counted, RFC 3339.
    pub(crate) since: String,
    /// Command (`pr view`), reason (`mutation`), requests.
    pub(crate) commands: BTreeMap<String, BTreeMap<String, u64>>,
}

/// The counter of one command.
pub(crate) struct OwnBudget {
    command: String,
}

impl OwnBudget {
    pub(crate) fn of(command: String) -> Self {
        Self { command }
    }

    /// Counts one request. It is a statistic: a read-only home folder must not stop a command.
    pub(crate) fn count(&self, reason: Reason) {
        drop(self.add(reason));
    }

    fn add(&self, reason: Reason) -> io::Result<()> {
        let Some(path) = path() else { return Ok(()) };
        fs::create_dir_all(folder_of(&path))?;
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        // Commands run beside each other.
        file.lock()?;
        let mut counts = read(&file);
        if counts.since.is_empty() {
            counts.since = OffsetDateTime::now_utc().format(&Rfc3339).map_err(io::Error::other)?;
        }
        let reasons = counts.commands.entry(self.command.clone()).or_default();
        *reasons.entry(reason.as_str().to_owned()).or_default() += 1;
        let text = serde_json::to_vec(&counts)?;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&text)
    }
}

/// What has been counted on this machine.
pub(crate) fn counted() -> Counts {
    let file = path().and_then(|path| File::open(path).ok());
    file.map(|file| file.lock_shared().map(|()| read(&file)).unwrap_or_default()).unwrap_or_default()
}

/// A damaged file begins anew.
fn read(file: &File) -> Counts {
    let mut text = Vec::new();
    drop(file.take(LARGEST_FILE).read_to_end(&mut text));
    serde_json::from_slice(&text).unwrap_or_default()
}

/// `~/.local/state/octopool/own-budget.json`; where the system has no folder for states, beside the
/// other data of programs.
fn path() -> Option<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy().ok()?;
    let base = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(base.join("octopool").join("own-budget.json"))
}
