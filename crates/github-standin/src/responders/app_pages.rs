//! The pages on which an App's owner gives it another key and installs it. There is no
//! login here: each visitor is taken for an owner.

use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderName};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome, Payload};
use crate::keys;
use crate::model::State;
use crate::model::accounts::{Account, AccountKind};
use crate::model::apps::{App, AppId, Installation, Selection};
use crate::views::apps;

/// The organization of the address, or the user who is taken to be logged in: the first one.
pub(super) fn owner<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Account, Answer> {
    let org = call.param("org");
    let owner = if org.is_empty() {
        state.accounts.iter().find(|account| account.kind == AccountKind::User)
    } else {
        state.accounts.find_organization(&org)
    };
    owner.ok_or_else(Answer::not_found)
}

/// The App's settings, with the button for another private key.
pub(crate) fn settings(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = owned(state, call)?;
    let (name, action) = (escaped(&app.name), escaped(call.path));
    let body = format!(
        "<p>App ID: {}</p><p>Client ID: {}</p>\
         <form action='{action}/keys' method=post><button type=submit>Generate a private key</button></form>",
        app.id, app.client_id
    );
    Ok(page(&name, &body))
}

/// Another private key, as a file to download.
pub(crate) fn add_key(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = owned(state, call)?;
    let (id, file) = (app.id, format!("attachment; filename=\"{}.private-key.pem\"", app.slug));
    let pem = new_key(state, id)?;
    Ok(Answer::raw("application/x-pem-file", pem.into_bytes()).with_header(CONTENT_DISPOSITION, file))
}

/// Which repositories? Here it is all of them.
pub(crate) fn ask_to_install(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = state.apps.find_slug(&call.param("slug")).ok_or_else(Answer::not_found)?;
    let login = state.accounts.get(app.owner).map_or("", |owner| owner.login.as_str());
    let title = format!("Install {} on {}", escaped(&app.name), escaped(login));
    let action = escaped(call.path);
    Ok(page(
        &title,
        &format!("<form action='{action}' method=post><button type=submit>Install</button></form>"),
    ))
}

/// Installs the App on its owner's account, which is the only one that a private App can be on.
pub(crate) fn install(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = state.apps.find_slug(&call.param("slug")).ok_or_else(Answer::not_found)?;
    let account = state.accounts.get(app.owner).ok_or_else(Answer::not_found)?;
    let id = state.installations.next_id();
    let installation = Installation {
        id,
        app: app.id,
        account: account.id,
        suspended: false,
        repositories: Selection::All,
        permissions: app.permissions.clone(),
    };
    let target = call.urls.origin(&apps::installation_page(account, id));
    state.installations.add(installation);
    Ok(Answer::redirect(StatusCode::FOUND, &target, Payload::Empty))
}

/// The page of an installation.
pub(crate) fn installed(state: &mut State, call: &Call<'_>) -> Outcome {
    let installation = call.id("installation_id").and_then(|id| state.installations.get(id));
    let installation = installation.ok_or_else(Answer::not_found)?;
    let app = state.apps.get(installation.app).ok_or_else(Answer::not_found)?;
    Ok(page(&format!("Installed {}", escaped(&app.name)), "<p>All repositories</p>"))
}

/// Makes a private key, of which only the public half stays here.
pub(super) fn new_key(state: &mut State, id: AppId) -> Result<String, Answer> {
    let broken = |_| Answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, "Server Error");
    let pem = keys::generate_pem().map_err(broken)?;
    let key = keys::public_key(&pem).map_err(broken)?;
    state.apps.edit(id).ok_or_else(Answer::not_found)?.public_keys.push(key);
    Ok(pem)
}

/// The App of the address, if it is the owner's.
fn owned<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a App, Answer> {
    let owner = owner(state, call)?;
    let app = state.apps.find_slug(&call.param("slug")).filter(|app| app.owner == owner.id);
    app.ok_or_else(Answer::not_found)
}

/// A field of a form that was sent.
pub(super) fn form_value(call: &Call<'_>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(call.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A page; `body` is HTML.
pub(super) fn page(title: &str, body: &str) -> Answer {
    let text = format!("<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{body}");
    let policy = HeaderName::from_static("content-security-policy");
    // Nothing on these pages runs, as none of ours could on GitHub's.
    Answer::raw("text/html; charset=utf-8", text.into_bytes()).with_header(policy, "default-src 'none'")
}

/// Text within HTML or one of its attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
