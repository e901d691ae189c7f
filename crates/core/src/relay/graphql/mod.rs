//! Reads of GitHub's GraphQL API: what is served, what GitHub is asked, and what of its answer may
//! be seen.
//!
//! `served.graphql` lists every field that is served; `build.rs` makes the table of it. A document
//! is read, checked against the table and written anew ([`prepare`]): fragments are expanded, the
//! variables have become literals, and every object that must prove something asks for its proof
//! under names of our own. [`Prepared::accept`] walks the answer along the same selections and
//! writes a new one: what the selections do not account for, or what proves nothing, does not
//! leave.
//!
//! `__type` and `__schema` are answered from the table, without GitHub: they say what is served.
//! gh asks them to find out which fields it may use, so it does without those that are not.

use serde_json::{Map, Value, json};

mod accept;

mod check;
mod document;
mod errors;
mod introspection;
mod life;
mod personal;
mod plan;
mod syntax;
mod table;
mod values;

use super::freshness::Life;
use super::json::Node;
use super::repository::Repository;
use crate::{AccountId, AccountLogin};

/// A GraphQL request as a client sent it.
#[derive(Clone, Copy, Debug)]
pub struct GraphqlRequest<'a> {
    /// The document.
    pub query: &'a str,
    /// The values of its variables; empty if the request has none.
    pub variables: &'a Map<String, Value>,
    /// Which of its operations; needed if it has several.
    pub operation_name: Option<&'a str>,
}

/// Who asks: what `viewer` and `@me` stand for. Nothing of it reaches an answer that is shared, but
/// where it is in [`Prepared::document`].
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The login.
    pub login: &'a AccountLogin,
    /// The account's number: `viewer { databaseId }`.
    pub id: AccountId,
}

/// What a request asks about, which decides the credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// Nothing of GitHub: [`Prepared::local`] is the answer.
    Nothing,
    /// One repository, and nothing outside of it: `repository`, and searches that are bound to it.
    Repository(Repository),
    /// Objects by their ids (`node`, `nodes`), whose repository the answer tells. A credential must
    /// be public by construction, or the caller of this knows the repository
    /// ([`Answer::nodes`] of an earlier answer).
    Nodes(Vec<String>),
    /// Searches that are bound to what is public. Needs the policy's `allow_search`.
    PublicSearch,
    /// Public profiles, and public repositories of these accounts. Never empty.
    Accounts(Vec<String>),
    /// Several of these at once: several repositories, a repository and an account, …
    /// `repositories` are those that are asked for by name, `search` says whether there is a search
    /// over all that is public. Only a credential that is public by construction may serve it.
    Mixed {
        /// The repositories asked for by name.
        repositories: Vec<Repository>,
        /// The accounts asked for by login.
        accounts: Vec<String>,
        /// The ids of `node` and `nodes`.
        nodes: Vec<String>,
        /// Whether there is a search over all that is public.
        search: bool,
    },
}

/// A request that is served: parsed, checked, bounded. Nothing was asked yet.
#[derive(Clone, Debug)]
pub struct Prepared {
    plan: plan::Plan,
    local: Option<Vec<u8>>,
    /// What it asks about.
    pub target: Target,
    /// Whether it searches: the policy's `allow_search` decides, whatever the target.
    pub searches: bool,
    /// What GitHub is asked: the text of `query`. It has no variables. It is canonical: equal
    /// questions have equal texts, so it is also what the cache key is made of, together with
    /// [`Prepared::shape`]. Empty if nothing is asked.
    pub document: String,
    /// How the answer is written where that differs from the document (roots that are answered
    /// locally). It belongs into the cache key beside [`Prepared::document`].
    pub shape: String,
    /// Whether the answer holds what people decide by: states, checks, mergeability, heads.
    pub decision: bool,
    /// How many nodes GitHub may have to look at, by `first` and `last`.
    pub nodes: u64,
}

/// What is only known where an answer is handed out. See [`fill`].
#[derive(Clone, Copy, Debug)]
pub struct Personal<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// The pool's budget of the resource `graphql`: limit, remaining, and when it is reset, as
    /// RFC 3339. It answers the client's own `rateLimit`.
    pub rate: Option<(u64, u64, &'a str)>,
}

/// Why a request is not served. [`Refused::errors`] writes it as GraphQL does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refused {
    /// GitHub would refuse it, too: status 200 with `errors`, no fallback. The syntax is wrong,
    /// an operation or a variable is missing, a value does not fit.
    Malformed {
        /// What is wrong.
        message: String,
        /// Line and column in the client's document, if it is one place.
        location: Option<(u32, u32)>,
    },
    /// The pool does not serve this, but the caller's own credentials could: a fallback.
    NotServed {
        /// The response keys that lead to the field: `["repository", "projectsV2"]`.
        path: Vec<String>,
        /// What: `Repository.projectsV2`.
        what: String,
        /// Why, as a sentence.
        reason: String,
        /// Line and column in the client's document.
        location: Option<(u32, u32)>,
    },
    /// It exceeds a bound of octopool: a fallback.
    TooLarge {
        /// Which, as a sentence.
        message: String,
    },
    /// It is a mutation or a subscription: a fallback.
    NotARead {
        /// `mutation` or `subscription`.
        operation: &'static str,
    },
}

/// What becomes of an answer of GitHub.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// An answer without errors.
    Answer(Answer),
    /// A private repository is in it. Nothing of it may be handed out or kept; the repository, if
    /// it says which, is proven not public.
    Private {
        /// Which, if its name could be read.
        repository: Option<Repository>,
    },
    /// A repository asked for by name or by id is public, but `allowed` does not allow it. Nothing
    /// of it may be handed out or kept.
    Outside {
        /// Which.
        repository: Repository,
    },
    /// An answer with errors, never kept.
    Errors(Errors),
    /// It is no answer to the document. Nothing of it may be handed out: a 502.
    Invalid,
}

/// An answer without errors.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What clients get, after [`fill`]. It is the same for all callers.
    pub body: Vec<u8>,
    /// For how long it counts.
    pub life: Life,
    /// What GitHub says it cost.
    pub cost: Option<Cost>,
    /// The repositories that it proves public, each once. If one was asked for by a name that it no
    /// longer has, this is the new one.
    pub proven: Vec<Repository>,
    /// Those of them that were asked for by name or by id, and that `allowed` has allowed.
    pub asked: Vec<Repository>,
    /// Ids of issues, pull requests and discussions, and the repository they are in. Later `node`
    /// reads name them; at most 100.
    pub nodes: Vec<(String, Repository)>,
}

/// `rateLimit` of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cost {
    /// Points.
    pub cost: u64,
    /// Points left of the credential.
    pub remaining: u64,
    /// When they are reset, RFC 3339.
    pub reset_at: String,
}

/// An answer with errors.
#[derive(Clone, Debug)]
pub struct Errors {
    /// What clients get, after [`fill`]: the errors, and the data that came with them, if any.
    pub body: Vec<u8>,
    /// What the errors say.
    pub kind: ErrorKind,
    /// What GitHub says it cost.
    pub cost: Option<Cost>,
}

/// What GitHub's errors say. The first that fits, in this order, counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ErrorKind {
    /// The credential has no points left, or is limited otherwise.
    RateLimited,
    /// An organization's single sign-on does not accept the credential.
    Saml,
    /// The credential may not: others could do better.
    Forbidden,
    /// Anything else: GitHub's own faults, timeouts, limits of a query.
    Other,
    /// All that is wrong is that there is no such thing. The answer is final and the client's.
    NotFound,
}

/// Reads, checks and bounds a request.
///
/// # Errors
/// Why it is not served.
pub fn prepare(request: &GraphqlRequest<'_>, caller: &Caller<'_>) -> Result<Prepared, Refused> {
    let (plan, about) = check::check(request, caller)?;
    let document = document::document(&plan);
    let local = if document.is_empty() { Some(local(&plan).ok_or_else(conflict)?) } else { None };
    Ok(Prepared {
        target: about.target(),
        searches: about.searches,
        document,
        shape: document::shape(&plan),
        decision: about.decision,
        nodes: about.count,
        local,
        plan,
    })
}

/// The answer to what GitHub is not asked; `None` if one key is used for two fields.
fn local(plan: &plan::Plan) -> Option<Vec<u8>> {
    let mut body = String::from("{\"data\":");
    accept::Walk::new(plan, &|_| false).data(&Node::parse("{}")?, &mut body).ok()?;
    body.push('}');
    Some(body.into_bytes())
}

/// Where GitHub is asked, it says this itself.
fn conflict() -> Refused {
    let message = "A response key is used for two different fields.".to_owned();
    Refused::Malformed { message, location: None }
}

impl Prepared {
    /// The whole answer if nothing of GitHub is asked ([`Target::Nothing`]), for [`fill`].
    pub fn local(&self) -> Option<Vec<u8>> {
        self.local.clone()
    }

    /// Judges the body of GitHub's answer with status 200. `allowed` says of a repository that was
    /// asked for by name or by id, by the name that GitHub gives it, whether the policy allows it.
    /// A renamed repository is such another name; GitHub follows renames.
    pub fn accept(&self, answer: &[u8], allowed: &dyn Fn(&Repository) -> bool) -> Accepted {
        let text = std::str::from_utf8(answer).ok();
        let text = text.filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        let Some(answer) = text.and_then(Node::parse) else { return Accepted::Invalid };
        let mut body = String::from("{");
        let cost = answer.get("data").and_then(accept::cost);
        let mut walk = accept::Walk::new(&self.plan, allowed);
        match answer.get("data") {
            None => {}
            Some(data) if data.raw() == "null" => body.push_str("\"data\":null"),
            Some(data) => {
                body.push_str("\"data\":");
                match walk.data(data, &mut body) {
                    Ok(()) => {}
                    Err(accept::Stop::Private(repository)) => return Accepted::Private { repository },
                    Err(accept::Stop::Outside(repository)) => return Accepted::Outside { repository },
                    Err(accept::Stop::Invalid) => return Accepted::Invalid,
                    Err(accept::Stop::Conflict) => {
                        let body = conflict().errors().to_string().into_bytes();
                        return Accepted::Errors(Errors { body, kind: ErrorKind::Other, cost });
                    }
                }
            }
        }
        if let Some(given) = answer.get("errors") {
            let Some((kind, errors)) = errors::of_github(given, &self.plan) else { return Accepted::Invalid };
            body.push_str(if body.len() > 1 { "," } else { "" });
            body.push_str("\"errors\":");
            body.push_str(&errors.to_string());
            body.push('}');
            return Accepted::Errors(Errors { body: body.into_bytes(), kind, cost });
        }
        if walk.found.unserved {
            let message =
                "The pool does not serve objects of this type. Ask GitHub with your own credentials.";
            let errors = json!([{ "type": "NOT_SERVED", "message": message }]);
            body.push_str(",\"errors\":");
            body.push_str(&errors.to_string());
            body.push('}');
            return Accepted::Errors(Errors { body: body.into_bytes(), kind: ErrorKind::Other, cost });
        }
        if body.len() <= 1 || body.ends_with("null") {
            return Accepted::Invalid;
        }
        body.push('}');
        let life = life::life(&self.plan, &walk.found);
        let accept::Found { proven, asked, ids, .. } = walk.found;
        Accepted::Answer(Answer { body: body.into_bytes(), life, cost, proven, asked, nodes: ids })
    }
}

/// A body as one caller gets it: what depends on who asks is filled in. Bodies in caches are
/// without it. `None` if nothing is to be filled in, and the body is right as it is.
pub fn fill(body: &[u8], personal: &Personal<'_>) -> Option<Vec<u8>> {
    personal::fill(body, personal)
}

impl Refused {
    /// What is wrong, as a sentence.
    pub fn message(&self) -> String {
        match self {
            Self::Malformed { message, .. } | Self::TooLarge { message } => message.clone(),
            Self::NotServed { reason, .. } => reason.clone(),
            Self::NotARead { operation } => format!("The pool serves queries, and this is a {operation}."),
        }
    }

    /// The body for the client: `{"message": …, "errors": [{"type", "path", "locations",
    /// "message"}]}`. What GitHub would refuse, too, has no `message` outside of the errors, as at
    /// GitHub.
    pub fn errors(&self) -> Value {
        let message = self.message();
        let (kind, path, location) = match self {
            Self::Malformed { location, .. } => (None, None, *location),
            Self::NotServed { path, location, .. } => (Some("NOT_SERVED"), Some(path), *location),
            Self::TooLarge { .. } => (Some("TOO_LARGE"), None, None),
            Self::NotARead { .. } => (Some("NOT_A_READ"), None, None),
        };
        let mut error = json!({ "message": message });
        if let Some(path) = path {
            error["path"] = json!(path);
        }
        if let Some((line, column)) = location {
            error["locations"] = json!([{ "line": line, "column": column }]);
        }
        match kind {
            None => json!({ "errors": [error] }),
            Some(kind) => {
                error["type"] = json!(kind);
                json!({ "message": message, "errors": [error] })
            }
        }
    }
}
