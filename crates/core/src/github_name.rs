//! Names and numbers of GitHub.

use serde::{Deserialize, Serialize};

use crate::MAX_SAFE_INTEGER;
use crate::text::{Violation, text_newtype};

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
    /// Parses a login: letters, digits and single inner hyphens, at most 39 characters. Logins of
    /// enterprise managed users end in `_` and a short code
    /// (<https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication>).
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let (name, code) = text.split_once('_').unwrap_or((text, "x"));
        let hyphens = !name.starts_with('-') && !name.ends_with('-') && !name.contains("--");
        let good = (1..=39).contains(&text.len())
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && hyphens
            && !code.is_empty()
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err("must be a GitHub login: 1 to 39 letters, digits or single hyphens inside".into())
    }

    /// A login from a response of GitHub. Old accounts have logins that cannot be registered today
    /// (`a--b`, `a-`), so only characters with a meaning in a path are refused.
    pub fn from_github(text: &str) -> Option<Self> {
        let good = (1..=100).contains(&text.len())
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
text_newtype!(RepoName, RepoName::parse);

impl RepoName {
    /// Parses a repository name: letters, digits, `.`, `_` and `-`, at most 100 characters. `.` and
    /// `..` are refused, because they are path segments.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let good = (1..=100).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
            && !matches!(text, "." | "..");
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err("must be a repository name without its owner: 1 to 100 letters, digits, `.`, `_` or `-`".into())
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, AccountLogin, RepoName};

    #[test]
    fn logins() {
        for good in ["a", "mona", "Octo-Cat", "a-b-c", "0x0", "mona_acme", &"x".repeat(39)] {
            assert_eq!(AccountLogin::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            " ",
            "-a",
            "a-",
            "a--b",
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
            &"x".repeat(40),
        ] {
            assert!(AccountLogin::parse(bad).is_err(), "{bad:?}");
        }
        for old in ["a--b", "a-", "-a", "a_b_c"] {
            assert_eq!(AccountLogin::from_github(old).unwrap().as_str(), old);
        }
        for bad in ["", "a/b", "..", "a b", "ä", "a[bot]", &"x".repeat(101)] {
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
            assert!(RepoName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn account_ids_are_positive_and_exact() {
        assert!(AccountId::new(1).is_some() && AccountId::new(9_007_199_254_740_991).is_some());
        for bad in [0, -1, 9_007_199_254_740_992] {
            assert!(AccountId::new(bad).is_none(), "{bad}");
        }
    }
}
