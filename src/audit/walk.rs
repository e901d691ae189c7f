//! Verifies the audit chain, from its last cut or from a row that an earlier request reached.

use octopool_core::{AuditKey, AuditProblem, AuditRow, AuditWalk, BadRow};

use super::audit_key;
use super::sql::chain::{self, ChainSegment, STATEMENTS_PER_SEGMENT};
use super::sql::cuts::{self, StoredCut};
use super::sql::heads::HeadState;
use crate::app::App;
use crate::ports::DatabaseError;

/// How many rows are read at once. A row has about 500 bytes, and D1 returns at most 50 MB
/// (<https://developers.cloudflare.com/d1/platform/limits/>).
const ROWS_PER_PAGE: i64 = 2500;

/// How many pages one request reads: 40 of the 50 statements that it may send.
const PAGES_PER_WALK: usize = 10;

/// The largest number of statements for this many pages. The last one looks for the event of a cut.
pub(crate) const fn statements(pages: usize) -> usize {
    pages * STATEMENTS_PER_SEGMENT + 1
}

/// The result of a walk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked {
    /// How many rows were verified.
    pub checked: i64,
    /// The first row that is not intact; the walk stopped there.
    pub first_bad: Option<BadRow>,
    /// The last verified row, if the walk stopped before the end of the chain.
    pub next: Option<i64>,
}

/// Why the chain could not be verified or cut.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    /// The deployment has no key, so cuts cannot be verified.
    #[error("there is no key for the audit's cuts")]
    NoKey,
    /// A row that would be removed is not intact.
    #[error("the audit log is not intact")]
    NotWhole(BadRow),
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The key that signs the deployment's cuts.
pub(crate) fn key(app: &App) -> Result<AuditKey, AuditError> {
    audit_key(app).ok_or(AuditError::NoKey)
}

/// A walk in progress.
pub(crate) struct Walker<'a> {
    app: &'a App,
    walk: AuditWalk,
    /// The last row that was read.
    last: Option<i64>,
    /// The first row that counts towards the result.
    first: i64,
    /// How many rows were skipped because a cut removed them.
    passed_over: i64,
}

/// One page of a walk.
pub(crate) struct Page {
    /// The rows of the page; those before `bad` are intact.
    pub(crate) rows: Vec<AuditRow>,
    /// The first row that is not intact.
    pub(crate) bad: Option<BadRow>,
    /// Whether this is the last page.
    pub(crate) is_last: bool,
}

impl<'a> Walker<'a> {
    /// Starts at the beginning, or again at the row that was reached, to read its digest.
    pub(crate) fn new(app: &'a App, reached: Option<i64>) -> Self {
        Self {
            app,
            walk: reached.map_or_else(AuditWalk::from_start, AuditWalk::from_row),
            last: reached.map(|seq| seq - 1),
            first: reached.map_or(1, |seq| seq + 1),
            passed_over: 0,
        }
    }

    /// Reads and verifies the next page.
    pub(crate) async fn page(&mut self) -> Result<Page, AuditError> {
        let segment = chain::read_after(self.app.database(), self.last, ROWS_PER_PAGE).await?;
        let is_last = i64::try_from(segment.rows.len()).is_ok_and(|rows| rows < ROWS_PER_PAGE);
        let bad = self.look_at(&segment, is_last).await?;
        Ok(Page { rows: segment.rows, bad, is_last })
    }

    async fn look_at(&mut self, segment: &ChainSegment, is_last: bool) -> Result<Option<BadRow>, AuditError> {
        if let Some(cut) = &segment.cut
            && let Some(bad) = self.begin_after(cut)?
        {
            return Ok(Some(bad));
        }
        let head_problem = self.expect_head(&segment.head);
        for row in &segment.rows {
            if let Err(bad) = self.walk.step(row) {
                return Ok(Some(self.named(bad, row.seq).await?));
            }
            self.last = Some(row.seq);
        }
        if !is_last {
            return Ok(None);
        }
        // Checked last, because a broken row is a more precise result than a broken head.
        let last = self.walk.next_seq() - 1;
        let head_problem = head_problem.map(|(seq, problem)| BadRow { seq: seq.unwrap_or(last), problem });
        Ok(self.walk.end(segment.last_seq).err().or(head_problem))
    }

    /// Compares the chain with its signed head; skipped without a key. Returns the problem with the
    /// head, and the row that it names if it names one.
    fn expect_head(&mut self, state: &HeadState) -> Option<(Option<i64>, AuditProblem)> {
        let key = audit_key(self.app)?;
        match state {
            // There is no row to sign yet; the first one will be signed.
            HeadState::Unsigned => None,
            HeadState::Signed(stored) if key.verifies_head(&stored.head, &stored.signature) => {
                self.walk.expect(stored.head.clone());
                None
            }
            HeadState::Signed(stored) => Some((Some(stored.head.seq), AuditProblem::HeadForged)),
            HeadState::Missing => Some((None, AuditProblem::HeadMissing)),
        }
    }

    /// Continues after a cut that removed the next rows: the last cut, or one made during the walk.
    fn begin_after(&mut self, stored: &StoredCut) -> Result<Option<BadRow>, AuditError> {
        let StoredCut { cut, signature } = stored;
        if cut.seq < self.walk.next_seq() {
            return Ok(None);
        }
        if !key(self.app)?.verifies(cut, signature) {
            return Ok(Some(BadRow { seq: cut.seq, problem: AuditProblem::CutForged }));
        }
        self.passed_over += cut.seq + 1 - self.walk.next_seq().max(self.first);
        self.walk = AuditWalk::from_cut(cut);
        Ok(None)
    }

    /// Tells a removed cut from removed rows, by the event that every cut has. It only makes the
    /// result more precise; that something is wrong does not depend on it.
    async fn named(&self, bad: BadRow, next: i64) -> Result<BadRow, DatabaseError> {
        let begins_late =
            bad.problem == AuditProblem::Removed && self.last.is_none_or(|last| last < self.first);
        if begins_late && cuts::has_cut_event(self.app.database(), next - 1).await? {
            return Ok(BadRow { problem: AuditProblem::CutMissing, ..bad });
        }
        Ok(bad)
    }

    /// How many intact rows come before `seq`. Numbers have no gaps, so it is a difference.
    fn before(&self, seq: i64) -> i64 {
        (seq - self.first - self.passed_over).max(0)
    }

    /// Ends the walk, with or without a bad row. A cut or a head can name a row beyond the verified
    /// ones, or one of them.
    fn walked(&self, first_bad: Option<BadRow>, next: Option<i64>) -> Walked {
        let reached = self.walk.next_seq();
        let end = first_bad.map_or(reached, |bad| match bad.problem {
            AuditProblem::Removed | AuditProblem::Altered | AuditProblem::Unchained => bad.seq.min(reached),
            AuditProblem::CutForged
            | AuditProblem::CutMissing
            | AuditProblem::HeadForged
            | AuditProblem::HeadMissing => reached,
        });
        Walked { checked: self.before(end), first_bad, next }
    }
}

/// Verifies the chain from its last cut, or from a row that an earlier walk reached.
pub(crate) async fn verify(app: &App, reached: Option<i64>) -> Result<Walked, AuditError> {
    super::chain(app, statements(PAGES_PER_WALK)).await?;
    let mut walker = Walker::new(app, reached);
    for _ in 0..PAGES_PER_WALK {
        let page = walker.page().await?;
        if page.bad.is_some() || page.is_last {
            return Ok(walker.walked(page.bad, None));
        }
    }
    Ok(walker.walked(None, walker.last))
}
