//! What the admin sees, changes and takes away again.

mod callers;
mod identities;
mod mutation;
mod pools;
mod state;

pub use callers::{find_caller, list_callers, revoke_client, revoke_pool, update_caller};
pub use identities::{IdentityChange, delete_identity, find_identity, list_identities, update_identity};
pub use mutation::{Expected, Mutation, Refused};
pub use pools::{delete_pool, find_pool, list_pools, update_pool};
pub use state::{MAX_STATE_BYTES, apply_state, plan_state, read_state};
