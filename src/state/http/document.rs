//! The document, read from a body and shown.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use octopool_api_types as wire;
use octopool_core::state::{Caller, Identity, Pool, Scope, State};
use octopool_core::{
    AccountId, AccountLogin, DisplayName, IdentityId, IdentityLogin, InstallationId, MAX_SCOPES, PoolId,
    PoolPolicy, RepoName, Scopes, SecretRef, Status, Violation, Weight,
};

use crate::http::fields::Fields;
use crate::identities::http::{credential, kind, read_scope, refuse_reserved};
use crate::identities::sql::Credential;
use crate::pools::http::read_policy;

/// Reads the field `desired` by the rules of the registrations; what is absent is as in them.
pub(crate) fn read(fields: &mut Fields, defaults: &PoolPolicy) -> Option<State> {
    fields.required_object("desired", |fields| {
        let pools = fields.entries("pools", text(PoolId::parse), |fields| read_pool(fields, defaults));
        let callers = fields.entries("callers", account, read_caller);
        let state = pools.zip(callers).map(|(pools, callers)| State { pools, callers })?;
        refuse_identities_of_two_pools(fields, &state);
        refuse_grants_for_no_pool(fields, &state);
        Some(state)
    })
}

/// A parsed name as the text that it is.
fn text<T: ToString>(
    parse: impl Fn(&str) -> Result<T, Violation>,
) -> impl Fn(&str) -> Result<String, Violation> {
    move |text| parse(text).map(|parsed| parsed.to_string())
}

/// The number of an account. It has to be written in the one way in which it is shown, or it could stand there twice.
fn account(text: &str) -> Result<i64, Violation> {
    let number = text.parse().ok().and_then(AccountId::new).map(AccountId::get);
    number
        .filter(|number| number.to_string() == text)
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
    let identities = fields.entries("identities", text(IdentityId::parse), read_identity);
    policy.zip(identities).map(|(policy, identities)| Pool { policy: Some(policy), identities })
}

fn read_identity(fields: &mut Fields) -> Option<Identity> {
    let login = fields.required_text("login", IdentityLogin::parse);
    let secret_ref = fields.required_text("secret_ref", SecretRef::parse);
    refuse_reserved(fields, secret_ref.as_ref());
    let kind = kind(fields);
    let credential = credential(fields, kind);
    let weight = fields.optional_integer("weight", Weight::new);
    let status = fields.optional_text("status", Status::parse);
    let scopes = fields.objects("scopes", MAX_SCOPES, |scope| read_scope(scope, kind));
    let ((login, secret_ref), (credential, scopes)) = login.zip(secret_ref).zip(credential.zip(scopes))?;
    let scopes = Scopes::new(scopes);
    let scopes = scopes.as_slice().iter().map(|scope| Scope {
        owner: scope.owner.as_str().to_owned(),
        repo: scope.repo.as_ref().map(RepoName::to_string),
        allow_private: scope.allow_private,
    });
    Some(Identity {
        kind: credential.kind().to_owned(),
        login: login.to_string(),
        secret_ref: secret_ref.to_string(),
        installation_id: credential.installation().map(InstallationId::get),
        weight: weight.unwrap_or_default().get(),
        status: status.unwrap_or(Status::Active).to_string(),
        scopes: scopes.collect(),
    })
}

/// A login is taken as GitHub gave it once: old accounts have logins that nobody could register today.
fn read_caller(fields: &mut Fields) -> Option<Caller> {
    let login = fields.required_text("github_login", |text| {
        AccountLogin::from_github(text).ok_or_else(|| "must be the login of a GitHub account".into())
    });
    let name = fields.optional_text("name", DisplayName::parse);
    let status = fields.optional_text("status", Status::parse);
    let pools = fields.texts("pools", text(PoolId::parse));
    let (login, granted) = login.zip(pools)?;
    let mut pools = BTreeSet::new();
    pools.extend(granted);
    Some(Caller {
        name: name.unwrap_or_else(|| DisplayName::from(&login)).to_string(),
        github_login: login.to_string(),
        status: status.unwrap_or(Status::Active).to_string(),
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
            fields.problem(&format!("callers.{id}.pools"), &problem);
        }
    }
}

/// Shows what there is, with nothing left out that has a default.
pub(crate) fn view(state: State) -> wire::StateDocument {
    let mut document = wire::StateDocument { pools: BTreeMap::new(), callers: BTreeMap::new() };
    for (id, pool) in state.pools {
        document.pools.insert(id, view_pool(pool));
    }
    for (id, caller) in state.callers {
        document.callers.insert(id.to_string(), view_caller(caller));
    }
    document
}

fn view_pool(pool: Pool) -> wire::DeclaredPool {
    let policy = pool.policy.map(|policy| wire::DeclaredPolicy {
        allowed_owners: Some(policy.allowed_owners),
        allow_public_repos: Some(policy.allow_public_repos),
        allow_search: Some(policy.allow_search),
        allow_logs: Some(policy.allow_logs),
    });
    let mut identities = BTreeMap::new();
    for (id, identity) in pool.identities {
        identities.insert(id, view_identity(identity));
    }
    wire::DeclaredPool { policy, identities }
}

fn view_identity(identity: Identity) -> wire::DeclaredIdentity {
    let is_pat = identity.kind == Credential::Pat.kind();
    let is_active = identity.status == Status::Active.as_str();
    let scopes = identity.scopes.into_iter().map(|scope| wire::DeclaredScope {
        owner: scope.owner,
        repo: scope.repo,
        allow_private: scope.allow_private,
    });
    wire::DeclaredIdentity {
        kind: Some(if is_pat { wire::IdentityKind::Pat } else { wire::IdentityKind::GithubApp }),
        login: identity.login,
        secret_ref: identity.secret_ref,
        installation_id: identity.installation_id,
        weight: Some(identity.weight),
        status: Some(if is_active { wire::IdentityStatus::Active } else { wire::IdentityStatus::Disabled }),
        scopes: scopes.collect(),
    }
}

fn view_caller(caller: Caller) -> wire::DeclaredCaller {
    let is_active = caller.status == Status::Active.as_str();
    wire::DeclaredCaller {
        github_login: caller.github_login,
        name: Some(caller.name),
        status: Some(if is_active { wire::CallerStatus::Active } else { wire::CallerStatus::Disabled }),
        pools: caller.pools.into_iter().collect(),
    }
}
