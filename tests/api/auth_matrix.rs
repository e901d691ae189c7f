//! Every route with every principal: the status of each cell, and the code of each refusal.

mod principals;
mod table;

use axum::body::Body;
use http::Request;
use octopool_api_types::endpoints::{Auth, ENDPOINTS};
use octopool_api_types::paths;
use octopool_testkit::{Answer, TestApp};

use crate::support::{filled, pat, provision};
use principals::{Principal, World};
use table::{ROWS, Row};

/// Each route has one row, and each row a route.
#[test]
fn each_route_has_a_row() {
    let mut rows: Vec<_> = ROWS.iter().map(|row| (row.path, row.method, row.door.auth() as u8)).collect();
    let mut routes: Vec<_> =
        ENDPOINTS.iter().map(|route| (route.path, route.method.as_str(), route.auth as u8)).collect();
    rows.sort_unstable();
    routes.sort_unstable();
    assert_eq!(rows, routes, "tests/api/auth_matrix/table.rs says who may use which route");
}

#[tokio::test]
async fn every_cell_is_answered_as_its_row_says() {
    let world = World::start().await;
    let mut wrong = Vec::new();
    for row in ROWS {
        for principal in Principal::ALL {
            let expected = row.door.outcome(principal, row.served);
            let before = world.app.database.dump_without_refusals();
            let answer = send(&world, row, principal).await;
            let code = answer.code();
            if (answer.status(), code.as_str()) != expected {
                wrong.push(format!(
                    "{} {} as {principal:?}: {} {code:?} and not {expected:?}",
                    row.method,
                    row.path,
                    answer.status()
                ));
            }
            if answer.status() == 401 {
                let after = world.app.database.dump_without_refusals();
                assert_eq!(before, after, "{} {} as {principal:?} wrote something", row.method, row.path);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

async fn send(world: &World, row: &Row, principal: Principal) -> Answer {
    let uri = format!("http://localhost:8787{}{}", filled(row.path), row.query);
    // The pool of a relayed read is named beside the path.
    let mut request = Request::builder().method(row.method).uri(uri).header("x-octopool-pool", "team");
    if !row.body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    if let Some(value) = world.authorization(principal) {
        request = request.header("authorization", value);
    }
    world.app.anon().send(request.body(Body::from(row.body)).unwrap()).await
}

#[test]
fn the_path_says_what_a_route_asks_for() {
    for route in ENDPOINTS {
        let expected = if route.path.starts_with("/v1/admin/") {
            Auth::Admin
        } else if ["/v1/pools/", "/v1/github/", paths::CLIENT].iter().any(|path| route.path.starts_with(path))
            || paths::is_rest(route.path)
            || paths::is_graphql(route.path)
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
