//! `GET`, `PATCH` and `DELETE` of registered identities.

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::IdentitySpec;

use super::fields::{self, Purpose};
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
use crate::identities::{self, IdentityChange, StoredIdentity};

/// Returns a page of a pool's identities.
pub(crate) async fn list_identities(
    _: Admin,
    PoolPath(pool): PoolPath,
    Extension(app): Extension<App>,
    query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let paging = query.finish()?;
    let page = identities::list_identities(&app, &pool, &paging.window).await?;
    let next = paging.next(page.more, page.rows.last().map(|row| row.id.as_str()));
    let identities = page.rows.iter().map(view).collect();
    Ok((next.link, Json(StatusCode::OK, wire::IdentityList { identities, next_cursor: next.cursor })))
}

/// Returns one identity.
pub(crate) async fn read_identity(
    _: Admin,
    IdentityPath(pool, id): IdentityPath,
    Extension(app): Extension<App>,
) -> Result<impl IntoResponse, ApiError> {
    let row = identities::find_identity(&app, &pool, &id).await?;
    Ok((etag(&row.revision.version()), Json(StatusCode::OK, view(&row))))
}

/// Changes the given fields. The kind of the stored identity decides which fields are allowed, so
/// it is read first.
///
/// An admin of one pool cannot change the credential, because another pool might use the new one;
/// only the registration checks that in the database.
pub(crate) async fn update_identity(
    admin: Admin,
    IdentityPath(pool, id): IdentityPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
    JsonObject(body): JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let stored = identities::find_identity(&app, &pool, &id).await?;
    let change = parse(&stored, Fields::new(body))?;
    if change.patch.names_credential() {
        admin.demand_all_pools()?;
    }
    let row = identities::update_identity(&app, &mutation, &pool, &id, &change).await?;
    Ok((etag(&row.revision.version()), Json(StatusCode::OK, view(&row))))
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

fn parse(stored: &StoredIdentity, mut fields: Fields) -> Result<IdentityChange, ApiError> {
    if fields.is_empty() {
        // `kind` is a field, but cannot be changed.
        let names = IdentitySpec::FIELDS.iter().filter(|name| **name != "kind");
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        fields.problem("body", &format!("must have at least one of {}", names.join(", ")));
    }
    let kind = stored.spec.credential.kind();
    let patch = fields::read(&mut fields, Purpose::Update(kind));
    fields.deny_unknown();
    fields.finish(Some(IdentityChange { kind, patch }))
}

fn view(row: &StoredIdentity) -> wire::RegisteredIdentity {
    wire::RegisteredIdentity {
        identity: wire::Identity::new(&row.id, &row.pool, &row.spec),
        created_at: rfc3339(row.created_at),
        updated_at: rfc3339(row.updated_at),
    }
}
