//! `octopool admin identities update`.

use clap::Args;
use octopool_api_types::{Scope, UpdateIdentityRequest, paths};

use crate::commands::admin::change::DryRunArgs;
use crate::commands::admin::identity::parse_scope;
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities update mona-pat --secret-ref MONA_PAT_2 --dry-run
  octopool admin identities update acme-app --scope acme --scope acme/rocket
  octopool admin identities update mona-pat --public-scope acme/website --scope acme/rocket";

/// Change a registered identity; what is not named stays as it is.
///
/// Its kind cannot change: register another identity instead.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct UpdateArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    /// The GitHub account behind the credential.
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
    /// The name of the Worker secret that holds the token or the App's private key.
    #[arg(long, value_name = "NAME")]
    secret_ref: Option<String>,
    /// The App's installation.
    #[arg(long, value_name = "NUMBER")]
    installation_id: Option<i64>,
    /// What it may serve, instead of all that it may serve now: OWNER/REPO, OWNER for all its
    /// repositories, or '*' for every public repository (pat only). Can be given several times.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The same, but public repositories only, even if it names one: it serves OWNER/REPO as long as that
    /// is public. Can be given several times, and beside --scope.
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
    admin: AdminArgs,
}

pub(super) fn run(args: &UpdateArgs, output: &mut Output) -> Result<Exit> {
    let id = session::path_name("identity", &args.id)?;
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
        weight: args.weight,
        scopes: (!scopes.is_empty()).then_some(scopes),
        status: None,
    };
    if request == UpdateIdentityRequest::default() {
        return Err(Error::usage("There is nothing to change.")
            .hint("Name what is to be different, for example `--weight 50`."));
    }
    let session = args.admin.session(output)?;
    let path = args.change.path(&paths::admin_identity(&session.pool, &id));
    let answer = session.server.patch(&path, Credential::Bearer(&session.token), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    args.change.tell(output, &format!("changed identity {id}"))?;
    super::show(&answer.decode()?, output)
}
