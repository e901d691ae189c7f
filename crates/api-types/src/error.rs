//! The error envelope: `{"error":{"code","message","request_id","details"?}}`.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of every answer with a status of 400 and above.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What happened, and what to do about it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// A code of [`ErrorCode`]'s list; text here, so that a client can show a code it does not know yet.
    pub code: String,
    /// One or two sentences for a person.
    pub message: String,
    /// The same value as the `x-request-id` header; the operator finds the cause in the log by it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// Facts for programs; which ones depends on the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// One violated rule of a request body, an item of `details.fields`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldProblem {
    /// Where: `pool`, `scopes[2].owner`.
    pub field: String,
    /// The rule that does not hold, as a phrase: `must not be blank`.
    pub problem: String,
}

/// The body of an error under `/api/v3`, in the form of GitHub's own
/// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GithubError {
    /// One or two sentences for a person.
    pub message: String,
    /// Where GitHub's API is described.
    pub documentation_url: String,
    /// The status of the answer, as text.
    pub status: String,
    /// The one error that there is.
    pub errors: Vec<GithubErrorItem>,
}

/// What went wrong, as an item of GitHub's list.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GithubErrorItem {
    /// Always `octopool`.
    pub resource: String,
    /// A code of [`ErrorCode`]'s list.
    pub code: String,
    /// What happened and what to do. The message of the whole can be GitHub's words, which clients
    /// tell errors by: `Not Found`, `Bad credentials`.
    pub message: String,
    /// Facts for programs; which ones depends on the code.
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
    /// The path names nothing.
    NotFound, NOT_FOUND, "not_found",
        "There is nothing at this path. The API is described in the README.";
    /// The path exists, the method does not; `Allow` lists those that do.
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method_not_allowed",
        "This path does not take this method. The Allow header lists those it takes.";
    /// The body is not declared as `application/json`.
    UnsupportedMediaType, UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "Send the body as JSON with the header `content-type: application/json`.";
    /// The body is not a JSON object.
    InvalidJson, BAD_REQUEST, "invalid_json",
        "The body is not a JSON object in UTF-8.";
    /// The body or a path segment breaks a rule; `details.fields` lists every violation.
    InvalidRequest, BAD_REQUEST, "invalid_request",
        "The request breaks these rules:";
    /// The body is larger than the endpoint takes.
    PayloadTooLarge, PAYLOAD_TOO_LARGE, "payload_too_large",
        "The body is larger than 64 KiB.";
    /// `client_name` is no client name.
    ClientNameInvalid, BAD_REQUEST, "client_name_invalid",
        "The client name cannot be used:";
    /// `since` is no time of 1 minute to 30 days.
    InvalidWindow, BAD_REQUEST, "invalid_window",
        "The time cannot be counted:";
    /// `kind` is neither `pat` nor `github_app`.
    IdentityKindUnsupported, BAD_REQUEST, "identity_kind_unsupported",
        "The kind of identity is not supported:";
    /// A `github_app` identity without a usable `installation_id`.
    InstallationIdRequired, BAD_REQUEST, "installation_id_required",
        "A GitHub App identity needs its installation:";
    /// `secret_ref` names a binding that the Worker itself uses.
    SecretRefReserved, BAD_REQUEST, "secret_ref_reserved",
        "The Worker uses this name itself:";
    /// No credential was sent.
    MissingAuth, UNAUTHORIZED, "missing_auth",
        "Send a token with the header `Authorization: Bearer …`.";
    /// The credential is no admin token, or one that has expired or was revoked.
    InvalidAdminAuth, UNAUTHORIZED, "invalid_admin_auth",
        "This is no admin token of this deployment, or it has expired or was revoked.";
    /// The caller token does not open this pool; deliberately says no more.
    InvalidAuth, UNAUTHORIZED, "invalid_auth",
        "This token does not open this pool. Log in again, or ask an admin for a grant.";
    /// GitHub refused the token that was offered at login, or could not be asked.
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
    /// Another account stands behind the login now.
    GithubIdentityMismatch, FORBIDDEN, "github_identity_mismatch",
        "Another GitHub account has this login now. Log in again with the account that was \
         provisioned.";
    /// Nobody provisioned this account for this pool.
    CallerNotProvisioned, FORBIDDEN, "caller_not_provisioned",
        "This account has no grant for this pool. Ask an admin to run `octopool admin caller`.";
    /// An operator disabled this caller.
    CallerDisabled, FORBIDDEN, "caller_disabled",
        "This caller was disabled by an admin.";
    /// Self-enrollment is for the default login pool only; an admin token that is restricted to a
    /// pool, for that one.
    PoolDenied, FORBIDDEN, "pool_denied",
        "A login enrolls into the default login pool only. Ask an admin for other pools.";
    /// Only the deployment's own admin token may do this.
    RootRequired, FORBIDDEN, "root_required",
        "Only the deployment's own admin token may do this, the value of its secret \
         OCTOPOOL_ADMIN_TOKEN.";
    /// No admin token has this name.
    AdminTokenNotFound, NOT_FOUND, "admin_token_not_found",
        "There is no admin token of this name.";
    /// An admin token has this name already.
    AdminTokenExists, CONFLICT, "admin_token_exists",
        "There is an admin token of this name. Choose another, or revoke that one first.";
    /// No caller has this id.
    CallerNotFound, NOT_FOUND, "caller_not_found",
        "There is no caller of this id.";
    /// The caller has no grant for this pool.
    GrantNotFound, NOT_FOUND, "grant_not_found",
        "This caller has no grant for this pool.";
    /// The caller has no client of this name.
    ClientNotFound, NOT_FOUND, "client_not_found",
        "This caller has no client of this name.";
    /// No pool has this name.
    PoolNotFound, NOT_FOUND, "pool_not_found",
        "There is no pool of this name.";
    /// The pool still has callers or identities.
    PoolNotEmpty, CONFLICT, "pool_not_empty",
        "This pool still has callers or identities. Delete its identities and revoke its grants \
         first.";
    /// The object is not any more what `If-Match` says.
    PreconditionFailed, PRECONDITION_FAILED, "precondition_failed",
        "This has changed since it was read. Read it again, and repeat the change with the new \
         ETag.";
    /// A row of the audit that would be removed is not as it was written; `details.first_bad` names
    /// it.
    AuditNotWhole, CONFLICT, "audit_not_whole",
        "The audit is not as it was written, and a cut would hide it. `octopool admin audit \
         verify` shows where.";
    /// The `Idempotency-Key` was used with another body.
    IdempotencyKeyReused, UNPROCESSABLE_ENTITY, "idempotency_key_reused",
        "This Idempotency-Key was used for a request with another body. Use a new key for a new \
         request.";
    /// The same request with this `Idempotency-Key` is being made.
    IdempotencyInProgress, CONFLICT, "idempotency_in_progress",
        "The same request is being made. Send it again after the seconds in Retry-After, with \
         the same key.";
    /// The state is not any more the one that was planned on.
    StateChanged, CONFLICT, "state_changed",
        "The state has changed since it was planned on, and nothing was written. Plan again, and \
         apply that plan.";
    /// Others changed the same object each time that this change was tried; try again after `Retry-
    /// After`.
    WriteConflict, CONFLICT, "write_conflict",
        "Others change this at the same time, and nothing was written. Send it again after the \
         seconds in Retry-After.";
    /// No such identity in this pool.
    IdentityNotFound, NOT_FOUND, "identity_not_found",
        "This pool has no identity of this id.";
    /// The identity id is taken by another pool or kind.
    IdentityConflict, CONFLICT, "identity_conflict",
        "This identity id belongs to another pool or is of another kind. Choose another id.";
    /// The identity was to be verified before it is registered, and does not work; `details.checks`
    /// has the checks that failed.
    IdentityUnverified, UNPROCESSABLE_ENTITY, "identity_unverified",
        "The identity does not work yet, and nothing was registered. The details name what is \
         wrong and the commands that mend it.";
    /// GitHub knows no account of this login.
    GithubUserNotFound, UNPROCESSABLE_ENTITY, "github_user_not_found",
        "GitHub knows no account of this login. Check the spelling.";
    /// GitHub could not be asked for the account.
    GithubUserLookupFailed, BAD_GATEWAY, "github_user_lookup_failed",
        "The account could not be read from GitHub. Try again; if it persists, check the org \
         token.";
    /// GitHub could not be asked for the membership.
    OrgVerificationFailed, BAD_GATEWAY, "org_verification_failed",
        "The membership could not be read from GitHub. Try again; if it persists, check the org \
         token.";
    /// The pool does not serve this, but the caller's own credentials may; `details.reason` says
    /// why.
    FallbackLocal, FAILED_DEPENDENCY, "fallback_local",
        "Run this request with local GitHub credentials";
    /// The relay reads only.
    MethodDenied, FORBIDDEN, "method_denied",
        "The relay takes `GET` only. Use your own credentials to write.";
    /// The path is none that the relay takes.
    InvalidPath, BAD_REQUEST, "invalid_path",
        "The path cannot be relayed:";
    /// A query parameter is none that the relay takes.
    InvalidQuery, BAD_REQUEST, "invalid_query",
        "The query cannot be relayed:";
    /// The pool's policy in D1 cannot be read, so the pool serves nothing.
    PoolPolicyUnavailable, SERVICE_UNAVAILABLE, "pool_policy_unavailable",
        "The policy of this pool cannot be read. An admin mends it with `octopool admin pools \
         set-policy`.";
    /// GitHub could not be reached, or did not answer completely.
    GithubUnreachable, BAD_GATEWAY, "github_unreachable",
        "GitHub could not be reached or did not answer completely. Try again.";
    /// GitHub's answer is no data: HTML, cut off, a 304 that nobody asked for.
    GithubResponseInvalid, BAD_GATEWAY, "github_response_invalid",
        "GitHub's answer is not what its documentation says. Try again; if it persists, look at \
         https://www.githubstatus.com.";
    /// GitHub redirects, and redirects are not followed.
    GithubRedirectDenied, BAD_GATEWAY, "github_redirect_denied",
        "GitHub answered with a redirect, which is not followed. If the repository was renamed, \
         use its new name.";
    /// The secret of the identity is missing.
    IdentitySecretMissing, SERVICE_UNAVAILABLE, "identity_secret_missing",
        "The secret of an identity is missing. An admin finds which one with `octopool admin \
         identities verify`.";
    /// The deployment has no App id.
    GithubAppIdMissing, SERVICE_UNAVAILABLE, "github_app_id_missing",
        "The deployment has no usable GitHub App id. An operator finds out more with `octopool \
         admin identities verify`.";
    /// The App's private key cannot be used.
    GithubAppKeyFormat, SERVICE_UNAVAILABLE, "github_app_key_format",
        "The private key of the GitHub App cannot be used. An admin finds the fault with \
         `octopool admin identities verify`.";
    /// The App has no such installation, or the identity names none.
    GithubAppInstallationMissing, SERVICE_UNAVAILABLE, "github_app_installation_missing",
        "An identity names no installation that the App has. An admin finds which one with \
         `octopool admin identities verify`.";
    /// GitHub refused to mint an installation token, or answered nonsense.
    GithubAppTokenFailed, BAD_GATEWAY, "github_app_token_failed",
        "GitHub did not issue an installation token. Check the App id, its key and the \
         installation.";
    /// The deployment has no org token to verify memberships with.
    OrgVerificationUnavailable, SERVICE_UNAVAILABLE, "org_verification_unavailable",
        "The deployment cannot verify memberships. An operator sets its org token with `npx \
         wrangler secret put OCTOPOOL_GITHUB_ORG_TOKEN`.";
    /// The deployment has no admin token.
    AdminUnconfigured, SERVICE_UNAVAILABLE, "admin_unconfigured",
        "The deployment has no admin token. An operator sets it with `npx wrangler secret put \
         OCTOPOOL_ADMIN_TOKEN`.";
    /// The deployment has no secret to sign the audit's cuts with.
    AuditKeyUnconfigured, SERVICE_UNAVAILABLE, "audit_key_unconfigured",
        "The deployment has no key for the audit's cuts. An operator sets it with `npx wrangler \
         secret put OCTOPOOL_AUDIT_KEY`; a lost one cannot be replaced for the cuts that it \
         signed.";
    /// A setting of the deployment is wrong; the log says which one.
    ConfigurationInvalid, SERVICE_UNAVAILABLE, "configuration_invalid",
        "The deployment's configuration is invalid. An operator mends the settings named in \
         details.";
    /// The database or the coordinator is overloaded; try again after `Retry-After`.
    RelayOverloaded, SERVICE_UNAVAILABLE, "relay_overloaded",
        "octopool is overloaded. Try again after the seconds in Retry-After.";
    /// An unexpected failure; the log has the cause under the request id.
    InternalError, INTERNAL_SERVER_ERROR, "internal_error",
        "Something went wrong inside octopool. The operator finds the cause in the log by the \
         request id.";
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
