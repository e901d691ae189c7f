//! What tests see of what came in, and what they must not see.

use octopool_github_standin::Principal;
use reqwest::Method;

use crate::support::{demo, send};

#[tokio::test]
async fn a_request_is_recorded_with_what_matters() {
    let demo = demo().await;
    let request = demo
        .org()
        .request(Method::GET, "/users/mona?a=1&b=2")
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .header("if-none-match", "\"x\"");
    send(request).await;
    let requests = demo.github.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/users/mona"));
    assert_eq!(request.query, "a=1&b=2");
    assert_eq!(request.accept.as_deref(), Some("application/vnd.github+json"));
    assert_eq!(request.user_agent.as_deref(), Some("tests"));
    assert_eq!(request.api_version.as_deref(), Some("2022-11-28"));
    assert_eq!(request.if_none_match.as_deref(), Some("\"x\""));
    assert_eq!(request.authorization.as_deref(), Some("Bearer"));
    assert_eq!(request.principal, Principal::Account(1001));
    assert_eq!(request.token.as_deref(), Some("org"));
}

#[tokio::test]
async fn principals_are_told_apart() {
    let demo = demo().await;
    let installation = demo.installation().await;
    demo.github.clear_requests();
    for client in [demo.anon(), demo.app(), installation, demo.bearer("ghp_bad")] {
        client.get("/users/mona").await;
    }
    let seen: Vec<(String, bool)> =
        demo.github.requests().iter().map(|it| (it.principal.to_string(), it.rejected)).collect();
    let expected =
        [("anonymous", false), ("app:4242", false), ("installation:77001", false), ("anonymous", true)];
    assert_eq!(seen, expected.map(|(principal, rejected)| (principal.to_owned(), rejected)));
}

#[tokio::test]
async fn a_token_in_the_wrong_place_is_redacted() {
    let demo = demo().await;
    let secret = demo.credentials.tokens.mona.clone();
    demo.anon().get(&format!("/users/{secret}?access_token={secret}")).await;
    demo.anon().with_authorization(&secret).get("/user").await;
    let request = demo.anon().request(Method::GET, "/user").header("if-none-match", &secret);
    send(request).await;
    let recorded = format!("{:?}", demo.github.requests());
    assert!(recorded.contains("[redacted]"));
    assert!(!recorded.contains(&secret));
}

#[tokio::test]
async fn debug_output_of_the_whole_thing_holds_no_secret() {
    let demo = demo().await;
    let secret = demo.credentials.tokens.mona.clone();
    demo.mona().get("/user").await;
    let client = demo.installation().await;
    client.get("/user").await;
    let text = format!("{:?}", demo.github);
    assert!(!text.contains(&secret) && !text.contains("ghs_"), "{text}");
}

#[tokio::test]
async fn requests_can_be_forgotten() {
    let demo = demo().await;
    demo.anon().get("/users/mona").await;
    demo.github.clear_requests();
    assert_eq!(demo.github.requests(), []);
}
