//! Whether the pool is asked, and what.

use std::collections::BTreeMap;
use std::io;

use octopool_core::AccountLogin;
use octopool_core::relay::{RelayPath, RelayQuery, find_route, in_place_of_caller, is_named};
use ureq::http::Method;
use ureq::http::header::{HOST, HeaderMap};
use url::form_urlencoded;

use super::document::{self, Document};
use super::reason::Reason;
use super::wire::{Body, Request};

/// GitHub's API.
pub(crate) const API_HOST: &str = "api.github.com";
/// Larger than any document that a program sends; the server takes no larger one either.
const LARGEST_DOCUMENT: usize = 1024 * 1024;
/// What the relay takes of a request's headers.
const PASSED: [&str; 5] =
    ["accept", "x-github-api-version", "if-none-match", "if-modified-since", "cache-control"];
/// What clients send that does not change an answer.
const WITHOUT_EFFECT: [&str; 17] = [
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-length",
    "content-type",
    "graphql-features",
    "host",
    "keep-alive",
    "pragma",
    "proxy-connection",
    "referer",
    "sec-fetch-mode",
    "time-zone",
    "traceparent",
    "user-agent",
    "x-gh-cache-ttl",
    "x-request-id",
];
/// The relay leaves longer values out.
const LONGEST_HEADER: usize = 1024;

/// What the pool is asked.
pub(crate) enum Question {
    /// A read of the REST API.
    Rest { path: String, query: Vec<(String, String)>, headers: BTreeMap<String, String> },
    /// A document that only reads.
    GraphQl {
        body: Vec<u8>,
        /// The name of the first operation.
        operation: Option<String>,
        /// Whether people and programs act on what it asks for.
        decides: bool,
    },
}

/// A request with what the pool is asked first, or why it is not.
pub(crate) struct Sorted {
    pub(crate) request: Request,
    pub(crate) question: Result<Question, Reason>,
}

/// Whose credential the client has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Own {
    /// It has none that may be used.
    None,
    /// One of an account, which may see more than everybody, and for all that is known is the
    /// octopool caller's.
    OfCaller,
    /// One of an account that is not the octopool caller's.
    OfAnother,
}

/// Reads as much of the request as it takes to know.
pub(crate) fn sort(request: Request, own: Own) -> io::Result<Sorted> {
    if !is_api(request.header(HOST).unwrap_or_default()) {
        return Ok(Sorted { request, question: Err(Reason::OtherHost) });
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    if request.method == Method::POST && path.trim_end_matches('/') == "/graphql" {
        return document(request, own);
    }
    let is_read = request.method == Method::GET || request.method == Method::HEAD;
    let question = if !is_read || !request.body.is_empty() {
        Err(Reason::Write)
    } else {
        rest(path, query, &request.headers, own)
    };
    Ok(Sorted { request, question })
}

/// Whether this is GitHub's API, with the port that it has anyway.
fn is_api(host: &str) -> bool {
    host.strip_suffix(":443").unwrap_or(host).eq_ignore_ascii_case(API_HOST)
}

fn rest(path: &str, query: &str, headers: &HeaderMap, own: Own) -> Result<Question, Reason> {
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let parsed_path = RelayPath::parse(path).map_err(|_| Reason::NotTaken)?;
    let parsed_query = RelayQuery::parse(pairs.clone()).map_err(|_| Reason::NotTaken)?;
    let headers = passed(headers)?;
    let is_about_you = match own {
        Own::None => false,
        Own::OfCaller => shows_more_to_you(&parsed_path, &parsed_query),
        Own::OfAnother => {
            is_named(&parsed_path, &parsed_query) || shows_more_to_you(&parsed_path, &parsed_query)
        }
    };
    if is_about_you {
        return Err(Reason::AboutYou);
    }
    Ok(Question::Rest { path: path.to_owned(), query: pairs, headers })
}

/// The headers that count, once each. Any other one may mean something to GitHub.
fn passed(headers: &HeaderMap) -> Result<BTreeMap<String, String>, Reason> {
    let mut passed = BTreeMap::new();
    for (name, value) in headers {
        let name = name.as_str();
        if WITHOUT_EFFECT.contains(&name) {
            continue;
        }
        let value = value.to_str().ok().filter(|value| value.len() <= LONGEST_HEADER);
        let value = value.filter(|_| PASSED.contains(&name)).ok_or(Reason::Header)?;
        if !value.is_empty() && passed.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Reason::Header);
        }
    }
    Ok(passed)
}

/// Whether GitHub's answer depends on who asks so that the pool, which shows what everybody sees,
/// would leave something out.
fn shows_more_to_you(path: &RelayPath, query: &RelayQuery) -> bool {
    let bare = path.as_str().trim_end_matches('/');
    if bare == "/user" || bare == "/rate_limit" {
        return true;
    }
    // The server puts the caller's login in place of `@me`; which one does not matter here.
    let Ok(somebody) = AccountLogin::parse("octocat") else { return true };
    let (path, query) = if is_named(path, query) {
        in_place_of_caller(path, query, &somebody)
    } else {
        (path.clone(), query.clone())
    };
    // What is narrowed to public objects has others for those who may see them.
    let Some(route) = find_route(&path, &query) else { return false };
    route.repository.is_none() && ["q", "type"].iter().any(|key| route.query.get(key) != query.get(key))
}

fn document(mut request: Request, own: Own) -> io::Result<Sorted> {
    let (start, body) = std::mem::replace(&mut request.body, Body::empty()).peek(LARGEST_DOCUMENT)?;
    request.body = body;
    let question = if start.len() > LARGEST_DOCUMENT {
        Err(Reason::NotTaken)
    } else {
        match document::read(&start) {
            None => Err(Reason::NotTaken),
            Some(Document::Changes) => Err(Reason::Mutation),
            Some(Document::Reads { lists_everywhere: true, .. }) if own != Own::None => Err(Reason::AboutYou),
            Some(Document::Reads { names_you: true, .. }) if own == Own::OfAnother => Err(Reason::AboutYou),
            Some(Document::Reads { operation, decides, .. }) => {
                Ok(Question::GraphQl { body: start, operation, decides })
            }
        }
    };
    Ok(Sorted { request, question })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Own, Question, Reason, sort};
    use crate::proxy::wire::Request;

    fn sorted(head: &str, body: &str, own: Own) -> Result<Question, Reason> {
        let text = format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.replace('\n', "\r\n"), body.len());
        let request = Request::read(Cursor::new(text.into_bytes()), &mut Vec::new()).unwrap().unwrap();
        sort(request, own).unwrap().question
    }

    fn get(target: &str) -> Option<&'static str> {
        reason(sorted(&format!("GET {target} HTTP/1.1\nHost: api.github.com"), "", Own::OfCaller))
    }

    fn reason(sorted: Result<Question, Reason>) -> Option<&'static str> {
        sorted.err().map(Reason::as_str)
    }

    #[test]
    fn reads_are_asked_of_the_pool() {
        for target in [
            "/repos/acme/rocket",
            "/repos/acme/rocket/contents/a%20b.md?ref=x%2Fy",
            "/repos/acme/rocket/issues?assignee=%40me",
            "/search/issues?q=repo%3Aacme%2Frocket+crash",
            "/search/issues?q=is%3Apublic+crash",
            "/users/mona/repos",
            "/notifications",
        ] {
            assert_eq!(get(target), None, "{target}");
        }
        let with_port = "GET http://api.github.com:443/repos/a/b HTTP/1.1\nHost: x";
        assert_eq!(reason(sorted(with_port, "", Own::OfCaller)), None);
    }

    #[test]
    fn what_shows_more_to_its_own_account_is_not() {
        for target in ["/user", "/user/", "/rate_limit", "/search/issues?q=crash", "/orgs/acme/repos"] {
            assert_eq!(get(target), Some("about_you"), "{target}");
            let head = format!("GET {target} HTTP/1.1\nHost: api.github.com");
            assert_eq!(reason(sorted(&head, "", Own::None)), None, "{target}");
        }
    }

    /// The pool would answer for the caller.
    #[test]
    fn what_is_about_another_account_than_the_callers_is_not() {
        for (head, body) in [
            ("GET /repos/a/b/issues?assignee=@me HTTP/1.1", ""),
            ("GET /search/issues?q=repo:a/b+author:@me HTTP/1.1", ""),
            ("POST /graphql HTTP/1.1", r#"{"query":"{viewer{login}}"}"#),
            (
                "POST /graphql HTTP/1.1",
                r#"{"query":"query($q:String!){a}","variables":{"q":"repo:a/b author:@me"}}"#,
            ),
        ] {
            let head = format!("{head}\nHost: api.github.com");
            for (own, expected) in
                [(Own::None, None), (Own::OfCaller, None), (Own::OfAnother, Some("about_you"))]
            {
                assert_eq!(reason(sorted(&head, body, own)), expected, "{head} {body} {own:?}");
            }
        }
    }

    #[test]
    fn what_the_pool_cannot_pass_on_is_not() {
        for (request, expected) in [
            ("GET /repos/a/b?access_token=x HTTP/1.1\nHost: api.github.com", "not_taken"),
            ("GET /repos/a/../b HTTP/1.1\nHost: api.github.com", "not_taken"),
            ("GET /repos/a/b HTTP/1.1\nHost: api.github.com\nRange: bytes=0-1", "header"),
            ("GET /repos/a/b HTTP/1.1\nHost: api.github.com\nX-Anything: 1", "header"),
            ("GET /repos/a/b HTTP/1.1\nHost: ghe.example.com", "other_host"),
            ("GET /repos/a/b HTTP/1.1", "other_host"),
            ("DELETE /repos/a/b HTTP/1.1\nHost: api.github.com", "write"),
            ("POST /repos/a/b/issues HTTP/1.1\nHost: api.github.com", "write"),
            ("POST /graphql HTTP/1.1\nHost: uploads.github.com", "other_host"),
        ] {
            assert_eq!(reason(sorted(request, "", Own::OfCaller)), Some(expected), "{request}");
        }
        let with_body = sorted("GET /repos/a/b HTTP/1.1\nHost: api.github.com", "{}", Own::OfCaller);
        assert_eq!(reason(with_body), Some("write"));
    }

    #[test]
    fn documents() {
        let post =
            |body: &str| reason(sorted("POST /graphql HTTP/1.1\nHost: API.github.com", body, Own::OfCaller));
        assert_eq!(post(r#"{"query":"{viewer{login}}"}"#), None);
        assert_eq!(post(r#"{"query":"mutation{a}"}"#), Some("mutation"));
        assert_eq!(post("query"), Some("not_taken"));
        let large = format!(r#"{{"query":"{{a}}","x":"{}"}}"#, "a".repeat(1024 * 1024));
        assert_eq!(post(&large), Some("not_taken"));
    }
}
