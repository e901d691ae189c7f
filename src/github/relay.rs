//! Reads on behalf of a caller: any path of the relay's list, with the credential of an identity.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use octopool_core::relay::Repository;
use secrecy::SecretString;
use serde::Deserialize;

use super::{API_VERSION, Call, Github, GithubError};
use crate::address::Address;
use crate::ports::HttpError;

/// One read.
pub struct Read<'a> {
    /// The path and query below GitHub's base.
    pub target: &'a str,
    /// `Accept`.
    pub accept: &'a str,
    /// `X-GitHub-Api-Version`; ours unless the caller names one.
    pub api_version: Option<&'a str>,
    /// The validator of the body that is known already.
    pub etag: Option<&'a str>,
}

/// Hosts that GitHub's redirect for a job's log leads to
/// (<https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run>).
const LOG_HOSTS: [&str; 2] = [".actions.githubusercontent.com", ".blob.core.windows.net"];

#[derive(Deserialize)]
struct RepositoryBody {
    private: bool,
    visibility: Option<String>,
    full_name: Option<String>,
}

/// What GitHub says of a repository.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Visibility {
    /// It is public.
    Public,
    /// It is private or internal, or is not there.
    NotPublic,
    /// It has this name now, and under that it is public.
    Renamed(Repository),
    /// Access to it is blocked for everybody, for example after a DMCA takedown.
    Blocked,
}

/// What a check of a repository came to.
#[derive(Debug)]
pub struct Checked {
    /// What GitHub said; `None` where its answer proves nothing.
    pub visibility: Option<Visibility>,
    /// GitHub's last answer, for its limits; `None` where there was none.
    pub response: Option<http::Response<Bytes>>,
}

impl Github<'_> {
    /// Sends one read and answers whatever comes back, redirects unfollowed.
    pub async fn relay(
        &self,
        read: &Read<'_>,
        token: &SecretString,
        max_body_bytes: usize,
    ) -> Result<http::Response<Bytes>, GithubError> {
        let malformed = || GithubError::Malformed { operation: "a relayed read" };
        let mut request = http::Request::get(format!("{}{}", self.base, read.target))
            .header(header::ACCEPT, read.accept)
            .header(header::USER_AGENT, super::USER_AGENT)
            .header("x-github-api-version", read.api_version.unwrap_or(API_VERSION))
            .header(header::AUTHORIZATION, super::bearer(token)?);
        if let Some(etag) = read.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let request = request.body(Bytes::new()).map_err(|_| malformed())?;
        let limits = crate::ports::HttpLimits { max_body_bytes, ..self.limits };
        Ok(self.http.send(request, limits).await?)
    }

    /// Sends one GraphQL query, which is `{query, operationName?, variables}` in JSON, and answers
    /// whatever comes back, redirects unfollowed
    /// (<https://docs.github.com/en/graphql/guides/forming-calls-with-graphql>).
    pub async fn query(
        &self,
        query: Vec<u8>,
        token: &SecretString,
        max_body_bytes: usize,
    ) -> Result<http::Response<Bytes>, GithubError> {
        let operation = "POST /graphql";
        let call = Call { body: query, ..Call::new(operation, Method::POST, "", token) };
        let limits = crate::ports::HttpLimits { max_body_bytes, ..self.limits };
        Github { limits, ..*self }.exchange_at(&graphql_address(self.base), &call).await
    }

    /// The one documented hop: the address that GitHub gives for a job's log, read without any
    /// credential. `None` if it is not an address that logs are at.
    pub async fn follow_log(
        &self,
        location: &str,
        max_body_bytes: usize,
    ) -> Option<Result<http::Response<Bytes>, HttpError>> {
        let address = Address::parse(location).filter(|address| self.is_log_address(address))?;
        let request = http::Request::get(address.as_uri())
            .header(header::USER_AGENT, super::USER_AGENT)
            .body(Bytes::new())
            .ok()?;
        let limits = crate::ports::HttpLimits { max_body_bytes, ..self.limits };
        Some(self.http.send(request, limits).await)
    }

    fn is_log_address(&self, address: &Address) -> bool {
        let host = address.host();
        let known = address.is_https()
            && !address.has_port()
            && LOG_HOSTS.iter().any(|suffix| host.ends_with(suffix));
        // Plain http is for a stand-in on this machine only (`config.rs`), and that one gives logs
        // itself.
        let stand_in = Address::parse(self.base)
            .is_some_and(|base| !base.is_https() && base.is_loopback() && base.is_same_origin(address));
        known || stand_in
    }

    /// Whether a repository is public, `GET /repos/{owner}/{repo}`
    /// (<https://docs.github.com/en/rest/repos/repos#get-a-repository>). The redirect of a renamed
    /// repository is followed once, within GitHub's API, to learn its name
    /// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>).
    pub async fn check_repository(&self, repository: &Repository, token: &SecretString) -> Checked {
        let path = format!("/repos/{}/{}", repository.owner, repository.name);
        let Some(response) = self.ask_about_repository(&path, token).await else { return Checked::nothing() };
        let response = match self.moved_to(&response) {
            Some(path) => self.ask_about_repository(&path, token).await,
            None => Some(response),
        };
        let Some(response) = response else { return Checked::nothing() };
        Checked { visibility: visibility(&response, repository), response: Some(response) }
    }

    async fn ask_about_repository(&self, path: &str, token: &SecretString) -> Option<http::Response<Bytes>> {
        let call = Call::new("GET /repos/{owner}/{repo}", Method::GET, path, token);
        self.exchange(&call).await.ok()
    }

    /// The path below the API's base that a moved repository's answer leads to; `None` for every
    /// other answer, and for an address anywhere else: the org token goes nowhere but to GitHub's
    /// API.
    fn moved_to(&self, response: &http::Response<Bytes>) -> Option<String> {
        let moved = matches!(
            response.status(),
            StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        let location = response.headers().get(header::LOCATION).filter(|_| moved)?.to_str().ok()?;
        let path = match location.strip_prefix(self.base) {
            Some(path) => path,
            None if location.starts_with('/') && !location.starts_with("//") => location,
            None => return None,
        };
        // `/repositories/{id}` is what GitHub answers with. Nothing else is asked with this token.
        let id = path.strip_prefix("/repositories/")?;
        let is_number = !id.is_empty() && id.len() <= 19 && id.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| path.to_owned())
    }
}

/// Where the GraphQL API is, given the base of the REST API: beside it on GitHub Enterprise Server
/// (`/api/v3` and `/api/graphql`), below it on github.com
/// (<https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql>).
fn graphql_address(rest: &str) -> String {
    format!("{}/graphql", rest.strip_suffix("/v3").filter(|api| api.ends_with("/api")).unwrap_or(rest))
}

impl Checked {
    fn nothing() -> Self {
        Self { visibility: None, response: None }
    }
}

/// What the answer says of the repository that was asked for under this name.
fn visibility(response: &http::Response<Bytes>, asked: &Repository) -> Option<Visibility> {
    match response.status() {
        StatusCode::OK => {
            let body: RepositoryBody = crate::json::from_slice(response.body()).ok()?;
            // Enterprises have a third kind, `internal`.
            let is_public = body.visibility.is_none_or(|it| it.eq_ignore_ascii_case("public"));
            if body.private || !is_public {
                return Some(Visibility::NotPublic);
            }
            // Without a name in it, it is the repository that was asked for.
            let Some(full_name) = body.full_name else { return Some(Visibility::Public) };
            let now = Repository::parse(&full_name)?;
            Some(if now.key() == asked.key() { Visibility::Public } else { Visibility::Renamed(now) })
        }
        // The page of a proxy proves nothing.
        StatusCode::NOT_FOUND => super::object(response).map(|_| Visibility::NotPublic),
        StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => super::object(response).map(|_| Visibility::Blocked),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::graphql_address;

    #[test]
    fn the_graphql_api_is_beside_or_below_the_rest_api() {
        for (rest, graphql) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            ("https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
            ("http://127.0.0.1:1/v3", "http://127.0.0.1:1/v3/graphql"),
        ] {
            assert_eq!(graphql_address(rest), graphql);
        }
    }
}
