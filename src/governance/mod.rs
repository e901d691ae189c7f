//! What the admin sees, changes and takes away again.

mod identities;
mod mutation;
mod pools;

pub use identities::{IdentityChange, delete_identity, find_identity, list_identities, update_identity};
pub use mutation::{Expected, Mutation, Refused};
pub use pools::{delete_pool, find_pool, list_pools, update_pool};
