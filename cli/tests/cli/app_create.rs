//! `octopool admin app create` against the real router and the stand-in for GitHub, whose pages are
//! followed here by HTTP, and by a real browser in `app_create/browser.rs`.

mod browser;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use octopool_testkit::github::{Effect, Fault, demo, keys};
use serde_json::{Value, json};
use ureq::http::StatusCode;

use crate::real_router::Deployment;
use crate::support::{Invocation, Outcome, Running};

/// Records what it is called with and given, as `wrangler secret` would take it.
const WRANGLER: &str = r#"folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
case "$2" in
  list) echo '[{"name":"OCTOPOOL_PAT_MONA","type":"secret_text"}]' ;;
  put) cat > "$folder/put" && mv "$folder/put" "$folder/secret-$3" ;;
esac"#;

/// A deployment, and a wrangler whose secrets become its own.
struct World {
    deployment: Deployment,
    wrangler: PathBuf,
}

impl World {
    fn start() -> Self {
        Self::with(WRANGLER)
    }

    fn with(wrangler: &str) -> Self {
        let deployment = Deployment::start();
        // Calls `cat` and `dirname`, but the environment of a command has no PATH.
        let wrangler = deployment.home.script("wrangler", &format!("PATH=/usr/bin:/bin\n{wrangler}"));
        Self { deployment, wrangler }
    }

    fn github(&self) -> &str {
        self.deployment.app.github.base_url()
    }

    fn create(&self, options: &str) -> Invocation {
        let create = self.deployment.admin("admin app create --pool team").args(options);
        create.arg("--github-url").arg(self.github()).arg("--wrangler").arg(&self.wrangler)
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.deployment.home.path().join("calls")).unwrap_or_default()
    }

    fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.deployment.home.path().join(format!("secret-{name}"))).ok()
    }

    /// The secret that wrangler was given, as soon as it was; the Worker has it some time later.
    fn deploy_secret(&self, name: &str) -> String {
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(secret) = self.file(name) {
                self.deployment.app.secrets.set(name, &secret);
                return secret;
            }
            assert!(Instant::now() < end, "wrangler was given no secret {name}: {}", self.calls());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn identity(&self, id: &str) -> Value {
        let shown = self.deployment.admin("admin identities show --pool team --json").arg(id).run();
        shown.exits(0).json()
    }
}

/// Installs the App as its owner would, by the button of GitHub's page.
fn install(page: &str) {
    assert!(get(page).1.contains(">Install</button>"));
    assert_eq!(post(page, &[]).0, StatusCode::FOUND);
}

/// The address at the end of a line.
fn address(line: &str) -> String {
    line.split_whitespace().last().unwrap().to_owned()
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
    config.build().into()
}

fn get(url: &str) -> (StatusCode, String) {
    let mut answer = agent().get(url).call().unwrap();
    (answer.status(), answer.body_mut().read_to_string().unwrap())
}

/// Status, body and where it leads.
fn post(url: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let mut answer = agent().post(url).send_form(fields.iter().copied()).unwrap();
    let location = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    (answer.status(), answer.body_mut().read_to_string().unwrap(), location.unwrap_or_default())
}

/// The value of a field of a form, or of an attribute, in HTML.
fn attribute<'a>(page: &'a str, before: &str) -> &'a str {
    let rest = page.split_once(before).unwrap().1;
    let quote = rest.chars().next().unwrap();
    rest[1..].split_once(quote).unwrap().0
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Goes through the pages until GitHub leads back to this machine; answers where to.
fn confirm(start: &str, github: &str, name: Option<&str>) -> String {
    let (status, page) = get(start);
    assert_eq!(status, 200, "{page}");
    let (action, manifest) =
        (unescaped(attribute(&page, "action=")), unescaped(attribute(&page, "name=\"manifest\" value=")));
    assert!(action.starts_with(github), "{action}");
    let (status, page, _) = post(&action, &[("manifest", &manifest)]);
    assert_eq!(status, 200, "{page}");
    let field = |before: &str| unescaped(attribute(&page, before));
    let (suggested, state) = (field("name=name value="), field("name=state value="));
    let fields =
        [("manifest", manifest.as_str()), ("name", name.unwrap_or(&suggested)), ("state", state.as_str())];
    let (status, page, location) = post(&format!("{github}{}", field("action=")), &fields);
    assert_eq!(status, StatusCode::FOUND, "{page}");
    location
}

/// Starts a run without a browser and confirms the App.
fn confirmed(world: &World, options: &str) -> Running {
    let mut running = world.create(options).args("--no-browser").start();
    let page = address(&running.line("Open http://127.0.0.1:"));
    let (status, text) = get(&confirm(&page, world.github(), None));
    assert_eq!((status, text.contains("Go back to the terminal")), (StatusCode::OK, true), "{text}");
    running
}

/// Goes through a whole run without a browser.
fn created(world: &World, options: &str, secret: &str) -> (Outcome, String) {
    let mut running = confirmed(world, options);
    let pem = world.deploy_secret(secret);
    let page = address(&running.line("/installations/new"));
    install(&page);
    (running.wait(), pem)
}

const NAMED: &str = "--org acme --name acme-pool";
const SECRET: &str = "OCTOPOOL_APP_KEY_ACME_POOL";

/// The files below a folder that hold a text.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { holding(&path, text) } else { vec![path] });
    files
        .filter(|file| fs::read(file).unwrap().windows(text.len()).any(|part| part == text.as_bytes()))
        .collect()
}

#[test]
fn without_a_browser_from_nothing_to_a_served_read() {
    let world = World::start();
    let (outcome, pem) = created(&world, NAMED, SECRET);
    let line = pem.lines().nth(1).unwrap();
    let outcome = outcome.exits(0).never_shows(line);
    assert_eq!(
        outcome.stdout,
        "registered identity acme-pool (github_app, acme-pool[bot]) in pool team\n  scope acme\n"
    );
    assert_eq!(world.calls(), format!("secret list\nsecret put {SECRET}\n"));
    let home = world.deployment.home.path();
    assert_eq!(holding(home, line), [home.join(format!("secret-{SECRET}"))], "the key touches no other file");
    let identity = world.identity("acme-pool");
    assert_eq!((&identity["app_id"], &identity["secret_ref"]), (&json!("4243"), &json!(SECRET)));
    let admin = |arguments: &str| world.deployment.admin(arguments).run().exits(0).stdout;
    admin("admin identities verify acme-pool --pool team");
    let caller = admin("admin caller --pool team --github-login hubot --json");
    let token = serde_json::from_str::<Value>(&caller).unwrap()["token"].as_str().unwrap().to_owned();
    let read = world.deployment.octopool("request --pool team --path /repos/acme/rocket --json");
    let read = read.env("OCTOPOOL_TOKEN", token).run().exits(0).json();
    assert_eq!(read["identity"], json!({"id": "acme-pool", "kind": "github_app"}), "{read}");
}

#[test]
fn the_manifest_asks_to_read_and_has_no_webhook() {
    let world = World::start();
    let mut running = world.create(NAMED).args("--no-browser").start();
    let page = get(&address(&running.line("Open http://127.0.0.1:"))).1;
    let manifest: Value =
        serde_json::from_str(&unescaped(attribute(&page, "name=\"manifest\" value="))).unwrap();
    assert_eq!((&manifest["public"], &manifest["hook_attributes"]["active"]), (&json!(false), &json!(false)));
    let permissions = manifest["default_permissions"].as_object().unwrap();
    assert!(permissions.len() == 7 && permissions.values().all(|access| access == "read"), "{manifest}");
    assert_eq!(manifest["name"], "acme-pool");
    running.kill();
}

#[test]
fn for_ones_own_account_and_with_one_json_document() {
    let world = World::start();
    let (outcome, pem) =
        created(&world, "--json --id own --scope mona/rocket", "OCTOPOOL_APP_KEY_OCTOPOOL_TEAM");
    let document = outcome.exits(0).never_shows(pem.lines().nth(1).unwrap()).json();
    assert_eq!(
        (&document["app"]["slug"], &document["app"]["owner"]),
        (&json!("octopool-team"), &json!("mona"))
    );
    assert_eq!((&document["identity"]["id"], &document["created"]), (&json!("own"), &json!(true)));
    assert_eq!(document["identity"]["scopes"][0]["repo"], "rocket");
}

#[test]
fn a_browser_with_another_state_is_refused_and_the_run_goes_on() {
    let world = World::start();
    let mut running = world.create(NAMED).args("--no-browser").start();
    let page = address(&running.line("Open http://127.0.0.1:"));
    let (origin, _) = page.rsplit_once('/').unwrap();
    for query in ["code=abc&state=wrong", "code=abc", ""] {
        assert_eq!(get(&format!("{origin}/callback?{query}")).0, 400, "{query}");
    }
    running.line("with the state of another run");
    for path in ["/", "/favicon.ico", "/callback/x"] {
        assert_eq!(get(&format!("{origin}{path}")).0, 404, "{path}");
    }
    let foreign = agent().get(&page).header("host", "pool.example").call().unwrap();
    assert_eq!(foreign.status(), 404, "another name that leads to this machine");
    let state = unescaped(attribute(&get(&page).1, "action=")).rsplit_once("state=").unwrap().1.to_owned();
    get(&format!("{origin}/callback?error=access_denied&error_description=Not+you&state={state}"));
    running.wait().exits(1).says("GitHub did not create the App: Not you.");
    assert_eq!(world.calls(), "secret list\n");
}

#[test]
fn a_code_that_github_does_not_take_any_more() {
    let world = World::start();
    world.deployment.app.github.fault(Fault::on(
        "POST",
        "/app-manifests/*",
        Effect::respond(404, json!({"message": "Not Found"})),
    ));
    let outcome = confirmed(&world, NAMED).wait().exits(1);
    let page = format!("{}/organizations/acme/settings/apps", world.github());
    outcome.says("used already, or is older than an hour").says(&page).says("--app-id ID --private-key FILE");
    assert_eq!(world.calls(), "secret list\n");
}

#[test]
fn a_wrangler_that_does_not_work_is_found_before_there_is_an_app() {
    for (wrangler, text) in [
        ("echo 'You are not authenticated. Run wrangler login.' >&2; exit 1", "You are not authenticated"),
        ("exit 3", "it ended with exit status: 3"),
    ] {
        let world = World::with(wrangler);
        let outcome = world.create(NAMED).run().exits(1);
        outcome.says("secret list` failed").says(text).says("Nothing was created").says("npx wrangler login");
        assert!(world.deployment.app.github.requests().is_empty());
    }
    let world = World::start();
    let missing = world.deployment.admin("admin app create --wrangler /nonexistent/wrangler");
    missing.run().exits(1).says("cannot be run").says("npm ci");
    let unauthorized = world.create(NAMED).env("OCTOPOOL_ADMIN_TOKEN", "wrong").run();
    unauthorized.exits(4).says("invalid_admin_auth");
    for bad in ["--org a/b", "--scope a/b/c", "--app-id 5", "--app-id x --private-key f", "--secret-ref 1A"] {
        world.create(bad).run().exits(2);
    }
    assert_eq!(world.calls(), "");
}

#[test]
fn a_key_that_wrangler_did_not_store_is_replaced_by_another_run() {
    let world = World::with(&WRANGLER.replace("put) cat", "put) tee /dev/stderr; exit 1; cat"));
    let outcome = confirmed(&world, NAMED).wait().exits(1);
    let settings = format!("{}/organizations/acme/settings/apps/acme-pool", world.github());
    let outcome =
        outcome.says("The App acme-pool exists, but wrangler could not store its key").says(&settings);
    let again = "octopool admin app create --pool team --app-id 4243 --private-key FILE";
    let outcome = outcome.says(again).never_shows("MII");
    assert!(!outcome.stderr.contains("BEGIN RSA PRIVATE KEY-----\nMII"), "{outcome:?}");
    // The owner generates another key on that page, and what was said is typed.
    let home = world.deployment.home.path();
    fs::write(home.join("new.pem"), post(&format!("{settings}/keys"), &[]).1).unwrap();
    let working = world.deployment.home.script("working", &format!("PATH=/usr/bin:/bin\n{WRANGLER}"));
    let world = World { wrangler: working, ..world };
    let mut running = world.create("--app-id 4243 --private-key new.pem --no-browser").start();
    world.deploy_secret(SECRET);
    install(&address(&running.line("/installations/new")));
    running.wait().exits(0).prints("registered identity acme-pool");
}

#[test]
fn an_app_that_was_not_installed_in_time_is_registered_by_the_command_that_is_shown() {
    let world = World::start();
    let key = &world.deployment.app.credentials.app_private_key_pem;
    fs::write(world.deployment.home.path().join("app.pem"), key).unwrap();
    let app = &world.deployment.app;
    app.github.edit(|state| drop(state.installations.remove(demo::INSTALLATION)));
    app.github.edit(|state| drop(state.installations.remove(demo::SUSPENDED_INSTALLATION)));
    let options = "--app-id 4242 --private-key app.pem --wait 0 --secret-ref KEY_OF_ACME --scope acme/rocket";
    let outcome = world.create(options).args("--no-browser").run().exits(1);
    let outcome = outcome.says("The App octopool-acme was not installed in time.");
    let page = "https://github.com/apps/octopool-acme/installations/new";
    assert!(!outcome.stderr.contains(page), "not a page of the GitHub that was named: {outcome:?}");
    let command = outcome.stderr.lines().rev().find(|line| line.contains("admin identity")).unwrap();
    let command = command.split_once("octopool admin").unwrap().1.replace('\'', "");
    world.deploy_secret("KEY_OF_ACME");
    install(&format!("{}/apps/octopool-acme/installations/new", world.github()));
    let number = app.github.edit(|state| state.installations.iter().next().unwrap().id);
    let command = command.replace("NUMBER", &number.to_string());
    world
        .deployment
        .admin(&format!("admin {command}"))
        .run()
        .exits(0)
        .prints("registered identity octopool-acme");
    // Running the whole again finds everything done.
    let again = world.create("--app-id 4242 --private-key app.pem --secret-ref KEY_OF_ACME").run().exits(0);
    again.prints("updated identity octopool-acme");
}

#[test]
fn a_key_that_is_not_the_apps() {
    let world = World::start();
    let home = world.deployment.home.path();
    fs::write(home.join("foreign.pem"), keys::foreign_key_pem().unwrap()).unwrap();
    fs::write(home.join("no.pem"), "ghp_canary").unwrap();
    let run = |options: &str| world.create(options).run().exits(1);
    run("--app-id 4242 --private-key foreign.pem").says("GitHub has no App 4242 with the key in foreign.pem");
    run("--app-id 1 --private-key foreign.pem").says("GitHub has no App 1");
    run("--app-id 4242 --private-key no.pem").says("is not the private key").never_shows("canary");
    run("--app-id 4242 --private-key absent.pem").says("absent.pem cannot be read");
    assert!(!world.calls().contains("put"));
}

#[test]
fn a_page_that_nobody_opens_and_an_identity_that_is_refused() {
    let world = World::start();
    let outcome = world.create(NAMED).args("--no-browser --wait 0").run().exits(1);
    outcome.says("The page was not opened in time.").says("Nothing was created.");
    let other = "admin identity --pool other --id taken --login mona --secret-ref OCTOPOOL_PAT_MONA";
    world.deployment.admin(other).run().exits(0);
    let (outcome, _) = created(&world, &format!("{NAMED} --id taken"), SECRET);
    let outcome = outcome.exits(1).says("identity_conflict").says("The App is installed and its key stored.");
    outcome.says("octopool admin identity --pool team --id taken --kind github_app --login 'acme-pool[bot]'");
}
