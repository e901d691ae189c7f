//! For how long an answer counts.

use serde_json::Value;

/// What kind of thing a route answers, by how fast it changes (contract, section 6, "Cache").
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Freshness {
    /// Named by the digest of what it is.
    Immutable,
    /// Users, licences, readme, contents, tags, releases.
    Reference,
    /// One repository.
    Repository,
    /// Lists of pulls and issues.
    List,
    /// One pull request.
    Pull,
    /// One issue.
    Issue,
    /// Commits, compare, comments, reviews, labels and what else people write.
    Discussion,
    /// Branches and refs.
    Ref,
    /// Workflow runs, jobs, checks, statuses.
    Run,
    /// Search.
    Search,
    /// Not shared at all.
    Never,
}

/// However old it may get, an answer is not served as stale after a day.
pub const STALE_LIMIT_SECONDS: i64 = 24 * 3600;

/// For how many seconds this answer is fresh; `None` if it is not shared. The body decides where what is settled changes less than
/// what is not.
pub fn fresh_seconds(class: Freshness, body: &Value) -> Option<i64> {
    Some(match class {
        Freshness::Immutable => 86_400,
        Freshness::Reference => 3600,
        Freshness::Pull | Freshness::Issue if is_closed(body) => 3600,
        Freshness::Repository => 600,
        Freshness::Run if is_settled(body) => 300,
        Freshness::Discussion | Freshness::Issue => 300,
        Freshness::Pull | Freshness::Ref | Freshness::Search => 120,
        Freshness::List | Freshness::Run => 60,
        Freshness::Never => return None,
    })
}

/// For how many seconds after it was fetched an answer may be served while no identity can ask anew.
pub fn stale_seconds(fresh_seconds: i64) -> i64 {
    // What is fresh for a day is not past its limit while it is fresh.
    fresh_seconds.saturating_mul(10).min(STALE_LIMIT_SECONDS).max(fresh_seconds)
}

fn is_closed(body: &Value) -> bool {
    body["state"] == "closed" || body["merged"] == true
}

/// Whether nothing in the body still runs. What cannot be told apart is taken to run.
fn is_settled(body: &Value) -> bool {
    let lists = ["workflow_runs", "jobs", "check_runs", "check_suites"];
    if let Some(items) = lists.iter().find_map(|list| body[*list].as_array()) {
        return items.iter().all(is_settled);
    }
    if let Some(statuses) = body.as_array() {
        return statuses.iter().all(is_settled);
    }
    match (&body["status"], &body["state"]) {
        (Value::String(status), _) => status == "completed",
        (_, Value::String(state)) => matches!(state.as_str(), "success" | "failure" | "error"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Freshness, fresh_seconds, stale_seconds};

    #[test]
    fn what_is_settled_is_fresh_for_longer() {
        for (class, body, seconds) in [
            (Freshness::Pull, json!({"state": "open", "merged": false}), 120),
            (Freshness::Pull, json!({"state": "closed", "merged": true}), 3600),
            (Freshness::Issue, json!({"state": "open"}), 300),
            (Freshness::Issue, json!({"state": "closed"}), 3600),
            (Freshness::Run, json!({"status": "in_progress"}), 60),
            (Freshness::Run, json!({"status": "completed", "conclusion": "failure"}), 300),
            (Freshness::Run, json!({"workflow_runs": [{"status": "completed"}, {"status": "queued"}]}), 60),
            (Freshness::Run, json!({"check_runs": [{"status": "completed"}]}), 300),
            (Freshness::Run, json!({"state": "pending", "statuses": []}), 60),
            (Freshness::Run, json!({"state": "success"}), 300),
            (Freshness::Run, json!([{"state": "success"}, {"state": "pending"}]), 60),
            (Freshness::Run, json!({}), 60),
            (Freshness::Repository, json!({}), 600),
            (Freshness::List, json!([]), 60),
        ] {
            assert_eq!(fresh_seconds(class, &body), Some(seconds), "{class:?} {body}");
        }
        assert_eq!(fresh_seconds(Freshness::Never, &json!({})), None);
    }

    #[test]
    fn stale_is_ten_times_as_long_but_a_day_at_most() {
        assert_eq!([60, 3600, 10_000, 86_400].map(stale_seconds), [600, 36_000, 86_400, 86_400]);
    }
}
