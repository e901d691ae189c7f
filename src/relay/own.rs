//! Answers that the pool gives itself. GitHub is not asked for them.

use std::collections::HashSet;

use octopool_core::relay::{Budget, CacheOutcome, FallbackReason, PoolRate, Repository};
use octopool_core::{PoolId, Timestamp};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Relayed};
use super::budget;
use super::error::RelayError;
use super::question::Question;
use super::sql::ServingIdentity;
use crate::app::App;
use crate::ports::CoordinatorError;
use crate::ports::coordinator::{CoordinatorReply, CoordinatorRequest, Health};

/// Where GitHub's API is described.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// `/rate_limit`: what the pool's identities have left together, by what the coordinator knows. It
/// costs one call to the coordinator and GitHub nothing.
pub(super) async fn rate_limit(
    app: &App,
    pool: &PoolId,
    identities: &[&ServingIdentity],
) -> Result<Relayed, RelayError> {
    let CoordinatorReply::Health(health) =
        app.ports.coordinators.ask(pool, CoordinatorRequest::Health).await?
    else {
        return Err(CoordinatorError("it was asked for the health and said something else".to_owned()).into());
    };
    let rates = Budget::ALL.map(|budget| (budget, pool_rate(app, budget, identities, &health)));
    let mut resources = Map::new();
    for (budget, rate) in &rates {
        resources.insert(budget.resource().as_str().to_owned(), view(*rate));
    }
    let core = rates.iter().find(|(budget, _)| *budget == Budget::Core).map(|(_, rate)| *rate);
    // `rate` is the old name of `core`, which clients still read.
    let body = json!({ "resources": resources, "rate": core.map(view) });
    let answer = Answer::of_ours(200, Vec::new(), &body, app.now());
    Ok(Relayed {
        pool_rate: core.map(|rate| (Budget::Core, rate)),
        ..Relayed::new(answer, CacheOutcome::Bypass)
    })
}

/// The sum over the identities that do not cool down. Those that share a budget count once.
fn pool_rate(app: &App, budget: Budget, identities: &[&ServingIdentity], health: &Health) -> PoolRate {
    let (now, resource) = (app.now(), budget.resource());
    let budgets: Vec<_> = identities.iter().map(|identity| budget::of_identity(app, identity)).collect();
    let mut seen = HashSet::new();
    let usable = budgets
        .iter()
        .filter(|budget| seen.insert(budget.as_str()))
        .map(|budget| health.budgets.get(budget))
        .filter(|known| known.is_none_or(|state| state.cooldown_until.is_none_or(|until| until <= now)));
    PoolRate::sum(budget, usable.map(|known| known?.rates.get(&resource).copied()), now)
}

fn view(rate: PoolRate) -> Value {
    json!({ "limit": rate.limit, "used": rate.used, "remaining": rate.remaining, "reset": rate.reset })
}

/// What a caller gets to see of a refusal that is an answer of GitHub's: a renamed repository is a
/// 301 to the same path under its new name, a blocked one is a 451.
pub(super) fn shown(
    app: &App,
    question: &Question,
    result: Result<Relayed, RelayError>,
) -> Result<Relayed, RelayError> {
    match result {
        Err(RelayError::Renamed(to)) => {
            // A search names its repository elsewhere, and GitHub redirects none.
            let answer = moved(&app.config.github_api_url, question, &to, app.now());
            let answer = answer.ok_or(RelayError::Fallback(FallbackReason::RepoNotPublic))?;
            Ok(Relayed::new(answer, CacheOutcome::Bypass))
        }
        Err(RelayError::Blocked) => Ok(Relayed::new(blocked(app), CacheOutcome::Bypass)),
        other => other,
    }
}

/// The address is one of GitHub's base here; where it is shown it becomes one of ours. Nothing for
/// a path that does not name the repository, as that of a search.
fn moved(base: &str, question: &Question, to: &Repository, now: Timestamp) -> Option<Answer> {
    let rest: Vec<_> = match question.path.segments().collect::<Vec<_>>().as_slice() {
        ["repos", _, _, rest @ ..] => rest.iter().map(|segment| format!("/{segment}")).collect(),
        _ => return None,
    };
    let query = question.query.encoded();
    let query = if query.is_empty() { query } else { format!("?{query}") };
    let url = format!("{base}/repos/{}/{}{}{query}", to.owner, to.name, rest.concat());
    let body = json!({ "message": "Moved Permanently", "url": url, "documentation_url": DOCUMENTATION });
    Some(Answer::of_ours(301, vec![("location".to_owned(), url)], &body, now))
}

fn blocked(app: &App) -> Answer {
    let body = json!({ "message": "Repository access blocked", "documentation_url": DOCUMENTATION });
    Answer::of_ours(451, Vec::new(), &body, app.now())
}

#[cfg(test)]
mod tests {
    use octopool_core::relay::{RelayPath, RelayQuery, Repository};
    use octopool_core::{PoolId, Timestamp};

    use super::{Question, moved};

    #[test]
    fn a_new_name_is_told_for_the_same_path() {
        let to = Repository { owner: "acme".to_owned(), name: "new".to_owned() };
        let location = |path: &str| {
            let question = Question {
                pool: PoolId::parse("team").unwrap(),
                path: RelayPath::parse(path).unwrap(),
                query: RelayQuery::parse([("page".to_owned(), "2".to_owned())]).unwrap(),
                accept: None,
                api_version: None,
                max_age: None,
                pr_head: None,
            };
            let answer = moved("https://api.github.com", &question, &to, Timestamp::from_millis(0))?;
            assert_eq!((answer.head.status, answer.head.fresh_until), (301, None));
            answer.head.header("location").map(str::to_owned)
        };
        assert_eq!(
            location("/repos/Acme/old/contents/a%20b.md"),
            Some("https://api.github.com/repos/acme/new/contents/a%20b.md?page=2".to_owned())
        );
        assert_eq!(
            location("/repos/acme/old"),
            Some("https://api.github.com/repos/acme/new?page=2".to_owned())
        );
        assert_eq!(location("/search/issues"), None);
    }
}
