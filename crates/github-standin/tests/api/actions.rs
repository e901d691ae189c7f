//! Runs, jobs, logs, checks.

use octopool_github_standin::{Effect, Fault};

use crate::support::demo;

const LOGS: &str = "/repos/acme/rocket/actions/jobs/5002072/logs";

#[tokio::test]
async fn a_log_is_one_hop_away_and_takes_no_credential_there() {
    let demo = demo().await;
    let answer = demo.mona().get(LOGS).await;
    let location = format!("{}/_logs/5002072", demo.github.base_url());
    assert_eq!((answer.status, answer.header("location")), (302, location.as_str()));
    let log = demo.anon().get("/_logs/5002072").await;
    assert_eq!((log.status, log.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(log.text.contains("Job 5002072 begins"));
    assert_eq!(demo.mona().get("/_logs/5002072").await.status, 400);
    assert_eq!(demo.github.requests().len(), 3);
}

#[tokio::test]
async fn a_log_requires_authentication() {
    let demo = demo().await;
    assert_eq!(demo.anon().get(LOGS).await.refusal(), (403, "Must have admin rights to Repository."));
}

#[tokio::test]
async fn logs_may_be_anywhere() {
    let demo = demo().await;
    let base = "https://results.blob.core.windows.net/logs".to_owned();
    demo.github.edit(|state| state.log_base = Some(base.clone()));
    assert_eq!(demo.mona().get(LOGS).await.header("location"), format!("{base}/5002072"));
}

#[tokio::test]
async fn a_run_has_attempts_and_each_its_job() {
    let demo = demo().await;
    let client = demo.mona();
    let run = client.get("/repos/acme/rocket/actions/runs/500207").await.body;
    assert_eq!((&run["run_attempt"], &run["conclusion"]), (&2.into(), &"failure".into()));
    let first = client.get("/repos/acme/rocket/actions/runs/500207/attempts/1/jobs").await.body;
    assert_eq!(first["jobs"][0]["id"], 5_002_071);
    assert_eq!(client.get("/repos/acme/rocket/actions/runs/500207/attempts/3").await.status, 404);
    let all = client.get("/repos/acme/rocket/actions/runs/500207/jobs?filter=all").await.body;
    assert_eq!(all["total_count"], 2);
}

#[tokio::test]
async fn the_newest_run_is_still_at_it() {
    let demo = demo().await;
    let client = demo.mona();
    let newest = client.get("/repos/acme/rocket/actions/runs").await.body["workflow_runs"][0].clone();
    assert_eq!((&newest["status"], &newest["conclusion"]), (&"in_progress".into(), &serde_json::Value::Null));
    assert_eq!(client.get("/repos/acme/rocket/commits/main/status").await.body["state"], "pending");
    let checks = client.get("/repos/acme/rocket/commits/main/check-runs").await.body;
    assert_eq!(
        (&checks["total_count"], &checks["check_runs"][0]["status"]),
        (&1.into(), &"in_progress".into())
    );
}

#[tokio::test]
async fn a_log_may_go_wrong_as_well() {
    let demo = demo().await;
    demo.github.fault(Fault::on("GET", "/_logs/*", Effect::status(500)).once());
    assert_eq!(demo.anon().get("/_logs/5002072").await.status, 500);
    assert_eq!(demo.anon().get("/_logs/5002072").await.status, 200);
}

#[tokio::test]
async fn statuses_are_read_where_they_are_written() {
    let demo = demo().await;
    let status = demo.mona().get("/repos/acme/rocket/commits/main/statuses").await.body[0].clone();
    let path = format!(
        "/repos/acme/rocket/statuses/{}",
        status["url"].as_str().unwrap().rsplit('/').next().unwrap()
    );
    assert_eq!(demo.mona().get(&path).await.body[0], status);
}

#[tokio::test]
async fn a_failure_is_annotated() {
    let demo = demo().await;
    let answer = demo.mona().get("/repos/acme/rocket/check-runs/5002072/annotations").await;
    assert_eq!(answer.body[0]["annotation_level"], "failure");
}

#[tokio::test]
async fn earlier_attempts_are_check_runs_too() {
    let demo = demo().await;
    let run = demo.mona().get("/repos/acme/rocket/actions/runs/500207").await.body;
    let runs = format!("/repos/acme/rocket/commits/{}/check-runs", run["head_sha"].as_str().unwrap());
    assert_eq!(demo.mona().get(&runs).await.body["total_count"], 1);
    let all = demo.mona().get(&format!("{runs}?filter=all&per_page=1")).await;
    assert_eq!((&all.body["total_count"], &all.body["check_runs"][0]["id"]), (&2.into(), &5_002_072.into()));
    assert!(all.header("link").contains("page=2"));
    let first = demo.mona().get("/repos/acme/rocket/check-runs/5002071").await.body;
    assert_eq!(first["id"], 5_002_071);
    let suite = demo.mona().get("/repos/acme/rocket/check-suites/1000207/check-runs").await.body;
    assert_eq!(suite["check_runs"][0]["id"], 5_002_072);
}
