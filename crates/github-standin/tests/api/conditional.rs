//! `ETag`s: bound to the token, free of charge when nothing changed.

use octopool_github_standin::demo;
use reqwest::Method;

use crate::support::{Answer, Client, demo, send};

async fn again(client: &Client, etag: &str) -> Answer {
    send(client.request(Method::GET, "/repos/acme/rocket").header("if-none-match", etag)).await
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let demo = demo().await;
    let first = demo.mona().get("/repos/acme/rocket").await;
    let second = again(&demo.mona(), first.header("etag")).await;
    assert_eq!((second.status, second.text.as_str()), (304, ""));
    assert_eq!(second.header("etag"), first.header("etag"));
}

#[tokio::test]
async fn an_authorised_304_is_free() {
    let demo = demo().await;
    let first = demo.mona().get("/repos/acme/rocket").await;
    let second = again(&demo.mona(), first.header("etag")).await;
    assert_eq!(second.header("x-ratelimit-remaining"), first.header("x-ratelimit-remaining"));
}

#[tokio::test]
async fn an_anonymous_304_costs() {
    let demo = demo().await;
    let first = demo.anon().get("/repos/acme/rocket").await;
    let second = again(&demo.anon(), first.header("etag")).await;
    assert_eq!((second.status, second.header("x-ratelimit-remaining")), (304, "58"));
}

#[tokio::test]
async fn an_etag_is_bound_to_the_token() {
    let demo = demo().await;
    let monas = demo.mona().get("/repos/acme/rocket").await;
    for other in [demo.org(), demo.hubot(), demo.anon()] {
        assert_eq!(again(&other, monas.header("etag")).await.status, 200);
    }
}

#[tokio::test]
async fn a_change_is_sent() {
    let demo = demo().await;
    let first = demo.mona().get("/repos/acme/rocket").await;
    demo.github.edit(|state| state.repositories.set_private(demo::ROCKET, true)).unwrap();
    let second = again(&demo.mona(), first.header("etag")).await;
    assert_eq!((second.status, &second.body["private"]), (200, &true.into()));
}

#[tokio::test]
async fn etags_are_compared_weakly_and_in_lists() {
    let demo = demo().await;
    let first = demo.mona().get("/repos/acme/rocket").await;
    let strong = first.header("etag").strip_prefix("W/").expect("a weak etag").to_owned();
    assert_eq!(again(&demo.mona(), &strong).await.status, 304);
    assert_eq!(again(&demo.mona(), &format!("\"x\", {strong}")).await.status, 304);
    assert_eq!(again(&demo.mona(), "\"x\"").await.status, 200);
}

#[tokio::test]
async fn a_date_will_do_where_github_gives_one() {
    let demo = demo().await;
    let path = "/repos/acme/rocket/issues/20";
    let date = demo.mona().get(path).await.header("last-modified").to_owned();
    assert_eq!(date, "Tue, 06 Jan 2026 00:01:00 GMT");
    let since = |date: &str| demo.mona().request(Method::GET, path).header("if-modified-since", date);
    assert_eq!(send(since(&date)).await.status, 304);
    assert_eq!(send(since("Tue, 06 Jan 2026 00:00:00 GMT")).await.status, 200);
    // RFC 9110, 13.1.3: not looked at when there is an `If-None-Match`.
    assert_eq!(send(since(&date).header("if-none-match", "\"x\"")).await.status, 200);
}
