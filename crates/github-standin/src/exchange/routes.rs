//! The table of routes.

use super::answer::Outcome;
use super::call::Call;
use crate::graphql;
use crate::model::State;
use crate::model::quotas::Resource;
use crate::responders::{access_tokens, app, installation, members, orgs, rate_limit, repositories, users};

/// Path segments by the name they have in the pattern.
pub(crate) type Params = Vec<(&'static str, String)>;

/// One route: what it answers to, and what answers.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// `{name}` stands for one segment.
    pub(crate) pattern: &'static str,
    /// Page and section below <https://docs.github.com/>; also the `documentation_url` of its refusals.
    pub(crate) docs: &'static str,
    /// Whose budget it uses; `None` costs nothing.
    pub(crate) resource: Option<Resource>,
    pub(crate) respond: fn(&mut State, &Call<'_>) -> Outcome,
}

const fn get(
    pattern: &'static str,
    docs: &'static str,
    respond: fn(&mut State, &Call<'_>) -> Outcome,
) -> Route {
    Route { method: "GET", pattern, docs, resource: Some(Resource::Core), respond }
}

const fn post(
    pattern: &'static str,
    docs: &'static str,
    respond: fn(&mut State, &Call<'_>) -> Outcome,
) -> Route {
    Route { method: "POST", pattern, docs, resource: Some(Resource::Core), respond }
}

/// Every route. To add one: a line here, a function in `responders/`, a row in `tests/openapi.rs`.
const ROUTES: &[Route] = &[
    get("/user", "rest/users/users#get-the-authenticated-user", users::get_authenticated),
    get("/user/{account_id}", "rest/users/users#get-a-user-using-their-id", users::get_by_id),
    get("/users/{username}", "rest/users/users#get-a-user", users::get_by_login),
    get("/orgs/{org}", "rest/orgs/orgs#get-an-organization", orgs::get),
    get(
        "/orgs/{org}/memberships/{username}",
        "rest/orgs/members#get-organization-membership-for-a-user",
        members::get_membership,
    ),
    get(
        "/user/memberships/orgs/{org}",
        "rest/orgs/members#get-an-organization-membership-for-the-authenticated-user",
        members::get_own_membership,
    ),
    get(
        "/orgs/{org}/members/{username}",
        "rest/orgs/members#check-organization-membership-for-a-user",
        members::check_member,
    ),
    get(
        "/orgs/{org}/public_members/{username}",
        "rest/orgs/members#check-public-organization-membership-for-a-user",
        members::check_public_member,
    ),
    get("/app", "rest/apps/apps#get-the-authenticated-app", app::get),
    get(
        "/app/installations/{installation_id}",
        "rest/apps/apps#get-an-installation-for-the-authenticated-app",
        app::get_installation,
    ),
    post(
        "/app/installations/{installation_id}/access_tokens",
        "rest/apps/apps#create-an-installation-access-token-for-an-app",
        access_tokens::create,
    ),
    get(
        "/installation/repositories",
        "rest/apps/installations#list-repositories-accessible-to-the-app-installation",
        installation::list_repositories,
    ),
    get("/repos/{owner}/{repo}", "rest/repos/repos#get-a-repository", repositories::get),
    get("/repositories/{repository_id}", "rest/repos/repos#get-a-repository", repositories::get_by_id),
    Route {
        method: "GET",
        pattern: "/rate_limit",
        docs: "rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user",
        resource: None,
        respond: rate_limit::get,
    },
    Route {
        method: "POST",
        pattern: "/graphql",
        docs: "graphql",
        resource: Some(Resource::Graphql),
        respond: graphql::answer,
    },
];

/// Method and pattern of every route, for tests that must not forget one.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method, route.pattern))
}

/// The route for a request. `HEAD` works where `GET` does.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Params)> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| Some((route, match_path(route.pattern, path)?)))
}

fn match_path(pattern: &'static str, path: &str) -> Option<Params> {
    let mut params = Params::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => params.push((name, segment.to_owned())),
            None if expected == segment => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_segment_by_segment() {
        let params = match_path("/orgs/{org}/members/{username}", "/orgs/acme/members/mona").unwrap();
        assert_eq!(params, [("org", "acme".to_owned()), ("username", "mona".to_owned())]);
        assert_eq!(match_path("/users/{username}", "/users/"), None);
        assert_eq!(match_path("/users/{username}", "/users/mona/repos"), None);
    }

    #[test]
    fn a_method_is_part_of_the_route() {
        assert!(find("GET", "/user").is_some());
        assert!(find("HEAD", "/user").is_some());
        assert!(find("DELETE", "/user").is_none());
    }
}
