//! The error envelope: `{"error":{"code","message","request_id","details"?}}`.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of every response with a status of 400 or above.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorBody,
}

/// An error, and what to do about it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// A code of [`ErrorCode`]'s list. It is text here, so that a client can show a code that it
    /// does not know yet.
    pub code: String,
    /// One or two sentences for people.
    pub message: String,
    /// The same value as the `x-request-id` header. The operator can find the cause in the log by
    /// it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// Details for programs; they depend on the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// One violated rule of a request body, an item of `details.fields`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldProblem {
    /// The field: `pool`, `scopes[2].owner`.
    pub field: String,
    /// The rule, as a phrase: `must not be blank`.
    pub problem: String,
}

/// The body of an error under `/api/v3`, in the form of GitHub's errors
/// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GithubError {
    /// One or two sentences for people.
    pub message: String,
    /// The address of GitHub's API documentation.
    pub documentation_url: String,
    /// The status of the response, as text.
    pub status: String,
    /// Always one error.
    pub errors: Vec<GithubErrorItem>,
}

/// The error, as an item of GitHub's list.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GithubErrorItem {
    /// Always `octopool`.
    pub resource: String,
    /// A code of [`ErrorCode`]'s list.
    pub code: String,
    /// What happened and what to do. The top-level `message` can be GitHub's own text, by which
    /// clients recognize errors: `Not Found`, `Bad credentials`.
    pub message: String,
    /// For GraphQL: the reason or the code in capitals, where GitHub's GraphQL errors have their
    /// type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// For GraphQL: the fields that lead to what is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// Details for programs; they depend on the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// Declares [`ErrorCode`], one row per error: variant, status, `error.code`, message.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident, $status:ident, $code:literal, $message:literal;)+) => {
        /// The closed list of codes that `error.code` can hold.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the documents.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it is in `error.code`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The usual status.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }

            /// The usual message: what happened, and what to do. One that ends with a colon
            /// continues with the violated rules.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$variant => $message,)+
                }
            }
        }
    };
}

error_codes! {
    /// The path does not exist.
    NotFound, NOT_FOUND, "not_found",
        "This path does not exist. The API is described at /openapi.json.";
    /// The path exists, the method does not; `Allow` lists those that do.
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method_not_allowed",
        "This path does not support this method. The Allow header lists the methods that it \
         supports.";
    /// The body is not declared as `application/json`.
    UnsupportedMediaType, UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "Send the body as JSON with the header `content-type: application/json`.";
    /// The body is not a JSON object.
    InvalidJson, BAD_REQUEST, "invalid_json",
        "The body must be a JSON object in UTF-8.";
    /// The body or a path segment breaks a rule; `details.fields` lists every violation.
    InvalidRequest, BAD_REQUEST, "invalid_request",
        "The request is invalid:";
    /// The body is larger than the endpoint takes.
    PayloadTooLarge, PAYLOAD_TOO_LARGE, "payload_too_large",
        "The body is larger than 64 KiB.";
    /// `client_name` is not a client name.
    ClientNameInvalid, BAD_REQUEST, "client_name_invalid",
        "The client name is invalid:";
    /// `since` is not a time of 1 minute to 30 days.
    InvalidWindow, BAD_REQUEST, "invalid_window",
        "The time window is invalid:";
    /// `kind` is neither `pat` nor `github_app`.
    IdentityKindUnsupported, BAD_REQUEST, "identity_kind_unsupported",
        "This kind of identity is not supported:";
    /// A `github_app` identity without a usable `installation_id`.
    InstallationIdRequired, BAD_REQUEST, "installation_id_required",
        "A GitHub App identity requires an installation id:";
    /// `secret_ref` names a binding that the Worker itself uses.
    SecretRefReserved, BAD_REQUEST, "secret_ref_reserved",
        "This secret name is reserved for the Worker:";
    /// No credential was sent.
    MissingAuth, UNAUTHORIZED, "missing_auth",
        "The request has no token. Send one with the header `Authorization: Bearer …`.";
    /// The credential is not an admin token, or has expired or was revoked.
    InvalidAdminAuth, UNAUTHORIZED, "invalid_admin_auth",
        "This is not an admin token of this deployment, or it has expired or was revoked.";
    /// The caller token does not open this pool; deliberately says no more.
    InvalidAuth, UNAUTHORIZED, "invalid_auth",
        "This token does not give access to this pool. Log in again, or ask an admin for a grant.";
    /// GitHub refused the token of a login, or could not be reached.
    GithubAuthFailed, UNAUTHORIZED, "github_auth_failed",
        "GitHub did not accept the token. Refresh it with `gh auth login` and try again.";
    /// The caller belongs to another org than this deployment's.
    OrgDenied, FORBIDDEN, "org_denied",
        "This caller belongs to another GitHub organization. Log in again.";
    /// The account is not an active member of the org.
    OrgMemberDenied, FORBIDDEN, "org_member_denied",
        "GitHub does not show this account as an active member of the organization. Accept the \
         invitation, use a token with the scope read:org, or log in again if the account was \
         renamed.";
    /// The login now belongs to another account.
    GithubIdentityMismatch, FORBIDDEN, "github_identity_mismatch",
        "Another GitHub account now has this login. Log in again with the account that was \
         provisioned.";
    /// This account has no grant for this pool.
    CallerNotProvisioned, FORBIDDEN, "caller_not_provisioned",
        "This account has no grant for this pool. Ask an admin to run `octopool admin caller`.";
    /// An operator disabled this caller.
    CallerDisabled, FORBIDDEN, "caller_disabled",
        "This caller was disabled by an admin. Ask an admin to enable it.";
    /// Self-enrollment is for the default login pool only; an admin token that is restricted to a
    /// pool, for that one.
    PoolDenied, FORBIDDEN, "pool_denied",
        "A login gives access to the default login pool only. Ask an admin for access to other \
         pools.";
    /// Only the deployment's own admin token may do this.
    RootRequired, FORBIDDEN, "root_required",
        "This requires the deployment's own admin token, the value of its secret \
         OCTOPOOL_ADMIN_TOKEN.";
    /// There is no admin token with this name.
    AdminTokenNotFound, NOT_FOUND, "admin_token_not_found",
        "There is no admin token with this name.";
    /// An admin token with this name already exists.
    AdminTokenExists, CONFLICT, "admin_token_exists",
        "An admin token with this name already exists. Choose another name, or revoke that token \
         first.";
    /// No caller has this id.
    CallerNotFound, NOT_FOUND, "caller_not_found",
        "There is no caller with this id.";
    /// The caller has no grant for this pool.
    GrantNotFound, NOT_FOUND, "grant_not_found",
        "This caller has no grant for this pool.";
    /// The caller has no client with this name.
    ClientNotFound, NOT_FOUND, "client_not_found",
        "This caller has no client with this name.";
    /// No pool has this name.
    PoolNotFound, NOT_FOUND, "pool_not_found",
        "There is no pool with this name.";
    /// The pool still has callers or identities.
    PoolNotEmpty, CONFLICT, "pool_not_empty",
        "This pool still has callers or identities. Delete its identities and revoke its grants \
         first.";
    /// The object no longer matches `If-Match`.
    PreconditionFailed, PRECONDITION_FAILED, "precondition_failed",
        "The object has changed since it was read. Read it again, and repeat the change with the \
         new ETag.";
    /// A row of the audit log that would be removed is not intact; `details.first_bad` names it.
    AuditNotWhole, CONFLICT, "audit_not_whole",
        "The audit log is not intact, and a cut would hide that. `octopool admin audit verify` \
         shows where.";
    /// The `Idempotency-Key` was used with another body.
    IdempotencyKeyReused, UNPROCESSABLE_ENTITY, "idempotency_key_reused",
        "This Idempotency-Key was already used for a request with another body. Use a new key \
         for a new request.";
    /// The same request with this `Idempotency-Key` is still in progress.
    IdempotencyInProgress, CONFLICT, "idempotency_in_progress",
        "The same request is still in progress. Send it again with the same key after the number \
         of seconds in Retry-After.";
    /// The state has changed since the plan was made.
    StateChanged, CONFLICT, "state_changed",
        "The state has changed since the plan was made, and nothing was written. Plan again, and \
         apply the new plan.";
    /// Others changed the same object each time that this change was tried; try again after
    /// `Retry-After`.
    WriteConflict, CONFLICT, "write_conflict",
        "Other requests changed this at the same time, and nothing was written. Try again after \
         the number of seconds in Retry-After.";
    /// No such identity in this pool.
    IdentityNotFound, NOT_FOUND, "identity_not_found",
        "This pool has no identity with this id.";
    /// The identity id is taken by another pool or kind.
    IdentityConflict, CONFLICT, "identity_conflict",
        "This identity id is used in another pool or for another kind of identity. Choose \
         another id.";
    /// The identity was to be verified before it is registered, and does not work; `details.checks`
    /// has the checks that failed.
    IdentityUnverified, UNPROCESSABLE_ENTITY, "identity_unverified",
        "The identity does not work yet, and nothing was registered. The details name what is \
         wrong and the commands that fix it.";
    /// GitHub has no account with this login.
    GithubUserNotFound, UNPROCESSABLE_ENTITY, "github_user_not_found",
        "GitHub has no account with this login. Check the spelling.";
    /// The account could not be read from GitHub.
    GithubUserLookupFailed, BAD_GATEWAY, "github_user_lookup_failed",
        "The account could not be read from GitHub. Try again; if this persists, check the org \
         token.";
    /// The membership could not be read from GitHub.
    OrgVerificationFailed, BAD_GATEWAY, "org_verification_failed",
        "The membership could not be read from GitHub. Try again; if this persists, check the \
         org token.";
    /// The pool does not serve this, but the caller's own credentials may; `details.reason` says
    /// why.
    FallbackLocal, FAILED_DEPENDENCY, "fallback_local",
        "Run this request with local GitHub credentials";
    /// The relay reads only.
    MethodDenied, FORBIDDEN, "method_denied",
        "The relay supports `GET` only. Use your own GitHub credentials to write.";
    /// The relay does not take this path.
    InvalidPath, BAD_REQUEST, "invalid_path",
        "The path cannot be relayed:";
    /// The relay does not take this query parameter.
    InvalidQuery, BAD_REQUEST, "invalid_query",
        "The query cannot be relayed:";
    /// The pool's policy in D1 cannot be read, so the pool serves nothing.
    PoolPolicyUnavailable, SERVICE_UNAVAILABLE, "pool_policy_unavailable",
        "The policy of this pool cannot be read. An admin can replace it with `octopool admin \
         pools set-policy`.";
    /// GitHub could not be reached, or did not answer completely.
    GithubUnreachable, BAD_GATEWAY, "github_unreachable",
        "GitHub could not be reached, or its response was incomplete. Try again.";
    /// GitHub's response is not data: HTML, cut off, or an unsolicited 304.
    GithubResponseInvalid, BAD_GATEWAY, "github_response_invalid",
        "GitHub's response is not what its documentation describes. Try again; if this persists, \
         look at https://www.githubstatus.com.";
    /// GitHub redirects, and redirects are not followed.
    GithubRedirectDenied, BAD_GATEWAY, "github_redirect_denied",
        "GitHub responded with a redirect, which is not followed. If the repository was renamed, \
         use its new name.";
    /// The secret of the identity is missing.
    IdentitySecretMissing, SERVICE_UNAVAILABLE, "identity_secret_missing",
        "The secret of an identity is missing. An admin can find out which one with `octopool \
         admin identities verify`.";
    /// The deployment has no App id.
    GithubAppIdMissing, SERVICE_UNAVAILABLE, "github_app_id_missing",
        "The deployment has no usable GitHub App id. An admin can find the cause with \
         `octopool admin identities verify`.";
    /// The App's private key cannot be used.
    GithubAppKeyFormat, SERVICE_UNAVAILABLE, "github_app_key_format",
        "The private key of the GitHub App cannot be used. An admin can find the cause with \
         `octopool admin identities verify`.";
    /// The App has no such installation, or the identity names none.
    GithubAppInstallationMissing, SERVICE_UNAVAILABLE, "github_app_installation_missing",
        "An identity has no installation, or one that the App does not have. An admin can find \
         out which identity with `octopool admin identities verify`.";
    /// GitHub refused to mint an installation token, or its response was malformed.
    GithubAppTokenFailed, BAD_GATEWAY, "github_app_token_failed",
        "GitHub did not issue an installation token. Check the App id, its key and the \
         installation.";
    /// The deployment has no org token to verify memberships with.
    OrgVerificationUnavailable, SERVICE_UNAVAILABLE, "org_verification_unavailable",
        "The deployment has no org token to verify memberships with. An operator can set it with \
         `npx wrangler secret put OCTOPOOL_GITHUB_ORG_TOKEN`, for a local run in `.dev.vars`.";
    /// The deployment has no admin token.
    AdminUnconfigured, SERVICE_UNAVAILABLE, "admin_unconfigured",
        "The deployment has no admin token. An operator can set it with `npx wrangler secret put \
         OCTOPOOL_ADMIN_TOKEN`, for a local run in `.dev.vars`.";
    /// The deployment has no secret to sign the audit's cuts with.
    AuditKeyUnconfigured, SERVICE_UNAVAILABLE, "audit_key_unconfigured",
        "The deployment has no key to sign audit cuts with. An operator can set it with `npx \
         wrangler secret put OCTOPOOL_AUDIT_KEY`, for a local run in `.dev.vars`. Cuts signed \
         with a lost key cannot be verified with another.";
    /// A setting of the deployment is wrong; the log says which one.
    ConfigurationInvalid, SERVICE_UNAVAILABLE, "configuration_invalid",
        "The deployment's configuration is invalid. An operator must correct the settings named \
         in details: in `[vars]` of wrangler.toml, for a local run in `.dev.vars`.";
    /// The database lacks tables or columns; the log says which.
    MigrationsMissing, SERVICE_UNAVAILABLE, "migrations_missing",
        "The database lacks tables or columns that this version needs. An operator can create them \
         with `npx wrangler d1 migrations apply DB --remote` (`--local` for `npx wrangler dev`).";
    /// The database or the coordinator is overloaded; try again after `Retry-After`.
    RelayOverloaded, SERVICE_UNAVAILABLE, "relay_overloaded",
        "octopool is overloaded. Try again after the number of seconds in Retry-After.";
    /// An unexpected failure; the log has the cause under the request id.
    InternalError, INTERNAL_SERVER_ERROR, "internal_error",
        "octopool failed unexpectedly. The operator can find the cause in the log by the request \
         id.";
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn codes_are_unique_lower_snake_case() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            let text = code.as_str();
            assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
            assert!(seen.insert(text), "{text} is given more than once");
        }
    }
}
