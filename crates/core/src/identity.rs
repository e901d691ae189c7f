//! Identities. [`IdentitySpec`] is the only list of their fields.

mod parts;

pub use parts::{AppId, IdentityId, IdentityLogin, InstallationId, SecretRef, Weight};

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::scope::Scopes;
use crate::status::Status;
use crate::text::Violation;

/// The fields of an identity. This is their only list: requests, responses, documents, plans, the
/// audit and the database use it. It contains the name of the secret, never its value.
///
/// A field that can be changed is also in [`IdentityPatch`].
#[derive(Clone, Debug, Deserialize)]
pub struct IdentitySpec {
    /// The kind of credential, with the fields of that kind.
    #[serde(flatten)]
    pub credential: Credential,
    /// The account behind the credential.
    pub login: IdentityLogin,
    /// The name of the secret that holds the credential.
    pub secret_ref: SecretRef,
    /// Preference between candidates that could serve equally well.
    pub weight: Weight,
    /// Whether it is active.
    pub status: Status,
    /// The repositories that it may serve.
    pub scopes: Scopes,
}

/// A change of an identity. A field that is `None` keeps its value, or has its default in a new
/// identity.
#[derive(Clone, Debug, Default)]
pub struct IdentityPatch {
    /// The kind of a new identity; an existing one keeps its kind.
    pub kind: Option<IdentityKind>,
    /// The new installation of an App.
    pub installation_id: Option<InstallationId>,
    /// The new App of an installation.
    pub app: Option<AppRef>,
    /// The new account.
    pub login: Option<IdentityLogin>,
    /// The name of the new secret.
    pub secret_ref: Option<SecretRef>,
    /// The new preference.
    pub weight: Option<Weight>,
    /// The new status.
    pub status: Option<Status>,
    /// The new scopes, which replace all earlier ones.
    pub scopes: Option<Scopes>,
}

impl IdentitySpec {
    /// The names of the fields in JSON, in the order in which plans show them.
    pub const FIELDS: [&'static str; 8] =
        ["kind", "login", "secret_ref", "installation_id", "app_id", "weight", "status", "scopes"];

    /// The identity after a change.
    #[must_use]
    pub fn patched(self, patch: IdentityPatch) -> Self {
        Self {
            credential: self.credential.patched(patch.installation_id, patch.app),
            login: patch.login.unwrap_or(self.login),
            secret_ref: patch.secret_ref.unwrap_or(self.secret_ref),
            weight: patch.weight.unwrap_or(self.weight),
            status: patch.status.unwrap_or(self.status),
            scopes: patch.scopes.unwrap_or(self.scopes),
        }
    }
}

impl IdentityPatch {
    /// Whether it names a credential: a secret, an installation or an App.
    pub fn names_credential(&self) -> bool {
        self.secret_ref.is_some() || self.installation_id.is_some() || self.app.is_some()
    }

    /// A new identity from a patch, active and with defaults for missing fields. `None` if the
    /// kind, what that kind needs, the login or the secret is missing.
    pub fn into_spec(self) -> Option<IdentitySpec> {
        let app = self.app.unwrap_or_default();
        Some(IdentitySpec {
            credential: Credential::new(self.kind?, self.installation_id, app).ok()?,
            login: self.login?,
            secret_ref: self.secret_ref?,
            weight: self.weight.unwrap_or_default(),
            status: self.status.unwrap_or(Status::Active),
            scopes: self.scopes.unwrap_or_default(),
        })
    }
}

impl Serialize for IdentitySpec {
    /// In JSON the kind, the installation and the App are fields of the identity. The App is left
    /// out while it is the deployment's, so that the digest of the state, and that of an audit
    /// event, is the same as before there was a choice.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut form = serializer.serialize_struct("IdentitySpec", Self::FIELDS.len())?;
        form.serialize_field("kind", &self.credential.kind())?;
        form.serialize_field("login", &self.login)?;
        form.serialize_field("secret_ref", &self.secret_ref)?;
        form.serialize_field("installation_id", &self.credential.installation())?;
        match self.credential.app() {
            Some(app) => form.serialize_field("app_id", app)?,
            None => form.skip_field("app_id")?,
        }
        form.serialize_field("weight", &self.weight)?;
        form.serialize_field("status", &self.status)?;
        form.serialize_field("scopes", &self.scopes)?;
        form.end()
    }
}

/// What kind of GitHub credential an identity is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A personal access token, classic or fine-grained.
    Pat,
    /// An installation of a GitHub App.
    GithubApp,
}

impl IdentityKind {
    /// Parses `pat` or `github_app`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        match text {
            "pat" => Ok(Self::Pat),
            "github_app" => Ok(Self::GithubApp),
            _ => Err("must be `pat` or `github_app`".into()),
        }
    }

    /// `pat` or `github_app`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::GithubApp => "github_app",
        }
    }
}

/// The credential of an identity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "CredentialForm")]
pub enum Credential {
    /// A personal access token.
    Pat,
    /// An installation of a GitHub App.
    GithubApp(InstallationId, AppRef),
}

/// The App of an installation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum AppRef {
    /// The App that the deployment names.
    #[default]
    Deployment,
    /// This App.
    Named(AppId),
}

/// The fields of a credential in JSON and in the database.
#[derive(Deserialize)]
struct CredentialForm {
    kind: IdentityKind,
    installation_id: Option<InstallationId>,
    app_id: Option<AppId>,
}

impl TryFrom<CredentialForm> for Credential {
    type Error = Violation;

    fn try_from(form: CredentialForm) -> Result<Self, Violation> {
        Self::new(form.kind, form.installation_id, form.app_id.map_or(AppRef::Deployment, AppRef::Named))
    }
}

impl Credential {
    /// A credential of this kind. An App needs an installation, and a PAT must have neither.
    pub fn new(
        kind: IdentityKind,
        installation: Option<InstallationId>,
        app: AppRef,
    ) -> Result<Self, Violation> {
        match (kind, installation, app) {
            (IdentityKind::Pat, None, AppRef::Deployment) => Ok(Self::Pat),
            (IdentityKind::GithubApp, Some(installation), app) => Ok(Self::GithubApp(installation, app)),
            (IdentityKind::Pat, Some(_), _) => Err("`installation_id` must be left out for a `pat`".into()),
            (IdentityKind::Pat, None, AppRef::Named(_)) => {
                Err("`app_id` must be left out for a `pat`".into())
            }
            (IdentityKind::GithubApp, None, _) => {
                Err("`installation_id` is required for a `github_app`".into())
            }
        }
    }

    /// Its kind.
    pub fn kind(&self) -> IdentityKind {
        match self {
            Self::Pat => IdentityKind::Pat,
            Self::GithubApp(..) => IdentityKind::GithubApp,
        }
    }

    /// The installation of an App; `None` for a PAT.
    pub fn installation(&self) -> Option<InstallationId> {
        match self {
            Self::Pat => None,
            Self::GithubApp(installation, _) => Some(*installation),
        }
    }

    /// The App that it names; `None` for a PAT, and for the deployment's App.
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::Pat | Self::GithubApp(_, AppRef::Deployment) => None,
            Self::GithubApp(_, AppRef::Named(app)) => Some(app),
        }
    }

    /// The same kind of credential with another installation or App. A PAT has neither.
    fn patched(self, installation: Option<InstallationId>, app: Option<AppRef>) -> Self {
        match self {
            Self::Pat => Self::Pat,
            Self::GithubApp(old, old_app) => {
                Self::GithubApp(installation.unwrap_or(old), app.unwrap_or(old_app))
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! Identities for tests and properties.

    use proptest::prelude::*;
    use serde_json::json;

    use super::IdentitySpec;

    /// An active PAT, or an App's installation.
    pub(crate) fn pat_or_app(is_pat: bool) -> IdentitySpec {
        let (kind, installation) = if is_pat { ("pat", None) } else { ("github_app", Some(1)) };
        let identity = json!({
            "kind": kind, "login": "mona", "secret_ref": "PAT", "installation_id": installation,
            "weight": 100, "status": "active", "scopes": [],
        });
        serde_json::from_value(identity).unwrap()
    }

    /// Any identity of few names, so that two of them meet often.
    pub(crate) fn identity() -> impl Strategy<Value = IdentitySpec> {
        let scope = ("[ab]", proptest::option::of("[xy]"), any::<bool>());
        let scope = scope.prop_map(
            |(owner, repo, private)| json!({ "owner": owner, "repo": repo, "allow_private": private }),
        );
        let scopes = proptest::collection::vec(scope, 0..3);
        (any::<bool>(), "[mn]", "[ST]", 0..3_i64, "active|disabled", scopes).prop_map(
            |(is_pat, login, secret_ref, weight, status, scopes)| {
                let app = (!is_pat && weight > 0).then(|| weight.to_string());
                let identity = json!({
                    "kind": if is_pat { "pat" } else { "github_app" }, "login": login, "secret_ref": secret_ref,
                    "installation_id": (!is_pat).then_some(weight + 1), "app_id": app, "weight": weight,
                    "status": status, "scopes": scopes,
                });
                serde_json::from_value(identity).unwrap()
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::samples::pat_or_app;
    use super::{
        AppId, AppRef, IdentityKind, IdentityLogin, IdentityPatch, IdentitySpec, InstallationId, SecretRef,
        Status, Weight,
    };
    use crate::fields_of;

    #[test]
    fn an_identity_is_read_as_it_is_written_and_what_no_rule_allows_is_refused() {
        let written = r#"{"kind":"github_app","login":"app[bot]","secret_ref":"KEY","installation_id":51,"app_id":"Iv23liAcme","weight":7,"status":"disabled","scopes":[{"owner":"acme","repo":"rocket","allow_private":true},{"owner":"*","allow_private":false}]}"#;
        let spec: IdentitySpec = serde_json::from_str(written).unwrap();
        assert_eq!(serde_json::to_string(&spec).unwrap(), written);
        let names: Vec<_> =
            fields_of(&spec, &IdentitySpec::FIELDS).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, IdentitySpec::FIELDS);
        for (good, bad) in [
            ("github_app", "oauth_app"),
            ("51", "null"),
            (r#""Iv23liAcme""#, r#""acme""#),
            ("github_app", "pat"),
            (r#""KEY""#, r#""1KEY""#),
            (":7", ":-1"),
            ("disabled", "gone"),
            ("acme", "a/b"),
        ] {
            assert!(serde_json::from_str::<IdentitySpec>(&written.replacen(good, bad, 1)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_patch_changes_what_it_names_and_makes_a_new_identity_with_the_defaults() {
        let patch = || IdentityPatch {
            kind: Some(IdentityKind::Pat),
            login: Some(IdentityLogin::parse("mona").unwrap()),
            secret_ref: Some(SecretRef::parse("PAT").unwrap()),
            ..IdentityPatch::default()
        };
        assert!(IdentityPatch { login: None, ..patch() }.into_spec().is_none());
        let new = patch().into_spec().unwrap();
        assert_eq!(
            (new.weight, new.status, new.scopes.as_slice().len()),
            (Weight::default(), Status::Active, 0)
        );
        let weight = Some(Weight::new(1).unwrap());
        let patched = new.patched(IdentityPatch { weight, ..IdentityPatch::default() });
        assert_eq!((patched.weight, patched.login.as_str()), (Weight::new(1).unwrap(), "mona"));
    }

    #[test]
    fn an_installation_and_its_app_change_each_by_itself_and_the_default_app_is_not_written() {
        let acme = AppId::parse("Iv23liAcme").unwrap();
        let named = || IdentityPatch { app: Some(AppRef::Named(acme.clone())), ..IdentityPatch::default() };
        let moved = IdentityPatch {
            installation_id: Some(InstallationId::new(9).unwrap()),
            ..IdentityPatch::default()
        };
        let both = pat_or_app(false).patched(named()).patched(moved);
        assert_eq!((both.credential.installation().unwrap().get(), both.credential.app()), (9, Some(&acme)));
        let back = both.patched(IdentityPatch { app: Some(AppRef::Deployment), ..IdentityPatch::default() });
        assert!(!serde_json::to_string(&back).unwrap().contains("app_id"));
        assert_eq!(pat_or_app(true).patched(named()).credential.app(), None, "a PAT has no App");
        assert!(named().names_credential() && !IdentityPatch::default().names_credential());
    }
}
