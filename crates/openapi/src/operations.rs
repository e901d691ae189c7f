//! One entry per route, by the kind of object that it is about.

mod admin_tokens;
mod audit;
mod callers;
mod doctor;
mod identities;
mod login;
mod open;
mod pools;
mod relay;
mod state;
mod usage;

use crate::operation::Operation;

/// Every route there is.
pub fn operations() -> Vec<Operation> {
    [
        open::operations(),
        callers::operations(),
        pools::operations(),
        identities::operations(),
        audit::operations(),
        state::operations(),
        admin_tokens::operations(),
        doctor::operations(),
        login::operations(),
        relay::operations(),
        usage::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
