//! One function per route: look into the state, answer or refuse.

pub(crate) mod access_tokens;
pub(crate) mod app;
pub(crate) mod installation;
pub(crate) mod members;
pub(crate) mod orgs;
pub(crate) mod rate_limit;
pub(crate) mod repositories;
pub(crate) mod users;
