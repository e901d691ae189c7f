//! `octopool admin import`: what becomes of the database of octopool's TypeScript original. Values
//! in, values out: the dump and the server's state become a state document, and findings about
//! everything that is not carried over as it is.
//!
//! The rule for what the server has already: the dump adds and updates, and deletes nothing that it
//! does not name. It never enables what is disabled here, moves nothing between pools, and replaces
//! no token by an older one.

mod accounts;
mod callers;
mod clients;
mod dump;
mod findings;
mod identities;
mod pools;
mod row;
mod scopes;
mod shown;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use octopool_api_types::{Client, StateDocument};
use serde::Serialize;

pub(crate) use accounts::{Account, Question, questions};
pub(crate) use dump::{Tables, read};
pub(crate) use findings::Findings;

/// What the server has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    /// The only org whose accounts can be callers.
    pub(crate) org: String,
    /// Its state.
    pub(crate) state: StateDocument,
    /// The clients of its callers, by account as in the state.
    pub(crate) clients: BTreeMap<String, Vec<Client>>,
    /// The answers to the [`questions`], by login in lower case.
    pub(crate) accounts: BTreeMap<String, Account>,
}

/// How much is carried over.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Counts {
    pub(crate) pools: usize,
    pub(crate) identities: usize,
    pub(crate) callers: usize,
    pub(crate) clients: usize,
}

/// What a dump makes of a server's state.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// The state with everything that is carried over.
    pub(crate) desired: StateDocument,
    pub(crate) counts: Counts,
    pub(crate) findings: Findings,
    /// The names of the secrets that the imported identities need.
    pub(crate) secrets: BTreeSet<String>,
}

/// Carries the dump over to the server's state.
pub(crate) fn carry_over(tables: &Tables, target: &Target) -> Import {
    let mut import = Import {
        desired: target.state.clone(),
        counts: Counts::default(),
        findings: Findings::default(),
        secrets: BTreeSet::new(),
    };
    let pools = pools::carry_over(&tables.pools, &target.org, &mut import);
    identities::carry_over(tables, &pools, &mut import);
    callers::carry_over(tables, &pools, target, &mut import);
    import
}
