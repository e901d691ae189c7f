//! `POST /graphql`, from the same state as REST.
//!
//! A query is validated against GitHub's own schema and executed by `apollo-compiler`, so a wrong
//! field fails as it does at GitHub. A field that GitHub has and no resolver knows is a 501, like a
//! route that is not here.
//!
//! <https://docs.github.com/graphql>

mod accounts;
mod checks;
mod connection;
mod cost;
mod errors;
mod git;
mod issues;
mod node;
mod object;
mod pulls;
mod query;
mod releases;
mod repository;
mod reviews;
mod schema;
mod timeline;
mod tracker;

use apollo_compiler::executable::{Operation, OperationType};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::Identity;
use crate::model::State;
use crate::model::quotas::Resource;
use cost::{Cost, MAX_NODES};
use query::Query;

/// The body of the request.
#[derive(Debug, Deserialize)]
struct Request {
    query: String,
    #[serde(default)]
    variables: Option<JsonMap>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

/// Answers a query.
pub(crate) fn answer(state: &mut State, call: &Call<'_>) -> Outcome {
    if matches!(call.caller.identity, Identity::Anonymous) {
        let message = "This endpoint requires you to be authenticated.";
        return Err(Answer::refusal(StatusCode::UNAUTHORIZED, message));
    }
    let request: Request = serde_json::from_slice(call.body)
        .map_err(|_| Answer::refusal(StatusCode::BAD_REQUEST, "Problems parsing JSON"))?;
    let schema = schema::load(state.graphql_schema.as_deref())
        .map_err(|error| Answer::refusal(StatusCode::NOT_IMPLEMENTED, error.to_string()))?;
    let parsed = ExecutableDocument::parse_and_validate(&schema, &request.query, "query");
    let document = match parsed {
        Ok(document) => document,
        Err(invalid) => match errors::of_document(&invalid.errors) {
            errors if errors.is_empty() => Valid::assume_valid(invalid.partial),
            errors => return Ok(rejected(&errors)),
        },
    };
    execute(state, call, &schema, &document, &request)
}

/// A query that cannot be answered at all has no `data`, and the HTTP status 200.
fn rejected(errors: &[Value]) -> Answer {
    Answer::ok(json!({ "errors": errors }))
}

/// 501 for what the stand-in cannot do, so that it is not mistaken for GitHub's answer.
fn not_implemented(what: &str) -> Answer {
    Answer::refusal(StatusCode::NOT_IMPLEMENTED, format!("github-standin does not resolve {what}"))
}

fn execute(
    state: &mut State,
    call: &Call<'_>,
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    request: &Request,
) -> Outcome {
    let prepared = operation_of(document, request).and_then(|operation| {
        let given = request.variables.clone().unwrap_or_default();
        Ok((operation, coerce_variable_values(schema, operation, &given)?))
    });
    let (operation, variables) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Ok(rejected(&[json!(error.to_graphql_error(&document.sources))])),
    };
    if operation.operation_type != OperationType::Query {
        return Err(not_implemented("mutations"));
    }
    let cost = Cost::of(operation, document, &variables);
    if cost.nodes > MAX_NODES {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of {MAX_NODES}.",
            cost.nodes
        );
        return Ok(rejected(&[json!({ "type": "MAX_NODE_LIMIT_EXCEEDED", "message": message })]));
    }
    let quota = *state.quotas.window(call.caller.principal(), Resource::Graphql, call.now);
    let execution = Execution::new(schema, document)
        .operation(operation)
        .coerced_variable_values(&variables)
        .enable_schema_introspection(true);
    let answered = execution.execute_sync(&Query { state, call, cost, quota });
    match answered {
        Ok(response) => {
            response_of(response.data.as_ref(), &response.errors).map(|it| it.costing(cost.points()))
        }
        Err(error) => Ok(rejected(&[json!(error.to_graphql_error(&document.sources))])),
    }
}

fn operation_of<'a>(
    document: &'a ExecutableDocument,
    request: &Request,
) -> Result<&'a Operation, apollo_compiler::request::RequestError> {
    document.operations.get(request.operation_name.as_deref()).map(|it| &**it)
}

fn response_of(data: Option<&JsonMap>, errors: &[apollo_compiler::response::GraphQLError]) -> Outcome {
    let errors: Result<Vec<Value>, String> = errors.iter().map(errors::of_field).collect();
    let errors = errors.map_err(|what| not_implemented(&what))?;
    let body =
        if errors.is_empty() { json!({ "data": data }) } else { json!({ "data": data, "errors": errors }) };
    Ok(Answer::ok(body))
}
