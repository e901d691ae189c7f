//! Whether a token can see owners and repositories: one through REST, several through one GraphQL
//! query.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use bytes::Bytes;
use http::{Method, StatusCode};
use octopool_core::{AccountLogin, Forbidden, RepoName};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, Github, GithubError, RateLimitHeaders, parsed};

/// An owner, or one of its repositories.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The owner's login.
    pub owner: String,
    /// The repository's name; `None` for the owner itself.
    pub repo: Option<String>,
}

impl Place {
    /// Whether GitHub could use this name. A value that was edited by hand in D1 must not change
    /// the path of a request.
    fn is_name(&self) -> bool {
        AccountLogin::from_github(&self.owner).is_some()
            && self.repo.as_ref().is_none_or(|repo| RepoName::from_github(repo).is_some())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repo {
            Some(repo) => write!(out, "{}/{repo}", self.owner),
            None => out.write_str(&self.owner),
        }
    }
}

/// Whether a token can see a place.
#[derive(Clone, Debug)]
pub enum Reach {
    /// It exists under this name.
    Here,
    /// It was renamed; the new name, if GitHub says it.
    Renamed(Option<Place>),
    /// It does not exist, or the token cannot see it.
    Missing,
    /// GitHub refuses this token for it, for this cause.
    Forbidden(Forbidden),
    /// GitHub's response does not say.
    Unanswered(GithubError),
}

#[derive(Deserialize)]
struct Names {
    full_name: Option<String>,
    login: Option<String>,
}

#[derive(Deserialize)]
struct GraphqlBody {
    data: Option<HashMap<String, Option<GraphqlNames>>>,
    #[serde(default)]
    errors: Vec<GraphqlError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphqlNames {
    name_with_owner: Option<String>,
    login: Option<String>,
    repositories: Option<GraphqlRepositories>,
}

#[derive(Deserialize)]
struct GraphqlRepositories {
    nodes: Vec<Option<GraphqlNames>>,
}

#[derive(Deserialize)]
struct GraphqlError {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    path: Vec<Value>,
    #[serde(default)]
    message: String,
}

const GRAPHQL: &str = "POST /graphql";

impl Github<'_> {
    /// Whether a token can see these places, in their order. Sends one request.
    pub async fn reach(&self, places: &[Place], token: &SecretString) -> Vec<Reach> {
        match places {
            [] => Vec::new(),
            [place] => vec![self.reach_one(place, token).await],
            places => self.reach_many(places, token).await.0,
        }
    }

    /// The same, and a public repository that the token should be able to read: one of the places,
    /// or one of an owner among them. `None` if there is none or it was read already.
    pub async fn reach_with_sample(
        &self,
        places: &[Place],
        token: &SecretString,
    ) -> (Vec<Reach>, Option<Place>) {
        match places {
            [] => (Vec::new(), None),
            [place] if place.repo.is_some() => (vec![self.reach_one(place, token).await], None),
            places => self.reach_many(places, token).await,
        }
    }

    /// `GET /repos/{owner}/{repo}`, which redirects a former name
    /// (<https://docs.github.com/en/rest/repos/repos#get-a-repository>), or `GET
    /// /users/{username}`.
    async fn reach_one(&self, place: &Place, token: &SecretString) -> Reach {
        if !place.is_name() {
            return Reach::Missing;
        }
        let (operation, path) = match &place.repo {
            Some(repo) => ("GET /repos/{owner}/{repo}", format!("/repos/{}/{repo}", place.owner)),
            None => ("GET /users/{username}", format!("/users/{}", place.owner)),
        };
        match self.exchange(&Call::new(operation, Method::GET, &path, token)).await {
            Ok(response) => seen(place, &response, operation),
            Err(error) => Reach::Unanswered(error),
        }
    }

    /// One GraphQL field per place
    /// (<https://docs.github.com/en/graphql/reference/queries#repository>). The query follows
    /// renames and returns the current name.
    async fn reach_many(&self, places: &[Place], token: &SecretString) -> (Vec<Reach>, Option<Place>) {
        let body = json!({ "query": query(places) }).to_string().into_bytes();
        let call = Call { body, ..Call::new(GRAPHQL, Method::POST, "/graphql", token) };
        // On GitHub Enterprise Server the REST base is `/api/v3`, and GraphQL is at `/api/graphql`.
        let base = self.base.strip_suffix("/v3").unwrap_or(self.base);
        let answer = self.exchange_at(&format!("{base}/graphql"), &call).await;
        match answer.and_then(|response| parsed::<GraphqlBody>(&response, GRAPHQL, StatusCode::OK)) {
            Ok(body) => {
                let reach: Vec<_> =
                    places.iter().enumerate().map(|(index, place)| body.reach(index, place)).collect();
                let sample = places.iter().zip(&reach).enumerate().find_map(|(index, (place, reach))| {
                    matches!(reach, Reach::Here).then(|| body.sample(index, place)).flatten()
                });
                (reach, sample)
            }
            Err(error) => {
                let unanswered = |_| match error.forbidden() {
                    Some(cause) => Reach::Forbidden(cause),
                    None => Reach::Unanswered(error.clone()),
                };
                (places.iter().map(unanswered).collect(), None)
            }
        }
    }
}

fn seen(place: &Place, response: &http::Response<Bytes>, operation: &'static str) -> Reach {
    if response.status().is_redirection() {
        return Reach::Renamed(None);
    }
    match parsed::<Names>(response, operation, StatusCode::OK) {
        Ok(names) => match names.full_name.or(names.login) {
            Some(name) => named(place, &name),
            None => Reach::Unanswered(GithubError::Malformed { operation }),
        },
        Err(error) => match error.forbidden() {
            Some(cause) => Reach::Forbidden(cause),
            None if error.status() == Some(StatusCode::NOT_FOUND) => Reach::Missing,
            None => Reach::Unanswered(error),
        },
    }
}

/// Compares the name in the response with the requested one. An invalid name is not passed on.
fn named(place: &Place, name: &str) -> Reach {
    if name.eq_ignore_ascii_case(&place.to_string()) {
        return Reach::Here;
    }
    let now = name.split_once('/').and_then(|(owner, repo)| {
        let (owner, repo) = (AccountLogin::from_github(owner)?, RepoName::from_github(repo)?);
        Some(Place { owner: owner.to_string(), repo: Some(repo.to_string()) })
    });
    Reach::Renamed(now)
}

/// The query. Names are encoded as JSON strings, which are also GraphQL strings, so that a name
/// that was edited by hand in D1 cannot change the query.
fn query(places: &[Place]) -> String {
    let mut query = String::from("query {");
    for (index, Place { owner, repo }) in places.iter().enumerate() {
        // Writing into a `String` cannot fail.
        let _ = match repo {
            Some(repo) => {
                write!(
                    query,
                    " p{index}: repository(owner: {}, name: {}) {{ nameWithOwner }}",
                    json!(owner),
                    json!(repo)
                )
            }
            None => write!(
                query,
                " p{index}: repositoryOwner(login: {}) {{ login repositories(first: 1, privacy: PUBLIC) {{ nodes {{ nameWithOwner }} }} }}",
                json!(owner)
            ),
        };
    }
    query.push_str(" }");
    query
}

impl GraphqlBody {
    fn reach(&self, index: usize, place: &Place) -> Reach {
        let field = format!("p{index}");
        let malformed = || Reach::Unanswered(GithubError::Malformed { operation: GRAPHQL });
        if self.errors.iter().any(|error| error.kind.as_deref() == Some("RATE_LIMITED")) {
            // GraphQL reports the rate limit with status 200.
            let limits = RateLimitHeaders::default();
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Reach::Unanswered(GithubError::Refused { status, limits, forbidden: None });
        }
        let error = self.errors.iter().find(|error| error.path.first().is_some_and(|name| *name == *field));
        // Also where only the owner's repositories are refused, and not its name.
        if let Some(error) = error.filter(|error| error.is_forbidden()) {
            return Reach::Forbidden(Forbidden::read(|_| None, &error.message));
        }
        let value = self.data.as_ref().and_then(|data| data.get(&field));
        let names = value.and_then(Option::as_ref);
        if let Some(name) = names.and_then(|names| names.name_with_owner.as_ref().or(names.login.as_ref())) {
            return named(place, name);
        }
        match error.map(|error| error.kind.as_deref().unwrap_or_default()) {
            Some("NOT_FOUND") => Reach::Missing,
            // For an owner that does not exist, GraphQL returns null without an error.
            None if value.is_some() && place.repo.is_none() => Reach::Missing,
            Some(_) | None => malformed(),
        }
    }

    /// A public repository of a place that is there.
    fn sample(&self, index: usize, place: &Place) -> Option<Place> {
        if place.repo.is_some() {
            return Some(place.clone());
        }
        let names = self.data.as_ref()?.get(&format!("p{index}"))?.as_ref()?;
        let first = names.repositories.as_ref()?.nodes.iter().flatten().next()?;
        let (owner, repo) = first.name_with_owner.as_ref()?.split_once('/')?;
        let sample = Place { owner: owner.to_owned(), repo: Some(repo.to_owned()) };
        sample.is_name().then_some(sample)
    }
}

impl GraphqlError {
    fn is_forbidden(&self) -> bool {
        // `SAML` is what GitHub calls a lack of single sign-on in some answers.
        matches!(self.kind.as_deref(), Some("FORBIDDEN" | "SAML"))
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use octopool_core::Forbidden;
    use serde_json::json;

    use super::{GithubError, GraphqlBody, Place, Reach, query};

    fn place(owner: &str, repo: Option<&str>) -> Place {
        Place { owner: owner.to_owned(), repo: repo.map(str::to_owned) }
    }

    #[test]
    fn a_name_stays_a_name_in_a_query() {
        let places = [place("acme", Some("rocket")), place("a\"b", None)];
        assert_eq!(
            query(&places),
            r#"query { p0: repository(owner: "acme", name: "rocket") { nameWithOwner } p1: repositoryOwner(login: "a\"b") { login repositories(first: 1, privacy: PUBLIC) { nodes { nameWithOwner } } } }"#
        );
        assert!(!place("../user", None).is_name() && !place("acme", Some("a/b")).is_name());
    }

    #[test]
    fn what_graphql_answers_is_read_field_by_field() {
        let reach = |body: serde_json::Value, place: &Place| {
            let body: GraphqlBody = serde_json::from_value(body).unwrap();
            body.reach(0, place)
        };
        let (rocket, acme) = (place("acme", Some("rocket")), place("acme", None));
        let error = |kind: &str| json!({"data": {"p0": null}, "errors": [{"type": kind, "path": ["p0"], "message": "x"}]});
        let here = json!({"data": {"p0": {"nameWithOwner": "Acme/Rocket"}}});
        assert!(matches!(reach(here, &rocket), Reach::Here));
        let moved = json!({"data": {"p0": {"nameWithOwner": "acme/ship"}}});
        assert!(matches!(reach(moved, &rocket), Reach::Renamed(Some(now)) if now.to_string() == "acme/ship"));
        let nonsense = json!({"data": {"p0": {"nameWithOwner": "acme/<b>"}}});
        assert!(matches!(reach(nonsense, &rocket), Reach::Renamed(None)), "such a name is not passed on");
        assert!(matches!(reach(error("NOT_FOUND"), &rocket), Reach::Missing));
        assert!(matches!(reach(error("FORBIDDEN"), &rocket), Reach::Forbidden(Forbidden::Unexplained)));
        let partly = json!({"data": {"p0": {"login": "acme", "repositories": {"nodes": [null]}}}, "errors": [
            {"type": "FORBIDDEN", "path": ["p0", "repositories", "nodes", 0],
             "message": "Resource protected by organization SAML enforcement."}]});
        assert!(matches!(reach(partly, &acme), Reach::Forbidden(Forbidden::SingleSignOn)));
        assert!(matches!(
            reach(error("SOMETHING_NEW"), &rocket),
            Reach::Unanswered(GithubError::Malformed { .. })
        ));
        assert!(matches!(reach(json!({"data": {"p0": null}}), &acme), Reach::Missing));
        assert!(
            matches!(reach(json!({"data": {"p0": null}}), &rocket), Reach::Unanswered(_)),
            "null needs a reason"
        );
        assert!(matches!(reach(json!({"data": {}}), &acme), Reach::Unanswered(_)));
        let limited = json!({"errors": [{"type": "RATE_LIMITED", "message": "x"}]});
        let Reach::Unanswered(GithubError::Refused { status, .. }) = reach(limited, &rocket) else {
            unreachable!()
        };
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    }
}
