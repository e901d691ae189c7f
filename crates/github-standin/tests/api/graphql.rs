//! `POST /graphql`.

use octopool_github_standin::demo;
use octopool_github_standin::model::memberships::{Membership, Role};
use serde_json::{Value, json};

use crate::support::{Demo, demo};

const ORGANIZATIONS: &str = "query($login: String!, $first: Int!, $after: String) {
    user(login: $login) {
        login databaseId
        organizations(first: $first, after: $after) {
            nodes { login databaseId }
            pageInfo { hasNextPage endCursor }
        }
    }
}";

/// Mona is in three organizations, two of which Hubot does not know.
fn add_organizations(demo: &Demo) {
    demo.github
        .edit(|state| {
            for (id, login) in [(9100, "beta"), (9101, "gamma")] {
                state.accounts.add_organization(id, login)?;
                state.memberships.set(id, demo::MONA, Membership::active(Role::Member));
            }
            Ok::<_, octopool_github_standin::EditError>(())
        })
        .unwrap();
}

fn logins(data: &Value) -> Vec<&str> {
    let nodes = data["data"]["user"]["organizations"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["login"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_viewer_is_the_token() {
    let demo = demo().await;
    let answer = demo.hubot().graphql("{ viewer { login databaseId } }", json!({})).await;
    assert_eq!(answer.body, json!({ "data": { "viewer": { "login": "hubot", "databaseId": 1002 } } }));
}

#[tokio::test]
async fn a_user_is_found_by_a_login_in_the_query_or_a_variable() {
    let demo = demo().await;
    let expected = json!({ "data": { "user": { "databaseId": 1003 } } });
    let inline = demo.org().graphql("{ user(login: \"octocat\") { databaseId } }", json!(null)).await;
    assert_eq!(inline.body, expected);
    let query = "query Who($l: String!) { user(login: $l) { databaseId } }";
    assert_eq!(demo.org().graphql(query, json!({ "l": "octocat" })).await.body, expected);
}

#[tokio::test]
async fn an_unknown_user_is_null_with_an_error() {
    let demo = demo().await;
    let answer = demo.org().graphql("{ user(login: \"nobody\") { login } }", json!({})).await;
    assert_eq!((answer.status, &answer.body["data"]["user"]), (200, &Value::Null));
    assert_eq!(answer.body["errors"][0]["type"], "NOT_FOUND");
    let message = "Could not resolve to a User with the login of 'nobody'.";
    assert_eq!(answer.body["errors"][0]["message"], message);
}

#[tokio::test]
async fn organizations_come_in_pages() {
    let demo = demo().await;
    add_organizations(&demo);
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "login": "mona", "first": 2, "after": after });
        let answer = demo.org().graphql(ORGANIZATIONS, variables).await;
        seen.extend(logins(&answer.body).into_iter().map(str::to_owned));
        let info = answer.body["data"]["user"]["organizations"]["pageInfo"].clone();
        if info["hasNextPage"] == false {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(seen, ["acme", "beta", "gamma"]);
}

#[tokio::test]
async fn only_shared_or_shown_organizations_of_others_are_seen() {
    let demo = demo().await;
    add_organizations(&demo);
    let ask = json!({ "login": "mona", "first": 100 });
    assert_eq!(logins(&demo.hubot().graphql(ORGANIZATIONS, ask.clone()).await.body), ["acme"]);
    assert!(logins(&demo.mallory().graphql(ORGANIZATIONS, ask).await.body).is_empty());
    let ask = json!({ "login": "octocat", "first": 100 });
    assert_eq!(logins(&demo.mallory().graphql(ORGANIZATIONS, ask).await.body), ["acme"]);
}

#[tokio::test]
async fn an_invitation_is_not_a_membership() {
    let demo = demo().await;
    let ask = json!({ "login": "newbie", "first": 100 });
    assert!(logins(&demo.org().graphql(ORGANIZATIONS, ask).await.body).is_empty());
}

#[tokio::test]
async fn organizations_need_a_page_size_a_cursor_and_the_scope() {
    let demo = demo().await;
    demo.github.edit(|state| state.tokens.add_personal("narrow", "ghp_narrow", demo::MONA, &["repo"]));
    let bare = "{ user(login: \"mona\") { organizations { nodes { login } } } }";
    let large = "{ user(login: \"mona\") { organizations(first: 101) { totalCount } } }";
    let lost = "{ user(login: \"mona\") { organizations(first: 1, after: \"?\") { totalCount } } }";
    let right = "{ user(login: \"mona\") { organizations(first: 1) { totalCount } } }";
    let cases = [
        (demo.org(), bare, "MISSING_PAGINATION_BOUNDARIES"),
        (demo.org(), large, "EXCESSIVE_PAGINATION"),
        (demo.org(), lost, "INVALID_CURSOR_ARGUMENTS"),
        (demo.bearer("ghp_narrow"), right, "INSUFFICIENT_SCOPES"),
    ];
    for (client, query, kind) in cases {
        let answer = client.graphql(query, json!({})).await;
        assert_eq!(answer.body["errors"][0]["type"], kind, "{}", answer.text);
        assert_eq!(answer.body["data"]["user"]["organizations"], Value::Null);
    }
}

#[tokio::test]
async fn any_other_query_is_an_error() {
    let demo = demo().await;
    for query in [
        "{ repository(owner: \"acme\", name: \"rocket\") { ids } }",
        "{ viewer }",
        "mutation { addStar { id } }",
        "query($login: String!) { user(login: $login) { login } }",
        "{ user(login: $login) { login } }",
        "{ user { login } }",
        "not graphql",
    ] {
        let answer = demo.mona().graphql(query, json!({})).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body["errors"][0]["message"].is_string(), "{query}: {}", answer.text);
        assert!(answer.body.get("data").is_none(), "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_undefined_field_is_named() {
    let demo = demo().await;
    let answer = demo.mona().graphql("{ viewer { mail } }", json!({})).await;
    assert_eq!(answer.body["errors"][0]["message"], "Field 'mail' doesn't exist on type 'User'");
    assert_eq!(answer.body["errors"][0]["extensions"]["code"], "undefinedField");
}

#[tokio::test]
async fn authentication_is_required() {
    let demo = demo().await;
    let answer = demo.anon().graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(answer.refusal(), (401, "This endpoint requires you to be authenticated."));
}

#[tokio::test]
async fn an_installation_token_has_no_viewer() {
    let demo = demo().await;
    let answer = demo.installation().await.graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(answer.body["errors"][0]["type"], "FORBIDDEN");
}

const REPOSITORIES: &str = r#"{
    now: repository(owner: "acme", name: "Rocket") { nameWithOwner isPrivate }
    hidden: repository(owner: "acme", name: "secret-plans") { name }
    former: repository(owner: "acme", name: "website") { nameWithOwner }
    owner: repositoryOwner(login: "ACME") { login }
    nobody: repositoryOwner(login: "nobody") { login }
}"#;

#[tokio::test]
async fn repositories_are_found_under_former_names_and_hidden_from_outsiders() {
    let demo = demo().await;
    demo.github.edit(|state| state.rename_repository(demo::WEBSITE, "site")).unwrap();
    let answer = demo.mallory().graphql(REPOSITORIES, json!({})).await.body;
    let data = &answer["data"];
    assert_eq!(data["now"], json!({"nameWithOwner": "acme/rocket", "isPrivate": false}));
    assert_eq!(data["former"], json!({"nameWithOwner": "acme/site"}));
    assert_eq!(
        (&data["owner"]["login"], &data["nobody"], &data["hidden"]),
        (&json!("acme"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        answer["errors"].as_array().unwrap().len(),
        1,
        "an owner that is not there is no error: {answer}"
    );
    assert_eq!(
        (&answer["errors"][0]["type"], &answer["errors"][0]["path"]),
        (&json!("NOT_FOUND"), &json!(["hidden"]))
    );
    let answer = demo.hubot().graphql(REPOSITORIES, json!({})).await.body;
    assert_eq!(answer["data"]["hidden"]["name"], "secret-plans");
}
