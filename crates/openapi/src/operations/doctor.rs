//! What is wrong with the deployment.

use octopool_api_types::{Doctor, ErrorCode as Code, endpoints};
use serde_json::json;

use crate::operation::{Operation, operation, parameter_ref, query};

pub(super) fn operations() -> Vec<Operation> {
    let pool = json!({ "$ref": "#/components/schemas/PoolName" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": Doctor::MAX_LIMIT, "default": Doctor::DEFAULT_LIMIT });
    vec![
        operation("examine_deployment", endpoints::EXAMINE_DEPLOYMENT, "Check the deployment and its identities")
            .answers::<Doctor>(
                200,
                json!({
                    "ok": true, "version": env!("CARGO_PKG_VERSION"), "schema_version": "0018_sign_audit_head", "next_cursor": null,
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
