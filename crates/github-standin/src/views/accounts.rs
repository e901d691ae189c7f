//! Users and organizations.

use serde_json::{Map, Value, json};

use super::{CREATED_AT, UPDATED_AT};
use crate::call::site::Site;
use crate::call::urls::{Urls, page};
use crate::model::State;
use crate::model::accounts::{Account, AccountId};

/// The account with this id as lists show it; null when it was deleted.
pub(crate) fn shown(id: AccountId, state: &State, urls: &Urls) -> Value {
    state.accounts.get(id).map_or(Value::Null, |it| simple_user(it, urls))
}

/// GitHub's `simple-user`: an account as other objects mention it.
pub(crate) fn simple_user(account: &Account, urls: &Urls) -> Value {
    let url = urls.api(&format!("/users/{}", account.login));
    json!({
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id(),
        "avatar_url": avatar(account),
        "gravatar_id": "",
        "url": url,
        "html_url": page(&format!("/{}", account.login)),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": account.kind.as_str(),
        "user_view_type": "public",
        "site_admin": false,
    })
}

impl Site<'_> {
    /// An account as other objects mention it; null when it was deleted.
    pub(crate) fn user(&self, id: AccountId) -> Value {
        self.state.accounts.get(id).map_or(Value::Null, |account| simple_user(account, self.call.urls))
    }
}

/// GitHub's `public-user`: a profile as everybody sees it.
pub(crate) fn public_user(account: &Account, state: &State, urls: &Urls) -> Value {
    let public_repos = state.repositories.of(account.id).filter(|repo| !repo.private).count();
    let profile = json!({
        "name": account.name,
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "twitter_username": null,
        "public_repos": public_repos,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
    });
    merge(simple_user(account, urls), profile)
}

/// GitHub's `private-user`: what a token with the scope `user` or `read:user` sees of its own
/// account.
pub(crate) fn private_user(account: &Account, state: &State, urls: &Urls) -> Value {
    let private_repos = state.repositories.of(account.id).filter(|repo| repo.private).count();
    let private = json!({
        "user_view_type": "private",
        "private_gists": 0,
        "total_private_repos": private_repos,
        "owned_private_repos": private_repos,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": true,
        "plan": { "name": "free", "space": 976_562_499, "collaborators": 0, "private_repos": 10_000 },
    });
    merge(public_user(account, state, urls), private)
}

/// GitHub's `organization-simple`: an organization as a membership mentions it.
pub(crate) fn organization_simple(account: &Account, urls: &Urls) -> Value {
    let url = urls.api(&format!("/orgs/{}", account.login));
    json!({
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id(),
        "url": url,
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"),
        "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": avatar(account),
        "description": null,
    })
}

/// GitHub's `organization-full`, as everybody sees it.
pub(crate) fn organization_full(account: &Account, state: &State, urls: &Urls) -> Value {
    let public_repos = state.repositories.of(account.id).filter(|repo| !repo.private).count();
    let profile = json!({
        "name": account.name.clone().unwrap_or_else(|| account.login.clone()),
        "is_verified": false,
        "has_organization_projects": true,
        "has_repository_projects": true,
        "public_repos": public_repos,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": page(&format!("/{}", account.login)),
        "type": account.kind.as_str(),
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
        "archived_at": null,
    });
    merge(organization_simple(account, urls), profile)
}

fn avatar(account: &Account) -> String {
    format!("https://avatars.githubusercontent.com/u/{}?v=4", account.id)
}

/// One object with the fields of both; the second wins.
pub(crate) fn merge(base: Value, more: Value) -> Value {
    let fields = |value| match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields(base).into_iter().chain(fields(more)).collect()
}
