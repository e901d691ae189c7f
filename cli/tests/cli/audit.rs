//! `octopool admin audit`.

use serde_json::{Value, json};

use crate::real_router::Deployment;
use crate::support::canned::{Answer, Canned};
use crate::support::transcript::Transcript;
use crate::support::{Home, Invocation};

fn audit(server: &Canned, arguments: &str) -> Invocation {
    let run = Home::new().octopool("admin audit").args(arguments).arg("--url").arg(server.url());
    run.env("OCTOPOOL_ADMIN_TOKEN", "admin-canary")
}

fn event(seq: i64) -> Value {
    json!({
        "seq": seq, "at": "2026-11-23T07:30:00Z", "actor": "admin", "action": "caller.provision", "pool": null,
        "subject": "c1", "request_id": "r", "detail": {"client": "ci", "github_login": "mona"}, "digest": null,
    })
}

fn listed(next: Option<&str>) -> Answer {
    Answer::json(200, &json!({"events": [event(12), event(7)], "next_cursor": next}))
}

#[test]
fn events_are_a_table() {
    let server = Canned::start().on("GET /v1/admin/audit?limit=2", listed(Some("abc")));
    let list = audit(&server, "list --limit 2").run().exits(0);
    assert_eq!(
        list.stdout,
        "12\t2026-11-23T07:30:00Z\tadmin\tcaller.provision\t-\tc1\tmona may use the pool, with a token for client ci\n\
         7\t2026-11-23T07:30:00Z\tadmin\tcaller.provision\t-\tc1\tmona may use the pool, with a token for client ci\n"
    );
    list.says("--cursor abc");
    assert_eq!(server.request().header("authorization"), Some("Bearer admin-canary"));
    let empty = Answer::json(200, &json!({"events": [], "next_cursor": null}));
    let server = Canned::start().on("GET /v1/admin/audit?limit=50", empty);
    let list = audit(&server, "list").run().exits(0);
    assert_eq!(list.stdout, "");
    list.says("no such events");
}

#[test]
fn filters_are_passed_on_and_json_comes_as_it_is() {
    let path = "GET /v1/admin/audit?since=2026-11-01T00%3A00%3A00%2B01%3A00&until=2026-12-01T00%3A00%3A00Z\
                &action=caller.login&actor=caller%3A5a0d1f7e-0000-4000-8000-000000000001&pool=a%26b&limit=7&cursor=x";
    let server = Canned::start().on(path, listed(None));
    let options = "list --json --since 2026-11-01T00:00:00+01:00 --until 2026-12-01T00:00:00Z --action caller.login \
                   --actor caller:5a0d1f7e-0000-4000-8000-000000000001 --pool a&b --limit 7 --cursor x";
    let list = audit(&server, options).env("OCTOPOOL_POOL", "other").run().exits(0);
    assert_eq!((&list.json()["events"][0]["seq"], list.stderr.as_str()), (&json!(12), ""));
    for limit in ["0", "-1", "many"] {
        audit(&server, "list --limit").arg(limit).run().exits(2);
    }
}

#[test]
fn a_long_list_is_read_in_pages() {
    let server = Canned::start()
        .on("GET /v1/admin/audit?limit=200", listed(Some("a")))
        .on("GET /v1/admin/audit?limit=200&cursor=a", listed(Some("b")))
        .on("GET /v1/admin/audit?limit=199&cursor=b", listed(None));
    let list = audit(&server, "list -L 203 --json").run().exits(0).json();
    assert_eq!((list["events"].as_array().unwrap().len(), &list["next_cursor"]), (6, &Value::Null));
    let server = Canned::start().on("GET /v1/admin/audit?limit=2", listed(Some("c")));
    let list = audit(&server, "list -L 2 --json").run().exits(0).json();
    assert_eq!((list["events"].as_array().unwrap().len(), &list["next_cursor"]), (2, &json!("c")));
}

#[test]
fn a_forgotten_pool_setting_hides_nothing() {
    let server = Canned::start().on("GET /v1/admin/audit?limit=50", listed(None));
    audit(&server, "list").env("OCTOPOOL_POOL", "other").run().exits(0);
}

#[test]
fn a_whole_chain_is_exit_0_also_over_several_requests() {
    let server = Canned::start()
        .on(
            "GET /v1/admin/audit/verify",
            Answer::json(200, &json!({"ok": true, "checked": 25_000, "next_cursor": "a"})),
        )
        .on(
            "GET /v1/admin/audit/verify?cursor=a",
            Answer::json(200, &json!({"ok": true, "checked": 17, "next_cursor": null})),
        );
    assert_eq!(audit(&server, "verify").run().exits(0).stdout, "✓ 25017 events are as they were written\n");
    let json = audit(&server, "verify --json").run().exits(0).json();
    assert_eq!(json, json!({"ok": true, "checked": 25_017, "next_cursor": null}));
}

#[test]
fn the_first_event_that_was_changed_is_named_with_exit_1() {
    for (problem, words) in [
        ("removed", "was removed"),
        ("altered", "was edited or moved"),
        ("unchained", "lost its digest"),
        ("cut_forged", "is where a cut ends that the deployment did not sign"),
        ("cut_missing", "was removed by a cut that is missing"),
        ("head_forged", "is named by a signed head that the deployment did not sign"),
        ("head_missing", "is not covered by a signed head, which was removed"),
    ] {
        let bad = json!({
            "ok": false, "checked": 6, "first_bad": {"seq": 7, "problem": problem}, "next_cursor": null,
        });
        let server = Canned::start().on("GET /v1/admin/audit/verify", Answer::json(200, &bad));
        let verify = audit(&server, "verify").run().exits(1);
        assert_eq!(verify.stdout, format!("✗ event 7 {words}\n"));
        assert_eq!(audit(&server, "verify --json").run().exits(1).json(), bad);
    }
}

fn cut(seq: i64, done: bool) -> Answer {
    let cut = json!({"seq": seq, "digest": "d", "at": "2026-11-23T07:30:00Z", "actor": "admin"});
    Answer::json(200, &json!({"removed": 10, "cut": cut, "done": done}))
}

#[test]
fn a_cut_begins_with_the_day_and_is_tried_once() {
    let server = Canned::start()
        .on("POST /v1/admin/audit/cut", cut(10, true))
        .on("POST /v1/admin/audit/cut?dry_run=true", cut(10, false));
    let cut = audit(&server, "cut --before 2026-01-01 --yes").run().exits(0);
    assert_eq!(cut.stdout, "removed 10 events, up to event 10\n");
    let request = server.request();
    assert_eq!(request.json(), json!({"before": "2026-01-01T00:00:00Z"}));
    let tried = audit(&server, "cut --before 2026-01-01 --dry-run").run().exits(0);
    tried
        .prints("Would have: removed 10 events, up to event 10, and there are more")
        .says("nothing was changed");
    assert_eq!(server.requests().len(), 2);
    let json = audit(&server, "cut --before 2026-01-01 --yes --json").run().exits(0).json();
    assert_eq!(
        (&json["removed"], &json["cut"]["seq"], &json["done"]),
        (&json!(10), &json!(10), &json!(true))
    );
}

#[test]
fn a_cut_of_nothing_says_so_and_one_that_does_not_get_on_ends() {
    let nothing = |done: bool| Answer::json(200, &json!({"removed": 0, "cut": null, "done": done}));
    let server = Canned::start().on("POST /v1/admin/audit/cut", nothing(true));
    let cut = audit(&server, "cut --before 2026-01-01 --yes").run().exits(0);
    assert_eq!(cut.stdout, "");
    cut.says("There is nothing to remove.");
    let server = Canned::start().on("POST /v1/admin/audit/cut", nothing(false));
    audit(&server, "cut --before 2026-01-01 --yes").run().exits(1).says("removes nothing more");
    assert_eq!(server.requests().len(), 1);
}

fn lines(events: &[i64]) -> Answer {
    let lines = events.iter().map(|seq| event(*seq).to_string() + "\n").collect::<Vec<_>>();
    Answer::text(200, "application/x-ndjson; charset=utf-8", &lines.concat())
}

#[test]
fn an_export_goes_through_all_pages_at_the_address_that_was_given() {
    let link = "<https://elsewhere.example/v1/admin/audit/export?pool=p&limit=200&cursor=next>; rel=\"next\"";
    let server = Canned::start()
        .on("GET /v1/admin/audit/export?pool=p&limit=200", lines(&[1, 2]).header("link", link))
        .on("GET /v1/admin/audit/export?pool=p&limit=200&cursor=next", lines(&[3]));
    let export = audit(&server, "export --pool p").run().exits(0);
    let seqs: Vec<_> = export
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_i64().unwrap())
        .collect();
    assert_eq!((seqs, export.stderr.as_str()), (vec![1, 2, 3], ""));
    let json = audit(&server, "export --pool p --json").run().exits(0).json();
    assert_eq!(json, json!([event(1), event(2), event(3)]));
}

#[test]
fn an_export_of_nothing_is_empty() {
    let server = Canned::start().on("GET /v1/admin/audit/export?limit=200", lines(&[]));
    assert_eq!(audit(&server, "export").run().exits(0).stdout, "");
    assert_eq!(audit(&server, "export --json").run().exits(0).json(), json!([]));
}

#[test]
fn what_is_no_export_is_not_printed() {
    let page = Answer::text(200, "text/html", "<html>\n");
    let server = Canned::start().on("GET /v1/admin/audit/export?limit=200", page);
    let export = audit(&server, "export").run().exits(1);
    assert_eq!(export.stdout, "");
    export.says("did not answer in octopool's format");
}

#[test]
fn pages_that_lead_in_a_circle_are_left() {
    let link = "<http://x.example/?cursor=a>; rel=\"next\"";
    let circle = Answer::json(200, &json!({"ok": true, "checked": 1, "next_cursor": "a"}));
    let server = Canned::start()
        .on("GET /v1/admin/audit/export?limit=200", lines(&[1]).header("link", link))
        .on("GET /v1/admin/audit/export?limit=200&cursor=a", lines(&[1]).header("link", link))
        .on("GET /v1/admin/audit/verify", circle.clone())
        .on("GET /v1/admin/audit/verify?cursor=a", circle);
    audit(&server, "export").run().exits(1).says("circle");
    audit(&server, "verify").run().exits(1).says("circle");
}

#[test]
fn the_audit_of_a_real_deployment() {
    let deployment = Deployment::start();
    let mut transcript = Transcript::default();
    let mut admin = |arguments: &str| transcript.run(deployment.admin(arguments));
    admin("admin audit list");
    admin("admin audit verify");
    deployment.admin("admin caller --pool team --github-login hubot --client ci").run().exits(0);
    deployment.admin("admin caller --pool team --github-login nobody-at-all").run().exits(1);
    admin("admin audit list --pool team");
    admin("admin audit list --limit 1");
    admin("admin audit list --since yesterday");
    admin("admin audit export --action caller.provision");
    admin("admin audit verify");
    admin("admin audit cut --before 2020-01-01");
    admin("admin audit cut --before 2020-01-01 --yes");
    let edit = |actor: &str| {
        let edit = format!("UPDATE audit_events SET actor = '{actor}' WHERE seq = 1");
        deployment.app.database.execute(&edit).unwrap();
    };
    edit("somebody-else");
    admin("admin audit verify");
    // The deployment's end verifies the audit, too.
    edit("admin");
    insta::assert_snapshot!(transcript.text());
}
