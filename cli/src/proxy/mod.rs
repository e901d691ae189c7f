//! The HTTP server behind the socket that gh sends everything to: reads go to the pool, everything
//! else where the client sent it.
//!
//! The two credentials never meet: the client's goes only where the client sent it, octopool's only
//! to its server.

pub(crate) mod direct;
mod document;
pub(crate) mod journal;
#[cfg(unix)]
pub(crate) mod listening;
pub(crate) mod own_budget;
pub(crate) mod pool;
pub(crate) mod question;
pub(crate) mod reason;
#[cfg(unix)]
pub(crate) mod serving;
pub(crate) mod status;
pub(crate) mod wire;

use std::io;

use serde_json::{Value, json};
use ureq::http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use ureq::http::{Method, StatusCode};

use direct::{Direct, Rights};
use journal::{Entry, Journal, Outcome};
use own_budget::OwnBudget;
use pool::Pool;
use question::{Own, Question, Sorted, sort};
use reason::Reason;
use wire::{Body, Reply, Request};

use crate::error::Error;

/// What is served, and what is known of it.
pub(crate) struct Proxy {
    pub(crate) pool: Pool,
    pub(crate) direct: Direct,
    pub(crate) journal: Journal,
    /// Whether the user's own credential may be used.
    pub(crate) may_fall_back: bool,
    /// Whether the user's own credential is of another account than the octopool caller's.
    pub(crate) is_of_another: bool,
    pub(crate) own_budget: OwnBudget,
}

impl Proxy {
    /// Answers one request.
    pub(crate) fn answer(&self, request: Request) -> io::Result<Reply> {
        if request.target == status::PATH {
            return Ok(json_reply(StatusCode::OK, &status::document(&self.journal)));
        }
        let rights = Rights::of(&request.headers);
        let own = match rights {
            Rights::Own if self.may_fall_back && self.is_of_another => Own::OfAnother,
            Rights::Own if self.may_fall_back => Own::OfCaller,
            Rights::Own | Rights::Nobodys | Rights::Missing => Own::None,
        };
        let Sorted { request, question } = sort(request, own)?;
        let name = name(&request, question.as_ref().ok());
        let reason = match question.map(|question| self.pool.ask(&question)) {
            Ok(Ok(served)) => {
                let outcome = Outcome::Served { cache: served.cache, identity: served.identity };
                self.journal.add(Entry { request: name, outcome, status: served.reply.status.as_u16() });
                if let Some(notice) = served.notice {
                    self.journal.notice(notice);
                }
                return Ok(served.reply);
            }
            Ok(Err(left)) => {
                if let Some(note) = left.note {
                    let goes_on = rights == Rights::Own && self.may_fall_back;
                    let then = if goes_on { " Sent with your own login." } else { "" };
                    self.journal.note(format!("octopool: {note}{then}"));
                }
                left.reason
            }
            Err(reason) => reason,
        };
        let (outcome, reply) = self.without_the_pool(request, rights, reason);
        self.journal.add(Entry { request: name, outcome, status: reply.status.as_u16() });
        Ok(reply)
    }

    fn without_the_pool(&self, request: Request, rights: Rights, reason: Reason) -> (Outcome, Reply) {
        let is_read = request.method == Method::GET || request.method == Method::HEAD;
        let refused = |status, message: String| (Outcome::Refused(reason), refusal(status, &message));
        let why = format!("octopool does not serve this ({}: {})", reason.as_str(), reason.explained());
        match rights {
            // What a redirect leads to has no credential and needs none.
            Rights::Nobodys if is_read => {}
            Rights::Own | Rights::Nobodys | Rights::Missing if !self.may_fall_back => {
                let message = format!("{why}, and OCTOPOOL_NO_FALLBACK forbids to use your own credentials");
                return refused(StatusCode::FORBIDDEN, message);
            }
            Rights::Missing => {
                let message = format!("{why}, and gh has no login of its own for it");
                return refused(StatusCode::UNAUTHORIZED, message);
            }
            Rights::Own => self.own_budget.count(reason),
            Rights::Nobodys => {}
        }
        let outcome = if rights == Rights::Own { Outcome::Direct(reason) } else { Outcome::Passed(reason) };
        (outcome, self.direct.send(request).unwrap_or_else(|error| unreachable(&error)))
    }
}

/// The request as people read it.
fn name(request: &Request, question: Option<&Question>) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let operation = match question {
        Some(Question::GraphQl { operation: Some(operation), .. }) => format!(" {operation}"),
        _ => String::new(),
    };
    format!("{} {}{path}{operation}", request.method, request.header(HOST).unwrap_or_default())
}

fn unreachable(error: &Error) -> Reply {
    refusal(StatusCode::BAD_GATEWAY, &format!("octopool: {}", error.headline()))
}

/// An error in GitHub's form.
fn refusal(status: StatusCode, message: &str) -> Reply {
    json_reply(status, &json!({"message": message, "documentation_url": "https://docs.github.com/rest"}))
}

fn json_reply(status: StatusCode, body: &Value) -> Reply {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
    Reply { status, headers, body: Body::whole(body.to_string().into_bytes()) }
}
