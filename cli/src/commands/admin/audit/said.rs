//! What happened in an audit event, as a sentence for people. The whole detail is in `--json` and
//! in the export.

use octopool_api_types::{AuditEvent, Scope};
use octopool_core::AuditAction;
use serde_json::{Map, Value};

use crate::commands::admin::identities::scope;

/// The sentences of an action, the most specific first: the first whose every `{field}` is a value
/// in the detail is said. `{changes}` stands for the fields that changed, with what they were.
const fn sentences(action: AuditAction) -> &'static [&'static str] {
    match action {
        AuditAction::AdminTokenCreate => &[
            "for pool {pool}, expires {expires_at}",
            "for every pool, expires {expires_at}",
            "for pool {pool}",
            "for every pool",
        ],
        AuditAction::AdminTokenRevoke => &["revoked"],
        AuditAction::AuditCut => &["removed {removed} events before {before}"],
        AuditAction::AdminDenied | AuditAction::CallerDenied | AuditAction::LoginRefused => {
            &["refused {route}: {code}"]
        }
        AuditAction::CallerAddClient => &["added client {client} of GitHub id {github_user_id}"],
        AuditAction::CallerCreate => &["created {github_login}"],
        AuditAction::CallerDelete => &["deleted {github_login}"],
        AuditAction::CallerGrantPool => &["GitHub id {github_user_id} may use pool {pool}"],
        AuditAction::CallerLogin => &["{github_login} logged in from client {client}"],
        AuditAction::CallerProvision => {
            &["{github_login} may use the pool, with a token for client {client}"]
        }
        AuditAction::CallerReplaceClient => {
            &["gave client {client} of GitHub id {github_user_id} a newer token"]
        }
        AuditAction::CallerRevokeClient => &["revoked client {client} of {github_login}"],
        AuditAction::CallerRevokePool => &[
            "{github_login} may no longer use pool {pool}",
            "GitHub id {github_user_id} may no longer use pool {pool}",
        ],
        AuditAction::CallerUpdate => &["{github_login}: {changes}", "{changes}"],
        AuditAction::IdentityDelete => &["deleted {login} with secret {secret_ref}"],
        AuditAction::IdentityRegister => &[
            "{login} with secret {secret_ref} for {scopes}",
            "{login} with secret {secret_ref}",
            "again: {changes}",
            "again, unchanged",
        ],
        AuditAction::IdentityUpdate | AuditAction::PoolUpdate => &["{changes}"],
        AuditAction::PoolCreate => &["created"],
        AuditAction::PoolDelete => &["deleted"],
    }
}

/// The sentence; for an action of a newer server, or a detail of another form, the detail itself.
pub(super) fn said(event: &AuditEvent) -> String {
    let sentence = AuditAction::find(&event.action).and_then(|action| {
        let detail = event.detail.as_object()?;
        sentences(action).iter().find_map(|sentence| fill(sentence, detail))
    });
    sentence.unwrap_or_else(|| event.detail.to_string())
}

/// `None` if a field of the sentence is not in the detail.
fn fill(sentence: &str, detail: &Map<String, Value>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let (field, after) = after.split_once('}')?;
        let value = if field == "changes" { changes(detail) } else { value(detail.get(field)?) };
        filled.extend([before, value?.as_str()]);
        rest = after;
    }
    Some(filled + rest)
}

/// A value in a sentence; `None` for one that is missing, or a change.
fn value(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) if items.is_empty() => Some("nothing".to_owned()),
        Value::Array(items) => Some(items.iter().map(item).collect::<Vec<_>>().join(", ")),
    }
}

fn item(item: &Value) -> String {
    match serde_json::from_value::<Scope>(item.clone()) {
        Ok(served) => scope(&served),
        Err(_) => value(item).unwrap_or_else(|| item.to_string()),
    }
}

/// Every field that changed, with what it was and is: `weight 100 → 55`.
fn changes(detail: &Map<String, Value>) -> Option<String> {
    let changed = detail.iter().flat_map(|(field, change)| match (change.get("from"), change.get("to")) {
        (Some(from), Some(to)) => differences(field, from, to),
        _ => Vec::new(),
    });
    let changed: Vec<_> = changed.collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}

/// Of two objects, such as policies, the keys that differ.
fn differences(field: &str, from: &Value, to: &Value) -> Vec<String> {
    let written =
        |it: &Value| value(it).unwrap_or_else(|| if it.is_null() { "none" } else { "set" }.to_owned());
    let (Some(old), Some(new)) = (from.as_object(), to.as_object()) else {
        return vec![format!("{field} {} → {}", written(from), written(to))];
    };
    let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    let changed = keys.filter(|key| old.get(*key) != new.get(*key));
    let of = |object: &Map<String, Value>, key: &String| written(object.get(key).unwrap_or(&Value::Null));
    changed.map(|key| format!("{key} {} → {}", of(old, key), of(new, key))).collect()
}

#[cfg(test)]
mod tests {
    use octopool_core::AuditAction;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::said;

    fn sentence(action: &str, detail: &Value) -> String {
        let event = json!({"seq": 1, "at": "", "actor": "admin", "action": action, "pool": null, "subject": "x",
            "request_id": "r", "detail": detail, "digest": null});
        said(&serde_json::from_value(event).unwrap())
    }

    #[test]
    fn an_event_is_a_sentence() {
        let policy = |owner: &str, search: bool| json!({"allowed_owners": [owner], "allow_search": search});
        for (action, detail, expected) in [
            ("admin_token.create", json!({"pool": null, "expires_at": null}), "for every pool"),
            (
                "admin_token.create",
                json!({"pool": "team", "expires_at": "2027-01-01T00:00:00Z"}),
                "for pool team, expires 2027-01-01T00:00:00Z",
            ),
            (
                "caller.login",
                json!({"github_login": "mona", "client": "laptop"}),
                "mona logged in from client laptop",
            ),
            (
                "caller.update",
                json!({"github_login": "mona", "status": {"from": "active", "to": "disabled"}}),
                "mona: status active → disabled",
            ),
            (
                "identity.update",
                json!({"weight": {"from": 100, "to": 55}, "app_id": {"from": null, "to": 7}}),
                "app_id none → 7, weight 100 → 55",
            ),
            ("identity.register", json!({"created": false}), "again, unchanged"),
            (
                "identity.register",
                json!({"created": false, "login": {"from": "a", "to": "b"}}),
                "again: login a → b",
            ),
            (
                "identity.register",
                json!({"created": true, "login": "mona", "secret_ref": "PAT", "scopes": [
                    {"owner": "acme", "repo": null, "allow_private": false},
                    {"owner": "acme", "repo": "rocket", "allow_private": true}]}),
                "mona with secret PAT for acme, acme/rocket (private too)",
            ),
            (
                "pool.update",
                json!({"policy": {"from": policy("acme", true), "to": policy("umbrella", true)}}),
                "allowed_owners acme → umbrella",
            ),
            (
                "auth.admin_denied",
                json!({"code": "invalid_admin_auth", "route": "/v1/admin/pools"}),
                "refused /v1/admin/pools: invalid_admin_auth",
            ),
            ("future.action", json!({"a": [1]}), "{\"a\":[1]}"),
            ("caller.login", json!({"of": "another form"}), "{\"of\":\"another form\"}"),
            ("caller.login", json!(7), "7"),
        ] {
            assert_eq!(sentence(action, &detail), expected, "{action}");
        }
    }

    proptest! {
        #[test]
        fn no_detail_panics(text in "[{}a-z→]{0,20}", number in any::<i64>()) {
            for action in AuditAction::ALL {
                let field = json!({"from": text, "to": {"policy": number}});
                drop(sentence(action.as_str(), &json!({"github_login": text, "client": field, "changes": number})));
            }
        }
    }
}
