//! `octopool version`.

use std::sync::LazyLock;

use serde_json::json;

use crate::error::{Exit, Result};
use crate::output::Output;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Set when a release is built; a build from an unpacked archive has no git repository to ask.
const COMMIT: &str = match option_env!("OCTOPOOL_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// The version and commit, as `--version` prints them after the name.
pub(super) static LINE: LazyLock<String> = LazyLock::new(|| format!("{VERSION} ({COMMIT})"));

pub(super) fn run(output: &mut Output) -> Result<Exit> {
    if output.is_json() {
        return output.value(&json!({"version": VERSION, "commit": COMMIT}));
    }
    output.line(&format!("octopool {}", *LINE))
}
