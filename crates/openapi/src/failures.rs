//! The responses that are errors.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use octopool_api_types::ErrorCode;
use octopool_api_types::endpoints::Auth;
use serde_json::{Map, Value, json};

use crate::details;
use crate::operation::{Admins, Form, Operation};
use crate::parameters::{RELAYED, header_refs};
use crate::template;

/// An id that is obviously made up.
const EXAMPLE_ID: &str = "00000000-0000-4000-8000-000000000000";

/// The codes of an operation by status: its own, and those that follow from its endpoint and body.
pub(crate) fn codes(operation: &Operation) -> BTreeMap<u16, BTreeSet<ErrorCode>> {
    use ErrorCode as Code;
    let mut codes = operation.codes.clone();
    let mut add = |more: &[Code]| {
        for code in more {
            codes.entry(code.status().as_u16()).or_default().insert(*code);
        }
    };
    add(&[Code::InternalError, Code::ConfigurationInvalid]);
    match operation.endpoint.auth {
        Auth::Open => {}
        Auth::Admin => {
            add(&[
                Code::MissingAuth,
                Code::InvalidAdminAuth,
                Code::AdminUnconfigured,
                Code::RelayOverloaded,
                Code::MigrationsMissing,
            ]);
            match operation.admins {
                Admins::All => {}
                Admins::OfItsPool => add(&[Code::PoolDenied]),
                Admins::Root => add(&[Code::RootRequired]),
            }
        }
        Auth::Caller => add(&[
            Code::MissingAuth,
            Code::InvalidAuth,
            Code::OrgDenied,
            Code::OrgMemberDenied,
            Code::GithubIdentityMismatch,
            Code::OrgVerificationFailed,
            Code::OrgVerificationUnavailable,
            Code::RelayOverloaded,
            Code::MigrationsMissing,
        ]),
    }
    if template::names(operation.endpoint.path).next().is_some() {
        add(&[Code::InvalidRequest]);
    }
    if operation.request.is_some() {
        add(&[Code::InvalidRequest, Code::InvalidJson, Code::PayloadTooLarge]);
        // As at GitHub, a body there is JSON whatever it is declared as.
        if operation.form == Form::Envelope {
            add(&[Code::UnsupportedMediaType]);
        }
    }
    codes
}

/// The components that the errors of all operations share: each set of codes of a status is one
/// response.
#[derive(Default)]
pub(crate) struct Failures {
    names: BTreeMap<(u16, BTreeSet<ErrorCode>, bool), String>,
    responses: Map<String, Value>,
}

impl Failures {
    /// A reference to the response of these codes. It is named after its only code (with `.github`
    /// in that form), or after the operation that needed these codes first.
    pub(crate) fn response(
        &mut self,
        status: u16,
        codes: &BTreeSet<ErrorCode>,
        form: Form,
        first: &str,
    ) -> Value {
        let key = (status, codes.clone(), form == Form::Github);
        let only = codes.first().filter(|code| codes.len() == 1 && code.status().as_u16() == status);
        let name = self.names.entry(key).or_insert_with(|| match (only, form) {
            (Some(code), Form::Envelope) => code.as_str().to_owned(),
            (Some(code), Form::Github) => format!("{}.github", code.as_str()),
            _ => format!("{first}.{status}"),
        });
        if !self.responses.contains_key(name) {
            self.responses.insert(name.clone(), response(status, codes, form));
        }
        json!({ "$ref": format!("#/components/responses/{name}") })
    }

    /// The responses by name.
    pub(crate) fn finish(self) -> Map<String, Value> {
        self.responses
    }
}

fn response(status: u16, codes: &BTreeSet<ErrorCode>, form: Form) -> Value {
    let words: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let content = match form {
        Form::Envelope => {
            let examples = words
                .iter()
                .map(|word| ((*word).to_owned(), json!({ "$ref": format!("#/components/examples/{word}") })));
            let code = json!({ "properties": { "code": { "enum": words } } });
            let schema =
                json!({ "$ref": "#/components/schemas/ErrorEnvelope", "properties": { "error": code } });
            json!({ "application/json": { "schema": schema, "examples": examples.collect::<Map<_, _>>() } })
        }
        Form::Github => {
            let code = json!({ "properties": { "code": { "enum": words } } });
            let ours = json!({ "$ref": "#/components/schemas/GithubError", "properties": { "errors": { "items": code } } });
            // GitHub may answer this status too, and what it says then is its own.
            json!({ "*/*": { "schema": { "anyOf": [ours, true] } } })
        }
    };
    let headers: &[&str] = match StatusCode::from_u16(status) {
        Ok(StatusCode::UNAUTHORIZED) if !codes.contains(&ErrorCode::GithubAuthFailed) => {
            &["www-authenticate"]
        }
        Ok(StatusCode::METHOD_NOT_ALLOWED) => &["allow"],
        Ok(StatusCode::SERVICE_UNAVAILABLE) if codes.contains(&ErrorCode::RelayOverloaded) => {
            &["retry-after"]
        }
        Ok(StatusCode::CONFLICT)
            if codes.contains(&ErrorCode::IdempotencyInProgress)
                || codes.contains(&ErrorCode::WriteConflict) =>
        {
            &["retry-after"]
        }
        Ok(StatusCode::FAILED_DEPENDENCY) => &["retry-after"],
        _ => &[],
    };
    let headers = match form {
        Form::Envelope => header_refs(headers.iter().copied()),
        Form::Github => header_refs(
            RELAYED
                .iter()
                .copied()
                .chain(["vary"])
                .chain(headers.iter().copied().filter(|name| *name != "retry-after")),
        ),
    };
    let description = match form {
        Form::Envelope => list,
        Form::Github => {
            format!("{list}; `x-octopool-error` says which. Without that header the answer is GitHub's.")
        }
    };
    json!({ "description": description, "headers": headers, "content": content })
}

/// An example of each code.
pub(crate) fn examples() -> Map<String, Value> {
    let examples = ErrorCode::ALL.iter().map(|code| {
        let mut error = json!({ "code": code.as_str(), "message": code.message(), "request_id": EXAMPLE_ID });
        if let Some(details) = details::example(*code) {
            // A message that ends with a colon continues with the problems, as `ApiError::invalid`
            // writes them.
            let problem = &details["fields"][0];
            if let (true, Some(field), Some(problem)) =
                (code.message().ends_with(':'), problem["field"].as_str(), problem["problem"].as_str())
            {
                error["message"] = format!("{} `{field}` {problem}.", code.message()).into();
            }
            error["details"] = details;
        }
        (code.as_str().to_owned(), json!({ "value": { "error": error } }))
    });
    examples.collect()
}
