//! `POST /api/graphql`, and `/graphql` at the root of the host: GitHub's GraphQL API as any client
//! of it expects, at another address.

use axum::Extension;
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::pool;
use super::refusals::refused_in_graphql;
use super::shown::Shown;
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{GithubBearer, GraphqlObject};
use crate::http::fields::Fields;
use crate::relay::{Query, query};

/// Asks GitHub's GraphQL API through a pool and hands the answer on. Errors of ours have a form
/// that its clients can read (`edge.rs`).
pub(crate) async fn query_github(
    GithubBearer(token): GithubBearer,
    Extension(app): Extension<App>,
    headers: HeaderMap,
    GraphqlObject(body): GraphqlObject,
) -> Result<Response, ApiError> {
    let mut fields = Fields::new(body);
    let document = document(&mut fields);
    let variables = variables(&mut fields);
    let operation_name = operation_name(&mut fields);
    let pool = pool(&app, &token, &headers, &mut fields).await?;
    let question = pool.zip(document).map(|(pool, document)| Query {
        pool,
        document,
        variables,
        operation_name,
        max_age: super::max_age(&headers),
    });
    let served = query(&app, &token, fields.finish(question)?).await;
    let relayed = served.result.map_err(|error| refused_in_graphql(error, app.now()))?;
    let body = relayed.answer.body.clone();
    let shown = Shown { request: &headers, route_kind: served.route_kind, now: app.now() };
    Ok(shown.response(&relayed, body, |_, value| value.to_owned()))
}

fn document(fields: &mut Fields) -> Option<String> {
    match fields.take("query") {
        Some(Value::String(document)) => return Some(document),
        Some(_) => fields.problem("query", "must be a string"),
        None => fields.problem("query", "is required"),
    }
    None
}

fn variables(fields: &mut Fields) -> Map<String, Value> {
    match fields.take("variables") {
        Some(Value::Object(variables)) => return variables,
        Some(_) => fields.problem("variables", "must be an object"),
        None => {}
    }
    Map::new()
}

/// The name of the operation; GitHub takes an empty one for none.
fn operation_name(fields: &mut Fields) -> Option<String> {
    match fields.take("operationName")? {
        Value::String(name) => return Some(name).filter(|name| !name.is_empty()),
        _ => fields.problem("operationName", "must be a string"),
    }
    None
}
