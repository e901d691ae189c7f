//! GraphQL reads as values: documents in, documents and answers out.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod documents;
mod generated;
mod schema;
mod support;
