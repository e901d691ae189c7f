//! The chain of the audit log: reading rows in order, and storing the digests of rows that have
//! none.

use octopool_core::{AuditHead, AuditRow, MAX_SAFE_INTEGER, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::cuts::{self, StoredCut};
use super::heads::{self, HeadState};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::Answers;

/// How many statements [`read_after`] sends.
pub(crate) const STATEMENTS_PER_SEGMENT: usize = 4;

/// The largest number of statements that one round of chaining sends: [`read_end`], [`link`] with a
/// head, and sometimes one for the last cut.
pub(crate) const STATEMENTS_PER_ROUND: usize = 5;

/// A part of the chain with the highest row number ever given, the last cut and the signed head,
/// all read in one transaction.
#[derive(Debug)]
pub(crate) struct ChainSegment {
    /// The rows in order, at most as many as requested.
    pub rows: Vec<AuditRow>,
    /// SQLite's sequence number, which does not decrease when rows are deleted.
    pub last_seq: i64,
    /// The last cut, if there is one.
    pub cut: Option<StoredCut>,
    /// The signed head.
    pub head: HeadState,
}

/// The end of the chain, read in one transaction.
#[derive(Debug)]
pub(crate) struct End {
    /// The last row with a digest, if there is one, and the following rows that can be given one.
    pub rows: Vec<AuditRow>,
    /// The signed head.
    pub head: HeadState,
}

/// Numbers are read as text: an edited row can have one that JavaScript cannot represent, and the
/// verification still has to name that row.
#[derive(Deserialize)]
pub(crate) struct StoredRow {
    seq: String,
    at: String,
    actor: String,
    action: String,
    pool_id: Option<String>,
    subject: String,
    request_id: String,
    detail: String,
    content_digest: Option<String>,
    digest: Option<String>,
}

#[derive(Deserialize)]
struct LastSeq {
    last_seq: i64,
}

impl TryFrom<StoredRow> for AuditRow {
    type Error = DatabaseError;

    fn try_from(row: StoredRow) -> Result<Self, DatabaseError> {
        let number =
            |text: &str| text.parse().map_err(|_| DatabaseError::Failed("an audit number".to_owned()));
        Ok(Self {
            seq: number(&row.seq)?,
            at: Timestamp::from_millis(number(&row.at)?),
            actor: row.actor,
            action: row.action,
            pool: row.pool_id,
            subject: row.subject,
            request_id: row.request_id,
            detail: row.detail,
            content_digest: row.content_digest,
            digest: row.digest,
        })
    }
}

/// Reads the rows after `seq`, or from the beginning if it is `None`.
pub(crate) async fn read_after(
    database: &dyn Database,
    seq: Option<i64>,
    limit: i64,
) -> Result<ChainSegment, DatabaseError> {
    let statements = vec![
        Statement::new(
            "SELECT CAST(seq AS TEXT) AS seq, CAST(at AS TEXT) AS at, actor, action, pool_id, subject, \
                    request_id, detail, content_digest, digest \
             FROM audit_events WHERE seq > ?1 ORDER BY audit_events.seq LIMIT ?2",
            [seq.unwrap_or(-MAX_SAFE_INTEGER).into(), limit.into()],
        ),
        Statement::new(
            // The table can be edited; the number must stay one that JavaScript can represent.
            "SELECT CAST(min(ifnull(max(seq), 0), 9007199254740991) AS INTEGER) AS last_seq \
             FROM sqlite_sequence WHERE name = 'audit_events'",
            [],
        ),
        cuts::latest(),
        heads::current(),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    let rows = answers.all::<StoredRow>()?.into_iter().map(AuditRow::try_from).collect::<Result<_, _>>()?;
    let last_seq = answers.one::<LastSeq>()?.last_seq;
    let cut = cuts::read_latest(&mut answers)?;
    Ok(ChainSegment { rows, last_seq, cut, head: heads::read_current(&mut answers)? })
}

/// Reads the last row of the chain and the rows after it (and after `passed`) that can be given a
/// digest. A row without a digest of its content cannot.
pub(crate) async fn read_end(database: &dyn Database, passed: i64, limit: i64) -> Result<End, DatabaseError> {
    let select = Statement::new(
        "SELECT CAST(seq AS TEXT) AS seq, CAST(at AS TEXT) AS at, actor, action, pool_id, subject, \
                request_id, detail, content_digest, digest \
         FROM audit_events \
         WHERE seq >= ifnull((SELECT seq FROM audit_events WHERE digest IS NOT NULL ORDER BY seq DESC LIMIT 1), 0) \
           AND (digest IS NOT NULL OR (content_digest IS NOT NULL AND seq > ?2)) \
         ORDER BY audit_events.seq LIMIT ?1",
        [limit.into(), passed.into()],
    );
    let mut answers = Answers::new(database.batch(vec![select, heads::current()]).await?);
    let rows = answers.all::<StoredRow>()?.into_iter().map(AuditRow::try_from).collect::<Result<_, _>>()?;
    Ok(End { rows, head: heads::read_current(&mut answers)? })
}

/// Stores the digests of rows, if the row that was the end of the chain still has the digest that
/// they were computed from. A row that already has a digest keeps it: another request was faster,
/// with the same digest. The new head is part of the same batch.
pub(crate) async fn link(
    database: &dyn Database,
    end: Option<&AuditRow>,
    links: &[(i64, String)],
    head: Option<(&AuditHead, &str)>,
) -> Result<(), DatabaseError> {
    let links: Vec<_> = links.iter().map(|(seq, digest)| json!({"seq": seq, "digest": digest})).collect();
    let update = Statement::new(
        "UPDATE audit_events SET digest = link.digest \
         FROM (SELECT value ->> 'seq' AS seq, value ->> 'digest' AS digest FROM json_each(?1)) AS link \
         WHERE audit_events.seq = link.seq AND audit_events.digest IS NULL \
           AND (SELECT digest FROM audit_events WHERE seq = ?2) IS ?3",
        [
            json!(links).to_string().as_str().into(),
            end.map_or(0, |row| row.seq).into(),
            end.and_then(|row| row.digest.as_deref()).into(),
        ],
    );
    let mut statements = Vec::new();
    if !links.is_empty() {
        statements.push(update);
    }
    statements.extend(head.map(|(head, signature)| heads::replace(head, signature)));
    database.batch(statements).await.map(drop)
}
