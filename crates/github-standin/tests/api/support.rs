//! The seed, served; clients that carry who they are.

use octopool_github_standin::{Credentials, GithubStandin, State, demo, sign_jwt};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// The seed of the README on a free port.
pub(crate) struct Demo {
    pub(crate) github: GithubStandin,
    pub(crate) credentials: Credentials,
    http: reqwest::Client,
}

/// Starts it.
pub(crate) async fn demo() -> Demo {
    let credentials = Credentials::generate().unwrap();
    let github = GithubStandin::start(State::demo(&credentials).unwrap()).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    Demo { github, credentials, http }
}

impl Demo {
    /// Without a credential.
    pub(crate) fn anon(&self) -> Client {
        Client { http: self.http.clone(), base: self.github.base_url().to_owned(), authorization: None }
    }

    /// With this credential.
    pub(crate) fn bearer(&self, credential: &str) -> Client {
        Client { authorization: Some(format!("Bearer {credential}")), ..self.anon() }
    }

    /// The token that has `read:org` only.
    pub(crate) fn org(&self) -> Client {
        self.bearer(&self.credentials.tokens.org)
    }

    pub(crate) fn mona(&self) -> Client {
        self.bearer(&self.credentials.tokens.mona)
    }

    pub(crate) fn hubot(&self) -> Client {
        self.bearer(&self.credentials.tokens.hubot)
    }

    pub(crate) fn mallory(&self) -> Client {
        self.bearer(&self.credentials.tokens.mallory)
    }

    pub(crate) fn newbie(&self) -> Client {
        self.bearer(&self.credentials.tokens.newbie)
    }

    /// The App, with a JWT as its documentation recommends.
    pub(crate) fn app(&self) -> Client {
        let now = self.now();
        self.bearer(&self.jwt(&json!({ "iss": demo::APP, "iat": now - 60, "exp": now + 540 })))
    }

    /// Claims signed with the App's key.
    pub(crate) fn jwt(&self, claims: &Value) -> String {
        sign_jwt(&self.credentials.app_private_key_pem, claims).unwrap()
    }

    /// A fresh installation token.
    pub(crate) async fn installation(&self) -> Client {
        let path = format!("/app/installations/{}/access_tokens", demo::INSTALLATION);
        let answer = self.app().post(&path, &json!({})).await;
        self.bearer(answer.body["token"].as_str().expect("a token"))
    }

    pub(crate) fn now(&self) -> i64 {
        self.github.edit(|state| state.clock.now())
    }
}

/// One way to ask.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    authorization: Option<String>,
}

/// An answer; `body` is null when it is not JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Client {
    /// The value of `Authorization` as it is.
    pub(crate) fn with_authorization(self, authorization: &str) -> Self {
        Self { authorization: Some(authorization.to_owned()), ..self }
    }

    /// A request that can still be changed.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).header("user-agent", "tests");
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.post("/graphql", &json!({ "query": query, "variables": variables })).await
    }
}

/// Sends a request and reads all of the answer.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a whole body");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, headers, body, text }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Status and message: what a refusal is.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.message())
    }
}
