//! Holds an exchange against the document: nothing may be answered that it does not describe.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::{HeaderMap, Method, StatusCode, Uri, header};
use jsonschema::Validator;
use octopool_api_types::paths;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::document::document;
use crate::operation::Operation;
use crate::operations::operations;
use crate::template;

/// One request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The request's URI.
    pub uri: &'a Uri,
    /// The request's body, if it is known.
    pub sent: Option<&'a [u8]>,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: &'a HeaderMap,
    /// The answer's body.
    pub body: &'a [u8],
}

/// Headers that any response may have without naming them (the document's `info` does).
const EVERYWHERE: [&str; 8] = [
    "cache-control",
    "content-length",
    "content-security-policy",
    "content-type",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    "x-content-type-options",
];

/// What is wrong with the exchange, if anything is.
pub fn check(exchange: &Exchange<'_>) -> Result<(), String> {
    let path = exchange.uri.path();
    let of_path: Vec<_> = routes()
        .iter()
        .filter_map(|route| Some((route, template::values(route.endpoint.path, path)?)))
        .collect();
    // A template without variables is meant where one fits.
    let template = of_path
        .iter()
        .min_by_key(|(route, values)| (values.len(), route.endpoint.path.contains('*')))
        .map(|(route, _)| route.endpoint.path);
    let method = if *exchange.method == Method::HEAD { &Method::GET } else { exchange.method };
    let found = of_path
        .iter()
        .find(|(route, _)| Some(route.endpoint.path) == template && route.endpoint.method == *method);
    let result = match (template, found) {
        (Some(_), Some((operation, values))) => {
            answer(exchange, operation).and_then(|()| request(exchange, operation, values))
        }
        (Some(_), None) => general(exchange, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        (None, _) => general(exchange, StatusCode::NOT_FOUND, "not_found"),
    };
    result.map_err(|problem| {
        let (status, body) = (exchange.status, String::from_utf8_lossy(exchange.body));
        format!(
            "{} {path} -> {status} is not as the OpenAPI document says: {problem}\n{body}",
            exchange.method
        )
    })
}

/// For a path or method without an operation: the one right response, and those that a deployment
/// gives before it looks at the path.
fn general(exchange: &Exchange<'_>, status: StatusCode, code: &str) -> Result<(), String> {
    let path = exchange.uri.path();
    let rest = paths::is_rest(path) || paths::is_graphql(path);
    let name = match exchange.status {
        StatusCode::PERMANENT_REDIRECT => "https".to_owned(),
        StatusCode::SERVICE_UNAVAILABLE => "configuration_invalid".to_owned(),
        StatusCode::INTERNAL_SERVER_ERROR => "internal_error".to_owned(),
        given if given == status => format!("{code}{}", if rest { ".github" } else { "" }),
        _ => return Err(format!("a {status} was expected, with {code}")),
    };
    let response = &parsed()["components"]["responses"][&name];
    respond(exchange, &format!("/components/responses/{name}"), response)
}

fn answer(exchange: &Exchange<'_>, operation: &Operation) -> Result<(), String> {
    let pointer = pointer(operation);
    let responses = &parsed().pointer(&pointer).ok_or("the document has no such operation")?["responses"];
    let status = exchange.status.as_u16().to_string();
    let status = if responses.get(&status).is_some() { status } else { "default".to_owned() };
    let response = responses.get(&status).ok_or("the status is not documented")?;
    match response["$ref"].as_str() {
        Some(reference) => {
            let target = reference.trim_start_matches('#');
            let response = parsed().pointer(target).ok_or("a reference leads nowhere")?;
            respond(exchange, target, response)
        }
        None => respond(exchange, &format!("{pointer}/responses/{status}"), response),
    }
}

fn respond(exchange: &Exchange<'_>, pointer: &str, response: &Value) -> Result<(), String> {
    headers(exchange, response)?;
    // The answer to a HEAD has no body, neither has a 304; all else of it is that of a GET.
    if *exchange.method == Method::HEAD || exchange.status == StatusCode::NOT_MODIFIED {
        return if exchange.body.is_empty() { Ok(()) } else { Err("there should be no body".to_owned()) };
    }
    let Some(content) = response["content"].as_object() else {
        return if exchange.body.is_empty() { Ok(()) } else { Err("no body is documented".to_owned()) };
    };
    let given = exchange.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let given = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media_type = [given, "*/*"].into_iter().find(|name| content.contains_key(*name));
    let media_type = media_type.ok_or_else(|| format!("the media type {given:?} is not documented"))?;
    let schema = &content[media_type]["schema"];
    let pointer = format!("{pointer}/content/{}/schema", escaped(media_type));
    if !schema["x-line"].is_null() {
        let pointer = format!("{pointer}/x-line");
        return exchange.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).try_for_each(
            |line| valid(&pointer, &serde_json::from_slice(line).map_err(|error| error.to_string())?),
        );
    }
    if exchange.headers.contains_key("x-octopool-error") {
        // Of the two that are documented this must be the first: ours.
        return valid(&format!("{pointer}/anyOf/0"), &json_of(exchange.body)?);
    }
    if given == "application/json" {
        return valid(&pointer, &json_of(exchange.body).unwrap_or_default());
    }
    Ok(())
}

fn headers(exchange: &Exchange<'_>, response: &Value) -> Result<(), String> {
    let documented = response["headers"].as_object().cloned().unwrap_or_default();
    for (name, described) in &documented {
        let target = described["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
        let described = parsed().pointer(target).ok_or("a header's reference leads nowhere")?;
        if described["required"] == true && !exchange.headers.contains_key(name.as_str()) {
            return Err(format!("the header {name} is missing"));
        }
    }
    let known = |name: &str| EVERYWHERE.contains(&name) || documented.contains_key(name);
    match exchange.headers.keys().find(|name| !known(name.as_str())) {
        Some(name) => Err(format!("the header {name} is not documented")),
        None => Ok(()),
    }
}

/// What was accepted must be documented, too, or a reader of the document does not know that it can
/// be sent.
fn request(
    exchange: &Exchange<'_>,
    operation: &Operation,
    values: &[(String, String)],
) -> Result<(), String> {
    if !exchange.status.is_success() {
        return Ok(());
    }
    for (name, value) in values {
        parameter(&format!("/components/parameters/{name}"), value)?;
    }
    let pointer = pointer(operation);
    let described = parsed().pointer(&pointer).map(|described| &described["parameters"]);
    let described = described.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !described.is_empty() {
        let query = exchange.uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            query_parameter(&pointer, described, &name, &value)?;
        }
    }
    let Some(request) = &operation.request else { return Ok(()) };
    let Some(sent) = exchange.sent.filter(|sent| request.required || !sent.is_empty()) else { return Ok(()) };
    let sent = json_of(sent)?;
    valid(&format!("{pointer}/requestBody/content/application~1json/schema"), &sent)
        .map_err(|problem| format!("what was sent and taken is not documented: {problem}\nin {sent}"))
}

fn query_parameter(pointer: &str, described: &[Value], name: &str, value: &str) -> Result<(), String> {
    for (index, parameter_) in described.iter().enumerate() {
        let target =
            parameter_["$ref"].as_str().map(|reference| reference.trim_start_matches('#').to_owned());
        let target = target.unwrap_or_else(|| format!("{pointer}/parameters/{index}"));
        let found = parsed().pointer(&target).ok_or("a parameter's reference leads nowhere")?;
        let any = found["schema"]["additionalProperties"].is_object();
        if found["in"] == "query" && (found["name"] == name || any) {
            return if any { Ok(()) } else { parameter(&target, value) };
        }
    }
    Err(format!("the parameter {name} is not documented"))
}

/// A parameter is text; where the schema wants something else, it is read as JSON.
fn parameter(pointer: &str, value: &str) -> Result<(), String> {
    let text = json!(value);
    let other = serde_json::from_str(value).unwrap_or_else(|_| text.clone());
    let pointer = format!("{pointer}/schema");
    valid(&pointer, &text)
        .or_else(|_| valid(&pointer, &other))
        .map_err(|problem| format!("{value}: {problem}"))
}

fn pointer(operation: &Operation) -> String {
    let path = escaped(&template::described(operation.endpoint.path));
    format!("/paths/{path}/{}", operation.endpoint.method.as_str().to_ascii_lowercase())
}

/// As a JSON pointer has it (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn json_of(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))
}

fn valid(pointer: &str, value: &Value) -> Result<(), String> {
    let validator = validator(pointer);
    let problems: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The validator of the schema at this place of the document. Each is made once.
pub fn validator(pointer: &str) -> Arc<Validator> {
    static VALIDATORS: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let validators = VALIDATORS.get_or_init(Mutex::default);
    let mut validators = validators.lock().unwrap_or_else(PoisonError::into_inner);
    let made = validators.entry(pointer.to_owned()).or_insert_with(|| Arc::new(compiled(pointer)));
    Arc::clone(made)
}

#[expect(clippy::panic, reason = "dev only: an invalid schema fails the test")]
fn compiled(pointer: &str) -> Validator {
    let Some(schema) = parsed().pointer(pointer) else { panic!("the document has nothing at {pointer}") };
    // References begin at the root, so the components come along.
    let schema = json!({ "allOf": [schema], "components": { "schemas": parsed()["components"]["schemas"] } });
    let built = jsonschema::options().should_validate_formats(true).build(&schema);
    built.unwrap_or_else(|error| panic!("{pointer} is not a schema: {error}"))
}

fn parsed() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(document)
}

fn routes() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(operations)
}
