//! Which identity is tried after which, and whose answer counts.

use octopool_core::relay::{Candidate, Cooldown, Feedback, NoChoice};

use super::outcome::{AttemptResult, Outcome};
use super::{Fetch, Fetched};
use crate::ports::coordinator::{FlightId, Lease, Report};
use crate::relay::error::{RelayError, not_chosen};
use crate::relay::sql::ProofRow;

/// The attempts at one question so far.
pub(super) struct Attempts {
    /// Identities that have not been tried, and share no credential with one that has.
    pub(super) untried: Vec<Candidate>,
    /// Reports that the coordinator does not have yet.
    pub(super) unsent: Vec<Report>,
    /// Why the last identity was refused.
    refusal: Option<RelayError>,
    /// The first 403 or 451.
    maybe_refused: Option<Outcome>,
    /// The lease whose connection broke.
    lost: Option<Lease>,
}

impl Attempts {
    /// None yet, and all identities that may be tried.
    pub(super) fn new(untried: Vec<Candidate>) -> Self {
        Self { untried, unsent: Vec::new(), refusal: None, maybe_refused: None, lost: None }
    }
}

/// What follows from an attempt.
pub(super) enum Decision {
    /// Another identity is tried.
    TryAnother,
    /// This is the answer.
    Answer(Outcome),
    /// Nothing of the repository may be served.
    Deny(RelayError, Option<ProofRow>),
}

impl Fetch<'_> {
    /// Makes one attempt, and a second one if the connection broke and no other identity is left.
    pub(super) async fn try_identity(
        &self,
        lease: &Lease,
        attempts: &mut Attempts,
    ) -> Result<Decision, RelayError> {
        let chosen = attempts.untried.iter().find(|candidate| candidate.id == lease.identity);
        let budget = chosen.map(|candidate| candidate.budget.clone());
        attempts.untried.retain(|candidate| Some(&candidate.budget) != budget.as_ref());
        let others = !attempts.untried.is_empty();
        let mut attempt = self.attempt(lease).await?;
        if let AttemptResult::ConnectionLost(outcome) = attempt {
            if let Some(doubt) = attempts.maybe_refused.take() {
                attempts.unsent.push(outcome.report);
                return Ok(Decision::Answer(doubt));
            }
            if attempts.lost.is_some() {
                return Ok(Decision::Answer(outcome));
            }
            // A connection that broke is tried once more, by the next identity if there is one.
            attempts.lost = Some(lease.clone());
            attempts.unsent.push(outcome.report);
            if others {
                return Ok(Decision::TryAnother);
            }
            attempt = self.attempt(lease).await?;
        }
        match attempt {
            AttemptResult::Answered(outcome) | AttemptResult::ConnectionLost(outcome) => {
                if let Some(doubt) = attempts.maybe_refused.take_if(|_| outcome.is_inconclusive()) {
                    // The first answer is one. An incident after it proves nothing.
                    attempts.unsent.push(outcome.report);
                    return Ok(Decision::Answer(doubt));
                }
                if let Some(doubt) = attempts.maybe_refused.take_if(|_| outcome.is_success()) {
                    // Another identity may do it, so the refusal was about the first one.
                    let cooldown = Some(Cooldown::disproved(self.refused_route(), self.app.now()));
                    let feedback = Feedback { rate: None, cooldown };
                    attempts.unsent.push(Report { feedback, ..doubt.report });
                }
                Ok(Decision::Answer(outcome))
            }
            AttemptResult::MaybeRefused(outcome) if attempts.maybe_refused.is_none() && others => {
                attempts.unsent.push(outcome.report.clone());
                attempts.maybe_refused = Some(outcome);
                Ok(Decision::TryAnother)
            }
            AttemptResult::MaybeRefused(outcome) => Ok(Decision::Answer(outcome)),
            AttemptResult::Denied(error, proof, report) => {
                attempts.unsent.extend(report);
                Ok(Decision::Deny(error, proof))
            }
            AttemptResult::Refused(error, report) => {
                attempts.unsent.push(report);
                attempts.refusal = Some(error);
                Ok(Decision::TryAnother)
            }
        }
    }

    /// No identity is left that could be tried.
    pub(super) async fn no_identity_left(
        &self,
        flight: Option<FlightId>,
        mut attempts: Attempts,
        why: NoChoice,
    ) -> Result<Fetched, RelayError> {
        let Some(flight) = flight else { return Err(not_chosen(why)) };
        if let Some(doubt) = attempts.maybe_refused.take() {
            return self.hand_out(flight, doubt, attempts);
        }
        if let Some(lease) = attempts.lost.take() {
            match self.attempt(&lease).await? {
                AttemptResult::Answered(outcome)
                | AttemptResult::MaybeRefused(outcome)
                | AttemptResult::ConnectionLost(outcome) => {
                    return self.hand_out(flight, outcome, attempts);
                }
                AttemptResult::Denied(error, proof, report) => {
                    attempts.unsent.extend(report);
                    self.hand_out_denial(flight, proof.as_ref(), attempts);
                    return Err(error);
                }
                AttemptResult::Refused(error, report) => {
                    attempts.unsent.push(report);
                    attempts.refusal = Some(error);
                }
            }
        }
        // Those who wait ask for themselves and are told the same.
        self.finish(flight, attempts.unsent, None, None);
        Err(attempts.refusal.map_or_else(|| not_chosen(why), |refusal| refusal.until(why)))
    }
}
