//! What a pool lets its callers read.

use serde::Serialize;

use crate::github_name::AccountLogin;

/// The policy of a pool, as it stands in `pools.policy_json`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
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

impl PoolPolicy {
    /// The policy of a pool that has just been made.
    pub fn new_pool(owners: &[AccountLogin]) -> Self {
        let mut allowed_owners: Vec<_> =
            owners.iter().map(|owner| owner.as_str().to_ascii_lowercase()).collect();
        let mut seen = std::collections::BTreeSet::new();
        allowed_owners.retain(|owner| seen.insert(owner.clone()));
        Self { allowed_owners, allow_public_repos: true, allow_search: false, allow_logs: true }
    }

    /// The policy as the JSON text that an operator reads and edits.
    pub fn to_json(&self) -> String {
        // Booleans and strings always serialize. Should that ever change, the empty text is a policy that serves nothing.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::PoolPolicy;
    use crate::AccountLogin;

    #[test]
    fn a_new_pool_serves_the_owners_and_public_repositories_but_no_search() {
        let owners = ["Acme", "umbrella", "ACME"].map(|owner| AccountLogin::parse(owner).unwrap());
        assert_eq!(
            PoolPolicy::new_pool(&owners).to_json(),
            r#"{"allowed_owners":["acme","umbrella"],"allow_public_repos":true,"allow_search":false,"allow_logs":true}"#
        );
    }
}
