//! What the admin sees, changes and takes away again.

mod admin_tokens;
mod callers;
mod identities;
mod mutation;
mod pools;
mod state;

pub use admin_tokens::{
    CreateTokenError, CreatedAdminToken, NewAdminToken, create_admin_token, list_admin_tokens,
    revoke_admin_token,
};
pub use callers::{find_caller, list_callers, revoke_client, revoke_pool, update_caller};
pub use identities::{IdentityChange, delete_identity, find_identity, list_identities, update_identity};
pub(crate) use identities::{described, differences};
pub use mutation::{Expected, Mutation, Refused};
pub use pools::{delete_pool, find_pool, list_pools, update_pool};
pub use state::{Kept, MAX_KEPT_BYTES, MAX_STATE_BYTES, apply_state, plan_state, read_state};
