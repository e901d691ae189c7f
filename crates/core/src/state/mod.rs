//! What a deployment is to be, as one document: pools with their policies and identities, callers with their grants. The document
//! that stands and the one that is wanted are values of the same type, so a plan is a function of two of them.
//!
//! Who makes a [`State`] has parsed the names in it. Client tokens are no part of it: they cannot be declared.

mod part;
mod plan;

pub use part::{Plan, PlanRefused, part_of, plan_for};
pub use plan::{Action, Change, FieldChange, Kind, plan};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{PoolPolicy, Version};

/// Everything that can be declared.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct State {
    /// Pools by name.
    pub pools: BTreeMap<String, Pool>,
    /// Callers by the immutable number of their account.
    pub callers: BTreeMap<i64, Caller>,
}

/// A pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Pool {
    /// What its callers may read; nothing if the stored text is no policy. A pool that is wanted always has one.
    pub policy: Option<PoolPolicy>,
    /// Its identities by id.
    pub identities: BTreeMap<String, Identity>,
}

/// An identity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// `pat` or `github_app`.
    pub kind: String,
    /// The account behind the credential.
    pub login: String,
    /// The name of the secret that holds it.
    pub secret_ref: String,
    /// The installation, for an App.
    pub installation_id: Option<i64>,
    /// Preference between equal candidates.
    pub weight: i64,
    /// `active` or `disabled`.
    pub status: String,
    /// What it may serve, in the order in which it was declared.
    pub scopes: Vec<Scope>,
}

/// What an identity may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Scope {
    /// An account or `*`.
    pub owner: String,
    /// One of its repositories, or all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Whether private ones are meant too.
    pub allow_private: bool,
}

/// A caller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Caller {
    /// The account's login.
    pub github_login: String,
    /// The display name.
    pub name: String,
    /// `active` or `disabled`.
    pub status: String,
    /// The pools that it may use.
    pub pools: BTreeSet<String>,
}

impl State {
    /// The version of the whole document: a digest of its one canonical text, which has no times in it.
    pub fn version(&self) -> Version {
        // Maps with text and integer keys always serialize. Should that ever change, all states look alike, and the statement that
        // applies one still compares the rows themselves.
        Version::of(&serde_json::to_string(self).unwrap_or_default())
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! States for properties: few names, so that two of them meet often.

    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{Caller, Identity, Pool, Scope, State};
    use crate::PoolPolicy;

    fn policy() -> impl Strategy<Value = PoolPolicy> {
        (proptest::collection::vec("[ab]", 0..3), any::<[bool; 3]>()).prop_map(|(allowed_owners, flags)| {
            PoolPolicy {
                allowed_owners,
                allow_public_repos: flags[0],
                allow_search: flags[1],
                allow_logs: flags[2],
            }
        })
    }

    fn identity() -> impl Strategy<Value = Identity> {
        let scope = ("[ab]", proptest::option::of("[xy]"), any::<bool>());
        let scope = scope.prop_map(|(owner, repo, allow_private)| Scope { owner, repo, allow_private });
        let scopes = proptest::collection::vec(scope, 0..3);
        (any::<bool>(), "[mn]", "[ST]", 0..3_i64, "active|disabled", scopes).prop_map(
            |(is_pat, login, secret_ref, weight, status, scopes)| Identity {
                kind: if is_pat { "pat" } else { "github_app" }.to_owned(),
                login,
                secret_ref,
                installation_id: (!is_pat).then_some(weight + 1),
                weight,
                status,
                scopes,
            },
        )
    }

    /// Any state whose identities have ids of their own and whose grants are for its pools.
    pub(crate) fn state() -> impl Strategy<Value = State> {
        let pools = proptest::collection::btree_map("[pqr]", (policy(), any::<u8>()), 0..4);
        let identities =
            proptest::collection::btree_map("[i-l]", (identity(), any::<prop::sample::Index>()), 0..4);
        let caller = ("[uv]", "[UV]", "active|disabled", any::<u8>());
        let callers = proptest::collection::btree_map(1..5_i64, caller, 0..4);
        (pools, identities, callers).prop_map(|(pools, identities, callers)| {
            let names: Vec<_> = pools.keys().cloned().collect();
            let mut pools: BTreeMap<_, _> = pools
                .into_iter()
                .map(|(id, (policy, _))| (id, Pool { policy: Some(policy), identities: BTreeMap::new() }))
                .collect();
            for (id, (identity, place)) in identities.into_iter().filter(|_| !names.is_empty()) {
                if let Some(pool) = pools.get_mut(place.get(&names)) {
                    pool.identities.insert(id, identity);
                }
            }
            let callers = callers.into_iter().map(|(number, (github_login, name, status, bits))| {
                let granted = names.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
                let pools: BTreeSet<_> = granted.map(|(_, name)| name.clone()).collect();
                (number, Caller { github_login, name, status, pools })
            });
            State { callers: callers.collect(), pools }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::State;
    use super::samples::state;

    #[test]
    fn the_version_is_of_the_canonical_text() {
        // printf '%s' '{"pools":{},"callers":{}}' | openssl dgst -sha256 -binary | basenc --base64url
        assert_eq!(State::default().version().as_str(), "cojxheGAq8catHEIS8offrfTDuAQljfZkhlq50K7YVw");
    }

    proptest! {
        #[test]
        fn different_states_have_different_versions(one in state(), other in state()) {
            prop_assert_eq!(one == other, one.version() == other.version());
        }
    }
}
