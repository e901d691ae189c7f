//! Releases: who sees drafts.

use octopool_github_standin::demo;
use octopool_github_standin::model::apps::Access;

use crate::support::{Client, demo};

const DRAFT: &str = "/repos/acme/rocket/releases/50029";

async fn drafts(client: &Client) -> usize {
    let answer = client.get("/repos/acme/rocket/releases").await;
    answer.body.as_array().unwrap().iter().filter(|it| it["draft"] == true).count()
}

#[tokio::test]
async fn drafts_exist_for_those_who_may_push() {
    let demo = demo().await;
    assert_eq!((drafts(&demo.mona()).await, demo.mona().get(DRAFT).await.status), (1, 200));
    for client in [demo.anon(), demo.hubot(), demo.org(), demo.installation().await] {
        assert_eq!((drafts(&client).await, client.get(DRAFT).await.status), (0, 404));
    }
}

#[tokio::test]
async fn an_installation_that_writes_contents_sees_drafts() {
    let demo = demo().await;
    demo.github
        .edit(|state| {
            let installation = state.installations.edit(demo::INSTALLATION)?;
            installation.permissions.insert("contents".to_owned(), Access::Write);
            Ok::<_, octopool_github_standin::EditError>(())
        })
        .unwrap();
    assert_eq!(drafts(&demo.installation().await).await, 1);
}

#[tokio::test]
async fn the_latest_is_neither_draft_nor_prerelease() {
    let demo = demo().await;
    assert_eq!(demo.mona().get("/repos/acme/rocket/releases/latest").await.body["tag_name"], "v0.4.0");
    assert_eq!(demo.mona().get("/repos/acme/rocket/releases/tags/v0.3.0").await.body["prerelease"], true);
    assert_eq!(demo.mona().get("/repos/acme/rocket/releases/tags/v1.0.0").await.status, 404);
}
