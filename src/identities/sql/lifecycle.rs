//! Registered identities: read, changed and deleted.

use octopool_core::{IdentityId, IdentitySpec, InstallationId, PoolId, Timestamp, Version, fields_of};
use serde::Deserialize;
use serde_json::json;

use super::{Registration, insert_scopes, remove_scopes, scopes_json};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Page, RowOf, Window, json_text, recorded};

/// The scopes of an identity as JSON, written as `scopes_json` writes them.
macro_rules! scopes {
    () => {
        "(SELECT json_group_array(json_object( \
                     'allow_private', json(iif(allow_private, 'true', 'false')), 'owner', owner, 'repo', repo)) \
          FROM (SELECT owner, repo, allow_private FROM identity_scopes \
                WHERE identity_id = identities.id ORDER BY position))"
    };
}

/// Everything about an identity that can be changed, as one text.
macro_rules! state {
    () => {
        concat!("(json_array(kind, login, secret_ref, installation_id, weight, status) || ", scopes!(), ")")
    };
}

/// An [`IdentitySpec`] as JSON.
macro_rules! spec {
    () => {
        "json_object('kind', kind, 'login', login, 'secret_ref', secret_ref, 'installation_id', installation_id, \
                     'weight', weight, 'status', status, 'scopes', json( \
                     (SELECT json_group_array(json_object('owner', owner, 'repo', repo, \
                                              'allow_private', json(iif(allow_private, 'true', 'false')))) \
                      FROM (SELECT owner, repo, allow_private FROM identity_scopes \
                            WHERE identity_id = identities.id ORDER BY position))))"
    };
}

pub(crate) use {scopes, spec, state};

/// The columns of a [`StoredIdentity`].
macro_rules! select_identities {
    ($condition:literal) => {
        concat!(
            "SELECT id, pool_id AS pool, created_at, updated_at, ",
            spec!(),
            " AS spec, ",
            state!(),
            " AS state FROM identities ",
            $condition
        )
    };
}

/// An identity as it is stored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StoredIdentity {
    /// Its id.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// What it is.
    #[serde(deserialize_with = "json_text")]
    pub spec: IdentitySpec,
    /// When it was registered, in milliseconds.
    pub created_at: i64,
    /// When it changed last, in milliseconds.
    pub updated_at: i64,
    /// What the database made of all that can be changed.
    state: String,
}

impl StoredIdentity {
    /// What a registration makes.
    pub(crate) fn registered(registration: &Registration, now: Timestamp) -> Self {
        let Registration { id, pool, spec, .. } = registration;
        let (id, pool, spec) = (id.clone(), pool.clone(), spec.clone());
        let created_at = now.as_millis();
        let identity =
            Self { id, pool, spec: spec.clone(), created_at, updated_at: created_at, state: String::new() };
        identity.planned(spec, now)
    }

    /// The same identity as it is to be. The state is what the database would make of it.
    #[must_use]
    pub(crate) fn planned(mut self, spec: IdentitySpec, now: Timestamp) -> Self {
        let fields: Vec<_> =
            fields_of(&spec, &IdentitySpec::FIELDS).into_iter().map(|(_, value)| value).collect();
        let fields = fields.get(..6).map(|fields| json!(fields)).unwrap_or_default();
        self.state = format!("{fields}{}", scopes_json(&spec.scopes));
        self.spec = spec;
        self.updated_at = now.as_millis();
        self
    }

    /// The pool and all that can be changed, as one text. No name of a pool has a bracket, with which the rest begins.
    pub(crate) fn place_and_state(&self) -> String {
        format!("{}{}", self.pool, self.state)
    }

    /// The version of all that can be changed.
    pub(crate) fn version(&self) -> Version {
        Version::of(&self.state)
    }
}

/// A page of a pool's identities, by id; nothing if there is no such pool.
pub(crate) async fn page(
    database: &dyn Database,
    pool: &PoolId,
    window: &Window,
) -> Result<Option<Page<StoredIdentity>>, DatabaseError> {
    let statements = vec![
        Statement::new("SELECT id FROM pools WHERE id = ?1", [pool.as_str().into()]),
        Statement::new(
            select_identities!("WHERE pool_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"),
            [pool.as_str().into(), window.after().into(), window.rows().into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    let known = answers.returned();
    let page = Page::new(answers.all_of("identities")?, window);
    Ok(known.then_some(page))
}

/// A page of the identities that serve, by id: of one pool or of all; nothing if there is no such pool.
/// One that cannot be read is an error of its own, which hides no other.
pub(crate) async fn active(
    database: &dyn Database,
    pool: Option<&PoolId>,
    window: &Window,
) -> Result<Option<Page<RowOf<StoredIdentity>>>, DatabaseError> {
    let pool = pool.map(PoolId::as_str);
    let statements = vec![
        Statement::new(
            "SELECT 1 WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM pools WHERE id = ?1)",
            [pool.into()],
        ),
        Statement::new(
            select_identities!(
                "WHERE status <> 'disabled' AND (?1 IS NULL OR pool_id = ?1) AND id > ?2 ORDER BY id LIMIT ?3"
            ),
            [pool.into(), window.after().into(), window.rows().into()],
        ),
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

/// How many installations of the App serve.
pub(crate) async fn count_apps(database: &dyn Database) -> Result<i64, DatabaseError> {
    let select = Statement::new(
        "SELECT count(*) AS apps FROM identities WHERE kind = 'github_app' AND status = 'active'",
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
    Answers::new(database.batch(vec![select(pool.as_str(), id.as_str())]).await?).first_of("identities")
}

/// The identity of an id, of whatever pool.
pub(crate) fn select_of_any_pool(id: &str) -> Statement {
    Statement::new(select_identities!("WHERE id = ?1"), [id.into()])
}

fn select(pool: &str, id: &str) -> Statement {
    Statement::new(select_identities!("WHERE pool_id = ?1 AND id = ?2"), [pool.into(), id.into()])
}

/// Puts the plan in the place of what was seen, if that still is what stands there. Answers whether it did.
///
/// Many changes of one identity at once take several attempts each, so an attempt has no statement that is
/// not needed: scopes are written only if they change, and what stands there afterwards is the plan.
pub(crate) async fn update(
    database: &dyn Database,
    seen: &StoredIdentity,
    plan: &StoredIdentity,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, spec, request_id) = (plan.id.as_str(), &plan.spec, audit.request_id.as_str());
    let mut statements = vec![
        record(seen, Timestamp::from_millis(plan.updated_at), audit),
        Statement::new(
            concat!(
                "UPDATE identities SET login = ?3, secret_ref = ?4, installation_id = ?5, weight = ?6, \
                                       status = ?7, updated_at = ?8 WHERE id = ?1 AND ",
                recorded!()
            ),
            [
                id.into(),
                request_id.into(),
                spec.login.as_str().into(),
                spec.secret_ref.as_str().into(),
                spec.credential.installation().map(InstallationId::get).into(),
                spec.weight.get().into(),
                spec.status.as_str().into(),
                plan.updated_at.into(),
            ],
        ),
    ];
    let scopes = scopes_json(&spec.scopes);
    if scopes != scopes_json(&seen.spec.scopes) {
        statements.push(remove_scopes(id, request_id));
        statements.push(insert_scopes(id, request_id, &scopes));
    }
    Ok(Answers::new(database.batch(statements).await?).returned())
}

/// Deletes the identity with its scopes if it still is what was seen. Answers whether it did.
pub(crate) async fn delete(
    database: &dyn Database,
    seen: &StoredIdentity,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let request_id = audit.request_id.as_str();
    let statements = vec![
        record(seen, now, audit),
        Statement::new(
            concat!("DELETE FROM identities WHERE id = ?1 AND ", recorded!()),
            [seen.id.as_str().into(), request_id.into()],
        ),
    ];
    Ok(Answers::new(database.batch(statements).await?).returned())
}

/// The audit row, if the identity still is what was seen. The statements after it ask whether it is there: what they
/// change is part of what was seen.
fn record(seen: &StoredIdentity, now: Timestamp, audit: &AuditEvent) -> Statement {
    let [actor, action, request_id, detail, content] =
        audit.params(now, Some(seen.pool.as_str()), Some(seen.id.as_str()));
    Statement::new(
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?4, ?5, ?6, pool_id, id, ?7, ?8, ?9 FROM identities WHERE id = ?1 AND pool_id = ?2 AND ",
            state!(),
            " = ?3 RETURNING seq"
        ),
        [
            seen.id.as_str().into(),
            seen.pool.as_str().into(),
            seen.state.as_str().into(),
            now.as_millis().into(),
            actor,
            action,
            request_id,
            detail,
            content,
        ],
    )
}
