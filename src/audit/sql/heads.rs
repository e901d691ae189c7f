//! The signed head of the audit's chain. Migrations make its only row, which nothing has signed yet.

use octopool_core::AuditHead;
use serde::Deserialize;

use crate::ports::{DatabaseError, Statement};
use crate::sql::Answers;

/// A head as it is stored, which anybody with write access may have changed.
#[derive(Clone, Debug)]
pub(crate) struct StoredHead {
    /// What it says.
    pub head: AuditHead,
    /// What it is signed with.
    pub signature: String,
    /// The digest that the row at its place has now, if the row is there and has one.
    pub found: Option<String>,
}

/// What the table has.
#[derive(Clone, Debug)]
pub(crate) enum HeadState {
    /// Nothing was signed yet: as the migration left it.
    Unsigned,
    /// The newest row that was signed.
    Signed(StoredHead),
    /// The row is gone, or is none that the Worker wrote.
    Missing,
}

/// The number travels as text, see `audit_chain`.
#[derive(Deserialize)]
struct HeadRow {
    seq: String,
    digest: Option<String>,
    signature: Option<String>,
    found: Option<String>,
}

/// The head, as a statement of a batch that reads rows too: both are of one moment.
pub(crate) fn current() -> Statement {
    Statement::new(
        "SELECT CAST(audit_heads.seq AS TEXT) AS seq, audit_heads.digest, audit_heads.signature, \
                (SELECT audit_events.digest FROM audit_events WHERE audit_events.seq = audit_heads.seq) AS found \
         FROM audit_heads WHERE audit_heads.id = 1",
        [],
    )
}

/// Reads the answer of [`current`].
pub(crate) fn read_current(answers: &mut Answers) -> Result<HeadState, DatabaseError> {
    let Some(row) = answers.first::<HeadRow>()? else { return Ok(HeadState::Missing) };
    let seq = row.seq.parse().map_err(|_| DatabaseError::Failed("a head's number".to_owned()))?;
    Ok(match (row.digest, row.signature) {
        (Some(digest), Some(signature)) => {
            HeadState::Signed(StoredHead { head: AuditHead { seq, digest }, signature, found: row.found })
        }
        (None, None) => HeadState::Unsigned,
        _ => HeadState::Missing,
    })
}

/// Puts a later head in the place of the one that was read, if its row is in the chain. Of several
/// chainers at once the one that got furthest counts.
pub(crate) fn replace(head: &AuditHead, signature: &str) -> Statement {
    Statement::new(
        "UPDATE audit_heads SET seq = ?1, digest = ?2, signature = ?3 WHERE id = 1 AND seq < ?1 \
           AND (SELECT audit_events.digest FROM audit_events WHERE audit_events.seq = ?1) = ?2",
        [head.seq.into(), head.digest.as_str().into(), signature.into()],
    )
}
