//! The whole state, read at once and written at once.
//!
//! Each object is one row with one JSON text, which the Worker decodes. When the state is written,
//! the revisions that were read are parameters and are compared with the current ones. Lists are
//! passed as JSON, so a thousand callers take as many statements as one (D1 allows 100 parameters
//! in a statement, and 50 statements in a request on the free plan).

mod clients;
mod write;

use octopool_core::state::Clients;
use octopool_core::{AccountId, AccountLogin, CallerSpec, IdentityId, IdentitySpec, PoolId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, Revision, identity_spec, of_row};

pub(super) use clients::ClientRow;
pub(super) use write::{GrantRow, NewClient, Write, Written, write};

/// The state, read in one transaction.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// The pools.
    pub pools: Vec<PoolRow>,
    /// The identities of all pools.
    pub identities: Vec<IdentityRow>,
    /// The callers of the configured org. Those of an earlier org have no access and are not shown.
    pub callers: Vec<CallerRow>,
    /// The clients of the callers that a document declares clients for, and those that have one of
    /// the declared tokens.
    pub clients: Vec<ClientRow>,
    /// octopool's ids of the callers whose clients are compared when the state is written.
    compared: Vec<String>,
    /// The revisions, in the form in which the statement that writes the state compares them.
    seen: Vec<String>,
    /// The size of all rows in bytes.
    pub bytes: usize,
}

/// A pool, stored or planned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct PoolRow {
    /// Its name.
    pub id: PoolId,
    /// Its policy, as stored.
    pub policy_json: String,
}

/// An identity, stored or planned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct IdentityRow {
    /// Its id.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// Everything else.
    #[serde(flatten)]
    pub identity: IdentitySpec,
}

/// A caller, stored or planned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct CallerRow {
    /// octopool's id of the caller.
    pub id: String,
    /// The account.
    pub github_user_id: AccountId,
    /// Everything else.
    #[serde(flatten)]
    pub caller: CallerSpec,
}

#[derive(Deserialize)]
struct StateRow {
    state: String,
    revision: Revision,
}

/// Reads the state in one transaction, and what there is of the clients that a document declares.
pub(super) async fn read(
    database: &dyn Database,
    org: &AccountLogin,
    declared: &Clients,
) -> Result<Snapshot, DatabaseError> {
    let mut statements = vec![
        Statement::new(
            "SELECT json_object('id', id, 'policy_json', policy_json) AS state, revision FROM pools ORDER BY id",
            [],
        ),
        Statement::new(
            concat!(
                "SELECT '{\"id\":' || json_quote(id) || ',\"pool\":' || json_quote(pool_id) || ',' || substr(",
                identity_spec!(),
                ", 2) AS state, revision FROM identities ORDER BY id"
            ),
            [],
        ),
        Statement::new(
            "SELECT json_object('id', id, 'github_user_id', github_user_id, 'github_login', github_login, \
                         'name', name, 'status', status, 'pools', json( \
                         (SELECT json_group_array(pool_id) FROM \
                            (SELECT pool_id FROM caller_pools WHERE caller_id = callers.id ORDER BY pool_id)))) AS state, \
                    revision FROM callers WHERE org_login = ?1 ORDER BY id",
            [org.as_str().into()],
        ),
    ];
    // Documents without clients, which are nearly all, do not pay for the statement.
    statements.extend((!declared.is_empty()).then(|| clients::select(org, declared)));
    let mut answers = Answers::new(database.batch(statements).await?);
    let (mut seen, mut bytes) = (Vec::new(), 0);
    let mut note = |text: String| seen.push(text);
    let pools = decode("pools", answers.all()?, &mut bytes, |row: &PoolRow, revision| {
        note(format!("p {} {revision}", row.id));
    })?;
    let identities = decode("identities", answers.all()?, &mut bytes, |row: &IdentityRow, revision| {
        note(format!("i {} {revision}", row.id));
    })?;
    // A login can change without a new revision, and would be overwritten.
    let callers = decode("callers", answers.all()?, &mut bytes, |row: &CallerRow, revision| {
        note(format!("c {} {revision} {}", row.id, row.caller.github_login));
    })?;
    let clients: Vec<ClientRow> = if declared.is_empty() { vec![] } else { answers.all()? };
    let compared = callers.iter().filter(|row| declared.contains_key(&row.github_user_id));
    let compared: Vec<_> = compared.map(|row| row.id.clone()).collect();
    let of_compared = clients.iter().filter(|row| compared.contains(&row.caller));
    for text in of_compared.map(ClientRow::seen) {
        bytes += text.len();
        seen.push(text);
    }
    Ok(Snapshot { pools, identities, callers, clients, compared, seen, bytes })
}

/// Decodes the rows of a table, adds up their size and collects the revisions.
fn decode<T: DeserializeOwned>(
    table: &str,
    rows: Vec<StateRow>,
    bytes: &mut usize,
    mut note: impl FnMut(&T, Revision),
) -> Result<Vec<T>, DatabaseError> {
    let rows = rows.into_iter().map(|StateRow { state, revision }| {
        let row = crate::json::from_slice(state.as_bytes()).map_err(|error| {
            let row: Value = crate::json::from_slice(state.as_bytes()).unwrap_or_default();
            of_row(table, row.get("id").and_then(Value::as_str).unwrap_or_default(), &error)
        })?;
        *bytes += state.len();
        note(&row, revision);
        Ok(row)
    });
    rows.collect()
}
