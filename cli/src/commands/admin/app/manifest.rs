//! The manifest of an App: its name, and the permissions that the relay reads with.

use std::collections::BTreeMap;

use octopool_core::relay::READ_PERMISSIONS;
use serde_json::{Value, json};

use crate::server_url::ServerUrl;

/// "The name … cannot be longer than 34 characters"
/// (<https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app>).
const LONGEST_NAME: usize = 34;
/// The longest name of a Worker's secret that octopool accepts.
const LONGEST_SECRET: usize = 128;

/// The manifest
/// (<https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters>).
/// A private App without a webhook: GitHub wants the address of one all the same, and refuses one
/// that the Internet cannot reach.
pub(super) fn manifest(name: &str, server: &ServerUrl, redirect_url: &str) -> Value {
    let homepage = server.to_string();
    let hook = if server.is_loopback() { "https://example.com" } else { &homepage };
    let permissions: BTreeMap<_, _> = READ_PERMISSIONS.into_iter().map(|name| (name, "read")).collect();
    json!({
        "name": name,
        "url": homepage,
        "description": "Reads GitHub for an octopool server.",
        "hook_attributes": { "url": hook, "active": false },
        "redirect_url": redirect_url,
        "public": false,
        "default_permissions": permissions,
        "default_events": [],
    })
}

/// The name to suggest for an App of a pool. The owner can change it on GitHub's page: it has to be
/// unique there.
pub(super) fn suggested_name(owner: Option<&str>, pool: &str) -> String {
    format!("octopool-{}", owner.unwrap_or(pool)).chars().take(LONGEST_NAME).collect()
}

/// The Worker secret for the key of an App, which no other secret is called.
pub(super) fn secret_name(slug: &str, taken: &[String]) -> String {
    let upper = slug.to_ascii_uppercase();
    let words = upper.replace(|symbol: char| !symbol.is_ascii_alphanumeric(), "_");
    let name: String = format!("OCTOPOOL_APP_KEY_{words}").chars().take(LONGEST_SECRET - 4).collect();
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use octopool_core::SecretRef;

    use super::{manifest, secret_name, suggested_name};
    use crate::server_url::ServerUrl;

    #[test]
    fn it_asks_to_read_and_for_nothing_else() {
        let manifest = |server| {
            let server = ServerUrl::parse(server).unwrap();
            manifest("octopool-acme", &server, "http://127.0.0.1:1/callback")
        };
        let hook = |server| manifest(server)["hook_attributes"]["url"].clone();
        assert_eq!(hook("https://pool.example"), "https://pool.example");
        assert_eq!(hook("http://127.0.0.1:8787"), "https://example.com");
        let manifest = manifest("https://pool.example");
        let permissions = manifest["default_permissions"].as_object().unwrap();
        assert!(permissions.contains_key("contents") && permissions.values().all(|access| access == "read"));
        assert_eq!(
            (&manifest["public"], &manifest["hook_attributes"]["active"]),
            (&false.into(), &false.into())
        );
    }

    #[test]
    fn names_have_the_form_that_github_and_the_worker_take() {
        assert_eq!(suggested_name(Some("acme"), "team"), "octopool-acme");
        assert_eq!(suggested_name(None, &"x".repeat(60)).len(), 34);
        assert_eq!(secret_name("octopool-acme", &[]), "OCTOPOOL_APP_KEY_OCTOPOOL_ACME");
        let taken = ["OCTOPOOL_APP_KEY_A".to_owned(), "OCTOPOOL_APP_KEY_A_2".to_owned()];
        assert_eq!(secret_name("a", &taken), "OCTOPOOL_APP_KEY_A_3");
        assert!(SecretRef::parse(&secret_name(&"a-".repeat(90), &[])).is_ok());
    }
}
