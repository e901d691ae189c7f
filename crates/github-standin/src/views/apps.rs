//! Apps and their installations.

use serde_json::{Value, json};

use super::accounts::simple_user;
use super::{CREATED_AT, UPDATED_AT};
use crate::call::urls::Urls;
use crate::model::State;
use crate::model::accounts::{Account, AccountKind};
use crate::model::apps::{App, Installation, InstallationId};
use crate::random;

/// GitHub's `integration`.
pub(crate) fn app(app: &App, state: &State, urls: &Urls) -> Value {
    json!({
        "id": app.id,
        "slug": app.slug,
        "node_id": format!("A_{}", app.id),
        "client_id": app.client_id,
        "owner": state.accounts.get(app.owner).map(|owner| simple_user(owner, urls)),
        "name": app.name,
        "description": null,
        "external_url": "https://example.com",
        "html_url": format!("{}/apps/{}", app.site, app.slug),
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
        "permissions": app.permissions,
        "events": [],
        "installations_count": state.installations.iter().filter(|it| it.app == app.id).count(),
    })
}

/// GitHub's `integration-from-manifest`: the App with its secrets, which are shown once.
pub(crate) fn converted(it: &App, private_key_pem: &str, state: &State, urls: &Urls) -> Value {
    let mut view = app(it, state, urls);
    view["client_secret"] = json!(random::alphanumeric(40).to_ascii_lowercase());
    view["webhook_secret"] = Value::Null;
    view["pem"] = json!(private_key_pem);
    view
}

/// The settings of an account: an organization's are below its name, a user's are the visitor's.
pub(crate) fn settings(account: &Account) -> String {
    match account.kind {
        AccountKind::Organization => format!("/organizations/{}/settings", account.login),
        AccountKind::User => "/settings".to_owned(),
    }
}

/// Where an account changes an installation.
pub(crate) fn installation_page(account: &Account, id: InstallationId) -> String {
    format!("{}/installations/{id}", settings(account))
}

/// GitHub's `installation`.
pub(crate) fn installation(it: &Installation, app: &App, state: &State, urls: &Urls) -> Value {
    let account = state.accounts.get(it.account);
    let suspended_by = if it.suspended { account.map(|account| simple_user(account, urls)) } else { None };
    let settings =
        account.map_or(String::new(), |account| format!("{}{}", app.site, installation_page(account, it.id)));
    json!({
        "id": it.id,
        "account": account.map(|account| simple_user(account, urls)),
        "repository_selection": it.repositories.as_str(),
        "access_tokens_url": urls.api(&format!("/app/installations/{}/access_tokens", it.id)),
        "repositories_url": urls.api("/installation/repositories"),
        "html_url": settings,
        "app_id": app.id,
        "client_id": app.client_id,
        "app_slug": app.slug,
        "target_id": it.account,
        "target_type": account.map_or("Organization", |account| account.kind.as_str()),
        "permissions": it.permissions,
        "events": [],
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": suspended_by,
        "suspended_at": it.suspended.then_some(UPDATED_AT),
    })
}
