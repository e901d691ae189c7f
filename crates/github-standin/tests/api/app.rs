//! App JWTs: what GitHub accepts and what it says when it does not.

use octopool_github_standin::{demo, keys, sign_jwt};
use serde_json::{Value, json};

use crate::support::{Answer, Demo, demo};

const UNDECODABLE: (u16, &str) = (401, "A JSON web token could not be decoded");
const EXPIRED: (u16, &str) = (
    401,
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion \
     expires",
);

/// `GET /app` with claims that are right but for the changes.
async fn ask(demo: &Demo, changes: Value) -> Answer {
    let now = demo.now();
    let mut claims = json!({ "iss": demo::APP, "iat": now - 60, "exp": now + 540 });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    demo.bearer(&demo.jwt(&claims)).get("/app").await
}

#[tokio::test]
async fn a_signed_jwt_is_the_app() {
    let demo = demo().await;
    let answer = demo.app().get("/app").await;
    assert_eq!((&answer.body["id"], &answer.body["slug"]), (&4242.into(), &"octopool-acme".into()));
}

#[tokio::test]
async fn the_issuer_may_be_number_string_or_client_id() {
    let demo = demo().await;
    let client_id = demo.github.edit(|state| state.apps.first().unwrap().client_id.clone());
    for iss in [json!(4242), json!("4242"), json!(client_id)] {
        assert_eq!(ask(&demo, json!({ "iss": iss })).await.status, 200, "{iss}");
    }
}

#[tokio::test]
async fn another_apps_id_is_not_found() {
    let demo = demo().await;
    assert_eq!(ask(&demo, json!({ "iss": 4243 })).await.refusal(), (404, "Integration not found"));
}

#[tokio::test]
async fn an_issuer_must_be_an_id() {
    let demo = demo().await;
    for iss in [json!("octopool-acme"), json!(null), json!([4242])] {
        let answer = ask(&demo, json!({ "iss": iss })).await;
        assert_eq!(answer.refusal(), (401, "'Issuer' claim ('iss') must be an Integer"), "{iss}");
    }
}

#[tokio::test]
async fn another_apps_key_does_not_open() {
    let demo = demo().await;
    let now = demo.now();
    let claims = json!({ "iss": demo::APP, "iat": now - 60, "exp": now + 540 });
    let foreign = sign_jwt(&keys::foreign_key_pem().unwrap(), &claims).unwrap();
    assert_eq!(demo.bearer(&foreign).get("/app").await.refusal(), UNDECODABLE);
}

#[tokio::test]
async fn a_changed_claim_breaks_the_signature() {
    let demo = demo().await;
    let now = demo.now();
    let parts = |exp: i64| {
        let jwt = demo.jwt(&json!({ "iss": demo::APP, "iat": now - 60, "exp": exp }));
        jwt.split('.').map(str::to_owned).collect::<Vec<_>>()
    };
    let (short, long) = (parts(now + 10), parts(now + 540));
    let forged = format!("{}.{}.{}", short[0], long[1], short[2]);
    assert_eq!(demo.bearer(&forged).get("/app").await.refusal(), UNDECODABLE);
}

#[tokio::test]
async fn only_rs256_counts() {
    let demo = demo().await;
    let now = demo.now();
    let jwt = demo.jwt(&json!({ "iss": demo::APP, "iat": now - 60, "exp": now + 540 }));
    let rest = jwt.split_once('.').unwrap().1;
    // {"alg":"none","typ":"JWT"} and {"alg":"HS256","typ":"JWT"}
    for header in ["eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"] {
        let answer = demo.bearer(&format!("{header}.{rest}")).get("/app").await;
        assert_eq!(answer.refusal(), UNDECODABLE);
    }
}

#[tokio::test]
async fn an_expired_jwt_is_refused() {
    let demo = demo().await;
    let now = demo.now();
    assert_eq!(ask(&demo, json!({ "iat": now - 600, "exp": now - 1 })).await.refusal(), EXPIRED);
    assert_eq!(ask(&demo, json!({ "exp": "soon" })).await.refusal(), EXPIRED);
}

#[tokio::test]
async fn a_jwt_lives_ten_minutes_at_most() {
    let demo = demo().await;
    let now = demo.now();
    assert_eq!(ask(&demo, json!({ "exp": now + 590 })).await.status, 200);
    let answer = ask(&demo, json!({ "exp": now + 660 })).await;
    assert_eq!(answer.refusal(), (401, "'Expiration time' claim ('exp') is too far in the future"));
}

#[tokio::test]
async fn a_jwt_from_the_future_is_refused_beyond_a_minute_of_drift() {
    let demo = demo().await;
    let now = demo.now();
    assert_eq!(ask(&demo, json!({ "iat": now + 30 })).await.status, 200);
    let answer = ask(&demo, json!({ "iat": now + 90 })).await;
    let message =
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    assert_eq!(answer.refusal(), (401, message));
}

#[tokio::test]
async fn a_clock_that_goes_wrong_breaks_the_app() {
    let demo = demo().await;
    let jwt = demo.app();
    demo.github.edit(|state| state.clock.offset = 3600);
    assert_eq!(jwt.get("/app").await.refusal(), EXPIRED);
}

#[tokio::test]
async fn other_tokens_are_not_the_app() {
    let demo = demo().await;
    for client in [demo.anon(), demo.mona(), demo.installation().await] {
        assert_eq!(client.get("/app").await.refusal(), UNDECODABLE);
    }
}

#[tokio::test]
async fn an_installation_tells_where_and_whether_it_is_suspended() {
    let demo = demo().await;
    let answer = demo.app().get("/app/installations/77001").await;
    assert_eq!(
        (&answer.body["account"]["login"], &answer.body["suspended_at"]),
        (&"acme".into(), &Value::Null)
    );
    let answer = demo.app().get("/app/installations/77002").await;
    assert_eq!(answer.body["account"]["login"], "umbrella");
    assert!(answer.body["suspended_at"].is_string());
    assert_eq!(demo.app().get("/app/installations/1").await.status, 404);
}
