//! Reading GitHub on behalf of a caller, with an identity of the pool, and sharing what was read.
//!
//! `read` is the whole of it: what is asked (`question`), what is known (`knowledge`), who may see
//! it (`guard`), what is kept (`cache`), and how GitHub is asked (`fetch`, with the `credential` of
//! an identity). `usage` counts.

mod answer;
mod asking;
mod budget;
mod cache;
mod credential;
mod eligibility;
mod error;
mod feedback;
mod fetch;
mod flight;
mod graphql;
mod guard;
pub(crate) mod http;
mod knowledge;
mod memory;
mod own;
mod question;
mod read;
mod reading;
mod redirect;
mod rest;
mod sql;
mod tally;
mod usage;
mod wide;

pub(crate) use budget::budget_key;

pub(crate) use answer::{Forwarded, Head, Relayed};
pub(crate) use error::{Failure, RelayError};
pub(crate) use graphql::{Query, query};
pub(crate) use knowledge::choose_pool;
pub(crate) use question::Question;
pub(crate) use read::{Served, read};

use crate::app::App;
use crate::sql::Sweep;

/// Deletes at most `limit` answers and `limit` proofs that have ended.
pub(crate) fn sweep(app: &App, limit: i64) -> Sweep {
    let proofs = app.config.public_repo_ttl.max(app.config.public_repo_negative_ttl);
    sql::sweep(app.now(), app.now().minus(proofs), limit)
}
