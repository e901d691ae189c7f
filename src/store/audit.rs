//! The audit rows. One goes into the same batch as the mutation it tells of.

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

/// Whether the newest row is of the request `?2`: the condition of the statements that follow the one that records it. Request
/// ids are random, and a batch is alone while it runs.
macro_rules! recorded {
    () => {
        "(SELECT request_id FROM audit_events ORDER BY seq DESC LIMIT 1) = ?2"
    };
}
pub(super) use recorded;

impl AuditEvent {
    /// The event's own parameters, in the order of the statements that record one.
    pub(crate) fn params(&self) -> [Param; 4] {
        [
            match self.actor {
                Actor::Admin => "admin",
                Actor::Caller => "caller",
            }
            .into(),
            self.action.into(),
            self.request_id.as_str().into(),
            self.detail.to_string().as_str().into(),
        ]
    }
}
