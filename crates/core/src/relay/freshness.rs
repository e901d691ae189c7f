//! For how long an answer counts.

use serde_json::Value;

/// What kind of thing a route answers, by how fast it changes (contract, section 6, "Cache").
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Freshness {
    /// Named by the digest of what it is.
    Immutable,
    /// Users, licences, tags, a release by its tag or id.
    Reference,
    /// One repository.
    Repository,
    /// Lists of pulls and issues.
    List,
    /// One pull request.
    Pull,
    /// One issue.
    Issue,
    /// Lists of commits, compare, releases, comments, reviews, labels and what else people write.
    Discussion,
    /// Branches and refs.
    Ref,
    /// A file, a folder or the readme at the `ref` parameter.
    Tree,
    /// The commit that a branch, a tag or a digest names.
    Commit,
    /// A Git object.
    Object,
    /// Lists of workflow runs, jobs, artifacts, checks and statuses. A new one can start at any
    /// time.
    Runs,
    /// One workflow run, job or check.
    Run,
    /// What GitHub computes in the background.
    Statistics,
    /// Search.
    Search,
    /// Not shared at all.
    Never,
}

impl Freshness {
    /// The class of an answer whose path ends with this name and that has this `ref`: what a whole
    /// digest names does not change.
    pub(super) fn of(self, named: Option<&str>, reference: Option<&str>) -> Self {
        let digest = match self {
            Self::Tree => reference,
            Self::Commit | Self::Object => named,
            Self::Immutable
            | Self::Reference
            | Self::Repository
            | Self::List
            | Self::Pull
            | Self::Issue
            | Self::Discussion
            | Self::Ref
            | Self::Runs
            | Self::Run
            | Self::Statistics
            | Self::Search
            | Self::Never => None,
        };
        if digest.is_some_and(is_digest) { Self::Immutable } else { self }
    }
}

/// A whole digest of Git: SHA-1 or SHA-256. Shorter ones, and names that look like one, can come to
/// mean another commit.
fn is_digest(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is looked at of a successful answer.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The status.
    pub status: u16,
    /// `X-GitHub-SSO`. `partial-results` says that the identity does not see all that there is.
    pub sso: Option<&'a str>,
    /// The body; null if it is not JSON.
    pub body: &'a Value,
}

/// For how long an answer counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Life {
    /// It is for the one who asked only.
    Unshared,
    /// It says "not yet", or what will be another answer in a moment: fresh for so many seconds,
    /// and never served after them.
    Provisional(i64),
    /// It is fresh for so many seconds, and may be served as stale after them ([`stale_seconds`]).
    Fresh(i64),
}

/// However old it may get, an answer is not served as stale after a day.
pub const STALE_LIMIT_SECONDS: i64 = 24 * 3600;

/// For how many seconds a provisional answer is shared; the contract allows 15. A repository
/// without checks has an empty list for good, and clients that wait for its first check ask every
/// few seconds.
pub(super) const PROVISIONAL_SECONDS: i64 = 10;

/// For how long an answer counts. The body decides where what is settled changes less than what is
/// not, and where it says that there is no answer yet.
pub fn life(class: Freshness, seen: &Seen<'_>) -> Life {
    let body = seen.body;
    if class == Freshness::Never || is_partial(seen) {
        return Life::Unshared;
    }
    if is_provisional(class, body) {
        return Life::Provisional(PROVISIONAL_SECONDS);
    }
    Life::Fresh(match class {
        Freshness::Never => return Life::Unshared,
        Freshness::Immutable => 86_400,
        Freshness::Reference | Freshness::Statistics => 3600,
        Freshness::Pull | Freshness::Issue if is_closed(body) => 3600,
        Freshness::Repository => 600,
        Freshness::Run if is_settled(body) => 300,
        Freshness::Discussion | Freshness::Issue | Freshness::Tree | Freshness::Object => 300,
        Freshness::Pull | Freshness::Ref | Freshness::Commit | Freshness::Search => 120,
        Freshness::List | Freshness::Runs | Freshness::Run => 60,
    })
}

/// For how many seconds after it was fetched an answer may be served while no identity can ask
/// anew.
pub fn stale_seconds(fresh_seconds: i64) -> i64 {
    // What is fresh for a day is not past its limit while it is fresh.
    fresh_seconds.saturating_mul(10).min(STALE_LIMIT_SECONDS).max(fresh_seconds)
}

/// Whether asking again now can get a better answer: GitHub still computes (202), gave up early,
/// left out what the identity may not see, or has not decided whether a pull request can be merged.
fn is_partial(seen: &Seen<'_>) -> bool {
    let partial_sso =
        seen.sso.is_some_and(|sso| sso.trim_start().to_ascii_lowercase().starts_with("partial-results"));
    let undecided = |pull: &Value| {
        // A closed pull request has no answer to this, and never will.
        pull["state"] != "closed"
            && (pull.get("mergeable").is_some_and(Value::is_null) || pull["mergeable_state"] == "unknown")
    };
    seen.status == 202
        || partial_sso
        || seen.body["incomplete_results"] == true
        || one_or_all(seen.body).any(undecided)
}

/// Whether an answer says that something is about to come.
fn is_provisional(class: Freshness, body: &Value) -> bool {
    match class {
        // Right after a push all of these are empty.
        Freshness::Runs => {
            let lists = ["workflow_runs", "jobs", "check_runs", "check_suites", "statuses", "artifacts"];
            let is_empty = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
            is_empty(body) || lists.iter().any(|list| is_empty(&body[*list])) || body["total_count"] == 0
        }
        // GitHub computes them after the first question, and some come empty instead of 202.
        Freshness::Statistics => match body {
            Value::Array(all) => all.is_empty(),
            Value::Object(all) => all.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        },
        Freshness::Immutable
        | Freshness::Reference
        | Freshness::Repository
        | Freshness::List
        | Freshness::Pull
        | Freshness::Issue
        | Freshness::Discussion
        | Freshness::Ref
        | Freshness::Tree
        | Freshness::Commit
        | Freshness::Object
        | Freshness::Run
        | Freshness::Search
        | Freshness::Never => one_or_all(body).any(|one| is_unverified(one) || is_uploading(one)),
    }
}

/// Whether GitHub could not check a commit's or a tag's signature this time
/// (<https://docs.github.com/en/rest/git/commits#get-a-commit-object>).
fn is_unverified(commit: &Value) -> bool {
    let unavailable = |verification: &Value| {
        matches!(verification["reason"].as_str(), Some("gpgverify_error" | "gpgverify_unavailable"))
    };
    unavailable(&commit["verification"]) || unavailable(&commit["commit"]["verification"])
}

/// Whether a file of a release is still on its way
/// (<https://docs.github.com/en/rest/releases/assets>).
fn is_uploading(release: &Value) -> bool {
    let uploading = |asset: &Value| asset["state"] == "open" || asset["state"] == "starter";
    let is_asset = release.get("browser_download_url").is_some();
    is_asset && uploading(release)
        || release["assets"].as_array().is_some_and(|assets| assets.iter().any(uploading))
}

/// The body itself, or the items of a list.
fn one_or_all(body: &Value) -> impl Iterator<Item = &Value> {
    let items = body.as_array().or_else(|| body["items"].as_array());
    let one = if items.is_some() { None } else { Some(body) };
    one.into_iter().chain(items.into_iter().flatten())
}

fn is_closed(body: &Value) -> bool {
    body["state"] == "closed" || body["merged"] == true
}

/// Whether one run, job or check is over. What cannot be told apart is taken to run; a conclusion
/// may come after the status.
fn is_settled(body: &Value) -> bool {
    body["status"] == "completed" && !body.get("conclusion").is_some_and(Value::is_null)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Freshness, Life, Seen, life, stale_seconds};

    fn of(class: Freshness, body: &Value) -> Life {
        life(class, &Seen { status: 200, sso: None, body })
    }

    #[test]
    fn what_is_settled_is_fresh_for_longer() {
        for (class, body, seconds) in [
            (Freshness::Pull, json!({"state": "open", "merged": false, "mergeable": true}), 120),
            (Freshness::Pull, json!({"state": "closed", "merged": true, "mergeable": null}), 3600),
            (Freshness::Issue, json!({"state": "open"}), 300),
            (Freshness::Issue, json!({"state": "closed"}), 3600),
            (Freshness::Run, json!({"status": "in_progress", "conclusion": null}), 60),
            (Freshness::Run, json!({"status": "completed", "conclusion": "failure"}), 300),
            (Freshness::Run, json!({"status": "completed", "conclusion": null}), 60),
            (Freshness::Run, json!({"status": null}), 60),
            (Freshness::Run, json!({}), 60),
            (Freshness::Runs, json!({"workflow_runs": [{"status": "completed"}]}), 60),
            (Freshness::Runs, json!({"total_count": 1, "check_runs": [{"status": "completed"}]}), 60),
            (Freshness::Runs, json!({"state": "success", "statuses": [{"state": "success"}]}), 60),
            (Freshness::Runs, json!([{"state": "success"}]), 60),
            (Freshness::Statistics, json!([{"total": 1}]), 3600),
            (Freshness::Repository, json!({}), 600),
            (Freshness::Tree, json!([]), 300),
            (Freshness::Commit, json!({"commit": {"verification": {"reason": "unsigned"}}}), 120),
            (Freshness::Immutable, json!({}), 86_400),
            (Freshness::Reference, json!({"assets": [{"state": "uploaded"}]}), 3600),
            (Freshness::List, json!([]), 60),
            (Freshness::Search, json!({"items": [], "incomplete_results": false}), 120),
        ] {
            assert_eq!(of(class, &body), Life::Fresh(seconds), "{class:?} {body}");
        }
        assert_eq!(of(Freshness::Never, &json!({})), Life::Unshared);
    }

    #[test]
    fn what_says_not_yet_is_not_kept_for_long() {
        for body in [
            json!([]),
            json!({"total_count": 0, "workflow_runs": []}),
            json!({"total_count": 0, "jobs": []}),
            json!({"total_count": 0, "check_runs": []}),
            json!({"total_count": 0, "check_suites": []}),
            json!({"total_count": 0, "artifacts": []}),
            json!({"state": "pending", "total_count": 0, "statuses": []}),
            json!({"total_count": 30, "check_runs": []}),
        ] {
            assert!(
                matches!(of(Freshness::Runs, &body), Life::Provisional(seconds) if seconds <= 15),
                "{body}"
            );
        }
        for (class, body) in [
            (Freshness::Statistics, json!([])),
            (Freshness::Statistics, json!({})),
            (Freshness::Immutable, json!({"commit": {"verification": {"reason": "gpgverify_unavailable"}}})),
            (Freshness::Discussion, json!([{"commit": {"verification": {"reason": "gpgverify_error"}}}])),
            (Freshness::Object, json!({"verification": {"reason": "gpgverify_error"}})),
            (Freshness::Reference, json!({"assets": [{"state": "starter"}]})),
            (Freshness::Discussion, json!([{"state": "open", "browser_download_url": "x"}])),
        ] {
            assert!(matches!(of(class, &body), Life::Provisional(_)), "{class:?} {body}");
        }
    }

    #[test]
    fn what_the_next_question_may_know_better_is_not_shared() {
        for (class, body) in [
            (Freshness::Pull, json!({"state": "open", "mergeable": null})),
            (Freshness::Pull, json!({"state": "open", "mergeable": true, "mergeable_state": "unknown"})),
            (
                Freshness::List,
                json!([{"state": "open", "mergeable": true}, {"state": "open", "mergeable": null}]),
            ),
            (Freshness::Search, json!({"items": [], "incomplete_results": true})),
        ] {
            assert_eq!(of(class, &body), Life::Unshared, "{class:?} {body}");
        }
        let body = &json!([]);
        for (status, sso) in
            [(202, None), (200, Some("partial-results; organizations=1,2")), (200, Some("Partial-Results"))]
        {
            assert_eq!(
                life(Freshness::List, &Seen { status, sso, body }),
                Life::Unshared,
                "{status} {sso:?}"
            );
        }
    }

    #[test]
    fn stale_is_ten_times_as_long_but_a_day_at_most() {
        assert_eq!([60, 3600, 10_000, 86_400].map(stale_seconds), [600, 36_000, 86_400, 86_400]);
    }
}
