//! `GET /v1/admin/audit`.

use std::time::Duration;

use octopool_core::Timestamp;
use octopool_testkit::TestApp;
use octopool_worker::ports::Clock as _;
use serde_json::{Value, json};

use crate::support::{log_in, pat, provision};

const PATH: &str = "/v1/admin/audit";

/// Three provisionings, a login and a registration, a minute apart, and when each was.
async fn eventful() -> (TestApp, Vec<Timestamp>) {
    let app = TestApp::start().await;
    let mut times = Vec::new();
    for login in ["hubot", "mona", "octocat"] {
        provision(&app, login, "maintainers").await;
        times.push(app.clock.now());
        app.clock.advance(Duration::from_mins(1));
    }
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    times.push(app.clock.now());
    app.clock.advance(Duration::from_mins(1));
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    times.push(app.clock.now());
    (app, times)
}

fn seqs(answer: &Value) -> Vec<i64> {
    answer["events"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect()
}

fn written(time: Timestamp) -> String {
    time.to_rfc3339().unwrap()
}

#[tokio::test]
async fn what_happened_last_comes_first_with_all_that_is_known_of_it() {
    let (app, times) = eventful().await;
    let answer = app.admin().get(PATH).await;
    assert_eq!(answer.header("link"), None);
    let answer = answer.ok(200);
    assert_eq!((seqs(&answer), &answer["next_cursor"]), (vec![5, 4, 3, 2, 1], &Value::Null));
    let event = &answer["events"][0];
    let stored = app.database.rows("SELECT request_id, digest FROM audit_events WHERE seq = 5");
    assert_eq!(
        event,
        &json!({
            "seq": 5, "at": written(times[4]), "actor": "admin", "action": "identity.register", "pool": "team",
            "subject": "p1", "request_id": stored[0]["request_id"], "digest": stored[0]["digest"],
            "detail": {
                "created": true, "kind": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "installation_id": null,
                "weight": 100, "status": "active", "scopes": [{"owner": "acme", "repo": null, "allow_private": false}],
            },
        })
    );
}

#[tokio::test]
async fn filters_restrict_and_add_up() {
    let (app, times) = eventful().await;
    let caller = app.database.value("SELECT actor FROM audit_events WHERE seq = 4");
    let caller = caller.as_str().unwrap();
    for (query, expected) in [
        ("action=caller.provision".to_owned(), vec![3, 2, 1]),
        ("action=no.such_thing".to_owned(), vec![]),
        ("actor=admin".to_owned(), vec![5, 3, 2, 1]),
        (format!("actor={caller}"), vec![4]),
        ("actor=anonymous".to_owned(), vec![]),
        ("pool=team".to_owned(), vec![5]),
        ("pool=Team".to_owned(), vec![]),
        (format!("since={}", written(times[3])), vec![5, 4]),
        (format!("until={}", written(times[1])), vec![1]),
        (format!("since={}&until={}", written(times[1]), written(times[3])), vec![3, 2]),
        (format!("since={}&until={}", written(times[3]), written(times[1])), vec![]),
        ("since=1970-01-01T00:00:00%2B00:00".to_owned(), vec![5, 4, 3, 2, 1]),
        (format!("pool=maintainers&actor=admin&since={}", written(times[2])), vec![3]),
    ] {
        assert_eq!(seqs(&app.admin().get(&format!("{PATH}?{query}")).await.ok(200)), expected, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_also_while_more_happens() {
    let (app, _) = eventful().await;
    let first = app.admin().get(&format!("{PATH}?actor=admin&limit=2")).await;
    let link = first.header("link").unwrap().to_owned();
    let first = first.ok(200);
    assert_eq!(seqs(&first), [5, 3]);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(
        link,
        format!("<http://localhost:8787{PATH}?actor=admin&limit=2&cursor={cursor}>; rel=\"next\"")
    );
    provision(&app, "mona", "later").await;
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    let second = app.admin().get(next).await;
    assert_eq!(second.header("link"), None);
    let second = second.ok(200);
    assert_eq!((seqs(&second), &second["next_cursor"]), (vec![2, 1], &Value::Null));
}

#[tokio::test]
async fn parameters_are_checked_and_cursors_belong_to_their_list() {
    let (app, _) = eventful().await;
    let page = app.admin().get(&format!("{PATH}?limit=1")).await.ok(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    app.admin().get(&format!("{PATH}?cursor={cursor}")).await.ok(200);
    for (query, fields) in [
        ("limit=0", vec!["limit"]),
        ("limit=201", vec!["limit"]),
        ("limit=many", vec!["limit"]),
        ("since=yesterday", vec!["since"]),
        ("until=2026-11-23", vec!["until"]),
        ("since=1790000000000", vec!["since"]),
        ("action=Caller.Login", vec!["action"]),
        ("action=caller", vec!["action"]),
        ("actor=hubot", vec!["actor"]),
        ("actor=caller:", vec!["actor"]),
        ("pool=a%2Fb", vec!["pool"]),
        ("pool=", vec!["pool"]),
        ("acton=caller.login", vec!["acton"]),
        ("cursor=", vec!["cursor"]),
        ("cursor=4", vec!["cursor"]),
        ("cursor=NA", vec!["cursor"]),
        (&format!("pool=team&cursor={cursor}"), vec!["cursor"]),
        ("since=x&until=x&limit=x&y=1", vec!["since", "until", "limit", "y"]),
    ] {
        let answer = app.admin().get(&format!("{PATH}?{query}")).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields, "{query}");
    }
    app.admin().get(&format!("{PATH}/verify?cursor={cursor}")).await.expect(400, "invalid_request");
    app.admin().get(&format!("{PATH}/export?cursor={cursor}")).await.expect(400, "invalid_request");
}

#[tokio::test]
async fn a_row_that_somebody_edited_is_still_shown() {
    let (app, _) = eventful().await;
    app.tamper_with_the_audit();
    app.database.execute("UPDATE audit_events SET at = 9223372036854775807 WHERE seq = 2").unwrap();
    let answer = app.admin().get(PATH).await.ok(200);
    assert_eq!(answer["events"][3]["at"], "9999-12-31T23:59:59Z");
}
