//! From nothing, or from an App that exists, to an App whose key is in the Worker.

use std::path::Path;

use octopool_api_types::AppId;
use secrecy::SecretString;

use super::args::CreateArgs;
use super::browser;
use super::github::{App, Github, Key, NewApp, Refused};
use super::loopback::Loopback;
use super::manifest;
use super::wrangler::Wrangler;
use crate::error::{Error, Result};
use crate::input;
use crate::output::Output;
use crate::session::Session;

/// What all steps need.
pub(super) struct Context<'a> {
    pub(super) args: &'a CreateArgs,
    pub(super) github: Github,
    pub(super) session: Session,
    pub(super) wrangler: Wrangler,
    /// The Worker's secrets before this.
    pub(super) secrets: Vec<String>,
}

/// An App with the key that it has just been given.
pub(super) struct Keyed {
    pub(super) app: App,
    /// How the identity names it.
    pub(super) id: AppId,
    pub(super) key: Key,
    pem: SecretString,
}

impl Context<'_> {
    /// The App that an earlier run, or somebody by hand, has registered.
    pub(super) fn existing(&self, id: &AppId, file: &Path) -> Result<Keyed> {
        let name = file.display();
        let pem = input::read(file)
            .map_err(|problem| Error::failed("invalid_file", format!("{name} cannot be read: {problem}.")))?;
        let pem = SecretString::from(pem);
        let key = Key::parse(&pem).ok_or_else(|| {
            Error::failed("invalid_key", format!("{name} is not the private key of a GitHub App."))
                .hint("Use the whole file that GitHub provided, which begins with BEGIN RSA PRIVATE KEY.")
        })?;
        let app = self.github.app(id.as_str(), &key).map_err(|refused| match refused {
            Refused::NotTheApp => {
                Error::failed("app_not_accepted", format!("GitHub has no App {id} with the key in {name}."))
                    .hint(format!(
                        "Compare the App ID on the App's page, and generate another key there: {}",
                        self.github.apps_page(self.args.org())
                    ))
            }
            Refused::Error(error) => error,
        })?;
        Ok(Keyed { app, id: id.clone(), key, pem })
    }

    /// Lets GitHub register an App from a manifest, after the user has confirmed it.
    pub(super) fn create(&self, output: &mut Output) -> Result<Keyed> {
        let loopback = Loopback::start(self.args.port)?;
        let suggested = manifest::suggested_name(self.args.org(), &self.session.pool);
        let name = self.args.name.as_ref().unwrap_or(&suggested);
        let manifest =
            manifest::manifest(name, self.session.server.url(), &loopback.redirect_url()).to_string();
        let opens = !self.args.no_browser;
        browser::show(
            &loopback.page_url(),
            "It sends the App's settings to GitHub; confirm them there.",
            opens,
            output,
        );
        if !opens {
            let port = loopback.port();
            output.note(&format!(
                "  If your browser is on another machine, forward the port first: ssh -L {port}:127.0.0.1:{port} HOST"
            ));
        }
        let action = self.github.new_app_page(self.args.org());
        let code = loopback.wait_for_code(&action, &manifest, self.args.patience(), output)?;
        let NewApp { app, pem } = self.github.convert(&code, self.args.org())?;
        let key = Key::parse(&pem);
        let (id, key) = AppId::parse(&app.id.to_string()).ok().zip(key).ok_or_else(|| {
            Error::failed("github_failed", "GitHub's answer about the new App has no usable id or key.")
                .hint(self.again(&app))
        })?;
        output.note(&format!("GitHub created the App {} with the id {id}.", app.slug));
        output.note(&format!("  Should this be interrupted before its key is stored: {}.", self.again(&app)));
        Ok(Keyed { app, id, key, pem })
    }

    /// Puts the key into the Worker, under the name that is returned.
    pub(super) fn store_key(&self, keyed: &Keyed, output: &mut Output) -> Result<String> {
        // The secret of an App that exists is replaced; a new App must not replace any.
        let taken = if self.args.app_id.is_some() { &[][..] } else { self.secrets.as_slice() };
        let name = match &self.args.secret_ref {
            Some(name) => name.to_string(),
            None => manifest::secret_name(&keyed.app.slug, taken),
        };
        self.wrangler.put(&name, &keyed.pem).map_err(|problem| {
            Error::failed(
                "key_lost",
                format!("The App {} exists, but wrangler could not store its key: {problem}", keyed.app.slug),
            )
            .hint("The key was only in memory and is lost. Nothing is registered.")
            .hint(self.again(&keyed.app))
        })?;
        output.note(&format!("Its key is the Worker's secret {name} now."));
        Ok(name)
    }

    /// How to go on with an App whose key is lost.
    fn again(&self, app: &App) -> String {
        format!(
            "Open {} and choose \"Generate a private key\"; then run: octopool admin app create --pool {} \
             --app-id {} --private-key FILE{}",
            self.github.settings_page(app),
            self.session.pool,
            app.id,
            self.args.repeated()
        )
    }
}
