//! `POST /graphql`: `viewer`, `user(login:)` and the organizations of a user, `repository(owner:, name:)`, `repositoryOwner(login:)`; any other query is
//! a GraphQL error.
//!
//! <https://docs.github.com/graphql/reference/queries>, <https://docs.github.com/graphql/reference/objects#user>

mod lexer;
mod parser;
mod resolver;
mod variables;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::Identity;
use crate::model::State;
use resolver::Resolver;

/// The body of the request.
#[derive(Debug, Deserialize)]
struct Request {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

/// A query that cannot be answered at all: there is no `data`, and the HTTP status is 200.
#[derive(Debug, PartialEq)]
struct QueryError(Value);

impl QueryError {
    fn new(message: impl Into<String>) -> Self {
        Self(json!({ "message": message.into() }))
    }
}

/// Answers a query.
pub(crate) fn answer(state: &mut State, call: &Call<'_>) -> Outcome {
    if matches!(call.caller.identity, Identity::Anonymous) {
        let message = "This endpoint requires you to be authenticated.";
        return Err(Answer::refusal(StatusCode::UNAUTHORIZED, message));
    }
    let request: Request = serde_json::from_slice(call.body)
        .map_err(|_| Answer::refusal(StatusCode::BAD_REQUEST, "Problems parsing JSON"))?;
    let body = match execute(state, call, &request) {
        Ok((data, errors)) if errors.is_empty() => json!({ "data": data }),
        Ok((data, errors)) => json!({ "data": data, "errors": errors }),
        Err(QueryError(error)) => json!({ "errors": [error] }),
    };
    Ok(Answer::ok(body))
}

fn execute(state: &State, call: &Call<'_>, request: &Request) -> Result<(Value, Vec<Value>), QueryError> {
    let operation = parser::parse(&request.query)?;
    let given = request.variables.clone().unwrap_or_default();
    let variables = variables::bind(&operation.variables, &given)?;
    Resolver::new(state, call.caller, variables).query(&operation.fields)
}
