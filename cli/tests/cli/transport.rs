//! What a server can do wrong, and where credentials do not go.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::support::canned::{Answer, Canned};
use crate::support::{Home, Outcome};

const HEALTH: &str = "GET /v1/pools/p/health";

fn health(server: &Canned) -> Outcome {
    let run = Home::new().octopool("health --pool p --json --url").arg(server.url());
    run.env("OCTOPOOL_TOKEN", "op_canary-transport").run().never_shows("op_canary-transport")
}

#[test]
fn a_redirect_to_another_origin_is_refused() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Canned::start();
        let server = Canned::start().on(HEALTH, Answer::redirect(status, &format!("{}/x", elsewhere.url())));
        let error = health(&server).exits(1).json_error();
        assert_eq!(error["code"], "redirected");
        assert_eq!(error["message"], format!("The server redirected to {}.", elsewhere.url()));
        assert!(error["hints"][0].as_str().unwrap().contains(&format!("--url {}", elsewhere.url())));
        assert!(elsewhere.requests().is_empty());
    }
}

#[test]
fn a_redirect_within_the_origin_is_followed_for_a_get() {
    let server = Canned::start().on(HEALTH, Answer::redirect(308, "/moved?x=1"));
    let server = server.on("GET /moved?x=1", Answer::text(200, "application/json", "{}"));
    health(&server).exits(0);
    assert_eq!(server.requests()[1].header("authorization"), Some("Bearer op_canary-transport"));
}

#[test]
fn redirects_in_a_circle_end() {
    let server = Canned::start().on(HEALTH, Answer::redirect(302, "health"));
    assert_eq!(health(&server).exits(1).json_error()["code"], "redirected");
    assert_eq!(server.requests().len(), 4);
    for location in ["", "http://", "http://[", "javascript:1"] {
        let server = Canned::start().on(HEALTH, Answer::redirect(302, location));
        assert_eq!(health(&server).exits(1).json_error()["code"], "redirected");
    }
}

#[test]
fn a_post_is_not_repeated_anywhere() {
    let elsewhere = Canned::start();
    for location in ["/other", elsewhere.url().as_str()] {
        let server = Canned::octopool().on("POST /v1/login/github-cli", Answer::redirect(307, location));
        let home = Home::new();
        let login = home.octopool("login").arg(server.url()).env("GH_TOKEN", "gho_canary").run();
        login.exits(1).says("redirected to").never_shows("gho_canary");
        assert_eq!(server.requests().len(), 2);
        assert!(elsewhere.requests().is_empty() && !home.auth_file().exists());
    }
}

#[test]
fn a_saved_token_goes_to_the_saved_server_only() {
    let (home, saved, other) = (Home::new(), Canned::start(), Canned::start());
    home.save_login(&saved.url(), "op_canary-saved");
    let health = || home.octopool("health --pool p");
    health()
        .arg("--url")
        .arg(other.url())
        .run()
        .exits(4)
        .says("not to http://127.0.0.1")
        .never_shows("op_canary");
    health().env("OCTOPOOL_URL", other.url()).run().exits(4);
    health().arg("--url").arg(saved.url() + "/path").run().exits(4);
    assert!(other.requests().is_empty() && saved.requests().is_empty());
    health().run().exits(1);
    assert_eq!(saved.request().header("authorization"), Some("Bearer op_canary-saved"));
}

/// A server of this name exists nowhere (RFC 6761), so only a proxy can answer.
fn through(proxy: &str, variable: &str) -> Outcome {
    let run = Home::new().octopool("health --pool p --json --url https://octopool.invalid");
    run.env("OCTOPOOL_TOKEN", "op_x").env(variable, proxy).run()
}

#[test]
fn a_proxy_that_does_not_work_is_blamed_and_not_the_server() {
    let dead = Canned::start().url();
    for variable in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        let error = through(&dead, variable).exits(1).json_error();
        assert_eq!(error["code"], "proxy", "{error}");
        assert!(error["message"].as_str().unwrap().contains(dead.trim_start_matches("http://")), "{error}");
        let hint = error["hints"][0].as_str().unwrap();
        assert!(hint.contains(variable) && hint.contains("NO_PROXY"), "{error}");
    }
    let error = through("http://user:hunter2@proxy.invalid:3128", "HTTPS_PROXY").exits(1).json_error();
    assert!(error["message"].as_str().unwrap().contains("proxy.invalid:3128"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    for wrong in ["socks5://127.0.0.1:1", "http://", "ftp://a", "http://a b"] {
        assert_eq!(through(wrong, "HTTPS_PROXY").exits(2).json_error()["code"], "proxy", "{wrong}");
    }
    // One for plain http is not one for https.
    assert_eq!(through(&dead, "HTTP_PROXY").exits(1).json_error()["code"], "unreachable");
    let refusing = Canned::start();
    let error = through(&refusing.url(), "HTTPS_PROXY").exits(1).json_error();
    assert!(error["message"].as_str().unwrap().contains("it refused the connection"), "{error}");
    assert_eq!(refusing.requests().len(), 1);
}

#[test]
fn hosts_of_no_proxy_are_reached_without_it() {
    let proxy = Canned::start();
    for list in ["a.example, octopool.invalid", "invalid", ".invalid,b", "*", "octopool.invalid:443"] {
        let run = Home::new().octopool("health --pool p --json --url https://octopool.invalid");
        let run =
            run.env("OCTOPOOL_TOKEN", "op_x").env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", list).run();
        assert_eq!(run.json_error()["code"], "unreachable", "{list}");
    }
    assert!(proxy.requests().is_empty());
}

#[test]
fn loopback_goes_past_a_proxy() {
    let (proxy, server) =
        (Canned::start(), Canned::start().on(HEALTH, Answer::text(200, "application/json", "{}")));
    let health =
        Home::new().octopool("health --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    let health = health.arg("--json").env("HTTP_PROXY", proxy.url()).env("ALL_PROXY", proxy.url());
    health.env("http_proxy", proxy.url()).run().exits(0);
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_body_of_another_form_is_not_shown() {
    for (answer, exit) in [
        (Answer::text(200, "text/html", "<html>markup</html>"), 1),
        (Answer::text(200, "application/json", "{\"markup\":"), 1),
        (Answer::text(200, "application/json", ""), 1),
        (Answer::text(502, "text/html", "<html>markup</html>"), 1),
        (Answer::text(403, "text/html", "<html>markup</html>"), 4),
        (Answer::text(500, "application/json", "{\"markup\":1}"), 1),
    ] {
        let server = Canned::start().on(HEALTH, answer.header("x-request-id", "r-1"));
        let health = health(&server).exits(exit).never_shows("markup");
        let error = health.json_error();
        assert_eq!(error["code"], "unexpected_answer");
        assert_eq!(error["request_id"], "r-1");
        assert!(error["hints"][0].as_str().unwrap().contains("proxy"));
    }
}

#[test]
fn an_answer_without_end_is_cut() {
    let large = format!("\"{}\"", "a".repeat(33 * 1024 * 1024));
    let server = Canned::start().on(HEALTH, Answer::text(200, "application/json", &large));
    let error = health(&server).exits(1).json_error();
    assert!(error["message"].as_str().unwrap().contains("32 MiB"));
}

#[test]
fn json_of_another_form_is_an_error_for_people_only() {
    let server = Canned::start().on(HEALTH, Answer::text(200, "application/json", "{\"pool\":7}"));
    let people =
        Home::new().octopool("health --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x").run();
    people.exits(1).says("does not have the form that this version expects");
    health(&server).exits(0);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // The port was free a moment ago; nothing listens on it.
    let url = Canned::start().url();
    let health = Home::new().octopool("health --pool p --url").arg(&url).env("OCTOPOOL_TOKEN", "op_x").run();
    health.exits(1).says(&format!("error: {url} cannot be reached: ")).says("hint: ");
}

/// The head of the next request, and the connection that it came on.
fn next_request(listener: &TcpListener) -> (String, std::net::TcpStream) {
    let (stream, _) = listener.accept().unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<_> = lines.by_ref().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    (head.join("\n").to_lowercase(), stream)
}

#[test]
fn a_post_whose_connection_breaks_is_sent_once_more_under_the_same_key() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (first, stream) = next_request(&listener);
        drop(stream);
        let (second, mut stream) = next_request(&listener);
        let body = r#"{"admin_token":{"name":"ci","pool":null,"expires_at":null,"created_at":"x","last_used_at":null},"token":"opa_x"}"#;
        let length = body.len();
        write!(stream, "HTTP/1.1 201 Created\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .unwrap();
        [first, second]
    });
    let create = || {
        Home::new().octopool("admin tokens create ci --url").arg(&url).env("OCTOPOOL_ADMIN_TOKEN", "x").run()
    };
    assert_eq!(create().exits(0).stdout, "opa_x\n");
    let key = |head: &String| {
        let line = head.lines().find(|line| line.starts_with("idempotency-key: ")).unwrap();
        line.trim_start_matches("idempotency-key: ").to_owned()
    };
    let keys: Vec<_> = server.join().unwrap().iter().map(key).collect();
    assert!(keys[0] == keys[1] && keys[0].len() == 36, "{keys:?}");
    // Nobody listens any more: twice is enough.
    create().exits(1).says("cannot be reached");
}

#[test]
fn each_post_has_a_key_of_its_own_and_nothing_else_has_one() {
    let server = Canned::octopool();
    for _ in 0..2 {
        Home::new().octopool("login").arg(server.url()).env("GH_TOKEN", "gho_canary").run().exits(0);
    }
    let requests = server.requests();
    let keys: Vec<_> = requests.iter().map(|request| request.header("idempotency-key")).collect();
    assert!(keys[0].is_none() && keys[2].is_none(), "a GET needs none");
    assert!(keys[1].is_some() && keys[3].is_some() && keys[1] != keys[3], "{keys:?}");
}

#[test]
fn tls_to_a_server_without_it_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || drop(listener.accept()));
    let health = Home::new().octopool("health --pool p --url").arg(format!("https://{address}"));
    let health = health.env("OCTOPOOL_TOKEN", "op_x").run().exits(1);
    health.says(&format!("Without TLS, use http://{address}."));
    server.join().unwrap();
}
