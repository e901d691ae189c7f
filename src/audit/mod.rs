//! The audit log as a whole: its chain is extended, verified and cut here. An event is written by
//! the change that it describes, in the same batch.

pub(crate) mod http;
mod sql;

mod cut;
mod filter;
mod walk;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use octopool_core::{AuditAction, AuditHead, AuditKey, AuditRow, PoolId, audit_links};
use serde_json::json;

use crate::app::App;
use crate::config::AUDIT_KEY;
use crate::ports::DatabaseError;
use crate::sql::{AuditEvent, Page, Window};
use octopool_core::Actor;
use sql::chain::{self, STATEMENTS_PER_ROUND};
use sql::cuts::{self, StoredCut};
use sql::heads::HeadState;
use sql::list;

pub(crate) use cut::{CutError, cut};
pub(crate) use filter::{AuditFilter, AuditOrder};
pub use sql::record_refusal;
pub(crate) use walk::{AuditError, verify};

/// How many rows one statement chains: 75 bytes each, of the 2 MB that D1 allows for a parameter.
const LINKS_PER_STATEMENT: i64 = 2500;

/// A refused request. Of an unauthenticated request it has nothing that the sender chose, so that
/// nobody can write text or credentials into the audit log.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The actor: an admin whose token is not sufficient, or anonymous.
    pub actor: Actor,
    /// `auth.admin_denied`, `auth.caller_denied` or `login.refused`.
    pub action: AuditAction,
    /// The error code of the response.
    pub code: &'static str,
    /// The pool that the admin has no access to, if known.
    pub pool: Option<PoolId>,
    /// The path of the route, as in the table of routes.
    pub route: &'static str,
    /// The request id, as in the log and the response.
    pub request_id: String,
}

/// The last minute in which this isolate recorded each refusal. The database decides which rows
/// exist; this saves it the query, so that a flood of refused requests costs one call a minute.
#[derive(Debug, Default)]
pub(crate) struct RecentRefusals(Mutex<HashMap<RefusalKey, i64>>);

/// Actor, action and code.
type RefusalKey = (String, AuditAction, &'static str);

impl RecentRefusals {
    /// Remembers the refusal. Returns whether it is the first of its minute.
    fn note(&self, refusal: &Refusal, minute: i64) -> bool {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.insert(refusal.key(), minute) != Some(minute)
    }

    fn forget(&self, refusal: &Refusal) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&refusal.key());
    }
}

impl Refusal {
    fn key(&self) -> RefusalKey {
        (self.actor.text().into_owned(), self.action, self.code)
    }
}

/// Records a refused request after the response, once a minute for the same actor, action and code.
/// Further ones are not counted; the runtime's metrics count requests by status.
pub(crate) fn record_in_background(app: &App, refusal: Refusal) {
    let now = app.now();
    if !app.isolate.get::<RecentRefusals>().note(&refusal, now.as_minutes()) {
        return;
    }
    let worker = app.clone();
    let task = async move {
        let event = AuditEvent {
            actor: refusal.actor.clone(),
            action: refusal.action,
            request_id: refusal.request_id.clone(),
            detail: json!({ "code": refusal.code, "route": refusal.route }),
        };
        let pool = refusal.pool.as_ref();
        match sql::record_refusal(worker.database(), &event, refusal.code, pool, now).await {
            Ok(()) => chain_and_log(&worker, 0).await,
            Err(error) => {
                worker.isolate.get::<RecentRefusals>().forget(&refusal);
                log_failure(&worker, "audit.refusal", &error);
            }
        }
    };
    app.ports.background.spawn(task.boxed());
}

/// Gives the rows at the end of the chain their digests, until all have one or the invocation has
/// only `reserved` statements left. Requests can do so concurrently: they compute the same digests
/// from the same rows, and each statement checks that the end of the chain is still the one that it
/// started from. A row that was changed is skipped.
///
/// If the deployment has a key, the last row is signed as the new head of the chain.
pub(crate) async fn chain(app: &App, reserved: usize) -> Result<(), DatabaseError> {
    let key = audit_key(app);
    let mut passed = 0;
    while app.database().statements_left() >= reserved + STATEMENTS_PER_ROUND {
        let end = chain::read_end(app.database(), passed, LINKS_PER_STATEMENT + 1).await?;
        let links = audit_links(&end.rows);
        let last = end.rows.first().filter(|row| row.digest.is_some());
        let head = match &key {
            Some(key) if continues(app, key, &end.head).await? => next_head(key, &end.head, last, &links),
            _ => None,
        };
        if !links.is_empty() || head.is_some() {
            let head = head.as_ref().map(|(head, signature)| (head, signature.as_str()));
            chain::link(app.database(), last, &links, head).await?;
        }
        let Some(newest) = end.rows.last() else { return Ok(()) };
        if i64::try_from(end.rows.len()).is_ok_and(|rows| rows <= LINKS_PER_STATEMENT) {
            return Ok(());
        }
        // The last row may be one that cannot be given a digest.
        passed = newest.seq;
    }
    Ok(())
}

/// The key that signs the deployment's cuts and heads.
fn audit_key(app: &App) -> Option<AuditKey> {
    app.ports.secrets.find(AUDIT_KEY).map(|secret| AuditKey::derive(&secret))
}

/// Whether the stored chain continues the one that was signed before. Otherwise nothing is signed,
/// so that the verification keeps reporting the problem: a removed end, a recomputed chain, or a
/// head that was removed or that the deployment did not sign.
async fn continues(app: &App, key: &AuditKey, state: &HeadState) -> Result<bool, DatabaseError> {
    let stored = match state {
        HeadState::Unsigned => return Ok(true),
        HeadState::Missing => return Ok(false),
        HeadState::Signed(stored) => stored,
    };
    if !key.verifies_head(&stored.head, &stored.signature) {
        return Ok(false);
    }
    if stored.found.is_some() {
        return Ok(stored.found.as_deref() == Some(stored.head.digest.as_str()));
    }
    // A Worker of an older release does not sign heads, and can cut beyond the last one.
    let cut = cuts::find_latest(app.database()).await?;
    Ok(cut.is_some_and(|StoredCut { cut, signature }| {
        stored.head.seq <= cut.seq && key.verifies(&cut, &signature)
    }))
}

/// The last row that has a digest or is about to get one, if it is later than the head.
fn next_head(
    key: &AuditKey,
    state: &HeadState,
    last: Option<&AuditRow>,
    links: &[(i64, String)],
) -> Option<(AuditHead, String)> {
    let linked = links.last().map(|(seq, digest)| (*seq, digest.clone()));
    let (seq, digest) = linked.or_else(|| last.and_then(|row| Some((row.seq, row.digest.clone()?))))?;
    let head = AuditHead { seq, digest };
    let is_later = match state {
        HeadState::Signed(stored) => stored.head.seq < seq,
        HeadState::Unsigned | HeadState::Missing => true,
    };
    is_later.then(|| (head.clone(), key.sign_head(&head)))
}

/// How long chaining waits for other changes of the same isolate, to chain them together.
const CHAIN_DELAY: Duration = Duration::from_millis(500);

/// Whether a request of this isolate is waiting to start chaining.
#[derive(Default)]
struct ChainerWaits(AtomicBool);

/// Chains after the response, with the statements that the request has left. A failure is logged
/// and harmless, and so are rows that remain: the next change or cron run continues with them.
pub(crate) fn chain_in_background(app: &App) {
    let waits = app.isolate.get::<ChainerWaits>();
    if waits.0.swap(true, Ordering::Relaxed) {
        return;
    }
    let worker = app.clone();
    let task = async move {
        // Reset before reading the end of the chain: later changes must start their own chaining.
        waits.0.store(false, Ordering::Relaxed);
        chain_and_log(&worker, 0).await;
    };
    app.ports.background.spawn_after(CHAIN_DELAY, task.boxed());
}

/// Chains as [`chain`] does, and logs a failure.
pub(crate) async fn chain_and_log(app: &App, reserved: usize) {
    if let Err(error) = chain(app, reserved).await {
        log_failure(app, "audit.chain", &error);
    }
}

/// Logs a failure after the response.
pub(crate) fn log_failure(app: &App, task: &str, error: &dyn std::fmt::Display) {
    app.ports.log.error(&json!({"level": "error", "task": task, "cause": error.to_string()}));
}

/// One page of events, chained as far as one request can.
pub(crate) async fn list(
    app: &App,
    filter: &AuditFilter,
    order: AuditOrder,
    window: &Window,
) -> Result<Page<AuditRow>, DatabaseError> {
    // One statement is for the list itself.
    chain(app, 1).await?;
    list::list(app.database(), filter, order, window).await
}
