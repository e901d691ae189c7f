//! What happens at once, decided by D1.

use futures_util::future::join_all;
use serde_json::json;

use crate::world::{ADMIN_TOKEN, Answer, World};

pub(crate) async fn of_conflicting_registrations_one_wins(world: &World) {
    let deployment = world.provisioned();
    let body = json!({"id": "contested", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA"});
    let paths: Vec<_> = (0..10).map(|number| format!("/v1/admin/pools/race-{number}/identities")).collect();
    let answers = join_all(paths.iter().map(|path| deployment.admin(path, &body))).await;
    let (winners, losers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(winners.len(), 1);
    for loser in losers {
        loser.refused(409, "identity_conflict");
    }
}

pub(crate) async fn forty_logins_of_one_client_leave_one_live_token(world: &World) {
    let deployment = world.provisioned();
    deployment.provision("hubot", "maintainers").await;
    let hubot = &deployment.credentials.tokens.hubot;
    let answers = join_all((0..40).map(|_| deployment.log_in(hubot, "forty"))).await;
    let mut alive = 0;
    for answer in answers {
        let token = answer.ok(201)["token"].as_str().unwrap().to_owned();
        alive += u32::from(deployment.get("/v1/pools/maintainers/health", &token).await.status == 200);
    }
    assert_eq!(alive, 1);
}

pub(crate) async fn twenty_clients_at_once_leave_sixteen(world: &World) {
    let deployment = world.org_members();
    let mona = &deployment.credentials.tokens.mona;
    let names: Vec<_> = (0..20).map(|number| format!("client-{number}")).collect();
    let answers = join_all(names.iter().map(|name| deployment.log_in(mona, name))).await;
    let mut alive = 0;
    for answer in answers {
        let token = answer.ok(201)["token"].as_str().unwrap().to_owned();
        alive += u32::from(deployment.get("/v1/pools/maintainers/health", &token).await.status == 200);
    }
    assert_eq!(alive, 16);
}

pub(crate) async fn of_forty_changes_of_one_identity_none_is_told_that_the_database_is_overloaded(
    world: &World,
) {
    let deployment = world.provisioned();
    let identity = json!({"id": "busy", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA"});
    deployment.admin("/v1/admin/pools/busy/identities", &identity).await.ok(201);
    let changes = (0..40).map(|weight| {
        let path = "/v1/admin/pools/busy/identities/busy";
        let request = deployment.request(reqwest::Method::PATCH, path).bearer_auth(ADMIN_TOKEN);
        Answer::read_in_a_crowd(request.json(&json!({"weight": weight})))
    });
    let mut applied = 0;
    for answer in join_all(changes).await {
        if answer.status == 200 {
            applied += 1;
        } else {
            answer.refused(409, "write_conflict");
            assert!(!answer.header("retry-after").is_empty());
        }
    }
    assert!(applied >= 36, "{applied} of 40 were applied");
}
