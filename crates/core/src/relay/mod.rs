//! What the relay decides: which reads it serves, by which identity, and for how long an answer counts.

mod cache_key;
mod eligibility;
mod feedback;
mod freshness;
mod hygiene;
mod path;
mod quota;
mod route;
mod routes;
mod search;
mod selection;

pub use cache_key::CacheKey;
pub use eligibility::{Broad, Candidate, eligible};
pub use feedback::{AnswerFacts, Cooldown, CooldownOf, Feedback, Refusal, judge};
pub use freshness::{Freshness, STALE_LIMIT_SECONDS, fresh_seconds, stale_seconds};
pub use hygiene::{Cleaned, clean};
pub use path::{InvalidPath, InvalidQuery, RelayPath, RelayQuery};
pub use quota::{RateHeaders, RateState, Resource};
pub use route::{Gate, Repository, Route, find_route};
pub use routes::{ROUTES, RoutePattern};
pub use selection::{Choice, LeaseReason, NoChoice, choose};
