//! Parameters and headers that many routes have.

use serde_json::{Map, Value, json};

/// The variables of paths: the name, the schema of its value, what it is.
const SEGMENTS: &[(&str, &str, &str)] = &[
    ("pool", "PoolName", "A pool."),
    ("id", "IdentityId", "An identity of the pool."),
    ("caller", "CallerId", "A caller."),
    ("client", "ClientName", "A client of the caller."),
    ("token", "AdminTokenName", "An admin token."),
    ("path", "RelayedRest", "A path of GitHub's REST API, with its slashes: `repos/acme/rocket/issues`."),
];

/// The parameters by name, those of paths too.
pub(crate) fn parameters() -> Map<String, Value> {
    let segments = SEGMENTS.iter().map(|(name, form, description)| {
        let schema = json!({ "$ref": format!("#/components/schemas/{form}") });
        let parameter = json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        });
        ((*name).to_owned(), parameter)
    });
    let others = json!({
        "limit": {
            "name": "limit", "in": "query", "description": "How many objects a page has.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 200, "default": 50 },
        },
        "cursor": {
            "name": "cursor", "in": "query",
            "description": "The `next_cursor` of the previous page of the same list with the same filters.",
            "schema": { "$ref": "#/components/schemas/Cursor" },
        },
        "dry_run": {
            "name": "dry_run", "in": "query", "description": "The same checks and the same answer, and nothing is written.",
            "schema": { "type": "boolean", "default": false },
        },
        "if-match": {
            "name": "if-match", "in": "header",
            "description": "The `ETag` of the object as it was read. If it has changed since, nothing is written.",
            "schema": { "type": "string" },
        },
        "idempotency-key": {
            "name": "idempotency-key", "in": "header",
            "description": "A key for this request, new for each. Within 24 hours the same request with the same key happens once and gets the same answer.",
            "schema": { "type": "string", "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$" },
        },
    });
    segments.chain(others.as_object().cloned().unwrap_or_default()).collect()
}

/// The headers of responses: the name, whether it is always present where a response names it, what
/// it is.
const HEADERS: &[(&str, bool, &str)] = &[
    ("x-request-id", true, "The id of the request; the operator finds it in the log."),
    ("allow", true, "The methods that the path takes."),
    ("cache-status", false, "How the cache handled the request (RFC 9211)."),
    ("etag", true, "The version of the object, for `If-Match`."),
    ("github-etag", false, "GitHub's own."),
    (
        "idempotency-replayed",
        false,
        "`true` if the answer was given before, to the same request with the same key.",
    ),
    ("github-location", false, "The address of a download, or of a renamed repository on this server."),
    ("last-modified", false, "GitHub's own."),
    ("link", false, "The next page, with `rel=\"next\"` (RFC 8288)."),
    ("location", true, "The same address with `https:`."),
    ("retry-after", false, "The seconds to wait before trying again."),
    ("vary", false, "The request headers that the answer depends on."),
    ("www-authenticate", true, "The scheme that is accepted."),
    ("x-github-request-id", false, "GitHub's own."),
    ("x-oauth-scopes", false, "The scopes of the caller's token, which are none."),
    ("x-octopool-cache", false, "Where the answer came from: `hit`, `stale`, `miss` or `bypass`."),
    ("x-octopool-error", false, "The code of an error of octopool; GitHub's errors do not have the header."),
    ("x-octopool-identity", false, "The id of the identity that asked GitHub."),
    ("x-octopool-reason", false, "Why the pool does not serve this."),
    ("x-octopool-route", false, "The kind of the route."),
    ("x-octopool-stale-reason", false, "Why a stale answer was served."),
    ("x-poll-interval", false, "GitHub's own: how many seconds to wait between two reads of events."),
    (
        "x-ratelimit-limit",
        false,
        "The pool's: the sum over its usable identities. Absent where GitHub was not asked.",
    ),
    (
        "x-ratelimit-remaining",
        false,
        "The pool's: the sum over its usable identities. Absent where GitHub was not asked.",
    ),
    (
        "x-ratelimit-reset",
        false,
        "The pool's: the sum over its usable identities. Absent where GitHub was not asked.",
    ),
    (
        "x-ratelimit-resource",
        false,
        "The pool's: the sum over its usable identities. Absent where GitHub was not asked.",
    ),
    (
        "x-ratelimit-used",
        false,
        "The pool's: the sum over its usable identities. Absent where GitHub was not asked.",
    ),
];

/// The headers of a response in the REST form: those of GitHub's that are passed on, and ours.
pub(crate) const RELAYED: &[&str] = &[
    "cache-status",
    "github-etag",
    "github-location",
    "last-modified",
    "link",
    "retry-after",
    "x-github-request-id",
    "x-octopool-cache",
    "x-octopool-error",
    "x-oauth-scopes",
    "x-octopool-identity",
    "x-octopool-reason",
    "x-octopool-route",
    "x-octopool-stale-reason",
    "x-poll-interval",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-resource",
    "x-ratelimit-used",
];

/// The headers by name.
pub(crate) fn headers() -> Map<String, Value> {
    let described = HEADERS.iter().map(|(name, required, description)| {
        let schema = match *name {
            "x-request-id" => json!({ "$ref": "#/components/schemas/RequestId" }),
            _ => json!({ "type": "string" }),
        };
        ((*name).to_owned(), json!({ "description": description, "required": required, "schema": schema }))
    });
    described.collect()
}

/// The headers of a response: those named, and the one that every response has. `github-etag` and
/// `github-location` are the headers without that prefix, where they are optional.
pub(crate) fn header_refs<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    let names = names.into_iter().chain(["x-request-id"]);
    let refs = names.map(|name| {
        let wire = name.strip_prefix("github-").unwrap_or(name);
        (wire.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
    });
    Value::Object(refs.collect())
}
