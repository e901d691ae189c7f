//! A path of the REST API, as GitHub is asked for it.

use octopool_core::relay::{ApiVersion, Media, Route};

/// A path of the REST API.
#[derive(Clone, Copy)]
pub(super) struct Rest<'a> {
    /// What it is about.
    pub(super) route: &'a Route,
    /// What is asked for.
    pub(super) media: Media,
    /// `X-GitHub-Api-Version`; ours unless the caller names one.
    pub(super) api_version: Option<&'a ApiVersion>,
}
