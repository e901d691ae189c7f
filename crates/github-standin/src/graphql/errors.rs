//! Errors in GitHub's form.
//!
//! GitHub adds a `type` to the errors of fields, which the specification has no place for, and its
//! own words and an `extensions.code` to those that validation finds.

use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::GraphQLError;
use apollo_compiler::validation::DiagnosticList;
use serde_json::{Value, json};

/// Stands between type and text in a [`FieldError`], which can carry a text only.
const SEPARATOR: char = '\u{1f}';
/// The type of what GitHub has and the stand-in has not; it becomes a 501.
const UNRESOLVED: &str = "UNRESOLVED";
/// How the executor begins the message of a resolver's error.
const RESOLVER: &str = "resolver error: ";
/// How that goes on when a resolver does not know a field.
const UNKNOWN_FIELD: &str = "unexpected field name: ";
/// What validation says of a field that the schema does not have.
const NO_SUCH_FIELD: &str = "does not have a field";
/// What it says of an object of which nothing is selected.
const NO_SELECTION: &str = "must have a subselection set";
/// How validation begins when two fragments ask for fields of one name that are not of the very
/// same type.
const SAME_NAME: &str = "operation must not select different types using the same name";

/// The error of a field, with one of GitHub's types: `NOT_FOUND`, `FORBIDDEN`, …
pub(super) fn failed(kind: &str, message: &str) -> FieldError {
    FieldError { message: format!("{kind}{SEPARATOR}{message}") }
}

/// The error for an object that is not there, or not for this caller.
pub(super) fn not_found(message: &str) -> FieldError {
    failed("NOT_FOUND", message)
}

/// The error for what is protected by an organization's single sign-on.
pub(super) fn protected() -> FieldError {
    failed(
        "SAML",
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to \
         this organization.",
    )
}

/// What GitHub has and the stand-in has not.
pub(super) fn unresolved(what: &str) -> FieldError {
    failed(UNRESOLVED, what)
}

/// An error of a field as GitHub writes it; `Err` for what the stand-in cannot do.
pub(super) fn of_field(error: &GraphQLError) -> Result<Value, String> {
    let said = error.message.strip_prefix(RESOLVER).unwrap_or(&error.message);
    if let Some(field) = said.strip_prefix(UNKNOWN_FIELD) {
        return Err(format!("the field {field}"));
    }
    // What remains without a type comes from a value that does not fit the schema.
    let Some((kind, message)) = said.split_once(SEPARATOR) else {
        return Err(format!("{} at {:?}", error.message, error.path));
    };
    let mut shown = json!({ "path": error.path, "locations": error.locations, "message": message });
    match kind {
        UNRESOLVED => return Err(message.to_owned()),
        "SAML" => {
            shown["type"] = json!("FORBIDDEN");
            shown["extensions"] = json!({ "saml_failure": true });
        }
        _ => shown["type"] = json!(kind),
    }
    Ok(shown)
}

/// What is wrong with a document, as far as GitHub minds. GitHub's words where a client might read
/// them.
pub(super) fn of_document(errors: &DiagnosticList) -> Vec<Value> {
    let found: Vec<GraphQLError> = errors.iter().map(|diagnostic| diagnostic.to_json()).collect();
    let is_unknown = found.iter().any(|error| error.message.contains(NO_SUCH_FIELD));
    found
        .into_iter()
        // Where nothing but unknown fields is selected, validation also finds that nothing is.
        .filter(|error| !(is_unknown && error.message.ends_with(NO_SELECTION)))
        // GitHub takes `name` of a user, which may be null, beside `name` of a team, which may not;
        // gh asks for both.
        .filter(|error| !error.message.starts_with(SAME_NAME))
        .map(|error| {
            let (message, extensions) = reworded(&error.message);
            let mut shown = json!({ "locations": error.locations, "message": message });
            if !extensions.is_null() {
                shown["extensions"] = extensions;
            }
            shown
        })
        .collect()
}

fn reworded(message: &str) -> (String, Value) {
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names.as_slice() {
        [kind, field] if message.starts_with("type ") && message.contains(NO_SUCH_FIELD) => (
            format!("Field '{field}' doesn't exist on type '{kind}'"),
            json!({ "code": "undefinedField", "typeName": kind, "fieldName": field }),
        ),
        [argument, place] if message.contains("is not supported by") => {
            let field = place.rsplit('.').next().unwrap_or(place);
            (
                format!("Field '{field}' doesn't accept argument '{argument}'"),
                json!({ "code": "argumentNotAccepted", "name": field, "typeName": "Field", "argumentName": argument }),
            )
        }
        [place] if message.starts_with("the required argument") => {
            let (field, arguments) = place.trim_end_matches(":)").split_once('(').unwrap_or((place, ""));
            let field = field.rsplit('.').next().unwrap_or(field);
            (
                format!("Field '{field}' is missing required arguments: {arguments}"),
                json!({
                    "code": "missingRequiredArguments", "className": "Field", "name": field, "arguments": arguments,
                }),
            )
        }
        [variable] if message.starts_with("unused variable") => (
            format!("Variable {variable} is declared by anonymous query but not used"),
            json!({ "code": "variableNotUsed", "variableName": variable.trim_start_matches('$') }),
        ),
        [variable] if message.starts_with("variable ") && message.ends_with("is not defined") => (
            format!("Variable {variable} is used by anonymous query but not declared"),
            json!({ "code": "variableNotDefined", "variableName": variable.trim_start_matches('$') }),
        ),
        _ => (message.to_owned(), Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_speaks_githubs_language() {
        let message = |text| reworded(text).0;
        assert_eq!(
            message("type `User` does not have a field `foo`"),
            "Field 'foo' doesn't exist on type 'User'"
        );
        assert_eq!(
            message("the required argument `Query.user(login:)` is not provided"),
            "Field 'user' is missing required arguments: login"
        );
        assert_eq!(
            message("the argument `x` is not supported by `User.login`"),
            "Field 'login' doesn't accept argument 'x'"
        );
    }
}
