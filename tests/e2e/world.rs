//! Deployments under `wrangler dev`, started when the first test needs them.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use octopool_testkit::github::{Credentials, GithubStandin, State};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The admin token of every deployment here; [`crate::runtime`] looks for it where it must not be.
pub(crate) const ADMIN_TOKEN: &str = "canary-admin-token-e2e-77c1";

/// The key of the audit's cuts, looked for likewise.
pub(crate) const AUDIT_KEY: &str = "canary-audit-key-e2e-2b9d";

/// Everything that runs.
pub(crate) struct World {
    runtime: Runtime,
    build: OnceLock<()>,
    provisioned: OnceLock<Deployment>,
    relay: OnceLock<Deployment>,
    clients: OnceLock<Deployment>,
    graphql: OnceLock<Deployment>,
    restarted: OnceLock<Deployment>,
    org_members: OnceLock<Deployment>,
    misconfigured: OnceLock<Deployment>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            runtime: Runtime::new().unwrap(),
            build: OnceLock::new(),
            provisioned: OnceLock::new(),
            relay: OnceLock::new(),
            clients: OnceLock::new(),
            graphql: OnceLock::new(),
            restarted: OnceLock::new(),
            org_members: OnceLock::new(),
            misconfigured: OnceLock::new(),
        }
    }
}

impl World {
    /// Runs a test to its end.
    pub(crate) fn run(&self, test: impl Future<Output = ()>) {
        self.runtime.block_on(test);
    }

    /// A deployment with the defaults, but for a timeout that a test can wait for, also on a
    /// machine that is busy.
    pub(crate) fn provisioned(&self) -> &Deployment {
        self.provisioned.get_or_init(|| self.deploy("provisioned", &[("REQUEST_TIMEOUT_MS", "5000")]))
    }

    /// A deployment for reading GitHub, which says what each read costs.
    pub(crate) fn relay(&self) -> &Deployment {
        let vars = [("SHOW_COSTS", "true"), ("AUTH_CACHE_SECONDS", "3600"), ("REQUEST_TIMEOUT_MS", "20000")];
        self.relay.get_or_init(|| self.deploy("relay", &vars))
    }

    /// A deployment for real clients, whose GitHub answers as it is and has no faults.
    pub(crate) fn clients(&self) -> &Deployment {
        self.clients.get_or_init(|| self.deploy("clients", &[("REQUEST_TIMEOUT_MS", "20000")]))
    }

    /// A deployment for GraphQL, whose budgets no other test spends.
    pub(crate) fn graphql(&self) -> &Deployment {
        let vars = [("REQUEST_TIMEOUT_MS", "20000"), ("OCTOPOOL_PAT_NARROW", crate::graphql::NARROW)];
        self.graphql.get_or_init(|| self.deploy("graphql", &vars))
    }

    /// A deployment that one test starts again.
    pub(crate) fn restarted(&self) -> &Deployment {
        self.restarted.get_or_init(|| self.deploy("restarted", &[]))
    }

    /// A deployment whose members enroll themselves, and that asks for each membership anew.
    pub(crate) fn org_members(&self) -> &Deployment {
        let vars = [("LOGIN_ENROLLMENT", "org-members"), ("ORG_VERIFY_TTL_SECONDS", "0")];
        self.org_members.get_or_init(|| self.deploy("org-members", &vars))
    }

    /// A deployment with wrong settings.
    pub(crate) fn misconfigured(&self) -> &Deployment {
        let vars = [("LOGIN_ENROLLMENT", "everybody"), ("REQUEST_TIMEOUT_MS", "soon")];
        self.misconfigured.get_or_init(|| self.deploy("misconfigured", &vars))
    }

    /// Ends everything that runs.
    pub(crate) fn stop(&self) {
        for deployment in [
            &self.provisioned,
            &self.relay,
            &self.clients,
            &self.graphql,
            &self.restarted,
            &self.org_members,
            &self.misconfigured,
        ] {
            if let Some(deployment) = deployment.get() {
                deployment.stop();
            }
        }
    }

    fn deploy(&self, name: &str, vars: &[(&str, &str)]) -> Deployment {
        self.build.get_or_init(|| run(&node(), &["scripts/build.mjs"], "the Worker's build"));
        std::thread::scope(|scope| {
            // A thread of its own, because a test's thread is inside the runtime already.
            scope.spawn(|| self.runtime.block_on(Deployment::start(name, vars))).join().unwrap()
        })
    }
}

/// One Worker under `wrangler dev` with its database and its GitHub.
pub(crate) struct Deployment {
    pub(crate) github: GithubStandin,
    pub(crate) credentials: Credentials,
    base: String,
    port: u16,
    client: Client,
    folder: TempDir,
    wrangler: Mutex<Child>,
}

impl Deployment {
    async fn start(name: &str, vars: &[(&str, &str)]) -> Self {
        let credentials = Credentials::generate().unwrap();
        let github = GithubStandin::start(State::demo(&credentials).unwrap()).await.unwrap();
        let folder = tempfile::Builder::new().prefix(&format!("octopool-{name}-")).tempdir().unwrap();
        let port = free_port();
        write_env(&folder.path().join("env"), &github, &credentials, vars);
        let state = text(&folder.path().join("state"));
        run(
            &node(),
            &[
                "node_modules/wrangler/bin/wrangler.js",
                "d1",
                "migrations",
                "apply",
                "DB",
                "--local",
                "--persist-to",
                &state,
            ],
            "the migrations",
        );
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let wrangler = Mutex::new(wrangler(folder.path(), port));
        let deployment = Self { github, credentials, base, port, client, folder, wrangler };
        deployment.wait_until_ready().await;
        deployment
    }

    /// Ends every isolate and object and starts again on what was stored, as after a deployment.
    pub(crate) async fn restart(&self) {
        self.stop();
        *self.wrangler.lock().unwrap() = wrangler(self.folder.path(), self.port);
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&self) {
        for _ in 0..600 {
            if self.client.get(&self.base).send().await.is_ok() {
                return;
            }
            assert!(
                self.wrangler.lock().unwrap().try_wait().unwrap().is_none(),
                "wrangler ended: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("wrangler is not ready after a minute: {}", self.log());
    }

    fn stop(&self) {
        let mut wrangler = self.wrangler.lock().unwrap();
        drop(wrangler.stdin.take());
        wrangler.wait().unwrap();
    }

    /// The port of wrangler's proxy.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The process that started workerd.
    pub(crate) fn wrangler_pid(&self) -> u32 {
        self.wrangler.lock().unwrap().id()
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Everything that wrangler and the Worker wrote.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The file with its settings and secrets.
    pub(crate) fn env_file(&self) -> String {
        text(&self.folder.path().join("env"))
    }

    /// Every file of the local database and of the Durable Objects.
    pub(crate) fn database_files(&self) -> Vec<PathBuf> {
        files(&self.folder.path().join("state"))
    }

    /// A request without a credential.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// The answer to a `GET` with a bearer.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        Answer::read(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// The answer to a `POST` of JSON by the admin.
    pub(crate) async fn admin(&self, path: &str, body: &Value) -> Answer {
        Answer::read(self.request(Method::POST, path).bearer_auth(ADMIN_TOKEN).json(body)).await
    }

    /// The answer to a login.
    pub(crate) async fn log_in(&self, github_token: &str, client: &str) -> Answer {
        let body = serde_json::json!({"github_token": github_token, "client_name": client});
        Answer::read(self.request(Method::POST, "/v1/login/github-cli").json(&body)).await
    }

    /// Runs a module that asks the Worker's workerd without the proxy of `wrangler dev`.
    #[expect(
        clippy::print_stderr,
        reason = "what was not run must be seen, and no test can be skipped half-way"
    )]
    pub(crate) async fn ask_workerd(&self, module: &str) {
        let output = tokio::process::Command::new(node())
            .arg(module)
            .args([self.wrangler_pid().to_string(), self.port().to_string()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .await
            .unwrap();
        if output.status.code() == Some(3) && std::env::var_os("CI").is_none() {
            eprintln!("NOT RUN: workerd's own port cannot be found here");
            return;
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Provisions an account of the seed and answers its token.
    pub(crate) async fn provision(&self, login: &str, pool: &str) -> String {
        let body = serde_json::json!({"pool": pool, "github_login": login});
        self.admin("/v1/admin/callers", &body).await.ok(201)["token"].as_str().unwrap().to_owned()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(request: RequestBuilder) -> Self {
        let answer = Self::read_any(request).await;
        assert!(
            answer.is_ours() || answer.status == 308,
            "no x-request-id: {} {}",
            answer.status,
            answer.text
        );
        answer
    }

    /// The same for very many at once. `wrangler dev` has a proxy before the Worker, which then
    /// loses connections and asks to try again.
    pub(crate) async fn read_in_a_crowd(request: RequestBuilder) -> Self {
        for _ in 0..20 {
            let answer = Self::read_any(request.try_clone().unwrap()).await;
            if answer.is_ours() || !answer.text.contains("Please try sending the request again") {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("wrangler's proxy does not recover");
    }

    async fn read_any(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    /// Whether the Worker answered, and not what is between.
    fn is_ours(&self) -> bool {
        self.headers.contains_key("x-request-id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        let error = &self.json()["error"];
        assert_eq!((self.status, error["code"].as_str().unwrap()), (status, code), "{}", self.text);
        assert_eq!(error["request_id"].as_str().unwrap(), self.header("x-request-id"));
    }
}

/// Starts `wrangler dev` on the settings and the state in a folder.
fn wrangler(folder: &Path, port: u16) -> Child {
    let (state, env) = (text(&folder.join("state")), text(&folder.join("env")));
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut wrangler = command(&node());
    // The leash ends its own process group, so it needs one of its own.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut wrangler, 0);
    let port = port.to_string();
    wrangler
        // Ends wrangler and its workerd when this process ends, however it ends: its standard input
        // is our pipe.
        .args(["scripts/lib/leash.mjs", &node(), "node_modules/wrangler/bin/wrangler.js"])
        .args(["dev", "--local", "--ip", "127.0.0.1", "--port", &port, "--inspector-port", "0"])
        .args(["--persist-to", &state, "--env-file", &env])
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The settings and secrets as an operator's own file would have them.
fn write_env(path: &Path, github: &GithubStandin, credentials: &Credentials, vars: &[(&str, &str)]) {
    let key = credentials.app_private_key_pem.replace('\n', "\\n");
    let foreign_key = octopool_testkit::github::keys::foreign_key_pem().unwrap().replace('\n', "\\n");
    let app_id = credentials.app_id.to_string();
    let mut lines = vec![
        ("ALLOWED_GITHUB_ORG", "acme"),
        ("GITHUB_API_URL", github.base_url()),
        ("OCTOPOOL_ADMIN_TOKEN", ADMIN_TOKEN),
        ("OCTOPOOL_AUDIT_KEY", AUDIT_KEY),
        ("OCTOPOOL_GITHUB_ORG_TOKEN", &credentials.tokens.org),
        ("OCTOPOOL_GITHUB_APP_ID", &app_id),
        ("OCTOPOOL_PAT_MONA", &credentials.tokens.mona),
        ("OCTOPOOL_APP_KEY", &key),
        ("OCTOPOOL_FOREIGN_KEY", &foreign_key),
        ("OCTOPOOL_NO_KEY", "this is no key"),
    ];
    lines.extend(vars);
    let mut file = File::create(path).unwrap();
    for (name, value) in lines {
        writeln!(file, "{name}=\"{value}\"").unwrap();
    }
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("WRANGLER_SEND_METRICS", "false").env("CI", "1");
    command
}

/// The Node of package.json, which wrangler needs; the one of the PATH where package.json has none
/// for this platform.
pub(crate) fn node() -> String {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/.bin/node");
    if pinned.exists() { text(&pinned) } else { "node".to_owned() }
}

fn run(program: &str, arguments: &[&str], what: &str) {
    let output = command(program).args(arguments).stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{what}: {program}: {error}. Run `npm run setup` first."));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} failed. Run `npm run setup` first.\n{said}");
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
