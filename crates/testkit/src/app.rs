//! The application under test, its world and its clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use http::{Method, Request, header};
use http_body_util::BodyExt as _;
use octopool_core::{AuditCut, AuditHead, AuditKey, AuditRow, AuditWalk, Timestamp};
use octopool_github_standin::{Credentials, GithubStandin, Options, State};
use octopool_openapi::Exchange;
use octopool_worker::app::App;
use octopool_worker::config::{ADMIN_TOKEN, APP_ID, AUDIT_KEY, Config, ConfigError, ORG_TOKEN};
use octopool_worker::ports::{Bound, Ports};
use octopool_worker::ports::{Secrets as _, SystemEntropy};
use octopool_worker::routes;
use serde_json::{Map, Value};

use crate::background::Tasks;
use crate::clock::TestTimer;
use crate::fetch::{self, NativeFetch};
use crate::invocation::invocation;
use crate::signer::NativeSigner;
use crate::{Answer, Sqlite, TestClock, TestCoordinators, TestEdgeCache, TestLog, TestSecrets, must};

/// The admin token of every test. If it shows up anywhere, [`TestApp`]'s end finds it.
const CANARY_ADMIN_TOKEN: &str = "canary-admin-token-5d1f0c7e";

/// A deployment in a process: the real router over a database, a stand-in for GitHub, a clock and
/// secrets of its own.
///
/// When it is dropped it looks for every secret it ever held in the answers, the log and the
/// database, and follows the audit's chain; the test fails if a secret is there or the chain is
/// broken.
pub struct TestApp {
    /// GitHub.
    pub github: GithubStandin,
    /// Tokens and keys that GitHub knows.
    pub credentials: Credentials,
    /// D1.
    pub database: Sqlite,
    /// The time.
    pub clock: TestClock,
    /// The deployment's secrets.
    pub secrets: TestSecrets,
    /// What was logged.
    pub log: TestLog,
    /// The Cache API.
    pub edge_cache: TestEdgeCache,
    /// The Durable Objects.
    pub coordinators: TestCoordinators,
    worker: Mutex<Worker>,
    tasks: Tasks,
    audit_tampered: AtomicBool,
    said: Arc<Mutex<Vec<String>>>,
    issued: Arc<Mutex<Vec<String>>>,
    keys: Arc<Mutex<Vec<String>>>,
}

/// The application, or what is wrong with its settings.
type Worker = Result<App, (ConfigError, Arc<Ports>)>;

/// How the deployment is configured.
#[derive(Default)]
pub struct TestAppBuilder {
    /// `None` is a binding that is no text.
    vars: BTreeMap<String, Option<String>>,
    has_githubs_name: bool,
}

impl TestAppBuilder {
    /// Gives the stand-in the name `https://api.github.com`, for the deployment and in all its
    /// answers, as programs expect it that know no other. Files and logs are at GitHub's hosts for
    /// them.
    #[must_use]
    pub fn with_githubs_name(mut self) -> Self {
        self.has_githubs_name = true;
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), Some(value.to_owned()));
        self
    }

    /// Binds something that is no text under the name of a setting.
    #[must_use]
    pub fn bind_other(mut self, name: &str) -> Self {
        self.vars.insert(name.to_owned(), None);
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestApp {
        let credentials = must(Credentials::generate(), "credentials");
        let options =
            Options { base_url: self.has_githubs_name.then_some(fetch::GITHUB), ..Options::default() };
        let state = must(State::demo(&credentials), "the seed");
        let github = must(GithubStandin::start_with(state, options).await, "loopback");
        if self.has_githubs_name {
            github.edit(|state| {
                state.download_base = Some(format!("{}/_content", fetch::FILES));
                state.log_base = Some(format!("{}/_logs", fetch::LOGS));
            });
        }
        let secrets = TestSecrets::default();
        for (name, value) in [
            (ADMIN_TOKEN, CANARY_ADMIN_TOKEN),
            (AUDIT_KEY, "canary-audit-key-7c40e1"),
            (ORG_TOKEN, &credentials.tokens.org),
            (APP_ID, &credentials.app_id.to_string()),
            ("OCTOPOOL_PAT_MONA", &credentials.tokens.mona),
            ("OCTOPOOL_APP_KEY", &credentials.app_private_key_pem),
        ] {
            secrets.set(name, value);
        }
        let tasks = Tasks::default();
        let (database, clock, log) = (Sqlite::migrated(), TestClock::now_really(), TestLog::default());
        let (edge_cache, coordinators) = (TestEdgeCache::default(), TestCoordinators::new(clock.clone()));
        let ports = Ports {
            database: Box::new(database.clone()),
            http: Box::new(NativeFetch::new(github.address())),
            signer: Box::new(NativeSigner),
            secrets: Box::new(secrets.clone()),
            clock: Box::new(clock.clone()),
            timer: Box::new(TestTimer),
            entropy: Box::new(SystemEntropy),
            log: Box::new(log.clone()),
            background: Box::new(tasks.clone()),
            edge_cache: Box::new(edge_cache.clone()),
            coordinators: Box::new(coordinators.clone()),
        };
        let worker = match self.config(github.base_url()) {
            Ok(config) => Ok(App::new(Arc::new(config), ports)),
            Err(error) => Err((error, Arc::new(ports))),
        };
        let (said, issued, keys) = (Arc::default(), Arc::default(), Arc::default());
        let audit_tampered = AtomicBool::new(false);
        TestApp {
            github,
            credentials,
            database,
            clock,
            secrets,
            log,
            edge_cache,
            coordinators,
            worker: Mutex::new(worker),
            tasks,
            audit_tampered,
            said,
            issued,
            keys,
        }
    }

    fn config(&self, github: &str) -> Result<Config, ConfigError> {
        let defaults = BTreeMap::from([
            ("ALLOWED_GITHUB_ORG", "acme"),
            ("GITHUB_API_URL", github),
            // Long for a machine that is busy with other tests, short for a test that waits for it.
            ("REQUEST_TIMEOUT_MS", "2000"),
        ]);
        let text = |text: &str| Bound::Text(text.into());
        Config::parse(|name| match (self.vars.get(name), defaults.get(name)) {
            (Some(None), _) => Bound::Other,
            (Some(Some(value)), _) => text(value),
            (None, Some(value)) => text(value),
            (None, None) => Bound::Missing,
        })
    }
}

impl TestApp {
    /// A deployment with the defaults.
    pub async fn start() -> Self {
        TestAppBuilder::default().start().await
    }

    /// A deployment with other settings.
    pub fn with(name: &str, value: &str) -> TestAppBuilder {
        TestAppBuilder::default().var(name, value)
    }

    /// A client without a credential.
    pub fn anon(&self) -> Client<'_> {
        Client { app: self, authorization: None }
    }

    /// The admin.
    pub fn admin(&self) -> Client<'_> {
        self.bearer(CANARY_ADMIN_TOKEN)
    }

    /// A client with this bearer.
    pub fn bearer(&self, token: &str) -> Client<'_> {
        Client { app: self, authorization: Some(format!("Bearer {token}")) }
    }

    /// Serves the application on loopback, for clients that are other processes.
    pub async fn serve(&self) -> SocketAddr {
        let listener = must(tokio::net::TcpListener::bind("127.0.0.1:0").await, "loopback");
        let address = must(listener.local_addr(), "loopback");
        let worker = self.worker();
        let router = Router::new().fallback(move |request| invocation(answer(worker.clone(), request)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// Goes on in another isolate, which remembers nothing of what this one knew.
    pub fn new_isolate(&self) {
        if let Ok(worker) = &mut *self.worker.lock().unwrap_or_else(PoisonError::into_inner) {
            *worker = worker.clone().remembering(Arc::default());
        }
    }

    /// Runs what a cron trigger runs.
    pub async fn maintain(&self) {
        if let Ok(worker) = self.worker() {
            invocation(octopool_worker::maintenance::run(&worker)).await;
        }
        self.settle().await;
    }

    fn worker(&self) -> Worker {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The admin token, for clients that are other processes.
    pub fn admin_token(&self) -> &'static str {
        CANARY_ADMIN_TOKEN
    }

    /// Waits for the work after all answers. A [`Client`] does so after each of its own; this is
    /// for those who serve.
    pub async fn settle(&self) {
        self.tasks.settle().await;
    }

    /// Says that this test changes what the audit says, so that the chain is not followed at the
    /// end.
    pub fn tamper_with_the_audit(&self) {
        self.audit_tampered.store(true, Ordering::SeqCst);
    }

    /// Follows the audit's chain from its last cut, or from the first row, to the last.
    fn follow_the_audit(&self) {
        let mut walk = self.last_cut().as_ref().map_or_else(AuditWalk::from_start, AuditWalk::from_cut);
        if let Some(head) = self.signed_head() {
            walk.expect(head);
        }
        for row in self.database.rows("SELECT * FROM audit_events ORDER BY seq") {
            let text = |column: &str| row[column].as_str().map(str::to_owned);
            let row = AuditRow {
                seq: row["seq"].as_i64().unwrap_or_default(),
                at: Timestamp::from_millis(row["at"].as_i64().unwrap_or_default()),
                actor: text("actor").unwrap_or_default(),
                action: text("action").unwrap_or_default(),
                pool: text("pool_id"),
                subject: text("subject").unwrap_or_default(),
                request_id: text("request_id").unwrap_or_default(),
                detail: text("detail").unwrap_or_default(),
                content_digest: text("content_digest"),
                digest: text("digest"),
            };
            assert_eq!(walk.step(&row), Ok(()), "the audit's chain is broken: {row:?}");
        }
        assert_eq!(walk.end(0), Ok(()), "the audit's chain ends before its signed head");
    }

    /// The audit's signed head, if the deployment's key is the one that it was signed with.
    fn signed_head(&self) -> Option<AuditHead> {
        let row = self.database.rows("SELECT * FROM audit_heads WHERE signature IS NOT NULL").pop()?;
        let head = AuditHead { seq: row["seq"].as_i64()?, digest: row["digest"].as_str()?.to_owned() };
        let key = AuditKey::derive(&self.secrets.find(AUDIT_KEY)?);
        key.verifies_head(&head, row["signature"].as_str()?).then_some(head)
    }

    /// The audit's last cut, whose signature has to be the deployment's.
    fn last_cut(&self) -> Option<AuditCut> {
        let row = self.database.rows("SELECT * FROM audit_cuts ORDER BY seq DESC LIMIT 1").pop()?;
        let (number, text) = (|column: &str| row[column].as_i64(), |column: &str| row[column].as_str());
        let cut = AuditCut {
            seq: number("seq")?,
            digest: text("digest")?.to_owned(),
            removed: number("removed")?,
            at: Timestamp::from_millis(number("at")?),
            actor: text("actor")?.to_owned(),
        };
        let key = must(self.secrets.find(AUDIT_KEY).ok_or("none"), "the key of a cut");
        let signature = text("signature").unwrap_or_default();
        assert!(AuditKey::derive(&key).verifies(&cut, signature), "a forged cut: {cut:?}");
        Some(cut)
    }

    /// Everything that is secret here.
    fn canaries(&self) -> Vec<String> {
        let tokens = &self.credentials.tokens;
        // The App's id is set like a secret but is none.
        let mut canaries = self.secrets.values_but(APP_ID);
        canaries.extend(
            [&tokens.org, &tokens.mona, &tokens.hubot, &tokens.octocat, &tokens.mallory].map(Clone::clone),
        );
        canaries.retain(|value| !value.trim().is_empty());
        canaries.extend(self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone());
        canaries
    }

    fn look_for_canaries(&self) {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
        let log: String = self.log.events().iter().map(Value::to_string).collect();
        let dump = [self.database.dump(), self.edge_cache.dump(), self.coordinators.dump()].concat();
        for canary in self.canaries() {
            // A key in a JSON text or a log would have its line ends escaped: one line of it is
            // enough to look for.
            let part = canary.lines().nth(1).unwrap_or(&canary);
            assert!(!said.contains(part), "a secret stands in an answer");
            assert!(!log.contains(part), "a secret stands in the log: {log}");
            assert!(!dump.contains(part), "a secret stands in the database: {dump}");
        }
        // Installation tokens, which only GitHub and the isolates that spend them know.
        for (place, text) in [("an answer", &said), ("the log", &log), ("the database", &dump)] {
            self.github
                .edit(|state| assert_eq!(state.tokens.find_in(text), None, "a token stands in {place}"));
        }
        for token in self.issued.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            assert!(
                !log.contains(token) && !dump.contains(token),
                "a caller token stands in the log or the database"
            );
            assert_eq!(said.matches(token.as_str()).count(), 1, "a caller token was shown more than once");
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.look_for_canaries();
            if !self.audit_tampered.load(Ordering::SeqCst) {
                self.follow_the_audit();
            }
        }
    }
}

/// Sends requests.
#[derive(Clone)]
pub struct Client<'a> {
    app: &'a TestApp,
    authorization: Option<String>,
}

impl Client<'_> {
    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_raw(path, "application/json", body.to_string()).await
    }

    /// `POST` with a JSON body that happens once under this key, which is looked for like a secret
    /// when the test ends.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.app.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key.to_owned());
        let request = Request::post(uri(path)).header(header::CONTENT_TYPE, "application/json");
        let request = request.header("idempotency-key", key).body(body.to_string().into());
        self.send(must(request, "a request")).await
    }

    /// `PATCH` with a JSON body, on this condition if there is one.
    pub async fn patch(&self, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
        let request = Request::patch(uri(path)).header(header::CONTENT_TYPE, "application/json");
        let request =
            if_match.into_iter().fold(request, |request, tag| request.header(header::IF_MATCH, tag));
        self.send(must(request.body(body.to_string().into()), "a request")).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).await
    }

    /// `POST` with any body.
    pub async fn post_raw(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(uri(path)).header(header::CONTENT_TYPE, content_type);
        self.send(must(request.body(body.into()), "a request")).await
    }

    /// A request without a body.
    pub async fn request(&self, method: Method, path: &str) -> Answer {
        self.send(must(Request::builder().method(method).uri(uri(path)).body(Body::empty()), "a request"))
            .await
    }

    /// Any request; the client adds its credential. It waits for the work after the answer too, so
    /// that what a test looks at next stands still.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(value) = &self.authorization {
            request.headers_mut().insert(header::AUTHORIZATION, must(value.parse(), "a header"));
        }
        // A body in one piece is known before it is sent; others are the router's to read.
        let mut sent = None;
        if request.body().size_hint().exact().is_some() {
            let bytes = must(std::mem::take(request.body_mut()).collect().await, "the body").to_bytes();
            *request.body_mut() = Body::from(bytes.clone());
            sent = Some(bytes);
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let response = invocation(answer(self.app.worker(), request)).await;
        let (parts, body) = response.into_parts();
        let body = must(body.collect().await, "the body").to_bytes();
        let exchange = Exchange {
            method: &method,
            uri: &uri,
            sent: sent.as_deref(),
            status: parts.status,
            headers: &parts.headers,
            body: &body,
        };
        must(octopool_openapi::check(&exchange), "src/meta/openapi.json");
        let answer = Answer::checked(parts.status, parts.headers, body.to_vec());
        self.app.settle().await;
        let object = serde_json::from_str::<Map<String, Value>>(&answer.text()).unwrap_or_default();
        let token = object.get("token").and_then(Value::as_str);
        let mut said = answer.text();
        match (token, answer.header("idempotency-replayed")) {
            (Some(token), None) => {
                self.app.issued.lock().unwrap_or_else(PoisonError::into_inner).push(token.to_owned());
            }
            // To the client that was shown it before, who proves it with its key.
            (Some(token), Some(_)) => said = said.replacen(token, "(again)", 1),
            (None, _) => {}
        }
        self.app.said.lock().unwrap_or_else(PoisonError::into_inner).push(said);
        answer
    }
}

/// What the Worker answers, put together as on workerd.
async fn answer(worker: Worker, request: Request<Body>) -> Response {
    match worker {
        Ok(app) => routes::answer(app, request).await,
        Err((error, ports)) => routes::misconfigured(&error, ports, request).await,
    }
}

/// workerd gives a Worker absolute URLs.
fn uri(path: &str) -> String {
    if path.starts_with('/') { format!("http://localhost:8787{path}") } else { path.to_owned() }
}
