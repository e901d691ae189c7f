//! What an admin of one pool can find out about other pools: nothing but what a refusal cannot
//! hide.

use std::fmt::Write as _;

use axum::body::Body;
use http::Request;
use octopool_api_types::endpoints::{Auth, ENDPOINTS};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{named_admin, pat, provision};

/// Names that a request can ask about.
#[derive(Debug)]
struct Names {
    pool: String,
    identity: String,
    caller: String,
    login: String,
}

/// A target after `/v1/admin`, and a body.
type Case = (String, Value);

/// The requests of a route that name something. Each is sent once with names that do not exist and
/// once with those of another pool, and both answers have to be the same.
///
/// Three things cannot be hidden, so no request here makes them: an identity id is unique over all
/// pools, a credential serves one pool, and a caller of another pool is not taken in.
#[expect(clippy::panic, reason = "a route without a row fails")]
fn cases(method: &str, path: &str, names: &Names) -> Vec<Case> {
    let Names { pool, identity, caller, login } = names;
    let none = || json!({});
    let in_pool = |rest: &str, body: Value| (format!("/pools/{pool}{rest}"), body);
    let document = || json!({"pools": {pool.as_str(): {}}});
    match (method, path) {
        ("GET", "/v1/admin/callers") => vec![
            (format!("/callers?pool={pool}"), none()),
            (format!("/callers?login={login}"), none()),
            (format!("/callers?login={login}&pool=team"), none()),
        ],
        ("POST", "/v1/admin/callers") => {
            vec![("/callers".to_owned(), json!({"pool": pool, "github_login": "octocat"}))]
        }
        ("GET" | "PATCH", "/v1/admin/callers/{caller}") => {
            vec![(format!("/callers/{caller}"), json!({"status": "disabled"}))]
        }
        (_, "/v1/admin/callers/{caller}/pools/{pool}") => vec![
            (format!("/callers/{caller}/pools/team"), none()),
            (format!("/callers/{caller}/pools/team?dry_run=true"), none()),
            (format!("/callers/{caller}/pools/{pool}"), none()),
        ],
        (_, "/v1/admin/callers/{caller}/clients/{client}") => {
            vec![(format!("/callers/{caller}/clients/admin"), none())]
        }
        ("GET", "/v1/admin/pools") => vec![("/pools".to_owned(), none())],
        (_, "/v1/admin/pools/{pool}") => vec![in_pool("", json!({"policy": {}}))],
        (_, "/v1/admin/pools/{pool}/health") => vec![in_pool("/health", none())],
        (_, "/v1/admin/pools/{pool}/stats") => vec![in_pool("/stats", none())],
        (_, "/v1/admin/pools/{pool}/identities") => vec![in_pool("/identities", pat(identity))],
        (_, "/v1/admin/pools/{pool}/identities/{id}") => vec![
            (format!("/pools/team/identities/{identity}"), json!({"weight": 3})),
            (format!("/pools/team/identities/{identity}"), json!({"secret_ref": "OTHER"})),
            in_pool(&format!("/identities/{identity}"), json!({"weight": 3})),
        ],
        (_, "/v1/admin/pools/{pool}/identities/{id}/verify") => vec![
            (format!("/pools/team/identities/{identity}/verify"), none()),
            in_pool(&format!("/identities/{identity}/verify"), none()),
        ],
        (_, "/v1/admin/audit" | "/v1/admin/audit/export") => {
            let path = path.trim_start_matches("/v1/admin");
            vec![(format!("{path}?pool={pool}"), none()), (format!("{path}?actor=caller:{caller}"), none())]
        }
        (_, "/v1/admin/doctor") => vec![(format!("/doctor?pool={pool}"), none())],
        (_, "/v1/admin/plan") => vec![("/plan".to_owned(), json!({"desired": document()}))],
        (_, "/v1/admin/apply") => {
            vec![("/apply".to_owned(), json!({"desired": document(), "state_hash": "x"}))]
        }
        // These are of the whole deployment: nothing in them names anything of a pool.
        (
            _,
            "/v1/admin/audit/verify"
            | "/v1/admin/audit/cut"
            | "/v1/admin/state"
            | "/v1/admin/tokens"
            | "/v1/admin/tokens/{token}",
        ) => Vec::new(),
        _ => panic!("{method} {path} has no row: what does it tell of another pool?"),
    }
}

/// What can be seen of an answer, with the names that were asked about left out.
fn seen(answer: &Answer, names: &Names) -> String {
    let id = answer.header("x-request-id").unwrap_or_default();
    let mut text = format!("{}\n", answer.status());
    for (name, value) in answer.headers() {
        writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    text += &answer.text();
    for name in [id, &names.pool, &names.identity, &names.caller] {
        text = text.replace(name, "…");
    }
    text
}

/// Pools `team` and `other` with what each may have, a token for `team`, and the names of the other
/// pool.
async fn two_pools() -> (TestApp, String, Names) {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "other").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    let mut theirs = pat("p2");
    theirs["secret_ref"] = json!("OCTOPOOL_PAT_OTHER");
    app.admin().post("/v1/admin/pools/other/identities", &theirs).await.ok(201);
    let token = named_admin(&app, "lead", Some("team")).await;
    let caller = app.database.value("SELECT id FROM callers WHERE github_login = 'mona'");
    let names = Names {
        pool: "other".to_owned(),
        identity: "p2".to_owned(),
        caller: caller.as_str().unwrap().to_owned(),
        login: "mona".to_owned(),
    };
    (app, token, names)
}

#[tokio::test]
async fn what_is_in_another_pool_looks_as_if_it_did_not_exist() {
    let (app, token, there) = two_pools().await;
    let absent = Names {
        pool: "no-pool".to_owned(),
        identity: "p9".to_owned(),
        caller: "11111111-1111-4111-8111-111111111111".to_owned(),
        login: "nobody".to_owned(),
    };
    let etag = app.admin().get(&format!("/v1/admin/callers/{}", there.caller)).await;
    let etag = etag.header("etag").unwrap().to_owned();
    for route in ENDPOINTS.iter().filter(|route| route.auth == Auth::Admin) {
        let cases = |names| cases(route.method.as_str(), route.path, names);
        for (there_case, absent_case) in cases(&there).into_iter().zip(cases(&absent)) {
            for condition in [None, Some("*"), Some("\"x\""), Some(etag.as_str())] {
                let mut answers = Vec::new();
                for (names, (target, body)) in [(&there, &there_case), (&absent, &absent_case)] {
                    let request = Request::builder()
                        .method(&route.method)
                        .uri(format!("http://localhost:8787/v1/admin{target}"))
                        .header("content-type", "application/json");
                    let request =
                        condition.into_iter().fold(request, |request, tag| request.header("if-match", tag));
                    let before = app.database.counts();
                    let body = Body::from(body.to_string());
                    let answer = app.bearer(&token).send(request.body(body).unwrap()).await;
                    let after = app.database.counts();
                    // How much it asked the database shows in the time that it took.
                    answers.push((seen(&answer, names), after.0 - before.0, after.1 - before.1));
                }
                assert_eq!(answers[0], answers[1], "{} {} {condition:?}", route.method, there_case.0);
            }
        }
    }
}

#[tokio::test]
async fn the_version_of_a_shared_caller_covers_what_is_seen_of_it() {
    let (app, token, _) = two_pools().await;
    let caller = app.database.value("SELECT id FROM callers WHERE github_login = 'hubot'");
    let path = format!("/v1/admin/callers/{}", caller.as_str().unwrap());
    let tag = |answer: Answer| {
        assert_eq!(answer.status(), 200);
        answer.header("etag").unwrap().to_owned()
    };
    let (lead, root) = (app.bearer(&token), app.admin());
    let (seen, all) = (tag(lead.get(&path).await), tag(root.get(&path).await));
    provision(&app, "hubot", "other").await;
    assert_eq!(tag(lead.get(&path).await), seen, "a grant for another pool");
    assert_ne!(tag(root.get(&path).await), all);
    root.patch(&path, None, &json!({"status": "disabled"})).await.ok(200);
    assert_ne!(tag(lead.get(&path).await), seen, "what is seen of it");
    root.patch(&path, None, &json!({"status": "active"})).await.ok(200);
    // It is the tag that a change asks for.
    let revoke = |tag: &str| {
        let request = Request::delete(format!("http://localhost:8787{path}/pools/team"));
        request.header("if-match", tag).body(Body::empty()).unwrap()
    };
    lead.send(revoke("\"x\"")).await.expect(412, "precondition_failed");
    assert_eq!(lead.send(revoke(&seen)).await.status(), 204);
    lead.get(&path).await.expect(404, "caller_not_found");
    root.get(&path).await.ok(200);
}

#[tokio::test]
async fn whether_a_caller_of_another_pool_is_disabled_is_not_told() {
    let (app, token, names) = two_pools().await;
    let body = json!({"pool": "team", "github_login": names.login});
    for status in ["active", "disabled"] {
        let path = format!("/v1/admin/callers/{}", names.caller);
        app.admin().patch(&path, None, &json!({"status": status})).await.ok(200);
        for target in ["/v1/admin/callers", "/v1/admin/callers?dry_run=true"] {
            app.bearer(&token).post(target, &body).await.expect(403, "pool_denied");
        }
    }
}
