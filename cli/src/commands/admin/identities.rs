//! `octopool admin identity` and `octopool admin identities`.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use octopool_api_types::{
    AppId, CheckResult, IdentityKind, IdentityStatus, RegisterIdentityRequest, RegisterIdentityResponse,
    RegisteredIdentity, Scope, UpdateIdentityRequest, VerifyIdentityResponse, paths,
};
use serde::de::IgnoredAny;
use serde_json::json;

use super::change::{Change, DryRunArgs, Removal};
use super::list::{LimitArgs, list};
use crate::checks;
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::output::spelled;
use crate::session::{self, AdminArgs, Session};
use crate::table::{self, Column};

/// Register a GitHub identity in a pool, or change a registered one.
///
/// Running it again for the same id updates the identity and replaces its scopes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin identity --pool maintainers --id acme-app --login 'acme-octopool[bot]' \\
    --kind github_app --installation-id 12345 --secret-ref OCTOPOOL_APP_KEY --scope acme
  octopool admin identity --id mona-pat --login mona --secret-ref MONA_PAT --scope acme/widgets
  octopool admin identity --id mona-pat --login mona --secret-ref MONA_PAT --scope '*' --verify

The credential itself is a secret of the Worker, set beforehand:
  npx wrangler secret put MONA_PAT")]
pub(super) struct RegisterArgs {
    /// The identity's id, unique over all pools.
    #[arg(long, value_name = "ID")]
    id: String,
    /// The GitHub account behind the credential.
    #[arg(long, value_name = "LOGIN")]
    login: String,
    /// The name of the Worker secret that holds the token or the App's private key.
    #[arg(long, value_name = "NAME")]
    secret_ref: String,
    /// What kind of credential it is.
    #[arg(long, value_parser = PossibleValuesParser::new(["pat", "github_app"]).try_map(kind))]
    #[arg(default_value = "pat")]
    kind: IdentityKind,
    /// The App's installation; needed for `github_app`.
    #[arg(long, value_name = "NUMBER")]
    installation_id: Option<i64>,
    /// The App of that installation, by its number or its client id [default: the deployment's,
    /// `OCTOPOOL_GITHUB_APP_ID`].
    #[arg(long, value_name = "APP", value_parser = AppId::parse)]
    app_id: Option<AppId>,
    /// What it may serve: OWNER/REPO, OWNER for all its repositories, or '*' for every public
    /// repository (pat only). Can be given several times.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Let the scopes that name an owner include its private repositories.
    #[arg(long)]
    private_scopes: bool,
    /// Preference between equal identities, 0 to 1000000 [default: 100].
    #[arg(long, value_name = "NUMBER")]
    weight: Option<i64>,
    /// Let the server verify the identity first, and do not register one that does not work.
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

fn kind(text: String) -> serde_json::Result<IdentityKind> {
    serde_json::from_value(text.into())
}

#[derive(Subcommand)]
pub(super) enum IdentitiesCommand {
    /// List the identities of a pool.
    #[command(after_help = "\
Examples:
  octopool admin identities list --pool maintainers")]
    List(ListArgs),
    /// Show an identity: its account, the name of its secret, what it may serve.
    #[command(after_help = "\
Examples:
  octopool admin identities show mona-pat --pool maintainers")]
    Show(IdentityArgs),
    Update(UpdateArgs),
    /// Disable an identity: it stays registered and serves nothing.
    #[command(after_help = "\
Examples:
  octopool admin identities disable mona-pat --pool maintainers")]
    Disable(Change<IdentityArgs>),
    /// Let a disabled identity serve again.
    #[command(after_help = "\
Examples:
  octopool admin identities enable mona-pat --pool maintainers")]
    Enable(Change<IdentityArgs>),
    /// Delete an identity. The Worker's secret stays; delete it with `npx wrangler secret delete`.
    #[command(after_help = "\
Examples:
  octopool admin identities delete mona-pat --pool maintainers --yes")]
    Delete(Removal<IdentityArgs>),
    /// Prove that an identity works: its secret exists, GitHub accepts it, it belongs to the right
    /// account, and it covers its scopes.
    ///
    /// The server spends at most three requests to GitHub. Shows each check, and for a failed one
    /// the command that fixes it. Exit 1 if one fails.
    #[command(after_help = "\
Examples:
  octopool admin identities verify acme-app --pool maintainers
  octopool admin identities verify acme-app --json | jq '.checks[] | select(.ok | not)'")]
    Verify(IdentityArgs),
}

/// Which identities to list.
#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    limit: LimitArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

/// An identity of a pool.
#[derive(Args)]
pub(super) struct IdentityArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    admin: AdminArgs,
}

/// Change a registered identity; what is not named stays as it is.
///
/// Its kind cannot change: register another identity.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin identities update mona-pat --secret-ref MONA_PAT_2 --dry-run
  octopool admin identities update acme-app --scope acme --scope acme/rocket
  octopool admin identities update mona-pat --public-scope acme/website --scope acme/rocket")]
pub(super) struct UpdateArgs {
    /// The GitHub account behind the credential.
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
    /// The name of the Worker secret that holds the token or the App's private key.
    #[arg(long, value_name = "NAME")]
    secret_ref: Option<String>,
    /// The App's installation.
    #[arg(long, value_name = "NUMBER")]
    installation_id: Option<i64>,
    /// The App of that installation, by its number or its client id; '' for the deployment's,
    /// `OCTOPOOL_GITHUB_APP_ID`.
    #[arg(long, value_name = "APP")]
    app_id: Option<String>,
    /// What it may serve; replaces all that it may serve now: OWNER/REPO, OWNER for all its
    /// repositories, or '*' for every public repository (pat only). Can be given several times.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The same, but public repositories only: it serves OWNER/REPO for as long as that is public.
    /// Can be given several times, and together with --scope.
    #[arg(long = "public-scope", value_name = "SCOPE")]
    public_scopes: Vec<String>,
    /// Let the scopes of --scope that name an owner include its private repositories.
    #[arg(long, requires = "scopes")]
    private_scopes: bool,
    /// Preference between equal identities, 0 to 1000000.
    #[arg(long, value_name = "NUMBER")]
    weight: Option<i64>,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    identity: IdentityArgs,
}

const COLUMNS: [Column<RegisteredIdentity>; 7] = [
    Column::text("IDENTITY", 0, |it| it.identity.id.clone()),
    Column::whole("KIND", 3, |it| spelled(&it.identity.kind)),
    Column::text("LOGIN", 2, |it| it.identity.login.clone()),
    Column::text("SECRET", 4, |it| it.identity.secret_ref.clone()),
    Column::whole("WEIGHT", 5, |it| it.identity.weight.to_string()),
    Column::state("STATUS", 1, |it| spelled(&it.identity.status), |it| it.identity.status.into()),
    Column::text("SCOPES", 2, |it| {
        table::names(&it.identity.scopes.iter().map(scope).collect::<Vec<_>>(), ", ")
    }),
];

pub(super) fn run(command: &IdentitiesCommand, output: &mut Output) -> Result<Exit> {
    match command {
        IdentitiesCommand::List(ListArgs { limit, admin }) => {
            let Session { server, pool } = admin.session(output)?;
            list(&server, &paths::admin_identities(&pool), &[], ("identities", &COLUMNS), limit, output)
        }
        IdentitiesCommand::Show(args) => {
            let (Session { server, pool }, id) = args.find(output)?;
            server.get(&paths::admin_identity(&pool, &id))?.show(output, show)
        }
        IdentitiesCommand::Update(args) => update(args, output),
        IdentitiesCommand::Disable(args) => set_status(args, IdentityStatus::Disabled, output),
        IdentitiesCommand::Enable(args) => set_status(args, IdentityStatus::Active, output),
        IdentitiesCommand::Delete(args) => {
            let (Session { server, pool }, id) = args.target.find(output)?;
            let path = paths::admin_identity(&pool, &id);
            let question = format!("Delete identity {id} of pool {pool}?");
            let done = format!("deleted identity {id} of pool {pool}");
            args.removal.delete(&server, &path, &question, &done, output)
        }
        IdentitiesCommand::Verify(args) => verify(args, output),
    }
}

impl IdentityArgs {
    fn find(&self, output: &mut Output) -> Result<(Session, String)> {
        let id = session::path_name("identity", &self.id)?;
        Ok((self.admin.session(output)?, id))
    }
}

pub(super) fn register(args: &RegisterArgs, output: &mut Output) -> Result<Exit> {
    let scopes =
        args.scopes.iter().map(|scope| parse_scope(scope, args.private_scopes)).collect::<Result<_>>()?;
    let Session { server, pool } = args.admin.session(output)?;
    let request = RegisterIdentityRequest {
        id: args.id.clone(),
        login: args.login.clone(),
        secret_ref: args.secret_ref.clone(),
        kind: Some(args.kind),
        installation_id: args.installation_id,
        app_id: args.app_id.clone(),
        weight: args.weight,
        scopes,
        verify: args.verify,
    };
    let answer = server.post(&args.change.path(&paths::admin_identities(&pool)), &request);
    answer.map_err(with_fixes)?.show(output, |registered, output| show_registered(registered, args, output))
}

/// The refusal of an identity that does not work, with a hint for each check that failed.
pub(super) fn with_fixes(error: Error) -> Error {
    let fixes = error.checks().into_iter().map(|CheckResult { problem, fix, .. }| {
        format!("{} Fix: {}", problem.unwrap_or_default(), fix.unwrap_or_default())
    });
    let fixes: Vec<_> = fixes.collect();
    error.hints(fixes)
}

fn show_registered(
    answer: &RegisterIdentityResponse,
    args: &RegisterArgs,
    output: &mut Output,
) -> Result<Exit> {
    let (identity, is_dry_run) = (&answer.identity, args.change.is_dry_run());
    let (id, kind, pool) = (&identity.id, spelled(&identity.kind), &identity.pool);
    let done = if answer.created { "registered" } else { "updated" };
    let done = format!("{done} identity {id} ({kind}, {}) in pool {pool}", identity.login);
    args.change.report(output, &done)?;
    for served in &identity.scopes {
        output.line(&format!("  scope {}", scope(served)))?;
    }
    for warning in &answer.warnings {
        output.warning(&warning.message);
    }
    match (args.verify, is_dry_run) {
        (true, true) => output.note("It was verified, and it works."),
        (true, false) => output.note("It was verified before it was registered."),
        (false, true) => {}
        (false, false) => output.note(&format!(
            "Prove that it works with `octopool admin identities verify {id} --pool {pool}`."
        )),
    }
    Ok(Exit::Done)
}

fn update(args: &UpdateArgs, output: &mut Output) -> Result<Exit> {
    let scopes = args.scopes.iter().map(|scope| parse_scope(scope, args.private_scopes));
    let public = args
        .public_scopes
        .iter()
        .map(|scope| parse_scope(scope, false).map(|scope| Scope { allow_private: false, ..scope }));
    let scopes: Vec<_> = scopes.chain(public).collect::<Result<_>>()?;
    let request = UpdateIdentityRequest {
        login: args.login.clone(),
        secret_ref: args.secret_ref.clone(),
        installation_id: args.installation_id,
        app_id: args.app_id.clone(),
        weight: args.weight,
        scopes: (!scopes.is_empty()).then_some(scopes),
        status: None,
    };
    if request == UpdateIdentityRequest::default() {
        return Err(Error::usage("There is nothing to change.")
            .hint("Give at least one option that changes something, for example `--weight 50`."));
    }
    let (Session { server, pool }, id) = args.identity.find(output)?;
    let (path, done) = (paths::admin_identity(&pool, &id), format!("changed identity {id}"));
    args.change.patch(&server, &path, &request, &done, output, show)
}

fn set_status(args: &Change<IdentityArgs>, status: IdentityStatus, output: &mut Output) -> Result<Exit> {
    let (Session { server, pool }, id) = args.target.find(output)?;
    let request = UpdateIdentityRequest { status: Some(status), ..UpdateIdentityRequest::default() };
    let done = format!("set identity {id} to {}", spelled(&status));
    let path = paths::admin_identity(&pool, &id);
    args.dry_run.patch(&server, &path, &request, &done, output, |_: &IgnoredAny, _| Ok(Exit::Done))
}

fn verify(args: &IdentityArgs, output: &mut Output) -> Result<Exit> {
    let (Session { server, pool }, id) = args.find(output)?;
    let answer = server.post(&paths::admin_identity_verify(&pool, &id), &json!({}))?;
    let verified: VerifyIdentityResponse = answer.decode()?;
    if output.is_json() {
        output.document(answer.text())?;
    } else {
        for check in &verified.checks {
            checks::show(check, output)?;
        }
        let verdict = if verified.ok { "works" } else { "does not work yet" };
        output.line(&format!("identity {} {verdict}", verified.id))?;
    }
    Ok(if verified.ok { Exit::Done } else { Exit::Failed })
}

fn show(registered: &RegisteredIdentity, output: &mut Output) -> Result<Exit> {
    let identity = &registered.identity;
    output.line(&format!(
        "identity {} of pool {}: {} {}, {}, weight {}",
        identity.id,
        identity.pool,
        spelled(&identity.kind),
        identity.login,
        spelled(&identity.status),
        identity.weight
    ))?;
    output.line(&format!("  secret {}", identity.secret_ref))?;
    if let Some(installation) = identity.installation_id {
        output.line(&format!("  installation {installation}"))?;
    }
    if let Some(app) = &identity.app_id {
        output.line(&format!("  App {app}"))?;
    }
    for served in &identity.scopes {
        output.line(&format!("  scope {}", scope(served)))?;
    }
    Ok(Exit::Done)
}

/// A scope as it is typed, and whether it includes private repositories.
pub(super) fn scope(scope: &Scope) -> String {
    let repo = scope.repo.as_ref().map(|repo| format!("/{repo}")).unwrap_or_default();
    let private = if scope.allow_private { " (private too)" } else { "" };
    format!("{}{repo}{private}", scope.owner)
}

/// Parses OWNER/REPO, OWNER or `*`. A named repository may be private; the repositories of an owner
/// only with `private_scopes`; `*` is every public repository. The server validates the names.
pub(super) fn parse_scope(text: &str, private_scopes: bool) -> Result<Scope> {
    let (owner, repo) = match text.trim().split_once('/') {
        Some((owner, repo)) => (owner, Some(repo)),
        None => (text.trim(), None),
    };
    let is_broad = owner == "*";
    if owner.is_empty()
        || repo.is_some_and(|repo| repo.is_empty() || repo.contains('/'))
        || is_broad && repo.is_some()
    {
        return Err(Error::usage(format!("`{text}` is not a scope.")).hint(
            "A scope is OWNER/REPO, OWNER, or '*' (in quotes, or the shell replaces it by file names).",
        ));
    }
    let allow_private = repo.is_some() || private_scopes && !is_broad;
    Ok(Scope { owner: owner.to_owned(), repo: repo.map(str::to_owned), allow_private })
}

#[cfg(test)]
mod tests {
    use octopool_api_types::Scope;
    use proptest::prelude::*;

    use super::parse_scope;

    fn scope(owner: &str, repo: Option<&str>, allow_private: bool) -> Scope {
        Scope { owner: owner.to_owned(), repo: repo.map(str::to_owned), allow_private }
    }

    #[test]
    fn the_three_forms_of_a_scope() {
        for (text, private_scopes, expected) in [
            ("acme/widgets", false, scope("acme", Some("widgets"), true)),
            ("acme/widgets", true, scope("acme", Some("widgets"), true)),
            ("acme", false, scope("acme", None, false)),
            (" acme ", true, scope("acme", None, true)),
            ("*", false, scope("*", None, false)),
            ("*", true, scope("*", None, false)),
        ] {
            assert_eq!(parse_scope(text, private_scopes).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_scope_is_refused() {
        for text in ["", " ", "/", "acme/", "/widgets", "acme/widgets/tree", "*/widgets"] {
            assert!(parse_scope(text, false).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_scope_is_what_was_typed(owner in "[A-Za-z0-9-]{1,39}", repo in proptest::option::of("[A-Za-z0-9._-]{1,100}")) {
            let text = repo.as_ref().map_or_else(|| owner.clone(), |repo| format!("{owner}/{repo}"));
            let parsed = parse_scope(&text, false).unwrap();
            prop_assert_eq!(parsed.allow_private, repo.is_some());
            prop_assert_eq!((parsed.owner, parsed.repo), (owner, repo));
        }
    }
}
