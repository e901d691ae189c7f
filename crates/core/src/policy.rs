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
        Self {
            allowed_owners: owners.iter().map(|owner| owner.as_str().to_ascii_lowercase()).collect(),
            allow_public_repos: true,
            allow_search: false,
            allow_logs: true,
        }
    }

    /// The policy as the JSON text that an operator reads and edits.
    pub fn to_json(&self) -> String {
        // A struct of booleans and strings always serializes; `Value` keeps that out of the signature.
        serde_json::json!({
            "allowed_owners": self.allowed_owners,
            "allow_public_repos": self.allow_public_repos,
            "allow_search": self.allow_search,
            "allow_logs": self.allow_logs,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::PoolPolicy;
    use crate::AccountLogin;

    #[test]
    fn a_new_pool_serves_the_owners_and_public_repositories_but_no_search() {
        let owners = [AccountLogin::parse("Acme").unwrap(), AccountLogin::parse("umbrella").unwrap()];
        let json: serde_json::Value = serde_json::from_str(&PoolPolicy::new_pool(&owners).to_json()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "allowed_owners": ["acme", "umbrella"], "allow_public_repos": true,
                "allow_search": false, "allow_logs": true,
            })
        );
    }
}
