//! The one batch that makes a state out of the one that was read.

use octopool_core::{AccountLogin, Timestamp};
use serde::Serialize;

use super::{CallerRow, IdentityRow, PoolRow, Snapshot, caller_state, identity_state, pool_state};
use crate::idempotency::sql::Keeping;
use crate::ports::{Database, DatabaseError, Param, Statement};
use crate::sql::{Answers, AuditEvent, recorded};

/// How long one JSON list may be. D1 takes texts of 2,000,000 bytes
/// (<https://developers.cloudflare.com/d1/platform/limits/>); a longer list goes into two statements.
const LIST_BYTES: usize = 1_900_000;

/// How many such lists the statement has that compares what was read: 4 MiB, of which quotes and backslashes take twice their place.
const SEEN_LISTS: usize = 10;

/// What is to be written. Deletions come first, so that an id can go from one pool to another.
#[derive(Debug, Default)]
pub(crate) struct Write {
    /// Ids of callers to delete, with their grants and clients.
    pub delete_callers: Vec<String>,
    /// Grants to take away.
    pub delete_grants: Vec<GrantRow>,
    /// Ids of identities to delete, with their scopes.
    pub delete_identities: Vec<String>,
    /// Pools to make or change.
    pub pools: Vec<PoolRow>,
    /// Identities to make or change.
    pub identities: Vec<IdentityRow>,
    /// Callers to make or change.
    pub callers: Vec<CallerRow>,
    /// Grants to give.
    pub grants: Vec<GrantRow>,
    /// Names of pools to delete.
    pub delete_pools: Vec<String>,
    /// What the audit says of each change, with the pool and the subject of the row.
    pub events: Vec<(AuditEvent, Option<String>, String)>,
    /// What is kept of the answer, if the request may be sent again, and the answer.
    pub kept: Option<(Keeping, String)>,
}

/// A grant.
#[derive(Debug, Serialize)]
pub(crate) struct GrantRow {
    /// octopool's id of the caller.
    pub caller: String,
    /// The pool.
    pub pool: String,
}

/// The state now, a row for each object.
macro_rules! now {
    () => {
        concat!(
            "(SELECT ",
            pool_state!(),
            " AS state FROM pools UNION ALL SELECT ",
            identity_state!(),
            " FROM identities UNION ALL SELECT ",
            caller_state!(),
            " FROM callers WHERE org_login = ?4)"
        )
    };
}
/// Whether the state is the one that was read: as many rows, and each on one of the lists of those that were read. One `SELECT` for
/// each list, because D1 takes no more than five in a `UNION ALL` (`SQLITE_LIMIT_COMPOUND_SELECT` in workerd's `sqlite.c++`).
macro_rules! unchanged {
    () => {
        concat!(
            "(SELECT count(*) FROM ",
            now!(),
            ") = ?5 AND NOT EXISTS (SELECT 1 FROM ",
            now!(),
            " WHERE state NOT IN (SELECT value FROM json_each(?6)) AND state NOT IN (SELECT value FROM json_each(?7)) \
                AND state NOT IN (SELECT value FROM json_each(?8)) AND state NOT IN (SELECT value FROM json_each(?9)) \
                AND state NOT IN (SELECT value FROM json_each(?10)) AND state NOT IN (SELECT value FROM json_each(?11)) \
                AND state NOT IN (SELECT value FROM json_each(?12)) AND state NOT IN (SELECT value FROM json_each(?13)) \
                AND state NOT IN (SELECT value FROM json_each(?14)) AND state NOT IN (SELECT value FROM json_each(?15)))"
        )
    };
}

/// The result of a [`write`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Written {
    /// All of it is written.
    Done,
    /// The state is not what was seen, and nothing is written.
    Changed,
    /// It takes more statements than the request has left, and nothing is written.
    TooLarge,
}

/// Writes all of it if the state still is what was seen.
///
/// The audit rows come first and carry the condition, for what they tell of is part of what was seen; every other statement asks
/// whether they are there.
pub(crate) async fn write(
    database: &dyn Database,
    seen: &Snapshot,
    org: &AccountLogin,
    write: &Write,
    at: Timestamp,
) -> Result<Written, DatabaseError> {
    // What is not in the audit is not written.
    let Some((first, ..)) = write.events.first() else { return Ok(Written::Done) };
    let request_id = first.request_id.as_str();
    let seen_lists = lists(&seen.rows)?;
    if seen_lists.len() > SEEN_LISTS {
        return Err(DatabaseError::Failed("the state is too large to be compared".to_owned()));
    }
    let events: Vec<_> =
        write.events.iter().map(|(event, pool, subject)| event.item(at, pool.as_deref(), subject)).collect();
    let mut events = lists(&events)?.into_iter();
    let first = events.next().unwrap_or_default();
    let mut statements = vec![record(seen, seen_lists, org, request_id, &first, at)];
    statements.extend(events.map(|list| record_more(&list, request_id, at)));
    let now = at.as_millis();
    for (sql, lists, more) in [
        (DELETE_CALLERS, lists(&write.delete_callers)?, vec![]),
        (DELETE_GRANTS, lists(&write.delete_grants)?, vec![]),
        (DELETE_IDENTITIES, lists(&write.delete_identities)?, vec![]),
        (PUT_POOLS, lists(&write.pools)?, vec![now.into()]),
        (DELETE_SCOPES, lists(&write.identities)?, vec![]),
        (PUT_IDENTITIES, lists(&write.identities)?, vec![now.into()]),
        (INSERT_SCOPES, lists(&write.identities)?, vec![]),
        (PUT_CALLERS, lists(&write.callers)?, vec![now.into(), org.as_str().into()]),
        (INSERT_GRANTS, lists(&write.grants)?, vec![now.into()]),
        (DELETE_GRANTS_OF_POOLS, lists(&write.delete_pools)?, vec![]),
        (DELETE_POOLS, lists(&write.delete_pools)?, vec![]),
    ] {
        // An empty list has nothing to do, and would be one of the statements that a request may have.
        for list in lists.into_iter().filter(|list| list != "[]") {
            let mut params: Vec<Param> = vec![list.as_str().into(), request_id.into()];
            params.extend(more.iter().cloned());
            statements.push(Statement { sql, params });
        }
    }
    statements.extend(write.kept.iter().flat_map(|(keeping, answer)| keeping.known(answer)));
    statements.push(Statement::new(
        "SELECT 1 AS done WHERE (SELECT request_id FROM audit_events ORDER BY seq DESC LIMIT 1) = ?1",
        [request_id.into()],
    ));
    if statements.len() > database.statements_left() {
        return Ok(Written::TooLarge);
    }
    let last = statements.len() - 1;
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(last);
    Ok(if answers.returned() { Written::Done } else { Written::Changed })
}

/// The audit's rows, if nothing has changed.
fn record(
    seen: &Snapshot,
    seen_lists: Vec<String>,
    org: &AccountLogin,
    request_id: &str,
    events: &str,
    at: Timestamp,
) -> Statement {
    let count = i64::try_from(seen.rows.len()).unwrap_or(i64::MAX);
    let mut params: Vec<Param> =
        vec![events.into(), request_id.into(), at.as_millis().into(), org.as_str().into(), count.into()];
    let empty = std::iter::repeat_with(|| "[]".to_owned());
    params.extend(seen_lists.into_iter().chain(empty).take(SEEN_LISTS).map(Param::Text));
    let sql = concat!(
        "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
         SELECT ?3, value ->> 'actor', value ->> 'action', value ->> 'pool', value ->> 'subject', ?2, \
                value ->> 'detail', value ->> 'digest' FROM json_each(?1) WHERE ",
        unchanged!(),
        " ORDER BY key"
    );
    Statement { sql, params }
}

/// The rest of the audit's rows, where they are too many for one list.
fn record_more(events: &str, request_id: &str, at: Timestamp) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?3, value ->> 'actor', value ->> 'action', value ->> 'pool', value ->> 'subject', ?2, \
                    value ->> 'detail', value ->> 'digest' FROM json_each(?1) WHERE ",
            recorded!(),
            " ORDER BY key"
        ),
        [events.into(), request_id.into(), at.as_millis().into()],
    )
}

const DELETE_CALLERS: &str =
    concat!("DELETE FROM callers WHERE id IN (SELECT value FROM json_each(?1)) AND ", recorded!());

const DELETE_GRANTS: &str = concat!(
    "DELETE FROM caller_pools WHERE (caller_id, pool_id) IN \
       (SELECT value ->> 'caller', value ->> 'pool' FROM json_each(?1)) AND ",
    recorded!()
);

const DELETE_IDENTITIES: &str =
    concat!("DELETE FROM identities WHERE id IN (SELECT value FROM json_each(?1)) AND ", recorded!());

const PUT_POOLS: &str = concat!(
    "INSERT INTO pools (id, policy_json, created_at, updated_at) \
     SELECT value ->> 'id', value ->> 'policy_json', ?3, ?3 FROM json_each(?1) WHERE ",
    recorded!(),
    " ON CONFLICT (id) DO UPDATE SET policy_json = excluded.policy_json, updated_at = excluded.updated_at"
);

const DELETE_SCOPES: &str = concat!(
    "DELETE FROM identity_scopes WHERE identity_id IN (SELECT value ->> 'id' FROM json_each(?1)) AND ",
    recorded!()
);

const PUT_IDENTITIES: &str = concat!(
    "INSERT INTO identities (id, pool_id, kind, login, secret_ref, installation_id, weight, status, \
                             created_at, updated_at) \
     SELECT value ->> 'id', value ->> 'pool', value ->> 'kind', value ->> 'login', value ->> 'secret_ref', \
            value ->> 'installation_id', value ->> 'weight', value ->> 'status', ?3, ?3 \
     FROM json_each(?1) WHERE ",
    recorded!(),
    " ON CONFLICT (id) DO UPDATE SET \
         login = excluded.login, secret_ref = excluded.secret_ref, installation_id = excluded.installation_id, \
         weight = excluded.weight, status = excluded.status, updated_at = excluded.updated_at"
);

const INSERT_SCOPES: &str = concat!(
    "INSERT INTO identity_scopes (identity_id, position, owner, repo, allow_private) \
     SELECT identity.value ->> 'id', scope.key, scope.value ->> 'owner', scope.value ->> 'repo', \
            scope.value ->> 'allow_private' \
     FROM json_each(?1) AS identity, json_each(identity.value, '$.scopes') AS scope WHERE ",
    recorded!()
);

/// Nobody has asked GitHub about a new caller, nor about the account that is to be behind another login: neither has a proof of
/// membership, so the first use asks for one and fails closed.
const PUT_CALLERS: &str = concat!(
    "INSERT INTO callers (id, name, github_login, github_user_id, org_login, status, org_verified_at, \
                          created_at, updated_at) \
     SELECT value ->> 'id', value ->> 'name', value ->> 'github_login', value ->> 'github_user_id', ?4, \
            value ->> 'status', 0, ?3, ?3 FROM json_each(?1) WHERE ",
    recorded!(),
    " ON CONFLICT (id) DO UPDATE SET \
         name = excluded.name, github_login = excluded.github_login, status = excluded.status, \
         org_verified_at = iif(callers.github_login = excluded.github_login, callers.org_verified_at, 0), \
         updated_at = excluded.updated_at"
);

const INSERT_GRANTS: &str = concat!(
    "INSERT INTO caller_pools (caller_id, pool_id, created_at) \
     SELECT value ->> 'caller', value ->> 'pool', ?3 FROM json_each(?1) WHERE ",
    recorded!()
);

/// Grants of callers of another org, which are not declared and let nobody in; they would keep the pool from being deleted.
const DELETE_GRANTS_OF_POOLS: &str =
    concat!("DELETE FROM caller_pools WHERE pool_id IN (SELECT value FROM json_each(?1)) AND ", recorded!());

const DELETE_POOLS: &str =
    concat!("DELETE FROM pools WHERE id IN (SELECT value FROM json_each(?1)) AND ", recorded!());

/// The items as JSON lists that D1 takes, one at least.
fn lists<T: Serialize>(items: &[T]) -> Result<Vec<String>, DatabaseError> {
    let mut lists = vec![String::from("[")];
    for item in items {
        let text = serde_json::to_string(item)
            .map_err(|error| DatabaseError::Failed(format!("a row is no JSON: {error}")))?;
        let full = lists.last().is_some_and(|list| list.len() > 1 && list.len() + text.len() > LIST_BYTES);
        if full {
            lists.push(String::from("["));
        }
        if let Some(list) = lists.last_mut() {
            if list.len() > 1 {
                list.push(',');
            }
            list.push_str(&text);
        }
    }
    for list in &mut lists {
        list.push(']');
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{LIST_BYTES, lists};

    #[test]
    fn long_lists_are_split_and_nothing_is_lost() {
        assert_eq!(lists::<String>(&[]).unwrap(), ["[]"]);
        assert_eq!(lists(&["a", "\"", "c"]).unwrap(), [r#"["a","\"","c"]"#]);
        let items: Vec<_> = (0..5).map(|number| number.to_string().repeat(LIST_BYTES / 2 - 5)).collect();
        let split = lists(&items).unwrap();
        assert!(split.len() > 1 && split.iter().all(|list| list.len() <= LIST_BYTES + 1));
        let joined: Vec<Value> =
            split.iter().flat_map(|list| serde_json::from_str::<Vec<Value>>(list).unwrap()).collect();
        assert_eq!(joined, items);
        assert_eq!(lists(&["x".repeat(LIST_BYTES + 1)]).unwrap().len(), 1);
    }
}
