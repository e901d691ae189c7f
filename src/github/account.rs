//! Accounts.

use http::{Method, StatusCode};
use octopool_core::{AccountId, AccountLogin};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Call, Github, GithubError};

/// A user account: what octopool binds to and what people call it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// The immutable id.
    pub id: AccountId,
    /// The login now.
    pub login: AccountLogin,
}

#[derive(Deserialize)]
struct AccountBody {
    id: i64,
    login: String,
}

impl AccountBody {
    fn check(&self, operation: &'static str) -> Result<Account, GithubError> {
        Account::check(self.id, &self.login, operation)
    }
}

impl Account {
    /// Takes what GitHub wrote, if it can be an account.
    pub(super) fn check(id: i64, login: &str, operation: &'static str) -> Result<Self, GithubError> {
        let (id, login) = (AccountId::new(id), AccountLogin::from_github(login));
        id.zip(login).map(|(id, login)| Self { id, login }).ok_or(GithubError::Malformed { operation })
    }
}

impl Github<'_> {
    /// The account of a token, `GET /user`
    /// (<https://docs.github.com/en/rest/users/users#get-the-authenticated-user>).
    pub async fn authenticated_user(&self, token: &SecretString) -> Result<Account, GithubError> {
        let operation = "GET /user";
        let call = Call::new(operation, Method::GET, "/user", token);
        self.read::<AccountBody>(call, StatusCode::OK).await?.check(operation)
    }

    /// The account that has this login now, `GET /users/{username}`; `None` if there is none
    /// (<https://docs.github.com/en/rest/users/users#get-a-user>).
    pub async fn user_by_login(
        &self,
        login: &AccountLogin,
        token: &SecretString,
    ) -> Result<Option<Account>, GithubError> {
        let operation = "GET /users/{username}";
        let path = format!("/users/{login}");
        let call = Call::new(operation, Method::GET, &path, token);
        match self.read::<AccountBody>(call, StatusCode::OK).await {
            Ok(body) => {
                let account = body.check(operation)?;
                // An answer about somebody else would provision somebody else.
                if account.login == *login {
                    Ok(Some(account))
                } else {
                    Err(GithubError::Malformed { operation })
                }
            }
            Err(GithubError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
