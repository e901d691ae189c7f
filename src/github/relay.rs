//! Reads on behalf of a caller: any path of the relay's list, with the credential of an identity.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
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

    /// The one documented hop: the address that GitHub gives for a job's log, read without any credential. `None` if it is not an address
    /// that logs are at.
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
        // Plain http is for a stand-in on this machine only (`config.rs`), and that one gives logs itself.
        let stand_in = Address::parse(self.base)
            .is_some_and(|base| !base.is_https() && base.is_loopback() && base.is_same_origin(address));
        known || stand_in
    }

    /// Whether a repository is public, `GET /repos/{owner}/{repo}`; `false` for one that is not there
    /// (<https://docs.github.com/en/rest/repos/repos#get-a-repository>).
    pub async fn is_public(
        &self,
        repository: &Repository,
        token: &SecretString,
    ) -> Result<bool, GithubError> {
        let operation = "GET /repos/{owner}/{repo}";
        let path = format!("/repos/{}/{}", repository.owner, repository.name);
        let call = Call::new(operation, Method::GET, &path, token);
        match self.read::<RepositoryBody>(call, StatusCode::OK).await {
            Ok(body) => Ok(!body.private),
            Err(GithubError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether a header can stand in a request as it came.
pub fn is_header_text(text: &str) -> bool {
    text.len() <= 1024 && HeaderValue::from_str(text).is_ok_and(|value| value.to_str().is_ok())
}
