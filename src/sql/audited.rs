//! Audit rows, and changes that are written together with the rows that tell of them.

use octopool_core::{Actor, AuditContent, Timestamp};
use serde_json::{Value, json};

use super::Answers;
use crate::ports::{Database, DatabaseError, Param, Statement};

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

/// Audit rows to be written: a JSON list, so that one statement takes any number of them.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    /// The list; its items are made by [`AuditEvent::item`].
    pub list: String,
    /// The request they are of.
    pub request_id: String,
    /// When it happened.
    pub at: Timestamp,
}

impl AuditEvent {
    /// The event as the only entry. `subject` is absent if only the database can find it.
    pub(crate) fn entry(&self, at: Timestamp, pool: Option<&str>, subject: Option<&str>) -> Entries {
        let list = json!([self.item(at, pool, subject)]).to_string();
        Entries { list, request_id: self.request_id.clone(), at }
    }

    /// The event as one item of [`Entries`].
    pub(crate) fn item(&self, at: Timestamp, pool: Option<&str>, subject: Option<&str>) -> Value {
        let (actor, action, detail) = (self.actor.text(), self.action, self.detail.to_string());
        let request_id = self.request_id.as_str();
        // Of the row's content as far as it is known before the database has found the subject.
        let content = AuditContent { at, actor: &actor, action, pool, subject, request_id, detail: &detail };
        json!({
            "actor": actor, "action": action, "pool": pool, "subject": subject, "detail": detail,
            "digest": content.digest(),
        })
    }
}

/// The statement that writes [`Entries`] on a condition: the only place that writes audit rows. The
/// parameters of the condition begin at `?4`. Where only the database knows the subject, it is an
/// expression, and the actor `caller` gets it as its id.
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

/// Whether the newest row is of the request `?2`: the condition of the statements that follow a
/// [`record`]. Request ids are random, and a batch is alone while it runs.
macro_rules! recorded {
    () => {
        "(SELECT request_id FROM audit_events ORDER BY seq DESC LIMIT 1) = ?2"
    };
}
pub(crate) use {record, recorded};

/// A change and the audit rows that tell of it, as one batch: all of it is written or nothing.
///
/// The audit rows come first and carry the condition, because what they tell of may be part of it; the
/// statements after them ask whether they are there.
#[derive(Debug)]
pub(crate) struct Audited {
    statements: Vec<Statement>,
    request_id: String,
}

/// Begins a change with the rows that are written if the condition of this [`record`] holds.
pub(crate) fn audited(sql: &'static str, entries: &Entries, condition: Vec<Param>) -> Audited {
    let (list, request_id) = (entries.list.as_str(), entries.request_id.as_str());
    let mut params = vec![list.into(), request_id.into(), entries.at.as_millis().into()];
    params.extend(condition);
    Audited { statements: vec![Statement { sql, params }], request_id: request_id.to_owned() }
}

impl Audited {
    /// Adds audit rows that go with the first ones.
    pub(crate) fn also_record(mut self, entries: &Entries) -> Self {
        self.statements.extend(audited(record!(recorded!()), entries, vec![]).statements);
        self
    }

    /// Adds a statement of the change, which asks [`recorded`]. Its parameters are `?1` and, from `?3`,
    /// the others.
    pub(crate) fn then(mut self, sql: &'static str, first: impl Into<Param>, others: Vec<Param>) -> Self {
        let mut params = vec![first.into(), self.request_id.as_str().into()];
        params.extend(others);
        self.statements.push(Statement { sql, params });
        self
    }

    /// Adds statements as they are.
    pub(crate) fn also(mut self, statements: impl IntoIterator<Item = Statement>) -> Self {
        self.statements.extend(statements);
        self
    }

    /// How many statements it takes.
    pub(crate) fn statements(&self) -> usize {
        self.statements.len()
    }

    /// Makes the change. Answers whether the condition held.
    pub(crate) async fn run(self, database: &dyn Database) -> Result<bool, DatabaseError> {
        self.run_and_read(database).await.map(|(changed, _)| changed)
    }

    /// Makes the change. Answers whether the condition held, and what the statements after the audit
    /// rows answer in either case.
    pub(crate) async fn run_and_read(
        self,
        database: &dyn Database,
    ) -> Result<(bool, Answers), DatabaseError> {
        let mut answers = Answers::new(database.batch(self.statements).await?);
        Ok((answers.returned(), answers))
    }
}
