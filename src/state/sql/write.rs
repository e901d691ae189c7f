//! The one batch that turns the state that was read into another.

use octopool_core::{AccountLogin, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::{CallerRow, IdentityRow, PoolRow, Snapshot};
use crate::ports::{Database, DatabaseError, Param};
use crate::sql::{
    AuditEvent, DELETE_SCOPES, Entries, INSERT_SCOPES, KeptAnswer, PUT_IDENTITIES, audited, record, recorded,
};

/// The largest size of a JSON list. D1 allows texts of 2,000,000 bytes
/// (<https://developers.cloudflare.com/d1/platform/limits/>); a longer list is split over two
/// statements.
const LIST_BYTES: usize = 1_900_000;

/// The largest number of such lists in the statement that compares the state: an entry there is
/// shorter than its row, and all rows together have at most 4 MiB.
const SEEN_LISTS: usize = 3;

/// The changes to write. Deletions come first, so that an id can move to another pool.
#[derive(Debug, Default)]
pub(crate) struct Write {
    /// Ids of callers to delete, with their grants and clients.
    pub delete_callers: Vec<String>,
    /// Grants to revoke.
    pub delete_grants: Vec<GrantRow>,
    /// Ids of identities to delete, with their scopes.
    pub delete_identities: Vec<String>,
    /// Pools to create or change.
    pub pools: Vec<PoolRow>,
    /// Identities to create or change.
    pub identities: Vec<IdentityRow>,
    /// Callers to create or change.
    pub callers: Vec<CallerRow>,
    /// Grants to give.
    pub grants: Vec<GrantRow>,
    /// Clients to add, or to give another token.
    pub clients: Vec<NewClient>,
    /// Names of pools to delete.
    pub delete_pools: Vec<String>,
    /// The audit events, each with its pool and subject.
    pub events: Vec<(AuditEvent, Option<String>, String)>,
    /// What to keep of the answer, and the answer, if the request has an `Idempotency-Key`.
    pub kept: Option<(KeptAnswer, String)>,
}

/// A grant.
#[derive(Debug, Serialize)]
pub(crate) struct GrantRow {
    /// octopool's id of the caller.
    pub caller: String,
    /// The pool.
    pub pool: String,
}

/// A client with its token.
#[derive(Debug, Serialize)]
pub(crate) struct NewClient {
    /// The id of its row, if it is new.
    pub id: String,
    /// octopool's id of its caller.
    pub caller: String,
    /// Its name.
    pub name: String,
    /// What is stored of its token.
    pub token_hash: String,
    /// When the token was issued, in milliseconds.
    pub created_at: i64,
}

/// The result of a [`write`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Written {
    /// Everything was written.
    Done,
    /// The state has changed since it was read; nothing was written.
    Changed,
    /// The changes take more statements than the request has left; nothing was written.
    TooLarge,
}

/// Writes all changes if the state has not changed since it was read.
pub(crate) async fn write(
    database: &dyn Database,
    seen: &Snapshot,
    org: &AccountLogin,
    write: &Write,
    at: Timestamp,
) -> Result<Written, DatabaseError> {
    // Without an audit event there is no change.
    let Some((first, ..)) = write.events.first() else { return Ok(Written::Done) };
    let seen_lists = lists(&seen.seen)?;
    if seen_lists.len() > SEEN_LISTS {
        return Err(DatabaseError::Failed("the state is too large to be compared".to_owned()));
    }
    let events = write.events.iter();
    let events: Vec<_> =
        events.map(|(event, pool, subject)| event.item(at, pool.as_deref(), Some(subject))).collect();
    let mut events = lists(&events)?.into_iter();
    let mut entries =
        Entries { list: events.next().unwrap_or_default(), request_id: first.request_id.clone(), at };
    let count = i64::try_from(seen.seen.len()).unwrap_or(i64::MAX);
    let mut condition: Vec<Param> = vec![org.as_str().into(), count.into()];
    let empty = std::iter::repeat_with(|| "[]".to_owned());
    condition.extend(seen_lists.into_iter().chain(empty).take(SEEN_LISTS).map(Param::Text));
    condition.push(Param::Text(json!(seen.compared).to_string()));
    // The same number of objects, and none that is not in the lists of what was read.
    let is_unchanged = record!(
        "(SELECT count(*) = ?5 AND ifnull(max(seen NOT IN (SELECT value FROM json_each(?6)) \
                                          AND seen NOT IN (SELECT value FROM json_each(?7)) \
                                          AND seen NOT IN (SELECT value FROM json_each(?8))), 0) = 0 \
          FROM (SELECT 'p ' || id || ' ' || revision AS seen FROM pools \
                UNION ALL SELECT 'i ' || id || ' ' || revision FROM identities \
                UNION ALL SELECT 'c ' || id || ' ' || revision || ' ' || github_login \
                          FROM callers WHERE org_login = ?4 \
                UNION ALL SELECT 'k ' || caller_id || ' ' || client_name || ' ' || token_hash \
                          FROM caller_tokens WHERE caller_id IN (SELECT value FROM json_each(?9))))"
    );
    let mut change = audited(is_unchanged, &entries, condition);
    for list in events {
        entries.list = list;
        change = change.also_record(&entries);
    }
    for (sql, lists, more) in changes(write, org, at)? {
        // A statement for an empty list would only count against the limit.
        for list in lists.into_iter().filter(|list| list != "[]") {
            change = change.then(sql, list.as_str(), more.clone());
        }
    }
    change = change.also(write.kept.iter().flat_map(|(keeping, answer)| keeping.known(answer)));
    if change.statements() > database.statements_left() {
        return Ok(Written::TooLarge);
    }
    Ok(if change.run(database).await? { Written::Done } else { Written::Changed })
}

/// A statement with its lists, for each of which it is sent once, and its other parameters.
type Step = (&'static str, Vec<String>, Vec<Param>);

/// The statements, in order.
fn changes(write: &Write, org: &AccountLogin, at: Timestamp) -> Result<[Step; 12], DatabaseError> {
    let (now, rows) = (at.as_millis(), lists(&write.identities)?);
    Ok([
        (DELETE_CALLERS, lists(&write.delete_callers)?, vec![]),
        (DELETE_GRANTS, lists(&write.delete_grants)?, vec![]),
        (DELETE_IDENTITIES, lists(&write.delete_identities)?, vec![]),
        (PUT_POOLS, lists(&write.pools)?, vec![now.into()]),
        (DELETE_SCOPES, rows.clone(), vec![]),
        (PUT_IDENTITIES, rows.clone(), vec![now.into()]),
        (INSERT_SCOPES, rows, vec![]),
        (PUT_CALLERS, lists(&write.callers)?, vec![now.into(), org.as_str().into()]),
        (INSERT_GRANTS, lists(&write.grants)?, vec![now.into()]),
        (PUT_CLIENTS, lists(&write.clients)?, vec![now.into()]),
        (DELETE_GRANTS_OF_POOLS, lists(&write.delete_pools)?, vec![]),
        (DELETE_POOLS, lists(&write.delete_pools)?, vec![]),
    ])
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

/// The membership of a new caller, or of the account behind a changed login, has not been verified.
/// Without a proof the first use verifies it, and fails closed.
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

/// A time in the future would outlast every later login.
const PUT_CLIENTS: &str = concat!(
    "INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, created_at, last_used_at) \
     SELECT value ->> 'id', value ->> 'caller', value ->> 'name', value ->> 'token_hash', \
            min(value ->> 'created_at', ?3), min(value ->> 'created_at', ?3) FROM json_each(?1) WHERE ",
    recorded!(),
    " ON CONFLICT (caller_id, client_name) DO UPDATE SET \
         token_hash = excluded.token_hash, pool_id = NULL, \
         created_at = excluded.created_at, last_used_at = excluded.last_used_at"
);

/// Grants of callers of an org that was configured before. The document does not show them and they
/// give no access, but they would prevent the deletion of the pool.
const DELETE_GRANTS_OF_POOLS: &str =
    concat!("DELETE FROM caller_pools WHERE pool_id IN (SELECT value FROM json_each(?1)) AND ", recorded!());

const DELETE_POOLS: &str =
    concat!("DELETE FROM pools WHERE id IN (SELECT value FROM json_each(?1)) AND ", recorded!());

/// The items as JSON lists that D1 accepts, at least one.
fn lists<T: Serialize>(items: &[T]) -> Result<Vec<String>, DatabaseError> {
    let mut lists = vec![String::from("[")];
    for item in items {
        let text = serde_json::to_string(item)
            .map_err(|error| DatabaseError::Failed(format!("a row is not JSON: {error}")))?;
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
