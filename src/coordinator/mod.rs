//! One object per pool that knows what its identities have left, who cools down, and what is being asked right now.
//!
//! `state` decides and is pure: it takes the time and answers values. `room` lets those wait whose question is being asked already.
//! The platform puts a Durable Object around the room; tests put nothing around it.

mod buckets;
mod room;
#[cfg(target_arch = "wasm32")]
pub(crate) mod sql;
mod state;

pub use room::{Room, Storage};
pub use state::{ORG, State, token_key};
