//! The fields of an identity in the body of a request.

use octopool_api_types::ErrorCode;
use octopool_core::{
    AppId, AppRef, IdentityKind, IdentityLogin, IdentityPatch, InstallationId, MAX_SCOPES, RepoName, Scope,
    ScopeOwner, Scopes, SecretRef, Status, Violation, Weight,
};

use crate::config::RESERVED_BINDINGS;
use crate::http::fields::Fields;

/// What the fields are read for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// A registration. It makes the identity active, so it has no `status`.
    Register,
    /// An identity of a state document.
    Declare,
    /// A change of an identity of this kind; every field is optional.
    Update(IdentityKind),
}

/// Reads every field and collects violations. An absent field is `None`, except the kind of a new
/// identity, which defaults to `pat`.
pub(crate) fn read(fields: &mut Fields, purpose: Purpose) -> IdentityPatch {
    let login = text(fields, purpose, "login", IdentityLogin::parse);
    let secret_ref = text(fields, purpose, "secret_ref", SecretRef::parse);
    // With the name of one of the Worker's own secrets, the relay would use that secret for reads.
    if secret_ref.as_ref().is_some_and(|name| RESERVED_BINDINGS.contains(&name.as_str())) {
        let problem = "must name a secret of this identity alone";
        fields.refuse(ErrorCode::SecretRefReserved, "secret_ref", problem);
    }
    let kind = read_kind(fields, purpose);
    let installation_id = read_installation(fields, purpose, kind);
    let app = read_app(fields, purpose, kind);
    let weight = fields.optional_integer("weight", Weight::new);
    // An absent list reads as empty, but must not replace the scopes. It is read nevertheless,
    // because `null` is not an unknown field.
    let has_scopes = fields.has("scopes");
    let scopes = fields.objects("scopes", MAX_SCOPES, |scope| read_scope(scope, kind));
    let scopes = scopes.filter(|_| has_scopes).map(Scopes::new);
    let status = match purpose {
        Purpose::Register => None,
        Purpose::Declare | Purpose::Update(_) => fields.optional_text("status", Status::parse),
    };
    IdentityPatch { kind, installation_id, app, login, secret_ref, weight, status, scopes }
}

/// A text that is required for a new identity.
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

/// The installation of an App. For an unsupported kind it is not checked.
fn read_installation(
    fields: &mut Fields,
    purpose: Purpose,
    kind: Option<IdentityKind>,
) -> Option<InstallationId> {
    let value = fields.take("installation_id");
    match (kind?, value) {
        (IdentityKind::Pat, None) => None,
        (IdentityKind::Pat, Some(_)) => {
            fields.problem("installation_id", "must be left out for a `pat`");
            None
        }
        (IdentityKind::GithubApp, None) if matches!(purpose, Purpose::Update(_)) => None,
        (IdentityKind::GithubApp, value) => {
            let number = value.and_then(|value| value.as_i64());
            let id = number.and_then(|number| InstallationId::new(number).ok());
            if id.is_none() {
                let problem = "must be a positive integer up to 9007199254740991 for a `github_app`";
                fields.refuse(ErrorCode::InstallationIdRequired, "installation_id", problem);
            }
            id
        }
    }
}

/// The App of an installation. In a change an empty text stands for the deployment's App, because
/// `null` means that the field is absent.
fn read_app(fields: &mut Fields, purpose: Purpose, kind: Option<IdentityKind>) -> Option<AppRef> {
    let is_empty = fields.is_empty_text("app_id");
    let value = fields.take("app_id")?;
    match kind? {
        IdentityKind::Pat => {
            fields.problem("app_id", "must be left out for a `pat`");
            None
        }
        IdentityKind::GithubApp if is_empty && matches!(purpose, Purpose::Update(_)) => {
            Some(AppRef::Deployment)
        }
        IdentityKind::GithubApp => {
            let number = value.as_i64().map(|number| number.to_string());
            let app = AppId::parse(number.as_deref().or(value.as_str()).unwrap_or_default());
            app.map_err(|violation| fields.problem("app_id", &violation.to_string())).ok().map(AppRef::Named)
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
            fields.problem("repo", "must be left out if the owner is `*`");
        }
    }
    owner.map(|owner| Scope { owner, repo, allow_private })
}
