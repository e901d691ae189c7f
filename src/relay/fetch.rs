//! Asking GitHub: with one identity after the other, and once for all who ask the same.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, StatusCode, header};
use octopool_api_types::FallbackReason;
use octopool_core::relay::{
    AnswerFacts, CacheKey, Candidate, Feedback, Gate, RateHeaders, Repository, Route, judge,
};
use octopool_core::{PoolId, Timestamp};

use super::answer::{Answer, Asked};
use super::credential::{Credential, NoCredential, Spender, not_covered};
use super::error::{Failure, RelayError, not_chosen};
use super::question::Question;
use super::{cache, error, guard};
use crate::app::App;
use crate::coordinator::{Ask, Begin, Finish, FlightId, Lease, Reply, Report, Shared, Wanted};
use crate::github::{GithubError, Read};
use crate::ports::{CoordinatorError, HttpError};
use crate::provisioning::CredentialError;
use crate::store::relay::{ProofRow, ServingIdentity};

/// What the coordinator and the Worker need beside GitHub's own time.
const SLACK: Duration = Duration::from_secs(2);
/// How often somebody who waited in vain begins anew.
const ATTEMPTS_IN_VAIN: usize = 3;
/// A head that begins so is a failure that all who waited hear.
const FAILURE: &str = "failure ";
/// A head that begins so is what GitHub said of the repository, which is not public.
const DENIED: &str = "denied ";

/// What is asked, of whom, and what is known already.
pub(super) struct Fetch<'a> {
    pub(super) app: &'a App,
    pub(super) question: &'a Question,
    pub(super) route: &'a Route,
    pub(super) key: &'a CacheKey,
    pub(super) identities: Vec<&'a ServingIdentity>,
    /// An answer whose time is over, to be asked about by its validator.
    pub(super) expired: Option<&'a Answer>,
    /// When the cache was looked into.
    pub(super) looked_at: Timestamp,
    /// Who asks.
    pub(super) caller: &'a str,
    /// The repository, if nothing current is known of it: the proof that it is public comes from the
    /// mint of an App's token, or is asked for before a PAT is spent.
    pub(super) unproven: Option<&'a Repository>,
}

/// What came of it.
pub(super) struct Fetched {
    pub(super) answer: Answer,
    /// GitHub's status: 304 where it confirmed what was known.
    pub(super) status: u16,
    pub(super) coalesced: bool,
}

/// What one attempt came to.
enum Attempt {
    /// This is the answer, good or not, with GitHub's status; all who wait get it.
    Done(Result<Answer, Failure>, u16, Report),
    /// Another identity may do better.
    Refused(RelayError, Report),
    /// The repository is not public, or it is not known to be: nobody gets anything of it.
    Denied(RelayError, Option<ProofRow>),
}

/// What comes of asking for a credential.
enum Spendable {
    /// It can be spent.
    Credential(Credential),
    /// It cannot.
    Not(Box<Attempt>),
}

impl Spendable {
    fn not(attempt: Attempt) -> Self {
        Self::Not(Box::new(attempt))
    }
}

/// For how long others wait for one who asks.
pub(super) fn flight_millis(timeout: Duration) -> u64 {
    u64::try_from(timeout.saturating_add(SLACK).as_millis()).unwrap_or(u64::MAX).min(600_000)
}

impl Fetch<'_> {
    /// Asks GitHub, or waits for who asks already. Before GitHub is asked the coordinator is, once; after GitHub has answered nothing is waited
    /// for: what was learned and what is kept goes its way in the background.
    pub(super) async fn run(&self) -> Result<Fetched, RelayError> {
        let mut tried: Vec<String> = Vec::new();
        let mut flight: Option<FlightId> = None;
        let mut report = None;
        let mut refusal = None;
        let mut in_vain = 0;
        loop {
            let begin = self.begin(flight, report.take(), &tried);
            match self.ask(Ask::Begin(begin)).await? {
                Reply::Shared(shared) => {
                    let answer = received(shared)?;
                    return Ok(Fetched { status: answer.head.status, answer, coalesced: true });
                }
                Reply::Nobody(why) => {
                    return Err(refusal.unwrap_or(RelayError::Fallback(not_chosen(why))));
                }
                Reply::TooManyChecks => {
                    return Err(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed));
                }
                Reply::Lead { flight: ours, lease: Some(lease) } => {
                    flight = Some(ours);
                    tried.push(lease.identity.clone());
                    match self.attempt(&lease).await? {
                        Attempt::Done(answer, status, report) => {
                            self.land(ours, &answer, Some(report));
                            return Ok(Fetched { answer: answer?, status, coalesced: false });
                        }
                        Attempt::Refused(error, learned) => {
                            report = Some(learned);
                            refusal = Some(error);
                        }
                        Attempt::Denied(error, proof) => {
                            self.land_denied(ours, proof.as_ref());
                            return Err(error);
                        }
                    }
                }
                _ => {
                    in_vain += 1;
                    flight = None;
                    if in_vain > ATTEMPTS_IN_VAIN {
                        // The pool is there and does not keep up; the caller's own credentials may.
                        return Err(RelayError::Fallback(FallbackReason::RelayOverloaded));
                    }
                }
            }
        }
    }

    fn begin(&self, flight: Option<FlightId>, report: Option<Report>, tried: &[String]) -> Begin {
        let untried = self.identities.iter().filter(|identity| !tried.contains(&identity.id));
        let candidates = untried.map(|identity| self.candidate(identity)).collect();
        Begin {
            key: self.key.as_str().to_owned(),
            flight,
            flight_millis: flight_millis(self.app.config.request_timeout),
            looked_at: self.looked_at,
            lease: Some(Wanted {
                route: self.lease_key(),
                resource: self.route.budget.resource(),
                candidates,
                unproven_for: self.unproven.map(|_| self.caller.to_owned()),
            }),
            report,
        }
    }

    /// For what a lease is kept and a 403 counts: the kind of route and the repository.
    fn lease_key(&self) -> String {
        let repository = self.route.repository.as_ref().map(Repository::key);
        format!("{} {}", self.route.kind, repository.unwrap_or_default())
    }

    async fn ask(&self, ask: Ask) -> Result<Reply, RelayError> {
        Ok(self.app.ports.coordinators.ask(&self.question.pool, ask).await?)
    }

    async fn attempt(&self, lease: &Lease) -> Result<Attempt, RelayError> {
        let identity = self.identities.iter().find(|identity| identity.id == lease.identity);
        let identity = identity.ok_or_else(|| CoordinatorError("it chose somebody else".to_owned()))?;
        let report = |feedback| Report { budget: budget(identity), route: self.lease_key(), feedback };
        let mut refused = None;
        loop {
            let credential = match self.spendable(identity, lease, refused).await? {
                Spendable::Credential(credential) => credential,
                Spendable::Not(attempt) => return Ok(*attempt),
            };
            let asked = Asked { route: self.route, identity, lease_reason: lease.reason, at: self.app.now() };
            let response = match self.send(&credential).await {
                Ok(response) => response,
                Err(error @ GithubError::UnusableCredential) => {
                    // A secret that is none, or a minted token that cannot be sent.
                    let minted = credential.expires_at.is_some();
                    let error =
                        if minted { CredentialError::Github(error) } else { CredentialError::SecretMissing };
                    let error = RelayError::Credential(error);
                    return Ok(Attempt::Refused(error, report(Feedback::no_credential(self.app.now()))));
                }
                Err(error) => {
                    return Ok(Attempt::Done(Err(unreachable(&error)), 0, report(Feedback::default())));
                }
            };
            if response.status() == StatusCode::UNAUTHORIZED
                && refused.is_none()
                && credential.expires_at.is_some()
            {
                // A minted token can end early: the installation was suspended for a while, or changed. A new one says more.
                refused = credential.expires_at;
                continue;
            }
            let feedback = judge(&facts(&response), self.app.now());
            if let Some(refusal) = feedback.refusal {
                return Ok(Attempt::Refused(RelayError::Fallback(error::refused(refusal)), report(feedback)));
            }
            let status = response.status().as_u16();
            return Ok(Attempt::Done(self.take(response, &asked).await, status, report(feedback)));
        }
    }

    /// The credential, once the repository is proven public.
    async fn spendable(
        &self,
        identity: &ServingIdentity,
        lease: &Lease,
        refused: Option<Timestamp>,
    ) -> Result<Spendable, RelayError> {
        let asked_at = self.app.now();
        let credential = match self.spender(identity).credential(lease, refused).await {
            Ok(credential) => credential,
            Err(NoCredential::Failed(error)) => return Err(error),
            Err(NoCredential::Identity(error, feedback)) => {
                let report = Report { budget: budget(identity), route: self.lease_key(), feedback };
                // Whoever waited for a mint that found the repository private hears that.
                let known = self.unproven.and_then(|repository| guard::remembered(self.app, repository));
                let denied = known.and_then(|proof| Some((guard::verdict(&proof).err()?, proof)));
                return Ok(Spendable::not(match denied {
                    Some((error, proof)) => Attempt::Denied(error, Some(proof)),
                    None => Attempt::Refused(error, report),
                }));
            }
            Err(NoCredential::NotCovered(report)) => {
                // Why it is not covered is a question of its own: a name that is nobody's, or somebody's
                // who has moved, is denied; a public repository is left to the other identities.
                let denied = self.denied(None).await?;
                return Ok(Spendable::not(denied.unwrap_or(Attempt::Refused(not_covered(), report))));
            }
            Err(NoCredential::Private) => {
                let proof = self.route.repository.as_ref().map(|it| guard::deny(self.app, it, asked_at));
                let error = RelayError::Fallback(FallbackReason::RepoNotPublic);
                return Ok(Spendable::not(Attempt::Denied(error, proof)));
            }
        };
        let denied = self.denied(Some(&credential)).await?;
        Ok(denied.map_or(Spendable::Credential(credential), Spendable::not))
    }

    /// The proof that was still open: from the mint, or else asked for with the org token. `None` where
    /// the repository is public.
    async fn denied(&self, credential: Option<&Credential>) -> Result<Option<Attempt>, RelayError> {
        let Some(repository) = self.unproven else { return Ok(None) };
        let public_at = credential.and_then(|credential| Some((credential.public_at?, credential.is_new)));
        match public_at {
            // What was said just now is an answer to this question, however short proofs count.
            Some((public_at, true)) => {
                guard::allow(self.app, repository, public_at);
                return Ok(None);
            }
            Some((public_at, false)) if guard::is_public_since(self.app, repository, public_at) => {
                return Ok(None);
            }
            Some(_) | None => {}
        }
        let proof = match guard::remembered(self.app, repository) {
            Some(proof) => proof,
            None => match guard::prove(self.app, &self.question.pool, repository, self.caller).await {
                Ok(proof) => proof,
                Err(error @ RelayError::Fallback(_)) => return Ok(Some(Attempt::Denied(error, None))),
                Err(error) => return Err(error),
            },
        };
        Ok(guard::verdict(&proof).err().map(|error| Attempt::Denied(error, Some(proof))))
    }

    fn spender<'b>(&'b self, identity: &'b ServingIdentity) -> Spender<'b> {
        Spender {
            app: self.app,
            pool: &self.question.pool,
            identity,
            repository: self.route.repository.as_ref(),
            budget: budget(identity),
            unproven_for: self.unproven.map(|_| self.caller),
        }
    }

    /// The identity as the coordinator chooses among it.
    fn candidate(&self, identity: &ServingIdentity) -> Candidate {
        Candidate {
            id: identity.id.clone(),
            weight: identity.weight,
            budget: budget(identity),
            token: self.spender(identity).token_key(),
        }
    }

    async fn send(&self, credential: &Credential) -> Result<http::Response<Bytes>, GithubError> {
        let read = Read {
            target: &self.question.target(self.route),
            accept: self.question.accept(),
            api_version: self.question.api_version.as_deref(),
            etag: self.expired.and_then(|answer| answer.head.header("etag")),
        };
        self.app.github().relay(&read, &credential.secret, self.app.config.max_response_bytes).await
    }

    /// What the answer is: a confirmation of what is known, the way to a log, or the answer itself.
    async fn take(&self, response: http::Response<Bytes>, asked: &Asked<'_>) -> Result<Answer, Failure> {
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            let validated = self.expired.filter(|answer| answer.head.header("etag").is_some());
            let known = validated.ok_or(Failure::Invalid)?;
            return Ok(known.clone().confirmed(response.headers(), asked));
        }
        if status.is_redirection() {
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let log = location.filter(|_| self.route.gate == Gate::Logs && status == StatusCode::FOUND);
            return self.follow(log.ok_or(Failure::Redirect)?, asked).await;
        }
        Answer::read(response, asked)
    }

    async fn follow(&self, location: &str, asked: &Asked<'_>) -> Result<Answer, Failure> {
        let max = self.app.config.max_response_bytes;
        let log = self.app.github().follow_log(location, max).await.ok_or(Failure::Redirect)?;
        let log = log.map_err(|error| failed(&error))?;
        if log.status().is_redirection() {
            return Err(Failure::Redirect);
        }
        if !log.status().is_success() {
            // What a blob store says of a signed address that has lapsed is not GitHub's answer.
            return Err(Failure::Invalid);
        }
        Answer::read(log, asked)
    }

    /// Ends the flight: the near cache first, so that nobody who comes after the others have been told misses it.
    fn land(&self, flight: FlightId, answer: &Result<Answer, Failure>, report: Option<Report>) {
        let shared = match answer {
            Ok(answer) => answer.to_shared(),
            Err(failure) => Shared { head: format!("{FAILURE}{}", failure.word()), body: Bytes::new() },
        };
        if let Ok(answer) = answer {
            cache::remember(self.app, self.key, answer);
        }
        let key = self.key.as_str().to_owned();
        let finish = Finish { report, shared: Some(shared), ..Finish::nothing(key, flight) };
        let (app, pool, key) = (self.app.clone(), self.question.pool.clone(), self.key.clone());
        let answer = answer.as_ref().ok().cloned();
        let task = async move { settle(&app, &pool, &key, finish, answer).await };
        self.app.ports.background.spawn(task.boxed());
    }
}

impl Fetch<'_> {
    /// Ends the flight of a repository of which nothing is served. All who wait hear why.
    fn land_denied(&self, flight: FlightId, proof: Option<&ProofRow>) {
        let head = format!("{DENIED}{}", guard::to_shared(proof).head);
        let finish = Finish {
            shared: Some(Shared { head, body: Bytes::new() }),
            ..Finish::nothing(self.key.as_str().to_owned(), flight)
        };
        let (app, pool, key) = (self.app.clone(), self.question.pool.clone(), self.key.clone());
        let task = async move { settle(&app, &pool, &key, finish, None).await };
        self.app.ports.background.spawn(task.boxed());
    }
}

async fn settle(app: &App, pool: &PoolId, key: &CacheKey, finish: Finish, answer: Option<Answer>) {
    if let Some(answer) = &answer {
        cache::keep_near(app, key, answer).await;
    }
    if let Err(error) = app.ports.coordinators.ask(pool, Ask::Finish(finish)).await {
        crate::audit::log_failure(app, "relay.finish", &error);
    }
    if let Some(answer) = &answer {
        cache::keep_far(app, pool, key, answer).await;
    }
}

/// Under what the limits and cooldowns of an identity are kept.
fn budget(identity: &ServingIdentity) -> String {
    identity.id.clone()
}

fn received(shared: Shared) -> Result<Answer, RelayError> {
    if let Some(word) = shared.head.strip_prefix(FAILURE) {
        return Err(error::Failure::from_word(word).unwrap_or(Failure::Invalid).into());
    }
    if let Some(proof) = shared.head.strip_prefix(DENIED) {
        let denied = guard::from_shared(proof.as_bytes()).map(|proof| guard::verdict(&proof));
        let unknown = RelayError::Fallback(FallbackReason::RepoPublicCheckFailed);
        return Err(denied.and_then(Result::err).unwrap_or(unknown));
    }
    Answer::from_shared(shared).ok_or(RelayError::Failed(Failure::Invalid))
}

fn unreachable(error: &GithubError) -> Failure {
    match error {
        GithubError::Unreachable(error) => failed(error),
        _ => Failure::Invalid,
    }
}

fn failed(error: &HttpError) -> Failure {
    match error {
        HttpError::TooLarge => Failure::TooLarge,
        HttpError::Timeout | HttpError::Transport => Failure::Unreachable,
    }
}

/// What an answer teaches about who asked.
pub(super) fn judged(response: &http::Response<Bytes>, now: Timestamp) -> Feedback {
    judge(&facts(response), now)
}

fn facts(response: &http::Response<Bytes>) -> AnswerFacts<'_> {
    let headers = response.headers();
    let status = response.status().as_u16();
    AnswerFacts {
        status,
        rate: RateHeaders {
            resource: text(headers, "x-ratelimit-resource"),
            remaining: text(headers, "x-ratelimit-remaining"),
            reset: text(headers, "x-ratelimit-reset"),
        },
        retry_after: text(headers, "retry-after"),
        secondary_limit: matches!(status, 403 | 429) && is_secondary_limit(response.body()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// GitHub says which limit it is in the message only
/// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors>).
fn is_secondary_limit(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    ["secondary rate limit", "secondary-rate-limit", "abuse detection"]
        .iter()
        .any(|phrase| text.contains(phrase))
}

/// The reasons for which an answer past its time is better than none: nobody can ask anew.
pub(super) fn allows_stale(error: &RelayError) -> Option<FallbackReason> {
    use FallbackReason as Reason;
    match error {
        RelayError::Fallback(
            reason @ (Reason::IdentitiesCoolingDown
            | Reason::GithubIdentityDepleted
            | Reason::GithubRateLimited
            | Reason::GithubIdentityUnauthorized),
        ) => Some(*reason),
        _ => None,
    }
}
