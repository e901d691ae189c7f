//! One function per route: look into the state, answer or refuse.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the table of routes wants one type, also where nothing is refused"
)]

pub(crate) mod access_tokens;
pub(crate) mod actions;
pub(crate) mod app;
pub(crate) mod app_manifests;
pub(crate) mod app_pages;
pub(crate) mod checks;
pub(crate) mod commits;
pub(crate) mod contents;
pub(crate) mod downloads;
pub(crate) mod installation;
pub(crate) mod issues;
pub(crate) mod labels;
pub(crate) mod logs;
pub(crate) mod members;
pub(crate) mod metadata;
pub(crate) mod objects;
pub(crate) mod orgs;
pub(crate) mod pulls;
pub(crate) mod rate_limit;
pub(crate) mod reference;
pub(crate) mod refs;
pub(crate) mod releases;
pub(crate) mod repositories;
pub(crate) mod search;
pub(crate) mod stats;
pub(crate) mod users;
