//! Registered identities: read, changed and deleted.

use octopool_core::{IdentityId, InstallationId, PoolId, Scopes, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Registration;
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{
    Answers, AuditEvent, Audited, DELETE_SCOPES, INSERT_SCOPES, PUT_IDENTITIES, Page, Revision, Window,
    audited, record, recorded, unchanged,
};

/// The columns of a [`StoredIdentity`].
macro_rules! select_identities {
    ($condition:literal) => {
        concat!(
            "SELECT id, pool_id, kind, login, secret_ref, installation_id, weight, status, revision, \
                    created_at, updated_at, \
                    (SELECT json_group_array(json_object( \
                                'allow_private', json(iif(allow_private, 'true', 'false')), \
                                'owner', owner, 'repo', repo)) \
                     FROM (SELECT owner, repo, allow_private FROM identity_scopes \
                           WHERE identity_id = identities.id ORDER BY position)) AS scopes \
             FROM identities ",
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
    /// Moves with everything above, and with the scopes.
    pub revision: Revision,
    /// When it was registered, in milliseconds.
    pub created_at: i64,
    /// When it changed last, in milliseconds.
    pub updated_at: i64,
    /// JSON; read by [`Self::scopes`].
    #[serde(rename = "scopes")]
    scopes_json: String,
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
        Self {
            id: registration.id.to_string(),
            pool_id: registration.pool.to_string(),
            kind: registration.credential.kind().to_owned(),
            login: registration.login.to_string(),
            secret_ref: registration.secret_ref.to_string(),
            installation_id: registration.credential.installation().map(InstallationId::get),
            weight: registration.weight.get(),
            status: "active".to_owned(),
            revision: Revision::default(),
            created_at: now.as_millis(),
            updated_at: now.as_millis(),
            scopes_json: super::scopes_json(&registration.scopes),
        }
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

    /// The identity as a list of one, as the statements take it that write identities.
    fn list(&self) -> String {
        let scopes: Value = crate::json::from_slice(self.scopes_json.as_bytes()).unwrap_or_default();
        let item = json!({
            "id": self.id, "pool": self.pool_id, "kind": self.kind, "login": self.login,
            "secret_ref": self.secret_ref, "installation_id": self.installation_id, "weight": self.weight,
            "status": self.status, "revision": self.revision, "scopes": scopes,
        });
        json!([item]).to_string()
    }
}

/// A page of a pool's identities, by id; nothing if there is no such pool.
pub(crate) async fn page(
    database: &dyn Database,
    pool: &PoolId,
    window: &Window,
) -> Result<Option<Page<StoredIdentity>>, DatabaseError> {
    let select = select_identities!("WHERE pool_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    read_page(database, Some(pool), window, select).await
}

/// A page of the identities that serve, by id: of one pool or of all; nothing if there is no such pool.
pub(crate) async fn active(
    database: &dyn Database,
    pool: Option<&PoolId>,
    window: &Window,
) -> Result<Option<Page<StoredIdentity>>, DatabaseError> {
    let select = select_identities!(
        "WHERE status = 'active' AND (?1 IS NULL OR pool_id = ?1) AND id > ?2 ORDER BY id LIMIT ?3"
    );
    read_page(database, pool, window, select).await
}

async fn read_page(
    database: &dyn Database,
    pool: Option<&PoolId>,
    window: &Window,
    select: &'static str,
) -> Result<Option<Page<StoredIdentity>>, DatabaseError> {
    let pool = pool.map(PoolId::as_str);
    let known = "SELECT 1 WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM pools WHERE id = ?1)";
    let statements = vec![
        Statement::new(known, [pool.into()]),
        Statement::new(select, [pool.into(), window.after().into(), window.rows().into()]),
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
    let select = Statement::new(
        select_identities!("WHERE pool_id = ?1 AND id = ?2"),
        [pool.as_str().into(), id.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).first()
}

/// The identity of an id, of whatever pool.
pub(crate) fn select_of_any_pool(id: &str) -> Statement {
    Statement::new(select_identities!("WHERE id = ?1"), [id.into()])
}

/// Writes the plan in the place of what was seen, if it still is that. Answers whether it did.
pub(crate) async fn update(
    database: &dyn Database,
    seen: &StoredIdentity,
    plan: &StoredIdentity,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    put(seen.change(Timestamp::from_millis(plan.updated_at), audit), Some(seen), plan).run(database).await
}

/// Deletes the identity with its scopes if it still is what was seen. Answers whether it did.
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
    /// Begins a change of what was seen.
    fn change(&self, now: Timestamp, audit: &AuditEvent) -> Audited {
        let (id, entry) = (self.id.as_str(), audit.entry(now, Some(&self.pool_id), Some(&self.id)));
        audited(record!(unchanged!("identities")), &entry, vec![id.into(), self.revision.into()])
    }
}

/// Adds the statements that write the plan in the place of what was seen, or of nothing.
///
/// Many changes of one identity at once take several attempts each, so there is no statement that is not
/// needed: scopes are written only if they change.
pub(super) fn put(change: Audited, seen: Option<&StoredIdentity>, plan: &StoredIdentity) -> Audited {
    let list = plan.list();
    let put = |change: Audited| change.then(PUT_IDENTITIES, list.as_str(), vec![plan.updated_at.into()]);
    let Some(seen) = seen else {
        let change = put(change);
        return if plan.scopes_json == NO_SCOPES {
            change
        } else {
            change.then(INSERT_SCOPES, list.as_str(), vec![])
        };
    };
    let change = if seen.scopes_json == plan.scopes_json {
        change
    } else {
        change.then(DELETE_SCOPES, list.as_str(), vec![]).then(INSERT_SCOPES, list.as_str(), vec![])
    };
    // At the end, because the revision of the plan holds for all of it.
    put(change)
}

/// How no scopes are written.
const NO_SCOPES: &str = "[]";
