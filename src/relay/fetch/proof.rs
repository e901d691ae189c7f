//! The proof that everybody may see what cannot be told by its own body: bytes of an asset,
//! comments of a review.

use http::StatusCode;
use octopool_core::relay::{ApiVersion, Holds, Media, Proof, Route, proof};

use super::Fetch;
use crate::github::Read;
use crate::relay::answer::{Answer, Asked};
use crate::relay::credential::Credential;
use crate::relay::error::Failure;

impl Fetch<'_> {
    /// Asks GitHub for what proves that everybody may see this answer, be it a body, the way to
    /// one, or the confirmation of what is known: a release can be made a draft again. What there
    /// is to say instead, if it is not proved; nothing if it is, or needs no proof.
    ///
    /// It is one more request for each answer that needs a proof, with the same credential and
    /// after the answer, so that nothing is passed on that was hidden before the proof.
    pub(super) async fn unproved(
        &self,
        status: StatusCode,
        asked: &Asked<'_>,
        credential: &Credential,
    ) -> Result<Option<Answer>, Failure> {
        let needed = proof(self.route.holds, asked.media);
        let Some(needed) = needed.filter(|_| status.is_success() || status.is_redirection()) else {
            return Ok(None);
        };
        let path = self.route.path.as_str();
        let (target, holds) = match needed {
            Proof::SameAsJson => (path, self.route.holds),
            Proof::Above => (path.rsplit_once('/').map_or(path, |(above, _)| above), Holds::Reviews),
        };
        let read = Read {
            target,
            accept: Media::Json.accept(),
            api_version: self.question.api_version.as_ref().map(ApiVersion::as_str),
            etag: None,
        };
        let (github, max) = (self.app.github(), self.app.config.max_response_bytes);
        let response = github.relay(&read, &credential.secret, max).await;
        let response = response.map_err(|error| Failure::from(&error))?;
        let route = Route { holds, media: &[], ..self.route.clone() };
        let proved = Answer::read(response, &Asked { route: &route, media: Media::Json, ..*asked })?;
        match proved.head.status {
            200 => Ok(None),
            404 => Ok(Some(proved.hidden())),
            _ => Err(Failure::Invalid),
        }
    }
}
