//! The inside half of the doctor on workerd: D1 lets its schema be read, and a Durable Object
//! answers.

use serde_json::json;

use crate::world::{ADMIN_TOKEN, World};

pub(crate) async fn a_deployment_from_its_own_migrations_is_well(world: &World) {
    let deployment = world.provisioned();
    let pat = json!({"id": "doctors", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "acme"}]});
    deployment.admin("/v1/admin/pools/doctors/identities", &pat).await.ok(201);
    let answer = deployment.get("/v1/admin/doctor?pool=doctors", ADMIN_TOKEN).await.ok(200);
    assert_eq!(answer["ok"], true, "{answer}");
    let checks = answer["checks"].as_array().unwrap();
    for name in ["migrations_applied", "coordinator_reachable", "clock_agrees", "identity_works"] {
        assert!(checks.iter().any(|check| check["check"] == name), "{name}: {answer}");
    }
}
