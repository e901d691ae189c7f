//! Terraform's GitHub provider.
//!
//! NOT RUN here: the provider itself. It is only published as a binary in Terraform's registry and
//! on GitHub's release pages, which tests do not reach; no package of npm, crates.io, Debian or
//! Python has it. So the configuration is parsed as Terraform parses it, and what the provider
//! sends for it is sent here: `getBaseURL`, `NewRESTClient` and `configureProviderMeta` of
//! <https://github.com/integrations/terraform-provider-github> at 6.x say which requests these are.

use serde_json::{Value, json};

use super::machine::Machine;
use super::{Block, Ran, exactly};

/// What the provider's own transport makes of go-github's header.
const ACCEPT: &str = "application/vnd.github.v3+json,application/vnd.github.stone-crop-preview+json";

struct Provider {
    base: String,
    token: String,
    agent: ureq::Agent,
}

impl Provider {
    /// `token` is the value of the variable.
    fn of(configuration: &Value, server: &str, token: &str) -> Self {
        let provider = &configuration["provider"]["github"];
        assert_eq!(provider["token"], "${var.octopool_token}");
        assert_eq!(configuration["variable"]["octopool_token"]["sensitive"], true);
        let base = provider["base_url"].as_str().unwrap().replace("https://your-octopool.example", server);
        // A server that is not GitHub's own, to which the provider adds the paths itself.
        let base = base.trim_end_matches('/').trim_end_matches("/api/v3").to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        Self { base, token: token.to_owned(), agent }
    }

    fn get(&self, path: &str, accept: &str) -> (u16, Value) {
        let request = self.agent.get(format!("{}/api/v3/{path}", self.base)).header("accept", accept);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let mut response = request.header("x-github-api-version", "2022-11-28").call().unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&body).unwrap())
    }

    fn send(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.agent.post(format!("{}/{path}", self.base)).header("accept", ACCEPT);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let mut response = request.header("content-type", "application/json").send(body.to_string()).unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&body).unwrap())
    }
}

pub(super) fn terraform(blocks: &[Block]) -> Ran {
    let [block] = exactly(blocks);
    let configuration: Value = hcl::from_str(block.text("hcl")).unwrap();
    let machine = Machine::new();
    let provider = Provider::of(&configuration, &machine.deployment.url(), &machine.token);
    let owner = configuration["provider"]["github"]["owner"].as_str().unwrap();
    let repository = &configuration["data"]["github_repository"]["rocket"]["full_name"];
    let repository = repository.as_str().unwrap();
    // The newer client of the provider leaves the header as go-github has it.
    for accept in [ACCEPT, "application/vnd.github.v3+json"] {
        // Older versions ask for an organization of this name first, and go on without it.
        let (status, body) = provider.get(&format!("orgs/{owner}"), accept);
        assert!((400..500).contains(&status) && body["message"].is_string(), "{status} {body}");
        // Without `owner` the account is that of the token.
        for (path, name, expected) in [
            (format!("users/{owner}"), "login", owner),
            ("user".to_owned(), "login", "hubot"),
            (format!("repos/{repository}"), "full_name", repository),
            (format!("repos/{repository}/branches/main"), "name", "main"),
        ] {
            let (status, body) = provider.get(&path, accept);
            assert_eq!((status, body[name].as_str()), (200, Some(expected)), "{path}: {body}");
        }
    }
    let query = json!({"query": "query($owner:String!$name:String!){repository(owner: $owner, name: $name){id}}",
        "variables": {"owner": "acme", "name": "rocket"}});
    let (status, body) = provider.send("api/graphql", &query);
    assert!(status == 200 && body["data"]["repository"]["id"].is_string(), "{body}");
    // A resource is refused, in GitHub's form.
    let (status, body) = provider.send("api/v3/orgs/acme/repos", &json!({"name": "new"}));
    assert!((400..500).contains(&status) && body["message"].is_string(), "{status} {body}");
    Ran::Yes
}
