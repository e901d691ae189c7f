//! What the relay decides: which reads it serves, by which identity, and for how long an answer
//! counts.

mod addresses;
mod cache_key;
mod caller;
mod commit_sha;
mod eligibility;
mod feedback;
mod form;
mod freshness;
pub mod graphql;
mod hygiene;
mod json;
mod media;
mod outcome;
mod path;
mod permissions;
mod quota;
mod repository;
mod route;
mod route_row;
mod routes;
mod search;
mod selection;

pub use addresses::with_addresses_at;
pub use cache_key::CacheKey;
pub use caller::{in_place_of_caller, is_named};
pub use commit_sha::CommitSha;
pub use eligibility::{Broad, eligible};
pub use feedback::{AnswerFacts, Cooldown, CooldownOf, Feedback, Refusal, RefusalBody, Verdict, judge};
pub use form::{Form, Proof, form, proof};
pub use freshness::{Freshness, Life, STALE_LIMIT_SECONDS, Seen, life, stale_seconds};
pub use hygiene::{Cleaned, Holds, clean};
pub use media::{ApiVersion, Media, accepted};
pub use outcome::{BodyEncoding, CacheOutcome, FallbackReason, StaleReason};
pub use path::{InvalidPath, InvalidQuery, RelayPath, RelayQuery};
pub use permissions::READ_PERMISSIONS;
pub use quota::{Budget, PoolRate, RateHeaders, RateState, Resource};
pub use repository::Repository;
pub use route::{Route, find_route};
pub use route_row::{Gate, Narrow, Redirect, RouteRow};
pub use routes::ROUTES;
pub use search::Unbound;
pub use selection::{Candidate, Choice, Known, LeaseReason, NoChoice, choose};
