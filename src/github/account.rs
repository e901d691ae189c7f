//! Accounts.

use http::{Method, StatusCode};
use octopool_core::{AccountId, AccountLogin};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Call, Github, GithubError};

/// A user account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// The immutable id, to which octopool binds a caller.
    pub id: AccountId,
    /// The current login.
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
    /// Checks the id and login of a response.
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
        let body = self.read::<AccountBody>(call, StatusCode::OK).await;
        body.map_err(|error| error.of_the_own_account(operation))?.check(operation)
    }

    /// The account that currently has this login, `GET /users/{username}`; `None` if there is none
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
                // Otherwise the wrong account would be provisioned.
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
