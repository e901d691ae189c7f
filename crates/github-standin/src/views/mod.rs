//! Objects of the model in the shape GitHub gives them. `tests/openapi.rs` holds them to GitHub's
//! own description.

pub(crate) mod accounts;
pub(crate) mod actions;
pub(crate) mod apps;
pub(crate) mod diffs;
pub(crate) mod git;
pub(crate) mod issues;
pub(crate) mod pulls;
pub(crate) mod releases;
pub(crate) mod repositories;

/// When everything in the seed was created; the model does not keep times.
pub(crate) const CREATED_AT: &str = "2020-01-02T03:04:05Z";
/// When everything in the seed was last changed.
pub(crate) const UPDATED_AT: &str = "2026-01-02T03:04:05Z";
