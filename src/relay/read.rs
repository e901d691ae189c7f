//! One read, from the question to the answer.

use octopool_api_types::{CacheOutcome, FallbackReason};
use octopool_core::relay::{Broad, Gate, Route, eligible};
use octopool_core::{AccountLogin, CallerToken, PoolPolicy, Timestamp};

use super::answer::{Answer, Forwarded, Relayed};
use super::error::RelayError;
use super::fetch::{Fetch, allows_stale};
use super::guard;
use super::knowledge::{Known, know};
use super::question::Question;
use super::usage;
use crate::app::App;
use crate::store::relay::ServingIdentity;
use crate::store::tokens::TokenHolder;

/// What came of a read, and what the path was taken for.
#[derive(Debug)]
pub struct Served {
    /// The kind of route; `none` where the path is not served.
    pub route_kind: &'static str,
    /// The answer, or why there is none.
    pub result: Result<Relayed, RelayError>,
}

/// Reads GitHub on behalf of the caller with this token, and counts it.
pub async fn read(app: &App, token: &CallerToken, question: Question) -> Served {
    let began_at = app.now();
    let (question, holder, route, result) = serve(app, token, question).await;
    let route_kind = route.map_or("none", |route| route.kind);
    if let Some(holder) = holder {
        usage::count(app, &question, &holder, route_kind, &result, began_at);
    }
    Served { route_kind, result }
}

type Outcome = (Question, Option<TokenHolder>, Option<Route>, Result<Relayed, RelayError>);

/// Authorises, decides and answers. The caller comes back as soon as it is let in, for the statistics.
async fn serve(app: &App, token: &CallerToken, mut question: Question) -> Outcome {
    let looked_at = app.now();
    if question.names_caller() {
        // GitHub would take the identity for the caller, with what only that may see, and the cache for all callers.
        let caller = match know(app, &question.pool, token, None, None).await {
            Ok(known) => known.holder.github_login,
            Err(error) => return (question, None, None, Err(error)),
        };
        // A question that still names the caller is not served.
        if let Some(caller) = AccountLogin::from_github(&caller) {
            question = question.of_caller(&caller);
        }
    }
    let route = question.route();
    let repository =
        route.as_ref().and_then(|route| route.repository.as_ref()).map(octopool_core::relay::Repository::key);
    let key = route.as_ref().map(|route| question.key(route));
    let known = match know(app, &question.pool, token, repository.as_deref(), key.as_ref()).await {
        Ok(known) => known,
        Err(error) => return (question, None, route, Err(error)),
    };
    let holder = Some(known.holder.clone());
    let result = match (&route, &key) {
        (Some(route), Some(key)) => answer(app, &question, route, key, known, looked_at).await,
        _ => Err(RelayError::Fallback(FallbackReason::RouteDenied)),
    };
    (question, holder, route, result)
}

/// Everything after the caller was let in.
async fn answer(
    app: &App,
    question: &Question,
    route: &Route,
    key: &octopool_core::relay::CacheKey,
    known: Known,
    looked_at: Timestamp,
) -> Result<Relayed, RelayError> {
    let identities = may_serve(route, &known.policy, &known.pool.identities).map_err(RelayError::Fallback)?;
    if let Some(repository) = &route.repository {
        guard::require_public(app, &question.pool, repository, known.proof).await?;
    }
    let cached = known.answer.filter(|answer| answer.head.fresh_until.is_some());
    if let Some(answer) = cached.as_ref().filter(|answer| is_good(answer, question, app.now())) {
        return Ok(relayed(answer.clone(), CacheOutcome::Hit));
    }
    let fetch = Fetch { app, question, route, key, identities, expired: cached.as_ref(), looked_at };
    match fetch.run().await {
        Ok(fetched) => {
            let shared = fetched.answer.head.fresh_until.is_some();
            let cache = if shared { CacheOutcome::Miss } else { CacheOutcome::Bypass };
            let forwarded = Some((why(cached.as_ref(), app.now()), fetched.status));
            Ok(Relayed { coalesced: fetched.coalesced, forwarded, ..relayed(fetched.answer, cache) })
        }
        Err(error) => match (allows_stale(&error), cached) {
            (Some(reason), Some(answer)) if may_be_stale(&answer, question, app.now()) => {
                Ok(Relayed { stale_reason: Some(reason), ..relayed(answer, CacheOutcome::Stale) })
            }
            _ => Err(error),
        },
    }
}

fn relayed(answer: Answer, cache: CacheOutcome) -> Relayed {
    Relayed { answer, cache, coalesced: false, stale_reason: None, forwarded: None }
}

/// Why GitHub was asked, given what was known.
fn why(cached: Option<&Answer>, now: Timestamp) -> Forwarded {
    match cached.and_then(|answer| answer.head.fresh_until) {
        None => Forwarded::Miss,
        Some(until) if now < until => Forwarded::Request,
        Some(_) => Forwarded::Stale,
    }
}

/// Whether an answer is fresh, and young enough for the caller.
fn is_good(answer: &Answer, question: &Question, now: Timestamp) -> bool {
    let fresh = answer.head.fresh_until.is_some_and(|until| now < until) && answer.head.fetched_at <= now;
    fresh && is_young(answer, question, now)
}

/// Whether an answer past its time is better than none. To who said how old it may be it is not, unless it is young enough: whoever asks anew before it
/// decides something must not be told what was.
fn may_be_stale(answer: &Answer, question: &Question, now: Timestamp) -> bool {
    now < answer.head.stale_until && is_young(answer, question, now)
}

fn is_young(answer: &Answer, question: &Question, now: Timestamp) -> bool {
    question.max_age.is_none_or(|max_age| {
        // An answer of this very moment is not younger than zero seconds: `max-age=0` always asks.
        !max_age.is_zero() && now <= answer.head.fetched_at.plus(max_age)
    })
}

/// The identities that policy and scopes let serve (contract, section 6, "Owners" and "Eligible identities").
fn may_serve<'a>(
    route: &Route,
    policy: &PoolPolicy,
    identities: &'a [ServingIdentity],
) -> Result<Vec<&'a ServingIdentity>, FallbackReason> {
    match route.gate {
        Gate::Local => return Err(FallbackReason::LocalCredentialsRequired),
        Gate::Search if !policy.allow_search => return Err(FallbackReason::SearchDenied),
        Gate::Logs if !policy.allow_logs => return Err(FallbackReason::LogsDenied),
        _ => {}
    }
    let candidates: Vec<_> = match &route.repository {
        None => identities.iter().collect(),
        Some(repository) => {
            let owner = repository.owner.to_ascii_lowercase();
            let named = policy.allowed_owners.contains(&owner);
            if !named && !policy.allow_public_repos {
                return Err(FallbackReason::OwnerDenied);
            }
            let covers = |identity: &&ServingIdentity| {
                identity.scopes.iter().any(|(scope_owner, repo)| {
                    let is_pat = identity.installation_id.is_none();
                    // Beyond the owners that the policy names, only a broad PAT serves.
                    (named || scope_owner == "*")
                        && eligible(
                            (scope_owner, repo.as_deref()),
                            is_pat,
                            &owner,
                            Some(repository),
                            Broad::Allowed,
                        )
                })
            };
            identities.iter().filter(covers).collect()
        }
    };
    if candidates.is_empty() { Err(FallbackReason::NoIdentity) } else { Ok(candidates) }
}
