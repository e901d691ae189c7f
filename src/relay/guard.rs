//! The proof that a repository is public, without which no identity is spent and no cached byte is
//! served.
//!
//! A proof is what GitHub said in answer to a question of ours: to the org token about the
//! repository, or to a mint of a token that is confined to it. [`deny`] writes one when an answer
//! shows by other means that the repository is private.

use futures_util::FutureExt as _;
use octopool_core::relay::{
    Budget, Candidate, Cooldown, CooldownOf, FallbackReason, Feedback, Repository, Resource, Verdict,
};
use octopool_core::{PoolId, Timestamp};

use super::error::RelayError;
use super::feedback::judged;
use super::flight::{MOST_WAITS, flight_millis};
use super::memory::Memory;
use super::sql::{ProofRow, keep_proof, replace_proof};
use crate::access::org_token;
use crate::app::App;
use crate::coordinator::ORG;
use crate::github::{Checked, Visibility};
use crate::ports::coordinator::{
    Begin, CoordinatorReply, CoordinatorRequest, Finish, FlightId, LeaseRequest, Report, Shared,
};

/// For how long it is remembered that a check proved nothing, so that the next ones do not ask
/// again at once. An incident of GitHub's is over later, a lost connection sooner.
const INCONCLUSIVE_SECONDS: u64 = 15;
/// The longest time for which one repository is left alone after an answer that proves nothing.
const LONGEST_INCONCLUSIVE_SECONDS: u64 = 60;

/// Lets through what is public. A proof that has lapsed is renewed, by one request for all who ask;
/// an answer that proves nothing denies.
pub(super) async fn require_public(
    app: &App,
    pool: &PoolId,
    repository: &Repository,
    proof: Option<ProofRow>,
    caller: &str,
) -> Result<(), RelayError> {
    match proof.filter(|proof| is_current(app, proof)) {
        Some(proof) => verdict(&proof),
        None => verdict(&prove(app, pool, repository, caller).await?),
    }
}

/// What a proof says: only one of a public repository allows.
pub(super) fn verdict(proof: &ProofRow) -> Result<(), RelayError> {
    if proof.public == 1 {
        return Ok(());
    }
    if proof.blocked == Some(1) {
        return Err(RelayError::Blocked);
    }
    match proof.renamed_to.as_deref().and_then(Repository::parse) {
        Some(now) => Err(RelayError::Renamed(now)),
        None => Err(RelayError::Fallback(FallbackReason::RepoNotPublic)),
    }
}

/// Whether a proof still counts. One from the future is of a clock that was wrong.
pub(super) fn is_current(app: &App, proof: &ProofRow) -> bool {
    // The new name of a renamed repository is told because it was public, which lapses as fast.
    let is_positive = proof.public == 1 || proof.renamed_to.is_some();
    let lifetime = if is_positive { app.config.public_repo_ttl } else { app.config.public_repo_negative_ttl };
    let (checked_at, now) = (Timestamp::from_millis(proof.checked_at), app.now());
    checked_at <= now && now < checked_at.plus(lifetime)
}

/// What is remembered of a repository in this isolate, if it still counts.
pub(super) fn remembered(app: &App, repository: &Repository) -> Option<ProofRow> {
    let known = Memory::of(app).proofs.find(&repository.key(), std::time::Duration::MAX, app.now());
    known.filter(|proof| is_current(app, proof))
}

/// Records that the repository is private. This isolate serves nothing of it from now on, cached or
/// not; other isolates follow when they read the row in D1.
pub(super) fn deny(app: &App, repository: &Repository, now: Timestamp) -> ProofRow {
    let proof = private_since(now);
    learn(app, repository, proof.clone(), Names::Any);
    proof
}

/// The same about a repository that nobody asked for: D1 learns of it only if it has a proof of it.
pub(super) fn deny_known(app: &App, repository: &Repository, now: Timestamp) {
    learn(app, repository, private_since(now), Names::Known);
}

/// GitHub said just now, in answer to a question of this time, that the repository is public.
pub(super) fn allow(app: &App, repository: &Repository, asked_at: Timestamp) {
    learn(app, repository, public_since(asked_at), Names::Any);
}

/// Whether what GitHub said at this time, when a token was minted that is shared since, still
/// counts. The request that minted it has stored the proof.
pub(super) fn is_public_since(app: &App, repository: &Repository, asked_at: Timestamp) -> bool {
    let proof = public_since(asked_at);
    let counts = is_current(app, &proof);
    if counts {
        Memory::of(app).learn_proof(repository.key(), proof, app.now());
    }
    counts
}

fn public_since(asked_at: Timestamp) -> ProofRow {
    ProofRow { public: 1, checked_at: asked_at.as_millis(), ..ProofRow::default() }
}

fn private_since(now: Timestamp) -> ProofRow {
    ProofRow { public: 0, checked_at: now.as_millis(), ..ProofRow::default() }
}

/// Of which repositories D1 may have a proof.
#[derive(Clone, Copy)]
enum Names {
    Any,
    /// Those that it has a proof of already.
    Known,
}

/// Remembers a proof here at once, and in D1 in the background.
fn learn(app: &App, repository: &Repository, proof: ProofRow, names: Names) {
    Memory::of(app).learn_proof(repository.key(), proof.clone(), app.now());
    let (worker, name) = (app.clone(), repository.key());
    let keep = async move { store(&worker, &name, &proof, names).await };
    app.ports.background.spawn(keep.boxed());
}

async fn store(app: &App, repository: &str, proof: &ProofRow, names: Names) {
    let stored = match names {
        Names::Any => keep_proof(app.database(), repository, proof).await,
        Names::Known => replace_proof(app.database(), repository, proof).await,
    };
    if let Err(error) = stored {
        crate::audit::log_failure(app, "relay.proof", &error);
    }
}

/// Asks GitHub with the org token, or waits for who asks already. The coordinator knows whether the
/// org token is to be left alone, whether this repository is, and what the caller has had checked.
pub(super) async fn prove(
    app: &App,
    pool: &PoolId,
    repository: &Repository,
    caller: &str,
) -> Result<ProofRow, RelayError> {
    let inconclusive = || RelayError::Fallback(FallbackReason::RepoPublicCheckFailed);
    let key = format!("public {}", repository.key());
    let looked_at = app.now();
    for _ in 0..MOST_WAITS {
        let flight_millis = flight_millis(app);
        let lease = Some(wanted(&key, caller));
        let begin = Begin {
            key: key.clone(),
            flight: None,
            flight_millis,
            looked_at,
            not_before: None,
            lease,
            reports: Vec::new(),
        };
        match app.ports.coordinators.ask(pool, CoordinatorRequest::Begin(begin)).await? {
            CoordinatorReply::Lead { flight, .. } => {
                return lead(app, pool, repository, (key, flight, caller)).await;
            }
            CoordinatorReply::Shared(shared) => {
                let proof = from_shared(shared.head.as_bytes()).ok_or_else(inconclusive)?;
                Memory::of(app).learn_proof(repository.key(), proof.clone(), app.now());
                return Ok(proof);
            }
            CoordinatorReply::Nobody(_) | CoordinatorReply::TooManyChecks => return Err(inconclusive()),
            CoordinatorReply::Again
            | CoordinatorReply::Token(_)
            | CoordinatorReply::Health(_)
            | CoordinatorReply::Noted => {}
        }
    }
    Err(inconclusive())
}

/// The org token as the coordinator chooses it: alone, and by its own budget. Its route is the key
/// of the check, so that an answer that proves nothing can rest for this repository.
fn wanted(key: &str, caller: &str) -> LeaseRequest {
    let org = Candidate::alone(ORG);
    let concerned =
        [CooldownOf::Identity, CooldownOf::Resource(Resource::core()), CooldownOf::Route(key.to_owned())];
    LeaseRequest {
        route: key.to_owned(),
        budget: Budget::Core,
        concerned: concerned.into(),
        candidates: vec![org],
        unproven_for: Some(caller.to_owned()),
    }
}

/// Asks, and tells those who wait. The time of the proof is when the question was asked.
async fn lead(
    app: &App,
    pool: &PoolId,
    repository: &Repository,
    (key, flight, caller): (String, FlightId, &str),
) -> Result<ProofRow, RelayError> {
    let checked_at = app.now();
    let checked = match org_token(app.ports.secrets.as_ref()) {
        Ok(token) => Some(app.github().check_repository(repository, &token).await),
        Err(_) => None,
    };
    let proof = checked.as_ref().and_then(|checked| Some(proof_of(checked.visibility.as_ref()?, checked_at)));
    if let Some(proof) = &proof {
        Memory::of(app).learn_proof(repository.key(), proof.clone(), app.now());
    }
    // Without an org token nothing was asked, and nothing was learned about one.
    let feedback = checked.as_ref().map(|checked| feedback(checked, &key, app.now()));
    let report = feedback.map(|feedback| Report { budget: ORG.to_owned(), sent: true, feedback });
    let finish = Finish {
        reports: report.into_iter().collect(),
        refund: proof.as_ref().filter(|proof| proof.public == 1).map(|_| caller.to_owned()),
        shared: Some(to_shared(proof.as_ref())),
        ..Finish::nothing(key, flight)
    };
    let (worker, pool, name, kept) = (app.clone(), pool.clone(), repository.key(), proof.clone());
    let keep = async move {
        // Should it be lost, those who wait ask for themselves after a while.
        let told = worker.ports.coordinators.ask(&pool, CoordinatorRequest::Finish(finish)).await;
        if let Some(proof) = &kept {
            store(&worker, &name, proof, Names::Any).await;
        }
        drop(told);
    };
    app.ports.background.spawn(keep.boxed());
    proof.ok_or(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed))
}

/// What those who wait are handed; an answer that proves nothing, too.
pub(super) fn to_shared(proof: Option<&ProofRow>) -> Shared {
    let head = serde_json::to_string(&proof).unwrap_or_default();
    Shared { head, body: bytes::Bytes::new() }
}

/// The proof that was handed on, if there was one.
pub(super) fn from_shared(head: &[u8]) -> Option<ProofRow> {
    crate::json::from_slice::<Option<ProofRow>>(head).ok().flatten()
}

fn proof_of(visibility: &Visibility, asked_at: Timestamp) -> ProofRow {
    let checked_at = asked_at.as_millis();
    let negative = ProofRow { public: 0, checked_at, ..ProofRow::default() };
    match visibility {
        Visibility::Public => ProofRow { public: 1, ..negative },
        Visibility::NotPublic => negative,
        Visibility::Renamed(now) => {
            ProofRow { renamed_to: Some(format!("{}/{}", now.owner, now.name)), ..negative }
        }
        Visibility::Blocked => ProofRow { blocked: Some(1), ..negative },
    }
}

/// What a check teaches about the org token. An answer that proves nothing and does not blame the
/// token lets this repository rest for a moment.
fn feedback(checked: &Checked, key: &str, now: Timestamp) -> Feedback {
    let response = checked.response.as_ref();
    let (mut feedback, verdict) = response.map_or((Feedback::default(), Verdict::Answer), |response| {
        judged(response, &Resource::core(), None, now)
    });
    if checked.visibility.is_some() {
        return Feedback { cooldown: None, ..feedback };
    }
    let seconds = match verdict {
        Verdict::Refused(_) => return feedback,
        Verdict::Doubtful => LONGEST_INCONCLUSIVE_SECONDS,
        Verdict::Answer => INCONCLUSIVE_SECONDS,
    };
    let until = now.plus(std::time::Duration::from_secs(seconds));
    feedback.cooldown = Some(Cooldown { of: CooldownOf::Route(key.to_owned()), until });
    feedback
}
