//! What a pool's Durable Object knows: what its identities have left, which of them cool down, and
//! which questions are being asked right now.
//!
//! `state` decides and is pure: it takes the time and returns values. In `flights`, requests wait
//! for the answer to a question that another one is asking. The platform puts a Durable Object
//! around it; tests put nothing around it.

mod buckets;
mod flights;
#[cfg(target_arch = "wasm32")]
pub(crate) mod sql;
mod state;

pub use flights::{Flights, Storage};
pub use state::{ORG, State, token_key};
