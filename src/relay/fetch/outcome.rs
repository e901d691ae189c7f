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
    /// It is about the identity, though its status does not say so; another one may serve.
    Refused(RelayError),
    /// It may be about the identity or about the object.
    MaybeRefused(Answer),
    /// Nothing of the repository may be served.
    Denied(RelayError, Option<ProofRow>),
}

/// An answer or a failure that can be handed out.
pub(super) struct Outcome {
    pub(super) answer: Result<Answer, Failure>,
    /// GitHub's status; 0 if there was none.
    pub(super) status: u16,
    /// What the answer teaches about the identity.
    pub(super) report: Report,
    /// What the pool has left of the budget.
    pub(super) pool_rate: PoolRate,
}

impl Outcome {
    /// Whether it is a success.
    pub(super) fn is_success(&self) -> bool {
        (200..400).contains(&self.status) && self.answer.is_ok()
    }

    /// Whether it says nothing about the question: GitHub did not answer it, or not properly.
    pub(super) fn is_inconclusive(&self) -> bool {
        self.status >= 500 || matches!(self.answer, Err(Failure::Unreachable | Failure::Invalid))
    }
}
