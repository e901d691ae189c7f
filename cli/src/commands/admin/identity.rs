//! `octopool admin identity`.

use clap::{Args, ValueEnum};
use octopool_api_types::{
    CheckResult, IdentityKind, RegisterIdentityRequest, RegisterIdentityResponse, Scope, paths,
};

use super::change::DryRunArgs;
use crate::commands::health;
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::AdminArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin identity --pool maintainers --id acme-app --login 'acme-octopool[bot]' \\
    --kind github_app --installation-id 12345 --secret-ref OCTOPOOL_APP_KEY --scope acme
  octopool admin identity --id mona-pat --login mona --secret-ref MONA_PAT --scope acme/widgets
  octopool admin identity --id mona-pat --login mona --secret-ref MONA_PAT --scope '*' --verify

The credential itself is a secret of the Worker, set beforehand:
  npx wrangler secret put MONA_PAT";

/// Register a GitHub identity in a pool, or change a registered one.
///
/// Once more for the same id updates it and replaces its scopes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct IdentityArgs {
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
    #[arg(long, value_enum, default_value_t = Kind::Pat)]
    kind: Kind,
    /// The App's installation; needed for `github_app`.
    #[arg(long, value_name = "NUMBER")]
    installation_id: Option<i64>,
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
    /// Register nothing that does not work: let the server verify the identity first.
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

/// clap's own spelling would be `github-app`; the API's is `github_app`.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Kind {
    Pat,
    GithubApp,
}

impl From<Kind> for IdentityKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Pat => Self::Pat,
            Kind::GithubApp => Self::GithubApp,
        }
    }
}

pub(super) fn run(args: &IdentityArgs, output: &mut Output) -> Result<Exit> {
    let scopes =
        args.scopes.iter().map(|scope| parse_scope(scope, args.private_scopes)).collect::<Result<_>>()?;
    let session = args.admin.session(output)?;
    let request = RegisterIdentityRequest {
        id: args.id.clone(),
        login: args.login.clone(),
        secret_ref: args.secret_ref.clone(),
        kind: Some(args.kind.into()),
        installation_id: args.installation_id,
        weight: args.weight,
        scopes,
        verify: args.verify,
    };
    let path = args.change.path(&paths::admin_identities(&session.pool));
    let answer = session.server.post(&path, Credential::Bearer(&session.token), &request);
    let answer = answer.map_err(|error| {
        let fixes = error.checks().into_iter().map(|CheckResult { problem, fix, .. }| {
            format!("{} Mend it: {}", problem.unwrap_or_default(), fix.unwrap_or_default())
        });
        let fixes: Vec<_> = fixes.collect();
        error.hints(fixes)
    })?;
    if output.is_json() {
        return output.document(answer.text());
    }
    show(&answer.decode()?, args, output)
}

fn show(answer: &RegisterIdentityResponse, args: &IdentityArgs, output: &mut Output) -> Result<Exit> {
    let (identity, dry_run) = (&answer.identity, args.change.is_dry_run());
    let what = format!(
        "identity {} ({}, {}) in pool {}",
        identity.id,
        health::kind(identity.kind),
        identity.login,
        identity.pool
    );
    match (dry_run, answer.created) {
        (true, true) => args.change.tell(output, &format!("registered {what}"))?,
        (true, false) => args.change.tell(output, &format!("updated {what}"))?,
        (false, true) => output.line(&format!("Registered {what}"))?,
        (false, false) => output.line(&format!("Updated {what}"))?,
    };
    for scope in &identity.scopes {
        let private = if scope.allow_private { ", private too" } else { "" };
        let repo = scope.repo.as_ref().map(|repo| format!("/{repo}")).unwrap_or_default();
        output.line(&format!("  scope {}{repo}{private}", scope.owner))?;
    }
    for warning in &answer.warnings {
        output.warning(&warning.message);
    }
    if args.verify {
        output.note(if dry_run {
            "It was verified, and it works."
        } else {
            "It was verified before it was registered."
        });
    } else if !dry_run {
        output.note(&format!(
            "Prove that it works with `octopool admin identities verify {} --pool {}`.",
            identity.id, identity.pool
        ));
    }
    Ok(Exit::Done)
}

/// A named repository is meant even if it is private; an owner's only if the operator says so; `*`
/// stands for public repositories by its meaning. How names are spelled is the server's to judge.
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
        return Err(Error::usage(format!("`{text}` is no scope.")).hint(
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
    fn what_is_no_scope_is_refused() {
        for text in ["", " ", "/", "acme/", "/widgets", "acme/widgets/tree", "*/widgets"] {
            assert!(parse_scope(text, false).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_scope_says_what_was_typed(owner in "[A-Za-z0-9-]{1,39}", repo in proptest::option::of("[A-Za-z0-9._-]{1,100}")) {
            let text = repo.as_ref().map_or_else(|| owner.clone(), |repo| format!("{owner}/{repo}"));
            let parsed = parse_scope(&text, false).unwrap();
            prop_assert_eq!(parsed.allow_private, repo.is_some());
            prop_assert_eq!((parsed.owner, parsed.repo), (owner, repo));
        }
    }
}
