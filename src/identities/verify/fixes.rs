//! The commands that fix what a verification finds.

use super::facts::{Site, Subject, SubjectScope};
use crate::github::Place;

/// Sets the identity's secret; `with` says to which value.
pub(super) fn put_secret(subject: &Subject, with: &str) -> String {
    format!("npx wrangler secret put {}  # {with}", subject.secret_ref)
}

/// Sets the identity's secret from the private key file that GitHub provides.
pub(super) fn put_key(subject: &Subject) -> String {
    format!("npx wrangler secret put {} < your-app.private-key.pem", subject.secret_ref)
}

/// Sets the App id: that of the identity if it names one, or the deployment's.
pub(super) fn put_app_id(subject: &Subject, site: &Site) -> String {
    if subject.app_id.is_some() {
        let change = "--app-id NUMBER  # the number under \"About\" on the App's page:";
        return format!("{} {}", update(subject, change), apps(site));
    }
    format!(
        "npx wrangler secret put OCTOPOOL_GITHUB_APP_ID  # the number under \"About\" on the App's page: {}",
        apps(site)
    )
}

/// Repeats the verification.
pub(super) fn retry(subject: &Subject, note: &str) -> String {
    format!("octopool admin identities verify {} --pool {}  # {note}", subject.id, subject.pool)
}

/// Changes the identity.
pub(super) fn update(subject: &Subject, change: &str) -> String {
    format!("octopool admin identities update {} --pool {} {change}", subject.id, subject.pool)
}

/// Sets another installation.
pub(super) fn other_installation(subject: &Subject, owner: &str, site: &Site) -> String {
    let change = "--installation-id NUMBER  # the number at the end of its address, behind \"Configure\" at";
    format!("{} {}", update(subject, change), installations(owner, site))
}

/// Replaces all scopes with what `change` returns for each; `None` removes one. If none is left,
/// the identity can only be disabled.
pub(super) fn rescope(subject: &Subject, change: impl Fn(&Place) -> Option<String>) -> String {
    let is_kept = |place: &Place| place.repo.is_none() && change(place).is_some();
    let private = subject.private_owners().any(is_kept);
    let mut options = Vec::new();
    for scope in &subject.scopes {
        match &scope.place {
            None => options.push("--scope '*'".to_owned()),
            Some(place) => {
                let repo = place.repo.is_some();
                let option = option(scope, repo || private);
                options.extend(change(place).map(|name| format!("{option} {name}")));
            }
        }
    }
    if options.is_empty() {
        return format!("octopool admin identities disable {} --pool {}", subject.id, subject.pool);
    }
    let private = if private { " --private-scopes" } else { "" };
    update(subject, &format!("{}{private}", options.join(" ")))
}

/// The CLI option for a scope, which must not become wider: `--scope` includes a private
/// repository, and with `--private-scopes` all private repositories of an owner.
pub(super) fn option(scope: &SubjectScope, means_private: bool) -> &'static str {
    if means_private && !scope.allow_private { "--public-scope" } else { "--scope" }
}

/// Adds repositories to the selected ones
/// (<https://docs.github.com/en/rest/apps/installations#add-a-repository-to-an-app-installation>).
pub(super) fn select(installation: i64, places: &[&Place]) -> String {
    let commands = places.iter().map(|place| {
        format!(
            "gh api --method PUT \"user/installations/{installation}/repositories/$(gh api repos/{place} --jq .id)\""
        )
    });
    commands.collect::<Vec<_>>().join(" && ")
}

/// Opens the page of an installation; `note` says what to do there.
pub(super) fn installation_page(owner: &str, installation: i64, note: &str, site: &Site) -> String {
    format!("open {}/{installation}  # {note}", installations(owner, site))
}

/// Opens the pages where the App's permissions are set and accepted.
pub(super) fn permissions_page(owner: &str, installation: i64, site: &Site) -> String {
    format!(
        "open {}  # \"Permissions & events\"; then accept: {}/{installation}",
        apps(site),
        installations(owner, site)
    )
}

/// Opens the page where a token is authorized for an organization.
pub(super) fn authorize_token(fine_grained: bool, owner: &str, site: &Site) -> String {
    if fine_grained {
        return format!(
            "open {}/settings/personal-access-tokens  # and follow the token policy of {owner}",
            site.web
        );
    }
    format!(
        "open {}/settings/tokens  # \"Configure SSO\" of the token, then \"Authorize\" beside {owner}",
        site.web
    )
}

/// Invites an account to an organization
/// (<https://docs.github.com/en/rest/orgs/members#set-organization-membership-for-a-user>).
pub(super) fn invite(org: &str, login: &str) -> String {
    format!(
        "gh api --method PUT orgs/{org}/memberships/{login}  # by an owner of {org}; {login} then accepts"
    )
}

/// The page where a new token is created.
pub(super) fn new_token(fine_grained: bool, site: &Site) -> String {
    let page = if fine_grained { "personal-access-tokens" } else { "tokens" };
    format!("a new token from {}/settings/{page}", site.web)
}

fn apps(site: &Site) -> String {
    format!("{}/organizations/{}/settings/apps", site.web, site.org)
}

fn installations(owner: &str, site: &Site) -> String {
    format!("{}/organizations/{owner}/settings/installations", site.web)
}
