//! Requests to one octopool server. Every request has limits of time and size, no credential goes
//! over an unencrypted connection or to another origin, and no body of unknown form reaches the
//! terminal.

mod failure;
mod proxy;
mod waiting;

use std::time::Duration;

use octopool_api_types::{ErrorEnvelope, paths};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderMap, Method, Request, Response};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, SendBody};
use url::Url;

use crate::error::{Error, Exit, Result};
use crate::hints::{self, Reader};
use crate::output::Output;
use crate::server_url::ServerUrl;

use proxy::{Chosen, Rules};
use waiting::Waiting;

/// Far more than any response of an octopool server; the largest is a plan that replaces a whole
/// state of 4 MiB.
const LARGEST_ANSWER: u64 = 32 * 1024 * 1024;
/// One is enough for a path that moved.
const MOST_REDIRECTS: usize = 3;
/// A shorter value is not a secret, and removing it would garble ordinary words.
const SHORTEST_REDACTED: usize = 8;

/// How long to wait for a connection, for the head of the response, and for the whole request.
#[derive(Clone, Copy)]
struct Patience {
    connect: Duration,
    head: Option<Duration>,
    overall: Duration,
}

const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(10), head: None, overall: Duration::from_secs(30) };
/// For requests that have another way if the server does not answer. GitHub itself gives up a
/// request after 10 seconds
/// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts>).
const IN_PASSING: Patience = Patience {
    connect: Duration::from_secs(3),
    head: Some(Duration::from_secs(10)),
    overall: PATIENCE.overall,
};

/// Whether plain `http` to another machine is allowed explicitly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PlainHttp {
    Refused,
    Allowed,
}

/// The secret of every request to a server: where it is sent, and what must not appear in a
/// message.
pub(crate) enum Credential {
    None,
    /// A caller token.
    Bearer(SecretString),
    /// An admin token.
    Admin(SecretString),
    /// A GitHub token, part of a login's body.
    InBody(SecretString),
}

impl Credential {
    /// Who reads the messages about a request with it.
    fn reader(&self) -> Reader {
        match self {
            Self::Admin(_) => Reader::Operator,
            Self::None | Self::Bearer(_) | Self::InBody(_) => Reader::Caller,
        }
    }

    /// An octopool server does not repeat a credential; another server might.
    fn redacted_from(&self, text: &str) -> String {
        match self {
            Self::Bearer(secret) | Self::Admin(secret) | Self::InBody(secret)
                if secret.expose_secret().len() >= SHORTEST_REDACTED =>
            {
                text.replace(secret.expose_secret(), "[redacted]")
            }
            _ => text.to_owned(),
        }
    }
}

/// One server, and the HTTP client for it.
pub(crate) struct Server {
    base: ServerUrl,
    agent: Agent,
    proxy: Option<Chosen>,
    credential: Credential,
    /// Whether a slow answer is waited for without a word.
    is_quiet: bool,
}

/// A response as it came, whatever its status is.
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    /// A header's value, if it is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A client for requests that are passed on as they came to a host that is not octopool: nothing is
/// added to them, nothing is followed, and no body takes too long.
pub(crate) struct Straight {
    base: ServerUrl,
    agent: Agent,
    proxy: Option<Chosen>,
}

impl Straight {
    pub(crate) fn new(base: ServerUrl) -> Result<Self> {
        let proxy = proxy::choose(&base, Rules::OfGo)?;
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(AutoHeaderValue::None)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .allow_non_standard_methods(true)
            .timeout_connect(Some(PATIENCE.overall))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .proxy(proxy.as_ref().map(|chosen| chosen.proxy.clone()));
        Ok(Self { base, agent: config.build().into(), proxy })
    }

    /// The URL of a path with its query.
    pub(crate) fn url(&self, target: &str) -> String {
        self.base.endpoint(target)
    }

    /// Sends a request and returns the response before its body has come.
    pub(crate) fn send(&self, request: Request<SendBody<'_>>) -> Result<Response<Body>> {
        self.agent.run(request).map_err(|problem| failure::explain(&self.base, self.proxy.as_ref(), &problem))
    }
}

/// A successful response: its JSON, unchanged. It may hold a token: no `Debug`.
pub(crate) struct Answer {
    text: String,
    date: Option<String>,
}

/// A successful response of JSON lines, unchanged.
pub(crate) struct Lines {
    pub(crate) text: String,
    pub(crate) next_cursor: Option<String>,
}

impl Server {
    /// Refuses plain `http` to another machine unless it is allowed: others could read the token.
    pub(crate) fn new(base: ServerUrl, plain_http: PlainHttp) -> Result<Self> {
        if !base.is_private() && plain_http == PlainHttp::Refused {
            return Err(Error::usage(format!(
                "{} is not https, and tokens would be sent unencrypted.",
                base.origin()
            ))
            .hint(format!("Use {}.", base.origin().replacen("http:", "https:", 1))));
        }
        let proxy = proxy::choose(&base, Rules::OfCurl)?;
        Ok(Self::with_patience(base, proxy, PATIENCE))
    }

    fn with_patience(base: ServerUrl, proxy: Option<Chosen>, patience: Patience) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("octopool/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(patience.head)
            .timeout_global(Some(patience.overall))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .proxy(proxy.as_ref().map(|chosen| chosen.proxy.clone()));
        Self { base, agent: config.build().into(), proxy, credential: Credential::None, is_quiet: false }
    }

    /// The server, with a secret for every request.
    pub(crate) fn with(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// The server, for a program whose terminal belongs to another one, and which has another way
    /// if the server does not answer soon.
    pub(crate) fn in_passing(self) -> Self {
        let Self { base, proxy, credential, .. } = self;
        Self { is_quiet: true, credential, ..Self::with_patience(base, proxy, IN_PASSING) }
    }

    pub(crate) fn url(&self) -> &ServerUrl {
        &self.base
    }

    /// Follows redirects within the server's origin only.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        self.read(self.follow(path)?, is_document)
    }

    /// [`Self::get`] with the parameters that have a value.
    pub(crate) fn query(&self, path: &str, parameters: &[(&str, Option<&str>)]) -> Result<Answer> {
        self.get(&paths::with_query(path, parameters))
    }

    /// [`Self::get`] for a page of JSON lines.
    pub(crate) fn get_lines(&self, path: &str) -> Result<Lines> {
        let answer = self.follow(path)?;
        let next_cursor = next_cursor(answer.headers());
        let Answer { text, .. } = self.read(answer, is_lines)?;
        Ok(Lines { text, next_cursor })
    }

    fn follow(&self, path: &str) -> Result<Response<Body>> {
        let mut url = self.base.endpoint(path);
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(Method::GET, &url, Vec::new(), None)?;
            let Some(location) = redirect(&answer) else { return Ok(answer) };
            url = self.within_origin(&url, &location)?;
        }
        Err(Error::failed("redirected", format!("{} redirects in a loop.", self.base)))
    }

    /// Sends `body` as JSON. Redirects are not followed, because the body may hold a secret. If the
    /// connection fails, the request is sent a second time with the same `Idempotency-Key`; after a
    /// timeout only if there is no other way.
    pub(crate) fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        let (body, key) = (to_json(body)?, idempotency_key()?);
        let send = || self.change(Method::POST, path, body.clone(), Some(&key));
        match send() {
            Err(error) if error.code() == "unreachable" || error.code() == "timeout" && !self.is_quiet => {
                send()
            }
            answered => answered,
        }
    }

    /// Sends `body` as JSON, like [`Self::post`].
    pub(crate) fn patch(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        self.change(Method::PATCH, path, to_json(body)?, None)
    }

    /// Deletes what is at the path. Redirects are not followed.
    pub(crate) fn delete(&self, path: &str) -> Result<Answer> {
        self.change(Method::DELETE, path, Vec::new(), None)
    }

    fn change(&self, method: Method, path: &str, body: Vec<u8>, key: Option<&str>) -> Result<Answer> {
        let url = self.base.endpoint(path);
        let answer = self.send(method, &url, body, key)?;
        match redirect(&answer) {
            None => self.read(answer, is_document),
            Some(location) => {
                let target = self.within_origin(&url, &location)?;
                Err(redirected(&target)
                    .hint("The request was not repeated there; check the path of the server's URL."))
            }
        }
    }

    /// Sends a request to a server that is not octopool, and returns its status and body. Redirects
    /// are not followed.
    pub(crate) fn foreign(&self, method: Method, path: &str) -> Result<(u16, String)> {
        let mut answer = self.send(method, &self.base.endpoint(path), Vec::new(), None)?;
        let text = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string();
        let text = text.map_err(|problem| self.unanswered(&problem))?;
        Ok((answer.status().as_u16(), text))
    }

    /// Sends JSON as it is, with these headers. Redirects are not followed.
    pub(crate) fn exchange(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Raw> {
        let mut request = Request::builder().method(Method::POST).uri(self.base.endpoint(path));
        for (name, value) in headers.iter().chain(&[("content-type", "application/json")]) {
            request = request.header(*name, *value);
        }
        if let Credential::Bearer(token) = &self.credential {
            request = request.header("authorization", format!("Bearer {}", token.expose_secret()));
        }
        let sent = request.body(body).map_err(ureq::Error::from).and_then(|request| self.agent.run(request));
        let mut answer = sent.map_err(|problem| self.unanswered(&problem))?;
        let read = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec();
        let body = read.map_err(|problem| self.unanswered(&problem))?;
        Ok(Raw { status: answer.status().as_u16(), headers: answer.headers().clone(), body })
    }

    fn waiting(&self) -> Option<Waiting> {
        (!self.is_quiet).then(|| Waiting::on(&self.base.origin()))
    }

    fn send(&self, method: Method, url: &str, body: Vec<u8>, key: Option<&str>) -> Result<Response<Body>> {
        let has_body = !body.is_empty();
        let mut request = Request::builder().method(method).uri(url).header("accept", "application/json");
        if let Credential::Bearer(token) | Credential::Admin(token) = &self.credential {
            request = request.header("authorization", format!("Bearer {}", token.expose_secret()));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let _waiting = self.waiting();
        let sent = if has_body {
            let request = request.header("content-type", "application/json").body(body);
            request.map_err(ureq::Error::from).and_then(|request| self.agent.run(request))
        } else {
            request.body(()).map_err(ureq::Error::from).and_then(|request| self.agent.run(request))
        };
        sent.map_err(|problem| self.unanswered(&problem))
    }

    /// Reads a response that is not a redirect. Its body is shown only if it is one of octopool's
    /// own errors.
    fn read(&self, mut answer: Response<Body>, has_its_form: fn(&str) -> bool) -> Result<Answer> {
        let status = answer.status();
        let bytes = {
            let _waiting = self.waiting();
            let read = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec();
            read.map_err(|problem| self.unanswered(&problem))?
        };
        let text = String::from_utf8(bytes).unwrap_or_default();
        // 204 No Content, after a deletion.
        if status.as_u16() == 204 {
            return Ok(Answer { text: "{}".to_owned(), date: None });
        }
        if status.is_success() && has_its_form(&text) {
            let date = answer.headers().get("date").and_then(|date| date.to_str().ok()).map(str::to_owned);
            return Ok(Answer { text, date });
        }
        match serde_json::from_str::<ErrorEnvelope>(&self.credential.redacted_from(&text)) {
            Ok(envelope) if !status.is_success() => {
                let hints = hints::for_answer(
                    &envelope.error.code,
                    answer.headers(),
                    &self.base,
                    self.credential.reader(),
                );
                Err(Error::refused(envelope.error, status.as_u16()).hints(hints))
            }
            _ => Err(self.malformed(status.as_u16(), answer.headers())),
        }
    }

    fn unanswered(&self, problem: &ureq::Error) -> Error {
        failure::explain(&self.base, self.proxy.as_ref(), problem)
    }

    fn malformed(&self, status: u16, headers: &HeaderMap) -> Error {
        let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let message = format!("{} did not answer in octopool's format.", self.base);
        Error::malformed(message, status, request_id).hint(
            "Check the URL. If it is right, a proxy or a login page in front of the server may have \
                answered.",
        )
    }

    /// The absolute URL of a redirect, or why it is not followed.
    fn within_origin(&self, from: &str, location: &str) -> Result<String> {
        let target = Url::parse(from).and_then(|from| from.join(location));
        let target = target.map_err(|_| {
            Error::failed("redirected", format!("{} redirects to an invalid URL.", self.base))
        })?;
        let origin = target.origin().ascii_serialization();
        if origin == self.base.origin() {
            return Ok(target.to_string());
        }
        Err(redirected(&origin).hint(format!(
            "Credentials do not follow to another origin. If you trust it, use `--url {origin}`."
        )))
    }
}

impl Answer {
    /// The document, unchanged.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Prints the document with `--json`, and otherwise what `show` prints of it.
    pub(crate) fn show<T: DeserializeOwned>(
        &self,
        output: &mut Output,
        show: impl FnOnce(&T, &mut Output) -> Result<Exit>,
    ) -> Result<Exit> {
        if output.is_json() { output.document(&self.text) } else { show(&self.decode()?, output) }
    }

    /// Whether another answer is the same document.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let value = |text| serde_json::from_str::<serde_json::Value>(text).ok();
        value(&self.text).is_some_and(|own| Some(own) == value(&other.text))
    }

    /// The `Date` header.
    pub(crate) fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }

    /// The parser's message is dropped: it quotes values, and a value may be a token.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.text).map_err(|_| unexpected_form())
    }
}

/// An answer of another form than this version expects.
pub(crate) fn unexpected_form() -> Error {
    Error::failed(
        "unexpected_answer",
        "The server's answer does not have the form that this version expects.",
    )
    .hint("The server may be newer or older: compare `octopool version` with the server's version.")
}

fn is_document(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn is_lines(text: &str) -> bool {
    text.lines().all(is_document)
}

/// The cursor of the next page, from a `Link` header. The rest of the URL is ignored: a proxy may
/// have changed it, and a token must not be sent where a header says.
fn next_cursor(headers: &HeaderMap) -> Option<String> {
    let link = headers.get("link")?.to_str().ok()?;
    let (url, relation) = link.strip_prefix('<')?.split_once('>')?;
    let url = Url::parse(url).ok().filter(|_| relation.contains("rel=\"next\""))?;
    url.query_pairs().find(|(name, _)| name == "cursor").map(|(_, cursor)| cursor.into_owned())
}

/// An unguessable key for one request: together with the token it opens the response that the
/// server keeps.
fn idempotency_key() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::failed("internal", "The system's random number generator failed."))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// A request body.
fn to_json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body)
        .map_err(|_| Error::failed("internal", "The request could not be written as JSON."))
}

fn redirect(answer: &Response<Body>) -> Option<String> {
    let is_redirect = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location =
        answer.headers().get("location").map(|location| String::from_utf8_lossy(location.as_bytes()));
    is_redirect.then(|| location.unwrap_or_default().into_owned())
}

fn redirected(target: &str) -> Error {
    Error::failed("redirected", format!("The server redirected to {target}."))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::{Patience, PlainHttp, Server};
    use crate::error::Exit;
    use crate::server_url::ServerUrl;

    #[test]
    fn a_server_that_does_not_answer_is_a_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = ServerUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let short = Duration::from_millis(100);
        let server =
            Server::with_patience(base, None, Patience { connect: short, head: None, overall: short });
        let error = server.get("/").err().unwrap();
        assert_eq!(error.code(), "timeout");
    }

    #[test]
    fn plain_http_to_another_machine_has_to_be_allowed() {
        let base = ServerUrl::parse("http://octopool.example.com").unwrap();
        let error = Server::new(base.clone(), PlainHttp::Refused).err().unwrap();
        assert_eq!(error.exit(), Exit::Usage);
        assert!(Server::new(base, PlainHttp::Allowed).is_ok());
    }
}
