//! What holds of every endpoint: methods, bodies, headers, https, configuration.

use axum::body::Body;
use http::{Method, Request};
use octopool_api_types::endpoints::{Auth, ENDPOINTS};
use octopool_api_types::paths;
use octopool_testkit::TestApp;
use serde_json::json;

use crate::support::{filled, pat, provision};

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let app = TestApp::start().await;
    for path in ["/v1", "/v1/", "/v2/pools/x/health", "/v1/pools/x/health/", "/%", "//", "/.well-known"] {
        app.admin().get(path).await.expect(404, "not_found");
    }
}

#[tokio::test]
async fn other_methods_of_a_known_path_are_refused_with_those_it_takes() {
    let app = TestApp::start().await;
    for route in ENDPOINTS {
        let allowed: Vec<_> =
            ENDPOINTS.iter().filter(|other| other.path == route.path).map(|other| &other.method).collect();
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        {
            if allowed.contains(&&method) {
                continue;
            }
            let answer = app
                .anon()
                .request(method.clone(), &filled(route.path))
                .await
                .expect(405, "method_not_allowed");
            let allow = answer.header("allow").unwrap_or_default().to_owned();
            for expected in &allowed {
                assert!(allow.contains(expected.as_str()), "{method} {}: Allow: {allow}", route.path);
            }
            assert_eq!(allow.contains("HEAD"), allowed.contains(&&Method::GET), "{allow}");
        }
    }
}

#[tokio::test]
async fn head_works_where_get_does_and_has_no_body() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    let c1 = "INSERT INTO callers VALUES ('c1', 'C', 'c', 1, 'acme', 'active', 1, 1, 1, 0)";
    app.database.execute(c1).unwrap();
    for route in ENDPOINTS.iter().filter(|route| route.method == Method::GET) {
        let path = filled(route.path);
        let client = if route.auth == Auth::Admin { app.admin() } else { app.bearer(&token) };
        let get = client.get(&path).await;
        let head = client.request(Method::HEAD, &path).await;
        // Of GitHub's paths some are there to be refused in GitHub's form.
        let served = if paths::is_rest_at_root(route.path) { get.status() } else { 200 };
        assert_eq!((head.status(), head.text().as_str()), (served, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
    let length = app.anon().get("/v1/pools/team/health").await.text().len().to_string();
    let refused = app.anon().request(Method::HEAD, "/v1/pools/team/health").await;
    assert_eq!(refused.header("content-length"), Some(length.as_str()));
    assert_eq!((refused.status(), refused.text().as_str()), (401, ""));
    assert_eq!(app.anon().request(Method::HEAD, "/none").await.status(), 404);
    assert_eq!(app.anon().request(Method::HEAD, "/v1/login/github-cli").await.status(), 405);
}

#[tokio::test]
async fn bodies_are_declared_as_json() {
    let app = TestApp::start().await;
    for path in ["/v1/admin/callers", "/v1/admin/pools/team/identities", "/v1/login/github-cli"] {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "",
        ] {
            app.admin().post_raw(path, kind, "{}").await.expect(415, "unsupported_media_type");
        }
        let request = Request::post(format!("http://localhost{path}")).body(Body::from("{}")).unwrap();
        app.admin().send(request).await.expect(415, "unsupported_media_type");
        app.admin()
            .post_raw(path, "Application/JSON; charset=UTF-8", "{}")
            .await
            .expect(400, "invalid_request");
    }
}

#[tokio::test]
async fn what_is_no_json_object_in_utf8_is_refused() {
    let app = TestApp::start().await;
    let bomb = "[".repeat(60_000);
    let nested = format!("{{\"pool\":{}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let bodies: [&[u8]; 10] = [
        b"",
        b"null",
        b"[]",
        b"7",
        b"\"x\"",
        b"{",
        b"{\"pool\":\"\xff\"}",
        b"{\"pool\":1,}",
        bomb.as_bytes(),
        nested.as_bytes(),
    ];
    for path in ["/v1/admin/callers", "/v1/admin/pools/team/identities", "/v1/login/github-cli"] {
        for body in bodies {
            app.admin().post_raw(path, "application/json", body.to_vec()).await.expect(400, "invalid_json");
        }
    }
    assert_eq!(app.database.counts(), (0, 0));
}

#[tokio::test]
async fn bodies_have_at_most_64_kib() {
    let app = TestApp::start().await;
    let body = |size: usize| {
        let frame = r#"{"pool":""}"#.len();
        format!(r#"{{"pool":"{}"}}"#, "x".repeat(size - frame))
    };
    for path in ["/v1/admin/callers", "/v1/admin/pools/team/identities", "/v1/login/github-cli"] {
        app.admin().post_raw(path, "application/json", body(65_536)).await.expect(400, "invalid_request");
        app.admin().post_raw(path, "application/json", body(65_537)).await.expect(413, "payload_too_large");
        // The declared length is enough to refuse, and a missing one does not help.
        let request =
            Request::post(format!("http://localhost{path}")).header("content-type", "application/json");
        let request = request.header("content-length", "70000").body(Body::from("{}")).unwrap();
        app.admin().send(request).await.expect(413, "payload_too_large");
    }
}

#[tokio::test]
async fn null_counts_as_absent() {
    let app = TestApp::start().await;
    let body = r#"{"pool":"team","github_login":"hubot","name":null,"client":null}"#;
    let answer = app.admin().post_raw("/v1/admin/callers", "application/json", body).await.ok(201);
    assert_eq!(
        (&answer["caller"]["pool"], &answer["caller"]["client_name"]),
        (&json!("team"), &json!("admin"))
    );
}

#[tokio::test]
async fn plain_http_from_elsewhere_is_sent_to_https_before_anything_is_looked_at() {
    let app = TestApp::start().await;
    let answer = app.admin().get("http://pool.example:8080/v1/pools/a%2Fb/health?x=1").await;
    assert_eq!(answer.status(), 308);
    assert_eq!(answer.header("location"), Some("https://pool.example:8080/v1/pools/a%2Fb/health?x=1"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for path in ["https://pool.example/", "https://pool.example/none"] {
        assert_eq!(app.anon().get(path).await.header("strict-transport-security"), Some("max-age=31536000"));
    }
    assert_eq!(app.anon().get("/").await.header("strict-transport-security"), None);
}

#[tokio::test]
async fn wrong_settings_are_named_by_every_answer() {
    let app =
        TestApp::with("ALLOWED_GITHUB_ORG", "not a login").var("REQUEST_TIMEOUT_MS", "soon").start().await;
    for path in ["/", "/.well-known/octopool", "/v1/pools/team/health", "/none"] {
        let answer = app.admin().get(path).await.expect(503, "configuration_invalid");
        assert_eq!(answer.fields(), ["ALLOWED_GITHUB_ORG", "REQUEST_TIMEOUT_MS"]);
    }
}

#[tokio::test]
async fn an_admin_token_that_is_not_set_or_blank_closes_the_admin_routes() {
    let app = TestApp::start().await;
    for value in ["", "   "] {
        app.secrets.set("OCTOPOOL_ADMIN_TOKEN", value);
        for client in [app.anon(), app.admin(), app.bearer(" ")] {
            client
                .post("/v1/admin/pools/team/identities", &pat("p1"))
                .await
                .expect(503, "admin_unconfigured");
        }
    }
    app.secrets.remove("OCTOPOOL_ADMIN_TOKEN");
    app.admin().post("/v1/admin/callers", &json!({})).await.expect(503, "admin_unconfigured");
}

#[tokio::test]
async fn the_admin_token_is_compared_whole() {
    let app = TestApp::start().await;
    let token = app.admin_token();
    for wrong in [&token[..token.len() - 1], &format!("{token}x"), &token.to_uppercase(), "x", "tök"] {
        let answer = app.bearer(wrong).post("/v1/admin/callers", &json!({})).await;
        answer.expect(401, "invalid_admin_auth");
    }
}

#[tokio::test]
async fn auth_is_decided_before_the_body_is_read() {
    let app = TestApp::start().await;
    let huge = "x".repeat(200_000);
    app.anon().post_raw("/v1/admin/callers", "text/plain", huge.clone()).await.expect(401, "missing_auth");
    app.bearer("x")
        .post_raw("/v1/admin/pools/a%2Fb/identities", "text/plain", huge)
        .await
        .expect(401, "invalid_admin_auth");
}

#[tokio::test]
async fn a_duplicate_key_is_refused() {
    let app = TestApp::start().await;
    let before = app.database.dump();
    for (path, body, fields) in [
        ("/v1/admin/callers", r#"{"pool":"a","pool":"b","github_login":"hubot"}"#, vec!["pool"]),
        ("/v1/admin/tokens", r#"{"name":"a","pool":"a","pool":null}"#, vec!["pool"]),
        (
            "/v1/admin/audit/cut",
            r#"{"before":"2020-01-01T00:00:00Z","before":"2026-01-01T00:00:00Z"}"#,
            vec!["before"],
        ),
        (
            "/v1/admin/pools/team/identities",
            r#"{"id":"p","id":"q","login":"mona","secret_ref":"S","scopes":[{"owner":"acme","owner":"evil"}]}"#,
            vec!["id", "scopes.owner"],
        ),
        ("/v1/login/github-cli", r#"{"github_token":"a","github_token":"b"}"#, vec!["github_token"]),
    ] {
        let answer = app.admin().post_raw(path, "application/json", body).await;
        assert_eq!(answer.expect(400, "invalid_request").fields(), fields, "{path}");
    }
    assert_eq!(app.database.dump(), before);
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn a_parameter_that_no_admin_post_knows_is_refused_and_nothing_is_written() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let before = app.database.dump();
    let posts = ENDPOINTS.iter().filter(|route| route.method == Method::POST && route.auth == Auth::Admin);
    for route in posts {
        for parameter in ["dryrun=true", "dry_run=yes", "dry_run=true&dry_run=false"] {
            let path = format!("{}?{parameter}", filled(route.path));
            let answer = app.admin().post(&path, &json!({})).await.expect(400, "invalid_request");
            let name = parameter.split('=').next().unwrap();
            assert!(answer.fields().iter().all(|field| field == name), "{path}: {:?}", answer.fields());
        }
    }
    assert_eq!(app.database.dump(), before);
}
