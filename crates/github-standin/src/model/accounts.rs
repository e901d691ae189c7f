//! Users and organizations.

use std::collections::BTreeMap;

use super::EditError;

/// GitHub's numeric account id. It never changes and is never given to another account; a login may
/// be.
pub type AccountId = u64;

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum AccountKind {
    /// A person or a machine user.
    User,
    /// An organization.
    Organization,
}

impl AccountKind {
    /// The value of `type` in GitHub's answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Organization => "Organization",
        }
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The number that identifies it.
    pub id: AccountId,
    /// Its current login, in the case it was registered with.
    pub login: String,
    /// The display name of its profile.
    pub name: Option<String>,
    /// User or organization.
    pub kind: AccountKind,
}

/// All accounts.
#[derive(Debug, Default)]
pub struct Accounts(BTreeMap<AccountId, Account>);

impl Accounts {
    /// Registers a user.
    ///
    /// # Errors
    /// When the id or the login is taken.
    pub fn add_user(&mut self, id: AccountId, login: &str) -> Result<(), EditError> {
        self.add(Account { id, login: login.to_owned(), name: None, kind: AccountKind::User })
    }

    /// Registers an organization.
    ///
    /// # Errors
    /// When the id or the login is taken.
    pub fn add_organization(&mut self, id: AccountId, login: &str) -> Result<(), EditError> {
        self.add(Account { id, login: login.to_owned(), name: None, kind: AccountKind::Organization })
    }

    /// Registers an account.
    ///
    /// # Errors
    /// When the id or the login is taken.
    pub fn add(&mut self, account: Account) -> Result<(), EditError> {
        if self.0.contains_key(&account.id) {
            return Err(EditError::IdTaken(account.id));
        }
        self.refuse_taken(&account.login, account.id)?;
        self.0.insert(account.id, account);
        Ok(())
    }

    /// Sets the display name.
    ///
    /// # Errors
    /// When there is no such account.
    pub fn set_name(&mut self, id: AccountId, name: &str) -> Result<(), EditError> {
        self.0.get_mut(&id).ok_or(EditError::UnknownAccount(id))?.name = Some(name.to_owned());
        Ok(())
    }

    /// Deletes an account; its login is free again.
    pub fn remove(&mut self, id: AccountId) -> Option<Account> {
        self.0.remove(&id)
    }

    /// The account with this id.
    pub fn get(&self, id: AccountId) -> Option<&Account> {
        self.0.get(&id)
    }

    /// The account that holds this login now, whatever the case.
    pub fn find(&self, login: &str) -> Option<&Account> {
        self.0.values().find(|account| account.login.eq_ignore_ascii_case(login))
    }

    /// The user that holds this login now.
    pub fn find_user(&self, login: &str) -> Option<&Account> {
        self.find(login).filter(|account| account.kind == AccountKind::User)
    }

    /// The organization that holds this login now.
    pub fn find_organization(&self, login: &str) -> Option<&Account> {
        self.find(login).filter(|account| account.kind == AccountKind::Organization)
    }

    /// Every account, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.0.values()
    }

    /// Renames without telling the repositories; see [`super::State::rename_account`]. Returns the
    /// former login.
    pub(super) fn rename(&mut self, id: AccountId, login: &str) -> Result<String, EditError> {
        self.refuse_taken(login, id)?;
        let account = self.0.get_mut(&id).ok_or(EditError::UnknownAccount(id))?;
        Ok(std::mem::replace(&mut account.login, login.to_owned()))
    }

    fn refuse_taken(&self, login: &str, by: AccountId) -> Result<(), EditError> {
        match self.find(login) {
            Some(holder) if holder.id != by => Err(EditError::LoginTaken(login.to_owned())),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_unique_whatever_its_case() {
        let mut accounts = Accounts::default();
        accounts.add_user(1, "mona").unwrap();
        assert_eq!(accounts.add_user(2, "Mona"), Err(EditError::LoginTaken("Mona".to_owned())));
    }

    #[test]
    fn a_node_id_is_what_github_computes() {
        let mut accounts = Accounts::default();
        accounts.add_user(1, "octocat").unwrap();
        assert_eq!(accounts.get(1).unwrap().node_id(), "MDQ6VXNlcjE=");
    }
}
