//! Pools with their policies.

use std::collections::{BTreeMap, BTreeSet};

use octopool_api_types::{DeclaredPolicy, DeclaredPool};
use octopool_core::{AccountLogin, PoolId, PoolPolicy};
use serde_json::{Map, Value};

use super::Import;
use super::findings::{Findings, Noun, Why, parsed};
use super::row::Row;
use super::shown::shown;

/// Carries the pools over. Returns the names of those that identities and callers can belong to.
pub(super) fn carry_over(rows: &[Row], org: &str, import: &mut Import) -> BTreeSet<String> {
    let mut carried = BTreeSet::new();
    for row in rows {
        let id = row.shown("id");
        let pool = match parsed(row, "id", PoolId::parse) {
            Ok(pool) => pool.to_string(),
            Err(reason) => {
                import.findings.leave_out(Noun::Pool, &id, reason);
                continue;
            }
        };
        let existing = import.desired.pools.get(&pool).map(|known| known.policy.clone());
        match (policy(row, &pool, &mut import.findings), existing) {
            (Ok(policy), _) => {
                let new = || DeclaredPool { policy: None, identities: BTreeMap::new() };
                import.desired.pools.entry(pool.clone()).or_insert_with(new).policy = Some(policy);
            }
            (Err(problem), Some(Some(_))) => {
                import.findings.adjust(
                    Noun::Pool,
                    &pool,
                    problem,
                    "it keeps the policy that it has on this server",
                );
            }
            (Err(problem), _) => {
                import.findings.leave_out(Noun::Pool, &pool, Why::with_fix(problem, fix(&pool, org)));
                continue;
            }
        }
        carried.insert(pool);
    }
    import.counts.pools = carried.len();
    carried
}

/// A pool that served nothing must not get a policy that nobody wrote.
fn fix(pool: &str, org: &str) -> String {
    format!(
        "npx wrangler d1 execute OLD-DATABASE --remote --command \"UPDATE pools SET policy_json = \
         json_object('allowed_owners', json_array('{org}')) WHERE id = '{pool}'\""
    )
}

/// The policy of a row. A value of a wrong type fails it completely, because the rest could allow
/// more than was meant; an owner that cannot exist allows nothing and is dropped.
fn policy(row: &Row, pool: &str, findings: &mut Findings) -> Result<DeclaredPolicy, String> {
    let text = row.text("policy_json");
    let object: Option<Map<String, Value>> = text.and_then(|text| serde_json::from_str(text).ok());
    let Some(object) = object else { return Err("its policy is not a JSON object".to_owned()) };
    for key in object.keys().filter(|key| !PoolPolicy::FIELDS.contains(&key.as_str())) {
        let problem = format!("its policy has the unknown key `{}`", shown(key));
        findings.adjust(Noun::Pool, pool, problem, "the key is dropped");
    }
    let flag = |name: &str| match object.get(name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(format!("its policy's {name} is not true or false")),
    };
    Ok(DeclaredPolicy {
        allowed_owners: owners(object.get("allowed_owners"), pool, findings)?,
        allow_public_repos: flag("allow_public_repos")?,
        allow_search: flag("allow_search")?,
        allow_logs: flag("allow_logs")?,
    })
}

fn owners(value: Option<&Value>, pool: &str, findings: &mut Findings) -> Result<Option<Vec<String>>, String> {
    let not_a_list = || "its policy's allowed_owners is not a list of logins".to_owned();
    let items = match value {
        None => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(not_a_list()),
    };
    let mut owners = Vec::with_capacity(items.len());
    for item in items {
        let owner = item.as_str().ok_or_else(not_a_list)?;
        if let Ok(login) = AccountLogin::parse(owner) {
            owners.push(login.as_str().to_ascii_lowercase());
        } else {
            let problem = format!("its policy allows the owner `{}`, which is not a login", shown(owner));
            findings.adjust(Noun::Pool, pool, problem, "the owner is dropped");
        }
    }
    Ok(Some(owners))
}

#[cfg(test)]
mod tests {
    use octopool_api_types::StateDocument;
    use serde_json::{Value, json};

    use super::super::row::samples::rows;
    use super::super::{Import, Tables, Target, carry_over};

    fn import(pools: &Value, state: &Value) -> Import {
        let state: StateDocument = serde_json::from_value(state.clone()).unwrap();
        carry_over(
            &Tables { pools: rows(pools), ..Tables::default() },
            &Target { state, ..Target::default() },
        )
    }

    #[test]
    fn a_policy_is_carried_over_without_what_this_version_does_not_know() {
        let text = r#"{"allowed_owners":["Acme","*","a/b"],"allow_search":true,"web":{}}"#;
        let import = import(&json!([{"id": "team", "policy_json": text}]), &json!({}));
        let policy = &json!(import.desired.pools["team"].policy);
        assert_eq!(policy, &json!({"allowed_owners": ["acme"], "allow_search": true}));
        assert_eq!(import.findings.adjusted.len(), 3);
        assert_eq!(import.findings.left_out, []);
    }

    #[test]
    fn nothing_is_made_of_a_pool_without_a_valid_name_and_policy() {
        for (id, policy) in [
            (json!("team a"), json!("{}")),
            (json!(""), json!("{}")),
            (json!(null), json!("{}")),
            (json!(7), json!("{}")),
            (json!("t"), json!("{")),
            (json!("t"), json!("[]")),
            (json!("t"), json!(null)),
            (json!("t"), json!("{\"allow_logs\":1}")),
            (json!("t"), json!("{\"allow_search\":null}")),
            (json!("t"), json!("{\"allowed_owners\":\"acme\"}")),
            (json!("t"), json!("{\"allowed_owners\":[7]}")),
        ] {
            let import = import(&json!([{"id": id, "policy_json": policy}]), &json!({}));
            assert_eq!(import.findings.left_out.len(), 1, "{id} {policy}");
            assert_eq!((import.desired.pools.len(), import.counts.pools), (0, 0), "{id} {policy}");
        }
    }

    #[test]
    fn a_pool_of_the_server_keeps_its_policy_if_the_dump_has_none() {
        let state = json!({"pools": {"team": {"policy": {"allow_logs": false}, "identities": {}}}});
        let import = import(&json!([{"id": "team", "policy_json": "{"}]), &state);
        assert_eq!(json!(import.desired.pools["team"].policy), json!({"allow_logs": false}));
        assert_eq!((import.findings.adjusted.len(), import.counts.pools), (1, 1));
    }
}
