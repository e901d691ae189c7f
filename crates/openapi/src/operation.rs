//! One operation of the description, built by chained calls.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use octopool_api_types::ErrorCode;
use octopool_api_types::endpoints::Endpoint;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// The schema of a type, to be asked for when the document is composed.
pub(crate) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// One operation: an endpoint and what is documented about it.
///
/// The document adds by itself: the parameters of the path, with 400 `invalid_request`; the
/// security scheme of the endpoint's credential with its codes; with a body, the errors of bodies;
/// and the errors that every endpoint can have.
pub struct Operation {
    /// What it describes.
    pub endpoint: Endpoint,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) parameters: Vec<Value>,
    pub(crate) request: Option<Request>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) codes: BTreeMap<u16, BTreeSet<ErrorCode>>,
    pub(crate) form: Form,
    pub(crate) admins: Admins,
}

/// The body of a request.
pub(crate) struct Request {
    pub(crate) schema: Describe,
    pub(crate) example: Value,
    /// Whether unknown fields are refused.
    pub(crate) closed: bool,
    /// Whether there has to be one.
    pub(crate) required: bool,
}

/// An answer that is what was asked for.
pub(crate) struct Answer {
    /// A number, or `default` for all that are not named.
    pub(crate) status: String,
    pub(crate) description: &'static str,
    /// By media type.
    pub(crate) content: Vec<(&'static str, Content)>,
    pub(crate) headers: Vec<&'static str>,
}

/// A body of an answer.
pub(crate) enum Content {
    /// JSON of a type.
    Json(Describe, Value),
    /// Lines of JSON of a type.
    Lines(Describe, Value),
    /// Anything.
    Opaque(Value),
}

impl Content {
    /// JSON of a type.
    pub(crate) fn json<T: JsonSchema>(example: Value) -> Self {
        Self::Json(SchemaGenerator::subschema_for::<T>, example)
    }

    /// Lines of JSON of a type.
    pub(crate) fn lines<T: JsonSchema>(example: Value) -> Self {
        Self::Lines(SchemaGenerator::subschema_for::<T>, example)
    }
}

/// The form of a route's errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// `{"error":{…}}`.
    Envelope,
    /// GitHub's.
    Github,
}

/// Which admin tokens have access, if the endpoint asks for one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admins {
    /// All; the response leaves out what a token for one pool has no access to.
    All,
    /// Those for the pool in question, and those for all pools.
    OfItsPool,
    /// The deployment's own.
    Root,
}

/// The description of an endpoint. The id is a name for generated clients, `<verb>_<noun>` like the
/// handler's. A `DELETE` answers 204.
pub(crate) fn operation(id: &'static str, endpoint: Endpoint, summary: &'static str) -> Operation {
    let deletes = endpoint.method == Method::DELETE;
    let operation = Operation {
        endpoint,
        id,
        summary,
        parameters: Vec::new(),
        request: None,
        answers: Vec::new(),
        codes: BTreeMap::new(),
        form: Form::Envelope,
        admins: Admins::OfItsPool,
    };
    if deletes { operation.answers_nothing(204) } else { operation }
}

impl Operation {
    /// It takes a JSON body of this type, and refuses fields that the type does not have.
    pub(crate) fn takes<T: JsonSchema>(mut self, example: Value) -> Self {
        self.request = Some(Request {
            schema: SchemaGenerator::subschema_for::<T>,
            example,
            closed: true,
            required: true,
        });
        self
    }

    /// It takes nothing; an empty object may be sent.
    pub(crate) fn takes_nothing(mut self) -> Self {
        let schema: Describe = |_| json_schema!({ "type": "object", "maxProperties": 0 });
        self.request = Some(Request { schema, example: json!({}), closed: false, required: false });
        self
    }

    /// It takes a JSON body of this type, and ignores fields that the type does not have.
    pub(crate) fn takes_at_least<T: JsonSchema>(mut self, example: Value) -> Self {
        self.request = Some(Request {
            schema: SchemaGenerator::subschema_for::<T>,
            example,
            closed: false,
            required: true,
        });
        self
    }

    /// It answers JSON of this type.
    pub(crate) fn answers<T: JsonSchema>(self, status: u16, example: Value) -> Self {
        let content = vec![("application/json", Content::json::<T>(example))];
        self.answers_with(&status.to_string(), "Success.", content)
    }

    /// It answers without a body.
    pub(crate) fn answers_nothing(self, status: u16) -> Self {
        self.answers_with(&status.to_string(), "Done.", Vec::new())
    }

    /// It answers with these media types.
    pub(crate) fn answers_with(
        mut self,
        status: &str,
        description: &'static str,
        content: Vec<(&'static str, Content)>,
    ) -> Self {
        self.answers.push(Answer { status: status.to_owned(), description, content, headers: Vec::new() });
        self
    }

    /// The last answer has these headers.
    pub(crate) fn with_headers(mut self, names: &[&'static str]) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.extend(names);
        }
        self
    }

    /// It answers a page of a list, with these filters.
    pub(crate) fn pages(mut self, filters: Vec<Value>) -> Self {
        self.parameters.extend(filters);
        self.parameters.extend(["limit", "cursor"].map(parameter_ref));
        self.with_headers(&["link"]).fails(&[ErrorCode::InvalidRequest])
    }

    /// It is a change: on the condition of `If-Match`, and with `dry_run`.
    pub(crate) fn changes(mut self) -> Self {
        self.parameters.extend(["if-match", "dry_run"].map(parameter_ref));
        self.fails(&[ErrorCode::InvalidRequest, ErrorCode::PreconditionFailed, ErrorCode::WriteConflict])
    }

    /// It runs once for each `Idempotency-Key`. The last answer may be a replayed one.
    pub(crate) fn once(mut self) -> Self {
        let codes =
            [ErrorCode::InvalidRequest, ErrorCode::IdempotencyKeyReused, ErrorCode::IdempotencyInProgress];
        self.parameters.push(parameter_ref("idempotency-key"));
        self.with_headers(&["idempotency-replayed"]).fails(&codes)
    }

    /// It only reads, so an `Idempotency-Key` may be sent and is ignored.
    pub(crate) fn ignores_key(mut self) -> Self {
        self.parameters.push(json!({
            "name": "idempotency-key", "in": "header", "description": "Accepted and ignored, because nothing is written.",
            "schema": { "type": "string" },
        }));
        self
    }

    /// Which admin tokens have access.
    pub(crate) fn for_admins(mut self, admins: Admins) -> Self {
        self.admins = admins;
        self
    }

    /// It has these parameters beside those of its path.
    pub(crate) fn parameters(mut self, parameters: Vec<Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// It can fail with these codes, each with its usual status.
    pub(crate) fn fails(self, codes: &[ErrorCode]) -> Self {
        codes.iter().fold(self, |operation, code| operation.fails_as(code.status().as_u16(), *code))
    }

    /// It can fail with this code and another status than the usual one.
    pub(crate) fn fails_as(mut self, status: u16, code: ErrorCode) -> Self {
        self.codes.entry(status).or_default().insert(code);
        self
    }

    /// Its errors have GitHub's form.
    pub(crate) fn in_github_form(mut self) -> Self {
        self.form = Form::Github;
        self
    }
}

pub(crate) fn parameter_ref(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// A query parameter that may be there.
pub(crate) fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// A query parameter that is one of these words.
pub(crate) fn choice(name: &str, description: &str, words: &[&str]) -> Value {
    query(name, description, &json!({ "enum": words }))
}
