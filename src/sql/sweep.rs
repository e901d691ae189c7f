//! Deletion of what has ended, for the maintenance.

use serde::Deserialize;

use super::Answers;
use crate::ports::{Database, DatabaseError, Statement};

/// What the maintenance runs on the tables of a noun.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// Each changes a bounded number of rows.
    pub work: Vec<Statement>,
    /// Whether anything is left to do: selects a row with `more`.
    pub is_left: Statement,
}

#[derive(Deserialize)]
struct Left {
    more: i64,
}

/// Runs the sweeps in one batch. Returns whether there is more to do.
pub(crate) async fn run_sweeps(
    database: &dyn Database,
    sweeps: impl IntoIterator<Item = Sweep>,
) -> Result<bool, DatabaseError> {
    let (mut statements, mut checks) = (Vec::new(), Vec::new());
    for sweep in sweeps {
        statements.extend(sweep.work);
        checks.push(sweep.is_left);
    }
    let (work, asked) = (statements.len(), checks.len());
    statements.extend(checks);
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(work);
    let mut more = false;
    for _ in 0..asked {
        more |= answers.one::<Left>()?.more == 1;
    }
    Ok(more)
}
