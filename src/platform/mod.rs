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

use ::http::{HeaderValue, header};
use axum::body::Body;
use body::LazyBody;
use http_body_util::BodyExt as _;
use worker::send::SendWrapper;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

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

/// One request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
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
fn head(request: &Request) -> Option<::http::Request<()>> {
    let text = bridge::head(request.inner());
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
    let config = CONFIG.get_or_init(|| Config::parse(|name| secrets::bound(&env, name)).map(Arc::new));
    let ports = Ports {
        database: Box::new(database::D1::new(&env)),
        http: Box::new(fetch::Fetch),
        signer: Box::new(signer::WebCrypto),
        coordinators: Box::new(coordinator::Objects(env.clone())),
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
async fn answer(response: ::http::Response<Body>) -> worker::Result<Response> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| worker::Error::RustError(error.to_string()))?.to_bytes();
    Ok(bridge::respond(parts.status.as_u16(), &bridge::header_pairs(&parts.headers), &body).into())
}
