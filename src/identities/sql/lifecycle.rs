//! Registered identities: read, changed and deleted.

use octopool_core::{IdentityId, InstallationId, PoolId, Scopes, Timestamp, Version};
use serde::Deserialize;
use serde_json::json;

use super::{Registration, insert_scopes, remove_scopes};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Page, Window, recorded};

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

pub(crate) use {scopes, state};

/// The columns of a [`StoredIdentity`].
macro_rules! select_identities {
    ($condition:literal) => {
        concat!(
            "SELECT id, pool_id, kind, login, secret_ref, installation_id, weight, status, created_at, updated_at, ",
            scopes!(),
            " AS scopes, ",
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
    pub id: String,
    /// The pool it serves.
    pub pool_id: String,
    /// `pat` or `github_app`.
    pub kind: String,
    /// The account behind the credential.
    pub login: String,
    /// The name of the secret that holds it.
    pub secret_ref: String,
    /// The installation, for an App.
    pub installation_id: Option<i64>,
    /// Preference between equal candidates.
    pub weight: i64,
    /// `active` or `disabled`.
    pub status: String,
    /// When it was registered, in milliseconds.
    pub created_at: i64,
    /// When it changed last, in milliseconds.
    pub updated_at: i64,
    /// JSON; read by [`Self::scopes`].
    #[serde(rename = "scopes")]
    scopes_json: String,
    /// What the database made of all that can be changed.
    state: String,
}

/// One scope as it is stored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ScopeRow {
    /// An account or `*`.
    pub owner: String,
    /// One of its repositories, or all.
    pub repo: Option<String>,
    /// Whether private ones are meant too.
    pub allow_private: bool,
}

impl StoredIdentity {
    /// What a registration makes.
    pub(crate) fn registered(registration: &Registration, now: Timestamp) -> Self {
        let identity = Self {
            id: registration.id.to_string(),
            pool_id: registration.pool.to_string(),
            kind: registration.credential.kind().to_owned(),
            login: registration.login.to_string(),
            secret_ref: registration.secret_ref.to_string(),
            installation_id: registration.credential.installation().map(InstallationId::get),
            weight: registration.weight.get(),
            status: "active".to_owned(),
            created_at: now.as_millis(),
            updated_at: now.as_millis(),
            scopes_json: super::scopes_json(&registration.scopes),
            state: String::new(),
        };
        identity.planned(now)
    }

    /// Its scopes in order.
    pub(crate) fn scopes(&self) -> Result<Vec<ScopeRow>, DatabaseError> {
        crate::json::from_slice(self.scopes_json.as_bytes())
            .map_err(|error| DatabaseError::Failed(format!("unexpected scopes: {error}")))
    }

    /// The scopes as JSON, to compare and to tell of.
    pub(crate) fn scopes_json(&self) -> &str {
        &self.scopes_json
    }

    /// Replaces the scopes of what is planned.
    pub(crate) fn set_scopes(&mut self, scopes: &Scopes) {
        self.scopes_json = super::scopes_json(scopes);
    }

    /// Ends the planning: the state is what the database would make of it.
    #[must_use]
    pub(crate) fn planned(mut self, now: Timestamp) -> Self {
        let fields =
            json!([self.kind, self.login, self.secret_ref, self.installation_id, self.weight, self.status]);
        self.state = format!("{fields}{}", self.scopes_json);
        self.updated_at = now.as_millis();
        self
    }

    /// The pool and all that can be changed, as one text. No name of a pool has a bracket, with which the rest begins.
    pub(crate) fn place_and_state(&self) -> String {
        format!("{}{}", self.pool_id, self.state)
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
    let page = Page::new(answers.all()?, window);
    Ok(known.then_some(page))
}

/// A page of the identities that serve, by id: of one pool or of all; nothing if there is no such pool.
pub(crate) async fn active(
    database: &dyn Database,
    pool: Option<&PoolId>,
    window: &Window,
) -> Result<Option<Page<StoredIdentity>>, DatabaseError> {
    let pool = pool.map(PoolId::as_str);
    let statements = vec![
        Statement::new(
            "SELECT 1 WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM pools WHERE id = ?1)",
            [pool.into()],
        ),
        Statement::new(
            select_identities!(
                "WHERE status = 'active' AND (?1 IS NULL OR pool_id = ?1) AND id > ?2 ORDER BY id LIMIT ?3"
            ),
            [pool.into(), window.after().into(), window.rows().into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    let known = answers.returned();
    let page = Page::new(answers.all()?, window);
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
    Answers::new(database.batch(vec![select(pool.as_str(), id.as_str())]).await?).first()
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
    let (id, request_id) = (plan.id.as_str(), audit.request_id.as_str());
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
                plan.login.as_str().into(),
                plan.secret_ref.as_str().into(),
                plan.installation_id.into(),
                plan.weight.into(),
                plan.status.as_str().into(),
                plan.updated_at.into(),
            ],
        ),
    ];
    if plan.scopes_json != seen.scopes_json {
        statements.push(remove_scopes(id, request_id));
        statements.push(insert_scopes(id, request_id, &plan.scopes_json));
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
    let [actor, action, request_id, detail, content] = audit.params(now, Some(&seen.pool_id), Some(&seen.id));
    Statement::new(
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?4, ?5, ?6, pool_id, id, ?7, ?8, ?9 FROM identities WHERE id = ?1 AND pool_id = ?2 AND ",
            state!(),
            " = ?3 RETURNING seq"
        ),
        [
            seen.id.as_str().into(),
            seen.pool_id.as_str().into(),
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
