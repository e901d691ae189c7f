//! What a plan consists of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What becomes of an object.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// It is not there yet.
    Create,
    /// It is there, and not as wanted.
    Update,
    /// It is there and not wanted.
    Delete,
}

/// What an object is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A pool.
    Pool,
    /// An identity of a pool.
    Identity,
    /// A caller.
    Caller,
    /// A caller's grant for a pool.
    Grant,
    /// A client of a caller.
    Client,
}

/// One object that changes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// What becomes of it.
    pub action: ChangeAction,
    /// What it is.
    pub kind: ChangeKind,
    /// A pool's name, an identity's id, or the id of a caller's account, also for its grants and
    /// clients.
    pub id: String,
    /// The pool of an identity or a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// The name of a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::ClientName>"))]
    pub client: Option<String>,
    /// What changes of it; all that it has where it comes or goes.
    pub fields: Vec<FieldChange>,
}

/// One field that changes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What stands there; null where nothing does.
    pub before: Value,
    /// What is to stand there; null where nothing is.
    pub after: Value,
}
