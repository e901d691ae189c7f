//! What the audit records.

use std::fmt;

/// Declares [`AuditAction`], one row per action: variant, text.
macro_rules! audit_actions {
    ($($(#[$doc:meta])* $variant:ident, $text:literal;)+) => {
        /// The closed list of actions that an audit event can have. An older server's audit has no
        /// others; a newer one's may.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum AuditAction {
            $($(#[$doc])* $variant,)+
        }

        impl AuditAction {
            /// All of them, by their text.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// `<noun>.<verb>`, as it is stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

audit_actions! {
    /// An admin token was created.
    AdminTokenCreate, "admin_token.create";
    /// An admin token was revoked.
    AdminTokenRevoke, "admin_token.revoke";
    /// Old events were removed.
    AuditCut, "audit.cut";
    /// A request to the admin API was refused.
    AdminDenied, "auth.admin_denied";
    /// A caller's request was refused.
    CallerDenied, "auth.caller_denied";
    /// A state document added a client.
    CallerAddClient, "caller.add_client";
    /// A caller was created from a state document.
    CallerCreate, "caller.create";
    /// A caller was deleted by a state document.
    CallerDelete, "caller.delete";
    /// A state document granted a pool.
    CallerGrantPool, "caller.grant_pool";
    /// A caller logged in.
    CallerLogin, "caller.login";
    /// An admin provisioned a caller.
    CallerProvision, "caller.provision";
    /// A state document gave a client a newer token.
    CallerReplaceClient, "caller.replace_client";
    /// A client's token was revoked.
    CallerRevokeClient, "caller.revoke_client";
    /// A grant was revoked.
    CallerRevokePool, "caller.revoke_pool";
    /// A caller was changed.
    CallerUpdate, "caller.update";
    /// An identity was deleted.
    IdentityDelete, "identity.delete";
    /// An identity was registered, or registered again.
    IdentityRegister, "identity.register";
    /// An identity was changed.
    IdentityUpdate, "identity.update";
    /// A login was refused.
    LoginRefused, "login.refused";
    /// A pool was created by a state document.
    PoolCreate, "pool.create";
    /// A pool was deleted.
    PoolDelete, "pool.delete";
    /// A pool's policy was changed.
    PoolUpdate, "pool.update";
}

impl AuditAction {
    /// The action with this text; `None` for one that this version does not know.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
