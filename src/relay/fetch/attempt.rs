//! One attempt: a request to GitHub with one identity.

use bytes::Bytes;
use http::StatusCode;
use octopool_core::relay::{Feedback, PoolRate, Verdict};

use super::Fetch;
use super::outcome::{AttemptResult, Outcome, Reply};
use super::spend::Spendable;
use crate::github::GithubError;
use crate::identities::CredentialError;
use crate::ports::coordinator::{Lease, Report};
use crate::ports::{CoordinatorError, HttpError};
use crate::relay::answer::Asked;
use crate::relay::credential::Credential;
use crate::relay::error::{self, Failure, RelayError};
use crate::relay::feedback::judged;
use crate::relay::guard;
use crate::relay::reading::Form;

impl Fetch<'_> {
    /// Asks GitHub with the identity of this lease.
    pub(super) async fn attempt(&self, lease: &Lease) -> Result<AttemptResult, RelayError> {
        let identity = self.identities.iter().find(|identity| identity.id == lease.identity);
        let identity = identity.ok_or_else(|| CoordinatorError("it chose an unknown identity".to_owned()))?;
        let budget = self.budget(identity);
        let report = |sent, feedback| Report { budget: budget.clone(), sent, feedback };
        let pool_rate = |own| lease.others.plus(PoolRate::sum(self.reading.budget, [own], self.app.now()));
        let mut refused = None;
        loop {
            let credential = match self.spendable(identity, lease, refused).await? {
                Spendable::Credential(credential) => credential,
                Spendable::Not(attempt) => return Ok(*attempt),
            };
            let asked = Asked { identity, lease_reason: lease.reason, at: self.app.now() };
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
                    let pool_rate = pool_rate(None);
                    let outcome = Outcome { answer, status: 0, has_errors: false, report, pool_rate };
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
            let owner = self.reading.owner.as_deref();
            let (feedback, verdict) = judged(&response, &self.resource(), owner, self.app.now());
            let mut report = report(true, feedback);
            if let Verdict::Refused(refusal) = verdict {
                return Ok(AttemptResult::Refused(RelayError::Fallback(error::refused(refusal)), report));
            }
            if let Some((error, proof)) = self.moved(response.status()).await {
                return Ok(AttemptResult::Denied(error, Some(proof), Some(report)));
            }
            let status = response.status().as_u16();
            let mut has_errors = false;
            let (answer, verdict) = match self.read(response, &asked, &credential, &mut report.feedback).await
            {
                Reply::Answer(answer) => (answer, verdict),
                Reply::Errors(answer) => {
                    has_errors = true;
                    (Ok(answer), verdict)
                }
                Reply::MaybeRefused(failure) => (Err(failure), Verdict::Doubtful),
                Reply::Refused(error) => return Ok(AttemptResult::Refused(error, report)),
                Reply::Denied(error, proof) => return Ok(AttemptResult::Denied(error, proof, Some(report))),
            };
            let pool_rate = pool_rate(report.feedback.rate.as_ref().map(|(_, state)| *state));
            let outcome = Outcome { answer, status, has_errors, report, pool_rate };
            return Ok(match verdict {
                Verdict::Doubtful => AttemptResult::MaybeRefused(outcome),
                Verdict::Answer | Verdict::Refused(_) => AttemptResult::Answered(outcome),
            });
        }
    }

    async fn send(&self, credential: &Credential) -> Result<http::Response<Bytes>, GithubError> {
        match &self.reading.form {
            Form::Rest(rest) => self.send_rest(rest, credential).await,
            Form::Query(query) => self.send_query(query, credential).await,
        }
    }

    /// What the response is. `feedback` is what its head teaches about the identity; the body may
    /// teach more.
    async fn read(
        &self,
        response: http::Response<Bytes>,
        asked: &Asked<'_>,
        credential: &Credential,
        feedback: &mut Feedback,
    ) -> Reply {
        match &self.reading.form {
            Form::Rest(rest) => {
                let answer = self.read_rest(response, rest, asked, credential).await;
                if let (Err(Failure::NotPublic), Some(repository)) = (&answer, self.reading.repository) {
                    guard::deny(self.app, repository, asked.at);
                }
                Reply::Answer(answer)
            }
            Form::Query(query) => self.read_query(response, query, asked, feedback).await,
        }
    }
}
