//! Objects of the model in the shape GitHub gives them. `tests/openapi.rs` holds them to GitHub's own description.

pub(crate) mod accounts;
pub(crate) mod actions;
pub(crate) mod apps;
pub(crate) mod diffs;
pub(crate) mod git;
pub(crate) mod issues;
pub(crate) mod pulls;
pub(crate) mod releases;
pub(crate) mod repositories;

/// Where links in answers lead.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    origin: String,
    api: String,
}

impl Urls {
    /// Under the base the request came in by: an Enterprise Server links to itself with `/api/v3`.
    pub(crate) fn new(base_url: &str, enterprise: bool) -> Self {
        let prefix = if enterprise { "/api/v3" } else { "" };
        Self { origin: base_url.to_owned(), api: format!("{base_url}{prefix}") }
    }

    /// Whether the request came in by the base of an Enterprise Server.
    pub(crate) fn is_enterprise(&self) -> bool {
        self.api != self.origin
    }

    /// An address beside the API.
    pub(crate) fn origin(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// An address of the API.
    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }
}

/// A page for people. Nothing here serves those, so they keep GitHub's address.
pub(crate) fn page(path: &str) -> String {
    format!("https://github.com{path}")
}

/// When everything in the seed was created; the model does not keep times.
pub(crate) const CREATED_AT: &str = "2020-01-02T03:04:05Z";
/// When everything in the seed was last changed.
pub(crate) const UPDATED_AT: &str = "2026-01-02T03:04:05Z";
