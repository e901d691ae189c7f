//! Reading GitHub through the pool.

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
    /// `GET`; nothing else is relayed.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RelayedMethod"))]
    pub method: String,
    /// A path below GitHub's REST base, beginning with `/`, without a query.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RelayedPath"))]
    pub path: String,
    /// The parameters: text, numbers, booleans, or arrays of them for a key that stands several times.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, crate::schema::RelayedValue>"))]
    pub query: BTreeMap<String, Value>,
    /// `accept`, `x-github-api-version`, `if-none-match`, `if-modified-since` and `cache-control: max-age=N` count; others do not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What the client takes the request for, in whatever form; the path decides. Of it only `pr_head_sha` counts (40 or 64 hexadecimal digits): what is
    /// about a pull request is shared among those who know the same head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_hint: Option<Value>,
}

/// What GitHub answered, whatever its status.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayResponse {
    /// GitHub's status.
    pub status: u16,
    /// GitHub's headers, those that are passed on.
    pub headers: BTreeMap<String, String>,
    /// The body in the form that `body_encoding` names; `null` with `text` if there is none.
    pub body: Value,
    /// How the body is written.
    pub body_encoding: BodyEncoding,
    /// Who asked GitHub; absent where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<RelayIdentity>,
    /// How the answer came about.
    pub relay: Relay,
}

/// The identity that asked GitHub.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayIdentity {
    /// Its id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// What kind of credential it is.
    pub kind: IdentityKind,
}

/// How an answer came about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Relay {
    /// The pool that was read through.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The id of the request, as in `x-request-id`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// Whether the answer may be shared.
    pub cacheable: bool,
    /// Where it came from.
    pub cache: CacheOutcome,
    /// Whether it is past its fresh time and was served because nobody could ask anew.
    pub stale_ok: bool,
    /// What the path was taken for.
    pub route_kind: String,
    /// Why it is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_reason: Option<StaleReason>,
    /// Whether another request had asked already and this one waited for its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coalesced: Option<bool>,
    /// Until when the answer is fresh (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub cache_expires_at: Option<String>,
    /// Why this identity asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_reason: Option<LeaseReason>,
}

/// What a fallback is in the REST form: its status, and the message, which says what happened and what
/// to do. In an envelope the status is that of `fallback_local`.
///
/// Clients of GitHub's API retry 424 and 5xx, so what another try cannot change is a 403 or a 404. No
/// message may look like one of GitHub's rate limits, by which clients would wait for an hour.
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
    }
}
