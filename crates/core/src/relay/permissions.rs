//! What an App has to be allowed.

/// The permissions that the relay reads with, each with read access: what the README says to grant,
/// what the App of `octopool admin app create` asks for, and what an installation token is limited
/// to (<https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>).
/// Everything else that the relay serves of a public repository needs no permission.
pub const READ_PERMISSIONS: [&str; 7] =
    ["actions", "checks", "contents", "issues", "metadata", "pull_requests", "statuses"];
