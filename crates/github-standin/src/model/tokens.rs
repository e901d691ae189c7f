//! The tokens that were handed out.

use std::collections::BTreeSet;
use std::fmt;

use super::EditError;
use super::accounts::AccountId;
use super::apps::{InstallationId, Permissions, Selection};
use crate::random;

/// How long an installation token lives: one hour.
///
/// <https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app>
pub const INSTALLATION_TOKEN_SECONDS: i64 = 3600;

/// A token that works until it is revoked or expires.
#[derive(Clone)]
pub struct Token {
    /// What recordings call it; the secret itself is never recorded.
    pub name: String,
    /// The opaque string.
    pub(crate) secret: String,
    /// What it stands for.
    pub grant: Grant,
    /// When a personal token stops working, in seconds since 1970; classic ones may never.
    pub expires_at: Option<i64>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("name", &self.name).field("grant", &self.grant).finish_non_exhaustive()
    }
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A classic personal access token.
    Personal {
        /// Whose it is.
        account: AccountId,
        /// OAuth scopes: `repo`, `read:org`, …
        scopes: BTreeSet<String>,
    },
    /// An installation access token.
    Installation {
        /// Of which installation.
        installation: InstallationId,
        /// Seconds since 1970.
        expires_at: i64,
        /// What it may do; at most what the installation may.
        permissions: Permissions,
        /// What it covers; at most what the installation covers.
        repositories: Selection,
    },
}

/// All tokens.
#[derive(Debug, Default)]
pub struct Tokens {
    known: Vec<Token>,
    issued: u32,
}

impl Tokens {
    /// Hands out a classic personal access token. `name` is what recordings call it.
    pub fn add_personal(&mut self, name: &str, secret: &str, account: AccountId, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.add(name.to_owned(), secret.to_owned(), Grant::Personal { account, scopes });
    }

    /// Hands out an installation token and returns its secret, which is shown only once.
    ///
    /// Every second one has the form GitHub began to hand out in April 2026: about 520 characters,
    /// with dots. Both are opaque; a client that assumes a length or an alphabet fails here.
    pub fn issue_installation_token(
        &mut self,
        installation: InstallationId,
        expires_at: i64,
        permissions: Permissions,
        repositories: Selection,
    ) -> String {
        self.issued += 1;
        let secret =
            if self.issued % 2 == 1 { classic_installation_token() } else { long_installation_token() };
        let name = format!("installation-{installation}-{}", self.issued);
        let grant = Grant::Installation { installation, expires_at, permissions, repositories };
        self.add(name, secret.clone(), grant);
        secret
    }

    /// Takes a token back: from now on it is a bad credential.
    ///
    /// # Errors
    /// When no token goes by this name.
    pub fn revoke(&mut self, name: &str) -> Result<(), EditError> {
        let before = self.known.len();
        self.known.retain(|token| token.name != name);
        if self.known.len() == before { Err(EditError::UnknownToken(name.to_owned())) } else { Ok(()) }
    }

    /// Gives a personal token an end, as every fine-grained one has.
    ///
    /// # Errors
    /// When no token goes by this name.
    pub fn expire(&mut self, name: &str, at: i64) -> Result<(), EditError> {
        let token = self.known.iter_mut().find(|token| token.name == name);
        token.ok_or_else(|| EditError::UnknownToken(name.to_owned()))?.expires_at = Some(at);
        Ok(())
    }

    /// Takes back every token of an installation.
    pub fn revoke_installation(&mut self, id: InstallationId) {
        self.known.retain(
            |token| !matches!(token.grant, Grant::Installation { installation, .. } if installation == id),
        );
    }

    /// The token with this secret.
    pub fn find(&self, secret: &str) -> Option<&Token> {
        self.known.iter().find(|token| token.secret == secret)
    }

    /// Every token.
    pub fn iter(&self) -> impl Iterator<Item = &Token> {
        self.known.iter()
    }

    /// The name of a token whose secret is in the text, for tests that look for leaks.
    pub fn find_in(&self, text: &str) -> Option<&str> {
        self.known.iter().find(|token| text.contains(&token.secret)).map(|token| token.name.as_str())
    }

    /// `text` without the secret of any token. A test that finds `[redacted]` in a recording has
    /// found a leak.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, token| text.replace(&token.secret, "[redacted]"))
    }

    fn add(&mut self, name: String, secret: String, grant: Grant) {
        self.known.push(Token { name, secret, grant, expires_at: None });
    }
}

fn classic_installation_token() -> String {
    format!("ghs_{}", random::alphanumeric(36))
}

fn long_installation_token() -> String {
    let part = random::alphanumeric;
    format!("ghs_{}.{}.{}", part(40), part(130), part(344))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installation_tokens_come_in_two_forms() {
        let mut tokens = Tokens::default();
        let mut issue = || tokens.issue_installation_token(1, 0, Permissions::new(), Selection::All);
        let (classic, long) = (issue(), issue());
        assert_eq!((classic.len(), classic.matches('.').count()), (40, 0));
        assert_eq!((long.len(), long.matches('.').count()), (520, 2));
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let mut tokens = Tokens::default();
        tokens.add_personal("mine", "ghp_verysecret", 1, &[]);
        assert!(!format!("{tokens:?}").contains("verysecret"));
    }

    #[test]
    fn a_secret_is_redacted_wherever_it_appears() {
        let mut tokens = Tokens::default();
        tokens.add_personal("mine", "ghp_verysecret", 1, &[]);
        assert_eq!(tokens.redact("/user?token=ghp_verysecret"), "/user?token=[redacted]");
    }
}
