//! Everything that can go wrong, asked for and delivered.

use std::io::Read as _;
use std::time::{Duration, Instant};

use octopool_github_standin::{Effect, Fault, Principal, demo};
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{Demo, demo};

fn always(effect: Effect) -> Fault {
    Fault::on("GET", "/user", effect)
}

async fn raw(demo: &Demo) -> Result<Response, reqwest::Error> {
    demo.mona().request(Method::GET, "/user").send().await
}

#[tokio::test]
async fn a_status_comes_with_githubs_body() {
    let demo = demo().await;
    for (status, message) in [(401, "Unauthorized"), (404, "Not Found"), (500, "Internal Server Error")] {
        demo.github.fault(always(Effect::status(status)).once());
        let answer = demo.mona().get("/user").await;
        assert_eq!(answer.refusal(), (status, message));
        assert_eq!(answer.header("x-ratelimit-limit"), "5000");
    }
}

#[tokio::test]
async fn a_fault_strikes_as_often_as_it_is_told() {
    let demo = demo().await;
    demo.github.fault(always(Effect::status(502)).times(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(demo.mona().get("/user").await.status);
    }
    assert_eq!(statuses, [502, 502, 200]);
}

#[tokio::test]
async fn a_fault_lasts_until_it_is_cleared() {
    let demo = demo().await;
    demo.github.fault(Fault::on("GET", "/orgs/*", Effect::status(503)));
    assert_eq!(demo.mona().get("/orgs/acme").await.status, 503);
    assert_eq!(demo.mona().get("/user").await.status, 200);
    demo.github.clear_faults();
    assert_eq!(demo.mona().get("/orgs/acme").await.status, 200);
}

#[tokio::test]
async fn a_fault_may_strike_one_caller() {
    let demo = demo().await;
    demo.github.fault(always(Effect::status(403)).by(Principal::Account(demo::HUBOT)));
    assert_eq!(demo.hubot().get("/user").await.status, 403);
    assert_eq!(demo.mona().get("/user").await.status, 200);
}

#[tokio::test]
async fn any_answer_can_be_given_also_where_there_is_no_route() {
    let demo = demo().await;
    let effect = Effect::respond(200, json!([{ "number": 1 }]))
        .with_header("x-ratelimit-remaining", "many")
        .without_header("x-ratelimit-reset");
    demo.github.fault(Fault::on("GET", "/repos/acme/rocket/hooks", effect));
    let answer = demo.mona().get("/repos/acme/rocket/hooks").await;
    assert_eq!((answer.status, &answer.body[0]["number"]), (200, &1.into()));
    assert_eq!(answer.header("x-ratelimit-remaining"), "many");
    assert_eq!(answer.header("x-ratelimit-reset"), "");
    assert_eq!(answer.header("x-ratelimit-resource"), "core");
}

#[tokio::test]
async fn the_primary_limit_can_be_used_up() {
    let demo = demo().await;
    demo.github.fault(always(Effect::ExhaustQuota).once());
    let answer = demo.mona().get("/user").await;
    assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (403, "0"));
}

#[tokio::test]
async fn the_secondary_limit_comes_in_four_forms() {
    let demo = demo().await;
    for (status, retry_after, header) in
        [(403, None, ""), (403, Some(7), "7"), (429, None, ""), (429, Some(60), "60")]
    {
        demo.github.fault(always(Effect::SecondaryLimit { status, retry_after }).once());
        let answer = demo.mona().get("/user").await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, header));
        assert!(answer.message().starts_with("You have exceeded a secondary rate limit"));
        assert_ne!(answer.header("x-ratelimit-remaining"), "0");
    }
}

#[tokio::test]
async fn an_html_page_may_come_with_status_200() {
    let demo = demo().await;
    demo.github.fault(always(Effect::Html));
    let answer = demo.mona().get("/user").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(answer.text.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_truncated_answer_is_shorter_than_it_says() {
    let demo = demo().await;
    let whole = demo.mona().get("/user").await.text.len();
    demo.github.fault(always(Effect::Truncate));
    let mut response = raw(&demo).await.unwrap();
    assert_eq!(response.headers()["content-length"], whole.to_string());
    let first = response.chunk().await.unwrap().expect("the first half");
    assert_eq!(first.len(), whole / 2);
    assert!(response.chunk().await.is_err());
}

#[tokio::test]
async fn nonsense_is_json_of_the_wrong_types() {
    let demo = demo().await;
    demo.github.fault(always(Effect::Nonsense));
    let answer = demo.mona().get("/user").await;
    assert_eq!((answer.status, &answer.body["id"], &answer.body["login"]), (200, &"1001".into(), &0.into()));
}

#[tokio::test]
async fn another_account_may_be_put_in() {
    let demo = demo().await;
    let effect = Effect::SubstituteAccount { id: 666 };
    demo.github.fault(Fault { method: None, path: "/*".to_owned(), ..always(effect) });
    let mona = demo.mona();
    assert_eq!(mona.get("/user").await.body["id"], 666);
    let membership = mona.get("/orgs/acme/memberships/hubot").await;
    assert_eq!(
        (&membership.body["user"]["id"], &membership.body["user"]["login"]),
        (&666.into(), &"hubot".into())
    );
    let viewer = mona.graphql("{ viewer { databaseId } }", json!({})).await;
    assert_eq!(viewer.body["data"]["viewer"]["databaseId"], 666);
}

#[tokio::test]
async fn a_redirect_leads_anywhere() {
    let demo = demo().await;
    let location = "https://evil.example/user".to_owned();
    demo.github.fault(always(Effect::Redirect { location: location.clone(), status: 307 }));
    let answer = demo.mona().get("/user").await;
    assert_eq!((answer.status, answer.header("location")), (307, location.as_str()));
}

#[tokio::test]
async fn a_late_answer_is_the_real_one() {
    let demo = demo().await;
    demo.github.fault(always(Effect::Delay { ms: 120 }));
    #[expect(clippy::disallowed_methods, reason = "a native test")]
    let begun = Instant::now();
    assert_eq!(demo.mona().get("/user").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn no_answer_is_no_answer() {
    let demo = demo().await;
    demo.github.fault(always(Effect::NeverAnswer));
    let request = demo.mona().request(Method::GET, "/user").timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_dropped_connection_is_no_answer_either() {
    let demo = demo().await;
    demo.github.fault(always(Effect::DropConnection));
    let error = raw(&demo).await.unwrap_err();
    assert!(!error.is_timeout() && error.status().is_none(), "{error:?}");
}

#[tokio::test]
async fn the_real_answer_may_have_other_headers() {
    let demo = demo().await;
    let effect = Effect::headers().with_header("retry-after", "soon").without_header("etag");
    demo.github.fault(always(effect.with_header("x-ratelimit-remaining", "-1")));
    let answer = demo.mona().get("/user").await;
    assert_eq!((answer.status, &answer.body["login"]), (200, &"mona".into()));
    assert_eq!((answer.header("retry-after"), answer.header("etag")), ("soon", ""));
    assert_eq!(answer.header("x-ratelimit-remaining"), "-1");
    assert_eq!(answer.header("x-ratelimit-limit"), "5000");
}

#[tokio::test]
async fn a_small_answer_may_become_large() {
    let demo = demo().await;
    demo.github.fault(always(Effect::GzipBomb { bytes: 10_000_000 }));
    // The tests' client does not unpack.
    let response = raw(&demo).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    assert!(packed.len() < 100_000, "{}", packed.len());
    let mut inflated = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut inflated).unwrap();
    assert_eq!(inflated.len(), 10_000_000);
    assert!(serde_json::from_str::<String>(&inflated).is_ok());
}

#[tokio::test]
async fn a_304_may_come_without_a_condition() {
    let demo = demo().await;
    demo.github.fault(always(Effect::NotModified).once());
    let answer = demo.mona().get("/user").await;
    assert_eq!((answer.status, answer.text.as_str()), (304, ""));
}

#[tokio::test]
async fn a_stand_in_that_is_dropped_closes_its_port() {
    let demo = demo().await;
    let address = demo.github.address();
    drop(demo);
    // The task ends at the next turn of the runtime.
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
