//! What is the same for everybody: gists, emojis, licences, templates.

use serde_json::{Value, json};

use super::users::shown;
use crate::exchange::answer::{Answer, Outcome};
use crate::exchange::call::Call;
use crate::model::State;
use crate::model::social::Gist;
use crate::views::accounts::merge;
use crate::views::repositories::mit;
use crate::views::{CREATED_AT, UPDATED_AT};

/// A gist with its text.
pub(crate) fn gist(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = call.param("gist_id");
    let gist = state.social.gists.iter().find(|it| it.id == id).ok_or_else(Answer::not_found)?;
    let mut view = gist_view(gist, state, call);
    view["files"][&gist.file]["content"] = json!(gist.text);
    view["files"][&gist.file]["truncated"] = json!(false);
    Ok(Answer::ok(merge(view, json!({ "owner": shown(gist.owner, state, call) }))))
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
        "owner": shown(it.owner, state, call),
        "truncated": false,
    })
}

/// Three of them.
pub(crate) fn emojis(_: &mut State, _: &Call<'_>) -> Outcome {
    let image = |name: &str| format!("https://github.githubassets.com/images/icons/emoji/{name}.png?v8");
    let names = ["+1", "heart", "rocket"];
    Ok(Answer::ok(names.into_iter().map(|name| (name.to_owned(), json!(image(name)))).collect()))
}

/// Addresses of GitHub's servers.
pub(crate) fn meta(_: &mut State, _: &Call<'_>) -> Outcome {
    let body = json!({ "verifiable_password_authentication": false, "api": ["127.0.0.1/32"] });
    Ok(Answer::ok(body))
}

/// The licences people choose: one.
pub(crate) fn licenses(_: &mut State, call: &Call<'_>) -> Outcome {
    Ok(crate::exchange::pages::Page::new(call, "/licenses", [mit()], |it| it).answer())
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
    Ok(Answer::ok(merge(mit(), more)))
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
