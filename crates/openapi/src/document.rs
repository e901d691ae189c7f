//! The whole document.

use std::collections::BTreeSet;

use octopool_api_types::endpoints::Auth;
use octopool_api_types::{ErrorCode, ErrorEnvelope, FallbackReason, FieldProblem, GithubError, schema};
use serde_json::{Map, Value, json};

use crate::failures::{self, Failures};
use crate::operation::{Answer, Content, Form, Operation};
use crate::operations::operations;
use crate::parameters::{header_refs, headers, parameters};
use crate::schemas::{Schemas, also, rename};
use crate::{details, template};

/// What holds of every route, so that no operation repeats it.
const ABOUT: &str = "A self-hosted pool of GitHub identities. For every route:\n\n\
    - `HEAD` works where `GET` does, with the same answer without its body.\n\
    - An unknown path is a 404 `not_found`, another method of a known path a 405 `method_not_allowed`, as `components/responses` has them; below `/api/v3`, and where GitHub's paths are at the root, they have the form of GitHub's errors.\n\
    - `http:` from another machine is redirected (308) to `https:`.\n\
    - Every answer has `x-request-id`, `cache-control` and `x-content-type-options`, and over https `strict-transport-security`.\n\
    - `null` in a request means that the field is absent.\n\
    - A route answers only the error codes and fields that are listed for it.";

/// The description as it is served: minified, with sorted keys.
pub fn text() -> String {
    format!("{}\n", sorted(document()))
}

/// The description.
pub fn document() -> Value {
    let (mut schemas, mut failures) = (Schemas::new(), Failures::default());
    let mut paths = Map::new();
    let mut requests = Vec::new();
    for operation in operations() {
        let (method, path) = (
            operation.endpoint.method.as_str().to_ascii_lowercase(),
            template::described(operation.endpoint.path),
        );
        let (described, request) = describe(&operation, &mut schemas, &mut failures);
        if let Some(request) = request {
            requests.push((path.clone(), method.clone(), request));
        }
        let item = paths
            .entry(path)
            .or_insert_with(|| json!({ "parameters": path_parameters(operation.endpoint.path) }));
        item[method] = described;
    }
    for code in [ErrorCode::NotFound, ErrorCode::MethodNotAllowed] {
        for form in [Form::Envelope, Form::Github] {
            failures.response(code.status().as_u16(), &BTreeSet::from([code]), form, code.as_str());
        }
    }
    name_what_no_route_names(&mut schemas);
    let (mut schemas, renamed) = schemas.finish();
    for (path, method, RequestBody { mut schema, example, required }) in requests {
        rename(&mut schema, &renamed);
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        paths[&path][&method]["requestBody"] = json!({ "required": required, "content": content });
    }
    errors(&mut schemas);
    let mut responses = failures.finish();
    responses.insert("https".to_owned(), to_https());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "octopool", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT, "license": { "name": "MIT", "identifier": "MIT" } },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "admin", "description": "With an admin token." },
            { "name": "caller", "description": "With a caller token." },
            { "name": "open", "description": "Without a token." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "parameters": parameters(),
            "headers": headers(),
            "examples": failures::examples(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn path_parameters(path: &str) -> Value {
    template::names(path).map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

struct RequestBody {
    schema: Value,
    example: Value,
    required: bool,
}

/// One operation, and its request's schema with an example. The schema is put in later, when it is
/// known which types need another name in requests.
fn describe(
    operation: &Operation,
    schemas: &mut Schemas,
    failures: &mut Failures,
) -> (Value, Option<RequestBody>) {
    let auth = operation.endpoint.auth;
    let mut responses = Map::new();
    for answer in &operation.answers {
        responses.insert(answer.status.clone(), success(answer, schemas));
    }
    for (status, codes) in failures::codes(operation) {
        let response = failures.response(status, &codes, operation.form, operation.id);
        responses.insert(status.to_string(), response);
    }
    responses.insert("308".to_owned(), json!({ "$ref": "#/components/responses/https" }));
    let (tag, security) = match (auth, operation.form) {
        (Auth::Open, _) => ("open", json!([])),
        (Auth::Admin, _) => ("admin", json!([{ "admin": [] }])),
        (Auth::Caller, Form::Envelope) => ("caller", json!([{ "caller": [] }])),
        (Auth::Caller, Form::Github) => ("caller", json!([{ "caller": [] }, { "github": [] }])),
    };
    let mut described = json!({
        "operationId": operation.id, "summary": operation.summary, "tags": [tag], "security": security, "responses": responses,
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = json!(operation.parameters);
    }
    let request = operation.request.as_ref().map(|request| RequestBody {
        schema: schemas.request(request.schema, request.closed),
        example: request.example.clone(),
        required: request.required,
    });
    (described, request)
}

fn success(answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut content = Map::new();
    for (media_type, body) in &answer.content {
        let described = match body {
            Content::Json(describe, example) => {
                json!({ "schema": schemas.answer(*describe), "example": example })
            }
            // OpenAPI 3.1 has no word for the schema of a line.
            Content::Lines(describe, example) => {
                json!({ "schema": { "type": "string", "x-line": schemas.answer(*describe) }, "example": format!("{example}\n") })
            }
            Content::Opaque(schema) => json!({ "schema": schema }),
        };
        content.insert((*media_type).to_owned(), described);
    }
    let mut response =
        json!({ "description": answer.description, "headers": header_refs(answer.headers.iter().copied()) });
    if !content.is_empty() {
        response["content"] = Value::Object(content);
    }
    response
}

fn to_https() -> Value {
    json!({ "description": "Use https.", "headers": header_refs(["location"]) })
}

fn security_schemes() -> Value {
    json!({
        "admin": { "type": "http", "scheme": "bearer", "description": "The deployment's own admin token (its secret OCTOPOOL_ADMIN_TOKEN), or one of `/v1/admin/tokens`." },
        "caller": { "type": "http", "scheme": "bearer", "bearerFormat": "op_…", "description": "A caller's token, which opens the pools that it was granted." },
        "github": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`token op_…`: the same token as clients of GitHub's older API send it.",
        },
    })
}

/// What is referred to from errors and parameters only.
fn name_what_no_route_names(schemas: &mut Schemas) {
    also::<ErrorEnvelope>(schemas);
    also::<FieldProblem>(schemas);
    also::<GithubError>(schemas);
    also::<FallbackReason>(schemas);
    also::<schema::PoolName>(schemas);
    also::<schema::IdentityId>(schemas);
    also::<schema::CallerId>(schemas);
    also::<schema::ClientName>(schemas);
    also::<schema::AdminTokenName>(schemas);
    also::<schema::RelayedRest>(schemas);
    also::<schema::StoredLogin>(schemas);
    also::<schema::Login>(schemas);
    also::<schema::Cursor>(schemas);
    also::<schema::Time>(schemas);
    also::<schema::RequestId>(schemas);
}

/// Adds what the types of errors do not say: the codes, and the details of each code.
fn errors(schemas: &mut Map<String, Value>) {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    schemas.insert("ErrorCode".to_owned(), json!({ "type": "string", "enum": codes }));
    for name in ["ErrorBody", "GithubErrorItem"] {
        let code = &mut schemas[name]["properties"]["code"];
        *code = json!({ "$ref": "#/components/schemas/ErrorCode", "description": code["description"] });
        schemas[name]["allOf"] = details::rules("details").into();
    }
    let details = details::schemas();
    schemas.extend(details.as_object().cloned().unwrap_or_default());
}

/// The same with the keys of every object in order, whatever order `serde_json` was built to keep.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(object) => {
            let mut fields: Vec<_> = object.into_iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            fields.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        other => other,
    }
}
