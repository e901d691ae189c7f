//! The octopool Worker: a self-hosted pool of GitHub identities.
//!
//! A request passes `platform` (the runtime's event), `routes`, `http.rs` of a noun (authorize,
//! parse, answer), its use cases in `mod.rs` (`callers`, `identities`, `pools`, …), its `sql.rs`
//! and `github` (one method per GitHub operation), and `ports` (the traits for everything outside).
//! `docs/ARCHITECTURE.md` follows a request by file names and lists the invariants.
//!
//! Only `platform` depends on workerd, so the rest also compiles natively; most tests run it
//! natively.

mod access;
mod address;
mod admin_tokens;
pub mod app;
mod audit;
mod callers;
mod change;
pub mod config;
pub mod coordinator;
pub mod doctor;
mod github;
mod health;
mod http;
mod idempotency;
mod identities;
pub mod isolate;
mod json;
mod login;
pub mod maintenance;
mod meta;
#[cfg(target_arch = "wasm32")]
mod platform;
mod pools;
pub mod ports;
mod relay;
pub mod routes;
mod sql;
mod state;
mod stats;

/// Statements that tests call without a request, to test their races.
#[doc(hidden)]
pub mod for_tests {
    pub use crate::audit::record_refusal;
    pub use crate::idempotency::sql::sweep;
    pub use crate::sql::AuditEvent;
}
