//! Five agents that poll pull requests for half an hour, with the documents of the real gh. Without
//! the pool this took 4,944 points of GitHub's 5,000 an hour for each user, while REST sat idle.

use octopool_graphql_documents::recorded;
use octopool_testkit::TestApp;
use octopool_testkit::github::demo::INSTALLATION;
use octopool_testkit::github::{Principal, Resource};
use serde_json::json;

use super::support::{advance, app_team, ask, ask_within, cache, queries};
use crate::support::provision;

/// What each agent asks in a round: `gh pr view`, `gh pr checks` (two queries) and `gh pr list`.
const ROUND: [&str; 4] = ["2.103.3-pr-view", "2.103.3-pr-checks", "2.103.3-pr-checks-4", "2.103.3-pr-list"];
const MINUTES: u64 = 31;
/// One agent after the other begins a round, every so many seconds: each every ten.
const STEP: u64 = 2;

/// Points of GitHub's that the pool's identity has used.
fn points(app: &TestApp) -> u64 {
    app.github.edit(|state| {
        let now = state.clock.now();
        state.quotas.window(Principal::Installation(INSTALLATION), Resource::Graphql, now).used
    })
}

#[tokio::test]
async fn five_agents_of_half_an_hour_cost_a_twentieth_of_the_points() {
    let app = TestApp::start().await;
    let mut agents = vec![app_team(&app).await];
    for login in ["mona", "octocat"] {
        agents.push(provision(&app, login, "team").await);
    }
    // Two more programs of callers that are there already.
    agents.extend_from_within(..2);
    let all = recorded();
    let round = ROUND.map(|name| {
        let document = all.iter().find(|document| document.name == name).unwrap();
        (document.query.as_str(), json!(document.variables))
    });
    // What a round costs somebody who asks GitHub.
    for (query, variables) in &round {
        ask_within(&app, &agents[0], 0, (query, variables.clone())).await.ok(200);
    }
    let (of_one_round, requests_before) = (points(&app), queries(&app).len());
    assert!(of_one_round >= ROUND.len() as u64, "{of_one_round}");

    let mut rounds = 0;
    for step in 0..MINUTES * 60 / STEP {
        let agent = &agents[usize::try_from(step).unwrap() % agents.len()];
        for (query, variables) in &round {
            let answer = ask(&app, agent, query, variables.clone()).await;
            cache(&answer);
        }
        rounds += 1;
        advance(&app, STEP);
    }
    let (with, without) = (points(&app) - of_one_round, rounds * of_one_round);
    let requests = queries(&app).len() - requests_before;
    println!("{requests} requests and {with} points; without the pool {} and {without}", rounds * 4);
    assert!(with * 20 <= without, "{with} of {without} points");
    assert!(requests as u64 * 20 <= rounds * 4, "{requests} of {} requests", rounds * 4);
}
