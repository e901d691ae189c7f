//! The fields of an identity in the body of a request, by which a new one is made or one is changed.

use octopool_api_types::ErrorCode;
use octopool_core::{
    Credential, IdentityKind, IdentityLogin, IdentityPatch, InstallationId, MAX_SCOPES, RepoName, Scope,
    ScopeOwner, Scopes, SecretRef, Status, Violation, Weight,
};

use crate::config::RESERVED_BINDINGS;
use crate::http::fields::Fields;

/// What the fields are to become.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// A registration, which makes the identity active: there is no `status`.
    Register,
    /// An identity of a document.
    Declare,
    /// A change of an identity of this kind, where everything may be left out.
    Update(IdentityKind),
}

/// Reads every field, and notes what is wrong with them. What is left out is `None`, but the credential
/// of a new identity: that is a `pat`.
pub(crate) fn read(fields: &mut Fields, purpose: Purpose) -> IdentityPatch {
    let login = text(fields, purpose, "login", IdentityLogin::parse);
    let secret_ref = text(fields, purpose, "secret_ref", SecretRef::parse);
    // A name that the Worker itself uses would let a relay spend the deployment's own secret.
    if secret_ref.as_ref().is_some_and(|name| RESERVED_BINDINGS.contains(&name.as_str())) {
        let problem = "must name a secret of this identity alone";
        fields.refuse(ErrorCode::SecretRefReserved, "secret_ref", problem);
    }
    let kind = read_kind(fields, purpose);
    let credential = read_credential(fields, purpose, kind);
    let weight = fields.optional_integer("weight", Weight::new);
    // A list that is left out is empty for the reader, and no change. It is read even so: `null` is no
    // unknown field.
    let has_scopes = fields.has("scopes");
    let scopes = fields.objects("scopes", MAX_SCOPES, |scope| read_scope(scope, kind));
    let scopes = scopes.filter(|_| has_scopes).map(Scopes::new);
    let status = match purpose {
        Purpose::Register => None,
        Purpose::Declare | Purpose::Update(_) => fields.optional_text("status", Status::parse),
    };
    IdentityPatch { credential, login, secret_ref, weight, status, scopes }
}

/// A text that a new identity must have.
fn text<T>(
    fields: &mut Fields,
    purpose: Purpose,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Option<T> {
    match purpose {
        Purpose::Register | Purpose::Declare => fields.required_text(name, parse),
        Purpose::Update(_) => fields.optional_text(name, parse),
    }
}

fn read_kind(fields: &mut Fields, purpose: Purpose) -> Option<IdentityKind> {
    match (fields.take("kind"), purpose) {
        (Some(_), Purpose::Update(kind)) => {
            fields.problem("kind", "cannot change; register another identity");
            Some(kind)
        }
        (None, Purpose::Update(kind)) => Some(kind),
        (None, Purpose::Register | Purpose::Declare) => Some(IdentityKind::Pat),
        (Some(value), Purpose::Register | Purpose::Declare) => {
            let kind = IdentityKind::parse(value.as_str().unwrap_or_default());
            kind.map_err(|violation| {
                fields.refuse(ErrorCode::IdentityKindUnsupported, "kind", &violation.to_string());
            })
            .ok()
        }
    }
}

/// The kind with its installation. Whether an unsupported kind has one is not known.
fn read_credential(fields: &mut Fields, purpose: Purpose, kind: Option<IdentityKind>) -> Option<Credential> {
    let installation = fields.take("installation_id");
    match (kind?, installation) {
        (_, None) if matches!(purpose, Purpose::Update(_)) => None,
        (IdentityKind::Pat, None) => Some(Credential::Pat),
        (IdentityKind::Pat, Some(_)) => {
            fields.problem("installation_id", "must be left out for a `pat`");
            None
        }
        (IdentityKind::GithubApp, value) => {
            let number = value.and_then(|value| value.as_i64());
            let id = number.and_then(|number| InstallationId::new(number).ok());
            if id.is_none() {
                let problem = "must be a positive integer up to 9007199254740991 for a `github_app`";
                fields.refuse(ErrorCode::InstallationIdRequired, "installation_id", problem);
            }
            id.map(Credential::GithubApp)
        }
    }
}

fn read_scope(fields: &mut Fields, kind: Option<IdentityKind>) -> Option<Scope> {
    let owner = fields.required_text("owner", ScopeOwner::parse);
    let repo = fields.optional_text("repo", RepoName::parse);
    let allow_private = fields.optional_bool("allow_private").unwrap_or(false);
    if owner == Some(ScopeOwner::Any) {
        if kind == Some(IdentityKind::GithubApp) {
            fields.problem("owner", "must be an account for a `github_app`; `*` is for a `pat`");
        }
        if repo.is_some() {
            fields.problem("repo", "must be left out where the owner is `*`");
        }
    }
    owner.map(|owner| Scope { owner, repo, allow_private })
}
