//! The checks of the deployment, made from facts without I/O.

use octopool_core::Forbidden;

use super::schema;
use super::sql::Schema;
use crate::identities::{
    CHECK_API_URL, Check, Fault, LARGEST_SKEW_SECONDS, Refusal, Site, TokenFault, Verification, difference,
    not_of_github,
};

/// What was read about the deployment.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The schema; `None` if the database cannot be read.
    pub(crate) schema: Option<Schema>,
    /// Whether a coordinator replied.
    pub(crate) coordinator: bool,
    /// Whether there are `github_app` identities that name no App; `None` if that cannot be read.
    pub(crate) app_needed: Option<bool>,
    /// Whether the App id is valid; `None` if there is none.
    pub(crate) app_id: Option<bool>,
    /// What the org token can do.
    pub(crate) org: OrgFacts,
}

/// What was read about the org token.
#[derive(Debug, Default)]
pub(crate) struct OrgFacts {
    /// Whether the secret exists.
    pub(crate) bound: bool,
    /// Whether it is not blank.
    pub(crate) filled: bool,
    /// Why it cannot be a token; then it was not sent to GitHub.
    pub(crate) fault: Option<TokenFault>,
    /// Whether GitHub accepts it.
    pub(crate) account: Option<Result<(), Refusal>>,
    /// Whether it can read the membership of its own account.
    pub(crate) membership: Option<Result<bool, Refusal>>,
    /// Whether the organization exists; `None` if that was not requested or is unknown.
    pub(crate) org_exists: Option<bool>,
    /// Seconds by which the Worker's clock is ahead of GitHub's.
    pub(crate) skew: Option<i64>,
}

impl OrgFacts {
    /// Whether GitHub did not reply.
    pub(crate) fn is_github_down(&self) -> bool {
        matches!(self.account, Some(Err(Refusal::Unavailable(_) | Refusal::Malformed(_))))
    }
}

const PUT_ORG_TOKEN: &str = "npx wrangler secret put OCTOPOOL_GITHUB_ORG_TOKEN";
const AGAIN: &str = "octopool doctor  # try again later; outages are on https://www.githubstatus.com";

/// The checks of the deployment.
pub(crate) fn deployment(site: &Site, facts: &Facts) -> Vec<Check> {
    let mut checks = Verification::default();
    // Invalid settings are the response to every request, so this one would not have got here.
    checks.pass("configuration_valid");
    judge_database(&mut checks, facts.schema.as_ref());
    if facts.coordinator {
        checks.pass("coordinator_reachable");
    } else {
        let problem = "The Durable Object behind the binding POOL_COORDINATOR does not respond.";
        checks.fail(
            "coordinator_reachable",
            problem,
            "npm run deploy  # with [[durable_objects.bindings]] and [[migrations]] as in wrangler.toml",
        );
    }
    judge_org_token(&mut checks, site, &facts.org);
    if let Some(skew) = facts.org.skew {
        if skew.abs() > LARGEST_SKEW_SECONDS {
            let fix = "sudo timedatectl set-ntp true  # on the machine that runs the Worker";
            checks.fail("clock_agrees", difference(skew), fix);
        } else {
            checks.pass("clock_agrees");
        }
    }
    judge_app_id(&mut checks, facts);
    checks.checks
}

fn judge_database(checks: &mut Verification, schema: Option<&Schema>) {
    let Some(schema) = schema else {
        let problem = "The database behind the binding DB cannot be read.";
        return checks.fail(
            "database_reachable",
            problem,
            "npx wrangler d1 info DB  # check that it exists; `npm run deploy` creates it",
        );
    };
    checks.pass("database_reachable");
    let missing = schema::missing(schema);
    if !missing.is_empty() {
        let problem = format!("These migrations are not applied: {}.", missing.join(", "));
        return checks.fail("migrations_applied", problem, "npx wrangler d1 migrations apply DB --remote");
    }
    let unknown = schema::unknown(schema);
    if !unknown.is_empty() {
        let count = unknown.len();
        let problem = format!(
            "The database has {count} migrations that this Worker does not know: it is newer than the Worker."
        );
        return checks.fail("migrations_applied", problem, "npm run deploy  # from a current checkout");
    }
    checks.pass("migrations_applied");
}

fn judge_org_token(checks: &mut Verification, site: &Site, facts: &OrgFacts) {
    let org = site.org.as_str();
    if !facts.filled {
        let problem = if facts.bound {
            "The secret OCTOPOOL_GITHUB_ORG_TOKEN is blank."
        } else {
            "The deployment has no secret named OCTOPOOL_GITHUB_ORG_TOKEN."
        };
        return checks.fail("org_token_present", problem, put_org_token(org));
    }
    checks.pass("org_token_present");
    if let Some(fault) = facts.fault {
        let problem = format!("The secret OCTOPOOL_GITHUB_ORG_TOKEN {}", fault.problem());
        return checks.fail("org_token_accepted", problem, put_org_token(org));
    }
    match &facts.account {
        Some(Ok(())) => checks.pass("org_token_accepted"),
        Some(Err(refusal)) => return refused(checks, "org_token_accepted", site, refusal),
        None => return,
    }
    match &facts.membership {
        Some(Ok(true)) => checks.pass("org_token_reads_members"),
        Some(Ok(false) | Err(Refusal::NotFound)) if facts.org_exists == Some(false) => {
            let problem = format!(
                "GitHub knows no organization {org}: the setting ALLOWED_GITHUB_ORG is wrong, or the organization was \
                 renamed."
            );
            let fix = "npm run deploy  # after correcting ALLOWED_GITHUB_ORG under [vars] in wrangler.toml";
            checks.fail("org_token_reads_members", problem, fix);
        }
        Some(Ok(false) | Err(Refusal::NotFound | Refusal::Forbidden(Forbidden::Unexplained))) => {
            let problem = format!(
                "The org token cannot read the members of {org}: it lacks read:org, or its account is not a member."
            );
            checks.fail("org_token_reads_members", problem, put_org_token(org));
        }
        Some(Err(refusal)) => refused(checks, "org_token_reads_members", site, refusal),
        None => {}
    }
}

fn put_org_token(org: &str) -> String {
    format!("{PUT_ORG_TOKEN}  # a token with read:org of a member of {org}")
}

/// What GitHub refused to the org token, or why there is no answer.
fn refused(checks: &mut Verification, check: &'static str, site: &Site, refusal: &Refusal) {
    let org = site.org.as_str();
    let (problem, fix) = match refusal {
        Refusal::Unauthorized => (
            "GitHub does not accept the org token: it is wrong, expired or revoked.".to_owned(),
            put_org_token(org),
        ),
        Refusal::Forbidden(cause) => (cause.sentence("the org token", org), against(*cause, site)),
        Refusal::Limited => {
            ("GitHub's rate limit for the org token is reached.".to_owned(), AGAIN.to_owned())
        }
        Refusal::Malformed(operation) => {
            (not_of_github(operation), format!("npm run deploy  # {CHECK_API_URL}"))
        }
        Refusal::Unavailable(problem) => (problem.clone(), AGAIN.to_owned()),
        Refusal::NotFound | Refusal::Unprocessable => {
            ("GitHub refused the request.".to_owned(), AGAIN.to_owned())
        }
    };
    checks.fail(check, problem, fix);
}

/// What helps against a 403 to the org token.
fn against(cause: Forbidden, site: &Site) -> String {
    let Site { web, org } = site;
    match cause {
        Forbidden::SingleSignOn => format!(
            "open {web}/settings/tokens  # \"Configure SSO\" of the org token, then \"Authorize\" beside {org}"
        ),
        Forbidden::FineGrainedToken => format!(
            "open {web}/organizations/{org}/settings/personal-access-token-requests  # an owner approves it"
        ),
        Forbidden::IpAllowList => format!(
            "open {web}/organizations/{org}/settings/security  # an owner has to disable the IP allow \
             list: Workers have no fixed addresses"
        ),
        Forbidden::ClassicToken => {
            format!("{PUT_ORG_TOKEN}  # a fine-grained token of {org} with \"Members: read\"")
        }
        Forbidden::TokenLifetime => format!("{}, which expires sooner", put_org_token(org)),
        Forbidden::Permission => format!(
            "{PUT_ORG_TOKEN}  # a fine-grained token of {org} needs the organization permission \"Members: read\""
        ),
        Forbidden::Integration => format!("{}, not of an App", put_org_token(org)),
        Forbidden::AccountSuspended => format!("{} that is not suspended", put_org_token(org)),
        Forbidden::OauthApp
        | Forbidden::Scope
        | Forbidden::InstallationSuspended
        | Forbidden::NotAMember
        | Forbidden::Unexplained => put_org_token(org),
        Forbidden::Blocked => AGAIN.to_owned(),
    }
}

/// The App id is needed if there are App identities without one of their own; each of them is
/// verified with it, too.
fn judge_app_id(checks: &mut Verification, facts: &Facts) {
    let put = "npx wrangler secret put OCTOPOOL_GITHUB_APP_ID";
    match facts.app_id {
        Some(true) => checks.pass("app_id_valid"),
        Some(false) => checks.fail("app_id_valid", "The App id is neither a number nor a client id.", put),
        None if facts.app_needed == Some(true) => {
            checks.fail(
                "app_id_valid",
                "There are github_app identities without an `app_id`, and the deployment has no App id.",
                put,
            );
        }
        // If the database cannot be read at all, `database_reachable` says so.
        None if facts.app_needed.is_none() && facts.schema.is_some() => {
            checks.fail("app_id_valid", "Could not read whether there are github_app identities.", AGAIN);
        }
        None => {}
    }
}

/// One check for an identity that works, with its first warning; otherwise the failed checks.
pub(crate) fn identity(verification: Verification) -> Vec<Check> {
    if verification.passed() {
        let warning = verification.checks.into_iter().find_map(|check| check.warning);
        return vec![Check { warning, ..Check::passed("identity_works") }];
    }
    verification.checks.into_iter().filter(|check| check.fault.is_some()).collect()
}

/// The check that identities were not verified because GitHub did not reply.
pub(crate) fn not_verified(skipped: usize, more: bool) -> Check {
    let and_more = if more { " or more" } else { "" };
    let problem =
        format!("{skipped}{and_more} identities were not verified, because GitHub does not respond.");
    Check { fault: Some(Fault { problem, fix: AGAIN.to_owned() }), ..Check::passed("identities_verified") }
}

/// The check of an identity whose row cannot be read.
pub(crate) fn unreadable() -> Check {
    let problem = "The stored identity cannot be read; the Worker's log says why.";
    let fix = "npx wrangler tail  # and correct the row with `npx wrangler d1 execute DB --remote`";
    let fault = Some(Fault { problem: problem.to_owned(), fix: fix.to_owned() });
    Check { fault, ..Check::passed("identity_readable") }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;

    use octopool_core::Forbidden;

    use super::{Check, Facts, OrgFacts, Site, against, deployment, not_verified, unreadable};
    use crate::doctor::MIGRATIONS;
    use crate::doctor::sql::{Schema, SchemaObject};
    use crate::identities::{Refusal, TokenFault};

    /// Everything that the migrations create, without one object.
    fn schema(without: &str) -> Schema {
        let left = MIGRATIONS.iter().flat_map(|migration| migration.leaves.iter().copied());
        let left: Vec<_> = left.filter(|name| *name != without).collect();
        let object = |name: &&str| {
            let columns = left.iter().filter_map(|object| object.strip_prefix(*name)?.strip_prefix('.'));
            let columns: Vec<_> = columns.map(|column| format!(", {column} TEXT")).collect();
            SchemaObject {
                name: (*name).to_owned(),
                sql: Some(format!("CREATE TABLE {name} (id TEXT{})", columns.concat())),
            }
        };
        let objects = left.iter().filter(|name| !name.contains('.')).map(object);
        Schema { objects: objects.collect(), applied: None }
    }

    fn well() -> Facts {
        let org = OrgFacts {
            bound: true,
            filled: true,
            account: Some(Ok(())),
            membership: Some(Ok(true)),
            skew: Some(0),
            ..OrgFacts::default()
        };
        Facts { schema: Some(schema("")), coordinator: true, app_needed: Some(true), app_id: Some(true), org }
    }

    thread_local! {
        /// What the tests of this thread brought about, for the table of problems.
        static SEEN: RefCell<Vec<Check>> = const { RefCell::new(Vec::new()) };
    }

    /// Runs the tests that bring problems about, and answers each check with the name of its test.
    pub(crate) fn provoked() -> Vec<(&'static str, Check)> {
        each_thing_that_is_broken_has_a_check_of_its_own();
        let broken =
            SEEN.take().into_iter().map(|it| ("each_thing_that_is_broken_has_a_check_of_its_own", it));
        let mut all: Vec<_> = broken.collect();
        identities_that_could_not_be_looked_at_are_told();
        all.extend(SEEN.take().into_iter().map(|it| ("identities_that_could_not_be_looked_at_are_told", it)));
        all
    }

    fn faults(facts: &Facts) -> Vec<&'static str> {
        let checks = deployment(&Site::new("https://api.github.com", "acme"), facts);
        SEEN.with_borrow_mut(|seen| seen.extend(checks.iter().cloned()));
        let failed = checks.into_iter().filter(|check: &Check| check.fault.is_some());
        failed.map(|check| check.name).collect()
    }

    #[test]
    fn a_deployment_without_faults_passes() {
        assert_eq!(faults(&well()), [""; 0]);
        let no_app = Facts { app_needed: Some(false), app_id: None, ..well() };
        assert_eq!(faults(&no_app), [""; 0], "without App identities nobody needs an App id");
    }

    #[test]
    fn each_thing_that_is_broken_has_a_check_of_its_own() {
        let org = |org: OrgFacts| Facts { org, ..well() };
        let refused = |refusal| OrgFacts { account: Some(Err(refusal)), membership: None, ..well().org };
        let members = |membership| OrgFacts { membership: Some(membership), ..well().org };
        let newer = Schema { applied: Some(vec!["9999_do_more.sql".to_owned()]), ..schema("") };
        let table = [
            (Facts { schema: None, ..well() }, "database_reachable"),
            (Facts { schema: Some(schema("callers")), ..well() }, "migrations_applied"),
            (Facts { schema: Some(newer), ..well() }, "migrations_applied"),
            (Facts { coordinator: false, ..well() }, "coordinator_reachable"),
            (org(OrgFacts { skew: None, ..OrgFacts::default() }), "org_token_present"),
            (org(OrgFacts { bound: true, ..OrgFacts::default() }), "org_token_present"),
            (org(refused(Refusal::Unauthorized)), "org_token_accepted"),
            (org(refused(Refusal::Limited)), "org_token_accepted"),
            (org(refused(Refusal::Unavailable("Down.".to_owned()))), "org_token_accepted"),
            (org(members(Ok(false))), "org_token_reads_members"),
            (org(OrgFacts { org_exists: Some(false), ..members(Ok(false)) }), "org_token_reads_members"),
            (
                org(OrgFacts { fault: Some(TokenFault::SeveralLines), account: None, ..well().org }),
                "org_token_accepted",
            ),
            (org(refused(Refusal::Malformed("GET /user"))), "org_token_accepted"),
            (org(members(Err(Refusal::Limited))), "org_token_reads_members"),
            (org(OrgFacts { skew: Some(-61), ..well().org }), "clock_agrees"),
            (Facts { app_id: Some(false), ..well() }, "app_id_valid"),
            (Facts { app_id: None, ..well() }, "app_id_valid"),
            (Facts { app_needed: None, app_id: None, ..well() }, "app_id_valid"),
        ];
        for (facts, check) in table {
            assert_eq!(faults(&facts), [check], "{facts:?}");
        }
        for cause in Forbidden::ALL {
            let refused = Refusal::Forbidden(cause);
            assert_eq!(faults(&org(members(Err(refused.clone())))), ["org_token_reads_members"]);
            assert_eq!(
                faults(&org(OrgFacts { account: Some(Err(refused)), membership: None, ..well().org })),
                ["org_token_accepted"]
            );
        }
    }

    #[test]
    fn identities_that_could_not_be_looked_at_are_told() {
        let checks = [not_verified(3, true), unreadable()];
        assert!(checks.iter().all(|check| check.fault.is_some()));
        assert!(checks[0].fault.as_ref().unwrap().problem.starts_with("3 or more identities"));
        SEEN.with_borrow_mut(|seen| seen.extend(checks));
    }

    #[test]
    fn a_column_that_a_migration_added_counts() {
        let facts = Facts { schema: Some(schema("audit_events.digest")), ..well() };
        assert_eq!(faults(&facts), ["migrations_applied"]);
    }

    #[test]
    fn fixes_lead_to_the_github_of_the_deployment() {
        let site = Site::new("https://git.example.com/api/v3", "acme");
        for cause in [Forbidden::SingleSignOn, Forbidden::FineGrainedToken, Forbidden::IpAllowList] {
            let fix = against(cause, &site);
            assert!(fix.starts_with("open https://git.example.com/"), "{fix}");
        }
    }
}
