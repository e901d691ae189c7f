//! The commands that mend what a verification finds.

use super::facts::{Site, Subject};
use crate::github::Place;

/// The command that sets the identity's secret, with what to give it.
pub(super) fn put_secret(subject: &Subject, with: &str) -> String {
    format!("npx wrangler secret put {}  # {with}", subject.secret_ref)
}

/// The command that sets the identity's key from the file that GitHub hands out.
pub(super) fn put_key(subject: &Subject) -> String {
    format!("npx wrangler secret put {} < your-app.private-key.pem", subject.secret_ref)
}

/// The command that sets the App id.
pub(super) fn put_app_id(site: &Site) -> String {
    format!(
        "npx wrangler secret put OCTOPOOL_GITHUB_APP_ID  # the number under \"About\" on the App's page: {}",
        apps(site)
    )
}

/// The same verification once more.
pub(super) fn retry(subject: &Subject, note: &str) -> String {
    format!("octopool admin identities verify {} --pool {}  # {note}", subject.id, subject.pool)
}

/// A change of the identity.
pub(super) fn update(subject: &Subject, change: &str) -> String {
    format!("octopool admin identities update {} --pool {} {change}", subject.id, subject.pool)
}

/// Another installation.
pub(super) fn other_installation(subject: &Subject, owner: &str, site: &Site) -> String {
    let change = "--installation-id NUMBER  # the number at the end of its address, behind \"Configure\" at";
    format!("{} {}", update(subject, change), installations(owner, site))
}

/// All scopes anew, each as `change` says; `None` leaves one out. Without any left the identity can only be taken out.
pub(super) fn rescope(subject: &Subject, change: impl Fn(&Place) -> Option<String>) -> String {
    let mut options = Vec::new();
    let mut private = false;
    for scope in &subject.scopes {
        let Some(place) = &scope.place else {
            options.push("--scope '*'".to_owned());
            continue;
        };
        if let Some(name) = change(place) {
            private |= scope.allow_private && place.repo.is_none();
            options.push(format!("--scope {name}"));
        }
    }
    if options.is_empty() {
        return format!("octopool admin identities disable {} --pool {}", subject.id, subject.pool);
    }
    let private = if private { " --private-scopes" } else { "" };
    update(subject, &format!("{}{private}", options.join(" ")))
}

/// Adds repositories to a selection (<https://docs.github.com/en/rest/apps/installations#add-a-repository-to-an-app-installation>).
pub(super) fn select(installation: i64, places: &[&Place]) -> String {
    let commands = places.iter().map(|place| {
        format!(
            "gh api --method PUT \"user/installations/{installation}/repositories/$(gh api repos/{place} --jq .id)\""
        )
    });
    commands.collect::<Vec<_>>().join(" && ")
}

/// The page of an installation, and what to do there.
pub(super) fn installation_page(owner: &str, installation: i64, note: &str, site: &Site) -> String {
    format!("open {}/{installation}  # {note}", installations(owner, site))
}

/// Where the App's permissions are set and where they are accepted.
pub(super) fn permissions_page(owner: &str, installation: i64, site: &Site) -> String {
    format!(
        "open {}  # \"Permissions & events\"; then accept: {}/{installation}",
        apps(site),
        installations(owner, site)
    )
}

/// Where a token is let into an organization.
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

/// Makes an account a member of an organization
/// (<https://docs.github.com/en/rest/orgs/members#set-organization-membership-for-a-user>).
pub(super) fn invite(org: &str, login: &str) -> String {
    format!(
        "gh api --method PUT orgs/{org}/memberships/{login}  # by an owner of {org}; {login} then accepts"
    )
}

/// Where tokens are made.
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
