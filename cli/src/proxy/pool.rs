//! Asking the pool, and its answers as GitHub would have given them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use octopool_api_types::{CacheOutcome, ErrorCode, ErrorEnvelope, FallbackReason, paths};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use url::Url;

use super::question::{API_HOST, Question};
use super::reason::Reason;
use super::wire::{Body, Reply};
use crate::environment::Switch;
use crate::error::Error;
use crate::http::{Raw, Server};
use crate::relay::{self, Envelope};
use crate::session::{self, Session};

/// How long an overloaded server is left alone before it is asked once more. Other reasons to wait
/// last minutes, which is no time to wait for in the foreground.
const BREATH: Duration = Duration::from_millis(300);
/// How long a server that could not be reached is not tried again.
const REST: Duration = Duration::from_secs(30);
/// As many addresses of pages as one run of a program meets, and far more.
const MOST_PAGES: usize = 1000;
/// GitHub's headers that the relay passes on. The others of a response are the server's own.
const GITHUB: [&str; 9] = [
    "content-type",
    "etag",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "x-github-request-id",
    "x-oauth-scopes",
    "x-poll-interval",
];
const GITHUB_RATE: &str = "x-ratelimit-";

/// A pool of a server, as the login of this machine opens it.
pub(crate) struct Pool {
    session: Mutex<Opening>,
    unreachable_until: Mutex<Option<Instant>>,
    /// Addresses of pages that GitHub wrote in its own way (`/repositories/7/issues`), and the
    /// paths that they are pages of.
    pages: Mutex<HashMap<String, String>>,
}

/// The server and the pool; which one a token opens may have to be asked for, once.
enum Opening {
    Unasked(Option<Server>),
    Open(Arc<Session>),
}

/// An answer of the pool.
pub(crate) struct Served {
    pub(crate) reply: Reply,
    pub(crate) cache: CacheOutcome,
    /// The identity that GitHub was asked with.
    pub(crate) identity: Option<String>,
    /// What the user has to know of an answer from the cache.
    pub(crate) notice: Option<String>,
}

/// Why there is none, and what the user has to know about that.
pub(crate) struct Left {
    pub(crate) reason: Reason,
    pub(crate) note: Option<String>,
}

impl Pool {
    pub(crate) fn new(server: Server, pool: Option<String>) -> Self {
        let server = server.in_passing();
        let opening = match pool {
            Some(pool) => Opening::Open(Session { server, pool }.into()),
            None => Opening::Unasked(Some(server)),
        };
        Self { session: Mutex::new(opening), unreachable_until: Mutex::default(), pages: Mutex::default() }
    }

    pub(crate) fn ask(&self, question: &Question) -> Result<Served, Left> {
        if locked(&self.unreachable_until).is_some_and(|until| Instant::now() < until) {
            return Err(Left { reason: Reason::Unreachable, note: None });
        }
        let answer = self.session().map_err(|error| Left::of(&error)).and_then(|session| match question {
            Question::Rest { path, query, headers } => self.rest(&session, path, query, headers),
            Question::GraphQl { body, decides, .. } => graphql(&session, body, *decides),
        });
        if matches!(&answer, Err(left) if left.reason == Reason::Unreachable) {
            *locked(&self.unreachable_until) = Some(Instant::now() + REST);
        }
        answer
    }

    fn session(&self) -> Result<Arc<Session>, Error> {
        let mut opening = locked(&self.session);
        let server = match &mut *opening {
            Opening::Open(session) => return Ok(session.clone()),
            Opening::Unasked(server) => server,
        };
        let pool = match server.as_ref() {
            Some(server) => session::pool_of(server)?,
            None => return Err(session::no_server()),
        };
        let server = server.take().ok_or_else(session::no_server)?;
        let session = Arc::new(Session { server, pool });
        *opening = Opening::Open(session.clone());
        Ok(session)
    }

    fn rest(
        &self,
        session: &Session,
        path: &str,
        query: &[(String, String)],
        headers: &BTreeMap<String, String>,
    ) -> Result<Served, Left> {
        let path = locked(&self.pages).get(path).cloned().unwrap_or_else(|| path.to_owned());
        let request = relay::request(session, &path, query, headers).map_err(|error| Left::of(&error))?;
        let answer = match relay::ask(session, &request) {
            Err(error) if is_overloaded(&error) => {
                thread::sleep(BREATH);
                relay::ask(session, &request)
            }
            answer => answer,
        };
        let envelope: Envelope =
            answer.and_then(|answer| answer.decode()).map_err(|error| Left::of(&error))?;
        let body = envelope.body().map_err(|error| Left::of(&error))?;
        if let Some(link) = envelope.headers.get("link") {
            self.remember_pages(&path, link);
        }
        let base = session.server.url().endpoint(paths::REST_BASE);
        let headers = envelope.headers.iter().map(|(name, value)| match name.as_str() {
            "location" => (name.as_str(), at_github(&base, value)),
            name => (name, value.clone()),
        });
        let reply = reply(envelope.status, headers, body).ok_or_else(Left::malformed)?;
        let notice = envelope.notice();
        let identity = envelope.identity.map(|identity| identity.id);
        Ok(Served { reply, cache: envelope.relay.cache, identity, notice })
    }

    /// The next pages of a repository are at addresses that the pool does not know.
    fn remember_pages(&self, path: &str, link: &str) {
        let mut pages = locked(&self.pages);
        // A URL cannot contain `<`, so it begins a link even where URLs contain commas.
        for (url, _) in link.split('<').filter_map(|link| link.split_once('>')) {
            let page = Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default();
            if page != path && !page.is_empty() && pages.len() < MOST_PAGES {
                pages.insert(page, path.to_owned());
            }
        }
    }
}

impl Left {
    fn of(error: &Error) -> Self {
        let reason = match (error.status(), error.server_code()) {
            (Some(424), Some(ErrorCode::FallbackLocal)) => {
                error.detail("reason").and_then(of_the_pool).unwrap_or(Reason::ServerError)
            }
            // Something else than octopool is there; its status means something else, too.
            _ if error.code() == "unexpected_answer" => Reason::ServerError,
            (Some(status), _) => by_status(status),
            (None, _) => match error.code() {
                "not_logged_in" | "no_pool" => Reason::NoLogin,
                _ => Reason::Unreachable,
            },
        };
        Self::noted(reason, || error.headline())
    }

    fn malformed() -> Self {
        Self::noted(Reason::ServerError, || "The server's answer is not one of GitHub's.".to_owned())
    }

    /// That the pool does not serve something is no news; that there is something to repair is.
    fn noted(reason: Reason, message: impl FnOnce() -> String) -> Self {
        let is_news = matches!(reason, Reason::NoLogin | Reason::Unreachable | Reason::ServerError);
        Self { reason, note: is_news.then(message) }
    }
}

fn of_the_pool(word: &str) -> Option<Reason> {
    FallbackReason::ALL.iter().find(|reason| reason.as_str() == word).map(|reason| Reason::Pool(*reason))
}

fn by_status(status: u16) -> Reason {
    match status {
        401 => Reason::NoLogin,
        404 | 405 => Reason::TooOld,
        400 | 413 | 415 | 422 => Reason::NotTaken,
        _ => Reason::ServerError,
    }
}

fn graphql(session: &Session, body: &[u8], decides: bool) -> Result<Served, Left> {
    let is_fresh = Switch::Fresh.is_on().map_err(|error| Left::of(&error))?;
    let mut headers = vec![("x-octopool-pool", session.pool.as_str())];
    if is_fresh {
        headers.push(("cache-control", "max-age=0"));
    }
    let ask = || session.server.exchange(paths::GITHUB_GRAPHQL, &headers, body);
    let mut answer = ask();
    if matches!(&answer, Ok(raw) if raw.text("x-octopool-error") == Some(ErrorCode::RelayOverloaded.as_str()))
    {
        thread::sleep(BREATH);
        answer = ask();
    }
    let raw = answer.map_err(|error| Left::of(&error))?;
    let cache = raw.text("x-octopool-cache").and_then(cache_outcome);
    let (Some(cache), None) = (cache, raw.text("x-octopool-error")) else { return Err(refused(&raw)) };
    let identity = raw.text("x-octopool-identity").map(str::to_owned);
    let headers =
        raw.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?.to_owned())));
    let notice = decides.then(|| relay::notice(cache, "graphql", "")).flatten();
    let reply = reply(raw.status, headers, raw.body).ok_or_else(Left::malformed)?;
    Ok(Served { reply, cache, identity, notice })
}

fn refused(raw: &Raw) -> Left {
    let reason = raw.text("x-octopool-reason").and_then(of_the_pool);
    let code = raw.text("x-octopool-error");
    // An octopool without this endpoint has an error of its own form.
    let is_octopools = code.is_some() || serde_json::from_slice::<ErrorEnvelope>(&raw.body).is_ok();
    let by_status = if is_octopools { by_status(raw.status) } else { Reason::ServerError };
    let code = code.unwrap_or("no code");
    Left::noted(reason.unwrap_or(by_status), || {
        format!("The server did not answer a GraphQL query ({code}, HTTP {}).", raw.status)
    })
}

fn cache_outcome(word: &str) -> Option<CacheOutcome> {
    let all = [CacheOutcome::Hit, CacheOutcome::Stale, CacheOutcome::Miss, CacheOutcome::Bypass];
    all.into_iter().find(|outcome| outcome.as_str() == word)
}

/// GitHub's response; nothing if it cannot be one.
fn reply<'a>(status: u16, headers: impl Iterator<Item = (&'a str, String)>, body: Vec<u8>) -> Option<Reply> {
    let status = StatusCode::from_u16(status).ok()?;
    let mut github = HeaderMap::new();
    for (name, value) in headers.filter(|(name, _)| GITHUB.contains(name) || name.starts_with(GITHUB_RATE)) {
        github.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(Reply { status, headers: github, body: Body::whole(body) })
}

/// An address that the server wrote as one of its own, as GitHub wrote it.
fn at_github(base: &str, address: &str) -> String {
    match address.strip_prefix(base) {
        Some(rest) => format!("https://{API_HOST}{rest}"),
        None => address.to_owned(),
    }
}

fn is_overloaded(error: &Error) -> bool {
    error.code() == ErrorCode::RelayOverloaded.as_str()
        || error.detail("reason") == Some(FallbackReason::RelayOverloaded.as_str())
}

/// What another thread left there is as good as before it panicked.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
