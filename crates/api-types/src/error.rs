//! The error envelope: `{"error":{"code","message","request_id","details"?}}`.

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

/// Declares [`ErrorCode`] with its wire names, so that the list and its order exist once.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal,)+) => {
        /// The closed list of codes that `error.code` can hold.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands in `error.code`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }
        }
    };
}

error_codes! {
    /// The path names nothing.
    NotFound = "not_found",
    /// The path exists, the method does not; `Allow` lists those that do.
    MethodNotAllowed = "method_not_allowed",
    /// The body is not declared as `application/json`.
    UnsupportedMediaType = "unsupported_media_type",
    /// The body is not a JSON object.
    InvalidJson = "invalid_json",
    /// The body or a path segment breaks a rule; `details.fields` lists every violation.
    InvalidRequest = "invalid_request",
    /// The body is larger than the endpoint takes.
    PayloadTooLarge = "payload_too_large",
    /// `client_name` is no client name.
    ClientNameInvalid = "client_name_invalid",
    /// `since` is no time of 1 minute to 30 days.
    InvalidWindow = "invalid_window",
    /// `kind` is neither `pat` nor `github_app`.
    IdentityKindUnsupported = "identity_kind_unsupported",
    /// A `github_app` identity without a usable `installation_id`.
    InstallationIdRequired = "installation_id_required",
    /// `secret_ref` names a binding that the Worker itself uses.
    SecretRefReserved = "secret_ref_reserved",
    /// No credential was sent.
    MissingAuth = "missing_auth",
    /// The credential is no admin token, or one that has expired or was revoked.
    InvalidAdminAuth = "invalid_admin_auth",
    /// The caller token does not open this pool; deliberately says no more.
    InvalidAuth = "invalid_auth",
    /// GitHub refused the token that was offered at login, or could not be asked.
    GithubAuthFailed = "github_auth_failed",
    /// The caller belongs to another org than this deployment's.
    OrgDenied = "org_denied",
    /// The account is not an active member of the org.
    OrgMemberDenied = "org_member_denied",
    /// Another account stands behind the login now.
    GithubIdentityMismatch = "github_identity_mismatch",
    /// Nobody provisioned this account for this pool.
    CallerNotProvisioned = "caller_not_provisioned",
    /// An operator disabled this caller.
    CallerDisabled = "caller_disabled",
    /// Self-enrollment is for the default login pool only; an admin token that is restricted to a pool, for that one.
    PoolDenied = "pool_denied",
    /// Only the deployment's own admin token may do this.
    RootRequired = "root_required",
    /// No admin token has this name.
    AdminTokenNotFound = "admin_token_not_found",
    /// An admin token has this name already.
    AdminTokenExists = "admin_token_exists",
    /// No caller has this id.
    CallerNotFound = "caller_not_found",
    /// The caller has no grant for this pool.
    GrantNotFound = "grant_not_found",
    /// The caller has no client of this name.
    ClientNotFound = "client_not_found",
    /// No pool has this name.
    PoolNotFound = "pool_not_found",
    /// The pool still has callers or identities.
    PoolNotEmpty = "pool_not_empty",
    /// The object is not any more what `If-Match` says.
    PreconditionFailed = "precondition_failed",
    /// A row of the audit that would be removed is not as it was written; `details.first_bad` names it.
    AuditNotWhole = "audit_not_whole",
    /// The `Idempotency-Key` was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused",
    /// The same request with this `Idempotency-Key` is being made.
    IdempotencyInProgress = "idempotency_in_progress",
    /// The state is not any more the one that was planned on.
    StateChanged = "state_changed",
    /// Others changed the same object each time that this change was tried; try again after `Retry-After`.
    WriteConflict = "write_conflict",
    /// No such identity in this pool.
    IdentityNotFound = "identity_not_found",
    /// The identity id is taken by another pool or kind.
    IdentityConflict = "identity_conflict",
    /// The identity was to be verified before it is registered, and does not work; `details.checks` has the checks that failed.
    IdentityUnverified = "identity_unverified",
    /// GitHub knows no account of this login.
    GithubUserNotFound = "github_user_not_found",
    /// GitHub could not be asked for the account.
    GithubUserLookupFailed = "github_user_lookup_failed",
    /// GitHub could not be asked for the membership.
    OrgVerificationFailed = "org_verification_failed",
    /// The pool does not serve this, but the caller's own credentials may; `details.reason` says why.
    FallbackLocal = "fallback_local",
    /// The relay reads only.
    MethodDenied = "method_denied",
    /// The path is none that the relay takes.
    InvalidPath = "invalid_path",
    /// A query parameter is none that the relay takes.
    InvalidQuery = "invalid_query",
    /// The pool's policy in D1 cannot be read, so the pool serves nothing.
    PoolPolicyUnavailable = "pool_policy_unavailable",
    /// GitHub could not be reached, or did not answer completely.
    GithubUnreachable = "github_unreachable",
    /// GitHub's answer is no data: HTML, cut off, a 304 that nobody asked for.
    GithubResponseInvalid = "github_response_invalid",
    /// GitHub redirects, and redirects are not followed.
    GithubRedirectDenied = "github_redirect_denied",
    /// The secret of the identity is missing.
    IdentitySecretMissing = "identity_secret_missing",
    /// The deployment has no App id.
    GithubAppIdMissing = "github_app_id_missing",
    /// The App's private key cannot be used.
    GithubAppKeyFormat = "github_app_key_format",
    /// The App has no such installation, or the identity names none.
    GithubAppInstallationMissing = "github_app_installation_missing",
    /// GitHub refused to mint an installation token, or answered nonsense.
    GithubAppTokenFailed = "github_app_token_failed",
    /// The deployment has no org token to verify memberships with.
    OrgVerificationUnavailable = "org_verification_unavailable",
    /// The deployment has no admin token.
    AdminUnconfigured = "admin_unconfigured",
    /// The deployment has no secret to sign the audit's cuts with.
    AuditKeyUnconfigured = "audit_key_unconfigured",
    /// A setting of the deployment is wrong; the log says which one.
    ConfigurationInvalid = "configuration_invalid",
    /// The database or the coordinator is overloaded; try again after `Retry-After`.
    RelayOverloaded = "relay_overloaded",
    /// An unexpected failure; the log has the cause under the request id.
    InternalError = "internal_error",
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
            assert!(seen.insert(text), "{text} stands twice");
        }
    }
}
