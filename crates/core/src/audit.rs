//! The audit's chain of digests. A row's digest covers all its columns and the digest of the row
//! before, so that an edit, a removal or a reordering is found at the first row it affects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{AuditCut, AuditHead, Timestamp};

/// One row of the audit as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditRow {
    /// Its number in the audit, from 1 without gaps.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it: `admin`, `admin:` and an admin token's name, `anonymous`, or `caller:` and the
    /// caller's id.
    pub actor: String,
    /// `<noun>.<verb>`.
    pub action: String,
    /// The affected pool, if any.
    pub pool: Option<String>,
    /// What was changed.
    pub subject: String,
    /// The request that changed it.
    pub request_id: String,
    /// What changed, as the JSON text that is stored.
    pub detail: String,
    /// The digest of the content, which the Worker computed before it wrote the row. A row without
    /// one was not written by the Worker.
    pub content_digest: Option<String>,
    /// The digest in the chain; `None` until the row has been chained.
    pub digest: Option<String>,
}

impl AuditRow {
    /// The digest of this row after a row with the digest `previous`; `None` before the first row.
    pub fn chained(&self, previous: Option<&str>) -> String {
        digest(&json!([
            previous,
            self.seq,
            self.at.as_millis(),
            self.actor,
            self.action,
            self.pool,
            self.subject,
            self.request_id,
            self.detail,
            self.content_digest,
        ]))
    }

    /// Whether the row is as the Worker wrote it. In a caller's row the actor is the affected
    /// caller.
    fn is_as_written(&self) -> bool {
        let Some(stored) = &self.content_digest else { return false };
        let is_own = self.actor.strip_prefix("caller:") == Some(self.subject.as_str());
        let actor = if is_own { "caller" } else { &self.actor };
        [Some(self.subject.as_str()), None].into_iter().any(|subject| {
            let content = AuditContent {
                at: self.at,
                actor,
                action: &self.action,
                pool: self.pool.as_deref(),
                subject,
                request_id: &self.request_id,
                detail: &self.detail,
            };
            content.digest() == *stored
        })
    }
}

/// The content of a row before the database numbers it. Its digest is stored in the row, so that an
/// edit between the writing and the chaining is found.
#[derive(Clone, Copy, Debug)]
pub struct AuditContent<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it; for a caller, without its id.
    pub actor: &'a str,
    /// `<noun>.<verb>`.
    pub action: &'a str,
    /// The affected pool, if any.
    pub pool: Option<&'a str>,
    /// What is changed; `None` if only the database knows its id.
    pub subject: Option<&'a str>,
    /// The request that changes it.
    pub request_id: &'a str,
    /// What changes, as JSON text.
    pub detail: &'a str,
}

impl AuditContent<'_> {
    /// The digest of the content.
    pub fn digest(&self) -> String {
        let Self { at, actor, action, pool, subject, request_id, detail } = self;
        digest(&json!([at.as_millis(), actor, action, pool, subject, request_id, detail]))
    }
}

/// SHA-256 in base64url of a JSON array. JSON delimits the values, so that no two contents have the
/// same text.
fn digest(covered: &Value) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(covered.to_string()))
}

/// The digests for the rows that have none, in order. The first row may be the current end of the
/// chain.
///
/// A row that was edited gets no digest, and the chain continues from the row before it. It stays
/// without a digest forever, which a verification reports, and later rows are chained nevertheless.
pub fn audit_links(rows: &[AuditRow]) -> Vec<(i64, String)> {
    let mut previous: Option<String> = None;
    let mut links = Vec::new();
    for row in rows {
        if let Some(digest) = &row.digest {
            previous = Some(digest.clone());
        } else if row.is_as_written() {
            let digest = row.chained(previous.as_deref());
            links.push((row.seq, digest.clone()));
            previous = Some(digest);
        }
    }
    links
}

/// What a verification found wrong with a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuditProblem {
    /// The row is missing.
    Removed,
    /// The row, its digest or its number was changed.
    Altered,
    /// The row has no digest, but later rows have one.
    Unchained,
    /// The row is the last one of a cut that was not signed with the deployment's secret.
    CutForged,
    /// The row is missing, and so is the cut that the audit mentions.
    CutMissing,
    /// The head that names the row was not signed with the deployment's secret.
    HeadForged,
    /// The deployment signs heads, but there is none.
    HeadMissing,
}

/// The first row with a problem.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadRow {
    /// Its number.
    pub seq: i64,
    /// The problem.
    pub problem: AuditProblem,
}

/// A verification of the chain, row by row.
#[derive(Clone, Debug)]
pub struct AuditWalk {
    next_seq: i64,
    previous: Option<String>,
    unchained: Option<i64>,
    begins_here: bool,
    head: Option<AuditHead>,
}

impl AuditWalk {
    /// Starts at the first row.
    pub fn from_start() -> Self {
        Self { next_seq: 1, previous: None, unchained: None, begins_here: false, head: None }
    }

    /// Starts after a cut. The caller must have verified the cut's signature.
    pub fn from_cut(cut: &AuditCut) -> Self {
        Self { next_seq: cut.seq + 1, previous: Some(cut.digest.clone()), ..Self::from_start() }
    }

    /// Starts at a row that an earlier walk has verified: its digest is trusted.
    pub fn from_row(seq: i64) -> Self {
        Self { next_seq: seq, begins_here: true, ..Self::from_start() }
    }

    /// Requires that the chain contains this head. The caller must have verified its signature.
    pub fn expect(&mut self, head: AuditHead) {
        self.head = Some(head);
    }

    /// The number of the next row.
    pub fn next_seq(&self) -> i64 {
        self.next_seq
    }

    /// Verifies the next row.
    pub fn step(&mut self, row: &AuditRow) -> Result<(), BadRow> {
        if row.seq < self.next_seq {
            // Rows are numbered upwards, so a lower number was assigned by hand.
            return Err(BadRow { seq: row.seq, problem: AuditProblem::Altered });
        }
        if row.seq > self.next_seq {
            return Err(self.bad(AuditProblem::Removed));
        }
        if let (Some(seq), Some(_)) = (self.unchained, &row.digest) {
            return Err(BadRow { seq, problem: AuditProblem::Unchained });
        }
        if !row.is_as_written() {
            return Err(self.bad(AuditProblem::Altered));
        }
        match &row.digest {
            // The newest rows have no digest until they are chained in the background.
            None => self.unchained = self.unchained.or(Some(row.seq)),
            Some(digest) => {
                if !self.begins_here && *digest != row.chained(self.previous.as_deref()) {
                    return Err(self.bad(AuditProblem::Altered));
                }
                self.previous = Some(digest.clone());
            }
        }
        if let Some(head) = self.head.as_ref().filter(|head| head.seq == row.seq) {
            match &row.digest {
                None => {
                    let seq = self.unchained.unwrap_or(row.seq);
                    return Err(BadRow { seq, problem: AuditProblem::Unchained });
                }
                // Every link is valid, so the chain was recomputed by somebody without the key.
                Some(digest) if *digest != head.digest => return Err(self.bad(AuditProblem::Altered)),
                Some(_) => {}
            }
        }
        self.begins_here = false;
        self.next_seq += 1;
        Ok(())
    }

    /// Ends the verification. `last_seq` is the highest number that the database ever assigned to a
    /// row. The signed head is checked too, because write access to the database can lower that
    /// number.
    pub fn end(&self, last_seq: i64) -> Result<(), BadRow> {
        let head = self.head.as_ref().map_or(0, |head| head.seq);
        if last_seq.max(head) >= self.next_seq { Err(self.bad(AuditProblem::Removed)) } else { Ok(()) }
    }

    fn bad(&self, problem: AuditProblem) -> BadRow {
        BadRow { seq: self.next_seq, problem }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AuditContent, AuditProblem, AuditRow, AuditWalk, BadRow, audit_links};
    use crate::{AuditCut, AuditHead, Timestamp};

    /// A row that the Worker has not written.
    fn bare(seq: i64) -> AuditRow {
        AuditRow {
            seq,
            at: Timestamp::from_millis(1_790_000_000_000),
            actor: "admin".to_owned(),
            action: "caller.provision".to_owned(),
            pool: Some("team".to_owned()),
            subject: "account:1002".to_owned(),
            request_id: "r".to_owned(),
            detail: "{}".to_owned(),
            content_digest: None,
            digest: None,
        }
    }

    fn row(seq: i64) -> AuditRow {
        let bare = bare(seq);
        let content = AuditContent {
            at: bare.at,
            actor: &bare.actor,
            action: &bare.action,
            pool: bare.pool.as_deref(),
            subject: Some(&bare.subject),
            request_id: &bare.request_id,
            detail: &bare.detail,
        };
        AuditRow { content_digest: Some(content.digest()), ..bare }
    }

    fn chain(length: i64) -> Vec<AuditRow> {
        let mut rows: Vec<_> = (1..=length).map(row).collect();
        let links = audit_links(&rows);
        for (row, (seq, digest)) in rows.iter_mut().zip(links) {
            assert_eq!(row.seq, seq);
            row.digest = Some(digest);
        }
        rows
    }

    fn first_bad(rows: &[AuditRow], last_seq: i64) -> Option<BadRow> {
        let mut walk = AuditWalk::from_start();
        rows.iter().try_for_each(|row| walk.step(row)).and_then(|()| walk.end(last_seq)).err()
    }

    fn bad(seq: i64, problem: AuditProblem) -> BadRow {
        BadRow { seq, problem }
    }

    #[test]
    fn it_is_sha_256_of_a_json_array() {
        // printf '%s'
        // '[null,7,1790000000000,"admin","caller.provision","team","account:1002","r","{}",null]' \
        //   | openssl dgst -sha256 -binary | basenc --base64url
        assert_eq!(bare(7).chained(None), "2vTD1gw0bTHT8PbpK4-GSuzrGU-vMl0mbD9S-ozn0H4");
    }

    #[test]
    fn every_column_and_the_row_before_count() {
        let mut digests = vec![row(7).chained(None), row(7).chained(Some("x"))];
        let edits: [fn(&mut AuditRow); 9] = [
            |row| row.seq += 1,
            |row| row.at = Timestamp::from_millis(0),
            |row| row.actor.push('x'),
            |row| row.action.push('x'),
            |row| row.pool = None,
            |row| row.subject.push('x'),
            |row| row.request_id.push('x'),
            |row| row.detail.push('x'),
            |row| row.content_digest = None,
        ];
        for edit in edits {
            let mut edited = row(7);
            edit(&mut edited);
            digests.push(edited.chained(None));
        }
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    #[test]
    fn an_unchanged_chain_is_valid_from_any_start() {
        let rows = chain(9);
        assert_eq!(first_bad(&rows, 9), None);
        assert_eq!(first_bad(&[], 0), None);
        let mut walk = AuditWalk::from_row(4);
        assert!(rows[3..].iter().all(|row| walk.step(row).is_ok()));
        assert_eq!(walk.end(9), Ok(()));
    }

    #[test]
    fn after_a_cut_the_chain_goes_on_from_its_digest() {
        let rows = chain(9);
        let cut = |seq: usize| AuditCut {
            seq: rows[seq - 1].seq,
            digest: rows[seq - 1].digest.clone().unwrap(),
            removed: 1,
            at: rows[0].at,
            actor: "admin".to_owned(),
        };
        let walk = |cut: &AuditCut, rows: &[AuditRow]| {
            let mut walk = AuditWalk::from_cut(cut);
            rows.iter().try_for_each(|row| walk.step(row)).and_then(|()| walk.end(9)).err()
        };
        for seq in 1..=9 {
            assert_eq!(walk(&cut(seq), &rows[seq..]), None);
        }
        assert_eq!(
            walk(&AuditCut { digest: "x".to_owned(), ..cut(4) }, &rows[4..]),
            Some(bad(5, AuditProblem::Altered))
        );
        assert_eq!(walk(&cut(4), &rows[5..]), Some(bad(5, AuditProblem::Removed)));
        assert_eq!(walk(&cut(4), &rows[3..]), Some(bad(4, AuditProblem::Altered)));
    }

    #[test]
    fn rows_at_the_end_may_wait_for_their_digests_but_none_before_them() {
        let mut rows = chain(4);
        rows[3].digest = None;
        assert_eq!(first_bad(&rows, 4), None);
        rows[1].digest = None;
        assert_eq!(first_bad(&rows, 4), Some(bad(2, AuditProblem::Unchained)));
    }

    #[test]
    fn a_forged_row_is_found_anywhere_and_remains_altered() {
        let forged = |seq| AuditRow { digest: None, content_digest: None, ..row(seq) };
        let edited = |seq| AuditRow { digest: None, detail: "[]".to_owned(), ..row(seq) };
        for forge in [forged, edited] {
            for (from, to) in [(1, 1), (5, 5), (9, 9), (6, 9), (1, 9), (10, 10)] {
                let mut rows = chain(9);
                rows.truncate(usize::try_from(from - 1).unwrap());
                rows.extend((from..=to).map(forge));
                rows.extend(chain(9).split_off(usize::try_from(to.min(9)).unwrap()));
                let count = |rows: &[AuditRow]| i64::try_from(rows.len()).unwrap();
                assert_eq!(first_bad(&rows, count(&rows)), Some(bad(from, AuditProblem::Altered)));
                // What comes later is chained, and does not hide it.
                rows.extend((count(&rows) + 1..=12).map(row));
                let end = rows.iter().rposition(|row| row.digest.is_some()).unwrap_or_default();
                let links = audit_links(&rows[end..]);
                assert_eq!(
                    links.len(),
                    rows[end..].iter().filter(|row| row.digest.is_none() && row.seq > to).count()
                );
                for (seq, digest) in links {
                    rows[usize::try_from(seq - 1).unwrap()].digest = Some(digest);
                }
                assert_eq!(first_bad(&rows, 12), Some(bad(from, AuditProblem::Altered)));
                // Restoring the original rows does not help either.
                for seq in from..=to {
                    rows[usize::try_from(seq - 1).unwrap()] = row(seq);
                }
                assert_eq!(first_bad(&rows, 12), Some(bad(from, AuditProblem::Unchained)));
            }
        }
    }

    #[test]
    fn a_signed_head_fixes_everything_up_to_its_row() {
        let head = |seq: usize| AuditHead { seq: 8, digest: chain(9)[seq - 1].digest.clone().unwrap() };
        let walk = |rows: &[AuditRow], head: AuditHead, last_seq: i64| {
            let mut walk = AuditWalk::from_start();
            walk.expect(head);
            rows.iter().try_for_each(|row| walk.step(row)).and_then(|()| walk.end(last_seq)).err()
        };
        assert_eq!(walk(&chain(9), head(8), 9), None);
        // The number of the last row was set back with the rows that went.
        assert_eq!(walk(&chain(5), head(8), 5), Some(bad(6, AuditProblem::Removed)));
        assert_eq!(walk(&[], head(8), 0), Some(bad(1, AuditProblem::Removed)));
        // The chain was recomputed over other rows.
        assert_eq!(walk(&chain(9), head(7), 9), Some(bad(8, AuditProblem::Altered)));
        let mut rows = chain(9);
        rows[6..].iter_mut().for_each(|row| row.digest = None);
        assert_eq!(walk(&rows, head(8), 9), Some(bad(7, AuditProblem::Unchained)));
    }

    #[test]
    fn nothing_was_before_the_first_row() {
        let mut rows = chain(3);
        rows.insert(0, row(0));
        assert_eq!(first_bad(&rows, 3), Some(bad(0, AuditProblem::Altered)));
    }

    #[test]
    fn a_row_says_what_the_worker_wrote_also_before_it_is_chained() {
        for (actor, stored_actor, subject, stored_subject, good) in [
            ("admin", "admin", Some("p1"), "p1", true),
            ("admin", "admin", Some("p1"), "p2", false),
            ("admin", "caller:p1", Some("p1"), "p1", false),
            ("caller", "caller:c1", None, "c1", true),
            ("caller", "caller:c2", None, "c1", false),
            ("caller", "caller:c1", None, "c2", false),
        ] {
            let content = AuditContent {
                at: row(1).at,
                actor,
                action: "caller.provision",
                pool: Some("team"),
                subject,
                request_id: "r",
                detail: "{}",
            };
            let written = AuditRow {
                actor: stored_actor.to_owned(),
                subject: stored_subject.to_owned(),
                content_digest: Some(content.digest()),
                ..row(1)
            };
            assert_eq!(first_bad(std::slice::from_ref(&written), 1).is_none(), good, "{written:?}");
            let edited = AuditRow { detail: "[]".to_owned(), ..written };
            assert_eq!(first_bad(&[edited], 1), Some(bad(1, AuditProblem::Altered)));
        }
    }

    proptest! {
        #[test]
        fn text_cannot_move_from_one_column_to_the_next(left in ".{0,9}", moved in ".{1,9}", right in ".{0,9}") {
            let mut one = row(7);
            one.subject = format!("{left}{moved}");
            one.request_id = right.clone();
            let mut other = row(7);
            other.subject = left;
            other.request_id = format!("{moved}{right}");
            prop_assert_ne!(one.chained(None), other.chained(None));
        }

        #[test]
        fn chaining_in_pieces_is_chaining_at_once(split in 1..9_usize) {
            let whole = chain(9);
            let mut rest = whole[split - 1..].to_vec();
            for row in &mut rest[1..] {
                row.digest = None;
            }
            let expected: Vec<_> =
                whole[split..].iter().map(|row| (row.seq, row.digest.clone().unwrap())).collect();
            prop_assert_eq!(audit_links(&rest), expected);
        }

        #[test]
        fn the_first_row_that_was_touched_is_named(at in 0..20_usize, other in 0..20_usize) {
            let good = chain(20);
            let seq = good[at].seq;
            let mut edited = good.clone();
            edited[at].detail.push(' ');
            prop_assert_eq!(first_bad(&edited, 20), Some(bad(seq, AuditProblem::Altered)));
            let mut edited = good.clone();
            edited[at].digest = Some("x".repeat(43));
            prop_assert_eq!(first_bad(&edited, 20), Some(bad(seq, AuditProblem::Altered)));
            let mut removed = good.clone();
            removed.remove(at);
            prop_assert_eq!(first_bad(&removed, 20), Some(bad(seq, AuditProblem::Removed)));
            prop_assert_eq!(first_bad(&good[..at], 20), Some(bad(seq, AuditProblem::Removed)));
            if at != other {
                let mut swapped = good.clone();
                swapped.swap(at, other);
                (swapped[at].seq, swapped[other].seq) = (good[at].seq, good[other].seq);
                let first = good[at.min(other)].seq;
                prop_assert_eq!(first_bad(&swapped, 20), Some(bad(first, AuditProblem::Altered)));
            }
        }
    }
}
