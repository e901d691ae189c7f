//! Hints about a server's error, where the command line knows more than the server's message says.
//! Hints of a single command, such as login, are in that command.

use octopool_api_types::ErrorCode;
use ureq::http::HeaderMap;

use crate::server_url::ServerUrl;

/// Who gets the hints, and what they can do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reader {
    /// Somebody with a login.
    Caller,
    /// Somebody with an admin token.
    Operator,
}

/// The hints for an error code, most useful first.
pub(crate) fn for_answer(code: &str, headers: &HeaderMap, server: &ServerUrl, reader: Reader) -> Vec<String> {
    let known = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code);
    let by_code = known.and_then(|code| match reader {
        Reader::Caller => by_code(code, server),
        Reader::Operator => for_operator(code, server),
    });
    let retry_after = headers
        .get("retry-after")
        .and_then(|seconds| seconds.to_str().ok()?.parse::<u32>().ok())
        .map(|seconds| format!("Try again in {seconds} seconds."));
    by_code.into_iter().chain(retry_after).collect()
}

/// Where an operator can do more than a caller, or something else.
fn for_operator(code: ErrorCode, server: &ServerUrl) -> Option<String> {
    match code {
        ErrorCode::CallerDisabled => {
            Some("`octopool admin callers enable LOGIN` enables it again.".to_owned())
        }
        ErrorCode::MissingAuth | ErrorCode::InvalidAuth => {
            Some("This needs the admin token: set OCTOPOOL_ADMIN_TOKEN.".to_owned())
        }
        ErrorCode::InternalError => Some(
            "`npx wrangler tail` shows the cause, under the request id, while it happens again.".to_owned(),
        ),
        code => by_code(code, server),
    }
}

fn by_code(code: ErrorCode, server: &ServerUrl) -> Option<String> {
    let hint = match code {
        ErrorCode::MissingAuth | ErrorCode::InvalidAuth => {
            return Some(format!("Check the pool's name, or run `octopool login {server}` again."));
        }
        ErrorCode::AdminUnconfigured => return Some(secret("OCTOPOOL_ADMIN_TOKEN")),
        ErrorCode::AuditKeyUnconfigured => return Some(secret("OCTOPOOL_AUDIT_KEY")),
        ErrorCode::OrgVerificationUnavailable => return Some(secret("OCTOPOOL_GITHUB_ORG_TOKEN")),
        ErrorCode::InvalidAdminAuth => {
            "Check the admin token in the environment: the value of the Worker's secret \
             OCTOPOOL_ADMIN_TOKEN, or a token that `octopool admin tokens create` made."
        }
        ErrorCode::AuditNotWhole => {
            "`octopool admin audit verify` names the event; compare with an earlier export."
        }
        ErrorCode::GithubUserNotFound => "Check the spelling of the GitHub login.",
        ErrorCode::IdentityConflict => {
            "Choose another `--id`, or name the pool and the kind that the identity already has."
        }
        ErrorCode::AdminTokenNotFound | ErrorCode::AdminTokenExists => {
            "`octopool admin tokens list` shows the admin tokens."
        }
        ErrorCode::PoolNotFound => "`octopool admin pools list` shows the pools.",
        ErrorCode::PoolNotEmpty => {
            "`octopool admin identities list --pool POOL` and `octopool admin callers list --pool POOL` \
             show what is in it."
        }
        ErrorCode::StateChanged => "The state changed in the meantime: run `octopool admin plan` again.",
        ErrorCode::CallerNotFound => {
            "`octopool admin callers list` shows the callers with their logins and ids."
        }
        ErrorCode::GrantNotFound | ErrorCode::ClientNotFound => {
            "`octopool admin callers show CALLER` shows its pools and clients."
        }
        ErrorCode::CallerDisabled => {
            "An operator has disabled this account; ask an operator to enable it again."
        }
        ErrorCode::FallbackLocal => "`gh api PATH` reads the same with your own credentials.",
        ErrorCode::MethodDenied => "octopool only reads: use gh for requests that change something.",
        ErrorCode::IdempotencyInProgress => {
            "The server is still working on it. Check whether it is done before you run the command again, \
             which sends a new request."
        }
        ErrorCode::NotFound | ErrorCode::MethodNotAllowed => {
            "The server does not know this request: it may be older than this octopool, or the URL's path \
             is wrong."
        }
        ErrorCode::InternalError => "The operator finds the cause in the Worker's log, under the request id.",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn secret(name: &str) -> String {
    format!("In the server's checkout, run `npx wrangler secret put {name}`.")
}
