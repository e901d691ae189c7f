//! What goes through the socket of `octopool gh`: who serves it, with whose credential, and what
//! comes back.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::canned::{Answer, Canned};
use crate::support::relay::{RELAY, envelope, github, relay};
use crate::support::straight::{Hosts, Straight};
use crate::support::{Home, Invocation, Outcome};

/// Stays until it is told to end; meanwhile the test is the one that sends requests.
const GH: &str = "[ \"$1\" != --version ] || exit 0; printf %s \"$GH_CONFIG_DIR\" > new; printf %s \"$GH_TOKEN\" > token; mv new folder
    n=0; while [ ! -e done ] && [ $n -lt 3000 ]; do sleep 0.02; n=$((n+1)); done";
/// gh's own token.
const OWN: &str = "gho_canary-own";
const STRAIGHT: &[u8] = b"HTTP/1.1 201 Made\r\nX-Own: 1\r\nContent-Length: 8\r\n\r\nstraight";

struct World {
    home: Home,
    server: Canned,
    straight: Straight,
}

impl World {
    fn new(server: Canned) -> Self {
        Self::with(server, STRAIGHT)
    }

    fn with(server: Canned, answer: &[u8]) -> Self {
        let home = Home::new();
        home.save_login(&server.url(), "op_canary-caller");
        home.script("gh", GH);
        let straight = Straight::start(&home, Hosts::Answer(answer.to_vec()));
        Self { home, server, straight }
    }

    fn gh(&self, arguments: &str) -> Invocation {
        let path = format!("{}:/usr/bin:/bin", self.home.path().display());
        let run = self.home.octopool("gh").args(arguments).env("PATH", path);
        self.straight.for_command(run)
    }

    /// Sends these requests while gh runs; returns the responses and how octopool ended.
    fn send(&self, run: Invocation, requests: &[&str]) -> (Vec<String>, Outcome) {
        let mut responses = Vec::new();
        let outcome = run.run_with(Stdio::piped(), |_| {
            let folder = self.home.path().join("folder");
            while !folder.exists() {
                thread::sleep(Duration::from_millis(5));
            }
            let socket = fs::read_to_string(&folder).unwrap() + "/octopool.sock";
            responses = requests.iter().map(|request| exchange(&socket, request)).collect();
            fs::write(self.home.path().join("done"), "").unwrap();
        });
        fs::remove_file(self.home.path().join("folder")).unwrap();
        fs::remove_file(self.home.path().join("done")).unwrap();
        (responses, outcome.exits(0))
    }

    /// One request with gh's own token.
    fn own(&self, request: &str) -> (String, Outcome) {
        let run = self.gh("pr list").env("GH_TOKEN", OWN);
        let (mut responses, outcome) = self.send(run, &[request]);
        (responses.remove(0), outcome)
    }
}

fn exchange(socket: &str, request: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    String::from_utf8(response).unwrap()
}

fn get(target: &str) -> String {
    request("GET", "api.github.com", target, "")
}

fn request(method: &str, host: &str, target: &str, body: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {OWN}\r\nAccept: */*\r\nTime-Zone: Etc/UTC\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn left(reason: &str) -> Answer {
    Answer::error(424, "fallback_local", Some(json!({ "reason": reason })))
}

fn served() -> Canned {
    Canned::start().on(RELAY, github(200, r#"{"z": 1.50,"url":"https://api.github.com/x"}"#))
}

#[test]
fn a_read_is_served_by_the_pool_as_github_wrote_it() {
    let world = World::new(served());
    let (response, outcome) = world.own(&get("/repos/acme/rocket?a=b&a=c"));
    assert_eq!(
        response,
        "HTTP/1.1 200 OK\r\ncontent-length: 44\r\ncontent-type: application/json; charset=utf-8\r\netag: \"a\"\r\n\
         x-ratelimit-limit: 5000\r\nconnection: close\r\n\r\n{\"z\": 1.50,\"url\":\"https://api.github.com/x\"}"
    );
    assert_eq!(outcome.stderr, "");
    let asked = world.server.request();
    assert_eq!(asked.header("authorization"), Some("Bearer op_canary-caller"));
    let expected = json!({
        "pool": "saved-pool", "method": "GET", "path": "/repos/acme/rocket", "query": {"a": ["b", "c"]},
        "headers": {"accept": "*/*"},
    });
    assert_eq!(asked.json(), expected);
    assert!(!format!("{asked:?}").contains(OWN));
    assert!(world.straight.requests().is_empty());
}

#[test]
fn everything_else_goes_where_gh_sent_it() {
    for (text, reason) in [
        (request("POST", "api.github.com", "/repos/a/b/issues?x=%20y", "{\"title\":\"x\"}"), "write"),
        (request("DELETE", "api.github.com", "/repos/a/b", "{\"a\":1}"), "write"),
        (request("DELETE", "api.github.com", "/repos/a/b/labels/c", ""), "write"),
        (request("PATCH", "api.github.com", "/repos/a/b", ""), "write"),
        (request("PUT", "api.github.com", "/user/starred/a/b", ""), "write"),
        (request("POST", "api.github.com", "/x", "").replace("Content-Length: 0\r\n", ""), "write"),
        (request("POST", "api.github.com", "/graphql", "{\"query\":\"mutation{a}\"}"), "mutation"),
        (request("POST", "uploads.github.com", "/x", "bytes"), "other_host"),
        (request("GET", "ghe.example.com", "/api/v3/user", ""), "other_host"),
        (get("/user"), "about_you"),
        (get("/search/issues?q=crash"), "about_you"),
    ] {
        let world = World::new(served());
        let run = world.gh("--octopool-explain pr view 7").env("GH_TOKEN", OWN);
        let (responses, outcome) = world.send(run, &[&text]);
        assert!(
            responses[0].starts_with("HTTP/1.1 201 Created\r\ncontent-length: 8\r\nx-own: 1\r\n"),
            "{responses:?}"
        );
        assert!(responses[0].ends_with("\r\n\r\nstraight"), "{responses:?}");
        outcome.says(&format!("sent directly ({reason}: "));
        let sent = world.straight.request();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("{} {} ", sent.method, sent.path)), "{sent:?}");
        assert_eq!(sent.body, body);
        let length = (!["GET", "DELETE"].contains(&sent.method.as_str()) || !body.is_empty())
            .then(|| body.len().to_string());
        assert_eq!(
            (sent.header("content-length"), sent.header("transfer-encoding")),
            (length.as_deref(), None)
        );
        assert_eq!(sent.header("authorization"), Some(format!("token {OWN}").as_str()));
        assert_eq!((sent.header("time-zone"), sent.header("user-agent")), (Some("Etc/UTC"), None));
        assert!(head.contains(&format!("Host: {}", sent.header("host").unwrap())), "{sent:?}");
        assert!(world.server.requests().is_empty());
        let counts: serde_json::Value = serde_json::from_slice(&counted(&world.home)).unwrap();
        assert_eq!(counts["commands"], json!({"pr view": {reason: 1}}));
    }
}

fn counted(home: &Home) -> Vec<u8> {
    let places = [".local/state/octopool", "Library/Application Support/octopool"];
    places.iter().find_map(|place| fs::read(home.path().join(place).join("own-budget.json")).ok()).unwrap()
}

#[test]
fn what_the_pool_does_not_serve_goes_where_gh_sent_it() {
    for (answer, reason, note) in [
        (left("route_denied"), "route_denied", false),
        (left("repo_not_public"), "repo_not_public", false),
        (left("identities_cooling_down"), "identities_cooling_down", false),
        (Answer::error(400, "invalid_path", None), "not_taken", false),
        (Answer::error(404, "not_found", None), "server_too_old", false),
        (Answer::error(401, "invalid_auth", None), "no_octopool_login", true),
        (Answer::error(403, "org_denied", None), "server_error", true),
        (Answer::error(500, "internal_error", None), "server_error", true),
        (Answer::text(502, "text/html", "<html>"), "server_error", true),
        // Something else is at the URL.
        (Answer::text(404, "text/html", "<html>"), "server_error", true),
        (Answer::text(401, "text/html", "<html>"), "server_error", true),
        (Answer::text(200, "text/html", "<html>"), "server_error", true),
        (Answer::text(200, "application/json", "{}"), "server_error", true),
        (Answer::redirect(302, "/elsewhere"), "server_unreachable", true),
    ] {
        let world = World::new(Canned::start().on(RELAY, answer));
        let run = world.gh("pr list").env("GH_TOKEN", OWN).env("OCTOPOOL_EXPLAIN", "1");
        let (responses, outcome) = world.send(run, &[&get("/repos/a/b"), &get("/repos/a/c")]);
        assert!(responses.iter().all(|response| response.ends_with("straight")), "{responses:?}");
        assert_eq!(outcome.stderr.contains("Sent with your own login."), note, "{outcome:#?}");
        outcome.says(&format!("GET api.github.com/repos/a/b: sent directly ({reason}: "));
        assert_eq!(world.straight.requests().len(), 2);
    }
}

#[test]
fn what_is_not_octopool_is_not_taken_for_an_old_one() {
    let query = request("POST", "api.github.com", "/graphql", "{\"query\":\"{viewer{login}}\"}");
    for (answer, reason, note) in [
        (Answer::error(404, "not_found", None), "server_too_old", false),
        (Answer::text(404, "text/html", "<html>"), "server_error", true),
        (Answer::text(404, "application/json", "{\"message\":\"Not Found\"}"), "server_error", true),
        (Answer::text(200, "application/json", "{\"data\":{}}"), "server_error", true),
    ] {
        let world = World::new(Canned::start().on("POST /api/graphql", answer));
        let run = world.gh("--octopool-explain pr list").env("GH_TOKEN", OWN);
        let (responses, outcome) = world.send(run, &[&query]);
        assert!(responses[0].ends_with("straight"), "{responses:?}");
        assert_eq!(outcome.stderr.contains("Sent with your own login."), note, "{outcome:#?}");
        outcome.says(&format!("POST api.github.com/graphql: sent directly ({reason}: "));
    }
}

#[test]
fn a_server_that_is_away_is_tried_once() {
    let world = World::new(Canned::start());
    world.home.save_login(&Canned::start().url(), "op_canary-caller");
    let run = world.gh("pr list").env("GH_TOKEN", OWN);
    let (responses, outcome) = world.send(run, &[&get("/repos/a/b"), &get("/repos/a/c")]);
    assert!(responses.iter().all(|response| response.ends_with("straight")), "{responses:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
    outcome.says("cannot be reached").never_shows("canary");
}

/// It takes connections and says nothing. The second request does not wait for it again.
#[test]
fn a_server_that_is_silent_is_waited_for_once() {
    let world = World::new(Canned::start());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    world.home.save_login(&format!("http://{}", silent.local_addr().unwrap()), "op_canary-caller");
    let run = world.gh("pr list").env("GH_TOKEN", OWN);
    let query = request("POST", "api.github.com", "/graphql", "{\"query\":\"{viewer{login}}\"}");
    let begun = Instant::now();
    let (responses, outcome) = world.send(run, &[&get("/repos/a/b"), &query, &get("/repos/a/c")]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(responses.iter().all(|response| response.ends_with("straight")), "{responses:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
    outcome.says("did not answer in time").says("Sent with your own login.");
}

#[test]
fn an_overloaded_server_is_asked_once_more() {
    let overloaded = left("relay_overloaded");
    let world = World::new(served().in_turn(RELAY, [overloaded]));
    let (response, _) = world.own(&get("/repos/a/b"));
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert_eq!(world.server.requests().len(), 2);
}

#[test]
fn without_fallback_nothing_goes_out_with_the_own_credential() {
    let world = World::new(Canned::start().on(RELAY, left("route_denied")));
    let run = world.gh("pr list").env("GH_TOKEN", OWN).env("OCTOPOOL_NO_FALLBACK", "1");
    let requests = [
        get("/repos/a/b"),
        get("/user"),
        request("POST", "api.github.com", "/repos/a/b/issues", "{}"),
        request("POST", "api.github.com", "/graphql", "{\"query\":\"mutation{a}\"}"),
        request("GET", "ghe.example.com", "/api/v3/user", ""),
        request("POST", "uploads.github.com", "/x", &"a".repeat(300_000)),
        request("GET", "ghe.example.com", "/", "").replace("Authorization: token", "Cookie:"),
        request("GET", "ghe.example.com", "/", "").replace("Authorization: token", "Proxy-Authorization:"),
        request("GET", "ghe.example.com", "/", "").replace(OWN, "octopool-has-no-github-token"),
    ];
    let requests: Vec<_> = requests.iter().map(String::as_str).collect();
    let (responses, _) = world.send(run, &requests);
    for response in &responses {
        assert!(response.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{response}");
        let body: serde_json::Value =
            serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert!(body["message"].as_str().unwrap().contains("OCTOPOOL_NO_FALLBACK"), "{body}");
    }
    assert!(world.straight.requests().is_empty());
    // What a redirect leads to has no credential.
    let run = world.gh("pr list").env("GH_TOKEN", OWN).env("OCTOPOOL_NO_FALLBACK", "1");
    let download = "GET /file?sig=x HTTP/1.1\r\nHost: objects.githubusercontent.com\r\n\r\n";
    assert!(world.send(run, &[download]).0[0].ends_with("straight"));
}

#[test]
fn without_any_github_login_reads_work_and_nothing_else_goes_out() {
    let world = World::new(served());
    let dummy = "octopool-has-no-github-token";
    let texts =
        [get("/repos/a/b"), get("/user"), request("POST", "api.github.com", "/repos/a/b/issues", "{}")];
    let texts = texts.map(|text| text.replace(OWN, dummy));
    let (responses, _) = world.send(world.gh("pr list"), &[&texts[0], &texts[1], &texts[2]]);
    assert_eq!(fs::read_to_string(world.home.path().join("token")).unwrap(), dummy);
    assert!(responses[0].starts_with("HTTP/1.1 200 OK") && responses[1].starts_with("HTTP/1.1 200 OK"));
    assert!(responses[2].starts_with("HTTP/1.1 401 Unauthorized"), "{responses:?}");
    assert!(responses[2].contains("gh has no login of its own"), "{responses:?}");
    assert!(world.straight.requests().is_empty());
    assert!(world.server.requests().iter().all(|asked| !format!("{asked:?}").contains(dummy)));
}

/// gh is logged in to one account and octopool to another: each answers for its own.
#[test]
fn what_is_about_the_account_of_gh_is_not_answered_for_another() {
    let query = request("POST", "api.github.com", "/graphql", "{\"query\":\"{viewer{login}}\"}");
    let named = get("/search/issues?q=repo:a/b+author:@me");
    for (user, straight) in [("mia", false), ("Mia", false), ("bob", true)] {
        let answer = Answer::json(200, &json!({"data": {}})).header("x-octopool-cache", "bypass");
        let world = World::new(served().on("POST /api/graphql", answer));
        let users = world.home.path().join("config/gh");
        fs::create_dir_all(&users).unwrap();
        fs::write(users.join("hosts.yml"), format!("github.com:\n    user: {user}\n")).unwrap();
        let (responses, _) = world.send(world.gh("pr list"), &[&query, &named, &get("/repos/a/b")]);
        let are_straight: Vec<_> = responses.iter().map(|response| response.ends_with("straight")).collect();
        assert_eq!(are_straight, [straight, straight, false], "{user}");
    }
}

/// An agent may have been given octopool's token as gh's. GitHub does not see it.
#[test]
fn a_token_of_octopool_never_goes_to_github() {
    for token in ["op_canary-caller", "opa_canary-admin"] {
        let world = World::new(served());
        let texts = [
            get("/repos/a/b"),
            request("POST", "api.github.com", "/repos/a/b/issues", "{}"),
            request("POST", "uploads.github.com:443", "/x", "bytes"),
            get("/user"),
        ];
        let texts = texts.map(|text| text.replace(OWN, token));
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let (responses, _) = world.send(world.gh("pr list").env("GH_TOKEN", token), &texts);
        let codes: Vec<_> = responses.iter().map(|response| &response[9..12]).collect();
        assert_eq!(codes, ["200", "401", "401", "200"]);
        assert!(world.straight.requests().is_empty());
        // The server itself may be gh's Enterprise Server.
        let (response, _) =
            world.own(&request("GET", "ghe.example.com", "/api/v3/user", "").replace(OWN, token));
        assert!(response.ends_with("straight"), "{response}");
    }
}

#[test]
fn fresh_asks_github_now() {
    let world = World::new(served());
    let run = world.gh("pr list").env("OCTOPOOL_FRESH", "1");
    world.send(run, &[&get("/repos/a/b").replace("Connection", "X-Gh-Cache-Ttl: 1h\r\nConnection")]);
    assert_eq!(
        world.server.request().json()["headers"],
        json!({"accept": "*/*", "cache-control": "max-age=0"})
    );
}

#[test]
fn a_decision_from_the_cache_is_said_once() {
    let headers = json!({"content-type": "application/json"});
    for (kind, cache, said) in
        [("pr_view", "hit", 1), ("pr_view", "stale", 1), ("pr_view", "miss", 0), ("repo_view", "hit", 0)]
    {
        let answer = envelope(200, &headers, "{}", "json", &relay(kind, cache));
        let world = World::new(Canned::start().on(RELAY, answer));
        let run = world.gh("pr list").env("GH_TOKEN", OWN);
        let (_, outcome) = world.send(run, &[&get("/repos/a/b/pulls/1"), &get("/repos/a/b/pulls/2")]);
        assert_eq!(outcome.stderr.lines().count(), said, "{kind} {cache}: {outcome:#?}");
    }
}

#[test]
fn pages_and_moved_repositories_stay_with_the_pool() {
    let link = "<https://api.github.com/repositories/7/issues?page=2>; rel=\"next\"";
    let headers = json!({"content-type": "application/json", "link": link});
    let first = envelope(200, &headers, "[1]", "json", &relay("repo_lists", "miss"));
    let server = Canned::start().on(RELAY, github(200, "[2]")).in_turn(RELAY, [first]);
    let base = server.url();
    let world = World::new(server);
    let run = world.gh("pr list").env("GH_TOKEN", OWN);
    let (responses, _) = world.send(run, &[&get("/repos/a/b/issues"), &get("/repositories/7/issues?page=2")]);
    assert!(responses[0].contains(link), "{responses:?}");
    let asked: Vec<_> = world.server.requests().iter().map(|asked| asked.json()["path"].clone()).collect();
    assert_eq!(asked, ["/repos/a/b/issues", "/repos/a/b/issues"]);

    let headers = json!({"location": format!("{base}/api/v3/repos/a/new")});
    world
        .server
        .answer_from_now_on(RELAY, envelope(301, &headers, "{}", "json", &relay("repo_view", "bypass")));
    let (response, _) = world.own(&get("/repos/a/old"));
    assert!(response.contains("\r\nlocation: https://api.github.com/repos/a/new\r\n"), "{response}");
}

#[test]
fn bodies_of_any_size_pass_both_ways() {
    let large = "x".repeat(8 * 1024 * 1024);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    let world = World::with(served(), answer.as_bytes());
    let upload = request("POST", "uploads.github.com", "/x", &large);
    let (response, _) = world.own(&upload);
    assert!(response.contains("transfer-encoding: chunked") && response.len() > large.len());
    assert_eq!(world.straight.request().body.len(), large.len());
    let chunked = format!(
        "POST /x HTTP/1.1\r\nHost: uploads.github.com\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    world.own(&chunked);
    assert_eq!(world.straight.requests()[1].body.len(), large.len());
}

/// Whatever is put before or after its host: the credential goes where the client sent it.
#[test]
fn a_target_does_not_change_the_host() {
    let world = World::new(served());
    let run = world.gh("pr list").env("GH_TOKEN", OWN);
    let targets = [
        "@ghe.example.com/x",
        ".evil.example/x",
        ":8443/x",
        "http://x@ghe.example.com/x",
        "*",
        "ghe.example.com:443",
    ];
    let texts = targets.map(|target| request("DELETE", "api.github.com", target, ""));
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let (responses, _) = world.send(run, &texts);
    for (response, target) in responses.iter().zip(targets) {
        assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{target}: {response}");
        assert!(response.contains("{\"documentation_url\":"), "{target}: {response}");
    }
    assert!(world.straight.requests().is_empty());
    let (response, _) = world.own(&request("GET", "x", "http://api.github.com:443/repos/a/b?c", ""));
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(world.straight.requests().is_empty());
}

/// The whole process, its buffers and threads included.
#[cfg(target_os = "linux")]
#[test]
fn a_large_download_and_upload_take_little_memory() {
    const LARGE: usize = 96 * 1024 * 1024;
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + LARGE, b'x');
    let world = World::with(served(), &answer);
    let gh = GH.replace("printf %s \"$GH_TOKEN\" > token", "echo $PPID > token");
    world.home.script("gh", &format!("{gh}; grep VmHWM /proc/$PPID/status > memory"));
    let upload = request("POST", "uploads.github.com", "/x", &"a".repeat(LARGE));
    let (response, _) = world.own(&upload);
    assert!(response.len() > LARGE);
    let memory = fs::read_to_string(world.home.path().join("memory")).unwrap();
    let kib: usize = memory.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kib < 48 * 1024, "{memory}");
}

#[test]
fn a_host_that_is_away_is_an_error_in_githubs_form() {
    let world = World::new(served());
    let run = world.home.octopool("gh pr list").env("GH_TOKEN", OWN).env("HTTPS_PROXY", "http://127.0.0.1:9");
    let run = run.env("PATH", format!("{}:/usr/bin:/bin", world.home.path().display()));
    let (responses, _) = world.send(run, &[&request("POST", "api.github.com", "/x", "{}")]);
    assert!(responses[0].starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{responses:?}");
    assert!(responses[0].contains("\"message\":\"octopool: "), "{responses:?}");
}
