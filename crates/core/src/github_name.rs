//! Names and numbers of GitHub.

use serde::{Deserialize, Serialize};

use crate::MAX_SAFE_INTEGER;
use crate::credential::looks_like_credential;
use crate::text::{Violation, refuse_credential, text_newtype};

/// The immutable number of a GitHub account. A login can be renamed and then taken by another
/// account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "i64")]
pub struct AccountId(i64);

impl TryFrom<i64> for AccountId {
    type Error = Violation;

    fn try_from(id: i64) -> Result<Self, Violation> {
        Self::new(id)
            .ok_or_else(|| "must be the numeric id of a GitHub account, 1 to 9007199254740991".into())
    }
}

impl AccountId {
    /// An id from a number; `None` unless it is from 1 to 2^53 - 1.
    pub fn new(id: i64) -> Option<Self> {
        (1..=MAX_SAFE_INTEGER).contains(&id).then_some(Self(id))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// The login of a user or an organization, in GitHub's spelling. Comparisons ignore case.
#[derive(Clone, Debug)]
pub struct AccountLogin(String);
// A stored login came from GitHub, so it is read by the wider rule of `from_github`.
text_newtype!(AccountLogin, AccountLogin::stored);

impl AccountLogin {
    /// Parses a login: letters, digits and hyphens, at most 39 characters. Today's sign-up refuses
    /// a hyphen at the end and two in a row, but accounts with such logins exist (`guin-`,
    /// `0----0`). Logins of enterprise managed users end in `_` and a short code
    /// (<https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication>).
    pub fn parse(text: &str) -> Result<Self, Violation> {
        refuse_credential(text)?;
        let (name, code) = text.split_once('_').unwrap_or((text, "x"));
        let good = (1..=39).contains(&text.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !code.is_empty()
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err("must be a GitHub login: 1 to 39 letters, digits or hyphens, not beginning with a hyphen".into())
    }

    /// A login from a response of GitHub or from the database. GitHub decides what a login is, so
    /// only characters with a meaning in a path are refused, and credentials.
    pub fn from_github(text: &str) -> Option<Self> {
        let good = (1..=100).contains(&text.len())
            && !looks_like_credential(text)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        good.then(|| Self(text.to_owned()))
    }
}

impl AccountLogin {
    /// The same, with an error, for a document or the database.
    pub fn stored(text: &str) -> Result<Self, Violation> {
        Self::from_github(text).ok_or_else(|| "must be the login of a GitHub account".into())
    }
}

impl PartialEq for AccountLogin {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for AccountLogin {}

/// The name of a repository without its owner.
#[derive(Clone, Debug)]
pub struct RepoName(String);
// A stored name may be from a time when fewer were refused.
text_newtype!(RepoName, RepoName::stored);

impl RepoName {
    /// Parses a repository name that somebody typed: letters, digits, `.`, `_` and `-`, at most 100
    /// characters. A name that ends in `.git` cannot exist: GitHub reads it as the address of the
    /// repository without that ending.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        refuse_credential(text)?;
        let ending = text.len().checked_sub(4).and_then(|at| text.get(at..)).unwrap_or_default();
        if ending.eq_ignore_ascii_case(".git") {
            return Err("must be a repository name without `.git` at its end".into());
        }
        Self::stored(text)
    }

    /// A name from GitHub, or from the path of a request to GitHub. A credential is none: proofs
    /// are stored under the names that were asked for, also of repositories that do not exist.
    pub fn from_github(text: &str) -> Option<Self> {
        Self::formed(text).filter(|_| !looks_like_credential(text))
    }

    /// `.` and `..` are refused, because they are path segments.
    fn formed(text: &str) -> Option<Self> {
        let good = (1..=100).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
            && !matches!(text, "." | "..");
        good.then(|| Self(text.to_owned()))
    }

    /// The same, with an error, for a document or the database; what is stored already is read.
    pub fn stored(text: &str) -> Result<Self, Violation> {
        let rule = "must be a repository name without its owner: 1 to 100 letters, digits, `.`, `_` or `-`";
        Self::formed(text).ok_or_else(|| rule.into())
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, AccountLogin, RepoName};

    #[test]
    fn logins() {
        for good in
            ["a", "mona", "Octo-Cat", "a-b-c", "0x0", "mona_acme", "guin-", "0----0", "a--b", &"x".repeat(39)]
        {
            assert_eq!(AccountLogin::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            " ",
            "-a",
            "a b",
            "a/b",
            "*",
            "a.b",
            "_a",
            "a_",
            "a_b_c",
            "é",
            "a\r\n",
            "a[bot]",
            "ghp_a1a1a1a1a1a1a1a1a1",
            &"x".repeat(40),
        ] {
            assert!(AccountLogin::parse(bad).is_err(), "{bad:?}");
        }
        for old in ["a--b", "a-", "-a", "a_b_c"] {
            assert_eq!(AccountLogin::from_github(old).unwrap().as_str(), old);
        }
        for bad in
            ["", "a/b", "..", "a b", "ä", "a[bot]", &format!("ghp_{}", "a1".repeat(18)), &"x".repeat(101)]
        {
            assert!(AccountLogin::from_github(bad).is_none(), "{bad:?}");
        }
        assert_eq!(AccountLogin::parse("Mona").unwrap(), AccountLogin::parse("mONA").unwrap());
    }

    #[test]
    fn repository_names() {
        for good in ["a", ".github", "a.b_c-d", "...", &"x".repeat(100)] {
            assert_eq!(RepoName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a b", "ü", "*", &"x".repeat(101)] {
            assert!(RepoName::parse(bad).is_err() && RepoName::stored(bad).is_err(), "{bad:?}");
        }
        for bad in ["rocket.git", "rocket.GIT", ".git", &format!("github_pat_{}", "a1".repeat(18))] {
            assert!(RepoName::parse(bad).is_err() && RepoName::stored(bad).is_ok(), "{bad:?}");
        }
        assert!(RepoName::from_github(&format!("ghp_{}", "a1".repeat(18))).is_none());
        assert!(RepoName::from_github(&"a1".repeat(20)).is_none());
        assert!(RepoName::parse("git").is_ok() && RepoName::parse("rocket.github").is_ok());
    }

    #[test]
    fn account_ids_are_positive_and_exact() {
        assert!(AccountId::new(1).is_some() && AccountId::new(9_007_199_254_740_991).is_some());
        for bad in [0, -1, 9_007_199_254_740_992] {
            assert!(AccountId::new(bad).is_none(), "{bad}");
        }
    }
}
