//! Reading GitHub through the pool.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use octopool_core::IdentityKind;

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

/// How a body is written in an envelope.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyEncoding {
    /// As the JSON that it is.
    Json,
    /// As a string.
    Text,
    /// As base64 of its bytes.
    Base64,
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

/// Where an answer came from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CacheOutcome {
    /// From the cache, fresh.
    Hit,
    /// From the cache, past its fresh time.
    Stale,
    /// From GitHub, and shared.
    Miss,
    /// From GitHub, and not shared.
    Bypass,
}

impl CacheOutcome {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// Why this identity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeaseReason {
    /// It served the same route a moment ago.
    Sticky,
    /// It has the most requests left.
    HighestRemaining,
}

/// Why an answer past its fresh time was served.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaleReason {
    /// Every identity that could ask cools down.
    IdentitiesCoolingDown,
    /// Those that could ask have used up their budget.
    GithubIdentityDepleted,
    /// GitHub limits those that could ask.
    GithubRateLimited,
    /// GitHub does not accept the credentials of those that could ask.
    GithubIdentityUnauthorized,
    /// GitHub answered with an error of its own, or not at all.
    GithubUnavailable,
}

impl StaleReason {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdentitiesCoolingDown => "identities_cooling_down",
            Self::GithubIdentityDepleted => "github_identity_depleted",
            Self::GithubRateLimited => "github_rate_limited",
            Self::GithubIdentityUnauthorized => "github_identity_unauthorized",
            Self::GithubUnavailable => "github_unavailable",
        }
    }
}

/// Declares [`FallbackReason`], one row per reason: variant, status in the REST form,
/// `details.reason`, message in the REST form.
///
/// Clients of GitHub's API retry 424 and 5xx, so what another try cannot change is a 403 or a 404.
/// No message may look like one of GitHub's rate limits, by which clients would wait for an hour.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident, $status:ident, $reason:literal, $message:literal;)+) => {
        /// Why the pool does not serve what the caller's own credentials could (`details.reason` of `fallback_local`).
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum FallbackReason {
            $($(#[$doc])* #[serde(rename = $reason)] $variant,)+
        }

        impl FallbackReason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The reason as it is in `details.reason`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $reason,)+
                }
            }

            /// The status in the REST form. In an envelope it is that of `fallback_local`.
            pub const fn rest_status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }

            /// The message in the REST form: what happened, and what to do.
            pub const fn rest_message(self) -> &'static str {
                match self {
                    $(Self::$variant => $message,)+
                }
            }
        }
    };
}

reasons! {
    /// The relay does not serve this path.
    RouteDenied, FORBIDDEN, "route_denied",
        "octopool does not serve this path. Use your own GitHub credentials.";
    /// The policy does not allow the owner.
    OwnerDenied, FORBIDDEN, "owner_denied",
        "The policy of this pool does not allow this owner.";
    /// The policy does not allow search.
    SearchDenied, FORBIDDEN, "search_denied",
        "The policy of this pool does not allow searches.";
    /// The policy does not allow job logs.
    LogsDenied, FORBIDDEN, "logs_denied",
        "The policy of this pool does not allow logs and artifacts.";
    /// The repository is not public.
    RepoNotPublic, NOT_FOUND, "repo_not_public",
        "The repository does not exist or is not public. Only public repositories are served.";
    /// Whether the repository is public could not be found out.
    RepoPublicCheckFailed, SERVICE_UNAVAILABLE, "repo_public_check_failed",
        "octopool could not determine whether the repository is public. Try again after the \
         number of seconds in Retry-After.";
    /// No identity of the pool has a scope for it.
    NoIdentity, FORBIDDEN, "no_identity",
        "No identity of this pool may serve this request.";
    /// Every identity that could serve cools down.
    IdentitiesCoolingDown, TOO_MANY_REQUESTS, "identities_cooling_down",
        "All identities that could serve this are cooling down. Try again after the number of \
         seconds in Retry-After.";
    /// GitHub does not accept the credentials of those that could serve.
    GithubIdentityUnauthorized, TOO_MANY_REQUESTS, "github_identity_unauthorized",
        "GitHub does not accept the credentials of the identities that could serve this. An \
         admin can find the cause with `octopool admin identities verify`.";
    /// GitHub limits those that could serve.
    GithubRateLimited, TOO_MANY_REQUESTS, "github_rate_limited",
        "All identities that could serve this are cooling down. Try again after the number of \
         seconds in Retry-After.";
    /// Those that could serve have used up their budget.
    GithubIdentityDepleted, TOO_MANY_REQUESTS, "github_identity_depleted",
        "All identities that could serve this have used up their budgets. Try again after the \
         number of seconds in Retry-After.";
    /// GitHub forbids it to those that could serve.
    GithubIdentityForbidden, FORBIDDEN, "github_identity_forbidden",
        "GitHub denies this to the identities of this pool.";
    /// The answer is larger than `MAX_RESPONSE_BYTES`.
    GithubResponseTooLarge, FORBIDDEN, "github_response_too_large",
        "GitHub's response is larger than this deployment relays.";
    /// octopool has too much to do.
    RelayOverloaded, SERVICE_UNAVAILABLE, "relay_overloaded",
        "octopool is overloaded. Try again after the number of seconds in Retry-After.";
    /// It takes the caller's own rights.
    LocalCredentialsRequired, FORBIDDEN, "local_credentials_required",
        "This requires your own permissions on the repository. Use your own GitHub credentials.";
}
