//! The tables of the audit.

pub(crate) mod chain;
pub(crate) mod cuts;
pub(crate) mod heads;
pub(crate) mod list;
mod refusals;

pub use refusals::record_refusal;
