//! The rules of octopool as values and pure functions. Nothing here is async, does I/O or reads a
//! clock; time and randomness are arguments, so that tests are tables and properties.
//!
//! Names are parsed, not validated: a [`PoolId`] is always valid.

mod actor;
mod admin_token;
mod audit;
mod audit_action;
mod audit_cut;
mod bindings;
mod caller;
mod client;
mod credential;
mod cursor;
mod fields;
mod forbidden;
mod github_name;
mod idempotency;
mod identity;
mod membership;
mod name;
mod policy;
mod pool;
pub mod relay;
#[cfg(feature = "schema")]
pub mod schema;
mod scope;
pub mod state;
mod status;
mod text;
mod timestamp;
mod token;
mod version;
mod window;

pub use actor::Actor;
pub use admin_token::AdminTokenName;
pub use audit::{AuditContent, AuditProblem, AuditRow, AuditWalk, BadRow, audit_links};
pub use audit_action::AuditAction;
pub use audit_cut::{AuditCut, AuditHead, AuditKey};
pub use bindings::RESERVED_BINDINGS;
pub use caller::{CallerId, CallerSpec};
pub use client::{ClientName, ClientToken, MAX_CLIENTS_PER_CALLER};
pub use credential::looks_like_credential;
pub use cursor::{open_cursor, seal_cursor};
pub use fields::fields_of;
pub use forbidden::Forbidden;
pub use github_name::{AccountId, AccountLogin, RepoName};
pub use idempotency::{BoundKey, IdempotencyKey};
pub use identity::{
    AppId, AppRef, Credential, IdentityId, IdentityKind, IdentityLogin, IdentityPatch, IdentitySpec,
    InstallationId, SecretRef, Weight,
};
pub use membership::MembershipProof;
pub use name::DisplayName;
pub use policy::{PolicyProblem, PoolPolicy};
pub use pool::PoolId;
pub use scope::{MAX_SCOPES, Scope, ScopeOwner, Scopes};
pub use status::Status;
pub use text::Violation;
pub use timestamp::Timestamp;
pub use token::{AdminToken, CallerToken, TokenDigest, derive_key, same_secret};
pub use version::Version;
pub use window::Window;

/// The largest integer that JavaScript, and therefore D1, represents exactly: 2^53 - 1.
pub const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;
