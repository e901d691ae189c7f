//! The global ids of GraphQL, which REST calls `node_id`.
//!
//! On GitHub they are opaque; these say what they name.
//! <https://docs.github.com/graphql/guides/using-global-node-ids>

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::accounts::{Account, AccountId, AccountKind};
use super::repositories::RepositoryId;

/// What can be asked for by `node(id:)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeId {
    /// A user or an organization.
    Account(AccountKind, AccountId),
    /// A repository.
    Repository(RepositoryId),
    /// An issue, by its repository and number.
    Issue(RepositoryId, u64),
    /// A pull request, by its repository and number.
    Pull(RepositoryId, u64),
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The older form, which can be computed from the number; accounts that are older than
            // it still have it.
            Self::Account(kind, id) => {
                let kind = kind.as_str();
                f.write_str(&STANDARD.encode(format!("0{}:{kind}{id}", kind.len())))
            }
            Self::Repository(id) => write!(f, "R_{id}"),
            Self::Issue(repository, number) => write!(f, "I_{repository}_{number}"),
            Self::Pull(repository, number) => write!(f, "PR_{repository}_{number}"),
        }
    }
}

impl NodeId {
    /// What an id names, if it is one of these.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((kind, rest)) = text.split_once('_') else { return account(text) };
        let in_repository = || {
            let (repository, number) = rest.split_once('_')?;
            Some((repository.parse().ok()?, number.parse().ok()?))
        };
        match kind {
            "R" => rest.parse().ok().map(Self::Repository),
            "I" => in_repository().map(|(repository, number)| Self::Issue(repository, number)),
            "PR" => in_repository().map(|(repository, number)| Self::Pull(repository, number)),
            _ => None,
        }
    }
}

impl Account {
    /// The GraphQL global id, in the older form that can be computed from the number.
    pub fn node_id(&self) -> String {
        NodeId::Account(self.kind, self.id).to_string()
    }
}

fn account(text: &str) -> Option<NodeId> {
    let decoded = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (_, rest) = decoded.split_once(':')?;
    [AccountKind::User, AccountKind::Organization]
        .into_iter()
        .find_map(|kind| Some(NodeId::Account(kind, rest.strip_prefix(kind.as_str())?.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_it_names() {
        let ids = [
            NodeId::Account(AccountKind::User, 1001),
            NodeId::Account(AccountKind::Organization, 9000),
            NodeId::Repository(5002),
            NodeId::Issue(5002, 20),
            NodeId::Pull(5002, 4),
        ];
        for id in ids {
            assert_eq!(NodeId::parse(&id.to_string()), Some(id));
        }
        assert_eq!(NodeId::parse("X_1"), None);
        assert_eq!(NodeId::parse("nonsense"), None);
    }
}
