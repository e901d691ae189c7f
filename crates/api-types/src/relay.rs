//! Reads of GitHub through the pool.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use octopool_core::IdentityKind;
pub use octopool_core::relay::{BodyEncoding, CacheOutcome, FallbackReason, LeaseReason, StaleReason};

/// `POST /v1/github/request`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayRequest {
    /// The pool to read through.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// Must be `GET`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RelayedMethod"))]
    pub method: String,
    /// A path below GitHub's REST base, starting with `/`, without a query.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RelayedPath"))]
    pub path: String,
    /// The query parameters: text, numbers, booleans, or arrays of them for a repeated key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, crate::schema::RelayedValue>"))]
    pub query: BTreeMap<String, Value>,
    /// Only `accept`, `x-github-api-version`, `if-none-match`, `if-modified-since` and
    /// `cache-control: max-age=N` are used; others are ignored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What the client knows about the request; the path decides the route. Only `pr_head_sha` is
    /// used (40 or 64 hexadecimal digits): the answer to a read of a pull request is shared among
    /// clients that send the same head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_hint: Option<Value>,
}

/// `POST /api/graphql`, as GitHub takes it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GraphqlRequest {
    /// A document whose operations are queries.
    pub query: String,
    /// The values of the operation's variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<serde_json::Map<String, Value>>,
    /// The operation, if the document has several.
    #[serde(default, rename = "operationName", skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
}

/// GitHub's answer, whatever its status.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayResponse {
    /// GitHub's status.
    pub status: u16,
    /// GitHub's headers that are passed on.
    pub headers: BTreeMap<String, String>,
    /// The body, encoded as `body_encoding` says; `null` with `text` if it is empty.
    pub body: Value,
    /// The encoding of the body.
    pub body_encoding: BodyEncoding,
    /// The identity that sent the request to GitHub; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<RelayIdentity>,
    /// How the request was served.
    pub relay: Relay,
}

/// The identity that asked GitHub.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayIdentity {
    /// Its id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The kind of its credential.
    pub kind: IdentityKind,
}

/// How a request was served.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Relay {
    /// The pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The id of the request, as in `x-request-id`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// Whether the answer may be shared.
    pub cacheable: bool,
    /// Whether the answer came from the cache or from GitHub.
    pub cache: CacheOutcome,
    /// Whether the answer is past its fresh time, served because no identity could ask GitHub.
    pub stale_ok: bool,
    /// The route kind that the path was recognized as.
    pub route_kind: String,
    /// Why a stale answer was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_reason: Option<StaleReason>,
    /// Whether this request waited for the answer to another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coalesced: Option<bool>,
    /// Until when the answer is fresh (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub cache_expires_at: Option<String>,
    /// Why this identity was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_reason: Option<LeaseReason>,
}

/// What a fallback is in the REST form: its status, and the message, which says what happened and
/// what to do. In an envelope the status is that of `fallback_local`.
///
/// Clients of GitHub's API retry 424 and 5xx, so what another try cannot change is a 403 or a 404.
/// No message may look like one of GitHub's rate limits, by which clients would wait for an hour.
pub const fn fallback_in_rest(reason: FallbackReason) -> (StatusCode, &'static str) {
    use FallbackReason as Reason;
    match reason {
        Reason::RouteDenied => {
            (StatusCode::FORBIDDEN, "octopool does not serve this path. Use your own GitHub credentials.")
        }
        Reason::OwnerDenied => (StatusCode::FORBIDDEN, "The policy of this pool does not allow this owner."),
        Reason::SearchDenied => (StatusCode::FORBIDDEN, "The policy of this pool does not allow searches."),
        Reason::LogsDenied => {
            (StatusCode::FORBIDDEN, "The policy of this pool does not allow logs and artifacts.")
        }
        Reason::RepoNotPublic => (
            StatusCode::NOT_FOUND,
            "The repository does not exist or is not public. Only public repositories are served.",
        ),
        Reason::RepoPublicCheckFailed => (
            StatusCode::SERVICE_UNAVAILABLE,
            "octopool could not determine whether the repository is public. Try again after the \
             number of seconds in Retry-After.",
        ),
        Reason::NoIdentity => (StatusCode::FORBIDDEN, "No identity of this pool may serve this request."),
        Reason::IdentitiesCoolingDown | Reason::GithubRateLimited => (
            StatusCode::TOO_MANY_REQUESTS,
            "All identities that could serve this are cooling down. Try again after the number of \
             seconds in Retry-After.",
        ),
        Reason::GithubIdentityUnauthorized => (
            StatusCode::TOO_MANY_REQUESTS,
            "GitHub does not accept the credentials of the identities that could serve this. An \
             admin can find the cause with `octopool admin identities verify`.",
        ),
        Reason::GithubIdentityDepleted => (
            StatusCode::TOO_MANY_REQUESTS,
            "All identities that could serve this have used up their budgets. Try again after the \
             number of seconds in Retry-After.",
        ),
        Reason::GithubIdentityForbidden => {
            (StatusCode::FORBIDDEN, "GitHub denies this to the identities of this pool.")
        }
        Reason::GithubResponseTooLarge => {
            (StatusCode::FORBIDDEN, "GitHub's response is larger than this deployment relays.")
        }
        Reason::RelayOverloaded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "octopool is overloaded. Try again after the number of seconds in Retry-After.",
        ),
        Reason::LocalCredentialsRequired => (
            StatusCode::FORBIDDEN,
            "This requires your own permissions on the repository. Use your own GitHub credentials.",
        ),
        Reason::GraphqlDenied => (
            StatusCode::FORBIDDEN,
            "octopool does not serve this GraphQL query. Use your own GitHub credentials.",
        ),
    }
}
