//! The declared state of a deployment: pools with policies and identities, and callers with grants.
//! The current and the desired state have the same type, so a plan is a function of two states.
//!
//! All names in a [`State`] have been parsed. The tokens of clients are not part of what is read or
//! of the version; a desired state can add some, as digests.

mod change;
mod clients;
mod part;
mod plan;

pub use change::{Change, ChangeAction, ChangeKind, FieldChange};
pub use clients::Clients;
pub use part::{Plan, PlanRefused, part_of, plan_for};
pub use plan::plan;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{AccountId, CallerSpec, IdentityId, IdentitySpec, PoolId, PoolPolicy, Version};

/// A declared state.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// Pools by name.
    pub pools: BTreeMap<PoolId, Pool>,
    /// Callers by the immutable number of their account.
    pub callers: BTreeMap<AccountId, CallerSpec>,
    /// In a desired state, the clients to add to its callers, or to give a newer token; in the
    /// current one, the stored clients of the same callers. What is not named here stays.
    #[serde(skip)]
    pub clients: Clients,
}

/// A pool.
#[derive(Clone, Debug, Serialize)]
pub struct Pool {
    /// The policy; `None` if the stored text is not a valid policy. A desired pool always has one.
    pub policy: Option<PoolPolicy>,
    /// Its identities by id.
    pub identities: BTreeMap<IdentityId, IdentitySpec>,
}

impl State {
    /// The version of the state: a digest of its canonical text, which contains no times.
    pub fn version(&self) -> Version {
        // Maps with text and integer keys always serialize. If that ever changed, all states would
        // have the same version, but the statement that applies a state also compares the rows
        // themselves.
        Version::of(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// Compares the serialized texts, because logins that differ only in case compare as equal.
#[cfg(test)]
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.version() == other.version()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! States for properties: few names, so that two of them meet often.

    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::{Pool, State};
    use crate::identity::samples::identity;
    use crate::{AccountId, CallerSpec, IdentityId, PoolId, PoolPolicy};

    /// A pool's name.
    pub(crate) fn pool_id(text: &str) -> PoolId {
        PoolId::parse(text).unwrap()
    }

    /// The number of an account.
    pub(crate) fn account(number: i64) -> AccountId {
        AccountId::new(number).unwrap()
    }

    /// An active caller.
    pub(crate) fn caller(name: &str, pools: &[&str]) -> CallerSpec {
        let caller = json!({ "github_login": "hubot", "name": name, "status": "active", "pools": pools });
        serde_json::from_value(caller).unwrap()
    }

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

    /// Any state whose identities have ids of their own and whose grants are for its pools.
    pub(crate) fn state() -> impl Strategy<Value = State> {
        let pools = proptest::collection::btree_map("[pqr]", (policy(), any::<u8>()), 0..4);
        let identities =
            proptest::collection::btree_map("[i-l]", (identity(), any::<prop::sample::Index>()), 0..4);
        let one = ("[uv]", "[UV]", "active|disabled", any::<u8>());
        let callers = proptest::collection::btree_map(1..5_i64, one, 0..4);
        (pools, identities, callers).prop_map(|(pools, identities, callers)| {
            let names: Vec<_> = pools.keys().cloned().collect();
            let mut pools: BTreeMap<_, _> = pools
                .into_iter()
                .map(|(id, (policy, _))| {
                    (pool_id(&id), Pool { policy: Some(policy), identities: BTreeMap::new() })
                })
                .collect();
            for (id, (identity, place)) in identities.into_iter().filter(|_| !names.is_empty()) {
                if let Some(pool) = pools.get_mut(&pool_id(place.get::<String>(&names))) {
                    pool.identities.insert(IdentityId::parse(&id).unwrap(), identity);
                }
            }
            let callers = callers.into_iter().map(|(number, (login, name, status, bits))| {
                let granted = names.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
                let granted: Vec<_> = granted.map(|(_, name)| name.as_str()).collect();
                let mut caller = caller(&name, &granted);
                caller.github_login = crate::AccountLogin::parse(&login).unwrap();
                caller.status = crate::Status::parse(&status).unwrap();
                (account(number), caller)
            });
            State { callers: callers.collect(), pools, ..State::default() }
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
        // printf '%s' '{"pools":{},"callers":{}}' | openssl dgst -sha256 -binary | basenc
        // --base64url
        assert_eq!(State::default().version().as_str(), "cojxheGAq8catHEIS8offrfTDuAQljfZkhlq50K7YVw");
    }

    proptest! {
        #[test]
        fn different_states_have_different_versions(one in state(), other in state()) {
            let are_equal = format!("{one:?}") == format!("{other:?}");
            prop_assert_eq!(are_equal, one.version() == other.version());
        }
    }
}
