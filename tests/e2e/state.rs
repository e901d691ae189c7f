//! The state as one document on D1: the statement that compares what was read, lists as JSON
//! parameters, and who wins.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{ADMIN_TOKEN, Answer, Deployment, World};

/// How often others may come in between; they share the deployment.
const ATTEMPTS: usize = 50;

async fn state(deployment: &Deployment) -> (Value, String) {
    let answer = deployment.get("/v1/admin/state", ADMIN_TOKEN).await.ok(200);
    (answer["state"].clone(), answer["state_hash"].as_str().unwrap().to_owned())
}

async fn apply(deployment: &Deployment, desired: &Value, hash: &str) -> Answer {
    deployment.admin("/v1/admin/apply", &json!({"desired": desired, "state_hash": hash})).await
}

/// Applies what an edit makes of the state, until nobody comes in between.
async fn edited(deployment: &Deployment, edit: impl Fn(&mut Value)) -> Value {
    for _ in 0..ATTEMPTS {
        let (mut desired, hash) = state(deployment).await;
        edit(&mut desired);
        let answer = apply(deployment, &desired, &hash).await;
        if answer.status != 409 {
            return answer.ok(200);
        }
        answer.refused(409, "state_changed");
    }
    panic!("somebody always came in between");
}

pub(crate) async fn hundreds_of_objects_come_change_and_go_at_once(world: &World) {
    let deployment = world.org_members();
    let identity = |number: usize| {
        json!({
            "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "weight": number,
            "scopes": [{"owner": "acme", "repo": "rocket", "allow_private": true}, {"owner": "umbrella"}, {"owner": "*"}],
        })
    };
    let name = |number: usize| format!("\"Nr.\" {number} \\ 🐙");
    let made = edited(deployment, |desired| {
        let identities: serde_json::Map<_, _> =
            (0..50).map(|number| (format!("declared-{number}"), identity(number))).collect();
        desired["pools"]["declared"] = json!({"identities": identities});
        for number in 0..300 {
            let caller =
                json!({"github_login": format!("u{number}"), "name": name(number), "pools": ["declared"]});
            desired["callers"][(9_007_199_254_740_991 - number).to_string()] = caller;
        }
    })
    .await;
    assert_eq!(made["changes"].as_array().unwrap().len(), 1 + 50 + 2 * 300);
    let (now, _) = state(deployment).await;
    assert_eq!(now["callers"]["9007199254740991"]["name"], name(0));
    assert_eq!(now["pools"]["declared"]["identities"]["declared-7"]["scopes"][0]["allow_private"], true);
    let planned = deployment.admin("/v1/admin/plan", &json!({"desired": now})).await.ok(200);
    assert!(
        !planned["changes"].to_string().contains("declared"),
        "what stands is what was wanted: {planned}"
    );

    let changed = edited(deployment, |desired| {
        desired["pools"]["declared"]["policy"]["allow_search"] = json!(true);
        desired["pools"]["declared"]["identities"]["declared-7"]["scopes"] = json!([{"owner": "acme"}]);
    })
    .await;
    assert_eq!(changed["changes"].as_array().unwrap().len(), 2, "{changed}");
    let (now, _) = state(deployment).await;
    assert_eq!(
        now["pools"]["declared"]["identities"]["declared-7"]["scopes"],
        json!([{"owner": "acme", "allow_private": false}])
    );
    let gone = edited(deployment, |desired| {
        desired["pools"].as_object_mut().unwrap().remove("declared");
        desired["callers"].as_object_mut().unwrap().retain(|id, _| id.len() < 16);
    })
    .await;
    assert_eq!(gone["changes"].as_array().unwrap().len(), 1 + 50 + 2 * 300);
    let whole = deployment.get("/v1/admin/audit/verify", ADMIN_TOKEN).await.ok(200);
    assert_eq!(whole["ok"], true, "{whole}");
}

pub(crate) async fn of_applies_of_one_hash_one_wins(world: &World) {
    let deployment = world.org_members();
    for _ in 0..ATTEMPTS {
        let (desired, hash) = state(deployment).await;
        let answers = join_all((0..5).map(|number| {
            let (mut desired, hash) = (desired.clone(), &hash);
            desired["pools"][format!("won-by-{number}")] = json!({});
            async move { apply(deployment, &desired, hash).await }
        }))
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        for loser in lost {
            loser.refused(409, "state_changed");
        }
        assert!(won.len() <= 1);
        if won.len() == 1 {
            edited(deployment, |desired| {
                desired["pools"].as_object_mut().unwrap().retain(|name, _| !name.starts_with("won-by-"));
            })
            .await;
            return;
        }
    }
    panic!("somebody always came in between");
}
