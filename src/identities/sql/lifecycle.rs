//! Registered identities: reading, changing and deleting.

use octopool_core::{IdentityId, IdentitySpec, PoolId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::identities::StoredIdentity;
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{
    Answers, AuditEvent, Audited, DELETE_SCOPES, INSERT_SCOPES, PUT_IDENTITIES, Page, Revision, RowOf,
    Window, audited, identity_spec, record, recorded, unchanged,
};

/// The columns of a [`StoredIdentity`].
macro_rules! select_identities {
    ($condition:literal) => {
        concat!(
            "SELECT id, pool_id AS pool, revision, created_at, updated_at, ",
            identity_spec!(),
            " AS spec FROM identities ",
            $condition
        )
    };
}

/// An identity as a parameter of the statements that write identities.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a IdentityId,
    pool: &'a PoolId,
    revision: Revision,
    #[serde(flatten)]
    spec: &'a IdentitySpec,
}

/// A page of a pool's identities, by id; `None` if the pool does not exist.
pub(crate) async fn page(
    database: &dyn Database,
    pool: &PoolId,
    window: &Window,
) -> Result<Option<Page<StoredIdentity>>, DatabaseError> {
    let select = select_identities!("WHERE pool_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let Some(page) = read_page(database, Some(pool), window, select).await? else { return Ok(None) };
    let rows = page.rows.into_iter().map(|(_, row)| row).collect::<Result<_, _>>()?;
    Ok(Some(Page { rows, more: page.more }))
}

/// A page of active identities, by id, of one pool or of all; `None` if the pool does not exist. A
/// row that cannot be read is an error of its own, which does not hide the other rows.
pub(crate) async fn active(
    database: &dyn Database,
    pool: Option<&PoolId>,
    window: &Window,
) -> Result<Option<Page<RowOf<StoredIdentity>>>, DatabaseError> {
    let select = select_identities!(
        "WHERE status <> 'disabled' AND (?1 IS NULL OR pool_id = ?1) AND id > ?2 ORDER BY id LIMIT ?3"
    );
    read_page(database, pool, window, select).await
}

async fn read_page(
    database: &dyn Database,
    pool: Option<&PoolId>,
    window: &Window,
    select: &'static str,
) -> Result<Option<Page<RowOf<StoredIdentity>>>, DatabaseError> {
    let pool = pool.map(PoolId::as_str);
    let known = "SELECT 1 WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM pools WHERE id = ?1)";
    let statements = vec![
        Statement::new(known, [pool.into()]),
        Statement::new(select, [pool.into(), window.after().into(), window.rows().into()]),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    let known = answers.returned();
    let page = Page::new(answers.each_of("identities"), window);
    Ok(known.then_some(page))
}

#[derive(Deserialize)]
struct Count {
    apps: i64,
}

/// The number of active App installations that name no App.
pub(crate) async fn count_apps(database: &dyn Database) -> Result<i64, DatabaseError> {
    let select = Statement::new(
        "SELECT count(*) AS apps FROM identities WHERE kind = 'github_app' AND app_id IS NULL AND status = 'active'",
        [],
    );
    Answers::new(database.batch(vec![select]).await?).one::<Count>().map(|count| count.apps)
}

/// One identity of a pool.
pub(crate) async fn find(
    database: &dyn Database,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<Option<StoredIdentity>, DatabaseError> {
    let select = Statement::new(
        select_identities!("WHERE pool_id = ?1 AND id = ?2"),
        [pool.as_str().into(), id.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).first_of("identities")
}

/// The identity with this id, in any pool.
pub(crate) fn select_of_any_pool(id: &str) -> Statement {
    Statement::new(select_identities!("WHERE id = ?1"), [id.into()])
}

/// Writes the planned identity if it has not changed since it was read. Returns whether it was
/// written.
pub(crate) async fn update(
    database: &dyn Database,
    seen: &StoredIdentity,
    plan: &StoredIdentity,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    put(seen.change(Timestamp::from_millis(plan.updated_at), audit), Some(seen), plan).run(database).await
}

/// Deletes the identity with its scopes if it has not changed since it was read. Returns whether it
/// was deleted.
pub(crate) async fn delete(
    database: &dyn Database,
    seen: &StoredIdentity,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let delete = concat!("DELETE FROM identities WHERE id = ?1 AND ", recorded!());
    seen.change(now, audit).then(delete, seen.id.as_str(), vec![]).run(database).await
}

impl StoredIdentity {
    /// The identity as a JSON list with one item, which the statements that write identities take.
    fn list(&self) -> String {
        let Self { id, pool, spec, revision, .. } = self;
        json!([Item { id, pool, revision: *revision, spec }]).to_string()
    }

    /// Starts a change of the identity that was read.
    fn change(&self, now: Timestamp, audit: &AuditEvent) -> Audited {
        let (id, entry) =
            (self.id.as_str(), audit.entry(now, Some(self.pool.as_str()), Some(self.id.as_str())));
        audited(record!(unchanged!("identities")), &entry, vec![id.into(), self.revision.into()])
    }
}

/// Adds the statements that write the planned identity.
///
/// Concurrent changes of one identity take several attempts each, so unneeded statements are left
/// out: scopes are written only if they change.
pub(super) fn put(change: Audited, seen: Option<&StoredIdentity>, plan: &StoredIdentity) -> Audited {
    let list = plan.list();
    let put = |change: Audited| change.then(PUT_IDENTITIES, list.as_str(), vec![plan.updated_at.into()]);
    let Some(seen) = seen else {
        let change = put(change);
        return if plan.spec.scopes.as_slice().is_empty() {
            change
        } else {
            change.then(INSERT_SCOPES, list.as_str(), vec![])
        };
    };
    let change = if json!(seen.spec.scopes) == json!(plan.spec.scopes) {
        change
    } else {
        change.then(DELETE_SCOPES, list.as_str(), vec![]).then(INSERT_SCOPES, list.as_str(), vec![])
    };
    // Last, because the planned revision covers all of it.
    put(change)
}
