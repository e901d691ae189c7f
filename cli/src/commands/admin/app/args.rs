//! The arguments of `octopool admin app create`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use octopool_api_types::{AppId, Scope};
use octopool_core::{AccountLogin, SecretRef};

use crate::commands::admin::identities;
use crate::error::Result;
use crate::session::AdminArgs;

/// Where most organizations are.
const GITHUB: &str = "https://github.com";

/// Create a GitHub App, install it, and register it as an identity that works.
///
/// Opens GitHub's page with an App filled in that only reads. When you have confirmed it there, its
/// key goes straight into `wrangler secret put`, and is never on a disk or a screen. Then install
/// the App on the page that is opened; the rest happens by itself. Run it in the checkout that the
/// Worker was deployed from.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin app create --pool maintainers --org acme
  octopool admin app create --pool maintainers --org acme --no-browser --port 8799
  octopool admin app create --pool triage --scope acme/rocket --wrangler 'npx wrangler --env production'

To go on with an App that exists, give it a new key on its page, and pass that file:
  octopool admin app create --pool maintainers --app-id 12345 --private-key acme.private-key.pem")]
pub(in crate::commands::admin) struct CreateArgs {
    /// The organization that is to own the App, and whose repositories it reads [default: your own
    /// account].
    #[arg(long, value_name = "ORG", value_parser = AccountLogin::parse)]
    pub(super) org: Option<AccountLogin>,
    /// The name to suggest to GitHub, where it has to be unique [default: octopool-ORG].
    #[arg(long, value_name = "NAME", conflicts_with = "app_id")]
    pub(super) name: Option<String>,
    /// The identity's id, unique over all pools [default: the App's name in URLs].
    #[arg(long, value_name = "ID")]
    pub(super) id: Option<String>,
    /// The name of the Worker secret for the key [default: `OCTOPOOL_APP_KEY_` and the App's name].
    #[arg(long, value_name = "NAME", value_parser = SecretRef::parse)]
    pub(super) secret_ref: Option<SecretRef>,
    /// What the identity may serve: OWNER/REPO, or OWNER for all its repositories. Can be given
    /// several times [default: the App's owner].
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(super) scopes: Vec<String>,
    /// Let the scopes that name an owner include its private repositories.
    #[arg(long)]
    pub(super) private_scopes: bool,
    /// Go on with this App, by its number or client id, instead of creating one.
    #[arg(long, value_name = "APP", value_parser = AppId::parse, requires = "private_key")]
    pub(super) app_id: Option<AppId>,
    /// The file with a private key of that App; `-` is stdin.
    #[arg(long, value_name = "FILE", requires = "app_id")]
    pub(super) private_key: Option<PathBuf>,
    /// Print the addresses of the pages, and open no browser.
    #[arg(long)]
    pub(super) no_browser: bool,
    /// The port of the page on this machine, for forwarding it [default: any free one].
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub(super) port: u16,
    /// How long to wait for you on each of GitHub's pages; GitHub's own limit is an hour.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=60))]
    pub(super) wait: u64,
    /// The address of GitHub's pages, for `*.ghe.com` and Enterprise Server.
    #[arg(long, value_name = "URL", default_value = GITHUB)]
    pub(super) github_url: String,
    /// The command for wrangler [env: `OCTOPOOL_WRANGLER`; default: npx wrangler].
    #[arg(long, value_name = "COMMAND")]
    pub(super) wrangler: Option<String>,
    #[command(flatten)]
    pub(super) admin: AdminArgs,
}

impl CreateArgs {
    /// The organization, if one is named.
    pub(super) fn org(&self) -> Option<&str> {
        self.org.as_ref().map(AccountLogin::as_str)
    }

    /// How long to wait for the user on a page.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.wait * 60)
    }

    /// The options that another run needs, too, to do the same.
    pub(super) fn repeated(&self) -> String {
        let mut options = Vec::new();
        if self.github_url != GITHUB {
            options.push(format!("--github-url {}", self.github_url));
        }
        options.extend(self.id.iter().map(|id| format!("--id {id}")));
        options.extend(self.secret_ref.iter().map(|name| format!("--secret-ref {name}")));
        options.extend(self.scopes.iter().map(|scope| format!("--scope {scope}")));
        options.extend(self.private_scopes.then(|| "--private-scopes".to_owned()));
        options.extend(self.wrangler.iter().map(|wrangler| format!("--wrangler '{wrangler}'")));
        options.iter().map(|option| format!(" {option}")).collect::<Vec<_>>().concat()
    }

    /// What the identity may serve, as it is typed.
    pub(super) fn scope_texts(&self, owner: &str) -> Vec<String> {
        if self.scopes.is_empty() { vec![owner.to_owned()] } else { self.scopes.clone() }
    }

    /// What the identity may serve.
    pub(super) fn scopes(&self, owner: &str) -> Result<Vec<Scope>> {
        let texts = self.scope_texts(owner);
        texts.iter().map(|scope| identities::parse_scope(scope, self.private_scopes)).collect()
    }
}
