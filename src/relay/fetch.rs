//! Asking GitHub: with one identity after the other, and once for all requests that ask the same.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, StatusCode, header};
use octopool_api_types::{FallbackReason, StaleReason};
use octopool_core::relay::{
    AnswerFacts, ApiVersion, CacheKey, Candidate, Cooldown, CooldownOf, Feedback, NoChoice, PoolRate,
    RateHeaders, Redirect, RefusalBody, Repository, Resource, Route, Verdict, judge,
};
use octopool_core::{PoolId, Timestamp};

use super::answer::{Answer, Asked};
use super::budget::budget_key;
use super::credential::Credential;
use super::error::{self, Failure, RelayError, not_chosen};
use super::question::Question;
use super::spend::Spendable;
use super::sql::{ProofRow, ServingIdentity};
use super::{cache, guard, redirect};
use crate::app::App;
use crate::github::{GithubError, Read};
use crate::identities::CredentialError;
use crate::ports::coordinator::{Ask, Begin, Finish, FlightId, Lease, Reply, Report, Shared, Wanted};
use crate::ports::{CoordinatorError, HttpError};

/// What the coordinator and the Worker need beside GitHub's own time.
const SLACK: Duration = Duration::from_secs(2);
/// How often a request that waited for nothing begins again.
const ATTEMPTS: usize = 3;
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
    /// The repository, if nothing current is known of it: the proof that it is public comes from the mint of an App's
    /// token, or is asked for before a PAT is spent.
    pub(super) unproven: Option<&'a Repository>,
}

/// GitHub's answer.
pub(super) struct Fetched {
    pub(super) answer: Answer,
    /// GitHub's status: 304 where it confirmed what was known.
    pub(super) status: u16,
    pub(super) coalesced: bool,
    /// What the pool has left of the route's budget, if GitHub was asked.
    pub(super) pool_rate: Option<PoolRate>,
}

/// The result of one attempt.
pub(super) enum Attempt {
    /// The answer for everybody who waits, good or not.
    Done(Outcome),
    /// The identity was refused; another one may do better.
    Refused(RelayError, Report),
    /// GitHub said 403 or 451, which may be about the identity or about the object.
    Doubtful(Outcome),
    /// The connection broke before there was an answer.
    Broken(Outcome),
    /// The repository is not public, or it is not known to be: nobody gets anything of it.
    Denied(RelayError, Option<ProofRow>, Option<Report>),
}

/// How a flight goes on after an attempt.
enum Next {
    /// With another identity.
    Another,
    /// This is the answer.
    Answer(Outcome),
    /// Nothing of the repository may be served.
    Denied(RelayError, Option<ProofRow>),
}

/// An answer or a failure that can be handed out.
pub(super) struct Outcome {
    answer: Result<Answer, Failure>,
    /// GitHub's status; 0 if there was none.
    status: u16,
    report: Report,
    pool_rate: PoolRate,
}

impl Outcome {
    /// Whether it says nothing about the question: GitHub did not answer it, or not properly.
    fn is_inconclusive(&self) -> bool {
        self.status >= 500 || matches!(self.answer, Err(Failure::Unreachable | Failure::Invalid))
    }
}

/// What the attempts of one question have led to so far.
struct Progress {
    /// Identities that have not been tried, and share no credential with one that has.
    untried: Vec<Candidate>,
    /// What the coordinator has not been told.
    reports: Vec<Report>,
    /// Why the last identity was refused.
    refusal: Option<RelayError>,
    /// The first doubtful answer.
    doubt: Option<Outcome>,
    /// The lease whose connection broke.
    broken: Option<Lease>,
}

/// For how long others wait for one who asks.
pub(super) fn flight_millis(timeout: Duration) -> u64 {
    u64::try_from(timeout.saturating_add(SLACK).as_millis()).unwrap_or(u64::MAX).min(600_000)
}

impl Fetch<'_> {
    /// Asks GitHub, or waits for the request that is under way. The coordinator is asked once before GitHub is; after
    /// GitHub has answered nothing is waited for: feedback and cache entries are written in the background.
    pub(super) async fn run(&self) -> Result<Fetched, RelayError> {
        let mut flight: Option<FlightId> = None;
        let untried = self.identities.iter().map(|identity| self.candidate(identity)).collect();
        let (reports, refusal, doubt, broken) = (Vec::new(), None, None, None);
        let mut progress = Progress { untried, reports, refusal, doubt, broken };
        let mut waited = 0;
        loop {
            let begin = self.begin(flight, &mut progress);
            match self.ask(Ask::Begin(begin)).await? {
                Reply::Shared(shared) => {
                    let answer = received(shared)?;
                    return Ok(Fetched {
                        status: answer.head.status,
                        answer,
                        coalesced: true,
                        pool_rate: None,
                    });
                }
                Reply::Nobody(why) => return self.give_up(flight, progress, why).await,
                Reply::TooManyChecks => {
                    if let Some(flight) = flight {
                        self.finish(flight, progress.reports, None, None);
                    }
                    return Err(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed));
                }
                Reply::Lead { flight: ours, lease: Some(lease) } => {
                    flight = Some(ours);
                    match self.lead(&lease, &mut progress).await? {
                        Next::Another => {}
                        Next::Answer(outcome) => return self.land(ours, outcome, progress),
                        Next::Denied(error, proof) => {
                            self.land_denied(ours, proof.as_ref(), progress);
                            return Err(error);
                        }
                    }
                }
                _ => {
                    waited += 1;
                    flight = None;
                    // An answer that was too large to be handed on is in a cache now.
                    if let Some(answer) = cache::find(self.app, &self.question.pool, self.key).await
                        && self.question.accepts(&answer, self.app.now())
                    {
                        return Ok(Fetched {
                            status: answer.head.status,
                            answer,
                            coalesced: true,
                            pool_rate: None,
                        });
                    }
                    if waited > ATTEMPTS {
                        // The pool answers but does not keep up; the caller's own credentials may help.
                        return Err(RelayError::Fallback(FallbackReason::RelayOverloaded));
                    }
                }
            }
        }
    }

    /// One attempt, and how it goes on.
    async fn lead(&self, lease: &Lease, progress: &mut Progress) -> Result<Next, RelayError> {
        let chosen = progress.untried.iter().find(|candidate| candidate.id == lease.identity);
        let budget = chosen.map(|candidate| candidate.budget.clone());
        progress.untried.retain(|candidate| Some(&candidate.budget) != budget.as_ref());
        let others = !progress.untried.is_empty();
        let mut attempt = self.attempt(lease).await?;
        if let Attempt::Broken(outcome) = attempt {
            if let Some(doubt) = progress.doubt.take() {
                progress.reports.push(outcome.report);
                return Ok(Next::Answer(doubt));
            }
            if progress.broken.is_some() {
                return Ok(Next::Answer(outcome));
            }
            // A connection that broke is tried once more, by the next identity if there is one.
            progress.broken = Some(lease.clone());
            progress.reports.push(outcome.report);
            if others {
                return Ok(Next::Another);
            }
            attempt = self.attempt(lease).await?;
        }
        match attempt {
            Attempt::Done(outcome) | Attempt::Broken(outcome) => {
                if let Some(doubt) = progress.doubt.take_if(|_| outcome.is_inconclusive()) {
                    // The first answer was one. An incident after it proves nothing.
                    progress.reports.push(outcome.report);
                    return Ok(Next::Answer(doubt));
                }
                let better = (200..400).contains(&outcome.status) && outcome.answer.is_ok();
                if let Some(doubt) = progress.doubt.take_if(|_| better) {
                    // Another identity may do it, so the refusal was about the first one.
                    let cooldown = Some(Cooldown::disproved(self.lease_key(), self.app.now()));
                    let feedback = Feedback { rate: None, cooldown };
                    progress.reports.push(Report { feedback, ..doubt.report });
                }
                Ok(Next::Answer(outcome))
            }
            Attempt::Doubtful(outcome) if progress.doubt.is_none() && others => {
                progress.reports.push(outcome.report.clone());
                progress.doubt = Some(outcome);
                Ok(Next::Another)
            }
            Attempt::Doubtful(outcome) => Ok(Next::Answer(outcome)),
            Attempt::Denied(error, proof, report) => {
                progress.reports.extend(report);
                Ok(Next::Denied(error, proof))
            }
            Attempt::Refused(error, report) => {
                progress.reports.push(report);
                progress.refusal = Some(error);
                Ok(Next::Another)
            }
        }
    }

    /// No identity is left that could be tried.
    async fn give_up(
        &self,
        flight: Option<FlightId>,
        mut progress: Progress,
        why: NoChoice,
    ) -> Result<Fetched, RelayError> {
        let Some(flight) = flight else { return Err(not_chosen(why)) };
        if let Some(doubt) = progress.doubt.take() {
            return self.land(flight, doubt, progress);
        }
        if let Some(lease) = progress.broken.take() {
            match self.attempt(&lease).await? {
                Attempt::Done(outcome) | Attempt::Doubtful(outcome) | Attempt::Broken(outcome) => {
                    return self.land(flight, outcome, progress);
                }
                Attempt::Denied(error, proof, report) => {
                    progress.reports.extend(report);
                    self.land_denied(flight, proof.as_ref(), progress);
                    return Err(error);
                }
                Attempt::Refused(error, report) => {
                    progress.reports.push(report);
                    progress.refusal = Some(error);
                }
            }
        }
        // Those who wait ask for themselves and are told the same.
        self.finish(flight, progress.reports, None, None);
        Err(progress.refusal.map_or_else(|| not_chosen(why), |refusal| refusal.until(why)))
    }

    fn begin(&self, flight: Option<FlightId>, progress: &mut Progress) -> Begin {
        let repository = self.route.repository.as_ref();
        let concerned = [
            Some(CooldownOf::Identity),
            Some(CooldownOf::Resource(self.resource())),
            self.owner().map(CooldownOf::Owner),
            repository.map(|repository| CooldownOf::Repository(repository.key())),
            Some(CooldownOf::Route(self.lease_key())),
        ];
        Begin {
            key: self.key.as_str().to_owned(),
            flight,
            flight_millis: flight_millis(self.app.config.request_timeout),
            looked_at: self.looked_at,
            not_before: self.question.max_age.map(|max_age| self.looked_at.minus(max_age)),
            lease: Some(Wanted {
                route: self.lease_key(),
                budget: self.route.budget,
                concerned: concerned.into_iter().flatten().collect(),
                candidates: progress.untried.clone(),
                unproven_for: self.unproven.map(|_| self.caller.to_owned()),
            }),
            reports: std::mem::take(&mut progress.reports),
        }
    }

    fn resource(&self) -> Resource {
        self.route.budget.resource()
    }

    /// The owner whose single sign-on may be needed.
    fn owner(&self) -> Option<String> {
        let segments: Vec<_> = self.route.path.segments().collect();
        let owner = match (&self.route.repository, segments.as_slice()) {
            (Some(repository), _) => repository.owner.as_str(),
            // GitHub shows an organization under both.
            (None, ["orgs" | "users", login, ..]) => login,
            (None, _) => return None,
        };
        Some(owner.to_ascii_lowercase())
    }

    /// The route for which a lease is kept and a disproved 403 counts: its kind and repository.
    fn lease_key(&self) -> String {
        let repository = self.route.repository.as_ref().map(Repository::key);
        format!("{} {}", self.route.kind, repository.unwrap_or_default())
    }

    /// The identity as the coordinator chooses among it.
    fn candidate(&self, identity: &ServingIdentity) -> Candidate {
        Candidate {
            id: identity.id.clone(),
            weight: identity.spec.weight.get(),
            budget: self.budget(identity),
            token: self.spender(identity).token_key(),
        }
    }

    pub(super) fn budget(&self, identity: &ServingIdentity) -> String {
        budget_key(
            self.app.ports.secrets.as_ref(),
            identity.spec.secret_ref.as_str(),
            identity.spec.credential,
        )
    }

    async fn ask(&self, ask: Ask) -> Result<Reply, RelayError> {
        Ok(self.app.ports.coordinators.ask(&self.question.pool, ask).await?)
    }

    async fn attempt(&self, lease: &Lease) -> Result<Attempt, RelayError> {
        let identity = self.identities.iter().find(|identity| identity.id == lease.identity);
        let identity = identity.ok_or_else(|| CoordinatorError("it chose an unknown identity".to_owned()))?;
        let budget = self.budget(identity);
        let report = |sent, feedback| Report { budget: budget.clone(), sent, feedback };
        let pool_rate = |own| lease.others.plus(PoolRate::sum(self.route.budget, [own], self.app.now()));
        let mut refused = None;
        loop {
            let credential = match self.spendable(identity, lease, refused).await? {
                Spendable::Credential(credential) => credential,
                Spendable::Not(attempt) => return Ok(*attempt),
            };
            let asked = Asked {
                route: self.route,
                media: self.question.media(self.route),
                identity,
                lease_reason: lease.reason,
                at: self.app.now(),
            };
            let response = match self.send(&credential).await {
                Ok(response) => response,
                Err(error @ GithubError::UnusableCredential) => {
                    // A secret that cannot stand in a header, or a minted token that cannot.
                    let minted = credential.expires_at.is_some();
                    let error =
                        if minted { CredentialError::Github(error) } else { CredentialError::SecretMissing };
                    let feedback = Feedback::no_credential(self.app.now());
                    return Ok(Attempt::Refused(RelayError::Credential(error), report(false, feedback)));
                }
                Err(error) => {
                    let answer = Err(unreachable(&error));
                    let report = report(true, Feedback::default());
                    let outcome = Outcome { answer, status: 0, report, pool_rate: pool_rate(None) };
                    return Ok(match error {
                        GithubError::Unreachable(HttpError::Transport) => Attempt::Broken(outcome),
                        _ => Attempt::Done(outcome),
                    });
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
            let owner = self.owner();
            let (feedback, verdict) =
                judge(&facts(&response), &self.resource(), owner.as_deref(), self.app.now());
            let own = feedback.rate.as_ref().map(|(_, state)| *state);
            let pool_rate = pool_rate(own);
            let report = report(true, feedback);
            if let Verdict::Refused(refusal) = verdict {
                return Ok(Attempt::Refused(RelayError::Fallback(error::refused(refusal)), report));
            }
            if let Some((error, proof)) = self.moved(response.status()).await {
                return Ok(Attempt::Denied(error, Some(proof), Some(report)));
            }
            let status = response.status().as_u16();
            let answer = self.take(response, &asked, &credential).await;
            if matches!(answer, Err(Failure::NotPublic))
                && let Some(repository) = &self.route.repository
            {
                guard::deny(self.app, repository, asked.at);
            }
            let outcome = Outcome { answer, status, report, pool_rate };
            return Ok(match verdict {
                Verdict::Doubtful => Attempt::Doubtful(outcome),
                Verdict::Answer | Verdict::Refused(_) => Attempt::Done(outcome),
            });
        }
    }

    async fn send(&self, credential: &Credential) -> Result<http::Response<Bytes>, GithubError> {
        let read = Read {
            target: &self.route.target(),
            accept: self.question.media(self.route).accept(),
            api_version: self.question.api_version.as_ref().map(ApiVersion::as_str),
            etag: self.expired.and_then(|answer| answer.head.header("etag")),
        };
        self.app.github().relay(&read, &credential.secret, self.app.config.max_response_bytes).await
    }

    /// What the answer is: a confirmation of what is known, the way to a log, or the answer itself.
    async fn take(
        &self,
        response: http::Response<Bytes>,
        asked: &Asked<'_>,
        credential: &Credential,
    ) -> Result<Answer, Failure> {
        let status = response.status();
        if let Some(hidden) = self.unproved(status, asked, credential).await? {
            return Ok(hidden);
        }
        if status == StatusCode::NOT_MODIFIED {
            let validated = self.expired.filter(|answer| answer.head.header("etag").is_some());
            let known = validated.ok_or(Failure::Invalid)?;
            return known.clone().confirmed(response.headers(), asked);
        }
        let download = redirect::is_download(self.route, asked.media);
        if status.is_redirection() && download {
            return redirect::passed_on(&response, asked, &self.app.config.github_api_url);
        }
        if status.is_redirection() {
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let log = location
                .filter(|_| self.route.redirect == Redirect::FollowLog && status == StatusCode::FOUND);
            return self.follow(log.ok_or(Failure::Redirect)?, asked).await;
        }
        let answer = Answer::read(response, asked)?;
        Ok(if download { answer.unshared() } else { answer })
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

    /// Hands the answer out: to this caller at once, in the background to those who wait and to the caches.
    fn land(
        &self,
        flight: FlightId,
        outcome: Outcome,
        mut progress: Progress,
    ) -> Result<Fetched, RelayError> {
        progress.reports.push(outcome.report);
        let shared = match &outcome.answer {
            Ok(answer) => answer.to_shared(),
            Err(failure) => Shared { head: format!("{FAILURE}{}", failure.word()), body: Bytes::new() },
        };
        if let Ok(answer) = &outcome.answer {
            cache::remember(self.app, self.key, answer);
        }
        self.finish(flight, progress.reports, Some(shared), outcome.answer.as_ref().ok().cloned());
        let pool_rate = Some(outcome.pool_rate);
        Ok(Fetched { answer: outcome.answer?, status: outcome.status, coalesced: false, pool_rate })
    }

    /// Ends the flight of a repository of which nothing is served. All who wait hear why.
    fn land_denied(&self, flight: FlightId, proof: Option<&ProofRow>, progress: Progress) {
        let head = format!("{DENIED}{}", guard::to_shared(proof).head);
        let shared = Shared { head, body: Bytes::new() };
        self.finish(flight, progress.reports, Some(shared), None);
    }

    /// Ends the flight in the background.
    fn finish(&self, flight: FlightId, reports: Vec<Report>, shared: Option<Shared>, answer: Option<Answer>) {
        let finish = Finish { reports, shared, ..Finish::nothing(self.key.as_str().to_owned(), flight) };
        let (app, pool, key) = (self.app.clone(), self.question.pool.clone(), self.key.clone());
        let task = async move { settle(&app, &pool, &key, finish, answer).await };
        self.app.ports.background.spawn(task.boxed());
    }
}

/// The near cache comes first: a request that arrives after those who waited have been told must not miss it.
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

pub(super) fn unreachable(error: &GithubError) -> Failure {
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

/// What an answer teaches about the credential that asked, and whose answer it is.
pub(super) fn judged(response: &http::Response<Bytes>, now: Timestamp) -> (Feedback, Verdict) {
    judge(&facts(response), &Resource::core(), None, now)
}

fn facts(response: &http::Response<Bytes>) -> AnswerFacts<'_> {
    let headers = response.headers();
    let status = response.status().as_u16();
    let is_refusal = matches!(status, 403 | 429 | 451);
    AnswerFacts {
        status,
        rate: RateHeaders {
            resource: text(headers, "x-ratelimit-resource"),
            limit: text(headers, "x-ratelimit-limit"),
            remaining: text(headers, "x-ratelimit-remaining"),
            reset: text(headers, "x-ratelimit-reset"),
        },
        retry_after: text(headers, "retry-after"),
        sso: headers.contains_key("x-github-sso"),
        body: if is_refusal { RefusalBody::read(response.body()) } else { RefusalBody::Other },
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The reasons for which an answer past its time is better than none: no identity can ask anew, or GitHub does not
/// answer.
pub(super) fn allows_stale(error: &RelayError) -> Option<StaleReason> {
    use FallbackReason as Reason;
    match error {
        RelayError::Fallback(reason) | RelayError::Resting { reason, .. } => match reason {
            Reason::IdentitiesCoolingDown => Some(StaleReason::IdentitiesCoolingDown),
            Reason::GithubIdentityDepleted => Some(StaleReason::GithubIdentityDepleted),
            Reason::GithubRateLimited => Some(StaleReason::GithubRateLimited),
            Reason::GithubIdentityUnauthorized => Some(StaleReason::GithubIdentityUnauthorized),
            Reason::RouteDenied
            | Reason::OwnerDenied
            | Reason::SearchDenied
            | Reason::LogsDenied
            | Reason::RepoNotPublic
            | Reason::RepoPublicCheckFailed
            | Reason::NoIdentity
            | Reason::GithubIdentityForbidden
            | Reason::GithubResponseTooLarge
            | Reason::RelayOverloaded
            | Reason::LocalCredentialsRequired => None,
        },
        RelayError::Failed(Failure::Unreachable | Failure::Invalid) => Some(StaleReason::GithubUnavailable),
        RelayError::Failed(Failure::Redirect | Failure::TooLarge | Failure::NotPublic)
        | RelayError::Caller(_)
        | RelayError::Renamed(_)
        | RelayError::Blocked
        | RelayError::Policy(_)
        | RelayError::Credential(_)
        | RelayError::Database(_)
        | RelayError::Coordinator(_)
        | RelayError::Entropy(_) => None,
    }
}
