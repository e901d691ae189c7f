//! What a running proxy says of itself.

use std::process;

use serde_json::{Value, json};

use super::journal::Journal;

/// No path of GitHub's.
pub(crate) const PATH: &str = "/.octopool/status";

pub(super) fn document(journal: &Journal) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": process::id(),
        "since": journal.since(),
        "requests": journal.counts(),
        "news": journal.news(),
    })
}
