//! Checks that a server is octopool before a secret is sent to it.

use octopool_api_types::{Discovery, paths};
use semver::Version;

use crate::error::{Error, Result};
use crate::http::{PlainHttp, Server};
use crate::server_url::ServerUrl;

/// A server that this version can log in to.
pub(crate) struct Destination {
    /// Its API.
    pub(crate) server: Server,
    /// The pool of a login that names none.
    pub(crate) default_pool: String,
    /// The server's `Date` header.
    pub(crate) date: Option<String>,
}

/// Reads the server's discovery document and follows it to the API. An API on another origin has to
/// be trusted explicitly: otherwise an attacker who controls the document would get a GitHub token.
pub(crate) fn discover(url: ServerUrl, plain_http: PlainHttp, trusts_redirect: bool) -> Result<Destination> {
    let server = Server::new(url, plain_http)?;
    let answer = server.get(paths::DISCOVERY).map_err(|error| {
        let is_foreign = matches!(error.code(), "unexpected_answer" | "not_found");
        if is_foreign { no_octopool(server.url()) } else { error }
    })?;
    let document: Discovery = answer.decode().map_err(|_| no_octopool(server.url()))?;
    check(&document, server.url(), env!("CARGO_PKG_VERSION"))?;
    let api = ServerUrl::parse(&document.api_base).map_err(|_| no_octopool(server.url()))?;
    if api.origin() != server.url().origin() && !trusts_redirect {
        return Err(Error::failed(
            "redirected",
            format!("{} says that its API is at {}.", server.url(), api.origin()),
        )
        .hint(format!("If you trust it, run `octopool login {api}`, or add `--trust-discovery-redirect`.")));
    }
    let date = answer.date().map(str::to_owned);
    Ok(Destination { server: Server::new(api, plain_http)?, default_pool: document.default_pool, date })
}

fn check(document: &Discovery, url: &ServerUrl, own_version: &str) -> Result<()> {
    if document.service != "octopool" || document.version < 1 {
        return Err(no_octopool(url));
    }
    if !document.auth.cli_github_token {
        return Err(Error::failed(
            "login_not_offered",
            format!("{url} does not offer a login with a GitHub token."),
        )
        .hint("Ask its operator how to log in."));
    }
    let minimum =
        Version::parse(document.min_cli_version.trim_start_matches('v')).map_err(|_| no_octopool(url))?;
    let is_new_enough = Version::parse(own_version).is_ok_and(|own| own >= minimum);
    if is_new_enough {
        return Ok(());
    }
    Err(Error::failed(
        "upgrade_required",
        format!("{url} requires octopool {minimum} or newer; this is {own_version}."),
    )
    .hint("Upgrade: in a current checkout of octopool, run `cargo install --path cli`."))
}

fn no_octopool(url: &ServerUrl) -> Error {
    Error::failed(
        "not_octopool",
        format!("{url} is not an octopool server, or not one that this version supports."),
    )
    .hint("Check the URL with the server's operator.")
}

#[cfg(test)]
mod tests {
    use octopool_api_types::{AuthMethods, Discovery};

    use super::check;
    use crate::server_url::ServerUrl;

    fn document() -> Discovery {
        Discovery {
            service: "octopool".into(),
            version: 1,
            api_base: "https://a.example".into(),
            app_base: "https://a.example".into(),
            default_pool: "maintainers".into(),
            allowed_org: "acme".into(),
            auth: AuthMethods { cli_github_token: true, web_login: false },
            min_cli_version: "0.2.2".into(),
        }
    }

    fn problem(document: &Discovery) -> Option<String> {
        let url = ServerUrl::parse("a.example").unwrap();
        check(document, &url, "0.10.0").err().map(|error| error.code().to_owned())
    }

    #[test]
    fn an_octopool_server_is_accepted() {
        assert_eq!(problem(&document()), None);
        assert_eq!(problem(&Discovery { version: 2, ..document() }), None);
        assert_eq!(problem(&Discovery { min_cli_version: "v0.10.0".into(), ..document() }), None);
    }

    #[test]
    fn other_servers_are_not() {
        for (document, code) in [
            (Discovery { service: "other".into(), ..document() }, "not_octopool"),
            (Discovery { version: 0, ..document() }, "not_octopool"),
            (Discovery { min_cli_version: "soon".into(), ..document() }, "not_octopool"),
            (Discovery { min_cli_version: "0.10.1".into(), ..document() }, "upgrade_required"),
            (Discovery { min_cli_version: "1.0.0".into(), ..document() }, "upgrade_required"),
            (
                Discovery { auth: AuthMethods { cli_github_token: false, web_login: true }, ..document() },
                "login_not_offered",
            ),
        ] {
            assert_eq!(problem(&document).as_deref(), Some(code), "{document:?}");
        }
    }
}
