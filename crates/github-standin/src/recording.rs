//! What tests see of the requests that came in.

use http::HeaderMap;
use serde::Serialize;

use crate::model::principal::Principal;
use crate::model::tokens::Tokens;

/// One request, without any secret: known tokens are replaced by `[redacted]` wherever they appear
/// but in `Authorization`, which is not recorded at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without `/api/v3`.
    pub path: String,
    /// Whether it came in under `/api/v3` or `/api/graphql`.
    pub enterprise: bool,
    /// The query string as sent, without `?`.
    pub query: String,
    /// `Accept`.
    pub accept: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `X-GitHub-Api-Version`.
    pub api_version: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// The first word of `Authorization` (`Bearer`, `token`, `Basic`); `other` for anything else.
    pub authorization: Option<String>,
    /// Whom the credential was found to be. [`Principal::Anonymous`] also when it was refused.
    pub principal: Principal,
    /// The name of the token that was used, as given to [`Tokens`].
    pub token: Option<String>,
    /// The credential was refused.
    pub rejected: bool,
}

/// The headers worth recording, redacted.
pub(crate) struct Headers {
    pub(crate) accept: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) authorization: Option<String>,
}

impl Headers {
    pub(crate) fn read(headers: &HeaderMap, tokens: &Tokens) -> Self {
        let text = |name: &str| {
            let value = headers.get(name)?;
            Some(tokens.redact(&String::from_utf8_lossy(value.as_bytes())))
        };
        Self {
            accept: text("accept"),
            user_agent: text("user-agent"),
            api_version: text("x-github-api-version"),
            if_none_match: text("if-none-match"),
            authorization: headers.get("authorization").map(|value| scheme(value.to_str().unwrap_or(""))),
        }
    }
}

/// Only known words are kept: what stands first in a malformed header may be the secret itself.
fn scheme(authorization: &str) -> String {
    let first = authorization.split(' ').next().unwrap_or_default();
    let known = ["Bearer", "token", "Basic"].into_iter().find(|word| word.eq_ignore_ascii_case(first));
    known.unwrap_or("other").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scheme_is_not_written_down() {
        assert_eq!(scheme("bearer ghp_x"), "Bearer");
        assert_eq!(scheme("ghp_secret"), "other");
    }
}
