//! The requests of a verification: the same operations as elsewhere, with the headers that describe
//! the token.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use octopool_core::{AccountLogin, InstallationId, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::app_jwt::AppJwt;
use super::{Account, Call, Github, GithubError, InstallationToken, Permissions, TokenBounds, parsed};
use crate::address::Address;

/// A result with the headers of its response.
#[derive(Debug)]
pub struct Probed<T> {
    /// The result.
    pub answer: Result<T, GithubError>,
    /// GitHub's clock.
    pub date: Option<Timestamp>,
    /// When the token expires; `None` if it does not, or GitHub does not say.
    pub token_expires_at: Option<Timestamp>,
    /// What the token may see, according to its scopes.
    pub sees: TokenSees,
}

/// What a token may see, according to the scopes in `x-oauth-scopes`
/// (<https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>). Only
/// classic tokens have scopes; one without any reads public information only.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenSees {
    /// No scopes: public information only.
    Public,
    /// The scope `repo`: also the account's private repositories.
    PrivateRepositories,
    /// Other scopes, which show more than public information.
    More,
    /// GitHub does not say, for example for a fine-grained token.
    #[default]
    Unsaid,
}

/// A minted token and what it can do.
#[derive(Debug)]
pub struct Minted {
    /// The token.
    pub token: InstallationToken,
    /// Its permissions; `None` if GitHub does not say.
    pub permissions: Option<Permissions>,
    /// Whether only some repositories are selected; `None` if GitHub does not say.
    pub selected: Option<bool>,
}

/// An installation as the App sees it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InstallationView {
    /// The account that installed the App.
    pub account: Option<AccountLogin>,
    /// The page of the installation.
    pub page: Option<String>,
    /// Whether the App is installed on an enterprise, which has no repositories.
    pub enterprise: bool,
    /// The App's name in URLs and in its login.
    pub slug: Option<AccountLogin>,
    /// Whether the installation is suspended.
    pub suspended: bool,
    /// Its permissions; `None` if GitHub does not say.
    pub permissions: Option<Permissions>,
    /// Whether only some repositories are selected; `None` if GitHub does not say.
    pub selected: Option<bool>,
}

/// The first repositories that a token covers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Covered {
    /// Their owner; `None` if there are none.
    pub account: Option<AccountLogin>,
    /// Their names without the owner.
    pub names: Vec<String>,
    /// Whether the list is complete.
    pub complete: bool,
}

/// An enterprise has a slug instead of a login.
#[derive(Deserialize)]
struct AccountBody {
    login: Option<String>,
    slug: Option<String>,
}

impl AccountBody {
    fn name(&self) -> Option<AccountLogin> {
        AccountLogin::from_github(self.login.as_ref().or(self.slug.as_ref())?)
    }
}

#[derive(Deserialize)]
struct MintedBody {
    token: SecretString,
    expires_at: String,
    permissions: Option<Permissions>,
    repository_selection: Option<String>,
}

#[derive(Deserialize)]
struct InstallationBody {
    account: Option<AccountBody>,
    html_url: Option<String>,
    target_type: Option<String>,
    app_slug: Option<String>,
    suspended_at: Option<String>,
    permissions: Option<Permissions>,
    repository_selection: Option<String>,
}

#[derive(Deserialize)]
struct CoveredBody {
    total_count: usize,
    repositories: Vec<RepositoryBody>,
}

#[derive(Deserialize)]
struct RepositoryBody {
    name: String,
    owner: AccountBody,
}

#[derive(Deserialize)]
struct AppBody {
    html_url: Option<String>,
}

/// The App as itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AppView {
    /// Its public page, from where it is installed and configured.
    pub page: Option<String>,
}

#[derive(Deserialize)]
struct UserBody {
    id: i64,
    login: String,
}

/// A page has at most 100 repositories.
const COVERED_PAGE: &str = "/installation/repositories?per_page=100";

impl Github<'_> {
    /// The account of a token, `GET /user`
    /// (<https://docs.github.com/en/rest/users/users#get-the-authenticated-user>).
    pub async fn probe_user(&self, token: &SecretString) -> Probed<Account> {
        let operation = "GET /user";
        let call = Call::new(operation, Method::GET, "/user", token);
        let user = self.probe::<UserBody>(&call, StatusCode::OK).await;
        let user =
            Probed { answer: user.answer.map_err(|error| error.of_the_own_account(operation)), ..user };
        user.and_then(|body| Account::check(body.id, &body.login, operation))
    }

    /// Whether GitHub accepts the App's JWT, `GET /app`
    /// (<https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app>).
    pub async fn probe_app(&self, jwt: &AppJwt) -> Probed<AppView> {
        let call = Call::new("GET /app", Method::GET, "/app", jwt.as_secret());
        let body = self.probe::<AppBody>(&call, StatusCode::OK).await;
        body.and_then(|body| Ok(AppView { page: body.html_url.as_deref().and_then(page) }))
    }

    /// Mints a token
    /// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
    pub async fn probe_mint(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
        bounds: &TokenBounds,
    ) -> Probed<Minted> {
        let operation = "POST /app/installations/{installation_id}/access_tokens";
        let path = format!("/app/installations/{}/access_tokens", installation.get());
        let body = serde_json::to_vec(bounds).unwrap_or_default();
        let call = Call { body, ..Call::new(operation, Method::POST, &path, jwt.as_secret()) };
        self.probe::<MintedBody>(&call, StatusCode::CREATED).await.and_then(|body| {
            let expires_at =
                Timestamp::parse_rfc3339(&body.expires_at).ok_or(GithubError::Malformed { operation })?;
            if secrecy::ExposeSecret::expose_secret(&body.token).is_empty() {
                return Err(GithubError::Malformed { operation });
            }
            Ok(Minted {
                token: InstallationToken { token: body.token, expires_at, public_at: None },
                permissions: body.permissions,
                selected: is_selected(body.repository_selection.as_deref()),
            })
        })
    }

    /// The account and the permissions of an installation
    /// (<https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app>).
    pub async fn probe_installation(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
    ) -> Probed<InstallationView> {
        let path = format!("/app/installations/{}", installation.get());
        let operation = "GET /app/installations/{installation_id}";
        let call = Call::new(operation, Method::GET, &path, jwt.as_secret());
        self.probe::<InstallationBody>(&call, StatusCode::OK).await.and_then(|body| {
            Ok(InstallationView {
                account: body.account.as_ref().and_then(AccountBody::name),
                page: body.html_url.as_deref().and_then(page),
                enterprise: body.target_type.as_deref() == Some("Enterprise"),
                slug: body.app_slug.and_then(|slug| AccountLogin::from_github(&slug)),
                suspended: body.suspended_at.is_some(),
                permissions: body.permissions,
                selected: is_selected(body.repository_selection.as_deref()),
            })
        })
    }

    /// The first hundred repositories that an installation's token covers
    /// (<https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation>).
    pub async fn probe_covered(&self, token: &SecretString) -> Probed<Covered> {
        let call = Call::new("GET /installation/repositories", Method::GET, COVERED_PAGE, token);
        self.probe::<CoveredBody>(&call, StatusCode::OK).await.and_then(|body| {
            let first = body.repositories.first();
            Ok(Covered {
                account: first.and_then(|repository| repository.owner.name()),
                complete: body.total_count <= body.repositories.len(),
                names: body.repositories.into_iter().map(|repository| repository.name).collect(),
            })
        })
    }

    async fn probe<T: DeserializeOwned>(&self, call: &Call<'_>, expected: StatusCode) -> Probed<T> {
        match self.exchange(call).await {
            Ok(response) => Probed::read(&response, call.operation, expected),
            Err(error) => {
                Probed { answer: Err(error), date: None, token_expires_at: None, sees: TokenSees::Unsaid }
            }
        }
    }
}

impl<T> Probed<T> {
    fn and_then<U>(self, then: impl FnOnce(T) -> Result<U, GithubError>) -> Probed<U> {
        let Self { answer, date, token_expires_at, sees } = self;
        Probed { answer: answer.and_then(then), date, token_expires_at, sees }
    }
}

impl<T: DeserializeOwned> Probed<T> {
    fn read(response: &http::Response<Bytes>, operation: &'static str, expected: StatusCode) -> Self {
        let headers = response.headers();
        let answer = if response.status().is_redirection() {
            Err(GithubError::Malformed { operation })
        } else {
            parsed(response, operation, expected)
        };
        let expiration = text(headers, "github-authentication-token-expiration");
        Self {
            answer,
            date: date(headers),
            token_expires_at: expiration.and_then(Timestamp::parse_token_expiration),
            sees: sees(headers),
        }
    }
}

/// A page of GitHub's that people can be sent to: an https address of plain characters.
fn page(address: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/._-".contains(&byte);
    let known = Address::parse(address).filter(Address::is_https)?;
    address.bytes().all(is_plain).then(|| known.to_string())
}

fn is_selected(selection: Option<&str>) -> Option<bool> {
    match selection {
        Some("selected") => Some(true),
        Some("all") => Some(false),
        _ => None,
    }
}

fn sees(headers: &HeaderMap) -> TokenSees {
    let Some(scopes) = text(headers, "x-oauth-scopes") else { return TokenSees::Unsaid };
    let mut scopes = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).peekable();
    if scopes.peek().is_none() {
        TokenSees::Public
    } else if scopes.any(|scope| scope == "repo") {
        TokenSees::PrivateRepositories
    } else {
        TokenSees::More
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    text(headers, header::DATE.as_str()).and_then(Timestamp::parse_http_date)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
