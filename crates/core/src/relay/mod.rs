//! What the relay decides: which reads it serves, by which identity, and for how long an answer counts.

mod cache_key;
mod commit_sha;
mod eligibility;
mod feedback;
mod freshness;
mod hygiene;
mod media;
mod path;
mod quota;
mod route;
mod routes;
mod search;
mod selection;

pub use cache_key::CacheKey;
pub use commit_sha::CommitSha;
pub use eligibility::{Broad, Candidate, eligible};
pub use feedback::{AnswerFacts, Cooldown, CooldownOf, Feedback, Refusal, judge};
pub use freshness::{Freshness, STALE_LIMIT_SECONDS, fresh_seconds, stale_seconds};
pub use hygiene::{Cleaned, Holds, clean};
pub use media::Media;
pub use path::{InvalidPath, InvalidQuery, RelayPath, RelayQuery};
pub use quota::{Budget, RateHeaders, RateState, Resource};
pub use route::{Gate, Repository, Route, find_route};
pub use routes::{ROUTES, RouteRow};
pub use selection::{Choice, LeaseReason, NoChoice, choose};
