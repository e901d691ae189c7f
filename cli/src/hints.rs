//! What to do about an answer, as far as this side knows more than the server's message says. What
//! only one command can know (login, say) stands with that command.

use octopool_api_types::ErrorCode;
use ureq::http::HeaderMap;

use crate::server_url::ServerUrl;

/// The hints for an error code, most useful first.
pub(crate) fn for_answer(code: &str, headers: &HeaderMap, server: &ServerUrl) -> Vec<String> {
    let by_code =
        ErrorCode::ALL.iter().find(|known| known.as_str() == code).and_then(|code| by_code(*code, server));
    let retry_after = headers
        .get("retry-after")
        .and_then(|seconds| seconds.to_str().ok()?.parse::<u32>().ok())
        .map(|seconds| format!("Try again in {seconds} seconds."));
    by_code.into_iter().chain(retry_after).collect()
}

fn by_code(code: ErrorCode, server: &ServerUrl) -> Option<String> {
    let hint = match code {
        ErrorCode::MissingAuth | ErrorCode::InvalidAuth => {
            format!("Check the pool's name, or run `octopool login {server}` again.")
        }
        ErrorCode::InvalidAdminAuth => {
            "Check the admin token in the environment: the value of the Worker's secret OCTOPOOL_ADMIN_TOKEN, or a token that `octopool admin tokens create` made."
                .to_owned()
        }
        ErrorCode::AdminUnconfigured => secret("OCTOPOOL_ADMIN_TOKEN"),
        ErrorCode::AuditKeyUnconfigured => secret("OCTOPOOL_AUDIT_KEY"),
        ErrorCode::AuditNotWhole => "`octopool admin audit verify` names the event; compare with an earlier export.".to_owned(),
        ErrorCode::OrgVerificationUnavailable => secret("OCTOPOOL_GITHUB_ORG_TOKEN"),
        ErrorCode::GithubUserNotFound => "Check the spelling of the GitHub login.".to_owned(),
        ErrorCode::IdentityConflict => {
            "Choose another `--id`, or name the pool and the kind that the identity already has.".to_owned()
        }
        ErrorCode::AdminTokenNotFound | ErrorCode::AdminTokenExists => {
            "`octopool admin tokens list` shows the admin tokens.".to_owned()
        }
        ErrorCode::PoolNotFound => "`octopool admin pools list` shows the pools.".to_owned(),
        ErrorCode::PoolNotEmpty => {
            "`octopool admin identities list --pool POOL` and `octopool admin callers list --pool POOL` show what is in it."
                .to_owned()
        }
        ErrorCode::StateChanged => {
            "Somebody changed something meanwhile: run `octopool admin plan` again.".to_owned()
        }
        ErrorCode::CallerNotFound => {
            "`octopool admin callers list --login LOGIN` shows a caller's id.".to_owned()
        }
        ErrorCode::GrantNotFound | ErrorCode::ClientNotFound => {
            "`octopool admin callers show CALLER` shows its pools and clients.".to_owned()
        }
        ErrorCode::CallerDisabled => "An operator has disabled this account; ask one to enable it again.".to_owned(),
        ErrorCode::FallbackLocal => "`gh api PATH` reads the same with your own credentials.".to_owned(),
        ErrorCode::MethodDenied => "Use gh for what changes something: octopool only reads.".to_owned(),
        ErrorCode::IdempotencyInProgress => {
            "The server is at it. Look whether it is done before you run the command again: that is a new request.".to_owned()
        }
        ErrorCode::NotFound | ErrorCode::MethodNotAllowed => {
            "The server does not know this request: it may be older than this octopool, or the URL's path is wrong."
                .to_owned()
        }
        ErrorCode::InternalError => {
            "The operator finds the cause in the Worker's log, under the request id.".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

fn secret(name: &str) -> String {
    format!("In the server's checkout, run `npx wrangler secret put {name}`.")
}
