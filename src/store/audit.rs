//! The audit rows. One goes into the same batch as the mutation it tells of.

use octopool_core::{AuditContent, Timestamp};
use serde_json::Value;

use super::statement::Param;

/// Who did it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The holder of the admin token.
    Admin,
    /// The caller that the event is about.
    Caller,
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
    fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Caller => "caller",
        }
    }
}

impl AuditEvent {
    /// The event's own parameters, in the order of the statements that record one.
    pub(crate) fn params(&self) -> [Param; 4] {
        [
            self.actor.as_str().into(),
            self.action.into(),
            self.request_id.as_str().into(),
            self.detail.to_string().as_str().into(),
        ]
    }

    /// The digest of the row's content, as far as it is known before the database has found the row's subject.
    pub(crate) fn content_digest(&self, at: Timestamp, pool: Option<&str>, subject: Option<&str>) -> Param {
        let detail = self.detail.to_string();
        let content = AuditContent {
            at,
            actor: self.actor.as_str(),
            action: self.action,
            pool,
            subject,
            request_id: &self.request_id,
            detail: &detail,
        };
        content.digest().as_str().into()
    }
}
