//! `/_standin/…`: faults, recordings, a summary of the state and edits of it, for those who run the
//! stand-in as a program.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use crate::edits::Edit;
use crate::faults::Fault;
use crate::model::State;
use crate::recording::RecordedRequest;
use crate::world::World;

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/_standin/faults", post(add_fault).get(list_faults).delete(clear_faults))
        .route("/_standin/requests", get(list_requests).delete(clear_requests))
        .route("/_standin/state", get(show_state).post(edit_state))
}

/// `POST /_standin/faults`: one [`Fault`] as JSON. 204; an invalid body is 422 with the reason.
async fn add_fault(Shared(world): Shared<Arc<World>>, Json(fault): Json<Fault>) -> StatusCode {
    world.with(|inner| inner.faults.add(fault));
    StatusCode::NO_CONTENT
}

/// `GET /_standin/faults`: those that are not used up.
async fn list_faults(Shared(world): Shared<Arc<World>>) -> Json<Vec<Fault>> {
    Json(world.with(|inner| inner.faults.list().to_vec()))
}

/// `DELETE /_standin/faults`.
async fn clear_faults(Shared(world): Shared<Arc<World>>) -> StatusCode {
    world.with(|inner| inner.faults.clear());
    StatusCode::NO_CONTENT
}

/// `GET /_standin/requests`: what has come in, oldest first.
async fn list_requests(Shared(world): Shared<Arc<World>>) -> Json<Vec<RecordedRequest>> {
    Json(world.with(|inner| inner.requests.clone()))
}

/// `DELETE /_standin/requests`.
async fn clear_requests(Shared(world): Shared<Arc<World>>) -> StatusCode {
    world.with(|inner| inner.requests.clear());
    StatusCode::NO_CONTENT
}

/// `GET /_standin/state`: who and what exists, by name; no secrets.
async fn show_state(Shared(world): Shared<Arc<World>>) -> Json<Value> {
    Json(world.with(|inner| summary(&inner.state)))
}

/// `POST /_standin/state`: one [`Edit`] as JSON. 204, or 200 with a result; an invalid edit is 422
/// with the reason.
async fn edit_state(Shared(world): Shared<Arc<World>>, Json(edit): Json<Edit>) -> Response {
    match world.with(|inner| edit.apply(&mut inner.state)) {
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Ok(Some(result)) => Json(result).into_response(),
        Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, reason.to_string()).into_response(),
    }
}

fn summary(state: &State) -> Value {
    let login = |id| state.accounts.get(id).map_or("(deleted)", |account| account.login.as_str());
    let accounts: Vec<Value> = state
        .accounts
        .iter()
        .map(|account| json!({ "id": account.id, "login": account.login, "type": account.kind }))
        .collect();
    let apps: Vec<Value> = state.apps.iter().map(|app| json!({ "id": app.id, "slug": app.slug })).collect();
    let installations: Vec<Value> = state
        .installations
        .iter()
        .map(|it| json!({ "id": it.id, "app": it.app, "account": login(it.account), "suspended": it.suspended }))
        .collect();
    let repositories: Vec<Value> = state
        .repositories
        .iter()
        .map(|repo| {
            let full_name = format!("{}/{}", login(repo.owner), repo.name);
            json!({ "id": repo.id, "full_name": full_name, "private": repo.private })
        })
        .collect();
    let tokens: Vec<&str> = state.tokens.iter().map(|token| token.name.as_str()).collect();
    json!({
        "accounts": accounts,
        "apps": apps,
        "installations": installations,
        "repositories": repositories,
        "tokens": tokens,
        "clock_offset": state.clock.offset,
    })
}
