//! Registering an App from a manifest: two pages of GitHub's site, and the exchange of the code.
//!
//! <https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::app_pages::{escaped, form_value, new_key, owner, page};
use crate::call::Call;
use crate::call::answer::{Answer, Outcome, Payload};
use crate::model::State;
use crate::model::accounts::Account;
use crate::model::apps::{App, Permissions};
use crate::views::apps;

/// "The name of the GitHub App … cannot be longer than 34 characters": registering a GitHub App.
const LONGEST_NAME: usize = 34;

/// What the manifest says, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    url: String,
    redirect_url: String,
    hook_attributes: Option<Hook>,
    #[serde(default)]
    default_permissions: Permissions,
}

#[derive(Deserialize)]
struct Hook {
    url: String,
}

/// What a client posts to begin: a page on which the owner names the App and confirms.
pub(crate) fn confirm(state: &mut State, call: &Call<'_>) -> Outcome {
    let owner = owner(state, call)?;
    let text = form_value(call, "manifest").unwrap_or_default();
    let manifest = match parse(&text) {
        Ok(manifest) => manifest,
        Err(problem) => return Ok(refused(&problem)),
    };
    let name = manifest.name.unwrap_or_default();
    Ok(asked(owner, &name, &text, &call.query_text("state").unwrap_or_default(), ""))
}

/// The confirmation: the App exists from now on, and its code is sent to the manifest's address.
pub(crate) fn register(state: &mut State, call: &Call<'_>) -> Outcome {
    let owner = owner(state, call)?;
    let value = |name| form_value(call, name).unwrap_or_default();
    let (text, name, client_state) = (value("manifest"), value("name"), value("state"));
    let manifest = match parse(&text) {
        Ok(manifest) => manifest,
        Err(problem) => return Ok(refused(&problem)),
    };
    let slug = slug_of(&name);
    let problem = if slug.is_empty() || name.chars().count() > LONGEST_NAME {
        "Name is too long, or has no letter or digit"
    } else if state.apps.find_slug(&slug).is_some() {
        "Name is already in use"
    } else {
        ""
    };
    if !problem.is_empty() {
        return Ok(asked(owner, &name, &text, &client_state, problem));
    }
    let Ok(mut target) = Url::parse(&manifest.redirect_url) else {
        return Ok(refused("redirect_url is not a URL"));
    };
    let (id, owner) = (state.apps.next_id(), owner.id);
    state.apps.add(App {
        id,
        client_id: format!("Iv23li{}", crate::random::alphanumeric(14)),
        slug,
        name,
        owner,
        public_keys: Vec::new(),
        permissions: manifest.default_permissions,
        site: call.urls.origin(""),
    });
    let code = state.apps.issue_code(id, call.now);
    target.query_pairs_mut().append_pair("code", &code).append_pair("state", &client_state);
    Ok(Answer::redirect(StatusCode::FOUND, target.as_str(), Payload::Empty))
}

/// `POST /app-manifests/{code}/conversions`: the App's first private key, once.
pub(crate) fn convert(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = state.apps.redeem_code(&call.param("code"), call.now).ok_or_else(Answer::not_found)?;
    let pem = new_key(state, id)?;
    let app = state.apps.get(id).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(StatusCode::CREATED, apps::converted(app, &pem, state, call.urls)))
}

fn parse(text: &str) -> Result<Manifest, String> {
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let is_address = |text: &str| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    for (name, address) in [
        ("url", Some(&manifest.url)),
        ("redirect_url", Some(&manifest.redirect_url)),
        ("hook_attributes.url", manifest.hook_attributes.as_ref().map(|hook| &hook.url)),
    ] {
        if address.is_some_and(|address| !is_address(address)) {
            return Err(format!("{name} must be a valid URL"));
        }
    }
    // GitHub calls hooks from the Internet.
    let hook = manifest.hook_attributes.as_ref().and_then(|hook| Url::parse(&hook.url).ok());
    if let Some(host) = hook.as_ref().and_then(Url::host_str).filter(|host| is_local(host)) {
        return Err(format!(
            "Hook url is not supported because it isn't reachable over the public Internet ({host})"
        ));
    }
    Ok(manifest)
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

fn refused(problem: &str) -> Answer {
    let problem = escaped(problem);
    let body = format!("<p>Invalid GitHub App configuration</p><p id=problem>{problem}</p>");
    page("Register a GitHub App", &body).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

fn asked(owner: &Account, name: &str, manifest: &str, client_state: &str, problem: &str) -> Answer {
    let settings = apps::settings(owner);
    let permissions = serde_json::from_str::<Value>(manifest).unwrap_or_default();
    let permissions = escaped(&permissions["default_permissions"].to_string());
    let (owner, name) = (escaped(&owner.login), escaped(name));
    let (manifest, client_state) = (escaped(manifest), escaped(client_state));
    page(
        &format!("Create GitHub App for {owner}"),
        &format!(
            "<p id=problem>{problem}</p><p>Permissions: {permissions}</p>\
             <form action='{settings}/apps' method=post>\
             <label>GitHub App name <input name=name value='{name}'></label>\
             <input type=hidden name=manifest value='{manifest}'>\
             <input type=hidden name=state value='{client_state}'>\
             <button type=submit>Create GitHub App for {owner}</button></form>"
        ),
    )
}

/// `octopool for acme` is `octopool-for-acme`.
fn slug_of(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|symbol: char| !symbol.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
