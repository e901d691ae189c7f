//! Cuts of the audit log.

use octopool_core::{AuditCut, Timestamp};
use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, KeptAnswer, audited, record, recorded};

/// A cut as stored. It is not trusted: its signature has to be verified.
#[derive(Clone, Debug)]
pub(crate) struct StoredCut {
    /// The content.
    pub cut: AuditCut,
    /// The signature of the content.
    pub signature: String,
}

/// Numbers are read as text for the reason given at `StoredRow` in `chain.rs`.
#[derive(Deserialize)]
struct CutRow {
    seq: String,
    digest: String,
    removed: String,
    at: String,
    actor: String,
    signature: String,
}

impl TryFrom<CutRow> for StoredCut {
    type Error = DatabaseError;

    fn try_from(row: CutRow) -> Result<Self, DatabaseError> {
        let number =
            |text: &str| text.parse().map_err(|_| DatabaseError::Failed("a cut's number".to_owned()));
        let cut = AuditCut {
            seq: number(&row.seq)?,
            digest: row.digest,
            removed: number(&row.removed)?,
            at: Timestamp::from_millis(number(&row.at)?),
            actor: row.actor,
        };
        Ok(Self { cut, signature: row.signature })
    }
}

/// Selects the last cut. Part of a batch that reads rows too, so that both are read in one
/// transaction.
pub(crate) fn latest() -> Statement {
    Statement::new(
        "SELECT CAST(seq AS TEXT) AS seq, digest, CAST(removed AS TEXT) AS removed, CAST(at AS TEXT) AS at, actor, signature \
         FROM audit_cuts ORDER BY audit_cuts.seq DESC LIMIT 1",
        [],
    )
}

/// Reads the result of [`latest`].
pub(crate) fn read_latest(answers: &mut Answers) -> Result<Option<StoredCut>, DatabaseError> {
    answers.first::<CutRow>()?.map(StoredCut::try_from).transpose()
}

/// The last cut, if there is one.
pub(crate) async fn find_latest(database: &dyn Database) -> Result<Option<StoredCut>, DatabaseError> {
    read_latest(&mut Answers::new(database.batch(vec![latest()]).await?))
}

/// Deletes the rows up to the cut and stores the cut, if the last of these rows has the digest of
/// the cut and no other cut was made meanwhile. The row of the signed head stays, because the next
/// head is signed only if it exists. Returns whether the cut was made.
pub(crate) async fn cut(
    database: &dyn Database,
    new: &StoredCut,
    audit: &AuditEvent,
    keeping: Option<(&KeptAnswer, &str)>,
) -> Result<bool, DatabaseError> {
    let StoredCut { cut, signature } = new;
    let subject = cut.seq.to_string();
    let is_next = record!(
        "EXISTS (SELECT 1 FROM audit_events WHERE seq = ?4 AND digest = ?5) \
           AND ifnull((SELECT max(seq) FROM audit_cuts), 0) = ?6 \
           AND ?4 < (SELECT seq FROM audit_heads WHERE id = 1)"
    );
    let condition = vec![cut.seq.into(), cut.digest.as_str().into(), (cut.seq - cut.removed).into()];
    audited(is_next, &audit.entry(cut.at, None, Some(&subject)), condition)
        .then(
            concat!(
                "INSERT INTO audit_cuts (seq, digest, removed, at, actor, signature) \
                 SELECT ?1, ?3, ?4, ?5, ?6, ?7 WHERE ",
                recorded!()
            ),
            cut.seq,
            vec![
                cut.digest.as_str().into(),
                cut.removed.into(),
                cut.at.as_millis().into(),
                cut.actor.as_str().into(),
                signature.as_str().into(),
            ],
        )
        .then(concat!("DELETE FROM audit_events WHERE seq <= ?1 AND ", recorded!()), cut.seq, vec![])
        .also(keeping.into_iter().flat_map(|(keeping, outcome)| keeping.known(outcome)))
        .run(database)
        .await
}

/// Whether the audit log has the event of a cut at this row.
pub(crate) async fn has_cut_event(database: &dyn Database, seq: i64) -> Result<bool, DatabaseError> {
    let select = Statement::new(
        "SELECT seq FROM audit_events WHERE action = 'audit.cut' AND subject = ?1 LIMIT 1",
        [seq.to_string().as_str().into()],
    );
    Ok(Answers::new(database.batch(vec![select]).await?).returned())
}
