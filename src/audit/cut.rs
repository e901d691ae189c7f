//! Cuts: old rows of the audit log are removed, and the chain stays verifiable from where they end.

use octopool_core::{AuditAction, AuditCut, AuditRow, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::sql::cuts::{self, StoredCut};
use super::walk::{self, AuditError, Walker, key};
use crate::app::App;
use crate::change::{WriteConflict, back_off};
use crate::idempotency::{self, Execution};
use crate::ports::{DatabaseError, EntropyError};
use crate::sql::Author;

/// How many pages of 2,500 rows one cut removes. A row with its indexes takes three writes, and D1
/// allows a statement 30 seconds.
const PAGES_PER_CUT: usize = 4;

/// The largest number of statements of one attempt: the walk, the cut with its event and the kept
/// answer, and what a failed request with a key sends at its end.
const STATEMENTS: usize = walk::statements(PAGES_PER_CUT) + 4 + 2;

/// How often a cut is attempted while other cuts are made.
const ATTEMPTS: u32 = 4;

/// The result of a cut.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CutDone {
    /// The cut; `None` if there was nothing to remove.
    pub cut: Option<AuditCut>,
    /// Whether all rows older than the requested time are removed.
    pub done: bool,
}

/// Why nothing was removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CutError {
    /// The audit log could not be verified up to the cut.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Other cuts were made during every attempt.
    #[error(transparent)]
    Conflict(#[from] WriteConflict),
    /// No randomness was available to seal the answer with.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl From<DatabaseError> for CutError {
    fn from(error: DatabaseError) -> Self {
        Self::Audit(error.into())
    }
}

/// Removes rows older than `before`, oldest first, as many as one request can. The newest row
/// always stays, because the chain continues from it.
///
/// The rows are verified first, and a row that was changed stops the cut: its signature says that
/// the removed chain was intact, and a cut must not be a way to remove the evidence that it was
/// not.
pub(crate) async fn cut(
    app: &App,
    author: &Author,
    before: Timestamp,
    dry_run: bool,
    execution: &Execution,
) -> Result<CutDone, CutError> {
    if let Some((done, ())) = execution.kept()? {
        return Ok(done);
    }
    let key = key(app)?;
    super::chain(app, STATEMENTS).await?;
    for failed in 0..ATTEMPTS {
        if app.database().statements_left() < STATEMENTS {
            break;
        }
        back_off(app, failed).await;
        let plan = plan(app, author, before).await?;
        let keeping = execution.keeping(app, &())?;
        let outcome = json!(plan).to_string();
        let Some(cut) = plan.cut.clone().filter(|_| !dry_run) else {
            if let Some(keeping) = keeping {
                idempotency::keep_reading(app, &keeping, &outcome).await?;
            }
            return Ok(plan);
        };
        let audit = author.event(
            AuditAction::AuditCut,
            json!({ "before": before.to_rfc3339(), "digest": cut.digest, "removed": cut.removed }),
        );
        let signature = key.sign(&cut);
        let keeping = keeping.as_ref().map(|keeping| (keeping, outcome.as_str()));
        if cuts::cut(app.database(), &StoredCut { cut, signature }, &audit, keeping).await? {
            return Ok(plan);
        }
    }
    Err(WriteConflict.into())
}

/// Finds the last row to remove. A row that is chained to it must follow.
async fn plan(app: &App, author: &Author, before: Timestamp) -> Result<CutDone, AuditError> {
    let mut walker = Walker::new(app, None);
    let (mut candidate, mut last, mut first) = (None::<AuditRow>, None, None);
    let mut done = false;
    for _ in 0..PAGES_PER_CUT {
        let page = walker.page().await?;
        if let Some(bad) = page.bad {
            return Err(AuditError::NotWhole(bad));
        }
        done = page.is_last;
        for row in page.rows {
            first = first.or(Some(row.seq));
            if row.digest.is_some() && candidate.is_some() {
                last = candidate.take();
            }
            if row.at >= before {
                done = true;
                break;
            }
            candidate = Some(row);
        }
        if done {
            break;
        }
    }
    let cut = last.zip(first).and_then(|(last, first)| {
        let (removed, actor) = (last.seq - first + 1, author.actor.text().into_owned());
        Some(AuditCut { seq: last.seq, digest: last.digest?, removed, at: app.now(), actor })
    });
    Ok(CutDone { cut, done })
}
