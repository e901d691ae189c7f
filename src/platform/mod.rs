//! workerd: the only files that name `worker`, `web_sys` or `js_sys`. Adapters for the ports and
//! the event that starts it all; nothing here branches on what a value means.

mod background;
mod body;
mod bridge;
mod clock;
mod coordinator;
mod database;
mod edge_cache;
mod fetch;
mod log;
mod secrets;
mod signer;

use std::sync::{Arc, OnceLock};
use std::task::{self, Poll, Waker};

use ::http::{HeaderValue, header};
use axum::body::Body;
use body::LazyBody;
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use worker::send::SendWrapper;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::isolate::Isolate;
use crate::ports::Ports;
use crate::ports::costs::{self, Costs};
use crate::ports::{Background, SystemEntropy};
use crate::{maintenance, routes};

/// The settings of a deployed version never change, so an isolate reads them once.
static CONFIG: OnceLock<Result<Arc<Config>, ConfigError>> = OnceLock::new();

/// Once per isolate. A panic is written to the log; `worker-build`'s shim then starts a fresh
/// instance, so that it costs this one request.
#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// One request. Not `#[event(fetch)]`, which makes a promise of every answer and reads the method,
/// the URL, the headers and `cf` of every request one by one: about a third of the CPU time of a
/// short answer. Whatever needs nothing from outside is answered at once; anything else is polled
/// a second time as a promise, which a future has to allow.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: worker::worker_sys::Context) -> JsValue {
    let mut response = Box::pin(respond(request, env, Context::new(context)));
    match response.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => response.into(),
        Poll::Pending => future_to_promise(response.map(|response| Ok(response.into()))).into(),
    }
}

async fn respond(request: web_sys::Request, env: Env, context: Context) -> web_sys::Response {
    let costs = Arc::default();
    // The URL parser of workerd takes more than `http::Uri` does: such a path names nothing here.
    let head = head(&request).unwrap_or_else(routes::unreadable);
    let declared = content_length(&head);
    let body = LazyBody::of(request, declared);
    let request = head.map(|()| Body::new(body.clone()));
    let mut response = match app(env, Box::new(background::WaitUntil(context)), &costs) {
        Ok(app) => routes::answer(app, request).await,
        Err((error, ports)) => routes::misconfigured(error, Arc::new(ports), request).await,
    };
    show(&costs, &mut response);
    body.finish().await;
    answer(response).await
}

/// What `[triggers]` of `wrangler.toml` asks for every few minutes.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, context: ScheduleContext) {
    // A request reports wrong settings; here nobody could read the report.
    let background = Box::new(background::ScheduledWaitUntil(SendWrapper::new(context)));
    if let Ok(app) = app(env, background, &Arc::default()) {
        maintenance::run(&app).await;
    }
}

/// How long the body says that it is; one in chunks does not.
fn content_length(head: &::http::Request<()>) -> Option<u64> {
    head.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The request without its body. Taken apart here, because the conversion of `worker` begins to
/// read the body. `None` if it is one that `http` cannot hold.
fn head(request: &web_sys::Request) -> Option<::http::Request<()>> {
    let text = bridge::head(request);
    let (method, url, headers): (String, String, _) = crate::json::from_slice(text.as_bytes()).ok()?;
    let mut head = ::http::Request::builder().method(method.as_str()).uri(url).body(()).ok()?;
    *head.headers_mut() = bridge::headers_of(headers);
    Some(head)
}

/// Puts the application together, with what the isolate remembers of earlier requests.
fn app(
    env: Env,
    background: Box<dyn Background>,
    costs: &Arc<Costs>,
) -> Result<App, (&'static ConfigError, Ports)> {
    static ISOLATE: OnceLock<Arc<Isolate>> = OnceLock::new();
    let config = CONFIG
        .get_or_init(|| Config::parse(|name| env.var(name).ok().map(|var| var.to_string())).map(Arc::new));
    let env = Arc::new(env);
    let ports = Ports {
        database: Box::new(database::D1::new(Arc::clone(&env))),
        http: Box::new(fetch::Fetch),
        signer: Box::new(signer::WebCrypto),
        coordinators: Box::new(coordinator::Objects(Arc::clone(&env))),
        edge_cache: Box::new(edge_cache::CacheApi),
        secrets: Box::new(secrets::EnvSecrets(env)),
        clock: Box::new(clock::JsClock),
        timer: Box::new(clock::JsTimer),
        entropy: Box::new(SystemEntropy),
        log: Box::new(log::Console),
        background,
    };
    match config {
        Ok(config) => {
            let ports = if config.show_costs { costs.count(ports) } else { ports };
            let isolate = Arc::clone(ISOLATE.get_or_init(Arc::default));
            Ok(App::new(Arc::clone(config), ports).remembering(isolate))
        }
        Err(error) => Err((error, ports)),
    }
}

/// Says what the answer cost, if the settings ask for it.
fn show(costs: &Costs, response: &mut ::http::Response<Body>) {
    let wanted = CONFIG.get().and_then(|config| config.as_ref().ok()).is_some_and(|config| config.show_costs);
    if let Ok(value) = HeaderValue::try_from(costs.to_string())
        && wanted
    {
        response.headers_mut().insert(costs::HEADER, value);
    }
}

/// Hands the answer over as one piece. Every answer of this API is small and complete, and a stream
/// would cost a call between JavaScript and wasm per chunk and hide the length.
async fn answer(response: ::http::Response<Body>) -> web_sys::Response {
    let (parts, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => {
            let headers = bridge::header_pairs(&parts.headers);
            bridge::respond(parts.status.as_u16(), &headers, &body.to_bytes())
        }
        Err(error) => {
            worker::console_error!("the body of an answer: {error}");
            bridge::respond(500, "[]", &[])
        }
    }
}
