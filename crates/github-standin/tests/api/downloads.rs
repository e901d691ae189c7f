//! What is downloaded is one hop away, on another host.

use reqwest::Method;

use crate::support::{Answer, Demo, demo, send};

async fn octets(demo: &Demo, path: &str) -> Answer {
    send(demo.mona().request(Method::GET, path).header("accept", "application/octet-stream")).await
}

/// Follows a redirect to the stand-in's own content, as a client does that sends no credential to
/// another host.
async fn followed(demo: &Demo, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let path = answer.header("location").strip_prefix(demo.github.base_url()).unwrap().to_owned();
    assert_eq!(demo.mona().get(&path).await.status, 400, "a credential is refused there");
    demo.anon().get(&path).await
}

#[tokio::test]
async fn a_file_of_a_release_is_json_or_bytes() {
    let demo = demo().await;
    let path = "/repos/acme/rocket/releases/assets/500210";
    assert_eq!(demo.mona().get(path).await.body["name"], "rocket.tar.gz");
    let file = followed(&demo, &octets(&demo, path).await).await;
    assert_eq!((file.header("content-type"), file.text.len()), ("application/octet-stream", 1024));
    assert_eq!(octets(&demo, "/repos/acme/rocket/releases/assets/1").await.status, 404);
    assert_eq!(demo.anon().get("/_content/assets/5002/1").await.status, 404);
    assert_eq!(demo.anon().get("/_content/nothing").await.status, 404);
}

#[tokio::test]
async fn an_archive_is_of_a_reference_or_of_the_default_branch() {
    let demo = demo().await;
    for (kind, content_type) in [("tarball", "application/x-gzip"), ("zipball", "application/zip")] {
        for reference in ["", "/", "/main", "/refs/tags/v0.1.0", "/feature/7"] {
            let answer = demo.mona().get(&format!("/repos/acme/rocket/{kind}{reference}")).await;
            assert_eq!(followed(&demo, &answer).await.header("content-type"), content_type, "{reference}");
        }
        assert_eq!(demo.mona().get(&format!("/repos/acme/rocket/{kind}/nothing")).await.status, 404);
    }
    let private = "/repos/acme/secret-plans/tarball/main";
    assert_eq!(demo.mallory().get(private).await.status, 404);
}

#[tokio::test]
async fn artifacts_and_logs_of_runs_are_zip_archives() {
    let demo = demo().await;
    let artifacts = demo.mona().get("/repos/acme/rocket/actions/artifacts?name=build").await.body;
    assert_eq!(
        (&artifacts["total_count"], &artifacts["artifacts"][0]["id"]),
        (&35.into(), &1_200_235.into())
    );
    let other = demo.mona().get("/repos/acme/rocket/actions/artifacts?name=other").await.body;
    assert_eq!(other["total_count"], 0);
    for path in [
        "/repos/acme/rocket/actions/artifacts/1200207/zip",
        "/repos/acme/rocket/actions/runs/500207/logs",
        "/repos/acme/rocket/actions/runs/500207/attempts/1/logs",
    ] {
        let archive = followed(&demo, &demo.mona().get(path).await).await;
        assert_eq!(archive.header("content-type"), "application/zip");
        assert!(archive.text.starts_with("PK"));
        assert_eq!(demo.anon().get(path).await.status, 401, "{path}");
    }
    assert_eq!(demo.mona().get("/repos/acme/rocket/actions/artifacts/1200207/tar").await.status, 404);
}

#[tokio::test]
async fn downloads_may_be_anywhere() {
    let demo = demo().await;
    let base = "https://codeload.github.com";
    demo.github.edit(|state| state.download_base = Some(base.to_owned()));
    let answer = demo.mona().get("/repos/acme/rocket/tarball/main").await;
    assert_eq!(answer.header("location"), "https://codeload.github.com/tarball/acme/rocket/main");
}
