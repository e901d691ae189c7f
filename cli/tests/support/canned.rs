//! A server on loopback with canned answers that records its requests.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

/// The request id of every canned error.
pub(crate) const REQUEST_ID: &str = "5a0d1f7e-0000-4000-8000-000000000001";

/// One canned answer.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), delay: Duration::ZERO }
    }

    pub(crate) fn error(status: u16, code: &str, details: Option<Value>) -> Self {
        let mut error =
            json!({"code": code, "message": format!("The message of {code}."), "request_id": REQUEST_ID});
        if let Some(details) = details {
            error["details"] = details;
        }
        Self::json(status, &json!({ "error": error }))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::text(status, "text/plain", "elsewhere").header("location", location)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A request as it arrived; header names are lower case.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The host that it was sent to.
    #[cfg(unix)]
    pub(crate) fn host(&self) -> &str {
        self.header("host").unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What is answered to `METHOD /path`.
struct Route {
    name: String,
    answer: Answer,
    is_for_once: bool,
}

/// The server; it ends when it is dropped.
pub(crate) struct Canned {
    server: Arc<Server>,
    routes: Arc<Mutex<Vec<Route>>>,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    thread: Option<JoinHandle<()>>,
}

impl Canned {
    pub(crate) fn start() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let routes = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let thread = {
            let (server, routes, recorded) =
                (Arc::clone(&server), Arc::clone(&routes), Arc::clone(&recorded));
            thread::spawn(move || {
                for request in server.incoming_requests() {
                    serve(request, &routes, &recorded);
                }
            })
        };
        Self { server, routes, recorded, thread: Some(thread) }
    }

    /// A server that can be logged in to.
    pub(crate) fn octopool() -> Self {
        let server = Self::start();
        let discovery = discovery(&server.url());
        server.on("GET /.well-known/octopool", Answer::json(200, &discovery)).on(
            "POST /v1/login/github-cli",
            Answer::json(201, &json!({"caller": caller(), "token": "op_canary-caller-token"})),
        )
    }

    /// The answer to `METHOD /path` from now on.
    pub(crate) fn on(self, route: &str, answer: Answer) -> Self {
        self.insert(route, answer, false);
        self
    }

    /// The same for a server that is already in use.
    pub(crate) fn answer_from_now_on(&self, route: &str, answer: Answer) {
        self.insert(route, answer, false);
    }

    /// Answers that are each given once, in this order, before the earlier answer of the route.
    pub(crate) fn in_turn(self, route: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        for answer in answers.into_iter().rev() {
            self.insert(route, answer, true);
        }
        self
    }

    fn insert(&self, route: &str, answer: Answer, is_for_once: bool) {
        self.routes.lock().unwrap().insert(0, Route { name: route.to_owned(), answer, is_for_once });
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap().clone()
    }

    /// The only request there was.
    #[track_caller]
    pub(crate) fn request(&self) -> Recorded {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests[0].clone()
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The discovery document of a server at `api`.
pub(crate) fn discovery(api: &str) -> Value {
    json!({
        "service": "octopool", "version": 1, "api_base": api, "app_base": api, "default_pool": "maintainers",
        "allowed_org": "acme", "auth": {"cli_github_token": true, "web_login": false}, "min_cli_version": "0.2.2",
    })
}

/// Who logs in.
pub(crate) fn caller() -> Value {
    json!({
        "id": "c1", "name": "Mia", "github_login": "mia", "org_login": "acme", "pool": "maintainers",
        "client_name": "laptop",
    })
}

fn serve(mut request: Request, routes: &Mutex<Vec<Route>>, recorded: &Mutex<Vec<Recorded>>) {
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).unwrap();
    let headers = request.headers().iter();
    let headers =
        headers.map(|header| (header.field.to_string().to_lowercase(), header.value.to_string())).collect();
    let (method, path) = (request.method().to_string(), request.url().to_owned());
    let route = format!("{method} {path}");
    recorded.lock().unwrap().push(Recorded { method, path, headers, body });
    let answer = answer_to(&route, &mut routes.lock().unwrap())
        .unwrap_or_else(|| Answer::error(404, "not_found", None));
    thread::sleep(answer.delay);
    let mut response = Response::from_data(answer.body).with_status_code(answer.status);
    for (name, value) in answer.headers {
        response.add_header(Header::from_bytes(name, value).unwrap());
    }
    // A client that went away is part of some tests.
    drop(request.respond(response));
}

fn answer_to(name: &str, routes: &mut Vec<Route>) -> Option<Answer> {
    let at = routes.iter().position(|route| route.name == name)?;
    if routes[at].is_for_once { Some(routes.remove(at).answer) } else { Some(routes[at].answer.clone()) }
}
