//! What is taken out of an answer before anybody else may see it: what GitHub only says because of who asked.

use serde_json::{Map, Value};

/// Fields of a repository that are about the asking identity, or that GitHub shows only to who may push or administrate
/// (<https://docs.github.com/en/rest/repos/repos#get-a-repository>).
const OF_REPOSITORY: [&str; 15] = [
    "permissions",
    "temp_clone_token",
    "role_name",
    "security_and_analysis",
    "allow_auto_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_squash_merge",
    "allow_update_branch",
    "delete_branch_on_merge",
    "merge_commit_message",
    "merge_commit_title",
    "squash_merge_commit_message",
    "squash_merge_commit_title",
    "use_squash_pr_title_as_default",
];
/// Fields of an account that GitHub shows to the account itself.
const OF_ACCOUNT: [&str; 10] = [
    "notification_email",
    "private_gists",
    "total_private_repos",
    "owned_private_repos",
    "disk_usage",
    "collaborators",
    "two_factor_authentication",
    "business_plus",
    "ldap_dn",
    "plan",
];

/// What is left of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cleaned {
    /// All of it.
    Unchanged,
    /// Less than there was.
    Changed,
    /// All of it, but only for who asked: it is secret to who does not know its id.
    Unshared,
    /// Nothing: it is not public at all.
    Hidden,
}

/// Cleans the body of a successful answer (contract, section 6, "Hygiene").
pub fn clean(kind: &str, body: &mut Value) -> Cleaned {
    let changed = match kind {
        "repo_view" => {
            if body["private"] == true {
                return Cleaned::Hidden;
            }
            strip_repository(body)
        }
        "user_view" => strip(body, &OF_ACCOUNT),
        "release_view" => {
            if body["draft"] == true {
                return Cleaned::Hidden;
            }
            false
        }
        "gist_view" if body["public"] == false => return Cleaned::Unshared,
        // GitHub lists an account's own secret gists to it.
        "user_gists" => keep(body.as_array_mut(), |gist| gist["public"] == true),
        "release_assets" => match body {
            Value::Array(assets) => keep(Some(assets), |asset| !is_of_a_draft(asset)),
            asset if is_of_a_draft(asset) => return Cleaned::Hidden,
            _ => false,
        },
        "release_list" => keep(body.as_array_mut(), |release| release["draft"] != true),
        // An identity sees the private repositories of its own organization in these lists.
        "user_repos" | "org_repos" | "repo_lists" => public_repositories(body.as_array_mut()),
        "search_repositories" => public_repositories(body.get_mut("items").and_then(Value::as_array_mut)),
        // And the private events of its own account.
        "user_events" | "org_events" => keep(body.as_array_mut(), |event| event["public"] != false),
        _ => false,
    };
    if changed { Cleaned::Changed } else { Cleaned::Unchanged }
}

fn public_repositories(list: Option<&mut Vec<Value>>) -> bool {
    let Some(list) = list else { return false };
    let dropped = keep(Some(list), |repository| repository["private"] != true);
    list.iter_mut().fold(dropped, |changed, repository| strip_repository(repository) || changed)
}

/// A draft has no tag yet, and its files are at an address that says so.
fn is_of_a_draft(asset: &Value) -> bool {
    asset["browser_download_url"].as_str().is_some_and(|url| url.contains("/releases/download/untagged-"))
}

/// Takes out what is not for everybody, and the repositories in it (a template's, say) that are not.
fn strip_repository(repository: &mut Value) -> bool {
    let mut hidden = false;
    if let Value::Object(object) = repository {
        let before = object.len();
        object.retain(|_, inner| inner["private"] != true);
        hidden = object.len() != before;
    }
    strip(repository, &OF_REPOSITORY) || hidden
}

/// Drops the items that are not wanted; whether there were any.
fn keep(list: Option<&mut Vec<Value>>, wanted: impl Fn(&Value) -> bool) -> bool {
    let Some(list) = list else { return false };
    let before = list.len();
    list.retain(wanted);
    list.len() != before
}

/// Takes fields out of an object and of the objects in it: a fork carries its parent.
fn strip(value: &mut Value, fields: &[&str]) -> bool {
    let Value::Object(object) = value else { return false };
    let found = fields.iter().filter(|field| Map::remove(object, **field).is_some()).count();
    object.values_mut().fold(found > 0, |changed, inner| strip(inner, fields) || changed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cleaned, clean};

    #[test]
    fn what_depends_on_who_asked_is_taken_out() {
        for (kind, before, after) in [
            (
                "repo_view",
                json!({"id": 1, "private": false, "permissions": {"admin": true}, "temp_clone_token": "x",
                       "role_name": "admin", "parent": {"id": 2, "permissions": {}}}),
                json!({"id": 1, "private": false, "parent": {"id": 2}}),
            ),
            ("user_view", json!({"login": "mona", "plan": {}, "private_gists": 3}), json!({"login": "mona"})),
            (
                "release_list",
                json!([{"id": 1, "draft": true}, {"id": 2, "draft": false}]),
                json!([{"id": 2, "draft": false}]),
            ),
            (
                "org_repos",
                json!([{"id": 1, "private": true}, {"id": 2, "private": false, "permissions": {}}]),
                json!([{"id": 2, "private": false}]),
            ),
            ("search_repositories", json!({"items": [{"private": true}]}), json!({"items": []})),
            (
                "user_events",
                json!([{"id": "1", "public": false}, {"id": "2", "public": true}]),
                json!([{"id": "2", "public": true}]),
            ),
        ] {
            let mut body = before.clone();
            assert_eq!(clean(kind, &mut body), Cleaned::Changed, "{kind}");
            assert_eq!(body, after, "{kind}");
            assert_eq!(clean(kind, &mut body), Cleaned::Unchanged, "{kind}: twice");
        }
    }

    #[test]
    fn what_is_not_public_is_not_there() {
        assert_eq!(clean("release_view", &mut json!({"draft": true})), Cleaned::Hidden);
        assert_eq!(clean("repo_view", &mut json!({"private": true})), Cleaned::Hidden);
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for (kind, body) in [
            ("pr_view", json!({"head": {"repo": {"permissions": {}}}})),
            ("repo_view", json!("text")),
            ("release_list", json!({"message": "x"})),
        ] {
            let mut after = body.clone();
            assert_eq!(clean(kind, &mut after), Cleaned::Unchanged);
            assert_eq!(after, body);
        }
    }
}
