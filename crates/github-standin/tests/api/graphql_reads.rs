//! What GraphQL reads of repositories, issues and pull requests.

use octopool_github_standin::demo;
use serde_json::{Value, json};

use crate::support::{Client, demo};

/// `fields` of `acme/rocket`.
async fn rocket(client: &Client, fields: &str) -> Value {
    let query = format!("{{ repository(owner: \"acme\", name: \"rocket\") {{ {fields} }} }}");
    let answer = client.graphql(&query, json!({})).await;
    assert_eq!((answer.status, &answer.body["errors"]), (200, &Value::Null), "{query}\n{}", answer.text);
    answer.body["data"]["repository"].clone()
}

#[tokio::test]
async fn graphql_and_rest_say_the_same() {
    let demo = demo().await;
    let mona = demo.mona();
    let fields = "nameWithOwner id databaseId isPrivate stargazerCount
        pullRequest(number: 4) { id number title headRefName headRefOid isDraft author { login } }
        issue(number: 15) { id title comments { totalCount } labels(first: 5) { nodes { name } } }
        latestRelease { tagName } defaultBranchRef { name target { oid } }";
    let seen = rocket(&mona, fields).await;
    let repository = mona.get("/repos/acme/rocket").await.body;
    let pull = mona.get("/repos/acme/rocket/pulls/4").await.body;
    let issue = mona.get("/repos/acme/rocket/issues/15").await.body;
    let branch = mona.get("/repos/acme/rocket/branches/main").await.body;
    let latest = mona.get("/repos/acme/rocket/releases/latest").await.body;
    let same = [
        (&seen["nameWithOwner"], &repository["full_name"]),
        (&seen["id"], &repository["node_id"]),
        (&seen["databaseId"], &repository["id"]),
        (&seen["isPrivate"], &repository["private"]),
        (&seen["stargazerCount"], &repository["stargazers_count"]),
        (&seen["pullRequest"]["id"], &pull["node_id"]),
        (&seen["pullRequest"]["title"], &pull["title"]),
        (&seen["pullRequest"]["headRefName"], &pull["head"]["ref"]),
        (&seen["pullRequest"]["headRefOid"], &pull["head"]["sha"]),
        (&seen["pullRequest"]["isDraft"], &pull["draft"]),
        (&seen["pullRequest"]["author"]["login"], &pull["user"]["login"]),
        (&seen["issue"]["id"], &issue["node_id"]),
        (&seen["issue"]["comments"]["totalCount"], &issue["comments"]),
        (&seen["issue"]["labels"]["nodes"][0]["name"], &issue["labels"][0]["name"]),
        (&seen["latestRelease"]["tagName"], &latest["tag_name"]),
        (&seen["defaultBranchRef"]["target"]["oid"], &branch["commit"]["sha"]),
    ];
    for (graphql, rest) in same {
        assert_eq!(graphql, rest);
    }
}

#[tokio::test]
async fn pages_go_in_both_directions() {
    let demo = demo().await;
    let numbers = |page: &Value| -> Vec<i64> {
        let nodes = page["issues"]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["number"].as_i64().unwrap()).collect()
    };
    let newest = "issues(first: 2, orderBy: {field: CREATED_AT, direction: DESC}) {
        totalCount nodes { number } edges { node { number } cursor } pageInfo { hasNextPage endCursor } }";
    let first = rocket(&demo.mallory(), newest).await;
    assert_eq!(numbers(&first), [145, 144]);
    assert_eq!(first["issues"]["totalCount"], 133);
    assert_eq!(first["issues"]["edges"][1]["node"]["number"], 144);
    assert_eq!(first["issues"]["edges"][1]["cursor"], first["issues"]["pageInfo"]["endCursor"]);
    let cursor = first["issues"]["pageInfo"]["endCursor"].as_str().unwrap();
    let next = newest.replace("first: 2", &format!("first: 2, after: \"{cursor}\""));
    assert_eq!(numbers(&rocket(&demo.mallory(), &next).await), [143, 142]);
    let last =
        rocket(&demo.mallory(), "issues(last: 2) { nodes { number } pageInfo { hasPreviousPage } }").await;
    assert_eq!(numbers(&last), [144, 145]);
    assert_eq!(last["issues"]["pageInfo"]["hasPreviousPage"], true);
}

#[tokio::test]
async fn a_private_fork_a_closed_issue_in_it_and_a_secret_team_are_shown_to_those_who_may_see_them() {
    let demo = demo().await;
    let fields = format!(
        "fork: pullRequest(number: {}) {{
            headRepository {{ nameWithOwner }} headRepositoryOwner {{ login }} isCrossRepository
            closingIssuesReferences(first: 9) {{ totalCount nodes {{ title }} }} }}
        team: pullRequest(number: {}) {{ reviewRequests(first: 9) {{ nodes {{ requestedReviewer {{
            ... on Team {{ slug }} ... on User {{ login }} }} }} }} }}
        review: pullRequest(number: {}) {{ reviews(first: 9) {{ nodes {{ state }} }} }}
        forks(first: 9) {{ totalCount nodes {{ nameWithOwner parent {{ name }} }} }}",
        demo::PULL_OF_FORK,
        demo::PULL_OF_TEAM,
        demo::PULL_IN_REVIEW,
    );
    let outside = rocket(&demo.mallory(), &fields).await;
    assert_eq!(outside["fork"]["headRepository"], Value::Null);
    assert_eq!(outside["fork"]["isCrossRepository"], true);
    assert_eq!(outside["fork"]["closingIssuesReferences"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(outside["forks"]["totalCount"], 0);
    assert!(!outside.to_string().contains("for-few-eyes-only") && !outside.to_string().contains("PENDING"));
    let inside = rocket(&demo.mona(), &fields).await;
    assert_eq!(inside["fork"]["headRepository"]["nameWithOwner"], "mona/rocket");
    assert_eq!(inside["fork"]["closingIssuesReferences"]["nodes"][0]["title"], demo::PRIVATE_TEXT);
    assert_eq!(
        inside["forks"]["nodes"][0],
        json!({ "nameWithOwner": "mona/rocket", "parent": { "name": "rocket" } })
    );
    assert!(inside.to_string().contains("for-few-eyes-only") && inside.to_string().contains("PENDING"));
}

#[tokio::test]
async fn what_is_said_about_lines_is_in_threads_and_a_begun_review_is_for_its_author() {
    let demo = demo().await;
    let fields = format!(
        "pullRequest(number: {}) {{
            reviewThreads(first: 9) {{ totalCount nodes {{ isResolved path line
                comments(first: 9) {{ nodes {{ body state author {{ login }} }} }} }} }}
            reviews(first: 9) {{ nodes {{ comments(first: 9) {{ nodes {{ body }} }} }} }} }}",
        demo::PULL_IN_REVIEW,
    );
    let outside = rocket(&demo.mallory(), &fields).await["pullRequest"].clone();
    assert_eq!(outside["reviewThreads"]["totalCount"], 1);
    let said = json!({ "body": "Why?", "state": "SUBMITTED", "author": { "login": "mona" } });
    let thread =
        json!({ "isResolved": false, "path": "src/lib.rs", "line": 1, "comments": { "nodes": [said] } });
    assert_eq!(outside["reviewThreads"]["nodes"], json!([thread]));
    assert_eq!(outside["reviews"]["nodes"], json!([{ "comments": { "nodes": [{ "body": "Why?" }] } }]));
    let inside = rocket(&demo.mona(), &fields).await["pullRequest"].clone();
    assert_eq!(inside["reviewThreads"]["totalCount"], 2);
    assert!(inside.to_string().contains("PENDING") && inside.to_string().contains(demo::PRIVATE_TEXT));
}

#[tokio::test]
async fn a_mention_is_shown_to_those_who_may_see_where_it_is() {
    let demo = demo().await;
    let fields = format!(
        "issue(number: {}) {{ timelineItems(first: 9, itemTypes: [CROSS_REFERENCED_EVENT]) {{
            nodes {{ ... on CrossReferencedEvent {{
                source {{ ... on Issue {{ number repository {{ nameWithOwner }} }} }} }} }} }} }}",
        demo::MENTIONED_ISSUE
    );
    let sources = |repository: Value| -> Vec<Value> {
        let nodes = repository["issue"]["timelineItems"]["nodes"].as_array().unwrap().clone();
        nodes.into_iter().map(|node| node["source"]["repository"]["nameWithOwner"].clone()).collect()
    };
    assert_eq!(sources(rocket(&demo.mallory(), &fields).await), ["acme/website"]);
    assert_eq!(sources(rocket(&demo.mona(), &fields).await), ["mona/rocket", "acme/website"]);
}

#[tokio::test]
async fn checks_of_a_commit_are_counted_and_listed() {
    let demo = demo().await;
    let fields = "object(expression: \"main\") { ... on Commit { statusCheckRollup { state contexts(first: 9) {
        checkRunCount checkRunCountsByState { state count } statusContextCount
        nodes { __typename ... on CheckRun { name status conclusion checkSuite { workflowRun { workflow { name } } } }
            ... on StatusContext { context state } } } } } }";
    let main = rocket(&demo.mallory(), fields).await;
    let rollup = &main["object"]["statusCheckRollup"];
    assert_eq!((&rollup["state"], &rollup["contexts"]["checkRunCount"]), (&json!("PENDING"), &json!(1)));
    assert_eq!(rollup["contexts"]["checkRunCountsByState"], json!([{ "state": "IN_PROGRESS", "count": 1 }]));
    assert_eq!(rollup["contexts"]["nodes"][0]["checkSuite"]["workflowRun"]["workflow"]["name"], "CI");
    assert_eq!(
        rollup["contexts"]["nodes"][1],
        json!({
            "__typename": "StatusContext", "context": "ci/lint", "state": "PENDING",
        })
    );
}

#[tokio::test]
async fn an_object_is_found_by_its_id_by_those_who_may_see_it() {
    let demo = demo().await;
    let query =
        "query($id: ID!) { node(id: $id) { __typename ... on Repository { name } ... on Issue { title } } }";
    let ask = |client: Client, id: &'static str| async move {
        client.graphql(query, json!({ "id": id })).await.body
    };
    let shown = ask(demo.mallory(), "R_5002").await;
    assert_eq!(shown["data"]["node"], json!({ "__typename": "Repository", "name": "rocket" }));
    for hidden in ["R_5003", "I_5909_1", "nonsense"] {
        let answer = ask(demo.mallory(), hidden).await;
        assert_eq!(
            (&answer["data"]["node"], &answer["errors"][0]["type"]),
            (&Value::Null, &json!("NOT_FOUND"))
        );
        let message = format!("Could not resolve to a node with the global id of '{hidden}'");
        assert_eq!(answer["errors"][0]["message"], message);
    }
    assert_eq!(ask(demo.mona(), "I_5909_1").await["data"]["node"]["title"], demo::PRIVATE_TEXT);
}

#[tokio::test]
async fn search_knows_the_qualifiers_that_rest_knows() {
    let demo = demo().await;
    let query = "query($q: String!) { search(query: $q, type: ISSUE, first: 3) { issueCount
        nodes { ... on Issue { number } ... on PullRequest { number state } } } }";
    for q in [
        "repo:acme/rocket is:pr is:open",
        "repo:acme/rocket is:issue label:\"good first issue\" state:closed",
        "repo:acme/rocket is:pr author:hubot",
        "repo:acme/rocket is:pr review-requested:octocat",
        "org:acme assignee:hubot is:issue",
    ] {
        let graphql = demo.mallory().graphql(query, json!({ "q": q })).await.body;
        let rest = demo.mallory().get(&format!("/search/issues?q={q}")).await.body;
        assert_eq!(graphql["data"]["search"]["issueCount"], rest["total_count"], "{q}");
        assert!(rest["total_count"].as_i64().unwrap() > 0, "{q}");
        assert_eq!(graphql["data"]["search"]["nodes"][0]["number"], rest["items"][0]["number"], "{q}");
    }
}

#[tokio::test]
async fn the_schema_can_be_asked_for() {
    let demo = demo().await;
    let query = "{ __type(name: \"PullRequest\") { fields(includeDeprecated: true) { name } } }";
    let answer = demo.mallory().graphql(query, json!({})).await;
    let fields = answer.body["data"]["__type"]["fields"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["name"] == "statusCheckRollup"));
}
