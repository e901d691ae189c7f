//! The audit rows. One goes into the same batch as the mutation it tells of; a refusal's stands alone.

use octopool_core::{Actor, AuditContent, Timestamp};
use serde_json::{Value, json};

use crate::ports::Param;

/// Who does something, and by which request.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    /// Who.
    pub actor: Actor,
    /// The id under which the log and the answer know the request.
    pub request_id: String,
}

impl Author {
    /// What the audit says of something that this author does.
    pub(crate) fn event(&self, action: &'static str, detail: Value) -> AuditEvent {
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

/// Whether the newest row is of the request `?2`: the condition of the statements that follow the one that records it. Request
/// ids are random, and a batch is alone while it runs.
macro_rules! recorded {
    () => {
        "(SELECT request_id FROM audit_events ORDER BY seq DESC LIMIT 1) = ?2"
    };
}
pub(crate) use recorded;

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
