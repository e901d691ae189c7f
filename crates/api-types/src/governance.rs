//! What operators see and change: pools.

use serde::{Deserialize, Serialize};

/// What a pool lets its callers read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PoolPolicy {
    /// Lower-case logins whose repositories every identity of the pool may serve.
    pub allowed_owners: Vec<String>,
    /// Whether a broad PAT may serve any other public repository.
    pub allow_public_repos: bool,
    /// Whether GitHub's search is served.
    pub allow_search: bool,
    /// Whether job logs are served.
    pub allow_logs: bool,
}

/// A pool as the admin sees it: `GET /v1/admin/pools/{pool}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pool {
    /// Its name.
    pub id: String,
    /// What it lets its callers read; null if the stored text is no policy, and then the pool serves nothing.
    pub policy: Option<PoolPolicy>,
    /// What is wrong with the stored text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_problem: Option<String>,
    /// How many callers have a grant for it.
    pub callers_total: u64,
    /// How many identities are registered in it.
    pub identities_total: u64,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// When its policy changed last (RFC 3339).
    pub updated_at: String,
}

/// `GET /v1/admin/pools`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PoolList {
    /// Pools by id.
    pub pools: Vec<Pool>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}
