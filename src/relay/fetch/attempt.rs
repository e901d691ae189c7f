//! One attempt: a request to GitHub with one identity.

use bytes::Bytes;
use http::{StatusCode, header};
use octopool_core::relay::{ApiVersion, Feedback, PoolRate, Redirect, Verdict};

use super::Fetch;
use super::outcome::{AttemptResult, Outcome};
use super::spend::Spendable;
use crate::github::{GithubError, Read};
use crate::identities::CredentialError;
use crate::ports::coordinator::{Lease, Report};
use crate::ports::{CoordinatorError, HttpError};
use crate::relay::answer::{Answer, Asked};
use crate::relay::credential::Credential;
use crate::relay::error::{self, Failure, RelayError};
use crate::relay::feedback::judged;
use crate::relay::{guard, redirect};

impl Fetch<'_> {
    /// Asks GitHub with the identity of this lease.
    pub(super) async fn attempt(&self, lease: &Lease) -> Result<AttemptResult, RelayError> {
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
                    return Ok(AttemptResult::Refused(
                        RelayError::Credential(error),
                        report(false, feedback),
                    ));
                }
                Err(error) => {
                    let answer = Err(Failure::from(&error));
                    let report = report(true, Feedback::default());
                    let outcome = Outcome { answer, status: 0, report, pool_rate: pool_rate(None) };
                    return Ok(match error {
                        GithubError::Unreachable(HttpError::Transport) => {
                            AttemptResult::ConnectionLost(outcome)
                        }
                        _ => AttemptResult::Answered(outcome),
                    });
                }
            };
            if response.status() == StatusCode::UNAUTHORIZED
                && refused.is_none()
                && credential.expires_at.is_some()
            {
                // A minted token can end early: the installation was suspended for a while, or
                // changed. A new one says more.
                refused = credential.expires_at;
                continue;
            }
            let owner = self.owner();
            let (feedback, verdict) = judged(&response, &self.resource(), owner.as_deref(), self.app.now());
            let own = feedback.rate.as_ref().map(|(_, state)| *state);
            let pool_rate = pool_rate(own);
            let report = report(true, feedback);
            if let Verdict::Refused(refusal) = verdict {
                return Ok(AttemptResult::Refused(RelayError::Fallback(error::refused(refusal)), report));
            }
            if let Some((error, proof)) = self.moved(response.status()).await {
                return Ok(AttemptResult::Denied(error, Some(proof), Some(report)));
            }
            let status = response.status().as_u16();
            let answer = self.read(response, &asked, &credential).await;
            if matches!(answer, Err(Failure::NotPublic))
                && let Some(repository) = &self.route.repository
            {
                guard::deny(self.app, repository, asked.at);
            }
            let outcome = Outcome { answer, status, report, pool_rate };
            return Ok(match verdict {
                Verdict::Doubtful => AttemptResult::MaybeRefused(outcome),
                Verdict::Answer | Verdict::Refused(_) => AttemptResult::Answered(outcome),
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
    async fn read(
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
        let log = log.map_err(|error| Failure::from(&error))?;
        if log.status().is_redirection() {
            return Err(Failure::Redirect);
        }
        if !log.status().is_success() {
            // What a blob store says of a signed address that has lapsed is not GitHub's answer.
            return Err(Failure::Invalid);
        }
        Answer::read(log, asked)
    }
}
