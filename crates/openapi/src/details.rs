//! What `error.details` holds, by code.

use octopool_api_types::{ErrorCode, FallbackReason};
use serde_json::{Map, Value, json};

/// The details of some codes: the name of their schema, and whether they are always present. Other
/// codes have no details.
const DETAILS: &[(&str, bool, &[ErrorCode])] = &[
    (
        "FieldProblems",
        true,
        &[
            ErrorCode::InvalidRequest,
            ErrorCode::ClientNameInvalid,
            ErrorCode::InvalidWindow,
            ErrorCode::IdentityKindUnsupported,
            ErrorCode::InstallationIdRequired,
            ErrorCode::SecretRefReserved,
            ErrorCode::InvalidPath,
            ErrorCode::InvalidQuery,
            ErrorCode::ConfigurationInvalid,
        ],
    ),
    ("FailedChecks", true, &[ErrorCode::IdentityUnverified]),
    ("BrokenChain", true, &[ErrorCode::AuditNotWhole]),
    ("NotServed", true, &[ErrorCode::FallbackLocal]),
    ("NotProvisioned", true, &[ErrorCode::CallerNotProvisioned]),
    ("GithubLimits", false, &[ErrorCode::GithubAuthFailed]),
];

/// The schemas that [`DETAILS`] names.
pub(crate) fn schemas() -> Value {
    json!({
        "FieldProblems": {
            "type": "object", "required": ["fields"], "additionalProperties": false,
            "properties": { "fields": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/FieldProblem" } } },
        },
        "FailedChecks": {
            "type": "object", "required": ["checks"], "additionalProperties": false,
            "properties": { "checks": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/CheckResult" } } },
        },
        "BrokenChain": {
            "type": "object", "required": ["first_bad"], "additionalProperties": false,
            "properties": { "first_bad": { "$ref": "#/components/schemas/FirstBadRow" } },
        },
        "NotServed": {
            "type": "object", "required": ["reason"], "additionalProperties": false,
            "properties": { "reason": { "$ref": "#/components/schemas/FallbackReason" } },
        },
        "NotProvisioned": {
            "type": "object", "required": ["github_login", "pool"], "additionalProperties": false,
            "description": "Whom an admin would provision, for which pool.",
            "properties": {
                "github_login": { "$ref": "#/components/schemas/StoredLogin" },
                "pool": { "$ref": "#/components/schemas/PoolName" },
            },
        },
        "GithubLimits": {
            "type": "object", "additionalProperties": false, "description": "What GitHub said of its limits, as text.",
            "properties": {
                "github_rate_limit_limit": { "type": "string" },
                "github_rate_limit_remaining": { "type": "string" },
                "github_rate_limit_reset": { "type": "string" },
                "github_rate_limit_resource": { "type": "string" },
                "github_rate_limit_used": { "type": "string" },
                "github_retry_after": { "type": "string" },
            },
        },
    })
}

/// The rules of an object with `code` and `details`.
pub(crate) fn rules(details: &'static str) -> Vec<Value> {
    let with_details = DETAILS.iter().map(|(name, required, codes)| {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let required: &[&str] = if *required { &[details] } else { &[] };
        let then = json!({ "required": required, "properties": { details: schema } });
        json!({ "if": { "properties": { "code": { "enum": words(codes) } } }, "then": then })
    });
    let all: Vec<_> = DETAILS.iter().flat_map(|(_, _, codes)| codes.iter().copied()).collect();
    let without = json!({
        "if": { "properties": { "code": { "not": { "enum": words(&all) } } } },
        "then": { "properties": { details: { "type": "null" } } },
    });
    with_details.chain([without]).collect()
}

fn words(codes: &[ErrorCode]) -> Vec<&'static str> {
    codes.iter().map(|code| code.as_str()).collect()
}

/// An example of a code's details.
pub(crate) fn example(code: ErrorCode) -> Option<Value> {
    let (name, _, _) = DETAILS.iter().find(|(_, _, codes)| codes.contains(&code))?;
    let field = |field: &str, problem: &str| json!({ "fields": [{ "field": field, "problem": problem }] });
    Some(match (*name, code) {
        (_, ErrorCode::ClientNameInvalid) => field(
            "client",
            "must be 1 to 80 letters, digits, `.`, `_` or `-`, and begin with a letter or digit",
        ),
        (_, ErrorCode::InvalidWindow) => {
            field("since", "must be a time from 1 minute to 30 days such as `30m`, `24h` or `7d`")
        }
        (_, ErrorCode::IdentityKindUnsupported) => field("kind", "must be `pat` or `github_app`"),
        (_, ErrorCode::InstallationIdRequired) => {
            field("installation_id", "must be a positive integer up to 9007199254740991 for a `github_app`")
        }
        (_, ErrorCode::SecretRefReserved) => field("secret_ref", "must name a secret of this identity alone"),
        (_, ErrorCode::InvalidPath) => field("path", "must start with `/`"),
        (_, ErrorCode::InvalidQuery) => field("query", "must not carry a credential"),
        (_, ErrorCode::ConfigurationInvalid) => field("ALLOWED_GITHUB_ORG", "is required"),
        ("FieldProblems", _) => field(
            "pool",
            "must be 1 to 64 letters, digits, `.`, `_` or `-`, and begin with a letter or digit",
        ),
        ("FailedChecks", _) => json!({ "checks": [{
            "check": "secret_present", "ok": false, "problem": "The deployment has no secret of this name, or it is blank.",
            "fix": "npx wrangler secret put OCTOPOOL_PAT_MONA",
        }] }),
        ("BrokenChain", _) => json!({ "first_bad": { "seq": 7, "problem": "altered" } }),
        ("NotServed", _) => json!({ "reason": FallbackReason::RepoNotPublic.as_str() }),
        ("NotProvisioned", _) => json!({ "github_login": "hubot", "pool": "maintainers" }),
        _ => Value::Object(Map::from_iter([("github_rate_limit_remaining".to_owned(), json!("0"))])),
    })
}
