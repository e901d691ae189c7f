//! GitHub, as far as registering an App needs it: the exchange of the code, and the App itself.

use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use time::OffsetDateTime;
use ureq::http::Method;

use crate::error::{Error, Result};
use crate::http::{Credential, PlainHttp, Server};
use crate::server_url::ServerUrl;

/// A clock of ours may be ahead of GitHub's, and GitHub takes no more than ten minutes.
const ISSUED_BEFORE_SECONDS: i64 = 60;
const EXPIRES_AFTER_SECONDS: i64 = 540;
/// The code is used up by the first exchange that GitHub answers, so only what got no answer is
/// tried again.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);

/// A GitHub: github.com, an enterprise's own `*.ghe.com`, or an Enterprise Server.
#[derive(Clone)]
pub(super) struct Github {
    web: ServerUrl,
    api: ServerUrl,
}

/// An App that was just registered, with its only copy of the key. No `Debug`.
#[derive(Deserialize)]
pub(super) struct NewApp {
    #[serde(flatten)]
    pub(super) app: App,
    pub(super) pem: SecretString,
}

/// A registered App.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct App {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) html_url: String,
    pub(super) owner: Account,
}

/// An account.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Account {
    pub(super) login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// Where an App is installed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Installation {
    pub(super) id: i64,
    pub(super) account: Option<Account>,
}

/// Why GitHub did not answer as the App expects.
pub(super) enum Refused {
    /// 401 or 404: no App has this id and this key.
    NotTheApp,
    /// Anything else.
    Error(Error),
}

impl Github {
    /// The GitHub whose pages are at this address.
    pub(super) fn at(web: &str) -> Result<Self> {
        let web = ServerUrl::parse(web)?;
        let api = ServerUrl::parse(&api_base(&web))?;
        Ok(Self { web, api })
    }

    /// The page to which a manifest is posted.
    pub(super) fn new_app_page(&self, org: Option<&str>) -> String {
        format!("{}/new", self.apps_page(org))
    }

    /// The page that lists the Apps of an organization, or of the user.
    pub(super) fn apps_page(&self, org: Option<&str>) -> String {
        match org {
            Some(org) => format!("{}/organizations/{org}/settings/apps", self.web),
            None => format!("{}/settings/apps", self.web),
        }
    }

    /// The page of the App's settings, where it gets another key.
    pub(super) fn settings_page(&self, app: &App) -> String {
        let org = (app.owner.kind == "Organization").then_some(app.owner.login.as_str());
        format!("{}/{}", self.apps_page(org), app.slug)
    }

    /// The page on which the App is installed. The address comes from GitHub and is opened in a
    /// browser, so it has to be one of this GitHub's pages.
    pub(super) fn installation_page(&self, app: &App) -> String {
        let is_ours = ServerUrl::parse(&app.html_url).is_ok_and(|page| page.origin() == self.web.origin());
        let page = if is_ours { app.html_url.clone() } else { format!("{}/apps/{}", self.web, app.slug) };
        format!("{page}/installations/new")
    }

    /// Exchanges the code for the App and its key, once and within the hour
    /// (<https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest>).
    pub(super) fn convert(&self, code: &str, org: Option<&str>) -> Result<NewApp> {
        let server = Server::new(self.api.clone(), PlainHttp::Refused)?;
        let path = format!("/app-manifests/{code}/conversions");
        let mut answered = server.foreign(Method::POST, &path);
        for _ in 1..ATTEMPTS {
            if answered.is_err() {
                thread::sleep(PAUSE);
                answered = server.foreign(Method::POST, &path);
            }
        }
        let lost = |error: Error| {
            error.hint(format!(
                "If {} has the new App, open it, choose \"Generate a private key\", and run this again with \
                 `--app-id ID --private-key FILE`. Otherwise run it again as it was.",
                self.apps_page(org)
            ))
        };
        match answered.map_err(lost)? {
            (201, text) => serde_json::from_str(&text).map_err(|_| lost(self.unexpected(201))),
            (404, _) => Err(lost(Error::failed(
                "code_expired",
                "GitHub does not take the code that it sent: it was used already, or is older than an hour.",
            ))),
            (status, _) => Err(lost(self.unexpected(status))),
        }
    }

    /// The App that this id and key are of.
    pub(super) fn app(&self, id: &str, key: &Key) -> std::result::Result<App, Refused> {
        self.read(id, key, "/app")
    }

    /// Where the App is installed.
    pub(super) fn installations(
        &self,
        id: &str,
        key: &Key,
    ) -> std::result::Result<Vec<Installation>, Refused> {
        self.read(id, key, "/app/installations?per_page=100")
    }

    fn read<T: DeserializeOwned>(&self, id: &str, key: &Key, path: &str) -> std::result::Result<T, Refused> {
        let jwt = key.jwt(id, OffsetDateTime::now_utc().unix_timestamp()).map_err(Refused::Error)?;
        let server = Server::new(self.api.clone(), PlainHttp::Refused).map_err(Refused::Error)?;
        let answered = server.with(Credential::Bearer(jwt)).foreign(Method::GET, path);
        match answered.map_err(Refused::Error)? {
            (200, text) => serde_json::from_str(&text).map_err(|_| Refused::Error(self.unexpected(200))),
            (401 | 404, _) => Err(Refused::NotTheApp),
            (status, _) => Err(Refused::Error(self.unexpected(status))),
        }
    }

    fn unexpected(&self, status: u16) -> Error {
        Error::failed("github_failed", format!("{} answered with {status}, and not as expected.", self.api))
            .hint("Check `--github-url`, and https://www.githubstatus.com.")
    }
}

/// <https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom>;
/// an Enterprise Server has its API below its own address.
fn api_base(web: &ServerUrl) -> String {
    let origin = web.origin();
    match origin.strip_prefix("https://") {
        Some("github.com") => "https://api.github.com".to_owned(),
        Some(host) if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        _ => format!("{web}/api/v3"),
    }
}

/// The private key of an App. No `Debug`.
pub(super) struct Key(RsaKeyPair);

impl Key {
    /// Reads what GitHub hands out: PKCS#1 in PEM. PKCS#8 is read, too.
    pub(super) fn parse(text: &SecretString) -> Option<Self> {
        let block = pem::parse(text.expose_secret()).ok()?;
        let pair = match block.tag() {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(block.contents()),
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(block.contents()),
            _ => return None,
        };
        pair.ok().map(Self)
    }

    /// A JWT of the App, for some minutes from `now`.
    fn jwt(&self, id: &str, now: i64) -> Result<SecretString> {
        let claims =
            json!({ "iat": now - ISSUED_BEFORE_SECONDS, "exp": now + EXPIRES_AFTER_SECONDS, "iss": id });
        let parts = [json!({ "alg": "RS256", "typ": "JWT" }), claims];
        let signed = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| Error::failed("internal", "Signing with the App's key failed."))?;
        Ok(SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{App, Github, Key};

    fn app(html_url: &str, kind: &str) -> App {
        let owner = serde_json::json!({ "login": "acme", "type": kind });
        let app = serde_json::json!({ "id": 1, "slug": "pool", "html_url": html_url, "owner": owner });
        serde_json::from_value(app).unwrap()
    }

    #[test]
    fn each_github_has_its_own_api_and_pages() {
        for (web, api) in [
            ("https://github.com", "https://api.github.com"),
            ("github.com/", "https://api.github.com"),
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
            ("https://github.acme.example", "https://github.acme.example/api/v3"),
            ("http://127.0.0.1:8788", "http://127.0.0.1:8788/api/v3"),
        ] {
            assert_eq!(Github::at(web).ok().unwrap().api.to_string(), api);
        }
        let github = Github::at("https://github.com").ok().unwrap();
        assert_eq!(
            github.new_app_page(Some("acme")),
            "https://github.com/organizations/acme/settings/apps/new"
        );
        assert_eq!(github.new_app_page(None), "https://github.com/settings/apps/new");
        let page = |html_url, kind| github.settings_page(&app(html_url, kind));
        assert_eq!(page("", "Organization"), "https://github.com/organizations/acme/settings/apps/pool");
        assert_eq!(page("", "User"), "https://github.com/settings/apps/pool");
    }

    #[test]
    fn a_page_of_another_site_is_not_opened() {
        let github = Github::at("https://ghe.example").ok().unwrap();
        let page = |html_url| github.installation_page(&app(html_url, "User"));
        assert_eq!(
            page("https://ghe.example/github-apps/pool"),
            "https://ghe.example/github-apps/pool/installations/new"
        );
        for other in ["https://evil.example/apps/pool", "javascript:alert(1)", ""] {
            assert_eq!(page(other), "https://ghe.example/apps/pool/installations/new", "{other}");
        }
    }

    #[test]
    fn what_is_no_rsa_key_is_no_key() {
        for text in ["", "ghp_abc", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"] {
            assert!(Key::parse(&SecretString::from(text)).is_none(), "{text}");
        }
    }
}
