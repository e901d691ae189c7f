//! What an identity may spend: its credential, once the repository is proven public.

use http::StatusCode;
use octopool_core::Timestamp;
use octopool_core::relay::FallbackReason;

use super::Fetch;
use super::outcome::AttemptResult;
use crate::ports::coordinator::{Lease, Report};
use crate::relay::credential::{Credential, NoCredential, Spender, not_covered};
use crate::relay::error::RelayError;
use crate::relay::guard;
use crate::relay::sql::{ProofRow, ServingIdentity};

/// The result of asking for a credential.
pub(super) enum Spendable {
    /// It can be spent.
    Credential(Credential),
    /// It cannot; the attempt ends so.
    Not(Box<AttemptResult>),
}

impl Spendable {
    fn not(attempt: AttemptResult) -> Self {
        Self::Not(Box::new(attempt))
    }
}

impl Fetch<'_> {
    /// The credential, once the repository is proven public.
    pub(super) async fn spendable(
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
                let report = Report { budget: self.budget(identity), sent: false, feedback };
                // A request that waited for a mint that found the repository private is told so.
                let known = self.unproven.and_then(|repository| guard::remembered(self.app, repository));
                let denied = known.and_then(|proof| Some((guard::verdict(&proof).err()?, proof)));
                return Ok(Spendable::not(match denied {
                    Some((error, proof)) => AttemptResult::Denied(error, Some(proof), None),
                    None => AttemptResult::Refused(error, report),
                }));
            }
            Err(NoCredential::NotCovered(report)) => {
                // Why it is not covered is a question of its own: a name that is nobody's, or
                // somebody's who has moved, is denied; a public repository is left to the other
                // identities.
                let denied = self.denied(None).await?;
                return Ok(Spendable::not(denied.unwrap_or(AttemptResult::Refused(not_covered(), report))));
            }
            Err(NoCredential::Private) => {
                let proof = self.reading.repository.map(|it| guard::deny(self.app, it, asked_at));
                let error = RelayError::Fallback(FallbackReason::RepoNotPublic);
                return Ok(Spendable::not(AttemptResult::Denied(error, proof, None)));
            }
        };
        let denied = self.denied(Some(&credential)).await?;
        Ok(denied.map_or(Spendable::Credential(credential), Spendable::not))
    }

    /// The proof that was still open: from the mint, or else asked for with the org token. `None`
    /// where the repository is public.
    async fn denied(&self, credential: Option<&Credential>) -> Result<Option<AttemptResult>, RelayError> {
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
            None => match guard::prove(self.app, self.reading.pool, repository, self.caller).await {
                Ok(proof) => proof,
                Err(error @ RelayError::Fallback(_)) => {
                    return Ok(Some(AttemptResult::Denied(error, None, None)));
                }
                Err(error) => return Err(error),
            },
        };
        Ok(guard::verdict(&proof).err().map(|error| AttemptResult::Denied(error, Some(proof), None)))
    }

    /// Why the repository is not served any more under this name, if GitHub redirects a read of it.
    /// It may have been renamed since it was proven public, so it is proven anew.
    pub(super) async fn moved(&self, status: StatusCode) -> Option<(RelayError, ProofRow)> {
        let repository = self.reading.repository?;
        let is_moved = matches!(
            status,
            StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        if !is_moved {
            return None;
        }
        // Without a proof the redirect is treated like any other that leads elsewhere.
        let proof = guard::prove(self.app, self.reading.pool, repository, self.caller).await.ok()?;
        Some((guard::verdict(&proof).err()?, proof))
    }

    pub(super) fn spender<'b>(&'b self, identity: &'b ServingIdentity) -> Spender<'b> {
        Spender {
            app: self.app,
            pool: self.reading.pool,
            identity,
            repository: self.reading.repository,
            budget: self.budget(identity),
            unproven_for: self.unproven.map(|_| self.caller),
        }
    }
}
