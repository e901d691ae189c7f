//! A path of the REST API: how it is asked, and what the answer is.

use bytes::Bytes;
use http::{StatusCode, header};
use octopool_core::relay::{ApiVersion, Redirect};

use super::Fetch;
use crate::github::{GithubError, Read};
use crate::relay::answer::{Answer, Asked};
use crate::relay::credential::Credential;
use crate::relay::error::Failure;
use crate::relay::redirect;
use crate::relay::rest::Rest;

impl Fetch<'_> {
    /// Asks for the path.
    pub(super) async fn send_rest(
        &self,
        rest: &Rest<'_>,
        credential: &Credential,
    ) -> Result<http::Response<Bytes>, GithubError> {
        let read = Read {
            target: &rest.route.target(),
            accept: rest.media.accept(),
            api_version: rest.api_version.map(ApiVersion::as_str),
            etag: self.expired.and_then(|answer| answer.head.header("etag")),
        };
        self.app.github().relay(&read, &credential.secret, self.app.config.max_response_bytes).await
    }

    /// What the answer is: a confirmation of what is known, the way to a log, or the answer itself.
    pub(super) async fn read_rest(
        &self,
        response: http::Response<Bytes>,
        rest: &Rest<'_>,
        asked: &Asked<'_>,
        credential: &Credential,
    ) -> Result<Answer, Failure> {
        let status = response.status();
        let is_download = redirect::is_download(rest.route, rest.media);
        if let Some(hidden) = self.unproved(status, rest, asked, credential).await? {
            return Ok(hidden);
        }
        if status == StatusCode::NOT_MODIFIED {
            let validated = self.expired.filter(|answer| answer.head.header("etag").is_some());
            let known = validated.ok_or(Failure::Invalid)?;
            return known.clone().confirmed(response.headers(), rest, asked);
        }
        if status.is_redirection() && is_download {
            return redirect::passed_on(&response, rest, asked, &self.app.config.github_api_url);
        }
        if status.is_redirection() {
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let log = location
                .filter(|_| rest.route.redirect == Redirect::FollowLog && status == StatusCode::FOUND);
            return self.follow(log.ok_or(Failure::Redirect)?, rest, asked).await;
        }
        let answer = Answer::read(response, rest, asked)?;
        Ok(if is_download { answer.unshared() } else { answer })
    }

    async fn follow(&self, location: &str, rest: &Rest<'_>, asked: &Asked<'_>) -> Result<Answer, Failure> {
        let max = self.app.config.max_response_bytes;
        let log = self.app.github().follow_log(location, max).await.ok_or(Failure::Redirect)?;
        let log = log.map_err(|error| Failure::from(&error))?;
        if log.status().is_redirection() {
            return Err(Failure::Redirect);
        }
        if !log.status().is_success() {
            // What a blob store says of a signed address that has lapsed is not GitHub's answer.
            return Err(Failure::Invalid);
        }
        Answer::read(log, rest, asked)
    }
}
