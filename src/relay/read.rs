//! One read, from the question to the answer.

use octopool_core::relay::{
    CacheKey, CacheOutcome, FallbackReason, Gate, Holds, Repository, Route, StaleReason,
};
use octopool_core::{AccountLogin, CallerToken, Timestamp};

use super::answer::{Answer, Forwarded, Relayed};
use super::eligibility::may_serve;
use super::error::RelayError;
use super::fetch::Fetch;
use super::knowledge::{Known, know};
use super::question::Question;
use super::reading::Reading;
use super::sql::{ProofRow, ServingIdentity};
use super::{guard, own, redirect, usage};
use crate::access::TokenHolder;
use crate::app::App;
use crate::ports::EntropyError;

/// The result of a read, and the route that its path belongs to.
#[derive(Debug)]
pub(crate) struct Served {
    /// The kind of route; `none` where the path is not served.
    pub route_kind: &'static str,
    /// What the body may hold; nothing is known where the path is not served.
    pub holds: Option<Holds>,
    /// The answer, or why there is none.
    pub result: Result<Relayed, RelayError>,
}

/// Reads GitHub on behalf of the caller with this token, and counts it.
pub(crate) async fn read(app: &App, token: &CallerToken, question: Question) -> Served {
    let began_at = app.now();
    let (question, holder, route, result) = serve(app, token, question).await;
    let result = own::shown(app, &question, result);
    let (route_kind, holds) =
        (route.as_ref().map_or("none", |route| route.kind), route.map(|route| route.holds));
    if let Some(holder) = holder {
        usage::count(app, &question.pool, &holder, route_kind, &result, began_at);
    }
    Served { route_kind, holds, result }
}

type Outcome = (Question, Option<TokenHolder>, Option<Route>, Result<Relayed, RelayError>);

/// Authorises, decides and answers. The caller comes back as soon as it is let in, for the
/// statistics.
async fn serve(app: &App, token: &CallerToken, mut question: Question) -> Outcome {
    let looked_at = app.now();
    if question.names_caller() {
        // GitHub would take the identity for the caller, with what only that may see, and the cache
        // for all callers.
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
    let repository = route.as_ref().and_then(|route| route.repository.as_ref()).map(Repository::key);
    let key = match route.as_ref().map(|route| key(app, &question, route)).transpose() {
        Ok(key) => key,
        Err(error) => return (question, None, route, Err(error.into())),
    };
    let known = match know(app, &question.pool, token, repository.as_deref(), key.as_ref()).await {
        Ok(known) => known,
        Err(error) => return (question, None, route, Err(error)),
    };
    let holder = Some(known.holder.clone());
    let result = match (&route, &key) {
        (Some(route), Some(key)) => {
            answer(app, &Reading::rest(&question, route), key, &known, looked_at).await
        }
        _ => Err(RelayError::Fallback(FallbackReason::RouteDenied)),
    };
    (question, holder, route, result)
}

/// Under what the answer is shared. A download is shared with nobody: its answer is a signed
/// address.
fn key(app: &App, question: &Question, route: &Route) -> Result<CacheKey, EntropyError> {
    if redirect::is_download(route, question.media(route)) {
        Ok(CacheKey::once(&app.new_id()?))
    } else {
        Ok(question.key(route))
    }
}

/// Everything after the caller was let in.
pub(super) async fn answer(
    app: &App,
    reading: &Reading<'_>,
    key: &CacheKey,
    known: &Known,
    looked_at: Timestamp,
) -> Result<Relayed, RelayError> {
    let identities =
        may_serve(app, reading, &known.policy, &known.pool.identities).map_err(RelayError::Fallback)?;
    if reading.gate == Gate::Pool {
        return own::rate_limit(app, reading.pool, &identities).await;
    }
    let caller = known.holder.caller_id.as_str();
    let cached = known.answer.as_ref().filter(|answer| answer.head.fresh_until.is_some());
    let unproven = proof_is_left_to_the_mint(app, reading, known.proof.as_ref(), cached, &identities);
    if let (Some(repository), None) = (reading.repository, unproven) {
        guard::require_public(app, reading.pool, repository, known.proof.clone(), caller).await?;
    }
    if let Some(answer) = cached.filter(|answer| reading.accepts(answer, app.now())) {
        return Ok(Relayed::new(answer.clone(), CacheOutcome::Hit));
    }
    let fetch = Fetch { app, reading, key, identities, expired: cached, looked_at, caller, unproven };
    let fetched = match fetch.run().await {
        // An answer past its time is better than GitHub's error page.
        Ok(fetched) if fetched.status >= 500 => Err((Some(StaleReason::GithubUnavailable), Ok(fetched))),
        Ok(fetched) => Ok(fetched),
        Err(error) => Err((error.stale_reason(), Err(error))),
    };
    let stale = cached.filter(|answer| may_be_stale(answer, reading, app.now()));
    let fetched = match (fetched, stale) {
        (Err((Some(reason), _)), Some(answer)) => {
            let stale = Relayed::new(answer.clone(), CacheOutcome::Stale);
            return Ok(Relayed { stale_reason: Some(reason), ..stale });
        }
        (Err((_, failed)), _) => failed?,
        (Ok(fetched), _) => fetched,
    };
    let shared = fetched.answer.head.fresh_until.is_some();
    let cache = if shared { CacheOutcome::Miss } else { CacheOutcome::Bypass };
    let forwarded = Some((why(cached, app.now()), fetched.status));
    let pool_rate = fetched.pool_rate.map(|rate| (reading.budget, rate));
    Ok(Relayed { coalesced: fetched.coalesced, forwarded, pool_rate, ..Relayed::new(fetched.answer, cache) })
}

/// The repository, where nothing current is known of it and an App may serve: the answer to its
/// mint is a proof, and asking for another one first would be a request more. Whatever could be
/// served from the cache needs the proof before that.
fn proof_is_left_to_the_mint<'a>(
    app: &App,
    reading: &Reading<'a>,
    proof: Option<&ProofRow>,
    cached: Option<&Answer>,
    identities: &[&ServingIdentity],
) -> Option<&'a Repository> {
    let is_known = proof.is_some_and(|proof| guard::is_current(app, proof));
    let may_mint = identities.iter().any(|identity| identity.installation().is_some());
    reading.repository.filter(|_| !is_known && cached.is_none() && may_mint)
}

/// Why GitHub was asked, given what was known.
fn why(cached: Option<&Answer>, now: Timestamp) -> Forwarded {
    match cached.and_then(|answer| answer.head.fresh_until) {
        None => Forwarded::Miss,
        Some(until) if now < until => Forwarded::Request,
        Some(_) => Forwarded::Stale,
    }
}

/// Whether a stale answer may be served. A caller that limits the age gets one only within its
/// limit: it is about to decide something and must not see an earlier state.
fn may_be_stale(answer: &Answer, reading: &Reading<'_>, now: Timestamp) -> bool {
    now < answer.head.stale_until && reading.accepts_age(answer, now)
}
