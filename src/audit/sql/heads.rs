//! The signed head of the audit chain. A migration creates its only row, unsigned.

use octopool_core::AuditHead;
use serde::Deserialize;

use crate::ports::{DatabaseError, Statement};
use crate::sql::Answers;

/// A head as stored. It is not trusted: its signature has to be verified.
#[derive(Clone, Debug)]
pub(crate) struct StoredHead {
    /// The content.
    pub head: AuditHead,
    /// The signature of the content.
    pub signature: String,
    /// The current digest of the row that the head names, if it exists and has one.
    pub found: Option<String>,
}

/// The state of the table.
#[derive(Clone, Debug)]
pub(crate) enum HeadState {
    /// Not signed yet, as the migration left it.
    Unsigned,
    /// The newest signed head.
    Signed(StoredHead),
    /// The row is missing, or the Worker did not write it.
    Missing,
}

/// The number is read as text for the reason given at `StoredRow` in `chain.rs`.
#[derive(Deserialize)]
struct HeadRow {
    seq: String,
    digest: Option<String>,
    signature: Option<String>,
    found: Option<String>,
}

/// Selects the head. Part of a batch that reads rows too, so that both are read in one transaction.
pub(crate) fn current() -> Statement {
    Statement::new(
        "SELECT CAST(audit_heads.seq AS TEXT) AS seq, audit_heads.digest, audit_heads.signature, \
                (SELECT audit_events.digest FROM audit_events WHERE audit_events.seq = audit_heads.seq) AS found \
         FROM audit_heads WHERE audit_heads.id = 1",
        [],
    )
}

/// Reads the result of [`current`].
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

/// Replaces the head by a later one, if its row is in the chain. Of concurrent requests the one
/// that chained most rows wins.
pub(crate) fn replace(head: &AuditHead, signature: &str) -> Statement {
    Statement::new(
        "UPDATE audit_heads SET seq = ?1, digest = ?2, signature = ?3 WHERE id = 1 AND seq < ?1 \
           AND (SELECT audit_events.digest FROM audit_events WHERE audit_events.seq = ?1) = ?2",
        [head.seq.into(), head.digest.as_str().into(), signature.into()],
    )
}
