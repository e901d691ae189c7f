//! The audit.

use octopool_api_types::{
    AuditEvent, AuditList, CutAuditRequest, CutAuditResponse, ErrorCode as Code, VerifyAuditResponse,
    endpoints,
};
use serde_json::{Value, json};

use crate::operation::{Admins, Content, Operation, operation, parameter_ref, query};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation("list_audit", endpoints::LIST_AUDIT, "List audit events, newest first")
            .answers::<AuditList>(200, json!({ "events": [event()], "next_cursor": null }))
            .pages(filters()),
        operation("export_audit", endpoints::EXPORT_AUDIT, "Export audit events, oldest first, one per line")
            .answers_with(
                "200",
                "Lines of JSON.",
                vec![("application/x-ndjson", Content::lines::<AuditEvent>(event()))],
            )
            .pages(filters()),
        operation("verify_audit", endpoints::VERIFY_AUDIT, "Verify the chain of the audit")
            .answers::<VerifyAuditResponse>(200, json!({ "ok": true, "checked": 1204, "next_cursor": null }))
            .parameters(vec![parameter_ref("cursor")])
            .fails(&[Code::InvalidRequest, Code::AuditKeyUnconfigured]),
        operation("cut_audit", endpoints::CUT_AUDIT, "Remove old audit events; the chain stays verifiable")
            .takes::<CutAuditRequest>(json!({ "before": "2026-01-01T00:00:00Z" }))
            .answers::<CutAuditResponse>(
                200,
                json!({
                    "removed": 1204, "done": true,
                    "cut": {
                        "seq": 1204, "digest": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "at": "2026-11-23T07:30:00Z", "actor": "admin",
                    },
                }),
            )
            .changes()
            .once()
            .for_admins(Admins::Root)
            .fails(&[Code::AuditNotWhole, Code::AuditKeyUnconfigured]),
    ]
}

fn filters() -> Vec<Value> {
    let time = || json!({ "$ref": "#/components/schemas/Time" });
    vec![
        query("since", "From this time on.", &time()),
        query("until", "Before this time.", &time()),
        query("action", "What was done.", &json!({ "$ref": "#/components/schemas/AuditAction" })),
        query("actor", "Who did it.", &json!({ "$ref": "#/components/schemas/AuditActor" })),
        query("pool", "The pool it was about.", &json!({ "$ref": "#/components/schemas/PoolName" })),
    ]
}

fn event() -> Value {
    json!({
        "seq": 7, "at": "2026-11-23T07:30:00Z", "actor": "admin", "action": "identity.register", "pool": "maintainers", "subject": "mona",
        "request_id": "00000000-0000-4000-8000-000000000000", "detail": { "kind": "pat", "login": "mona" },
        "digest": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
    })
}
