//! A GraphQL query: how GitHub is asked, and what the answer is.

use bytes::Bytes;
use http::StatusCode;
use octopool_core::Timestamp;
use octopool_core::relay::graphql::{Accepted, Cost, ErrorKind, Errors};
use octopool_core::relay::{FallbackReason, Feedback, Life, RateState, Repository};
use serde_json::json;

use super::Fetch;
use super::outcome::Reply;
use crate::github::GithubError;
use crate::relay::answer::{Answer, Asked};
use crate::relay::asking::{Asking, Shows};
use crate::relay::credential::Credential;
use crate::relay::eligibility::{allows, covers};
use crate::relay::error::{self, Failure, RelayError};
use crate::relay::feedback::{QueryRefusal, judged_query};
use crate::relay::memory::Memory;
use crate::relay::{guard, wide};

impl Fetch<'_> {
    /// Asks the query.
    pub(super) async fn send_query(
        &self,
        query: &Asking<'_>,
        credential: &Credential,
    ) -> Result<http::Response<Bytes>, GithubError> {
        let body = json!({ "query": query.prepared.document });
        let max = self.app.config.max_response_bytes;
        self.app.github().query(body.to_string().into_bytes(), &credential.secret, max).await
    }

    /// What the response is. Everything that is wrong with the identity and not with the question
    /// comes with the status 200, too.
    pub(super) async fn read_query(
        &self,
        response: http::Response<Bytes>,
        query: &Asking<'_>,
        asked: &Asked<'_>,
        feedback: &mut Feedback,
    ) -> Reply {
        match response.status() {
            StatusCode::OK => {}
            status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                return Reply::Answer(Err(Failure::Redirect));
            }
            status if !status.is_client_error() && !status.is_server_error() => {
                return Reply::Answer(Err(Failure::Invalid));
            }
            _ => return Reply::Answer(Ok(Answer::refusal(response, asked))),
        }
        if asked.identity.installation().is_none() && !wide::is_public_only(response.headers()) {
            // What it shows could be more than everybody sees.
            wide::remember(self.app, &self.budget(asked.identity));
            return Reply::Refused(RelayError::Fallback(FallbackReason::NoIdentity));
        }
        let is_asked = |repository: &Repository| match self.reading.repository {
            Some(asked) if query.shows == Shows::Named => asked.key() == repository.key(),
            Some(_) | None => covers(query.policy, asked.identity, repository),
        };
        match query.prepared.accept(response.body(), &is_asked) {
            Accepted::Answer(answer) => {
                self.learn_cost(answer.cost.as_ref(), feedback);
                self.learn_nodes(&answer.nodes);
                let proven = self.proven(query, &answer.proven, asked);
                let told = answer.asked.iter().map(Repository::key).filter(|name| proven.contains(name));
                let told = told.collect();
                let mut read = Answer::of_query(response.headers(), answer.body, answer.life, asked);
                (read.head.proven, read.head.told) = (proven, told);
                Reply::Answer(Ok(read))
            }
            Accepted::Private { repository } => {
                self.disprove(repository.as_ref(), asked);
                Reply::Answer(Err(Failure::NotPublic))
            }
            Accepted::Outside { repository } => self.outside(query, &repository).await,
            Accepted::Errors(errors) => {
                self.learn_cost(errors.cost.as_ref(), feedback);
                self.read_errors(&response, errors, asked, feedback)
            }
            Accepted::Invalid => Reply::Answer(Err(Failure::Invalid)),
        }
    }

    /// Records that a repository in the answer is private; if it does not say which, the one that
    /// was asked for. The name of one that nobody asked for may itself be private, so it is stored
    /// only over an earlier proof.
    fn disprove(&self, repository: Option<&Repository>, asked: &Asked<'_>) {
        let Some(repository) = repository.or(self.reading.repository) else { return };
        let mut named = self.reading.repository.into_iter().chain(self.reading.others);
        if named.any(|named| named.key() == repository.key()) {
            guard::deny(self.app, repository, asked.at);
        } else {
            guard::deny_known(self.app, repository, asked.at);
        }
    }

    /// An answer with errors. Those that are about the identity are judged as the 403 that they
    /// would be in REST; the others belong to the caller and are not kept.
    fn read_errors(
        &self,
        response: &http::Response<Bytes>,
        errors: Errors,
        asked: &Asked<'_>,
        feedback: &mut Feedback,
    ) -> Reply {
        let refused = match errors.kind {
            ErrorKind::RateLimited => QueryRefusal::Limit,
            ErrorKind::Saml => QueryRefusal::SingleSignOn,
            // What is public is shown to everybody, so what is missing is a permission of this App
            // or a scope of this token. A part of the answer would be taken for all of it: gh
            // ignores such an error about projects, or fails for it, depending on its version.
            ErrorKind::Forbidden => return Reply::MaybeRefused(Failure::Forbidden),
            ErrorKind::NotFound | ErrorKind::Other => {
                let (headers, body) = (response.headers(), errors.body);
                return Reply::Errors(Answer::of_query(headers, body, Life::Unshared, asked));
            }
        };
        let owner = self.reading.owner.as_deref();
        let (cooldown, refusal) = judged_query(response, refused, (&self.resource(), owner), self.app.now());
        feedback.cooldown = cooldown;
        Reply::Refused(RelayError::Fallback(error::refused(refusal)))
    }

    /// What an answer proves public that is not proven before it is served: all that it shows but
    /// the repository that was asked for. It is as good as any other proof: GitHub's word in answer
    /// to this question.
    fn proven(&self, query: &Asking<'_>, repositories: &[Repository], asked: &Asked<'_>) -> Vec<String> {
        let named = match query.shows {
            Shows::Named => self.reading.repository.map(Repository::key),
            Shows::Told | Shows::Public => None,
        };
        let others = repositories.iter().filter(|repository| Some(repository.key()) != named);
        let proven = others.map(|repository| {
            guard::is_public_since(self.app, repository, asked.at);
            repository.key()
        });
        proven.collect()
    }

    /// Remembers which repository the objects of an answer are in: a query by their ids is then
    /// asked with the credential of that repository.
    fn learn_nodes(&self, nodes: &[(String, Repository)]) {
        for (id, repository) in nodes {
            Memory::of(self.app).nodes.keep(id.clone(), repository.clone(), self.app.now());
        }
    }

    /// An answer about another repository than was asked for, or about one that the policy does not
    /// let this identity read.
    async fn outside(&self, query: &Asking<'_>, repository: &Repository) -> Reply {
        if let (Some(asked), Shows::Named) = (self.reading.repository, query.shows) {
            // It has been renamed since it was proven public.
            let proof = guard::prove(self.app, self.reading.pool, asked, self.caller).await.ok();
            let denied = proof.as_ref().and_then(|proof| guard::verdict(proof).err());
            let unclear = RelayError::Fallback(FallbackReason::RepoPublicCheckFailed);
            return Reply::Denied(denied.unwrap_or(unclear), proof);
        }
        if allows(query.policy, repository) {
            // Another identity may have the scope.
            return Reply::Refused(RelayError::Fallback(FallbackReason::NoIdentity));
        }
        Reply::Answer(Err(Failure::OtherOwner))
    }

    /// What is left, where the head of the answer does not say so.
    fn learn_cost(&self, cost: Option<&Cost>, feedback: &mut Feedback) {
        let Some(cost) = cost else { return };
        let (remaining, reset) = (i64::try_from(cost.remaining), Timestamp::parse_rfc3339(&cost.reset_at));
        if let (Ok(remaining), Some(reset)) = (remaining, reset) {
            let told = RateState { limit: None, remaining, reset: reset.as_seconds() };
            feedback.rate.get_or_insert_with(|| (self.resource(), told));
        }
    }
}
