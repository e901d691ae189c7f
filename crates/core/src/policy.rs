//! Policies of pools.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::github_name::AccountLogin;
use crate::text::Violation;

/// A key of a policy, or an item of its list, with the rule that it violates.
pub type PolicyProblem = (String, Violation);

/// What a pool lets its callers read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolPolicy {
    /// Lower-case logins whose repositories every identity of the pool may serve.
    pub allowed_owners: Vec<String>,
    /// Whether a broad PAT may serve any other public repository.
    pub allow_public_repos: bool,
    /// Whether GitHub's search is served.
    pub allow_search: bool,
    /// Whether job logs are served.
    pub allow_logs: bool,
}

impl PoolPolicy {
    /// The names of the fields in JSON, in the order in which a policy is written.
    pub const FIELDS: [&'static str; 4] =
        ["allowed_owners", "allow_public_repos", "allow_search", "allow_logs"];

    /// The policy of a new pool.
    pub fn new_pool(owners: &[AccountLogin]) -> Self {
        let mut allowed_owners = Vec::new();
        for owner in owners.iter().map(|owner| owner.as_str().to_ascii_lowercase()) {
            if !allowed_owners.contains(&owner) {
                allowed_owners.push(owner);
            }
        }
        Self { allowed_owners, allow_public_repos: true, allow_search: false, allow_logs: true }
    }

    /// Parses a stored policy, which an operator may have edited by hand. Missing keys have the
    /// defaults, and unknown keys are ignored. Any other violation fails closed, because a part of
    /// a policy could allow more than the operator intended.
    pub fn parse(text: &str, defaults: &Self) -> Result<Self, Violation> {
        let object: Map<String, Value> =
            serde_json::from_slice(text.as_bytes()).map_err(|_| Violation::from("is not a JSON object"))?;
        let mut problems = Vec::new();
        let policy = Self::read(&object, defaults, &mut problems);
        match problems.into_iter().next() {
            None => Ok(policy),
            Some((key, violation)) => Err(Violation(format!("`{key}` {violation}").into())),
        }
    }

    /// Parses a policy that is to be stored. Missing keys have the defaults.
    ///
    /// # Errors
    /// All violations. Unknown keys are refused because they are probably typing errors, and
    /// impossible owners because they would silently allow nothing.
    pub fn parse_new(object: &Map<String, Value>, defaults: &Self) -> Result<Self, Vec<PolicyProblem>> {
        let mut problems = Vec::new();
        let mut policy = Self::read(object, defaults, &mut problems);
        let owners =
            object.get("allowed_owners").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (index, owner) in
            owners.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_str()?)))
        {
            if let Err(violation) = AccountLogin::parse(owner) {
                problems.push((format!("allowed_owners[{index}]"), violation));
            }
        }
        for key in object.keys().filter(|key| !Self::FIELDS.contains(&key.as_str())) {
            problems.push((key.clone(), "is not a known key".into()));
        }
        let mut distinct: Vec<String> = Vec::with_capacity(policy.allowed_owners.len());
        for owner in policy.allowed_owners {
            if !distinct.contains(&owner) {
                distinct.push(owner);
            }
        }
        policy.allowed_owners = distinct;
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    fn read(object: &Map<String, Value>, defaults: &Self, problems: &mut Vec<PolicyProblem>) -> Self {
        let [owners, public_repos, search, logs] = Self::FIELDS;
        Self {
            allowed_owners: read_owners(object.get(owners), &defaults.allowed_owners, problems),
            allow_public_repos: read_bool(object, public_repos, defaults.allow_public_repos, problems),
            allow_search: read_bool(object, search, defaults.allow_search, problems),
            allow_logs: read_bool(object, logs, defaults.allow_logs, problems),
        }
    }

    /// The policy as the JSON text that an operator reads and edits.
    pub fn to_json(&self) -> String {
        // Booleans and strings always serialize. Fails closed: an empty text is a policy that
        // allows nothing.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn read_owners(value: Option<&Value>, default: &[String], problems: &mut Vec<PolicyProblem>) -> Vec<String> {
    let key = "allowed_owners";
    let items = match value {
        None => return default.to_vec(),
        Some(Value::Array(items)) => items,
        Some(_) => {
            problems.push((key.to_owned(), "must be an array of logins".into()));
            return Vec::new();
        }
    };
    let mut owners = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(owner) => owners.push(owner.to_ascii_lowercase()),
            None => problems.push((format!("{key}[{index}]"), "must be a string".into())),
        }
    }
    owners
}

fn read_bool(
    object: &Map<String, Value>,
    key: &str,
    default: bool,
    problems: &mut Vec<PolicyProblem>,
) -> bool {
    match object.get(key) {
        None => default,
        Some(Value::Bool(value)) => *value,
        Some(_) => {
            problems.push((key.to_owned(), "must be true or false".into()));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::PoolPolicy;
    use crate::AccountLogin;

    fn defaults() -> PoolPolicy {
        PoolPolicy::new_pool(&[AccountLogin::parse("acme").unwrap()])
    }

    fn problems(value: &Value) -> Vec<String> {
        let problems = PoolPolicy::parse_new(value.as_object().unwrap(), &defaults()).unwrap_err();
        problems.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn missing_keys_take_the_defaults() {
        assert_eq!(PoolPolicy::parse("{}", &defaults()).unwrap(), defaults());
        let policy =
            PoolPolicy::parse(r#"{"allow_search":true,"allowed_owners":["Umbrella"]}"#, &defaults()).unwrap();
        assert_eq!(policy.allowed_owners, ["umbrella"]);
        assert!(policy.allow_search && policy.allow_logs && policy.allow_public_repos);
    }

    #[test]
    fn an_invalid_policy_closes_the_pool_with_a_reason() {
        for (text, why) in [
            ("", "is not a JSON object"),
            ("{", "is not a JSON object"),
            ("[]", "is not a JSON object"),
            ("null", "is not a JSON object"),
            (r#"{"allow_logs":"yes"}"#, "`allow_logs` must be true or false"),
            (r#"{"allow_search":null}"#, "`allow_search` must be true or false"),
            (r#"{"allow_public_repos":1}"#, "`allow_public_repos` must be true or false"),
            (r#"{"allowed_owners":"acme"}"#, "`allowed_owners` must be an array of logins"),
            (r#"{"allowed_owners":["acme",7]}"#, "`allowed_owners[1]` must be a string"),
        ] {
            assert_eq!(PoolPolicy::parse(text, &defaults()).unwrap_err().to_string(), why, "{text}");
        }
    }

    #[test]
    fn a_hand_written_policy_may_have_unknown_keys() {
        let text = r#"{"comment":"ours","allowed_owners":["*"]}"#;
        assert_eq!(PoolPolicy::parse(text, &defaults()).unwrap().allowed_owners, ["*"]);
    }

    #[test]
    fn everything_wrong_with_a_new_policy_is_named() {
        let policy = json!({
            "allowed_owners": ["acme", "a/b", "*"], "allow_logs": 1, "allow_search": null, "alow_logs": true,
        });
        assert_eq!(
            problems(&policy),
            ["allow_search", "allow_logs", "allowed_owners[1]", "allowed_owners[2]", "alow_logs"]
        );
        assert_eq!(
            problems(&json!({"allowed_owners": [1, "ok", {}]})),
            ["allowed_owners[0]", "allowed_owners[2]"]
        );
    }

    #[test]
    fn owners_are_kept_once_whatever_their_case() {
        let policy = json!({"allowed_owners": ["Acme", "umbrella", "ACME"]});
        let policy = PoolPolicy::parse_new(policy.as_object().unwrap(), &defaults()).unwrap();
        assert_eq!(policy.allowed_owners, ["acme", "umbrella"]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            owners in proptest::collection::btree_set("[a-z0-9]{1,39}", 0..5),
            flags in any::<[bool; 3]>(),
        ) {
            let policy = PoolPolicy {
                allowed_owners: owners.into_iter().collect(),
                allow_public_repos: flags[0], allow_search: flags[1], allow_logs: flags[2],
            };
            prop_assert_eq!(&PoolPolicy::parse(&policy.to_json(), &defaults()).unwrap(), &policy);
            let object: Value = serde_json::from_str(&policy.to_json()).unwrap();
            prop_assert_eq!(PoolPolicy::parse_new(object.as_object().unwrap(), &defaults()).unwrap(), policy);
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            drop(PoolPolicy::parse(&text, &defaults()));
        }
    }

    #[test]
    fn a_new_pool_serves_the_owners_and_public_repositories_but_no_search() {
        let owners = ["Acme", "umbrella", "ACME"].map(|owner| AccountLogin::parse(owner).unwrap());
        assert_eq!(
            PoolPolicy::new_pool(&owners).to_json(),
            r#"{"allowed_owners":["acme","umbrella"],"allow_public_repos":true,"allow_search":false,"allow_logs":true}"#
        );
    }
}
