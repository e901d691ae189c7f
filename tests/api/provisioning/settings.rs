//! Settings that are not text: every one of them, at every kind of door.

use octopool_testkit::TestApp;
use serde_json::json;

const SETTINGS: [&str; 17] = [
    "ALLOWED_GITHUB_ORG",
    "DEFAULT_ALLOWED_OWNERS",
    "DEFAULT_LOGIN_POOL",
    "LOGIN_ENROLLMENT",
    "GITHUB_API_URL",
    "ORG_VERIFY_TTL_SECONDS",
    "PUBLIC_REPO_TTL_SECONDS",
    "PUBLIC_REPO_NEGATIVE_TTL_SECONDS",
    "MAX_RESPONSE_BYTES",
    "MAX_CACHE_BYTES",
    "REQUEST_TIMEOUT_MS",
    "AUTH_CACHE_SECONDS",
    "SHOW_COSTS",
    "OCTOPOOL_ADMIN_TOKEN",
    "OCTOPOOL_AUDIT_KEY",
    "OCTOPOOL_GITHUB_ORG_TOKEN",
    "OCTOPOOL_GITHUB_APP_ID",
];

#[tokio::test]
async fn a_binding_that_is_not_text_is_named_by_every_answer() {
    for name in SETTINGS {
        let app = octopool_testkit::TestAppBuilder::default().bind_other(name).start().await;
        let answers = [
            app.admin().get("/v1/admin/doctor").await,
            app.admin().get("/v1/admin/pools").await,
            app.admin().post("/v1/admin/callers", &json!({})).await,
            app.anon().post("/v1/login/github-cli", &json!({})).await,
            app.bearer("op_x").get("/v1/pools/team/health").await,
            app.bearer("op_x").post("/v1/github/request", &json!({})).await,
        ];
        for answer in answers {
            let answer = answer.expect(503, "configuration_invalid");
            assert_eq!(answer.fields(), [name], "{}", answer.text());
            assert!(answer.text().contains("wrangler.toml"), "{}", answer.text());
        }
        let rest = app.bearer("op_x").get("/api/v3/user").await;
        assert_eq!(rest.status(), 503, "{}", rest.text());
        assert!(rest.text().contains(name), "{}", rest.text());
    }
}

#[tokio::test]
async fn a_value_that_means_nothing_is_named_and_not_shown() {
    for (name, values) in [
        ("AUTH_CACHE_SECONDS", &["0.5", "1e3", "030x", "-0", "9007199254740992", "ten", "30s"][..]),
        ("SHOW_COSTS", &["yes", "1", "True", "on"]),
        ("REQUEST_TIMEOUT_MS", &["0", "15 000", "١٥"]),
        ("LOGIN_ENROLLMENT", &["Provisioned", "org_members", "true"]),
        ("ALLOWED_GITHUB_ORG", &["acme/rocket", "https://github.com/acme", "@acme", "acme,umbrella", "*"]),
        ("DEFAULT_ALLOWED_OWNERS", &["acme;umbrella", "acme/rocket", "*"]),
        ("DEFAULT_LOGIN_POOL", &["main pool", "/", "-x"]),
        (
            "GITHUB_API_URL",
            &["github.example", "http://github.example/api/v3", "https://u:p@ghe.example", "//x"],
        ),
    ] {
        for value in values {
            let app = TestApp::with(name, value).start().await;
            let answer = app.admin().get("/v1/admin/pools").await.expect(503, "configuration_invalid");
            assert_eq!(answer.fields(), [name], "{value}");
        }
    }
    // A credential in place of a setting is not shown, either.
    for name in ["ALLOWED_GITHUB_ORG", "DEFAULT_LOGIN_POOL", "LOGIN_ENROLLMENT", "AUTH_CACHE_SECONDS"] {
        let token = format!("gho_{}", "Zy9X".repeat(9));
        let app = TestApp::with(name, &token).start().await;
        let answer = app.admin().get("/v1/admin/pools").await.expect(503, "configuration_invalid");
        let log: String = app.log.events().iter().map(ToString::to_string).collect();
        assert!(!answer.text().contains("Zy9X") && !log.contains("Zy9X"), "{} {log}", answer.text());
    }
}
