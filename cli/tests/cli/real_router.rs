//! The binary against the real router, SQL and stand-in for GitHub: what the canned servers say is
//! what octopool says.

use std::net::SocketAddr;

use octopool_testkit::github::demo;
use octopool_testkit::{TestApp, TestAppBuilder};
use tokio::runtime::Runtime;

use crate::support::{Home, Invocation};

/// A deployment that listens, and a machine to use it from.
pub(crate) struct Deployment {
    pub(crate) app: TestApp,
    pub(crate) address: SocketAddr,
    pub(crate) home: Home,
    // Last, so that the server is still there when the rest is dropped.
    _runtime: Runtime,
}

impl Deployment {
    pub(crate) fn start() -> Self {
        Self::of(TestAppBuilder::default())
    }

    /// One whose GitHub is called as the real one.
    #[cfg(unix)]
    pub(crate) fn with_githubs_name() -> Self {
        Self::of(TestAppBuilder::default().with_githubs_name())
    }

    fn of(builder: TestAppBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let (app, address) = runtime.block_on(async {
            let app = builder.start().await;
            let address = app.serve().await;
            (app, address)
        });
        Self { app, address, home: Home::new(), _runtime: runtime }
    }

    #[cfg(unix)]
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn octopool(&self, arguments: &str) -> Invocation {
        self.home.octopool(arguments).env("OCTOPOOL_URL", format!("http://{}", self.address))
    }

    pub(crate) fn admin(&self, arguments: &str) -> Invocation {
        self.octopool(arguments).env("OCTOPOOL_ADMIN_TOKEN", self.app.admin_token())
    }

    /// Another program, with the server and the admin token in its environment.
    #[cfg(unix)]
    pub(crate) fn admin_program(&self, name: &str, arguments: &str) -> Invocation {
        let program = self.home.program(name.as_ref(), arguments);
        program
            .env("OCTOPOOL_URL", format!("http://{}", self.address))
            .env("OCTOPOOL_ADMIN_TOKEN", self.app.admin_token())
    }
}

#[test]
fn from_an_empty_pool_to_its_health() {
    let deployment = Deployment::start();
    deployment
        .admin("admin caller --pool maintainers --github-login hubot --name Hubot")
        .run()
        .exits(0)
        .prints("op_");
    deployment
        .admin("admin identity --pool maintainers --id mona --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme")
        .run()
        .exits(0);
    let app = format!(
        "admin identity --pool maintainers --id app --kind github_app --login octopool-acme[bot] \
         --secret-ref OCTOPOOL_APP_KEY --installation-id {} --scope acme/rocket --scope acme",
        demo::INSTALLATION
    );
    let registered = deployment.admin(&app).args("--json").run().exits(0).json();
    let scopes = serde_json::json!([
        {"owner": "acme", "repo": "rocket", "allow_private": true}, {"owner": "acme", "allow_private": false},
    ]);
    assert_eq!(registered["identity"]["scopes"], scopes);
    for id in ["mona", "app"] {
        deployment.admin("admin identities verify --pool maintainers").arg(id).run().exits(0);
    }
    let github_token = &deployment.app.credentials.tokens.hubot;
    let login = deployment.octopool("login --client laptop").env("GH_TOKEN", github_token).run().exits(0);
    login.prints("as hubot for pool maintainers (client laptop)").never_shows(github_token);
    let health = deployment.octopool("health --json").run().exits(0).json();
    assert_eq!((&health["identities_total"], &health["identities_healthy"]), (&2.into(), &2.into()));
    deployment.octopool("health").run().exits(0).prints("mona").prints("app");
    deployment.octopool("whoami").run().exits(0).prints("hubot");
    // With the server and a token alone (CI) the pool is found.
    let token = deployment.home.saved_login()["token"].as_str().unwrap().to_owned();
    let ci = |command: &str| {
        let run = Home::new().octopool(command).env("OCTOPOOL_URL", format!("http://{}", deployment.address));
        run.env("OCTOPOOL_TOKEN", &token).run()
    };
    ci("whoami").exits(0).prints("pool    maintainers").prints("client  laptop");
    ci("health").exits(0).prints("mona");
    ci("stats").exits(0).prints("maintainers");
    assert_eq!(ci("request --path /users/octocat --json").exits(0).json()["body"]["login"], "octocat");
    // An operator has the admin token alone.
    let operator = |command: &str| {
        let run = Home::new().octopool(command).env("OCTOPOOL_URL", format!("http://{}", deployment.address));
        run.env("OCTOPOOL_ADMIN_TOKEN", deployment.app.admin_token()).run()
    };
    operator("health").exits(0).prints("maintainers: 2 of 2 identities healthy");
    operator("health --pool none").exits(1).says("pool_not_found");
    operator("stats").exits(0).prints("maintainers, the last 24h").prints("user_view");
    operator("stats --client laptop").exits(2).says("an admin token has none");
    deployment.octopool("logout").run().exits(0).prints("the token of client laptop is revoked");
    ci("whoami").exits(4).says("invalid_auth");
    deployment
        .admin("admin audit list --since 7d --action caller.revoke_client")
        .run()
        .exits(0)
        .prints("caller:");
    deployment.admin("admin audit list --action identity.registr").run().exits(2).says("identity.register");
}

#[test]
fn refusals_have_their_exit_codes_and_hints() {
    let deployment = Deployment::start();
    let octocat = &deployment.app.credentials.tokens.octocat;
    let refused = deployment.octopool("login").env("GH_TOKEN", octocat).run().exits(4);
    refused.says("caller_not_provisioned").says("--github-login octocat").never_shows(octocat);
    deployment.octopool("login").env("GH_TOKEN", "ghp_wrong").run().exits(4).says("github_auth_failed");
    let wrong = deployment.octopool("admin caller --github-login hubot").env("OCTOPOOL_ADMIN_TOKEN", "wrong");
    wrong.run().exits(4).says("invalid_admin_auth");
    let unknown = deployment.admin("admin caller --github-login nobody-at-all").run().exits(1);
    unknown.says("github_user_not_found");
    let fields = deployment.admin("admin identity --id a/b --login x_ --secret-ref DB").run().exits(2);
    fields.says("invalid_request").says("id").says("login");
    let pat = "admin identity --id p --login mona --secret-ref OCTOPOOL_PAT_MONA --pool";
    deployment.admin(pat).arg("one").run().exits(0).says("warning:");
    deployment.admin(pat).arg("two").run().exits(1).says("identity_conflict");
    let absent = deployment.admin("admin identities verify none --pool one").run().exits(1);
    absent.says("identity_not_found");
}

#[test]
fn an_identity_that_does_not_work_fails_its_verification_with_a_fix() {
    let deployment = Deployment::start();
    let register = "admin identity --pool p --id mona --login mona --secret-ref NOT_SET --scope acme";
    deployment.admin(register).run().exits(0).says("warning:");
    let verified = deployment.admin("admin identities verify mona --pool p").run().exits(1);
    verified.prints("npx wrangler secret put NOT_SET");
    let refused = deployment.admin(&register.replace("--id mona", "--id other --verify")).run().exits(1);
    refused.says("identity_unverified").says("npx wrangler secret put NOT_SET");
    deployment.admin("admin identities show other --pool p").run().exits(1).says("identity_not_found");
}

#[test]
fn the_fix_that_a_verification_shows_works() {
    let deployment = Deployment::start();
    let register = format!(
        "admin identity --pool p --id app --kind github_app --login octopool-acme[bot] --secret-ref OCTOPOOL_APP_KEY \
         --installation-id {} --scope acme/website --scope acme/rocket --scope acme --private-scopes",
        demo::INSTALLATION
    );
    deployment.admin(&register).run().exits(0);
    deployment.app.github.edit(|state| state.rename_repository(demo::WEBSITE, "site")).unwrap();
    let verified = deployment.admin("admin identities verify app --pool p --json").run().exits(1).json();
    let checks = verified["checks"].as_array().unwrap();
    let fix = checks.iter().find_map(|check| check["fix"].as_str()).unwrap();
    let command = fix.strip_prefix("octopool ").unwrap();
    deployment.admin(command).run().exits(0).prints("scope acme/site").prints("scope acme (private too)");
    deployment.admin("admin identities verify app --pool p").run().exits(0);
    // What was meant only as long as it is public is not meant any further.
    let narrow = "admin identities update app --pool p --public-scope acme/site --public-scope acme/rocket";
    deployment.admin(narrow).run().exits(0);
    deployment.app.github.edit(|state| state.rename_repository(demo::WEBSITE, "pages")).unwrap();
    let verified = deployment.admin("admin identities verify app --pool p --json").run().exits(1).json();
    let checks = verified["checks"].as_array().unwrap();
    let fix = checks.iter().find_map(|check| check["fix"].as_str()).unwrap();
    let shown =
        deployment.admin(fix.strip_prefix("octopool ").unwrap()).run().exits(0).prints("scope acme/pages");
    assert!(!shown.stdout.contains("private"), "{}", shown.stdout);
}

#[test]
fn the_audit_is_listed_exported_and_verified_until_somebody_changes_it() {
    let deployment = Deployment::start();
    deployment.app.tamper_with_the_audit();
    for number in 0..3 {
        let register =
            format!("admin identity --id p{number} --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme");
        deployment.admin(&register).run().exits(0);
    }
    deployment.admin("admin audit list --action identity.register --limit 2").run().exits(0).says("--cursor");
    let exported = deployment.admin("admin audit export").run().exits(0).stdout;
    assert_eq!(exported.lines().count(), 3);
    deployment.admin("admin audit verify").run().exits(0).prints("3 events");
    deployment.admin("admin audit list --since now").run().exits(2).says("since");
    deployment.app.database.execute("UPDATE audit_events SET subject = 'p9' WHERE seq = 2").unwrap();
    deployment.admin("admin audit verify").run().exits(1).prints("event 2 was edited or moved");
    deployment.app.database.execute("DELETE FROM audit_events WHERE seq = 2").unwrap();
    deployment.admin("admin audit verify").run().exits(1).prints("event 2 was removed");
}

/// A pool with one identity, and this machine logged in to it.
fn pool_with_an_identity() -> Deployment {
    let deployment = Deployment::start();
    deployment.admin("admin caller --pool maintainers --github-login hubot").run().exits(0);
    let register =
        "admin identity --pool maintainers --id mona --login mona --secret-ref OCTOPOOL_PAT_MONA --scope";
    deployment.admin(register).args("acme").run().exits(0);
    let github_token = &deployment.app.credentials.tokens.hubot;
    deployment.octopool("login --client laptop").env("GH_TOKEN", github_token).run().exits(0);
    deployment
}

#[test]
fn github_is_read_through_the_pool() {
    let deployment = pool_with_an_identity();
    let envelope = deployment.octopool("request --path /repos/acme/rocket --json").run().exits(0).json();
    assert_eq!((&envelope["status"], &envelope["body"]["full_name"]), (&200.into(), &"acme/rocket".into()));
    assert_eq!((&envelope["relay"]["cache"], &envelope["identity"]["id"]), (&"miss".into(), &"mona".into()));
    let again = deployment.octopool("request --path /repos/acme/rocket").run().exits(0).json();
    assert_eq!((&again["relay"]["cache"], &again["body"]), (&"hit".into(), &envelope["body"]));
    let fresh = deployment.octopool("request --path /repos/acme/rocket").env("OCTOPOOL_FRESH", "1").run();
    assert_ne!(fresh.exits(0).json()["relay"]["cache"], "hit");
    let body = deployment.octopool("request --path /repos/acme/rocket --body").run().exits(0).stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), envelope["body"]);
    let absent = deployment.octopool("request --path /users/nobody-at-all --body").run().exits(1);
    absent.prints("Not Found").says("GitHub answered 404");
}

#[test]
fn what_the_pool_does_not_serve_names_its_reason() {
    let deployment = pool_with_an_identity();
    let forbidden = deployment.octopool("request --path /repos/acme/rocket/rulesets").run().exits(1);
    forbidden.says("local_credentials_required").says("fallback_local");
    deployment.octopool("request --path /repos/acme/../rocket").run().exits(2).says("invalid_path");
    deployment.octopool("request --path /users/mona --method DELETE").run().exits(4).says("method_denied");
}
