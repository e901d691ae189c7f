//! `octopool admin app create`: the steps, in order. Each says how to go on after it.

use octopool_api_types::{RegisterIdentityResponse, paths};
use serde_json::json;

use super::args::CreateArgs;
use super::github::Github;
use super::keyed::{Context, Keyed};
use super::registering::Registering;
use super::waiting;
use super::wrangler::Wrangler;
use crate::commands::admin::identities;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::Session;

pub(super) fn run(args: &CreateArgs, output: &mut Output) -> Result<Exit> {
    // Everything that can be known to fail is found before there is an App.
    args.scopes("owner")?;
    let github = Github::at(&args.github_url)?;
    let session = args.admin.session(output)?;
    check_admin(&session)?;
    let wrangler = Wrangler::find(args.wrangler.as_deref());
    let secrets = wrangler.secrets()?;
    let context = Context { args, github, session, wrangler, secrets };
    let keyed = match args.app_id.as_ref().zip(args.private_key.as_ref()) {
        Some((id, file)) => context.existing(id, file)?,
        None => context.create(output)?,
    };
    let secret_ref = context.store_key(&keyed, output)?;
    let installation = waiting::for_installation(&context, &keyed, &secret_ref, output)?;
    let registering = Registering::new(&context, &keyed, &secret_ref, installation)?;
    let registered = registering.register(output)?;
    report(&keyed, &registered, output)
}

/// That the server and the admin token are right. The pool may be new.
fn check_admin(session: &Session) -> Result<()> {
    match session.server.get(&paths::admin_identities(&session.pool)) {
        Err(error) if error.code() != "pool_not_found" => Err(error),
        _ => Ok(()),
    }
}

fn report(keyed: &Keyed, registered: &RegisterIdentityResponse, output: &mut Output) -> Result<Exit> {
    let (app, identity) = (&keyed.app, &registered.identity);
    if output.is_json() {
        return output.value(&json!({
            "app": { "id": app.id, "slug": app.slug, "html_url": app.html_url, "owner": app.owner.login },
            "identity": identity, "created": registered.created, "warnings": registered.warnings,
        }));
    }
    let done = if registered.created { "registered" } else { "updated" };
    output.line(&format!(
        "{done} identity {} (github_app, {}) in pool {}",
        identity.id, identity.login, identity.pool
    ))?;
    for served in &identity.scopes {
        output.line(&format!("  scope {}", identities::scope(served)))?;
    }
    for warning in &registered.warnings {
        output.warning(&warning.message);
    }
    output.note("It was verified before it was registered.");
    Ok(Exit::Done)
}
