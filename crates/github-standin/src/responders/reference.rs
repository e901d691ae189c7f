//! What is the same for everybody: gists, emojis, licences, templates.

use serde_json::{Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::model::State;
use crate::model::social::Gist;
use crate::views::accounts::{merge, shown};
use crate::views::repositories::mit;
use crate::views::{CREATED_AT, UPDATED_AT};

/// A gist with its text.
pub(crate) fn gist(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = call.param("gist_id");
    let gist = state.social.gists.iter().find(|it| it.id == id).ok_or_else(Answer::not_found)?;
    let mut view = gist_view(gist, state, call);
    view["files"][&gist.file]["content"] = json!(gist.text);
    view["files"][&gist.file]["truncated"] = json!(false);
    Ok(Answer::ok(merge(view, json!({ "owner": shown(gist.owner, state, call.urls) }))))
}

/// GitHub's `base-gist`.
pub(super) fn gist_view(it: &Gist, state: &State, call: &Call<'_>) -> Value {
    let url = call.urls.api(&format!("/gists/{}", it.id));
    let page = format!("https://gist.github.com/{}", it.id);
    let file = json!({
        "filename": it.file, "type": "text/plain", "language": "Text", "size": it.text.len(),
        "raw_url": format!("{page}/raw/{}", it.file),
    });
    json!({
        "id": it.id,
        "node_id": format!("G_{}", it.id),
        "url": url,
        "forks_url": format!("{url}/forks"),
        "commits_url": format!("{url}/commits"),
        "comments_url": format!("{url}/comments"),
        "git_pull_url": format!("{page}.git"),
        "git_push_url": format!("{page}.git"),
        "html_url": page,
        "files": { it.file.as_str(): file },
        "public": it.public,
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
        "description": null,
        "comments": 0,
        "user": null,
        "owner": shown(it.owner, state, call.urls),
        "truncated": false,
    })
}

/// Three of them.
pub(crate) fn emojis(_: &mut State, _: &Call<'_>) -> Outcome {
    let image = |name: &str| format!("https://github.githubassets.com/images/icons/emoji/{name}.png?v8");
    let names = ["+1", "heart", "rocket"];
    Ok(Answer::ok(names.into_iter().map(|name| (name.to_owned(), json!(image(name)))).collect()))
}

/// Addresses of GitHub's servers. An Enterprise Server says its version, too.
pub(crate) fn meta(_: &mut State, call: &Call<'_>) -> Outcome {
    let body = json!({ "verifiable_password_authentication": false, "api": ["127.0.0.1/32"] });
    let version = json!({ "installed_version": "3.20.0" });
    Ok(Answer::ok(if call.urls.is_enterprise() { merge(body, version) } else { body }))
}

/// Where everything begins: field, rest of the address.
const ROOT: [(&str, &str); 31] = [
    ("current_user_url", "/user"),
    ("authorizations_url", "/authorizations"),
    ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
    ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
    ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    ("topic_search_url", "/search/topics?q={query}{&page,per_page}"),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
    ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
];

/// `GET /`: the addresses of the API.
pub(crate) fn root(_: &mut State, call: &Call<'_>) -> Outcome {
    let links: Value = ROOT.iter().map(|(name, rest)| (*name, call.urls.api(rest))).collect();
    let page = "https://github.com/settings/connections/applications{/client_id}";
    Ok(Answer::ok(merge(links, json!({ "current_user_authorizations_html_url": page }))))
}

/// The licences people choose: one.
pub(crate) fn licenses(_: &mut State, call: &Call<'_>) -> Outcome {
    Ok(crate::call::pages::Page::new(call, "/licenses", [mit(call.urls)], |it| it).answer())
}

/// A licence with its text.
pub(crate) fn license(_: &mut State, call: &Call<'_>) -> Outcome {
    if !call.param("license").eq_ignore_ascii_case("mit") {
        return Err(Answer::not_found());
    }
    let more = json!({
        "html_url": "https://choosealicense.com/licenses/mit/",
        "description": "Short and permissive.",
        "implementation": "Put the text into a file LICENSE.",
        "permissions": ["commercial-use", "modifications", "distribution", "private-use"],
        "conditions": ["include-copyright"],
        "limitations": ["liability", "warranty"],
        "body": "MIT License",
        "featured": true,
    });
    Ok(Answer::ok(merge(mit(call.urls), more)))
}

/// Names of templates.
pub(crate) fn gitignores(_: &mut State, _: &Call<'_>) -> Outcome {
    Ok(Answer::ok(json!(["Rust"])))
}

/// One template, as JSON or raw.
pub(crate) fn gitignore(_: &mut State, call: &Call<'_>) -> Outcome {
    if call.param("name") != "Rust" {
        return Err(Answer::not_found());
    }
    let source = "target/\n";
    if call.wants_raw() {
        return Ok(Answer::raw("application/vnd.github.raw+json; charset=utf-8", source.into()));
    }
    Ok(Answer::ok(json!({ "name": "Rust", "source": source })))
}
