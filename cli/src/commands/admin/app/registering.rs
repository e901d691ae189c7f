//! Registering the App as an identity that is verified first.

use std::thread;
use std::time::{Duration, Instant};

use octopool_api_types::{IdentityKind, RegisterIdentityRequest, RegisterIdentityResponse, paths};

use super::keyed::{Context, Keyed};
use crate::commands::admin::identities;
use crate::error::{Error, Result};
use crate::output::Output;

/// A new secret is a new deployment of the Worker, which takes seconds to be everywhere. Until then
/// these checks fail.
const SETTLING: [&str; 3] = ["secret_present", "key_usable", "app_accepted"];
const SETTLES: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_secs(2);

/// The identity to register.
pub(super) struct Registering<'a> {
    context: &'a Context<'a>,
    keyed: &'a Keyed,
    request: RegisterIdentityRequest,
}

impl<'a> Registering<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        keyed: &'a Keyed,
        secret_ref: &str,
        installation: i64,
    ) -> Result<Self> {
        let (args, app) = (context.args, &keyed.app);
        let request = RegisterIdentityRequest {
            id: identity_id(context, keyed),
            login: format!("{}[bot]", app.slug),
            secret_ref: secret_ref.to_owned(),
            kind: Some(IdentityKind::GithubApp),
            installation_id: Some(installation),
            app_id: Some(keyed.id.clone()),
            weight: None,
            scopes: args.scopes(&app.owner.login)?,
            verify: true,
        };
        Ok(Self { context, keyed, request })
    }

    /// Registers it as soon as the Worker has the key.
    pub(super) fn register(&self, output: &mut Output) -> Result<RegisterIdentityResponse> {
        let session = &self.context.session;
        let path = paths::admin_identities(&session.pool);
        let start = Instant::now();
        let mut is_told = false;
        loop {
            match session.server.post(&path, &self.request) {
                Ok(answer) => return answer.decode(),
                Err(error) if is_settling(&error) && start.elapsed() < SETTLES => {
                    if !is_told {
                        output.note("Waiting until the Worker has the new secret, which takes some seconds.");
                    }
                    is_told = true;
                    thread::sleep(PAUSE);
                }
                Err(error) => {
                    let RegisterIdentityRequest { secret_ref, installation_id, .. } = &self.request;
                    let number = installation_id.unwrap_or_default().to_string();
                    let by_hand = by_hand(self.context, self.keyed, secret_ref, &number);
                    return Err(identities::with_fixes(error).hint(format!(
                        "The App is installed and its key stored. When the cause is gone, run: {by_hand}"
                    )));
                }
            }
        }
    }
}

fn is_settling(error: &Error) -> bool {
    error.checks().iter().any(|check| SETTLING.contains(&check.check.as_str()))
}

/// The command that does what is left once the App is installed.
pub(super) fn by_hand(context: &Context<'_>, keyed: &Keyed, secret_ref: &str, installation: &str) -> String {
    let (app, args) = (&keyed.app, context.args);
    let scopes = args.scope_texts(&app.owner.login);
    let scopes: Vec<_> = scopes.iter().map(|scope| format!("--scope {scope}")).collect();
    let scopes = scopes.join(" ");
    let private = if args.private_scopes { " --private-scopes" } else { "" };
    format!(
        "octopool admin identity --pool {} --id {} --kind github_app --login '{}[bot]' --secret-ref {secret_ref} \
         --app-id {} {scopes}{private} --verify --installation-id {installation}",
        context.session.pool,
        identity_id(context, keyed),
        app.slug,
        keyed.id
    )
}

fn identity_id(context: &Context<'_>, keyed: &Keyed) -> String {
    context.args.id.clone().unwrap_or_else(|| keyed.app.slug.clone())
}
