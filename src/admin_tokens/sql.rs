//! Named admin tokens.

use octopool_core::{AdminTokenName, Timestamp, TokenDigest};
use serde_json::json;

use super::StoredAdminToken;
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, KeptAnswer, Page, Window, audited, record, recorded};

/// A page of tokens, by name.
pub(super) async fn page(
    database: &dyn Database,
    window: &Window,
) -> Result<Page<StoredAdminToken>, DatabaseError> {
    let select = Statement::new(
        "SELECT name, pool_id, expires_at, created_at, last_used_at FROM admin_tokens \
         WHERE name > ?1 ORDER BY name LIMIT ?2",
        [window.after().into(), window.rows().into()],
    );
    let rows = Answers::new(database.batch(vec![select]).await?).all()?;
    Ok(Page::new(rows, window))
}

/// Stores a token unless one with its name exists. Returns whether it was stored.
pub(super) async fn create(
    database: &dyn Database,
    token: &StoredAdminToken,
    digest: &TokenDigest,
    audit: &AuditEvent,
    keeping: Option<&KeptAnswer>,
) -> Result<bool, DatabaseError> {
    let (name, pool) = (token.name.as_str(), token.pool_id.as_deref());
    let entry = audit.entry(Timestamp::from_millis(token.created_at), pool, Some(name));
    let is_new = record!("NOT EXISTS (SELECT 1 FROM admin_tokens WHERE name = ?4)");
    audited(is_new, &entry, vec![name.into()])
        .then(
            concat!(
                "INSERT INTO admin_tokens (name, token_hash, pool_id, expires_at, created_at) \
                 SELECT ?1, ?3, ?4, ?5, ?6 WHERE ",
                recorded!()
            ),
            name,
            vec![digest.as_str().into(), pool.into(), token.expires_at.into(), token.created_at.into()],
        )
        // The answer depends on nothing that only the database knows, so its outcome is known here.
        .also(keeping.into_iter().flat_map(|keeping| keeping.known(&json!(token).to_string())))
        .run(database)
        .await
}

/// One token.
pub(super) async fn find(
    database: &dyn Database,
    name: &AdminTokenName,
) -> Result<Option<StoredAdminToken>, DatabaseError> {
    let select = Statement::new(
        "SELECT name, pool_id, expires_at, created_at, last_used_at FROM admin_tokens WHERE name = ?1",
        [name.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).first()
}

/// Deletes a token. Returns whether it existed.
pub(super) async fn revoke(
    database: &dyn Database,
    name: &AdminTokenName,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let name = name.as_str();
    let exists = record!("EXISTS (SELECT 1 FROM admin_tokens WHERE name = ?4)");
    audited(exists, &audit.entry(now, None, Some(name)), vec![name.into()])
        .then(concat!("DELETE FROM admin_tokens WHERE name = ?1 AND ", recorded!()), name, vec![])
        .run(database)
        .await
}
