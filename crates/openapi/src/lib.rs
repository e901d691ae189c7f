//! Dev only: the OpenAPI 3.1 description of the API, and a checker that holds exchanges against it.
//!
//! The description is composed of the endpoints ([`octopool_api_types::endpoints`]), the types that
//! travel (`octopool-api-types` with its feature `schema`), the rows of the errors
//! ([`octopool_api_types::ErrorCode`]), and what none of these knows: one entry per endpoint in
//! `operations/`. `tests/api/openapi.rs` writes it to `src/meta/openapi.json`, which the Worker
//! serves at `/openapi.json`. Nothing of this crate ships, and it does not know the Worker.
//!
//! **A new endpoint** needs one entry in `operations/`: its summary, its types with an example of
//! each, and the error codes that are its own. What follows from its method, path, credential and
//! body is added by itself ([`Operation`] says what). A `POST` says with `once` or `ignores_key`
//! what it does with an `Idempotency-Key`, and an endpoint for admins with `for_admins` if it is
//! for all of them or for the root alone. Its types derive `JsonSchema` under the feature `schema`
//! like their neighbours. An error code whose `details` are more than `fields` has an entry in
//! `details.rs`.

mod check;
mod details;
mod document;
mod failures;
mod operation;
mod operations;
mod parameters;
pub mod reference;
mod schemas;
mod template;

pub use check::{Exchange, check, validator};
pub use document::{document, text};
pub use operation::Operation;
pub use operations::operations;
