//! The document, read from a body.

use std::collections::{BTreeSet, HashSet};

use octopool_core::state::{Pool, State};
use octopool_core::{
    AccountId, AccountLogin, CallerSpec, DisplayName, IdentityId, PoolId, PoolPolicy, Status, Violation,
};

use crate::http::fields::Fields;
use crate::identities::http::fields::{self as identities, Purpose};
use crate::pools::http::read_policy;

/// Reads the field `desired` by the rules of the registrations; what is absent is as in them.
pub(crate) fn read(fields: &mut Fields, defaults: &PoolPolicy) -> Option<State> {
    fields.required_object("desired", |fields| {
        let pools = fields.entries("pools", PoolId::parse, |fields| read_pool(fields, defaults));
        let callers = fields.entries("callers", account, read_caller);
        let state = pools.zip(callers).map(|(pools, callers)| State { pools, callers })?;
        refuse_identities_of_two_pools(fields, &state);
        refuse_grants_for_no_pool(fields, &state);
        Some(state)
    })
}

/// The number of an account. It has to be written in the one way in which it is shown, or it could stand there twice.
fn account(text: &str) -> Result<AccountId, Violation> {
    let number = text.parse().ok().and_then(AccountId::new);
    number
        .filter(|number| number.get().to_string() == text)
        .ok_or_else(|| "must be the numeric id of a GitHub account, 1 to 9007199254740991".into())
}

/// `null` is how a stored policy is shown that is none, and such a pool serves nothing. Read as a policy that is left out, it would open
/// the pool to whoever sends back what was shown.
fn read_pool(fields: &mut Fields, defaults: &PoolPolicy) -> Option<Pool> {
    if fields.is_null("policy") {
        fields.problem(
            "policy",
            "must not be null, which stands for a stored policy that cannot be read; write the policy out, \
             or leave the field out for that of a new pool",
        );
    }
    let policy = read_policy(fields, defaults);
    let identities = fields.entries("identities", IdentityId::parse, |fields| {
        identities::read(fields, Purpose::Declare).into_spec()
    });
    policy.zip(identities).map(|(policy, identities)| Pool { policy: Some(policy), identities })
}

/// A login is taken as GitHub gave it once: old accounts have logins that nobody could register today.
fn read_caller(fields: &mut Fields) -> Option<CallerSpec> {
    let login = fields.required_text("github_login", AccountLogin::stored);
    let name = fields.optional_text("name", DisplayName::parse);
    let status = fields.optional_text("status", Status::parse);
    let pools = fields.texts("pools", PoolId::parse);
    let (github_login, granted) = login.zip(pools)?;
    let mut pools = BTreeSet::new();
    pools.extend(granted);
    Some(CallerSpec {
        name: name.unwrap_or_else(|| DisplayName::from(&github_login)),
        github_login,
        status: status.unwrap_or(Status::Active),
        pools,
    })
}

fn refuse_identities_of_two_pools(fields: &mut Fields, state: &State) {
    let mut seen = HashSet::new();
    for (name, pool) in &state.pools {
        for id in pool.identities.keys().filter(|id| !seen.insert(id.as_str())) {
            fields.problem(
                &format!("pools.{name}.identities.{id}"),
                "is in another pool, too; an id is unique over all pools",
            );
        }
    }
}

fn refuse_grants_for_no_pool(fields: &mut Fields, state: &State) {
    for (id, caller) in &state.callers {
        if let Some(pool) = caller.pools.iter().find(|pool| !state.pools.contains_key(*pool)) {
            let problem = format!("must name pools of this document, and has `{pool}`");
            fields.problem(&format!("callers.{}.pools", id.get()), &problem);
        }
    }
}
