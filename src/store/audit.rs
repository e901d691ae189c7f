//! The audit rows. One goes into the same batch as the mutation it tells of; a refusal's stands alone.

use std::borrow::Cow;

use octopool_core::{AuditContent, PoolId, Timestamp};
use serde_json::{Value, json};

use super::statement::{Param, Statement};
use crate::ports::{Database, DatabaseError};

/// Who did it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The root: the holder of the deployment's own admin token.
    Admin,
    /// The holder of the admin token of this name.
    AdminToken(String),
    /// The caller that the event is about.
    Caller,
    /// Somebody who was not let in.
    Anonymous,
}

/// Who does something, and by which request.
#[derive(Clone, Debug)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// The id under which the log and the answer know the request.
    pub request_id: String,
}

impl Author {
    /// What the audit says of something that this author does.
    pub fn event(&self, action: &'static str, detail: Value) -> AuditEvent {
        AuditEvent { actor: self.actor.clone(), action, request_id: self.request_id.clone(), detail }
    }
}

/// What happened, without secrets, tokens or bodies.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Who did it.
    pub actor: Actor,
    /// `<noun>.<verb>`.
    pub action: &'static str,
    /// The id under which the log and the answer know the request.
    pub request_id: String,
    /// What changed.
    pub detail: Value,
}

impl Actor {
    /// How the audit calls it; a caller without its id.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Admin => "admin".into(),
            Self::AdminToken(name) => format!("admin:{name}").into(),
            Self::Caller => "caller".into(),
            Self::Anonymous => "anonymous".into(),
        }
    }
}

/// Whether the newest row is of the request `?2`: the condition of the statements that follow the one that records it. Request
/// ids are random, and a batch is alone while it runs.
macro_rules! recorded {
    () => {
        "(SELECT request_id FROM audit_events ORDER BY seq DESC LIMIT 1) = ?2"
    };
}
pub(super) use recorded;

impl AuditEvent {
    /// The event's own parameters, in the order of the statements that record one: actor, action, request id, detail, and the
    /// digest of the row's content, as far as it is known before the database has found the row's subject.
    pub(crate) fn params(&self, at: Timestamp, pool: Option<&str>, subject: Option<&str>) -> [Param; 5] {
        let detail = self.detail.to_string();
        [
            self.actor.text().as_ref().into(),
            self.action.into(),
            self.request_id.as_str().into(),
            detail.as_str().into(),
            self.content_digest(at, pool, subject, &detail).as_str().into(),
        ]
    }

    /// The event as one of a list, which goes into one statement as JSON.
    pub(crate) fn item(&self, at: Timestamp, pool: Option<&str>, subject: &str) -> Value {
        let detail = self.detail.to_string();
        let digest = self.content_digest(at, pool, Some(subject), &detail);
        json!({
            "actor": self.actor.text(), "action": self.action, "pool": pool, "subject": subject, "detail": detail,
            "digest": digest,
        })
    }

    fn content_digest(
        &self,
        at: Timestamp,
        pool: Option<&str>,
        subject: Option<&str>,
        detail: &str,
    ) -> String {
        let (actor, request_id) = (self.actor.text(), self.request_id.as_str());
        AuditContent { at, actor: &actor, action: self.action, pool, subject, request_id, detail }.digest()
    }
}

macro_rules! record_refusal {
    ($same:literal) => {
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?1, ?2, ?3, ?10, ?4, ?5, ?6, ?7 \
             WHERE NOT EXISTS (SELECT 1 FROM audit_events \
                               WHERE ",
            $same,
            " AND action = ?3 AND subject = ?4 AND at >= ?8 AND at < ?9)"
        )
    };
}

/// Records that somebody was not let in, unless a row of the same actor, action and code is there from the same minute: however
/// many come, and in however many isolates, they leave so many rows, and no known one is lost among strangers.
pub async fn record_refusal(
    database: &dyn Database,
    event: &AuditEvent,
    code: &str,
    pool: Option<&PoolId>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    const MINUTE: i64 = 60_000;
    // Each condition is word for word that of a partial index.
    let sql = match event.actor {
        Actor::Anonymous => record_refusal!("actor = 'anonymous'"),
        _ => record_refusal!("actor = ?2 AND actor <> 'anonymous' AND action GLOB 'auth.*'"),
    };
    let pool = pool.map(PoolId::as_str);
    let [actor, action, request_id, detail, content] = event.params(now, pool, Some(code));
    let insert = Statement::new(
        sql,
        [
            now.as_millis().into(),
            actor,
            action,
            code.into(),
            request_id,
            detail,
            content,
            (now.as_minutes() * MINUTE).into(),
            ((now.as_minutes() + 1) * MINUTE).into(),
            pool.into(),
        ],
    );
    database.batch(vec![insert]).await.map(drop)
}
