//! Reading GitHub on behalf of a caller, with an identity of the pool, and sharing what was read.
//!
//! `read` is the whole of it: what is asked (`question`), what is known (`knowledge`), who may see it (`guard`), what is kept (`cache`), and
//! how GitHub is asked (`fetch`, with the `credential` of an identity). `usage` counts.

mod answer;
mod budget;
mod cache;
mod credential;
mod error;
mod fetch;
mod guard;
mod knowledge;
mod memory;
mod own;
mod proof;
mod question;
mod read;
mod redirect;
mod spend;
mod usage;

pub(crate) use budget::budget_key;

pub use answer::{Answer, Forwarded, Head, IdentityKind, Relayed};
pub use error::{Failure, RelayError};
pub use knowledge::choose_pool;
pub use memory::Memory;
pub use question::Question;
pub use read::{Served, read};
