//! What a query may cost, and how GraphQL says that something went wrong.

use octopool_github_standin::{Principal, Resource, demo};
use serde_json::{Value, json};

use crate::support::demo;

#[tokio::test]
async fn a_query_costs_what_its_pages_may_hold() {
    let demo = demo().await;
    // The example of GitHub's documentation: 1 + 100 + 100 * 50 requests are 51 points.
    let query = "query($labels: Int!) { viewer { login repositories(first: 100) { edges { node { id
        issues(first: 50) { edges { node { id labels(first: $labels) { edges { node { id name } } } } } } } } } }
        rateLimit { cost nodeCount limit remaining used } }";
    let answer = demo.mona().graphql(query, json!({ "labels": 60 })).await;
    let limits = &answer.body["data"]["rateLimit"];
    assert_eq!(limits["cost"], 51, "{}", answer.text);
    assert_eq!(limits["nodeCount"], 100 + 100 * 50 + 100 * 50 * 60);
    assert_eq!((&limits["remaining"], &limits["used"]), (&json!(4949), &json!(51)));
    assert_eq!(answer.header("x-ratelimit-remaining"), "4949");
    let large = demo.mona().graphql(query, json!({ "labels": 100 })).await;
    assert_eq!(large.body["errors"][0]["type"], "MAX_NODE_LIMIT_EXCEEDED");
    assert_eq!(large.header("x-ratelimit-remaining"), "4948", "a refused query costs a point");
}

#[tokio::test]
async fn a_used_up_budget_is_a_200_with_an_error() {
    let demo = demo().await;
    demo.github.edit(|state| state.exhaust(Principal::Account(demo::MONA), Resource::Graphql));
    let answer = demo.mona().graphql("{ viewer { login } }", json!({})).await;
    assert_eq!((answer.status, &answer.body["errors"][0]["type"]), (200, &json!("RATE_LIMITED")));
    assert_eq!(answer.header("x-ratelimit-remaining"), "0");
    assert_eq!(demo.mona().get("/user").await.status, 200, "REST has a budget of its own");
}

#[tokio::test]
async fn single_sign_on_protects_what_is_private() {
    let demo = demo().await;
    demo.github.edit(|state| state.single_sign_on.insert(demo::ACME));
    let query = "{ hidden: repository(owner: \"acme\", name: \"secret-plans\") { name }
        shown: repository(owner: \"acme\", name: \"rocket\") { name } }";
    let answer = demo.mona().graphql(query, json!({})).await.body;
    let error = &answer["errors"][0];
    assert_eq!((&error["type"], &error["path"]), (&json!("FORBIDDEN"), &json!(["hidden"])));
    assert_eq!(error["extensions"]["saml_failure"], true);
    assert_eq!(answer["data"], json!({ "hidden": null, "shown": { "name": "rocket" } }));
    let outsider = demo.mallory().graphql(query, json!({})).await.body;
    assert_eq!(outsider["errors"][0]["type"], "NOT_FOUND", "who is no member is not told");
}

#[tokio::test]
async fn an_error_of_one_field_leaves_the_others() {
    let demo = demo().await;
    let query = "{ repository(owner: \"acme\", name: \"rocket\") { name issue(number: 9999) { title } } }";
    let answer = demo.mona().graphql(query, json!({})).await.body;
    assert_eq!(answer["data"]["repository"], json!({ "name": "rocket", "issue": null }));
    let error = &answer["errors"][0];
    assert_eq!(error["type"], "NOT_FOUND");
    assert_eq!(error["path"], json!(["repository", "issue"]));
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 52 }]));
    assert_eq!(error["message"], "Could not resolve to an Issue with the number of 9999.");
}

#[tokio::test]
async fn what_the_stand_in_cannot_do_is_loud() {
    let demo = demo().await;
    let unknown = demo.mona().graphql("{ viewer { sponsorsListing { name } } }", json!({})).await;
    assert_eq!(unknown.status, 501, "{}", unknown.text);
    assert!(unknown.message().contains("sponsorsListing in type User"), "{}", unknown.text);
    let mutation = "mutation { addStar(input: { starrableId: \"R_5002\" }) { clientMutationId } }";
    assert_eq!(demo.mona().graphql(mutation, json!({})).await.status, 501);
}

#[tokio::test]
async fn a_missing_schema_is_named() {
    let demo = demo().await;
    demo.github.edit(|state| state.graphql_schema = Some("/nowhere/schema.graphql".into()));
    let answer = demo.mona().graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(answer.status, 501);
    assert!(answer.message().contains("/nowhere/schema.graphql"), "{}", answer.text);
    assert_eq!(answer.body["data"], Value::Null);
}
