//! The audit as a whole: its chain is made, walked and cut here. What it says is written by whoever does it, in the same batch.

mod cut;
mod walk;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use octopool_core::{AuditRow, PoolId, audit_links};
use serde_json::json;

use crate::app::App;
use crate::ports::DatabaseError;
use crate::store::audit::{self, Actor, AuditEvent};
use crate::store::audit_list::{self, AuditFilter, AuditOrder};
use crate::store::{Page, Window, audit_chain};

pub use cut::{CutDone, CutError, cut};
pub use walk::{AuditError, Walked, verify};

/// How many rows a chainer links in one statement: 70 bytes each, of the 2 MB that a parameter of D1 may have.
const LINKS_PER_STATEMENT: i64 = 250;

/// How many such statements one chainer runs. The rest is for the next one: rows wait only where there were thousands
/// before the chain came, and a request on the free plan has 50 calls to D1 for everything.
const STATEMENTS_PER_CHAINER: u32 = 8;

/// Somebody who was not let in. Of a stranger's request it holds nothing, so that nobody writes into the audit what they like,
/// least of all a credential.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Who it was: an admin whose token does not open this, or a stranger.
    pub actor: Actor,
    /// `auth.admin_denied`, `auth.caller_denied` or `login.refused`.
    pub action: &'static str,
    /// The code of the answer.
    pub code: &'static str,
    /// The pool that an admin has no say in, if it is known.
    pub pool: Option<PoolId>,
    /// The path of the route, as the table of routes has it.
    pub route: &'static str,
    /// The id under which the log and the answer know the request.
    pub request_id: String,
}

/// The last minute for which this isolate has recorded each refusal. The database decides which rows there are; this spares it
/// the question, so that a flood of refused requests costs it one call a minute.
#[derive(Debug, Default)]
pub struct RecentRefusals(Mutex<HashMap<RefusalKey, i64>>);

/// Actor, action and code.
type RefusalKey = (String, &'static str, &'static str);

impl RecentRefusals {
    /// Notes the refusal; whether it was the first of its minute.
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

/// Records a refusal after the answer: the first of its actor, action and code in a minute. How many came after it is not counted; the
/// runtime's own metrics count requests by status.
pub fn record_in_background(app: &App, refusal: Refusal) {
    let now = app.now();
    if !app.refusals.note(&refusal, now.as_minutes()) {
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
        match audit::record_refusal(worker.database(), &event, refusal.code, pool, now).await {
            Ok(()) => chain_and_log(&worker).await,
            Err(error) => {
                worker.refusals.forget(&refusal);
                log_failure(&worker, "audit.refusal", &error);
            }
        }
    };
    app.ports.background.spawn(task.boxed());
}

/// Gives the rows at the end their digests. Any number of chainers may do so at once: they compute the same digests from the
/// same rows, and each statement asks whether the chain's end is still the one it started from. A row that is not as it was
/// written is passed over.
pub async fn chain(app: &App) -> Result<(), DatabaseError> {
    let mut passed = 0;
    for _ in 0..STATEMENTS_PER_CHAINER {
        let rows = audit_chain::read_end(app.database(), passed, LINKS_PER_STATEMENT + 1).await?;
        let links = audit_links(&rows);
        if !links.is_empty() {
            let end = rows.first().filter(|row| row.digest.is_some());
            audit_chain::link(app.database(), end, &links).await?;
        }
        let Some(last) = rows.last() else { return Ok(()) };
        if i64::try_from(rows.len()).is_ok_and(|rows| rows <= LINKS_PER_STATEMENT) {
            return Ok(());
        }
        // The last of them may be one that nobody gives a digest.
        passed = last.seq;
    }
    Ok(())
}

/// Chains after the answer. A failure is logged and harmless: the next chainer finds the same rows.
pub fn chain_in_background(app: &App) {
    let worker = app.clone();
    let task = async move { chain_and_log(&worker).await };
    app.ports.background.spawn(task.boxed());
}

async fn chain_and_log(app: &App) {
    if let Err(error) = chain(app).await {
        log_failure(app, "audit.chain", &error);
    }
}

/// Logs what failed after an answer.
pub fn log_failure(app: &App, task: &str, error: &dyn std::fmt::Display) {
    app.ports.log.error(&json!({"level": "error", "task": task, "cause": error.to_string()}));
}

/// One page of what happened, chained as far as one chainer gets.
pub async fn list(
    app: &App,
    filter: &AuditFilter,
    order: AuditOrder,
    window: &Window,
) -> Result<Page<AuditRow>, DatabaseError> {
    chain(app).await?;
    audit_list::list(app.database(), filter, order, window).await
}
