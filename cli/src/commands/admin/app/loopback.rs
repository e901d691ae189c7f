//! The page on this machine that sends the manifest to GitHub, and the address to which GitHub
//! sends the browser back with a code.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tiny_http::{Header, Method, Request, Response, Server};
use url::Url;

use crate::error::{Error, Result};
use crate::output::Output;

/// Listens on loopback until the code has come.
pub(super) struct Loopback {
    server: Server,
    address: SocketAddr,
    /// Part of the page's address: who does not know it does not learn the state either.
    secret: String,
    state: String,
}

/// What a request was.
enum Visit {
    /// The page was opened.
    Page,
    /// GitHub sent the browser back with this code.
    Code(String),
    /// GitHub sent the browser back without one, for this reason.
    Refused(String),
    /// It was sent back with the state of something else.
    WrongState,
    /// Anything else.
    Unknown,
}

impl Loopback {
    /// Listens on this port of 127.0.0.1; 0 is any free one.
    pub(super) fn start(port: u16) -> Result<Self> {
        let failed = |problem: &dyn std::fmt::Display| {
            Error::failed("port_taken", format!("Cannot listen on port {port} of 127.0.0.1: {problem}."))
                .hint("Choose another port with `--port`, or leave the option out for any free one.")
        };
        let server = Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|problem| failed(&problem))?;
        let address = server.server_addr().to_ip().ok_or_else(|| failed(&"no address"))?;
        Ok(Self { server, address, secret: random()?, state: random()? })
    }

    /// The page to open.
    pub(super) fn page_url(&self) -> String {
        format!("http://{}/{}", self.address, self.secret)
    }

    /// Where GitHub sends the browser.
    pub(super) fn redirect_url(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// The port, for those who forward it.
    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Serves the page, whose form posts `manifest` to `action`, until GitHub has sent a code.
    pub(super) fn wait_for_code(
        &self,
        action: &str,
        manifest: &str,
        patience: Duration,
        output: &mut Output,
    ) -> Result<String> {
        let end = Instant::now() + patience;
        let mut was_opened = false;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let request = self.server.recv_timeout(left).ok().flatten();
            let Some(request) = request else { return Err(not_confirmed(was_opened)) };
            match self.visit(&request) {
                Visit::Page => {
                    was_opened = true;
                    respond(request, 200, &form(action, &self.state, manifest));
                }
                Visit::Code(code) => {
                    let text =
                        "<h1>GitHub created the App</h1><p>Go back to the terminal: it goes on there.</p>";
                    respond(request, 200, &Page::of(text));
                    return Ok(code);
                }
                Visit::Refused(reason) => {
                    respond(request, 200, &Page::of("<h1>GitHub did not create the App</h1>"));
                    return Err(Error::failed(
                        "app_refused",
                        format!("GitHub did not create the App: {reason}."),
                    )
                    .hint("Nothing was created. Run the command again when that is settled."));
                }
                Visit::WrongState => {
                    output.warning(
                        "A browser came back from GitHub with the state of another run. It was refused; this run \
                         still waits for its own.",
                    );
                    let text =
                        "<h1>This is of another run</h1><p>Open the address that the terminal shows now.</p>";
                    respond(request, 400, &Page::of(text));
                }
                Visit::Unknown => respond(request, 404, &Page::of("<h1>There is nothing here</h1>")),
            }
        }
    }

    fn visit(&self, request: &Request) -> Visit {
        let has_host =
            |header: &Header| header.field.equiv("host") && header.value.as_str() == self.address.to_string();
        // A page of another site that a name leads here must not read ours (DNS rebinding).
        if *request.method() != Method::Get || !request.headers().iter().any(has_host) {
            return Visit::Unknown;
        }
        let Ok(url) = Url::parse(&self.redirect_url()).and_then(|base| base.join(request.url())) else {
            return Visit::Unknown;
        };
        if url.path().strip_prefix('/') == Some(&self.secret) {
            return Visit::Page;
        }
        if url.path() != "/callback" {
            return Visit::Unknown;
        }
        let value = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .filter(|it| !it.is_empty())
        };
        if value("state").as_ref() != Some(&self.state) {
            return Visit::WrongState;
        }
        match value("code") {
            Some(code) if code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Visit::Code(code),
            _ => Visit::Refused(
                value("error_description")
                    .or_else(|| value("error"))
                    .unwrap_or_else(|| "it sent the browser back without a code".to_owned()),
            ),
        }
    }
}

/// A page with the only script that may run in it.
struct Page {
    body: String,
    nonce: Option<String>,
}

impl Page {
    fn of(body: &str) -> Self {
        Self { body: body.to_owned(), nonce: None }
    }
}

/// The form that carries the manifest. It is sent by itself; the button is for browsers without
/// scripts.
fn form(action: &str, state: &str, manifest: &str) -> Page {
    let nonce = random().unwrap_or_default();
    let action =
        Url::parse_with_params(action, [("state", state)]).map_or_else(|_| action.to_owned(), String::from);
    let (action, manifest) = (escaped(&action), escaped(manifest));
    let body = format!(
        "<h1>Create a GitHub App</h1>\
         <p>GitHub asks for a name and for your confirmation. If it asks you to log in first, open this page again \
         afterwards.</p>\
         <form action=\"{action}\" method=\"post\"><input type=\"hidden\" name=\"manifest\" value=\"{manifest}\">\
         <button type=\"submit\">Continue to GitHub</button></form>\
         <script nonce=\"{nonce}\">document.forms[0].submit()</script>"
    );
    Page { body, nonce: Some(nonce) }
}

fn respond(request: Request, status: u16, page: &Page) {
    let text = format!("<!doctype html><meta charset=\"utf-8\"><title>octopool</title>{}", page.body);
    let script = page.nonce.as_ref().map(|nonce| format!("; script-src 'nonce-{nonce}'")).unwrap_or_default();
    let policy = format!("default-src 'none'; frame-ancestors 'none'{script}");
    let mut response = Response::from_string(text).with_status_code(status);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", policy.as_str()),
    ] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    // A browser that went away has no use for the answer.
    drop(request.respond(response));
}

fn not_confirmed(was_opened: bool) -> Error {
    let (message, hint) = if was_opened {
        (
            "Nobody confirmed the App on GitHub's page in time.",
            "If GitHub did create an App, its key is lost with this run: delete that App, or add a key to it and \
             use `--app-id`.",
        )
    } else {
        (
            "The page was not opened in time.",
            "Nothing was created. Run the command again and open its address.",
        )
    };
    Error::failed("app_not_confirmed", message).hint(hint).hint("`--wait MINUTES` waits longer.")
}

/// 192 random bits, to be guessed by nobody.
fn random() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::failed("internal", "The system's random number generator failed."))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Text within an attribute of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
