//! The deployment's settings, parsed and validated once. Invalid settings are reported, never
//! replaced by defaults.

use std::time::Duration;

use octopool_api_types::FieldProblem;
pub use octopool_core::RESERVED_BINDINGS;
use octopool_core::{AccountLogin, MAX_SAFE_INTEGER, PoolId, PoolPolicy};
use secrecy::{ExposeSecret as _, SecretString};

use crate::address::Address;
use crate::ports::{Bound, Secrets};

/// The secret with the root admin token, for `/v1/admin/*`.
pub const ADMIN_TOKEN: &str = "OCTOPOOL_ADMIN_TOKEN";
/// The secret that signs the audit's cuts and its head.
///
/// It is not derived from the admin token, because rotating that token would make every earlier cut
/// look forged. Without this secret no cut is possible, and a verification finds edited rows but
/// neither a removed end nor a recomputed chain.
pub const AUDIT_KEY: &str = "OCTOPOOL_AUDIT_KEY";
/// The secret that reads users and memberships.
pub const ORG_TOKEN: &str = "OCTOPOOL_GITHUB_ORG_TOKEN";
/// The secret with the id of the GitHub App of `github_app` identities.
pub const APP_ID: &str = "OCTOPOOL_GITHUB_APP_ID";

/// The settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The only org whose members can be callers.
    pub allowed_org: AccountLogin,
    /// Owners in the policy of a new pool; default: the org.
    pub default_allowed_owners: Vec<AccountLogin>,
    /// The pool of a login that names none; default: `maintainers`.
    pub default_login_pool: PoolId,
    /// Who may log in; default: provisioned callers only.
    pub login_enrollment: Enrollment,
    /// GitHub's REST base without a trailing slash; default: `https://api.github.com`.
    pub github_api_url: String,
    /// How long a proof of membership is valid; default: a day.
    pub org_verify_ttl: Duration,
    /// The timeout of one GitHub request, to the last byte; default: 15 s.
    pub request_timeout: Duration,
    /// How long a proof that a repository is public is valid; default: 15 min.
    pub public_repo_ttl: Duration,
    /// How long a proof that a repository is not public is valid; default: an hour.
    pub public_repo_negative_ttl: Duration,
    /// The largest response body that is relayed, in bytes; default: 4 MiB.
    pub max_response_bytes: usize,
    /// The largest total size of cached responses in D1, in bytes; 0 disables that cache. Default:
    /// 200 MB, which leaves more than half of a free database (500 MB,
    /// <https://developers.cloudflare.com/d1/platform/limits/>) for everything else.
    pub max_cache_bytes: i64,
    /// How long an isolate reuses a caller, a policy or a list of identities that it has read; 0
    /// disables that memory. Default: 30 s.
    pub auth_cache: Duration,
    /// Whether responses have a header with their cost, for measurements; default: false. The
    /// header reveals whether a response came from a cache.
    pub show_costs: bool,
}

/// Who may log in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Enrollment {
    /// Callers to whom an admin has granted the pool.
    Provisioned,
    /// Every verified member of the org, into the default login pool.
    OrgMembers,
}

impl Config {
    /// Parses the settings.
    ///
    /// # Errors
    /// Names every invalid setting with its rule, but never with its value, which may be a secret.
    /// So it does for the Worker's own secrets that are bound to something that is no text: with
    /// them, `wrangler secret put` would be refused, because the name is in use.
    pub fn parse(var: impl Fn(&str) -> Bound) -> Result<Self, ConfigError> {
        let mut reader = Reader { var, problems: Vec::new() };
        for secret in [ADMIN_TOKEN, AUDIT_KEY, ORG_TOKEN, APP_ID] {
            reader.text(secret);
        }
        let org = reader.read("ALLOWED_GITHUB_ORG", login);
        if org.is_none() {
            reader.problem_once("ALLOWED_GITHUB_ORG", "must be set to the login of the GitHub organization");
        }
        let owners = reader.read("DEFAULT_ALLOWED_OWNERS", |text| {
            text.split(',').map(str::trim).filter(|owner| !owner.is_empty()).map(login).collect()
        });
        let pool = reader.read("DEFAULT_LOGIN_POOL", |text| PoolId::parse(text).map_err(|e| e.to_string()));
        let enrollment = reader.read("LOGIN_ENROLLMENT", enrollment);
        let url = reader.read("GITHUB_API_URL", api_url);
        let ttl = reader.read("ORG_VERIFY_TTL_SECONDS", |text| integer(text, 0));
        let timeout = reader.read("REQUEST_TIMEOUT_MS", |text| integer(text, 1));
        let auth_cache = reader.read("AUTH_CACHE_SECONDS", |text| integer(text, 0));
        let max_bytes = reader.read("MAX_RESPONSE_BYTES", |text| integer(text, 1));
        let max_cache_bytes = reader.read("MAX_CACHE_BYTES", |text| integer(text, 0));
        let negative_ttl = reader.read("PUBLIC_REPO_NEGATIVE_TTL_SECONDS", |text| integer(text, 0));
        let show_costs = reader.read("SHOW_COSTS", boolean);
        let public_ttl = reader.read("PUBLIC_REPO_TTL_SECONDS", |text| integer(text, 0));
        match org {
            Some(org) if reader.problems.is_empty() => Ok(Self {
                default_allowed_owners: owners.unwrap_or_else(|| vec![org.clone()]),
                allowed_org: org,
                default_login_pool: pool.unwrap_or_else(default_login_pool),
                login_enrollment: enrollment.unwrap_or(Enrollment::Provisioned),
                github_api_url: url.unwrap_or_else(|| "https://api.github.com".to_owned()),
                org_verify_ttl: Duration::from_secs(ttl.unwrap_or(86_400)),
                request_timeout: Duration::from_millis(timeout.unwrap_or(15_000)),
                public_repo_ttl: Duration::from_secs(public_ttl.unwrap_or(900)),
                public_repo_negative_ttl: Duration::from_secs(negative_ttl.unwrap_or(3600)),
                max_response_bytes: usize::try_from(max_bytes.unwrap_or(4_194_304)).unwrap_or(usize::MAX),
                max_cache_bytes: max_cache_bytes
                    .map_or(200_000_000, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
                auth_cache: Duration::from_secs(auth_cache.unwrap_or(30)),
                show_costs: show_costs.unwrap_or(false),
            }),
            _ => Err(ConfigError { problems: reader.problems }),
        }
    }

    /// The policy of a new pool, which also provides the defaults for missing keys of a stored
    /// policy.
    pub fn default_policy(&self) -> PoolPolicy {
        PoolPolicy::new_pool(&self.default_allowed_owners)
    }

    /// The `policy_json` of a new pool.
    pub fn new_pool_policy(&self) -> String {
        self.default_policy().to_json()
    }
}

/// The settings are invalid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the configuration is invalid")]
pub struct ConfigError {
    /// One entry per invalid setting.
    pub problems: Vec<FieldProblem>,
}

/// The secret with an identity's credential; `None` if it is missing or its name is reserved.
///
/// Registration already refuses reserved names. This check also covers rows that an operator wrote
/// into D1 by hand: the Worker's own secrets must never be sent to GitHub as a credential.
pub fn identity_secret(secrets: &dyn Secrets, name: &str) -> Option<SecretString> {
    if RESERVED_BINDINGS.contains(&name) {
        return None;
    }
    secrets.find(name)
}

struct Reader<F> {
    var: F,
    problems: Vec<FieldProblem>,
}

impl<F: Fn(&str) -> Bound> Reader<F> {
    /// Parses a setting. A blank one counts as absent, as in an `.env` file with an empty value.
    fn read<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        parse(text.expose_secret()).map_err(|problem| self.problem_once(name, &problem)).ok()
    }

    fn text(&mut self, name: &str) -> Option<SecretString> {
        let bound = (self.var)(name);
        if matches!(bound, Bound::Other) {
            self.problem_once(
                name,
                "must be text, a number or a boolean; remove the other binding of this name from \
                 wrangler.toml, then set it under [vars] or with `npx wrangler secret put`",
            );
        }
        bound.text()
    }

    fn problem_once(&mut self, name: &str, problem: &str) {
        if self.problems.iter().all(|known| known.field != name) {
            self.problems.push(FieldProblem { field: name.to_owned(), problem: problem.to_owned() });
        }
    }
}

fn login(text: &str) -> Result<AccountLogin, String> {
    AccountLogin::parse(text).map_err(|violation| violation.to_string())
}

#[expect(clippy::expect_used, reason = "a constant that a test parses")]
fn default_login_pool() -> PoolId {
    PoolId::parse("maintainers").expect("a pool name")
}

fn enrollment(text: &str) -> Result<Enrollment, String> {
    match text {
        "provisioned" => Ok(Enrollment::Provisioned),
        "org-members" => Ok(Enrollment::OrgMembers),
        _ => Err("must be `provisioned` or `org-members`".to_owned()),
    }
}

fn integer(text: &str, min: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (min..=MAX_SAFE_INTEGER.unsigned_abs()).contains(number));
    number.ok_or_else(|| format!("must be an integer from {min} to {MAX_SAFE_INTEGER}"))
}

fn boolean(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be `true` or `false`".to_owned())
}

/// Credentials are sent to this address, so it must use https, or be on this machine.
fn api_url(text: &str) -> Result<String, String> {
    let rule = "must be an https URL without credentials, query or fragment (http for loopback hosts only)";
    let secure = |address: &Address| address.is_https() || address.is_loopback();
    let address = Address::parse(text).filter(|address| secure(address) && !address.has_query());
    address.map(|address| address.to_string().trim_end_matches('/').to_owned()).ok_or_else(|| rule.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Bound, Config, ConfigError, Enrollment};

    fn parse(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::parse(|name| match vars.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Bound::Text((*value).into()),
            None => Bound::Missing,
        })
    }

    #[test]
    fn a_binding_that_is_no_text_is_named() {
        for name in ["AUTH_CACHE_SECONDS", "ALLOWED_GITHUB_ORG", "SHOW_COSTS", "OCTOPOOL_ADMIN_TOKEN"] {
            let error = Config::parse(|asked| match asked {
                asked if asked == name => Bound::Other,
                "ALLOWED_GITHUB_ORG" => Bound::Text("acme".into()),
                _ => Bound::Missing,
            });
            let problems = error.unwrap_err().problems;
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].field, name);
            assert!(problems[0].problem.contains("remove the other binding"), "{problems:?}");
        }
    }

    #[test]
    fn the_org_is_all_that_must_be_set() {
        let config = parse(&[("ALLOWED_GITHUB_ORG", "Acme")]).unwrap();
        assert_eq!(config.allowed_org.as_str(), "Acme");
        assert_eq!(config.default_login_pool.as_str(), "maintainers");
        assert_eq!(config.login_enrollment, Enrollment::Provisioned);
        assert_eq!(config.github_api_url, "https://api.github.com");
        assert_eq!(config.org_verify_ttl.as_secs(), 86_400);
        assert_eq!(config.request_timeout.as_millis(), 15_000);
        assert!(config.new_pool_policy().contains(r#""allowed_owners":["acme"]"#));
    }

    #[test]
    fn every_wrong_setting_is_named_and_no_value_is() {
        let error = parse(&[
            ("DEFAULT_ALLOWED_OWNERS", "acme,canary value"),
            ("DEFAULT_LOGIN_POOL", "canary/pool"),
            ("LOGIN_ENROLLMENT", "canary"),
            ("GITHUB_API_URL", "http://canary.example"),
            ("ORG_VERIFY_TTL_SECONDS", "-1"),
            ("REQUEST_TIMEOUT_MS", "1.5"),
            ("AUTH_CACHE_SECONDS", "canary"),
            ("MAX_RESPONSE_BYTES", "0"),
            ("MAX_CACHE_BYTES", "200 MB"),
        ])
        .unwrap_err();
        let names: Vec<_> = error.problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(
            names,
            [
                "ALLOWED_GITHUB_ORG",
                "DEFAULT_ALLOWED_OWNERS",
                "DEFAULT_LOGIN_POOL",
                "LOGIN_ENROLLMENT",
                "GITHUB_API_URL",
                "ORG_VERIFY_TTL_SECONDS",
                "REQUEST_TIMEOUT_MS",
                "AUTH_CACHE_SECONDS",
                "MAX_RESPONSE_BYTES",
                "MAX_CACHE_BYTES",
            ]
        );
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn the_api_is_reached_by_https_or_on_this_machine() {
        for (given, base) in [
            ("https://api.github.com/", "https://api.github.com"),
            ("https://ghe.example/api/v3", "https://ghe.example/api/v3"),
            ("http://127.0.0.1:8788", "http://127.0.0.1:8788"),
            ("http://localhost:1/api/v3/", "http://localhost:1/api/v3"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            let config = parse(&[("ALLOWED_GITHUB_ORG", "acme"), ("GITHUB_API_URL", given)]).unwrap();
            assert_eq!(config.github_api_url, base);
        }
        for bad in [
            "http://api.github.com",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "https://user:pw@ghe.example",
            "https://ghe.example/?x=1",
            "https://ghe.example/#x",
            "ftp://ghe.example",
            "ghe.example",
        ] {
            assert!(parse(&[("ALLOWED_GITHUB_ORG", "acme"), ("GITHUB_API_URL", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn owners_are_a_list() {
        let config =
            parse(&[("ALLOWED_GITHUB_ORG", "acme"), ("DEFAULT_ALLOWED_OWNERS", "Acme, umbrella,")]).unwrap();
        assert!(config.new_pool_policy().contains(r#""allowed_owners":["acme","umbrella"]"#));
    }

    #[test]
    fn blank_counts_as_absent() {
        let config = parse(&[("ALLOWED_GITHUB_ORG", " acme "), ("LOGIN_ENROLLMENT", " ")]).unwrap();
        assert_eq!(config.login_enrollment, Enrollment::Provisioned);
        assert!(parse(&[("ALLOWED_GITHUB_ORG", " ")]).is_err());
    }
}
