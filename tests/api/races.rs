//! What happens at once. Each race runs on the bare database and again with 20 ms before and after
//! every call: between a read and a write across a network there is time for everybody else.

use std::time::Duration;

use futures_util::future::join_all;
use octopool_testkit::TestApp;
use serde_json::json;

use crate::support::{log_in, opens, pat, provision};

const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(20)];

async fn racing(latency: Duration) -> TestApp {
    let app = TestApp::start().await;
    app.database.set_latency(latency);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn of_conflicting_registrations_one_wins_and_the_rest_are_told() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        let pools: Vec<_> = (0..10).map(|number| format!("pool-{number}")).collect();
        let answers =
            join_all(
                pools.iter().map(|pool| {
                    let client = app.admin();
                    async move {
                        client.post(&format!("/v1/admin/pools/{pool}/identities"), &pat("contested")).await
                    }
                }),
            )
            .await;
        let winners: Vec<_> = answers.iter().filter(|answer| answer.status() == 201).collect();
        assert_eq!(winners.len(), 1);
        for answer in answers.iter().filter(|answer| answer.status() != 201) {
            answer.clone().expect(409, "identity_conflict");
        }
        assert_eq!(app.database.value("SELECT count(*) FROM pools"), 1, "a loser makes no pool");
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events"), 1);
        assert_eq!(
            winners[0].json()["identity"]["pool"],
            app.database.value("SELECT pool_id FROM identities")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_equal_registrations_creates_and_scopes_do_not_mix() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        let answers = join_all((0..10).map(|number| {
            let client = app.admin();
            async move {
                let mut body = pat("p1");
                body["scopes"] = json!([{"owner": format!("a{number}")}, {"owner": format!("b{number}")}]);
                client.post("/v1/admin/pools/team/identities", &body).await.ok(201)
            }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer["created"] == true).count(), 1);
        let owners = app.database.rows("SELECT owner FROM identity_scopes ORDER BY position");
        let owners: Vec<_> = owners.iter().map(|row| row["owner"].as_str().unwrap().to_owned()).collect();
        assert_eq!(owners.len(), 2);
        assert_eq!(owners[0][1..], owners[1][1..], "the scopes of one request: {owners:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_logins_of_one_client_leave_one_live_token() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "maintainers").await;
        app.database.execute("DELETE FROM caller_tokens").unwrap();
        let hubot = app.credentials.tokens.hubot.clone();
        let answers = join_all((0..40).map(|_| log_in(&app, &hubot, "laptop"))).await;
        let mut alive = 0;
        for answer in answers {
            let token = answer.ok(201)["token"].as_str().unwrap().to_owned();
            alive += u32::from(opens(&app, &token, "maintainers").await);
        }
        assert_eq!(alive, 1);
        assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 1);
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events WHERE action = 'caller.login'"), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_clients_at_once_leave_sixteen() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "maintainers").await;
        let hubot = app.credentials.tokens.hubot.clone();
        let names: Vec<_> = (0..40).map(|number| format!("client-{number}")).collect();
        join_all(names.iter().map(|name| async { log_in(&app, &hubot, name).await.ok(201) })).await;
        assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 16);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_provisioned_many_times_at_once_is_one_caller() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        let answers = join_all((0..10).map(|number| {
            let client = app.admin();
            async move {
                let pool = format!("pool-{}", number % 3);
                let body = json!({"pool": pool, "github_login": "hubot", "client": format!("c{number}")});
                client.post("/v1/admin/callers", &body).await.ok(201)
            }
        }))
        .await;
        assert!(answers.iter().all(|answer| answer["caller"]["id"] == answers[0]["caller"]["id"]));
        assert_eq!(app.database.value("SELECT count(*) FROM callers"), 1);
        assert_eq!(app.database.value("SELECT count(*) FROM pools"), 3);
        assert_eq!(app.database.value("SELECT count(*) FROM caller_pools"), 3);
        assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_logins_of_a_member_at_once_enroll_it_once() {
    for latency in LATENCIES {
        let app = TestApp::with("LOGIN_ENROLLMENT", "org-members").start().await;
        app.database.set_latency(latency);
        let hubot = app.credentials.tokens.hubot.clone();
        let names: Vec<_> = (0..10).map(|number| format!("client-{number}")).collect();
        join_all(names.iter().map(|name| async { log_in(&app, &hubot, name).await.ok(201) })).await;
        assert_eq!(app.database.value("SELECT count(*) FROM callers"), 1);
        assert_eq!(app.database.value("SELECT count(*) FROM caller_pools"), 1);
        assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_disabled_in_the_middle_of_logins_keeps_no_token_issued_after_it() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "maintainers").await;
        let hubot = app.credentials.tokens.hubot.clone();
        let names: Vec<_> = (0..10).map(|number| format!("client-{number}")).collect();
        let logins = join_all(names.iter().map(|name| log_in(&app, &hubot, name)));
        let disable = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
            app.database.value("SELECT count(*) FROM caller_tokens")
        };
        let (answers, at_that_time) = tokio::join!(logins, disable);
        assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), at_that_time);
        for answer in answers.into_iter().filter(|answer| answer.status() != 201) {
            answer.expect(403, "caller_disabled");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chainers_at_once_make_one_whole_chain() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "maintainers").await;
        let hubot = app.credentials.tokens.hubot.clone();
        let before = app.database.background_batches();
        join_all((0..40).map(|number| {
            let (app, hubot) = (&app, &hubot);
            async move {
                match number % 4 {
                    0 => app.admin().get("/v1/admin/audit/verify").await.ok(200),
                    1 => {
                        let client = app.admin();
                        client.post("/v1/admin/pools/p/identities", &pat(&format!("p{number}"))).await.ok(201)
                    }
                    _ => log_in(app, hubot, &format!("client-{number}")).await.ok(201),
                }
            }
        }))
        .await;
        // Every row but those of the last moment is linked, and the last chainer has linked those.
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events WHERE digest IS NULL"), 0);
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events"), 31);
        let calls = app.database.background_batches() - before;
        assert!(calls <= 30 * 2, "each chainer reads once and writes at most once: {calls}");
        let whole = app.admin().get("/v1/admin/audit/verify").await.ok(200);
        assert_eq!((&whole["ok"], &whole["checked"]), (&json!(true), &json!(31)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_the_same_version_one_wins_and_one_is_told() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "team").await;
        let pool = app.admin().get("/v1/admin/pools/team").await;
        let tag = pool.header("etag").unwrap();
        let answers = join_all(["mona", "umbrella"].map(|owner| {
            let client = app.admin();
            async move {
                let body = json!({"policy": {"allowed_owners": [owner]}});
                client.patch("/v1/admin/pools/team", Some(tag), &body).await
            }
        }))
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status() == 200);
        assert_eq!((won.len(), lost.len()), (1, 1));
        lost[0].clone().expect(412, "precondition_failed");
        let now = app.admin().get("/v1/admin/pools/team").await.ok(200);
        assert_eq!(now["policy"], won[0].json()["policy"]);
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events WHERE action = 'pool.update'"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_without_a_condition_all_happen_and_the_audit_tells_in_which_order() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "team").await;
        join_all((0..10).map(|number| {
            let client = app.admin();
            async move {
                let body = json!({"policy": {"allowed_owners": [format!("owner-{number}")]}});
                client.patch("/v1/admin/pools/team", None, &body).await.ok(200)
            }
        }))
        .await;
        let events = app.database.rows(
            "SELECT detail ->> '$.policy.from' AS before, detail ->> '$.policy.to' AS after FROM audit_events \
             WHERE action = 'pool.update' ORDER BY seq",
        );
        assert_eq!(events.len(), 10);
        for pair in events.windows(2) {
            let json = |text: &serde_json::Value| -> serde_json::Value {
                serde_json::from_str(text.as_str().unwrap()).unwrap()
            };
            assert_eq!(json(&pair[0]["after"]), json(&pair[1]["before"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_deleted_while_an_identity_registers_is_there_with_it_or_was_gone_before_it() {
    for (latency, head_start) in [(0, 0), (20, 0), (20, 10), (20, 30), (20, 50), (20, 70)] {
        let app = TestApp::start().await;
        app.admin().post("/v1/admin/pools/team/identities", &pat("old")).await.ok(201);
        app.database.execute("DELETE FROM identities").unwrap();
        app.database.set_latency(Duration::from_millis(latency));
        let (admin, other) = (app.admin(), app.admin());
        let body = pat("p1");
        let register = async {
            tokio::time::sleep(Duration::from_millis(head_start)).await;
            admin.post("/v1/admin/pools/team/identities", &body).await
        };
        let (deleted, registered) = tokio::join!(other.delete("/v1/admin/pools/team"), register);
        registered.ok(201);
        let deletions = i32::from(deleted.status() == 204);
        if deletions == 0 {
            deleted.expect(409, "pool_not_empty");
        }
        assert_eq!(app.database.value("SELECT count(*) FROM pools"), 1);
        assert_eq!(app.database.value("SELECT pool_id FROM identities"), "team");
        assert_eq!(app.database.value("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        let events = app.database.value("SELECT count(*) FROM audit_events WHERE action = 'pool.delete'");
        assert_eq!(events, deletions);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_identity_do_not_mix_and_none_is_lost() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
        let path = "/v1/admin/pools/team/identities/p1";
        let seen = app.admin().get(path).await.header("etag").unwrap().to_owned();
        let change = |number: usize, tag: Option<String>| {
            let client = app.admin();
            async move {
                // Each changes other fields, so that a lost one would show.
                let scopes = json!([{"owner": format!("a{number}")}, {"owner": format!("b{number}")}]);
                let body =
                    [json!({"weight": number}), json!({"scopes": scopes}), json!({"status": "disabled"})];
                client.patch(path, tag.as_deref(), &body[number % 3]).await
            }
        };
        let answers = join_all([1, 2].map(|number| change(number, Some(seen.clone())))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status() == 412).count(), 1);
        let winner = answers.iter().find(|answer| answer.status() == 200).unwrap();
        assert_eq!(
            app.admin().get(path).await.ok(200),
            winner.json(),
            "the loser touches nothing, no scope either"
        );
        join_all((0..6).map(|number| change(number, None)))
            .await
            .into_iter()
            .for_each(|answer| drop(answer.ok(200)));
        let identity = app.admin().get(path).await.ok(200);
        assert_eq!(identity["status"], "disabled");
        assert!([json!(0), json!(3)].contains(&identity["weight"]), "{identity}");
        let owners = app.database.rows("SELECT owner FROM identity_scopes ORDER BY position");
        assert_eq!(owners[0]["owner"].as_str().unwrap()[1..], owners[1]["owner"].as_str().unwrap()[1..]);
        assert_eq!(owners.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_admin_tokens_of_one_name_one_is_made_and_it_is_revoked_once() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        let answers = join_all((0..10).map(|number| {
            let client = app.admin();
            async move {
                let body = json!({"name": "ci", "pool": format!("pool-{number}")});
                client.post("/v1/admin/tokens", &body).await
            }
        }))
        .await;
        let (made, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status() == 201);
        assert_eq!((made.len(), refused.len()), (1, 9));
        for answer in refused {
            answer.expect(409, "admin_token_exists");
        }
        let pool = made[0].json()["admin_token"]["pool"].clone();
        assert_eq!(app.database.value("SELECT pool_id FROM admin_tokens"), pool);
        let revocations = join_all((0..5).map(|_| {
            let client = app.admin();
            async move { client.delete("/v1/admin/tokens/ci").await.status() }
        }))
        .await;
        assert_eq!(revocations.iter().filter(|&&status| status == 204).count(), 1, "{revocations:?}");
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events"), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_opposite_decisions_about_a_caller_one_wins_and_a_grant_is_revoked_once() {
    for latency in LATENCIES {
        let app = racing(latency).await;
        provision(&app, "hubot", "team").await;
        let list = app.admin().get("/v1/admin/callers").await.ok(200);
        let path = format!("/v1/admin/callers/{}", list["callers"][0]["id"].as_str().unwrap());
        let seen = app.admin().get(&path).await.header("etag").unwrap().to_owned();
        let (grant, disable) = (format!("{path}/pools/team"), json!({"status": "disabled"}));
        let (first, second) = (app.admin(), app.admin());
        let (first, second) = tokio::join!(
            first.patch(&path, Some(&seen), &disable),
            second.patch(&path, Some(&seen), &disable)
        );
        let mut statuses = [first.status(), second.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let revocations = join_all((0..5).map(|_| {
            let (client, grant) = (app.admin(), &grant);
            async move { client.delete(grant).await.status() }
        }))
        .await;
        assert_eq!(revocations.iter().filter(|&&status| status == 204).count(), 1, "{revocations:?}");
        assert_eq!(revocations.iter().filter(|&&status| status == 404).count(), 4);
        let count = "SELECT count(*) FROM audit_events WHERE action = 'caller.revoke_pool'";
        assert_eq!(app.database.value(count), 1);
    }
}

/// Neither is the database said to be overloaded, which it is not, nor does a change get lost.
#[tokio::test(flavor = "multi_thread")]
async fn many_changes_of_one_identity_happen_or_are_told_to_come_again() {
    for (changes, latency) in
        [(40, LATENCIES[0]), (100, LATENCIES[0]), (40, LATENCIES[1]), (100, LATENCIES[1])]
    {
        let app = racing(latency).await;
        app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
        let answers = join_all((0..changes).map(|number| {
            let client = app.admin();
            async move {
                let body = json!({"weight": number + 1000});
                client.patch("/v1/admin/pools/team/identities/p1", None, &body).await
            }
        }))
        .await;
        let (done, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status() == 200);
        for answer in &refused {
            answer.clone().expect(409, "write_conflict");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert!(refused.len() <= changes / 10, "{} of {changes} were refused", refused.len());
        let audited = "SELECT count(*) FROM audit_events WHERE action = 'identity.update'";
        assert_eq!(app.database.value(audited), done.len());
        assert_eq!(app.log.events(), Vec::<serde_json::Value>::new());
    }
}
