//! HTTP: one flat table of routes, typed extractors, and per noun a file that parses, authorises, calls the use
//! case and shows what came of it. No SQL, no decisions.

mod admin_tokens;
mod audit;
mod audit_cut;
mod audited;
mod callers;
mod checks;
mod conditional;
mod discovery;
mod doctor;
mod edge;
mod extract;
mod fields;
mod health;
mod idempotency;
mod identities;
pub mod json;
mod login;
mod openapi;
mod origin;
mod paging;
mod pools;
mod query;
mod refusals;
mod relay;
mod root;
pub mod router;
mod state;
mod stats;
mod strict;
mod string_rewrites;
mod time;

#[cfg(target_arch = "wasm32")]
pub(crate) use router::unreadable;
pub use router::{Auth, ROUTES, Route, misconfigured, router, router_for};
