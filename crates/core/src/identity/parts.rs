//! The parts of an identity.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::MAX_SAFE_INTEGER;
use crate::credential::looks_like_credential;
use crate::github_name::AccountLogin;
use crate::text::{Violation, is_dotted_name, refuse_credential, text_key, text_newtype};

/// The id of an identity, `[A-Za-z0-9][A-Za-z0-9._-]{0,79}`, unique across all pools.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IdentityId(String);
text_newtype!(IdentityId, IdentityId::parse);
text_key!(IdentityId);

impl IdentityId {
    /// Parses an identity id.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        refuse_credential(text)?;
        if is_dotted_name(text, 80) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be 1 to 80 letters, digits, `.`, `_` or `-`, and begin with a letter or digit".into())
    }
}

/// The account behind an identity: a login, or an App's `slug[bot]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentityLogin(String);
text_newtype!(IdentityLogin, IdentityLogin::parse);

impl IdentityLogin {
    /// Parses a login with or without the suffix `[bot]`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        AccountLogin::parse(text.strip_suffix("[bot]").unwrap_or(text))?;
        Ok(Self(text.to_owned()))
    }
}

/// The *name* of the Worker secret that holds a credential, `[A-Za-z_][A-Za-z0-9_]{0,127}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretRef(String);
text_newtype!(SecretRef, SecretRef::parse);

impl SecretRef {
    /// Parses a binding name. It may be one that the Worker itself uses; the Worker's configuration
    /// checks that.
    ///
    /// # Errors
    /// Also for a text that looks like a credential, which was probably pasted instead of its name.
    /// The message does not contain it.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if looks_like_credential(text) {
            return Err(
                "must be the name of a secret, not the secret itself; revoke the credential that was sent"
                    .into(),
            );
        }
        let good = (1..=128).contains(&text.len())
            && !text.starts_with(|first: char| first.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err("must be a binding name: 1 to 128 letters, digits or `_`, not beginning with a digit".into())
    }
}

/// The id of an installation of a GitHub App, 1 to 2^53 - 1.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "i64")]
pub struct InstallationId(i64);

impl TryFrom<i64> for InstallationId {
    type Error = Violation;

    fn try_from(number: i64) -> Result<Self, Violation> {
        Self::new(number)
    }
}

impl InstallationId {
    /// Takes a number in range.
    pub fn new(id: i64) -> Result<Self, Violation> {
        if (1..=MAX_SAFE_INTEGER).contains(&id) {
            return Ok(Self(id));
        }
        Err("must be a positive integer up to 9007199254740991".into())
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A GitHub App by its number, or by the client id that GitHub recommends as `iss` of a JWT
/// (`Iv1.…`, `Iv23…`)
/// (<https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AppId(String);
text_newtype!(AppId);

impl AppId {
    /// Parses a number of at most 16 digits, or a client id.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let is_number = || {
            (1..=16).contains(&text.len())
                && !text.starts_with('0')
                && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_client_id = || {
            text.strip_prefix("Iv").is_some_and(|rest| {
                (1..=62).contains(&rest.len())
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
            })
        };
        if is_number() || is_client_id() {
            return Ok(Self(text.to_owned()));
        }
        Err("must be the number of a GitHub App, or its client id, which begins with `Iv`".into())
    }
}

impl Serialize for AppId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AppId {
    /// GitHub shows the number as a number, so it is also read without quotes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AppIdVisitor)
    }
}

struct AppIdVisitor;

impl serde::de::Visitor<'_> for AppIdVisitor {
    type Value = AppId;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the number of a GitHub App, or its client id")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AppId, E> {
        AppId::parse(text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<AppId, E> {
        AppId::parse(&number.to_string()).map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<AppId, E> {
        AppId::parse(&number.to_string()).map_err(E::custom)
    }
}

/// Preference between candidates that could serve equally well, 0 to 1,000,000; higher is
/// preferred.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "i64")]
pub struct Weight(i64);

impl TryFrom<i64> for Weight {
    type Error = Violation;

    fn try_from(number: i64) -> Result<Self, Violation> {
        Self::new(number)
    }
}

impl Weight {
    /// Takes a number in range.
    pub fn new(number: i64) -> Result<Self, Violation> {
        if (0..=1_000_000).contains(&number) {
            return Ok(Self(number));
        }
        Err("must be an integer from 0 to 1000000".into())
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl Default for Weight {
    /// 100, so that identities can be given a lower or a higher preference.
    fn default() -> Self {
        Self(100)
    }
}

#[cfg(test)]
mod tests {
    use super::{AppId, IdentityId, IdentityLogin, InstallationId, SecretRef, Weight};

    #[test]
    fn logins_of_apps_end_in_bot() {
        for good in ["mona", "octopool-acme[bot]"] {
            assert_eq!(IdentityLogin::parse(good).unwrap().as_str(), good);
        }
        for bad in ["[bot]", "a[bot][bot]", "a[bo]", "a b[bot]"] {
            assert!(IdentityLogin::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn binding_names() {
        for good in ["A", "_", "OCTOPOOL_PAT_MONA", "a1", &"x".repeat(128)] {
            assert_eq!(SecretRef::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "1A", "A-B", "A.B", "A B", "Ä", "A\n", &"x".repeat(129)] {
            assert!(SecretRef::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_credential_is_told_from_its_name() {
        let letters = "a1".repeat(18);
        for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "op_"] {
            let token = format!("{prefix}{letters}");
            let violation = SecretRef::parse(&token).unwrap_err().to_string();
            assert!(
                violation.contains("not the secret itself") && !violation.contains(&letters),
                "{violation}"
            );
        }
        for credential in ["abcdef0123456789abcdef0123456789abcdef01", "-----BEGIN RSA PRIVATE KEY-----"] {
            assert!(SecretRef::parse(credential).unwrap_err().to_string().contains("not the secret itself"));
        }
        for name in ["ghp_mona", "OCTOPOOL_PAT_MONA", "GHP_MAIN_TOKEN_OF_THE_POOL", &"x".repeat(60)] {
            assert!(SecretRef::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_app_is_named_by_its_number_or_its_client_id() {
        let longest = format!("Iv{}", "1".repeat(62));
        for good in ["1", "4242", "9007199254740991", "Iv1.8a61f9b3a7aba766", "Iv23liAcme01", &longest] {
            assert_eq!(AppId::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "0",
            "007",
            "+1",
            "Iv",
            "octopool",
            "42 42",
            "4.2",
            "-1",
            "4242\"",
            "12345678901234567",
            "iv1.8",
        ] {
            assert!(AppId::parse(bad).is_err(), "{bad}");
        }
        assert!(AppId::parse(&format!("{longest}1")).is_err());
        let read = |json: &str| serde_json::from_str::<AppId>(json).map(|app| app.to_string()).ok();
        assert_eq!((read("4242"), read("\"4242\"")), (Some("4242".to_owned()), Some("4242".to_owned())));
        for bad in ["0", "-1", "4.2", "true", "\"x\"", "[]"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn ranges_include_their_ends() {
        assert!(Weight::new(0).is_ok() && Weight::new(1_000_000).is_ok());
        assert!(Weight::new(-1).is_err() && Weight::new(1_000_001).is_err());
        assert!(InstallationId::new(1).is_ok() && InstallationId::new(9_007_199_254_740_991).is_ok());
        assert!(InstallationId::new(0).is_err() && InstallationId::new(9_007_199_254_740_992).is_err());
        assert!(IdentityId::parse(&"x".repeat(80)).is_ok() && IdentityId::parse(&"x".repeat(81)).is_err());
    }
}
