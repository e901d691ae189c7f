//! Where links in answers lead.

/// The bases of the API and of what is beside it.
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
