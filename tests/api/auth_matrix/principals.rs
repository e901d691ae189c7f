//! Everybody who can send a request, and a deployment that knows them.

use octopool_core::{AdminToken, CallerToken};
use octopool_testkit::TestApp;
use octopool_testkit::github::demo;

use crate::support::{named_admin, pat};

/// Who sends a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Principal {
    /// No `Authorization` header.
    Nobody,
    /// A token that would do, with a scheme that is not `Bearer`.
    OtherScheme,
    /// A bearer that has not the form of any token.
    Malformed,
    /// A caller token that was never given out.
    UnknownCallerToken,
    /// A caller with a grant for the pool.
    Caller,
    /// A caller with a grant for another pool only.
    CallerOfOtherPool,
    /// The same caller's token that is bound to another pool.
    TokenBoundToOtherPool,
    /// The same caller's client that was revoked.
    RevokedClient,
    /// A caller that an admin has disabled.
    DisabledCaller,
    /// A caller of another org than the one that is configured.
    CallerOfOtherOrg,
    /// A caller whose proof of membership has run out, and who has left the org.
    FormerMember,
    /// The holder of the deployment's own admin token.
    Root,
    /// An admin token with a name, for all pools.
    NamedAdmin,
    /// An admin token for the pool.
    AdminOfPool,
    /// An admin token for another pool.
    AdminOfOtherPool,
    /// An admin token for all pools that has expired.
    ExpiredAdmin,
    /// An admin token for all pools that was revoked.
    RevokedAdmin,
    /// An admin token that was never given out.
    UnknownAdminToken,
}

impl Principal {
    pub(super) const ALL: [Self; 18] = [
        Self::Nobody,
        Self::OtherScheme,
        Self::Malformed,
        Self::UnknownCallerToken,
        Self::Caller,
        Self::CallerOfOtherPool,
        Self::TokenBoundToOtherPool,
        Self::RevokedClient,
        Self::DisabledCaller,
        Self::CallerOfOtherOrg,
        Self::FormerMember,
        Self::Root,
        Self::NamedAdmin,
        Self::AdminOfPool,
        Self::AdminOfOtherPool,
        Self::ExpiredAdmin,
        Self::RevokedAdmin,
        Self::UnknownAdminToken,
    ];
}

/// A deployment with the pools `team` and `other`, the caller `c1` of `team` with the client
/// `laptop`, the identity `p1` of `team` and the admin token `ci`.
pub(super) struct World {
    pub(super) app: TestApp,
    named: String,
    of_pool: String,
    of_other_pool: String,
    revoked: String,
}

impl World {
    pub(super) async fn start() -> Self {
        let app = TestApp::start().await;
        app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
        app.database.execute("INSERT INTO pools VALUES ('other', '{}', 1, 1, 0)").unwrap();
        // A while ago: the clock of the application stood still while the database's went on, and a
        // proof from the future is verified again.
        let now = "(unixepoch() - 60) * 1000";
        for (id, account, org, status, verified_at) in [
            ("c1", demo::HUBOT, "acme", "active", now),
            ("c2", demo::MONA, "acme", "active", now),
            ("c3", demo::OCTOCAT, "acme", "disabled", now),
            ("c4", demo::HUBOT, "umbrella", "active", now),
            ("c5", demo::MALLORY, "acme", "active", "1"),
        ] {
            let pool = if id == "c2" { "other" } else { "team" };
            let login = if id == "c5" { "mallory" } else { "hubot" };
            let sql = format!(
                "INSERT INTO callers VALUES ('{id}', 'C', '{login}', {account}, '{org}', '{status}', \
                 {verified_at}, 1, 1, 0); \
                 INSERT INTO caller_pools VALUES ('{id}', '{pool}', 1);"
            );
            app.database.execute(&sql).unwrap();
        }
        for (principal, caller, client, bound_to) in [
            (Principal::Caller, "c1", "laptop", "NULL"),
            (Principal::TokenBoundToOtherPool, "c1", "bound", "'other'"),
            (Principal::RevokedClient, "c1", "lost", "NULL"),
            (Principal::CallerOfOtherPool, "c2", "laptop", "NULL"),
            (Principal::DisabledCaller, "c3", "laptop", "NULL"),
            (Principal::CallerOfOtherOrg, "c4", "laptop", "NULL"),
            (Principal::FormerMember, "c5", "laptop", "NULL"),
        ] {
            let digest = caller_token(principal).digest();
            let sql = format!(
                "INSERT INTO caller_tokens VALUES ('{caller}-{client}', '{caller}', '{client}', '{}', 1, 1, \
                 {bound_to})",
                digest.as_str()
            );
            app.database.execute(&sql).unwrap();
        }
        let lost = app.admin().delete("/v1/admin/callers/c1/clients/lost").await;
        assert_eq!(lost.status(), 204, "{}", lost.text());
        let expired = admin_token(Principal::ExpiredAdmin).digest();
        let sql =
            format!("INSERT INTO admin_tokens VALUES ('expired', '{}', NULL, 2, 1, NULL)", expired.as_str());
        app.database.execute(&sql).unwrap();
        let revoked = named_admin(&app, "revoked", None).await;
        let gone = app.admin().delete("/v1/admin/tokens/revoked").await;
        assert_eq!(gone.status(), 204, "{}", gone.text());
        Self {
            named: named_admin(&app, "ci", None).await,
            of_pool: named_admin(&app, "of-pool", Some("team")).await,
            of_other_pool: named_admin(&app, "of-other-pool", Some("other")).await,
            revoked,
            app,
        }
    }

    /// The `Authorization` header of a principal.
    pub(super) fn authorization(&self, principal: Principal) -> Option<String> {
        let token = match principal {
            Principal::Nobody => return None,
            Principal::OtherScheme => {
                return Some(format!("Basic {}", caller_token(Principal::Caller).expose()));
            }
            Principal::Malformed => "op_malformed".to_owned(),
            Principal::UnknownCallerToken
            | Principal::Caller
            | Principal::CallerOfOtherPool
            | Principal::TokenBoundToOtherPool
            | Principal::RevokedClient
            | Principal::DisabledCaller
            | Principal::CallerOfOtherOrg
            | Principal::FormerMember => caller_token(principal).expose().to_owned(),
            Principal::Root => self.app.admin_token().to_owned(),
            Principal::NamedAdmin => self.named.clone(),
            Principal::AdminOfPool => self.of_pool.clone(),
            Principal::AdminOfOtherPool => self.of_other_pool.clone(),
            Principal::ExpiredAdmin | Principal::UnknownAdminToken => {
                admin_token(principal).expose().to_owned()
            }
            Principal::RevokedAdmin => self.revoked.clone(),
        };
        Some(format!("Bearer {token}"))
    }
}

fn caller_token(principal: Principal) -> CallerToken {
    CallerToken::from_random([principal as u8; 32])
}

fn admin_token(principal: Principal) -> AdminToken {
    AdminToken::from_random([principal as u8; 32])
}
