//! The table of routes.

use super::repository_routes;
use super::route::{Respond, Route};
use crate::call::answer::Outcome;
use crate::call::{Call, Params};
use crate::graphql;
use crate::model::State;
use crate::model::quotas::Resource;
use crate::responders::{
    access_tokens, app, app_manifests, app_pages, downloads, installation, logs, members, orgs, rate_limit,
    reference, search, users,
};

const fn get(
    pattern: &'static str,
    docs: &'static str,
    respond: fn(&mut State, &Call<'_>) -> Outcome,
) -> Route {
    Route { method: "GET", pattern, docs, resource: Some(Resource::Core), respond: Respond::Any(respond) }
}

const fn post(
    pattern: &'static str,
    docs: &'static str,
    respond: fn(&mut State, &Call<'_>) -> Outcome,
) -> Route {
    Route { method: "POST", pattern, docs, resource: Some(Resource::Core), respond: Respond::Any(respond) }
}

/// Search has budgets of its own.
const fn searching(
    resource: Resource,
    pattern: &'static str,
    docs: &'static str,
    respond: fn(&mut State, &Call<'_>) -> Outcome,
) -> Route {
    Route { method: "GET", pattern, docs, resource: Some(resource), respond: Respond::Any(respond) }
}

/// A page of GitHub's site, for people: it costs nothing.
const fn page(
    method: &'static str,
    pattern: &'static str,
    respond: fn(&mut State, &Call<'_>) -> Outcome,
) -> Route {
    let docs = "apps/sharing-github-apps/registering-a-github-app-from-a-manifest";
    Route { method, pattern, docs, resource: None, respond: Respond::Any(respond) }
}

/// The pages on which an App is registered, given a key and installed.
const PAGES: &[Route] = &[
    page("POST", "/organizations/{org}/settings/apps/new", app_manifests::confirm),
    page("POST", "/settings/apps/new", app_manifests::confirm),
    page("POST", "/organizations/{org}/settings/apps", app_manifests::register),
    page("POST", "/settings/apps", app_manifests::register),
    page("GET", "/organizations/{org}/settings/apps/{slug}", app_pages::settings),
    page("GET", "/settings/apps/{slug}", app_pages::settings),
    page("POST", "/organizations/{org}/settings/apps/{slug}/keys", app_pages::add_key),
    page("POST", "/settings/apps/{slug}/keys", app_pages::add_key),
    page("GET", "/apps/{slug}/installations/new", app_pages::ask_to_install),
    page("POST", "/apps/{slug}/installations/new", app_pages::install),
    page("GET", "/organizations/{org}/settings/installations/{installation_id}", app_pages::installed),
    page("GET", "/settings/installations/{installation_id}", app_pages::installed),
];

/// Every route but those of repositories and pages. To add one: a line here, a function in
/// `responders/`, a row in `tests/openapi.rs`.
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
    post(
        "/app-manifests/{code}/conversions",
        "rest/apps/apps#create-a-github-app-from-a-manifest",
        app_manifests::convert,
    ),
    get(
        "/app/installations",
        "rest/apps/apps#list-installations-for-the-authenticated-app",
        app::list_installations,
    ),
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
    get("/orgs/{org}/repos", "rest/repos/repos#list-organization-repositories", orgs::repositories),
    get("/orgs/{org}/events", "rest/activity/events#list-public-organization-events", orgs::events),
    get(
        "/orgs/{org}/public_members",
        "rest/orgs/members#list-public-organization-members",
        members::list_public,
    ),
    get("/users/{username}/repos", "rest/repos/repos#list-repositories-for-a-user", users::repositories),
    get("/users/{username}/orgs", "rest/orgs/orgs#list-organizations-for-a-user", users::organizations),
    get("/users/{username}/gists", "rest/gists/gists#list-gists-for-a-user", users::gists),
    get("/users/{username}/followers", "rest/users/followers#list-followers-of-a-user", users::followers),
    get(
        "/users/{username}/following",
        "rest/users/followers#list-the-people-a-user-follows",
        users::following,
    ),
    get(
        "/users/{username}/events",
        "rest/activity/events#list-events-for-the-authenticated-user",
        users::events,
    ),
    get(
        "/users/{username}/received_events",
        "rest/activity/events#list-events-received-by-the-authenticated-user",
        users::received_events,
    ),
    get("/users/{username}/keys", "rest/users/keys#list-public-keys-for-a-user", users::keys),
    get("/users/{username}/gpg_keys", "rest/users/gpg-keys#list-gpg-keys-for-a-user", users::gpg_keys),
    get(
        "/notifications",
        "rest/activity/notifications#list-notifications-for-the-authenticated-user",
        users::notifications,
    ),
    get("/gists/{gist_id}", "rest/gists/gists#get-a-gist", reference::gist),
    get("/emojis", "rest/emojis/emojis#get-emojis", reference::emojis),
    get("/meta", "rest/meta/meta#get-apiname-meta-information", reference::meta),
    get("/licenses", "rest/licenses/licenses#get-all-commonly-used-licenses", reference::licenses),
    get("/licenses/{license}", "rest/licenses/licenses#get-a-license", reference::license),
    get(
        "/gitignore/templates",
        "rest/gitignore/gitignore#get-all-gitignore-templates",
        reference::gitignores,
    ),
    get(
        "/gitignore/templates/{name}",
        "rest/gitignore/gitignore#get-a-gitignore-template",
        reference::gitignore,
    ),
    searching(
        Resource::Search,
        "/search/issues",
        "rest/search/search#search-issues-and-pull-requests",
        search::issues,
    ),
    searching(Resource::CodeSearch, "/search/code", "rest/search/search#search-code", search::code),
    searching(Resource::Search, "/search/commits", "rest/search/search#search-commits", search::commits),
    searching(
        Resource::Search,
        "/search/repositories",
        "rest/search/search#search-repositories",
        search::repositories,
    ),
    Route {
        method: "GET",
        pattern: "/rate_limit",
        docs: "rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user",
        resource: None,
        respond: Respond::Any(rate_limit::get),
    },
    Route {
        method: "GET",
        pattern: "/",
        docs: "rest/meta/meta#github-api-root",
        resource: Some(Resource::Core),
        respond: Respond::Any(reference::root),
    },
    Route {
        method: "GET",
        pattern: "/_content/{rest}",
        docs: "rest",
        resource: None,
        respond: Respond::Any(downloads::get),
    },
    Route {
        method: "GET",
        pattern: "/_logs/{job_id}",
        docs: "rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run",
        resource: None,
        respond: Respond::Any(logs::get),
    },
    Route {
        method: "POST",
        pattern: "/graphql",
        docs: "graphql",
        resource: Some(Resource::Graphql),
        respond: Respond::Any(graphql::answer),
    },
];

/// Method and pattern of every route of the API, for tests that must not forget one.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().chain(repository_routes::ROUTES).map(|route| (route.method, route.pattern))
}

fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(repository_routes::ROUTES).chain(PAGES)
}

/// Addresses by id for addresses by name. GitHub does not document them; its redirects and `link`
/// headers lead to them.
const BY_ID: [(&str, &str); 3] = [
    ("/repos/{owner}/{repo}", "/repositories/{repository_id}"),
    ("/orgs/{org}", "/organizations/{organization_id}"),
    ("/users/{username}", "/user/{account_id}"),
];

/// Parameters that may hold slashes: those that GitHub's description marks `x-multi-segment`, and
/// the names of labels and the `rest` of a download's address, which clients send as they are.
const SPANNING: [&str; 9] =
    ["{path}", "{dir}", "{ref}", "{commit_sha}", "{tree_sha}", "{basehead}", "{tag}", "{branch}", "{rest}"];

/// Ends of patterns whose parameter may be empty: the root of the contents, all references, the
/// default branch.
const MAY_BE_EMPTY: [&str; 5] =
    ["/contents/{path}", "/readme/{dir}", "/git/matching-refs/{ref}", "/tarball/{ref}", "/zipball/{ref}"];

fn spans(pattern: &str, parameter: &str) -> bool {
    SPANNING.contains(&parameter) || parameter == "{name}" && pattern.ends_with("/labels/{name}")
}

/// The route for a request. `HEAD` works where `GET` does.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Params)> {
    let method = if method == "HEAD" { "GET" } else { method };
    let candidates = || all().filter(|route| route.method == method);
    let by_name = candidates().filter_map(|route| Some((route, match_path(route.pattern, path)?)));
    let by_id = || candidates().filter_map(|route| Some((route, match_by_id(route.pattern, path)?)));
    most_literal(by_name).or_else(|| most_literal(by_id()))
}

/// A reference may hold slashes, so `commits/main/status` is two things; GitHub takes the route
/// that says more. Of equals the first.
fn most_literal(found: impl Iterator<Item = (&'static Route, Params)>) -> Option<(&'static Route, Params)> {
    let literals =
        |pattern: &str| pattern.split('/').filter(|it| !it.is_empty() && !it.starts_with('{')).count();
    found.min_by_key(|(route, _)| std::cmp::Reverse(literals(route.pattern)))
}

/// Matches a path that begins with an id where the pattern begins with a name.
fn match_by_id(pattern: &'static str, path: &str) -> Option<Params> {
    let (named, by_id) = BY_ID.iter().find(|(named, _)| pattern.starts_with(named))?;
    let rest = &pattern[named.len()..];
    let length = by_id.split('/').count();
    let end = path.match_indices('/').nth(length - 1).map_or(path.len(), |(at, _)| at);
    let mut params = match_path(by_id, &path[..end])?;
    params.extend(match_path(rest, &path[end..])?);
    Some(params)
}

fn match_path(pattern: &'static str, path: &str) -> Option<Params> {
    let expected: Vec<&str> = pattern.split('/').collect();
    let mut segments: Vec<&str> = path.split('/').collect();
    let may_be_empty = MAY_BE_EMPTY.iter().any(|end| pattern.ends_with(end));
    if may_be_empty && segments.len() + 1 == expected.len() {
        segments.push("");
    }
    let surplus = segments.len().checked_sub(expected.len())?;
    let spanning = expected.iter().position(|it| spans(pattern, it));
    if surplus > 0 && spanning.is_none() {
        return None;
    }
    let mut params = Params::new();
    let mut at = 0;
    for (index, expected) in expected.into_iter().enumerate() {
        let taken = if Some(index) == spanning { surplus + 1 } else { 1 };
        let value = segments.get(at..at + taken)?.join("/");
        at += taken;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !value.is_empty() || may_be_empty && Some(index) == spanning => {
                params.push((name, value));
            }
            None if expected == value => {}
            _ => return None,
        }
    }
    Some(params)
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
    fn an_id_may_stand_for_a_name() {
        let (route, params) = find("GET", "/repositories/5002/issues/7").unwrap();
        assert_eq!(route.pattern, "/repos/{owner}/{repo}/issues/{issue_number}");
        assert_eq!(params, [("repository_id", "5002".to_owned()), ("issue_number", "7".to_owned())]);
        assert!(find("GET", "/organizations/9000/repos").is_some());
        assert!(find("GET", "/repositories/5002/hooks").is_none());
    }

    #[test]
    fn a_path_may_span_segments_where_github_takes_them() {
        let params = |path| find("GET", path).map(|(_, params)| params.last().unwrap().1.clone());
        assert_eq!(params("/repos/acme/rocket/contents/a/b.md").as_deref(), Some("a/b.md"));
        assert_eq!(params("/repos/acme/rocket/contents").as_deref(), Some(""));
        assert_eq!(params("/repos/acme/rocket/git/ref/heads/main").as_deref(), Some("heads/main"));
        assert_eq!(params("/repos/acme/rocket/labels/a/b").as_deref(), Some("a/b"));
        assert_eq!(params("/repos/acme/rocket/branches/feature/7").as_deref(), Some("feature/7"));
        assert_eq!(params("/repos/acme/rocket/commits/feature/7").as_deref(), Some("feature/7"));
        assert_eq!(params("/repos/acme/rocket/tarball").as_deref(), Some(""));
        assert_eq!(params("/repos/acme/rocket/git/matching-refs/").as_deref(), Some(""));
        assert_eq!(params("/repos/acme/rocket/contents//docs/").as_deref(), Some("/docs/"));
        assert_eq!(params("/repos/acme/rocket/git/ref/"), None);
        assert_eq!(params("/repos/acme/rocket/milestones/1/2"), None);
        assert_eq!(params("/gitignore/templates/a/b"), None);
    }

    #[test]
    fn what_comes_after_a_parameter_with_slashes_is_not_part_of_it() {
        let (route, params) = find("GET", "/repos/acme/rocket/commits/feature/7/status").unwrap();
        assert_eq!(route.pattern, "/repos/{owner}/{repo}/commits/{ref}/status");
        assert_eq!(params.last().unwrap(), &("ref", "feature/7".to_owned()));
        let (route, _) = find("GET", "/repositories/5002/commits/feature/7/check-runs").unwrap();
        assert_eq!(route.pattern, "/repos/{owner}/{repo}/commits/{ref}/check-runs");
        let (route, _) = find("GET", "/repos/acme/rocket/releases/latest").unwrap();
        assert_eq!(route.pattern, "/repos/{owner}/{repo}/releases/latest");
    }

    #[test]
    fn a_method_is_part_of_the_route() {
        assert!(find("GET", "/user").is_some());
        assert!(find("HEAD", "/user").is_some());
        assert!(find("DELETE", "/user").is_none());
    }
}
