//! All the SQL there is. A module per table family: statements as values, rows decoded into private structs,
//! everything that must hold together in one batch. The store answers what happened; it never decides
//! what that means.

pub mod admin_tokens;
pub mod audit;
pub mod audit_chain;
pub mod audit_cuts;
pub mod audit_heads;
pub mod audit_list;
pub mod callers;
pub mod coordinator;
pub mod idempotency;
pub mod identities;
pub mod maintenance;
mod page;
pub mod pools;
pub mod relay;
pub mod schema;
pub mod state;
mod statement;
pub mod tokens;
pub mod usage;

pub use page::{Page, Window};
pub use statement::{Param, Row, Statement};
