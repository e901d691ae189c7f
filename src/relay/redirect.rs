//! Downloads: GitHub answers them with a redirect to a host that serves content, and the caller
//! gets that redirect. The address is signed, so possession of it is access to the file. It is
//! never kept and never shared.

use http::{StatusCode, header};
use octopool_core::relay::{Gate, Holds, Media, Redirect, Route};

use super::answer::{Answer, Asked};
use super::error::Failure;
use super::rest::Rest;
use crate::address::Address;

/// The API of github.com. Any other base is an Enterprise Server.
const GITHUB_COM: &str = "api.github.com";

/// Hosts of github.com that serve files
/// (<https://docs.github.com/en/actions/reference/runners/self-hosted-runners#communication>):
/// archives of source, files of releases, and what workflows leave behind.
const CONTENT_HOSTS: [&str; 5] = [
    "codeload.github.com",
    "github-releases.githubusercontent.com",
    "objects-origin.githubusercontent.com",
    "objects.githubusercontent.com",
    "release-assets.githubusercontent.com",
];
/// Where logs and artifacts of workflows are.
const ACTIONS_HOSTS: [&str; 2] = [".actions.githubusercontent.com", ".blob.core.windows.net"];
/// Hosts of an Enterprise Server with subdomain isolation
/// (<https://docs.github.com/en/enterprise-server@latest/admin/configuring-settings/hardening-security-for-your-enterprise/enabling-subdomain-isolation>).
const ENTERPRISE_SUBDOMAINS: [&str; 2] = ["codeload.", "media."];

/// Whether the answer to this question is a signed address or the bytes behind it. Such a question
/// is asked for each caller anew: no cache is looked into and no flight is joined.
pub(super) fn is_download(route: &Route, media: Media) -> bool {
    match route.redirect {
        Redirect::None | Redirect::FollowLog => false,
        // A file of a release is described in JSON unless its bytes are asked for; the others are
        // bytes only.
        Redirect::PassOn => route.holds == Holds::Bytes || media == Media::Bytes,
    }
}

/// GitHub's redirect as the caller gets it, if it leads where GitHub's files are. `api` is GitHub's
/// base.
pub(super) fn passed_on<B>(
    response: &http::Response<B>,
    rest: &Rest<'_>,
    asked: &Asked<'_>,
    api: &str,
) -> Result<Answer, Failure> {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.filter(|location| {
        response.status() == StatusCode::FOUND && is_content(location, api, rest.route.gate)
    });
    Ok(Answer::redirect(response.headers(), location.ok_or(Failure::Redirect)?, asked))
}

/// Whether the address is one of a host that GitHub documents for what this gate is about.
fn is_content(location: &str, api: &str, gate: Gate) -> bool {
    let (Some(address), Some(api)) = (Address::parse(location), Address::parse(api)) else { return false };
    let (host, github) = (address.host(), api.host());
    // Plain http is for a stand-in on this machine only (`config.rs`). It stands for github.com,
    // and serves its files itself.
    let stand_in = !api.is_https() && api.is_loopback();
    if stand_in && address.is_same_origin(&api) {
        return true;
    }
    if !address.is_https() {
        return false;
    }
    if github != GITHUB_COM && !stand_in {
        let subdomain = ENTERPRISE_SUBDOMAINS.iter().any(|prefix| host == format!("{prefix}{github}"));
        return address.is_same_origin(&api) || subdomain && !address.has_port();
    }
    // Anybody can have a store among the hosts of Azure, so they count only for what is kept there.
    let actions = gate == Gate::Logs && ACTIONS_HOSTS.iter().any(|suffix| host.ends_with(suffix));
    !address.has_port() && (CONTENT_HOSTS.contains(&host.as_str()) || actions)
}

#[cfg(test)]
mod tests {
    use super::{Gate, is_content};

    const COM: &str = "https://api.github.com";

    #[test]
    fn files_are_at_hosts_that_github_documents() {
        for (location, gate) in [
            ("https://codeload.github.com/a/b/legacy.tar.gz/refs/heads/main?token=x", Gate::Open),
            ("https://objects.githubusercontent.com/x?X-Amz-Signature=y", Gate::Open),
            ("https://release-assets.githubusercontent.com/x?sp=r&sig=y%3D", Gate::Open),
            ("https://Release-Assets.githubusercontent.com/x", Gate::Open),
            ("https://productionresultssa0.blob.core.windows.net/x?sig=y", Gate::Logs),
            ("https://pipelines.actions.githubusercontent.com/x", Gate::Logs),
        ] {
            assert!(is_content(location, COM, gate), "{location}");
        }
        for location in [
            "",
            "/relative",
            "//codeload.github.com/x",
            "http://codeload.github.com/x",
            "https://codeload.github.com:8443/x",
            "https://codeload.github.com:443/x",
            "https://user@codeload.github.com/x",
            "https://codeload.github.com@evil.example/x",
            "https://codeload.github.com.evil.example/x",
            "https://evil.example/codeload.github.com",
            "https://evilcodeload.github.com/x",
            "https://codeload.github.com\\@evil.example/",
            "https://codeload.github.com/x#y",
            "https://api.github.com/x",
            "https://github.com/x",
            "https://raw.githubusercontent.com/x",
            "https://blob.core.windows.net/x",
            "https://evil.blob.core.windows.net.evil.example/x",
            "http://127.0.0.1/x",
        ] {
            for gate in [Gate::Open, Gate::Logs] {
                assert!(!is_content(location, COM, gate), "{location}");
            }
        }
        assert!(!is_content("https://evil.blob.core.windows.net/x", COM, Gate::Open), "no release is there");
    }

    #[test]
    fn an_enterprise_server_serves_its_files_itself() {
        let api = "https://ghe.example/api/v3";
        for location in [
            "https://ghe.example/_codeload/a/b/legacy.zip/main",
            "https://codeload.ghe.example/a/b/legacy.zip/main",
            "https://media.ghe.example/x",
        ] {
            assert!(is_content(location, api, Gate::Open), "{location}");
        }
        for location in [
            "http://ghe.example/x",
            "https://ghe.example:8443/x",
            "https://other.ghe.example/x",
            "https://codeload.ghe.example:1/x",
            "https://codeload.github.com/x",
        ] {
            assert!(!is_content(location, api, Gate::Open), "{location}");
        }
        assert!(is_content("http://127.0.0.1:1/x", "http://127.0.0.1:1", Gate::Open), "the stand-in");
        assert!(!is_content("http://127.0.0.1:2/x", "http://127.0.0.1:1", Gate::Open));
        assert!(is_content("https://codeload.github.com/x", "http://127.0.0.1:1", Gate::Open));
        assert!(!is_content("https://evil.example/x", "http://127.0.0.1:1", Gate::Open));
    }
}
