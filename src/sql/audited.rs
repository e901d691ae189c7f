//! Audit events, and changes that are written together with their events.

use octopool_core::{Actor, AuditAction, AuditContent, Timestamp};
use serde_json::{Value, json};

use super::Answers;
use crate::ports::{Database, DatabaseError, Param, Statement};

/// Who makes a change, and the request that it is part of.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    /// The actor.
    pub actor: Actor,
    /// The request id, as in the log and the response.
    pub request_id: String,
}

impl Author {
    /// An audit event of this author.
    pub(crate) fn event(&self, action: AuditAction, detail: Value) -> AuditEvent {
        AuditEvent { actor: self.actor.clone(), action, request_id: self.request_id.clone(), detail }
    }
}

/// An audit event. It has no secrets, tokens or bodies.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// The actor.
    pub actor: Actor,
    /// The action.
    pub action: AuditAction,
    /// The request id, as in the log and the response.
    pub request_id: String,
    /// The details of the change.
    pub detail: Value,
}

/// Audit events to write, as a JSON list, so that one statement takes any number of them.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    /// The list; its items come from [`AuditEvent::item`].
    pub list: String,
    /// The id of the request.
    pub request_id: String,
    /// The time of the events.
    pub at: Timestamp,
}

impl AuditEvent {
    /// The event as the only entry. `subject` is `None` if only the database can determine it.
    pub(crate) fn entry(&self, at: Timestamp, pool: Option<&str>, subject: Option<&str>) -> Entries {
        let list = json!([self.item(at, pool, subject)]).to_string();
        Entries { list, request_id: self.request_id.clone(), at }
    }

    /// The event as one item of [`Entries`].
    pub(crate) fn item(&self, at: Timestamp, pool: Option<&str>, subject: Option<&str>) -> Value {
        let (actor, action, detail) = (self.actor.text(), self.action.as_str(), self.detail.to_string());
        let request_id = self.request_id.as_str();
        // The digest of the content that is known before the database determines the subject.
        // A caller's row is digested without the caller's id, which SQL adds where it is not known.
        let digested =
            if matches!(self.actor, Actor::CallerWithId(_)) { Actor::Caller.text() } else { actor.clone() };
        let content =
            AuditContent { at, actor: &digested, action, pool, subject, request_id, detail: &detail };
        json!({
            "actor": actor, "action": action, "pool": pool, "subject": subject, "detail": detail,
            "digest": content.digest(),
        })
    }
}

/// The statement that writes [`Entries`] on a condition: the only one that writes audit events. The
/// parameters of the condition begin at `?4`. Where only the database knows the subject, it is
/// given as an expression, and the actor `caller` gets it as its id.
macro_rules! record {
    (of $subject:expr, $condition:expr) => {
        $crate::sql::record!(
            concat!(
                "iif(value ->> 'actor' = 'caller', 'caller:' || ",
                $subject,
                ", value ->> 'actor')"
            ),
            $subject,
            $condition
        )
    };
    ($condition:expr) => {
        $crate::sql::record!("value ->> 'actor'", "value ->> 'subject'", $condition)
    };
    ($actor:expr, $subject:expr, $condition:expr) => {
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?3, ",
            $actor,
            ", value ->> 'action', value ->> 'pool', ",
            $subject,
            ", ?2, value ->> 'detail', value ->> 'digest' FROM json_each(?1) WHERE ",
            $condition,
            " ORDER BY key RETURNING seq"
        )
    };
}

/// Whether the newest event is of the request `?2`: the condition of the statements that follow a
/// [`record`]. It is unambiguous because request ids are random, and nothing else writes while a
/// batch runs.
macro_rules! recorded {
    () => {
        "(SELECT request_id FROM audit_events ORDER BY seq DESC LIMIT 1) = ?2"
    };
}
pub(crate) use {record, recorded};

/// A change and its audit events, as one batch: everything is written or nothing.
///
/// The events come first and have the condition, because the change may make it false; the
/// statements after them check whether the events were written.
#[derive(Debug)]
pub(crate) struct Audited {
    statements: Vec<Statement>,
    request_id: String,
}

/// Starts a change with the events to write if the condition of this [`record`] holds.
pub(crate) fn audited(sql: &'static str, entries: &Entries, condition: Vec<Param>) -> Audited {
    let (list, request_id) = (entries.list.as_str(), entries.request_id.as_str());
    let mut params = vec![list.into(), request_id.into(), entries.at.as_millis().into()];
    params.extend(condition);
    Audited { statements: vec![Statement { sql, params }], request_id: request_id.to_owned() }
}

impl Audited {
    /// Adds further events.
    pub(crate) fn also_record(mut self, entries: &Entries) -> Self {
        self.statements.extend(audited(record!(recorded!()), entries, vec![]).statements);
        self
    }

    /// Adds a statement of the change, which must check [`recorded`]. Its parameters are `?1` and,
    /// from `?3` on, the others.
    pub(crate) fn then(mut self, sql: &'static str, first: impl Into<Param>, others: Vec<Param>) -> Self {
        let mut params = vec![first.into(), self.request_id.as_str().into()];
        params.extend(others);
        self.statements.push(Statement { sql, params });
        self
    }

    /// Adds statements without a check.
    pub(crate) fn also(mut self, statements: impl IntoIterator<Item = Statement>) -> Self {
        self.statements.extend(statements);
        self
    }

    /// The number of statements.
    pub(crate) fn statements(&self) -> usize {
        self.statements.len()
    }

    /// Sends the batch. Returns whether the condition held.
    pub(crate) async fn run(self, database: &dyn Database) -> Result<bool, DatabaseError> {
        self.run_and_read(database).await.map(|(changed, _)| changed)
    }

    /// Sends the batch. Returns whether the condition held, and the results of the statements after
    /// the events, which exist in either case.
    pub(crate) async fn run_and_read(
        self,
        database: &dyn Database,
    ) -> Result<(bool, Answers), DatabaseError> {
        let mut answers = Answers::new(database.batch(self.statements).await?);
        Ok((answers.returned(), answers))
    }
}
