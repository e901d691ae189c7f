//! `octopool proxy`: who may use it, what it serves, and what it says of itself.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::canned::{Answer, Canned};
use crate::support::relay::{RELAY, envelope, github, relay};
use crate::support::{Home, mode};

/// A proxy that runs, and what it said when it began.
struct Running {
    child: Child,
    place: String,
}

impl Running {
    fn start(home: &Home, arguments: &str) -> Self {
        let (mut command, _) = home.octopool("proxy").args(arguments).into_command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line)
            .unwrap();
        let place = line.trim_end().strip_prefix("Serving GitHub's API at ").unwrap().to_owned();
        Self { child, place }
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn home(server: &Canned) -> Home {
    let home = Home::new();
    home.save_login(&server.url(), "op_canary-caller");
    home
}

fn over_socket(path: &str, request: &str) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn over_port(place: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(place.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

const READ: &str = "GET /repos/acme/rocket HTTP/1.1\r\nHost: api.github.com\r\n\r\n";

#[test]
fn a_socket_of_its_user_serves_and_tells() {
    let server = Canned::start().on(RELAY, github(200, "{\"a\":1}"));
    let home = home(&server);
    let running = Running::start(&home, "");
    let path = home.octopool("proxy socket").run().exits(0).stdout.trim_end().to_owned();
    assert_eq!(running.place, path);
    assert_eq!((mode(Path::new(&path)), mode(Path::new(&path).parent().unwrap())), (0o600, 0o700));
    assert!(over_socket(&path, READ).ends_with("{\"a\":1}"));
    let status = home.octopool("proxy status --json").run().exits(0).json();
    assert_eq!(status["requests"], json!({"served": {"miss": 1}, "direct": {}, "passed": {}, "refused": {}}));
    home.octopool("proxy status").run().exits(0).prints("served: 1 miss").prints("direct: none");
    home.octopool("proxy").run().exits(1).says("another proxy serves it already");
    assert_eq!(running.end("TERM"), Some(0));
    assert!(!Path::new(&path).exists());
    home.octopool("proxy status").run().exits(1).says("octopool proxy");
}

#[test]
fn what_is_left_over_is_replaced_and_nothing_else() {
    let server = Canned::start();
    let home = home(&server);
    let path = home.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let running = Running::start(&home, &format!("--socket {}", path.display()));
    assert_eq!(running.end("INT"), Some(130));
    fs::write(&path, "mine").unwrap();
    let arguments = format!("proxy --socket {}", path.display());
    home.octopool(&arguments).run().exits(1).says("it is not a socket");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    home.octopool("proxy --listen 0.0.0.0:0").run().exits(2).says("127.0.0.1");
    Home::new().octopool("proxy").run().exits(2).says("No server is given");
}

#[test]
fn gh_uses_a_running_proxy_unless_it_asks_for_something_else() {
    let server = Canned::start();
    let home = home(&server);
    let running = Running::start(&home, "");
    let gh: PathBuf = home.script("real", "[ \"$1\" != --version ] || exit 0; cat $GH_CONFIG_DIR/config.yml");
    let run = |name: &str| {
        let run = home.octopool("gh pr list").env("PATH", "/usr/bin:/bin").env("OCTOPOOL_GH_PATH", &gh);
        run.env("OCTOPOOL_PROXY_SOCKET", &running.place).env(name, "1").run().exits(0).stdout
    };
    assert!(run("NOTHING").starts_with(&format!("http_unix_socket: \"{}\"\n", running.place)));
    for name in ["OCTOPOOL_NO_FALLBACK", "OCTOPOOL_FRESH", "OCTOPOOL_EXPLAIN"] {
        assert!(!run(name).contains(&running.place), "{name}");
    }
}

#[test]
fn a_port_is_for_programs_of_this_machine() {
    let link = "<https://api.github.com/repositories/7/issues?page=2>; rel=\"next\"";
    let headers = json!({"content-type": "application/json", "link": link});
    let page = envelope(200, &headers, "[1]", "json", &relay("repo_lists", "hit"));
    let server = Canned::start().on(RELAY, page);
    let home = home(&server);
    let running = Running::start(&home, "--listen 127.0.0.1:0");
    let host = running.place.strip_prefix("http://").unwrap();
    for target in ["/repos/a/b/issues", "/api/v3/repos/a/b/issues", "/repositories/7/issues?page=2"] {
        let response = over_port(&running.place, &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
        assert!(response.contains(&link.replace("https://api.github.com", &running.place)), "{response}");
    }
    let paths: Vec<_> = server.requests().iter().map(|asked| asked.json()["path"].clone()).collect();
    assert_eq!(paths, ["/repos/a/b/issues"; 3]);
    for headers in [
        "Host: evil.example".to_owned(),
        "Host: api.github.com".to_owned(),
        format!("Host: {host}\r\nOrigin: https://evil.example"),
        format!("Host: {host}\r\nSec-Fetch-Site: cross-site"),
    ] {
        let response = over_port(&running.place, &format!("GET /repos/a/b HTTP/1.1\r\n{headers}\r\n\r\n"));
        assert!(response.starts_with("HTTP/1.1 403 Forbidden"), "{headers}: {response}");
    }
    let status = home.octopool("proxy status --json --listen").arg(host).run().exits(0).json();
    assert_eq!(status["requests"]["served"], json!({"hit": 3}));
}

#[test]
fn clients_at_once_are_served_at_once() {
    let slow = github(200, "{}").after(Duration::from_millis(1));
    let server = Canned::start().on(RELAY, slow).on("GET /x", Answer::error(404, "not_found", None));
    let home = home(&server);
    let running = Running::start(&home, "");
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let path = running.place.clone();
            thread::spawn(move || over_socket(&path, READ))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap().starts_with("HTTP/1.1 200 OK")));
}

#[test]
fn what_is_not_a_request_is_an_error_in_githubs_form() {
    let server = Canned::start().on(RELAY, github(200, "{\"a\":1}"));
    let home = home(&server);
    let running = Running::start(&home, "");
    for text in [
        "GARBAGE\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "CONNECT api.github.com:443 HTTP/1.1\r\nHost: api.github.com:443\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: api.github.com\r\nHost: evil.example\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: api.github.com\r\nTransfer-Encoding: gzip\r\n\r\n",
    ] {
        let response = over_socket(&running.place, text);
        assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text}: {response}");
        let body: serde_json::Value =
            serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert!(body["message"].as_str().unwrap().starts_with("octopool: malformed request: "), "{body}");
    }
    assert!(server.requests().is_empty());
    // A switch to another protocol is not offered, and the request is one like others.
    let upgrade = READ.replace("\r\n\r\n", "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert!(over_socket(&running.place, &upgrade).starts_with("HTTP/1.1 200 OK\r\n"));
    // Of requests in a row the first one is answered; the connection ends, and a client asks again.
    let both = over_socket(&running.place, &READ.repeat(2));
    assert!(both.contains("connection: close") && both.matches("HTTP/1.1").count() == 1, "{both}");
}

/// Clients that say nothing, and many that come one after the other.
#[cfg(target_os = "linux")]
#[test]
fn idle_clients_are_in_nobodys_way_and_nothing_stays_open() {
    let server = Canned::start().on(RELAY, github(200, "{}"));
    let home = home(&server);
    let running = Running::start(&home, "");
    let idle: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = UnixStream::connect(&running.place).unwrap();
            stream.write_all(b"GET").unwrap();
            stream
        })
        .collect();
    assert!(over_socket(&running.place, READ).starts_with("HTTP/1.1 200 OK"));
    drop(idle);
    let open = || fs::read_dir(format!("/proc/{}/fd", running.child.id())).unwrap().count();
    let settled = || {
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while open() > 12 && std::time::Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        open()
    };
    let before = settled();
    for _ in 0..1000 {
        assert!(over_socket(&running.place, READ).starts_with("HTTP/1.1 200 OK"));
    }
    let after = settled();
    assert!(before <= 12 && after <= 12, "{before} {after}");
}
