//! Parsing the state document.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use octopool_core::state::{Clients, Pool, State};
use octopool_core::{
    AccountId, AccountLogin, CallerSpec, ClientName, ClientToken, DisplayName, IdentityId, PoolId,
    PoolPolicy, Status, Timestamp, TokenDigest, Violation,
};

use crate::http::fields::Fields;
use crate::identities::http::fields::{self as identities, Purpose};
use crate::pools::http::read_policy;

/// Reads the field `desired` by the rules of the registrations, with their defaults.
pub(crate) fn read(fields: &mut Fields, defaults: &PoolPolicy) -> Option<State> {
    fields.required_object("desired", |fields| {
        let pools = fields.entries("pools", PoolId::parse, |fields| read_pool(fields, defaults));
        let callers = fields.entries("callers", account, read_caller);
        let (pools, declared) = pools.zip(callers)?;
        let (mut callers, mut clients) = (BTreeMap::new(), Clients::new());
        for (id, (caller, its_clients)) in declared {
            callers.insert(id, caller);
            clients.extend(Some((id, its_clients)).filter(|(_, clients)| !clients.is_empty()));
        }
        let state = State { pools, callers, clients };
        refuse_identities_of_two_pools(fields, &state);
        refuse_grants_for_no_pool(fields, &state);
        refuse_tokens_of_two_clients(fields, &state.clients);
        Some(state)
    })
}

/// The number of an account. Only its canonical form is accepted; otherwise the document could have
/// the same account under two keys.
fn account(text: &str) -> Result<AccountId, Violation> {
    let number = text.parse().ok().and_then(AccountId::new);
    number
        .filter(|number| number.get().to_string() == text)
        .ok_or_else(|| "must be the numeric id of a GitHub account, 1 to 9007199254740991".into())
}

/// `null` is how a stored policy that cannot be read is shown; such a pool serves nothing. Read as
/// an absent policy, it would open the pool when a client sends back what it was shown.
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

/// A login is accepted in any form that GitHub has used: old accounts have logins that could not be
/// registered today.
fn read_caller(fields: &mut Fields) -> Option<(CallerSpec, BTreeMap<ClientName, ClientToken>)> {
    let login = fields.required_text("github_login", AccountLogin::stored);
    let name = fields.optional_text("name", DisplayName::parse);
    let status = fields.optional_text("status", Status::parse);
    let pools = fields.texts("pools", PoolId::parse);
    let clients = fields.entries("clients", ClientName::stored, read_client);
    let ((github_login, granted), clients) = login.zip(pools).zip(clients)?;
    let mut pools = BTreeSet::new();
    pools.extend(granted);
    let caller = CallerSpec {
        name: name.unwrap_or_else(|| DisplayName::from(&github_login)),
        github_login,
        status: status.unwrap_or(Status::Active),
        pools,
    };
    Some((caller, clients))
}

/// The token itself is not accepted, so that it is in no request, file or log.
fn read_client(fields: &mut Fields) -> Option<ClientToken> {
    let digest = fields.required_text("token_digest", TokenDigest::parse);
    let issued_at = fields.required_text("created_at", |text| {
        Timestamp::parse_rfc3339(text).ok_or_else(|| "must be a time like `2026-11-23T07:30:00Z`".into())
    });
    digest.zip(issued_at).map(|(digest, issued_at)| ClientToken { digest, issued_at })
}

/// A token says which caller and client sent a request, so it cannot be that of two.
fn refuse_tokens_of_two_clients(fields: &mut Fields, clients: &Clients) {
    let mut seen = HashSet::new();
    for (id, clients) in clients {
        for (name, _) in clients.iter().filter(|(_, client)| !seen.insert(&client.digest)) {
            let field = format!("callers.{}.clients.{name}.token_digest", id.get());
            fields.problem(&field, "is also that of another client; each client has its own token");
        }
    }
}

fn refuse_identities_of_two_pools(fields: &mut Fields, state: &State) {
    let mut seen = HashSet::new();
    for (name, pool) in &state.pools {
        for id in pool.identities.keys().filter(|id| !seen.insert(id.as_str())) {
            fields.problem(
                &format!("pools.{name}.identities.{id}"),
                "is also in another pool; ids are unique across all pools",
            );
        }
    }
}

fn refuse_grants_for_no_pool(fields: &mut Fields, state: &State) {
    for (id, caller) in &state.callers {
        if let Some(pool) = caller.pools.iter().find(|pool| !state.pools.contains_key(*pool)) {
            let problem = format!("must be pools of this document; `{pool}` is not one");
            fields.problem(&format!("callers.{}.pools", id.get()), &problem);
        }
    }
}
