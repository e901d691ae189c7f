//! `POST /app/installations/{installation_id}/access_tokens`.

use std::collections::BTreeSet;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::suspended;
use crate::model::State;
use crate::model::apps::{Access, Installation, Permissions, Selection};
use crate::model::clock::rfc3339;
use crate::model::tokens::INSTALLATION_TOKEN_SECONDS;
use crate::views::repositories::repository;

/// What the caller wants less of than the installation has. Absent: all of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    repositories: Option<Vec<String>>,
    repository_ids: Option<Vec<u64>>,
    permissions: Option<Permissions>,
}

/// Issues a token for an hour.
pub(crate) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = call.caller.require_app()?;
    let installation = call
        .id("installation_id")
        .and_then(|id| state.installations.of(app, id))
        .cloned()
        .ok_or_else(Answer::not_found)?;
    if installation.suspended {
        return Err(suspended());
    }
    let wanted = parse(call.body)?;
    let repositories = narrow_repositories(state, &installation, &wanted)?;
    let permissions = narrow_permissions(&installation, wanted.permissions)?;

    let expires_at = call.now + INSTALLATION_TOKEN_SECONDS;
    let token = state.tokens.issue_installation_token(
        installation.id,
        expires_at,
        permissions.clone(),
        repositories.clone(),
    );
    let mut body = json!({
        "token": token,
        "expires_at": rfc3339(expires_at),
        "permissions": permissions,
        "repository_selection": repositories.as_str(),
    });
    if let Selection::Selected(ids) = &repositories {
        let views = ids.iter().filter_map(|id| state.repositories.get(*id));
        body["repositories"] = views.map(|it| repository(it, None, state, call.urls)).collect::<Value>();
    }
    Ok(Answer::json(StatusCode::CREATED, body))
}

fn parse(body: &[u8]) -> Result<Wanted, Answer> {
    if body.is_empty() {
        return Ok(Wanted::default());
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Answer::refusal(StatusCode::BAD_REQUEST, "Problems parsing JSON"))?;
    serde_json::from_value(value).map_err(|_| {
        Answer::refusal(StatusCode::UNPROCESSABLE_ENTITY, "Invalid request.\n\nFor 'properties', wrong type.")
    })
}

/// Names and ids may both be given; each must be the installation's.
fn narrow_repositories(
    state: &State,
    installation: &Installation,
    wanted: &Wanted,
) -> Result<Selection, Answer> {
    if wanted.repositories.is_none() && wanted.repository_ids.is_none() {
        return Ok(installation.repositories.clone());
    }
    let covered = || state.repositories.of(installation.account).filter(|repo| installation.covers(repo));
    let by_name = wanted
        .repositories
        .iter()
        .flatten()
        .map(|name| covered().find(|repo| repo.name.eq_ignore_ascii_case(name)).map(|repo| repo.id));
    let by_id = wanted
        .repository_ids
        .iter()
        .flatten()
        .map(|id| covered().find(|repo| repo.id == *id).map(|repo| repo.id));
    let ids: Option<BTreeSet<u64>> = by_name.chain(by_id).collect();
    ids.map(Selection::Selected).ok_or_else(|| {
        let message = "There is at least one repository that does not exist or is not accessible to the \
             parent installation.";
        Answer::refusal(StatusCode::UNPROCESSABLE_ENTITY, message)
    })
}

/// At most what the installation has; `metadata: read` comes with every token.
fn narrow_permissions(
    installation: &Installation,
    wanted: Option<Permissions>,
) -> Result<Permissions, Answer> {
    let Some(mut wanted) = wanted else { return Ok(installation.permissions.clone()) };
    let granted =
        |name: &String, access: &Access| installation.permissions.get(name).is_some_and(|has| has >= access);
    if !wanted.iter().all(|(name, access)| granted(name, access)) {
        let message = "The permissions requested are not granted to this installation.";
        return Err(Answer::refusal(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    wanted.entry("metadata".to_owned()).or_insert(Access::Read);
    Ok(wanted)
}
