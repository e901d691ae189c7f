//! Every route with every principal. A route without a row fails.

use axum::body::Body;
use http::Request;
use octopool_api_types::endpoints::{Auth, ENDPOINTS};
use octopool_api_types::paths;
use octopool_testkit::{Answer, TestApp};

use crate::support::{filled, named_admin, pat, provision};

/// What a principal without the right one gets.
struct Row {
    anonymous: &'static str,
    nonsense: &'static str,
    caller: &'static str,
    other_caller: &'static str,
    admin: &'static str,
}

/// `ok` means that authorisation lets the request through; what becomes of it is another test's matter.
fn row(auth: Auth) -> Row {
    match auth {
        Auth::Open => Row { anonymous: "ok", nonsense: "ok", caller: "ok", other_caller: "ok", admin: "ok" },
        Auth::Admin => Row {
            anonymous: "missing_auth",
            nonsense: "invalid_admin_auth",
            caller: "invalid_admin_auth",
            other_caller: "invalid_admin_auth",
            admin: "ok",
        },
        Auth::Caller => Row {
            anonymous: "missing_auth",
            nonsense: "invalid_auth",
            caller: "ok",
            other_caller: "invalid_auth",
            admin: "invalid_auth",
        },
    }
}

const AUTH_CODES: [&str; 3] = ["missing_auth", "invalid_auth", "invalid_admin_auth"];

fn outcome(answer: &Answer) -> String {
    let code = answer.code();
    if AUTH_CODES.contains(&code.as_str()) {
        assert_eq!(answer.status(), 401);
        return code;
    }
    "ok".to_owned()
}

#[tokio::test]
async fn every_route_asks_for_what_its_row_says() {
    let app = TestApp::start().await;
    let caller = provision(&app, "hubot", "team").await;
    let other_caller = provision(&app, "mona", "another").await;
    let named = named_admin(&app, "named", None).await;
    for route in ENDPOINTS {
        let path = filled(route.path);
        let expected = row(route.auth);
        for (who, client, expected) in [
            ("anonymous", app.anon(), expected.anonymous),
            ("nonsense", app.bearer("op_nonsense"), expected.nonsense),
            ("caller", app.bearer(&caller), expected.caller),
            ("other caller", app.bearer(&other_caller), expected.other_caller),
            ("admin", app.admin(), expected.admin),
            ("named admin", app.bearer(&named), expected.admin),
        ] {
            let request = Request::builder()
                .method(&route.method)
                .uri(format!("http://localhost:8787{path}"))
                // The pool of a relayed read stands beside the path.
                .header("x-octopool-pool", "team")
                .header("content-type", "application/json");
            let body = if route.path == paths::GITHUB_REQUEST {
                r#"{"pool":"team","method":"GET","path":"/repos/acme/rocket"}"#
            } else {
                "{}"
            };
            let answer = client.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(outcome(&answer), expected, "{} {} as {who}", route.method, route.path);
        }
    }
}

/// What an admin token for the pool `team` may do, and one for another pool: `ok` lets the request through, whatever becomes of it.
#[expect(clippy::match_same_arms, reason = "each row stands beside its reason")]
#[expect(clippy::panic, reason = "a route without a row fails")]
fn restricted(method: &str, path: &str) -> (&'static str, &'static str) {
    match (method, path) {
        // The pool stands in the path.
        (
            _,
            "/v1/admin/pools/{pool}"
            | "/v1/admin/pools/{pool}/identities"
            | "/v1/admin/pools/{pool}/identities/{id}"
            | "/v1/admin/pools/{pool}/identities/{id}/verify"
            | "/v1/admin/callers/{caller}/pools/{pool}",
        ) => ("ok", "pool_denied"),
        // It stands in the body or in the query.
        ("POST" | "GET", "/v1/admin/callers")
        | ("GET", "/v1/admin/audit" | "/v1/admin/audit/export" | "/v1/admin/doctor") => ("ok", "pool_denied"),
        // Without a filter it shows what the token may see.
        ("GET", "/v1/admin/pools") => ("ok", "ok"),
        ("GET", "/v1/admin/state") => ("ok", "ok"),
        // The document may speak of that pool only.
        ("POST", "/v1/admin/plan" | "/v1/admin/apply") => ("ok", "pool_denied"),
        // Whether the caller is one of the pool's is not known before it has been read.
        ("GET", "/v1/admin/callers/{caller}") => ("ok", "ok"),
        // It is about more than one pool.
        ("PATCH", "/v1/admin/callers/{caller}")
        | ("DELETE", "/v1/admin/callers/{caller}/clients/{client}")
        | ("GET", "/v1/admin/audit/verify") => ("pool_denied", "pool_denied"),
        ("POST", "/v1/admin/audit/cut") | (_, "/v1/admin/tokens" | "/v1/admin/tokens/{token}") => {
            ("root_required", "root_required")
        }
        _ => panic!("{method} {path} has no row: may an admin token for one pool use it?"),
    }
}

#[tokio::test]
async fn an_admin_token_for_one_pool_opens_that_pool_only() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let this = named_admin(&app, "this", Some("team")).await;
    let other = named_admin(&app, "other", Some("other")).await;
    let body = r#"{"pool": "team", "github_login": "mona"}"#;
    for route in ENDPOINTS.iter().filter(|route| route.auth == Auth::Admin) {
        let by_filter =
            ["/v1/admin/callers", "/v1/admin/audit", "/v1/admin/audit/export", "/v1/admin/doctor"];
        let query = if route.method == "GET" && by_filter.contains(&route.path) { "?pool=team" } else { "" };
        let expected = restricted(route.method.as_str(), route.path);
        for (who, token, expected) in [("this", &this, expected.0), ("other", &other, expected.1)] {
            let request = Request::builder()
                .method(&route.method)
                .uri(format!("http://localhost:8787{}{query}", filled(route.path)))
                .header("content-type", "application/json");
            let document = r#"{"desired": {"pools": {"team": {}}}, "state_hash": "none"}"#;
            let body = match route.path {
                paths::ADMIN_PLAN => &document.replace(r#", "state_hash": "none""#, ""),
                paths::ADMIN_APPLY => document,
                _ => body,
            };
            let answer = app.bearer(token).send(request.body(Body::from(body.to_owned())).unwrap()).await;
            let code = answer.code();
            let denied = ["pool_denied", "root_required", "invalid_admin_auth"].contains(&code.as_str());
            let outcome = if denied { code.as_str() } else { "ok" };
            assert_eq!(
                outcome,
                expected,
                "{} {} with the token for {who}: {}",
                route.method,
                route.path,
                answer.text()
            );
        }
    }
}

#[test]
fn the_path_says_what_a_route_asks_for() {
    for route in ENDPOINTS {
        let expected = if route.path.starts_with("/v1/admin/") {
            Auth::Admin
        } else if ["/v1/pools/", "/v1/github/"].iter().any(|path| route.path.starts_with(path))
            || paths::is_rest(route.path)
        {
            Auth::Caller
        } else {
            Auth::Open
        };
        assert_eq!(route.auth, expected, "{}", route.path);
    }
}

#[tokio::test]
async fn another_scheme_is_no_credential() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    for value in [format!("Basic {token}"), token.clone(), format!("Bearer{token}"), "Bearer".to_owned()] {
        let request =
            http::Request::get("http://localhost/v1/pools/team/health").header("authorization", value);
        let answer = app.anon().send(request.body(axum::body::Body::empty()).unwrap()).await;
        answer.expect(401, "missing_auth");
    }
    let request = http::Request::get("http://localhost/v1/pools/team/health")
        .header("authorization", format!("bEaReR {token}"));
    app.anon().send(request.body(axum::body::Body::empty()).unwrap()).await.ok(200);
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
}
