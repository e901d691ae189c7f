//! Named admin tokens.

use octopool_core::{AdminTokenName, Timestamp, TokenDigest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::idempotency::sql::Keeping;
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Page, Window, recorded};

/// A token as it is stored, without its digest.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AdminTokenRow {
    /// Its name.
    pub name: String,
    /// The only pool that it opens, if it is only one.
    pub pool_id: Option<String>,
    /// From when on it opens nothing, in milliseconds, if ever.
    pub expires_at: Option<i64>,
    /// When it was made, in milliseconds.
    pub created_at: i64,
    /// When it was used last, in milliseconds, if ever.
    pub last_used_at: Option<i64>,
}

/// A page of tokens, by name.
pub(super) async fn page(
    database: &dyn Database,
    window: &Window,
) -> Result<Page<AdminTokenRow>, DatabaseError> {
    let select = Statement::new(
        "SELECT name, pool_id, expires_at, created_at, last_used_at FROM admin_tokens \
         WHERE name > ?1 ORDER BY name LIMIT ?2",
        [window.after().into(), window.rows().into()],
    );
    let rows = Answers::new(database.batch(vec![select]).await?).all()?;
    Ok(Page::new(rows, window))
}

/// Stores a token, unless there is one of its name. Answers whether it did.
pub(super) async fn create(
    database: &dyn Database,
    token: &AdminTokenRow,
    digest: &TokenDigest,
    audit: &AuditEvent,
    keeping: Option<&Keeping>,
) -> Result<bool, DatabaseError> {
    let (name, pool) = (token.name.as_str(), token.pool_id.as_deref());
    let now = Timestamp::from_millis(token.created_at);
    let [actor, action, request_id, detail, content] = audit.params(now, pool, Some(name));
    let mut statements = vec![
        Statement::new(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?3, ?4, ?5, ?2, ?1, ?6, ?7, ?8 \
             WHERE NOT EXISTS (SELECT 1 FROM admin_tokens WHERE name = ?1) RETURNING seq",
            [
                name.into(),
                pool.into(),
                token.created_at.into(),
                actor,
                action,
                request_id.clone(),
                detail,
                content,
            ],
        ),
        Statement::new(
            concat!(
                "INSERT INTO admin_tokens (name, token_hash, pool_id, expires_at, created_at) \
                 SELECT ?1, ?3, ?4, ?5, ?6 WHERE ",
                recorded!()
            ),
            [
                name.into(),
                request_id,
                digest.as_str().into(),
                pool.into(),
                token.expires_at.into(),
                token.created_at.into(),
            ],
        ),
    ];
    // What is stored is what was given; the database finds nothing of its own.
    statements.extend(keeping.into_iter().flat_map(|keeping| keeping.known(&json!(token).to_string())));
    Ok(Answers::new(database.batch(statements).await?).returned())
}

/// One token.
pub(super) async fn find(
    database: &dyn Database,
    name: &AdminTokenName,
) -> Result<Option<AdminTokenRow>, DatabaseError> {
    let select = Statement::new(
        "SELECT name, pool_id, expires_at, created_at, last_used_at FROM admin_tokens WHERE name = ?1",
        [name.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).first()
}

/// Deletes a token. Answers whether there was one.
pub(super) async fn revoke(
    database: &dyn Database,
    name: &AdminTokenName,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let [actor, action, request_id, detail, content] = audit.params(now, None, Some(name.as_str()));
    let statements = vec![
        Statement::new(
            "INSERT INTO audit_events (at, actor, action, subject, request_id, detail, content_digest) \
             SELECT ?2, ?3, ?4, name, ?5, ?6, ?7 FROM admin_tokens WHERE name = ?1",
            [name.as_str().into(), now.as_millis().into(), actor, action, request_id, detail, content],
        ),
        Statement::new("DELETE FROM admin_tokens WHERE name = ?1 RETURNING name", [name.as_str().into()]),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(1);
    Ok(answers.returned())
}
