//! What every endpoint shares over HTTP: reading of requests, the one error, pages and the form of answers.
//! It knows no noun; the table of all routes is `crate::routes`.

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
