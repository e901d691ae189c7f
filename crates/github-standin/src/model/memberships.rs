//! Who belongs to which organization.

use std::collections::BTreeMap;

use super::accounts::AccountId;

/// What a member may do in the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An owner of the organization.
    Admin,
    /// An ordinary member.
    Member,
}

impl Role {
    /// The value of `role` in GitHub's answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

/// Whether an invitation has been accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A member.
    Active,
    /// Invited, not a member yet.
    Pending,
}

impl Standing {
    /// The value of `state` in GitHub's answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
        }
    }
}

/// One account's membership of one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Admin or member.
    pub role: Role,
    /// Active or pending.
    pub standing: Standing,
    /// Whether the member shows it to the world. GitHub's default is to hide it.
    pub public: bool,
}

impl Membership {
    /// An active, hidden membership.
    pub fn active(role: Role) -> Self {
        Self { role, standing: Standing::Active, public: false }
    }

    /// An invitation that has not been accepted.
    pub fn pending(role: Role) -> Self {
        Self { role, standing: Standing::Pending, public: false }
    }

    /// The same membership, shown to the world.
    #[must_use]
    pub fn public(self) -> Self {
        Self { public: true, ..self }
    }
}

/// All memberships, by organization and account.
#[derive(Debug, Default)]
pub struct Memberships(BTreeMap<(AccountId, AccountId), Membership>);

impl Memberships {
    /// Makes `account` a member of `org`, or changes what it is there.
    pub fn set(&mut self, org: AccountId, account: AccountId, membership: Membership) {
        self.0.insert((org, account), membership);
    }

    /// Ends a membership or withdraws an invitation.
    pub fn remove(&mut self, org: AccountId, account: AccountId) -> Option<Membership> {
        self.0.remove(&(org, account))
    }

    /// The membership of `account` in `org`, active or pending.
    pub fn find(&self, org: AccountId, account: AccountId) -> Option<Membership> {
        self.0.get(&(org, account)).copied()
    }

    /// The membership of `account` in `org`, if it counts: an invitation does not.
    pub fn find_active(&self, org: AccountId, account: AccountId) -> Option<Membership> {
        self.find(org, account).filter(|membership| membership.standing == Standing::Active)
    }

    /// The active members of `org` who show it to the world, by id.
    pub fn public_members(&self, org: AccountId) -> impl Iterator<Item = AccountId> {
        let shown = move |((of, _), it): &(&(AccountId, AccountId), &Membership)| {
            *of == org && it.public && it.standing == Standing::Active
        };
        self.0.iter().filter(shown).map(|((_, member), _)| *member)
    }

    /// The organizations `account` is an active member of, by id.
    pub fn organizations_of(&self, account: AccountId) -> impl Iterator<Item = (AccountId, Membership)> {
        self.0
            .iter()
            .filter(move |((_, member), membership)| {
                *member == account && membership.standing == Standing::Active
            })
            .map(|((org, _), membership)| (*org, *membership))
    }
}
