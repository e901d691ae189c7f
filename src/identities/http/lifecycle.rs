//! `GET`, `PATCH` and `DELETE` of registered identities.

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_api_types::IdentityKind;
use octopool_core::{IdentityLogin, MAX_SCOPES, Scopes, SecretRef, Status, Weight};

use super::{INSTALLATION_OF_A_PAT, read_installation, read_scope, refuse_reserved};
use crate::access::Admin;
use crate::app::App;
use crate::change::Mutation;
use crate::change::http::etag;
use crate::http::error::ApiError;
use crate::http::extract::{IdentityPath, JsonObject, PoolPath};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::paging::ListQuery;
use crate::http::time::rfc3339;
use crate::identities::sql::lifecycle::StoredIdentity;
use crate::identities::{self, IdentityChange};

/// Answers a page of a pool's identities.
pub(crate) async fn list_identities(
    _: Admin,
    PoolPath(pool): PoolPath,
    Extension(app): Extension<App>,
    query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let paging = query.finish()?;
    let page = identities::list_identities(&app, &pool, &paging.window).await?;
    let next = paging.next(page.more, page.rows.last().map(|row| row.id.as_str()));
    let identities = page.rows.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok((next.link, Json(StatusCode::OK, wire::IdentityList { identities, next_cursor: next.cursor })))
}

/// Answers one identity.
pub(crate) async fn read_identity(
    _: Admin,
    IdentityPath(pool, id): IdentityPath,
    Extension(app): Extension<App>,
) -> Result<impl IntoResponse, ApiError> {
    let row = identities::find_identity(&app, &pool, &id).await?;
    Ok((etag(&row.version()), Json(StatusCode::OK, view(row)?)))
}

/// Changes what is given. The kind of the stored identity decides what may be given, so it is read first.
///
/// Whoever has a say in one pool only cannot give it another credential, which might be one that another pool spends: the
/// registration asks the database about that.
pub(crate) async fn update_identity(
    admin: Admin,
    IdentityPath(pool, id): IdentityPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
    JsonObject(body): JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let stored = identities::find_identity(&app, &pool, &id).await?;
    let change = parse(stored, Fields::new(body))?;
    if change.secret_ref.is_some() || change.installation.is_some() {
        admin.demand_all_pools()?;
    }
    let row = identities::update_identity(&app, &mutation, &pool, &id, &change).await?;
    Ok((etag(&row.version()), Json(StatusCode::OK, view(row)?)))
}

/// Deletes an identity.
pub(crate) async fn delete_identity(
    _: Admin,
    IdentityPath(pool, id): IdentityPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
) -> Result<StatusCode, ApiError> {
    identities::delete_identity(&app, &mutation, &pool, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(stored: StoredIdentity, mut fields: Fields) -> Result<IdentityChange, ApiError> {
    if fields.is_empty() {
        let problem = "must have at least one of `login`, `secret_ref`, `installation_id`, `weight`, `scopes`, `status`";
        fields.problem("body", problem);
    }
    let kind = kind(&stored);
    if fields.take("kind").is_some() {
        fields.problem("kind", "cannot change; register another identity");
    }
    let login = fields.optional_text("login", IdentityLogin::parse);
    let secret_ref = fields.optional_text("secret_ref", SecretRef::parse);
    refuse_reserved(&mut fields, secret_ref.as_ref());
    let installation = match fields.take("installation_id") {
        Some(_) if kind == IdentityKind::Pat => {
            fields.problem("installation_id", INSTALLATION_OF_A_PAT);
            None
        }
        Some(value) => read_installation(&mut fields, Some(&value)),
        None => None,
    };
    let weight = fields.optional_integer("weight", Weight::new);
    // A list that is not there is empty for the reader, and no change here. It is read even so: `null` is no unknown field.
    let given = fields.has("scopes");
    let scopes = fields.objects("scopes", MAX_SCOPES, |scope| read_scope(scope, Some(kind))).map(Scopes::new);
    let scopes = scopes.filter(|_| given);
    let status = fields.optional_text("status", Status::parse);
    fields.deny_unknown();
    let change =
        IdentityChange { kind: stored.kind, login, secret_ref, installation, weight, scopes, status };
    fields.finish(Some(change))
}

fn kind(stored: &StoredIdentity) -> IdentityKind {
    if stored.kind == "pat" { IdentityKind::Pat } else { IdentityKind::GithubApp }
}

fn view(row: StoredIdentity) -> Result<wire::RegisteredIdentity, ApiError> {
    let scopes = row.scopes()?.into_iter();
    let scopes = scopes.map(|scope| wire::Scope {
        owner: scope.owner,
        repo: scope.repo,
        allow_private: scope.allow_private,
    });
    let status =
        if row.status == "active" { wire::IdentityStatus::Active } else { wire::IdentityStatus::Disabled };
    let (created_at, updated_at) = (rfc3339(row.created_at), rfc3339(row.updated_at));
    let identity = wire::Identity {
        scopes: scopes.collect(),
        kind: kind(&row),
        status,
        id: row.id,
        pool: row.pool_id,
        login: row.login,
        secret_ref: row.secret_ref,
        installation_id: row.installation_id,
        weight: row.weight,
    };
    Ok(wire::RegisteredIdentity { identity, created_at, updated_at })
}
