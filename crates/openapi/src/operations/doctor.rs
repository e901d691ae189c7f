//! What is wrong with the deployment.

use octopool_api_types::{Doctor, ErrorCode as Code, paths};
use octopool_worker::doctor::{DEFAULT_IDENTITIES, MAX_IDENTITIES, schema_version};
use serde_json::json;

use super::get;
use crate::operation::{Operation, parameter_ref, query};

pub(super) fn operations() -> Vec<Operation> {
    let pool = json!({ "$ref": "#/components/schemas/PoolName" });
    let limit =
        json!({ "type": "integer", "minimum": 1, "maximum": MAX_IDENTITIES, "default": DEFAULT_IDENTITIES });
    vec![
        get("examine_deployment", paths::ADMIN_DOCTOR, "Check the deployment and its identities")
            .answers::<Doctor>(
                200,
                json!({
                    "ok": true, "version": env!("CARGO_PKG_VERSION"), "schema_version": schema_version(), "next_cursor": null,
                    "checks": [{ "check": "database_reachable", "ok": true }, { "check": "identity_works", "ok": true, "subject": "maintainers/mona" }],
                }),
            )
            .parameters(vec![
                query("pool", "Verify the identities of this pool only.", &pool),
                query("limit", "How many identities to verify.", &limit),
                parameter_ref("cursor"),
            ])
            .fails(&[Code::InvalidRequest, Code::PoolNotFound]),
    ]
}
