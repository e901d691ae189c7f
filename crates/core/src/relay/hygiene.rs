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

/// What the body of a route's answer may hold. Every route states it (`routes.rs`), and there is no default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holds {
    /// Facts that name no other repository and no account beyond a public profile: languages, labels, files, Git objects.
    Facts,
    /// An account, with fields that GitHub shows to the account itself.
    Account,
    /// Short forms of accounts and teams.
    Accounts,
    /// The repository that was asked for.
    Repository,
    /// Repositories, in a list or in the `items` of a search.
    Repositories,
    /// Events of accounts, organizations or repositories.
    Events,
    /// One gist.
    Gist,
    /// Gists of an account.
    Gists,
    /// One release, or a list of them.
    Releases,
    /// One file of a release, or a list of them.
    Assets,
    /// One pull request, or a list of them.
    Pulls,
    /// One issue, a list of them, or the `items` of a search.
    Issues,
    /// Comments and reactions.
    Discussion,
    /// Reviews of a pull request and their comments.
    Reviews,
    /// Events and timelines of issues.
    IssueEvents,
    /// Commits, comparisons and branches.
    Commits,
    /// Commit statuses.
    Statuses,
    /// Check runs and check suites.
    Checks,
    /// Workflow runs, jobs and artifacts.
    Runs,
    /// Deployments, whose `payload` users wrote.
    Deployments,
    /// Found code, with its repository.
    Code,
    /// Bytes, no JSON: a log or an archive.
    Bytes,
    /// Nothing: the route is never served.
    Nothing,
}

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
pub fn clean(holds: Holds, body: &mut Value) -> Cleaned {
    let changed = match holds {
        Holds::Repository => {
            if body["private"] == true {
                return Cleaned::Hidden;
            }
            strip_repository(body)
        }
        Holds::Account => strip(body, &OF_ACCOUNT),
        Holds::Gist if body["public"] == false => return Cleaned::Unshared,
        // GitHub lists an account's own secret gists to it.
        Holds::Gists => keep(body.as_array_mut(), |gist| gist["public"] == true),
        Holds::Releases => match body {
            Value::Array(releases) => keep(Some(releases), |release| release["draft"] != true),
            release if release["draft"] == true => return Cleaned::Hidden,
            _ => false,
        },
        Holds::Assets => match body {
            Value::Array(assets) => keep(Some(assets), |asset| !is_of_a_draft(asset)),
            asset if is_of_a_draft(asset) => return Cleaned::Hidden,
            _ => false,
        },
        // An identity sees the private repositories of its own organization in these lists.
        Holds::Repositories if body.is_array() => public_repositories(body.as_array_mut()),
        Holds::Repositories => public_repositories(body.get_mut("items").and_then(Value::as_array_mut)),
        // And the private events of its own account.
        Holds::Events => keep(body.as_array_mut(), |event| event["public"] != false),
        Holds::Facts
        | Holds::Accounts
        | Holds::Gist
        | Holds::Pulls
        | Holds::Issues
        | Holds::Discussion
        | Holds::Reviews
        | Holds::IssueEvents
        | Holds::Commits
        | Holds::Statuses
        | Holds::Checks
        | Holds::Runs
        | Holds::Deployments
        | Holds::Code
        | Holds::Bytes
        | Holds::Nothing => false,
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

    use super::{Cleaned, Holds, clean};

    #[test]
    fn what_depends_on_who_asked_is_taken_out() {
        for (kind, before, after) in [
            (
                Holds::Repository,
                json!({"id": 1, "private": false, "permissions": {"admin": true}, "temp_clone_token": "x",
                       "role_name": "admin", "parent": {"id": 2, "permissions": {}}}),
                json!({"id": 1, "private": false, "parent": {"id": 2}}),
            ),
            (
                Holds::Account,
                json!({"login": "mona", "plan": {}, "private_gists": 3}),
                json!({"login": "mona"}),
            ),
            (
                Holds::Releases,
                json!([{"id": 1, "draft": true}, {"id": 2, "draft": false}]),
                json!([{"id": 2, "draft": false}]),
            ),
            (
                Holds::Repositories,
                json!([{"id": 1, "private": true}, {"id": 2, "private": false, "permissions": {}}]),
                json!([{"id": 2, "private": false}]),
            ),
            (Holds::Repositories, json!({"items": [{"private": true}]}), json!({"items": []})),
            (
                Holds::Events,
                json!([{"id": "1", "public": false}, {"id": "2", "public": true}]),
                json!([{"id": "2", "public": true}]),
            ),
        ] {
            let mut body = before.clone();
            assert_eq!(clean(kind, &mut body), Cleaned::Changed, "{kind:?}");
            assert_eq!(body, after, "{kind:?}");
            assert_eq!(clean(kind, &mut body), Cleaned::Unchanged, "{kind:?}: twice");
        }
    }

    #[test]
    fn what_is_not_public_is_not_there() {
        assert_eq!(clean(Holds::Releases, &mut json!({"draft": true})), Cleaned::Hidden);
        assert_eq!(clean(Holds::Repository, &mut json!({"private": true})), Cleaned::Hidden);
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for (kind, body) in [
            (Holds::Pulls, json!({"head": {"repo": {"permissions": {}}}})),
            (Holds::Repository, json!("text")),
            (Holds::Releases, json!({"message": "x"})),
        ] {
            let mut after = body.clone();
            assert_eq!(clean(kind, &mut after), Cleaned::Unchanged);
            assert_eq!(after, body);
        }
    }
}
