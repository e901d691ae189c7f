//! Everything that can be declared, read at once and written at once.
//!
//! Each object is one row with one JSON text. The text is what the Worker decodes, and what the database compares when the state is
//! to be written: what was read goes back as a parameter, so no version column has to be kept and an edit by hand counts like any
//! other. Lists go in as JSON, so there are as many statements for a thousand callers as for one (D1 takes 100 parameters a
//! statement, and on the free plan 50 statements a request).

mod write;

use octopool_core::{AccountId, AccountLogin, CallerSpec, IdentityId, IdentitySpec, PoolId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, of_row};

pub(super) use write::{GrantRow, Write, Written, write};

/// A pool as one text.
macro_rules! pool_state {
    () => {
        "json_object('id', id, 'policy_json', policy_json)"
    };
}

/// An identity with its scopes as one text.
macro_rules! identity_state {
    () => {
        "json_object('id', id, 'pool', pool_id, 'kind', kind, 'login', login, 'secret_ref', secret_ref, \
                     'installation_id', installation_id, 'weight', weight, 'status', status, 'scopes', json( \
                     (SELECT json_group_array(json_object('owner', owner, 'repo', repo, \
                                              'allow_private', json(iif(allow_private, 'true', 'false')))) \
                      FROM (SELECT owner, repo, allow_private FROM identity_scopes \
                            WHERE identity_id = identities.id ORDER BY position))))"
    };
}

/// A caller with its grants as one text.
macro_rules! caller_state {
    () => {
        "json_object('id', id, 'github_user_id', github_user_id, 'github_login', github_login, 'name', name, \
                     'status', status, 'pools', json( \
                     (SELECT json_group_array(pool_id) \
                      FROM (SELECT pool_id FROM caller_pools WHERE caller_id = callers.id ORDER BY pool_id))))"
    };
}
use {caller_state, identity_state, pool_state};

/// The state at one moment.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// The pools.
    pub pools: Vec<PoolRow>,
    /// The identities of all pools.
    pub identities: Vec<IdentityRow>,
    /// The callers of the org. Those of an org that was configured before are let in nowhere, and are not declared.
    pub callers: Vec<CallerRow>,
    /// Every row as it was read.
    rows: Vec<String>,
}

/// A pool, as it is stored or as it is to be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct PoolRow {
    /// Its name.
    pub id: PoolId,
    /// Its policy, as somebody wrote it.
    pub policy_json: String,
}

/// An identity, as it is stored or as it is to be.
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

/// A caller, as it is stored or as it is to be.
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

impl Snapshot {
    /// How much text it is.
    pub(super) fn bytes(&self) -> usize {
        self.rows.iter().map(String::len).sum()
    }
}

#[derive(Deserialize)]
struct StateRow {
    state: String,
}

/// Reads all of it in one transaction.
pub(super) async fn read(database: &dyn Database, org: &AccountLogin) -> Result<Snapshot, DatabaseError> {
    let statements = vec![
        Statement::new(concat!("SELECT ", pool_state!(), " AS state FROM pools ORDER BY id"), []),
        Statement::new(concat!("SELECT ", identity_state!(), " AS state FROM identities ORDER BY id"), []),
        Statement::new(
            concat!("SELECT ", caller_state!(), " AS state FROM callers WHERE org_login = ?1 ORDER BY id"),
            [org.as_str().into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    let mut rows = Vec::new();
    let pools = decode("pools", answers.all()?, &mut rows)?;
    let identities = decode("identities", answers.all()?, &mut rows)?;
    let callers = decode("callers", answers.all()?, &mut rows)?;
    Ok(Snapshot { pools, identities, callers, rows })
}

fn decode<T: DeserializeOwned>(
    table: &str,
    read: Vec<StateRow>,
    rows: &mut Vec<String>,
) -> Result<Vec<T>, DatabaseError> {
    let texts = read.into_iter().map(|row| row.state);
    texts
        .map(|text| {
            let row = crate::json::from_slice(text.as_bytes()).map_err(|error| {
                let row: Value = crate::json::from_slice(text.as_bytes()).unwrap_or_default();
                of_row(table, row.get("id").and_then(Value::as_str).unwrap_or_default(), &error)
            })?;
            rows.push(text);
            Ok(row)
        })
        .collect()
}
