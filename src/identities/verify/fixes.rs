//! The commands that fix what a verification finds.

use std::fmt::Write as _;

use octopool_core::Forbidden;

use super::facts::{Site, Subject, SubjectScope};
use crate::github::Place;
use crate::github::probe::InstallationView;

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
    if !subject.registered {
        return format!("{}  # {note}", register(subject, true));
    }
    format!("octopool admin identities verify {} --pool {}  # {note}", subject.id, subject.pool)
}

/// Registers the identity that was refused. The caller adds what has to be otherwise, and the
/// scopes if they are left out.
fn register(subject: &Subject, with_scopes: bool) -> String {
    let Subject { id, pool, login, secret_ref, .. } = subject;
    let login = quoted(login);
    let mut command = format!(
        "octopool admin identity --pool {pool} --id {id} --login {login} --secret-ref {secret_ref} --verify"
    );
    // Writing into a `String` cannot fail.
    if let Some(installation) = subject.installation {
        let _ = write!(command, " --kind github_app --installation-id {}", installation.get());
    }
    if let Some(app_id) = &subject.app_id {
        let _ = write!(command, " --app-id {app_id}");
    }
    if with_scopes {
        for scope in &subject.scopes {
            let name = scope.place.as_ref().map_or_else(|| "'*'".to_owned(), ToString::to_string);
            let _ = write!(command, " --scope {name}");
        }
        if subject.private_owners().next().is_some() {
            command.push_str(" --private-scopes");
        }
    }
    command
}

/// An App's login has brackets, which shells expand.
fn quoted(login: &str) -> String {
    if login.contains('[') { format!("'{login}'") } else { login.to_owned() }
}

/// The command without the options that `change` names again.
fn without(command: &str, change: &str) -> String {
    let mut kept = Vec::new();
    let mut words = command.split(' ');
    while let Some(word) = words.next() {
        let is_named = change.split(' ').take_while(|word| *word != "#").any(|named| named == word);
        if word.starts_with("--") && word != "--verify" && word != "--private-scopes" && is_named {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// Changes the identity, or registers it with the change if it is not registered.
pub(super) fn update(subject: &Subject, change: &str) -> String {
    if !subject.registered {
        // A registration knows no `--public-scope`.
        let change = change.replace("--public-scope ", "--scope ");
        let command = register(subject, !change.contains("--scope "));
        return format!("{} {change}", without(&command, &change));
    }
    format!("octopool admin identities update {} --pool {} {change}", subject.id, subject.pool)
}

/// Sets another installation; `page` is the App's, if GitHub named it.
pub(super) fn other_installation(subject: &Subject, owner: &str, page: Option<&str>, site: &Site) -> String {
    let change = "--installation-id NUMBER  # the number at the end of its address, behind \"Configure\" at";
    let page = page.map_or_else(|| installations(owner, site), str::to_owned);
    format!("{} {page}", update(subject, change))
}

/// The App's public page, which leads to its installations and, for its owner, to its settings.
pub(super) fn app_page(slug: &str, site: &Site) -> String {
    format!("{}/apps/{slug}", site.web)
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
    if options.is_empty() && !subject.registered {
        return format!("{} --scope OWNER/REPO  # one that exists", register(subject, false));
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

/// The page of an installation: the one that GitHub names, because those of personal accounts and
/// enterprises are elsewhere, or that of an organization.
pub(super) fn page_of(
    view: Option<&InstallationView>,
    owner: &str,
    installation: i64,
    site: &Site,
) -> String {
    let named = view.and_then(|view| view.page.clone());
    named.unwrap_or_else(|| format!("{}/{installation}", installations(owner, site)))
}

/// Opens the page of an installation; `note` says what to do there.
pub(super) fn installation_page(page: &str, note: &str) -> String {
    format!("open {page}  # {note}")
}

/// Opens the page where the App's permissions are set, and says where they are accepted.
pub(super) fn permissions_page(app: Option<&str>, page: &str, site: &Site) -> String {
    let app = app.map_or_else(|| apps(site), |slug| app_page(slug, site));
    format!("open {app}  # \"App settings\", \"Permissions & events\"; then accept: {page}")
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

/// What helps against a 403, for the operator of the identity. `owner` is whose policy it is.
pub(super) fn against(
    cause: Forbidden,
    subject: &Subject,
    fine_grained: bool,
    owner: &str,
    site: &Site,
) -> String {
    let Site { web, .. } = site;
    let login = &subject.login;
    match cause {
        Forbidden::SingleSignOn => authorize_token(false, owner, site),
        Forbidden::FineGrainedToken => authorize_token(true, owner, site),
        Forbidden::ClassicToken => put_secret(
            subject,
            &format!(
                "a fine-grained token of {login}: {web}/settings/personal-access-tokens/new; or register a GitHub App \
                 installation"
            ),
        ),
        Forbidden::TokenLifetime => {
            put_secret(subject, &format!("{} that expires sooner", new_token(fine_grained, site)))
        }
        Forbidden::IpAllowList => format!(
            "open {web}/organizations/{owner}/settings/security  # an owner has to disable the IP allow list: Workers \
             have no fixed addresses"
        ),
        Forbidden::OauthApp | Forbidden::Scope | Forbidden::Permission => {
            put_secret(subject, &format!("{} of {login}", new_token(fine_grained, site)))
        }
        Forbidden::Integration => put_secret(
            subject,
            &format!(
                "a personal access token of {login}: {web}/settings/tokens; an App is of --kind github_app"
            ),
        ),
        Forbidden::AccountSuspended => put_secret(
            subject,
            "a token of another account; only https://support.github.com can restore this one",
        ),
        Forbidden::InstallationSuspended => {
            format!("open {}  # its owner has to unsuspend it", installations(owner, site))
        }
        Forbidden::NotAMember => invite(owner, login),
        Forbidden::Blocked => {
            update(subject, "--scope OWNER/REPO  # without what GitHub blocks; no other token is shown it")
        }
        Forbidden::Unexplained => authorize_token(fine_grained, owner, site),
    }
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
