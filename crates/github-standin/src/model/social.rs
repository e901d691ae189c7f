//! Who follows whom, who likes what, and what people show besides repositories.

use super::accounts::AccountId;
use super::repositories::RepositoryId;

/// The social side.
#[derive(Debug, Default)]
pub struct Social {
    /// Who follows (first) whom (second).
    pub follows: Vec<(AccountId, AccountId)>,
    /// Who starred, and watches, which repository.
    pub stars: Vec<(AccountId, RepositoryId)>,
    /// Gists.
    pub gists: Vec<Gist>,
    /// Public keys for SSH: id, owner, key.
    pub keys: Vec<(u64, AccountId, String)>,
}

/// A gist with one file.
#[derive(Debug, Clone)]
pub struct Gist {
    /// Twenty hexadecimal digits or more.
    pub id: String,
    /// Whose it is.
    pub owner: AccountId,
    /// Listed, and open to all. A secret one is open to everyone who knows its id.
    pub public: bool,
    /// The name of its file.
    pub file: String,
    /// The file itself.
    pub text: String,
}

impl Social {
    /// Who follows an account.
    pub fn followers(&self, of: AccountId) -> impl Iterator<Item = AccountId> {
        self.follows.iter().filter(move |(_, whom)| *whom == of).map(|(who, _)| *who)
    }

    /// Whom an account follows.
    pub fn following(&self, by: AccountId) -> impl Iterator<Item = AccountId> {
        self.follows.iter().filter(move |(who, _)| *who == by).map(|(_, whom)| *whom)
    }

    /// Who starred a repository.
    pub fn stargazers(&self, of: RepositoryId) -> impl Iterator<Item = AccountId> {
        self.stars.iter().filter(move |(_, repository)| *repository == of).map(|(who, _)| *who)
    }
}
