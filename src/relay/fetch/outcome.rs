//! How an attempt ends.

use octopool_core::relay::PoolRate;

use crate::ports::coordinator::Report;
use crate::relay::answer::Answer;
use crate::relay::error::{Failure, RelayError};
use crate::relay::sql::ProofRow;

/// The result of one attempt.
pub(super) enum AttemptResult {
    /// The answer for all who wait, be it a success or an error.
    Answered(Outcome),
    /// GitHub refused the identity; another one may do better.
    Refused(RelayError, Report),
    /// GitHub said 403 or 451, which may be about the identity or about the object.
    MaybeRefused(Outcome),
    /// The connection broke before there was an answer.
    ConnectionLost(Outcome),
    /// The repository is not public, or it is not known to be. Nobody gets anything of it.
    Denied(RelayError, Option<ProofRow>, Option<Report>),
}

/// What a response of GitHub's is.
pub(super) enum Reply {
    /// The answer to the question, or why it is none.
    Answer(Result<Answer, Failure>),
    /// A part of an answer, or none, with GitHub's errors: this caller's, and no better than what
    /// another identity was told.
    Errors(Answer),
    /// It is about the identity, though its status does not say so; another one may serve.
    Refused(RelayError),
    /// It may be about the identity or about the object. All who wait hear this, should no other
    /// identity do better.
    MaybeRefused(Failure),
    /// Nothing of the repository may be served.
    Denied(RelayError, Option<ProofRow>),
}

/// An answer or a failure that can be handed out.
pub(super) struct Outcome {
    pub(super) answer: Result<Answer, Failure>,
    /// GitHub's status; 0 if there was none.
    pub(super) status: u16,
    /// Whether GitHub's errors came with the status 200.
    pub(super) has_errors: bool,
    /// What the answer teaches about the identity.
    pub(super) report: Report,
    /// What the pool has left of the budget.
    pub(super) pool_rate: PoolRate,
}

impl Outcome {
    /// Whether it is a success.
    pub(super) fn is_success(&self) -> bool {
        (200..400).contains(&self.status) && self.answer.is_ok() && !self.has_errors
    }

    /// Whether it says nothing about the question: GitHub did not answer it, or not properly.
    pub(super) fn is_inconclusive(&self) -> bool {
        self.status >= 500
            || self.has_errors
            || matches!(self.answer, Err(Failure::Unreachable | Failure::Invalid))
    }
}
