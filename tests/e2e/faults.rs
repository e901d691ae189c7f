//! What clients and GitHub can send that nobody wants.

use octopool_testkit::github::{Effect, Fault};
use reqwest::Method;
use serde_json::json;

use crate::world::{ADMIN_TOKEN, Answer, World};

const PATHS: [&str; 3] = ["/v1/admin/callers", "/v1/admin/pools/faults/identities", "/v1/login/github-cli"];

async fn post(world: &World, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = world.provisioned().request(Method::POST, path).bearer_auth(ADMIN_TOKEN);
    Answer::read(request.header("content-type", "application/json").body(body)).await
}

pub(crate) async fn bodies_that_are_no_json_objects(world: &World) {
    let bomb = "[".repeat(60_000);
    for path in PATHS {
        for body in [&b"\xff\xfe"[..], b"[]", b"", b"{\"pool\":\"\xff\"}", bomb.as_bytes()] {
            post(world, path, body.to_vec()).await.refused(400, "invalid_json");
        }
        let request = world.provisioned().request(Method::POST, path).bearer_auth(ADMIN_TOKEN).body("{}");
        Answer::read(request).await.refused(415, "unsupported_media_type");
    }
}

pub(crate) async fn bodies_that_are_too_large(world: &World) {
    let large = format!("{{\"pool\":\"{}\"}}", "x".repeat(70_000));
    for path in PATHS {
        post(world, path, large.clone()).await.refused(413, "payload_too_large");
        // Without a declared length.
        let chunks = large
            .clone()
            .into_bytes()
            .chunks(1000)
            .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
            .collect::<Vec<_>>();
        let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
        post(world, path, stream).await.refused(413, "payload_too_large");
    }
}

/// A body that is refused half-read must not take the connection of the next request with it.
pub(crate) async fn bodies_of_megabytes_leave_the_worker_in_order(world: &World) {
    let large = format!("{{\"pool\":\"{}\"}}", "x".repeat(3_000_000));
    for round in 0..3 {
        for path in PATHS {
            post(world, path, large.clone()).await.refused(413, "payload_too_large");
            let request = world.provisioned().request(Method::POST, path).body(large.clone());
            let status = Answer::read(request.header("content-type", "application/json")).await.status;
            assert!([401, 413].contains(&status), "round {round}: {status}");
            let chunk = Ok::<_, std::io::Error>(large.clone().into_bytes());
            let stream = reqwest::Body::wrap_stream(futures_util::stream::iter([chunk]));
            post(world, path, stream).await.refused(413, "payload_too_large");
            post(world, path, "[]").await.refused(400, "invalid_json");
        }
    }
}

/// workerd resets a connection on which the body of the request before was not read to its end.
pub(crate) async fn an_early_answer_leaves_its_connection_usable(world: &World) {
    world.provisioned().ask_workerd("tests/e2e/connections.mjs").await;
}

pub(crate) async fn urls_that_only_a_lenient_parser_takes(world: &World) {
    let deployment = world.provisioned();
    for path in ["/%ff", "/a|b", "/v1/pools/%00/health", "/v1/pools/a%2Fb/health", "/?x=[]{}|^`"] {
        let answer = Answer::read(deployment.request(Method::GET, path).bearer_auth("op_x")).await;
        assert!(answer.status < 500, "{path}: {}", answer.text);
    }
    let long = format!("/{}", "x".repeat(15_000));
    Answer::read(deployment.request(Method::GET, &long)).await.refused(404, "not_found");
}

pub(crate) async fn what_github_does_instead_of_answering(world: &World) {
    // The deployment that nobody else provisions for, because a fault meets whoever comes first.
    let deployment = world.org_members();
    for effect in [
        Effect::status(401),
        Effect::status(403),
        Effect::status(429),
        Effect::status(500),
        Effect::Html,
        Effect::Truncate,
        Effect::Nonsense,
        Effect::DropConnection,
    ] {
        // workerd itself asks once more if a connection that it has used before is dropped.
        let times = if matches!(effect, Effect::DropConnection) { 2 } else { 1 };
        deployment.github.fault(Fault::on("GET", "/users/hubot", effect).times(times));
        let answer =
            deployment.admin("/v1/admin/callers", &json!({"pool": "faults", "github_login": "hubot"})).await;
        answer.refused(502, "github_user_lookup_failed");
        deployment.github.clear_faults();
    }
    let deployment = world.provisioned();
    deployment.github.fault(Fault::on("GET", "/users/newbie", Effect::NeverAnswer).once());
    let answer =
        deployment.admin("/v1/admin/callers", &json!({"pool": "faults", "github_login": "newbie"})).await;
    answer.refused(502, "github_user_lookup_failed");
}

pub(crate) async fn a_redirect_is_not_followed(world: &World) {
    let deployment = world.provisioned();
    let elsewhere = format!("{}/_standin/requests", deployment.github.base_url());
    for (location, status) in
        [("/users/octocat".to_owned(), 301), (elsewhere, 302), ("/users/mona".to_owned(), 307)]
    {
        deployment
            .github
            .fault(Fault::on("GET", "/users/mallory", Effect::Redirect { location, status }).once());
        let answer = deployment
            .admin("/v1/admin/callers", &json!({"pool": "faults", "github_login": "mallory"}))
            .await;
        answer.refused(502, "github_user_lookup_failed");
    }
}
