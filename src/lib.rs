//! The octopool Worker: a self-hosted pool of GitHub identities.
//!
//! A request goes `platform` (the runtime's event) → `routes` → `http.rs` of a noun (authorise, parse,
//! view) → its use cases in `mod.rs` (`callers`, `identities`, `pools`, …) → its `sql.rs`, and `github`
//! (one method per GitHub operation) → `ports` (the traits behind which the world is).
//! `docs/ARCHITECTURE.md` walks through one request by file names and lists the invariants with what
//! holds each.
//!
//! Only `platform` knows workerd, so the rest compiles and runs natively, and that is how most tests run it.

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

/// Statements that tests run without the request around them, to see them meet each other.
#[doc(hidden)]
pub mod for_tests {
    pub use crate::audit::sql::record_refusal;
    pub use crate::idempotency::sql::sweep;
    pub use crate::sql::AuditEvent;
}
