//! A read of GitHub's GraphQL API, from the document to the answer.
//!
//! What may be asked, and what an answer may hold, is decided in
//! `octopool_core::relay::graphql`. The way to GitHub is that of every read (`read`): guard,
//! caches, flights, leases, credentials.

mod proven;
mod subject;

use std::time::Duration;

use bytes::Bytes;
use octopool_core::relay::graphql::{Caller, GraphqlRequest, Personal, Prepared, fill, prepare};
use octopool_core::relay::{Budget, CacheKey, CacheOutcome, FallbackReason, Gate, Repository};
use octopool_core::{AccountLogin, CallerToken, PoolId, Timestamp};
use serde_json::{Map, Value, json};

use self::subject::Subject;
use super::answer::{Answer, Relayed};
use super::asking::{Asking, Shows};
use super::error::RelayError;
use super::knowledge::know;
use super::read::{Served, answer};
use super::reading::{Form, Reading};
use super::usage;
use crate::access::TokenHolder;
use crate::app::App;

/// What a caller asks.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The pool to read through.
    pub pool: PoolId,
    /// The document.
    pub document: String,
    /// The values of its variables.
    pub variables: Map<String, Value>,
    /// The operation, if the document has several.
    pub operation_name: Option<String>,
    /// The oldest answer that will do.
    pub max_age: Option<Duration>,
}

/// The kind of a query that is not served.
const DENIED: &str = "graphql";

/// Asks GitHub on behalf of the caller with this token, and counts it.
pub(crate) async fn query(app: &App, token: &CallerToken, query: Query) -> Served {
    let began_at = app.now();
    let (holder, route_kind, result) = serve(app, token, &query).await;
    if let Some(holder) = holder {
        usage::count(app, &query.pool, &holder, route_kind, &result, began_at);
    }
    Served { route_kind, holds: None, result }
}

type Outcome = (Option<TokenHolder>, &'static str, Result<Relayed, RelayError>);

/// Authorises, decides and answers. The caller comes first: what a query asks about who asks is
/// answered about the caller.
async fn serve(app: &App, token: &CallerToken, query: &Query) -> Outcome {
    let looked_at = app.now();
    let holder = match know(app, &query.pool, token, None, None).await {
        Ok(known) => known.holder,
        Err(error) => return (None, DENIED, Err(error)),
    };
    // Without a login nothing can be answered about the caller.
    let Some(login) = AccountLogin::from_github(&holder.github_login) else {
        return (Some(holder), DENIED, Err(RelayError::Fallback(FallbackReason::GraphqlDenied)));
    };
    let caller = Caller { login: &login, id: holder.account };
    let request = GraphqlRequest {
        query: &query.document,
        variables: &query.variables,
        operation_name: query.operation_name.as_deref(),
    };
    let prepared = match prepare(&request, &caller) {
        Ok(prepared) => prepared,
        Err(refused) => return (Some(holder), DENIED, Err(RelayError::Query(refused))),
    };
    let subject = Subject::of(app, &prepared.target);
    let result = match prepared.local() {
        Some(body) => {
            let answer = Answer::of_pool(200, Vec::new(), body.into(), app.now());
            Ok(Relayed::new(answer, CacheOutcome::Bypass))
        }
        None => Read { app, token, query, prepared: &prepared, looked_at }.run(&subject).await,
    };
    (Some(holder), subject.kind, result.map(|relayed| filled(relayed, caller)))
}

/// What depends on who asks is put into an answer that all callers share.
fn filled(mut relayed: Relayed, caller: Caller<'_>) -> Relayed {
    let reset = relayed.pool_rate.and_then(|(_, rate)| {
        Some((rate, Timestamp::from_millis(rate.reset.saturating_mul(1000)).to_rfc3339()?))
    });
    let rate = reset.as_ref().map(|(rate, reset)| {
        (rate.limit.max(0).unsigned_abs(), rate.remaining.max(0).unsigned_abs(), reset.as_str())
    });
    if relayed.answer.head.status == 200 {
        // Most answers have nothing to fill in, and are shared with the cache without a copy.
        if let Some(body) = fill(&relayed.answer.body, &Personal { caller, rate }) {
            relayed.answer.body = Bytes::from(body);
        }
    }
    relayed
}

/// A query that GitHub is asked, unless the answer is known.
struct Read<'a> {
    app: &'a App,
    token: &'a CallerToken,
    query: &'a Query,
    prepared: &'a Prepared,
    looked_at: Timestamp,
}

impl Read<'_> {
    async fn run(&self, subject: &Subject) -> Result<Relayed, RelayError> {
        let result = match self.about(subject).await {
            // GitHub answers a query about a former name with the repository that had it. Policy,
            // proof and credential are those of the new name.
            Err(RelayError::Renamed(now)) => self.about(&subject.renamed(now)).await,
            other => other,
        };
        match result {
            // Renamed again meanwhile.
            Err(RelayError::Renamed(_)) => Err(RelayError::Fallback(FallbackReason::RepoNotPublic)),
            Err(RelayError::Blocked) => Ok(Relayed::new(blocked(self.app), CacheOutcome::Bypass)),
            other => other,
        }
    }

    async fn about(&self, subject: &Subject) -> Result<Relayed, RelayError> {
        let (app, pool) = (self.app, &self.query.pool);
        let name = subject.repository.as_ref().map(Repository::key);
        // A former name leads to another repository once it is given away.
        let named = name.as_deref().filter(|_| subject.shows == Shows::Named).unwrap_or_default();
        let key = CacheKey::of_query(pool, [named, &self.prepared.document, &self.prepared.shape]);
        let mut known = know(app, pool, self.token, name.as_deref(), Some(&key)).await?;
        if let Some(answer) = known.answer.take() {
            known.answer = proven::still_public(app, pool, &known, answer).await?;
        }
        subject.require_others_public(app, pool, &known).await?;
        let reading = Reading {
            pool,
            kind: subject.kind,
            gate: if self.prepared.searches { Gate::Search } else { Gate::Open },
            budget: Budget::Graphql,
            repository: subject.repository.as_ref(),
            others: &subject.others,
            owner: subject.owner(),
            max_age: self.query.max_age,
            form: Form::Query(Asking {
                prepared: self.prepared,
                policy: &known.policy,
                shows: subject.shows,
            }),
        };
        answer(app, &reading, &key, &known, self.looked_at).await
    }
}

/// What GitHub says of a repository that it blocks
/// (<https://docs.github.com/en/site-policy/content-removal-policies/dmca-takedown-policy>).
fn blocked(app: &App) -> Answer {
    let message = "Repository access blocked";
    let error = json!({ "type": "REPOSITORY_BLOCKED", "message": message });
    Answer::of_ours(451, Vec::new(), &json!({ "message": message, "errors": [error] }), app.now())
}
