//! Pages of the admin's lists.

use std::collections::BTreeSet;

use octopool_testkit::{Answer, TestApp};
use serde_json::Value;

fn insert(app: &TestApp, id: &str) {
    app.database.execute(&format!("INSERT INTO pools VALUES ('{id}', '{{}}', 1, 1, 0)")).unwrap();
}

/// The target of the link to the next page.
fn next_link(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    Some(link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned())
}

fn ids(page: &Value) -> Vec<String> {
    page["pools"].as_array().unwrap().iter().map(|pool| pool["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_object_is_met_once_while_others_come_and_go() {
    let app = TestApp::start().await;
    for number in 0..120 {
        insert(&app, &format!("pool-{number:03}"));
    }
    let (mut path, mut met, mut pages) = ("/v1/admin/pools?limit=7".to_owned(), Vec::new(), 0);
    loop {
        let answer = app.admin().get(&path).await;
        let (link, page) = (next_link(&answer), answer.ok(200));
        met.extend(ids(&page));
        // Before and after where the reader is; and what it has just seen goes.
        insert(&app, &format!("a-{pages}"));
        insert(&app, &format!("z-{pages:03}"));
        app.database.execute(&format!("DELETE FROM pools WHERE id = '{}'", met.last().unwrap())).unwrap();
        pages += 1;
        assert_eq!(link.is_some(), page["next_cursor"].is_string());
        match link {
            Some(link) if pages < 100 => {
                assert!(link.starts_with("http://localhost:8787/v1/admin/pools?limit=7&cursor="), "{link}");
                path = link;
            }
            _ => break,
        }
    }
    let distinct: BTreeSet<_> = met.iter().collect();
    assert_eq!(distinct.len(), met.len(), "none twice");
    assert_eq!(met.iter().filter(|id| id.starts_with("pool-")).count(), 120, "none missed");
    assert!(met.is_sorted());
}

#[tokio::test]
async fn a_page_has_50_unless_told_and_the_last_one_ends_the_list() {
    let app = TestApp::start().await;
    for number in 0..201 {
        insert(&app, &format!("pool-{number:03}"));
    }
    assert_eq!(ids(&app.admin().get("/v1/admin/pools").await.ok(200)).len(), 50);
    let first = app.admin().get("/v1/admin/pools?limit=200").await.ok(200);
    assert_eq!(ids(&first).len(), 200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let last = app.admin().get(&format!("/v1/admin/pools?cursor={cursor}&limit=1")).await;
    assert_eq!(next_link(&last), None, "exactly full is full");
    let last = last.ok(200);
    assert_eq!((ids(&last), &last["next_cursor"]), (vec!["pool-200".to_owned()], &Value::Null));
}

#[tokio::test]
async fn the_link_leads_to_where_the_request_came_to() {
    let app = TestApp::start().await;
    insert(&app, "a");
    insert(&app, "b");
    let answer = app.admin().get("https://pool.example:8443/v1/admin/pools?limit=1").await;
    let link = next_link(&answer).unwrap();
    assert!(link.starts_with("https://pool.example:8443/v1/admin/pools?limit=1&cursor="), "{link}");
}

#[tokio::test]
async fn what_is_no_page_is_refused_by_name() {
    let app = TestApp::start().await;
    insert(&app, "a");
    insert(&app, "b");
    let page = app.admin().get("/v1/admin/pools?limit=1").await.ok(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let (shorter, longer, swapped) = (&cursor[1..], format!("{cursor}A"), cursor.to_uppercase());
    for (query, fields) in [
        ("limit=0".to_owned(), vec!["limit"]),
        ("limit=201".to_owned(), vec!["limit"]),
        ("limit=-1".to_owned(), vec!["limit"]),
        ("limit=many".to_owned(), vec!["limit"]),
        ("limit=".to_owned(), vec!["limit"]),
        ("limit=1&limit=2".to_owned(), vec!["limit"]),
        ("cursor=".to_owned(), vec!["cursor"]),
        ("cursor=a".to_owned(), vec!["cursor"]),
        ("cursor=%00%FF".to_owned(), vec!["cursor"]),
        (format!("cursor={shorter}"), vec!["cursor"]),
        (format!("cursor={longer}"), vec!["cursor"]),
        (format!("cursor={swapped}"), vec!["cursor"]),
        ("page=2".to_owned(), vec!["page"]),
        ("limit=x&cursor=x&per_page=1".to_owned(), vec!["limit", "cursor", "per_page"]),
    ] {
        let answer =
            app.admin().get(&format!("/v1/admin/pools?{query}")).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields, "{query}");
    }
}
