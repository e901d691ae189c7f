//! Walks along the audit's chain, from its last cut or from a row that an earlier walk has reached.

use octopool_core::{AuditKey, AuditProblem, AuditRow, AuditWalk, BadRow};

use super::audit_key;
use super::sql::chain::{self, STATEMENTS_PER_STRETCH, Stretch};
use super::sql::cuts::{self, StoredCut};
use super::sql::heads::HeadState;
use crate::app::App;
use crate::ports::DatabaseError;

/// How many rows a walk reads at once. A row has about 500 bytes, and D1 answers at most 50 MB
/// (<https://developers.cloudflare.com/d1/platform/limits/>).
const ROWS_PER_PAGE: i64 = 2500;

/// How many pages one request walks: 40 of the 50 statements that it may send.
const PAGES_PER_WALK: usize = 10;

/// How many statements a walk of so many pages sends at most. The last one looks for a cut's event.
pub(crate) const fn statements(pages: usize) -> usize {
    pages * STATEMENTS_PER_STRETCH + 1
}

/// What came of a walk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked {
    /// How many rows were looked at and found good.
    pub checked: i64,
    /// The first row that is not good; it ended the walk.
    pub first_bad: Option<BadRow>,
    /// The last row that was looked at, if the walk stopped before the end.
    pub next: Option<i64>,
}

/// Why there is no walk, or no cut.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    /// The deployment has no secret by which cuts are told from forged ones.
    #[error("there is no key for the audit's cuts")]
    NoKey,
    /// A row that would be removed is not as it was written.
    #[error("the audit is not as it was written")]
    NotWhole(BadRow),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The key of this deployment's cuts.
pub(crate) fn key(app: &App) -> Result<AuditKey, AuditError> {
    audit_key(app).ok_or(AuditError::NoKey)
}

/// A walk that has got somewhere.
pub(crate) struct Walker<'a> {
    app: &'a App,
    walk: AuditWalk,
    /// The last row that was read.
    last: Option<i64>,
    /// The first row that counts.
    first: i64,
    /// How many rows were passed over because a cut has removed them.
    passed_over: i64,
}

/// One page of a walk.
pub(crate) struct Page {
    /// The rows on it; those before the bad one are good.
    pub(crate) rows: Vec<AuditRow>,
    /// The first row that is not good.
    pub(crate) bad: Option<BadRow>,
    /// Whether nothing comes after it.
    pub(crate) is_last: bool,
}

impl<'a> Walker<'a> {
    /// A walk that begins at the start, or again at the row that was reached, for its digest.
    pub(crate) fn new(app: &'a App, reached: Option<i64>) -> Self {
        Self {
            app,
            walk: reached.map_or_else(AuditWalk::from_start, AuditWalk::from_row),
            last: reached.map(|seq| seq - 1),
            first: reached.map_or(1, |seq| seq + 1),
            passed_over: 0,
        }
    }

    /// Reads the next page and looks at its rows.
    pub(crate) async fn page(&mut self) -> Result<Page, AuditError> {
        let stretch = chain::read_after(self.app.database(), self.last, ROWS_PER_PAGE).await?;
        let is_last = i64::try_from(stretch.rows.len()).is_ok_and(|rows| rows < ROWS_PER_PAGE);
        let bad = self.look_at(&stretch, is_last).await?;
        Ok(Page { rows: stretch.rows, bad, is_last })
    }

    async fn look_at(&mut self, stretch: &Stretch, is_last: bool) -> Result<Option<BadRow>, AuditError> {
        if let Some(cut) = &stretch.cut
            && let Some(bad) = self.begin_after(cut)?
        {
            return Ok(Some(bad));
        }
        let head_problem = self.expect_head(&stretch.head);
        for row in &stretch.rows {
            if let Err(bad) = self.walk.step(row) {
                return Ok(Some(self.named(bad, row.seq).await?));
            }
            self.last = Some(row.seq);
        }
        if !is_last {
            return Ok(None);
        }
        // A row that is wrong says more than a head that is, so the head comes last.
        let last = self.walk.next_seq() - 1;
        let head_problem = head_problem.map(|(seq, problem)| BadRow { seq: seq.unwrap_or(last), problem });
        Ok(self.walk.end(stretch.last_seq).err().or(head_problem))
    }

    /// Holds the chain against its signed head. Without a key nothing is known of heads. Answers what is
    /// wrong with the head itself, and which row it names if it names one.
    fn expect_head(&mut self, state: &HeadState) -> Option<(Option<i64>, AuditProblem)> {
        let key = audit_key(self.app)?;
        match state {
            // There is no row to sign yet: the chainer signs the first one.
            HeadState::Unsigned => None,
            HeadState::Signed(stored) if key.verifies_head(&stored.head, &stored.signature) => {
                self.walk.expect(stored.head.clone());
                None
            }
            HeadState::Signed(stored) => Some((Some(stored.head.seq), AuditProblem::HeadForged)),
            HeadState::Missing => Some((None, AuditProblem::HeadMissing)),
        }
    }

    /// Goes on after a cut that has removed what comes next: the last one of all, or one that was made during the walk.
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

    /// Tells a cut that was taken away from rows that were: the audit itself tells of every cut. It only names what is wrong; that
    /// something is does not depend on it.
    async fn named(&self, bad: BadRow, next: i64) -> Result<BadRow, DatabaseError> {
        let begins_late =
            bad.problem == AuditProblem::Removed && self.last.is_none_or(|last| last < self.first);
        if begins_late && cuts::is_told_of(self.app.database(), next - 1).await? {
            return Ok(BadRow { problem: AuditProblem::CutMissing, ..bad });
        }
        Ok(bad)
    }

    /// How many good rows there were before a place. No number is left out, so it is a difference.
    fn before(&self, seq: i64) -> i64 {
        (seq - self.first - self.passed_over).max(0)
    }

    /// The walk ends here, with a bad row or without. A cut or a head can name a row beyond those that were
    /// looked at, or one of those that are good.
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

/// Walks the chain from its last cut, or on from a row that an earlier walk has reached.
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
