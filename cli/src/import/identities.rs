//! Identities: the names of their secrets, never the secrets.

use std::collections::{BTreeMap, BTreeSet};

use octopool_api_types::{DeclaredIdentity, IdentityKind, IdentityStatus, StateDocument};
use octopool_core::{AccountLogin, IdentityId, IdentityLogin, InstallationId, RESERVED_BINDINGS, SecretRef};
use serde_json::json;

use super::findings::{Findings, Noun, Why, parsed};
use super::row::{Cell, Row};
use super::{Import, Tables, scopes};

/// The weight of an identity that has none.
const DEFAULT_WEIGHT: i64 = 100;
/// The greatest one.
const GREATEST_WEIGHT: i64 = 1_000_000;

/// Carries the identities of these pools over.
pub(super) fn carry_over(tables: &Tables, pools: &BTreeSet<String>, import: &mut Import) {
    let mut of_identity: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in &tables.identity_scopes {
        of_identity.entry(row.key("identity_id").unwrap_or_default()).or_default().push(row);
    }
    let mut seen = BTreeSet::new();
    for row in &tables.identities {
        let scopes = of_identity.remove(&row.key("id").unwrap_or_default()).unwrap_or_default();
        match identity(row, &scopes, pools, &mut seen, import) {
            Ok((pool, id, identity)) => {
                import.counts.identities += 1;
                import.secrets.insert(identity.secret_ref.clone());
                if let Some(pool) = import.desired.pools.get_mut(&pool) {
                    pool.identities.insert(id, identity);
                }
            }
            Err(why) => import.findings.leave_out(Noun::Identity, &row.shown("id"), why),
        }
    }
    for rows in of_identity.values() {
        for row in rows.iter().take(1) {
            let reason = format!("the dump has {} of its scopes, but not the identity", rows.len());
            import.findings.leave_out(Noun::Identity, &row.shown("identity_id"), reason);
        }
    }
}

/// An identity with its pool and id, as it will be on the server.
fn identity(
    row: &Row,
    scopes: &[&Row],
    pools: &BTreeSet<String>,
    seen: &mut BTreeSet<String>,
    import: &mut Import,
) -> Result<(String, String, DeclaredIdentity), Why> {
    let id = parsed(row, "id", IdentityId::parse)?.to_string();
    let pool = row.text("pool_id").unwrap_or_default();
    if !pools.contains(pool) {
        return Err(format!("its pool `{}` is not carried over", row.shown("pool_id")).into());
    }
    if !seen.insert(id.clone()) {
        return Err("its id occurs more than once; the first one is carried over".into());
    }
    let kind = parsed(row, "kind", IdentityKind::parse)?;
    let known = known(&import.desired, &id, pool, kind)?.cloned();
    let login = parsed(row, "login", IdentityLogin::parse)?;
    let secret_ref = secret_ref(row, pool, &id, scopes)?;
    let findings = &mut import.findings;
    let installation = installation(row, kind, &id, findings)?;
    let known_scopes = known.as_ref().map(|known| known.scopes.clone()).unwrap_or_default();
    let fields = json!({
        "kind": kind,
        "login": login,
        "secret_ref": secret_ref,
        "installation_id": installation,
        "weight": weight(row, &id, findings),
        "status": status(row, &id, known.as_ref(), findings),
        "scopes": scopes::merged(&known_scopes, scopes.iter().copied(), (&id, kind), findings),
    });
    // What the server knows of it and the dump does not, stays.
    let mut declared = json!(known);
    match (declared.as_object_mut(), fields) {
        (Some(declared), serde_json::Value::Object(fields)) => declared.extend(fields),
        (_, fields) => declared = fields,
    }
    let declared = serde_json::from_value(declared).map_err(|_| "it cannot be an identity here")?;
    Ok((pool.to_owned(), id, declared))
}

/// The identity of this id on the server.
fn known<'a>(
    state: &'a StateDocument,
    id: &str,
    pool: &str,
    kind: IdentityKind,
) -> Result<Option<&'a DeclaredIdentity>, Why> {
    let owner = state.pools.iter().find_map(|(name, pool)| Some((name, pool.identities.get(id)?)));
    match owner {
        Some((other, _)) if other != pool => {
            Err(format!("this server has an identity of this id in pool {other}").into())
        }
        Some((_, known)) if known.kind.unwrap_or(IdentityKind::Pat) != kind => {
            let reason = format!("this server has an identity of this id that is not a {}", kind.as_str());
            let fix = format!("octopool admin identities delete {id} --pool {pool}");
            Err(Why::with_fix(reason, fix))
        }
        Some((_, known)) => Ok(Some(known)),
        None => Ok(None),
    }
}

fn secret_ref(row: &Row, pool: &str, id: &str, scopes: &[&Row]) -> Result<SecretRef, Why> {
    let fix = || registration(row, pool, id, scopes);
    let name = parsed(row, "secret_ref", SecretRef::parse).map_err(|reason| Why::with_fix(reason, fix()))?;
    if RESERVED_BINDINGS.contains(&name.as_str()) {
        let reason = format!("its secret_ref `{name}` is one of the Worker's own secrets and settings");
        return Err(Why::with_fix(reason, fix()));
    }
    Ok(name)
}

/// The command that registers the identity with another secret. A scope of one repository is left
/// out if it is for as long as that is public, which the command cannot say.
fn registration(row: &Row, pool: &str, id: &str, scopes: &[&Row]) -> String {
    let login = parsed(row, "login", IdentityLogin::parse);
    let login = login.map_or_else(|_| "LOGIN".to_owned(), |login| login.to_string());
    let app = row.integer("installation_id");
    let app = app.map(|number| format!(" --kind github_app --installation-id {number}"));
    let owners: BTreeSet<_> = scopes
        .iter()
        .filter(|scope| matches!(scope.cell("repo"), Cell::Null))
        .filter_map(|scope| scope.text("owner"))
        .filter(|owner| AccountLogin::parse(owner).is_ok())
        .collect();
    let scopes: Vec<_> = owners.into_iter().map(|owner| format!(" --scope {owner}")).collect();
    format!(
        "octopool admin identity --pool {pool} --id {id} --login {login} --secret-ref NAME{}{}",
        app.unwrap_or_default(),
        scopes.concat()
    )
}

fn installation(
    row: &Row,
    kind: IdentityKind,
    id: &str,
    findings: &mut Findings,
) -> Result<Option<InstallationId>, Why> {
    let shown = row.shown("installation_id");
    let number = row.integer("installation_id").and_then(|number| InstallationId::new(number).ok());
    match (kind, number, row.cell("installation_id")) {
        (IdentityKind::GithubApp, Some(number), _) => Ok(Some(number)),
        (IdentityKind::GithubApp, None, _) => {
            Err(format!("its installation_id {shown} is not the id of an installation").into())
        }
        (IdentityKind::Pat, _, Cell::Null) => Ok(None),
        (IdentityKind::Pat, ..) => {
            findings.adjust(
                Noun::Identity,
                id,
                format!("it is a PAT with the installation_id {shown}"),
                "the installation_id is dropped",
            );
            Ok(None)
        }
    }
}

/// The weight as a whole number in our range.
fn weight(row: &Row, id: &str, findings: &mut Findings) -> i64 {
    let exact = row.integer("weight");
    let weight = match (exact, row.cell("weight")) {
        (Some(number), _) => number.clamp(0, GREATEST_WEIGHT),
        (None, Cell::Real(number)) => nearest(*number),
        (None, Cell::Text(text)) => text.parse().map_or(DEFAULT_WEIGHT, nearest),
        (None, Cell::Null | Cell::Integer(_) | Cell::Credential | Cell::Bytes) => DEFAULT_WEIGHT,
    };
    if exact != Some(weight) {
        let problem =
            format!("its weight {} is not an integer from 0 to {GREATEST_WEIGHT}", row.shown("weight"));
        findings.adjust(Noun::Identity, id, problem, format!("weight {weight}"));
    }
    weight
}

/// The nearest weight; the default for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "the range is far smaller")]
fn nearest(number: f64) -> i64 {
    if number.is_nan() { DEFAULT_WEIGHT } else { number.clamp(0.0, 1_000_000.0).round() as i64 }
}

/// The status. What is neither word, and what is disabled here, is disabled.
fn status(row: &Row, id: &str, known: Option<&DeclaredIdentity>, findings: &mut Findings) -> IdentityStatus {
    let stored = row.text("status").and_then(|text| IdentityStatus::parse(text).ok());
    if stored.is_none() {
        let problem = format!("its status `{}` is neither active nor disabled", row.shown("status"));
        findings.adjust(Noun::Identity, id, problem, "disabled");
    }
    let is_disabled_here = known.is_some_and(|known| known.status == Some(IdentityStatus::Disabled));
    match stored {
        Some(IdentityStatus::Active) if is_disabled_here => {
            findings.adjust(
                Noun::Identity,
                id,
                "it is active in the dump and disabled on this server",
                "disabled",
            );
            IdentityStatus::Disabled
        }
        Some(status) => status,
        None => IdentityStatus::Disabled,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::row::samples::rows;
    use super::super::{Import, Tables, Target, carry_over};

    fn pat(changes: &Value) -> Value {
        let mut pat = json!({
            "id": "mona", "pool_id": "team", "kind": "pat", "login": "mona", "secret_ref": "PAT_MONA",
            "status": "active", "weight": 100, "installation_id": null,
        });
        pat.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        pat
    }

    fn import(identities: &Value, state: &Value) -> Import {
        let scope =
            json!([{"identity_id": "mona", "owner": "acme", "permission": "read", "allow_private": 0}]);
        let tables = Tables {
            pools: rows(&json!([{"id": "team", "policy_json": "{}"}])),
            identities: rows(identities),
            identity_scopes: rows(&scope),
            ..Tables::default()
        };
        let state = serde_json::from_value(state.clone()).unwrap();
        carry_over(&tables, &Target { state, ..Target::default() })
    }

    fn declared(import: &Import) -> Value {
        json!(import.desired.pools["team"].identities["mona"])
    }

    #[test]
    fn an_identity_is_carried_over_as_it_is() {
        let plain = import(&json!([pat(&json!({}))]), &json!({}));
        assert_eq!(
            declared(&plain),
            json!({
                "kind": "pat", "login": "mona", "secret_ref": "PAT_MONA", "weight": 100, "status": "active",
                "scopes": [{"owner": "acme", "allow_private": false}],
            })
        );
        assert_eq!((plain.findings.adjusted.len(), plain.findings.left_out.len()), (0, 0));
        assert_eq!((plain.counts.identities, json!(plain.secrets)), (1, json!(["PAT_MONA"])));
        let app = json!({"kind": "github_app", "login": "octopool-acme[bot]", "installation_id": 5});
        assert_eq!(declared(&import(&json!([pat(&app)]), &json!({})))["installation_id"], 5);
    }

    #[test]
    fn odd_values_become_the_nearest_that_is_allowed_and_are_named() {
        for (changes, field, expected) in [
            (json!({"weight": -5}), "weight", json!(0)),
            (json!({"weight": 2.5}), "weight", json!(3)),
            (json!({"weight": 1e300}), "weight", json!(1_000_000)),
            (json!({"weight": 9_007_199_254_740_993_i64}), "weight", json!(1_000_000)),
            (json!({"weight": "-0.4"}), "weight", json!(0)),
            (json!({"weight": "heavy"}), "weight", json!(100)),
            (json!({"weight": null}), "weight", json!(100)),
            (json!({"status": "retired"}), "status", json!("disabled")),
            (json!({"status": null}), "status", json!("disabled")),
            (json!({"installation_id": 7}), "installation_id", json!(null)),
        ] {
            let import = import(&json!([pat(&changes)]), &json!({}));
            assert_eq!(declared(&import)[field], expected, "{changes}");
            assert_eq!(import.findings.adjusted.len(), 1, "{changes}");
        }
    }

    #[test]
    fn what_cannot_be_an_identity_is_left_out_without_showing_a_credential() {
        let token = format!("github_pat_{}", "a1".repeat(20));
        for changes in [
            json!({"id": "a b"}),
            json!({"id": null}),
            json!({"id": token}),
            json!({"pool_id": "gone"}),
            json!({"kind": "oauth"}),
            json!({"kind": "github_app"}),
            json!({"kind": "github_app", "installation_id": 0}),
            json!({"kind": "github_app", "installation_id": 1e17}),
            json!({"login": "a/b"}),
            json!({"login": token}),
            json!({"secret_ref": "A-B"}),
            json!({"secret_ref": ""}),
            json!({"secret_ref": token}),
            json!({"secret_ref": "0123456789abcdef0123456789abcdef01234567"}),
            json!({"secret_ref": "OCTOPOOL_ADMIN_TOKEN"}),
            json!({"secret_ref": "DB"}),
        ] {
            let import = import(&json!([pat(&changes)]), &json!({}));
            let found = json!(import.findings).to_string();
            assert_eq!(import.desired.pools["team"].identities.len(), 0, "{changes}");
            assert!(!import.findings.left_out.is_empty() && import.secrets.is_empty(), "{changes}");
            assert!(!found.contains("a1a1a1") && !found.contains("0123456789abcdef"), "{found}");
        }
        let twice = import(&json!([pat(&json!({})), pat(&json!({"weight": 7}))]), &json!({}));
        assert_eq!((declared(&twice)["weight"].clone(), twice.findings.left_out.len()), (json!(100), 1));
    }

    #[test]
    fn what_the_server_has_is_updated_and_not_moved_replaced_or_enabled() {
        let state = |pool: &str, identity: Value| json!({"pools": {pool: {"policy": {}, "identities": {"mona": identity}}}});
        let here = pat(&json!({}));
        let known = json!({
            "login": "old", "secret_ref": "OLD", "status": "disabled",
            "scopes": [{"owner": "umbrella", "allow_private": false}],
        });
        let updated = import(&json!([here]), &state("team", known.clone()));
        let declared = declared(&updated);
        assert_eq!((&declared["login"], &declared["status"]), (&json!("mona"), &json!("disabled")));
        assert_eq!(declared["scopes"].as_array().unwrap().len(), 2);
        let app = json!({"kind": "github_app", "login": "app[bot]", "secret_ref": "K", "installation_id": 5});
        for (pool, identity) in [("other", known), ("team", app)] {
            let import = import(&json!([here]), &state(pool, identity.clone()));
            let kept = &import.desired.pools[pool].identities["mona"];
            assert_eq!(json!(kept)["secret_ref"], identity["secret_ref"]);
            assert_eq!(import.findings.left_out.len(), 1, "{pool}");
        }
    }
}
