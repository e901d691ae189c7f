//! Files, commits, references.

use octopool_github_standin::demo;
use reqwest::Method;

use crate::support::{Answer, Demo, demo, send};

async fn raw(demo: &Demo, path: &str) -> Answer {
    accepting(demo, path, "application/vnd.github.raw+json").await
}

async fn accepting(demo: &Demo, path: &str, media_type: &str) -> Answer {
    send(demo.mona().request(Method::GET, path).header("accept", media_type)).await
}

#[tokio::test]
async fn a_file_comes_as_json_or_raw_and_a_directory_as_a_list() {
    let demo = demo().await;
    let file = demo.mona().get("/repos/acme/rocket/contents/src/lib.rs").await;
    assert_eq!(
        (&file.body["encoding"], &file.body["content"]),
        (&"base64".into(), &"cHViIGZuIGxhdW5jaCgpIHt9Cg==\n".into())
    );
    let text = raw(&demo, "/repos/acme/rocket/contents/src/lib.rs").await;
    assert_eq!(text.text, "pub fn launch() {}\n");
    assert_eq!(text.header("content-type"), "application/vnd.github.raw+json; charset=utf-8");
    let older =
        accepting(&demo, "/repos/acme/rocket/contents/src/lib.rs", "application/vnd.github.v3.raw").await;
    assert_eq!(older.text, text.text);
    let usual =
        accepting(&demo, "/repos/acme/rocket/contents/src/lib.rs", "application/vnd.github+json").await;
    assert_eq!(usual.body["name"], "lib.rs");
    let root = demo.mona().get("/repos/acme/rocket/contents").await;
    let paths: Vec<_> = root.body.as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"README.md") && paths.contains(&"docs"), "{paths:?}");
    let encoded = demo.mona().get("/repos/acme/rocket/contents/src%2Flib.rs").await;
    assert_eq!(encoded.body["path"], "src/lib.rs", "Octokit's form");
    assert_eq!(demo.mona().get("/repos/acme/rocket/contents/nothing").await.status, 404);
    assert_eq!(demo.mona().get("/repos/acme/rocket/contents/src?ref=nowhere").await.status, 404);
}

#[tokio::test]
async fn a_readme_is_that_of_the_directory() {
    let demo = demo().await;
    assert_eq!(demo.mona().get("/repos/acme/rocket/readme").await.body["path"], "README.md");
    assert_eq!(demo.mona().get("/repos/acme/rocket/readme/docs").await.body["path"], "docs/README.md");
    assert_eq!(demo.mona().get("/repos/acme/rocket/readme/src").await.status, 404);
}

#[tokio::test]
async fn a_commit_has_many_names() {
    let demo = demo().await;
    let main = demo.mona().get("/repos/acme/rocket/commits/main").await.body["sha"].clone();
    let sha = main.as_str().unwrap();
    for name in [sha, &sha[..7], "HEAD", "v0.4.0"] {
        assert_eq!(demo.mona().get(&format!("/repos/acme/rocket/commits/{name}")).await.body["sha"], sha);
    }
    let nothing = demo.mona().get("/repos/acme/rocket/commits/nothing").await;
    assert_eq!(nothing.refusal(), (422, "No commit found for SHA: nothing"));
}

#[tokio::test]
async fn two_commits_are_compared_from_where_they_part() {
    let demo = demo().await;
    let compare = async |spec: &str| {
        let body = demo.mona().get(&format!("/repos/acme/rocket/compare/{spec}")).await.body;
        (body["status"].clone(), body["ahead_by"].clone(), body["behind_by"].clone())
    };
    assert_eq!(compare("v0.1.0...main").await, ("ahead".into(), 30.into(), 0.into()));
    assert_eq!(compare("main...v0.1.0").await, ("behind".into(), 0.into(), 30.into()));
    assert_eq!(compare("main...main").await, ("identical".into(), 0.into(), 0.into()));
    assert_eq!(compare("feature/1...feature/2").await, ("diverged".into(), 1.into(), 1.into()));
}

#[tokio::test]
async fn references_lead_to_objects() {
    let demo = demo().await;
    let tag = demo.mona().get("/repos/acme/rocket/git/ref/tags/v0.1.0").await.body;
    assert_eq!(tag["object"]["type"], "tag");
    let path = format!("/repos/acme/rocket/git/tags/{}", tag["object"]["sha"].as_str().unwrap());
    assert_eq!(demo.mona().get(&path).await.body["tag"], "v0.1.0");
    let matching = demo.mona().get("/repos/acme/rocket/git/matching-refs/heads/feature/1").await;
    // feature/1, feature/10, feature/11, feature/12.
    assert_eq!(matching.body.as_array().unwrap().len(), 4);
    assert_eq!(
        demo.mona().get("/repos/acme/rocket/git/ref/heads%2Fmain").await.body["ref"],
        "refs/heads/main"
    );
    assert_eq!(demo.mona().get("/repos/acme/rocket/branches/feature%2F7").await.body["name"], "feature/7");
}

#[tokio::test]
async fn a_tree_is_read_level_by_level_or_at_once() {
    let demo = demo().await;
    let paths = |answer: Answer| -> Vec<String> {
        let tree = answer.body["tree"].as_array().unwrap().iter();
        tree.map(|it| it["path"].as_str().unwrap().to_owned()).collect()
    };
    let root = demo.mona().get("/repos/acme/rocket/git/trees/main").await;
    let docs =
        root.body["tree"].as_array().unwrap().iter().find(|it| it["path"] == "docs").unwrap()["sha"].clone();
    assert!(!paths(root).contains(&"docs/guide/launch.md".to_owned()));
    let docs = format!("/repos/acme/rocket/git/trees/{}", docs.as_str().unwrap());
    assert_eq!(paths(demo.mona().get(&docs).await), ["README.md", "guide"]);
    let all = demo.mona().get("/repos/acme/rocket/git/trees/main?recursive=1").await;
    assert!(paths(all).contains(&"docs/guide/launch.md".to_owned()));
}

#[tokio::test]
async fn blobs_come_in_sizes() {
    let demo = demo().await;
    for (sha, least, most) in [
        (demo::BLOB_2_KB, 2_000, 3_000),
        (demo::BLOB_64_KB, 64_000, 70_000),
        (demo::BLOB_1_MB, 1_000_000, 1_100_000),
    ] {
        let length = demo.mona().get(&format!("/repos/acme/rocket/git/blobs/{sha}")).await.text.len();
        assert!((least..most).contains(&length), "{sha}: {length}");
    }
    let sha = demo.github.edit(|state| state.contents.add_sized_blob(demo::WEBSITE, 7));
    assert_eq!(raw(&demo, &format!("/repos/acme/website/git/blobs/{sha}")).await.text, "xxxxxxx");
}

#[tokio::test]
async fn a_change_also_comes_as_text() {
    let demo = demo().await;
    for path in ["pulls/7", "commits/main", "compare/v0.1.0...main"] {
        let path = format!("/repos/acme/rocket/{path}");
        for media_type in ["application/vnd.github.diff", "application/vnd.github.v3.diff"] {
            let diff = accepting(&demo, &path, media_type).await;
            assert_eq!(diff.header("content-type"), "application/vnd.github.diff; charset=utf-8");
            assert!(diff.text.starts_with("diff --git a/"), "{path}: {}", diff.text);
        }
        let mail = accepting(&demo, &path, "application/vnd.github.patch").await;
        assert_eq!(mail.header("content-type"), "application/vnd.github.patch; charset=utf-8");
        assert!(mail.text.starts_with("From ") && mail.text.contains("\ndiff --git a/"), "{}", mail.text);
    }
    let sha = accepting(&demo, "/repos/acme/rocket/commits/main", "application/vnd.github.sha").await;
    let commit = demo.mona().get("/repos/acme/rocket/commits/main").await;
    assert_eq!((sha.text.as_str(), sha.text.len()), (commit.body["sha"].as_str().unwrap(), 40));
    let nothing = accepting(&demo, "/repos/acme/rocket/compare/main...main", "application/vnd.github.diff");
    assert_eq!(nothing.await.text, "");
}
