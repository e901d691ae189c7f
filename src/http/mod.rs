//! The shared machinery of endpoints: reading requests, errors, pages, and the form of responses.
//! It does not depend on a noun; the table of routes is `crate::routes`.

pub(crate) mod edge;
pub(crate) mod error;
pub(crate) mod extract;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod origin;
pub(crate) mod paging;
pub(crate) mod query;
pub(crate) mod route;
pub(crate) mod strict;
pub(crate) mod time;
