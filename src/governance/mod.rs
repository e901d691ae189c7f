//! What the admin sees, changes and takes away again.

mod mutation;
mod pools;

pub use mutation::{Expected, Mutation, Refused};
pub use pools::{delete_pool, find_pool, list_pools, update_pool};
