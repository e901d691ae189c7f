//! The proof that everybody may see what cannot be told by its own body: bytes of an asset,
//! comments of a review.

use http::StatusCode;
use octopool_core::relay::{ApiVersion, Holds, Media, Proof, Route, proof};

use super::Fetch;
use crate::github::Read;
use crate::relay::answer::{Answer, Asked};
use crate::relay::credential::Credential;
use crate::relay::error::Failure;
use crate::relay::rest::Rest;

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
        rest: &Rest<'_>,
        asked: &Asked<'_>,
        credential: &Credential,
    ) -> Result<Option<Answer>, Failure> {
        let needed = proof(rest.route.holds, rest.media);
        let Some(needed) = needed.filter(|_| status.is_success() || status.is_redirection()) else {
            return Ok(None);
        };
        let path = rest.route.path.as_str();
        let (target, holds) = match needed {
            Proof::SameAsJson => (path, rest.route.holds),
            Proof::Above => (path.rsplit_once('/').map_or(path, |(above, _)| above), Holds::Reviews),
        };
        let read = Read {
            target,
            accept: Media::Json.accept(),
            api_version: rest.api_version.map(ApiVersion::as_str),
            etag: None,
        };
        let (github, max) = (self.app.github(), self.app.config.max_response_bytes);
        let response = github.relay(&read, &credential.secret, max).await;
        let response = response.map_err(|error| Failure::from(&error))?;
        let route = Route { holds, media: &[], ..rest.route.clone() };
        let json = Rest { route: &route, media: Media::Json, ..*rest };
        let proved = Answer::read(response, &json, asked)?;
        match proved.head.status {
            200 => Ok(None),
            404 => Ok(Some(proved.hidden())),
            _ => Err(Failure::Invalid),
        }
    }
}
