//! Extractors that authenticate: a handler with one of them in its signature runs only for requests
//! that pass it.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use octopool_api_types::ErrorCode;
use octopool_core::PoolId;

use super::{Admin, AdminDenied, CallerDenied, MembershipError, TokenHolder, authenticate, authorize_admin};
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{Authenticated, PoolPath, RequestId, bearer};
use crate::sql::Author;

/// An admin who may do what the path says. Extracted from the head of the request, so that it is
/// decided before any of the body is read.
///
/// An admin of one pool passes only if the path names that pool, so a route that does not handle
/// restrictions is closed to restricted admins. Where the pool is in the body or the query, the
/// handler takes a [`ScopedAdmin`].
impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ScopedAdmin(admin) = ScopedAdmin::from_request_parts(parts, state).await?;
        if admin.restriction().is_some() {
            match pool_in_path(parts, state).await {
                Some(pool) => admin.demand(&pool)?,
                None => admin.demand_all_pools()?,
            }
        }
        Ok(admin)
    }
}

/// An admin whose restriction to a pool the handler checks itself, because the pool is in the body
/// or the query.
pub(crate) struct ScopedAdmin(pub(crate) Admin);

impl<S: Send + Sync> FromRequestParts<S> for ScopedAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let app = app(parts)?;
        let admin = authorize_admin(&app, bearer(&parts.headers).as_deref()).await?;
        if let Some(authenticated) = parts.extensions.get::<Authenticated>() {
            authenticated.identify(admin.actor());
        }
        // The author of a change is extracted later and must be the same admin.
        parts.extensions.insert(admin.clone());
        Ok(Self(admin))
    }
}

/// The holder of the deployment's own admin token, `OCTOPOOL_ADMIN_TOKEN`.
pub(crate) struct Root;

impl<S: Send + Sync> FromRequestParts<S> for Root {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ScopedAdmin(admin) = ScopedAdmin::from_request_parts(parts, state).await?;
        admin.demand_root()?;
        Ok(Self)
    }
}

/// The authenticated admin, as the author of a change. It is an error if the handler did not
/// authenticate an admin first.
impl<S: Send + Sync> FromRequestParts<S> for Author {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(RequestId(request_id)) = RequestId::from_request_parts(parts, state).await;
        let admin = parts.extensions.get::<Admin>();
        let admin = admin.ok_or_else(|| ApiError::internal(&"a change without an admin"))?;
        Ok(Self { actor: admin.actor(), request_id })
    }
}

/// The application of this request.
fn app(parts: &Parts) -> Result<App, ApiError> {
    let app = parts.extensions.get::<App>().cloned();
    app.ok_or_else(|| ApiError::internal(&"a request without an application"))
}

/// `{pool}` of the path, if the path has it and it is a valid pool name.
async fn pool_in_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<PoolId> {
    let parameters = RawPathParams::from_request_parts(parts, state).await.ok()?;
    let pool = parameters.iter().find_map(|(name, value)| (name == "pool").then_some(value))?;
    PoolId::parse(pool).ok()
}

/// The pool in the path, and the holder of a caller token that gives access to it.
#[derive(Debug)]
pub(crate) struct PoolOpener {
    pub(crate) pool: PoolId,
    pub(crate) holder: TokenHolder,
}

impl<S: Send + Sync> FromRequestParts<S> for PoolOpener {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let bearer = bearer(&parts.headers);
        if bearer.is_none() {
            return Err(ApiError::new(ErrorCode::MissingAuth));
        }
        let PoolPath(pool) = PoolPath::from_request_parts(parts, state).await?;
        let app = app(parts)?;
        let holder = authenticate(&app, bearer.as_deref(), &pool).await?;
        Ok(Self { pool, holder })
    }
}

impl From<AdminDenied> for ApiError {
    fn from(denied: AdminDenied) -> Self {
        match denied {
            AdminDenied::Unconfigured => Self::new(ErrorCode::AdminUnconfigured),
            AdminDenied::Missing => Self::new(ErrorCode::MissingAuth),
            AdminDenied::Wrong => Self::new(ErrorCode::InvalidAdminAuth),
            AdminDenied::OtherPool(None) => other_pool(),
            AdminDenied::OtherPool(Some(pool)) => other_pool().about(pool),
            AdminDenied::NotRoot => Self::new(ErrorCode::RootRequired),
            AdminDenied::Database(error) => error.into(),
        }
    }
}

/// The error for an admin of one pool whose request concerns another.
pub(crate) fn other_pool() -> ApiError {
    ApiError::new(ErrorCode::PoolDenied).with_message(
        "This admin token is restricted to one pool, and the request is not limited to that pool.",
    )
}

impl From<CallerDenied> for ApiError {
    fn from(denied: CallerDenied) -> Self {
        match denied {
            CallerDenied::Missing => Self::new(ErrorCode::MissingAuth),
            CallerDenied::Invalid => Self::new(ErrorCode::InvalidAuth),
            CallerDenied::OtherOrg => Self::new(ErrorCode::OrgDenied),
            CallerDenied::Membership(error) => error.into(),
            CallerDenied::Database(error) => error.into(),
        }
    }
}

impl From<MembershipError> for ApiError {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::NotAMember => Self::new(ErrorCode::OrgMemberDenied),
            MembershipError::OtherAccount => Self::new(ErrorCode::GithubIdentityMismatch),
            MembershipError::Unverifiable(cause) => {
                Self::new(ErrorCode::OrgVerificationFailed).with_cause(&cause)
            }
            MembershipError::NoOrgToken => Self::new(ErrorCode::OrgVerificationUnavailable),
        }
    }
}
