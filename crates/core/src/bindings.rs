//! The Worker's own bindings.

/// Bindings that the Worker uses itself (contract, section 2). An identity whose `secret_ref` is
/// one of them would send the deployment's own secret to GitHub.
pub const RESERVED_BINDINGS: &[&str] = &[
    "ALLOWED_GITHUB_ORG",
    "AUTH_CACHE_SECONDS",
    "DB",
    "DEFAULT_ALLOWED_OWNERS",
    "DEFAULT_LOGIN_POOL",
    "GITHUB_API_URL",
    "LOGIN_ENROLLMENT",
    "MAX_CACHE_BYTES",
    "MAX_RESPONSE_BYTES",
    "OCTOPOOL_ADMIN_TOKEN",
    "OCTOPOOL_AUDIT_KEY",
    "OCTOPOOL_GITHUB_APP_ID",
    "OCTOPOOL_GITHUB_ORG_TOKEN",
    "ORG_VERIFY_TTL_SECONDS",
    "POOL_COORDINATOR",
    "PUBLIC_REPO_NEGATIVE_TTL_SECONDS",
    "PUBLIC_REPO_TTL_SECONDS",
    "REQUEST_TIMEOUT_MS",
    "SHOW_COSTS",
];
