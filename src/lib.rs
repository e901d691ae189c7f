//! The octopool Worker: a self-hosted pool of GitHub identities.
//!
//! A request goes `platform` (the runtime's event) → `http` (route, authorise, parse, view) → a use case
//! (`provisioning`, `governance`, `login`, `access`, `health`) → `store` (SQL) and `github` (one method per GitHub operation)
//! → `ports` (the traits behind which the world is). `docs/ARCHITECTURE.md` walks through one request by
//! file names and lists the invariants with what holds each.
//!
//! Only `platform` knows workerd, so the rest compiles and runs natively, and that is how most tests run it.

pub mod access;
pub mod address;
pub mod app;
pub mod audit;
pub mod config;
pub mod contention;
pub mod coordinator;
pub mod costs;
pub mod doctor;
pub mod error;
pub mod github;
pub mod governance;
pub mod health;
pub mod http;
pub mod idempotency;
mod json;
pub mod login;
pub mod maintenance;
#[cfg(target_arch = "wasm32")]
mod platform;
pub mod ports;
pub mod provisioning;
pub mod relay;
pub mod stats;
pub mod store;
