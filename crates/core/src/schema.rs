//! The forms of the API's text and numbers, for its description (`crates/openapi`). Only the
//! feature `schema` has them: neither the Worker nor the command line carries them. A test in
//! `crates/openapi` compares them with the rules themselves.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The form of a credential, which no name has: the rule of `looks_like_credential`.
const CREDENTIAL: &str = "(^|[^A-Za-z0-9_])((gh[opsur]|github_pat)_[A-Za-z0-9_.-]{16,}|opa?_[A-Za-z0-9_.-]{32,}|v1\\.[0-9A-Fa-f]{40}|eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]{4,}($|[^A-Za-z0-9_.-]))|^\\s*[0-9A-Fa-f]{40}\\s*$|-----BEGIN";
/// The same for a host's name, of which `.local` is removed.
const CREDENTIAL_HOST: &str = "^ *[0-9A-Fa-f]{40}(\\.[Ll][Oo][Cc][Aa][Ll])* *$";

/// Declares a form: a name in the description's list of schemas, and what it holds.
macro_rules! forms {
    ($($(#[doc = $doc:literal])+ $name:ident = $body:tt)+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!($body);
                schema.insert("description".to_owned(), concat!($($doc),+).trim().into());
                schema
            }
        }
    )+ };
}

forms! {
    /// The name of a pool.
    PoolName = { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "not": { "pattern": CREDENTIAL } }
    /// The name of a pool, or nothing where none is named.
    PoolNameOrNone = { "type": "string", "pattern": "^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$", "not": { "pattern": CREDENTIAL } }
    /// The id of an identity.
    IdentityId = { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$", "not": { "pattern": CREDENTIAL } }
    /// The id of a caller.
    CallerId = { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$" }
    /// The name of a client.
    ClientName = { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$", "not": { "pattern": CREDENTIAL } }
    /// A client's name as its machine says it: spaces around it and every trailing `.local` do not
    /// count.
    HostName = {
        "type": "string",
        "pattern": "^ *[A-Za-z0-9][A-Za-z0-9._-]{0,79}(\\.[Ll][Oo][Cc][Aa][Ll])* *$",
        "not": { "anyOf": [{ "pattern": CREDENTIAL }, { "pattern": CREDENTIAL_HOST }] }
    }
    /// A login of GitHub's as somebody types it.
    Login = { "type": "string", "maxLength": 39, "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?$", "not": { "pattern": CREDENTIAL } }
    /// A login as GitHub spells it. Old accounts have some that nobody could register today.
    StoredLogin = { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$", "not": { "pattern": CREDENTIAL } }
    /// The account behind a credential: a login, or an App's `slug[bot]`.
    IdentityLogin = { "anyOf": [
        { "type": "string", "maxLength": 39, "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?$", "not": { "pattern": CREDENTIAL } },
        { "type": "string", "maxLength": 44, "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?\\[bot\\]$", "not": { "pattern": CREDENTIAL } }
    ] }
    /// An account, or `*` for every public repository.
    ScopeOwner = { "anyOf": [
        { "const": "*" },
        { "type": "string", "maxLength": 39, "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?$", "not": { "pattern": CREDENTIAL } }
    ] }
    /// A repository's name without its owner.
    RepoName = { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$", "not": { "anyOf": [{ "enum": [".", ".."] }, { "pattern": "\\.[Gg][Ii][Tt]$" }, { "pattern": CREDENTIAL }] } }
    /// The name of the Worker secret that holds a credential.
    SecretRef = {
        "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$",
        "not": { "pattern": CREDENTIAL }
    }
    /// A name for people, without control characters and bidirectional overrides.
    DisplayName = {
        "type": "string", "minLength": 1, "maxLength": 255,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069][^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$",
        "not": { "pattern": CREDENTIAL }
    }
    /// A pool's policy as somebody sends it. Keys that are left out take their defaults; `null` is
    /// none of their values.
    PolicyForm = { "type": "object", "additionalProperties": false, "properties": {
        "allowed_owners": {
            "type": "array",
            "description": "Logins whose repositories every identity of the pool may serve. The deployment's DEFAULT_ALLOWED_OWNERS if absent.",
            "items": { "type": "string", "maxLength": 39, "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?$", "not": { "pattern": CREDENTIAL } }
        },
        "allow_public_repos": {
            "type": "boolean", "default": true, "description": "Whether a broad PAT may serve any other public repository."
        },
        "allow_search": { "type": "boolean", "default": false, "description": "Whether GitHub's search is served." },
        "allow_logs": { "type": "boolean", "default": true, "description": "Whether job logs are served." }
    } }
    /// A path below GitHub's REST base, without a query: no `://`, no `.` or `..` segment, nothing
    /// that a second decoding would make one.
    RelayedPath = {
        "type": "string", "maxLength": 4096, "pattern": "^/[^\\\\?#\\u0000-\\u001f\\u007f-\\u009f]*$",
        "not": { "pattern": "://|(^|/|%2[Ff])\\.{1,2}(/|%2[Ff]|$)|%(?![0-9A-Fa-f]{2})|%([01][0-9A-Fa-f]|2[Ee]|5[Cc]|7[Ff])|%25(2[Ee]|5[Cc])" }
    }
    /// The same without the first slash.
    RelayedRest = {
        "type": "string", "minLength": 1, "maxLength": 4095, "pattern": "^[^\\\\?#\\u0000-\\u001f\\u007f-\\u009f]*$",
        "not": { "pattern": "://|(^|/)\\.{1,2}(/|$)|%2[Ee]|%5[Cc]" }
    }
    /// `GET`, in whatever case: the relay reads only.
    RelayedMethod = { "type": "string", "pattern": "^[Gg][Ee][Tt]$" }
    /// Text, a number, a boolean, or a list of them for a key that stands several times.
    RelayedValue = { "anyOf": [
        { "type": ["string", "number", "boolean", "null"] },
        { "type": "array", "items": { "type": ["string", "number", "boolean"] } }
    ] }
    /// Who did something: the holder of the deployment's own admin token, of a named one, nobody
    /// known, or a caller.
    AuditActor = {
        "type": "string", "pattern": "^(admin|admin:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|anonymous|caller:[!-~]{1,64})$"
    }
    /// What was done, as `<noun>.<verb>`: `identity.register`, `admin_token.create`,
    /// `auth.admin_denied`.
    AuditAction = { "type": "string", "maxLength": 64, "pattern": "^[a-z_]+\\.[a-z_]+$" }
    /// A caller token.
    CallerToken = { "type": "string", "pattern": "^op_[A-Za-z0-9_-]{43}$" }
    /// The SHA-256 of a caller token in base64url without padding.
    TokenDigest = { "type": "string", "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$" }
    /// The name of an admin token.
    AdminTokenName = { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "not": { "pattern": CREDENTIAL } }
    /// An admin token beside the deployment's own.
    AdminBearer = { "type": "string", "pattern": "^opa_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$" }
    /// A token of GitHub's.
    GithubToken = { "type": "string", "pattern": "^[!-~]{1,4096}$" }
    /// A time (RFC 3339, UTC).
    Time = { "type": "string", "format": "date-time" }
    /// The id of a request, as in the header `x-request-id`.
    RequestId = { "type": "string", "format": "uuid" }
    /// Where the next page begins.
    Cursor = { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" }
    /// The immutable number of a GitHub account.
    AccountNumber = { "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64 }
    /// The same number as a key, in decimal.
    AccountKey = { "type": "string", "pattern": "^[1-9][0-9]{0,15}$" }
    /// The number of an App's installation.
    InstallationNumber = { "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64 }
    /// A GitHub App by its number or its client id.
    AppId = { "type": "string", "pattern": "^([1-9][0-9]{0,15}|Iv[A-Za-z0-9.]{1,62})$" }
    /// The same as somebody sends it: the number also without quotes.
    AppIdForm = { "anyOf": [
        { "type": "string", "pattern": "^([1-9][0-9]{0,15}|Iv[A-Za-z0-9.]{1,62})$" },
        { "type": "integer", "minimum": 1, "maximum": 9_999_999_999_999_999_i64 }
    ] }
    /// The same, or nothing for the deployment's App.
    AppIdOrNone = { "anyOf": [
        { "type": "string", "pattern": "^([1-9][0-9]{0,15}|Iv[A-Za-z0-9.]{1,62})?$" },
        { "type": "integer", "minimum": 1, "maximum": 9_999_999_999_999_999_i64 }
    ] }
    /// Preference between equal candidates.
    Weight = { "type": "integer", "minimum": 0, "maximum": 1_000_000 }
}

/// Which objects are closed the description says by itself, and a closed one takes no `null` for
/// what is absent; the types of the state refuse unknown fields where they are read.
pub fn open(schema: &mut Schema) {
    schema.remove("additionalProperties");
}

/// A scope of all public repositories names none.
pub fn all_names_none(schema: &mut Schema) {
    let rule = serde_json::json!([{
        "if": { "properties": { "owner": { "const": "*" } } },
        "then": { "properties": { "repo": { "type": "null" } } }
    }]);
    schema.insert("allOf".to_owned(), rule);
}

/// An App's identity needs its installation and serves named accounts; a PAT's has no installation
/// and no App.
pub fn installation_of_its_kind(schema: &mut Schema) {
    let rule = serde_json::json!([{
        "if": { "required": ["kind"], "properties": { "kind": { "const": "github_app" } } },
        "then": { "required": ["installation_id"], "properties": {
            "installation_id": { "type": "integer" },
            "scopes": { "items": { "properties": { "owner": { "not": { "const": "*" } } } } }
        } },
        "else": { "properties": { "installation_id": { "type": "null" }, "app_id": { "type": "null" } } }
    }]);
    schema.insert("allOf".to_owned(), rule);
}

// What `Status` means for an identity, and for a caller.

/// Whether an identity serves.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum IdentityStatus {
    /// It serves.
    Active,
    /// An operator took it out.
    Disabled,
}

/// Whether a caller may come in.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum CallerStatus {
    /// It may.
    Active,
    /// An operator shut it out.
    Disabled,
}
