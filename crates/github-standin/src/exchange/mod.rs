//! From a request to its answer, in the order GitHub goes through.
//!
//! A request is recorded, meets a fault or not, and then: `User-Agent`, route, credential, rate
//! limit, API version, the responder itself, `ETag`, the headers every answer has. Responders are
//! thin and synchronous; all of the above happens here, once.

mod effects;
mod headers;
mod repository_routes;
pub(crate) mod routes;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State as Shared};
use axum::response::Response;
use http::StatusCode;

use crate::call::answer::Answer;
use crate::call::caller::Caller;
use crate::call::site::Site;
use crate::call::urls::Urls;
use crate::call::{Call, Incoming, Params};
use crate::faults::Effect;
use crate::model::principal::Principal;
use crate::model::quotas::Resource;
use crate::model::{State, clock};
use crate::world::World;
use routes::Respond;

pub(crate) use effects::DropConnection;

/// No request to the routes here is larger than a few hundred bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Answers one request.
pub(crate) async fn exchange(Shared(world): Shared<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return Answer::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let incoming = Incoming::new(&parts, body);
    let (caller, record, effect) = world.admit(&incoming);
    match effect {
        Some(Effect::NeverAnswer) => pending().await,
        Some(Effect::DropConnection) => return effects::drop_connection(),
        Some(Effect::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
        _ => {}
    }
    let urls = Urls::new(world.base_url(), incoming.enterprise);
    let answer = world.with(|inner| {
        inner.served += 1;
        let exchange = Exchange { incoming: &incoming, effect: effect.as_ref(), urls: &urls };
        exchange.answer(&mut inner.state, caller, inner.served)
    });
    world.observe(&record, answer.status);
    effects::into_response(answer, effect.as_ref())
}

struct Exchange<'a> {
    incoming: &'a Incoming,
    effect: Option<&'a Effect>,
    urls: &'a Urls,
}

impl Exchange<'_> {
    fn answer(&self, state: &mut State, caller: Result<Caller, Answer>, serial: u64) -> Answer {
        if self.incoming.header("user-agent").unwrap_or_default().is_empty() {
            return user_agent_required();
        }
        let route = routes::find(&self.incoming.method, &self.incoming.path);
        let replacement = self.effect.and_then(effects::replacement);
        if route.is_none() && replacement.is_none() && !self.has_stray_slash() {
            return self.no_such_route();
        }
        let (docs, resource, pattern) = match &route {
            Some((route, _)) => (route.docs, route.resource, route.pattern),
            None => ("rest", Some(Resource::Core), ""),
        };
        let (caller, refusal) = match caller {
            Ok(caller) => (caller, None),
            Err(refusal) => (Caller::anonymous(), Some(refusal)),
        };
        let principal = caller.principal();
        if self.effect == Some(&Effect::ExhaustQuota) {
            state.exhaust(principal, resource.unwrap_or(Resource::Core));
        }
        let answer = replacement
            .or(refusal)
            .or_else(|| resource.and_then(|resource| exhausted(state, principal, resource)))
            .or_else(|| headers::refuse_version(self.incoming));
        let answer = answer.unwrap_or_else(|| match route {
            Some((route, params)) => self.respond(state, &caller, route, params),
            None => self.no_such_route(),
        });
        let answer = effects::distort(answer, self.effect).documented(docs);
        let answer = headers::revalidate(answer, self.incoming, &caller);

        let now = state.clock.now();
        let quota = state.quotas.window(principal, resource.unwrap_or(Resource::Core), now);
        // "Making a conditional request does not count against your primary rate limit if a 304
        // response is returned and the request was made while correctly authorized": best practices
        // for the REST API, "Use conditional requests".
        let free = answer.status == StatusCode::NOT_MODIFIED && principal != Principal::Anonymous;
        if resource.is_some() && !free {
            quota.spend(answer.points);
        }
        // This GitHub's time, not the machine's, which the server would put there.
        let answer = answer.with_header(http::header::DATE, clock::http_date(now));
        let answer = headers::with_scopes(answer, &caller, pattern);
        let answer = headers::complete(answer, self.incoming, &caller, *quota, resource, serial);
        effects::change_headers(answer, self.effect)
    }

    fn respond(&self, state: &mut State, caller: &Caller, route: &routes::Route, params: Params) -> Answer {
        let call = Call {
            params,
            path: &self.incoming.path,
            query: &self.incoming.query,
            accept: self.incoming.header("accept").unwrap_or_default(),
            body: &self.incoming.body,
            caller,
            urls: self.urls,
            now: state.clock.now(),
        };
        let outcome = match route.respond {
            Respond::Any(respond) => respond(state, &call),
            Respond::Repository(permission, respond) => {
                Site::enter(state, &call, permission).and_then(|site| respond(&site))
            }
        };
        outcome.unwrap_or_else(|refusal| refusal)
    }

    /// Whether the path ends with a slash or has two in a row. Where no parameter takes them in,
    /// GitHub answers 404: it knows `/repos/acme/rocket/issues`, and neither `…/issues/` nor
    /// `…//issues`.
    fn has_stray_slash(&self) -> bool {
        let path = &self.incoming.path;
        path.len() > 1 && path.ends_with('/') || path.contains("//")
    }

    /// 501, so that a new call of a client is not mistaken for GitHub's 404.
    fn no_such_route(&self) -> Answer {
        let Incoming { method, path, .. } = self.incoming;
        if self.has_stray_slash() {
            return Answer::not_found();
        }
        Answer::refusal(StatusCode::NOT_IMPLEMENTED, format!("github-standin has no route {method} {path}"))
    }
}

/// <https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api>, "User agent
/// required". Not JSON on GitHub either.
fn user_agent_required() -> Answer {
    Answer::html(
        StatusCode::FORBIDDEN,
        "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header \
         (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
         https://developer.github.com for other possible causes.\r\n",
    )
}

/// The refusal of a request that has no budget left.
fn exhausted(state: &mut State, principal: Principal, resource: Resource) -> Option<Answer> {
    let now = state.clock.now();
    if state.quotas.window(principal, resource, now).remaining > 0 {
        return None;
    }
    let message = match principal {
        // Without a credential these two ask for one.
        Principal::Anonymous if matches!(resource, Resource::Graphql | Resource::CodeSearch) => return None,
        Principal::Anonymous => "API rate limit exceeded for 127.0.0.1. (But here's the good news: \
             Authenticated requests get a higher rate limit. Check out the documentation for more details.)"
            .to_owned(),
        Principal::Account(id) => format!("API rate limit exceeded for user ID {id}."),
        Principal::Installation(id) => format!("API rate limit exceeded for installation ID {id}."),
        Principal::App(id) => format!("API rate limit exceeded for app ID {id}."),
    };
    // "The response status will still be 200": rate limits of the GraphQL API, "Exceeding the rate
    // limit".
    if resource == Resource::Graphql {
        let error = serde_json::json!({ "type": "RATE_LIMITED", "message": message });
        return Some(Answer::ok(serde_json::json!({ "errors": [error] })));
    }
    let body = serde_json::json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
    });
    Some(Answer::json(StatusCode::FORBIDDEN, body))
}
