//! The proof that a repository is public, without which no identity is spent and no cached byte is served.

use futures_util::FutureExt as _;
use octopool_api_types::FallbackReason;
use octopool_core::relay::Repository;
use octopool_core::{PoolId, Timestamp};

use super::error::RelayError;
use crate::access::org_token;
use crate::app::App;
use crate::coordinator::{Ask, Begin, Finish, FlightId, Reply, Shared};
use crate::store::relay::{ProofRow, keep_proof};

/// How often somebody who waited in vain begins anew.
const ATTEMPTS: usize = 3;

/// Lets through what is public. A proof that has lapsed is renewed, by one request for all who ask; an answer that proves nothing denies.
pub(super) async fn require_public(
    app: &App,
    pool: &PoolId,
    repository: &Repository,
    proof: Option<ProofRow>,
) -> Result<(), RelayError> {
    let proof = match proof.filter(|proof| is_current(app, *proof)) {
        Some(proof) => proof,
        None => prove(app, pool, repository).await?,
    };
    if proof.public == 1 { Ok(()) } else { Err(RelayError::Fallback(FallbackReason::RepoNotPublic)) }
}

/// Whether a proof still counts. One from the future is of a clock that was wrong.
pub(super) fn is_current(app: &App, proof: ProofRow) -> bool {
    let lifetime =
        if proof.public == 1 { app.config.public_repo_ttl } else { app.config.public_repo_negative_ttl };
    let (checked_at, now) = (Timestamp::from_millis(proof.checked_at), app.now());
    checked_at <= now && now < checked_at.plus(lifetime)
}

/// Asks GitHub, or waits for who asks already.
async fn prove(app: &App, pool: &PoolId, repository: &Repository) -> Result<ProofRow, RelayError> {
    let key = format!("public {}", repository.key());
    let looked_at = app.now();
    for _ in 0..ATTEMPTS {
        let flight_millis = super::fetch::flight_millis(app.config.request_timeout);
        let begin =
            Begin { key: key.clone(), flight: None, flight_millis, looked_at, lease: None, report: None };
        match app.ports.coordinators.ask(pool, Ask::Begin(begin)).await? {
            Reply::Lead { flight, .. } => return lead(app, pool, repository, key, flight).await,
            Reply::Shared(shared) => {
                let proof = serde_json::from_slice::<Option<ProofRow>>(shared.head.as_bytes()).ok().flatten();
                let proof = proof.ok_or(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed))?;
                app.memory.proofs.keep(repository.key(), proof, app.now());
                return Ok(proof);
            }
            _ => {}
        }
    }
    Err(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed))
}

/// Asks, and tells those who wait. The time of the proof is when the question was asked.
async fn lead(
    app: &App,
    pool: &PoolId,
    repository: &Repository,
    key: String,
    flight: FlightId,
) -> Result<ProofRow, RelayError> {
    let checked_at = app.now().as_millis();
    let asked = match org_token(app.ports.secrets.as_ref()) {
        Ok(token) => app.github().is_public(repository, &token).await.ok(),
        Err(_) => None,
    };
    let proof = asked.map(|public| ProofRow { public: public.into(), checked_at });
    if let Some(proof) = proof {
        app.memory.proofs.keep(repository.key(), proof, app.now());
    }
    let (worker, pool, name) = (app.clone(), pool.clone(), repository.key());
    let keep = async move {
        let head = serde_json::to_string(&proof).unwrap_or_default();
        let shared = Some(Shared { head, body: bytes::Bytes::new() });
        let finish = Finish { key, flight, report: None, token: None, shared };
        // Should it be lost, those who wait ask for themselves after a while.
        let told = worker.ports.coordinators.ask(&pool, Ask::Finish(finish)).await;
        if let Some(proof) = proof
            && let Err(error) = keep_proof(worker.database(), &name, proof).await
        {
            crate::audit::log_failure(&worker, "relay.proof", &error);
        }
        drop(told);
    };
    app.ports.background.spawn(keep.boxed());
    proof.ok_or(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed))
}

/// Notes that an answer showed the repository private: from now on nothing of it is served, cached answers included.
pub(super) fn deny(app: &App, repository: &Repository, now: Timestamp) {
    let proof = ProofRow { public: 0, checked_at: now.as_millis() };
    app.memory.proofs.keep(repository.key(), proof, app.now());
    let (worker, name) = (app.clone(), repository.key());
    let keep = async move {
        if let Err(error) = keep_proof(worker.database(), &name, proof).await {
            crate::audit::log_failure(&worker, "relay.proof", &error);
        }
    };
    app.ports.background.spawn(keep.boxed());
}
