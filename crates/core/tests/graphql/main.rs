//! GraphQL reads as values: documents in, documents and answers out.

mod answers;
mod documents;
mod generated;
mod schema;
mod support;
